// See due.hpp. One walk serves the fast path and the explanation; a TraceMaker only listens.
#include "calendar/due.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "calendar/trace_maker.hpp"

namespace motcua::calendar {
using namespace std::chrono;

namespace {

constexpr minutes last_minute_of_day{24 * 60 - 1};

LocalDay day_of(LocalMinute t) { return floor<days>(t); }

bool is_working_unit(TimeUnit unit) { return unit == TimeUnit::working_hour || unit == TimeUnit::working_day; }

Result<void> check_limits(std::span<const Limit> limits, const DueRules& rules) {
    if (limits.empty()) return fail(Errc::invalid, "calendar.limit_missing");
    for (const Limit& limit : limits) {
        if (limit.amount_milli < 0)
            return fail(Errc::invalid, "calendar.amount_invalid", {{"amount", format_amount(limit.amount_milli)}});
        if (limit.amount_milli > amount_milli_max)
            return fail(Errc::invalid, "calendar.amount_too_large",
                        {{"amount", format_amount(limit.amount_milli)}, {"max", format_amount(amount_milli_max)}});
        if (is_working_unit(limit.unit)) continue;
        if (limit.amount_milli % 1000 != 0)
            return fail(Errc::invalid, "calendar.fraction_not_whole",
                        {{"amount", format_amount(limit.amount_milli)}, {"unit", std::string(to_text(limit.unit))}});
        if (rules.same_day)
            return fail(Errc::invalid, "calendar.same_day_unit", {{"unit", std::string(to_text(limit.unit))}});
    }
    return {};
}

/// The day on which something received at `t` counts as received; last_day() + 1 when there is none.
LocalDay day_of_reception(const WorkCalendar& calendar, LocalMinute t, minutes cutoff) {
    LocalDay day = day_of(t);
    bool in_time = calendar.is_working_day(day) && t <= day + cutoff && t < calendar.close_of(day);
    return in_time ? day : calendar.working_day_after(day, calendar.is_working_day(day) ? 1 : 0);
}

/// Counts the limits of one due time. `trace` is null on the fast path.
class Count {
  public:
    Count(const WorkCalendar& calendar, const DueRules& rules, std::span<const PauseSpan> pauses, TraceMaker* trace)
        : calendar_(calendar), rules_(rules), pauses_(pauses), trace_(trace) {}

    Result<LocalMinute> run(LocalMinute start, std::span<const Limit> limits) {
        LocalMinute cursor = start;
        while (!limits.empty()) {
            // Limits of one family that follow one another are one period.
            std::size_t count = 1;
            while (count < limits.size() && is_working_unit(limits[count].unit) == is_working_unit(limits[0].unit))
                ++count;
            if (!calendar_.covers(day_of(cursor))) return calendar_.out_of_range(day_of(cursor));
            cursor = TRY(period(cursor, limits.first(count)));
            if (cursor == not_yet) return not_yet;
            limits = limits.subspan(count);
        }
        if (rules_.due_at_end_of_day) {
            LocalMinute close = close_of_due_day(cursor);
            if (trace_ && close != cursor) trace_->end_of_day(cursor, close);
            cursor = close;
        }
        return cursor;
    }

  private:
    Result<LocalMinute> period(LocalMinute cursor, std::span<const Limit> limits) {
        if (!is_working_unit(limits[0].unit)) return calendar_period(cursor, limits);
        std::int64_t milli_minutes = 0;
        for (const Limit& limit : limits)
            milli_minutes +=
                limit.amount_milli * (limit.unit == TimeUnit::working_hour ? 60 : minutes_per_working_day());
        std::int64_t need = (milli_minutes + 999) / 1000;  // a limit is never cut short by rounding
        return rules_.same_day ? whole_days(cursor, need) : working_period(cursor, need);
    }

    int minutes_per_working_day() const { return calendar_.data().minutes_per_working_day; }

    Result<LocalMinute> working_period(LocalMinute cursor, std::int64_t need) {
        // Nothing to count still begins in working time: the start of the first minute that could be counted.
        minutes back{need == 0 ? 1 : 0};
        need = std::max<std::int64_t>(need, 1);
        for (const PauseSpan& pause : pauses_) {
            if (pause.to <= cursor) continue;
            if (!calendar_.covers(day_of(pause.from))) break;
            std::int64_t until =
                calendar_.minutes_before(std::max(pause.from, cursor)) - calendar_.minutes_before(cursor);
            if (need <= until) break;
            need -= until;
            if (trace_) trace_->working(cursor, std::max(pause.from, cursor));
            if (pause.to == not_yet) return stop(std::max(pause.from, cursor));
            if (!calendar_.covers(day_of(pause.to))) return calendar_.out_of_range(day_of(pause.to));
            if (trace_) trace_->pause(std::max(pause.from, cursor), pause.to);
            cursor = pause.to;
        }
        std::int64_t target = calendar_.minutes_before(cursor) + need;
        if (target > calendar_.minutes_total()) return calendar_.out_of_range(calendar_.last_day() + days{1});
        LocalMinute due = calendar_.moment_after(target) - back;
        if (trace_) trace_->working(cursor, due);
        return due;
    }

    /// "Trong ngày": whole working days, the day of reception being the first.
    Result<LocalMinute> whole_days(LocalMinute cursor, std::int64_t need_minutes) {
        std::int64_t per_day = minutes_per_working_day();
        std::int64_t need = std::max<std::int64_t>((need_minutes + per_day - 1) / per_day, 1);
        LocalDay first = first_whole_day(cursor), last = calendar_.working_day_after(first, need - 1);
        for (const PauseSpan& pause : pauses_) {
            if (pause.to <= cursor) continue;
            if (!calendar_.covers(day_of(pause.from))) break;
            if (calendar_.covers(last) && pause.from >= calendar_.close_of(last)) break;
            LocalMinute from = std::max(pause.from, cursor);
            LocalDay uncounted = day_of(from);  // the first day that the pause does not let count
            if (calendar_.is_working_day(uncounted) && from >= calendar_.close_of(uncounted)) uncounted += days{1};
            if (uncounted > first) {
                need -= calendar_.working_days_between(first, uncounted);
                if (trace_) trace_->same_day(cursor, first, uncounted - days{1});
            }
            if (pause.to == not_yet) return stop(from);
            if (!calendar_.covers(day_of(pause.to))) return calendar_.out_of_range(day_of(pause.to));
            if (trace_) trace_->pause(from, pause.to);
            cursor = pause.to;
            first = first_whole_day(cursor);
            last = calendar_.working_day_after(first, need - 1);
        }
        if (!calendar_.covers(last)) return calendar_.out_of_range(last);
        if (trace_) trace_->same_day(cursor, first, last);
        return calendar_.close_of(last);
    }

    LocalDay first_whole_day(LocalMinute t) const { return day_of_reception(calendar_, t, rules_.cutoff); }

    Result<LocalMinute> calendar_period(LocalMinute cursor, std::span<const Limit> limits) {
        std::int64_t add_months = 0, add_days = 0;
        for (const Limit& limit : limits)
            (limit.unit == TimeUnit::month ? add_months : add_days) += limit.amount_milli / 1000;
        // No calendar's range holds so much, and a civil date could not either.
        if (add_months > 12 * 1000 || add_days > 366 * 1000)
            return calendar_.out_of_range(calendar_.last_day() + days{1});
        LocalDay first = day_of(cursor);
        year_month_day ymd = year_month_day{first} + months{add_months};
        if (!ymd.ok()) ymd = ymd.year() / ymd.month() / std::chrono::last;
        LocalDay last = LocalDay{ymd} + days{add_days};
        if (trace_) trace_->calendar_period(first, last, add_months != 0);
        for (const PauseSpan& pause : pauses_) {
            if (pause.to <= cursor) continue;
            LocalDay from = std::max(day_of(pause.from), first);
            if (!calendar_.covers(from)) break;
            if (calendar_.covers(last) && from > calendar_.working_day_from(last)) break;
            if (pause.to == not_yet) return stop(std::max(pause.from, cursor));
            LocalDay to = day_of(pause.to);
            last = std::max(last, from) + (to - from);
            if (trace_) trace_->calendar_pause(from, to, last);
        }
        if (!calendar_.covers(last)) return calendar_.out_of_range(last);
        LocalDay rolled = calendar_.working_day_from(last);
        if (!calendar_.covers(rolled)) return calendar_.out_of_range(rolled);
        if (trace_) trace_->calendar_end(first, last, rolled);
        return rolled + last_minute_of_day;
    }

    /// A session may last until 24:00: that moment still belongs to the day that it ends.
    LocalMinute close_of_due_day(LocalMinute due) const {
        LocalDay day = day_of(due), before = day - days{1};
        bool midnight = due == day && calendar_.covers(before) && calendar_.is_working_day(before);
        return midnight && calendar_.close_of(before) == due ? due : calendar_.close_of(day);
    }

    LocalMinute stop(LocalMinute since) {
        if (trace_) trace_->stopped(since);
        return not_yet;
    }

    const WorkCalendar& calendar_;
    const DueRules& rules_;
    std::span<const PauseSpan> pauses_;
    TraceMaker* trace_;
};

Result<void> check_pauses(std::span<const PauseSpan> pauses) {
    for (std::size_t i = 0; i < pauses.size(); ++i)
        if (pauses[i].to < pauses[i].from || (i > 0 && pauses[i].from < pauses[i - 1].to))
            return fail(Errc::invalid, "calendar.pauses_unordered", {{"from", format_local(pauses[i].from)}});
    return {};
}

}  // namespace

std::string_view to_text(TimeUnit unit) {
    switch (unit) {
        case TimeUnit::working_hour:
            return "working_hour";
        case TimeUnit::working_day:
            return "working_day";
        case TimeUnit::day:
            return "day";
        case TimeUnit::month:
            return "month";
    }
    return "working_day";
}

std::optional<TimeUnit> find_time_unit(std::string_view text) {
    for (auto unit : {TimeUnit::working_hour, TimeUnit::working_day, TimeUnit::day, TimeUnit::month})
        if (to_text(unit) == text) return unit;
    return std::nullopt;
}

Result<std::int64_t> parse_amount_milli(std::string_view text) {
    auto refuse = [&](std::string_view reason) {
        return fail(Errc::invalid, reason,
                    {{"amount", std::string(text.substr(0, 40))}, {"max", format_amount(amount_milli_max)}});
    };
    auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::int64_t milli = 0;
    std::size_t pos = 0;
    for (; pos < text.size() && is_digit(text[pos]); ++pos)
        milli = std::min<std::int64_t>(milli * 10 + (text[pos] - '0') * 1000, amount_milli_max + 1);
    if (pos == 0) return refuse("calendar.amount_invalid");
    if (pos < text.size() && (text[pos] == '.' || text[pos] == ',')) {
        std::size_t begin = ++pos;
        bool precise = true;
        for (int scale = 100; pos < text.size() && is_digit(text[pos]); ++pos, scale /= 10) {
            milli += (text[pos] - '0') * scale;
            if (scale == 0 && text[pos] != '0') precise = false;
        }
        if (pos == begin) return refuse("calendar.amount_invalid");
        if (pos == text.size() && !precise) return refuse("calendar.amount_too_precise");
    }
    if (pos != text.size()) return refuse("calendar.amount_invalid");
    if (milli > amount_milli_max) return refuse("calendar.amount_too_large");
    return milli;
}

std::string format_amount(std::int64_t amount_milli) {
    std::string text = fmt::format("{}{}", amount_milli < 0 ? "-" : "", std::abs(amount_milli) / 1000);
    if (auto rest = std::abs(amount_milli) % 1000; rest != 0) {
        text += fmt::format(".{:03}", rest);
        while (text.back() == '0') text.pop_back();
    }
    return text;
}

Result<LocalMinute> due_time(const WorkCalendar& calendar, LocalMinute start, std::span<const Limit> limits,
                             const DueRules& rules, std::span<const PauseSpan> pauses) {
    TRY(check_limits(limits, rules));
    TRY(check_pauses(pauses));
    return Count(calendar, rules, pauses, nullptr).run(start, limits);
}

Result<LocalMinute> counts_from(const WorkCalendar& receiving, LocalMinute t, const DueRules& rules) {
    if (!receiving.covers(day_of(t))) return receiving.out_of_range(day_of(t));
    if (!rules.same_day) return t;
    LocalDay day = day_of_reception(receiving, t, rules.cutoff);
    if (day == day_of(t)) return t;
    if (!receiving.covers(day)) return receiving.out_of_range(day);
    return day + minutes{receiving.sessions_on(day).front().from_minute};
}

Result<DueTime> explain_due_time(const WorkCalendar& calendar, LocalMinute start, std::span<const Limit> limits,
                                 const DueRules& rules, std::span<const PauseSpan> pauses) {
    TRY(check_limits(limits, rules));
    TRY(check_pauses(pauses));
    TraceMaker trace(calendar, rules);
    trace.received(start, limits);
    LocalMinute due = TRY(Count(calendar, rules, pauses, &trace).run(start, limits));
    return DueTime{due, trace.finish(due)};
}

}  // namespace motcua::calendar
