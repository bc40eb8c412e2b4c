// A lane: one of the transactions that a program may have on their way at once on a shared database. They write their
// rows side by side. For the committer alone; it keeps the order of their commits.
#pragma once

#include <span>

#include "db/db.hpp"

namespace motcua::db {

class Lane {
  public:
    virtual ~Lane() = default;

    /// Begins a transaction and runs the steps in it, in one round trip. False, and nothing is open, when another
    /// program waits for the turn to write or has had it since the last transaction of this one: the writer has to take
    /// the turn. Throws like Database::run_batch; the lane is to be rolled back then. As long as a lane's transaction
    /// is open, no other program gets the turn.
    virtual bool begin(std::span<BatchStep> steps) = 0;
    /// True: committed and durable. False: the answer was lost; ask was_committed.
    virtual bool commit() = 0;
    virtual void rollback() = 0;
    /// Whether the other lane waits for a row that this one, whose transaction is open, has changed. Also true when
    /// that cannot be found out. The other may be in use by its thread.
    virtual bool holds_up(const Lane& other) = 0;
    /// What became of a commit whose answer was lost. No other lane may have a transaction open. Throws Fault
    /// "db.outcome_unknown" when nobody answers for long.
    virtual bool was_committed() = 0;
};

}  // namespace motcua::db
