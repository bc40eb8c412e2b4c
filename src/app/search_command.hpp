// `motcua search`: the search of portal and API at the command line.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// search WORDS --data DIR [--limit 10]: procedures found, best first, one "CODE<TAB>NAME" a line; also those that are
/// not published. May run beside a server. Exit status 0 (also when nothing is found), 1 without data, 2 for a wrong
/// command line.
int run_search(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
