// Reader of calendar files. Every refusal says where ("notices/3/days_off/2023-02-30") and what is wrong.
#include "calendar/calendar_data.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace motcua::calendar {
using namespace std::chrono;

namespace {

constexpr std::array<std::string_view, 7> weekday_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr int year_min = 1900, year_max = 2100;

std::unexpected<Error> invalid(std::string at, std::string_view problem) {
    return fail(Errc::invalid, "calendar.file_invalid", {{"at", std::move(at)}, {"problem", std::string(problem)}});
}

std::string join(std::string_view at, std::string_view member) {
    return at.empty() ? std::string(member) : fmt::format("{}/{}", at, member);
}

Result<std::string_view> text_at(const json::value& value, const std::string& at) {
    if (!value.is_string()) return invalid(at, "wrong_type");
    return std::string_view(value.get_string());
}

Result<LocalDay> day_at(std::string_view text, const std::string& at) {
    auto day = parse_day(text);
    if (!day) return invalid(at, "date_malformed");
    if (int y = int(year_month_day{*day}.year()); y < year_min || y > year_max) return invalid(at, "date_malformed");
    return *day;
}

Result<LocalDay> day_at(const json::value& value, const std::string& at) { return day_at(TRY(text_at(value, at)), at); }

Result<int> int_at(const json::value& value, const std::string& at, int min, int max) {
    if (!value.is_int64()) return invalid(at, "wrong_type");
    auto n = value.get_int64();
    if (n < min || n > max) return invalid(at, "number_out_of_bounds");
    return static_cast<int>(n);
}

Result<const json::object*> object_at(const json::value& value, const std::string& at) {
    if (!value.is_object()) return invalid(at, "wrong_type");
    return &value.get_object();
}

Result<const json::array*> array_at(const json::value& value, const std::string& at,
                                    std::size_t most = special_days_max) {
    if (!value.is_array()) return invalid(at, "wrong_type");
    if (value.get_array().size() > most) return invalid(at, "too_many");
    return &value.get_array();
}

/// "Tết" or {"vi": "Tết", "en": "Lunar New Year"}; a missing language takes the other's text.
Result<Name> name_at(const json::value& value, const std::string& at) {
    if (value.is_string()) return Name{std::string(value.get_string()), std::string(value.get_string())};
    const auto* object = TRY(object_at(value, at));
    Name name{string_or(*object, "vi"), string_or(*object, "en")};
    if (name.vi.empty()) name.vi = name.en;
    if (name.en.empty()) name.en = name.vi;
    return name;
}

Result<int> minute_at(std::string_view text, const std::string& at) {
    auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
        return invalid(at, "session_malformed");
    int hour = (text[0] - '0') * 10 + (text[1] - '0'), minute = (text[3] - '0') * 10 + (text[4] - '0');
    if (minute > 59 || hour * 60 + minute > 24 * 60) return invalid(at, "session_malformed");
    return hour * 60 + minute;
}

/// ["07:00", "11:00"] or "07:00-11:00".
Result<Session> session_at(const json::value& value, const std::string& at) {
    std::string_view from, to;
    if (value.is_string()) {
        std::string_view text = value.get_string();
        auto dash = text.find('-');
        if (dash == std::string_view::npos) return invalid(at, "session_malformed");
        from = text.substr(0, dash);
        to = text.substr(dash + 1);
    } else {
        const auto* pair = TRY(array_at(value, at));
        if (pair->size() != 2) return invalid(at, "session_malformed");
        from = TRY(text_at((*pair)[0], at));
        to = TRY(text_at((*pair)[1], at));
    }
    Session session{TRY(minute_at(from, at)), TRY(minute_at(to, at))};
    if (session.from_minute >= session.to_minute) return invalid(at, "session_malformed");
    return session;
}

Result<DaySessions> day_sessions_at(const json::value& value, const std::string& at) {
    const auto* list = TRY(array_at(value, at));
    if (list->size() > sessions_per_day_max) return invalid(at, "too_many");
    DaySessions sessions;
    for (size_t i = 0; i < list->size(); ++i) {
        sessions.push_back(TRY(session_at((*list)[i], join(at, std::to_string(i)))));
        if (i > 0 && sessions[i].from_minute < sessions[i - 1].to_minute) return invalid(at, "sessions_overlap");
    }
    return sessions;
}

Result<size_t> weekday_at(std::string_view text, const std::string& at) {
    auto it = std::ranges::find(weekday_names, text);
    if (it == weekday_names.end()) return invalid(at, "weekday_unknown");
    return static_cast<size_t>(it - weekday_names.begin());
}

/// {"mon": […], …}: the weekdays named are replaced. A plain list is the sessions of Monday to Friday.
Result<void> read_sessions(const json::value& value, const std::string& at, SessionPlan& plan) {
    if (value.is_array()) {
        auto sessions = TRY(day_sessions_at(value, at));
        for (size_t d = 0; d < 5; ++d) plan.by_weekday[d] = sessions;
        return {};
    }
    for (const auto& [key, sessions] : *TRY(object_at(value, at))) {
        auto here = join(at, key);
        plan.by_weekday[TRY(weekday_at(key, here))] = TRY(day_sessions_at(sessions, here));
    }
    return {};
}

Result<Document> document_at(const json::value& value, const std::string& at) {
    const auto* object = TRY(object_at(value, at));
    Document document{string_or(*object, "number"), std::nullopt, string_or(*object, "issuer"),
                      string_or(*object, "grade")};
    if (auto date = find_string(*object, "date"); date && !date->empty())
        document.date = TRY(day_at(*date, join(at, "date")));
    return document;
}

Result<DayKind> off_kind_at(std::string_view text, const std::string& at) {
    for (auto kind : {DayKind::holiday, DayKind::compensation, DayKind::swapped_off, DayKind::closed})
        if (to_text(kind) == text) return kind;
    return invalid(at, "kind_unknown");
}

Result<void> read_special(const json::object& object, const std::string& at, const CalendarData* known,
                          SpecialDay& special) {
    if (const auto* name = object.if_contains("name")) special.name = TRY(name_at(*name, join(at, "name")));
    if (auto other = find_string(object, "in_place_of"))
        special.in_place_of = TRY(day_at(*other, join(at, "in_place_of")));
    if (auto id = find_string(object, "holiday")) {
        special.holiday = *id;
        auto rule = known ? find_rule(*known, *id, special.day) : std::nullopt;
        if (!rule) return invalid(join(at, "holiday"), "holiday_unknown");
        if (special.name.vi.empty()) special.name = known->rules[*rule].name;
    }
    return {};
}

/// {"2023-01-20": "name" or {"name" or "holiday", "kind", "in_place_of"}}, or a list of days.
Result<void> read_days_off(const json::value& value, const std::string& at, const CalendarData* known,
                           std::vector<SpecialDay>& days) {
    if (value.is_array()) {
        const auto* list = TRY(array_at(value, at));
        for (size_t i = 0; i < list->size(); ++i)
            days.push_back({TRY(day_at((*list)[i], join(at, std::to_string(i)))), DayKind::holiday, {}});
        return {};
    }
    const auto* object = TRY(object_at(value, at));
    if (object->size() > special_days_max) return invalid(at, "too_many");
    for (const auto& [key, entry] : *object) {
        auto here = join(at, key);
        SpecialDay special{TRY(day_at(std::string_view(key), here)), DayKind::holiday, {}};
        if (entry.is_object()) {
            if (auto kind = find_string(entry.get_object(), "kind"))
                special.kind = TRY(off_kind_at(*kind, join(here, "kind")));
            TRY(read_special(entry.get_object(), here, known, special));
        } else if (!entry.is_null()) {
            special.name = TRY(name_at(entry, here));
        }
        days.push_back(std::move(special));
    }
    return {};
}

/// ["2024-05-04" or {"day", "in_place_of", "name"}].
Result<void> read_makeup_workdays(const json::value& value, const std::string& at, const CalendarData* known,
                                  std::vector<SpecialDay>& days) {
    const auto* list = TRY(array_at(value, at));
    for (size_t i = 0; i < list->size(); ++i) {
        auto here = join(at, std::to_string(i));
        const auto& entry = (*list)[i];
        SpecialDay special{{}, DayKind::swapped_on, {}};
        if (entry.is_object()) {
            const auto* day = entry.get_object().if_contains("day");
            if (!day) return invalid(join(here, "day"), "date_malformed");
            special.day = TRY(day_at(*day, join(here, "day")));
            TRY(read_special(entry.get_object(), here, known, special));
        } else {
            special.day = TRY(day_at(entry, here));
        }
        days.push_back(std::move(special));
    }
    return {};
}

/// `days_off` and `makeup_workdays` of a calendar file or a notice.
Result<std::vector<SpecialDay>> special_days_of(const json::object& object, const std::string& at,
                                                const CalendarData* known) {
    std::vector<SpecialDay> days;
    if (const auto* off = object.if_contains("days_off")) TRY(read_days_off(*off, join(at, "days_off"), known, days));
    if (const auto* on = object.if_contains("makeup_workdays"))
        TRY(read_makeup_workdays(*on, join(at, "makeup_workdays"), known, days));
    std::ranges::stable_sort(days, {}, &SpecialDay::day);
    auto worked = [](const SpecialDay& d) { return d.kind == DayKind::swapped_on; };
    for (size_t i = 1; i < days.size(); ++i)
        if (days[i].day == days[i - 1].day && worked(days[i]) != worked(days[i - 1]))
            return invalid(join(at, format_day(days[i].day)), "day_conflict");
    auto repeated = std::ranges::unique(days, {}, &SpecialDay::day);
    days.erase(repeated.begin(), repeated.end());
    return days;
}

Result<Notice> notice_at(const json::value& value, const std::string& at, const CalendarData* known) {
    const auto* object = TRY(object_at(value, at));
    Notice notice;
    notice.id = string_or(*object, "id");
    if (const auto* document = object->if_contains("document"))
        notice.document = TRY(document_at(*document, join(at, "document")));
    if (const auto* year = object->if_contains("whole_year"))
        notice.whole_year = TRY(int_at(*year, join(at, "whole_year"), year_min, year_max));
    notice.days = TRY(special_days_of(*object, at, known));
    return notice;
}

Result<void> read_notices(const json::object& file, std::string_view member, CalendarData& data) {
    const auto* notices = file.if_contains(member);
    if (!notices) return {};
    const auto* list = TRY(array_at(*notices, std::string(member)));
    for (size_t i = 0; i < list->size(); ++i)
        data.notices.push_back(TRY(notice_at((*list)[i], fmt::format("{}/{}", member, i), &data)));
    return {};
}

Result<std::vector<int>> offsets_at(const json::value& value, const std::string& at) {
    std::vector<int> offsets;
    for (const auto& offset : *TRY(array_at(value, at, 31))) offsets.push_back(TRY(int_at(offset, at, -15, 15)));
    return offsets;
}

/// "09-02".
Result<void> read_month_day(std::string_view text, const std::string& at, HolidayRule& rule) {
    // 2000 is a leap year; lunar months go to day 30, so any of them is checked as a day of a 31-day month.
    if (text.size() != 5 || text[2] != '-') return invalid(at, "date_malformed");
    auto whole = fmt::format("2000-{}", text);
    if (rule.lunar) whole = fmt::format("2000-01-{}", text.substr(3));
    auto month = parse_day(fmt::format("2000-{}-01", text.substr(0, 2)));
    auto date = parse_day(whole);
    if (!month || !date) return invalid(at, "date_malformed");
    rule.month = static_cast<int>(unsigned(year_month_day{*month}.month()));
    rule.day = static_cast<int>(unsigned(year_month_day{*date}.day()));
    return {};
}

Result<HolidayRule> rule_at(const json::value& value, const std::string& at) {
    const auto* object = TRY(object_at(value, at));
    HolidayRule rule;
    rule.id = string_or(*object, "id");
    if (const auto* name = object->if_contains("name")) rule.name = TRY(name_at(*name, join(at, "name")));
    rule.moved_off_rest = find_bool(*object, "moved_off_rest").value_or(true);
    if (const auto* article = object->if_contains("article"))
        rule.article = TRY(name_at(*article, join(at, "article")));
    rule.lunar = object->contains("lunar");
    auto anchor = find_string(*object, rule.lunar ? "lunar" : "solar");
    if (!anchor) return invalid(join(at, "solar"), "date_malformed");
    TRY(read_month_day(*anchor, join(at, rule.lunar ? "lunar" : "solar"), rule));
    if (auto from = find_string(*object, "from")) rule.from = TRY(day_at(*from, join(at, "from")));
    if (auto to = find_string(*object, "to")) rule.to = TRY(day_at(*to, join(at, "to")));
    if (const auto* offsets = object->if_contains("offsets"))
        rule.offsets = TRY(offsets_at(*offsets, join(at, "offsets")));
    if (const auto* years = object->if_contains("offsets_by_year")) {
        auto here = join(at, "offsets_by_year");
        for (const auto& [key, offsets] : *TRY(object_at(*years, here))) {
            auto day = TRY(day_at(fmt::format("{}-01-01", std::string_view(key)), join(here, key)));
            rule.offsets_by_year[int(year_month_day{day}.year())] = TRY(offsets_at(offsets, join(here, key)));
        }
    }
    if (const auto* weekdays = object->if_contains("offsets_by_weekday")) {
        auto here = join(at, "offsets_by_weekday");
        const auto* list = TRY(array_at(*weekdays, here));
        if (list->size() != 7) return invalid(here, "number_out_of_bounds");
        for (const auto& offsets : *list) rule.offsets_by_weekday.push_back(TRY(offsets_at(offsets, here)));
    }
    return rule;
}

SessionPlan default_sessions() {
    SessionPlan plan;
    for (size_t d = 0; d < 5; ++d) plan.by_weekday[d] = {{7 * 60, 11 * 60}, {13 * 60, 17 * 60}};
    return plan;
}

CalendarData default_data() {
    CalendarData data;
    data.first_day = LocalDay{year{year_min} / January / 1};
    data.last_day = LocalDay{year{year_max} / December / 31};
    data.sessions.push_back(default_sessions());
    data.weekly_rest = {false, false, false, false, false, true, true};
    return data;
}

/// Years for which a file without holiday rules or a range of its own lists the days off: from its first to its last
/// day.
void note_known_years(CalendarData& data) {
    for (const auto& notice : data.notices)
        for (const auto& special : notice.days) {
            int y = int(year_month_day{special.day}.year());
            data.known_first_year = std::min(y, data.known_first_year.value_or(y));
            data.known_last_year = std::max(y, data.known_last_year.value_or(y));
        }
}

Result<void> read_parts(const json::object& file, CalendarData& data) {
    for (const auto& [key_text, value] : file) {
        std::string key(key_text);
        if (key == "id") {
            data.id = TRY(text_at(value, key));
        } else if (key == "name") {
            data.name = TRY(name_at(value, key));
        } else if (key == "valid_from") {
            data.first_day = TRY(day_at(value, key));
        } else if (key == "valid_to") {
            data.last_day = TRY(day_at(value, key));
        } else if (key == "minutes_per_working_day") {
            data.minutes_per_working_day = TRY(int_at(value, key, 1, 24 * 60));
        } else if (key == "sessions") {
            for (auto& plan : data.sessions) TRY(read_sessions(value, key, plan));
        } else if (key == "weekly_rest") {
            data.weekly_rest = {};
            for (const auto& day : *TRY(array_at(value, key))) {
                std::string_view text = TRY(text_at(day, key));
                data.weekly_rest[TRY(weekday_at(text, key))] = true;
            }
            if (std::ranges::all_of(data.weekly_rest, std::identity{})) return invalid(key, "no_working_time");
        } else if (key == "holidays") {
            const auto* list = TRY(array_at(value, key, holiday_rules_max));
            for (size_t i = 0; i < list->size(); ++i)
                data.rules.push_back(TRY(rule_at((*list)[i], join(key, std::to_string(i)))));
        } else if (key != "session_changes" && key != "notices" && key != "announced" && key != "days_off" &&
                   key != "makeup_workdays" && key != "extends") {
            data.ignored_members.push_back(key);
        }
    }
    return {};
}

Result<void> read_session_changes(const json::object& file, CalendarData& data) {
    const auto* changes = file.if_contains("session_changes");
    if (!changes) return {};
    const auto* list = TRY(array_at(*changes, "session_changes", session_changes_max));
    for (size_t i = 0; i < list->size(); ++i) {
        auto at = fmt::format("session_changes/{}", i);
        const auto* change = TRY(object_at((*list)[i], at));
        SessionPlan plan = data.sessions.back();
        auto from = find_string(*change, "from");
        const auto* sessions = change->if_contains("sessions");
        if (!from || !sessions) return invalid(at, "wrong_type");
        plan.from = TRY(day_at(*from, join(at, "from")));
        if (plan.from <= data.sessions.back().from) return invalid(join(at, "from"), "range_malformed");
        if (const auto* document = change->if_contains("document"))
            plan.document = TRY(document_at(*document, join(at, "document")));
        TRY(read_sessions(*sessions, join(at, "sessions"), plan));
        data.sessions.push_back(std::move(plan));
    }
    return {};
}

}  // namespace

std::string_view to_text(DayKind kind) {
    switch (kind) {
        case DayKind::working:
            return "working";
        case DayKind::rest:
            return "rest";
        case DayKind::holiday:
            return "holiday";
        case DayKind::compensation:
            return "compensation";
        case DayKind::swapped_off:
            return "swapped_off";
        case DayKind::swapped_on:
            return "swapped_on";
        case DayKind::closed:
            return "closed";
    }
    return "working";
}

Result<CalendarData> read_calendar(std::string_view json_text, const CalendarData* base) {
    json::value value = TRY(parse_json(json_text));
    const json::object& file = *TRY(object_at(value, ""));
    CalendarData data = base ? *base : default_data();
    data.ignored_members.clear();
    constexpr std::array<std::string_view, 5> telling{"days_off", "makeup_workdays", "notices", "holidays", "sessions"};
    if (std::ranges::none_of(telling, [&](std::string_view key) { return file.contains(key); }))
        return invalid("days_off", "nothing_given");
    TRY(read_parts(file, data));
    TRY(read_session_changes(file, data));
    TRY(read_notices(file, "notices", data));
    if (auto days = TRY(special_days_of(file, "", &data)); !days.empty()) {
        Notice listed;
        listed.days = std::move(days);
        data.notices.push_back(std::move(listed));
    }
    TRY(read_notices(file, "announced", data));  // after the file was made, so they win
    if (data.first_day > data.last_day) return invalid("valid_to", "range_malformed");
    if (data.rules.empty() && !file.contains("valid_from") && !file.contains("valid_to")) note_known_years(data);
    return data;
}

Result<Notice> read_notice(std::string_view json_text, const CalendarData* known) {
    json::value value = TRY(parse_json(json_text));
    return notice_at(value, "", known);
}

}  // namespace motcua::calendar
