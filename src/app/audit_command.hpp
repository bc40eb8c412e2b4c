// `motcua audit`: the audit trail of a period for an inspector.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

int run_audit(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
