// Forms: microseconds to judge the answers of a form, as ratios to reading the same answers from JSON (what every
// server pays anyway). `--brief` runs a few rounds, to see that it still works.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/check.hpp"
#include "forms/regex.hpp"
#include "forms/validate.hpp"
#include "resources/resources.hpp"

namespace {
using namespace motcua;
using namespace motcua::forms;

volatile std::size_t sink;  // keeps the results alive

/// Microseconds of one call: the best of several rounds.
template <class F>
double microseconds(int calls, F&& call) {
    double best = 1e300;
    for (int round = 0; round < 7; ++round) {
        auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < calls; ++i) sink = sink + call();
        std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
        best = std::min(best, took.count() / calls);
    }
    return best;
}

/// 30 fields of every kind: ten lines with patterns, names, numbers, dates, ids, choices, conditions, addresses.
json::object thirty_fields() {
    json::object label{{"vi", "Nhãn"}, {"en", "Label"}};
    json::array options;
    for (const char* value : {"a", "b", "c", "d"}) options.push_back(json::array{value, label});
    json::array fields;
    auto add = [&](std::string_view name, std::string_view type, const json::object& more = {}) {
        json::object field{{"n", name}, {"t", type}, {"l", label}, {"req", 1}};
        for (const auto& [key, value] : more) field[key] = value;
        fields.push_back(std::move(field));
    };
    for (int i = 0; i < 5; ++i) add(fmt::format("line{}", i), "text", {{"max", 100}});
    for (int i = 0; i < 3; ++i) add(fmt::format("code{}", i), "text", {{"pat", "^[A-Z]{2}-\\d{4,6}(?:/[A-Z]{2,5})?$"}});
    for (int i = 0; i < 3; ++i) add(fmt::format("name{}", i), "person_name");
    for (int i = 0; i < 3; ++i) add(fmt::format("number{}", i), "number", {{"min", 0}, {"max", 1000}, {"dec", 2}});
    for (int i = 0; i < 2; ++i) add(fmt::format("money{}", i), "money");
    add("sex", "radio", {{"o", json::array{json::array{"male", label}, json::array{"female", label}}}});
    add("born", "date", {{"max", "today"}});
    add("until", "date", {{"min", "today"}});
    add("citizen_id", "citizen_id", {{"sex", "sex"}, {"born", "born"}});
    add("tax_code", "tax_code");
    add("phone", "phone");
    add("email", "email");
    for (int i = 0; i < 2; ++i) add(fmt::format("choice{}", i), "select", {{"o", options}});
    add("ticks", "checkbox", {{"o", options}});
    add("why", "area", {{"if", json::array{"choice0", "b"}}});
    add("home", "address");
    add("place", "address", {{"level", "province"}, {"detail", "none"}});
    add("pledge", "consent");
    return {{"id", "bench"},
            {"version", 1},
            {"title", label},
            {"steps", json::array{json::object{{"id", "s"}, {"l", label}, {"fields", fields}}}}};
}

json::object answers_of_thirty() {
    json::object out;
    for (int i = 0; i < 5; ++i) out[fmt::format("line{}", i)] = "Ấp Đông Quý, xã Đông Yên, tỉnh Kiên Giang";
    for (int i = 0; i < 3; ++i) out[fmt::format("code{}", i)] = "KG-91234/TS";
    for (int i = 0; i < 3; ++i) out[fmt::format("name{}", i)] = "Nguyễn Thị Ngọc Mơ";
    for (int i = 0; i < 3; ++i) out[fmt::format("number{}", i)] = 12.25;
    for (int i = 0; i < 2; ++i) out[fmt::format("money{}", i)] = "1.250.000";
    out["sex"] = "female";
    out["born"] = "1990-06-01";
    out["until"] = "2026-06-01";
    out["citizen_id"] = "091190012345";
    out["tax_code"] = "0100109106-001";
    out["phone"] = "+84 912 345 678";
    out["email"] = "nguoidan@example.vn";
    out["choice0"] = "b";
    out["choice1"] = "c";
    out["ticks"] = json::array{"a", "d"};
    out["why"] = "Để thuận tiện cho việc học tập và làm việc.\nXin cảm ơn.";
    out["home"] = json::object{{"unit", "30985"}, {"detail", "Số 12, ấp Đông Quý"}};
    out["place"] = json::object{{"unit", "91"}};
    out["pledge"] = true;
    return out;
}

void row(std::string_view what, double us, double unit) {
    fmt::print("| {:<58} | {:>8.2f} | {:>6.2f} |\n", what, us, us / unit);
}

}  // namespace

int main(int argc, char** argv) {
    const bool brief = argc > 1 && std::string_view(argv[1]) == "--brief";
    const int calls = brief ? 20 : 20'000;
    Facts facts{.today = *parse_day("2026-03-02")};
    facts.is_unit = [](std::string_view code, UnitLevel, std::optional<LocalDay>) {
        return code == "30985" || code == "91";
    };

    const std::string definition_text = json::serialize(thirty_fields()),
                      answers_text = json::serialize(answers_of_thirty());
    auto definition = read_definition(definition_text);
    CHECK(definition && (*definition)->scope.fields.size() == 30, "the benchmark's form reads");
    const json::object answers = answers_of_thirty();
    CHECK(validate(**definition, answers, facts).errors.empty(), "the benchmark's answers are accepted");

    fmt::print("| {} bytes of answers, 30 fields | µs each | × reading the answers |\n|---|---|---|\n",
               answers_text.size());
    const double reading = microseconds(calls, [&] { return parse_json(answers_text)->get_object().size(); });
    row("parse_json of the answers", reading, reading);
    row("validate: accepted",
        microseconds(calls, [&] { return validate(**definition, answers, facts).answers.size(); }), reading);
    row("validate: empty form, 29 errors",
        microseconds(calls, [&] { return validate(**definition, {}, facts).errors.size(); }), reading);

    auto common = read_fragments(*resources::find_resource("forms/common.json"));
    const std::string_view birth_text = *resources::find_resource("forms/1.001193.json");
    auto birth = read_definition(birth_text, *common);
    CHECK(birth, "the shipped form reads");
    const int few = std::max(1, calls / 100);
    row("registration of a birth, empty: conditions, rules",
        microseconds(calls, [&] { return validate(**birth, {}, facts).errors.size(); }), reading);
    row("read_definition of the registration of a birth",
        microseconds(few, [&] { return read_definition(birth_text, *common).value()->steps.size(); }), reading);
    row("its JSON Schema", microseconds(few, [&] { return json_schema(**birth).size(); }), reading);
    auto pattern = Pattern::compile("^[A-Z]{2}-\\d{4,6}(?:/[A-Z]{2,5})?$");
    row("one pattern",
        microseconds(calls, [&] { return static_cast<std::size_t>((*pattern)->matches("KG-91234/TS")); }), reading);
    return 0;
}
