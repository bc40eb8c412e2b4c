// The PostgreSQL Database: the writer, its turn among the servers, and the pool of readers.
#include <algorithm>
#include <thread>

#include "base/check.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/postgres.hpp"
#include "db/reader_pool.hpp"

namespace motcua::db {

namespace {

using postgres::Access;
using postgres::Connection;

// What each writing program last committed, by its number: how it finds out about a commit whose answer was lost.
// Neither the transaction's id nor its status tells that: after a crash an id can be given out again.
constexpr const char* make_table = R"(
    CREATE TABLE IF NOT EXISTS writing_program (
        id      BIGINT PRIMARY KEY,
        commits BIGINT NOT NULL,
        at      BIGINT NOT NULL  -- milliseconds since 1970, UTC
    ) WITH (fillfactor = 20);
    COMMENT ON TABLE writing_program IS 'distribution: local';)";
constexpr const char* forget_programs =
    "; DELETE FROM writing_program WHERE at < CAST(extract(epoch FROM now()) AS bigint) * 1000 - 2592000000";
constexpr auto resolve_pause = std::chrono::milliseconds{100};

class PostgresDatabase final : public Database {
  public:
    PostgresDatabase(const std::string& url, PostgresOptions options)
        : options_(options),
          read_settings_{url, options.read_timeout, options.lock_timeout, options.connect_timeout},
          writer_({url, options.write_timeout, options.lock_timeout, options.connect_timeout}, Access::write),
          readers_(options.readers_max, [this] { return std::make_unique<Connection>(read_settings_, Access::read); }) {
        // One turn a schema: other installations in the same database are none of our business. The program's own
        // number is the lower half of a UUID: random enough.
        const auto numbers = writer_.exec(
            "SELECT hashtextextended('motcua ' || current_schema(), 0), hashtextextended(CAST(gen_random_uuid() AS "
            "text), 0),"
            " to_regclass('writing_program') IS NULL");
        turn_ = fmt::format("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({})",
                            PQgetvalue(numbers.get(), 0, 0));
        program_ = PQgetvalue(numbers.get(), 0, 1);
        if (std::string_view(PQgetvalue(numbers.get(), 0, 2)) == "t") {
            writer_.exec(turn_.c_str());
            writer_.exec(make_table);
            writer_.exec("COMMIT");
        }
    }

    std::string_view dialect() const override { return "postgres"; }
    bool is_shared() const override { return true; }

    Lease reader() override { return with_field_keys(readers_.lend()); }

    DatabaseStats stats() const override {
        DatabaseStats stats;
        readers_.count(stats);
        return stats;
    }

    WriteSession& writer() override { return writer_; }

    void begin() override {
        const auto start = [this] {
            const bool first = ++commits_ == 1;
            writer_.exec(
                fmt::format("{}; INSERT INTO writing_program (id, commits, at) VALUES ({}, {}, CAST(extract(epoch "
                            "FROM now()) AS bigint) * 1000) ON CONFLICT (id) DO UPDATE SET commits = "
                            "excluded.commits, at = excluded.at{}",
                            turn_, program_, commits_, first ? forget_programs : "")
                    .c_str());
        };
        if (writer_.is_broken()) writer_.reopen();
        if (writer_.in_transaction()) rollback();
        try {
            start();
        } catch (const Fault&) {
            if (!writer_.is_broken()) {
                rollback();
                throw;
            }
            // The server was started anew since the last use.
            writer_.reopen();
            start();
        }
    }

    void commit() override {
        try {
            const auto result = writer_.exec("COMMIT");
            CHECK(std::string_view(PQcmdStatus(result.get())) == "COMMIT", "a spoilt transaction was committed");
        } catch (const Fault&) {
            if (!writer_.is_broken()) throw;
            if (!was_committed()) throw;
        }
    }

    void rollback() override {
        if (!writer_.in_transaction()) return;
        try {
            writer_.exec("ROLLBACK");
        } catch (const Fault&) {
            if (!writer_.is_broken()) throw;  // gone with its connection, the transaction is undone
        }
    }

    void savepoint() override { writer_.exec("SAVEPOINT write_set"); }
    void release_savepoint() override { writer_.exec("RELEASE write_set"); }
    void rollback_to_savepoint() override { writer_.exec("ROLLBACK TO write_set"); }
    bool in_transaction() const override { return writer_.in_transaction(); }
    bool refusal_spoils() const override { return true; }

    bool run_batch(std::span<BatchStep> steps) override {
        writer_.run(steps);
        return true;
    }

  private:
    /// Asks a server that answers again what became of the transaction whose COMMIT got no answer.
    bool was_committed() {
        const auto give_up = std::chrono::steady_clock::now() + options_.resolve_timeout;
        const std::string question = fmt::format("SELECT commits FROM writing_program WHERE id = {}", program_);
        for (;; std::this_thread::sleep_for(resolve_pause)) {
            try {
                if (writer_.is_broken()) writer_.reopen();
                rollback();
                // Whoever has the turn knows that the transaction has ended, one way or the other.
                writer_.exec(turn_.c_str());
                const auto answer = writer_.exec(question.c_str());
                const bool known = PQntuples(answer.get()) == 1;
                const bool committed = known && std::to_string(commits_) == PQgetvalue(answer.get(), 0, 0);
                rollback();
                return committed;
            } catch (const Fault&) {
                // Not there yet, or not there any more.
                if (std::chrono::steady_clock::now() > give_up) break;
            }
        }
        throw Fault("db.outcome_unknown", fmt::format("what became of commit {} is not known", commits_));
    }

    const PostgresOptions options_;
    const postgres::ConnectionSettings read_settings_;
    Connection writer_;
    std::string turn_;     // begins a transaction and waits for its turn
    std::string program_;  // our row in writing_program
    std::int64_t commits_ = 0;
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
