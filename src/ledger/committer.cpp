#include "ledger/committer.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <iterator>
#include <ranges>
#include <semaphore>
#include <utility>

#include "base/check.hpp"
#include "ledger/group_committer.hpp"

namespace motcua::ledger {

namespace {

constexpr auto watch_interval = std::chrono::milliseconds{50};
/// Groups that take the turn alone after another program had it, before lanes are tried again.
constexpr int groups_alone = 8;
/// Told requests that a caller destroys with each one it submits: more than come, little for one caller.
constexpr std::size_t spent_at_once = 2;
/// So long they wait for one who does; then the writer destroys them.
constexpr auto spent_kept = std::chrono::milliseconds{100};

}  // namespace

GroupCommitter::GroupCommitter(db::Database& database, CommitterHooks hooks)
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

void GroupCommitter::submit(WriteSet write_set, Completion done) {
    auto request = prepare(std::move(write_set));
    request->done = std::move(done);
    enqueue(std::move(request));
}

void GroupCommitter::on_group(std::function<void()> hook) {
    const std::lock_guard lock(mutex_);
    auto more = std::make_shared<std::vector<std::function<void()>>>(*group_hooks_);
    more->push_back(std::move(hook));
    group_hooks_ = std::move(more);
}

Result<Committed> GroupCommitter::commit(WriteSet write_set) { return run_blocking(prepare(std::move(write_set))); }

Result<void> GroupCommitter::write(std::string_view name, std::function<Result<void>(AdminTransaction&)> change) {
    auto request = std::make_unique<Request>();
    request->name = name;
    request->change = &change;
    TRY(run_blocking(std::move(request)));
    return {};
}

CommitterStats GroupCommitter::stats() const {
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

void GroupCommitter::stop() {
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

std::unique_ptr<Request> GroupCommitter::prepare(WriteSet write_set) const {
    CHECK(write_set.events.empty() || (!write_set.rows.empty() && write_set.rows.front().expect_rows == 1),
          "a write set with events begins with its version check");
    auto request = std::make_unique<Request>();
    request->set = std::move(write_set);
    request->data.reserve(request->set.events.size());
    for (NewEvent& event : request->set.events) {
        request->data.push_back(json::serialize(event.data));
        if (shared_) event.data = {};  // no follower gets it: destroyed here rather than by the writer
    }
    return request;
}

void GroupCommitter::enqueue(std::unique_ptr<Request> request) {
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

Result<Committed> GroupCommitter::run_blocking(std::unique_ptr<Request> request) {
    CHECK(telling_thread_.load() != std::this_thread::get_id() && writing_thread_.load() != std::this_thread::get_id(),
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

void GroupCommitter::run() {
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
                std::ranges::move(batch, std::back_inserter(spent_));
                continue;
            }
        } else if (can_begin() && flights_.empty()) {
            // Who has just been answered may come back: until then, or until the time is up.
            wake_.wait_until(lock, pace_.until());
            continue;
        }
        if (spent_.empty()) {
            wake_.wait(lock);
        } else if (wake_.wait_for(lock, spent_kept) == std::cv_status::timeout) {
            Batch spent = std::exchange(spent_, {});
            lock.unlock();
            spent.clear();
            lock.lock();
        }
    }
}

bool GroupCommitter::has_work() const { return stopping_ || may_begin() || (!queue_.empty() && flights_.empty()); }

bool GroupCommitter::can_begin() const {
    return !queue_.empty() && !writing_ && undone_after_ == no_flight && (flights_.empty() || !free_lanes_.empty());
}

bool GroupCommitter::may_begin() const {
    return can_begin() &&
           (!shared_ || pace_.may_begin(queue_.size(), !flights_.empty(), std::chrono::steady_clock::now()));
}

Batch GroupCommitter::take_batch() {
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

void GroupCommitter::refuse_stale(Request& request) const {
    if (shared_ && !request.change && heads_.is_stale(request.set))
        request.outcome = fail(Errc::conflict, "ledger.version_conflict");
}

void GroupCommitter::put_back(std::span<std::unique_ptr<Request>> left) {
    for (auto& next : std::views::reverse(left)) queue_.push_front(std::move(next));
}

void GroupCommitter::process(Batch& batch) {
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

void GroupCommitter::give_back_writing() {
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

void GroupCommitter::write_alone(const std::vector<Request*>& requests) {
    writing_thread_ = std::this_thread::get_id();
    writer_.write(requests);
    writing_thread_ = std::thread::id{};
    // Where the ledger ends after a fault is known only to who takes the turn alone.
    if (std::ranges::any_of(requests, [](const Request* request) {
            return !request->outcome && request->outcome.error().code == Errc::unavailable;
        }))
        go_alone();
}

void GroupCommitter::go_alone() {
    const std::lock_guard lock(mutex_);
    alone_ = groups_alone;
}

void GroupCommitter::remember(const std::vector<Request*>& requests) {
    if (!shared_) return;
    for (const Request* request : requests)
        if (request->outcome && !request->change) heads_.committed(request->set);
}

void GroupCommitter::tell(Batch& batch, SteadyTime started) {
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

void GroupCommitter::complete(Request& request) {
    try {
        const Completion done = std::move(request.done);
        done(std::move(request.outcome));
    } catch (const std::exception& failure) {
        writer_.report("ledger.unavailable", failure.what());
    }
}

void GroupCommitter::count(const Result<Committed>& outcome) {
    if (outcome) {
        ++committed_;
    } else if (outcome.error().code == Errc::conflict) {
        ++conflicts_;
    } else if (outcome.error().code == Errc::unavailable) {
        ++faults_;
    }
}

void GroupCommitter::call_group_hooks() {
    std::shared_ptr<const std::vector<std::function<void()>>> group_hooks;
    {
        const std::lock_guard lock(mutex_);
        group_hooks = group_hooks_;
    }
    for (const auto& hook : *group_hooks) hook();
}

void GroupCommitter::raise_last_position(std::int64_t position) {
    std::int64_t known = last_position_;
    while (known < position && !last_position_.compare_exchange_weak(known, position)) continue;
}

void GroupCommitter::watch() {
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

std::unique_ptr<Committer> make_committer(db::Database& database, CommitterHooks hooks) {
    return std::make_unique<GroupCommitter>(database, std::move(hooks));
}

}  // namespace motcua::ledger
