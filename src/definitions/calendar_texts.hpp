// Texts of calendars and how one follows from another: a stored calendar names the version of what it extends, keeps
// the notices announced since it was made, and is followed by the calendars that extend it. Pure: texts in, texts out.
// Private to src/definitions, but for tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "calendar/work_calendar.hpp"
#include "db/db.hpp"

namespace motcua::definitions {

/// One version of a definition, to be stored or as stored.
struct DefinitionText {
    std::string name;
    int version = 0;
    std::string text;
    std::string id() const;  // "vietnam@3"
};
/// The newest version of each calendar, shipped ones as version 0.
using NewestCalendars = std::map<std::string, DefinitionText, std::less<>>;
NewestCalendars newest_calendars(db::Session& session);

/// What the calendar extends, as its text has it: "vietnam" or "vietnam@3".
std::optional<std::string> text_extends(std::string_view text);

/// Builds the calendar; what it extends is found among `texts` by its id, a name alone meaning version 0. Reasons of
/// calendar::load_calendar.
Result<calendar::WorkCalendarPtr> build_calendar(std::string_view text, const std::vector<DefinitionText>& texts);

/// The versions that storing `text` as the calendar `name` makes: its own, then those of the calendars that extend it,
/// each after what it extends. Empty when it is the newest already. Reasons of build_calendar.
Result<std::vector<DefinitionText>> import_calendar(const NewestCalendars& newest, const std::string& name,
                                                    std::string_view text);
/// The same for one more notice (calendar::read_notice) on the newest version; empty when that has it already. Reasons
/// also "calendar.unknown" {id}.
Result<std::vector<DefinitionText>> announce_on(const NewestCalendars& newest, const std::string& name,
                                                const json::object& notice);

}  // namespace motcua::definitions
