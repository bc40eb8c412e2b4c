// The bounds of definitions and answers, look-up by path, texts that miss a language. What forms mean is in
// vectors_test.
#include <chrono>

#include <gtest/gtest.h>

#include "forms/validate.hpp"

namespace motcua::forms {
namespace {

const Facts facts{.today = *parse_day("2026-03-02")};

json::object label() { return {{"vi", "Nhãn"}, {"en", "Label"}}; }

json::object field(std::string_view name, std::string_view type) { return {{"n", name}, {"t", type}, {"l", label()}}; }

json::object form(json::array fields) {
    return {{"id", "x"},
            {"version", 1},
            {"title", label()},
            {"steps", json::array{json::object{{"id", "s"}, {"l", label()}, {"fields", std::move(fields)}}}}};
}

bool has_problem(const Result<DefinitionPtr>& read, std::string_view reason) {
    if (read) return false;
    for (const FieldError& problem : read.error().fields)
        if (problem.reason == reason) return true;
    return false;
}

TEST(Definition, IsBounded) {
    json::array fields;
    for (std::size_t i = 0; i < fields_max; ++i) fields.push_back(field("f" + std::to_string(i), "text"));
    EXPECT_TRUE(make_definition(form(fields)));
    fields.push_back(field("one_more", "text"));
    EXPECT_TRUE(has_problem(make_definition(form(fields)), "forms.def_too_many"));
    EXPECT_EQ(read_definition(std::string(definition_bytes_max + 1, ' ')).error().reason, "forms.definition_too_large");
    EXPECT_EQ(read_definition("{").error().reason, "json.malformed");
    EXPECT_EQ(read_definition("[]").error().reason, "forms.definition_invalid");
}

TEST(Definition, SharedPartsCannotBlowItUp) {
    // Each part uses the next one twice: 2^n fields.
    json::object parts;
    for (int i = 0; i < 40; ++i) {
        json::object use{{"use", "p" + std::to_string(i + 1)}};
        parts["p" + std::to_string(i)] = json::object{{"fields", json::array{use, use}}};
    }
    auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(make_definition(form({json::object{{"use", "p0"}}}), Fragments({{"parts", parts}})));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(Definition, FragmentsAreTwoObjects) {
    EXPECT_TRUE(read_fragments(R"({"parts":{},"lists":{}})"));
    EXPECT_TRUE(read_fragments("{}"));
    for (const char* text : {"[]", R"({"part":{}})", R"({"parts":[]})"})
        EXPECT_EQ(read_fragments(text).error().reason, "forms.fragments_invalid") << text;
}

TEST(Definition, FindsFieldsByPath) {
    json::object section = field("mother", "section"), group = field("children", "group");
    section["fields"] = json::array{field("born", "date")};
    group["fields"] = json::array{field("name", "text")};
    auto definition = *make_definition(form({field("a", "text"), section, group}));
    EXPECT_EQ(definition->find("a")->type, Type::text);
    EXPECT_EQ(definition->find("mother/born")->type, Type::date);
    EXPECT_EQ(definition->find("children/0/name")->type, Type::text);
    EXPECT_EQ(definition->find("children/*/name")->type, Type::text);
    EXPECT_EQ(definition->find("children/7")->type, Type::group);
    for (const char* path : {"", "b", "mother/a", "children/name", "a/b"})
        EXPECT_EQ(definition->find(path), nullptr) << path;
}

TEST(Definition, KnowsWhatIsNotYetInKhmer) {
    json::object translated = field("a", "text");
    translated["l"].as_object()["km"] = "ស្លាក";
    auto definition = *make_definition(form({translated, field("b", "text")}));
    EXPECT_EQ(definition->missing_km, (std::vector<std::string>{"title", "steps/0/l", "steps/0/fields/1/l"}));
    EXPECT_EQ(definition->scope.fields[0].label.km, "ស្លាក");
    EXPECT_EQ(definition->scope.fields[1].label.in(Lang::en), "Label");
}

TEST(Validation, CollectsABoundedNumberOfErrors) {
    auto definition = *make_definition(form({field("a", "text")}));
    json::object values;
    for (int i = 0; i < 5000; ++i) values["unknown" + std::to_string(i)] = 1;
    EXPECT_EQ(validate(*definition, values, facts).errors.size(), errors_max);
}

TEST(Validation, TheLargestFormTakesMilliseconds) {
    json::object group = field("rows", "group");
    json::array inner;
    for (int i = 0; i < 100; ++i) {
        json::object one = field("f" + std::to_string(i), "text");
        if (i > 0) one["if"] = "f" + std::to_string(i - 1) + " != null";
        inner.push_back(one);
    }
    group["fields"] = inner;
    group["max"] = rows_max;
    auto definition = *make_definition(form({group}));
    json::object row;
    for (int i = 0; i < 100; ++i) row["f" + std::to_string(i)] = "x";
    auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(validate(*definition, {{"rows", json::array(rows_max, row)}}, facts).errors.empty());
    EXPECT_LT(std::chrono::steady_clock::now() - begin,
              std::chrono::seconds(5));  // sanitizers and a busy machine included
}

}  // namespace
}  // namespace motcua::forms
