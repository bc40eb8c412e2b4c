// The dossier as others see it: API objects, with names of units and sentences in the reader's language. One serializer
// for API and pages. Personal numbers are masked wherever the reader only passes by (lists, tracking).
#pragma once

#include "base/lang.hpp"
#include "dossier/rows.hpp"
#include "dossier/service.hpp"

namespace motcua::dossier {

struct Viewer {
    const organisation::Directory& directory;
    Lang lang = Lang::vi;
    Instant now;
    json::storage_ptr storage = {};  // of what is made for him
};

/// "0790******34": the first four and last two digits stay.
std::string masked(std::string_view number);
/// "Nguyễn V. A.": for somebody who only holds the code of the dossier.
std::string masked_name(std::string_view name);

inline constexpr std::size_t track_digits = 4;
/// Whether these are the last four digits of the applicant's phone or number of identity: enough for more than the
/// code alone shows.
bool knows_applicant(const Dossier& dossier, std::string_view digits);

json::object unit_view(const Viewer& viewer, UnitId unit);
/// Everything a person in charge, or the owner, needs.
json::object full_view(const Viewer& viewer, const Dossier& dossier);
/// A line of a list.
json::object line_view(const Viewer& viewer, const Dossier& dossier);
json::object task_view(const Viewer& viewer, const Task& task);
/// For everybody who has the code: state and dates only (Circular 01/2018, art. 16); `known` adds what the owner may
/// see after showing the last digits of phone or id.
json::object track_view(const Viewer& viewer, const Dossier& dossier, bool known);
json::object event_view(const Viewer& viewer, const ledger::StoredEvent& event, bool with_actor);
json::object deadline_view(const Viewer& viewer, const Dossier& dossier, const calendar::ExplainedDeadline& explained);

}  // namespace motcua::dossier
