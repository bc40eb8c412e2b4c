// What is PostgreSQL's own: statements over arrays, turns, reconnecting, and the rule that every key of a dossier's
// table holds the dossier's id (docs/scale.md).
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/testing.hpp"
#include "db/lane.hpp"
#include "db/migrate.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/set_statement.hpp"
#include "db/test_database.hpp"

namespace motcua::db {
namespace {

using namespace std::string_view_literals;
using postgres::make_set_statement;

constexpr Oid types[] = {postgres::type_int8, postgres::type_text, postgres::type_int8};

TEST(SetStatement, TurnsPlainStatementsIntoOnesOverArrays) {
    const std::string source =
        "(SELECT unnest(CAST($1 AS bigint[])) AS p1, unnest(CAST($2 AS text[])) AS p2, unnest(CAST($3 AS bigint[])) AS "
        "p3, generate_subscripts(CAST($1 AS bigint[]), 1) AS place) AS x";
    EXPECT_EQ(make_set_statement("INSERT INTO a (b, c, d) VALUES ($1, lower($2), $3)", types).sql,
              "INSERT INTO a (b, c, d)  SELECT x.p1, lower(x.p2), x.p3 FROM " + source);
    const auto update = make_set_statement("UPDATE a SET b = $2, c = '$1 WHERE' WHERE id = $1 AND v = $3", types);
    EXPECT_EQ(update.sql, "UPDATE a SET b = x.p2, c = '$1 WHERE'  FROM " + source +
                              " WHERE  id = x.p1 AND v = x.p3 RETURNING x.place");
    EXPECT_TRUE(update.returns_place);
    EXPECT_EQ(make_set_statement("DELETE FROM a WHERE id = $1 AND b = $2 AND c = $3", types).sql,
              "DELETE FROM a  USING " + source + " WHERE  id = x.p1 AND b = x.p2 AND c = x.p3 RETURNING x.place");
    const auto query = make_set_statement("SELECT b FROM a WHERE id = $1 AND c = $2 AND d > $3 ORDER BY b", types);
    EXPECT_EQ(query.sql,
              "SELECT found.*, x.place FROM " + source +
                  " CROSS JOIN LATERAL (SELECT b FROM a WHERE id = x.p1 AND c = x.p2 AND d > x.p3 ORDER BY b "
                  "OFFSET 0) AS found");
    EXPECT_TRUE(query.returns_place);
}

TEST(SetStatement, LeavesAloneWhatIsNotPlain) {
    for (const char* sql :
         {"INSERT INTO a (b) VALUES ($1) ON CONFLICT (b) DO UPDATE SET c = $2 WHERE a.d = $3",
          "INSERT INTO a (b, c, d) SELECT $1, $2, $3", "SELECT a FROM b WHERE c = $1 FOR UPDATE",
          "SELECT a FROM b WHERE c = $1 AND d = $2 OFFSET $3", "UPDATE a SET b = $1 FROM c WHERE c.d = $2 AND a.e = $3",
          "UPDATE a SET b = $1 WHERE c = $2 RETURNING $3", "DELETE FROM a"})
        EXPECT_EQ(make_set_statement(sql, types).sql, "") << sql;
    constexpr Oid odd[] = {postgres::type_bool};
    EXPECT_EQ(make_set_statement("DELETE FROM a WHERE b = $1", odd).sql, "");
}

TEST(PostgresUrl, IsShownWithoutItsPassword) {
    EXPECT_EQ(without_password("postgresql://motcua:s3:c@r@et@db.example/motcua"),
              "postgresql://motcua:***@db.example/motcua");
    EXPECT_EQ(without_password("postgresql://motcua@/motcua?host=/run/pg"), "postgresql://motcua@/motcua?host=/run/pg");
    EXPECT_EQ(without_password("postgresql:///m?user=a&password=geheim&host=x"),
              "postgresql:///m?user=a&password=***&host=x");
    EXPECT_TRUE(is_postgres_url("postgres://x"));
    EXPECT_FALSE(is_postgres_url("/srv/postgres://x"));
}

/// Speaks just enough of PostgreSQL's protocol to be connected to. After the statements that set a connection up it
/// reads no more, so that the next one cannot be sent, but says again and again something that is no answer.
class HalfDeafServer {
  public:
    HalfDeafServer() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy((directory_.path() / ".s.PGSQL.5432").string(), address.sun_path);
        // The socket interface of POSIX takes every kind of address by this cast.
        CHECK(::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        CHECK(::listen(listening_, 8) == 0);
        thread_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                pollfd waiting{.fd = listening_, .events = POLLIN, .revents = 0};
                if (::poll(&waiting, 1, 5) > 0) set_up(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
                for (const int client : clients_) static_cast<void>(say(client, parameter_status));
            }
        });
    }
    HalfDeafServer(const HalfDeafServer&) = delete;
    HalfDeafServer& operator=(const HalfDeafServer&) = delete;
    ~HalfDeafServer() {
        thread_.request_stop();
        thread_.join();
        for (const int client : clients_) ::close(client);
        ::close(listening_);
    }
    std::string url() const { return "postgresql://motcua@/motcua?host=" + directory_.path().string(); }
    int deaf() const { return deaf_; }

  private:
    static constexpr int scripts = 2;  // that Connection sends first
    static constexpr std::string_view parameter_status = "S\0\0\0\10a\0b\0"sv;

    static bool say(int client, std::string_view bytes) {
        return ::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL) == std::ssize(bytes);
    }
    void set_up(int client) {
        clients_.push_back(client);
        std::array<char, 4096> heard{};
        for (int i = 0; i <= scripts; ++i) {
            CHECK(::recv(client, heard.data(), heard.size(), 0) > 0);
            // AuthenticationOk or CommandComplete, then ReadyForQuery.
            CHECK(say(client, i == 0 ? "R\0\0\0\x08\0\0\0\0Z\0\0\0\5I"sv : "C\0\0\0\x08SET\0Z\0\0\0\5I"sv));
        }
        ::shutdown(client, SHUT_RD);
        ++deaf_;
    }

    const TestDirectory directory_;
    const int listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::vector<int> clients_;
    std::atomic<int> deaf_{0};
    std::jthread thread_;
};

TEST(PostgresConnection, IsBrokenByWhatOnlyLibpqSays) {
    HalfDeafServer server;
    postgres::Connection connection({.url = server.url()}, postgres::Access::write);
    ASSERT_TRUE(test::soon([&] { return server.deaf() == 1; }));
    EXPECT_FALSE(connection.is_broken());
    EXPECT_THROW(connection.script("SELECT 1"), Fault);
    EXPECT_TRUE(connection.is_broken());
    connection.reopen();
    EXPECT_FALSE(connection.is_broken());
}

constexpr Statement insert{"test.insert", "INSERT INTO item (id, name, bytes) VALUES ($1, $2, $3)"};
constexpr Statement rename{"test.rename", "UPDATE item SET name = $2 WHERE id = $1 AND name <> $2"};
constexpr Statement names{"test.names", "SELECT name FROM item ORDER BY id LIMIT 100"};
constexpr Statement backend{"test.backend", "SELECT pg_backend_pid()"};

class Postgres : public testing::Test {
  protected:
    void SetUp() override {
        if (test_database_kind() != "postgres") GTEST_SKIP() << "of PostgreSQL";
        schema.emplace();
        database = open();
        database->begin();
        database->writer().script("CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT, bytes BYTEA)");
        database->commit();
    }
    std::unique_ptr<Database> open(std::chrono::milliseconds lock_timeout = std::chrono::seconds{10}) {
        return open_postgres(schema->url(), {.lock_timeout = lock_timeout});
    }
    std::vector<std::string> list() {
        return database->reader()->list(names, {}, [](const Row& row) { return std::string(row.text(0)); });
    }
    /// Ends a connection from outside, as a restart of the server does.
    void end_backend(Session& session) {
        const auto pid = *session.find_one(backend, {}, [](const Row& row) { return row.int64(0); });
        const auto other = open();
        other->begin();
        other->writer().script(fmt::format("SELECT pg_terminate_backend({})", pid));
        other->commit();
    }

    std::optional<TestSchema> schema;
    std::unique_ptr<Database> database;
};

TEST_F(Postgres, BatchTellsWhatEachRowTouched) {
    std::vector<Values> rows;
    for (std::int64_t id = 1; id <= 20; ++id)
        rows.push_back({id, id % 2 ? Value{} : Value{"n" + std::to_string(id)}, Blob{std::string("\0\xff", 2)}});
    BatchStep put{.statement = &insert, .may_join = true};
    for (const Values& row : rows) put.rows.emplace_back(row);
    std::vector<Values> wanted{{std::int64_t{2}, std::string("hòa")},
                               {std::int64_t{99}, std::string("x")},
                               {std::int64_t{4}, std::string("n4")},
                               {std::int64_t{6}, std::string("z")}};
    std::vector<BatchStep> steps{put, {.statement = &rename, .may_join = true}, {.statement = &rename}};
    for (const Values& row : wanted) {
        steps[1].rows.emplace_back(row);
        steps[2].rows.emplace_back(row);
    }
    database->begin();
    ASSERT_TRUE(database->run_batch(steps));
    database->commit();
    EXPECT_EQ(steps[0].touched, std::vector<std::int64_t>(20, 1));
    EXPECT_EQ(steps[1].touched, (std::vector<std::int64_t>{1, 0, 0, 1}));
    EXPECT_EQ(steps[2].touched, (std::vector<std::int64_t>{0, 0, 0, 0}));
    EXPECT_EQ(list()[1], "hòa");
    EXPECT_EQ(list()[0], "");
}

TEST_F(Postgres, ATextWithNulIsNoFault) {
    const std::string nul("a\0b", 3);
    database->begin();
    database->writer().execute(insert, Values{std::int64_t{1}, nul, Blob{}});
    database->commit();
    EXPECT_EQ(list(), std::vector<std::string>{"a\uFFFDb"});
    static constexpr Statement find{"test.find", "SELECT id FROM item WHERE name = $1"};
    EXPECT_TRUE(database->reader()->find_one(find, {nul}, [](const Row&) { return true; }));
}

TEST_F(Postgres, RefusedBatchTellsWhatItTouchedBefore) {
    const Values known{std::int64_t{1}, std::string("a"), Blob{}}, renamed{std::int64_t{1}, std::string("b")},
        again{std::int64_t{1}, std::string("c")}, unknown{std::int64_t{9}, std::string("b")};
    database->begin();
    database->writer().execute(insert, known);
    std::vector<BatchStep> steps{{.statement = &rename, .rows = {renamed, unknown, unknown}, .may_join = true},
                                 {.statement = &rename, .rows = {unknown, again}},
                                 {.statement = &insert, .rows = {known}},
                                 {.statement = &rename, .rows = {renamed}}};
    EXPECT_THROW(database->run_batch(steps), ConstraintViolation);
    database->rollback();
    EXPECT_EQ(steps[0].touched, (std::vector<std::int64_t>{1, 0, 0}));
    EXPECT_EQ(steps[1].touched, (std::vector<std::int64_t>{0, 1}));
    EXPECT_TRUE(steps[2].touched.empty());
    EXPECT_TRUE(steps[3].touched.empty());
}

TEST_F(Postgres, RefusedBatchLeavesTheConnectionUsable) {
    const Values row{std::int64_t{1}, std::string("a"), Blob{}};
    std::vector<BatchStep> steps{{.statement = &insert, .rows = {row, row, row, row}, .may_join = true},
                                 {.statement = &rename, .rows = {}}};
    const Values other{std::int64_t{1}, std::string("b")};
    steps[1].rows.emplace_back(other);
    database->begin();
    EXPECT_THROW(database->run_batch(steps), ConstraintViolation);
    EXPECT_TRUE(database->in_transaction());
    database->rollback();
    steps[0].rows.resize(1);
    database->begin();
    EXPECT_TRUE(database->run_batch(steps));
    database->commit();
    EXPECT_EQ(list(), std::vector<std::string>{"b"});
}

TEST_F(Postgres, OneProgramWritesAtATime) {
    const auto other = open(std::chrono::milliseconds{50});
    database->begin();
    try {
        other->begin();
        FAIL();
    } catch (const Fault& fault) {
        EXPECT_EQ(fault.reason(), "db.lock_timeout");
    }
    EXPECT_FALSE(other->in_transaction());
    database->commit();
    other->begin();
    other->rollback();
}

/// One row for a lane.
struct Put {
    explicit Put(std::int64_t id) : values{id, std::string("lane"), Blob{}} { step.rows.emplace_back(values); }
    Values values;
    BatchStep step{.statement = &insert};
};

TEST_F(Postgres, LanesShareTheTurnOfTheirOwnProgramOnly) {
    const auto lanes = database->lanes();
    ASSERT_EQ(lanes.size(), 3u);
    Put first(1), second(2), third(3);
    database->begin();
    database->commit();
    ASSERT_TRUE(lanes[0]->begin({&first.step, 1}));
    ASSERT_TRUE(lanes[1]->begin({&second.step, 1})) << "beside the other";
    const auto other = open(std::chrono::milliseconds{50});
    EXPECT_THROW(other->begin(), Fault) << "nobody else gets in between";
    EXPECT_TRUE(list().empty());
    EXPECT_TRUE(lanes[0]->commit());
    EXPECT_EQ(list().size(), 1u);
    EXPECT_TRUE(lanes[1]->commit());
    EXPECT_EQ(list().size(), 2u);
    other->begin();
    other->commit();
    EXPECT_FALSE(lanes[0]->begin({&third.step, 1})) << "another program had the turn";
    EXPECT_FALSE(lanes[1]->begin({&third.step, 1}));
    database->begin();
    database->commit();
    EXPECT_TRUE(lanes[1]->begin({&third.step, 1}));
    lanes[1]->rollback();
    EXPECT_EQ(list().size(), 2u);
}

TEST_F(Postgres, CommitsAreCountedThoughOthersForgotTheProgram) {
    const auto lanes = database->lanes();
    const auto forget = [&] {
        const auto other = open();
        other->writer().script("DELETE FROM writing_program");
    };
    database->begin();
    database->commit();
    forget();
    Put put(1);
    EXPECT_FALSE(lanes[0]->begin({&put.step, 1}));
    database->begin();
    database->commit();
    ASSERT_TRUE(lanes[0]->begin({&put.step, 1}));
    EXPECT_TRUE(lanes[0]->commit());
    EXPECT_TRUE(lanes[0]->was_committed());
    forget();
    database->begin();
    database->commit();
    EXPECT_TRUE(lanes[0]->was_committed());
}

TEST_F(Postgres, ALaneDoesNotWaitBehindAnotherProgram) {
    const auto lanes = database->lanes();
    database->begin();
    database->commit();
    Put first(1), second(2);
    ASSERT_TRUE(lanes[0]->begin({&first.step, 1}));
    const auto other = open();
    std::thread waiting([&] {
        other->begin();
        other->commit();
    });
    const auto refused = [&] {
        const bool begun = lanes[1]->begin({&second.step, 1});
        lanes[1]->rollback();
        return !begun;
    };
    EXPECT_TRUE(test::soon(refused)) << "the other program comes first";
    EXPECT_TRUE(lanes[0]->commit());
    waiting.join();
}

TEST_F(Postgres, ALaneKnowsWhomItHoldsUp) {
    const auto lanes = database->lanes();
    database->begin();
    database->commit();
    Put first(1), second(2);
    ASSERT_TRUE(lanes[0]->begin({&first.step, 1}));
    EXPECT_FALSE(lanes[0]->holds_up(*lanes[1]));
    std::thread waiting([&] { EXPECT_TRUE(lanes[1]->begin({&first.step, 1})); });
    EXPECT_TRUE(test::soon([&] { return lanes[0]->holds_up(*lanes[1]); }));
    lanes[0]->rollback();
    waiting.join();
    EXPECT_TRUE(lanes[1]->commit());
    EXPECT_EQ(list().size(), 1u);
}

TEST_F(Postgres, ATurnThatWasGivenUpIsNotOnesOwn) {
    const auto lanes = database->lanes();
    Put put(1);
    const auto other = open();
    other->begin();
    other->commit();
    database->begin();
    database->rollback();
    EXPECT_FALSE(lanes[0]->begin({&put.step, 1}));
}

TEST_F(Postgres, ALaneFindsOutWhatBecameOfItsCommit) {
    const auto lanes = database->lanes();
    database->begin();
    database->commit();
    Put first(1), second(2);
    ASSERT_TRUE(lanes[1]->begin({&first.step, 1}));
    EXPECT_TRUE(lanes[1]->commit());
    EXPECT_TRUE(lanes[1]->was_committed());
    ASSERT_TRUE(lanes[1]->begin({&second.step, 1}));
    lanes[1]->rollback();
    EXPECT_FALSE(lanes[1]->was_committed());
    EXPECT_EQ(list().size(), 1u);
    // The writer's own connection is the first lane; cut, it knows nothing of the turn any more.
    end_backend(database->writer());
    EXPECT_THROW(database->writer().execute(rename, Values{std::int64_t{1}, std::string("x")}), Fault);
    EXPECT_FALSE(lanes[0]->begin({&second.step, 1}));
    database->begin();
    database->commit();
    EXPECT_TRUE(lanes[0]->begin({&second.step, 1}));
    EXPECT_TRUE(lanes[0]->commit());
    EXPECT_EQ(list().size(), 2u);
}

TEST_F(Postgres, ConnectionsThatWereCutAreOpenedAgain) {
    const Lease session = database->reader();
    end_backend(*session);
    EXPECT_EQ(session->list(names, {}, [](const Row&) { return 0; }).size(), 0u);
    end_backend(*session);
    {
        const Snapshot snapshot(*session);
        EXPECT_EQ(session->list(names, {}, [](const Row&) { return 0; }).size(), 0u);
    }
    end_backend(database->writer());
    database->begin();
    database->writer().execute(insert, Values{std::int64_t{1}, std::string("a"), Blob{}});
    database->commit();
    EXPECT_EQ(list().size(), 1u);
}

TEST_F(Postgres, TransactionThatWasCutLeavesNothing) {
    database->begin();
    database->writer().execute(insert, Values{std::int64_t{1}, std::string("a"), Blob{}});
    const auto pid = *database->writer().find_one(backend, {}, [](const Row& row) { return row.int64(0); });
    const auto other = open(std::chrono::milliseconds{50});
    other->reader()->find_one(Statement{"test.end", fmt::format("SELECT pg_terminate_backend({})", pid)}, {},
                              [](const Row&) { return 0; });
    EXPECT_THROW(database->commit(), Fault);
    EXPECT_FALSE(database->in_transaction());
    EXPECT_TRUE(list().empty());
    database->begin();
    database->rollback();
}

TEST_F(Postgres, MigrationsCanBeTried) {
    std::size_t told = 0;
    const auto tried = try_migrations(*database, [&](const Migration&, std::chrono::milliseconds) { ++told; });
    ASSERT_TRUE(tried);
    EXPECT_EQ(told, embedded_migrations("postgres").size());
    EXPECT_EQ(list_missing_migrations(*database, embedded_migrations("postgres"))->size(), told) << "nothing stays";
}

TEST_F(Postgres, ServersThatStartTogetherMigrateOnce) {
    std::vector<std::future<std::size_t>> servers;
    for (int i = 0; i < 4; ++i)
        servers.push_back(std::async(std::launch::async, [&] { return migrate(*open(), Instant{}).value().size(); }));
    std::size_t applied = 0;
    for (auto& server : servers) applied += server.get();
    EXPECT_EQ(applied, embedded_migrations("postgres").size());
}

/// Tables, keys and unique indexes of the shipped schema.
class Schema : public Postgres {
  protected:
    void SetUp() override {
        Postgres::SetUp();
        if (!database) return;
        ASSERT_TRUE(migrate(*database, Instant{}));
    }
    static constexpr Statement comments{"test.comments", R"(
        SELECT CAST(c.relname AS text), coalesce(obj_description(c.oid), '') FROM pg_class c
        WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind = 'r' ORDER BY 1)"};
    static constexpr Statement unique_keys{"test.unique_keys", R"(
        SELECT CAST(t.relname AS text), CAST(i.relname AS text), CAST(a.attname AS text)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey)
        WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND x.indisunique)"};
    static constexpr Statement columns{"test.columns", R"(
        SELECT CAST(c.relname AS text), CAST(a.attname AS text), format_type(a.atttypid, a.atttypmod),
               coalesce(CAST((SELECT l.collname FROM pg_collation l WHERE l.oid = a.attcollation) AS text), ''),
               a.attnotnull
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0
          AND NOT a.attisdropped)"};

    /// What breaks the rule, sentences.
    std::vector<std::string> broken() {
        std::vector<std::string> wrong;
        std::map<std::string, std::string> kinds;
        const Lease session = database->reader();
        session->each(comments, {}, [&](const Row& row) {
            const std::string table(row.text(0)), comment(row.text(1));
            if (table == "migration" || table == "item") return;
            if (!comment.starts_with("distribution: "))
                wrong.push_back(table + " has no COMMENT 'distribution: COLUMN', 'reference' or 'local'");
            else
                kinds[table] = comment.substr(14);
        });
        std::map<std::string, std::set<std::string>> of_table;
        std::set<std::string> of_a_dossier;
        session->each(columns, {}, [&](const Row& row) {
            const std::string table(row.text(0)), column(row.text(1)), type(row.text(2));
            if (!kinds.contains(table)) return;
            of_table[table].insert(column);
            // Where it may be missing, it only refers to one.
            if (column == "dossier_id" && row.int64(4) != 0) of_a_dossier.insert(table);
            if (type == "text" && row.text(3) != "C") wrong.push_back(table + "." + column + " lacks COLLATE \"C\"");
            if (type != "text" && type != "bigint" && type != "bytea" && type != "double precision")
                wrong.push_back(table + "." + column + " is " + type);
        });
        std::map<std::pair<std::string, std::string>, std::set<std::string>> keys;
        session->each(unique_keys, {}, [&](const Row& row) {
            keys[{std::string(row.text(0)), std::string(row.text(1))}].insert(std::string(row.text(2)));
        });
        for (const auto& [table, kind] : kinds) {
            if (of_a_dossier.contains(table) && kind != "dossier_id")
                wrong.push_back(table + " has dossier_id and is spread by " + kind);
            if (kind == "reference" || kind == "local") continue;
            if (!of_table[table].contains(kind)) wrong.push_back(table + " has no column " + kind);
            bool has_key = false;
            for (const auto& [key, members] : keys) {
                if (key.first != table) continue;
                has_key = true;
                if (!members.contains(kind)) wrong.push_back(key.second + " does not hold " + kind);
            }
            if (!has_key) wrong.push_back(table + " has no key");
        }
        return wrong;
    }
    std::vector<std::string> broken_by(const std::string& change) {
        database->begin();
        database->writer().script(change);
        database->commit();
        return broken();
    }
};

TEST_F(Schema, KeysOfADossiersTablesHoldItsId) { EXPECT_EQ(broken(), std::vector<std::string>{}); }

TEST_F(Schema, ATableKeyOrIndexThatBreaksTheRuleIsNamed) {
    EXPECT_EQ(broken_by("CREATE UNIQUE INDEX task_name ON task (name)"),
              std::vector<std::string>{"task_name does not hold dossier_id"});
    EXPECT_EQ(broken_by("DROP INDEX task_name; CREATE TABLE fee (id BIGINT PRIMARY KEY, dossier_id BIGINT NOT NULL);"
                        "COMMENT ON TABLE fee IS 'distribution: dossier_id'"),
              std::vector<std::string>{"fee_pkey does not hold dossier_id"});
    EXPECT_EQ(broken_by("COMMENT ON TABLE fee IS 'distribution: reference'"),
              std::vector<std::string>{"fee has dossier_id and is spread by reference"});
    EXPECT_EQ(broken_by("COMMENT ON TABLE fee IS NULL"),
              std::vector<std::string>{"fee has no COMMENT 'distribution: COLUMN', 'reference' or 'local'"});
    EXPECT_EQ(broken_by("DROP TABLE fee; ALTER TABLE task ADD note TEXT"),
              std::vector<std::string>{"task.note lacks COLLATE \"C\""});
}

TEST_F(Schema, ACodeBelongsToOneDossier) {
    static constexpr Statement put{
        "test.dossier",
        "INSERT INTO dossier (id, version, last_event, status, code, procedure, channel, state)"
        " VALUES ($1, 1, 1, 1, $2, 'p', 1, '{}')"};
    static constexpr Statement recode{"test.recode", "UPDATE dossier SET code = $2 WHERE id = $1"};
    database->begin();
    WriteSession& session = database->writer();
    session.execute(put, Values{std::int64_t{1}, std::string("A")});
    session.execute(put, Values{std::int64_t{2}, std::monostate{}});
    session.execute(recode, Values{std::int64_t{1}, std::string("B")});
    session.execute(recode, Values{std::int64_t{2}, std::string("A")});
    EXPECT_THROW(session.execute(put, Values{std::int64_t{3}, std::string("B")}), ConstraintViolation);
    database->rollback();
}

}  // namespace
}  // namespace motcua::db
