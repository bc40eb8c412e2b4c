// The small world of the ledger's tests: items that count what was added to them, and labels that must be unique.
#pragma once

#include <string>
#include <utility>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "ledger/committer.hpp"

namespace motcua::ledger {

using db::Row;
using db::Statement;
using db::Values;
using std::chrono::milliseconds;

inline constexpr Statement insert_item{"test.insert_item",
                                       "INSERT INTO item (id, version, position, total) VALUES ($1, $2, $3, $4)"};
inline constexpr Statement update_item{"test.update_item", R"(
    UPDATE item SET version = version + 1, position = $3, total = total + $4 WHERE id = $1 AND version = $2)"};
inline constexpr Statement select_item{"test.select_item", "SELECT version, position, total FROM item WHERE id = $1"};
inline constexpr Statement insert_label{"test.insert_label", "INSERT INTO label (name) VALUES ($1)"};
inline constexpr Statement count_labels{"test.count_labels", "SELECT count(*) FROM label"};
inline constexpr Statement end_transaction{"test.end_transaction", "INSERT OR ROLLBACK INTO label (name) VALUES ($1)"};

struct Item {
    Head head;
    std::int64_t total = 0;
};

inline Instant at(std::int64_t ms) { return Instant{milliseconds{ms}}; }

inline Item load(db::Session& session, std::int64_t id) {
    return session
        .find_one(select_item, {id},
                  [](const Row& row) {
                      return Item{{row.int64(0), row.int64(1)}, row.int64(2)};
                  })
        .value_or(Item{});
}

/// Adds `amount` to an item, new or as loaded.
inline WriteSet add(std::int64_t id, Head head, std::int64_t amount, Instant when = at(1000)) {
    WriteSet set;
    set.stream = id;
    set.head = head;
    set.meta = {when, "officer:1", "", "request-1"};
    set.events.push_back({"item_added", 1, {{"amount", amount}}});
    if (head.version == 0) {
        set.rows.push_back({&insert_item, {id, std::int64_t{1}, std::int64_t{0}, amount}, {2}, 1});
    } else {
        set.rows.push_back({&update_item, {id, head.version, std::int64_t{0}, amount}, {2}, 1});
    }
    return set;
}

inline RowChange label(std::string name) { return {&insert_label, {std::move(name)}, {}, 1}; }

inline void make_tables(db::Database& database) {
    CHECK(db::migrate(database, Instant{}), "migrations apply");
    database.begin();
    database.writer().script(
        "CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, version INTEGER, position INTEGER, total INTEGER);"
        "CREATE TABLE IF NOT EXISTS label (name TEXT UNIQUE)");
    database.commit();
}

}  // namespace motcua::ledger
