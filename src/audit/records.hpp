// A record of the audit trail: its event in the ledger and its row, committed together with what it is about.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "ledger/ledger.hpp"

namespace motcua::audit {

struct Record {
    std::int64_t id = 0;
    std::int64_t position = 0;
    Instant at;
    std::string type;
    std::string actor;
    DossierId dossier;  // or none
    std::int64_t count = 1;
    json::object detail;
};

/// What is to be recorded. `data` goes into event and row; `private_text` (what somebody wrote) into the row alone, as
/// "reason".
struct NewRecord {
    std::string_view type;  // of the catalogue (CHECK); static storage
    DossierId dossier = {};
    std::int64_t count = 1;
    json::object data = {};
    std::string private_text = {};
};
/// A write set of its own; never conflicts.
ledger::WriteSet make_record(IdMaker& ids, const NewRecord& record, ledger::Meta meta);

/// The newest record of this type by the actor about the dossier, not before `since`.
std::optional<Record> find_recent(db::Session& session, std::string_view actor, DossierId dossier,
                                  std::string_view type, Instant since);

std::optional<Record> find_record(db::Session& session, std::int64_t id);

/// Looks of officers at the dossiers that the person follows, newest first, before the id (0 = from the newest).
std::vector<Record> list_looks_at(db::Session& session, PersonId owner, std::int64_t before, int limit);

/// All of a type ("" = all), newest first, before the id (0 = from the newest).
std::vector<Record> list_records(db::Session& session, std::string_view type, std::int64_t before, int limit);

}  // namespace motcua::audit
