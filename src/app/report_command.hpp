// `motcua report`: a report of a data directory, also beside a running server.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// report quarter --data DIR [--unit CODE] --from D --to D [--format json|csv] [--list FIGURE]
int run_report(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
