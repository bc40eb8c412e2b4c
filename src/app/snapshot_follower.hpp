// Keeps what a server has in memory of units, procedures and definitions up with what other servers on the same
// database import. A cursor in memory, from the present on; used on shared databases only.
#pragma once

#include "app/domain.hpp"
#include "identity/identity.hpp"
#include "ledger/follower.hpp"

namespace motcua::app {

class SnapshotFollower final : public ledger::Follower {
  public:
    /// Domain and identity have loaded what is there at `position` and outlive the follower.
    SnapshotFollower(Domain& domain, identity::Identity& identity, std::int64_t position)
        : domain_(domain), identity_(identity), position_(position) {}

    std::string_view name() const override { return "snapshots"; }
    ledger::CursorKind cursor_kind() const override { return ledger::CursorKind::memory; }
    std::int64_t start_position() const override { return position_; }
    bool parks() const override { return false; }
    void handle(std::span<const ledger::StoredEvent> events, std::vector<ledger::RowChange>& rows) override;

  private:
    Domain& domain_;
    identity::Identity& identity_;
    const std::int64_t position_;
};

}  // namespace motcua::app
