// Legal due times: limits, rules, and the moment at which a limit ends. Working hours and days are counted minute by
// minute of working time (1 working day = 8 working hours unless the calendar says otherwise); calendar days and months
// after the Civil Code 2015, art. 147 and 148. See docs/deadlines.md.
// Owns: due_time and its explanation. Leaves out: the life of a dossier's deadline (deadline.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "calendar/rules.hpp"
#include "calendar/trace.hpp"
#include "calendar/work_calendar.hpp"

namespace motcua::calendar {

enum class TimeUnit : std::uint8_t { working_hour, working_day, day, month };
std::string_view to_text(TimeUnit unit);
/// "working_hour", "working_day", "day", "month".
std::optional<TimeUnit> find_time_unit(std::string_view text);

/// `amount_milli` thousandths of the unit: 0.25 working day = {250, working_day}. Days and months are whole.
struct Limit {
    std::int64_t amount_milli = 0;
    TimeUnit unit = TimeUnit::working_day;
    bool operator==(const Limit&) const = default;
};
inline constexpr std::int64_t amount_milli_max = 1'000'000'000;

/// Reads "3", "0.25", "1,5". Reasons: "calendar.amount_invalid" {amount}, "calendar.amount_too_precise" {amount},
/// "calendar.amount_too_large" {amount, max}.
Result<std::int64_t> parse_amount_milli(std::string_view text);
/// "0.25", without needless zeros.
std::string format_amount(std::int64_t amount_milli);

struct DueRules {
    RuleSet rule_set = RuleSet::nd118;
    /// "Trong ngày": the day of reception is the first counted and the result is due at its close; received after
    /// `cutoff` counts as received on the next working day (Decree 23/2015/NĐ-CP, art. 7). Working units only.
    bool same_day = false;
    std::chrono::minutes cutoff = std::chrono::hours{15};
    /// Appoint the close of the last session of the due day instead of the minute counted ("trả cuối ngày").
    bool due_at_end_of_day = false;
    bool operator==(const DueRules&) const = default;
};

/// A stretch in which the clock stands still, `to` excluded; `to` = not_yet while it lasts.
struct PauseSpan {
    LocalMinute from, to;
};
/// The due time of a clock that stands still.
inline constexpr LocalMinute not_yet = LocalMinute::max();

/// The end of the limits counted from `start`. Limits of the same family (working / calendar) that follow one another
/// are one period; a later period begins where the one before ended. Calendar periods end at 23:59 (24:00) of their
/// last day, rolled forward to a working day. A zero working limit gives the first working minute from `start` on.
/// Pauses are in order and apart. `not_yet` when the last pause has no end and began before the time was up.
/// Allocates nothing unless it refuses; about 40 ns.
/// Reasons: "calendar.limit_missing", "calendar.amount_invalid", "calendar.amount_too_large",
/// "calendar.fraction_not_whole" {amount, unit}, "calendar.same_day_unit", "calendar.pauses_unordered",
/// "calendar.out_of_range" {day, first, last}.
Result<LocalMinute> due_time(const WorkCalendar& calendar, LocalMinute start, std::span<const Limit> limits,
                             const DueRules& rules, std::span<const PauseSpan> pauses = {});
inline Result<LocalMinute> due_time(const WorkCalendar& calendar, LocalMinute start, Limit limit,
                                    const DueRules& rules = {}) {
    return due_time(calendar, start, std::span<const Limit>(&limit, 1), rules);
}

/// From when a limit counts that was received at `t` by a unit with these hours: `t` itself, but for a "trong ngày"
/// limit after the cutoff or outside working days the opening of the unit's next working day. Reason
/// "calendar.out_of_range".
Result<LocalMinute> counts_from(const WorkCalendar& receiving, LocalMinute t, const DueRules& rules);

struct DueTime {
    LocalMinute due;
    Trace trace;
};

/// The same due time with everything that was counted, skipped and applied. Same reasons.
Result<DueTime> explain_due_time(const WorkCalendar& calendar, LocalMinute start, std::span<const Limit> limits,
                                 const DueRules& rules, std::span<const PauseSpan> pauses = {});
inline Result<DueTime> explain_due_time(const WorkCalendar& calendar, LocalMinute start, Limit limit,
                                        const DueRules& rules = {}) {
    return explain_due_time(calendar, start, std::span<const Limit>(&limit, 1), rules);
}

}  // namespace motcua::calendar
