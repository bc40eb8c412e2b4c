// `motcua deadline`: when a limit ends, on the shipped working calendar or on a given one, with the explanation.
// Owns: options, batch files and what is printed. Leaves out: the counting (calendar/due.hpp).
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// Prints the due time (or one a line for --batch) on `out`; refusals in Vietnamese and English on `err`.
/// Answers the exit status: 0; 1 when some input was refused; 2 when the command line itself is wrong.
/// Refusals: those of calendar::due_time and load_calendar, "calendar.unit_unknown", "calendar.rules_unknown",
/// "time.malformed", and the "deadline.*" of data/messages/deadline.json.
int run_deadline(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
