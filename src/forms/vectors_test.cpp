// Runs tests/vectors/forms, the cases that the browser runs too (web/tests/unit/forms.test.ts), and
// tests/vectors/regex.
#include <filesystem>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "forms/regex.hpp"
#include "forms/validate.hpp"

namespace motcua::forms {
namespace {

const std::filesystem::path folder = std::filesystem::path(MOTCUA_SOURCE_DIR) / "tests/vectors";

struct KnownUnit {
    std::string code;
    std::string level;
    LocalDay from, to;
};

Facts facts_of(const json::object& file) {
    const json::object& given = *find_object(file, "facts");
    Facts facts{.today = *parse_day(string_or(given, "today"))};
    const json::array* rows = find_array(given, "units");
    if (!rows) return facts;
    std::vector<KnownUnit> units;
    for (const json::value& row : *rows) {
        const json::array& cells = row.get_array();
        units.push_back({std::string(cells[0].get_string()), std::string(cells[1].get_string()),
                         *parse_day(cells[2].get_string()),
                         cells[3].is_null() ? LocalDay::max() : *parse_day(cells[3].get_string())});
    }
    facts.is_unit = [units](std::string_view code, UnitLevel level, std::optional<LocalDay> day) {
        constexpr std::array<std::string_view, 3> names{"province", "district", "commune"};
        for (const KnownUnit& unit : units)
            if (unit.code == code && unit.level == names[static_cast<std::size_t>(level)] &&
                (!day || (unit.from <= *day && *day <= unit.to)))
                return true;
        return false;
    };
    return facts;
}

json::array listed(const std::vector<FieldError>& errors) {
    json::array out;
    for (const FieldError& error : errors) {
        json::object params;
        for (const Param& param : error.params) params[param.name] = param.value;
        out.push_back(json::array{error.path, error.reason, params});
    }
    return out;
}

/// Numbers by value, whatever their representation.
json::value plain(const json::value& value) {
    if (value.is_number()) return value.to_number<double>();
    if (const json::array* list = value.if_array()) {
        json::array out;
        for (const json::value& item : *list) out.push_back(plain(item));
        return out;
    }
    if (const json::object* object = value.if_object()) {
        json::object out;
        for (const auto& [key, item] : *object) out[key] = plain(item);
        return out;
    }
    return value;
}

TEST(Vectors, Forms) {
    std::size_t cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "forms")) {
        SCOPED_TRACE(entry.path().filename().string());
        auto file = parse_json(test::read_text(entry.path()));
        ASSERT_TRUE(file);
        auto definition = make_definition(file->at("definition"));
        ASSERT_TRUE(definition) << json::serialize(listed(definition.error().fields));
        Facts facts = facts_of(file->get_object());
        for (const json::value& value : file->at("cases").get_array()) {
            const json::object& test = value.get_object();
            SCOPED_TRACE(string_or(test, "name"));
            auto completeness =
                string_or(test, "completeness") == "draft" ? Completeness::draft : Completeness::complete;
            Validation judged = validate(**definition, *find_object(test, "values"), facts, completeness);
            EXPECT_EQ(json::value(listed(judged.errors)), test.at("errors"));
            if (test.contains("answers")) {
                EXPECT_EQ(plain(judged.answers), plain(test.at("answers")));
            }
            // What is accepted is accepted again, unchanged: answers are in canonical notation.
            if (judged.errors.empty()) {
                Validation again = validate(**definition, judged.answers, facts, completeness);
                EXPECT_TRUE(again.errors.empty()) << json::serialize(listed(again.errors));
                EXPECT_EQ(again.answers, judged.answers);
            }
            ++cases;
        }
    }
    EXPECT_GT(cases, 200u);
}

/// The exported schemas are kept beside the vectors, where the browser's tests ask a validator by others about each
/// case. MOTCUA_UPDATE=1 writes them anew.
TEST(Vectors, Schemas) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / "forms")) {
        auto file = parse_json(test::read_text(entry.path()));
        auto definition = make_definition(file->at("definition"));
        ASSERT_TRUE(definition);
        std::string schema = json::serialize(json_schema(**definition)) + "\n";
        std::filesystem::path kept = folder / "schemas" / entry.path().filename();
        if (std::getenv("MOTCUA_UPDATE")) std::ofstream(kept) << schema;
        EXPECT_EQ(schema, test::read_text(kept)) << entry.path();
    }
}

TEST(Vectors, Definitions) {
    auto file = parse_json(test::read_text(folder / "definitions.json"));
    ASSERT_TRUE(file);
    Fragments fragments(file->at("fragments").get_object());
    for (const json::value& value : file->at("cases").get_array()) {
        const json::object& test = value.get_object();
        SCOPED_TRACE(string_or(test, "name"));
        auto definition = make_definition(test.at("definition"), fragments);
        json::array problems;
        if (!definition)
            for (const FieldError& error : definition.error().fields)
                problems.push_back(json::array{error.path, error.reason});
        EXPECT_EQ(json::value(problems), test.at("problems"));
        if (definition && test.contains("expanded")) {
            EXPECT_EQ(json::value((*definition)->source), test.at("expanded"));
        }
    }
}

TEST(Vectors, Patterns) {
    auto file = parse_json(test::read_text(folder / "regex.json"));
    ASSERT_TRUE(file);
    for (const json::value& value : file->get_array()) {
        const json::object& test = value.get_object();
        std::string text = string_or(test, "pattern");
        auto pattern = Pattern::compile(text);
        EXPECT_EQ(pattern ? "" : pattern.error().reason, string_or(test, "refused")) << text;
        if (!pattern) continue;
        for (const char* key : {"matches", "misses"})
            for (const json::value& sample : test.at(key).get_array())
                EXPECT_EQ((*pattern)->matches(sample.get_string()), std::string_view(key) == "matches")
                    << text << " on " << sample;
    }
}

TEST(Vectors, Expressions) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / "expression")) {
        auto file = parse_json(test::read_text(entry.path()));
        ASSERT_TRUE(file);
        expression::ObjectVariables variables(file->at("variables").get_object());
        for (const json::value& value : file->at("cases").get_array()) {
            const json::array& test = value.get_array();
            auto compiled = expression::compile(test[0].get_string());
            if (test.size() == 3) {
                EXPECT_EQ(compiled ? "" : compiled.error().reason, std::string_view(test[2].get_string())) << test[0];
                continue;
            }
            ASSERT_TRUE(compiled) << test[0];
            EXPECT_EQ(plain(compiled->evaluate(variables).value), plain(test[1])) << test[0];
        }
    }
}

}  // namespace
}  // namespace motcua::forms
