// motcua backup DIR --data DATA · restore DIR --data DATA · migrate --data DATA [--dry-run]
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

int run_backup(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);
int run_restore(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);
/// Server stopped. With --dry-run the migrations run on a copy, and the data stays as it is.
int run_migrate(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
