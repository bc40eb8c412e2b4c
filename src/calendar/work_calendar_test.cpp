// Calendars: the shipped days off against tables made by others, the generator, variations, notices, bad files.
#include "calendar/work_calendar.hpp"

#include <set>

#include <gtest/gtest.h>

#include "calendar/lunar.hpp"
#include "calendar/test_support.hpp"

namespace motcua::calendar {
namespace {
using namespace test;
using std::chrono::days;

std::set<LocalDay> weekdays_off(const WorkCalendar& calendar, int year) {
    std::set<LocalDay> off;
    for (LocalDay d{std::chrono::year{year} / 1 / 1}; d < LocalDay{std::chrono::year{year + 1} / 1 / 1}; d += days{1})
        if (std::chrono::weekday{d}.iso_encoding() < 6 && !calendar.is_working_day(d)) off.insert(d);
    return off;
}

TEST(WorkCalendar, ShippedDaysAreThoseOfTheConformanceCalendar) {
    std::string text = conformance_file("calendar/working-calendar-2019-2024.json");
    if (text.empty()) GTEST_SKIP() << "no conformance files";
    auto given = WorkCalendar::from_json(text);
    ASSERT_TRUE(given);
    auto ours = shipped();
    for (LocalDay d = day("2018-12-31"); d <= day("2024-12-31"); d += days{1}) {
        EXPECT_EQ(ours->is_working_day(d), (*given)->is_working_day(d)) << format_day(d);
        bool listed = (*given)->describe(d).kind == DayKind::holiday;
        auto kind = ours->describe(d).kind;
        EXPECT_EQ(listed, kind == DayKind::holiday || kind == DayKind::compensation || kind == DayKind::swapped_off)
            << format_day(d);
    }
}

TEST(WorkCalendar, ShippedDaysOf2025To2027) {
    auto ours = shipped();
    struct Year {
        int year;
        std::vector<const char*> off, worked;
    };
    for (const auto& [year, off, worked] : {
             Year{2025,
                  {"01-01", "01-27", "01-28", "01-29", "01-30", "01-31", "04-07", "04-30", "05-01", "05-02", "09-01",
                   "09-02"},
                  {"04-26"}},
             Year{2026,
                  {"01-01", "01-02", "02-16", "02-17", "02-18", "02-19", "02-20", "04-27", "04-30", "05-01", "08-31",
                   "09-01", "09-02", "11-24"},
                  {"01-10", "08-22"}},
             Year{2027,
                  {"01-01", "02-04", "02-05", "02-08", "02-09", "02-10", "04-16", "04-30", "05-03", "09-02", "09-03",
                   "11-24"},
                  {}},
         }) {
        std::set<LocalDay> expected;
        for (const char* d : off) expected.insert(day(std::to_string(year) + "-" + d));
        EXPECT_EQ(weekdays_off(*ours, year), expected) << year;
        for (const char* d : worked) EXPECT_TRUE(ours->is_working_day(day(std::to_string(year) + "-" + d))) << d;
    }
}

/// The law's rules, told which days the Prime Minister chose for Tết, give every official list but the swaps.
TEST(WorkCalendar, TheRulesReproduceTheOfficialYears) {
    CalendarData data = shipped()->data();
    std::map<int, std::vector<int>> tet{
        {2019, {-1, 0, 1, 2, 3}},  {2020, {-2, -1, 0, 1, 2}}, {2021, {-2, -1, 0, 1, 2}},
        {2022, {-1, 0, 1, 2, 3}},  {2023, {-2, -1, 0, 1, 2}}, {2024, {-2, -1, 0, 1, 2}},
        {2025, {-2, -1, 0, 1, 2}}, {2026, {-1, 0, 1, 2, 3}},  {2027, {-2, -1, 0, 1, 2}}};
    for (auto& rule : data.rules)
        if (rule.id == "lunar_new_year") rule.offsets_by_year = tet;
    std::set<LocalDay> swapped;
    for (const auto& notice : data.notices)
        for (const auto& special : notice.days)
            if (special.kind == DayKind::swapped_off) swapped.insert(special.day);
    EXPECT_EQ(swapped.size(), 6u);
    data.notices.clear();
    auto computed = WorkCalendar::build(data);
    ASSERT_TRUE(computed);
    for (int year = 2019; year <= 2027; ++year) {
        auto expected = weekdays_off(*shipped(), year);
        for (LocalDay d : swapped) expected.erase(d);
        EXPECT_EQ(weekdays_off(**computed, year), expected) << year;
    }
}

TEST(WorkCalendar, YearsWithoutANoticeAreComputedAndSaySo) {
    auto ours = shipped();
    for (int year = 2028; year <= 2100; ++year) {
        EXPECT_FALSE(ours->is_working_day(*find_solar_day({year, 1, 1, false}))) << year;
        EXPECT_FALSE(ours->is_working_day(*find_solar_day({year, 3, 10, false}))) << year;
        EXPECT_FALSE(ours->is_working_day(LocalDay{std::chrono::year{year} / 11 / 24})) << year;
        auto off = weekdays_off(*ours, year).size();
        EXPECT_TRUE(off == 11 || off == 12) << year << ": " << off;  // 24/11 on a weekend is not made up
    }
    auto info = ours->describe(day("2028-01-26"));
    EXPECT_EQ(info.kind, DayKind::holiday);
    EXPECT_TRUE(info.provisional);
    EXPECT_EQ(info.name->vi, "Tết Nguyên đán");
    EXPECT_TRUE(ours->is_working_day(day("2025-11-24"))) << "24/11 is off from 2026";
    EXPECT_EQ(weekdays_off(*ours, 2018).size(), 11u);
    EXPECT_FALSE(ours->is_working_day(day("2018-02-20")));
    EXPECT_FALSE(ours->is_working_day(day("2018-09-03")));
}

TEST(WorkCalendar, CountingMinutesIsConsistent) {
    auto ours = shipped("saturday-morning");
    std::int64_t n = 0;
    for (LocalDay d = day("2024-01-01"); d < day("2025-01-01"); d += days{1}) {
        for (const auto& s : ours->sessions_on(d)) {
            for (int m = s.from_minute; m < s.to_minute; ++m) {
                LocalMinute t = d + std::chrono::minutes{m};
                std::int64_t before = ours->minutes_before(t);
                ASSERT_EQ(before, ours->minutes_before(at("2024-01-01")) + n);
                ASSERT_EQ(ours->moment_after(before + 1), t + std::chrono::minutes{1});
                ++n;
            }
        }
    }
    EXPECT_EQ(working_minutes_between(*ours, at("2024-01-01"), at("2025-01-01")), n);
    EXPECT_EQ(working_minutes_between(*ours, at("2025-01-01"), at("2024-01-01")), -n);
    EXPECT_EQ(working_minutes_between(*ours, at("1950-01-01"), at("2150-01-01")), ours->minutes_total());
}

TEST(WorkCalendar, ALateNoticeMakesANewCalendar) {
    auto before = shipped();
    auto notice = read_notice(R"({"id": "storm", "document": {"number": "12/CĐ-UBND", "date": "2028-10-01"},
        "days_off": {"2028-10-04": {"kind": "closed", "name": {"vi": "Nghỉ tránh bão", "en": "Storm"}}},
        "makeup_workdays": [{"day": "2028-10-07", "in_place_of": "2028-10-04"}]})");
    ASSERT_TRUE(notice);
    auto after = before->with_notice(*notice);
    ASSERT_TRUE(after);
    EXPECT_TRUE(before->is_working_day(day("2028-10-04")));
    EXPECT_FALSE((*after)->is_working_day(day("2028-10-04")));
    EXPECT_TRUE((*after)->is_working_day(day("2028-10-07")));
    EXPECT_EQ((*after)->describe(day("2028-10-04")).document->number, "12/CĐ-UBND");
    EXPECT_EQ((*after)->describe(day("2028-10-07")).kind, DayKind::swapped_on);
    EXPECT_EQ((*after)->minutes_total(), before->minutes_total());
}

TEST(WorkCalendar, SessionsCanChangeFromADay) {
    auto calendar = WorkCalendar::from_json(R"({"days_off": {}, "sessions": {"fri": ["08:00-12:00"]},
        "session_changes": [{"from": "2025-07-01", "document": {"number": "1/QĐ"},
                             "sessions": [["07:30", "11:30"], ["13:30", "17:00"]]}]})");
    ASSERT_TRUE(calendar) << calendar.error().params[0].value << calendar.error().params[1].value;
    EXPECT_EQ((*calendar)->sessions_on(day("2025-06-27")).size(), 1u);
    EXPECT_EQ((*calendar)->sessions_on(day("2025-06-30"))[0], (Session{7 * 60, 11 * 60}));
    EXPECT_EQ((*calendar)->sessions_on(day("2025-07-01"))[1], (Session{13 * 60 + 30, 17 * 60}));
}

TEST(WorkCalendar, KnowsWhichYearsAFileLists) {
    auto listed = WorkCalendar::from_json(R"({"days_off": {"2023-01-01": "a"}, "makeup_workdays": ["2024-05-04"]})");
    ASSERT_TRUE(listed);
    EXPECT_FALSE((*listed)->knows(day("2022-12-31")));
    EXPECT_TRUE((*listed)->knows(day("2023-06-01")));
    EXPECT_TRUE((*listed)->knows(day("2024-12-31")));
    EXPECT_FALSE((*listed)->knows(day("2025-01-01")));
    EXPECT_TRUE(shipped()->knows(day("2090-01-01")));
    EXPECT_EQ((*listed)->data().ignored_members.size(), 0u);
    auto odd = WorkCalendar::from_json(R"({"days_off": {}, "makeup_workday": []})");
    ASSERT_TRUE(odd);
    EXPECT_EQ((*odd)->data().ignored_members, std::vector<std::string>{"makeup_workday"});
}

TEST(WorkCalendar, BadFilesSayWhereAndWhat) {
    struct Bad {
        const char *text, *at, *problem;
    };
    for (const auto& [text, where, problem] : {
             Bad{R"([])", "", "wrong_type"},
             Bad{R"({})", "days_off", "nothing_given"},
             Bad{R"({"days_off": 3})", "days_off", "wrong_type"},
             Bad{R"({"days_off": {"2023-02-30": "x"}})", "days_off/2023-02-30", "date_malformed"},
             Bad{R"({"days_off": {"30/04/2023": "x"}})", "days_off/30/04/2023", "date_malformed"},
             Bad{R"({"days_off": {"2150-01-01": "x"}})", "days_off/2150-01-01", "date_malformed"},
             Bad{R"({"days_off": {"2023-02-03": 7}})", "days_off/2023-02-03", "wrong_type"},
             Bad{R"({"days_off": {"2023-02-03": {"kind": "working"}}})", "days_off/2023-02-03/kind", "kind_unknown"},
             Bad{R"({"days_off": {"2023-02-03": {"holiday": "x"}}})", "days_off/2023-02-03/holiday", "holiday_unknown"},
             Bad{R"({"days_off": {"2023-05-06": "x"}, "makeup_workdays": ["2023-05-06"]})", "2023-05-06",
                 "day_conflict"},
             Bad{R"({"makeup_workdays": {"2023-05-06": ""}})", "makeup_workdays", "wrong_type"},
             Bad{R"({"makeup_workdays": [5]})", "makeup_workdays/0", "wrong_type"},
             Bad{R"({"sessions": {"mon": [["11:00", "07:00"]]}})", "sessions/mon/0", "session_malformed"},
             Bad{R"({"sessions": {"mon": ["7-11"]}})", "sessions/mon/0", "session_malformed"},
             Bad{R"({"sessions": {"mon": ["07:00-12:00", "11:00-17:00"]}})", "sessions/mon", "sessions_overlap"},
             Bad{R"({"sessions": {"monday": []}})", "sessions/monday", "weekday_unknown"},
             Bad{R"({"sessions": []})", "sessions", "no_working_time"},
             Bad{R"({"days_off": {}, "valid_from": "2024-01-01", "valid_to": "2023-01-01"})", "valid_to",
                 "range_malformed"},
             Bad{R"({"days_off": {}, "minutes_per_working_day": 0})", "minutes_per_working_day",
                 "number_out_of_bounds"},
             Bad{R"({"holidays": [{"solar": "13-01"}]})", "holidays/0/solar", "date_malformed"},
             Bad{R"({"holidays": [{"solar": "01-01", "offsets_by_weekday": [[0]]}]})", "holidays/0/offsets_by_weekday",
                 "number_out_of_bounds"},
             Bad{R"({"days_off": {}, "weekly_rest": ["mon","tue","wed","thu","fri","sat","sun"]})", "weekly_rest",
                 "no_working_time"},
             Bad{R"({"days_off": {}, "valid_from": "2023-05-06", "valid_to": "2023-05-07"})", "sessions",
                 "no_working_time"},
         }) {
        auto calendar = WorkCalendar::from_json(text);
        ASSERT_FALSE(calendar) << text;
        EXPECT_EQ(calendar.error().reason, "calendar.file_invalid") << text;
        EXPECT_EQ(calendar.error().params, (std::vector<Param>{{"at", where}, {"problem", problem}})) << text;
    }
    EXPECT_EQ(WorkCalendar::from_json("{").error().reason, "json.malformed");
    auto nothing = [](std::string_view) { return std::optional<std::string_view>(); };
    EXPECT_EQ(load_calendar(R"({"extends": "x", "days_off": {}})", nothing).error().reason, "calendar.unknown");
    auto loop = [](std::string_view) { return std::optional<std::string_view>(R"({"extends": "x", "days_off": {}})"); };
    EXPECT_EQ(load_calendar_by_id("x", loop).error().reason, "calendar.unknown");
}

}  // namespace
}  // namespace motcua::calendar
