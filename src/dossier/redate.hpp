// Counting the open dossiers again after a notice announced late (definitions/notices.hpp): one event for each that it
// moves, in groups through the committer. Idempotent: a pass that was killed is run again and does what is left, and
// the list of what moved is read from the ledger, so that it is whole however often the pass was broken off. Cost: one
// row read an open dossier (about 60 µs), one event and two rows a dossier moved; 8 bytes of memory a task.
#pragma once

#include <functional>
#include <vector>

#include "definitions/notices.hpp"
#include "dossier/service.hpp"

namespace motcua::dossier {

/// A dossier whose due time, or the due time of something owed to it, a notice moves.
struct MovedDossier {
    DossierId id;
    std::string code;                // empty before reception
    std::optional<Instant> old_due;  // of the dossier; absent when only tasks moved
    std::optional<Instant> new_due;
    int tasks = 0;              // how many of its tasks have another due time
    std::int64_t position = 0;  // of the event; 0 in a rehearsal
};

struct RedateReport {
    std::int64_t examined = 0;  // open dossiers
    std::int64_t moved = 0;     // by this pass
    std::int64_t standing = 0;  // their clock stands; they take the new calendar when it goes on
    bool finished = true;       // false: told to stop; run again
};

/// Counts every open dossier again on the newest calendars of `service`'s snapshot, which must have those of the
/// notice. `stopping` is asked before each group. Reasons: unavailable, those of the committer.
Result<RedateReport> move_deadlines(
    db::Database& database, ledger::Committer& committer, Service& service, const definitions::LateNotice& notice,
    const ledger::Meta& meta, const std::function<bool()>& stopping = [] { return false; });

/// Passes until nothing more moves, then marks the notice as applied. `notice` becomes what is stored. Reasons as
/// move_deadlines; a report that is not finished when `stopping` said so.
Result<RedateReport> apply_notice(
    db::Database& database, ledger::Committer& committer, Service& service, definitions::LateNotice& notice,
    const ledger::Meta& meta, const std::function<bool()>& stopping = [] { return false; });

/// What move_deadlines would do: the same decisions, nothing written.
Result<std::vector<MovedDossier>> rehearse_move(db::Database& database, Service& service,
                                                const definitions::LateNotice& notice, const ledger::Meta& meta,
                                                RedateReport& report);

/// Dossiers that the notice has moved, in the order of the ledger, after `after_position`; at most `limit`.
std::vector<MovedDossier> list_moved(db::Session& session, const definitions::LateNotice& notice,
                                     std::int64_t after_position, int limit);

}  // namespace motcua::dossier
