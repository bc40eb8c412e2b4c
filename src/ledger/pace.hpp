// When the next group of a shared database begins, and how large it gets. Private to the committer.
#pragma once

#include <algorithm>
#include <chrono>

#include "ledger/committer.hpp"

namespace motcua::ledger {

/// Small groups waste what each costs, so callers who have just been answered are given a moment to come back. With a
/// quick disk groups of a part of them are on their way together; where a sync takes longer than all their rows, one
/// full group a sync is more than parts that wait for each other.
class Pace {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using microseconds = std::chrono::microseconds;

    void rows_took(microseconds time, std::size_t size) {
        if (size > 0) blend(row_, std::chrono::duration_cast<nanoseconds>(time) / size);
    }
    void commit_took(microseconds time) { blend(commit_, time); }
    /// A group was told; it, what waits and what is on its way are `callers`.
    void told(std::size_t callers, Time now) {
        callers = std::min(callers, commit_group_max);
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

    bool may_begin(std::size_t queued, bool on_its_way, Time now) const {
        if (on_its_way && slow_disk_) return queued >= commit_group_max;
        return queued >= wanted_ || (!on_its_way && now >= until_);
    }
    Time until() const { return until_; }

  private:
    using nanoseconds = std::chrono::nanoseconds;
    static void blend(nanoseconds& kept, nanoseconds time) { kept += (time - kept) / 8; }

    nanoseconds row_{0}, commit_{0};  // lately: the rows of one write set, a commit
    nanoseconds patience_{0}, patience_max_{0};
    bool slow_disk_ = false;
    std::size_t wanted_ = 1;
    Time until_{};
};

}  // namespace motcua::ledger
