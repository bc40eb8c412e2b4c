// What dossiers run on: process, form and calendar definitions, each in versions that never change. Owns table
// `definition`, their import and the snapshot of all of them in memory. Leaves out what they mean (process, forms,
// calendar) and which procedure uses which (catalogue).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/import_report.hpp"
#include "base/result.hpp"
#include "calendar/work_calendar.hpp"
#include "db/db.hpp"
#include "forms/definition.hpp"
#include "ledger/committer.hpp"
#include "process/check_model.hpp"
#include "process/engine.hpp"

namespace motcua::definitions {

enum class Kind : std::int8_t { process = 1, form = 2, calendar = 3 };
std::string_view to_text(Kind kind);

inline constexpr std::string_view standard_calendar = "vietnam";

struct ProcessVersion {
    std::string name;
    int version = 0;
    process::ModelPtr model;
};
struct FormVersion {
    std::string name;
    int version = 0;
    forms::DefinitionPtr definition;
    std::string text;  // as imported: what the browser gets
};
struct CalendarVersion {
    std::string name;
    int version = 0;  // 0 = the one that ships, before anything was imported
    std::string id;   // "vietnam@3": name and version, as dossiers pin it
    calendar::WorkCalendarPtr calendar;
    std::string text;  // as stored; what it extends is named with its version
};
/// "vietnam@3" -> "vietnam".
std::string_view calendar_name(std::string_view id);

/// All versions as one immutable snapshot.
class Definitions {
  public:
    /// The given version; the newest for version 0. nullptr when there is none.
    const ProcessVersion* find_process(std::string_view name, int version = 0) const;
    const FormVersion* find_form(std::string_view name, int version = 0) const;
    /// The newest standard calendar; every installation has one (it ships).
    const CalendarVersion& standard() const;
    /// By pinned id. nullptr when it is not known.
    const CalendarVersion* find_pinned_calendar(std::string_view id) const;
    /// By pinned id; when that is not known (`motcua doctor` reports it) the newest of the name, or the standard one.
    const CalendarVersion& calendar(std::string_view id) const;
    /// The newest of the name. nullptr when there is none.
    const CalendarVersion* find_calendar(std::string_view name) const;
    std::vector<const CalendarVersion*> list_calendars() const;  // newest of each name
    std::vector<const ProcessVersion*> list_processes() const;   // newest of each name
    std::vector<const FormVersion*> list_forms() const;
    /// The same with these calendars as the newest of their names: what a change would make of it.
    std::shared_ptr<const Definitions> with_calendars(const std::vector<CalendarVersion>& newer) const;

  private:
    friend class Loader;
    std::map<std::string, std::vector<ProcessVersion>, std::less<>> processes_;
    std::map<std::string, std::vector<FormVersion>, std::less<>> forms_;
    std::map<std::string, std::vector<CalendarVersion>, std::less<>> calendars_;
};
using DefinitionsPtr = std::shared_ptr<const Definitions>;

/// Reads every stored version, and the shipped calendars as version 0. A stored text that no longer reads throws Fault
/// "ledger.corrupt".
DefinitionsPtr load_definitions(db::Session& session);

struct Source {
    std::string name;  // becomes the definition's name
    std::string text;
};
/// Checks and stores each text as a new version unless it equals the newest one. Idempotent. A text that does not read
/// or must not be published is rejected with the engine's reason; the others are stored. `line` = place in `sources`.
/// A calendar keeps the notices announced since (notices.hpp), and the calendars that extend it follow in a new
/// version.
/// `publication`: what processes may name.
Result<ImportReport> import_definitions(ledger::Committer& committer, IdMaker& ids, Kind kind,
                                        const std::vector<Source>& sources, const ledger::Meta& meta,
                                        const process::CheckOptions& publication = {});
/// What ships: data/processes, data/forms, data/calendars.
std::vector<Source> shipped(Kind kind);

}  // namespace motcua::definitions
