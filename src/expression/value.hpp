// Values inside an evaluation. JSON lists and objects are borrowed until changed; dates, times and durations exist only
// here: they enter by functions (date("2026-01-31")) and leave as ISO 8601 text.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace motcua::expression {

struct Days {  // a duration of days and time
    std::int64_t ms = 0;
    bool operator==(const Days&) const = default;
};
struct Months {  // a duration of years and months
    std::int64_t count = 0;
    bool operator==(const Months&) const = default;
};
struct Value;
using List = std::shared_ptr<const std::vector<Value>>;
struct Object {
    std::shared_ptr<const json::object> own;
    const json::object* at = nullptr;
};

struct Value : std::variant<std::monostate, bool, double, std::string, List, Object, LocalDay, Instant, Days, Months> {
    using variant::variant;
    bool is_null() const { return index() == 0; }
};

Value from_json(const json::value& value);
json::value to_json(const Value& value);
/// Text as the function string() gives it: integers without ".0", dates in ISO 8601.
std::string to_text(const Value& value);
std::string number_text(double number);

/// ISO 8601 durations: "P1DT2H", "PT0.5S", "-P3D", weeks; Months for "P1Y2M". Mixed forms (years or months with days)
/// are refused. nullopt: not a duration.
std::optional<Value> parse_duration(std::string_view text);
std::string duration_text(Days days);
std::string duration_text(Months months);
LocalDay add_months(LocalDay day, std::int64_t months);  // clamped to the last day of the month

}  // namespace motcua::expression
