// The process engine inside a dossier: what it asks for becomes tasks and pending rows; timers, messages, signals,
// answers of services, incidents and new versions move it.
#include <algorithm>

#include "base/check.hpp"
#include "dossier/decider.hpp"
#include "dossier/signing.hpp"
#include "process/migrate.hpp"

namespace motcua::dossier {

namespace {

constexpr std::initializer_list<Status> in_work = {Status::received, Status::processing};
constexpr std::initializer_list<Status> reachable = {Status::received, Status::processing, Status::awaiting_supplement,
                                                     Status::awaiting_payment};
constexpr std::initializer_list<TaskKind> of_process = {TaskKind::step, TaskKind::incident, TaskKind::awaited};
constexpr std::string_view resolver_role = "approver", chaser_role = "processor";
/// Of the incident that the dossier itself opens when its process is over and nobody has recorded a result.
constexpr std::string_view own_incident = "0";

bool is_in_work(const Dossier& d) { return std::ranges::find(in_work, d.status) != in_work.end(); }

PendingKind kind_of(process::WaitingFor kind) {
    switch (kind) {
        case process::WaitingFor::message:
        case process::WaitingFor::answer:
            return PendingKind::message;
        case process::WaitingFor::signal:
            return PendingKind::signal;
        case process::WaitingFor::service:
            return PendingKind::service;
        case process::WaitingFor::timer:
        case process::WaitingFor::condition:
            break;
    }
    return PendingKind::timer;
}

/// Work that the process wants somebody to do.
struct Wanted {
    TaskKind kind = TaskKind::step;
    std::string key, element, name, role, unit_selector;
    std::optional<process::Limit> limit;
    std::optional<double> share;
};

std::vector<Wanted> wanted_of(const process::Model& model, const process::Instance& instance,
                              const std::vector<process::OpenWait>& waits) {
    std::vector<Wanted> list;
    for (process::OpenTask& step : process::open_tasks(model, instance))
        list.push_back({TaskKind::step, std::move(step.key), std::move(step.element), std::move(step.name),
                        std::move(step.role), std::move(step.unit_selector), step.limit, step.limit_share});
    for (const process::Incident& incident : instance.incidents)
        list.push_back({TaskKind::incident,
                        std::to_string(incident.key),
                        incident.element,
                        {},
                        std::string(resolver_role),
                        {},
                        process::Limit{incident_working_days * 1000, "working_day"},
                        {}});
    // Who sees to it that something comes: nobody where a timer ends the waiting or the model itself sends it.
    bool goes_on = !list.empty() || std::ranges::any_of(waits, [](const process::OpenWait& w) {
        return w.kind == process::WaitingFor::service || (w.kind == process::WaitingFor::timer && w.due);
    });
    auto add_awaited = [&](bool inside_too) {
        for (const process::OpenWait& w : waits) {
            bool outside = w.kind != process::WaitingFor::timer && w.kind != process::WaitingFor::service;
            if (!outside || !w.holds_token || w.timed || (w.sent_inside && !inside_too)) continue;
            std::string key = std::to_string(w.item);
            auto same = [&](const Wanted& other) { return other.kind == TaskKind::awaited && other.key == key; };
            if (std::ranges::any_of(list, same)) continue;  // one gateway, several events
            list.push_back({TaskKind::awaited,
                            std::move(key),
                            w.element,
                            w.text.empty() ? w.name : w.text,
                            w.role.empty() ? std::string(chaser_role) : w.role,
                            w.unit_selector,
                            w.limit,
                            {}});
        }
    };
    add_awaited(false);
    if (!goes_on && list.empty()) add_awaited(true);
    return list;
}

}  // namespace

Result<process::Instance> Decider::instance() const { return process::instance_from_json(d.instance); }

process::Facts Decider::process_facts() const {
    process::Facts given{.now = facts.now};
    given.due = [this](Instant from, const process::Limit& limit) -> std::optional<Instant> {
        auto unit = calendar::find_time_unit(limit.unit);
        if (!unit || !facts.calendar) return std::nullopt;
        auto due =
            calendar::due_time(*facts.calendar, to_local(from), {limit.amount_milli, *unit}, {.rule_set = rules()});
        return due ? std::optional(to_instant(*due)) : std::nullopt;
    };
    return given;
}

Done Decider::sync_steps(json::object& data, const process::Instance& after, const LegalClock& clock) const {
    return sync_steps(data, after, clock, *facts.process);
}

Done Decider::sync_steps(json::object& data, const process::Instance& after, const LegalClock& clock,
                         const process::Model& model) const {
    const bool suspended = (d.status == Status::awaiting_supplement || d.status == Status::awaiting_payment) &&
                           !data.contains("clock");  // the event that ends it brings the clock
    auto waits = process::open_waits(model, after);

    std::vector<Pending> pending;
    auto keep = [&](PendingKind kind, std::string key) -> Pending& {
        const Pending* old = d.find_pending(kind, key);
        if (old && std::ranges::count(heard_, old->id)) old = nullptr;
        pending.push_back(old ? *old : Pending{.id = facts.next_id(), .kind = kind, .key = std::move(key)});
        return pending.back();
    };
    for (const process::OpenWait& w : waits) {
        PendingKind kind = kind_of(w.kind);
        bool by_itself = kind == PendingKind::timer || kind == PendingKind::service;
        if ((kind == PendingKind::timer && !w.due) || (by_itself && suspended)) continue;
        Pending& p = keep(kind, std::to_string(w.key));
        p.element = w.element;
        p.name = w.name;
        p.correlation = w.correlation;
        if (kind == PendingKind::timer) {
            p.due = w.due;
            if (w.limit && !p.since) p.since = facts.now;
        }
        if (kind == PendingKind::service && !p.due) p.due = facts.now;
    }
    std::vector<Wanted> wanted;
    if (!suspended) {
        wanted = wanted_of(model, after, waits);
        for (const process::Incident& incident : after.incidents) {
            Pending& p = keep(PendingKind::incident, std::to_string(incident.key));
            p.element = incident.element;
            p.name = incident.reason;
            p.params = incident.params;
        }
        if (process::ended(after) && !d.result) {
            keep(PendingKind::incident, std::string(own_incident)).name = "dossier.ended_without_result";
            wanted.push_back({TaskKind::incident,
                              std::string(own_incident),
                              {},
                              {},
                              std::string(resolver_role),
                              {},
                              process::Limit{incident_working_days * 1000, "working_day"},
                              {}});
        }
    }
    data.emplace("instance", process::to_json(after, storage()));
    if (pending != d.pending) data.emplace("pending", to_json(pending, storage()));
    if (suspended) return {};

    json::array close = close_tasks({TaskKind::intake, TaskKind::supplement, TaskKind::payment});
    json::array open(storage());
    auto find = [&](const Task& task) {
        return std::ranges::find_if(wanted, [&](const Wanted& w) { return w.kind == task.kind && w.key == task.key; });
    };
    for (const Task& task : d.tasks) {
        if (std::ranges::find(of_process, task.kind) == of_process.end()) continue;
        auto at = find(task);
        if (at != wanted.end() && at->element == task.element && at->name == task.name) {
            wanted.erase(at);  // it stays as it is
            continue;
        }
        close.push_back(task.id);
        if (at == wanted.end()) continue;
        Task renamed = task;  // a new version of the process names it otherwise; the work is the same
        renamed.id = facts.next_id();
        renamed.element = at->element;
        renamed.name = at->name;
        open.push_back(dossier::to_json(renamed, storage()));
        wanted.erase(at);
    }
    for (Wanted& want : wanted) {
        std::string selector = want.unit_selector;
        if (selector == "asked")
            if (const json::value* code = process::find_variable(after, "asked_unit"); code && code->is_string())
                selector = "unit:" + std::string(code->get_string());
        UnitId unit = facts.resolve_unit(selector, d.receiving_unit, d.competent_unit);
        Task task = new_task(want.kind, std::move(want.role), unit,
                             TRY(step_due(want.limit, want.share, clock, unit, facts.now)));
        task.key = std::move(want.key);
        task.element = std::move(want.element);
        task.name = std::move(want.name);
        open.push_back(dossier::to_json(task, storage()));
    }
    bool owned = !open.empty() || d.tasks.size() > close.size() ||
                 std::ranges::any_of(pending, [](const Pending& p) { return p.due.has_value(); });
    if (!owned && !process::ended(after)) return refuse("dossier.process_waits", Rule::settlement);
    data.emplace("close", std::move(close));
    data.emplace("open", std::move(open));
    return {};
}

void Decider::suspend(json::object& data) const {
    std::vector<Pending> rest;
    for (const Pending& p : d.pending)
        if (p.kind == PendingKind::message || p.kind == PendingKind::signal) rest.push_back(p);
    if (rest != d.pending) data.emplace("pending", to_json(rest));
}

Done Decider::reopen_steps(json::object& data, const LegalClock& clock) const {
    process::Instance after = TRY(instance());
    auto given = process_facts();
    for (const process::OpenWait& w : process::open_waits(*facts.process, after)) {
        if (w.kind != process::WaitingFor::timer || !w.due || !w.limit) continue;
        if (auto due = given.due(facts.now, *w.limit))
            process::apply(after, TRY(process::set_timer_due(*facts.process, after, w.key, *due)));
    }
    return sync_steps(data, after, clock);
}

void Decider::tell(json::object& data, const process::Events& happened) const {
    json::array messages, signals;
    for (const process::Event& event : happened) {
        if (event.type == process::EventType::message_sent && !event.delivered)
            messages.push_back(json::object{{"name", event.name}, {"variables", event.variables}});
        if (event.type == process::EventType::signal_sent)
            signals.push_back(
                json::object{{"id", facts.next_id()}, {"name", event.name}, {"variables", event.variables}});
    }
    if (!messages.empty()) data.emplace("messages", std::move(messages));
    if (!signals.empty()) data.emplace("signals", std::move(signals));
}

Done Decider::move_on(std::string_view type, json::object data, const process::Events& happened) {
    process::Instance after = TRY(instance());
    process::apply(after, happened);
    tell(data, happened);
    TRY(sync_steps(data, after, *d.clock));
    emit(type, std::move(data));
    return finish_if_over();
}

Done Decider::finish_if_over() {
    if (is_in_work(d) && d.result && !d.instance.empty() && process::ended(TRY(instance()))) finish();
    return {};
}

Done Decider::run(const RunTimers&) {
    for (int fired = 0; fired < timers_at_once && is_in_work(d); ++fired) {
        const Pending* next = nullptr;
        for (const Pending& p : d.pending)
            if (p.kind == PendingKind::timer && p.due && *p.due <= facts.now && (!next || *p.due < *next->due))
                next = &p;
        if (!next) return {};
        process::Key key = static_cast<process::Key>(std::stoul(next->key));
        json::object data{{"element", next->element}, {"due", next->due->time_since_epoch().count()}};
        process::Instance before = TRY(instance());
        auto happened = TRY(process::fire_timer(*facts.process, before, key, process_facts()));
        TRY(move_on("timer_fired", std::move(data), happened));
    }
    return {};
}

Done Decider::run(const DeliverMessage& command) {
    TRY(check_status(reachable, Rule::settlement));
    process::Instance before = TRY(instance());
    auto happened = process::send_message(*facts.process, before, command.message, command.variables, process_facts());
    if (!happened && happened.error().reason == "process.message_not_expected")
        for (const process::OpenWait& w : process::open_waits(*facts.process, before))
            if (w.kind == process::WaitingFor::answer && w.name == command.message) {
                happened = process::complete_service(*facts.process, before, std::to_string(w.key), command.variables,
                                                     process_facts());
                break;
            }
    json::object data{{"name", command.message}};
    if (!command.variables.empty()) data.emplace("variables", command.variables);
    return move_on("message_received", std::move(data), TRY(std::move(happened)));
}

Done Decider::run(const DeliverSignal& command) {
    auto hears = [&](const Pending& p) {
        return p.kind == PendingKind::signal && p.name == command.name && p.id < command.signal;
    };
    for (const Pending& p : d.pending)
        if (hears(p)) heard_.push_back(p.id);
    if (heard_.empty()) return {};
    process::Instance before = TRY(instance());
    auto happened = TRY(process::send_signal(*facts.process, before, command.name, command.variables, process_facts()));
    return move_on("signal_received", {{"name", command.name}, {"signal", command.signal}}, happened);
}

Done Decider::run(const AnswerService& command) {
    const Pending* found = d.find_pending(PendingKind::service, command.key);
    if (!found || !is_in_work(d)) return {};  // answered already, or the process went another way meanwhile
    Pending call = *found;
    json::object data{{"element", call.element}, {"name", call.name}};
    const process::Model& model = *facts.process;
    process::Instance before = TRY(instance());
    if (command.kind == AnswerService::Kind::done) {
        if (command.notification) emit("notification_queued", *command.notification);
        if (!command.variables.empty()) data.emplace("variables", command.variables);
        auto happened = TRY(process::complete_service(model, before, call.key, command.variables, process_facts()));
        return move_on("service_completed", std::move(data), happened);
    }
    data.emplace("reason", command.code);
    if (command.kind == AnswerService::Kind::refused) {
        auto happened = TRY(process::fail_service(model, before, call.key, command.code, process_facts()));
        return move_on("service_failed", std::move(data), happened);
    }
    ++call.attempts;
    data.emplace("attempts", call.attempts);
    if (command.final || call.attempts >= service_attempts_max) {
        Error why{Errc::unavailable, "dossier.service_down", {{"service", call.name}, {"cause", command.code}}};
        auto happened = TRY(process::fault_service(model, before, call.key, why, process_facts()));
        return move_on("service_failed", std::move(data), happened);
    }
    call.due = facts.now + service_retry_first * (1 << (2 * (call.attempts - 1)));
    std::vector<Pending> pending = d.pending;
    *std::ranges::find(pending, call.id, &Pending::id) = call;
    data.emplace("pending", to_json(pending));
    emit("service_failed", std::move(data));
    return {};
}

Done Decider::run(const ResolveIncident& command) {
    TRY(check_status(in_work, Rule::settlement));
    TRY(check_reason(command.reason));
    const Pending* incident = d.find_pending(PendingKind::incident, command.incident);
    if (!incident) return refuse("dossier.incident_not_open", Rule::settlement);
    if (command.incident == own_incident) return refuse("dossier.incident_needs_result", Rule::settlement);
    if (command.how == ResolveIncident::How::resolve && command.variables.empty())
        return fail(Errc::invalid, "dossier.variables_missing", {}, {{"variables", "dossier.variables_missing"}});
    static constexpr std::string_view words[] = {"retry", "skip", "resolve"};
    json::object data{{"incident", command.incident},
                      {"element", incident->element},
                      {"how", words[static_cast<int>(command.how)]},
                      {"reason", command.reason}};
    if (!command.variables.empty()) data.emplace("variables", command.variables);

    process::Instance before = TRY(instance());
    process::Key key = static_cast<process::Key>(std::stoul(command.incident));
    process::Events happened;
    if (!command.variables.empty()) {
        happened = TRY(process::set_variables(*facts.process, before, command.variables, process_facts()));
        process::apply(before, happened);
    }
    // The new values may have taken the process elsewhere already.
    if (std::ranges::find(before.incidents, key, &process::Incident::key) != before.incidents.end()) {
        auto how = command.how == ResolveIncident::How::skip ? process::Resolution::skip : process::Resolution::retry;
        if (how == process::Resolution::skip && is_signature(*facts.process, incident->element)) TRY(check_proven());
        auto resolved = TRY(process::resolve_incident(*facts.process, before, key, how, process_facts(), command.flow));
        happened.insert(happened.end(), resolved.begin(), resolved.end());
    }
    return move_on("incident_resolved", std::move(data), happened);
}

Done Decider::run(const MigrateProcess& command) {
    TRY(check_status(reachable, Rule::settlement));
    TRY(check_reason(command.reason));
    if (!facts.new_process)
        return fail(Errc::not_found, "dossier.process_version_unknown",
                    {{"process", d.process}, {"version", std::to_string(command.version)}});
    if (command.version == d.process_version) return refuse("dossier.migration_same_version", Rule::settlement);
    process::Instance after = TRY(instance());
    auto plan =
        TRY(process::rehearse_migration(*facts.process, *facts.new_process, after, command.mapping, process_facts()));
    for (const process::MigrationStep& step : plan.steps)
        if (!step.reason.empty()) return fail(Errc::conflict, step.reason, step.params);
    process::apply(after, plan.events);
    json::object data{
        {"process_version", command.version}, {"from_version", d.process_version}, {"reason", command.reason}};
    tell(data, plan.events);
    TRY(sync_steps(data, after, *d.clock, *facts.new_process));
    emit("process_migrated", std::move(data));
    return {};
}

}  // namespace motcua::dossier
