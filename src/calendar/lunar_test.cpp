// Every lunar year 1900-2100 and every day of 2019-2036 against tables computed by others.
#include "calendar/lunar.hpp"

#include <cstdio>
#include <sstream>

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "calendar/test_support.hpp"

namespace motcua::calendar {
namespace {

using test::conformance_file;

TEST(Lunar, NewYearAndHungKingsOfEveryYear) {
    std::string text = conformance_file("calendar/lunar/years_1900_2100.json");
    if (text.empty()) GTEST_SKIP() << "no conformance files";
    auto file = parse_json(text);
    ASSERT_TRUE(file);
    int years = 0, other_than_utc8 = 0;
    for (const auto& [key, value] : file->as_object().at("years").as_object()) {
        int year = std::stoi(std::string(key));
        auto tet = find_solar_day({year, 1, 1, false});
        auto gio_to = find_solar_day({year, 3, 10, false});
        ASSERT_TRUE(tet && gio_to) << year;
        EXPECT_EQ(format_day(*tet), string_or(value.as_object(), "tet_vn")) << year;
        EXPECT_EQ(format_day(*gio_to), string_or(value.as_object(), "gio_to_vn")) << year;
        other_than_utc8 += format_day(*tet) != string_or(value.as_object(), "tet_cn_tz8");
        ++years;
    }
    EXPECT_EQ(years, 201);
    EXPECT_GT(other_than_utc8, 0);
}

TEST(Lunar, EveryDayOfTheDailyTable) {
    std::istringstream lines(conformance_file("calendar/lunar/daily_2019_2036.csv"));
    std::string line;
    if (!std::getline(lines, line)) GTEST_SKIP() << "no conformance files";
    int days_seen = 0;
    while (std::getline(lines, line)) {
        int day, month, year, leap;
        ASSERT_EQ(std::sscanf(line.c_str() + 11, "%d,%d,%d,%d", &day, &month, &year, &leap), 4) << line;
        LunarDate expected{year, month, day, leap != 0};
        LocalDay solar = *parse_day(line.substr(0, 10));
        auto found = find_lunar_date(solar);
        ASSERT_TRUE(found) << line;
        EXPECT_EQ(*found, expected) << line;
        EXPECT_EQ(find_solar_day(expected), solar) << line;
        ++days_seen;
    }
    EXPECT_EQ(days_seen, 6575);
}

TEST(Lunar, YearsAreWhole) {
    for (int year = lunar_year_min; year < lunar_year_max; ++year) {
        auto months = lunar_year(year);
        ASSERT_TRUE(months.size() == 12 || months.size() == 13) << year;
        for (size_t i = 0; i < months.size(); ++i) {
            EXPECT_TRUE(months[i].length == 29 || months[i].length == 30) << year << " " << i;
            LocalDay next = i + 1 < months.size() ? months[i + 1].first : lunar_year(year + 1).front().first;
            EXPECT_EQ(months[i].first + std::chrono::days{months[i].length}, next) << year << " " << i;
        }
    }
}

TEST(Lunar, OutsideTheRangeNothingIsSaid) {
    EXPECT_FALSE(find_solar_day({1899, 1, 1, false}));
    EXPECT_FALSE(find_solar_day({2101, 1, 1, false}));
    EXPECT_FALSE(find_solar_day({2024, 13, 1, false}));
    EXPECT_FALSE(find_solar_day({2024, 1, 31, false}));
    EXPECT_FALSE(find_solar_day({2024, 4, 1, true}));  // 2024 has no leap month
    EXPECT_FALSE(find_lunar_date(*parse_day("1900-01-30")));
}

}  // namespace
}  // namespace motcua::calendar
