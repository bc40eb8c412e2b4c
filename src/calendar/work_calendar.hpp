// A unit's working time over its whole range, prepared for counting: which minutes are worked, which days are off and
// why. Immutable and shared by pointer. Prefix sums make every question O(1); a calendar of 83 years takes about 0.7
// MB. Owns: counting minutes and days. Leaves out: what limits and rules mean (due.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "calendar/calendar_data.hpp"

namespace motcua::calendar {

class WorkCalendar;
using WorkCalendarPtr = std::shared_ptr<const WorkCalendar>;

/// Why a day is as it is. Views live as long as the calendar.
struct DayInfo {
    DayKind kind = DayKind::working;
    const Name* name = nullptr;          // of the holiday or swap; null for ordinary days and weekly rest
    const Document* document = nullptr;  // notice that set it; null when it follows from the law or the week
    const Name* article = nullptr;       // of the law behind the holiday
    std::optional<LocalDay> in_place_of;
    bool provisional = false;  // computed, no notice covers the year yet
};

class WorkCalendar {
  public:
    /// Reasons: "calendar.file_invalid" (no_working_time, range_malformed).
    static Result<WorkCalendarPtr> build(CalendarData data);
    /// read_calendar, then build.
    static Result<WorkCalendarPtr> from_json(std::string_view json_text, const WorkCalendar* base = nullptr);
    /// The same calendar after one more announcement.
    Result<WorkCalendarPtr> with_notice(Notice notice) const;

    const CalendarData& data() const { return data_; }
    LocalDay first_day() const { return data_.first_day; }
    LocalDay last_day() const { return data_.last_day; }
    bool covers(LocalDay day) const { return day >= data_.first_day && day <= data_.last_day; }
    /// Days off of the day's year are listed or computed, not merely unknown.
    bool knows(LocalDay day) const;

    /// The refusal "calendar.out_of_range" {day, first, last}.
    std::unexpected<Error> out_of_range(LocalDay day) const;

    /// Preconditions of all below: the day is covered.
    bool is_working_day(LocalDay day) const { return works_[next_work_[index(day)]].day == count(day); }
    /// First working day on or after `day`; last_day() + 1 when there is none.
    LocalDay working_day_from(LocalDay day) const { return day_of(works_[next_work_[index(day)]]); }
    /// Working days in [from, to); `to` may be last_day() + 1.
    std::int64_t working_days_between(LocalDay from, LocalDay to) const {
        return std::int64_t{next_work_[index(to)]} - std::int64_t{next_work_[index(from)]};
    }
    /// The working day that is `n` working days after the first one on or after `from`; last_day() + 1 when none is.
    LocalDay working_day_after(LocalDay from, std::int64_t n) const {
        auto i = static_cast<std::size_t>(next_work_[index(from)] + n);
        return day_of(works_[i < works_.size() ? i : works_.size() - 1]);
    }
    /// Sessions of the day, in order; empty on days off.
    std::span<const Session> sessions_on(LocalDay day) const;
    /// End of the day's last session. Precondition: a working day.
    LocalMinute close_of(LocalDay day) const;
    DayInfo describe(LocalDay day) const;

    /// Working minutes from the start of the range to `t`.
    std::int64_t minutes_before(LocalMinute t) const {
        LocalDay day = std::chrono::floor<std::chrono::days>(t);
        const WorkDay& work = works_[next_work_[index(day)]];
        if (work.day != count(day)) return work.before;
        return work.before + minutes_into(work, static_cast<int>((t - day).count()));
    }
    /// Working minutes in the whole range.
    std::int64_t minutes_total() const { return works_.back().before; }
    /// The earliest moment by which `n` working minutes of the range have passed. Precondition: 0 < n <=
    /// minutes_total().
    LocalMinute moment_after(std::int64_t n) const;

  private:
    struct WorkDay {
        std::int32_t day;     // days since 1970-01-01
        std::int32_t before;  // working minutes of the range before this day
        std::uint32_t pattern;
    };
    struct Pattern {
        std::uint32_t first = 0, count = 0;  // into pattern_sessions_
    };
    struct Reason {
        std::int32_t day;
        std::int32_t notice;  // index into data_.notices, -1 = computed
        std::int32_t rule;    // index into data_.rules, -1
        SpecialDay special;
    };

    explicit WorkCalendar(CalendarData data) : data_(std::move(data)) {}
    bool prepare();
    static std::int32_t count(LocalDay day) { return static_cast<std::int32_t>(day.time_since_epoch().count()); }
    static LocalDay day_of(const WorkDay& work) { return LocalDay{std::chrono::days{work.day}}; }
    std::size_t index(LocalDay day) const { return static_cast<std::size_t>(count(day) - first_); }
    int minutes_into(const WorkDay& work, int minute_of_day) const;
    const Reason* find_reason(LocalDay day) const;

    CalendarData data_;
    std::int32_t first_ = 0;
    std::vector<std::uint32_t> next_work_;  // by day: index of the first working day on or after it
    std::vector<WorkDay> works_;            // the working days, and a sentinel the day after the range
    std::vector<std::uint32_t> by_block_;   // by block of working minutes: index of the working day it begins in
    std::vector<Pattern> patterns_;
    std::vector<Session> pattern_sessions_;
    std::vector<Reason> reasons_;  // special days, sorted
};

/// Text of the calendar file with that id, or nullopt.
using FindCalendarText = std::function<std::optional<std::string_view>(std::string_view id)>;
/// Builds a calendar from text; the calendar that it `extends`, if any, is looked up by id first (at most 4 levels).
/// Reasons: those of WorkCalendar::from_json, "calendar.unknown" {id}.
Result<WorkCalendarPtr> load_calendar(std::string_view json_text, const FindCalendarText& find_text);
/// The same by id.
Result<WorkCalendarPtr> load_calendar_by_id(std::string_view id, const FindCalendarText& find_text);

/// Working minutes from a to b; negative when b is before a; times outside the range count as its ends.
std::int64_t working_minutes_between(const WorkCalendar& calendar, LocalMinute a, LocalMinute b);

}  // namespace motcua::calendar
