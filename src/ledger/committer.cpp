// The group committer: the queue, whose turn it is within this program, and who is told. How a group is written is
// GroupWriter's. On a shared database two groups are on their way at once, each in a lane of its own: while one waits
// for its commit, the next writes its rows behind it, on the positions that follow. They commit in their order; when
// the first one fails, the one behind it is undone and written again.
#include "ledger/committer.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <semaphore>
#include <set>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "db/lane.hpp"
#include "ledger/group_writer.hpp"
#include "ledger/joined_group.hpp"

namespace motcua::ledger {

namespace {

constexpr int answers_deleted_at_once = 500;
constexpr auto watch_interval = std::chrono::milliseconds{50};
/// Groups that take the turn alone after another program had it, before lanes are tried again.
constexpr int groups_alone = 8;

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;

/// When the next group of a shared database begins. Small groups waste what each costs, so callers who have just been
/// answered are given a moment to come back. With a quick disk two groups of half of them take turns, one writing its
/// rows beside the commit of the other; where a sync takes longer than all their rows, one full group a sync is more
/// than two halves that wait for each other.
class Pace {
  public:
    void rows_took(microseconds time, std::size_t size) {
        if (size > 0) blend(row_, std::chrono::duration_cast<nanoseconds>(time) / size);
    }
    void commit_took(microseconds time) { blend(commit_, time); }
    /// A group of that size was told, and `queued` wait.
    void told(std::size_t size, std::size_t queued, SteadyTime now) {
        const std::size_t callers = std::min(size + queued, commit_group_max);
        const nanoseconds rows = row_ * callers;
        // Not to and fro where the two ways are about as good.
        slow_disk_ = commit_ > (slow_disk_ ? rows : rows + rows / 2);
        wanted_ = slow_disk_ ? callers : (callers + 1) / 2;
        until_ = now + patience_;
        patience_max_ = slow_disk_ ? commit_ / 2 : rows;
    }
    void begins(std::size_t size) {
        // Callers who do not come back are waited for less and less.
        patience_ = size * 4 >= wanted_ * 3 ? patience_max_ : patience_ / 2;
    }

    bool may_begin(std::size_t queued, bool committing, SteadyTime now) const {
        if (committing && slow_disk_) return queued >= commit_group_max;
        return queued >= wanted_ || (!committing && now >= until_);
    }
    SteadyTime until() const { return until_; }

  private:
    using nanoseconds = std::chrono::nanoseconds;
    static void blend(nanoseconds& kept, nanoseconds time) { kept += (time - kept) / 8; }

    nanoseconds row_{0}, commit_{0};  // lately: the rows of one write set, a commit
    nanoseconds patience_{0}, patience_max_{0};
    bool slow_disk_ = false;
    std::size_t wanted_ = 1;
    SteadyTime until_{};
};

microseconds since(SteadyTime started) {
    return std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - started);
}

/// No stream and no key twice, so that the rows of one kind can be one statement.
class Independent {
  public:
    bool add(const WriteSet& set) {
        if (!set.events.empty() && !streams_.emplace(set.kind, set.stream).second) return false;
        return !set.answer || keys_.insert(set.answer->key).second;
    }

  private:
    std::set<std::pair<StreamKind, std::int64_t>> streams_;
    std::set<std::string_view> keys_;
};

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
        // One that writes, and where there are lanes one that waits for the commit before it.
        for (std::size_t i = 0; i < std::max<std::size_t>(1, free_lanes_.size()); ++i)
            threads_.emplace_back([this] { run(); });
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
        for (const NewEvent& event : request->set.events) request->data.push_back(json::serialize(event.data));
        return request;
    }

    void enqueue(std::unique_ptr<Request> request) {
        std::string_view refused;
        bool wake = false;
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                refused = "ledger.stopped";
            } else if (queue_.size() >= commit_queue_max) {
                refused = "ledger.queue_full";
            } else {
                queue_.push_back(std::move(request));
                wake = may_begin() || (!writing_ && !committing_ && queue_.size() == 1);
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
            writes_itself = !stopping_ && !writing_ && !committing_ && queue_.empty();
            if (writes_itself) writing_ = true;
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
            wake_.wait(lock, [this] { return !writing_ && has_work(); });
            if (queue_.empty()) return wake_.notify_all();  // stopped, and so are the others
            if (!may_begin() && !stopping_) {
                // Who has just been answered may come back: until then, or until the time is up.
                if (committing_) {
                    wake_.wait(lock);
                } else {
                    wake_.wait_until(lock, pace_.until());
                }
                continue;
            }
            Batch batch = take_batch();
            pace_.begins(batch.size());
            writing_ = true;
            lock.unlock();
            process(batch);
            batch.clear();
            lock.lock();
        }
    }

    /// Whether a thread that waits for work has something to look at.
    bool has_work() const { return !queue_.empty() || stopping_; }

    bool may_begin() const {
        if (writing_ || queue_.empty()) return false;
        return !shared_ || pace_.may_begin(queue_.size(), committing_, std::chrono::steady_clock::now());
    }

    /// Write sets up to the limit or to the next administrative change, which stays alone. Of a shared database those
    /// that are independent; the others stay in the queue, in their order.
    Batch take_batch() {
        Batch batch;
        Independent independent;
        std::deque<std::unique_ptr<Request>> left;
        while (!queue_.empty() && batch.size() < commit_group_max) {
            const bool admin = queue_.front()->change;
            if (admin && (!batch.empty() || !left.empty())) break;
            const bool fits = admin || !shared_ || independent.add(queue_.front()->set);
            if (fits)
                batch.push_back(std::move(queue_.front()));
            else
                left.push_back(std::move(queue_.front()));
            queue_.pop_front();
            if (admin) break;
        }
        while (!left.empty()) {
            queue_.push_front(std::move(left.back()));
            left.pop_back();
        }
        return batch;
    }

    /// Writes, settles and tells everybody in it; the caller has set writing_, which is given back.
    void process(Batch& batch) {
        const auto started = std::chrono::steady_clock::now();
        std::vector<Request*> requests;
        for (auto& request : batch) requests.push_back(request.get());
        const bool administrative = requests.front()->change;
        db::Lane* lane = administrative || alone_ > 0 ? nullptr : take_lane();
        if (alone_ > 0) --alone_;
        if (lane) {
            if (write_in_lane(*lane, requests)) return tell(batch, started);
        } else {
            await_commit();
        }
        write_alone(requests);
        planned_ = writer_.tail();
        raise_last_position(planned_.position);
        tell(batch, started);
        give_back(writing_);
    }

    db::Lane* take_lane() {
        const std::lock_guard lock(mutex_);
        if (free_lanes_.empty()) return nullptr;
        db::Lane* lane = free_lanes_.back();
        free_lanes_.pop_back();
        return lane;
    }

    void give_back(bool& held) {
        bool more = false;
        {
            const std::lock_guard lock(mutex_);
            held = false;
            more = has_work();
        }
        changed_.notify_all();
        if (more) wake_.notify_one();
    }

    /// Waits, with nothing open, for the end of the group before.
    void await_commit() {
        std::unique_lock lock(mutex_);
        aside_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !committing_; });
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
            alone_ = groups_alone;
    }

    /// False: nothing of what is left in `requests` was written, and no other group is on its way. True: all are
    /// settled, and writing_ was given back.
    bool write_in_lane(db::Lane& lane, std::vector<Request*>& requests) {
        JoinedGroup group(planned_);
        const auto started = std::chrono::steady_clock::now();
        bool open = begin_in_lane(lane, requests, group);
        const microseconds took = since(started);
        {
            std::unique_lock lock(mutex_);
            pace_.rows_took(took, group.size());
            changed_.wait(lock, [this] { return !committing_ || broken_; });
            if (open && !broken_) {
                planned_ = group.tail();
                committing_ = true;
                writing_ = false;
                const bool more = has_work();
                lock.unlock();
                if (more) wake_.notify_one();
                commit_in_lane(lane, requests, group);
                return true;
            }
        }
        if (open) roll_back(lane);
        await_commit();
        const std::lock_guard lock(mutex_);
        free_lanes_.push_back(&lane);
        return false;
    }

    /// Writes the rows behind the group before; what conflicts is settled and leaves `requests`. True: they wait for
    /// their commit.
    bool begin_in_lane(db::Lane& lane, std::vector<Request*>& requests, JoinedGroup& group) {
        try {
            for (int attempt = 1; attempt <= joined_attempts_max; ++attempt) {
                group = JoinedGroup(planned_);
                writer_.refuse_clock_behind(requests, planned_);
                for (Request* request : requests) group.add(*request);
                if (!lane.begin(group.steps())) {
                    alone_ = groups_alone;
                    return false;
                }
                if (!group.refuse_conflicting(requests)) return true;
                lane.rollback();
            }
        } catch (const std::exception&) {
            // Who it was, and whether it passes, shows when they are written alone.
            roll_back(lane);
        }
        return false;
    }

    /// The caller has set committing_, which is given back.
    void commit_in_lane(db::Lane& lane, std::vector<Request*>& requests, const JoinedGroup& group) {
        bool committed = false;
        bool unanswered = false;
        const auto started = std::chrono::steady_clock::now();
        try {
            committed = lane.commit();
            unanswered = !committed;
        } catch (const std::exception&) {
            roll_back(lane);
        }
        const bool took_writing = !committed && stop_the_next();
        if (unanswered) {
            try {
                committed = lane.was_committed();
            } catch (const Fault& fault) {
                writer_.report(fault.reason(), fault.what());
                for (Request* request : requests) request->outcome = std::unexpected(GroupWriter::unavailable(fault));
                requests.clear();
                alone_ = groups_alone;
            }
        }
        if (committed) {
            group.settle(requests);
            writer_.set_tail(group.tail());
        } else if (!requests.empty()) {
            write_alone(requests);
        }
        raise_last_position(writer_.tail().position);
        bool more = false;
        {
            const std::lock_guard lock(mutex_);
            more = has_work();
            free_lanes_.push_back(&lane);
            if (std::exchange(broken_, false)) planned_ = writer_.tail();
            if (took_writing) writing_ = false;
            committing_ = false;
            pace_.commit_took(since(started));
            pace_.told(group.size(), queue_.size(), std::chrono::steady_clock::now());
        }
        changed_.notify_all();
        if (more) wake_.notify_one();
    }

    /// After a failed commit: the group behind it rests on positions that may not be. Answers when nothing is open any
    /// more; true when nobody was writing, so that the caller has set writing_.
    bool stop_the_next() {
        std::unique_lock lock(mutex_);
        broken_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !writing_ || aside_; });
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
            request.done(std::move(request.outcome));
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
    std::shared_ptr<const std::vector<std::function<void()>>> group_hooks_ =
        std::make_shared<std::vector<std::function<void()>>>();
    std::vector<db::Lane*> free_lanes_;
    Pace pace_;
    bool writing_ = false;     // somebody writes rows: a thread of ours, or a caller of commit or write
    bool committing_ = false;  // somebody waits for the commit of the group before
    bool aside_ = false;       // who writes has nothing open and waits for the end of that commit
    bool broken_ = false;      // that commit failed
    bool stopping_ = false;
    std::mutex stop_mutex_;
    std::mutex tell_mutex_;
    std::atomic<std::thread::id> writing_thread_{}, telling_thread_{};

    // Of whoever writes alone: writing_ without committing_, or committing_ while nobody else writes.
    GroupWriter writer_;
    // Of whoever has set writing_: where the next group begins, and how many more take the turn alone.
    Tail planned_;
    int alone_ = 0;

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

Result<std::int64_t> forget_old_answers(Committer& committer, Instant now) {
    std::int64_t forgotten = 0;
    for (std::int64_t deleted = answers_deleted_at_once; deleted == answers_deleted_at_once; forgotten += deleted) {
        TRY(committer.write("ledger.forget_old_answers", [&](AdminTransaction& transaction) -> Result<void> {
            deleted = delete_answers(transaction, now - answers_kept, answers_deleted_at_once);
            return {};
        }));
    }
    return forgotten;
}

Result<Committed> run_command(db::Database& database, Committer& committer,
                              const std::function<Result<WriteSet>(db::Session&)>& prepare) {
    for (int attempt = 1;; ++attempt) {
        Result<WriteSet> write_set = [&] {
            const db::Lease session = database.reader();
            return prepare(*session);
        }();
        auto committed = committer.commit(TRY(std::move(write_set)));
        if (committed || attempt == decide_attempts_max) return committed;
        const std::string& reason = committed.error().reason;
        if (reason != "ledger.version_conflict" && reason != "ledger.constraint") return committed;
    }
}

}  // namespace motcua::ledger
