// Dossiers whose process does more than hand out tasks: timers, messages, signals, services, incidents, pools,
// migration.
#include "base/testing.hpp"
#include "dossier/test_world.hpp"

namespace motcua::dossier {
namespace {

using Ms = std::chrono::milliseconds;

Dossier must(Result<Dossier> answer) {
    if (!answer) throw std::runtime_error(answer.error().reason);
    return std::move(*answer);
}
std::string refusal(const Result<Dossier>& answer) { return answer ? "(accepted)" : answer.error().reason; }

const Task* find_task(const Dossier& d, std::string_view element) {
    for (const Task& task : d.tasks)
        if (task.element == element) return &task;
    return nullptr;
}
const Pending* find_pending(const Dossier& d, PendingKind kind) {
    for (const Pending& pending : d.pending)
        if (pending.kind == kind) return &pending;
    return nullptr;
}
std::string local(Instant at) { return format_local(to_local(at)); }
Dossier complete(TestWorld& world, const Dossier& d, std::string_view element, json::object variables = {}) {
    const Task* task = find_task(d, element);
    if (!task) throw std::runtime_error("no open task at " + std::string(element));
    CompleteStep step{task->id, std::move(variables), "", {}};
    if (element == "issue") step.result = ResultDocument{Outcome::granted, "", "12/QĐ-UBND", "", {}, {}};
    return must(world.run(d, step));
}
void expect_sound(TestWorld& world, const Dossier& d) {
    for (const std::string& wrong : world.wrong_rows(d.id)) ADD_FAILURE() << wrong;
    auto session = world.database().reader();
    EXPECT_TRUE(check_task_rows(*session).empty());
    EXPECT_TRUE(dossier_from_json(to_json(d)) == [&] {
        Dossier copy = d;
        copy.id = {};
        copy.head = {};
        return copy;
    }());
}
std::vector<std::string> event_types(TestWorld& world, const Dossier& d) {
    auto session = world.database().reader();
    std::vector<std::string> types;
    for (const auto& event : ledger::read_stream(*session, ledger::StreamKind::dossier, d.id.value, d.head))
        types.push_back(event.type);
    return types;
}
int count(const std::vector<std::string>& list, std::string_view what) {
    return static_cast<int>(std::ranges::count(list, what));
}

std::string task(std::string_view id, std::string_view extra = "") {
    return fmt::format(R"(<userTask id="{}" name="{}" motcua:role="processor" {}/>)", id, id, extra);
}
std::string flow(std::string_view from, std::string_view to) {
    return fmt::format(R"(<sequenceFlow id="{0}_{1}" sourceRef="{0}" targetRef="{1}"/>)", from, to);
}
/// "a b c" as a chain of flows.
std::string chain(std::initializer_list<std::string_view> nodes) {
    std::string flows;
    for (auto at = nodes.begin(); at + 1 != nodes.end(); ++at) flows += flow(*at, *(at + 1));
    return flows;
}
std::string events() { return R"(<startEvent id="start"/><endEvent id="end"/>)"; }
std::string message_event(std::string_view id, std::string_view message, std::string_view correlation = "") {
    return fmt::format(
        R"(<intermediateCatchEvent id="{}" name="Chờ giấy"><messageEventDefinition messageRef="{}" {}><operationRef>op</operationRef></messageEventDefinition></intermediateCatchEvent>)",
        id, message, correlation);
}
std::string call(std::string_view service, std::string_view inputs = "", std::string_view more = "") {
    return fmt::format(
        R"(<serviceTask id="call" motcua:call="{}" {}><extensionElements><motcua:inputOutput>{}</motcua:inputOutput></extensionElements></serviceTask>)",
        service, more, inputs);
}

TEST(Timer, OpensTheNextStepWhenDueAndOnce) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + task("appraise") + task("issue") +
        R"(<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT2H</timeDuration></timerEventDefinition></intermediateCatchEvent>)" +
        chain({"start", "appraise", "wait", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    EXPECT_TRUE(d.pending.empty());
    d = complete(world, d, "appraise");
    EXPECT_TRUE(d.tasks.empty());
    ASSERT_EQ(d.pending.size(), 1u);
    EXPECT_EQ(local(*d.pending[0].due), "2025-07-07T10:00");
    EXPECT_TRUE(d.is_owned());
    expect_sound(world, d);

    world.go_to("2025-07-07T09:59");
    EXPECT_EQ(world.work(), 0);
    world.go_to("2025-07-07T10:00");
    EXPECT_EQ(world.work(), 1);
    EXPECT_EQ(world.work(), 0);
    d = world.stored(d.id);
    EXPECT_TRUE(d.pending.empty());
    ASSERT_NE(find_task(d, "issue"), nullptr);
    EXPECT_EQ(count(event_types(world, d), "timer_fired"), 1);
    expect_sound(world, d);
    EXPECT_EQ(complete(world, d, "issue").status, Status::finished);
}

TEST(Timer, LimitIsCountedOnTheDossiersCalendarAndRemindsWithoutInterrupting) {
    TestWorld world("2025-07-04T15:00");  // a Friday
    world.use_process(
        events() + task("appraise") + task("remind") + task("issue") + R"(<endEvent id="reminded"/>)" +
        R"(<boundaryEvent id="late" attachedToRef="appraise" cancelActivity="false"><timerEventDefinition motcua:limit="1 working_day"/></boundaryEvent>)" +
        chain({"start", "appraise", "issue", "end"}) + chain({"late", "remind", "reminded"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    ASSERT_EQ(d.pending.size(), 1u);
    EXPECT_EQ(local(*d.pending[0].due), "2025-07-07T15:00");
    world.go_to("2025-07-07T15:00");
    EXPECT_EQ(world.work(), 1);
    d = world.stored(d.id);
    EXPECT_NE(find_task(d, "appraise"), nullptr);
    EXPECT_NE(find_task(d, "remind"), nullptr);
    expect_sound(world, d);
}

TEST(Timer, ThoseThatPassedWhileNobodyRanFireInOrder) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + task("appraise") + task("issue") + R"(<endEvent id="r1"/><endEvent id="r2"/>)" + task("hourly") +
        task("once") +
        R"(<boundaryEvent id="cycle" attachedToRef="appraise" cancelActivity="false"><timerEventDefinition><timeCycle xsi:type="tFormalExpression">R3/PT1H</timeCycle></timerEventDefinition></boundaryEvent>)"
        R"(<boundaryEvent id="single" attachedToRef="appraise" cancelActivity="false"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT90M</timeDuration></timerEventDefinition></boundaryEvent>)" +
        chain({"start", "appraise", "issue", "end"}) + chain({"cycle", "hourly", "r1"}) +
        chain({"single", "once", "r2"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    EXPECT_EQ(d.pending.size(), 2u);
    world.go_to("2025-07-08T08:00");
    EXPECT_EQ(world.work(), 1);
    d = world.stored(d.id);
    auto session = world.database().reader();
    std::vector<std::string> fired;
    for (const auto& event : ledger::read_stream(*session, ledger::StreamKind::dossier, d.id.value, d.head))
        if (event.type == "timer_fired") fired.push_back(string_or(event.data, "element"));
    EXPECT_EQ(fired, (std::vector<std::string>{"cycle", "single", "cycle", "cycle"}));
    EXPECT_EQ(std::ranges::count(d.tasks, "hourly", &Task::element), 3);
    expect_sound(world, d);
}

TEST(Timer, RestsWhileTheCitizensTurnLasts) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + task("appraise") + task("issue") + task("remind") + R"(<endEvent id="reminded"/>)" +
        R"(<boundaryEvent id="late" attachedToRef="appraise" cancelActivity="false"><timerEventDefinition motcua:limit="4 working_hour"/></boundaryEvent>)" +
        chain({"start", "appraise", "issue", "end"}) + chain({"late", "remind", "reminded"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    d = must(world.run(d, RequestSupplement{{"Bản sao"}, "Thiếu"}));
    EXPECT_TRUE(d.pending.empty());
    world.go_to("2025-07-08T08:00");
    EXPECT_EQ(world.work(), 0);
    d = must(world.run(d, AcceptSupplement{TestWorld::content()}));
    ASSERT_EQ(d.pending.size(), 1u);
    EXPECT_EQ(local(*d.pending[0].due), "2025-07-08T14:00");  // counted anew, as the step is
    expect_sound(world, d);
}

TEST(Timer, CostsNothingWhereThereIsNone) {
    TestWorld world("2025-07-07T08:00");
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    auto session = world.database().reader();
    auto change = world.service->change(*session, d, {CompleteStep{d.tasks.at(0).id, {}, "", {}}}, TestWorld::officer(),
                                        world.meta("officer:1"));
    ASSERT_TRUE(change);
    EXPECT_EQ(change->write.rows.size(), 3u);  // the dossier, the task that is done, the task that opens
    EXPECT_FALSE(to_json(change->after).contains("pending"));
    for (const auto& event : change->write.events) EXPECT_FALSE(event.data.contains("pending"));
}

TEST(Message, IsAwaitedBySomebodyWithALimitAndMovesTheProcess) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + task("appraise") + task("issue") + message_event("wait", "paper") +
                      chain({"start", "appraise", "wait", "issue", "end"}));
    Dossier d = complete(world, must(world.receive_at_counter("Xã An Biên")), "appraise");
    ASSERT_EQ(d.tasks.size(), 1u);
    EXPECT_EQ(d.tasks[0].kind, TaskKind::awaited);
    EXPECT_EQ(d.tasks[0].name, "Chờ giấy");
    EXPECT_EQ(d.tasks[0].due, d.clock->due);
    ASSERT_NE(find_pending(d, PendingKind::message), nullptr);
    EXPECT_EQ(refusal(world.run(d, DeliverMessage{"unknown", {}})), "process.message_not_expected");
    d = must(world.run(d, DeliverMessage{"paper", {{"number", 7}}}));
    EXPECT_TRUE(d.pending.empty());
    ASSERT_NE(find_task(d, "issue"), nullptr);
    expect_sound(world, d);
}

TEST(Message, ArrivesWhileTheCitizensTurnLasts) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + task("issue") + message_event("wait", "paper") +
                      chain({"start", "wait", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    d = must(world.run(d, RequestPayment{{{"Thuế", Dong{1000}, false, "", ""}}}));
    ASSERT_NE(find_pending(d, PendingKind::message), nullptr);
    d = must(world.run(d, DeliverMessage{"paper", {}}));
    EXPECT_EQ(d.status, Status::awaiting_payment);
    EXPECT_EQ(find_task(d, "issue"), nullptr);  // opens when the clock runs again
    expect_sound(world, d);
    d = must(world.run(d, RecordPayment{"cash", "1"}));
    EXPECT_NE(find_task(d, "issue"), nullptr);
    expect_sound(world, d);
}

TEST(Message, ThatEndsTheProcessBeforeThePaymentDoesNotLeaveTheDossierBehind) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + message_event("wait", "paper") + chain({"start", "wait", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    d = must(world.run(d, RecordResult{ResultDocument{Outcome::granted, "", "12/QĐ", "", {}, {}}}));
    d = must(world.run(d, RequestPayment{{{"Thuế", Dong{1000}, false, "", ""}}}));
    d = must(world.run(d, DeliverMessage{"paper", {}}));
    expect_sound(world, d);
    d = must(world.run(d, RecordPayment{"cash", "1"}));
    EXPECT_EQ(d.status, Status::finished);
    expect_sound(world, d);
}

TEST(Message, IsFoundByItsDeclaredKey) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + task("appraise") + task("issue") +
                      message_event("wait", "paper", R"(motcua:correlation="plot")") +
                      chain({"start", "appraise", "wait", "issue", "end"}));
    Dossier a = complete(world, must(world.receive_at_counter("Xã An Biên")), "appraise", {{"plot", "12-7"}});
    Dossier b = complete(world, must(world.receive_at_counter("Xã An Biên")), "appraise", {{"plot", 99}});
    auto session = world.database().reader();
    EXPECT_EQ(list_correlated(*session, "paper", "12-7", 2), std::vector<DossierId>{a.id});
    EXPECT_EQ(list_correlated(*session, "paper", "99", 2), std::vector<DossierId>{b.id});
    EXPECT_TRUE(list_correlated(*session, "paper", "1", 2).empty());
}

TEST(Message, ReceiveTaskWithoutMessageIsAnsweredByItsName) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + R"(<receiveTask id="answer" name="Chờ trả lời"/>)" + task("issue") +
                      chain({"start", "answer", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    ASSERT_EQ(d.tasks.size(), 1u);
    EXPECT_EQ(d.tasks[0].kind, TaskKind::awaited);
    d = must(world.run(d, DeliverMessage{"answer", {}}));
    EXPECT_NE(find_task(d, "issue"), nullptr);
}

TEST(Signal, ReachesEverybodyWhoWaitedWhenItWasRaised) {
    TestWorld world("2025-07-07T08:00");
    const std::string waits =
        R"(<intermediateCatchEvent id="wait"><signalEventDefinition signalRef="storm"/></intermediateCatchEvent>)";
    world.use_process(events() + waits + task("issue") + chain({"start", "wait", "issue", "end"}));
    Dossier a = must(world.receive_at_counter("Xã An Biên")), b = must(world.receive_at_counter("Xã An Biên"));
    world.use_process(
        events() + task("issue") +
        R"(<intermediateThrowEvent id="raise"><signalEventDefinition signalRef="storm"/></intermediateThrowEvent>)" +
        chain({"start", "raise", "issue", "end"}));
    Dossier sender = must(world.receive_at_counter("Xã An Biên"));
    EXPECT_EQ(world.work(), 2);
    EXPECT_NE(find_task(world.stored(a.id), "issue"), nullptr);
    EXPECT_NE(find_task(world.stored(b.id), "issue"), nullptr);
    EXPECT_EQ(world.work(), 0);
    for (const Dossier& d : {world.stored(a.id), world.stored(b.id), world.stored(sender.id)}) {
        expect_sound(world, d);
        EXPECT_TRUE(d.pending.empty());
    }
}

TEST(Signal, DeliveredAgainAfterACrashIsHeardOnce) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + task("appraise") + task("issue") + task("hurry") + R"(<endEvent id="hurried"/>)" +
        R"(<boundaryEvent id="heard" attachedToRef="appraise" cancelActivity="false"><signalEventDefinition signalRef="storm"/></boundaryEvent>)" +
        chain({"start", "appraise", "issue", "end"}) + chain({"heard", "hurry", "hurried"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    DeliverSignal signal{world.ids.next(), "storm", {}};
    d = must(world.run(d, signal));
    d = must(world.run(d, signal));
    EXPECT_EQ(count(event_types(world, d), "signal_received"), 1);
    d = must(world.run(d, DeliverSignal{world.ids.next(), "storm", {}}));
    EXPECT_EQ(std::ranges::count(d.tasks, "hurry", &Task::element), 2);
    expect_sound(world, d);
}

TEST(Services, SetDecideAndNotify) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() +
        R"(<businessRuleTask id="rules" motcua:call="decide"><extensionElements><motcua:inputOutput><motcua:inputParameter name="table">[{"when": "amount > 10", "then": {"level": "province"}}, {"then": {"level": "commune"}}]</motcua:inputParameter></motcua:inputOutput></extensionElements></businessRuleTask>)"
        R"(<sendTask id="tell" motcua:call="notify"><extensionElements><motcua:inputOutput><motcua:inputParameter name="text">Cấp giải quyết: ${level}</motcua:inputParameter></motcua:inputOutput></extensionElements></sendTask>)" +
        call("set_variables", R"(<motcua:inputParameter name="variables">{"amount": 11}</motcua:inputParameter>)") +
        task("issue") + chain({"start", "call", "rules", "tell", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    ASSERT_EQ(d.pending.size(), 1u);
    EXPECT_EQ(d.pending[0].kind, PendingKind::service);
    EXPECT_TRUE(d.is_owned());
    EXPECT_EQ(world.work(), 3);
    d = world.stored(d.id);
    ASSERT_NE(find_task(d, "issue"), nullptr);
    auto session = world.database().reader();
    bool told = false;
    for (const auto& event : ledger::read_stream(*session, ledger::StreamKind::dossier, d.id.value, d.head))
        if (event.type == "notification_queued") {
            told = true;
            EXPECT_EQ(string_or(event.data, "text"), "Cấp giải quyết: province");
            EXPECT_EQ(string_or(event.data, "to"), "applicant");
        }
    EXPECT_TRUE(told);
    expect_sound(world, d);
}

TEST(Services, BusinessErrorIsCaughtByTheModel) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + call("decide", R"(<motcua:inputParameter name="table">[]</motcua:inputParameter>)") +
        R"(<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition errorRef="no_rule"/></boundaryEvent>)" +
        task("by_hand") + task("issue") + R"(<endEvent id="end2"/>)" + chain({"start", "call", "issue", "end"}) +
        chain({"caught", "by_hand", "end2"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    EXPECT_EQ(world.work(), 1);
    EXPECT_NE(find_task(world.stored(d.id), "by_hand"), nullptr);
}

TEST(Services, FailingOneIsTriedAgainWithTheSameKeyThenIsAnIncident) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + call("register") + task("issue") + chain({"start", "call", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    std::vector<std::string> keys;
    bool up = false;
    Services services;
    services.add("register", [&](const ServiceCall& c) -> ServiceAnswer {
        keys.push_back(c.key);
        if (!up) throw std::runtime_error("no line");
        return {};
    });
    for (int i = 0; i < service_attempts_max; ++i) {
        EXPECT_EQ(world.work(services), 1);
        EXPECT_EQ(world.work(services), 0);  // not before its time
        world.clock.advance(std::chrono::hours{48});
    }
    EXPECT_EQ(static_cast<int>(keys.size()), service_attempts_max);
    EXPECT_TRUE(std::ranges::all_of(keys, [&](const std::string& key) { return key == keys.front(); }));
    d = world.stored(d.id);
    ASSERT_EQ(d.tasks.size(), 1u);
    EXPECT_EQ(d.tasks[0].kind, TaskKind::incident);
    const Pending* incident = find_pending(d, PendingKind::incident);
    ASSERT_NE(incident, nullptr);
    EXPECT_EQ(incident->name, "dossier.service_down");
    expect_sound(world, d);

    EXPECT_EQ(refusal(world.run(d, ResolveIncident{incident->key, ResolveIncident::How::retry, "", {}, ""})),
              "dossier.reason_missing");
    up = true;
    d = must(world.run(d, ResolveIncident{incident->key, ResolveIncident::How::retry, "", {}, "Đã nối lại"}));
    EXPECT_EQ(d.pending.at(0).kind, PendingKind::service);
    EXPECT_EQ(world.work(services), 1);
    d = world.stored(d.id);
    EXPECT_EQ(keys.back(), keys.front());
    EXPECT_NE(find_task(d, "issue"), nullptr);
    EXPECT_EQ(count(event_types(world, d), "incident_resolved"), 1);
    expect_sound(world, d);
}

TEST(Services, UnknownOneIsAnIncidentThatCanBeSkipped) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + call("nowhere") + task("issue") + chain({"start", "call", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    EXPECT_EQ(world.work(), 1);
    d = world.stored(d.id);
    const Pending* incident = find_pending(d, PendingKind::incident);
    ASSERT_NE(incident, nullptr);
    d = must(world.run(d, ResolveIncident{incident->key, ResolveIncident::How::skip, "", {}, "Làm bằng tay"}));
    EXPECT_NE(find_task(d, "issue"), nullptr);
    EXPECT_TRUE(d.pending.empty());
    EXPECT_EQ(refusal(world.run(d, ResolveIncident{"77", ResolveIncident::How::skip, "", {}, "x"})),
              "dossier.incident_not_open");
}

TEST(Services, AnAnswerThatComesTwiceCountsOnce) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(events() + call("register") + task("issue") + chain({"start", "call", "issue", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    AnswerService answer;
    answer.key = d.pending.at(0).key;
    d = must(world.run(d, answer));
    const auto version = d.head.version;
    d = must(world.run(d, answer));
    EXPECT_EQ(d.head.version, version);
}

TEST(Incident, OfAGatewayIsPutRightWithValues) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + task("appraise") + task("issue") + task("more") + R"(<endEvent id="end2"/>)" +
        R"(<exclusiveGateway id="way"/><sequenceFlow id="yes" sourceRef="way" targetRef="issue"><conditionExpression xsi:type="tFormalExpression">${complete}</conditionExpression></sequenceFlow>)"
        R"(<sequenceFlow id="no" sourceRef="way" targetRef="more"><conditionExpression xsi:type="tFormalExpression">${not(complete)}</conditionExpression></sequenceFlow>)" +
        chain({"start", "appraise", "way"}) + chain({"issue", "end"}) + chain({"more", "end2"}));
    Dossier d = complete(world, must(world.receive_at_counter("Xã An Biên")), "appraise");
    const Pending* incident = find_pending(d, PendingKind::incident);
    ASSERT_NE(incident, nullptr);
    EXPECT_EQ(incident->element, "way");
    ASSERT_EQ(d.tasks.size(), 1u);
    EXPECT_EQ(d.tasks[0].role, "approver");
    expect_sound(world, d);
    Dossier chosen = must(
        world.run(d, ResolveIncident{incident->key, ResolveIncident::How::resolve, "", {{"complete", true}}, "Đủ"}));
    EXPECT_NE(find_task(chosen, "issue"), nullptr);
    EXPECT_TRUE(chosen.pending.empty());
    expect_sound(world, chosen);
}

TEST(Incident, OfAnEndWithoutResultIsClosedByTheResult) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() +
        R"(<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>)" +
        chain({"start", "wait", "end"}));
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    world.clock.advance(std::chrono::hours{2});
    EXPECT_EQ(world.work(), 1);
    d = world.stored(d.id);
    ASSERT_EQ(d.tasks.size(), 1u);
    EXPECT_EQ(d.tasks[0].kind, TaskKind::incident);
    expect_sound(world, d);
    const Pending* incident = find_pending(d, PendingKind::incident);
    ASSERT_NE(incident, nullptr);
    EXPECT_EQ(refusal(world.run(d, ResolveIncident{incident->key, ResolveIncident::How::skip, "", {}, "x"})),
              "dossier.incident_needs_result");
    d = must(world.run(d, RecordResult{ResultDocument{Outcome::granted, "", "12/QĐ", "", {}, {}}}));
    EXPECT_EQ(d.status, Status::finished);
    expect_sound(world, d);
}

TEST(Events, EscalationsEventSubProcessesAndCallActivitiesRunInADossier) {
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + R"(<callActivity id="check" calledElement="checking"/>)" + task("issue") +
            R"(<subProcess id="inner"><startEvent id="is"/>)" + task("look") +
            R"(<intermediateThrowEvent id="slow_now"><escalationEventDefinition escalationRef="slow"/></intermediateThrowEvent><endEvent id="ie"/>)" +
            chain({"is", "look", "slow_now", "ie"}) + R"(</subProcess>)" +
            R"(<boundaryEvent id="escalated" attachedToRef="inner" cancelActivity="false"><escalationEventDefinition escalationRef="slow"/></boundaryEvent>)" +
            task("boss") + R"(<endEvent id="end2"/>)" + chain({"start", "check", "inner", "issue", "end"}) +
            chain({"escalated", "boss", "end2"}) +
            R"(<subProcess id="on_paper" triggeredByEvent="true"><startEvent id="ps" isInterrupting="false"><messageEventDefinition messageRef="paper"><operationRef>op</operationRef></messageEventDefinition></startEvent>)" +
            task("file_it") + R"(<endEvent id="pe"/>)" + chain({"ps", "file_it", "pe"}) + "</subProcess>",
        R"(<process id="checking" isExecutable="true"><startEvent id="cs"/>)" + task("verify") +
            R"(<endEvent id="ce"/>)" + chain({"cs", "verify", "ce"}) + "</process>");
    Dossier d = must(world.receive_at_counter("Xã An Biên"));
    d = complete(world, d, "verify");
    d = must(world.run(d, DeliverMessage{"paper", {}}));
    EXPECT_NE(find_task(d, "file_it"), nullptr);
    d = complete(world, d, "look");
    EXPECT_NE(find_task(d, "boss"), nullptr);
    EXPECT_NE(find_task(d, "issue"), nullptr);
    expect_sound(world, d);
    d = complete(world, d, "boss");
    d = complete(world, d, "file_it");
    EXPECT_EQ(complete(world, d, "issue").status, Status::finished);
}

TEST(Migration, IsRehearsedThenDoneWithAnEventEach) {
    TestWorld world("2025-07-07T08:00");
    Dossier moves = must(world.receive_at_counter("Xã An Biên"));
    Dossier stays = complete(world, must(world.receive_at_counter("Xã An Biên")), "appraise");
    // Step "approve" is gone, "appraise" is named otherwise.
    world.use_process(events() + task("review") + task("issue") + chain({"start", "review", "issue", "end"}));
    MigrationOrder order{"three-steps", 2, {}, {{"appraise", "review"}}, "Quy trình mới"};
    auto rehearsed =
        migrate_processes(world.database(), world.committer(), *world.service, order, world.meta("system"));
    ASSERT_TRUE(rehearsed);
    ASSERT_EQ(rehearsed->size(), 2u);
    EXPECT_FALSE(rehearsed->at(0).refusal);
    ASSERT_TRUE(rehearsed->at(1).refusal);
    EXPECT_EQ(rehearsed->at(1).refusal->reason, "process.migration_missing");
    EXPECT_EQ(world.stored(moves.id).process_version, 1);

    order.rehearse = false;
    auto done = migrate_processes(world.database(), world.committer(), *world.service, order, world.meta("system"));
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->at(0).moved);
    EXPECT_FALSE(done->at(1).moved);
    Dossier moved = world.stored(moves.id);
    EXPECT_EQ(moved.process_version, 2);
    EXPECT_NE(find_task(moved, "review"), nullptr);
    EXPECT_EQ(count(event_types(world, moved), "process_migrated"), 1);
    expect_sound(world, moved);
    EXPECT_EQ(world.stored(stays.id).process_version, 1);
    EXPECT_EQ(complete(world, complete(world, moved, "review"), "issue").status, Status::finished);
}

TEST(Chain, OfAgenciesGivesEachItsOwnTaskUnitAndDeadline) {
    for (std::string_view name : {"inter-agency-parallel", "inter-agency-sequential"}) {
        TestWorld world("2025-07-07T08:00");
        auto xml = resources::find_resource(fmt::format("processes/{}.bpmn", name));
        ASSERT_TRUE(xml);
        world.use_definition("three-steps", std::string(*xml));
        Dossier d = must(world.receive_at_counter("Xã An Biên"));
        std::set<std::int64_t> units;
        int most_at_once = 0;
        for (int steps = 0; d.status != Status::finished && steps < 40; ++steps) {
            ASSERT_FALSE(d.tasks.empty());
            most_at_once = std::max(most_at_once, static_cast<int>(d.tasks.size()));
            for (const Task& open : d.tasks) {
                units.insert(open.unit.value);
                EXPECT_LE(open.due, d.clock->due);
                EXPECT_EQ(open.kind, TaskKind::step);
                auto session = world.database().reader();
                WorklistQuery of_unit;
                of_unit.units = {open.unit};
                auto lines = list_tasks(*session, of_unit);
                EXPECT_TRUE(std::ranges::any_of(lines, [&](const TaskLine& l) { return l.task.id == open.id; }));
            }
            expect_sound(world, d);
            CompleteStep step{d.tasks.front().id, {{"decision", "approve"}}, "", {}};
            if (!d.result) step.result = ResultDocument{Outcome::granted, "", "12/QĐ-UBND", "", {}, {}};
            d = must(world.run(d, step));
        }
        EXPECT_EQ(d.status, Status::finished) << name;
        EXPECT_GE(units.size(), 2u) << name;
        EXPECT_GE(most_at_once, name == "inter-agency-parallel" ? 2 : 1);
    }
}

TEST(ProcessWalk, RowsAreTheFoldAndSomebodyOwesWhateverHappens) {
    const std::uint64_t seed = test::number_given("MOTCUA_SEED", std::random_device{}());
    SCOPED_TRACE("MOTCUA_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    TestWorld world("2025-07-07T08:00");
    world.use_process(
        events() + R"(<parallelGateway id="fork"/><parallelGateway id="join"/>)" + task("appraise") + task("issue") +
        task("remind") + R"(<endEvent id="reminded"/>)" + message_event("wait", "paper") +
        R"(<intermediateCatchEvent id="pause"><timerEventDefinition motcua:limit="2 working_hour"/></intermediateCatchEvent>)"
        R"(<boundaryEvent id="late" attachedToRef="appraise" cancelActivity="false"><timerEventDefinition><timeCycle xsi:type="tFormalExpression">R2/PT3H</timeCycle></timerEventDefinition></boundaryEvent>)"
        R"(<boundaryEvent id="alarm" attachedToRef="appraise"><signalEventDefinition signalRef="storm"/></boundaryEvent>)" +
        call("register") + R"(<exclusiveGateway id="met"/>)" +
        chain({"start", "fork", "appraise", "met", "join", "issue", "end"}) + chain({"fork", "wait", "pause", "join"}) +
        chain({"fork", "call", "join"}) + chain({"late", "remind", "reminded"}) + chain({"alarm", "met"}));
    Services services;
    services.add("register", [&](const ServiceCall&) -> ServiceAnswer {
        ServiceAnswer answer;
        if (pick(3) == 0) throw std::runtime_error("no line");
        if (pick(4) == 0) answer.kind = AnswerService::Kind::refused;
        return answer;
    });
    int finished = 0;
    for (int round = 0; round < 12; ++round) {
        Dossier d = must(world.receive_at_counter("Xã An Biên"));
        for (int step = 0; step < 60 && !is_closed(d.status) && d.status != Status::finished; ++step) {
            world.clock.advance(std::chrono::minutes{pick(200)});
            std::optional<Command> command;
            std::int64_t any = d.tasks.empty() ? 0 : d.tasks[pick(d.tasks.size())].id;
            switch (pick(9)) {
                case 0:
                    command = DeliverMessage{"paper", {}};
                    break;
                case 1:
                    command = DeliverSignal{world.ids.next(), "storm", {}};
                    break;
                case 2:
                    command = RequestPayment{{{"Thuế", Dong{1000}, false, "", ""}}};
                    break;
                case 3:
                    command = RecordPayment{"cash", "1"};
                    break;
                case 4:
                case 5: {
                    CompleteStep complete_step{any, {}, "", {}};
                    if (!d.result) complete_step.result = ResultDocument{Outcome::granted, "", "1/QĐ", "", {}, {}};
                    command = complete_step;
                    break;
                }
                case 6:
                    if (const Pending* incident = find_pending(d, PendingKind::incident))
                        command =
                            ResolveIncident{incident->key,
                                            pick(2) == 0 ? ResolveIncident::How::retry : ResolveIncident::How::skip,
                                            "",
                                            {},
                                            "thử"};
                    break;
                default:
                    world.work(services);
                    d = world.stored(d.id);
            }
            if (command)
                if (auto after = world.run(d, *command)) d = *after;
            expect_sound(world, d);
            ASSERT_TRUE(is_closed(d.status) || d.is_owned());
            if (::testing::Test::HasFailure()) return;
        }
        finished += d.status == Status::finished;
    }
    EXPECT_GT(finished, 0);
    EXPECT_TRUE(ledger::check_ledger(world.database()).empty());
}

}  // namespace
}  // namespace motcua::dossier
