// `motcua import`: facts from files into a data directory.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// import database EXPORT --data DIR: see move_command.hpp. import {units,procedures} FILE --data DIR [--format dvcqg]
/// [--json]: idempotent; FILE "-" is the standard input. Prints the counts, then each record that is flagged or
/// rejected with its reason; with --json one object
/// {"read","imported","updated","unchanged","flagged","rejected"}. Exit status 0 when the file was read (also with
/// rejected records), 1 when nothing could be imported, 2 for a wrong command line.
int run_import(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
