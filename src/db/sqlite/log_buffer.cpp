#include "db/sqlite/log_buffer.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace motcua::db {

namespace {

// A transaction that outgrows the page cache spills into the log before its commit; it need not all be kept.
constexpr std::size_t buffer_bytes_max = 4 << 20;
// SQLite's own file layer writes less than 128 KiB a call.
constexpr std::size_t write_bytes_max = 64 << 10;

}  // namespace

void LogBuffer::install(sqlite3* connection) {
    sqlite3_file* file = nullptr;
    CHECK(sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK && file &&
              file->pMethods,
          "the log is open");
    static_cast<sqlite3_io_methods&>(methods_) = *file->pMethods;
    methods_.real = file->pMethods;
    methods_.owner = this;
    methods_.xClose = &LogBuffer::close;
    methods_.xRead = &LogBuffer::read;
    methods_.xWrite = &LogBuffer::write;
    methods_.xTruncate = &LogBuffer::truncate;
    methods_.xSync = &LogBuffer::sync;
    methods_.xFileSize = &LogBuffer::size;
    file->pMethods = &methods_;
    bytes_.reserve(64 * 1024);
}

LogBuffer::Methods& LogBuffer::methods_of(sqlite3_file* file) {
    return *static_cast<Methods*>(const_cast<sqlite3_io_methods*>(file->pMethods));
}

int LogBuffer::flush(sqlite3_file* file) {
    if (bytes_.empty()) return SQLITE_OK;
    // Whatever becomes of it, the bytes are not tried again: on an error SQLite gives the transaction up and will write
    // the same place anew.
    int code = SQLITE_OK;
    for (std::size_t at = 0; code == SQLITE_OK && at < bytes_.size(); at += write_bytes_max) {
        const std::size_t size = std::min(write_bytes_max, bytes_.size() - at);
        code = methods_.real->xWrite(file, bytes_.data() + at, static_cast<int>(size),
                                     start_ + static_cast<std::int64_t>(at));
    }
    bytes_.clear();
    if (bytes_.capacity() > buffer_bytes_max / 4) bytes_.shrink_to_fit();
    return code;
}

int LogBuffer::append(sqlite3_file* file, const void* bytes, std::size_t size, std::int64_t offset) {
    const std::int64_t end = start_ + static_cast<std::int64_t>(bytes_.size());
    const bool inside = offset >= start_ && offset <= end;
    if (!bytes_.empty() && (!inside || bytes_.size() + size > buffer_bytes_max)) {
        const int code = flush(file);
        if (code != SQLITE_OK) return code;
    }
    if (bytes_.empty()) start_ = offset;
    const auto at = static_cast<std::size_t>(offset - start_);
    bytes_.resize(std::max(bytes_.size(), at + size));
    std::memcpy(bytes_.data() + at, bytes, size);
    return SQLITE_OK;
}

int LogBuffer::close(sqlite3_file* file) {
    Methods& methods = methods_of(file);
    // What was never synced belongs to no commit.
    methods.owner->bytes_.clear();
    file->pMethods = methods.real;
    return methods.real->xClose(file);
}

int LogBuffer::read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    LogBuffer& self = *methods_of(file).owner;
    const std::int64_t end = self.start_ + static_cast<std::int64_t>(self.bytes_.size());
    if (!self.bytes_.empty() && offset < end && offset + size > self.start_) {
        const int code = self.flush(file);
        if (code != SQLITE_OK) return code;
    }
    return self.methods_.real->xRead(file, out, size, offset);
}

int LogBuffer::write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    return methods_of(file).owner->append(file, bytes, static_cast<std::size_t>(size), offset);
}

int LogBuffer::truncate(sqlite3_file* file, sqlite3_int64 size) {
    LogBuffer& self = *methods_of(file).owner;
    const int code = self.flush(file);
    return code == SQLITE_OK ? self.methods_.real->xTruncate(file, size) : code;
}

int LogBuffer::sync(sqlite3_file* file, int flags) {
    LogBuffer& self = *methods_of(file).owner;
    const int code = self.flush(file);
    return code == SQLITE_OK ? self.methods_.real->xSync(file, flags) : code;
}

int LogBuffer::size(sqlite3_file* file, sqlite3_int64* size) {
    LogBuffer& self = *methods_of(file).owner;
    const int code = self.flush(file);
    return code == SQLITE_OK ? self.methods_.real->xFileSize(file, size) : code;
}

}  // namespace motcua::db
