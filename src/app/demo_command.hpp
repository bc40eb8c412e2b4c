// `motcua demo`: a demo province with sample accounts, served.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// demo --data DIR [--listen ADDR:PORT] [--config FILE] [--prepare] [--empty]: fills DIR with the demo province, the
/// traffic of the last weeks (a fresh DIR only; not with --empty) and invented people as far as they are not there,
/// prints the sample accounts, then serves as `serve` does (not with --prepare).
int run_demo(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
