// `motcua simulate`: fills a data directory with believable traffic through the real use cases.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// simulate --data DIR [--profile NAME] [--dossiers N] [--days D] [--from DAY] [--seed S]
/// An empty directory gets the demo province first, as of the first simulated day.
int run_simulate(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
