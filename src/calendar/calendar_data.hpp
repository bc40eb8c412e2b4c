// What a working calendar is built from: sessions, holiday rules and government notices, and the reader of its JSON
// form (docs/deadlines.md describes it). A small file with only `days_off` and `makeup_workdays` is also a calendar.
// Owns: the meaning of calendar files. Leaves out: arithmetic (work_calendar.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace motcua::calendar {

struct Name {
    std::string vi, en;
    bool operator==(const Name&) const = default;
};

/// A stretch of working time within a day, in minutes since midnight, `to` excluded.
struct Session {
    int from_minute = 0, to_minute = 0;
    bool operator==(const Session&) const = default;
};
using DaySessions = std::vector<Session>;

/// The paper behind a day: number and date as printed; empty when unknown, then `grade` says how sure the source is.
struct Document {
    std::string number;
    std::optional<LocalDay> date;
    std::string issuer;
    std::string grade;
    bool operator==(const Document&) const = default;
};

enum class DayKind : std::uint8_t {
    working,       // an ordinary working day of the unit
    rest,          // weekly rest: the unit has no sessions on this weekday
    holiday,       // public holiday (Labour Code 2019, art. 112)
    compensation,  // rest in place of a holiday that fell on a weekly rest day (art. 111 clause 3)
    swapped_off,   // working day exchanged for a worked rest day
    swapped_on,    // rest day that is worked in exchange
    closed,        // closed for another reason (storm, local decision)
};
std::string_view to_text(DayKind kind);

struct SpecialDay {
    LocalDay day;
    DayKind kind = DayKind::holiday;
    Name name;
    std::optional<LocalDay> in_place_of = {};  // the holiday compensated, or the other day of a swap
    std::string holiday = {};                  // id of the holiday rule behind it, if any
};

/// One announcement. A later notice wins over an earlier one for the same day.
struct Notice {
    std::string id;
    Document document;
    std::optional<int> whole_year;  // its days are all the days off of that year: none are computed for it
    std::vector<SpecialDay> days;
};

/// A holiday that returns every year. Which days around the anchor are off can depend on the year or the weekday. One
/// holiday (id) can have several rules with different periods in force.
struct HolidayRule {
    std::string id;
    Name name;
    bool lunar = false;
    int month = 1, day = 1;
    LocalDay from = LocalDay::min(), to = LocalDay::max();  // in force, both included
    std::vector<int> offsets{0};
    std::map<int, std::vector<int>> offsets_by_year;
    std::vector<std::vector<int>> offsets_by_weekday;  // empty, or 7 lists, Monday first
    bool moved_off_rest = true;                        // on weekly rest, the next working day is off instead
    Name article;
};

/// Sessions from a day on, Monday first.
struct SessionPlan {
    LocalDay from = LocalDay::min();
    std::array<DaySessions, 7> by_weekday;
    Document document;
};

struct CalendarData {
    std::string id;
    Name name;
    LocalDay first_day, last_day;                          // range for which it answers
    std::optional<int> known_first_year, known_last_year;  // years whose days off are listed
    int minutes_per_working_day = 480;
    std::vector<SessionPlan> sessions;  // by `from`, at least one
    std::array<bool, 7> weekly_rest{};  // of the State's calendar, also for units that open then
    std::vector<HolidayRule> rules;
    std::vector<Notice> notices;               // in order of announcement
    std::vector<std::string> ignored_members;  // of the file, not understood: the caller may warn
};

inline constexpr int special_days_max = 20'000;
inline constexpr int sessions_per_day_max = 4;
inline constexpr int holiday_rules_max = 200;
inline constexpr int session_changes_max = 500;

/// Reads a calendar file. `base` given: the file is a unit's variation (its sessions, extra days) of that calendar.
/// Reasons: those of parse_json, and "calendar.file_invalid" {at, problem} with `problem` one of date_malformed,
/// session_malformed, sessions_overlap, wrong_type, day_conflict, range_malformed, too_many, no_working_time,
/// number_out_of_bounds, weekday_unknown, kind_unknown, holiday_unknown, nothing_given.
Result<CalendarData> read_calendar(std::string_view json_text, const CalendarData* base = nullptr);

/// Reads one notice: {"id","document":{"number","date","issuer","grade"},"whole_year","days_off","makeup_workdays"}.
/// `known` resolves the names of holidays referred to by id. Reasons as read_calendar.
Result<Notice> read_notice(std::string_view json_text, const CalendarData* known = nullptr);

/// The rule of that holiday in force on the day; index into data.rules.
std::optional<std::size_t> find_rule(const CalendarData& data, std::string_view holiday, LocalDay day);

/// The days off that law and astronomy give for `year` by the data's rules: holidays, and the rest days in place of
/// those that fall on weekly rest, sorted by day. Notices are not looked at.
std::vector<SpecialDay> computed_days_off(const CalendarData& data, int year);

}  // namespace motcua::calendar
