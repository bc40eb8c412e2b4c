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
        // Nothing becomes late by a notice that was in time until then.
        if (due && *due != task.due && *due >= facts.now)
            moved.push_back(json::object{{"id", task.id}, {"due", due->time_since_epoch().count()}});
    }
    return moved;
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
    if (data.empty()) return {};  // nothing moves, nothing happens
    data.emplace("notice", command.notice);
    data.emplace("document", command.document);
    if (!d.code.empty()) data.emplace("code", d.code);
    emit("deadline_moved", std::move(data));
    return {};
}

}  // namespace motcua::dossier
