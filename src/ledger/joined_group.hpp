// The rows of many write sets as few statements: the same statement of different write sets becomes one over arrays.
// Their order within a write set stays. Private to src/ledger.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "ledger/ledger_rows.hpp"

namespace motcua::ledger {

class JoinedGroup {
  public:
    explicit JoinedGroup(const Tail& tail) : tail_(tail) {}

    /// Gives the write set the next positions. Set and data (of its events, serialised) outlive the group; no stream
    /// and no idempotency key comes twice.
    void add(WriteSet& set, const std::vector<std::string>& data);
    /// In the open transaction. Throws as db::Database::run_batch.
    void run(db::Database& database);
    /// Whether a row of the write set was not what it expected; in order of `add`.
    bool is_conflict(std::size_t set) const;
    Committed committed(std::size_t set) const { return members_.at(set).committed; }
    const Tail& tail() const { return tail_; }

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
    /// Puts a row into the first fitting step from `from` on; answers where.
    std::size_t place(Member& member, const RowChange& change, std::size_t from);

    Tail tail_;
    std::vector<Member> members_;
    std::deque<RowChange> own_rows_;  // events and answers; their addresses stay
    std::vector<db::BatchStep> steps_;
};

}  // namespace motcua::ledger
