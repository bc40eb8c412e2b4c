// Days off that follow from the law without an announcement: fixed and lunar holidays, and the rest days in place of
// holidays on a weekly rest day (Labour Code 2019, art. 111 clause 3 and art. 112).
#include <algorithm>
#include <set>

#include "calendar/calendar_data.hpp"
#include "calendar/lunar.hpp"

namespace motcua::calendar {
using namespace std::chrono;

namespace {

unsigned weekday_index(LocalDay day) { return weekday{day}.iso_encoding() - 1; }

std::optional<LocalDay> anchor_of(const HolidayRule& rule, int year) {
    if (rule.lunar) return find_solar_day({year, rule.month, rule.day, false});
    year_month_day date{std::chrono::year{year}, month{unsigned(rule.month)}, day{unsigned(rule.day)}};
    if (!date.ok()) return std::nullopt;
    return LocalDay{date};
}

const std::vector<int>& offsets_of(const HolidayRule& rule, int year, LocalDay anchor) {
    if (auto it = rule.offsets_by_year.find(year); it != rule.offsets_by_year.end()) return it->second;
    if (!rule.offsets_by_weekday.empty()) return rule.offsets_by_weekday[weekday_index(anchor)];
    return rule.offsets;
}

}  // namespace

std::optional<std::size_t> find_rule(const CalendarData& data, std::string_view holiday, LocalDay day) {
    for (std::size_t i = 0; i < data.rules.size(); ++i)
        if (data.rules[i].id == holiday && day >= data.rules[i].from && day <= data.rules[i].to) return i;
    return std::nullopt;
}

std::vector<SpecialDay> computed_days_off(const CalendarData& data, int year) {
    std::vector<SpecialDay> off;
    std::set<LocalDay> taken, on_rest;
    for (const auto& rule : data.rules) {
        auto anchor = anchor_of(rule, year);
        if (!anchor) continue;
        for (int offset : offsets_of(rule, year, *anchor)) {
            LocalDay day = *anchor + days{offset};
            if (day < rule.from || day > rule.to) continue;
            if (!taken.insert(day).second) continue;
            off.push_back({day, DayKind::holiday, rule.name, std::nullopt, rule.id});
            if (rule.moved_off_rest && data.weekly_rest[weekday_index(day)]) on_rest.insert(day);
        }
    }
    std::ranges::sort(off, {}, &SpecialDay::day);
    std::vector<SpecialDay> moved;
    for (const auto& holiday : off) {
        if (!on_rest.contains(holiday.day)) continue;
        LocalDay day = holiday.day + days{1};
        while (data.weekly_rest[weekday_index(day)] || taken.contains(day)) day += days{1};
        taken.insert(day);
        moved.push_back({day, DayKind::compensation, holiday.name, holiday.day, holiday.holiday});
    }
    off.insert(off.end(), moved.begin(), moved.end());
    std::ranges::sort(off, {}, &SpecialDay::day);
    return off;
}

}  // namespace motcua::calendar
