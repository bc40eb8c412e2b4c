// The forms that ship (data/forms): each reads, has its example (tests/vectors/examples, invented people) accepted, and
// keeps the conventions that portal and dossier rely on.
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "forms/validate.hpp"
#include "resources/resources.hpp"

namespace motcua::forms {
namespace {

const Fragments& common() {
    static const Fragments fragments = *read_fragments(*resources::find_resource("forms/common.json"));
    return fragments;
}

std::vector<std::pair<std::string, DefinitionPtr>> shipped() {
    std::vector<std::pair<std::string, DefinitionPtr>> out;
    for (const resources::Resource& file : resources::list_resources("forms/")) {
        std::string name(file.name.substr(6, file.name.size() - 6 - 5));
        if (name == "common") continue;
        auto definition = read_definition(file.bytes, common());
        if (!definition)
            for (const FieldError& problem : definition.error().fields) {
                std::string values;
                for (const Param& param : problem.params) values += " " + param.name + "=" + param.value;
                ADD_FAILURE() << name << ": " << problem.path << " " << problem.reason << values;
            }
        else
            out.emplace_back(name, *definition);
    }
    return out;
}

Facts facts() {
    Facts facts{.today = *parse_day("2026-03-02")};
    facts.is_unit = [](std::string_view code, UnitLevel level, std::optional<LocalDay>) {
        return level == UnitLevel::commune    ? code == "30985"
               : level == UnitLevel::province ? code == "91"
                                              : code == "908";
    };
    return facts;
}

TEST(Shipped, EveryFormReadsAndIsNamedByItsProcedure) {
    auto forms = shipped();
    EXPECT_GE(forms.size(), 60u);
    for (const auto& [name, definition] : forms) {
        EXPECT_EQ(definition->id, name);
        EXPECT_FALSE(definition->official.empty()) << name;
        EXPECT_EQ(definition->steps.front().id, "requester") << name;
        EXPECT_EQ(definition->steps.back().id, "receive") << name;
        for (const char* path :
             {"requester/full_name", "requester/citizen_id", "requester/phone", "receive/way", "pledge"})
            EXPECT_NE(definition->find(path), nullptr) << name << " " << path;
    }
}

TEST(Shipped, EveryExampleIsAccepted) {
    for (const auto& [name, definition] : shipped()) {
        std::filesystem::path path =
            std::filesystem::path(MOTCUA_SOURCE_DIR) / "tests/vectors/examples" / (name + ".json");
        auto values = parse_json(test::read_text(path));
        ASSERT_TRUE(values) << path;
        Validation judged = validate(*definition, values->get_object(), facts());
        EXPECT_EQ(json::value(judged.answers), *values) << name;  // canonical, computed fields included
        for (const FieldError& error : judged.errors) {
            std::string params;
            for (const Param& param : error.params) params += " " + param.name + "=" + param.value;
            ADD_FAILURE() << name << ": " << error.path << " " << error.reason << params;
        }
    }
}

/// As Vectors.Schemas, for forms of several shapes; the browser's tests put their examples to a validator by others.
TEST(Shipped, SchemasOfSome) {
    const std::set<std::string> some{"1.001193", "1.001612", "1.003650", "1.001776", "2.000806"};
    for (const auto& [name, definition] : shipped()) {
        if (!some.contains(name)) continue;
        std::string schema = json::serialize(json_schema(*definition)) + "\n";
        std::filesystem::path kept =
            std::filesystem::path(MOTCUA_SOURCE_DIR) / "tests/vectors/schemas/shipped" / (name + ".json");
        if (std::getenv("MOTCUA_UPDATE")) std::ofstream(kept) << schema;
        EXPECT_EQ(schema, test::read_text(kept)) << name;
    }
}

TEST(Shipped, AnEmptyFormNamesWhatIsMissing) {
    for (const auto& [name, definition] : shipped()) {
        Validation judged = validate(*definition, {}, facts());
        EXPECT_GE(judged.errors.size(), 5u) << name;
        for (const FieldError& error : judged.errors)
            EXPECT_TRUE(error.reason == "forms.required" || error.reason == "forms.consent_required" ||
                        error.reason == "forms.too_few_rows" || error.reason == "forms.rule")
                << name << ": " << error.path << " " << error.reason;
        EXPECT_TRUE(validate(*definition, {}, facts(), Completeness::draft).errors.empty()) << name;
    }
}

}  // namespace
}  // namespace motcua::forms
