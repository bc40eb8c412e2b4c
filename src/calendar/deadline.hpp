// The life of one deadline: counted from reception, standing still while paused, counted again after a supplement,
// extended once. A Deadline is folded from its events; what is due is computed from it and a calendar, never stored in
// it. Owns: the rules of these events, warnings, step deadlines, re-dating after a notice. Leaves out: storing, clocks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "calendar/due.hpp"

namespace motcua::calendar {

struct Pause {
    LocalMinute from;
    std::optional<LocalMinute> to;  // absent: still paused
    std::string reason;             // the caller's word: "awaiting_payment", "awaiting_supplement", "asked_agency" …
    bool operator==(const Pause&) const = default;
};

struct Extension {
    LocalMinute decided_at, due;
    std::string reason;
    bool operator==(const Extension&) const = default;
};

struct Deadline {
    LocalMinute received_at;  // first start; it chose the rule set
    LocalMinute started_at;   // start of the present count
    std::vector<Limit> limits;
    DueRules rules;
    std::vector<Pause> pauses;  // since started_at, in order; only the last can be open
    std::optional<Extension> extension;
    int restarts = 0;
    bool extended_once = false;  // also when a restart has set the extension aside
    bool operator==(const Deadline&) const = default;

    bool paused() const { return !pauses.empty() && !pauses.back().to; }
};

struct DeadlineStarted {
    LocalMinute at;
    std::vector<Limit> limits;
    DueRules rules;
    /// When the receiving unit's hours put the count off (counts_from): its start, `at` or later.
    std::optional<LocalMinute> counts_from = {};
};
struct DeadlinePaused {
    LocalMinute at;
    std::string reason;
};
struct DeadlineResumed {
    LocalMinute at;
};
/// Complete supplement received: counted again from zero (Decree 61/2018 art. 19(4), 118/2025 art. 19(5)). Ends a
/// pause.
struct DeadlineRestarted {
    LocalMinute at;
};
/// The one new date after an apology (art. 19(9), art. 19(6)).
struct DeadlineExtended {
    LocalMinute at, due;
    std::string reason;
};
using DeadlineEvent =
    std::variant<DeadlineStarted, DeadlinePaused, DeadlineResumed, DeadlineRestarted, DeadlineExtended>;

/// May `event` happen to `deadline` (any value for DeadlineStarted)?
/// Reasons: those of due_time, "calendar.already_paused" {since}, "calendar.not_paused", "calendar.event_out_of_order"
/// {at, last}, "calendar.extended_before" {due}, "calendar.extension_not_later" {due}, "calendar.extension_too_late"
/// {latest}, "calendar.extension_day_off" {day}, "calendar.extension_while_paused" {since}.
Result<void> check(const WorkCalendar& calendar, const Deadline& deadline, const DeadlineEvent& event);
/// Folds; never fails, holds no rule.
void apply(Deadline& deadline, const DeadlineEvent& event);

/// The present due time; nullopt while the clock stands still. Reasons: those of due_time.
Result<std::optional<LocalMinute>> current_due(const WorkCalendar& calendar, const Deadline& deadline);
/// What it would be if the pause ended at `at`; the present due time when not paused.
Result<LocalMinute> due_if_resumed(const WorkCalendar& calendar, const Deadline& deadline, LocalMinute at);

struct ExplainedDeadline {
    std::optional<LocalMinute> due;  // nullopt while paused; the trace then ends with the pause
    Trace trace;
};
Result<ExplainedDeadline> explain(const WorkCalendar& calendar, const Deadline& deadline);

/// How things stand at `now`.
enum class Standing : std::uint8_t { in_time, due_soon, late, paused };
std::string_view to_text(Standing standing);
struct Progress {
    Standing standing = Standing::in_time;
    std::optional<LocalMinute> due;
    std::int64_t remaining_minutes =
        0;  // working minutes to the due time; negative when late; while paused: as it stopped
};
/// `soon`: how long before the due time `due_soon` begins. Reasons: those of due_time.
Result<Progress> progress(const WorkCalendar& calendar, const Deadline& deadline, LocalMinute now, Limit soon);

/// Class of a finished dossier: a day before the due day or earlier, in time, late.
enum class Timeliness : std::uint8_t { early, on_time, late };
std::string_view to_text(Timeliness timeliness);
Timeliness timeliness_of(LocalMinute due, LocalMinute finished);

/// When to warn: the working moment with `before` left until `due` (working units), or the same time of day that many
/// days or months earlier. Reasons: "calendar.amount_invalid", "calendar.fraction_not_whole", "calendar.out_of_range".
Result<LocalMinute> warning_time(const WorkCalendar& calendar, LocalMinute due, Limit before);
/// Last day on which an extension may still be told: the day before the due day.
LocalDay extension_notice_latest(LocalMinute due);

/// When paper received at `received` must be forwarded: the close of that working day, or the opening of the next
/// working day when it came after `cutoff` or outside working days (art. 18). Reason: "calendar.out_of_range".
Result<LocalMinute> forwarding_due(const WorkCalendar& calendar, LocalMinute received,
                                   std::chrono::minutes cutoff = std::chrono::hours{15});

/// Terms that the decree itself sets for everybody, beside the procedure's own limit.
enum class Statutory : std::uint8_t {
    online_answer,       // answer an online dossier: 8 working hours (nd118, art. 17(2))
    supplement_notice,   // ask for a supplement: 3 working days from reception (art. 19)
    supplement_closing,  // close a dossier that was not completed: 15 days from the notice (nd118, art. 19(5))
    correction,          // correct a wrong result: 3 working days (nd118, art. 23(1))
};
/// nullopt where the rule set sets none.
std::optional<Limit> statutory_limit(RuleSet rules, Statutory what);

/// Due time of a step that starts at `start`, never after the dossier's. Reasons: those of due_time.
Result<LocalMinute> step_due(const WorkCalendar& calendar, LocalMinute start, Limit limit, const DueRules& rules,
                             std::optional<LocalMinute> dossier_due);
struct PlannedStep {
    LocalMinute start, due;
    bool cut = false;  // its own limit would end after the dossier's due time
};
/// Steps one after another from `start`. Reasons: those of due_time.
Result<std::vector<PlannedStep>> plan_steps(const WorkCalendar& calendar, LocalMinute start,
                                            std::span<const Limit> steps, const DueRules& rules,
                                            LocalMinute dossier_due);
/// Do steps that follow one another fit into the whole? Reasons: "calendar.steps_exceed_limit" {steps, limit} (in
/// working hours or days), "calendar.steps_unit_differs" (working and calendar units cannot be compared).
Result<void> check_step_budget(std::span<const Limit> steps, std::span<const Limit> whole,
                               int minutes_per_working_day = 480);

/// Days on which two calendars work differently, within both ranges.
std::vector<LocalDay> changed_days(const WorkCalendar& before, const WorkCalendar& after);
struct Moved {
    std::size_t index = 0;  // into the deadlines given
    LocalMinute before, after;
};
/// Which deadlines a new calendar (late notice) moves, and where to. Paused ones have no due time and are left out;
/// they take the new calendar when they resume. Reasons: those of due_time.
Result<std::vector<Moved>> moved_deadlines(const WorkCalendar& before, const WorkCalendar& after,
                                           std::span<const Deadline> deadlines);

}  // namespace motcua::calendar
