// Gathers what the writing connection appends to its write-ahead log and hands it to the kernel in one write when the
// log is synced. SQLite writes each page in two calls (header, content); a group of 64 write sets would make some 400
// of them, about a third of its processor time. Nothing is lost by it: with synchronous=FULL no other connection looks
// at a frame, and no commit is answered, before the sync. Private to db/sqlite.
#pragma once

#include <cstdint>
#include <string>

#include <sqlite3.h>

namespace motcua::db {

class LogBuffer {
  public:
    LogBuffer() = default;
    LogBuffer(const LogBuffer&) = delete;
    LogBuffer& operator=(const LogBuffer&) = delete;

    /// Puts itself before the log of a connection that has opened it; outlives the connection.
    void install(sqlite3* connection);

  private:
    struct Methods : sqlite3_io_methods {
        const sqlite3_io_methods* real = nullptr;
        LogBuffer* owner = nullptr;
    };
    static Methods& methods_of(sqlite3_file* file);
    static int close(sqlite3_file* file);
    static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset);
    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset);
    static int truncate(sqlite3_file* file, sqlite3_int64 size);
    static int sync(sqlite3_file* file, int flags);
    static int size(sqlite3_file* file, sqlite3_int64* size);

    int flush(sqlite3_file* file);
    int append(sqlite3_file* file, const void* bytes, std::size_t size, std::int64_t offset);

    Methods methods_;
    std::string bytes_;
    std::int64_t start_ = 0;  // where in the file the bytes belong
};

}  // namespace motcua::db
