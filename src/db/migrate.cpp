#include "db/migrate.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <sodium.h>

#include "base/check.hpp"
#include "resources/resources.hpp"

namespace motcua::db {

namespace {

constexpr Statement create_table{"migrate.create_table", R"(
    CREATE TABLE IF NOT EXISTS migration (
        number   INTEGER NOT NULL PRIMARY KEY,
        name     TEXT NOT NULL,
        checksum TEXT NOT NULL,
        applied_at BIGINT NOT NULL
    ))"};
constexpr Statement list_applied{"migrate.list_applied", "SELECT number, checksum FROM migration ORDER BY number"};
constexpr Statement find_applied{"migrate.find_applied", "SELECT 1 FROM migration WHERE number = $1"};
constexpr Statement insert_applied{
    "migrate.insert_applied", "INSERT INTO migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)"};

std::string checksum(std::string_view text) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    char hex[2 * sizeof hash + 1];
    return sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
}

/// Runs `change` in a transaction on the writing connection.
template <class Change>
void in_transaction(Database& database, Change&& change) {
    database.begin();
    try {
        change(database.writer());
    } catch (...) {
        database.rollback();
        throw;
    }
    database.commit();
}

}  // namespace

std::vector<Migration> embedded_migrations(std::string_view dialect) {
    std::vector<Migration> found;
    const std::string folder = fmt::format("migrations/{}/", dialect);
    for (const auto& resource : resources::list_resources(folder)) {
        std::string_view file = resource.name.substr(folder.size());
        if (!file.ends_with(".sql")) continue;
        file.remove_suffix(4);
        Migration migration;
        const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), migration.number);
        CHECK(error == std::errc{} && end == file.data() + 4 && file.size() > 5 && *end == '_',
              "{} is not NNNN_name.sql", resource.name);
        migration.name = file.substr(5);
        migration.sql = resource.bytes;
        CHECK(found.empty() || found.back().number < migration.number, "two migrations {}", migration.number);
        found.push_back(std::move(migration));
    }
    return found;
}

Result<std::vector<Migration>> list_missing_migrations(Database& database, std::span<const Migration> migrations) {
    in_transaction(database, [](WriteSession& session) { session.execute(create_table); });
    std::map<int, std::string> applied;
    database.writer().each(list_applied, {}, [&](const Row& row) {
        applied.emplace(static_cast<int>(row.int64(0)), std::string(row.text(1)));
    });
    std::vector<Migration> missing;
    for (const auto& migration : migrations) {
        const auto found = applied.find(migration.number);
        if (found == applied.end()) {
            missing.push_back(migration);
            continue;
        }
        if (found->second != checksum(migration.sql)) {
            return fail(Errc::conflict, "db.migration_changed", {{"number", std::to_string(migration.number)}});
        }
        applied.erase(found);
    }
    if (!applied.empty()) {
        return fail(Errc::conflict, "db.schema_newer", {{"number", std::to_string(applied.rbegin()->first)}});
    }
    return missing;
}

Result<std::vector<int>> migrate(Database& database, std::span<const Migration> migrations, Instant now) {
    std::vector<int> numbers;
    for (const auto& migration : TRY(list_missing_migrations(database, migrations))) {
        bool applied = false;
        in_transaction(database, [&](WriteSession& session) {
            // Another server may have started at the same moment.
            session.each(find_applied, Values{std::int64_t{migration.number}}, [&](const Row&) { applied = true; });
            if (applied) return;
            session.script(migration.sql);
            session.execute(insert_applied, Values{std::int64_t{migration.number}, migration.name,
                                                   checksum(migration.sql), now.time_since_epoch().count()});
        });
        if (!applied) numbers.push_back(migration.number);
    }
    return numbers;
}

Result<std::vector<Migration>> try_migrations(
    Database& database, const std::function<void(const Migration&, std::chrono::milliseconds took)>& told) {
    auto missing = TRY(list_missing_migrations(database, embedded_migrations(database.dialect())));
    database.begin();
    try {
        for (const Migration& migration : missing) {
            const auto before = std::chrono::steady_clock::now();
            database.writer().script(migration.sql);
            told(migration,
                 std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before));
        }
    } catch (...) {
        database.rollback();
        throw;
    }
    database.rollback();
    return missing;
}

Result<std::vector<int>> migrate(Database& database, Instant now) {
    const auto migrations = embedded_migrations(database.dialect());
    return migrate(database, migrations, now);
}

}  // namespace motcua::db
