// `motcua export` and `motcua import database`: an installation from one database to another.
#pragma once

#include <iosfwd>
#include <span>
#include <string_view>

namespace motcua::app {

/// export TARGET --data DIR: everything into the new directory TARGET. Exit status 0, 1 refused, 2 wrong command line.
int run_export(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err);

/// import database SOURCE --data DIR: an export into a data directory that has nothing yet; with MOTCUA_DATABASE_URL
/// the rows go to PostgreSQL.
int run_import_database(std::string_view source, std::string_view data, std::ostream& out, std::ostream& err);

}  // namespace motcua::app
