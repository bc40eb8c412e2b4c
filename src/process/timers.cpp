#include "process/timers.hpp"

#include <array>
#include <bitset>
#include <charconv>
#include <vector>

#include "expression/value.hpp"
#include "process/xml.hpp"

namespace motcua::process {
namespace {

using namespace std::chrono;

std::unexpected<Error> malformed(std::string_view text) {
    return fail(Errc::invalid, "process.timer_malformed", {{"text", std::string(text.substr(0, 100))}});
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    while (true) {
        auto end = text.find(at);
        if (auto part = text.substr(0, end); !part.empty() || at == '/') parts.push_back(part);
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Adds an ISO 8601 duration to an instant; nullopt when it is not one or leaves the calendar.
std::optional<Instant> add(Instant from, std::string_view duration, int sign = 1) {
    auto value = expression::parse_duration(duration);
    if (!value) return std::nullopt;
    constexpr Instant latest{sys_days{year{9999} / 1 / 1}};
    Instant result;
    if (auto* d = std::get_if<expression::Days>(&*value)) {
        if (d->ms > (latest - from).count()) return std::nullopt;
        result = from + milliseconds(sign * d->ms);
    } else {
        auto local = from + vietnam_offset;
        auto day = floor<days>(local);
        auto moved =
            expression::add_months(LocalDay(day.time_since_epoch()), sign * std::get<expression::Months>(*value).count);
        result = Instant(moved.time_since_epoch() + (local - day) - vietnam_offset);
    }
    if (result > latest || result < Instant{sys_days{year{1} / 1 / 1}}) return std::nullopt;
    return result;
}

std::optional<Instant> date(std::string_view text) {
    if (auto instant = parse_iso(text)) return *instant;
    if (auto day = parse_day(text)) return to_instant(LocalMinute(*day));
    return std::nullopt;
}

// ---- cron: second minute hour day month weekday [year]

struct Cron {
    std::bitset<60> seconds, minutes;
    std::bitset<24> hours;
    std::bitset<32> days;
    std::bitset<13> months;
    std::bitset<8> weekdays;  // 1 = Sunday, as Quartz counts
    int year_from = 0, year_to = 9999, year_step = 1;
    bool last_day = false;
};

std::optional<int> number(std::string_view text) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<int> named(std::string_view text, std::string_view names, int first) {
    if (auto n = number(text)) return n;
    if (text.size() != 3 || names.empty()) return std::nullopt;
    std::string upper;
    for (char c : text) upper += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    auto at = names.find(upper);
    if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    return static_cast<int>(at / 3) + first;
}

template <std::size_t N>
bool read_field(std::string_view field, int low, int high, std::bitset<N>& out, std::string_view names = {},
                int first = 0) {
    for (auto part : split(field, ',')) {
        int from = low, to = high, step = 1;
        auto slash = part.find('/');
        auto range = part.substr(0, slash);
        if (slash != std::string_view::npos) {
            auto n = number(part.substr(slash + 1));
            if (!n || *n < 1) return false;
            step = *n;
        }
        if (range != "*" && range != "?") {
            auto dash = range.find('-');
            auto a = named(range.substr(0, dash), names, first);
            if (!a) return false;
            from = *a;
            if (dash != std::string_view::npos) {
                auto b = named(range.substr(dash + 1), names, first);
                if (!b) return false;
                to = *b;
            } else if (slash == std::string_view::npos) {
                to = from;
            }
        }
        if (from < low || to > high || from > to) return false;
        for (int i = from; i <= to; i += step) out.set(static_cast<std::size_t>(i));
    }
    return out.any();
}

std::optional<Cron> read_cron(std::string_view text) {
    auto fields = split(text, ' ');
    if (fields.size() != 6 && fields.size() != 7) return std::nullopt;
    Cron cron;
    if (fields[3] == "L")
        cron.last_day = true;
    else if (!read_field(fields[3], 1, 31, cron.days))
        return std::nullopt;
    if (!read_field(fields[0], 0, 59, cron.seconds) || !read_field(fields[1], 0, 59, cron.minutes) ||
        !read_field(fields[2], 0, 23, cron.hours) ||
        !read_field(fields[4], 1, 12, cron.months, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", 1) ||
        !read_field(fields[5], 1, 7, cron.weekdays, "SUNMONTUEWEDTHUFRISAT", 1))
        return std::nullopt;
    if (fields.size() == 7 && fields[6] != "*") {
        auto slash = fields[6].find('/');
        auto range = fields[6].substr(0, slash);
        auto dash = range.find('-');
        auto from = range == "*" ? std::optional(1970) : number(range.substr(0, dash));
        auto to = dash != std::string_view::npos    ? number(range.substr(dash + 1))
                  : slash == std::string_view::npos ? from
                                                    : std::optional(9999);
        auto step = slash == std::string_view::npos ? std::optional(1) : number(fields[6].substr(slash + 1));
        if (!from || !to || !step || *step < 1) return std::nullopt;
        cron.year_from = *from, cron.year_to = *to, cron.year_step = *step;
    }
    return cron;
}

std::optional<Instant> next_cron(const Cron& cron, Instant last) {
    auto local = floor<seconds>(last + vietnam_offset) + seconds(1);
    auto day = floor<days>(local);
    auto time = local - day;
    for (int tried = 0; tried < 366 * 12; ++tried, day += days(1), time = seconds(0)) {
        year_month_day ymd{sys_days(day)};
        int y = static_cast<int>(ymd.year());
        if (y > cron.year_to) return std::nullopt;
        bool year_fits = y >= cron.year_from && (y - cron.year_from) % cron.year_step == 0;
        bool day_fits = cron.last_day
                            ? ymd.day() == year_month_day_last{ymd.year(), ymd.month() / std::chrono::last}.day()
                            : cron.days.test(static_cast<unsigned>(ymd.day()));
        if (!year_fits || !day_fits || !cron.months.test(static_cast<unsigned>(ymd.month())) ||
            !cron.weekdays.test(weekday{sys_days(day)}.c_encoding() + 1))
            continue;
        for (int s = static_cast<int>(time.count()); s < 86'400;) {
            if (!cron.hours.test(static_cast<std::size_t>(s / 3600)))
                s = (s / 3600 + 1) * 3600;
            else if (!cron.minutes.test(static_cast<std::size_t>(s / 60 % 60)))
                s = (s / 60 + 1) * 60;
            else if (!cron.seconds.test(static_cast<std::size_t>(s % 60)))
                ++s;
            else
                return Instant(sys_days(day) + seconds(s) - vietnam_offset);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<Schedule> read_date(std::string_view text) {
    auto at = date(xml::trim(text));
    if (!at) return malformed(text);
    return Schedule{*at, 0, {}};
}

Result<Schedule> read_duration(std::string_view text, Instant now) {
    auto at = add(now, xml::trim(text));
    if (!at) return malformed(text);
    return Schedule{*at, 0, {}};
}

Result<Schedule> read_cycle(std::string_view whole, Instant now) {
    auto text = xml::trim(whole);
    if (!text.starts_with('R')) {
        if (text.starts_with('P')) return read_duration(text, now);
        auto cron = read_cron(text);
        auto first = cron ? next_cron(*cron, now) : std::nullopt;
        if (!first) return malformed(whole);
        return Schedule{*first, -1, std::string(text)};
    }
    auto parts = split(text.substr(1), '/');
    if (parts.size() < 2 || parts.size() > 3) return malformed(whole);
    std::int32_t count = -1;
    if (!parts[0].empty()) {
        auto n = number(parts[0]);
        if (!n || *n < 0 || *n > 1'000'000) return malformed(whole);
        // "R0/…" means no repetition: it fires once.
        count = std::max(*n, 1);
    }
    std::string_view interval = parts.back();
    std::optional<Instant> first;
    if (parts.size() == 2) {
        first = add(now, interval);
    } else if (auto start = date(parts[1])) {
        first = *start;
        // A start in the past: firings that are long gone are not made up for.
        for (int i = 0; i < 100'000 && first && *first < now && add(*first, interval) && *add(*first, interval) <= now;
             ++i) {
            first = add(*first, interval);
            if (count > 1) --count;
        }
    } else if (auto end = date(parts[2])) {  // interval and end
        interval = parts[1];
        first = add(now, interval);
        if (first && *first > *end) count = 1;
    }
    auto step = expression::parse_duration(interval);
    bool forward = first && add(*first, interval) && *add(*first, interval) > *first;
    if (!first || !step || !forward) return malformed(whole);
    return Schedule{*first, count < 0 ? -1 : count - 1, std::string(interval)};
}

std::optional<Instant> next_firing(std::string_view cycle, Instant last) {
    if (cycle.starts_with('P')) return add(last, cycle);
    auto cron = read_cron(cycle);
    return cron ? next_cron(*cron, last) : std::nullopt;
}

}  // namespace motcua::process
