// What can be done with a process: every function decides from model, state and facts which events follow, and changes
// nothing itself; the caller stores the events and folds them with apply(). Deterministic; no clock, no I/O.
// Bounded: one decision takes at most `steps_max` steps; a loop that never waits becomes an incident.
// Faults of the model's content (a condition that gives no boolean, a called process that is missing) open incidents
// that a person resolves; refusals are for commands that do not fit the state.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/model.hpp"
#include "process/state.hpp"

namespace motcua::process {

inline constexpr int steps_max = 5'000;
inline constexpr std::size_t items_max = 2'000;
inline constexpr int rounds_max = 1'000;  // of one loop or multi-instance activity
inline constexpr int call_depth_max = 20;

/// Everything from outside.
struct Facts {
    Instant now{};
    /// Due time of a working-time limit that starts at `from`; absent or nullopt: the timer waits for set_timer_due.
    std::function<std::optional<Instant>(Instant from, const Limit& limit)> due = {};
};

using Events = std::vector<Event>;

/// Starts a process (the main one when the id is empty). Reasons: "process.unknown_process" {process},
/// "process.no_plain_start" {process}: it starts by an event only.
Result<Events> start(const Model& model, std::string_view process, const json::object& variables, const Facts& facts);
/// Starts a process by one of its start events (message, signal, timer). Reason "process.unknown_element" {element}.
Result<Events> start_at(const Model& model, std::string_view process, std::string_view start_event,
                        const json::object& variables, const Facts& facts);

/// Every command below answers "process.ended" when the instance has ended and "process.model_mismatch" {element} when
/// the state does not belong to this version of the model.

/// Completes an open user task. Reason "process.task_not_open" {task}.
Result<Events> complete_task(const Model&, const Instance&, std::string_view task_key, const json::object& variables,
                             const Facts&);
/// Sends the work back to an earlier step, where the model allows it (`motcua:mayReturnTo`). Branches that were opened
/// after that step are closed, since they will be opened again. Reasons: "process.task_not_open",
/// "process.return_not_allowed" {task, element}.
Result<Events> return_to_step(const Model&, const Instance&, std::string_view task_key, std::string_view element,
                              const Facts&);
/// The answer to a `service_called` event, or to a receive task without message. Reason "process.task_not_open" {task}.
Result<Events> complete_service(const Model&, const Instance&, std::string_view key, const json::object& variables,
                                const Facts&);
/// A called service answered with a business error: caught by an error event, else an incident. Reason as above.
Result<Events> fail_service(const Model&, const Instance&, std::string_view key, std::string_view error_code,
                            const Facts&);
/// A called service could not be reached or did not work: no business error, so nothing in the model catches it; an
/// incident with that reason is opened. Reason as above.
Result<Events> fault_service(const Model&, const Instance&, std::string_view key, const Error& why, const Facts&);
/// Delivers a message to the first thing that waits for it (and whose variables have the values of `correlation`).
/// Reason "process.message_not_expected" {message}.
Result<Events> send_message(const Model&, const Instance&, std::string_view name, const json::object& variables,
                            const Facts&, const json::object& correlation = {});
/// Delivers a signal to everything that waits for it; no events when nothing does.
Result<Events> send_signal(const Model&, const Instance&, std::string_view name, const json::object& variables,
                           const Facts&);
/// Fires every timer and continuation that is due by facts.now, earliest first.
Result<Events> run_due_timers(const Model&, const Instance&, const Facts&);
/// Fires one timer or continuation, due or not. Reason "process.timer_not_found" {timer}.
Result<Events> fire_timer(const Model&, const Instance&, Key wait, const Facts&);
/// Gives a working-time timer its due time (or a new one, after the calendar changed). Reason as above.
Result<Events> set_timer_due(const Model&, const Instance&, Key wait, Instant due);
/// Sets variables of the main process, or of an item; conditional events react. Reason "process.task_not_open" {task}.
Result<Events> set_variables(const Model&, const Instance&, const json::object& variables, const Facts&,
                             std::string_view item_key = {});
Result<Events> cancel(const Model&, const Instance&);

enum class Resolution {
    retry,  // do again what failed
    skip,   // go on as if it had been done; at a gateway along the flow given, else along the default flow
};
/// Reasons: "process.incident_not_found" {incident}, "process.flow_not_found" {flow}.
Result<Events> resolve_incident(const Model&, const Instance&, Key incident, Resolution, const Facts&,
                                std::string_view flow = {});

// ---- questions

struct OpenTask {
    std::string key, element, name, description, process, lane;
    std::string role, unit_selector, form, due_rule;
    std::optional<Limit> limit;
    std::optional<double> limit_share;  // percent of the procedure's limit
    std::vector<std::string> may_return_to;
    std::string assignee, owner, priority;
    std::vector<std::string> candidate_users, candidate_groups;
    std::vector<std::string> follow;  // ids of outgoing sequence flows of the step and of the gateway behind it
};
/// Open user tasks by key, that is, oldest first.
std::vector<OpenTask> open_tasks(const Model& model, const Instance& instance);

/// What an instance waits for besides user tasks and incidents.
enum class WaitingFor : std::uint8_t {
    timer,      // or a continuation: fire_timer(key)
    message,    // send_message(name)
    signal,     // send_signal(name)
    condition,  // set_variables
    service,    // complete_service(key), fail_service(key); name = the service
    answer,     // receive task without message: complete_service(key); name = its element
};
struct OpenWait {
    Key key = 0;  // of the wait; of the item for service and answer
    WaitingFor kind = WaitingFor::timer;
    Key item = 0;
    std::string element = {};
    std::string name = {};            // of message, signal or service
    std::string text = {};            // name of the element
    std::optional<Instant> due = {};  // timers
    std::string correlation = {};     // value of the variable named by motcua:correlation
    std::string role = {}, unit_selector = {};
    std::optional<Limit> limit = {};  // of the element; of the timer when that counts working time
    bool holds_token = false;         // the process does not go on here without it (no boundary or scope event)
    bool timed = false;               // a timer ends the waiting
    bool sent_inside = false;         // another pool of the model sends it
};
/// By kind of storage: waits in order, then services and answers.
std::vector<OpenWait> open_waits(const Model& model, const Instance& instance);
/// What an element at that item sees, the innermost of each name.
json::object visible_variables(const Instance& instance, Key item);

/// Earliest due time of a timer or continuation.
std::optional<Instant> next_timer(const Instance& instance);
bool ended(const Instance& instance);
/// Folds a list of events.
void apply(Instance& instance, const Events& events);
/// A variable as seen from an item (from the main process when the key is empty).
const json::value* find_variable(const Instance& instance, std::string_view name, std::string_view item_key = {});

/// What starts processes other than a command: message and signal names, timers.
struct StartTrigger {
    std::string process = {}, element = {};
    Trigger trigger = Trigger::none;
    std::string name = {};
    std::optional<Instant> due = {};        // timer: first firing counted from `now`
    std::int32_t repeat = 0;                // firings after the first; -1 without end
    std::string cycle = {};                 // for next_firing (timers.hpp)
    expression::Expression condition = {};  // conditional
};
std::vector<StartTrigger> start_triggers(const Model& model, Instant now);

}  // namespace motcua::process
