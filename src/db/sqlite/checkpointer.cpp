#include "db/sqlite/checkpointer.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace motcua::db {

namespace {

// How long the writer waits for a pass when the log has grown beyond all bounds.
constexpr std::chrono::seconds forced_wait_max{5};

}  // namespace

Checkpointer::Checkpointer(const std::string& path, const char* vfs, const SqliteOptions& options)
    : options_(options),
      // A pass needs hardly any cache: pages go from the log to the file.
      connection_(path, Access::read, vfs, 256, std::chrono::milliseconds{0}),
      forced_again_at_(options.checkpoint_forced_pages) {
    sqlite3_file* file = nullptr;
    CHECK(sqlite3_file_control(connection_.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file);
    static_cast<sqlite3_io_methods&>(methods_) = *file->pMethods;
    methods_.real = file->pMethods;
    methods_.owner = this;
    methods_.xWrite = &Checkpointer::paced_write;
    file->pMethods = &methods_;
    thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    sqlite3_interrupt(connection_.handle());  // ends a pass after the page it is at
    thread_.join();
}

int Checkpointer::paced_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    auto& methods = *static_cast<PacedMethods*>(const_cast<sqlite3_io_methods*>(file->pMethods));
    const int code = methods.real->xWrite(file, bytes, size, offset);
    if (code != SQLITE_OK) return code;
    const Checkpointer& self = *methods.owner;
    // Full rest while the log is as long as at the start of a pass; neither rests nor syncs of its own when it is four
    // times as long. So a pass disturbs nobody as long as it can and is always faster than the writer.
    const double haste = self.hurry_ ? 1.0 : self.haste();
    methods.unsynced_bytes += size;
    if (haste < 1 && static_cast<double>(methods.unsynced_bytes) >=
                         static_cast<double>(self.options_.pace_bytes) * (1 + 7 * haste)) {
        methods.unsynced_bytes = 0;
        // A failed sync must end the pass: the kernel may forget the pages, and SQLite's own sync at the end of the
        // pass would then find nothing wrong.
        const int synced = methods.real->xSync(file, SQLITE_SYNC_NORMAL);
        if (synced != SQLITE_OK) return synced;
        const auto rest = static_cast<double>(self.options_.pace_rest.count()) * (1 - haste);
        methods.owner->rest(std::chrono::microseconds{static_cast<std::int64_t>(rest)});
    }
    return SQLITE_OK;
}

void Checkpointer::note_log_pages(std::int64_t pages) {
    log_pages_ = pages;
    if (pages < options_.checkpoint_forced_pages) forced_again_at_ = options_.checkpoint_forced_pages;
    if (pages >= options_.checkpoint_pages && !finish_wanted_) wake_.notify_one();
}

bool Checkpointer::writer_should_finish() const { return finish_wanted_ || log_pages_ >= forced_again_at_; }

void Checkpointer::writer_finished(std::int64_t left) {
    if (left <= 0) {
        log_pages_ = 0;
    } else {
        forced_again_at_ = std::max(forced_again_at_.load(), log_pages_ + options_.checkpoint_finish_pages);
    }
    finish_wanted_ = false;
}

void Checkpointer::await_pass() {
    hurry_ = true;
    std::unique_lock lock(mutex_);
    pass_ended_.wait_for(lock, forced_wait_max, [this] { return !in_pass_; });
    hurry_ = false;
}

double Checkpointer::haste() const {
    const double grown = static_cast<double>(log_pages_ - options_.checkpoint_pages);
    return std::clamp(grown / (3.0 * static_cast<double>(options_.checkpoint_pages)), 0.0, 1.0);
}

void Checkpointer::rest(std::chrono::microseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stopping_; });
}

void Checkpointer::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        // note_log_pages does not take the lock, so that a commit never waits here; a wake-up it loses is made up for
        // by the time limit.
        wake_.wait_for(lock, std::chrono::milliseconds{100},
                       [this] { return stopping_ || (log_pages_ >= options_.checkpoint_pages && !finish_wanted_); });
        if (stopping_) return;
        if (log_pages_ < options_.checkpoint_pages || finish_wanted_) continue;
        in_pass_ = true;
        lock.unlock();
        const auto pause = pass();
        lock.lock();
        in_pass_ = false;
        pass_ended_.notify_all();
        if (pause.count() > 0) wake_.wait_for(lock, pause, [this] { return stopping_; });
    }
}

std::chrono::milliseconds Checkpointer::pass() {
    int in_log = 0;
    int copied = 0;
    methods_.unsynced_bytes = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
    if (code == SQLITE_BUSY) return std::chrono::milliseconds{5};  // the writer is at it
    if (code == SQLITE_INTERRUPT) return std::chrono::milliseconds{0};
    if (code != SQLITE_OK) {
        ++faults_;
        try {
            raise_sqlite(sqlite3_extended_errcode(connection_.handle()), sqlite3_system_errno(connection_.handle()),
                         fmt::format("checkpoint: {}", sqlite3_errmsg(connection_.handle())));
        } catch (const Fault& fault) {
            if (options_.on_fault) options_.on_fault(fault.reason(), fault.what());
        } catch (const std::exception& failure) {
            if (options_.on_fault) options_.on_fault("db.unavailable", failure.what());
        }
        return std::chrono::seconds{1};
    }
    ++passes_;
    std::int64_t now_in_log = log_pages_;
    const std::int64_t left = now_in_log - copied;
    const bool stuck = copied == copied_before_;  // a reader still needs the pages after these
    copied_before_ = copied;
    if (left <= 0) {
        // Nobody wrote meanwhile; the next commit begins the log anew.
        log_pages_.compare_exchange_strong(now_in_log, 0);
    } else if (left <= options_.checkpoint_finish_pages) {
        finish_wanted_ = true;
    }
    return std::chrono::milliseconds{stuck && left > 0 ? 50 : 0};
}

}  // namespace motcua::db
