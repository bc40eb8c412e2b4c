// Decisions while a dossier is worked on: assignment, steps, opinions, payment, extension, apology.
#include <algorithm>

#include <fmt/format.h>

#include "dossier/decider.hpp"
#include "dossier/signing.hpp"

namespace motcua::dossier {

namespace {
constexpr std::initializer_list<Status> in_work = {Status::received, Status::processing};
constexpr std::initializer_list<Status> running = {Status::received, Status::processing, Status::awaiting_supplement,
                                                   Status::awaiting_payment};
/// What the gateway behind a step reads: the step's own outcome.
constexpr std::string_view outcome_variable = "decision";
constexpr std::size_t members_usual = 10;  // of a completed step
}  // namespace

Done Decider::run(const AssignTask& command) {
    const Task* task = d.find_task(command.task);
    if (!task) return refuse("dossier.task_not_open", Rule::settlement);
    if (!command.officer)
        return fail(Errc::invalid, "dossier.officer_missing", {}, {{"officer", "dossier.officer_missing"}});
    if (task->officer == command.officer) return refuse("dossier.already_assigned", Rule::settlement);
    if (!facts.assignee.known)
        return fail(Errc::invalid, "dossier.officer_unknown", {}, {{"officer", "dossier.officer_unknown"}});
    if (!facts.assignee.fit) {
        std::vector<Param> params{{"officer", facts.assignee.name}};
        return fail(Errc::invalid, "dossier.officer_unfit", params, {{"officer", "dossier.officer_unfit", params}});
    }
    if (facts.assignee.kept_apart) {
        std::vector<Param> params{{"officer", facts.assignee.name}};
        return fail(Errc::conflict, "dossier.officer_kept_apart", params,
                    {{"officer", "dossier.officer_kept_apart", params}});
    }
    emit("task_assigned", {{"task", command.task}, {"officer", command.officer.value}});
    return {};
}

Done Decider::run(const CompleteStep& command) {
    TRY(check_status(in_work, Rule::settlement));
    const Task step = *TRY(task_to_act_on(command.task, {TaskKind::step}));
    if (!facts.done_by_actor.empty()) return fail(Errc::conflict, "dossier.separation_of_duties");
    // An earlier "return" must not decide again: the outcome is that of this step, or none.
    json::object variables = command.variables;
    if (!variables.contains(outcome_variable)) variables.emplace(outcome_variable, nullptr);
    process::Instance after = TRY(instance());
    auto happened = TRY(process::complete_task(*facts.process, after, step.key, variables, process_facts()));
    process::apply(after, happened);
    bool last = process::ended(after);
    if (last && !d.result && !command.result) return refuse("dossier.result_required", Rule::settlement);
    if (command.result) TRY(run(RecordResult{*command.result}));
    if (is_signature(*facts.process, step)) TRY(check_proven());

    json::object data(storage());
    data.reserve(members_usual);
    data.emplace("task", step.id);
    data.emplace("element", step.element);
    data.emplace("name", step.name);
    data.emplace("late", facts.now > step.due);
    if (!command.variables.empty()) data.emplace("variables", command.variables);
    if (!command.note.empty()) data.emplace("note", command.note);
    return move_on("step_completed", std::move(data), happened);
}

void Decider::finish() {
    Task task = new_task(TaskKind::hand_over, "returner", d.receiving_unit, d.clock->due);
    emit("dossier_finished", {{"outcome", d.result->outcome == Outcome::granted ? "granted" : "refused"},
                              {"late", d.is_late(facts.now)},
                              {"close", close_tasks({})},
                              {"open", json::array{to_json(task)}}});
}

Done Decider::run(const ReturnStep& command) {
    TRY(check_status(in_work, Rule::settlement));
    const Task step = *TRY(task_to_act_on(command.task, {TaskKind::step}));
    TRY(check_reason(command.reason));
    process::Instance before = TRY(instance());
    auto happened = TRY(process::return_to_step(*facts.process, before, step.key, command.to_element, process_facts()));
    json::object data{{"task", step.id},
                      {"element", step.element},
                      {"name", step.name},
                      {"to", command.to_element},
                      {"reason", command.reason}};
    return move_on("step_returned", std::move(data), happened);
}

Done Decider::run(const RequestOpinion& command) {
    TRY(check_status(in_work, Rule::opinion));
    TRY(check_reason(command.content));
    if (!command.agency)
        return fail(Errc::invalid, "dossier.agency_missing", {}, {{"agency", "dossier.agency_missing"}});
    if (command.agency == d.competent_unit) return refuse("dossier.opinion_of_itself", Rule::opinion);
    LocalMinute due_local =
        TRY(calendar::due_time(hours_of(command.agency), to_local(facts.now), command.limit, {.rule_set = rules()}));
    Instant due = to_instant(due_local);
    bool pauses = facts.procedure.opinion_pauses_clock;
    if (!pauses && due > d.clock->due)
        return refuse("dossier.opinion_after_due", Rule::opinion, {{"due", format_local(to_local(d.clock->due))}});
    Task task = new_task(TaskKind::opinion, "processor", command.agency, due);
    json::object data{{"task", task.id},
                      {"agency", command.agency.value},
                      {"content", command.content},
                      {"due", due.time_since_epoch().count()},
                      {"limit", to_json(command.limit)}};
    if (pauses) {
        data.emplace("pauses", true);
        LegalClock clock = *d.clock;
        if (!clock_stands()) calendar::apply(clock.count, calendar::DeadlinePaused{to_local(facts.now), "opinion"});
        data.emplace("clock", to_json(clock));
    }
    data.emplace("open", json::array{to_json(task)});
    emit("opinion_requested", std::move(data));
    return {};
}

Done Decider::run(const GiveOpinion& command) {
    const Task task = *TRY(task_to_act_on(command.task, {TaskKind::opinion}));
    TRY(check_reason(command.answer));
    json::object data{
        {"task", task.id}, {"answer", command.answer}, {"late", facts.now > task.due}, {"close", json::array{task.id}}};
    auto waits = [&](const Opinion& o) { return o.pauses_clock && !o.answered; };
    bool last_pausing =
        std::ranges::count_if(d.opinions, waits) == 1 &&
        std::ranges::any_of(d.opinions, [&](const Opinion& o) { return o.task == task.id && waits(o); });
    if (last_pausing && clock_stands() && d.clock->count.pauses.back().reason == "opinion" &&
        d.status != Status::awaiting_supplement) {
        LegalClock clock = *d.clock;
        calendar::apply(clock.count, calendar::DeadlineResumed{to_local(facts.now)});
        TRY(recount(facts, clock));
        data.emplace("clock", to_json(clock));
    }
    emit("opinion_given", std::move(data));
    return {};
}

Done Decider::run(const RequestPayment& command) {
    TRY(check_status(in_work, Rule::financial_duty));
    if (command.fees.empty())
        return fail(Errc::invalid, "dossier.fees_missing", {}, {{"fees", "dossier.fees_missing"}});
    if (d.fees.size() + command.fees.size() > std::size_t{fees_max})
        return fail(Errc::invalid, "dossier.too_many_fees", {{"max", std::to_string(fees_max)}});
    for (std::size_t i = 0; i < command.fees.size(); ++i)
        if (command.fees[i].amount.amount <= 0 || command.fees[i].name.empty())
            return fail(Errc::invalid, "dossier.fee_invalid", {}, {{fmt::format("fees/{}", i), "dossier.fee_invalid"}});
    if (clock_stands()) return refuse("dossier.clock_already_stands", Rule::financial_duty);
    json::array fees;
    for (const FeeItem& fee : d.fees) fees.push_back(to_json(fee));
    for (const FeeItem& fee : command.fees) fees.push_back(to_json(FeeItem{fee.name, fee.amount, false, "", ""}));
    LegalClock clock = *d.clock;
    calendar::apply(clock.count, calendar::DeadlinePaused{to_local(facts.now), "payment"});
    Task task =
        new_task(TaskKind::payment, "receiver", d.receiving_unit, facts.now + std::chrono::days{payment_reminder_days});
    json::object data{{"fees", std::move(fees)},
                      {"clock", to_json(clock)},
                      {"close", close_tasks({TaskKind::step, TaskKind::incident, TaskKind::awaited})},
                      {"open", json::array{to_json(task)}}};
    suspend(data);
    emit("payment_requested", std::move(data));
    return {};
}

Done Decider::run(const RecordPayment& command) {
    TRY(check_status({Status::registered, Status::received, Status::processing, Status::awaiting_supplement,
                      Status::awaiting_payment, Status::finished},
                     Rule::financial_duty));
    if (command.method != "cash" && command.method != "online" && command.method != "transfer")
        return fail(Errc::invalid, "dossier.payment_method_unknown", {},
                    {{"method", "dossier.payment_method_unknown"}});
    Dong total;
    json::array fees;
    for (FeeItem fee : d.fees) {
        if (!fee.paid) {
            total = total + fee.amount;
            fee.paid = true;
            fee.method = command.method;
            fee.receipt_no = command.receipt_no;
        }
        fees.push_back(to_json(fee));
    }
    if (total.amount == 0) return refuse("dossier.nothing_to_pay", Rule::financial_duty);
    json::object data{{"fees", std::move(fees)},
                      {"amount", total.amount},
                      {"method", command.method},
                      {"receipt_no", command.receipt_no}};
    if (d.status == Status::awaiting_payment) {
        LegalClock clock = *d.clock;
        if (clock_stands()) calendar::apply(clock.count, calendar::DeadlineResumed{to_local(facts.now)});
        TRY(recount(facts, clock));
        data.emplace("clock", to_json(clock));
        TRY(reopen_steps(data, clock));
    }
    emit("payment_received", std::move(data));
    return finish_if_over();
}

Done Decider::run(const Extend& command) {
    TRY(check_status(running, Rule::extension));
    TRY(check_reason(command.reason));
    if (!d.clock) return refuse("dossier.no_deadline", Rule::extension);  // not received yet
    Instant old_due = d.clock->due;
    if (d.clock->count.extended_once) return refuse("dossier.already_extended", Rule::extension);
    if (clock_stands()) return refuse("dossier.clock_already_stands", Rule::extension);
    int notice = terms(rules()).extension_notice_days;
    if (local_day(facts.now) > local_day(old_due) - std::chrono::days{notice})
        return refuse("dossier.extension_too_late", Rule::extension,
                      {{"due", format_local(to_local(old_due))}, {"days", std::to_string(notice)}});
    LocalDay new_day = local_day(command.new_due);
    if (command.new_due <= old_due)
        return fail(Errc::invalid, "dossier.new_due_not_later", {{"due", format_local(to_local(old_due))}},
                    {{"new_due", "dossier.new_due_not_later", {{"due", format_local(to_local(old_due))}}}});
    if (!facts.calendar->covers(new_day) || !facts.calendar->is_working_day(new_day))
        return fail(Errc::invalid, "dossier.new_due_not_working", {{"day", format_day_vi(new_day)}},
                    {{"new_due", "dossier.new_due_not_working", {{"day", format_day_vi(new_day)}}}});
    LegalClock clock = *d.clock;
    calendar::apply(clock.count,
                    calendar::DeadlineExtended{to_local(facts.now), to_local(command.new_due), command.reason});
    TRY(recount(facts, clock));
    emit("dossier_extended", {{"form", "04"},
                              {"reason", command.reason},
                              {"old_due", old_due.time_since_epoch().count()},
                              {"tasks", TRY(moved_tasks(clock))},
                              {"clock", to_json(clock)}});
    return {};
}

Done Decider::run(const Apologise& command) {
    TRY(check_status(
        {Status::received, Status::processing, Status::awaiting_supplement, Status::awaiting_payment, Status::finished},
        Rule::extension));
    TRY(check_reason(command.reason));
    if (!d.is_late(facts.now)) return refuse("dossier.not_late", Rule::extension);
    if (command.promised <= facts.now)
        return fail(Errc::invalid, "dossier.promise_in_the_past", {}, {{"promised", "dossier.promise_in_the_past"}});
    emit("apology_sent",
         {{"form", "04"}, {"reason", command.reason}, {"promised", command.promised.time_since_epoch().count()}});
    return {};
}

}  // namespace motcua::dossier
