// motcua verify: checks that need no running server. Prints a JSON verdict; status 0 = holds, 1 = does not.
//   verify receipt FILE [--key KEY] [--witness KEY]     offline; KEY is a verifier key or a file with one
//   verify ledger DIR|URL [CHECKPOINT…] [--key KEY]     a data directory, a copy of a published log, or its address
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

int run_verify(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
