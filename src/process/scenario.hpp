// Runs processes from a script of steps or all by themselves, on the pure engine with a simulated clock: the work of
// `motcua process run`. Several instances live side by side; signals and messages pass between them.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "process/engine.hpp"

namespace motcua::process {

/// Runs steps {"op": …}: `start` {key, vars}, `query` {id, kind, filter, order, expect_count, expect_items}, `complete`
/// {task | list, i, vars}, `message` {name, vars}, `signal` {name, vars}, `expect_ended`, `fire_only_job`,
/// `run_due_timers`, `clock` {plus_ms}, `setVariable` {name, value}, `cancel_instance`. One answer a step: {"step",
/// "op", "ok", "tasks": [{"key", "name"}], "reason"}.
std::vector<json::object> run_steps(const Model& model, const json::array& steps);

/// Scripts that test models name instead of writing them, for read_models.
std::span<const ScriptAlias> trace_scripts();

/// Starts the processes of the model, completes every task and fires every timer. {"ended", "trace": […], "reason"}:
/// the trace has "taskN" for each script task with script SCRIPT_taskN, in order.
json::object run_trace(const Model& model, const json::object& variables);

}  // namespace motcua::process
