// Where the rows of a data directory are: in its SQLite file, or in a PostgreSQL database that several servers use.
// Once PostgreSQL was chosen, the directory remembers it in the file `database` (without a password: libpq finds that
// in the environment or in ~/.pgpass), so that every verb opens the same one.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace motcua::app {

/// The URL of the PostgreSQL database of `data`, empty for SQLite. `configured` is database.url, empty when not set;
/// the environment's MOTCUA_DATABASE_URL stands in for it. Reason conflict "app.data_in_sqlite" {path, url} when the
/// directory has rows of its own.
Result<std::string> find_database_url(const std::filesystem::path& data, const std::string& configured = {});

/// After the database was opened.
void remember_database_url(const std::filesystem::path& data, const std::string& url);

/// Reason conflict "app.not_for_postgres" {verb, url} when the rows are not in the directory itself: for verbs that
/// work on its file.
Result<void> check_rows_in_directory(const std::filesystem::path& data, std::string_view verb,
                                     const std::string& configured = {});

}  // namespace motcua::app
