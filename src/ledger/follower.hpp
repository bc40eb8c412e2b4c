// Followers: readers of the ledger with a durable cursor. Delivered at least once and in order of position; a follower
// is idempotent. Its rows and its cursor are written in one transaction.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/committer.hpp"

namespace motcua::ledger {

enum class CursorKind {
    durable,  // kept in table `follower`, moved in the transaction of the follower's rows
    memory,   // begins at start_position() each time the program starts; the follower writes no rows
};

class Follower {
  public:
    virtual ~Follower() = default;
    /// Stable; the key of the durable cursor.
    virtual std::string_view name() const = 0;
    virtual CursorKind cursor_kind() const { return CursorKind::durable; }
    /// Where a memory cursor begins: the last position that its own store has seen.
    virtual std::int64_t start_position() const { return 0; }
    /// Whether an event that fails again and again may be put aside, with all later ones of its stream, so that the
    /// rest goes on. Not for a follower whose work means nothing with a gap.
    virtual bool parks() const { return true; }
    /// Handles events in order, at most `follower_batch_max` of them. Row changes go into `rows`; they are committed
    /// with the cursor. A throw stops this batch; it is delivered again later (growing delay), event by event, so that
    /// all before the one that fails get through. Must not block: followers share a thread. The events are valid during
    /// the call; JSON that is to outlive it is copied with a storage of its own, since a plain copy shares theirs.
    virtual void handle(std::span<const StoredEvent> events, std::vector<RowChange>& rows) = 0;
};

inline constexpr int follower_batch_max = 256;

struct FollowerState {
    std::string name;
    std::int64_t position = 0;  // handled up to here
    int failures = 0;           // in a row, of the batch it is at
    std::string last_failure;   // for the administrator; empty when it runs
    std::int64_t parked = 0;    // events put aside
};

/// An event put aside: it failed, or stands behind one of its stream that did.
struct ParkedEvent {
    std::string follower;
    std::int64_t position = 0;
    StreamKind kind{};
    std::int64_t stream = 0;
    std::string reason;  // what the follower threw, or the refusal of its rows
};
inline constexpr int parked_listed_max = 1000;
/// By follower and position, at most `parked_listed_max`.
std::vector<ParkedEvent> list_parked_events(db::Session& session);
/// Has all parked events of a follower delivered again, in order, as soon as it is committed.
RowChange retry_parked_events(std::string_view follower);

struct FollowerOptions {
    std::chrono::milliseconds gather{5};               // after a wake-up, wait for neighbours: fewer, larger batches
    std::chrono::milliseconds retry_first{100};        // doubles with each failure …
    std::chrono::milliseconds retry_max{60'000};       // … up to here
    std::chrono::milliseconds cursor_delay_max{1000};  // a batch without rows need not move the durable cursor sooner
    int park_after = 6;  // failures in a row of one event, faults of the database not counted
    std::chrono::milliseconds parked_retry{3'600'000};  // parked events are tried again this often, and at the start
    /// Told of each failed delivery.
    std::function<void(const FollowerState&)> on_failure = {};
    /// Told of each event put aside.
    std::function<void(const ParkedEvent&)> on_parked = {};
};

/// Runs followers on a thread of its own: woken after each commit, cursor per follower in table `follower`.
class FollowerRunner {
  public:
    virtual ~FollowerRunner() = default;
    /// Before start.
    virtual void add(std::unique_ptr<Follower> follower) = 0;
    virtual void start() = 0;
    /// Ends after the batch at hand; cursors are stored. Before the committer's stop.
    virtual void stop() = 0;
    /// Blocks until every follower has handled everything committed before the call; false when one of them fails
    /// (it is tried once more at once) or the runner is stopped.
    virtual bool drain() = 0;
    /// For metrics and the administrator's page.
    virtual std::vector<FollowerState> states() const = 0;
};

/// Database and committer outlive the runner's thread (until stop).
std::unique_ptr<FollowerRunner> make_follower_runner(db::Database& database, Committer& committer,
                                                     FollowerOptions options = {});

}  // namespace motcua::ledger
