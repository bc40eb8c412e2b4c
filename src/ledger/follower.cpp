#include "ledger/follower.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "ledger/ledger_rows.hpp"
#include "ledger/recent_events.hpp"

namespace motcua::ledger {

namespace {

constexpr std::string_view behind_another = "behind a parked event of its stream";

constexpr std::size_t batch_bytes = 64 << 10;

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
    SteadyTime parked_retry_at{};  // when parked events are tried again by themselves
};

class Runner final : public FollowerRunner {
  public:
    Runner(db::Database& database, Committer& committer, FollowerOptions options)
        : database_(database),
          committer_(committer),
          recent_(committer.recent_events()),
          options_(std::move(options)) {}

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
        if (recent_) recent_->open();
        {
            const db::Lease session = database_.reader();
            for (Member& member : members_) {
                member.stored =
                    keeps_cursor(member) ? read_cursor(*session, member.state.name) : member.follower->start_position();
                member.state.position = member.stored;
                member.state.parked = count_parked(*session, member.state.name);
            }
        }
        committer_.on_group([wake = wake_] {
            {
                const std::lock_guard lock(wake->mutex);
                if (std::exchange(wake->committed, true)) return;  // it knows, and gathers
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
            if (member.state.parked > 0) next = std::min(next, member.parked_retry_at);
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
        forget_batch();
        for (Member& member : members_) {
            if (member.state.parked > 0 && !stopped()) retry_parked(member);
        }
        for (Member& member : members_) {
            if (std::chrono::steady_clock::now() >= member.store_before) store_late_cursor(member);
        }
        return stuck || std::ranges::any_of(members_, [](const Member& member) { return member.state.failures > 0; });
    }

    bool stopped() {
        const std::lock_guard lock(wake_->mutex);
        return stopping_;
    }

    /// On a shared database another server may have handled what this one is about to; true when it did.
    bool overtaken(Member& member) {
        if (!database_.is_shared() || !keeps_cursor(member)) return false;
        const std::int64_t stored = read_cursor(*database_.reader(), member.state.name);
        if (stored <= member.stored) return false;
        member.stored = stored;
        const std::lock_guard lock(wake_->mutex);
        if (stored <= member.state.position) return false;
        member.state.position = stored;
        member.state.failures = 0;
        member.state.last_failure.clear();
        member.batch_max = follower_batch_max;
        return true;
    }

    /// The same where the database may be the very thing that failed.
    bool overtaken_quietly(Member& member) {
        try {
            return overtaken(member);
        } catch (const std::exception&) {
            return false;
        }
    }

    /// Hands the next batch over; true when the follower moved on.
    bool deliver(Member& member) {
        std::int64_t reached = 0;
        bool has_rows = false;
        std::span<const StoredEvent> events;
        try {
            if (member.state.position < committer_.last_position() && overtaken(member)) return true;
            events = next_events(member);
            if (events.empty()) return false;
            if (member.state.parked > 0) {
                events = events.first(count_unparked(member, events));
                if (events.empty()) return park(member, next_events(member).front(), std::string(behind_another));
            }
            reached = events.back().position;
            std::vector<RowChange> rows;
            member.follower->handle(events, rows);
            has_rows = !rows.empty();
            CHECK(!has_rows || keeps_cursor(member), "{} has no cursor in the database", member.state.name);
            if (has_rows) {
                if (auto stored = store_cursor(member, reached, std::move(rows)); !stored)
                    return give_up(member, events, stored.error().reason, stored.error().code != Errc::unavailable);
            }
        } catch (const Fault& fault) {
            return give_up(member, events, fault.what(), false);
        } catch (const std::exception& failure) {
            return give_up(member, events, failure.what(), true);
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
        const auto& events = batch_.events;
        const bool have = !events.empty() && events.front().position <= from + 1 && events.back().position > from;
        if (!have) {
            forget_batch();
            if (recent_) batch_ = recent_->take(from, follower_batch_max);
            if (events.empty()) read_batch(from);
        }
        const auto first =
            std::ranges::find_if(events, [&](const StoredEvent& event) { return event.position > from; });
        const auto there = static_cast<std::size_t>(events.end() - first);
        return {first,
                first + static_cast<std::ptrdiff_t>(std::min(there, static_cast<std::size_t>(member.batch_max)))};
    }

    void read_batch(std::int64_t from) {
        // A new one each time: one that is used again asks for twice as much at once, every time.
        batch_.memory.push_back(std::make_shared<json::monotonic_resource>(batch_bytes));
        batch_.events = read_events(*database_.reader(), from, follower_batch_max, batch_.memory.back().get());
    }

    void forget_batch() {
        batch_.events.clear();
        batch_.memory.clear();
    }

    Result<void> store_cursor(Member& member, std::int64_t reached, std::vector<RowChange> rows) {
        WriteSet write_set;
        write_set.rows.push_back(move_cursor(member.state.name, member.stored, reached));
        std::ranges::move(rows, std::back_inserter(write_set.rows));
        TRY(committer_.commit(std::move(write_set)));
        member.stored = reached;
        return {};
    }

    /// A failed delivery: later again, or, when it is one event that fails for reasons of its own and has often enough,
    /// without it. True when the follower moved on.
    bool give_up(Member& member, std::span<const StoredEvent> events, std::string what, bool its_own) {
        if (overtaken_quietly(member)) return true;
        if (its_own && events.size() == 1 && member.follower->parks() &&
            member.state.failures + 1 >= options_.park_after)
            return park(member, events.front(), what);
        failed(member, std::move(what));
        return false;
    }

    /// How many of the events come before the first one of a stream that has parked ones.
    std::size_t count_unparked(const Member& member, std::span<const StoredEvent> events) {
        const db::Lease session = database_.reader();
        const auto first = std::ranges::find_if(events, [&](const StoredEvent& event) {
            return is_stream_parked(*session, member.state.name, event.kind, event.stream);
        });
        return static_cast<std::size_t>(first - events.begin());
    }

    bool park(Member& member, const StoredEvent& event, const std::string& why) {
        const ParkedEvent parked{member.state.name, event.position, event.kind, event.stream, why};
        const std::int64_t position = event.position;
        Result<void> stored;
        if (keeps_cursor(member)) {
            stored = store_cursor(member, position, {insert_parked(parked)});
        } else {
            stored = commit_rows({insert_parked(parked)});
        }
        if (!stored) {
            failed(member, stored.error().reason);
            return false;
        }
        {
            const std::lock_guard lock(wake_->mutex);
            member.state.position = position;
            member.state.failures = 0;
            member.state.last_failure.clear();
        }
        member.parked_retry_at = std::chrono::steady_clock::now() + options_.parked_retry;
        recount_parked(member);
        if (options_.on_parked) options_.on_parked(parked);
        return true;
    }

    Result<void> commit_rows(std::vector<RowChange> rows) {
        WriteSet write_set;
        write_set.rows = std::move(rows);
        TRY(committer_.commit(std::move(write_set)));
        return {};
    }

    void recount_parked(Member& member) {
        const std::int64_t parked = count_parked(*database_.reader(), member.state.name);
        const std::lock_guard lock(wake_->mutex);
        member.state.parked = parked;
    }

    /// Parked events are delivered again when their time has come or somebody asks: in order, and of each stream only
    /// as long as none fails.
    void retry_parked(Member& member) {
        try {
            const auto now = std::chrono::steady_clock::now();
            if (now < member.parked_retry_at && !retry_asked(*database_.reader(), member.state.name)) return;
            member.parked_retry_at = now + options_.parked_retry;
            std::vector<std::pair<StreamKind, std::int64_t>> failing;
            for (ParkedEvent& parked : list_parked_of(*database_.reader(), member.state.name, parked_listed_max)) {
                const std::pair stream{parked.kind, parked.stream};
                if (std::ranges::find(failing, stream) == failing.end() && !deliver_parked(member, parked))
                    failing.push_back(stream);
                if (std::ranges::find(failing, stream) != failing.end()) {
                    if (!commit_rows({update_parked(parked)})) break;
                }
                if (stopped()) break;
            }
            recount_parked(member);
        } catch (const std::exception& failure) {
            // The database; the follower's own work will meet it and tell.
            member.parked_retry_at = std::chrono::steady_clock::now() + options_.retry_max;
        }
    }

    bool deliver_parked(Member& member, ParkedEvent& parked) {
        try {
            const auto events = read_events(*database_.reader(), parked.position - 1, 1);
            std::vector<RowChange> rows;
            member.follower->handle(events, rows);
            rows.insert(rows.begin(), delete_parked(parked));
            if (auto stored = commit_rows(std::move(rows)); !stored) {
                parked.reason = stored.error().reason;
                return false;
            }
            return true;
        } catch (const std::exception& failure) {
            parked.reason = failure.what();
            return false;
        }
    }

    /// Stores a cursor that batches without rows have moved. One that could not be stored does no harm: the events
    /// come again.
    void store_late_cursor(Member& member) {
        if (behind(member)) overtaken_quietly(member);
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
    RecentEvents* const recent_;
    const FollowerOptions options_;
    std::vector<Member> members_;
    // Read by all, changed by none and forgotten together, so that a value of the data costs no allocation of its own.
    EventBatch batch_;
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
