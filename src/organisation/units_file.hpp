// The units file: {"format":"motcua-units/1","units":[…]} as data/units/*.json ships and `motcua import units` reads.
#pragma once

#include <string_view>
#include <vector>

#include "organisation/unit.hpp"

namespace motcua::organisation {

inline constexpr std::size_t units_max = 50'000;

struct RejectedUnit {
    std::size_t index = 0;  // of the unit in the file, from 1
    Error error;
};

struct UnitsFile {
    std::vector<Unit> units;  // parents before those below; without ids
    std::vector<RejectedUnit> rejected;
};

/// Units that can be read, and each that cannot with its reason (those of read_unit and "organisation.unit_repeated").
/// Refused as a whole: reasons of parse_json, "organisation.units_file_invalid" {format},
/// "organisation.units_too_many".
Result<UnitsFile> read_units_file(std::string_view text);

}  // namespace motcua::organisation
