// The PostgreSQL Database: the writer, its turn among the servers, and the pool of readers.
#include <algorithm>
#include <thread>

#include "base/check.hpp"
#include "db/lane.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/postgres.hpp"
#include "db/reader_pool.hpp"

namespace motcua::db {

namespace {

using postgres::Access;
using postgres::Connection;

// What each writing program last committed, by its number: how it finds out about a commit whose answer was lost.
// Neither the transaction's id nor its status tells that: after a crash an id can be given out again. And who had the
// turn to write last: that program may write on in several transactions at once.
constexpr const char* make_tables = R"(
    CREATE TABLE IF NOT EXISTS writing_program (
        id      BIGINT PRIMARY KEY,
        commits BIGINT NOT NULL,
        at      BIGINT NOT NULL  -- milliseconds since 1970, UTC
    ) WITH (fillfactor = 20);
    COMMENT ON TABLE writing_program IS 'distribution: local';
    CREATE TABLE IF NOT EXISTS writing_turn (
        id      BIGINT PRIMARY KEY,  -- 1: there is one row
        program BIGINT NOT NULL
    ) WITH (fillfactor = 20);
    COMMENT ON TABLE writing_turn IS 'distribution: local';
    INSERT INTO writing_turn (id, program) VALUES (1, 0) ON CONFLICT (id) DO NOTHING;)";

// The turn is an advisory lock of the schema, held to the end of the transaction. Whoever takes it alone writes its
// name down; whoever finds its own name there may share it with itself.
constexpr Statement begin_transaction{"postgres.begin", "BEGIN ISOLATION LEVEL READ COMMITTED"};
constexpr Statement take_turn{"postgres.take_turn", "SELECT pg_advisory_xact_lock($1)"};
// Never waits: a lane that waited behind another program would wait for a lane that is to commit after it.
constexpr Statement share_turn{"postgres.share_turn",
                               "SELECT 1 / CAST(pg_try_advisory_xact_lock_shared($1) AS integer)"};
constexpr Statement holds_up_other{"postgres.holds_up",
                                   "SELECT pg_backend_pid() = ANY (pg_blocking_pids(CAST($1 AS integer)))"};
constexpr Statement own_turn{"postgres.own_turn",
                             "UPDATE writing_turn SET program = $1 WHERE id = 1 AND program <> $1"};
constexpr Statement guard_turn{"postgres.guard_turn",
                               "SELECT 1 / count(*) FROM writing_turn WHERE id = 1 AND program = $1"};
constexpr Statement count_commit{"postgres.count_commit", R"(
    UPDATE writing_program SET commits = $2, at = CAST(extract(epoch FROM now()) AS bigint) * 1000 WHERE id = $1)"};
constexpr Statement count_first_commit{"postgres.count_first_commit", R"(
    INSERT INTO writing_program (id, commits, at) VALUES ($1, $2, CAST(extract(epoch FROM now()) AS bigint) * 1000)
    ON CONFLICT (id) DO UPDATE SET commits = excluded.commits, at = excluded.at)"};
constexpr Statement select_commits{"postgres.select_commits", "SELECT commits FROM writing_program WHERE id = $1"};
constexpr Statement forget_programs{
    "postgres.forget_programs",
    "DELETE FROM writing_program WHERE at < CAST(extract(epoch FROM now()) AS bigint) * 1000 - 2592000000"};
/// Two write rows while a third waits for its commit.
constexpr std::size_t lanes_max = 3;
constexpr auto resolve_pause = std::chrono::milliseconds{100};

/// A connection that writes, with its own count of commits.
class Writer final : public Lane {
  public:
    Writer(postgres::ConnectionSettings settings, std::chrono::milliseconds resolve_timeout)
        : connection_(std::move(settings), Access::write), resolve_timeout_(resolve_timeout) {
        const auto made = connection_.exec(
            "SELECT hashtextextended('motcua ' || current_schema(), 0), hashtextextended(CAST(gen_random_uuid() AS "
            "text), 0), to_regclass('writing_turn') IS NULL");
        // One turn a schema: other installations in the same database are none of our business. The number of its own
        // is the lower half of a UUID: random enough.
        const auto number = [&](int column) { return std::stoll(PQgetvalue(made.get(), 0, column)); };
        turn_ = {std::int64_t{number(0)}};
        number_ = {std::int64_t{number(1)}};
        owner_ = number_;
        lacks_tables_ = std::string_view(PQgetvalue(made.get(), 0, 2)) == "t";
    }

    Connection& connection() { return connection_; }
    bool in_transaction() const { return connection_.in_transaction(); }
    bool lacks_tables() const { return lacks_tables_; }
    const Values& number() const { return number_; }
    /// The program's name in writing_turn: one for all of its connections.
    void set_owner(const Values& owner) { owner_ = owner; }

    /// Waits for the turn and begins a transaction with it; `then` is run in the same round trip.
    void take_turn_alone(std::span<BatchStep> then) {
        const bool first = commits_ == 0;
        if (connection_.is_broken()) connection_.reopen();
        rollback();
        try {
            start_alone(first, then);
            return;
        } catch (const Fault&) {
            if (!connection_.is_broken()) {
                rollback();
                throw;
            }
        }
        // The server was started anew since the last use.
        connection_.reopen();
        start_alone(first, then);
    }

    /// In a transaction of its own.
    void make_own_tables() {
        connection_.exec(
            fmt::format("BEGIN; SELECT pg_advisory_xact_lock({})", std::get<std::int64_t>(turn_[0])).c_str());
        connection_.exec(make_tables);
        connection_.exec("COMMIT");
    }

    bool begin(std::span<BatchStep> steps) override {
        // On a new connection nothing is known of what happened meanwhile, not even that it is the same server.
        if (connection_.is_broken()) return false;
        rollback();
        try {
            std::vector<BatchStep> first = begin_steps(share_turn);
            first.insert(first.begin() + 2, {.statement = &guard_turn, .rows = {owner_}});
            connection_.run(first, steps);
            if (is_counted(first)) return true;
        } catch (const Fault& fault) {
            if (fault.reason() != "db.guard" && !connection_.is_broken()) throw;
        }
        rollback();
        return false;
    }

    bool commit() override {
        try {
            const auto result = connection_.exec("COMMIT");
            CHECK(std::string_view(PQcmdStatus(result.get())) == "COMMIT", "a spoilt transaction was committed");
            has_row_ = true;
            return true;
        } catch (const Fault&) {
            if (!connection_.is_broken()) throw;
            return false;
        }
    }

    void rollback() override {
        if (!connection_.in_transaction()) return;
        try {
            connection_.exec("ROLLBACK");
        } catch (const Fault&) {
            if (!connection_.is_broken()) throw;  // gone with its connection, the transaction is undone
        }
    }

    bool holds_up(const Lane& other) override {
        try {
            const std::int64_t backend = dynamic_cast<const Writer&>(other).connection_.backend();
            return connection_.find_one(holds_up_other, Values{backend}, [](const Row& row) { return row.int64(0); }) !=
                   0;
        } catch (const Fault&) {
            return true;
        }
    }

    bool was_committed() override {
        const auto give_up = std::chrono::steady_clock::now() + resolve_timeout_;
        for (;; std::this_thread::sleep_for(resolve_pause)) {
            try {
                if (connection_.is_broken()) connection_.reopen();
                rollback();
                // Whoever has the turn alone knows that the transaction has ended, one way or the other.
                std::vector<BatchStep> steps{{.statement = &begin_transaction, .rows = {no_values_}},
                                             {.statement = &take_turn, .rows = {turn_}}};
                connection_.run(steps);
                const bool committed = connection_.find_one(select_commits, number_, [&](const Row& row) {
                    return row.int64(0) == commits_;
                }) == true;
                rollback();
                return committed;
            } catch (const Fault&) {
                // Not there yet, or not there any more.
                if (std::chrono::steady_clock::now() > give_up) break;
            }
        }
        throw Fault("db.outcome_unknown", fmt::format("what became of commit {} is not known", commits_));
    }

  private:
    void start_alone(bool first, std::span<BatchStep> then) {
        for (;;) {
            std::vector<BatchStep> steps = begin_steps(take_turn);
            steps.push_back({.statement = &own_turn, .rows = {owner_}});
            if (first) steps.push_back({.statement = &forget_programs, .rows = {no_values_}});
            connection_.run(steps, then);
            if (is_counted(steps)) return;
            rollback();
        }
    }

    std::vector<BatchStep> begin_steps(const Statement& turn) {
        counted_ = {number_[0], ++commits_};
        return {{.statement = &begin_transaction, .rows = {no_values_}},
                {.statement = &turn, .rows = {turn_}},
                {.statement = has_row_ ? &count_commit : &count_first_commit, .rows = {counted_}}};
    }

    /// Of steps that have run. False: our row is gone, after a month of silence or on a standby that took over.
    bool is_counted(std::span<const BatchStep> steps) {
        const auto count = std::ranges::find(steps, &count_commit, &BatchStep::statement);
        if (count == steps.end() || count->touched.front() == 1) return true;
        has_row_ = false;
        return false;
    }

    Connection connection_;
    const std::chrono::milliseconds resolve_timeout_;
    Values turn_;    // number of the lock
    Values number_;  // our row in writing_program
    Values owner_;
    Values counted_;
    const Values no_values_;
    std::int64_t commits_ = 0;
    bool has_row_ = false;  // in writing_program
    bool lacks_tables_ = false;
};

class PostgresDatabase final : public Database {
  public:
    PostgresDatabase(const std::string& url, PostgresOptions options)
        : read_settings_{url, options.read_timeout, options.lock_timeout, options.connect_timeout},
          write_settings_{url, options.write_timeout, options.lock_timeout, options.connect_timeout},
          resolve_timeout_(options.resolve_timeout),
          writer_(write_settings_, resolve_timeout_),
          readers_(options.readers_max, [this] { return std::make_unique<Connection>(read_settings_, Access::read); }) {
        if (writer_.lacks_tables()) writer_.make_own_tables();
    }

    std::string_view dialect() const override { return "postgres"; }
    bool is_shared() const override { return true; }

    Lease reader() override { return with_field_keys(readers_.lend()); }

    DatabaseStats stats() const override {
        DatabaseStats stats;
        readers_.count(stats);
        return stats;
    }

    WriteSession& writer() override { return writer_.connection(); }

    void begin() override { writer_.take_turn_alone({}); }
    void begin_with(const Statement& query, const Session::RowSink& sink) override {
        const Values no_values;
        BatchStep step{
            .statement = &query, .rows = {no_values}, .sink = [&](std::size_t, const Row& row) { sink(row); }};
        writer_.take_turn_alone({&step, 1});
    }
    void commit() override {
        if (!writer_.commit() && !writer_.was_committed())
            throw Fault("db.unavailable", "the connection was lost before the commit");
    }
    void rollback() override { writer_.rollback(); }
    void savepoint() override { writer_.connection().exec("SAVEPOINT write_set"); }
    void release_savepoint() override { writer_.connection().exec("RELEASE write_set"); }
    void rollback_to_savepoint() override { writer_.connection().exec("ROLLBACK TO write_set"); }
    bool in_transaction() const override { return writer_.in_transaction(); }
    bool refusal_spoils() const override { return true; }

    bool run_batch(std::span<BatchStep> steps) override {
        writer_.connection().run(steps);
        return true;
    }

    std::vector<Lane*> lanes() override {
        std::vector<Lane*> lanes{&writer_};
        while (more_lanes_.size() + 1 < lanes_max) {
            more_lanes_.push_back(std::make_unique<Writer>(write_settings_, resolve_timeout_));
            more_lanes_.back()->set_owner(writer_.number());
        }
        for (const auto& lane : more_lanes_) lanes.push_back(lane.get());
        return lanes;
    }

  private:
    const postgres::ConnectionSettings read_settings_;
    const postgres::ConnectionSettings write_settings_;
    const std::chrono::milliseconds resolve_timeout_;
    Writer writer_;
    std::vector<std::unique_ptr<Writer>> more_lanes_;  // made for a committer
    ReaderPool<Connection> readers_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(const std::string& url, PostgresOptions options) {
    return std::make_unique<PostgresDatabase>(url, options);
}

bool is_postgres_url(std::string_view text) {
    return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

std::string without_password(std::string_view url) {
    std::string shown(url);
    // scheme://user:password@host… and …?password=… (libpq takes both).
    if (const std::size_t scheme = shown.find("://"); scheme != std::string::npos) {
        const std::size_t end = std::min(shown.find_first_of("/?", scheme + 3), shown.size());
        const std::size_t at = shown.rfind('@', end);
        const std::size_t colon = shown.find(':', scheme + 3);
        if (at != std::string::npos && at > scheme && colon < at) shown.replace(colon + 1, at - colon - 1, "***");
    }
    for (std::size_t found = shown.find("password="); found != std::string::npos;
         found = shown.find("password=", found)) {
        found += 9;
        shown.replace(found, std::min(shown.find('&', found), shown.size()) - found, "***");
    }
    return shown;
}

}  // namespace motcua::db
