// The processes that ship: each is accepted, its roles are those of data/roles.json, its steps add up to its limit, and
// a run comes to an end.
#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "process/check_model.hpp"
#include "process/scenario.hpp"

namespace motcua::process {
namespace {

namespace fs = std::filesystem;

std::set<std::string> known_roles() {
    auto file = parse_json(test::read_text(fs::path(MOTCUA_SOURCE_DIR) / "data/roles.json"));
    std::set<std::string> out;
    for (const auto& role : file->at("roles").as_array()) out.emplace(role.at("id").as_string());
    return out;
}

TEST(ShippedProcesses, AreAcceptedAndEnd) {
    // Working days that the decisions give to the internal processes.
    const std::map<std::string, double> days{{"internal-1.014116", 60},        {"internal-1.013937", 60},
                                             {"internal-1.012657", 28},        {"internal-1.012990", 10},
                                             {"internal-1.013817", 5},         {"internal-2.000027", 7},
                                             {"internal-1.014011", 6},         {"internal-2.000477-facility", 6},
                                             {"internal-2.000477-commune", 6}, {"internal-1.008603", 10}};
    CheckOptions options;
    options.roles = known_roles();
    options.unit_selectors =
        std::set<std::string>{"receiving", "competent", "parent", "asked", "police", "social_insurance"};
    std::size_t files = 0, internal = 0;
    for (const auto& file : fs::directory_iterator(fs::path(MOTCUA_SOURCE_DIR) / "data/processes")) {
        if (file.path().extension() != ".bpmn") continue;
        ++files;
        auto name = file.path().stem().string();
        SCOPED_TRACE(name);
        auto text = test::read_text(file.path());
        auto model = read_model(text);
        ASSERT_TRUE(model) << model.error().reason;
        EXPECT_EQ(write_model(**model), text);
        options.budget_working_minutes.reset();
        if (auto it = days.find(name); it != days.end()) {
            ++internal;
            options.budget_working_minutes = static_cast<std::int64_t>(it->second * 480);
        }
        auto problems = check_model(**model, options);
        EXPECT_TRUE(problems.empty()) << describe(problems);
        EXPECT_EQ(run_trace(**model, {}).at("ended"), true);
        for (const Node& n : (*model)->nodes) EXPECT_FALSE(n.kind == Kind::user_task && n.name.empty()) << n.id;
    }
    EXPECT_EQ(internal, days.size());
    EXPECT_GE(files, 19u);
}

TEST(ShippedProcesses, TheBudgetIsChecked) {
    auto text = test::read_text(fs::path(MOTCUA_SOURCE_DIR) / "data/processes/internal-1.013817.bpmn");
    auto problems_for = [&](std::int64_t minutes) {
        CheckOptions options;
        options.budget_working_minutes = minutes;
        return describe(check_model(**read_model(text), options));
    };
    EXPECT_EQ(problems_for(5 * 480), "");
    EXPECT_EQ(problems_for(4 * 480), "error internal_1_013817 process.limits_over sum=2400 limit=1920\n");
    EXPECT_EQ(problems_for(6 * 480), "warning internal_1_013817 process.limits_under sum=2400 limit=2880\n");
    auto shares = test::read_text(fs::path(MOTCUA_SOURCE_DIR) / "data/processes/one-stop-same-day.bpmn");
    shares.replace(shares.find("limitShare=\"50\""), 15, "limitShare=\"60\"");
    EXPECT_EQ(describe(check_model(**read_model(shares), {})), "error one_stop_same_day process.shares_over sum=110\n");
}

}  // namespace
}  // namespace motcua::process
