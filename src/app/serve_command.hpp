// `motcua serve` and `motcua config`.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// serve --data DIR [--listen ADDR:PORT] [--config FILE]: serves until SIGTERM or SIGINT; a second signal ends the
/// process at once. Prints one line on `out` when requests are answered. Exit status 0 after a graceful stop, 1 when it
/// could not start, 2 for a wrong command line or configuration.
int run_serve(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

/// config [--explain] [--config FILE]: the effective settings; with --explain what each means and where it comes from.
int run_config(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
