// Built-in functions: names of FEEL (DMN 1.3 §10.3.4), text counted in code points. Each gives null for what it cannot
// work on; arities are checked at the call.
#include <algorithm>
#include <array>
#include <cmath>

#include <utf8proc.h>

#include "expression/interpreter.hpp"

namespace motcua::expression {
namespace {

using Arguments = std::vector<Value>;

const std::string* text(const Value& value) { return std::get_if<std::string>(&value); }
const double* number(const Value& value) { return std::get_if<double>(&value); }

/// Byte offset of each code point, and the end.
std::vector<std::size_t> code_points(std::string_view s) {
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < s.size(); ++i)
        if ((static_cast<unsigned char>(s[i]) & 0xC0) != 0x80) at.push_back(i);
    at.push_back(s.size());
    return at;
}

std::string map_case(const std::string& s, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
    std::string out;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(s.data());
    auto rest = static_cast<utf8proc_ssize_t>(s.size());
    while (rest > 0) {
        utf8proc_int32_t code = 0;
        auto read = utf8proc_iterate(at, rest, &code);
        if (read <= 0) break;
        utf8proc_uint8_t buffer[4];
        auto size = utf8proc_encode_char(map(code), buffer);
        out.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(size));
        at += read;
        rest -= read;
    }
    return out;
}

/// All the arguments, or the items of the one list argument.
Arguments spread(Interpreter& in, Arguments& a) {
    if (a.size() == 1)
        if (auto list = in.items(a[0])) return std::move(*list);
    return a;
}

Value number_of(const Value& value) {
    if (number(value)) return value;
    const std::string* s = text(value);
    if (!s || s->empty() || s->size() > 40) return {};
    char* end = nullptr;
    double result = std::strtod(s->c_str(), &end);
    bool plain = s->find_first_not_of("0123456789.-+eE") == std::string::npos;
    return plain && *end == 0 && std::isfinite(result) ? Value(result) : Value{};
}

Value date_of(const Arguments& a) {
    if (a.size() == 3 && number(a[0]) && number(a[1]) && number(a[2])) {
        using namespace std::chrono;
        for (int i = 0; i < 3; ++i)
            if (!(*number(a[static_cast<std::size_t>(i)]) >= 1 && *number(a[static_cast<std::size_t>(i)]) <= 9999))
                return {};
        year_month_day ymd{year{static_cast<int>(*number(a[0]))}, month{static_cast<unsigned>(*number(a[1]))},
                           day{static_cast<unsigned>(*number(a[2]))}};
        return ymd.ok() ? Value(local_days{ymd}) : Value{};
    }
    if (a.size() != 1) return {};
    if (auto* day = std::get_if<LocalDay>(&a[0])) return *day;
    if (auto* instant = std::get_if<Instant>(&a[0])) return local_day(*instant);
    const std::string* s = text(a[0]);
    if (!s) return {};
    if (auto day = parse_day(*s)) return *day;
    if (auto instant = parse_iso(*s)) return local_day(*instant);
    return {};
}

Value instant_of(const Value& value) {
    if (std::holds_alternative<Instant>(value)) return value;
    if (auto* day = std::get_if<LocalDay>(&value)) return to_instant(LocalMinute(*day));
    const std::string* s = text(value);
    if (!s) return {};
    if (auto instant = parse_iso(*s)) return *instant;
    if (auto day = parse_day(*s)) return to_instant(LocalMinute(*day));
    return {};
}

Value rounded(const Arguments& a, double (*round)(double)) {
    if (!number(a[0])) return {};
    double scale = a.size() > 1 && number(a[1]) ? std::pow(10.0, std::clamp(*number(a[1]), -15.0, 15.0)) : 1;
    double result = round(*number(a[0]) * scale) / scale;
    return std::isfinite(result) ? Value(result) : Value{};
}

double half_up(double x) { return x < 0 ? -std::floor(-x + 0.5) : std::floor(x + 0.5); }

Value extreme(const Arguments& values, Ordering wanted) {
    const Value* best = nullptr;
    for (const auto& value : values) {
        if (!best) {
            best = &value;
            continue;
        }
        auto ordering = compare(value, *best);
        if (ordering == Ordering::none) return {};
        if (ordering == wanted) best = &value;
    }
    return best ? *best : Value{};
}

Value total(const Arguments& values, bool mean) {
    double sum = 0;
    for (const auto& value : values) {
        if (!number(value)) return {};
        sum += *number(value);
    }
    if (values.empty()) return mean ? Value{} : Value(0.0);
    return mean ? sum / static_cast<double>(values.size()) : sum;
}

Value substring(Interpreter& in, const std::string& s, const Arguments& a, bool from_zero) {
    if (!number(a[1])) return {};
    auto at = code_points(s);
    auto count = static_cast<std::int64_t>(at.size()) - 1;
    auto start = static_cast<std::int64_t>(std::clamp(*number(a[1]), -1e9, 1e9));
    if (from_zero) {  // the method of `${…}`: begin and end index
    } else if (start > 0) {
        --start;
    } else if (start < 0) {
        start += count;
    } else {
        return {};
    }
    std::int64_t end = count;
    if (a.size() > 2) {
        if (!number(a[2])) return {};
        auto given = static_cast<std::int64_t>(std::clamp(*number(a[2]), 0.0, 1e9));
        end = from_zero ? given : start + given;
    }
    start = std::clamp<std::int64_t>(start, 0, count);
    end = std::clamp(end, start, count);
    auto first = at[static_cast<std::size_t>(start)];
    return in.make_text(s.substr(first, at[static_cast<std::size_t>(end)] - first));
}

enum Function : int {
    contains,
    starts_with,
    ends_with,
    string_length,
    upper_case,
    lower_case,
    substring_,
    substring_before,
    substring_after,
    trim_,
    concat_text,
    split_,
    string_,
    number_,
    date_,
    date_and_time,
    duration_,
    years_between,
    not_,
    abs_,
    floor_,
    ceiling_,
    round_,
    modulo_,
    sqrt_,
    count_,
    sum_,
    min_,
    max_,
    mean_,
    all_,
    any_,
    append_,
    concatenate_,
    reverse_,
    distinct_values,
    list_contains,
    index_of,
    sublist_,
    flatten_,
    is_defined,
    is_empty,
    get_,
    equals_,
    substring_from_zero,
    get_from_zero,
    function_count
};

struct Entry {
    std::string_view name;
    std::size_t least, most;
};
constexpr std::array<Entry, function_count> functions{{
    {"contains", 2, 2},
    {"starts with", 2, 2},
    {"ends with", 2, 2},
    {"string length", 1, 1},
    {"upper case", 1, 1},
    {"lower case", 1, 1},
    {"substring", 2, 3},
    {"substring before", 2, 2},
    {"substring after", 2, 2},
    {"trim", 1, 1},
    {"string join", 1, 2},
    {"split", 2, 2},
    {"string", 1, 1},
    {"number", 1, 1},
    {"date", 1, 3},
    {"date and time", 1, 1},
    {"duration", 1, 1},
    {"years between", 2, 2},
    {"not", 1, 1},
    {"abs", 1, 1},
    {"floor", 1, 2},
    {"ceiling", 1, 2},
    {"round", 1, 2},
    {"modulo", 2, 2},
    {"sqrt", 1, 1},
    {"count", 1, 1},
    {"sum", 1, 255},
    {"min", 1, 255},
    {"max", 1, 255},
    {"mean", 1, 255},
    {"all", 1, 255},
    {"any", 1, 255},
    {"append", 2, 255},
    {"concatenate", 1, 255},
    {"reverse", 1, 1},
    {"distinct values", 1, 1},
    {"list contains", 2, 2},
    {"index of", 2, 2},
    {"sublist", 2, 3},
    {"flatten", 1, 1},
    {"is defined", 1, 1},
    {"is empty", 1, 1},
    {"get value", 2, 2},
    {"equals", 2, 2},
    {"", 2, 3},
    {"", 2, 2},
}};

Value text_function(Interpreter& in, int function, Arguments& a) {
    const std::string& s = *text(a[0]);
    const std::string* other = a.size() > 1 ? text(a[1]) : nullptr;
    switch (function) {
        case contains:
            return other ? Value(s.find(*other) != std::string::npos) : Value{};
        case starts_with:
            return other ? Value(s.starts_with(*other)) : Value{};
        case ends_with:
            return other ? Value(s.ends_with(*other)) : Value{};
        case string_length:
            return static_cast<double>(code_points(s).size() - 1);
        case upper_case:
            return in.make_text(map_case(s, utf8proc_toupper));
        case lower_case:
            return in.make_text(map_case(s, utf8proc_tolower));
        case substring_:
            return substring(in, s, a, false);
        case substring_from_zero:
            return substring(in, s, a, true);
        case substring_before: {
            auto at = other ? s.find(*other) : 0;
            return other ? Value(at == std::string::npos ? std::string() : s.substr(0, at)) : Value{};
        }
        case substring_after: {
            auto at = other ? s.find(*other) : 0;
            return other ? Value(at == std::string::npos ? std::string() : s.substr(at + other->size())) : Value{};
        }
        case trim_: {
            auto first = s.find_first_not_of(" \t\r\n");
            if (first == std::string::npos) return std::string();
            return s.substr(first, s.find_last_not_of(" \t\r\n") - first + 1);
        }
        case split_: {
            if (!other || other->empty()) return {};
            std::vector<Value> parts;
            std::size_t from = 0;
            for (auto at = s.find(*other); at != std::string::npos; at = s.find(*other, from)) {
                parts.emplace_back(s.substr(from, at - from));
                from = at + other->size();
            }
            parts.emplace_back(s.substr(from));
            return in.make_list(std::move(parts));
        }
        default:
            return {};
    }
}

Value list_function(Interpreter& in, int function, Arguments& a) {
    auto list = in.items(a[0]);
    if (!list) {
        if (function != append_ && function != concatenate_) return {};
        list.emplace();
        if (!a[0].is_null()) list->push_back(a[0]);
    }
    switch (function) {
        case count_:
            return static_cast<double>(list->size());
        case reverse_:
            std::ranges::reverse(*list);
            return in.make_list(std::move(*list));
        case append_:
            for (std::size_t i = 1; i < a.size(); ++i) list->push_back(a[i]);
            return in.make_list(std::move(*list));
        case concatenate_:
            for (std::size_t i = 1; i < a.size(); ++i) {
                auto more = in.items(a[i]);
                if (!more) return {};
                list->insert(list->end(), more->begin(), more->end());
            }
            return in.make_list(std::move(*list));
        case distinct_values: {
            std::vector<Value> kept;
            if (list->size() > 500) return in.fault("expression.too_costly", "limit", "500");
            for (const auto& item : *list)
                if (std::ranges::none_of(kept, [&](const Value& other) { return same(item, other); }))
                    kept.push_back(item);
            return in.make_list(std::move(kept));
        }
        case list_contains:
            return std::ranges::any_of(*list, [&](const Value& item) { return same(item, a[1]); });
        case index_of: {
            std::vector<Value> found;
            for (std::size_t i = 0; i < list->size(); ++i)
                if (same((*list)[i], a[1])) found.emplace_back(static_cast<double>(i + 1));
            return in.make_list(std::move(found));
        }
        case sublist_: {
            if (!number(a[1])) return {};
            auto size = static_cast<std::int64_t>(list->size());
            auto start = static_cast<std::int64_t>(std::clamp(*number(a[1]), -1e9, 1e9));
            start = start > 0 ? start - 1 : size + start;
            auto length =
                a.size() > 2 && number(a[2]) ? static_cast<std::int64_t>(std::clamp(*number(a[2]), 0.0, 1e9)) : size;
            start = std::clamp<std::int64_t>(start, 0, size);
            auto end = std::clamp(start + length, start, size);
            return in.make_list({list->begin() + start, list->begin() + end});
        }
        case flatten_: {
            std::vector<Value> flat;
            for (const auto& item : *list) {
                if (auto inner = in.items(item))
                    flat.insert(flat.end(), inner->begin(), inner->end());
                else
                    flat.push_back(item);
            }
            return in.make_list(std::move(flat));
        }
        default:
            return {};
    }
}

Value all_or_any(Interpreter& in, Arguments& a, bool any) {
    bool unknown = false;
    for (const auto& value : spread(in, a)) {
        auto* b = std::get_if<bool>(&value);
        if (b && *b == any) return any;
        unknown |= !b;
    }
    return unknown ? Value{} : Value(!any);
}

}  // namespace

int find_function(std::string_view name) {
    for (int i = 0; i < function_count; ++i)
        if (!name.empty() && functions[static_cast<std::size_t>(i)].name == name) return i;
    return -1;
}

int find_method(std::string_view name) {
    static constexpr std::pair<std::string_view, int> methods[] = {{"contains", contains},
                                                                   {"startsWith", starts_with},
                                                                   {"endsWith", ends_with},
                                                                   {"length", string_length},
                                                                   {"toUpperCase", upper_case},
                                                                   {"toLowerCase", lower_case},
                                                                   {"substring", substring_from_zero},
                                                                   {"trim", trim_},
                                                                   {"equals", equals_},
                                                                   {"isEmpty", is_empty},
                                                                   {"size", count_},
                                                                   {"get", get_from_zero},
                                                                   {"toString", string_},
                                                                   {"split", split_}};
    for (auto [method, function] : methods)
        if (method == name) return function;
    return -1;
}

Value call_function(Interpreter& in, int function, std::vector<Value>& a) {
    const Entry& entry = functions[static_cast<std::size_t>(function)];
    if (a.size() < entry.least || a.size() > entry.most) return in.wrong_type(entry.name);
    if (function == contains && std::holds_alternative<List>(a[0])) function = list_contains;
    if (text(a[0]) && (function <= trim_ || function == split_ || function == substring_from_zero))
        return text_function(in, function, a);
    switch (function) {
        case string_:
            return a[0].is_null() ? Value{} : in.make_text(to_text(a[0]));
        case concat_text: {
            auto list = in.items(a[0]);
            if (!list) return {};
            std::string joined;
            for (std::size_t i = 0; i < list->size() && joined.size() <= value_bytes_max; ++i) {
                if (i && a.size() > 1) joined += to_text(a[1]);
                joined += to_text((*list)[i]);
            }
            return in.make_text(std::move(joined));
        }
        case number_:
            return number_of(a[0]);
        case date_:
            return date_of(a);
        case date_and_time:
            return instant_of(a[0]);
        case duration_:
            return text(a[0]) ? parse_duration(*text(a[0])).value_or(Value{}) : Value{};
        case years_between: {
            auto from = date_of({a[0]}), to = date_of({a[1]});
            if (from.is_null() || to.is_null()) return {};
            std::chrono::year_month_day x{std::get<LocalDay>(from)}, y{std::get<LocalDay>(to)};
            int years = static_cast<int>(y.year()) - static_cast<int>(x.year());
            bool before = y.month() < x.month() || (y.month() == x.month() && y.day() < x.day());
            return static_cast<double>(before ? years - 1 : years);
        }
        case not_: {
            auto* b = std::get_if<bool>(&a[0]);
            return b ? Value(!*b) : Value{};
        }
        case abs_:
            return number(a[0]) ? Value(std::fabs(*number(a[0]))) : Value{};
        case floor_:
            return rounded(a, [](double x) { return std::floor(x); });
        case ceiling_:
            return rounded(a, [](double x) { return std::ceil(x); });
        case round_:
            return rounded(a, half_up);
        case modulo_: {
            if (!number(a[0]) || !number(a[1]) || *number(a[1]) == 0) return {};
            return *number(a[0]) - *number(a[1]) * std::floor(*number(a[0]) / *number(a[1]));
        }
        case sqrt_:
            return number(a[0]) && *number(a[0]) >= 0 ? Value(std::sqrt(*number(a[0]))) : Value{};
        case sum_:
            return total(spread(in, a), false);
        case mean_:
            return total(spread(in, a), true);
        case min_:
            return extreme(spread(in, a), Ordering::less);
        case max_:
            return extreme(spread(in, a), Ordering::greater);
        case all_:
            return all_or_any(in, a, false);
        case any_:
            return all_or_any(in, a, true);
        case is_defined:
            return !a[0].is_null();
        case is_empty: {
            if (a[0].is_null()) return true;
            if (auto* s = text(a[0])) return s->empty();
            if (auto list = in.items(a[0])) return list->empty();
            return false;
        }
        case equals_:
            return same(a[0], a[1]);
        case get_:
        case get_from_zero: {
            if (auto* object = std::get_if<Object>(&a[0])) {
                const json::value* value = text(a[1]) ? object->at->if_contains(*text(a[1])) : nullptr;
                return value ? from_json(*value) : Value{};
            }
            auto list = in.items(a[0]);
            if (!list || !number(a[1])) return {};
            double at = *number(a[1]) - (function == get_ ? 1 : 0);
            return at >= 0 && at < static_cast<double>(list->size()) ? (*list)[static_cast<std::size_t>(at)] : Value{};
        }
        default:
            break;
    }
    if (function >= count_ && function <= flatten_) return list_function(in, function, a);
    return a[0].is_null() ? Value{} : in.wrong_type(entry.name);
}

}  // namespace motcua::expression
