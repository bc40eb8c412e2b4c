// `motcua calendar`: the working calendars in use, and government notices announced while they are.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// calendar list --data DIR
///   Newest version of each calendar; then the notices announced since, newest first.
/// calendar notice FILE --data DIR [--calendar NAME] [--dry-run] [--json]
///   Announces the notice on the calendar and counts the open dossiers again; prints what moved, a line each: code (id
///   before reception), old and new due time, document. Safe to run again, also after it was killed. --dry-run works
///   beside a running server and writes nothing.
int run_calendar(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
