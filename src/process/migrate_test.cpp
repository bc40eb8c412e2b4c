#include "process/migrate.hpp"

#include "process/testing.hpp"

namespace motcua::process {
namespace {

using testing::definitions;
using testing::Play;
using namespace std::chrono_literals;

ModelPtr model(const std::string& body) { return *read_model(definitions(body)); }

TEST(Migration, RenamedAndAddedElements) {
    Play play(definitions(
        R"(<startEvent id="s"/><userTask id="a"/><boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent><userTask id="x"/><endEvent id="e"/>[s a e][t x])"));
    play.start();
    auto due = next_timer(play.instance);
    play.facts.now += 30min;
    auto next = model(
        R"(<startEvent id="s"/><userTask id="handle"/><userTask id="sign"/><boundaryEvent id="late" attachedToRef="handle"><timerEventDefinition><timeDuration>PT9H</timeDuration></timerEventDefinition></boundaryEvent>
        <boundaryEvent id="remind" attachedToRef="handle" cancelActivity="false"><timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition></boundaryEvent><userTask id="x"/><userTask id="r"/><endEvent id="e"/>[s handle sign e][late x][remind r])");
    auto plan = rehearse_migration(*play.model, *next, play.instance, {{"a", "handle"}, {"t", "late"}}, play.facts);
    ASSERT_TRUE(plan && plan->safe());
    ASSERT_EQ(plan->steps.size(), 2u);
    EXPECT_EQ(plan->steps[1].target, "handle");
    play.model = next;
    play.take(std::move(plan->events));
    EXPECT_EQ(play.tasks(), "handle");
    ASSERT_EQ(play.instance.waits.size(), 2u);
    EXPECT_EQ(play.instance.waits[0].due, due);  // a running timer keeps its time
    EXPECT_EQ(play.wait(11min).tasks(), "handle r");
    EXPECT_EQ(play.complete("handle").complete("r").tasks(), "sign");
}

TEST(Migration, RefusesWhatIsNotSafe) {
    Play play(definitions(
        R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/><endEvent id="e"/>[s f a j e][f b j])"));
    play.start().complete("a");
    auto refusal = [&](const std::string& body, const std::map<std::string, std::string>& mapping = {}) {
        auto plan = rehearse_migration(*play.model, *model(body), play.instance, mapping, play.facts);
        std::string out;
        if (!plan) return plan.error().reason;
        EXPECT_TRUE(plan->safe() || plan->events.empty());
        for (const auto& step : plan->steps)
            if (!step.reason.empty()) out += step.element + " " + step.reason + ";";
        return out;
    };
    const std::string same =
        R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/><endEvent id="e"/>[s f a j e][f b j])";
    EXPECT_EQ(refusal(same), "");
    EXPECT_EQ(refusal(R"(<startEvent id="s"/><userTask id="a"/>[s a])"),
              "b process.migration_missing;j process.migration_missing;");
    EXPECT_EQ(refusal(same, {{"b", "f"}}), "b process.migration_kind;");
    EXPECT_EQ(
        refusal(
            R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><parallelGateway id="j"/><subProcess id="sp"><userTask id="b"/></subProcess>[s f a j][f sp j])"),
        "b process.migration_scope;");
    EXPECT_EQ(
        refusal(
            R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="a2"/><userTask id="b"/><parallelGateway id="j"/>[s f a a2 j][f b j])"),
        "j process.migration_flow;");
    EXPECT_EQ(
        refusal(
            R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="a2"/><userTask id="b"/><parallelGateway id="j"/>[s f a a2 j][f b j])",
            {{"a_j", "a2_j"}}),
        "");
}

}  // namespace
}  // namespace motcua::process
