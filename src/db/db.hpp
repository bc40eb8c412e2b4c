// The database port: what the program asks of SQLite (db/sqlite) and PostgreSQL (db/postgres).
// Owns values, named statements, sessions. Leaves out transactions of many commands (ledger/committer.hpp) and schema
// versions (db/migrate.hpp). One DML text serves both databases: `$1` parameters, CAST(x AS t), no dialect words.
// A refusal that a user can cause never surfaces here; a broken database throws Fault ("db.unavailable",
// "db.disk_full", "db.corrupt"), a wrong statement fails a CHECK.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace motcua {
class FieldKeys;
}

namespace motcua::db {

struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const = default;
};

/// NULL, integer, real, text (UTF-8) or bytes.
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;
using Values = std::vector<Value>;

/// A named statement. Lives in static storage beside the row mapping in `*_rows.cpp`; its address is the key of the
/// prepared-statement cache. The name appears in metrics and logs.
struct Statement {
    std::string_view name;
    std::string_view sql;
};

/// One row during a query; text and blob views live until the next row. Columns count from 0.
class Row {
  public:
    virtual ~Row() = default;
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t int64(int column) const = 0;  // 0 when NULL
    virtual double real(int column) const = 0;
    virtual std::string_view text(int column) const = 0;  // also blobs; empty when NULL

    std::optional<std::int64_t> find_int64(int column) const {
        return is_null(column) ? std::nullopt : std::optional(int64(column));
    }
    std::optional<std::string> find_text(int column) const {
        return is_null(column) ? std::nullopt : std::optional(std::string(text(column)));
    }
};

/// A connection that reads; each statement sees the last committed state. Used by one thread at a time.
class Session {
  public:
    using RowSink = std::function<void(const Row&)>;
    using PlacedRowSink = std::function<void(std::size_t place, const Row&)>;

    virtual ~Session() = default;
    /// Calls `sink` for each row, in order.
    virtual void each(const Statement& statement, std::span<const Value> values, const RowSink& sink) = 0;
    /// The statement once for each set of values, in order, with as few round trips as the database allows; `sink` also
    /// gets the place of the set, from 0.
    virtual void each_of(const Statement& statement, std::span<const Values> sets, const PlacedRowSink& sink) {
        for (std::size_t place = 0; place < sets.size(); ++place)
            each(statement, sets[place], [&](const Row& row) { sink(place, row); });
    }
    /// Of a shared database: what was remembered of rows may be old.
    virtual bool is_shared() const { return false; }
    // Used through Snapshot.
    virtual void begin_snapshot() = 0;
    virtual void end_snapshot() = 0;

    /// What seals and opens the personal values of the rows; a CHECK when the database was given none.
    FieldKeys& field_keys() const;
    bool has_field_keys() const { return field_keys_ != nullptr; }
    /// Of its database, which outlives the session.
    void use_field_keys(FieldKeys* keys) { field_keys_ = keys; }
    /// A personal value as stored, in plain text; `context` as it was sealed for. Faults of FieldKeys::open.
    std::string open_field(std::string_view value, std::string_view context) const;

    template <class Mapper>
    auto find_one(const Statement& statement, const Values& values, Mapper&& mapper)
        -> std::optional<decltype(mapper(std::declval<const Row&>()))> {
        std::optional<decltype(mapper(std::declval<const Row&>()))> found;
        each(statement, values, [&](const Row& row) {
            if (!found) found.emplace(mapper(row));
        });
        return found;
    }
    template <class Mapper>
    auto list(const Statement& statement, const Values& values, Mapper&& mapper)
        -> std::vector<decltype(mapper(std::declval<const Row&>()))> {
        std::vector<decltype(mapper(std::declval<const Row&>()))> rows;
        each(statement, values, [&](const Row& row) { rows.push_back(mapper(row)); });
        return rows;
    }

  private:
    FieldKeys* field_keys_ = nullptr;
};

/// While it lives, all statements of a reading session see one and the same committed state: for answers put together
/// from several tables. Keep it short: the database's limit for one statement counts for all of it. Not nested. On the
/// writing session it does nothing, for that is in a transaction anyway.
class Snapshot {
  public:
    explicit Snapshot(Session& session) : session_(session) { session_.begin_snapshot(); }
    ~Snapshot() { session_.end_snapshot(); }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

  private:
    Session& session_;
};

/// The connection that writes; held by the writer thread inside a transaction.
class WriteSession : public Session {
  public:
    /// Runs an INSERT, UPDATE or DELETE; returns the number of rows it touched. A unique or check constraint that
    /// refuses the row throws ConstraintViolation.
    virtual std::int64_t execute(const Statement& statement, std::span<const Value> values) = 0;
    std::int64_t execute(const Statement& statement, const Values& values) {
        return execute(statement, std::span<const Value>(values));
    }
    std::int64_t execute(const Statement& statement) { return execute(statement, std::span<const Value>()); }
    /// Runs several statements of this database's own dialect, without parameters: schema changes only.
    virtual void script(std::string_view sql) = 0;
};

/// A row was refused by a constraint; the caller's savepoint can be rolled back and its neighbours go on.
class ConstraintViolation : public std::exception {
  public:
    explicit ConstraintViolation(std::string what) : what_(std::move(what)) {}
    const char* what() const noexcept override { return what_.c_str(); }

  private:
    std::string what_;
};

/// A reading session on loan; goes back to the pool at the end of its scope.
class Lease {
  public:
    Lease(Session& session, std::function<void(Session&)> give_back)
        : session_(&session), give_back_(std::move(give_back)) {}
    Lease(Lease&& other) noexcept
        : session_(std::exchange(other.session_, nullptr)), give_back_(std::move(other.give_back_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (session_) give_back_(*session_);
    }
    Session& operator*() const { return *session_; }
    Session* operator->() const { return session_; }

  private:
    Session* session_;
    std::function<void(Session&)> give_back_;
};

/// What the metrics page shows of a database.
struct DatabaseStats {
    int readers_open = 0;
    int readers_lent = 0;
    std::int64_t log_pages = 0;    // pages in the write-ahead log that a reader may still need
    std::int64_t checkpoints = 0;  // passes of the background checkpointer
    std::int64_t checkpoint_faults = 0;
};

/// One statement of a batch, run once for each row of values, which outlive the run.
struct BatchStep {
    const Statement* statement = nullptr;
    std::vector<std::span<const Value>> rows = {};
    /// Each row of values means another row of the table, so that all may be one run over arrays.
    bool may_join = false;
    /// Filled in: rows of the table that each row of values touched. After a refusal it ends before the refused row.
    std::vector<std::int64_t> touched = {};
    /// What a query answers, with the place of its row of values.
    Session::PlacedRowSink sink = {};
};

class Lane;  // db/lane.hpp

/// One open database. Thread safe.
class Database {
  public:
    virtual ~Database() = default;
    /// "sqlite" or "postgres": the folder of its migrations.
    virtual std::string_view dialect() const = 0;
    /// Other programs write to it too: what was remembered of rows may be old, but for as long as a transaction of the
    /// writer is open.
    virtual bool is_shared() const { return false; }
    /// A reading session; blocks while all are lent out, and throws Fault "db.readers_busy" after ten seconds of it.
    /// A statement on it that runs longer than the database's limit throws Fault "db.read_timeout".
    virtual Lease reader() = 0;
    virtual DatabaseStats stats() const = 0;

    /// Before any session is used: what seals and opens the personal values of the rows.
    void use_field_keys(std::shared_ptr<FieldKeys> keys) {
        field_keys_ = std::move(keys);
        writer().use_field_keys(field_keys_.get());
    }
    bool has_field_keys() const { return field_keys_ != nullptr; }
    /// A CHECK when there are none.
    FieldKeys& field_keys() const;

    // For the committer alone: one transaction at a time on the one writing connection, and one at a time of all
    // programs: begin waits for its turn. A shared database may end a wait with Fault "db.lock_timeout" and a
    // transaction with "db.serialization" (to be run again as it is); commit throws "db.outcome_unknown" when it cannot
    // find out whether it took place.
    virtual WriteSession& writer() = 0;
    virtual void begin() = 0;
    /// begin, and right after it what one query answers, in the same round trip where the database allows.
    virtual void begin_with(const Statement& query, const Session::RowSink& sink) {
        begin();
        writer().each(query, {}, sink);
    }
    virtual void commit() = 0;    // durable when it returns
    virtual void rollback() = 0;  // also after the database ended the transaction by itself
    virtual void savepoint() = 0;
    virtual void release_savepoint() = 0;
    virtual void rollback_to_savepoint() = 0;
    /// False after the database threw the whole transaction away (disk full, I/O error).
    virtual bool in_transaction() const = 0;
    /// After a ConstraintViolation nothing goes on but a rollback, to the savepoint or of all.
    virtual bool refusal_spoils() const { return false; }
    /// Runs steps in order in the open transaction in fewer round trips than statements; false, and nothing done, where
    /// that gains nothing. Throws like execute; the transaction is to be rolled back then.
    virtual bool run_batch(std::span<BatchStep>) { return false; }
    /// Where transactions of this program can be on their way at once: the lanes for them. They are not used while a
    /// transaction of the writer is open. Empty elsewhere.
    virtual std::vector<Lane*> lanes() { return {}; }

  protected:
    /// For implementations: a session on its way to a caller.
    Lease with_field_keys(Lease lease) const {
        lease->use_field_keys(field_keys_.get());
        return lease;
    }

  private:
    std::shared_ptr<FieldKeys> field_keys_;
};

}  // namespace motcua::db
