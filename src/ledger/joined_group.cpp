#include "ledger/joined_group.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace motcua::ledger {

std::size_t JoinedGroup::place(Member& member, const RowChange& change, std::size_t from) {
    // A change that may touch any number of rows could meet the same row twice, and one statement changes a row once.
    const bool may_join = change.expect_rows == 1;
    std::size_t step = from;
    while (step < steps_.size() && (steps_[step].statement != change.statement || steps_[step].may_join != may_join))
        ++step;
    if (step == steps_.size()) steps_.push_back({.statement = change.statement, .may_join = may_join});
    member.places.push_back({step, steps_[step].rows.size(), change.expect_rows});
    steps_[step].rows.emplace_back(change.values);
    return step;
}

void JoinedGroup::add(Request& request) {
    WriteSet& set = request.set;
    Member& member = members_.emplace_back();
    member.places.reserve(set.rows.size() + set.events.size() + (set.answer ? 2 : 0));
    const auto count = static_cast<std::int64_t>(set.events.size());
    const std::int64_t last = tail_.position + count;
    member.committed = count > 0 ? Committed{tail_.position + 1, last, set.meta.at} : Committed{0, 0, set.meta.at};
    std::size_t step = 0;
    for (RowChange& change : set.rows) {
        for (const int slot : change.position_slots) change.values.at(static_cast<std::size_t>(slot)) = last;
        step = place(member, change, step);
    }
    Head head = set.head;
    for (std::size_t i = 0; i < set.events.size(); ++i) {
        own_rows_.push_back(event_row(tail_.position + 1, set.kind, set.stream, head.version + 1, head.position,
                                      set.events[i], set.meta, request.data[i]));
        step = place(member, own_rows_.back(), step);
        head = {head.version + 1, ++tail_.position};
    }
    tail_.at = std::max(tail_.at, set.meta.at);
    if (!set.answer) return;
    for (RowChange& row : answer_rows(++tail_.answer, tail_.at, *set.answer)) {
        own_rows_.push_back(std::move(row));
        step = place(member, own_rows_.back(), step);
    }
}

bool JoinedGroup::is_keyed() const { return std::ranges::all_of(steps_, &db::BatchStep::may_join); }

void JoinedGroup::run(db::Database& database) {
    if (steps_.empty()) return;
    CHECK(database.run_batch(steps_), "a shared database runs batches");
}

bool JoinedGroup::is_conflict(const Member& member) const {
    return std::ranges::any_of(member.places, [&](const Place& place) {
        // Empty behind a row that the database refused.
        const auto& touched = steps_[place.step].touched;
        return place.expect_rows >= 0 && place.row < touched.size() && touched[place.row] != place.expect_rows;
    });
}

bool JoinedGroup::refuse_conflicting(std::vector<Request*>& members) const {
    std::vector<Request*> left;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (is_conflict(members_.at(i)))
            members[i]->outcome = fail(Errc::conflict, "ledger.version_conflict");
        else
            left.push_back(members[i]);
    }
    members.swap(left);
    return members.size() < left.size();
}

void JoinedGroup::settle(const std::vector<Request*>& members) const {
    for (std::size_t i = 0; i < members.size(); ++i) members[i]->outcome = members_.at(i).committed;
}

}  // namespace motcua::ledger
