// `motcua doctor`: is what is stored what it should be? Every projection is rebuilt from the ledger and compared.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// doctor --data DIR [--content]: one line a fault; exit 0 when sound, 1 when not. `--content` also reads every file.
int run_doctor(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
