// The Vietnamese lunar calendar, computed from the motions of sun and moon at UTC+7 (Decision 121-CP of 1967, art. 1:
// meridian 105°E). New moons after J. Meeus, Astronomical Algorithms (2nd ed.), ch. 49; apparent longitude of the sun
// after ch. 25; difference between dynamical and universal time after Espenak and Meeus.
// Owns: dates of lunar months. Leaves out: which lunar days are holidays (holidays.hpp).
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace motcua::calendar {

/// Years for which conversions answer; proven day by day in the tests.
inline constexpr int lunar_year_min = 1900;
inline constexpr int lunar_year_max = 2100;

struct LunarDate {
    int year = 0;   // the solar year in which the lunar year begins
    int month = 0;  // 1..12
    int day = 0;    // 1..30
    bool leap = false;
    auto operator<=>(const LunarDate&) const = default;
};

struct LunarMonth {
    LocalDay first;
    int month = 0;
    bool leap = false;
    int length = 0;  // 29 or 30 days
};

/// The 12 or 13 months of the lunar year that begins in solar year `year`, in order. Costs some 30 µs.
/// Empty outside lunar_year_min..lunar_year_max.
std::vector<LunarMonth> lunar_year(int year);

/// The solar day of a lunar date; nullopt when the month or day does not exist in that year or the year is out of
/// range.
std::optional<LocalDay> find_solar_day(const LunarDate& date);

/// The lunar date of a solar day; nullopt when its lunar year is out of range.
std::optional<LunarDate> find_lunar_date(LocalDay day);

}  // namespace motcua::calendar
