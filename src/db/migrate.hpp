// Schema versions: forward-only SQL files `migrations/<dialect>/NNNN_name.sql`, each applied once, in a transaction of
// its own, and remembered with its checksum in table `migration`. Runs before anything else uses the database.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "db/db.hpp"

namespace motcua::db {

struct Migration {
    int number = 0;
    std::string name;  // without number and ending
    std::string sql;
};

/// The migrations that ship, sorted by number.
std::vector<Migration> embedded_migrations(std::string_view dialect);

/// Applies what is missing, in order of number; answers the numbers applied. Reasons:
///   conflict "db.schema_newer" {number}           the database was written by a newer program
///   conflict "db.migration_changed" {number}      an applied file is no longer what it was
/// Throws Fault when a file fails; nothing of that file stays.
Result<std::vector<int>> migrate(Database& database, std::span<const Migration> migrations, Instant now);

/// What migrate would apply; same refusals, changes nothing but making the empty table `migration`.
Result<std::vector<Migration>> list_missing_migrations(Database& database, std::span<const Migration> migrations);

/// Runs the shipped files that are missing in one transaction and rolls it back: for databases whose schema changes can
/// be (PostgreSQL). Tells each with the time it took. Refuses as migrate; throws Fault when a file fails.
Result<std::vector<Migration>> try_migrations(
    Database& database, const std::function<void(const Migration&, std::chrono::milliseconds took)>& told);

/// Both steps with the shipped files.
Result<std::vector<int>> migrate(Database& database, Instant now);

}  // namespace motcua::db
