// What the processes of dossiers do by themselves: timers that are due, services that were called, signals on their
// way, and moving running processes to a new version. Each step is one command on one dossier, so that a crash repeats
// nothing that was committed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dossier/service.hpp"
#include "dossier/services.hpp"

namespace motcua::dossier {

/// One blocking pass: delivers signals, then fires timers and makes calls, the longest due first, until nothing is due.
/// Answers how many dossiers it moved. A timer fires exactly once; a service is called at least once, with the key
/// "<dossier>/<engine key>" each time. Called every second by the server and once when it starts. What one dossier
/// refuses is left for the next pass and told to `refused`. Reasons: those of the committer when nothing can be
/// written.
Result<int> run_process_work(db::Database& database, ledger::Committer& committer, Service& service,
                             const Services& services, Instant now,
                             const std::function<void(DossierId, const Error&)>& refused = {});

/// What becomes of the dossiers that run on one version of a process.
struct MigrationLine {
    DossierId dossier;
    std::string code;
    int from_version = 0;
    std::optional<Error> refusal;  // why it cannot go
    bool moved = false;
};
struct MigrationOrder {
    std::string process;
    int to_version = 0;
    std::optional<int> from_version;  // else every other version
    std::map<std::string, std::string> mapping;
    std::string reason;
    bool rehearse = true;  // only say what would happen
};
/// One line a running dossier of the process. With `rehearse` nothing changes; else each dossier that can go goes, with
/// an event of its own, and the others stay. Reason not_found "dossier.process_version_unknown" {process, version}.
Result<std::vector<MigrationLine>> migrate_processes(db::Database& database, ledger::Committer& committer,
                                                     Service& service, const MigrationOrder& order,
                                                     const ledger::Meta& meta);

}  // namespace motcua::dossier
