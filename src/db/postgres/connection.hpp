// One libpq connection: prepared statements kept by their text's address, SQLSTATEs turned into ConstraintViolation,
// Fault or a failed CHECK, and batches of statements in one round trip (run). Used by one thread at a time; private to
// db/postgres.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

#include "db/db.hpp"

namespace motcua::db::postgres {

enum class Access { read, write };

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

/// What a connection is opened with.
struct ConnectionSettings {
    std::string url;
    std::chrono::milliseconds statement_timeout{};
    std::chrono::milliseconds lock_timeout{};
    std::chrono::milliseconds connect_timeout{};
};

/// The values of one run in libpq's form; text and bytes point into the values, which outlive it.
class Parameters {
  public:
    explicit Parameters(std::span<const Value> values);
    int count() const { return static_cast<int>(pointers_.size()); }
    const char* const* pointers() const { return pointers_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

  private:
    std::vector<std::string> texts_;
    std::vector<const char*> pointers_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

class Connection final : public WriteSession {
  public:
    /// Throws Fault "db.unavailable".
    Connection(ConnectionSettings settings, Access access);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void each(const Statement& statement, std::span<const Value> values, const RowSink& sink) override;
    void each_of(const Statement& statement, std::span<const Values> sets, const PlacedRowSink& sink) override;
    bool is_shared() const override { return true; }
    void begin_snapshot() override;
    void end_snapshot() override;
    std::int64_t execute(const Statement& statement, std::span<const Value> values) override;
    using WriteSession::execute;
    void script(std::string_view sql) override;

    /// All steps in order in one round trip (PostgreSQL's pipeline); a step of several rows becomes one statement over
    /// arrays where its form allows it. The first error ends it and is thrown; the transaction is spoilt then.
    void run(std::span<BatchStep> steps) { run(steps, {}); }
    /// The same for two lists of steps, one after the other.
    void run(std::span<BatchStep> first, std::span<BatchStep> then);

    /// Also after an error that is libpq's own, not the server's: it may have come before libpq itself has noticed.
    bool is_broken() const { return !handle_ || lost_ || PQstatus(handle_) != CONNECTION_OK; }
    /// The server's number of this connection's process. Any thread may ask.
    int backend() const { return backend_; }
    /// In a transaction, also in one that an error has spoilt.
    bool in_transaction() const;
    /// Closes and opens again, with nothing prepared. Throws Fault "db.unavailable".
    void reopen();
    /// Statements of the port's own, without parameters; results as text.
    ResultPtr exec(const char* sql);

  private:
    struct Prepared {
        std::string sql;
        std::string name;
        std::size_t values_needed = 0;
        // Of the form over arrays; empty until it was asked for, or when there is none.
        std::string set_name;
        std::vector<Oid> types;  // of the parameters, as the server sees them
        bool set_tried = false;
        bool returns_place = false;  // UPDATE and DELETE tell which rows of the arrays they found
    };

    void open();
    void close();
    Prepared& cached(const Statement& statement, std::span<const Value> values);
    void check_snapshot_age(const Statement& statement) const;
    void prepare_set(Prepared& prepared, const Statement& statement);
    ResultPtr run_prepared(const Statement& statement, std::span<const Value> values);
    ResultPtr run_once(const Statement& statement, std::span<const Value> values);
    void check(PGresult* result, std::string_view doing);
    [[noreturn]] void lose(std::string_view doing);
    void prepare_step(const BatchStep& step);
    void send_step(const BatchStep& step);
    void read_step(BatchStep& step);
    ResultPtr next_result(std::string_view doing);
    void leave_pipeline();
    bool is_joined(const BatchStep& step) const;

    const ConnectionSettings settings_;
    const Access access_;
    PGconn* handle_ = nullptr;
    bool lost_ = false;  // until it is opened again
    std::atomic<int> backend_{0};
    std::unordered_map<const char*, Prepared> prepared_;
    std::int64_t names_ = 0;
    bool in_snapshot_ = false;
    std::chrono::steady_clock::time_point snapshot_deadline_{};
};

/// SQLSTATE of 1 / 0: how a statement of the port's own ends a pipeline before what follows it, as Fault "db.guard".
inline constexpr std::string_view guard_failed = "22012";

/// Throws what the result's SQLSTATE means.
[[noreturn]] void raise_postgres(std::string_view sqlstate, const std::string& text);

}  // namespace motcua::db::postgres
