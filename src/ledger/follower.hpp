// Followers: readers of the ledger with a durable cursor. Delivered at least once and in order of position; a follower
// is idempotent. Its rows and its cursor are written in one transaction.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "ledger/committer.hpp"

namespace motcua::ledger {

class Follower {
  public:
    virtual ~Follower() = default;
    virtual std::string_view name() const = 0;
    /// Handles events in order. Row changes go into `rows`; they are committed with the cursor. A throw stops this
    /// batch; it is delivered again later (growing delay).
    virtual void handle(std::span<const StoredEvent> events, std::vector<RowChange>& rows) = 0;
};

/// Runs followers on a thread of its own: woken after each commit, cursor per follower in table `follower`.
class FollowerRunner {
  public:
    virtual ~FollowerRunner() = default;
    virtual void add(std::unique_ptr<Follower> follower) = 0;
    virtual void start() = 0;
    virtual void stop() = 0;
    /// Blocks until every follower has handled everything committed before the call.
    virtual void drain() = 0;
};

}  // namespace motcua::ledger
