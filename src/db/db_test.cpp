// The store suite (each case on SQLite in memory, in a file and on PostgreSQL), migrations, the data directory.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "base/random.hpp"
#include "db/data_directory.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/memory_disk.hpp"
#include "db/sqlite/sqlite.hpp"
#include "db/test_database.hpp"

namespace motcua::db {
namespace {

constexpr std::string_view create = "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL, bytes ";
constexpr Statement insert{"test.insert", "INSERT INTO thing (id, name, size, bytes) VALUES ($1, $2, $3, $4)"};
constexpr Statement rename{"test.rename", "UPDATE thing SET name = $2 WHERE id = $1"};
constexpr Statement select_one{"test.select_one", "SELECT id, name, size, bytes FROM thing WHERE id = $1"};
constexpr Statement select_all{"test.select_all", "SELECT id FROM thing ORDER BY id LIMIT 100000"};
constexpr Statement swapped{"test.swapped", "SELECT $2, $1, $2"};

std::int64_t first_column(const Row& row) { return row.int64(0); }

std::size_t count_things(Session& session) { return session.list(select_all, {}, first_column).size(); }

class Store : public testing::Test {
  protected:
    void SetUp() override { open(); }
    void open() {
        database.reset();
        const std::string kind = test_database_kind();
        if (kind == "postgres") {
            if (!schema) schema.emplace();
            database = open_postgres(schema->url(),
                                     {.readers_max = options.readers_max, .read_timeout = options.read_timeout});
        } else {
            database = open_sqlite(kind == "memory" ? ":memory:" : directory.path() / "test.db", options);
        }
    }
    void create_table() {
        database->begin();
        database->writer().script(std::string(create) + (database->dialect() == "sqlite" ? "BLOB)" : "BYTEA)"));
        database->commit();
    }
    void put(std::int64_t id, const std::string& name) {
        database->writer().execute(insert, Values{id, name, 1.5, Blob{std::string("\0x", 2)}});
    }

    TestDirectory directory;
    std::optional<TestSchema> schema;
    SqliteOptions options;
    std::unique_ptr<Database> database;
};

TEST_F(Store, KeepsEveryKindOfValue) {
    create_table();
    database->begin();
    database->writer().execute(insert,
                               Values{std::int64_t{1}, std::string("hòa"), 2.5, Blob{std::string("\0\xff", 2)}});
    database->writer().execute(insert, Values{std::int64_t{2}, std::monostate{}, std::monostate{}, Blob{}});
    database->commit();
    const Lease session = database->reader();
    int rows = 0;
    session->each(select_one, Values{std::int64_t{1}}, [&](const Row& row) {
        ++rows;
        EXPECT_EQ(row.int64(0), 1);
        EXPECT_EQ(row.text(1), "hòa");
        EXPECT_EQ(row.real(2), 2.5);
        EXPECT_EQ(row.text(3), std::string_view("\0\xff", 2));
        EXPECT_THROW(row.text(4), CheckFailure);
    });
    session->each(select_one, Values{std::int64_t{2}}, [&](const Row& row) {
        ++rows;
        EXPECT_TRUE(row.is_null(1));
        EXPECT_EQ(row.text(1), "");
        EXPECT_EQ(row.find_text(1), std::nullopt);
        EXPECT_FALSE(row.is_null(3));
        EXPECT_EQ(row.text(3), "");
    });
    EXPECT_EQ(rows, 2);
}

TEST_F(Store, AnswersManySetsOfValuesInTheirOrder) {
    create_table();
    database->begin();
    for (std::int64_t id = 1; id <= 40; ++id) put(id, std::to_string(id));
    database->commit();
    std::vector<Values> keys;
    for (const std::int64_t id : {7, 99, 40, 7}) keys.push_back({id});
    const Lease session = database->reader();
    std::vector<std::pair<std::size_t, std::int64_t>> found;
    const auto take = [&](std::size_t place, const Row& row) { found.emplace_back(place, row.int64(0)); };
    session->each_of(select_one, keys, take);
    EXPECT_EQ(found, (std::vector<std::pair<std::size_t, std::int64_t>>{{0, 7}, {2, 40}, {3, 7}}));
    found.clear();
    session->each_of(select_one, {}, take);
    session->each_of(select_one, std::span(keys).first(1), take);
    EXPECT_EQ(found.size(), 1u);
    // A sink that throws leaves the session usable, and a wrong statement is the programmer's error.
    EXPECT_THROW(session->each_of(select_one, keys, [](std::size_t, const Row&) { throw std::runtime_error("no"); }),
                 std::runtime_error);
    EXPECT_THROW(session->each_of({"test.no_table", "SELECT a FROM missing WHERE b = $1"}, keys, take), CheckFailure);
    EXPECT_EQ(count_things(*session), 40u);
}

TEST_F(Store, BindsParametersByTheirNumber) {
    const Lease session = database->reader();
    session->each(swapped, Values{std::string("one"), std::string("two")}, [](const Row& row) {
        EXPECT_EQ(row.text(0), "two");
        EXPECT_EQ(row.text(1), "one");
        EXPECT_EQ(row.text(2), "two");
    });
    EXPECT_THROW(session->each(swapped, Values{std::string("one")}, [](const Row&) {}), CheckFailure);
    static constexpr Statement question_mark{"test.question_mark", "SELECT ?"};
    EXPECT_THROW(session->each(question_mark, Values{std::string("x")}, [](const Row&) {}), CheckFailure);
}

TEST_F(Store, ReadersSeeOnlyWhatIsCommitted) {
    create_table();
    const Lease session = database->reader();
    database->begin();
    put(1, "a");
    EXPECT_TRUE(database->in_transaction());
    EXPECT_EQ(count_things(*session), 0u);
    EXPECT_EQ(count_things(database->writer()), 1u);
    database->commit();
    EXPECT_FALSE(database->in_transaction());
    EXPECT_EQ(count_things(*session), 1u);
    database->begin();
    put(2, "b");
    database->rollback();
    EXPECT_EQ(count_things(*session), 1u);
}

TEST_F(Store, SavepointUndoesOnlyItsOwnRows) {
    create_table();
    database->begin();
    put(1, "a");
    database->savepoint();
    put(2, "b");
    EXPECT_THROW(put(3, "a"), ConstraintViolation);
    EXPECT_TRUE(database->in_transaction());
    database->rollback_to_savepoint();
    database->release_savepoint();
    put(4, "d");
    database->commit();
    EXPECT_EQ(database->reader()->list(select_all, {}, first_column), (std::vector<std::int64_t>{1, 4}));
}

TEST_F(Store, ExecuteCountsTheRowsItTouched) {
    create_table();
    database->begin();
    put(1, "a");
    EXPECT_EQ(database->writer().execute(rename, Values{std::int64_t{1}, std::string("z")}), 1);
    EXPECT_EQ(database->writer().execute(rename, Values{std::int64_t{9}, std::string("y")}), 0);
    database->commit();
}

TEST_F(Store, StatementRunsInsideItsOwnRows) {
    create_table();
    database->begin();
    for (int i = 1; i <= 3; ++i) put(i, std::to_string(i));
    database->commit();
    const Lease session = database->reader();
    int pairs = 0;
    session->each(select_all, {}, [&](const Row&) { session->each(select_all, {}, [&](const Row&) { ++pairs; }); });
    EXPECT_EQ(pairs, 9);
}

TEST_F(Store, StatementBuiltAtRunTimeIsNotMistakenForAnother) {
    const Lease session = database->reader();
    std::string sql = "SELECT 1";
    EXPECT_EQ(session->find_one(Statement{"test.run_time", sql}, {}, first_column), 1);
    sql[7] = '2';  // same address, same length
    EXPECT_EQ(session->find_one(Statement{"test.run_time", sql}, {}, first_column), 2);
}

TEST_F(Store, WrongStatementsAreTheProgrammersError) {
    const Lease session = database->reader();
    static constexpr Statement no_table{"test.no_table", "SELECT * FROM nothing"};
    EXPECT_THROW(session->each(no_table, {}, [](const Row&) {}), CheckFailure);
    static constexpr Statement empty{"test.empty", "-- nothing"};
    EXPECT_THROW(session->each(empty, {}, [](const Row&) {}), CheckFailure);
}

TEST_F(Store, ReadingSessionsDoNotWrite) {
    create_table();
    const Lease session = database->reader();
    static constexpr Statement sneaky{"test.sneaky", "DELETE FROM thing"};
    EXPECT_THROW(session->each(sneaky, {}, [](const Row&) {}), Fault);
}

TEST_F(Store, ThrowingSinkLeavesTheSessionUsable) {
    create_table();
    database->begin();
    for (int i = 1; i <= 50; ++i) put(i, std::to_string(i));
    database->commit();
    const Lease session = database->reader();
    EXPECT_THROW(session->each(select_all, {}, [](const Row&) { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_EQ(count_things(*session), 50u);
    // No snapshot is left open either: a later commit is seen.
    database->begin();
    put(51, "51");
    database->commit();
    EXPECT_EQ(count_things(*session), 51u);
}

TEST_F(Store, SnapshotSeesOneState) {
    create_table();
    const Lease session = database->reader();
    {
        const Snapshot snapshot(*session);
        database->begin();
        put(1, "a");
        database->commit();
        EXPECT_EQ(count_things(*session), 0u);
        EXPECT_EQ(count_things(*database->reader()), 1u);
    }
    EXPECT_EQ(count_things(*session), 1u);
    const Snapshot of_the_writer(database->writer());
    EXPECT_EQ(count_things(database->writer()), 1u);
}

TEST_F(Store, SnapshotIsBoundedInTime) {
    options.read_timeout = std::chrono::milliseconds{20};
    open();
    const Lease session = database->reader();
    {
        const Snapshot snapshot(*session);
        static constexpr Statement count_up{
            "test.count_up",
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT count(*) FROM n"};
        // Each of them is short; together they are not.
        EXPECT_THROW(
            {
                for (int i = 0; i < 10'000; ++i) session->each(count_up, {}, [](const Row&) {});
            },
            Fault);
    }
    EXPECT_EQ(session->find_one(swapped, {std::int64_t{1}, std::int64_t{2}}, first_column), 2);
}

TEST_F(Store, ForeignKeysAreCheckedAtOnce) {
    database->begin();
    database->writer().script(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent INTEGER REFERENCES parent (id))");
    static constexpr Statement orphan{"test.orphan", "INSERT INTO child (parent) VALUES (1)"};
    EXPECT_THROW(database->writer().execute(orphan), ConstraintViolation);
    database->rollback();
}

TEST_F(Store, ReadersAreBoundedAndLentAgain) {
    options.readers_max = 2;
    open();
    create_table();
    auto first = std::make_unique<Lease>(database->reader());
    const Lease second = database->reader();
    EXPECT_EQ(database->stats().readers_lent, 2);
    std::atomic<bool> lent{false};
    std::thread waiting([&] {
        const Lease third = database->reader();
        lent = true;
    });
    first.reset();
    waiting.join();
    EXPECT_TRUE(lent);
    EXPECT_EQ(database->stats().readers_open, 2);
}

TEST_F(Store, LongReadIsEnded) {
    options.read_timeout = std::chrono::milliseconds{20};
    open();
    const Lease session = database->reader();
    static constexpr Statement endless{
        "test.endless", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"};
    try {
        session->each(endless, {}, [](const Row&) {});
        FAIL();
    } catch (const Fault& fault) {
        EXPECT_EQ(fault.reason(), "db.read_timeout");
    }
    EXPECT_EQ(session->find_one(swapped, {std::int64_t{1}, std::int64_t{2}}, first_column), 2);
}

TEST_F(Store, ReadersAndOneWriterRunBesideEachOther) {
    create_table();
    std::atomic<bool> done{false};
    std::vector<std::thread> readers;
    for (int r = 0; r < 3; ++r) {
        readers.emplace_back([&] {
            std::size_t seen = 0;
            while (!done) {
                const std::size_t now = count_things(*database->reader());
                EXPECT_GE(now, seen);
                EXPECT_EQ(now % 10, 0u);  // never half a transaction
                seen = now;
            }
        });
    }
    for (int i = 0; i < 100; ++i) {
        database->begin();
        for (int k = 0; k < 10; ++k) put(i * 10 + k, std::to_string(i * 10 + k));
        database->commit();
    }
    done = true;
    for (auto& reader : readers) reader.join();
    if (database->dialect() == "sqlite") {
        EXPECT_TRUE(check_sqlite_integrity(*database).empty());
    }
}

TEST(SqliteFile, KeepsItsRowsWhenOpenedAgain) {
    const TestDirectory directory;
    SqliteOptions options;
    options.log_bytes_ahead = 1 << 20;
    for (int round = 0; round < 3; ++round) {
        const auto database = open_sqlite(directory.path() / "a.db", options);
        database->begin();
        if (round == 0) database->writer().script(std::string(create) + "BLOB)");
        EXPECT_EQ(count_things(database->writer()), static_cast<std::size_t>(round));
        database->writer().execute(insert, Values{std::int64_t{round}, std::to_string(round), 0.0, Blob{}});
        database->commit();
        EXPECT_GE(std::filesystem::file_size(directory.path() / "a.db-wal"), 1u << 20);
    }
}

TEST(SqliteFile, PagesThatAreMovedCutAndRolledBackHoldWhatTheyShould) {
    // Keys in no order split pages in their middle, rolled back growth and deletions cut the file; a cache of 64 pages
    // reads most of them again, a large one keeps all.
    static constexpr Statement all{"test.all", "SELECT id, name FROM thing ORDER BY id LIMIT 100000"};
    static constexpr Statement remove{"test.remove", "DELETE FROM thing WHERE id BETWEEN $1 AND $2"};
    for (const int cache_kib : {128, 64 * 1024}) {
        const TestDirectory directory;
        SqliteOptions options;
        options.writer_cache_kib = cache_kib;
        const auto database = open_sqlite(directory.path() / "a.db", options);
        database->begin();
        database->writer().script(std::string(create) + "BLOB)");
        database->commit();
        std::map<std::int64_t, std::string> expected;
        SeededRandom random{7};
        for (int round = 0; round < 60; ++round) {
            auto changed = expected;
            database->begin();
            for (int i = 0; i < 40; ++i) {
                const auto id = static_cast<std::int64_t>(random.u64() % 1'000'000);
                if (changed.contains(id)) continue;
                const std::string name = std::to_string(id) + std::string(random.u64() % 900, 'x');
                database->writer().execute(insert, Values{id, name, 0.5, Blob{"x"}});
                changed.emplace(id, name);
            }
            if (round % 7 == 3) {
                const auto from = static_cast<std::int64_t>(random.u64() % 800'000);
                database->writer().execute(remove, Values{from, from + 200'000});
                changed.erase(changed.lower_bound(from), changed.upper_bound(from + 200'000));
            }
            if (round % 5 == 4) {
                database->rollback();
            } else {
                database->commit();
                expected = std::move(changed);
            }
            const auto read = [](Session& session) {
                std::map<std::int64_t, std::string> rows;
                session.each(all, {}, [&](const Row& row) { rows.emplace(row.int64(0), row.text(1)); });
                return rows;
            };
            ASSERT_EQ(read(database->writer()), expected) << round;
            ASSERT_EQ(read(*database->reader()), expected) << round;
        }
        database->writer().script("VACUUM");
        EXPECT_EQ(check_sqlite_integrity(*database), std::vector<std::string>{});
    }
}

TEST(SqliteFile, IsReadableByItsOwnerOnly) {
    const TestDirectory directory;
    const auto database = open_sqlite(directory.path() / "a.db");
    for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) {
        EXPECT_EQ(std::filesystem::status(directory.path() / name).permissions(),
                  std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
            << name;
    }
}

TEST(SqliteFile, BackupIsConsistentWhileRowsAreWritten) {
    const TestDirectory directory;
    const auto database = open_sqlite(directory.path() / "a.db");
    database->begin();
    database->writer().script(std::string(create) + "BLOB)");
    database->commit();
    std::atomic<bool> done{false};
    std::thread writing([&] {
        for (std::int64_t id = 0; !done;) {
            database->begin();
            for (int k = 0; k < 10; ++k, ++id) {
                database->writer().execute(insert, Values{id, std::to_string(id), 0.0, Blob{std::string(500, 'b')}});
            }
            database->commit();
        }
    });
    while (count_things(*database->reader()) < 500) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) {
        const auto copy = directory.path() / ("copy" + std::to_string(i));
        ASSERT_TRUE(backup_sqlite(directory.path() / "a.db", copy));
        const auto opened = open_sqlite(copy);
        EXPECT_TRUE(check_sqlite_integrity(*opened).empty());
        const std::size_t count = count_things(*opened->reader());
        EXPECT_GE(count, 500u);
        EXPECT_EQ(count % 10, 0u);
    }
    done = true;
    writing.join();
    EXPECT_EQ(backup_sqlite(directory.path() / "a.db", directory.path() / "copy0").error().reason, "db.backup_exists");
    EXPECT_THROW(static_cast<void>(backup_sqlite(directory.path() / "none.db", directory.path() / "copy9")), Fault);
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "copy9"));
}

TEST(SqliteFile, RefusesAFileThatIsNoDatabase) {
    const TestDirectory directory;
    std::ofstream(directory.path() / "a.db") << std::string(5000, 'x');
    try {
        open_sqlite(directory.path() / "a.db");
        FAIL();
    } catch (const Fault& fault) {
        EXPECT_EQ(fault.reason(), "db.corrupt");
    }
    try {
        open_sqlite(directory.path() / "no" / "such" / "folder.db");
        FAIL();
    } catch (const Fault& fault) {
        EXPECT_EQ(fault.reason(), "db.unavailable");
    }
}

TEST(SqliteFile, CheckpointerEmptiesTheLogWhileRowsAreWritten) {
    const TestDirectory directory;
    SqliteOptions options;
    options.checkpoint_pages = 200;
    options.checkpoint_finish_pages = 50;
    options.pace_bytes = 16 * 1024;
    options.pace_rest = std::chrono::microseconds{100};
    const auto database = open_sqlite(directory.path() / "a.db", options);
    database->begin();
    database->writer().script(std::string(create) + "BLOB)");
    database->commit();
    std::int64_t id = 0;
    // Ends only when the log has been emptied several times: passes that never get done would run into the time limit.
    for (int emptied = 0; emptied < 3;) {
        const std::int64_t before = database->stats().log_pages;
        database->begin();
        for (int k = 0; k < 5; ++k, ++id) {
            database->writer().execute(insert, Values{id, std::to_string(id), 0.0, Blob{std::string(300, 'b')}});
        }
        database->commit();
        if (database->stats().log_pages < before) ++emptied;
    }
    EXPECT_GE(database->stats().checkpoints, 3);
    EXPECT_EQ(database->stats().checkpoint_faults, 0);
    EXPECT_EQ(count_things(*database->reader()), static_cast<std::size_t>(id));
    EXPECT_TRUE(check_sqlite_integrity(*database).empty());
}

Migration migration(int number, std::string sql) { return {number, "test", std::move(sql)}; }

TEST(Migrate, AppliesOnceInOrderAndRemembers) {
    const auto database = open_test_database();
    std::vector<Migration> all{migration(1, "CREATE TABLE a (x INTEGER)"),
                               migration(20, "CREATE TABLE b (x INTEGER); CREATE TABLE c (y TEXT)")};
    EXPECT_EQ(list_missing_migrations(*database, all)->size(), 2u);
    EXPECT_EQ(*migrate(*database, all, Instant{}), (std::vector<int>{1, 20}));
    EXPECT_TRUE(migrate(*database, all, Instant{})->empty());
    all.insert(all.begin() + 1, migration(10, "CREATE TABLE d (z TEXT)"));
    EXPECT_EQ(*migrate(*database, all, Instant{}), std::vector<int>{10});
}

TEST(Migrate, RefusesAChangedOrNewerSchema) {
    const auto database = open_test_database();
    const std::vector<Migration> all{migration(1, "CREATE TABLE a (x INTEGER)"),
                                     migration(2, "CREATE TABLE b (x INTEGER)")};
    ASSERT_TRUE(migrate(*database, all, Instant{}));
    const std::vector<Migration> older{all[0]};
    EXPECT_EQ(migrate(*database, older, Instant{}).error(),
              (Error{Errc::conflict, "db.schema_newer", {{"number", "2"}}, {}}));
    const std::vector<Migration> changed{all[0], migration(2, "CREATE TABLE b (y INTEGER)")};
    EXPECT_EQ(migrate(*database, changed, Instant{}).error().reason, "db.migration_changed");
}

TEST(Migrate, FailingFileLeavesNothing) {
    const auto database = open_test_database();
    const std::vector<Migration> all{migration(1, "CREATE TABLE a (x INTEGER)"),
                                     migration(2, "CREATE TABLE b (x INTEGER); INSERT INTO nothing VALUES (1)")};
    EXPECT_THROW(static_cast<void>(migrate(*database, all, Instant{})), CheckFailure);
    const std::vector<Migration> mended{all[0], migration(2, "CREATE TABLE b (x INTEGER)")};
    EXPECT_EQ(*migrate(*database, mended, Instant{}), std::vector<int>{2});
}

TEST(Migrate, ShippedFilesApplyToANewDatabase) {
    const auto database = open_test_database();
    const auto applied = migrate(*database, Instant{});
    ASSERT_TRUE(applied);
    EXPECT_EQ(applied->size(), embedded_migrations(database->dialect()).size());
    EXPECT_GE(applied->size(), 1u);
}

TEST(MigrationFiles, HaveTheSameNumbersForBothDatabases) {
    const auto numbers = [](std::string_view dialect) {
        std::vector<std::pair<int, std::string>> found;
        for (const Migration& file : embedded_migrations(dialect)) found.emplace_back(file.number, file.name);
        return found;
    };
    const auto sqlite = numbers("sqlite"), postgres = numbers("postgres");
    for (const auto& [number, name] : sqlite)
        EXPECT_TRUE(std::ranges::count(postgres, std::pair(number, name))) << fmt::format(
            "migrations/postgres/{:04}_{}.sql is missing: write the same change for PostgreSQL (BIGINT, BYTEA, "
            "TEXT COLLATE \"C\", a COMMENT 'distribution: …' for each new table; docs/scale.md tells which)",
            number, name);
    for (const auto& [number, name] : postgres)
        EXPECT_TRUE(std::ranges::count(sqlite, std::pair(number, name)))
            << fmt::format("migrations/sqlite/{:04}_{}.sql is missing: write the same change for SQLite", number, name);
}

TEST(DataDirectory, IsMadeForItsOwnerAndLocked) {
    const TestDirectory directory;
    const auto path = directory.path() / "new" / "data";
    {
        const auto first = DataDirectory::open(path);
        ASSERT_TRUE(first);
        EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
        EXPECT_TRUE(std::filesystem::is_directory(first->blobs()));
        const auto second = DataDirectory::open(path);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().reason, "db.directory_locked");
        EXPECT_EQ(second.error().params[1].value, std::to_string(::getpid()));
    }
    EXPECT_TRUE(DataDirectory::open(path));
    std::ofstream(directory.path() / "file") << "x";
    EXPECT_EQ(DataDirectory::open(directory.path() / "file").error().reason, "db.directory_unusable");
}

}  // namespace
}  // namespace motcua::db
