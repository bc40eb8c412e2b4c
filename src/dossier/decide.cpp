// Dispatch of commands and what their decisions share: refusals with their article, tasks, due times, process steps.
#include "dossier/decide.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "dossier/decider.hpp"

namespace motcua::dossier {

namespace {

constexpr std::string_view command_names[] = {
    "open_draft",      "save_draft",         "submit_dossier",    "amend_dossier",       "receive_dossier",
    "refuse_dossier",  "request_supplement", "submit_supplement", "accept_supplement",   "close_unsupplemented",
    "assign_task",     "complete_step",      "return_step",       "request_opinion",     "give_opinion",
    "request_payment", "record_payment",     "extend_dossier",    "apologise",           "record_result",
    "return_result",   "withdraw_dossier",   "stop_dossier",      "report_wrong_result", "correct_result",
    "attach_document", "detach_document",    "add_note",          "move_deadline",       "run_timers",
    "deliver_message", "deliver_signal",     "answer_service",    "resolve_incident",    "migrate_process"};
static_assert(std::size(command_names) == std::variant_size_v<Command>);

constexpr std::size_t members_usual = 16;  // of an event that carries content

}  // namespace

std::string_view name_of(const Command& command) { return command_names[command.index()]; }

Result<std::vector<ledger::NewEvent>> decide(const Dossier& dossier, const Command& command, const Facts& facts) {
    Decided decided = TRY(decide_all(dossier, {command}, facts));
    std::vector<ledger::NewEvent> events;
    for (const ledger::NewEvent& event : decided.events)
        events.push_back({event.type, event.schema, json::object(event.data, json::storage_ptr{})});
    return events;
}

Result<Decided> decide_all(const Dossier& dossier, const std::vector<Command>& commands, const Facts& facts) {
    Decider decider(dossier, facts);
    for (const Command& command : commands) {
        decider.command_name = name_of(command);
        TRY(std::visit([&](const auto& c) { return decider.run(c); }, command));
    }
    return Decided{decider.memory, std::move(decider.events), std::move(decider.d)};
}

void Decider::emit(std::string_view type, json::object data) {
    // Made with its data: an assignment would copy them out of their memory.
    ledger::StoredEvent stored{.position = d.head.position,
                               .kind = ledger::StreamKind::dossier,
                               .stream = d.id.value,
                               .version = d.head.version + 1,
                               .type = std::string(type),
                               .meta = {facts.now, {}, {}, {}},
                               .data = std::move(data)};
    apply(d, stored);
    events.push_back({type, 1, std::move(stored.data)});
}

std::unexpected<Error> Decider::refuse(std::string_view reason, Rule rule, std::vector<Param> params) const {
    Article where = article(rules(), rule);
    params.push_back({"rule_vi", std::string(where.vi)});
    params.push_back({"rule_en", std::string(where.en)});
    params.push_back({"dossier", d.code.empty() ? to_string(d.id) : d.code});
    return fail(Errc::conflict, reason, std::move(params));
}

Done Decider::check_status(std::initializer_list<Status> allowed, Rule rule) const {
    if (d.head.version == 0) return fail(Errc::not_found, "dossier.not_found");
    if (std::ranges::find(allowed, d.status) != allowed.end()) return {};
    return refuse("dossier.wrong_state", rule,
                  {{"command", std::string(command_name)}, {"state", std::string(to_text(d.status))}});
}

Done Decider::check_reason(const std::string& reason) const {
    if (reason.empty())
        return fail(Errc::invalid, "dossier.reason_missing", {}, {{"reason", "dossier.reason_missing"}});
    if (reason.size() > std::size_t{reason_chars_max})
        return fail(Errc::invalid, "dossier.reason_too_long", {{"max", std::to_string(reason_chars_max)}},
                    {{"reason", "dossier.reason_too_long", {{"max", std::to_string(reason_chars_max)}}}});
    return {};
}

Result<const Task*> Decider::task_to_act_on(std::int64_t id, std::initializer_list<TaskKind> kinds) const {
    const Task* task = d.find_task(id);
    if (!task || std::ranges::find(kinds, task->kind) == kinds.end())
        return refuse("dossier.task_not_open", Rule::settlement);
    if (task->officer && task->officer != facts.actor.officer && !facts.actor.may_take_over)
        return refuse("dossier.task_of_another", Rule::settlement);
    return task;
}

json::object Decider::content_json(const Content& content) const {
    json::object o(storage());
    o.reserve(members_usual);
    if (content.applicant) o.emplace("applicant", to_json(*content.applicant, storage()));
    if (content.filer) o.emplace("filer", to_json(*content.filer, storage()));
    if (content.return_channel) o.emplace("return_channel", to_text(*content.return_channel));
    if (content.procedure_case) o.emplace("procedure_case", *content.procedure_case);
    if (content.components) {
        json::array components(storage());
        for (const Component& component : *content.components) components.push_back(to_json(component, storage()));
        o.emplace("components", std::move(components));
    }
    if (!content.sealed_answers.empty())
        o.emplace("answers", content.sealed_answers);
    else if (content.answers)
        o.emplace("answers", *content.answers);
    return o;
}

Task Decider::new_task(TaskKind kind, std::string role, UnitId unit, Instant due) const {
    Task task;
    task.id = facts.next_id();
    task.kind = kind;
    task.role = std::move(role);
    task.unit = unit;
    task.opened = facts.now;
    task.due = due;
    return task;
}

json::array Decider::close_tasks(std::initializer_list<TaskKind> kinds) const {
    json::array ids(storage());
    for (const Task& task : d.tasks)
        if (kinds.size() == 0 || std::ranges::find(kinds, task.kind) != kinds.end()) ids.push_back(task.id);
    return ids;
}

const calendar::WorkCalendar& Decider::hours_of(UnitId unit) const {
    CHECK(facts.calendar, "no calendar among the facts");
    return facts.hours_of ? facts.hours_of(unit) : *facts.calendar;
}

Result<Instant> Decider::working_due(int amount, calendar::TimeUnit of_time, UnitId unit, Instant start) const {
    return to_instant(
        TRY(calendar::due_time(hours_of(unit), to_local(start), {amount * 1000, of_time}, {.rule_set = rules()})));
}

Result<Instant> Decider::step_due(const std::optional<process::Limit>& own, std::optional<double> share,
                                  const LegalClock& clock, UnitId unit, Instant start) const {
    LocalMinute dossier_due = to_local(clock.due);
    calendar::Limit limit{0, calendar::TimeUnit::working_hour};
    if (own) {
        auto of_time = calendar::find_time_unit(own->unit);
        CHECK(of_time, "step limit unit \"{}\" passed publication", own->unit);
        limit = {own->amount_milli, *of_time};
    } else if (share) {
        // A share of the whole limit, in the working time between the start of the clock and the due time.
        auto whole = calendar::working_minutes_between(*facts.calendar, clock.count.started_at, dossier_due);
        limit.amount_milli = std::llround(static_cast<double>(whole) / 60.0 * 1000.0 * *share / 100.0);
    } else {
        return clock.due;
    }
    return to_instant(
        TRY(calendar::step_due(hours_of(unit), to_local(start), limit, {.rule_set = rules()}, dossier_due)));
}

Result<void> recount(const Facts& facts, LegalClock& clock) {
    auto due = TRY(calendar::current_due(*facts.calendar, clock.count));
    if (!due) return {};
    clock.due = to_instant(*due);
    clock.calendar = facts.calendar_id;
    return {};
}

}  // namespace motcua::dossier
