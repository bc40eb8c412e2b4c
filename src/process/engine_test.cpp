// What the engine does with each element, on small models of our own.
#include "process/testing.hpp"

namespace motcua::process {
namespace {

using testing::definitions;
using testing::Play;
using namespace std::chrono_literals;

TEST(Engine, RunsTasksInOrderAndEnds) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a" name="Bước ${n}"/><userTask id="b"/><endEvent id="e"/>[s a b e])"));
    run.start({{"n", 1}});
    auto task = open_tasks(*run.model, run.instance).at(0);
    EXPECT_EQ(task.name, "Bước 1");
    run.complete("a", {{"n", 2}});
    EXPECT_EQ(run.tasks(), "b");
    EXPECT_EQ(run.variable("n"), 2);
    run.take(complete_task(*run.model, run.instance, task.key, {}, run.facts));
    EXPECT_EQ(run.refusal, "process.task_not_open");
    EXPECT_TRUE(run.complete("b").over());
    run.take(complete_task(*run.model, run.instance, task.key, {}, run.facts));
    EXPECT_EQ(run.refusal, "process.ended");
}

TEST(Engine, LanesHandDownRoleAndUnit) {
    Play run(definitions(
        R"(<laneSet id="l"><lane id="l1" name="Phòng" motcua:role="processor" motcua:unit="competent"><flowNodeRef>a</flowNodeRef>
        <flowNodeRef>b</flowNodeRef></lane></laneSet><startEvent id="s"/><userTask id="a" motcua:limit="1.5 working_day" motcua:form="f1"/>
        <userTask id="b" motcua:role="approver" motcua:limitShare="30" motcua:mayReturnTo="a"/>[s a b])"));
    run.start();
    auto a = open_tasks(*run.model, run.instance).at(0);
    EXPECT_EQ(a.role + "/" + a.unit_selector + "/" + a.form + "/" + a.lane, "processor/competent/f1/Phòng");
    EXPECT_EQ(a.limit, (Limit{1500, "working_day"}));
    run.complete("a");
    auto b = open_tasks(*run.model, run.instance).at(0);
    EXPECT_EQ(b.role + "/" + b.unit_selector, "approver/competent");
    EXPECT_EQ(b.limit_share, 30);
    EXPECT_EQ(b.may_return_to, std::vector<std::string>{"a"});
}

constexpr auto choice =
    R"(<startEvent id="s"/><exclusiveGateway id="g" default="g_c"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>
    <sequenceFlow id="g_a" sourceRef="g" targetRef="a"><conditionExpression>x > 10</conditionExpression></sequenceFlow>
    <sequenceFlow id="g_b" sourceRef="g" targetRef="b"><conditionExpression>${x > 5}</conditionExpression></sequenceFlow>[s g c])";

TEST(Engine, ExclusiveGatewayTakesTheFirstTrueFlow) {
    auto with = [](json::value x) { return Play(definitions(choice)).start({{"x", x}}).tasks(); };
    EXPECT_EQ(with(20), "a");
    EXPECT_EQ(with(7), "b");
    EXPECT_EQ(with(1), "c");
}

TEST(Engine, AnUndecidedConditionIsAnIncidentThatCanBeRetriedOrSkipped) {
    Play run(definitions(choice));
    run.start();
    EXPECT_EQ(run.incidents(), "g:process.condition_undecided");
    EXPECT_FALSE(run.over());
    Play skipped = run;
    skipped.take(
        resolve_incident(*run.model, run.instance, run.instance.incidents[0].key, Resolution::skip, run.facts, "g_b"));
    EXPECT_EQ(skipped.tasks(), "b");
    skipped = run;
    skipped.take(
        resolve_incident(*run.model, run.instance, run.instance.incidents[0].key, Resolution::skip, run.facts));
    EXPECT_EQ(skipped.tasks(), "c");
    skipped.take(resolve_incident(*run.model, run.instance, run.instance.incidents[0].key, Resolution::skip, run.facts,
                                  "nothing"));
    EXPECT_EQ(skipped.refusal, "process.flow_not_found");
    run.set({{"x", 20}});
    run.take(resolve_incident(*run.model, run.instance, run.instance.incidents[0].key, Resolution::retry, run.facts));
    EXPECT_EQ(run.tasks(), "a");
    EXPECT_EQ(run.incidents(), "");
}

TEST(Engine, ParallelBranchesMeetOnce) {
    Play run(definitions(
        R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><parallelGateway id="j"/><userTask id="c"/>
        [s f a j c][f b j])"));
    run.start();
    EXPECT_EQ(run.tasks(), "a b");
    EXPECT_EQ(run.complete("b").tasks(), "a");
    EXPECT_EQ(run.complete("a").tasks(), "c");
    EXPECT_TRUE(run.complete("c").over());
}

TEST(Engine, InclusiveJoinWaitsForWhatCanStillCome) {
    auto model = definitions(
        R"(<startEvent id="s"/><inclusiveGateway id="f"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><inclusiveGateway id="j"/><userTask id="z"/>
        <sequenceFlow id="f_a" sourceRef="f" targetRef="a"><conditionExpression>a</conditionExpression></sequenceFlow>
        <sequenceFlow id="f_b" sourceRef="f" targetRef="b"><conditionExpression>b</conditionExpression></sequenceFlow>
        <sequenceFlow id="f_c" sourceRef="f" targetRef="c"><conditionExpression>c</conditionExpression></sequenceFlow>[s f][a j z][b j][c j])");
    Play two(model);
    two.start({{"a", true}, {"b", true}, {"c", false}});
    EXPECT_EQ(two.tasks(), "a b");
    EXPECT_EQ(two.complete("a").tasks(), "b");
    EXPECT_EQ(two.complete("b").tasks(), "z");
    Play one(model);
    EXPECT_EQ(one.start({{"a", false}, {"b", false}, {"c", true}}).complete("c").tasks(), "z");
    Play none(model);
    none.start({{"a", false}, {"b", false}, {"c", false}});
    EXPECT_EQ(none.incidents(), "f:process.no_flow_chosen");
}

TEST(Engine, InclusiveJoinSeesTokensInsideSubProcessesAndBehindBoundaryEvents) {
    Play run(definitions(
        R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><subProcess id="sp"><startEvent id="s2"/><userTask id="b"/>[s2 b]</subProcess>
        <boundaryEvent id="t" attachedToRef="sp"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
        <userTask id="c"/><inclusiveGateway id="j"/><userTask id="z"/>[s f a j z][f sp j][t c j])"));
    run.start();
    EXPECT_EQ(run.complete("a").tasks(), "b");
    EXPECT_EQ(run.wait(2h).tasks(), "c");
    EXPECT_EQ(run.complete("c").tasks(), "z");
}

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

TEST(Engine, MultiInstance) {
    auto model = [](std::string_view loop) {
        return definitions(R"(<startEvent id="s"/><userTask id="a" name="${who} ${loopCounter}">)" + std::string(loop) +
                           R"(</userTask><userTask id="z"/>[s a z])");
    };
    Play parallel(model(
        R"(<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="who"><completionCondition>${nrOfCompletedInstances >= 2}</completionCondition></multiInstanceLoopCharacteristics>)"));
    parallel.start({{"people", {"An", "Bình", "Chi"}}});
    EXPECT_EQ(parallel.tasks(), "a a a");
    EXPECT_EQ(open_tasks(*parallel.model, parallel.instance).at(1).name, "Bình 1");
    EXPECT_EQ(parallel.complete("a").complete("a").tasks(), "z");
    Play sequential(model(
        R"(<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>${n}</loopCardinality></multiInstanceLoopCharacteristics>)"));
    sequential.start({{"n", 2}, {"who", "x"}});
    EXPECT_EQ(sequential.tasks(), "a");
    EXPECT_EQ(sequential.complete("a").tasks(), "a");
    EXPECT_EQ(sequential.complete("a").tasks(), "z");
    EXPECT_EQ(
        Play(
            model(
                R"(<multiInstanceLoopCharacteristics><loopCardinality>0</loopCardinality></multiInstanceLoopCharacteristics>)"))
            .start()
            .tasks(),
        "z");
    EXPECT_EQ(
        Play(
            model(
                R"(<multiInstanceLoopCharacteristics><loopCardinality>-1</loopCardinality></multiInstanceLoopCharacteristics>)"))
            .start()
            .incidents(),
        "a:process.loop_count_invalid");
    EXPECT_EQ(
        Play(
            model(
                R"(<multiInstanceLoopCharacteristics><loopCardinality>100000</loopCardinality></multiInstanceLoopCharacteristics>)"))
            .start()
            .incidents(),
        "a:process.too_many_rounds");
    EXPECT_EQ(Play(model(R"(<multiInstanceLoopCharacteristics camunda:collection="people"/>)"))
                  .start({{"people", 3}})
                  .incidents(),
              "a:process.collection_invalid");
}

TEST(Engine, MultiInstanceSubProcessIsLeftAsAWhole) {
    Play run(definitions(
        R"(<startEvent id="s"/><subProcess id="sp"><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics><startEvent id="s1"/><userTask id="a"/>[s1 a]</subProcess>
        <boundaryEvent id="b" attachedToRef="sp"><messageEventDefinition messageRef="m"/></boundaryEvent><userTask id="c"/><userTask id="z"/>[s sp z][b c])",
        R"(<message id="m" name="m"/>)"));
    run.start();
    EXPECT_EQ(run.tasks(), "a a a");
    Play stopped = run;
    EXPECT_EQ(stopped.message("m").tasks(), "c");
    EXPECT_EQ(run.complete("a").complete("a").complete("a").tasks(), "z");
}

TEST(Engine, StandardLoop) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"><standardLoopCharacteristics loopMaximum="3"><loopCondition>again</loopCondition></standardLoopCharacteristics></userTask><userTask id="z"/>[s a z])"));
    EXPECT_EQ(run.start({{"again", true}}).complete("a").tasks(), "a");
    EXPECT_EQ(run.complete("a", {{"again", false}}).tasks(), "z");
}

TEST(Engine, CallActivityHandsVariablesOverAndBack) {
    auto called = definitions(
        R"(<process id="called" isExecutable="true"><startEvent id="s"/><userTask id="a"/>[s a]</process>)");
    auto caller = definitions(
        R"(<startEvent id="s"/><callActivity id="c" calledElement="${which}"><extensionElements><motcua:in source="x" target="y"/><motcua:in sourceExpression="${x + 1}" target="z"/><motcua:out source="result" target="answer"/></extensionElements></callActivity>
        <boundaryEvent id="b" attachedToRef="c"><errorEventDefinition/></boundaryEvent><userTask id="n"/>[s c n])");
    std::string_view files[] = {caller, called};
    Play run(caller);
    run.model = *read_models(files);
    run.start({{"which", "called"}, {"x", 4}, {"secret", 1}}, "p");
    ASSERT_EQ(run.tasks(), "a");
    auto key = open_tasks(*run.model, run.instance).at(0).key;
    EXPECT_EQ(*find_variable(run.instance, "y", key), 4);
    EXPECT_EQ(*find_variable(run.instance, "z", key), 5);
    EXPECT_EQ(find_variable(run.instance, "secret", key), nullptr);
    run.complete("a", {{"result", "tốt"}});
    EXPECT_EQ(run.tasks(), "n");
    EXPECT_EQ(run.variable("answer"), "tốt");
    Play missing(caller);
    EXPECT_EQ(missing.start({{"which", "nothing"}}).incidents(), "c:process.unknown_process");
}

TEST(Engine, ProcessesThatCallThemselvesAreStopped) {
    Play run(definitions(R"(<startEvent id="s"/><callActivity id="c" calledElement="p"/><endEvent id="e"/>[s c e])"));
    EXPECT_EQ(run.start().incidents(), "c:process.call_too_deep");
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

TEST(Engine, LinksJump) {
    EXPECT_EQ(
        Play(
            definitions(
                R"(<startEvent id="s"/><intermediateThrowEvent id="t"><linkEventDefinition name="L"/></intermediateThrowEvent><intermediateCatchEvent id="c"><linkEventDefinition name="L"/></intermediateCatchEvent><userTask id="a"/>[s t][c a])"))
            .start()
            .tasks(),
        "a");
}

TEST(Engine, AdHocSubProcess) {
    auto model = [](std::string_view attributes) {
        return definitions(
            R"(<startEvent id="s"/><adHocSubProcess id="ah" )" + std::string(attributes) +
            R"(><userTask id="a"/><userTask id="b"/><userTask id="c"/>[b c]<completionCondition>enough = true</completionCondition></adHocSubProcess><userTask id="z"/>[s ah z])");
    };
    Play parallel(model(""));
    EXPECT_EQ(parallel.start({{"enough", false}}).tasks(), "a b");
    EXPECT_EQ(parallel.complete("b").tasks(), "a c");
    EXPECT_EQ(parallel.complete("a", {{"enough", true}}).tasks(), "z");
    Play sequential(model(R"(ordering="Sequential")"));
    EXPECT_EQ(sequential.start({{"enough", false}}).tasks(), "a");
    EXPECT_EQ(sequential.complete("a").tasks(), "b");
    EXPECT_EQ(sequential.complete("b").complete("c").tasks(), "z");
}

TEST(Engine, QuantitiesOfTokens) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a" completionQuantity="2"/><userTask id="b" startQuantity="2"/>[s a b])"));
    EXPECT_EQ(run.start().complete("a").tasks(), "b");
    EXPECT_TRUE(run.complete("b").over());
}

TEST(Engine, ComplexGatewayFiresOnceAndSwallowsTheRest) {
    Play run(definitions(
        R"(<startEvent id="s"/><parallelGateway id="f"/><userTask id="a"/><userTask id="b"/><userTask id="c"/><complexGateway id="j"><activationCondition>activationCount >= 2</activationCondition></complexGateway><userTask id="z"/>[s f a j z][f b j][f c j])"));
    EXPECT_EQ(run.start().complete("a").tasks(), "b c");
    EXPECT_EQ(run.complete("c").tasks(), "b z");
    EXPECT_EQ(run.complete("b").tasks(), "z");
    EXPECT_TRUE(run.complete("z").over());
}

TEST(Engine, ServicesAreCalledOutsideAndAnswered) {
    auto model = definitions(
        R"(<startEvent id="s"/><serviceTask id="v" motcua:call="population.lookup" motcua:resultVariable="person"/><userTask id="a"/><boundaryEvent id="b" attachedToRef="v"><errorEventDefinition errorRef="e"/></boundaryEvent><userTask id="c"/>[s v a][b c])",
        R"(<error id="e" errorCode="NOT_FOUND"/>)");
    Play run(model);
    run.start();
    auto called = std::ranges::find(run.last, EventType::service_called, &Event::type);
    ASSERT_NE(called, run.last.end());
    EXPECT_EQ(called->name, "population.lookup");
    auto key = std::to_string(called->key);
    Play failed = run;
    failed.take(fail_service(*run.model, run.instance, key, "NOT_FOUND", run.facts));
    EXPECT_EQ(failed.tasks(), "c");
    failed = run;
    failed.take(fail_service(*run.model, run.instance, key, "DOWN", run.facts));
    EXPECT_EQ(failed.incidents(), "v:process.service_failed");
    failed.take(
        resolve_incident(*run.model, failed.instance, failed.instance.incidents[0].key, Resolution::retry, run.facts));
    EXPECT_TRUE(std::ranges::any_of(failed.last, [](const Event& e) { return e.type == EventType::service_called; }));
    run.take(complete_service(*run.model, run.instance, key, {{"name", "Lan"}}, run.facts));
    EXPECT_EQ(run.tasks(), "a");
    EXPECT_EQ(run.variable("person"), (json::object{{"name", "Lan"}}));
}

TEST(Engine, ScriptsAssign) {
    Play run(definitions(
        R"(<startEvent id="s"/><scriptTask id="k"><script>fee = count * 8000; note = "a;b"</script></scriptTask><userTask id="a"/>[s k a])"));
    run.start({{"count", 3}});
    EXPECT_EQ(run.variable("fee"), 24000);
    EXPECT_EQ(run.variable("note"), "a;b");
    Play faulty(definitions(
        R"(<startEvent id="s"/><scriptTask id="k"><script>fee = count * 8000</script></scriptTask><userTask id="a"/>[s k a])"));
    EXPECT_EQ(faulty.start().incidents(), "k:process.expression_failed");
}

TEST(Engine, InputsAndOutputsStayLocal) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"><extensionElements><camunda:inputOutput><camunda:inputParameter name="twice">${x * 2}</camunda:inputParameter><camunda:outputParameter name="out">${twice + 1}</camunda:outputParameter></camunda:inputOutput></extensionElements></userTask><userTask id="b"/>[s a b])"));
    run.start({{"x", 5}}).complete("a");
    EXPECT_EQ(run.variable("out"), 11);
    EXPECT_EQ(run.variable("twice"), nullptr);
}

TEST(Engine, AsynchronousContinuationsAreTimersThatAreDue) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a" camunda:asyncBefore="true" camunda:asyncAfter="true"/><userTask id="b"/>[s a b])"));
    EXPECT_EQ(run.start().tasks(), "");
    EXPECT_EQ(run.wait(0s).tasks(), "a");
    EXPECT_EQ(run.complete("a").tasks(), "");
    EXPECT_EQ(run.wait(0s).tasks(), "b");
}

TEST(Engine, ALoopWithoutWaitIsAnIncident) {
    for (
        auto body :
        {R"(<startEvent id="s"/><task id="a"/><exclusiveGateway id="g"/>[s a g a])",
         R"(<startEvent id="s"/><exclusiveGateway id="m"/><parallelGateway id="f"/><task id="a"/><task id="b"/>[s m f a m][f b m])",
         R"(<startEvent id="s"/><subProcess id="sp"><startEvent id="s1"/>[s1 x]<task id="x"/></subProcess>[s sp sp])"}) {
        Play run(definitions(body));
        run.start();
        EXPECT_NE(run.incidents().find("process.loop_without_wait"), std::string::npos) << body;
    }
}

TEST(Engine, PoolsTalkThroughMessageFlows) {
    Play run(definitions(
        R"(<process id="lead" isExecutable="true"><startEvent id="s"/><intermediateThrowEvent id="ask"><messageEventDefinition messageRef="m1"/></intermediateThrowEvent><intermediateCatchEvent id="hear"><messageEventDefinition messageRef="m2"/></intermediateCatchEvent><userTask id="done"/>[s ask hear done]</process>
        <process id="other" isExecutable="true"><startEvent id="os"><messageEventDefinition messageRef="m1"/></startEvent><userTask id="work"/><endEvent id="oe"><messageEventDefinition messageRef="m2"/></endEvent>[os work oe]</process>)",
        R"(<message id="m1" name="Đề nghị"/><message id="m2" name="Kết quả"/><collaboration id="c"><participant id="p1" processRef="lead"/><participant id="p2" processRef="other"/><messageFlow id="f1" sourceRef="ask" targetRef="os"/><messageFlow id="f2" sourceRef="oe" targetRef="hear"/></collaboration>)"));
    EXPECT_EQ(run.start({}, "lead").tasks(), "work");
    EXPECT_EQ(run.complete("work").tasks(), "done");
    EXPECT_TRUE(run.complete("done").over());
}

TEST(Engine, WorkReturnsOnlyWhereTheModelAllows) {
    auto model = definitions(
        R"(<startEvent id="s"/><userTask id="a"/><parallelGateway id="f"/><userTask id="b1"/><userTask id="b2"/><userTask id="c" motcua:mayReturnTo="b1 a"/><parallelGateway id="j"/><userTask id="d" motcua:mayReturnTo="a b1"/>[s a f b1 c j d][f b2 j])");
    Play run(model);
    run.start().complete("a").complete("b1");
    EXPECT_EQ(run.tasks(), "b2 c");
    auto back = [&](Play& r, std::string_view from, std::string_view to) {
        for (const auto& t : open_tasks(*r.model, r.instance))
            if (t.element == from) return r.take(return_to_step(*r.model, r.instance, t.key, to, r.facts));
        ADD_FAILURE() << from;
    };
    back(run, "c", "b2");
    EXPECT_EQ(run.refusal, "process.return_not_allowed");
    Play within = run;
    back(within, "c", "b1");
    EXPECT_EQ(within.tasks(), "b1 b2");
    Play before = run;
    back(before, "c", "a");
    EXPECT_EQ(before.tasks(), "a");  // the other branch will be opened again
    run.complete("b2").complete("c");
    EXPECT_EQ(run.tasks(), "d");
    back(run, "d", "a");
    EXPECT_EQ(run.tasks(), "a");
    EXPECT_EQ(run.complete("a").tasks(), "b1 b2");
}

TEST(Engine, StartsByMessageSignalAndTimer) {
    auto read = read_model(definitions(
        R"(<startEvent id="s1"><messageEventDefinition messageRef="m"/></startEvent><startEvent id="s2"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent><userTask id="a"/><userTask id="b"/>[s1 a][s2 b])",
        R"(<message id="m" name="M"/>)"));
    Facts facts;
    auto triggers = start_triggers(**read, facts.now);
    ASSERT_EQ(triggers.size(), 2u);
    EXPECT_EQ(triggers[0].name, "M");
    EXPECT_EQ(triggers[1].due, facts.now + 1h);
    EXPECT_EQ(start(**read, "p", {}, facts).error().reason, "process.no_plain_start");
    Instance s;
    process::apply(s, *start_at(**read, "p", "s1", {{"x", 1}}, facts));
    EXPECT_EQ(open_tasks(**read, s).at(0).element, "a");
    EXPECT_EQ(start_at(**read, "p", "zzz", {}, facts).error().reason, "process.unknown_element");
    EXPECT_EQ(start(**read, "q", {}, facts).error().reason, "process.unknown_process");
}

TEST(Engine, CancelEndsEverything) {
    Play run(definitions(
        R"(<startEvent id="s"/><userTask id="a"/><boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent><userTask id="b"/>[s a][t b])"));
    run.start();
    run.take(cancel(*run.model, run.instance));
    EXPECT_TRUE(run.over());
    EXPECT_TRUE(run.instance.items.empty() && run.instance.waits.empty());
    EXPECT_EQ(run.instance.status, Status::cancelled);
}

TEST(Engine, AStateOfAnotherModelIsRefused) {
    Play run(definitions(R"(<startEvent id="s"/><userTask id="a"/>[s a])"));
    run.start();
    auto other = read_model(definitions(R"(<startEvent id="s"/><userTask id="b"/>[s b])"));
    EXPECT_EQ(complete_task(**other, run.instance, "2", {}, run.facts).error().reason, "process.model_mismatch");
    EXPECT_TRUE(open_tasks(**other, run.instance).empty());
}

TEST(Engine, StateIsSmallAndDamageIsNoticed) {
    Play run(definitions(R"(<startEvent id="s"/><userTask id="a"/>[s a])"));
    run.start({{"x", 1}});
    auto stored = to_json(run.instance);
    EXPECT_LT(json::serialize(stored).size(), 160u) << json::serialize(stored);
    for (auto damage :
         {R"({"process":1})", R"({"next":1,"items":[{"k":5,"t":"activity"}]})",
          R"({"next":9,"items":[{"k":2,"t":"what"}]})", R"({"next":9,"items":[{"k":2,"p":3,"t":"token"}]})",
          R"({"next":9,"items":[{"k":2,"t":"token"},{"k":2,"t":"token"}]})"})
        EXPECT_EQ(instance_from_json(parse_json(damage)->as_object()).error().reason, "process.state_malformed")
            << damage;
    EXPECT_EQ(event_from_json(parse_json(R"({"type":"strange"})")->as_object()).error().reason,
              "process.state_malformed");
}

}  // namespace
}  // namespace motcua::process
