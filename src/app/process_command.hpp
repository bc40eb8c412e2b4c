// `motcua process`: checks a BPMN model as it is checked before publication, and runs models on the pure engine from a
// script of steps or all by themselves. Owns: options, reading the files, what is printed. Leaves out: the rules
// (process/check_model.hpp, process/scenario.hpp).
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// `check FILE…`: each problem with its element and what to do; status 0 when there is no error, else 1.
/// `run FILE… --steps STEPS.json`: a JSON line a step; 0 when every step holds.
/// `run FILE… --trace [--set NAME=VALUE]…`: {"ended", "trace"}; 0 when every process ended.
/// 2 when the command line is wrong. Refusals: those of process::read_models and parse_json,
/// "process_command.unreadable" {file}, "process_command.steps" {file}.
int run_process(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
