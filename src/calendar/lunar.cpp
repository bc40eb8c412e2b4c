// See lunar.hpp. Times are Julian days; TT = terrestrial (dynamical) time, the argument of the theories.
#include "calendar/lunar.hpp"

#include <cmath>
#include <numbers>

namespace motcua::calendar {
using namespace std::chrono;

namespace {

constexpr double j2000 = 2451545.0;
constexpr double days_per_century = 36525.0;
constexpr double synodic_month = 29.530588861;
constexpr double vietnam_offset_days = 7.0 / 24.0;

double rad(double degrees) { return degrees * std::numbers::pi / 180.0; }

/// Seconds by which terrestrial time is ahead of universal time (Espenak and Meeus, polynomial expressions, 2006).
double delta_t_seconds(double year) {
    auto poly = [](double t, std::initializer_list<double> c) {
        double sum = 0, power = 1;
        for (double k : c) sum += k * power, power *= t;
        return sum;
    };
    if (year < 1920) return poly(year - 1900, {-2.79, 1.494119, -0.0598939, 0.0061966, -0.000197});
    if (year < 1941) return poly(year - 1920, {21.20, 0.84493, -0.076100, 0.0020936});
    if (year < 1961) return poly(year - 1950, {29.07, 0.407, -1.0 / 233, 1.0 / 2547});
    if (year < 1986) return poly(year - 1975, {45.45, 1.067, -1.0 / 260, -1.0 / 718});
    if (year < 2005) return poly(year - 2000, {63.86, 0.3345, -0.060374, 0.0017275, 0.000651814, 0.00002373599});
    if (year < 2050) return poly(year - 2000, {62.92, 0.32217, 0.005589});
    double u = (year - 1820) / 100;
    return -20 + 32 * u * u - 0.5628 * (2150 - year);
}

double year_of(double julian_day) { return 2000.0 + (julian_day - j2000) / 365.25; }

/// Julian day (TT) of the new moon number k; k = 0 is that of 6 January 2000. Good to some seconds.
double new_moon_tt(int k) {
    double t = k / 1236.85, t2 = t * t, t3 = t2 * t, t4 = t3 * t;
    double jde = 2451550.09766 + synodic_month * k + 0.00015437 * t2 - 0.000000150 * t3 + 0.00000000073 * t4;
    double e = 1 - 0.002516 * t - 0.0000074 * t2;
    double m = rad(2.5534 + 29.10535670 * k - 0.0000014 * t2 - 0.00000011 * t3);
    double mp = rad(201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t3 - 0.000000058 * t4);
    double f = rad(160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t3 + 0.000000011 * t4);
    double om = rad(124.7746 - 1.56375588 * k + 0.0020672 * t2 + 0.00000215 * t3);
    jde += -0.40720 * std::sin(mp) + 0.17241 * e * std::sin(m) + 0.01608 * std::sin(2 * mp) +
           0.01039 * std::sin(2 * f) + 0.00739 * e * std::sin(mp - m) - 0.00514 * e * std::sin(mp + m) +
           0.00208 * e * e * std::sin(2 * m) - 0.00111 * std::sin(mp - 2 * f) - 0.00057 * std::sin(mp + 2 * f) +
           0.00056 * e * std::sin(2 * mp + m) - 0.00042 * std::sin(3 * mp) + 0.00042 * e * std::sin(m + 2 * f) +
           0.00038 * e * std::sin(m - 2 * f) - 0.00024 * e * std::sin(2 * mp - m) - 0.00017 * std::sin(om) -
           0.00007 * std::sin(mp + 2 * m) + 0.00004 * std::sin(2 * mp - 2 * f) + 0.00004 * std::sin(3 * m) +
           0.00003 * std::sin(mp + m - 2 * f) + 0.00003 * std::sin(2 * mp + 2 * f) -
           0.00003 * std::sin(mp + m + 2 * f) + 0.00003 * std::sin(mp - m + 2 * f) -
           0.00002 * std::sin(mp - m - 2 * f) - 0.00002 * std::sin(3 * mp + m) + 0.00002 * std::sin(4 * mp);
    struct Planetary {
        double at, per_k, amplitude;
    };
    static constexpr Planetary planetary[] = {
        {299.77, 0.107408, 0.000325},  {251.88, 0.016321, 0.000165}, {251.83, 26.651886, 0.000164},
        {349.42, 36.412478, 0.000126}, {84.66, 18.206239, 0.000110}, {141.74, 53.303771, 0.000062},
        {207.14, 2.453732, 0.000060},  {154.84, 7.306860, 0.000056}, {34.52, 27.261239, 0.000047},
        {207.19, 0.121824, 0.000042},  {291.34, 1.844379, 0.000040}, {161.72, 24.198154, 0.000037},
        {239.56, 25.513099, 0.000035}, {331.55, 3.592518, 0.000023},
    };
    for (const auto& p : planetary) {
        double argument = p.at + p.per_k * k;
        if (&p == &planetary[0]) argument -= 0.009173 * t2;
        jde += p.amplitude * std::sin(rad(argument));
    }
    return jde;
}

/// Apparent longitude of the sun in degrees, 0..360; good to 0.01 degree (15 minutes of time).
double sun_longitude(double julian_day_tt) {
    double t = (julian_day_tt - j2000) / days_per_century, t2 = t * t;
    double mean = 280.46646 + 36000.76983 * t + 0.0003032 * t2;
    double m = rad(357.52911 + 35999.05029 * t - 0.0001537 * t2);
    double centre = (1.914602 - 0.004817 * t - 0.000014 * t2) * std::sin(m) +
                    (0.019993 - 0.000101 * t) * std::sin(2 * m) + 0.000289 * std::sin(3 * m);
    double om = rad(125.04 - 1934.136 * t);
    double longitude = std::fmod(mean + centre - 0.00569 - 0.00478 * std::sin(om), 360.0);
    return longitude < 0 ? longitude + 360.0 : longitude;
}

constexpr double julian_of_epoch = 2440587.5;  // 1970-01-01T00:00 UT

/// Vietnamese day in which new moon number k falls.
LocalDay new_moon_day(int k) {
    double tt = new_moon_tt(k);
    double local = tt - delta_t_seconds(year_of(tt)) / 86400.0 + vietnam_offset_days;
    return LocalDay{days{static_cast<int>(std::floor(local - julian_of_epoch))}};
}

/// Twelfth of the ecliptic (0 from the spring equinox) in which the sun stands at the first minute of `day`.
int sun_sector(LocalDay day) {
    double ut = julian_of_epoch + day.time_since_epoch().count() - vietnam_offset_days;
    return static_cast<int>(sun_longitude(ut + delta_t_seconds(year_of(ut)) / 86400.0) / 30.0);
}

/// Number of the new moon that begins month 11 of lunar year `year`: the month that holds the winter solstice.
int month_eleven(int year) {
    auto end_of_year = LocalDay{local_days{std::chrono::year{year} / December / 31}};
    int k = static_cast<int>(std::floor((year + 1 - 2000.0) * 12.3685)) + 1;
    while (new_moon_day(k) > end_of_year) --k;
    return sun_sector(new_moon_day(k)) >= 9 ? k - 1 : k;
}

}  // namespace

std::vector<LunarMonth> lunar_year(int year) {
    if (year < lunar_year_min || year > lunar_year_max) return {};
    // Months run from month 11 of the year before to month 11 of this year, then 11 and 12 of this year.
    int begin = month_eleven(year - 1), end = month_eleven(year), next_end = month_eleven(year + 1);
    auto leap_between = [](int first, int last) {
        if (last - first != 13) return 0;
        // The first month in which the sun enters no new twelfth (no principal term) is the leap month.
        int k = first + 1;
        while (k < last && sun_sector(new_moon_day(k)) != sun_sector(new_moon_day(k + 1))) ++k;
        return k;
    };
    std::vector<LunarMonth> months;
    auto add_months = [&](int first, int last) {
        int leap = leap_between(first, last), number = 11;
        for (int k = first; k < last; ++k) {
            bool is_leap = leap != 0 && k == leap;
            if (k != first && !is_leap) number = number % 12 + 1;
            bool of_this_year = (first == begin) ? number < 11 : number >= 11;
            if (!of_this_year) continue;
            LocalDay day = new_moon_day(k);
            months.push_back({day, number, is_leap, static_cast<int>((new_moon_day(k + 1) - day).count())});
        }
    };
    add_months(begin, end);
    add_months(end, next_end);
    return months;
}

std::optional<LocalDay> find_solar_day(const LunarDate& date) {
    for (const auto& m : lunar_year(date.year))
        if (m.month == date.month && m.leap == date.leap && date.day >= 1 && date.day <= m.length)
            return m.first + days{date.day - 1};
    return std::nullopt;
}

std::optional<LunarDate> find_lunar_date(LocalDay day) {
    int solar_year = static_cast<int>(year_month_day{day}.year());
    for (int year : {solar_year, solar_year - 1})
        for (const auto& m : lunar_year(year))
            if (day >= m.first && day < m.first + days{m.length})
                return LunarDate{year, m.month, static_cast<int>((day - m.first).count()) + 1, m.leap};
    return std::nullopt;
}

}  // namespace motcua::calendar
