// `motcua keys`: the keys that files of dossiers are sealed with; beside a running server.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// status, rotate, reseal, forget. Exit 0, or 1 with the reason.
int run_keys(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
