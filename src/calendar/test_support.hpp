// What the calendar tests share: the shipped calendars, the conformance files, short ways to write times.
#pragma once

#include <cmath>
#include <map>
#include <string>

#include "base/testing.hpp"
#include "calendar/due.hpp"

namespace motcua::calendar::test {

/// Empty when the conformance files are not there.
inline std::string conformance_file(std::string_view path) {
    auto file = motcua::test::find_conformance(MOTCUA_SOURCE_DIR, std::string(path));
    return file ? motcua::test::read_text(*file) : std::string();
}

inline WorkCalendarPtr shipped(std::string_view id = "vietnam") {
    static std::map<std::string, std::string, std::less<>> texts;
    auto calendar = load_calendar_by_id(id, [](std::string_view wanted) -> std::optional<std::string_view> {
        auto& text = texts[std::string(wanted)];
        if (text.empty())
            text = motcua::test::read_text(std::string(MOTCUA_SOURCE_DIR "/data/calendars/") + std::string(wanted) +
                                           ".json");
        if (text.empty()) return std::nullopt;
        return text;
    });
    return calendar ? *calendar : nullptr;
}

inline LocalMinute at(std::string_view text) {
    if (auto day = parse_day(text)) return LocalMinute{*day};
    return parse_local(text).value();
}
inline LocalDay day(std::string_view text) { return parse_day(text).value(); }

inline Limit hours(double amount) { return {std::llround(amount * 1000), TimeUnit::working_hour}; }
inline Limit working_days(double amount) { return {std::llround(amount * 1000), TimeUnit::working_day}; }
inline Limit days(std::int64_t amount) { return {amount * 1000, TimeUnit::day}; }
inline Limit months(std::int64_t amount) { return {amount * 1000, TimeUnit::month}; }

/// The due time as text, or the reason of the refusal.
inline std::string due(const WorkCalendar& calendar, std::string_view start, std::vector<Limit> limits,
                       DueRules rules = {}, std::vector<PauseSpan> pauses = {}) {
    auto time = due_time(calendar, at(start), limits, rules, pauses);
    if (!time) return time.error().reason;
    auto explained = explain_due_time(calendar, at(start), limits, rules, pauses);
    if (!explained || explained->due != *time) return "explanation differs";
    return *time == not_yet ? "not yet" : format_local(*time);
}
inline std::string due(const WorkCalendar& calendar, std::string_view start, Limit limit, DueRules rules = {}) {
    return due(calendar, start, std::vector{limit}, rules);
}

}  // namespace motcua::calendar::test
