#include "db/sqlite/connection.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>

#include "base/check.hpp"
#include "db/sqlite/page_cache.hpp"

namespace motcua::db {

namespace {

constexpr std::size_t statements_max = 1000;
constexpr int progress_every_ops = 4000;

class StatementRow final : public Row {
  public:
    explicit StatementRow(sqlite3_stmt* statement) : statement_(statement), columns_(sqlite3_column_count(statement)) {}
    bool is_null(int column) const override { return sqlite3_column_type(statement_, at(column)) == SQLITE_NULL; }
    std::int64_t int64(int column) const override { return sqlite3_column_int64(statement_, at(column)); }
    double real(int column) const override { return sqlite3_column_double(statement_, at(column)); }
    std::string_view text(int column) const override {
        // A blob stays as it is; asking for its text would convert it.
        const void* bytes = sqlite3_column_type(statement_, at(column)) == SQLITE_BLOB
                                ? sqlite3_column_blob(statement_, column)
                                : sqlite3_column_text(statement_, column);
        if (!bytes) return {};
        return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }

  private:
    int at(int column) const {
        CHECK(column >= 0 && column < columns_, "column {} of {}", column, columns_);
        return column;
    }

    sqlite3_stmt* statement_;
    int columns_;
};

struct Binder {
    sqlite3_stmt* statement;
    int index;
    int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
    int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
    int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
    // The values outlive the run of the statement, so SQLite need not copy them (a null destructor says "static").
    int operator()(const std::string& value) const {
        return sqlite3_bind_text64(statement, index, value.data(), value.size(), nullptr, SQLITE_UTF8);
    }
    int operator()(const Blob& value) const {
        return value.bytes.empty()
                   ? sqlite3_bind_zeroblob(statement, index, 0)
                   : sqlite3_bind_blob64(statement, index, value.bytes.data(), value.bytes.size(), nullptr);
    }
};

}  // namespace

void initialize_sqlite() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Each connection is used by one thread at a time; the allocator's own statistics would cost a global lock.
        sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        install_page_cache();
        CHECK(sqlite3_initialize() == SQLITE_OK);
    });
}

void raise_sqlite(int extended_code, int system_errno, const std::string& text) {
    switch (extended_code & 0xff) {
        case SQLITE_CONSTRAINT:
            throw ConstraintViolation(text);
        case SQLITE_FULL:
            throw Fault("db.disk_full", text);
        case SQLITE_IOERR:
            if (system_errno == ENOSPC || system_errno == EDQUOT) throw Fault("db.disk_full", text);
            throw Fault("db.unavailable", text);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw Fault("db.corrupt", text);
        case SQLITE_INTERRUPT:
            throw Fault("db.read_timeout", text);
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_PROTOCOL:
        case SQLITE_NOMEM:
            throw Fault("db.unavailable", text);
        default:
            check_failed("sqlite", extended_code, "statement is right", text);
    }
}

Connection::Connection(const std::string& path, Access access, const char* vfs, int cache_kib,
                       std::chrono::milliseconds read_timeout)
    : access_(access), read_timeout_(read_timeout) {
    initialize_sqlite();
    // A reading connection opens read-write as well: only so can it take part in the log's shared memory.
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (access == Access::write ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, vfs);
    try {
        if (code != SQLITE_OK) raise(code, "open " + path);
        sqlite3_extended_result_codes(handle_, 1);
        sqlite3_busy_timeout(handle_, 5000);
        script("PRAGMA temp_store = MEMORY");
        script(fmt::format("PRAGMA cache_size = -{}", cache_kib));
        if (access == Access::write) {
            // page_size acts on a new file only and before the journal mode; REPLACE fires delete triggers only with
            // recursive_triggers, and the ledger's protection rests on them. Debian builds SQLite with secure_delete
            // on, which writes freed pages once more; FAST wipes deleted bytes only where the page is written anyway.
            script(
                "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA secure_delete = FAST");
        } else {
            script("PRAGMA query_only = ON");
        }
        if (read_timeout_.count() > 0)
            sqlite3_progress_handler(handle_, progress_every_ops, &Connection::on_progress, this);
    } catch (...) {
        sqlite3_close(handle_);
        throw;
    }
}

Connection::~Connection() {
    for (auto& [address, prepared] : prepared_) sqlite3_finalize(prepared.statement);
    sqlite3_close(handle_);
}

void Connection::raise(int code, std::string_view doing) const {
    const int extended = handle_ ? sqlite3_extended_errcode(handle_) : code;
    raise_sqlite(extended == SQLITE_OK ? code : extended, handle_ ? sqlite3_system_errno(handle_) : 0,
                 fmt::format("{}: {} ({})", doing, handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code), extended));
}

Connection::Prepared Connection::prepare(const Statement& statement) {
    Prepared prepared;
    prepared.sql = statement.sql;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(handle_, prepared.sql.data(), static_cast<int>(prepared.sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared.statement, &tail);
    if (code != SQLITE_OK) raise(code, statement.name);
    CHECK(prepared.statement, "{} is empty", statement.name);
    const int parameters = sqlite3_bind_parameter_count(prepared.statement);
    for (int i = 1; i <= parameters; ++i) {
        const char* name = sqlite3_bind_parameter_name(prepared.statement, i);
        int number = 0;
        const bool read = name && name[0] == '$' &&
                          std::from_chars(name + 1, name + std::strlen(name), number).ptr == name + std::strlen(name);
        if (!read || number < 1) {
            sqlite3_finalize(prepared.statement);
            check_failed(__FILE__, __LINE__, "parameters are $1, $2 …", std::string(statement.name));
        }
        prepared.slots.push_back(number - 1);
        prepared.values_needed = std::max(prepared.values_needed, static_cast<std::size_t>(number));
    }
    return prepared;
}

Connection::Prepared& Connection::cached(const Statement& statement) {
    const auto found = prepared_.find(statement.sql.data());
    if (found != prepared_.end()) {
        // Comparing the text guards against a statement built at run time whose memory was used again.
        if (found->second.sql == statement.sql) return found->second;
        CHECK(!found->second.busy, "{} changed while it runs", statement.name);
        sqlite3_finalize(found->second.statement);
        prepared_.erase(found);
    }
    if (prepared_.size() >= statements_max) {
        std::erase_if(prepared_, [](auto& entry) {
            if (entry.second.busy) return false;
            sqlite3_finalize(entry.second.statement);
            return true;
        });
    }
    return prepared_.emplace(statement.sql.data(), prepare(statement)).first->second;
}

void Connection::bind(const Prepared& prepared, const Statement& statement, std::span<const Value> values) {
    CHECK(values.size() == prepared.values_needed, "{} takes {} values and got {}", statement.name,
          prepared.values_needed, values.size());
    for (std::size_t i = 0; i < prepared.slots.size(); ++i) {
        const int code = std::visit(Binder{prepared.statement, static_cast<int>(i) + 1},
                                    values[static_cast<std::size_t>(prepared.slots[i])]);
        if (code != SQLITE_OK) raise(code, statement.name);
    }
}

class Connection::Use {
  public:
    Use(Connection& connection, const Statement& statement, std::span<const Value> values) : connection_(connection) {
        Prepared& shared = connection.cached(statement);
        if (shared.busy) {
            // The statement is run again inside its own rows: a prepared one of its own, for this once.
            own_ = connection.prepare(statement);
            prepared_ = &own_;
        } else {
            prepared_ = &shared;
        }
        prepared_->busy = true;
        try {
            connection.bind(*prepared_, statement, values);
        } catch (...) {
            finish();
            throw;
        }
        if (connection_.running_++ == 0 && !connection_.in_snapshot_) connection_.start_timer();
        counted_ = true;
    }
    ~Use() { finish(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    sqlite3_stmt* statement() const { return prepared_->statement; }

  private:
    void finish() {
        if (counted_) --connection_.running_;
        sqlite3_reset(prepared_->statement);
        prepared_->busy = false;
        if (own_.statement) sqlite3_finalize(own_.statement);
    }

    Connection& connection_;
    Prepared own_;
    Prepared* prepared_ = nullptr;
    bool counted_ = false;
};

void Connection::each(const Statement& statement, std::span<const Value> values, const RowSink& sink) {
    const Use use(*this, statement, values);
    const StatementRow row(use.statement());
    for (unsigned count = 1;; ++count) {
        const int code = sqlite3_step(use.statement());
        if (code == SQLITE_DONE) return;
        if (code != SQLITE_ROW) raise(code, statement.name);
        sink(row);
        // A slow sink holds the snapshot as long as a slow query does.
        if (count % 16 == 0) check_timer(statement);
    }
}

void Connection::begin_snapshot() {
    if (access_ == Access::write) return;
    CHECK(!in_snapshot_, "snapshots are not nested");
    static constexpr Statement begin{"db.begin_snapshot", "BEGIN"};
    // BEGIN alone takes no snapshot yet; the first read does.
    static constexpr Statement take{"db.take_snapshot", "SELECT 1 FROM sqlite_schema LIMIT 1"};
    each(begin, {}, [](const Row&) {});
    in_snapshot_ = true;
    start_timer();
    each(take, {}, [](const Row&) {});
}

void Connection::end_snapshot() {
    if (access_ == Access::write) return;
    in_snapshot_ = false;
    // Runs in a destructor: a reading transaction can always be ended, whatever became of its statements.
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

std::int64_t Connection::execute(const Statement& statement, std::span<const Value> values) {
    const Use use(*this, statement, values);
    for (;;) {
        const int code = sqlite3_step(use.statement());
        if (code == SQLITE_DONE) return sqlite3_changes64(handle_);
        if (code != SQLITE_ROW) raise(code, statement.name);
    }
}

void Connection::script(std::string_view sql) {
    const std::string text(sql);
    char* message = nullptr;
    const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, &message);
    sqlite3_free(message);
    if (code != SQLITE_OK) raise(code, "script");
}

void Connection::start_timer() {
    if (read_timeout_.count() > 0) deadline_ = std::chrono::steady_clock::now() + read_timeout_;
}

void Connection::check_timer(const Statement& statement) const {
    if (read_timeout_.count() > 0 && std::chrono::steady_clock::now() > deadline_) {
        throw Fault("db.read_timeout", fmt::format("{}: reading took too long", statement.name));
    }
}

int Connection::on_progress(void* self) {
    return std::chrono::steady_clock::now() > static_cast<Connection*>(self)->deadline_ ? 1 : 0;
}

}  // namespace motcua::db
