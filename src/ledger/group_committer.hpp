// The group committer: the queue, whose turn it is within this program, and who is told (committer.cpp); the groups
// that are on their way in lanes of a shared database (flights.cpp). How a group is written is GroupWriter's. Private
// to src/ledger.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <span>
#include <thread>

#include "db/lane.hpp"
#include "ledger/group_writer.hpp"
#include "ledger/joined_group.hpp"
#include "ledger/pace.hpp"
#include "ledger/request.hpp"
#include "ledger/stream_heads.hpp"

namespace motcua::ledger {

using SteadyTime = std::chrono::steady_clock::time_point;

inline std::chrono::microseconds since(SteadyTime started) {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
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
inline constexpr std::int64_t no_flight = std::numeric_limits<std::int64_t>::max();

class GroupCommitter final : public Committer {
  public:
    GroupCommitter(db::Database& database, CommitterHooks hooks);
    ~GroupCommitter() override { stop(); }
    void submit(WriteSet write_set, Completion done) override;
    void on_group(std::function<void()> hook) override;
    Result<Committed> commit(WriteSet write_set) override;
    Result<void> write(std::string_view name, std::function<Result<void>(AdminTransaction&)> change) override;
    std::int64_t last_position() const override { return last_position_; }
    CommitterStats stats() const override;
    RecentEvents* recent_events() override { return shared_ ? nullptr : &writer_.recent_events(); }
    void stop() override;

  private:
    std::unique_ptr<Request> prepare(WriteSet write_set) const;
    void enqueue(std::unique_ptr<Request> request);
    Result<Committed> run_blocking(std::unique_ptr<Request> request);
    void run();
    /// Whether a thread that waits for work has something to look at.
    bool has_work() const;
    bool can_begin() const;
    bool may_begin() const;
    /// Write sets up to the limit or to the next administrative change, which stays alone. Of a shared database those
    /// that are independent of one another and of what is on its way; the others stay in the queue, in their order.
    Batch take_batch();
    void refuse_stale(Request& request) const;
    void put_back(std::span<std::unique_ptr<Request>> left);
    /// Writes, settles and tells everybody in it; the caller has set writing_, which is given back.
    void process(Batch& batch);
    void give_back_writing();
    void write_alone(const std::vector<Request*>& requests);
    void go_alone();
    void remember(const std::vector<Request*>& requests);
    /// The outcome to each of them, one group at a time.
    void tell(Batch& batch, SteadyTime started);
    /// A completion that throws must not take the writer down with it.
    void complete(Request& request);
    void count(const Result<Committed>& outcome);
    void call_group_hooks();
    void raise_last_position(std::int64_t position);
    /// Hears of what other servers committed. Whoever appends holds the turn to write until its commit, so what a
    /// reader sees has no gap, and nothing can still come before it.
    void watch();

    // Groups in lanes: flights.cpp.

    db::Lane* take_lane(const Request& first);
    /// Waits, with nothing open, for the end of all groups before.
    void await_flights();
    /// The caller has set writing_, which is given back as soon as others may write beside this group. What has to be
    /// written again is back in the queue; the rest of the batch is settled.
    void write_in_lane(db::Lane& lane, Batch& batch, std::vector<Request*>& requests);
    bool begin_in_lane(db::Lane& lane, JoinedGroup& group);
    /// True: all groups before are committed. False: the group is to be undone.
    bool await_turn(Flight& flight);
    /// Back to the queue with what is not settled.
    void undo(Flight& flight, Batch& batch);
    void remove(Flight& flight);
    /// When all that were to be undone are: the next group follows what is left.
    void clear_undone();
    /// Of the first flight.
    void commit(Flight& flight, const std::vector<Request*>& requests, const JoinedGroup& group);
    /// After a commit without an answer. Where nobody can tell, the requests get their outcome.
    bool was_committed(db::Lane& lane, const std::vector<Request*>& requests);
    /// The first flight is settled, committed or written alone.
    void land(Flight& flight, const std::vector<Request*>& requests, bool took_writing);
    /// The first flight failed: those behind it rest on positions that may not be. Answers when nothing else is open;
    /// true when nobody was writing, so that the caller has set writing_.
    bool stop_the_others(const Flight& first);
    void roll_back(db::Lane& lane);

    db::Database& database_;
    const CommitterHooks hooks_;
    const bool shared_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;     // for those who wait for work
    std::condition_variable changed_;  // for those who write and wait for one another
    std::condition_variable watch_;
    std::deque<std::unique_ptr<Request>> queue_;
    // Told. What they hold was made by the threads that submit, and is given back there, for the writer is the narrow
    // place; by the writer when nobody submits any more.
    Batch spent_;
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

}  // namespace motcua::ledger
