// Dates and durations: ISO 8601 in and out. Months and days are different kinds (a month has no fixed length).
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "expression/value.hpp"

namespace motcua::expression {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr double amount_max = 1e9;  // per field; keeps every sum inside 64 bits

/// Digits with an optional fraction; nullopt when there is none or it is absurd.
std::optional<double> take_amount(std::string_view& text) {
    double value = 0, scale = 1;
    bool any = false, fraction = false;
    while (!text.empty()) {
        char c = text.front();
        if (c >= '0' && c <= '9') {
            any = true;
            if (fraction)
                value += (c - '0') * (scale /= 10);
            else
                value = value * 10 + (c - '0');
        } else if ((c == '.' || c == ',') && any && !fraction) {
            fraction = true;
        } else {
            break;
        }
        text.remove_prefix(1);
        if (value > amount_max) return std::nullopt;
    }
    if (!any) return std::nullopt;
    return value;
}

}  // namespace

std::optional<Value> parse_duration(std::string_view text) {
    double sign = 1;
    if (text.starts_with('-')) sign = -1, text.remove_prefix(1);
    if (!text.starts_with('P')) return std::nullopt;
    text.remove_prefix(1);
    bool in_time = false, any = false, has_months = false, has_days = false;
    double months = 0, ms = 0;
    int last_rank = -1;
    while (!text.empty()) {
        if (text.front() == 'T') {
            if (in_time || text.size() == 1) return std::nullopt;
            in_time = true;
            text.remove_prefix(1);
            continue;
        }
        auto amount = take_amount(text);
        if (!amount || text.empty()) return std::nullopt;
        static constexpr std::string_view order = "YMWDhms";  // lower case: after T
        char unit = in_time ? static_cast<char>(text.front() - 'A' + 'a') : text.front();
        auto rank = order.find(unit);
        if (rank == std::string_view::npos || (in_time && rank < 4) || static_cast<int>(rank) <= last_rank)
            return std::nullopt;
        last_rank = static_cast<int>(rank);
        text.remove_prefix(1);
        any = true;
        switch (unit) {
            case 'Y':
                months += *amount * 12, has_months = true;
                break;
            case 'M':
                months += *amount, has_months = true;
                break;
            case 'W':
                ms += *amount * 7 * day_ms, has_days = true;
                break;
            case 'D':
                ms += *amount * day_ms, has_days = true;
                break;
            case 'h':
                ms += *amount * 3'600'000, has_days = true;
                break;
            case 'm':
                ms += *amount * 60'000, has_days = true;
                break;
            default:
                ms += *amount * 1'000, has_days = true;
                break;
        }
    }
    if (!any || (has_months && has_days && months != 0 && ms != 0)) return std::nullopt;
    if (has_months && months != 0) return Value(Months{static_cast<std::int64_t>(std::llround(sign * months))});
    if (has_months && !has_days) return Value(Months{0});
    return Value(Days{static_cast<std::int64_t>(std::llround(sign * ms))});
}

std::string duration_text(Days days) {
    if (days.ms == 0) return "PT0S";
    std::string out = days.ms < 0 ? "-P" : "P";
    std::int64_t rest = days.ms < 0 ? -days.ms : days.ms;
    if (rest >= day_ms) out += fmt::format("{}D", rest / day_ms);
    rest %= day_ms;
    if (rest == 0) return out;
    out += 'T';
    if (rest >= 3'600'000) out += fmt::format("{}H", rest / 3'600'000);
    rest %= 3'600'000;
    if (rest >= 60'000) out += fmt::format("{}M", rest / 60'000);
    rest %= 60'000;
    if (rest % 1000 == 0) {
        if (rest) out += fmt::format("{}S", rest / 1000);
    } else {
        out += fmt::format("{}.{:03}S", rest / 1000, rest % 1000);
    }
    return out;
}

std::string duration_text(Months months) {
    if (months.count == 0) return "P0M";
    std::int64_t n = months.count < 0 ? -months.count : months.count;
    std::string out = months.count < 0 ? "-P" : "P";
    if (n >= 12) out += fmt::format("{}Y", n / 12);
    if (n % 12) out += fmt::format("{}M", n % 12);
    return out;
}

LocalDay add_months(LocalDay day, std::int64_t months) {
    using namespace std::chrono;
    year_month_day ymd{day};
    std::int64_t total = static_cast<int>(ymd.year()) * 12LL + static_cast<unsigned>(ymd.month()) - 1 + months;
    total = std::clamp<std::int64_t>(total, 0, 9999LL * 12 + 11);
    year_month target{year{static_cast<int>(total / 12)}, month{static_cast<unsigned>(total % 12 + 1)}};
    year_month_day_last last{target.year(), target.month() / std::chrono::last};
    return local_days{target / std::min(ymd.day(), last.day())};
}

}  // namespace motcua::expression
