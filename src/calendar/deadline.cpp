// See deadline.hpp.
#include "calendar/deadline.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace motcua::calendar {
using namespace std::chrono;

namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

LocalDay day_of(LocalMinute t) { return floor<days>(t); }

/// The pauses; an open one ends at `open_until`, or is left out when that is absent.
std::vector<PauseSpan> pause_spans(const Deadline& deadline, std::optional<LocalMinute> open_until) {
    std::vector<PauseSpan> spans;
    for (const Pause& pause : deadline.pauses) {
        if (pause.to)
            spans.push_back({pause.from, *pause.to});
        else if (open_until)
            spans.push_back({pause.from, std::max(pause.from, *open_until)});
    }
    return spans;
}

/// The new date of an extension: kept as promised, moved to the next working day if it has become a day off, and moved
/// on by the working time of later pauses.
Result<LocalMinute> extended_due(const WorkCalendar& calendar, const Extension& extension,
                                 std::span<const PauseSpan> pauses) {
    LocalDay day = day_of(extension.due);
    if (!calendar.covers(day)) return calendar.out_of_range(day);
    LocalDay open = calendar.working_day_from(day);
    if (!calendar.covers(open)) return calendar.out_of_range(open);
    LocalMinute due = open + (extension.due - day);
    for (const PauseSpan& pause : pauses) {
        LocalMinute from = std::max(pause.from, extension.decided_at);
        if (pause.to <= from) continue;
        if (from >= due) break;
        if (pause.to == not_yet) return not_yet;
        std::int64_t stood_still = working_minutes_between(calendar, from, pause.to);
        if (stood_still == 0) continue;
        std::int64_t target = calendar.minutes_before(due) + stood_still;
        if (target > calendar.minutes_total()) return calendar.out_of_range(calendar.last_day() + days{1});
        due = calendar.moment_after(target);
    }
    return due;
}

Result<LocalMinute> due_with(const WorkCalendar& calendar, const Deadline& deadline,
                             std::span<const PauseSpan> pauses) {
    if (deadline.extension) return extended_due(calendar, *deadline.extension, pauses);
    return due_time(calendar, deadline.started_at, deadline.limits, deadline.rules, pauses);
}

/// The moment after which the next event must lie.
LocalMinute last_event(const Deadline& deadline) {
    LocalMinute last = deadline.started_at;
    if (!deadline.pauses.empty()) last = deadline.pauses.back().to.value_or(deadline.pauses.back().from);
    if (deadline.extension) last = std::max(last, deadline.extension->decided_at);
    return last;
}

std::unexpected<Error> refuse(std::string_view reason, std::vector<Param> params = {}) {
    return fail(Errc::conflict, reason, std::move(params));
}

Result<void> check_order(const Deadline& deadline, LocalMinute at) {
    if (at < last_event(deadline))
        return refuse("calendar.event_out_of_order",
                      {{"at", format_local(at)}, {"last", format_local(last_event(deadline))}});
    return {};
}

Result<void> check_extension(const WorkCalendar& calendar, const Deadline& deadline, const DeadlineExtended& event) {
    if (deadline.extended_once)
        return refuse("calendar.extended_before",
                      {{"due", deadline.extension ? format_local(deadline.extension->due) : std::string()}});
    auto due = TRY(current_due(calendar, deadline));
    if (!due) return refuse("calendar.extension_while_paused", {{"since", format_local(deadline.pauses.back().from)}});
    if (event.due <= *due) return refuse("calendar.extension_not_later", {{"due", format_local(*due)}});
    if (LocalDay latest = extension_notice_latest(*due); day_of(event.at) > latest)
        return refuse("calendar.extension_too_late", {{"latest", format_day(latest)}});
    if (!calendar.covers(day_of(event.due)) || !calendar.is_working_day(day_of(event.due)))
        return refuse("calendar.extension_day_off", {{"day", format_day(day_of(event.due))}});
    return {};
}

std::string moment_text(LocalMinute t) {
    std::string text = format_local(t);
    return text.substr(11) + " " + format_day_vi(day_of(t));
}

}  // namespace

Result<void> check(const WorkCalendar& calendar, const Deadline& deadline, const DeadlineEvent& event) {
    return std::visit(
        Overloaded{
            [&](const DeadlineStarted& e) -> Result<void> {
                TRY(due_time(calendar, e.counts_from.value_or(e.at), e.limits, e.rules));
                return {};
            },
            [&](const DeadlinePaused& e) -> Result<void> {
                if (deadline.paused())
                    return refuse("calendar.already_paused", {{"since", format_local(deadline.pauses.back().from)}});
                return check_order(deadline, e.at);
            },
            [&](const DeadlineResumed& e) -> Result<void> {
                if (!deadline.paused()) return refuse("calendar.not_paused");
                TRY(check_order(deadline, e.at));
                TRY(due_if_resumed(calendar, deadline, e.at));
                return {};
            },
            [&](const DeadlineRestarted& e) -> Result<void> {
                TRY(check_order(deadline, e.at));
                TRY(due_time(calendar, e.at, deadline.limits, deadline.rules));
                return {};
            },
            [&](const DeadlineExtended& e) -> Result<void> {
                TRY(check_order(deadline, e.at));
                return check_extension(calendar, deadline, e);
            },
        },
        event);
}

void apply(Deadline& deadline, const DeadlineEvent& event) {
    std::visit(Overloaded{
                   [&](const DeadlineStarted& e) {
                       deadline =
                           Deadline{e.at, e.counts_from.value_or(e.at), e.limits, e.rules, {}, std::nullopt, 0, false};
                   },
                   [&](const DeadlinePaused& e) {
                       deadline.pauses.push_back({e.at, std::nullopt, e.reason});
                   },
                   [&](const DeadlineResumed& e) {
                       if (deadline.paused()) deadline.pauses.back().to = e.at;
                   },
                   [&](const DeadlineRestarted& e) {
                       deadline.started_at = e.at;
                       deadline.pauses.clear();
                       deadline.extension.reset();
                       ++deadline.restarts;
                   },
                   [&](const DeadlineExtended& e) {
                       deadline.extension = Extension{e.at, e.due, e.reason};
                       deadline.extended_once = true;
                   },
               },
               event);
}

Result<std::optional<LocalMinute>> current_due(const WorkCalendar& calendar, const Deadline& deadline) {
    LocalMinute due = TRY(due_with(calendar, deadline, pause_spans(deadline, not_yet)));
    return due == not_yet ? std::optional<LocalMinute>{} : std::optional(due);
}

Result<LocalMinute> due_if_resumed(const WorkCalendar& calendar, const Deadline& deadline, LocalMinute at) {
    return due_with(calendar, deadline, pause_spans(deadline, at));
}

Result<ExplainedDeadline> explain(const WorkCalendar& calendar, const Deadline& deadline) {
    // What was counted ends with an extension; the pauses after it move the new date.
    auto pauses = pause_spans(deadline, not_yet);
    auto later = deadline.extension
                     ? std::ranges::find_if(
                           pauses, [&](const PauseSpan& pause) { return pause.from >= deadline.extension->decided_at; })
                     : pauses.end();
    DueTime counted = TRY(explain_due_time(calendar, deadline.started_at, deadline.limits, deadline.rules,
                                           std::span(pauses.begin(), later)));
    ExplainedDeadline explained{TRY(current_due(calendar, deadline)), std::move(counted.trace)};
    Trace& trace = explained.trace;
    auto cite = [&](Topic topic) -> std::vector<Note::Text> {
        Name name = article(deadline.rules.rule_set, topic);
        if (std::ranges::find(trace.articles, name) == trace.articles.end()) trace.articles.push_back(name);
        return {{"article", std::move(name)}};
    };
    if (deadline.restarts > 0) {
        Note note{"calendar.trace_restarted",
                  {{"received", moment_text(deadline.received_at)}, {"at", moment_text(deadline.started_at)}},
                  cite(Topic::supplement)};
        trace.notes.insert(trace.notes.begin(), std::move(note));
        trace.received = deadline.received_at;
    } else if (deadline.started_at != deadline.received_at) {
        Note note{"calendar.trace_put_off",
                  {{"received", moment_text(deadline.received_at)}, {"at", moment_text(deadline.started_at)}},
                  cite(Topic::same_day)};
        trace.notes.insert(trace.notes.begin(), std::move(note));
        trace.received = deadline.received_at;
    }
    if (deadline.extension) {
        const Extension& extension = *deadline.extension;
        trace.notes.push_back({"calendar.trace_extended",
                               {{"before", moment_text(counted.due)},
                                {"due", moment_text(extension.due)},
                                {"at", moment_text(extension.decided_at)}},
                               cite(Topic::extension)});
        for (; later != pauses.end(); ++later) {
            trace.paused.push_back({later->from, later->to, false});
            if (later->to != not_yet)
                trace.notes.push_back(
                    {"calendar.trace_paused", {{"from", moment_text(later->from)}, {"to", moment_text(later->to)}}});
        }
        if (!explained.due)
            trace.notes.push_back({"calendar.trace_stopped", {{"since", moment_text(pauses.back().from)}}});
        else if (*explained.due != extension.due)
            trace.notes.push_back({"calendar.trace_due", {{"due", moment_text(*explained.due)}}});
    }
    trace.due = explained.due;
    return explained;
}

std::string_view to_text(Standing standing) {
    switch (standing) {
        case Standing::in_time:
            return "in_time";
        case Standing::due_soon:
            return "due_soon";
        case Standing::late:
            return "late";
        case Standing::paused:
            return "paused";
    }
    return "in_time";
}

Result<Progress> progress(const WorkCalendar& calendar, const Deadline& deadline, LocalMinute now, Limit soon) {
    Progress answer;
    answer.due = TRY(current_due(calendar, deadline));
    if (!answer.due) {
        LocalMinute since = deadline.pauses.back().from;
        answer.standing = Standing::paused;
        answer.remaining_minutes = working_minutes_between(
            calendar, since, TRY(due_with(calendar, deadline, pause_spans(deadline, std::nullopt))));
        return answer;
    }
    answer.remaining_minutes = working_minutes_between(calendar, now, *answer.due);
    if (now > *answer.due)
        answer.standing = Standing::late;
    else if (now >= TRY(warning_time(calendar, *answer.due, soon)))
        answer.standing = Standing::due_soon;
    return answer;
}

std::string_view to_text(Timeliness timeliness) {
    switch (timeliness) {
        case Timeliness::early:
            return "early";
        case Timeliness::on_time:
            return "on_time";
        case Timeliness::late:
            return "late";
    }
    return "on_time";
}

Timeliness timeliness_of(LocalMinute due, LocalMinute finished) {
    if (day_of(finished) < day_of(due)) return Timeliness::early;
    return finished <= due ? Timeliness::on_time : Timeliness::late;
}

Result<LocalMinute> warning_time(const WorkCalendar& calendar, LocalMinute due, Limit before) {
    auto refused = [&](std::string_view reason) {
        return fail(Errc::invalid, reason,
                    {{"amount", format_amount(before.amount_milli)}, {"unit", std::string(to_text(before.unit))}});
    };
    if (before.amount_milli < 0 || before.amount_milli > amount_milli_max) return refused("calendar.amount_invalid");
    if (!calendar.covers(day_of(due))) return calendar.out_of_range(day_of(due));
    if (before.unit == TimeUnit::working_hour || before.unit == TimeUnit::working_day) {
        std::int64_t per_unit = before.unit == TimeUnit::working_hour ? 60 : calendar.data().minutes_per_working_day;
        std::int64_t left = calendar.minutes_before(due) - (before.amount_milli * per_unit + 999) / 1000;
        if (left < 0 || left >= calendar.minutes_total()) return calendar.out_of_range(calendar.first_day() - days{1});
        // The start of the next minute of work, not the end of the last: a warning comes when somebody is there.
        return std::min(due, calendar.moment_after(left + 1) - minutes{1});
    }
    if (before.amount_milli % 1000 != 0) return refused("calendar.fraction_not_whole");
    std::int64_t amount = before.amount_milli / 1000;
    if (amount > 366 * 1000) return calendar.out_of_range(calendar.first_day() - days{1});
    if (before.unit == TimeUnit::day) return due - days{amount};
    year_month_day ymd = year_month_day{day_of(due)} - months{amount};
    if (!ymd.ok()) ymd = ymd.year() / ymd.month() / std::chrono::last;
    return LocalDay{ymd} + (due - day_of(due));
}

LocalDay extension_notice_latest(LocalMinute due) { return day_of(due) - days{1}; }

Result<LocalMinute> forwarding_due(const WorkCalendar& calendar, LocalMinute received, minutes cutoff) {
    LocalDay day = day_of(received);
    if (!calendar.covers(day)) return calendar.out_of_range(day);
    bool works = calendar.is_working_day(day);
    if (works && received <= day + cutoff && received < calendar.close_of(day)) return calendar.close_of(day);
    LocalDay next = calendar.working_day_after(day, works ? 1 : 0);
    if (!calendar.covers(next)) return calendar.out_of_range(next);
    return next + minutes{calendar.sessions_on(next).front().from_minute};
}

std::optional<Limit> statutory_limit(RuleSet rules, Statutory what) {
    bool nd118 = rules == RuleSet::nd118;
    switch (what) {
        case Statutory::online_answer:
            return nd118 ? std::optional(Limit{8000, TimeUnit::working_hour}) : std::nullopt;
        case Statutory::supplement_notice:
            return Limit{3000, TimeUnit::working_day};
        case Statutory::supplement_closing:
            return nd118 ? std::optional(Limit{15000, TimeUnit::day}) : std::nullopt;
        case Statutory::correction:
            return nd118 ? std::optional(Limit{3000, TimeUnit::working_day}) : std::nullopt;
    }
    return std::nullopt;
}

Result<LocalMinute> step_due(const WorkCalendar& calendar, LocalMinute start, Limit limit, const DueRules& rules,
                             std::optional<LocalMinute> dossier_due) {
    LocalMinute due = TRY(due_time(calendar, start, limit, rules));
    return dossier_due ? std::min(due, *dossier_due) : due;
}

Result<std::vector<PlannedStep>> plan_steps(const WorkCalendar& calendar, LocalMinute start,
                                            std::span<const Limit> steps, const DueRules& rules,
                                            LocalMinute dossier_due) {
    std::vector<PlannedStep> plan;
    for (const Limit& limit : steps) {
        LocalMinute due = TRY(due_time(calendar, start, limit, rules));
        plan.push_back({start, std::min(due, dossier_due), due > dossier_due});
        start = plan.back().due;
    }
    return plan;
}

Result<void> check_step_budget(std::span<const Limit> steps, std::span<const Limit> whole,
                               int minutes_per_working_day) {
    struct Sum {
        std::int64_t working_milli_minutes = 0, months = 0, days = 0;
    };
    auto sum = [&](std::span<const Limit> limits) {
        Sum s;
        for (const Limit& limit : limits) switch (limit.unit) {
                case TimeUnit::working_hour:
                    s.working_milli_minutes += limit.amount_milli * 60;
                    break;
                case TimeUnit::working_day:
                    s.working_milli_minutes += limit.amount_milli * minutes_per_working_day;
                    break;
                case TimeUnit::day:
                    s.days += limit.amount_milli / 1000;
                    break;
                case TimeUnit::month:
                    s.months += limit.amount_milli / 1000;
                    break;
            }
        return s;
    };
    Sum used = sum(steps), given = sum(whole);
    auto exceeds = [](std::string steps_text, std::string limit_text) {
        return fail(Errc::invalid, "calendar.steps_exceed_limit",
                    {{"steps", std::move(steps_text)}, {"limit", std::move(limit_text)}});
    };
    bool calendar_steps = used.days + used.months > 0, calendar_whole = given.days + given.months > 0;
    if ((used.working_milli_minutes > 0 && calendar_whole) || (calendar_steps && given.working_milli_minutes > 0))
        return fail(Errc::invalid, "calendar.steps_unit_differs");
    if (used.working_milli_minutes > given.working_milli_minutes)
        return exceeds(format_amount(used.working_milli_minutes / 60), format_amount(given.working_milli_minutes / 60));
    // Months that both have cancel out; any other month is 28 days at least and 31 at most.
    std::int64_t common = std::min(used.months, given.months);
    if ((used.months - common) * 31 + used.days > (given.months - common) * 28 + given.days)
        return exceeds(fmt::format("{}+{}", used.months, used.days), fmt::format("{}+{}", given.months, given.days));
    return {};
}

std::vector<LocalDay> changed_days(const WorkCalendar& before, const WorkCalendar& after) {
    std::vector<LocalDay> changed;
    LocalDay first = std::max(before.first_day(), after.first_day());
    LocalDay last = std::min(before.last_day(), after.last_day());
    for (LocalDay day = first; day <= last; day += days{1})
        if (!std::ranges::equal(before.sessions_on(day), after.sessions_on(day))) changed.push_back(day);
    return changed;
}

Result<std::vector<Moved>> moved_deadlines(const WorkCalendar& before, const WorkCalendar& after,
                                           std::span<const Deadline> deadlines) {
    std::vector<Moved> moved;
    for (std::size_t i = 0; i < deadlines.size(); ++i) {
        auto old_due = TRY(current_due(before, deadlines[i]));
        auto new_due = TRY(current_due(after, deadlines[i]));
        if (old_due && new_due && *old_due != *new_due) moved.push_back({i, *old_due, *new_due});
    }
    return moved;
}

}  // namespace motcua::calendar
