// The background checkpointer: copies the write-ahead log into the database file on a connection and thread of its own,
// so slowly that commits do not wait behind its syncs. The last few pages are copied by the writer between two
// transactions: under steady load only a pass that nobody writes beside ever empties the log. Private to db/sqlite.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "db/sqlite/connection.hpp"
#include "db/sqlite/sqlite.hpp"

namespace motcua::db {

class Checkpointer {
  public:
    Checkpointer(const std::string& path, const char* vfs, const SqliteOptions& options);
    ~Checkpointer();

    /// Called by the writer after each commit with the number of pages in the log.
    void note_log_pages(std::int64_t pages);
    /// True when the writer should copy the rest itself before its next transaction. Asked by the writer only.
    bool writer_should_finish() const;
    /// True when it should do so even if it has to wait: the log has grown beyond all bounds.
    bool writer_is_forced() const { return log_pages_ >= forced_again_at_; }
    /// Waits for the end of the pass at hand, at full speed.
    void await_pass();
    /// The writer has tried; `left` pages remain uncopied.
    void writer_finished(std::int64_t left);

    std::int64_t log_pages() const { return log_pages_; }
    std::int64_t passes() const { return passes_; }
    std::int64_t faults() const { return faults_; }

  private:
    // The methods of this connection's database file with a write that syncs and rests now and then.
    struct PacedMethods : sqlite3_io_methods {
        const sqlite3_io_methods* real = nullptr;
        Checkpointer* owner = nullptr;
        std::int64_t unsynced_bytes = 0;
    };
    static int paced_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset);

    void run();
    /// 0 = the log is short, take all the time; 1 = it has grown to four times its length, make haste.
    double haste() const;
    void rest(std::chrono::microseconds time);
    /// One pass; how long to rest before the next.
    std::chrono::milliseconds pass();

    const SqliteOptions options_;
    Connection connection_;
    PacedMethods methods_;
    std::atomic<std::int64_t> log_pages_{0};
    std::atomic<std::int64_t> forced_again_at_;  // log pages at which the writer copies whatever it takes
    std::atomic<bool> finish_wanted_{false};
    std::atomic<std::int64_t> passes_{0};
    std::atomic<std::int64_t> faults_{0};
    std::int64_t copied_before_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable pass_ended_;
    bool in_pass_ = false;
    bool stopping_ = false;
    std::atomic<bool> hurry_{false};
    std::thread thread_;
};

}  // namespace motcua::db
