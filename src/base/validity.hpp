// The days on which something legal holds: units, procedures, processes, forms, fees. Half open: `to` is the first day
// on which it no longer holds. Open ends are LocalDay::min() and LocalDay::max().
#pragma once

#include <optional>

#include "base/clock.hpp"

namespace motcua {

struct Validity {
    LocalDay from = LocalDay::min();
    LocalDay to = LocalDay::max();

    bool covers(LocalDay day) const { return from <= day && day < to; }
    bool is_open_start() const { return from == LocalDay::min(); }
    bool is_open_end() const { return to == LocalDay::max(); }
    bool operator==(const Validity&) const = default;
};

/// Reads "YYYY-MM-DD" bounds; an absent bound is open. Reasons: "time.malformed", "validity.empty" when `to` is not
/// after `from`.
inline Result<Validity> parse_validity(std::optional<std::string_view> from, std::optional<std::string_view> to) {
    Validity validity;
    if (from) validity.from = TRY(parse_day(*from));
    if (to) validity.to = TRY(parse_day(*to));
    if (validity.to <= validity.from) return fail(Errc::invalid, "validity.empty");
    return validity;
}

}  // namespace motcua
