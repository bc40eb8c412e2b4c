// What the engine does with work, gateways, loops, calls and data, on small models of our own. Events are in
// engine_events_test.cpp.
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
