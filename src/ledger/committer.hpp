// The committer: one writer thread that drains a bounded queue and commits many write sets in one transaction
// (architecture.md §3.5). A write set that conflicts or fails is left out; its neighbours commit.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "ledger/ledger.hpp"

namespace motcua::ledger {

inline constexpr std::size_t commit_queue_max = 4096;   // beyond it submit refuses with "ledger.queue_full"
inline constexpr std::size_t commit_group_max = 256;    // write sets in one transaction

/// Errors a completion can get:
///   conflict "ledger.version_conflict"  somebody else changed the aggregate; load again and re-decide
///   conflict "ledger.repeated_key"      the idempotency key was used meanwhile; read the stored answer
///   unavailable "ledger.queue_full" / "ledger.disk_full" / "ledger.unavailable"   nothing was changed; try again later
using Completion = std::function<void(Result<Committed>)>;

class Committer {
  public:
    virtual ~Committer() = default;

    /// Queues a write set; `done` is called exactly once on the writer thread after the commit is durable.
    /// It must be short (post to the caller's own loop).
    virtual void submit(WriteSet write_set, Completion done) = 0;

    /// Called once after each group with all its completions run; lets an event loop wake up once per batch.
    virtual void on_group(std::function<void()> hook) = 0;

    /// Blocking submit for command line, jobs and tests.
    virtual Result<Committed> commit(WriteSet write_set) = 0;

    /// A rare administrative change in a transaction of its own; the closure may run twice. Rows only, unless it
    /// appends events through the session given to it by `append`.
    virtual Result<void> write(std::string_view name, std::function<Result<void>(db::WriteSession&)> change) = 0;

    /// Finishes what is queued, then stops the thread.
    virtual void stop() = 0;
};

/// The stored answer of an idempotency key, if any.
std::optional<IdempotentAnswer> find_answer(db::Session& session, std::string_view key);

/// Loads, decides and commits until no conflict is left (at most `decide_attempts_max` times): the blocking form of a
/// command. `prepare` returns the write set or the refusal.
inline constexpr int decide_attempts_max = 8;
Result<Committed> run_command(db::Database& database, Committer& committer,
                              const std::function<Result<WriteSet>(db::Session&)>& prepare);

}  // namespace motcua::ledger
