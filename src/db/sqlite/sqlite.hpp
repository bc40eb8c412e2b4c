// SQLite behind the database port: one writing connection, a bounded pool of reading ones, a checkpointer of its own.
// Write-ahead log, synchronous=FULL, 2 KiB pages, immediate foreign keys. Only this program may write to the file
// while it is open (DataDirectory holds the lock).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "db/db.hpp"

namespace motcua::db {

class MemoryDisk;

struct SqliteOptions {
    int readers_max = 8;
    int reader_cache_kib = 8 * 1024;  // page cache of one reading connection, filled as used
    int writer_cache_kib = 64 * 1024;
    std::chrono::milliseconds read_timeout{60'000};  // one statement; an older reader would keep the log from shrinking

    // The write-ahead log is copied into the file by a thread of its own, slowly, so that no commit waits for it.
    bool background_checkpoints = true;
    std::int64_t checkpoint_pages = 20'000;          // log pages that start a pass
    std::int64_t checkpoint_finish_pages = 1'500;    // so few left: the writer copies them itself, and the log restarts
    std::int64_t checkpoint_forced_pages = 200'000;  // so many: the writer copies them whatever it takes
    std::int64_t pace_bytes = 128 * 1024;            // a pass syncs and rests after so many bytes …
    std::chrono::microseconds pace_rest{3000};       // … for so long, and the shorter the longer the log has grown
    bool gather_log_writes = true;                   // one write a commit instead of two a page
    std::int64_t log_bytes_ahead = 0;                // the log file is written out to this size before its first use

    /// False: a commit is in the log but not yet on the disk when it returns; a crash of the machine may lose the last
    /// ones, never break the file. For filling a data directory in bulk.
    bool sync_each_commit = true;

    /// A simulated disk (tests, simulation) instead of the file system; outlives the database.
    MemoryDisk* disk = nullptr;
    /// Told of faults outside any caller (a failed checkpoint): stable reason, text for the log.
    std::function<void(std::string_view reason, std::string_view what)> on_fault = {};
};

/// Opens or creates the file, or a private database in memory for ":memory:" (same behaviour, no durability).
/// Throws Fault "db.unavailable", "db.corrupt", "db.disk_full".
std::unique_ptr<Database> open_sqlite(const std::string& path, SqliteOptions options = {});

/// Copies the database in `source` as it is at one moment into a new file, also while a server (of this or another
/// process) writes to it. Costs the server a longer log for as long as it takes. The copy appears under its name only
/// when it is complete and on the disk. Reason: conflict "db.backup_exists" {path}. Throws Fault.
Result<void> backup_sqlite(const std::filesystem::path& source, const std::filesystem::path& target);

/// Reads every page and index ("PRAGMA integrity_check"); empty when sound, else what was found, at most 100 lines.
std::vector<std::string> check_sqlite_integrity(Database& database);

}  // namespace motcua::db
