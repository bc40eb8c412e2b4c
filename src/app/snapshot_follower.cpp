#include "app/snapshot_follower.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace motcua::app {

void SnapshotFollower::handle(std::span<const ledger::StoredEvent> events, std::vector<ledger::RowChange>&) {
    const auto has = [&](std::initializer_list<ledger::StreamKind> kinds) {
        return std::ranges::any_of(events, [&](const ledger::StoredEvent& event) {
            return std::ranges::find(kinds, event.kind) != kinds.end();
        });
    };
    if (has({ledger::StreamKind::unit})) {
        domain_.units().reload();
        if (auto stored = identity_.set_directory(domain_.units().directory()); !stored)
            throw Fault(stored.error().reason, "units could not be stored for identity");
    }
    if (has({ledger::StreamKind::procedure})) domain_.procedures().reload();
    if (has({ledger::StreamKind::calendar, ledger::StreamKind::process, ledger::StreamKind::form}))
        domain_.reload_definitions();
}

}  // namespace motcua::app
