// See work_calendar.hpp. Building walks the range once; a day's reason is looked up only for explanations.
#include "calendar/work_calendar.hpp"

#include <algorithm>
#include <map>

#include "base/check.hpp"

namespace motcua::calendar {
using namespace std::chrono;

namespace {

constexpr std::size_t block_minutes = 256;  // shorter than nearly every working day: a lookup steps at most twice or so

unsigned weekday_index(LocalDay day) { return weekday{day}.iso_encoding() - 1; }

const SessionPlan& plan_on(const CalendarData& data, LocalDay day) {
    const SessionPlan* found = &data.sessions.front();
    for (const auto& plan : data.sessions)
        if (plan.from <= day) found = &plan;
    return *found;
}

/// Sessions of a rest day that is worked in exchange: those of the day it replaces, else of the week's first working
/// day.
const DaySessions& exchanged_sessions(const SessionPlan& plan, const SpecialDay& special) {
    if (special.in_place_of) {
        const auto& sessions = plan.by_weekday[weekday_index(*special.in_place_of)];
        if (!sessions.empty()) return sessions;
    }
    return *std::ranges::find_if(plan.by_weekday, [](const auto& sessions) { return !sessions.empty(); });
}

Result<CalendarData> load_data(std::string_view json_text, const FindCalendarText& find_text, int levels) {
    json::value file = TRY(parse_json(json_text));
    auto extends = file.is_object() ? find_string(file.get_object(), "extends") : std::nullopt;
    if (!extends) return read_calendar(json_text);
    auto text = find_text(*extends);
    if (!text || levels == 0) return fail(Errc::invalid, "calendar.unknown", {{"id", std::string(*extends)}});
    CalendarData base = TRY(load_data(*text, find_text, levels - 1));
    return read_calendar(json_text, &base);
}

}  // namespace

Result<WorkCalendarPtr> load_calendar(std::string_view json_text, const FindCalendarText& find_text) {
    return WorkCalendar::build(TRY(load_data(json_text, find_text, 4)));
}

Result<WorkCalendarPtr> load_calendar_by_id(std::string_view id, const FindCalendarText& find_text) {
    auto text = find_text(id);
    if (!text) return fail(Errc::not_found, "calendar.unknown", {{"id", std::string(id.substr(0, 60))}});
    return load_calendar(*text, find_text);
}

Result<WorkCalendarPtr> WorkCalendar::from_json(std::string_view json_text, const WorkCalendar* base) {
    return build(TRY(read_calendar(json_text, base ? &base->data() : nullptr)));
}

Result<WorkCalendarPtr> WorkCalendar::build(CalendarData data) {
    auto refuse = [](std::string_view at, std::string_view problem) {
        return fail(Errc::invalid, "calendar.file_invalid",
                    {{"at", std::string(at)}, {"problem", std::string(problem)}});
    };
    if (data.first_day > data.last_day) return refuse("valid_to", "range_malformed");
    for (const auto& plan : data.sessions)
        if (std::ranges::all_of(plan.by_weekday, &DaySessions::empty)) return refuse("sessions", "no_working_time");
    std::shared_ptr<WorkCalendar> calendar(new WorkCalendar(std::move(data)));
    if (!calendar->prepare()) return refuse("sessions", "no_working_time");
    return WorkCalendarPtr(std::move(calendar));
}

Result<WorkCalendarPtr> WorkCalendar::with_notice(Notice notice) const {
    CalendarData data = data_;
    data.notices.push_back(std::move(notice));
    return build(std::move(data));
}

/// Fills everything beside data_; false when no day of the range is worked.
bool WorkCalendar::prepare() {
    std::map<LocalDay, Reason> special;
    auto keep = [&](const SpecialDay& day, std::int32_t notice) {
        auto rule = find_rule(data_, day.holiday, day.day);
        special[day.day] = Reason{count(day.day), notice, rule ? static_cast<std::int32_t>(*rule) : -1, day};
    };
    int first_year = int(year_month_day{data_.first_day}.year()),
        last_year = int(year_month_day{data_.last_day}.year());
    for (int y = first_year; y <= last_year && !data_.rules.empty(); ++y) {
        if (std::ranges::find(data_.notices, y, &Notice::whole_year) != data_.notices.end()) continue;
        for (const auto& day : computed_days_off(data_, y)) keep(day, -1);
    }
    for (std::size_t n = 0; n < data_.notices.size(); ++n)
        for (const auto& day : data_.notices[n].days) keep(day, static_cast<std::int32_t>(n));

    std::map<DaySessions, std::uint32_t, bool (*)(const DaySessions&, const DaySessions&)> known(
        [](const DaySessions& a, const DaySessions& b) {
            return std::ranges::lexicographical_compare(a, b, [](const Session& x, const Session& y) {
                return std::pair(x.from_minute, x.to_minute) < std::pair(y.from_minute, y.to_minute);
            });
        });
    auto pattern_of = [&](const DaySessions& sessions) {
        auto [it, added] = known.try_emplace(sessions, static_cast<std::uint32_t>(patterns_.size()));
        if (added) {
            patterns_.push_back(
                {static_cast<std::uint32_t>(pattern_sessions_.size()), static_cast<std::uint32_t>(sessions.size())});
            pattern_sessions_.insert(pattern_sessions_.end(), sessions.begin(), sessions.end());
        }
        return it->second;
    };

    first_ = count(data_.first_day);
    auto day_count = static_cast<std::size_t>(count(data_.last_day) - first_ + 1);
    next_work_.reserve(day_count + 1);
    std::int64_t before = 0;
    auto next_special = special.lower_bound(data_.first_day);
    for (LocalDay day = data_.first_day; day <= data_.last_day; day += days{1}) {
        const SessionPlan& plan = plan_on(data_, day);
        const DaySessions* sessions = &plan.by_weekday[weekday_index(day)];
        static const DaySessions none;
        if (next_special != special.end() && next_special->first == day) {
            const SpecialDay& why = next_special->second.special;
            sessions = why.kind == DayKind::swapped_on ? &exchanged_sessions(plan, why) : &none;
            ++next_special;
        }
        next_work_.push_back(static_cast<std::uint32_t>(works_.size()));
        if (sessions->empty()) continue;
        works_.push_back({count(day), static_cast<std::int32_t>(before), pattern_of(*sessions)});
        for (const auto& s : *sessions) before += s.to_minute - s.from_minute;
    }
    if (works_.empty()) return false;
    next_work_.push_back(static_cast<std::uint32_t>(works_.size()));
    works_.push_back({count(data_.last_day) + 1, static_cast<std::int32_t>(before), 0});

    for (std::size_t i = 0; i + 1 < works_.size(); ++i)
        while (by_block_.size() * block_minutes < static_cast<std::size_t>(works_[i + 1].before))
            by_block_.push_back(static_cast<std::uint32_t>(i));
    for (auto& [day, reason] : special) reasons_.push_back(std::move(reason));
    return true;
}

bool WorkCalendar::knows(LocalDay day) const {
    if (!data_.rules.empty() || !data_.known_first_year) return true;
    int y = int(year_month_day{day}.year());
    return y >= *data_.known_first_year && y <= *data_.known_last_year;
}

std::unexpected<Error> WorkCalendar::out_of_range(LocalDay day) const {
    return fail(Errc::invalid, "calendar.out_of_range",
                {{"day", format_day(day)}, {"first", format_day(first_day())}, {"last", format_day(last_day())}});
}

int WorkCalendar::minutes_into(const WorkDay& work, int minute_of_day) const {
    int passed = 0;
    const Pattern& pattern = patterns_[work.pattern];
    for (std::uint32_t i = 0; i < pattern.count; ++i) {
        const Session& s = pattern_sessions_[pattern.first + i];
        passed += std::clamp(minute_of_day, s.from_minute, s.to_minute) - s.from_minute;
    }
    return passed;
}

LocalMinute WorkCalendar::moment_after(std::int64_t n) const {
    CHECK(n > 0 && n <= minutes_total(), "minute {} of {}", n, minutes_total());
    std::size_t i = by_block_[static_cast<std::size_t>(n - 1) / block_minutes];
    while (works_[i + 1].before < n) ++i;
    auto rest = static_cast<int>(n - works_[i].before);
    const Session* s = &pattern_sessions_[patterns_[works_[i].pattern].first];
    while (rest > s->to_minute - s->from_minute) {
        rest -= s->to_minute - s->from_minute;
        ++s;
    }
    return day_of(works_[i]) + minutes{s->from_minute + rest};
}

std::span<const Session> WorkCalendar::sessions_on(LocalDay day) const {
    const WorkDay& work = works_[next_work_[index(day)]];
    if (work.day != count(day)) return {};
    const Pattern& pattern = patterns_[work.pattern];
    return {&pattern_sessions_[pattern.first], pattern.count};
}

LocalMinute WorkCalendar::close_of(LocalDay day) const { return day + minutes{sessions_on(day).back().to_minute}; }

const WorkCalendar::Reason* WorkCalendar::find_reason(LocalDay day) const {
    auto it = std::ranges::lower_bound(reasons_, count(day), {}, &Reason::day);
    return it != reasons_.end() && it->day == count(day) ? &*it : nullptr;
}

DayInfo WorkCalendar::describe(LocalDay day) const {
    DayInfo info;
    if (const Reason* reason = find_reason(day)) {
        info.kind = reason->special.kind;
        info.name = &reason->special.name;
        info.in_place_of = reason->special.in_place_of;
        if (reason->notice >= 0) info.document = &data_.notices[static_cast<std::size_t>(reason->notice)].document;
        if (reason->rule >= 0) info.article = &data_.rules[static_cast<std::size_t>(reason->rule)].article;
        info.provisional = reason->notice < 0;
    } else if (!is_working_day(day)) {
        info.kind = DayKind::rest;
    }
    return info;
}

std::int64_t working_minutes_between(const WorkCalendar& calendar, LocalMinute a, LocalMinute b) {
    auto within = [&](LocalMinute t) {
        if (t < LocalMinute{calendar.first_day()}) return std::int64_t{0};
        if (t >= LocalMinute{calendar.last_day() + days{1}}) return calendar.minutes_total();
        return calendar.minutes_before(t);
    };
    return within(b) - within(a);
}

}  // namespace motcua::calendar
