#include "ledger/follower.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.hpp"
#include "ledger/ledger_rows.hpp"

namespace motcua::ledger {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

/// What the commit hook touches; outlives the runner when the committer does.
struct WakeUp {
    std::mutex mutex;
    std::condition_variable changed;
    bool committed = false;
};

struct Member {
    std::unique_ptr<Follower> follower;
    FollowerState state;
    std::int64_t stored = 0;    // the durable cursor
    SteadyTime store_before{};  // when it has to follow, if it is behind
    SteadyTime retry_at{};
    int batch_max = follower_batch_max;
};

class Runner final : public FollowerRunner {
  public:
    Runner(db::Database& database, Committer& committer, FollowerOptions options)
        : database_(database), committer_(committer), options_(std::move(options)) {}

    ~Runner() override { stop(); }

    void add(std::unique_ptr<Follower> follower) override {
        CHECK(!thread_.joinable(), "followers are added before start");
        Member member;
        member.state.name = follower->name();
        for (const Member& other : members_)
            CHECK(other.state.name != member.state.name, "two followers {}", member.state.name);
        member.follower = std::move(follower);
        members_.push_back(std::move(member));
    }

    void start() override {
        CHECK(!thread_.joinable() && !stopping_, "a runner starts once");
        {
            const db::Lease session = database_.reader();
            for (Member& member : members_) {
                member.stored =
                    keeps_cursor(member) ? read_cursor(*session, member.state.name) : member.follower->start_position();
                member.state.position = member.stored;
            }
        }
        committer_.on_group([wake = wake_] {
            {
                const std::lock_guard lock(wake->mutex);
                wake->committed = true;
            }
            wake->changed.notify_all();
        });
        thread_ = std::thread([this] { run(); });
    }

    void stop() override {
        {
            const std::lock_guard lock(wake_->mutex);
            stopping_ = true;
        }
        wake_->changed.notify_all();
        if (thread_.joinable()) thread_.join();
    }

    bool drain() override {
        CHECK(thread_.joinable() || stopping_, "drain before start");
        const std::int64_t target = committer_.last_position();
        std::unique_lock lock(wake_->mutex);
        const std::int64_t asked = ++drains_asked_;
        wake_->changed.notify_all();
        const auto all_there = [&] {
            return std::ranges::all_of(members_, [&](const Member& member) { return member.state.position >= target; });
        };
        drained_.wait(lock, [&] { return finished_ || all_there() || drains_tried_ >= asked; });
        return all_there();
    }

    std::vector<FollowerState> states() const override {
        const std::lock_guard lock(wake_->mutex);
        std::vector<FollowerState> states;
        for (const Member& member : members_) states.push_back(member.state);
        return states;
    }

  private:
    // wake_->mutex guards `state` of the members and the drain counters; the rest belongs to the thread.
    void run() {
        std::unique_lock lock(wake_->mutex);
        while (!stopping_) {
            const std::int64_t asked = drains_asked_;
            const bool draining = asked > drains_tried_;
            wake_->committed = false;
            lock.unlock();
            const bool stuck = work(draining);
            lock.lock();
            if (draining) drains_tried_ = asked;
            drained_.notify_all();
            const auto awake = [&] { return stopping_ || wake_->committed || drains_asked_ > drains_tried_; };
            if (stuck) {
                wake_->changed.wait_for(lock, options_.retry_first, awake);
            } else {
                wake_->changed.wait_until(lock, next_store(), awake);
            }
            if (wake_->committed && !stopping_ && drains_asked_ == drains_tried_) {
                wake_->changed.wait_for(lock, options_.gather,
                                        [&] { return stopping_ || drains_asked_ > drains_tried_; });
            }
        }
        lock.unlock();
        for (Member& member : members_) store_late_cursor(member);
        lock.lock();
        finished_ = true;
        drained_.notify_all();
    }

    SteadyTime next_store() const {
        SteadyTime next = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        for (const Member& member : members_) {
            if (behind(member)) next = std::min(next, member.store_before);
        }
        return next;
    }

    static bool keeps_cursor(const Member& member) { return member.follower->cursor_kind() == CursorKind::durable; }
    static bool behind(const Member& member) { return keeps_cursor(member) && member.stored < member.state.position; }

    /// Brings every follower to the end of the ledger or to its failing event; true when one is failing.
    bool work(bool retry_now) {
        bool stuck = false;
        for (bool progress = true; progress && !stopped();) {
            progress = false;
            stuck = false;
            for (Member& member : members_) {
                if (member.state.failures > 0) {
                    stuck = true;
                    if (!retry_now && std::chrono::steady_clock::now() < member.retry_at) continue;
                }
                if (deliver(member)) progress = true;
            }
            // One attempt at once for whoever drains; further ones wait their time.
            retry_now = false;
        }
        batch_ = {};
        for (Member& member : members_) {
            if (std::chrono::steady_clock::now() >= member.store_before) store_late_cursor(member);
        }
        return stuck || std::ranges::any_of(members_, [](const Member& member) { return member.state.failures > 0; });
    }

    bool stopped() {
        const std::lock_guard lock(wake_->mutex);
        return stopping_;
    }

    /// Hands the next batch over; true when the follower moved on.
    bool deliver(Member& member) {
        std::int64_t reached = 0;
        bool has_rows = false;
        try {
            const auto events = next_events(member);
            if (events.empty()) return false;
            reached = events.back().position;
            std::vector<RowChange> rows;
            member.follower->handle(events, rows);
            has_rows = !rows.empty();
            CHECK(!has_rows || keeps_cursor(member), "{} has no cursor in the database", member.state.name);
            if (has_rows && !store_cursor(member, reached, std::move(rows))) return false;
        } catch (const std::exception& failure) {
            failed(member, failure.what());
            return false;
        }
        const std::lock_guard lock(wake_->mutex);
        if (!has_rows && member.stored == member.state.position) {
            member.store_before = std::chrono::steady_clock::now() + options_.cursor_delay_max;
        }
        member.state.position = reached;
        member.state.failures = 0;
        member.state.last_failure.clear();
        member.batch_max = std::min(member.batch_max * 2, follower_batch_max);
        return true;
    }

    /// Followers that stand at the same place share what was read.
    std::span<const StoredEvent> next_events(const Member& member) {
        const std::int64_t from = member.state.position;
        if (from >= committer_.last_position()) return {};
        const bool have = !batch_.empty() && batch_.front().position <= from + 1 && batch_.back().position > from;
        if (!have) batch_ = read_events(*database_.reader(), from, follower_batch_max);
        const auto first =
            std::ranges::find_if(batch_, [&](const StoredEvent& event) { return event.position > from; });
        const auto there = static_cast<std::size_t>(batch_.end() - first);
        return {first,
                first + static_cast<std::ptrdiff_t>(std::min(there, static_cast<std::size_t>(member.batch_max)))};
    }

    bool store_cursor(Member& member, std::int64_t reached, std::vector<RowChange> rows) {
        WriteSet write_set;
        write_set.rows.push_back(move_cursor(member.state.name, member.stored, reached));
        std::ranges::move(rows, std::back_inserter(write_set.rows));
        const auto committed = committer_.commit(std::move(write_set));
        if (!committed) {
            failed(member, committed.error().reason);
            return false;
        }
        member.stored = reached;
        return true;
    }

    /// Stores a cursor that batches without rows have moved. One that could not be stored does no harm: the events
    /// come again.
    void store_late_cursor(Member& member) {
        if (behind(member) && !store_cursor(member, member.state.position, {})) {
            member.store_before = std::chrono::steady_clock::now() + options_.cursor_delay_max;
        }
    }

    void failed(Member& member, std::string what) {
        FollowerState state;
        {
            const std::lock_guard lock(wake_->mutex);
            const int doublings = std::min(member.state.failures, 20);
            ++member.state.failures;
            member.state.last_failure = std::move(what);
            const auto delay =
                std::min<std::chrono::milliseconds>(options_.retry_first * (1 << doublings), options_.retry_max);
            member.retry_at = std::chrono::steady_clock::now() + delay;
            member.batch_max = 1;
            state = member.state;
        }
        if (options_.on_failure) options_.on_failure(state);
    }

    db::Database& database_;
    Committer& committer_;
    const FollowerOptions options_;
    std::vector<Member> members_;
    std::vector<StoredEvent> batch_;
    std::shared_ptr<WakeUp> wake_ = std::make_shared<WakeUp>();
    std::condition_variable drained_;
    std::int64_t drains_asked_ = 0;
    std::int64_t drains_tried_ = 0;
    bool stopping_ = false;
    bool finished_ = false;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<FollowerRunner> make_follower_runner(db::Database& database, Committer& committer,
                                                     FollowerOptions options) {
    return std::make_unique<Runner>(database, committer, std::move(options));
}

}  // namespace motcua::ledger
