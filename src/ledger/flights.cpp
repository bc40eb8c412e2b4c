// Groups on their way side by side: on a shared database each in a lane of its own, on the positions that follow those
// of the group before. They write their rows side by side and commit in their order; when one fails, those behind it
// are undone and queued again.
#include <algorithm>
#include <exception>
#include <utility>

#include "ledger/group_committer.hpp"

namespace motcua::ledger {

namespace {

using std::chrono::microseconds;

/// Groups whose rows follow those of the group before, after one stood in the way of another.
constexpr int groups_in_file = 64;
/// How often a group that waits for its turn to commit looks whether it is itself what holds up the first.
constexpr auto look_interval = std::chrono::milliseconds{5};

}  // namespace

db::Lane* GroupCommitter::take_lane(const Request& first) {
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

void GroupCommitter::await_flights() {
    std::unique_lock lock(mutex_);
    aside_ = true;
    clear_undone();
    changed_.notify_all();
    changed_.wait(lock, [this] { return flights_.empty(); });
    aside_ = false;
}

void GroupCommitter::write_in_lane(db::Lane& lane, Batch& batch, std::vector<Request*>& requests) {
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

bool GroupCommitter::begin_in_lane(db::Lane& lane, JoinedGroup& group) {
    try {
        if (lane.begin(group.steps())) return true;
        go_alone();
    } catch (const std::exception&) {
        // Who it was, and whether it passes, shows when they are written alone.
        roll_back(lane);
    }
    return false;
}

bool GroupCommitter::await_turn(Flight& flight) {
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

void GroupCommitter::undo(Flight& flight, Batch& batch) {
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

void GroupCommitter::remove(Flight& flight) {
    std::erase(flights_, &flight);
    free_lanes_.push_back(flight.lane);
    heads_.arrive(flight.streams);
}

void GroupCommitter::clear_undone() {
    if (undone_after_ == no_flight || mending_ || (writing_ && !aside_)) return;
    if (!flights_.empty() && flights_.back()->number > undone_after_) return;
    undone_after_ = no_flight;
    planned_ = flights_.empty() ? writer_.tail() : flights_.back()->tail;
}

void GroupCommitter::commit(Flight& flight, const std::vector<Request*>& requests, const JoinedGroup& group) {
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

bool GroupCommitter::was_committed(db::Lane& lane, const std::vector<Request*>& requests) {
    try {
        return lane.was_committed();
    } catch (const Fault& fault) {
        writer_.report(fault.reason(), fault.what());
        for (Request* request : requests) request->outcome = std::unexpected(GroupWriter::unavailable(fault));
        go_alone();
        return false;
    }
}

void GroupCommitter::land(Flight& flight, const std::vector<Request*>& requests, bool took_writing) {
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

bool GroupCommitter::stop_the_others(const Flight& first) {
    std::unique_lock lock(mutex_);
    mending_ = true;
    undone_after_ = first.number;
    changed_.notify_all();
    changed_.wait(lock, [this] { return flights_.size() == 1 && (!writing_ || aside_); });
    return !std::exchange(writing_, true);
}

void GroupCommitter::roll_back(db::Lane& lane) {
    try {
        lane.rollback();
    } catch (const std::exception& failure) {
        writer_.report("ledger.unavailable", failure.what());
    }
}

}  // namespace motcua::ledger
