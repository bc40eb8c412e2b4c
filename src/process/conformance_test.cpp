// Cases that others wrote (see conformance/README.md): skipped when they are not there.
#include <filesystem>
#include <iostream>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "process/check_model.hpp"
#include "process/scenario.hpp"

namespace motcua::process {
namespace {

namespace fs = std::filesystem;

/// Empty when they are not there.
fs::path cases_dir() { return test::find_conformance(MOTCUA_SOURCE_DIR, "bpmn").value_or(fs::path()); }

json::object read_object(const fs::path& path) { return parse_json(test::read_text(path))->as_object(); }

class Conformance : public testing::Test {
  protected:
    void SetUp() override {
        if (cases_dir().empty()) GTEST_SKIP() << "no conformance cases";
    }
};

TEST_F(Conformance, EngineSteps) {
    auto dir = cases_dir() / "camunda7";
    auto cases = read_object(dir / "cases.json");
    for (const auto& entry : cases.at("cases").as_array()) {
        const auto& c = entry.as_object();
        SCOPED_TRACE(string_or(c, "test"));
        std::vector<std::string> texts;
        for (const auto& file : c.at("files").as_array())
            texts.push_back(test::read_text(dir / "files" / file.as_string().c_str()));
        std::vector<std::string_view> views(texts.begin(), texts.end());
        auto model = read_models(views);
        if (!model) {
            ADD_FAILURE() << model.error().reason;
            continue;
        }
        for (const auto& answer : run_steps(**model, c.at("steps").as_array()))
            EXPECT_TRUE(answer.at("ok").as_bool()) << json::serialize(answer);
    }
}

TEST_F(Conformance, Traces) {
    auto dir = cases_dir() / "betsy";
    auto expected = read_object(dir / "expected.json");
    for (const auto& entry : expected.at("valid").as_array()) {
        const auto& v = entry.as_object();
        auto text = test::read_text(dir / string_or(v, "file"));
        std::string_view view = text;
        auto model = read_models({&view, 1}, trace_scripts());
        ASSERT_TRUE(model) << string_or(v, "file");
        for (const auto& c : v.at("cases").as_array()) {
            SCOPED_TRACE(string_or(v, "id") + " " + json::serialize(c));
            json::object variables;
            for (auto name : {"test", "integerVariable"})
                if (auto* value = c.as_object().if_contains(name)) variables[name] = *value;
            auto result = run_trace(**model, variables);
            auto words = [](const json::value& list) {
                std::vector<std::string> out;
                for (const auto& word : list.as_array()) out.emplace_back(word.as_string());
                std::ranges::sort(out);
                return out;
            };
            // A case that expects a script which its model does not have contradicts itself.
            bool possible = std::ranges::all_of(words(c.as_object().at("trace")), [&](const std::string& word) {
                return !word.starts_with("task") || text.find("SCRIPT_" + word) != std::string::npos;
            });
            if (!possible) continue;
            EXPECT_EQ(words(result.at("trace")), words(c.as_object().at("trace")));
            bool expects_error = c.as_object().contains("expect_error");
            EXPECT_EQ(result.at("ended").as_bool(), !expects_error) << json::serialize(result);
        }
        auto problems = check_model(**model, {});
        bool expects_error = v.at("cases").as_array().at(0).as_object().contains("expect_error");
        EXPECT_EQ(has_errors(problems), expects_error) << string_or(v, "file") << '\n' << describe(problems);
    }
}

TEST_F(Conformance, InvalidModelsAreRefused) {
    auto dir = cases_dir() / "betsy";
    auto expected = read_object(dir / "expected.json");
    for (const auto& entry : expected.at("invalid").as_array()) {
        auto file = string_or(entry.as_object(), "file");
        auto model = read_model(test::read_text(dir / file));
        if (!model) continue;
        EXPECT_TRUE(has_errors(check_model(**model, {}))) << file;
    }
}

TEST_F(Conformance, InterchangeModelsRoundTrip) {
    int models = 0;
    for (const auto& file : fs::directory_iterator(cases_dir() / "miwg")) {
        if (file.path().extension() != ".bpmn") continue;
        ++models;
        SCOPED_TRACE(file.path().filename().string());
        auto text = test::read_text(file.path());
        auto model = read_model(text);
        ASSERT_TRUE(model) << model.error().reason;
        EXPECT_EQ(write_model(**model), text);
        for (const auto& problem : check_model(**model, {})) EXPECT_FALSE(problem.reason.empty());
    }
    EXPECT_GT(models, 0);
}

}  // namespace
}  // namespace motcua::process
