// What the engine does with events: messages, timers, signals, errors, escalation, conditions, compensation, on small
// models of our own.
#include "process/testing.hpp"

namespace motcua::process {
namespace {

using testing::definitions;
using testing::Play;
using namespace std::chrono_literals;

TEST(Engine, EventBasedGatewayFollowsWhatHappensFirst) {
    auto model = definitions(
        R"(<startEvent id="s"/><eventBasedGateway id="g"/><intermediateCatchEvent id="m"><messageEventDefinition messageRef="msg"/></intermediateCatchEvent>
        <intermediateCatchEvent id="t"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
        <receiveTask id="r" messageRef="other"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>[s g m a][g t b][g r c])",
        R"(<message id="msg" name="Tin"/><message id="other" name="Khác"/>)");
    EXPECT_EQ(Play(model).start().message("Tin").wait(2h).tasks(), "a");
    EXPECT_EQ(Play(model).start().wait(2h).tasks(), "b");
    EXPECT_EQ(Play(model).start().message("Khác").tasks(), "c");
    Play run(model);
    run.start().message("Lạ");
    EXPECT_EQ(run.refusal, "process.message_not_expected");
}

TEST(Engine, MessagesAreCorrelatedByVariables) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="before"/><receiveTask id="r" messageRef="m"><multiInstanceLoopCharacteristics camunda:collection="orders" camunda:elementVariable="order"/></receiveTask>
        <userTask id="after"/>[s before r after])",
        R"(<message id="m" name="paid"/>)"));
    run.start({{"orders", {"A", "B"}}}).complete("before");
    run.message("paid", {}, {{"order", "C"}});
    EXPECT_EQ(run.refusal, "process.message_not_expected");
    run.message("paid", {}, {{"order", "B"}});
    EXPECT_EQ(run.instance.waits.size(), 1u);
    EXPECT_EQ(run.message("paid", {}, {{"order", "A"}}).tasks(), "after");
}

TEST(Engine, BoundaryEventsInterruptOrNot) {
    auto model = [](std::string_view interrupts) {
        return definitions(
            R"(<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>
            <boundaryEvent id="t" attachedToRef="a" cancelActivity=")" +
            std::string(interrupts) +
            R"("><timerEventDefinition><timeCycle>R2/PT1H</timeCycle></timerEventDefinition></boundaryEvent>[s a b][t c])");
    };
    EXPECT_EQ(Play(model("true")).start().wait(61min).tasks(), "c");
    Play run(model("false"));
    EXPECT_EQ(run.start().wait(61min).tasks(), "a c");
    EXPECT_EQ(run.wait(24h).tasks(), "a c c");
    EXPECT_FALSE(next_timer(run.instance));
    EXPECT_EQ(run.complete("a").tasks(), "b c c");
}

TEST(Engine, LateTimersFireInTheirOrder) {
    Play run(definitions(R"(<startEvent id="s"/><userTask id="a"/><userTask id="x"/><userTask id="y"/>
        <boundaryEvent id="t1" attachedToRef="a"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>
        <boundaryEvent id="t2" attachedToRef="a"><timerEventDefinition><timeDate>2026-01-05T01:00:00Z</timeDate></timerEventDefinition></boundaryEvent>[s a][t1 x][t2 y])"));
    EXPECT_EQ(run.start().wait(100h).tasks(), "y");
}

TEST(Engine, WorkingTimeTimersTakeTheirDueFromOutside) {
    auto model = definitions(
        R"(<startEvent id="s"/><userTask id="a"/><userTask id="late"/><boundaryEvent id="t" attachedToRef="a" cancelActivity="false">
        <timerEventDefinition motcua:limit="2 working_day"/></boundaryEvent>[s a][t late])");
    Play run(model);
    run.start();
    EXPECT_FALSE(next_timer(run.instance));
    run.take(set_timer_due(*run.model, run.instance, run.instance.waits[0].key, run.facts.now + 1h));
    EXPECT_EQ(run.wait(2h).tasks(), "a late");
    Play known(model);
    known.facts.due = [](Instant from, const Limit& limit) { return std::optional(from + limit.amount_milli * 10ms); };
    known.start();
    EXPECT_EQ(next_timer(known.instance), known.facts.now + 20s);
}

TEST(Engine, EventSubProcesses) {
    auto model = [](std::string_view interrupts) {
        return definitions(
            R"(<startEvent id="s"/><userTask id="a"/><endEvent id="e"/><subProcess id="es" triggeredByEvent="true"><startEvent id="es_s" isInterrupting=")" +
                std::string(interrupts) +
                R"("><messageEventDefinition messageRef="m"/></startEvent><userTask id="b"/>[es_s b]</subProcess>[s a e])",
            R"(<message id="m" name="m"/>)");
    };
    Play interrupting(model("true"));
    EXPECT_EQ(interrupting.start().message("m", {{"x", 1}}).tasks(), "b");
    EXPECT_EQ(interrupting.variable("x"), 1);
    interrupting.message("m");
    EXPECT_EQ(interrupting.refusal, "process.message_not_expected");
    EXPECT_TRUE(interrupting.complete("b").over());
    Play beside(model("false"));
    EXPECT_EQ(beside.start().message("m").message("m").tasks(), "a b b");
    EXPECT_EQ(beside.complete("a").complete("b").tasks(), "b");
    EXPECT_TRUE(beside.complete("b").over());
}

TEST(Engine, ErrorsGoToTheNearestCatcherOfTheirCode) {
    auto model = definitions(
        R"(<startEvent id="s"/><subProcess id="outer"><startEvent id="s1"/><subProcess id="inner"><startEvent id="s2"/><userTask id="a"/>
        <endEvent id="x"><errorEventDefinition errorRef="e1"/></endEvent>[s2 a x]</subProcess><boundaryEvent id="b2" attachedToRef="inner"><errorEventDefinition errorRef="e2"/></boundaryEvent>
        <userTask id="wrong"/>[s1 inner][b2 wrong]</subProcess><boundaryEvent id="any" attachedToRef="outer"><errorEventDefinition camunda:errorCodeVariable="code"/></boundaryEvent>
        <userTask id="caught"/><userTask id="normal"/>[s outer normal][any caught])",
        R"(<error id="e1" errorCode="E1"/><error id="e2" errorCode="E2"/>)");
    Play run(model);
    EXPECT_EQ(run.start().complete("a").tasks(), "caught");
    EXPECT_EQ(run.variable("code"), "E1");
}

TEST(Engine, AnUncaughtErrorEndsItsBranchAndIsTold) {
    Play run(definitions(
        R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><endEvent id="x"><errorEventDefinition errorRef="e"/></endEvent>[s f a][f x])",
        R"(<error id="e" errorCode="E"/>)"));
    run.start();
    EXPECT_EQ(run.tasks(), "a");
    EXPECT_TRUE(std::ranges::any_of(
        run.last, [](const Event& e) { return e.type == EventType::error_uncaught && e.name == "E"; }));
}

TEST(Engine, EscalationDoesNotStopTheThrower) {
    auto model = [](std::string_view interrupts) {
        return definitions(
            R"(<startEvent id="s"/><subProcess id="sp"><startEvent id="s1"/><intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="x"/></intermediateThrowEvent>
            <userTask id="a"/>[s1 t a]</subProcess><boundaryEvent id="b" attachedToRef="sp" cancelActivity=")" +
                std::string(interrupts) + R"("><escalationEventDefinition escalationRef="x"/></boundaryEvent>
            <userTask id="c"/><userTask id="n"/>[s sp n][b c])",
            R"(<escalation id="x" escalationCode="X"/>)");
    };
    EXPECT_EQ(Play(model("false")).start().tasks(), "a c");
    EXPECT_EQ(Play(model("true")).start().tasks(), "c");
}

TEST(Engine, TerminateEndsItsScopeOnly) {
    Play run(definitions(
        R"(<startEvent id="s"/><subProcess id="sp"><startEvent id="s1"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><endEvent id="x"><terminateEventDefinition/></endEvent>[s1 f a x][f b]</subProcess>
        <userTask id="c"/>[s sp c])"));
    EXPECT_EQ(run.start().complete("a").tasks(), "c");
}

TEST(Engine, SignalsReachEverybody) {
    Play run(definitions(
        R"(<startEvent id="s"/><parallelGateway id="f"/><intermediateCatchEvent id="c1"><signalEventDefinition signalRef="x"/></intermediateCatchEvent>
        <intermediateCatchEvent id="c2"><signalEventDefinition signalRef="x"/></intermediateCatchEvent><intermediateThrowEvent id="t"><signalEventDefinition signalRef="x"/></intermediateThrowEvent>
        <userTask id="a"/><userTask id="b"/><userTask id="d"/>[s f t d][f c1 a][f c2 b])",
        R"(<signal id="x" name="X"/>)"));
    EXPECT_EQ(run.start().tasks(), "a b d");
    EXPECT_TRUE(std::ranges::any_of(run.last,
                                    [](const Event& e) { return e.type == EventType::signal_sent && e.name == "X"; }));
}

TEST(Engine, ConditionalEventsReactToVariables) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"/><userTask id="n"/><userTask id="c"/><intermediateCatchEvent id="k"><conditionalEventDefinition><condition>ready = true</condition></conditionalEventDefinition></intermediateCatchEvent>
        <userTask id="z"/><boundaryEvent id="b" attachedToRef="a" cancelActivity="false"><conditionalEventDefinition><condition>${x > 5}</condition></conditionalEventDefinition></boundaryEvent>[s a k z][b n])"));
    EXPECT_EQ(run.start().set({{"x", 1}}).tasks(), "a");
    EXPECT_EQ(run.set({{"x", 9}}).tasks(), "a n");
    EXPECT_EQ(run.complete("n").complete("a").tasks(), "");
    EXPECT_EQ(run.set({{"ready", true}}).tasks(), "z");
}

TEST(Engine, AConditionTrueAtOnceInterruptsBeforeTheWorkBegins) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"/><userTask id="c"/><boundaryEvent id="b" attachedToRef="a"><conditionalEventDefinition><condition>urgent</condition></conditionalEventDefinition></boundaryEvent>[s a][b c])"));
    EXPECT_EQ(run.start({{"urgent", true}}).tasks(), "c");
}

TEST(Engine, CompensationUndoesWhatWasDoneLastFirst) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"/><userTask id="b"/><userTask id="never"/><intermediateThrowEvent id="t"><compensateEventDefinition/></intermediateThrowEvent><userTask id="z"/>
        <boundaryEvent id="ca" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><boundaryEvent id="cb" attachedToRef="b"><compensateEventDefinition/></boundaryEvent>
        <boundaryEvent id="cn" attachedToRef="never"><compensateEventDefinition/></boundaryEvent>
        <userTask id="ua" isForCompensation="true"/><userTask id="ub" isForCompensation="true"/><userTask id="un" isForCompensation="true"/>
        <association id="x1" associationDirection="One" sourceRef="ca" targetRef="ua"/><association id="x2" sourceRef="cb" targetRef="ub"/><association id="x3" sourceRef="cn" targetRef="un"/>[s a b t z])"));
    run.start().complete("a").complete("b");
    EXPECT_EQ(run.tasks(), "ua ub");
    EXPECT_EQ(run.trace(), "t ub ua");
    EXPECT_EQ(run.complete("ub").tasks(), "ua");
    EXPECT_EQ(run.complete("ua").tasks(), "z");
    EXPECT_TRUE(run.instance.records.empty());
}

TEST(Engine, CompensationOfOneActivityOnly) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"/><userTask id="b"/><endEvent id="t"><compensateEventDefinition activityRef="a"/></endEvent>
        <boundaryEvent id="ca" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><boundaryEvent id="cb" attachedToRef="b"><compensateEventDefinition/></boundaryEvent>
        <userTask id="ua" isForCompensation="true"/><userTask id="ub" isForCompensation="true"/><association id="x1" sourceRef="ca" targetRef="ua"/><association id="x2" sourceRef="cb" targetRef="ub"/>[s a b t])"));
    EXPECT_EQ(run.start().complete("a").complete("b").tasks(), "ua");
    EXPECT_TRUE(run.complete("ua").over());
}

TEST(Engine, CompensationInsideAFinishedSubProcessSeesItsVariables) {
    Play run(definitions(
        R"(<startEvent id="s"/><subProcess id="sp"><extensionElements><camunda:inputOutput><camunda:inputParameter name="local">kept</camunda:inputParameter></camunda:inputOutput></extensionElements>
        <startEvent id="s1"/><userTask id="a"/><boundaryEvent id="ca" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><userTask id="ua" name="${local}" isForCompensation="true"/><association id="x" sourceRef="ca" targetRef="ua"/>[s1 a]</subProcess>
        <intermediateThrowEvent id="t"><compensateEventDefinition/></intermediateThrowEvent><userTask id="z"/>[s sp t z])"));
    run.start().complete("a");
    ASSERT_EQ(run.tasks(), "ua");
    EXPECT_EQ(open_tasks(*run.model, run.instance).at(0).name, "kept");
    EXPECT_EQ(run.complete("ua").tasks(), "z");
}

TEST(Engine, CompensationEventSubProcessTakesOver) {
    Play run(definitions(
        R"(<startEvent id="s"/><subProcess id="sp"><startEvent id="s1"/><userTask id="a"/>[s1 a]<subProcess id="undo" triggeredByEvent="true"><startEvent id="us"><compensateEventDefinition/></startEvent><userTask id="u"/>[us u]</subProcess></subProcess>
        <endEvent id="t"><compensateEventDefinition/></endEvent>[s sp t])"));
    EXPECT_EQ(run.start().complete("a").tasks(), "u");
    EXPECT_TRUE(run.complete("u").over());
}

TEST(Engine, ACancelledTransactionIsUndoneAndLeftByItsCancelEvent) {
    Play run(definitions(
        R"(<startEvent id="s"/><transaction id="tx"><startEvent id="s1"/><userTask id="a"/><boundaryEvent id="ca" attachedToRef="a"><compensateEventDefinition/></boundaryEvent><userTask id="ua" isForCompensation="true"/><association id="x" sourceRef="ca" targetRef="ua"/>
        <parallelGateway id="f"/><userTask id="still"/><endEvent id="no"><cancelEventDefinition/></endEvent>[s1 a f no][f still]</transaction><boundaryEvent id="b" attachedToRef="tx"><cancelEventDefinition/></boundaryEvent><userTask id="after"/><userTask id="normal"/>[s tx normal][b after])"));
    EXPECT_EQ(run.start().complete("a").tasks(), "ua");
    EXPECT_EQ(run.complete("ua").tasks(), "after");
}

}  // namespace
}  // namespace motcua::process
