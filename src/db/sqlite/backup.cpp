// The online backup: one read transaction, copied page by page into a file that gets its name at the end.
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.hpp"
#include "db/sqlite/connection.hpp"
#include "db/sqlite/sqlite.hpp"

namespace motcua::db {

namespace {

constexpr int backup_cache_kib = 1024;

void sync_path(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (!synced) throw Fault("db.unavailable", fmt::format("sync {}: {}", path.string(), std::strerror(error)));
}

void copy_pages(Connection& from, sqlite3* to) {
    sqlite3_backup* backup = sqlite3_backup_init(to, "main", from.handle(), "main");
    if (!backup) raise_sqlite(sqlite3_extended_errcode(to), sqlite3_system_errno(to), "backup");
    sqlite3_backup_step(backup, -1);
    const int code = sqlite3_backup_finish(backup);
    if (code != SQLITE_OK) raise_sqlite(code, sqlite3_system_errno(to), fmt::format("backup: {}", sqlite3_errmsg(to)));
}

void write_copy(const std::filesystem::path& source, const std::filesystem::path& copy) {
    Connection from(source, Access::read, nullptr, backup_cache_kib, std::chrono::milliseconds{0});
    const int file = ::open(copy.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) throw Fault("db.unavailable", fmt::format("create {}: {}", copy.string(), std::strerror(errno)));
    ::close(file);
    sqlite3* to = nullptr;
    const int opened = sqlite3_open_v2(copy.c_str(), &to, SQLITE_OPEN_READWRITE, nullptr);
    try {
        if (opened != SQLITE_OK) raise_sqlite(opened, sqlite3_system_errno(to), "open " + copy.string());
        copy_pages(from, to);
    } catch (...) {
        sqlite3_close(to);
        throw;
    }
    sqlite3_close(to);
    sync_path(copy);
}

}  // namespace

Result<void> backup_sqlite(const std::filesystem::path& source, const std::filesystem::path& target) {
    if (std::filesystem::exists(target)) {
        return fail(Errc::conflict, "db.backup_exists", {{"path", target.string()}});
    }
    const std::filesystem::path unfinished = target.string() + ".unfinished";
    std::error_code ignored;
    std::filesystem::remove(unfinished, ignored);
    try {
        write_copy(source, unfinished);
        std::filesystem::rename(unfinished, target);
        sync_path(target.has_parent_path() ? target.parent_path() : std::filesystem::path("."));
    } catch (const std::filesystem::filesystem_error& error) {
        std::filesystem::remove(unfinished, ignored);
        throw Fault("db.unavailable", error.what());
    } catch (...) {
        std::filesystem::remove(unfinished, ignored);
        throw;
    }
    return {};
}

}  // namespace motcua::db
