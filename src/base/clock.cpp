#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/compile.h>

namespace motcua {
using namespace std::chrono;

namespace {

constexpr std::size_t iso_chars_max = 40;

/// Reads exactly `width` digits at `pos` and advances; -1 when they are not there.
int digits(std::string_view text, size_t& pos, size_t width) {
    if (pos + width > text.size()) return -1;
    int value = 0;
    for (size_t i = 0; i < width; ++i) {
        char c = text[pos + i];
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    pos += width;
    return value;
}

bool literal(std::string_view text, size_t& pos, std::string_view any_of) {
    if (pos >= text.size() || any_of.find(text[pos]) == std::string_view::npos) return false;
    ++pos;
    return true;
}

std::unexpected<Error> malformed(std::string_view text) {
    return fail(Errc::malformed, "time.malformed", {{"text", std::string(text.substr(0, 40))}});
}

Result<LocalDay> day_at(std::string_view text, size_t& pos) {
    int y = digits(text, pos, 4);
    if (y < 1900 || !literal(text, pos, "-")) return malformed(text);
    int m = digits(text, pos, 2);
    if (m < 1 || !literal(text, pos, "-")) return malformed(text);
    int d = digits(text, pos, 2);
    if (d < 1) return malformed(text);
    year_month_day ymd{year{y}, month{unsigned(m)}, day{unsigned(d)}};
    if (!ymd.ok()) return malformed(text);
    return LocalDay{ymd};
}

struct TimeOfDay {
    milliseconds since_midnight{0};
};

Result<TimeOfDay> time_at(std::string_view text, size_t& pos) {
    if (!literal(text, pos, "T ")) return malformed(text);
    int h = digits(text, pos, 2);
    if (h < 0 || h > 23 || !literal(text, pos, ":")) return malformed(text);
    int m = digits(text, pos, 2);
    if (m < 0 || m > 59) return malformed(text);
    milliseconds t = hours{h} + minutes{m};
    if (pos < text.size() && text[pos] == ':') {
        ++pos;
        int s = digits(text, pos, 2);
        if (s < 0 || s > 59) return malformed(text);
        t += seconds{s};
        if (pos < text.size() && text[pos] == '.') {
            ++pos;
            int scale = 100;
            size_t count = 0;
            for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos, ++count, scale /= 10)
                t += milliseconds{(text[pos] - '0') * scale};
            if (count == 0 || count > 9) return malformed(text);
        }
    }
    return TimeOfDay{t};
}

}  // namespace

Instant SystemClock::now() const {
    Instant::rep seen = time_point_cast<milliseconds>(system_clock::now()).time_since_epoch().count();
    Instant::rep last = last_.load(std::memory_order_relaxed);
    while (seen > last && !last_.compare_exchange_weak(last, seen, std::memory_order_relaxed)) {
    }
    return Instant{milliseconds{std::max(seen, last)}};
}

LocalMinute to_local(Instant t) { return LocalMinute{floor<minutes>(t.time_since_epoch() + vietnam_offset)}; }

Instant to_instant(LocalMinute t) { return Instant{t.time_since_epoch() - vietnam_offset}; }

LocalDay local_day(Instant t) { return floor<days>(to_local(t)); }

std::string format_iso(Instant t) {
    auto local = t.time_since_epoch() + vietnam_offset;
    auto day = floor<days>(local);
    year_month_day ymd{LocalDay{day}};
    hh_mm_ss<milliseconds> time{local - day};
    // Every answer has several: digits by hand are five times as quick as a format.
    std::array<char, iso_chars_max> text{};
    char* at = fmt::format_to(text.data(), FMT_COMPILE("{:04}-"), int(ymd.year()));
    const auto put = [&at](std::int64_t number, int digits, char behind) {
        for (int i = digits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
        at += digits;
        *at++ = behind;
    };
    put(unsigned(ymd.month()), 2, '-');
    put(unsigned(ymd.day()), 2, 'T');
    put(time.hours().count(), 2, ':');
    put(time.minutes().count(), 2, ':');
    const auto ms = time.subseconds().count();
    put(time.seconds().count(), 2, ms != 0 ? '.' : '+');
    if (ms != 0) put(ms, 3, '+');
    for (const char c : std::string_view("07:00")) *at++ = c;
    return {text.data(), at};
}

Result<Instant> parse_iso(std::string_view text) {
    size_t pos = 0;
    LocalDay day = TRY(day_at(text, pos));
    TimeOfDay time = TRY(time_at(text, pos));
    minutes offset = vietnam_offset;
    if (pos < text.size()) {
        char sign = text[pos++];
        if (sign == 'Z') {
            offset = minutes{0};
        } else if (sign == '+' || sign == '-') {
            int h = digits(text, pos, 2);
            if (pos < text.size() && text[pos] == ':') ++pos;
            int m = digits(text, pos, 2);
            if (h < 0 || h > 14 || m < 0 || m > 59) return malformed(text);
            offset = (hours{h} + minutes{m}) * (sign == '-' ? -1 : 1);
        } else {
            return malformed(text);
        }
    }
    if (pos != text.size()) return malformed(text);
    return Instant{day.time_since_epoch() + time.since_midnight - offset};
}

std::string format_local(LocalMinute t) {
    auto day = floor<days>(t);
    hh_mm_ss<minutes> time{t - day};
    return fmt::format(FMT_COMPILE("{}T{:02}:{:02}"), format_day(day), time.hours().count(), time.minutes().count());
}

Result<LocalMinute> parse_local(std::string_view text) {
    size_t pos = 0;
    LocalDay day = TRY(day_at(text, pos));
    TimeOfDay time = TRY(time_at(text, pos));
    if (pos != text.size()) return malformed(text);
    return LocalMinute{day} + floor<minutes>(time.since_midnight);
}

std::string format_day(LocalDay d) {
    year_month_day ymd{d};
    return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}"), int(ymd.year()), unsigned(ymd.month()), unsigned(ymd.day()));
}

Result<LocalDay> parse_day(std::string_view text) {
    size_t pos = 0;
    LocalDay day = TRY(day_at(text, pos));
    if (pos != text.size()) return malformed(text);
    return day;
}

std::string format_day_vi(LocalDay d) {
    year_month_day ymd{d};
    return fmt::format(FMT_COMPILE("{:02}/{:02}/{:04}"), unsigned(ymd.day()), unsigned(ymd.month()), int(ymd.year()));
}

}  // namespace motcua
