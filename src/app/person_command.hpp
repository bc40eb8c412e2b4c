// motcua person export ID --data DIR: what is kept about one person. motcua person erase --data DIR --closed-before
// DATE
// --rule TEXT [--dry-run]: personal data of dossiers whose time has come (server stopped).
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

int run_person(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
