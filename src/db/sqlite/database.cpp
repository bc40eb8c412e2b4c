// The SQLite Database: writer, reader pool, checkpointer and the log file's life.
#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"
#include "db/reader_pool.hpp"
#include "db/sqlite/checkpointer.hpp"
#include "db/sqlite/connection.hpp"
#include "db/sqlite/log_buffer.hpp"
#include "db/sqlite/memory_disk.hpp"
#include "db/sqlite/sqlite.hpp"

namespace motcua::db {

namespace {

constexpr int integrity_lines_max = 100;
constexpr std::int64_t log_bytes_kept = 256 << 20;  // a log grown beyond it is cut when it begins anew
constexpr int memory_checkpoint_pages = 1000;

constexpr Statement begin_immediate{"db.begin", "BEGIN IMMEDIATE"};
constexpr Statement commit_all{"db.commit", "COMMIT"};
constexpr Statement roll_back_all{"db.rollback", "ROLLBACK"};
constexpr Statement set_savepoint{"db.savepoint", "SAVEPOINT write_set"};
constexpr Statement release_set{"db.release", "RELEASE write_set"};
constexpr Statement roll_back_to{"db.rollback_to", "ROLLBACK TO write_set"};
constexpr Statement integrity_check{"db.integrity_check", "PRAGMA integrity_check(100)"};

/// Writes the log file out in zeros, so that commits overwrite instead of growing the file (a growing file costs a
/// journal commit of the file system with each sync). Zeros after the log's end are no frames to SQLite. Best effort.
void write_log_ahead(const std::string& path, std::int64_t bytes) {
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return;
    struct stat status {};
    if (::fstat(file, &status) == 0 && status.st_size < bytes) {
        const std::string zeros(1 << 20, '\0');
        std::int64_t at = status.st_size;
        bool complete = true;
        while (complete && at < bytes) {
            const auto size = static_cast<std::size_t>(std::min<std::int64_t>(bytes - at, 1 << 20));
            const ssize_t written = ::pwrite(file, zeros.data(), size, at);
            complete = written == static_cast<ssize_t>(size);
            at += std::max<ssize_t>(written, 0);
        }
        // On a full disk give the bytes back: better a slower log than no room for data.
        if (!complete && ::ftruncate(file, status.st_size) != 0) complete = false;
        ::fdatasync(file);
    }
    ::close(file);
}

/// The file holds personal data: nobody but its owner may read it. SQLite gives the log the same permissions.
void make_private_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
}

/// After everything in the log is in the database file, clears the log's header, so that the next start need not read
/// frames that are already copied.
void clear_log_header(const std::string& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    const char zeros[32] = {};
    if (::pwrite(file, zeros, sizeof zeros, 0) == sizeof zeros) ::fdatasync(file);
    ::close(file);
}

class SqliteDatabase final : public Database {
  public:
    SqliteDatabase(const std::string& path, SqliteOptions options) : options_(std::move(options)) {
        if (path == ":memory:") {
            own_disk_ = std::make_unique<MemoryDisk>();
            options_.disk = own_disk_.get();
            options_.background_checkpoints = false;
        }
        path_ = own_disk_ ? "memory.db" : path;
        vfs_ = options_.disk ? options_.disk->vfs_name().c_str() : nullptr;
        if (!options_.disk) make_private_file(path_);
        keeps_log_ = !options_.disk && options_.log_bytes_ahead > 0;
        writer_ = std::make_unique<Connection>(path_, Access::write, vfs_, options_.writer_cache_kib,
                                               std::chrono::milliseconds{0});
        check_page_size();
        if (!options_.sync_each_commit) writer_->script("PRAGMA synchronous = NORMAL");
        if (options_.gather_log_writes && options_.sync_each_commit) log_buffer_.install(writer_->handle());
        if (keeps_log_) {
            // Only now: beside a new, empty database SQLite deletes a log it finds.
            write_log_ahead(path_ + "-wal", options_.log_bytes_ahead);
            int persist = 1;
            sqlite3_file_control(writer_->handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
        }
        writer_->script(
            fmt::format("PRAGMA journal_size_limit = {}", std::max(log_bytes_kept, options_.log_bytes_ahead)));
        if (options_.background_checkpoints) {
            checkpointer_ = std::make_unique<Checkpointer>(path_, vfs_, options_);
            // The hook takes the place of SQLite's own automatic checkpoint.
            sqlite3_wal_hook(writer_->handle(), &SqliteDatabase::on_commit, this);
        } else {
            sqlite3_wal_autocheckpoint(writer_->handle(), memory_checkpoint_pages);
        }
    }

    ~SqliteDatabase() override {
        checkpointer_.reset();
        readers_.close_idle();
        bool copied_all = false;
        if (keeps_log_) {
            sqlite3_exec(writer_->handle(), "PRAGMA journal_size_limit = -1", nullptr, nullptr, nullptr);
            int in_log = 0;
            int copied = 0;
            copied_all = sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_FULL, &in_log,
                                                   &copied) == SQLITE_OK &&
                         in_log == copied;
        }
        writer_.reset();
        if (copied_all) clear_log_header(path_ + "-wal");
    }

    std::string_view dialect() const override { return "sqlite"; }

    Lease reader() override { return with_field_keys(readers_.lend()); }

    DatabaseStats stats() const override {
        DatabaseStats stats;
        readers_.count(stats);
        if (checkpointer_) {
            stats.log_pages = checkpointer_->log_pages();
            stats.checkpoints = checkpointer_->passes();
            stats.checkpoint_faults = checkpointer_->faults();
        }
        return stats;
    }

    WriteSession& writer() override { return *writer_; }

    void begin() override {
        if (checkpointer_ && checkpointer_->writer_should_finish()) finish_checkpoint();
        writer_->execute(begin_immediate);
    }
    void commit() override {
        try {
            writer_->execute(commit_all);
        } catch (...) {
            rollback();
            throw;
        }
    }
    void rollback() override {
        if (writer_->in_transaction()) writer_->execute(roll_back_all);
    }
    void savepoint() override { writer_->execute(set_savepoint); }
    void release_savepoint() override { writer_->execute(release_set); }
    void rollback_to_savepoint() override { writer_->execute(roll_back_to); }
    bool in_transaction() const override { return writer_->in_transaction(); }

  private:
    static int on_commit(void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteDatabase*>(self)->checkpointer_->note_log_pages(pages);
        return SQLITE_OK;
    }

    void finish_checkpoint() {
        if (checkpointer_->writer_is_forced()) checkpointer_->await_pass();
        int in_log = 0;
        int copied = 0;
        const int code =
            sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
        // A pass that fails here is tried again by the background thread, which reports its faults.
        checkpointer_->writer_finished(code == SQLITE_OK ? in_log - copied : 1);
    }

    /// Reads the first page: a file that is no database must be refused now, not at the first request.
    void check_page_size() {
        static constexpr Statement page_size{"db.page_size", "PRAGMA page_size"};
        static constexpr Statement schema_version{"db.schema_version", "PRAGMA schema_version"};
        const auto number = [](const Row& row) { return row.int64(0); };
        writer_->find_one(schema_version, {}, number);
        CHECK(writer_->find_one(page_size, {}, number));
    }

    SqliteOptions options_;
    std::unique_ptr<MemoryDisk> own_disk_;
    std::string path_;
    const char* vfs_ = nullptr;
    bool keeps_log_ = false;
    LogBuffer log_buffer_;
    std::unique_ptr<Connection> writer_;
    std::unique_ptr<Checkpointer> checkpointer_;
    ReaderPool<Connection> readers_{options_.readers_max, [this] {
                                        return std::make_unique<Connection>(path_, Access::read, vfs_,
                                                                            options_.reader_cache_kib,
                                                                            options_.read_timeout);
                                    }};
};

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::string& path, SqliteOptions options) {
    return std::make_unique<SqliteDatabase>(path, std::move(options));
}

std::vector<std::string> check_sqlite_integrity(Database& database) {
    const Lease session = database.reader();
    std::vector<std::string> found =
        session->list(integrity_check, {}, [](const Row& row) { return std::string(row.text(0)); });
    if (found.size() == 1 && found.front() == "ok") found.clear();
    found.resize(std::min<std::size_t>(found.size(), integrity_lines_max));
    return found;
}

}  // namespace motcua::db
