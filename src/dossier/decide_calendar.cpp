// Decisions that follow from working hours that are known otherwise than before: a notice announced late.
#include <algorithm>

#include "dossier/decider.hpp"

namespace motcua::dossier {

Result<json::array> Decider::moved_tasks(const std::optional<LegalClock>& clock) const {
    std::vector<process::OpenTask> steps;
    if (facts.process && !d.instance.empty()) steps = process::open_tasks(*facts.process, TRY(instance()));
    const Supplement* open_supplement = d.open_supplement();
    json::array moved;
    for (const Task& task : d.tasks) {
        std::optional<Instant> due;
        if (task.kind == TaskKind::step && clock) {
            auto step = std::ranges::find(steps, task.key, &process::OpenTask::key);
            if (step != steps.end())
                due = TRY(step_due(step->limit, step->limit_share, *clock, task.unit, task.opened));
        } else if (task.kind == TaskKind::intake ||
                   (task.kind == TaskKind::supplement && open_supplement && open_supplement->submitted)) {
            due = TRY(working_due(terms(rules()).online_answer_hours, calendar::TimeUnit::working_hour, task.unit,
                                  task.opened));
        } else if (task.kind == TaskKind::supplement) {
            due = TRY(working_due(terms(rules()).supplement_close_days.value_or(supplement_reminder_days),
                                  calendar::TimeUnit::day, task.unit, task.opened));
        } else if (task.kind == TaskKind::correction) {
            due = TRY(working_due(terms(rules()).correction_working_days, calendar::TimeUnit::working_day, task.unit,
                                  task.opened));
        }
        auto asked = std::ranges::find(d.opinions, task.id, &Opinion::task);
        if (task.kind == TaskKind::opinion && asked != d.opinions.end() && asked->limit.amount_milli > 0)
            due = to_instant(TRY(calendar::due_time(hours_of(asked->agency), to_local(asked->asked), asked->limit,
                                                    {.rule_set = rules()})));
        // Nothing becomes late by a notice that was in time until then.
        if (due && *due != task.due && *due >= facts.now)
            moved.push_back(json::object{{"id", task.id}, {"due", due->time_since_epoch().count()}});
    }
    return moved;
}

Done Decider::move_timers(json::object& data) const {
    if (!facts.process || d.pending.empty()) return {};
    process::Instance after = TRY(instance());
    const process::Facts given = process_facts();
    std::vector<Pending> pending = d.pending;
    for (const process::OpenWait& wait : process::open_waits(*facts.process, after)) {
        if (wait.kind != process::WaitingFor::timer || !wait.due || !wait.limit) continue;
        auto timer = std::ranges::find_if(pending, [&](const Pending& p) {
            return p.kind == PendingKind::timer && p.since && p.key == std::to_string(wait.key);
        });
        if (timer == pending.end()) continue;
        auto due = given.due(*timer->since, *wait.limit);
        if (!due || *due == *wait.due || *due < facts.now) continue;
        process::apply(after, TRY(process::set_timer_due(*facts.process, after, wait.key, *due)));
        timer->due = due;
    }
    if (pending == d.pending) return {};
    data.emplace("instance", process::to_json(after));
    data.emplace("pending", to_json(pending));
    return {};
}

Done Decider::run(const MoveDeadline& command) {
    if (d.head.version == 0) return fail(Errc::not_found, "dossier.not_found");
    json::object data;
    std::optional<LegalClock> clock = d.clock;
    if (clock && !is_closed(d.status) && d.status != Status::finished && !clock_stands()) {
        TRY(recount(facts, *clock));
        if (clock->due == d.clock->due || (clock->due < facts.now && d.clock->due >= facts.now)) clock = d.clock;
    }
    if (clock != d.clock) {
        data.emplace("old_due", d.clock->due.time_since_epoch().count());
        data.emplace("clock", to_json(*clock));
    }
    if (auto tasks = TRY(moved_tasks(clock)); !tasks.empty()) data.emplace("tasks", std::move(tasks));
    TRY(move_timers(data));
    if (data.empty()) return {};  // nothing moves, nothing happens
    data.emplace("notice", command.notice);
    data.emplace("document", command.document);
    if (!d.code.empty()) data.emplace("code", d.code);
    emit("deadline_moved", std::move(data));
    return {};
}

}  // namespace motcua::dossier
