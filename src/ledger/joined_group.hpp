// The rows of many write sets as few statements: the same statement of different write sets becomes one over arrays.
// Their order within a write set stays. Private to src/ledger.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "ledger/ledger_rows.hpp"
#include "ledger/request.hpp"

namespace motcua::ledger {

class JoinedGroup {
  public:
    explicit JoinedGroup(const Tail& tail) : tail_(tail) {}

    /// Gives its write set the next positions. The request outlives the group; no stream and no idempotency key comes
    /// twice.
    void add(Request& request);
    /// In the open transaction. Throws as db::Database::run_batch.
    void run(db::Database& database);
    /// The same rows for a lane; empty when there is nothing to write.
    std::span<db::BatchStep> steps() { return steps_; }
    /// Each row of it means one row of a table.
    bool is_keyed() const;
    /// Settles the members (as they were added) that met a row other than they expected, and takes them out; answers
    /// whether there were any. The transaction is to be rolled back then. After a refusal it looks at the rows before
    /// the refused one: what was decided on an old version is often refused at a later row.
    bool refuse_conflicting(std::vector<Request*>& members) const;
    /// After the commit.
    void settle(const std::vector<Request*>& members) const;
    const Tail& tail() const { return tail_; }
    std::size_t size() const { return members_.size(); }

  private:
    struct Place {
        std::size_t step;
        std::size_t row;
        int expect_rows;
    };
    struct Member {
        std::vector<Place> places;
        Committed committed;
    };
    bool is_conflict(const Member& member) const;
    /// Puts a row into the first fitting step from `from` on; answers where.
    std::size_t place(Member& member, const RowChange& change, std::size_t from);

    Tail tail_;
    std::vector<Member> members_;
    std::deque<RowChange> own_rows_;  // events and answers; their addresses stay
    std::vector<db::BatchStep> steps_;
};

}  // namespace motcua::ledger
