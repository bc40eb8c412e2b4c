// Erasing personal data from the ledger so that every proof stays good (docs/transparency.md): members of an event's
// data are replaced by their digests, what opens them is destroyed, and the rows of the dossier follow. And the other
// side of the same right: everything kept about one person, as JSON.
// Owns the order of steps. Which members tell who somebody is: `personal_members`.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "documents/blob_store.hpp"
#include "dossier/dossier.hpp"
#include "ledger/committer.hpp"

namespace motcua::transparency {

/// Members of dossier events that may tell who somebody is or what he wrote.
std::span<const std::string_view> personal_members();

/// Removes members of one event by name; false when it has none of them. Reason: not_found "transparency.not_logged"
/// while the event has no leaf yet.
Result<bool> erase_members(ledger::AdminTransaction& transaction, std::int64_t position,
                           std::span<const std::string_view> names, std::string_view rule, Instant now);

/// Erases the personal data of a closed dossier: events, row, files. Appends "dossier_erased" {rule}. Blobs that
/// nothing names any more are removed once the rest is durable. Reasons: "dossier.not_found", conflict
/// "erasure.dossier_open", "transparency.not_logged", those of the committer.
Result<void> erase_dossier(db::Database& database, ledger::Committer& committer, documents::BlobStore& blobs,
                           DossierId id, std::string_view rule, Instant now);

/// Dossiers whose last event is older than `before`, that are closed and not erased; in order of id, after `after`.
std::vector<DossierId> list_erasable(db::Session& session, Instant before, DossierId after, int limit);

struct ErasureReport {
    int erased = 0;
    int failed = 0;
    std::string first_failure;  // reason
};
/// All of them, one transaction each; stops when `stopping` says so. A failure is counted and the next one tried.
ErasureReport erase_old_dossiers(db::Database& database, ledger::Committer& committer, documents::BlobStore& blobs,
                                 Instant before, std::string_view rule, Instant now,
                                 const std::function<bool()>& stopping = {});

/// Everything about the person with this citizen id: the account, and dossiers in which he is applicant, filer or
/// owner, with state, events and files. Reads every dossier once: about 20 s a million.
json::object export_person(db::Database& database, std::string_view citizen_id);

}  // namespace motcua::transparency
