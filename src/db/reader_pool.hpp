// The bounded pool of reading connections that both databases lend from. Private to db.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "base/check.hpp"
#include "db/db.hpp"

namespace motcua::db {

inline constexpr auto reader_wait_max = std::chrono::seconds{10};

/// Thread safe. `Connection` is a Session; a lease must not outlive the pool.
template <class Connection>
class ReaderPool {
  public:
    /// `open` makes another connection, at most `readers_max` of them; it may throw.
    ReaderPool(int readers_max, std::function<std::unique_ptr<Connection>()> open)
        : readers_max_(readers_max), open_(std::move(open)) {
        CHECK(readers_max_ > 0);
    }
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;

    /// Blocks while all are lent out; Fault "db.readers_busy" after `reader_wait_max` of it.
    Lease lend() {
        std::unique_lock lock(mutex_);
        const auto available = [this] { return !idle_.empty() || open_count_ < readers_max_; };
        if (!freed_.wait_for(lock, reader_wait_max, available))
            throw Fault("db.readers_busy",
                        fmt::format("all {} readers were lent out for {} s", readers_max_, reader_wait_max.count()));
        std::unique_ptr<Connection> connection;
        if (!idle_.empty()) {
            connection = std::move(idle_.back());  // the last one used has the warmest cache
            idle_.pop_back();
        } else {
            ++open_count_;
            lock.unlock();
            try {
                connection = open_();
            } catch (...) {
                lock.lock();
                --open_count_;
                freed_.notify_one();
                throw;
            }
        }
        Session& session = *connection.release();
        return Lease(session, [this](Session& lent) {
            std::unique_ptr<Connection> back(static_cast<Connection*>(&lent));
            const std::lock_guard give_back(mutex_);
            idle_.push_back(std::move(back));
            freed_.notify_one();
        });
    }

    /// Closes what is not lent out.
    void close_idle() {
        const std::lock_guard lock(mutex_);
        idle_.clear();
    }

    void count(DatabaseStats& stats) const {
        const std::lock_guard lock(mutex_);
        stats.readers_open = open_count_;
        stats.readers_lent = open_count_ - static_cast<int>(idle_.size());
    }

  private:
    const int readers_max_;
    const std::function<std::unique_ptr<Connection>()> open_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;
    int open_count_ = 0;
};

}  // namespace motcua::db
