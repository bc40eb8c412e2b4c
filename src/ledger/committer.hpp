// The committer: one writer thread that drains a bounded queue and commits many write sets in one transaction
// (architecture.md §3.5). A write set that conflicts or fails is left out; its neighbours commit.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "ledger/ledger.hpp"

namespace motcua::ledger {

class RecentEvents;  // private to src/ledger

inline constexpr std::size_t commit_queue_max = 4096;  // beyond it submit refuses with "ledger.queue_full"
inline constexpr std::size_t commit_group_max = 256;   // write sets in one transaction

/// Errors a completion can get:
///   conflict "ledger.version_conflict"  somebody else changed the aggregate; load again and re-decide
///   conflict "ledger.constraint" {constraint}  a later row was refused by a unique or check constraint; re-decide
///   conflict "ledger.repeated_key"      the idempotency key was used meanwhile; read the stored answer
///   conflict "ledger.unusable_key"      another key has the same hash (one in 10^13); the caller needs another key
///   unavailable "ledger.queue_full" / "ledger.disk_full" / "ledger.unavailable" / "ledger.stopped"   nothing was
///   changed; try again later
/// "ledger.unavailable" after a failed sync of the disk leaves open whether the change survives a crash of the machine
/// at that very moment: only a repeated request with the same idempotency key is sure to take effect once.
using Completion = std::function<void(Result<Committed>)>;

/// One administrative change: the writing session of its transaction, which can append events as well.
class AdminTransaction : public db::WriteSession {
  public:
    /// Appends events after `head` and answers the new head, which the change stores in the aggregate's row. The
    /// caller has read `head` in this transaction, so nothing can have come between.
    virtual Head append(StreamKind kind, std::int64_t stream, Head head, const Meta& meta,
                        std::span<const NewEvent> events) = 0;
};

struct CommitterStats {
    std::int64_t queued = 0;
    std::int64_t groups = 0;        // transactions committed
    std::int64_t committed = 0;     // write sets in them
    std::int64_t conflicts = 0;     // left out: version, constraint or key
    std::int64_t faults = 0;        // answered "unavailable" because of the database
    std::int64_t clock_behind = 0;  // write sets whose time was before the last event's
};

class Committer {
  public:
    virtual ~Committer() = default;

    /// Queues a write set; `done` is called exactly once, after the commit is durable, on the thread that wrote (or at
    /// once on the caller's, when the queue is full or stopped). It must be short (post to the caller's own loop), must
    /// not throw and must not call commit or write.
    virtual void submit(WriteSet write_set, Completion done) = 0;

    /// Called once after each group with all its completions run; lets an event loop wake up once per batch. Hooks
    /// stay for the committer's life.
    virtual void on_group(std::function<void()> hook) = 0;

    /// Blocking submit for command line, jobs and tests. Writes on the calling thread when nobody else is writing.
    virtual Result<Committed> commit(WriteSet write_set) = 0;

    /// A rare administrative change in a transaction of its own, blocking. What the closure refuses or throws undoes
    /// all of it; a throw reaches the caller (Fault of the database excepted: unavailable, as above).
    virtual Result<void> write(std::string_view name, std::function<Result<void>(AdminTransaction&)> change) = 0;

    /// Position of the last durable event, 0 = none.
    virtual std::int64_t last_position() const = 0;
    virtual CommitterStats stats() const = 0;
    /// For the followers: the newest events, in memory; none where other programs write too.
    virtual RecentEvents* recent_events() { return nullptr; }

    /// Finishes what is queued, then stops the thread; later submits are refused with "ledger.stopped".
    virtual void stop() = 0;
};

/// What the composition root wants to hear; all on the writing thread, all optional.
struct CommitterHooks {
    std::function<void(std::size_t write_sets, std::chrono::microseconds took)> group_committed;
    std::function<void(std::chrono::milliseconds behind)> clock_behind;
    std::function<void(std::string_view reason, std::string_view what)> fault;
};

/// The database is migrated and outlives the committer; one committer a database.
std::unique_ptr<Committer> make_committer(db::Database& database, CommitterHooks hooks = {});

/// The stored answer of an idempotency key, if any.
std::optional<IdempotentAnswer> find_answer(db::Session& session, std::string_view key);

inline constexpr std::chrono::days answers_kept{31};  // promised: at least 30 days

/// Forgets answers older than `answers_kept`, in small transactions; answers how many. A daily job.
Result<std::int64_t> forget_old_answers(Committer& committer, Instant now);

/// Loads, decides and commits until no conflict is left (at most `decide_attempts_max` times): the blocking form of a
/// command. `prepare` returns the write set or the refusal.
inline constexpr int decide_attempts_max = 8;
Result<Committed> run_command(db::Database& database, Committer& committer,
                              const std::function<Result<WriteSet>(db::Session&)>& prepare);

}  // namespace motcua::ledger
