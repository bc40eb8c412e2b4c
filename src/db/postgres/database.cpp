// The PostgreSQL Database: the writer, its turn among the servers, and the pool of readers.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/postgres.hpp"

namespace motcua::db {

namespace {

using postgres::Access;
using postgres::Connection;

constexpr auto reader_wait_max = std::chrono::seconds{10};
constexpr auto resolve_pause = std::chrono::milliseconds{100};

class PostgresDatabase final : public Database {
  public:
    PostgresDatabase(const std::string& url, PostgresOptions options)
        : options_(options),
          read_settings_{url, options.read_timeout, options.lock_timeout, options.connect_timeout},
          writer_({url, options.write_timeout, options.lock_timeout, options.connect_timeout}, Access::write) {
        CHECK(options_.readers_max > 0);
        // One turn a schema: other installations in the same database are none of our business.
        const auto key = writer_.exec("SELECT hashtextextended('motcua ' || current_schema(), 0)");
        begin_ = fmt::format(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({}); SELECT pg_current_xact_id()",
            PQgetvalue(key.get(), 0, 0));
    }

    ~PostgresDatabase() override {
        const std::lock_guard lock(mutex_);
        idle_.clear();
    }

    std::string_view dialect() const override { return "postgres"; }
    bool is_shared() const override { return true; }

    Lease reader() override {
        std::unique_lock lock(mutex_);
        const auto available = [this] { return !idle_.empty() || readers_open_ < options_.readers_max; };
        if (!freed_.wait_for(lock, reader_wait_max, available)) {
            throw Fault("db.readers_busy", fmt::format("all {} readers were lent out for {} s", options_.readers_max,
                                                       reader_wait_max.count()));
        }
        std::unique_ptr<Connection> connection;
        if (!idle_.empty()) {
            connection = std::move(idle_.back());
            idle_.pop_back();
        } else {
            ++readers_open_;
            lock.unlock();
            try {
                connection = std::make_unique<Connection>(read_settings_, Access::read);
            } catch (...) {
                lock.lock();
                --readers_open_;
                freed_.notify_one();
                throw;
            }
        }
        Session& session = *connection.release();
        return Lease(session, [this](Session& lent) {
            std::unique_ptr<Connection> back(static_cast<Connection*>(&lent));
            const std::lock_guard give_back(mutex_);
            idle_.push_back(std::move(back));
            freed_.notify_one();
        });
    }

    DatabaseStats stats() const override {
        const std::lock_guard lock(mutex_);
        DatabaseStats stats;
        stats.readers_open = readers_open_;
        stats.readers_lent = readers_open_ - static_cast<int>(idle_.size());
        return stats;
    }

    WriteSession& writer() override { return writer_; }

    void begin() override {
        const auto start = [this] {
            const auto id = writer_.exec(begin_.c_str());
            transaction_ = PQgetvalue(id.get(), 0, 0);
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
        const std::string id = std::exchange(transaction_, {});
        try {
            const auto result = writer_.exec("COMMIT");
            CHECK(std::string_view(PQcmdStatus(result.get())) == "COMMIT", "a spoilt transaction was committed");
        } catch (const Fault& fault) {
            if (!writer_.is_broken()) throw;
            if (!was_committed(id)) throw;
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
    /// Asks a server that answers again what became of a transaction whose COMMIT got no answer.
    bool was_committed(const std::string& id) {
        const auto give_up = std::chrono::steady_clock::now() + options_.resolve_timeout;
        const std::string question = fmt::format("SELECT pg_xact_status('{}')", id);
        for (;; std::this_thread::sleep_for(resolve_pause)) {
            try {
                if (writer_.is_broken()) writer_.reopen();
                const auto answer = writer_.exec(question.c_str());
                const std::string_view status = PQgetvalue(answer.get(), 0, 0);
                if (status == "committed") return true;
                if (status == "aborted") return false;
                // "in progress": its process has not yet noticed that nobody listens.
                if (status.empty()) break;
            } catch (const CheckFailure&) {
                break;  // a server that never heard of it: not the one we wrote to
            } catch (const Fault&) {
                // Not there yet.
            }
            if (std::chrono::steady_clock::now() > give_up) break;
        }
        throw Fault("db.outcome_unknown", fmt::format("what became of transaction {} is not known", id));
    }

    const PostgresOptions options_;
    const postgres::ConnectionSettings read_settings_;
    Connection writer_;
    std::string begin_;
    std::string transaction_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;
    int readers_open_ = 0;
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
