// One SQLite connection: prepared statements kept by their text's address, `$1` parameters bound by name, error codes
// turned into ConstraintViolation, Fault or a failed CHECK. Used by one thread at a time; private to db/sqlite.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <sqlite3.h>

#include "db/db.hpp"

namespace motcua::db {

enum class Access { read, write };

class Connection final : public WriteSession {
  public:
    /// `vfs` nullptr = the file system. `read_timeout` zero = none.
    Connection(const std::string& path, Access access, const char* vfs, int cache_kib,
               std::chrono::milliseconds read_timeout);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void each(const Statement& statement, std::span<const Value> values, const RowSink& sink) override;
    void begin_snapshot() override;
    void end_snapshot() override;
    std::int64_t execute(const Statement& statement, std::span<const Value> values) override;
    using WriteSession::execute;
    void script(std::string_view sql) override;

    sqlite3* handle() const { return handle_; }
    bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  private:
    struct Prepared {
        std::string sql;
        sqlite3_stmt* statement = nullptr;
        std::vector<int> slots;  // parameter i+1 of SQLite takes values[slots[i]]
        std::size_t values_needed = 0;
        bool busy = false;
    };
    class Use;  // a prepared statement while it runs: bound at the start, reset at the end

    Prepared prepare(const Statement& statement);
    Prepared& cached(const Statement& statement);
    void bind(const Prepared& prepared, const Statement& statement, std::span<const Value> values);
    void start_timer();
    void check_timer(const Statement& statement) const;
    [[noreturn]] void raise(int code, std::string_view doing) const;
    static int on_progress(void* self);

    sqlite3* handle_ = nullptr;
    std::unordered_map<const char*, Prepared> prepared_;
    const Access access_;
    std::chrono::milliseconds read_timeout_;
    std::chrono::steady_clock::time_point deadline_{};
    bool in_snapshot_ = false;
    int running_ = 0;  // statements running now, one inside the other
};

/// Throws what the result code means; `system_errno` tells a full disk from a broken one.
[[noreturn]] void raise_sqlite(int extended_code, int system_errno, const std::string& text);

/// Settings of the library itself; called before the first connection is opened. Idempotent.
void initialize_sqlite();

}  // namespace motcua::db
