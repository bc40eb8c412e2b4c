// The group committer: the queue, whose turn it is within this program, and who is told. How a group is written is
// GroupWriter's. On a shared database several groups are on their way at once, each in a lane of its own, on the
// positions that follow those of the group before. They write their rows side by side and commit in their order; when
// one fails, those behind it are undone and queued again.
#include "ledger/committer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <limits>
#include <mutex>
#include <ranges>
#include <semaphore>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "db/lane.hpp"
#include "ledger/group_writer.hpp"
#include "ledger/joined_group.hpp"
#include "ledger/pace.hpp"
#include "ledger/stream_heads.hpp"

namespace motcua::ledger {

namespace {

constexpr auto watch_interval = std::chrono::milliseconds{50};
/// Groups that take the turn alone after another program had it, before lanes are tried again.
constexpr int groups_alone = 8;
/// Groups whose rows follow those of the group before, after one stood in the way of another.
constexpr int groups_in_file = 64;
/// How often a group that waits for its turn to commit looks whether it is itself what holds up the first.
constexpr auto look_interval = std::chrono::milliseconds{5};
/// Told requests that a caller destroys with each one it submits: more than come, little for one caller.
constexpr std::size_t spent_at_once = 2;

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;

microseconds since(SteadyTime started) {
    return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - started);
}

/// A group on its way in a lane.
struct Flight {
    db::Lane* lane;
    std::size_t size;
    Tail tail;                // of the ledger once it is committed
    std::int64_t number = 0;  // later ones have higher numbers
    std::vector<StreamKey> streams = {};
    bool has_rows = false;  // all of them are written
};
constexpr std::int64_t no_flight = std::numeric_limits<std::int64_t>::max();

class GroupCommitter final : public Committer {
  public:
    GroupCommitter(db::Database& database, CommitterHooks hooks)
        : database_(database),
          hooks_(std::move(hooks)),
          shared_(database.is_shared()),
          free_lanes_(database.lanes()),
          writer_(database, hooks_),
          planned_(writer_.tail()),
          last_position_(planned_.position) {
        // A thread for each lane, and one that tells callers meanwhile.
        const std::size_t lanes = free_lanes_.size();
        for (std::size_t i = 0; i < (lanes > 0 ? lanes + 1 : 1); ++i) threads_.emplace_back([this] { run(); });
        if (shared_) watcher_ = std::thread([this] { watch(); });
    }

    ~GroupCommitter() override { stop(); }

    void submit(WriteSet write_set, Completion done) override {
        auto request = prepare(std::move(write_set));
        request->done = std::move(done);
        enqueue(std::move(request));
    }

    void on_group(std::function<void()> hook) override {
        const std::lock_guard lock(mutex_);
        auto more = std::make_shared<std::vector<std::function<void()>>>(*group_hooks_);
        more->push_back(std::move(hook));
        group_hooks_ = std::move(more);
    }

    Result<Committed> commit(WriteSet write_set) override { return run_blocking(prepare(std::move(write_set))); }

    Result<void> write(std::string_view name, std::function<Result<void>(AdminTransaction&)> change) override {
        auto request = std::make_unique<Request>();
        request->name = name;
        request->change = &change;
        TRY(run_blocking(std::move(request)));
        return {};
    }

    std::int64_t last_position() const override { return last_position_; }

    CommitterStats stats() const override {
        CommitterStats stats;
        {
            const std::lock_guard lock(mutex_);
            stats.queued = static_cast<std::int64_t>(queue_.size());
        }
        stats.groups = groups_;
        stats.committed = committed_;
        stats.conflicts = conflicts_;
        stats.faults = faults_;
        stats.clock_behind = writer_.clock_behind();
        return stats;
    }

    void stop() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        watch_.notify_all();
        const std::lock_guard one_stops(stop_mutex_);
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
        if (watcher_.joinable()) watcher_.join();
    }

  private:
    static std::unique_ptr<Request> prepare(WriteSet write_set) {
        CHECK(write_set.events.empty() || (!write_set.rows.empty() && write_set.rows.front().expect_rows == 1),
              "a write set with events begins with its version check");
        auto request = std::make_unique<Request>();
        request->set = std::move(write_set);
        request->data.reserve(request->set.events.size());
        for (NewEvent& event : request->set.events) {
            request->data.push_back(json::serialize(event.data));
            event.data = {};  // destroyed here rather than by the writer
        }
        return request;
    }

    void enqueue(std::unique_ptr<Request> request) {
        std::string_view refused;
        bool wake = false;
        std::array<std::unique_ptr<Request>, spent_at_once> spent;
        {
            const std::lock_guard lock(mutex_);
            for (auto& one : spent) {
                if (spent_.empty()) break;
                one = std::move(spent_.back());
                spent_.pop_back();
            }
            if (stopping_) {
                refused = "ledger.stopped";
            } else if (queue_.size() >= commit_queue_max) {
                refused = "ledger.queue_full";
            } else {
                queue_.push_back(std::move(request));
                wake = may_begin() || (!writing_ && flights_.empty() && queue_.size() == 1);
            }
        }
        if (wake) wake_.notify_one();
        if (!refused.empty()) {
            // Refused means not moved. NOLINTNEXTLINE(bugprone-use-after-move)
            request->done(std::unexpected(Error{Errc::unavailable, std::string(refused), {}, {}}));
        }
    }

    Result<Committed> run_blocking(std::unique_ptr<Request> request) {
        CHECK(telling_thread_.load() != std::this_thread::get_id() &&
                  writing_thread_.load() != std::this_thread::get_id(),
              "a completion must not wait for a commit");
        Result<Committed> outcome = Committed{};
        std::exception_ptr thrown;
        std::binary_semaphore finished{0};
        Request& mine = *request;
        request->done = [&](Result<Committed> result) {
            outcome = std::move(result);
            thrown = mine.thrown;
            finished.release();
        };
        bool writes_itself = false;
        {
            const std::lock_guard lock(mutex_);
            writes_itself = !stopping_ && !writing_ && flights_.empty() && queue_.empty();
            if (writes_itself) {
                writing_ = true;
                refuse_stale(mine);
            }
        }
        if (writes_itself) {
            // Nobody else writes: no need to pay for a hand-over to the thread and back.
            Batch batch;
            batch.push_back(std::move(request));
            process(batch);
        } else {
            enqueue(std::move(request));
        }
        finished.acquire();
        if (thrown) std::rethrow_exception(thrown);
        return outcome;
    }

    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            if (queue_.empty() && stopping_ && !writing_ && flights_.empty()) return wake_.notify_all();
            if (can_begin() && (stopping_ || may_begin())) {
                Batch batch = take_batch();
                if (!batch.empty()) {
                    pace_.begins(batch.size());
                    writing_ = true;
                    lock.unlock();
                    process(batch);
                    lock.lock();
                    retire(batch);
                    continue;
                }
            } else if (can_begin() && flights_.empty()) {
                // Who has just been answered may come back: until then, or until the time is up.
                wake_.wait_until(lock, pace_.until());
                continue;
            }
            wake_.wait(lock);
        }
    }

    /// What they held was made by the threads that submit, and is given back there: the writer is the narrow place.
    void retire(Batch& batch) {
        const std::size_t room = commit_group_max - std::min(spent_.size(), commit_group_max);
        const auto kept = batch.begin() + static_cast<std::ptrdiff_t>(std::min(batch.size(), room));
        std::move(batch.begin(), kept, std::back_inserter(spent_));
    }

    /// Whether a thread that waits for work has something to look at.
    bool has_work() const { return stopping_ || may_begin() || (!queue_.empty() && flights_.empty()); }

    bool can_begin() const {
        return !queue_.empty() && !writing_ && undone_after_ == no_flight && (flights_.empty() || !free_lanes_.empty());
    }
    bool may_begin() const {
        return can_begin() &&
               (!shared_ || pace_.may_begin(queue_.size(), !flights_.empty(), std::chrono::steady_clock::now()));
    }

    /// Write sets up to the limit or to the next administrative change, which stays alone. Of a shared database those
    /// that are independent of one another and of what is on its way; the others stay in the queue, in their order.
    Batch take_batch() {
        Batch batch;
        Independent independent;
        Batch left;
        while (!queue_.empty() && batch.size() < commit_group_max) {
            std::unique_ptr<Request>& next = queue_.front();
            const bool admin = next->change;
            if (admin && (!batch.empty() || !left.empty())) break;
            bool fits = admin || !shared_;
            if (!fits && !heads_.is_on_its_way(next->set)) {
                refuse_stale(*next);
                fits = !next->outcome || independent.add(next->set);
            }
            (fits ? batch : left).push_back(std::move(next));
            queue_.pop_front();
            if (admin) break;
        }
        put_back(left);
        return batch;
    }

    void refuse_stale(Request& request) const {
        if (shared_ && !request.change && heads_.is_stale(request.set))
            request.outcome = fail(Errc::conflict, "ledger.version_conflict");
    }

    template <class Requests>
    void put_back(Requests&& left) {
        for (auto& next : std::views::reverse(left)) queue_.push_front(std::move(next));
    }

    /// Writes, settles and tells everybody in it; the caller has set writing_, which is given back.
    void process(Batch& batch) {
        const auto started = std::chrono::steady_clock::now();
        std::vector<Request*> requests;
        for (auto& request : batch)
            if (request->outcome) requests.push_back(request.get());
        if (requests.empty()) {
            give_back_writing();
            return tell(batch, started);
        }
        if (db::Lane* lane = take_lane(*requests.front())) {
            write_in_lane(*lane, batch, requests);
            return tell(batch, started);
        }
        await_flights();
        write_alone(requests);
        {
            const std::lock_guard lock(mutex_);
            planned_ = writer_.tail();
            remember(requests);
            raise_last_position(planned_.position);
        }
        // Before anybody else writes: a fault is not met by a group more than its own.
        tell(batch, started);
        give_back_writing();
    }

    db::Lane* take_lane(const Request& first) {
        const std::lock_guard lock(mutex_);
        if (alone_ > 0) {
            --alone_;
            return nullptr;
        }
        if (first.change || free_lanes_.empty()) return nullptr;
        db::Lane* lane = free_lanes_.back();
        free_lanes_.pop_back();
        return lane;
    }

    void give_back_writing() {
        bool more = false;
        {
            const std::lock_guard lock(mutex_);
            writing_ = false;
            clear_undone();
            more = has_work();
        }
        changed_.notify_all();
        if (more) wake_.notify_one();
    }

    /// Waits, with nothing open, for the end of all groups before.
    void await_flights() {
        std::unique_lock lock(mutex_);
        aside_ = true;
        clear_undone();
        changed_.notify_all();
        changed_.wait(lock, [this] { return flights_.empty(); });
        aside_ = false;
    }

    void write_alone(const std::vector<Request*>& requests) {
        writing_thread_ = std::this_thread::get_id();
        writer_.write(requests);
        writing_thread_ = std::thread::id{};
        // Where the ledger ends after a fault is known only to who takes the turn alone.
        if (std::ranges::any_of(requests, [](const Request* request) {
                return !request->outcome && request->outcome.error().code == Errc::unavailable;
            }))
            go_alone();
    }

    void go_alone() {
        const std::lock_guard lock(mutex_);
        alone_ = groups_alone;
    }

    void remember(const std::vector<Request*>& requests) {
        if (!shared_) return;
        for (const Request* request : requests)
            if (request->outcome && !request->change) heads_.committed(request->set);
    }

    /// The caller has set writing_, which is given back as soon as others may write beside this group. What has to be
    /// written again is back in the queue; the rest of the batch is settled.
    void write_in_lane(db::Lane& lane, Batch& batch, std::vector<Request*>& requests) {
        writer_.refuse_clock_behind(requests, planned_);
        if (requests.empty()) {
            {
                const std::lock_guard lock(mutex_);
                free_lanes_.push_back(&lane);
            }
            return give_back_writing();
        }
        JoinedGroup group(planned_);
        for (Request* request : requests) group.add(*request);
        Flight flight{.lane = &lane, .size = requests.size(), .tail = group.tail()};
        bool beside = false;
        {
            const std::lock_guard lock(mutex_);
            flight.number = ++flight_numbers_;
            flights_.push_back(&flight);
            for (const Request* request : requests)
                if (!request->set.events.empty()) flight.streams.push_back(StreamHeads::key_of(request->set));
            heads_.set_out(flight.streams);
            planned_ = group.tail();
            // A row that may be anybody's has to be met in the order of the groups.
            beside = in_file_ == 0 && group.is_keyed();
            if (in_file_ > 0) --in_file_;
        }
        if (beside) give_back_writing();
        const auto started = std::chrono::steady_clock::now();
        const bool written = begin_in_lane(lane, group);
        const microseconds took = since(started);
        {
            const std::lock_guard lock(mutex_);
            flight.has_rows = written;
            pace_.rows_took(took, group.size());
        }
        if (!beside) give_back_writing();
        if (!await_turn(flight)) return undo(flight, batch);
        const bool conflicts = group.refuse_conflicting(requests);
        if (written && !conflicts) return commit(flight, requests, group);
        roll_back(lane);
        const bool took_writing = stop_the_others(flight);
        if (!requests.empty()) write_alone(requests);
        land(flight, requests, took_writing);
    }

    bool begin_in_lane(db::Lane& lane, JoinedGroup& group) {
        try {
            if (lane.begin(group.steps())) return true;
            go_alone();
        } catch (const std::exception&) {
            // Who it was, and whether it passes, shows when they are written alone.
            roll_back(lane);
        }
        return false;
    }

    /// True: all groups before are committed. False: the group is to be undone.
    bool await_turn(Flight& flight) {
        std::unique_lock lock(mutex_);
        const auto is_settled = [&] { return flight.number > undone_after_ || flights_.front() == &flight; };
        while (!changed_.wait_for(lock, look_interval, is_settled)) {
            Flight& first = *flights_.front();
            if (first.has_rows || !flight.has_rows) continue;
            // Nobody before may have to wait for a row that this group has changed.
            lock.unlock();
            const bool in_the_way = flight.lane->holds_up(*first.lane);
            lock.lock();
            if (!in_the_way || is_settled()) continue;
            undone_after_ = flight.number - 1;
            in_file_ = groups_in_file;
            changed_.notify_all();
        }
        return flight.number <= undone_after_;
    }

    /// Back to the queue with what is not settled.
    void undo(Flight& flight, Batch& batch) {
        roll_back(*flight.lane);
        {
            const std::lock_guard lock(mutex_);
            const auto again = std::ranges::stable_partition(
                batch, [](const std::unique_ptr<Request>& request) { return !request->outcome; });
            remove(flight);
            put_back(again);
            batch.erase(again.begin(), again.end());
            clear_undone();
        }
        changed_.notify_all();
        wake_.notify_one();
    }

    void remove(Flight& flight) {
        std::erase(flights_, &flight);
        free_lanes_.push_back(flight.lane);
        heads_.arrive(flight.streams);
    }

    /// When all that were to be undone are: the next group follows what is left.
    void clear_undone() {
        if (undone_after_ == no_flight || mending_ || (writing_ && !aside_)) return;
        if (!flights_.empty() && flights_.back()->number > undone_after_) return;
        undone_after_ = no_flight;
        planned_ = flights_.empty() ? writer_.tail() : flights_.back()->tail;
    }

    /// Of the first flight.
    void commit(Flight& flight, const std::vector<Request*>& requests, const JoinedGroup& group) {
        bool committed = false;
        bool unanswered = false;
        bool took_writing = false;
        const auto started = std::chrono::steady_clock::now();
        try {
            committed = flight.lane->commit();
            unanswered = !committed;
        } catch (const std::exception&) {
            roll_back(*flight.lane);
        }
        const microseconds took = since(started);
        if (!committed) {
            took_writing = stop_the_others(flight);
            committed = unanswered && was_committed(*flight.lane, requests);
            if (!committed && requests.front()->outcome) write_alone(requests);
        }
        {
            const std::lock_guard lock(mutex_);
            pace_.commit_took(took);
            if (committed) {
                group.settle(requests);
                writer_.set_tail(group.tail());
            }
        }
        land(flight, requests, took_writing);
    }

    /// After a commit without an answer. Where nobody can tell, the requests get their outcome.
    bool was_committed(db::Lane& lane, const std::vector<Request*>& requests) {
        try {
            return lane.was_committed();
        } catch (const Fault& fault) {
            writer_.report(fault.reason(), fault.what());
            for (Request* request : requests) request->outcome = std::unexpected(GroupWriter::unavailable(fault));
            go_alone();
            return false;
        }
    }

    /// The first flight is settled, committed or written alone.
    void land(Flight& flight, const std::vector<Request*>& requests, bool took_writing) {
        bool more = false;
        {
            const std::lock_guard lock(mutex_);
            raise_last_position(writer_.tail().position);
            remember(requests);
            remove(flight);
            if (std::exchange(mending_, false)) {
                undone_after_ = no_flight;
                planned_ = writer_.tail();
            }
            if (took_writing) writing_ = false;
            clear_undone();
            std::size_t callers = flight.size + queue_.size();
            for (const Flight* other : flights_) callers += other->size;
            pace_.told(callers, std::chrono::steady_clock::now());
            more = has_work();
        }
        changed_.notify_all();
        if (more) wake_.notify_one();
    }

    /// The first flight failed: those behind it rest on positions that may not be. Answers when nothing else is open;
    /// true when nobody was writing, so that the caller has set writing_.
    bool stop_the_others(const Flight& first) {
        std::unique_lock lock(mutex_);
        mending_ = true;
        undone_after_ = first.number;
        changed_.notify_all();
        changed_.wait(lock, [this] { return flights_.size() == 1 && (!writing_ || aside_); });
        return !std::exchange(writing_, true);
    }

    void roll_back(db::Lane& lane) {
        try {
            lane.rollback();
        } catch (const std::exception& failure) {
            writer_.report("ledger.unavailable", failure.what());
        }
    }

    /// The outcome to each of them, one group at a time.
    void tell(Batch& batch, SteadyTime started) {
        if (batch.empty()) return;
        const std::lock_guard one_tells(tell_mutex_);
        telling_thread_ = std::this_thread::get_id();
        ++groups_;
        for (const auto& request : batch) count(request->outcome);
        if (hooks_.group_committed) {
            hooks_.group_committed(batch.size(), since(started));
        }
        for (auto& request : batch) complete(*request);
        call_group_hooks();
        telling_thread_ = std::thread::id{};
    }

    /// A completion that throws must not take the writer down with it.
    void complete(Request& request) {
        try {
            const Completion done = std::move(request.done);
            done(std::move(request.outcome));
        } catch (const std::exception& failure) {
            writer_.report("ledger.unavailable", failure.what());
        }
    }

    void count(const Result<Committed>& outcome) {
        if (outcome) {
            ++committed_;
        } else if (outcome.error().code == Errc::conflict) {
            ++conflicts_;
        } else if (outcome.error().code == Errc::unavailable) {
            ++faults_;
        }
    }

    void call_group_hooks() {
        std::shared_ptr<const std::vector<std::function<void()>>> group_hooks;
        {
            const std::lock_guard lock(mutex_);
            group_hooks = group_hooks_;
        }
        for (const auto& hook : *group_hooks) hook();
    }

    void raise_last_position(std::int64_t position) {
        std::int64_t known = last_position_;
        while (known < position && !last_position_.compare_exchange_weak(known, position)) continue;
    }

    /// Hears of what other servers committed. Whoever appends holds the turn to write until its commit, so what a
    /// reader sees has no gap, and nothing can still come before it.
    void watch() {
        bool away = false;
        std::unique_lock lock(mutex_);
        while (!watch_.wait_for(lock, watch_interval, [this] { return stopping_; })) {
            lock.unlock();
            try {
                const std::int64_t position = read_tail(*database_.reader()).position;
                if (position > last_position_) {
                    raise_last_position(position);
                    call_group_hooks();
                }
                away = false;
            } catch (const std::exception& failure) {
                if (!std::exchange(away, true)) writer_.report("ledger.unavailable", failure.what());
            }
            lock.lock();
        }
    }

    db::Database& database_;
    const CommitterHooks hooks_;
    const bool shared_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;     // for those who wait for work
    std::condition_variable changed_;  // for those who write and wait for one another
    std::condition_variable watch_;
    std::deque<std::unique_ptr<Request>> queue_;
    Batch spent_;  // told; at most a group of them
    std::shared_ptr<const std::vector<std::function<void()>>> group_hooks_ =
        std::make_shared<std::vector<std::function<void()>>>();
    std::vector<db::Lane*> free_lanes_;
    Pace pace_;
    StreamHeads heads_;
    std::deque<Flight*> flights_;  // in the order of their positions; the first may commit
    std::int64_t flight_numbers_ = 0;
    std::int64_t undone_after_ = no_flight;  // flights of higher numbers are to be undone; none begins meanwhile
    bool mending_ = false;                   // the first failed, and writes alone what is left of it
    bool writing_ = false;  // somebody writes rows before others may: a thread of ours, or a caller of commit or write
    bool aside_ = false;    // who writes has nothing open and waits for the last flight
    int alone_ = 0;         // groups that are still to take the turn alone
    int in_file_ = 0;       // groups that are still to write their rows one after the other
    bool stopping_ = false;
    std::mutex stop_mutex_;
    std::mutex tell_mutex_;
    std::atomic<std::thread::id> writing_thread_{}, telling_thread_{};

    // Of whoever writes alone: the first flight, or who has set writing_ while there is none.
    GroupWriter writer_;
    // Of whoever has set writing_: where the next group begins.
    Tail planned_;

    std::atomic<std::int64_t> last_position_{0};
    std::atomic<std::int64_t> groups_{0};
    std::atomic<std::int64_t> committed_{0};
    std::atomic<std::int64_t> conflicts_{0};
    std::atomic<std::int64_t> faults_{0};
    std::vector<std::thread> threads_;
    std::thread watcher_;  // of a shared database
};

}  // namespace

std::unique_ptr<Committer> make_committer(db::Database& database, CommitterHooks hooks) {
    return std::make_unique<GroupCommitter>(database, std::move(hooks));
}

}  // namespace motcua::ledger
