// Personal values of dossiers at rest: what tells who applicant and filer are and how they are reached, and the answers
// of the form, lie sealed in events and rows (base/field_keys.hpp). They are sealed once, where a command takes them
// in, and carried as the same text in the event and the folded state: folding, comparing and proving open nothing.
// Opened where a dossier is read from its row. What was filed before there were keys stays in plain text.
#pragma once

#include "base/field_keys.hpp"
#include "dossier/commands.hpp"
#include "dossier/dossier.hpp"

namespace motcua::dossier {

/// Before deciding; the values in plain text stay for the command's checks.
void seal_content(FieldKeys& keys, DossierId id, Content& content);

/// Fills in applicant and filer out of what they are sealed in; one whose value was changed is `unreadable` and goes on
/// carrying it as it is. Fault "fields.key_unknown".
void open_parties(const db::Session& session, Dossier& dossier);
/// The same of a dossier that the commands made out of `before`: what those hold open is not opened again.
void open_parties(const db::Session& session, Dossier& dossier, const Dossier& before,
                  const std::vector<Command>& commands);

/// What of a dossier that was read cannot be opened: sentences in English.
std::vector<std::string> check_personal(const Dossier& dossier);

/// The member `answers` of an event, in plain text; empty when it has none. Faults of FieldKeys::open.
json::object open_answers(const db::Session& session, DossierId id, const json::object& event_data);

/// The state and an event's data as they would be without sealing: a person's own copy of them.
json::object to_plain_json(Dossier dossier);
json::object to_plain_json(const db::Session& session, DossierId id, json::object event_data);

/// What an applicant's number is found by; empty for none.
std::string number_key(FieldKeys& keys, std::string_view id_number);

/// Gives the rows of dossiers that wait for their citizen keyed hashes in place of plain numbers, at most `limit` of
/// them in the open transaction; answers how many: 0 = none is left.
std::int64_t seal_unclaimed_rows(db::WriteSession& session, int limit);

/// Those that are still to be sealed.
std::int64_t count_plain_unclaimed(db::Session& session);
/// Dossiers filed before there were keys, as their events have it: erasing removes it. Reads every row.
std::int64_t count_plain_dossiers(db::Session& session);

}  // namespace motcua::dossier
