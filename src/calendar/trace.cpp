// See trace.hpp and trace_maker.hpp. Sentences are reasons of data/messages/calendar.json; dates in their values are
// written dd/mm/yyyy, which both languages read.
#include "calendar/trace.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "calendar/trace_maker.hpp"

namespace motcua::calendar {
using namespace std::chrono;

namespace {

LocalDay day_of(LocalMinute t) { return floor<days>(t); }

std::string clock_text(LocalMinute t) {
    hh_mm_ss<minutes> time{t - floor<days>(t)};
    return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
}

/// "10:15 23/02/2023".
std::string moment_text(LocalMinute t) { return clock_text(t) + " " + format_day_vi(day_of(t)); }

json::object name_json(const Name& name) { return {{"vi", name.vi}, {"en", name.en}}; }

json::array intervals_json(const std::vector<CountedInterval>& intervals) {
    json::array list;
    for (const auto& interval : intervals) {
        json::object object{{"from", format_local(interval.from)}};
        if (interval.to == not_yet) {
            object["to"] = nullptr;
            list.push_back(std::move(object));
            continue;
        }
        object["to"] = format_local(interval.to);
        if (interval.calendar_days)
            object["days"] = (day_of(interval.to) - day_of(interval.from)).count();
        else
            object["minutes"] = (interval.to - interval.from).count();
        list.push_back(std::move(object));
    }
    return list;
}

json::array days_json(const std::vector<SkippedDay>& days) {
    json::array list;
    for (const auto& day : days) {
        json::object object{{"day", format_day(day.day)}, {"kind", to_text(day.kind)}};
        if (!day.name.vi.empty()) object["name"] = name_json(day.name);
        if (day.in_place_of) object["in_place_of"] = format_day(*day.in_place_of);
        if (!day.document.number.empty() || !day.document.grade.empty()) {
            json::object document{{"number", day.document.number}};
            if (day.document.date) document["date"] = format_day(*day.document.date);
            if (!day.document.issuer.empty()) document["issuer"] = day.document.issuer;
            if (!day.document.grade.empty()) document["grade"] = day.document.grade;
            object["document"] = std::move(document);
        }
        if (!day.article.vi.empty()) object["article"] = name_json(day.article);
        if (day.provisional) object["provisional"] = true;
        list.push_back(std::move(object));
    }
    return list;
}

}  // namespace

json::value to_json(const Trace& trace) {
    json::array notes, articles;
    for (const auto& note : trace.notes) {
        json::object params;
        for (const auto& param : note.params) params[param.name] = param.value;
        for (const auto& text : note.texts) params[text.name] = name_json(text.value);
        notes.push_back(json::object{{"reason", note.reason}, {"params", std::move(params)}});
    }
    for (const auto& article : trace.articles) articles.push_back(name_json(article));
    return json::object{
        {"received", format_local(trace.received)},
        {"started", format_local(trace.started)},
        {"due", trace.due ? json::value(format_local(*trace.due)) : json::value(nullptr)},
        {"calendar", trace.calendar_id},
        {"rules", trace.rule_set},
        {"counted", intervals_json(trace.counted)},
        {"skipped", days_json(trace.skipped)},
        {"worked_rest_days", days_json(trace.worked_rest_days)},
        {"paused", intervals_json(trace.paused)},
        {"articles", std::move(articles)},
        {"notes", std::move(notes)},
    };
}

std::vector<Param> params_in(Lang lang, const Note& note) {
    std::vector<Param> params = note.params;
    for (const auto& text : note.texts) params.push_back({text.name, lang == Lang::vi ? text.value.vi : text.value.en});
    return params;
}

void TraceMaker::note(std::string_view reason, std::vector<Param> params, std::vector<Note::Text> texts) {
    trace_.notes.push_back({std::string(reason), std::move(params), std::move(texts)});
}

void TraceMaker::cite(Name article) {
    if (std::ranges::find(trace_.articles, article) == trace_.articles.end())
        trace_.articles.push_back(std::move(article));
}

std::vector<Note::Text> TraceMaker::cite(Topic topic) {
    Name name = article(rules_.rule_set, topic);
    cite(name);
    return {{"article", std::move(name)}};
}

void TraceMaker::received(LocalMinute at, std::span<const Limit> limits) {
    trace_.received = trace_.started = at;
    note("calendar.trace_received", {{"at", moment_text(at)}}, cite(Topic::reception));
    for (const Limit& limit : limits) {
        std::string amount = format_amount(limit.amount_milli);
        switch (limit.unit) {
            case TimeUnit::working_hour:
                note("calendar.trace_limit_working_hour", {{"amount", amount}});
                break;
            case TimeUnit::working_day: {
                std::int64_t per_day = calendar_.data().minutes_per_working_day;
                note("calendar.trace_limit_working_day",
                     {{"amount", amount}, {"hours", format_amount(per_day * 1000 / 60)}});
                break;
            }
            case TimeUnit::day:
                note("calendar.trace_limit_day", {{"amount", amount}});
                break;
            case TimeUnit::month:
                note("calendar.trace_limit_month", {{"amount", amount}});
                break;
        }
    }
}

SkippedDay TraceMaker::special(LocalDay day) const {
    DayInfo info = calendar_.describe(day);
    SkippedDay skipped{day, info.kind, {}, {}, {}, info.in_place_of, info.provisional};
    if (info.name) skipped.name = *info.name;
    if (info.document) skipped.document = *info.document;
    if (info.article) skipped.article = *info.article;
    if (info.kind == DayKind::compensation) skipped.article = compensation_article(day);
    return skipped;
}

std::vector<Note::Text> TraceMaker::source_of(const SkippedDay& day) {
    Name source;
    if (!day.document.number.empty()) {
        auto date = day.document.date ? format_day_vi(*day.document.date) : std::string();
        source.vi = day.document.number + (date.empty() ? "" : fmt::format(" ngày {}", date));
        source.en = day.document.number + (date.empty() ? "" : fmt::format(" of {}", date));
    }
    if (!day.article.vi.empty()) {
        source.vi += (source.vi.empty() ? "" : "; ") + day.article.vi;
        source.en += (source.en.empty() ? "" : "; ") + day.article.en;
    }
    // Punctuation only where there is something to follow it.
    auto wrapped = [](const char* before, const std::string& text, const char* after) {
        return text.empty() ? text : before + text + after;
    };
    return {{"source", {wrapped(" (", source.vi, ")"), wrapped(" (", source.en, ")")}},
            {"name", {wrapped(": ", day.name.vi, ""), wrapped(": ", day.name.en, "")}}};
}

void TraceMaker::skip(LocalDay day) {
    if (!trace_.skipped.empty() && trace_.skipped.back().day >= day) return;
    SkippedDay skipped = special(day);
    std::vector<Param> params{{"day", format_day_vi(day)}};
    if (skipped.in_place_of) params.push_back({"other", format_day_vi(*skipped.in_place_of)});
    std::string_view reason = "calendar.trace_skipped_rest";
    bool paired = skipped.in_place_of.has_value();
    switch (skipped.kind) {
        case DayKind::holiday:
            reason = "calendar.trace_skipped_holiday";
            break;
        case DayKind::compensation:
            reason = paired ? "calendar.trace_skipped_compensation_for" : "calendar.trace_skipped_compensation";
            break;
        case DayKind::swapped_off:
            reason = paired ? "calendar.trace_skipped_swap_for" : "calendar.trace_skipped_swap";
            break;
        case DayKind::closed:
            reason = "calendar.trace_skipped_closed";
            break;
        case DayKind::rest:
        case DayKind::working:
        case DayKind::swapped_on:
            break;
    }
    note(reason, std::move(params), skipped.kind == DayKind::rest ? std::vector<Note::Text>{} : source_of(skipped));
    if (int year = int(year_month_day{day}.year()); skipped.provisional && year != provisional_year_) {
        provisional_year_ = year;
        note("calendar.trace_provisional", {{"year", std::to_string(year)}});
    }
    if (!skipped.article.vi.empty()) cite(skipped.article);
    trace_.skipped.push_back(std::move(skipped));
}

void TraceMaker::mark_worked_rest_day(LocalDay day) {
    if (!trace_.worked_rest_days.empty() && trace_.worked_rest_days.back().day >= day) return;
    SkippedDay worked = special(day);
    if (worked.kind != DayKind::swapped_on) return;
    std::vector<Param> params{{"day", format_day_vi(day)}};
    if (worked.in_place_of) params.push_back({"other", format_day_vi(*worked.in_place_of)});
    note(worked.in_place_of ? "calendar.trace_worked_swap_for" : "calendar.trace_worked_swap", std::move(params),
         source_of(worked));
    trace_.worked_rest_days.push_back(std::move(worked));
}

void TraceMaker::working(LocalMinute from, LocalMinute to) {
    bool first = !started_;
    for (LocalDay day = day_of(from); day <= day_of(to); day += days{1}) {
        auto sessions = calendar_.sessions_on(day);
        if (sessions.empty()) {
            skip(day);
            continue;
        }
        mark_worked_rest_day(day);
        std::string spans;
        std::int64_t total = 0;
        for (const Session& session : sessions) {
            LocalMinute begin = std::max(from, day + minutes{session.from_minute});
            LocalMinute end = std::min(to, day + minutes{session.to_minute});
            if (begin >= end) continue;
            if (first && begin != trace_.received)
                note("calendar.trace_outside_hours",
                     {{"received", moment_text(trace_.received)}, {"started", moment_text(begin)}});
            if (first) trace_.started = begin;
            first = false;
            started_ = true;
            trace_.counted.push_back({begin, end, false});
            spans += fmt::format("{}{}-{}", spans.empty() ? "" : ", ", clock_text(begin), clock_text(end));
            total += (end - begin).count();
        }
        if (total > 0)
            note("calendar.trace_counted",
                 {{"day", format_day_vi(day)}, {"spans", spans}, {"minutes", std::to_string(total)}});
    }
}

void TraceMaker::pause(LocalMinute from, LocalMinute to) {
    trace_.paused.push_back({from, to, false});
    note("calendar.trace_paused", {{"from", moment_text(from)}, {"to", moment_text(to)}});
}

void TraceMaker::calendar_period(LocalDay first, LocalDay last, bool in_months) {
    started_ = true;
    note("calendar.trace_first_day_not_counted", {{"day", format_day_vi(first)}}, cite(Topic::first_day));
    note("calendar.trace_period_ends", {{"day", format_day_vi(last)}},
         cite(in_months ? Topic::last_month : Topic::last_day));
}

void TraceMaker::calendar_pause(LocalDay from, LocalDay to, LocalDay new_last) {
    trace_.paused.push_back({LocalMinute{from}, LocalMinute{to}, true});
    note("calendar.trace_calendar_paused",
         {{"from", format_day_vi(from)}, {"to", format_day_vi(to)}, {"last", format_day_vi(new_last)}});
}

void TraceMaker::calendar_end(LocalDay first, LocalDay last, LocalDay rolled) {
    if (last > first) trace_.counted.push_back({LocalMinute{first + days{1}}, LocalMinute{last + days{1}}, true});
    for (LocalDay day = last; day < rolled; day += days{1}) skip(day);
    mark_worked_rest_day(rolled);
    if (rolled == last) {
        note("calendar.trace_day_end", {{"day", format_day_vi(rolled)}}, cite(Topic::day_end));
        return;
    }
    note("calendar.trace_rolled", {{"from", format_day_vi(last)}, {"to", format_day_vi(rolled)}},
         cite(Topic::last_day_off));
}

void TraceMaker::same_day(LocalMinute start, LocalDay first, LocalDay last) {
    if (first == day_of(start)) {
        note("calendar.trace_same_day", {{"day", format_day_vi(first)}}, cite(Topic::same_day));
    } else {
        LocalMinute cutoff = LocalMinute{day_of(start)} + rules_.cutoff;
        bool after_cutoff = calendar_.is_working_day(day_of(start)) && start > cutoff;
        note(after_cutoff ? "calendar.trace_same_day_after_cutoff" : "calendar.trace_same_day_next",
             {{"received", moment_text(start)}, {"cutoff", clock_text(cutoff)}, {"day", format_day_vi(first)}},
             cite(Topic::same_day));
        for (LocalDay day = day_of(start); day < first; day += days{1})
            if (!calendar_.is_working_day(day)) skip(day);
    }
    LocalMinute from = std::max(start, LocalMinute{first});
    started_ = true;
    while (!calendar_.is_working_day(last)) last -= days{1};  // a pause can end the count on a day off
    working(from, calendar_.close_of(last));
}

void TraceMaker::end_of_day(LocalMinute counted, LocalMinute due) {
    note("calendar.trace_end_of_day", {{"counted", moment_text(counted)}, {"due", moment_text(due)}});
}

void TraceMaker::stopped(LocalMinute since) {
    trace_.paused.push_back({since, not_yet, false});
    note("calendar.trace_stopped", {{"since", moment_text(since)}});
}

Trace TraceMaker::finish(LocalMinute due) {
    trace_.calendar_id = calendar_.data().id;
    trace_.rule_set = to_text(rules_.rule_set);
    if (due != not_yet) {
        trace_.due = due;
        note("calendar.trace_due", {{"due", moment_text(due)}});
    }
    return std::move(trace_);
}

}  // namespace motcua::calendar
