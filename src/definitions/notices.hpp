// Notices announced late (nghỉ bù, hoán đổi ngày làm việc): a calendar in use gets one more announcement, in a new
// version, and the open dossiers counted on it are to be counted again. Owns table `calendar_notice` and events
// calendar_notice_announced, calendar_notice_applied. Leaves out the counting again itself (dossier/redate.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "calendar/calendar_data.hpp"
#include "definitions/definitions.hpp"
#include "ledger/committer.hpp"

namespace motcua::definitions {

struct LateNotice {
    std::int64_t id = 0;
    ledger::Head head;
    std::string calendar;  // name
    calendar::Notice notice;
    Instant announced;
    std::int64_t position = 0;  // of its first event; what it moved comes later in the ledger
    std::optional<Instant> applied;
    std::int64_t moved = 0;  // once applied
    json::object body;       // the notice as given
    bool operator==(const LateNotice& other) const { return id == other.id && head == other.head; }
};

/// "123/TB-BNV, 15/07/2026": the document as sentences name it.
std::string document_text(const calendar::Document& document);

struct Announcement {
    LateNotice notice;                      // as it is, or as it becomes by the write set
    std::optional<ledger::WriteSet> write;  // absent: the calendar has this notice already
    std::vector<CalendarVersion> made;      // the calendar's new version, then those of calendars that extend it
};
/// Reads the notice and makes the new versions of the calendar and of those that extend it. Reasons: those of
/// calendar::read_notice, not_found "calendar.unknown" {id}, invalid "definitions.notice_number_missing",
/// "definitions.notice_date_missing", "definitions.notice_empty".
Result<Announcement> announce_notice(db::Session& session, IdMaker& ids, std::string_view calendar,
                                     std::string_view notice_text, const ledger::Meta& meta);

/// Marks it as applied to every open dossier.
ledger::WriteSet applied_write_set(const LateNotice& notice, std::int64_t moved, const ledger::Meta& meta);

inline constexpr int notices_max = 500;
/// Newest first.
std::vector<LateNotice> list_notices(db::Session& session, int limit = notices_max);
/// Not yet applied, oldest first.
std::vector<LateNotice> list_open_notices(db::Session& session);
std::optional<LateNotice> find_notice(db::Session& session, std::int64_t id);

/// Notices and calendars whose rows are not what their events make of them, as sentences in English (`motcua doctor`).
std::vector<std::string> check_notices(db::Database& database);

}  // namespace motcua::definitions
