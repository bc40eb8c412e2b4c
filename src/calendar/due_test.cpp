// Due times: the reference vectors of working-time practice and of the Civil Code, mixed limits, settings, refusals.
#include "calendar/due.hpp"

#include <gtest/gtest.h>

#include "calendar/test_support.hpp"

namespace motcua::calendar {
namespace {
using namespace test;

struct Vector {
    const char* start;
    Limit limit;
    const char* due;
};

const std::vector<Vector>& vectors() {
    static const std::vector<Vector> all{
        {"2023-02-23T10:15", working_days(3), "2023-02-28T10:15"},
        {"2023-01-18T14:00", working_days(5), "2023-02-01T14:00"},  // Tết
        {"2023-04-28T09:00", working_days(3), "2023-05-08T09:00"},
        {"2024-04-26T16:30", working_days(2), "2024-05-03T16:30"},
        {"2024-04-26T16:30", working_days(3), "2024-05-04T16:30"},  // worked Saturday
        {"2025-04-25T15:30", working_days(1), "2025-04-26T15:30"},  // worked Saturday
        {"2023-02-23T16:00", hours(4), "2023-02-24T10:00"},
        {"2023-02-25T09:00", working_days(1), "2023-02-27T17:00"},  // received on a Saturday
        {"2023-02-23T11:30", working_days(0.5), "2023-02-23T17:00"},
        {"2023-08-31T16:00", hours(8), "2023-09-05T16:00"},
        {"2023-02-24T15:20", hours(8), "2023-02-27T15:20"},
        {"2023-04-20", days(10), "2023-05-04T23:59"},  // 30 April is off: rolls
        {"2023-02-23", days(20), "2023-03-15T23:59"},
        {"2023-01-10", days(12), "2023-01-27T23:59"},  // 22 January is Tết: rolls
    };
    return all;
}

TEST(Due, ReferenceVectorsOnTheShippedCalendar) {
    auto calendar = shipped();
    ASSERT_TRUE(calendar);
    for (const auto& v : vectors()) EXPECT_EQ(due(*calendar, v.start, v.limit), v.due) << v.start;
}

TEST(Due, ReferenceVectorsOnTheConformanceCalendar) {
    std::string text = conformance_file("calendar/working-calendar-2019-2024.json");
    if (text.empty()) GTEST_SKIP() << "no conformance files";
    auto calendar = WorkCalendar::from_json(text);
    ASSERT_TRUE(calendar);
    for (const auto& v : vectors()) {
        if (std::string_view(v.start) < "2025") {
            EXPECT_EQ(due(**calendar, v.start, v.limit), v.due) << v.start;
        }
    }
}

TEST(Due, StartIsMovedIntoWorkingTime) {
    auto calendar = shipped();
    EXPECT_EQ(due(*calendar, "2023-02-23T05:00", hours(1)), "2023-02-23T08:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T11:00", hours(1)), "2023-02-23T14:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T12:59", hours(1)), "2023-02-23T14:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T17:00", hours(1)), "2023-02-24T08:00");
    EXPECT_EQ(due(*calendar, "2023-02-24T23:59", hours(1)), "2023-02-27T08:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T07:00", hours(4)), "2023-02-23T11:00") << "ends the morning, not the lunch";
    EXPECT_EQ(due(*calendar, "2023-02-23T12:00", hours(0)), "2023-02-23T13:00") << "nothing to count: first minute";
    EXPECT_EQ(due(*calendar, "2023-02-23T09:10", working_days(0)), "2023-02-23T09:10");
}

TEST(Due, PartsOfDaysAndHours) {
    auto calendar = shipped();
    EXPECT_EQ(due(*calendar, "2023-02-23T07:00", working_days(0.25)), "2023-02-23T09:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T07:00", working_days(1.5)), "2023-02-24T11:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T07:00", hours(0.5)), "2023-02-23T07:30");
    EXPECT_EQ(due(*calendar, "2023-02-23T07:00", {{1, TimeUnit::working_hour}}), "2023-02-23T07:01")
        << "0.06 minutes: a limit is never cut short";
}

TEST(Due, MonthsEndOnTheCorrespondingDay) {
    auto calendar = shipped();
    EXPECT_EQ(due(*calendar, "2023-01-31T09:00", months(1)), "2023-02-28T23:59") << "no 31 February";
    EXPECT_EQ(due(*calendar, "2024-01-31T09:00", months(1)), "2024-02-29T23:59");
    EXPECT_EQ(due(*calendar, "2023-02-28T09:00", months(1)), "2023-03-28T23:59") << "not the last day of March";
    EXPECT_EQ(due(*calendar, "2023-03-15T09:00", months(12)), "2024-03-15T23:59");
    EXPECT_EQ(due(*calendar, "2023-03-02T09:00", months(6)), "2023-09-05T23:59") << "National Day rolls";
    EXPECT_EQ(due(*calendar, "2023-03-15T09:00", std::vector{months(1), days(5)}), "2023-04-20T23:59");
    EXPECT_EQ(due(*calendar, "2023-03-15T09:00", std::vector{days(5), months(1)}), "2023-04-20T23:59");
}

TEST(Due, MixedLimitsAreCountedOneAfterTheOther) {
    auto calendar = shipped();
    EXPECT_EQ(due(*calendar, "2023-02-23T10:15", std::vector{working_days(3), hours(2)}), "2023-02-28T14:15")
        << "10:15 + 2 h crosses the lunch";
    EXPECT_EQ(due(*calendar, "2023-02-23T10:15", std::vector{working_days(3), days(3)}), "2023-03-03T23:59");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:15", std::vector{days(1), working_days(1)}), "2023-02-27T17:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:15", std::vector{days(2), hours(1)}), "2023-02-28T08:00")
        << "25 February is a Saturday: the first part ends on Monday the 27th";
    EXPECT_EQ(due(*calendar, "2023-02-23T10:15", std::vector{days(1), days(1)}), "2023-02-27T23:59")
        << "one period of two days, rolled once";
}

TEST(Due, SaturdayMornings) {
    auto calendar = shipped("saturday-morning");
    ASSERT_TRUE(calendar);
    EXPECT_EQ(due(*calendar, "2023-02-24T16:00", working_days(1)), "2023-02-27T10:00");
    EXPECT_EQ(due(*calendar, "2023-02-24T16:00", hours(5)), "2023-02-25T11:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:00", days(2)), "2023-02-25T23:59") << "a working day of this unit";
    EXPECT_EQ(due(*calendar, "2024-05-03T17:00", working_days(1)), "2024-05-04T17:00") << "worked all of this Saturday";
    EXPECT_EQ(due(*calendar, "2023-01-19T17:00", hours(1)), "2023-01-27T08:00") << "Tết closes the Saturday too";
}

TEST(Due, SameDayProcedures) {
    auto calendar = shipped();
    DueRules rules{.same_day = true};
    EXPECT_EQ(due(*calendar, "2023-02-23T08:00", working_days(1), rules), "2023-02-23T17:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T15:00", working_days(1), rules), "2023-02-23T17:00") << "not after 15:00";
    EXPECT_EQ(due(*calendar, "2023-02-23T15:01", working_days(1), rules), "2023-02-24T17:00");
    EXPECT_EQ(due(*calendar, "2023-02-24T15:01", working_days(1), rules), "2023-02-27T17:00");
    EXPECT_EQ(due(*calendar, "2023-02-25T09:00", working_days(1), rules), "2023-02-27T17:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T08:00", working_days(0.5), rules), "2023-02-23T17:00");
    EXPECT_EQ(due(*calendar, "2023-02-23T08:00", working_days(2), rules), "2023-02-24T17:00");
    rules.cutoff = std::chrono::hours{10};
    EXPECT_EQ(due(*calendar, "2023-02-23T10:01", working_days(1), rules), "2023-02-24T17:00");
    rules.cutoff = std::chrono::hours{23};
    EXPECT_EQ(due(*calendar, "2023-02-23T17:00", working_days(1), rules), "2023-02-24T17:00") << "the day is over";
    EXPECT_EQ(due(*calendar, "2023-02-23T08:00", days(1), rules), "calendar.same_day_unit");
}

TEST(Due, AtTheEndOfTheDay) {
    auto calendar = shipped();
    DueRules rules{.due_at_end_of_day = true};
    EXPECT_EQ(due(*calendar, "2023-02-23T10:15", working_days(3), rules), "2023-02-28T17:00");
    EXPECT_EQ(due(*calendar, "2023-04-20T08:00", days(10), rules), "2023-05-04T17:00");
    EXPECT_EQ(due(*shipped("saturday-morning"), "2023-02-24T16:00", hours(2), rules), "2023-02-25T11:00");
}

TEST(Due, PausesStopTheClock) {
    auto calendar = shipped();
    auto with = [&](std::string_view start, Limit limit, std::vector<PauseSpan> pauses, DueRules rules = {}) {
        return due(*calendar, start, std::vector{limit}, rules, std::move(pauses));
    };
    EXPECT_EQ(with("2023-02-23T10:00", working_days(1), {{at("2023-02-23T13:00"), at("2023-02-27T08:00")}}),
              "2023-02-27T17:00")
        << "1 hour before the pause, 7 hours after it";
    EXPECT_EQ(with("2023-02-23T10:00", hours(1), {{at("2023-02-23T11:00"), at("2023-02-27T08:00")}}),
              "2023-02-23T11:00")
        << "the time was up when the pause began";
    EXPECT_EQ(with("2023-02-23T10:00", hours(2), {{at("2023-02-25T07:00"), at("2023-02-26T17:00")}}),
              "2023-02-23T14:00");
    EXPECT_EQ(with("2023-02-23T10:00", hours(2), {{at("2023-02-23T10:30"), not_yet}}), "not yet");
    EXPECT_EQ(with("2023-02-23T10:00", days(10), {{at("2023-02-27T10:30"), at("2023-03-02T08:00")}}),
              "2023-03-08T23:59")
        << "three days later than 5 March";
    EXPECT_EQ(with("2023-02-23T10:00", days(2), {{at("2023-02-27T08:00"), at("2023-03-01T08:00")}}), "2023-03-01T23:59")
        << "paused on the Monday to which the Saturday had rolled";
    EXPECT_EQ(with("2023-02-23T08:00", working_days(1), {{at("2023-02-23T09:00"), at("2023-02-24T15:30")}},
                   {.same_day = true}),
              "2023-02-27T17:00")
        << "taken up again after 15:00";
    EXPECT_EQ(with("2023-02-23T10:00", hours(2), {{at("2023-02-24T10:00"), at("2023-02-24T09:00")}}),
              "calendar.pauses_unordered");
}

TEST(Due, Refusals) {
    auto calendar = shipped();
    EXPECT_EQ(due(*calendar, "2023-02-23T10:00", std::vector<Limit>{}), "calendar.limit_missing");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:00", {{-1000, TimeUnit::working_day}}), "calendar.amount_invalid");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:00", {{amount_milli_max + 1, TimeUnit::working_day}}),
              "calendar.amount_too_large");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:00", {{500, TimeUnit::day}}), "calendar.fraction_not_whole");
    EXPECT_EQ(due(*calendar, "2023-02-23T10:00", {{1500, TimeUnit::month}}), "calendar.fraction_not_whole");
    EXPECT_EQ(due(*calendar, "2017-12-31T10:00", working_days(1)), "calendar.out_of_range");
    EXPECT_EQ(due(*calendar, "2100-12-31T10:00", working_days(1)), "calendar.out_of_range");
    for (auto unit : {TimeUnit::working_hour, TimeUnit::working_day, TimeUnit::day, TimeUnit::month}) {
        EXPECT_EQ(due(*calendar, "2023-02-23T10:00", {{amount_milli_max, unit}}), "calendar.out_of_range");
        EXPECT_EQ(due(*calendar, "2023-02-23T10:00", std::vector<Limit>(100'000, {amount_milli_max, unit})),
                  "calendar.out_of_range");
    }
}

TEST(Due, AmountsAreReadExactly) {
    EXPECT_EQ(parse_amount_milli("3"), 3000);
    EXPECT_EQ(parse_amount_milli("0.25"), 250);
    EXPECT_EQ(parse_amount_milli("1,5"), 1500);
    EXPECT_EQ(parse_amount_milli("0.1250"), 125);
    EXPECT_EQ(parse_amount_milli("007"), 7000);
    EXPECT_EQ(parse_amount_milli("1000000"), amount_milli_max);
    for (const char* text : {"", "-1", "+1", "abc", "1x", "1.", ".5", "1.2.3", "1e3", " 1", "0x10", "NaN", "1.0005x"})
        EXPECT_EQ(parse_amount_milli(text).error().reason, "calendar.amount_invalid") << text;
    EXPECT_EQ(parse_amount_milli("0.0005").error().reason, "calendar.amount_too_precise");
    EXPECT_EQ(parse_amount_milli("1000000.001").error().reason, "calendar.amount_too_large");
    EXPECT_EQ(parse_amount_milli("99999999999999999999999").error().reason, "calendar.amount_too_large");
    EXPECT_EQ(format_amount(250), "0.25");
    EXPECT_EQ(format_amount(3000), "3");
    EXPECT_EQ(format_amount(-1500), "-1.5");
}

TEST(Due, TheTraceAccountsForEveryMinute) {
    auto calendar = shipped();
    auto explained = explain_due_time(*calendar, at("2024-04-26T16:30"), working_days(3), {.rule_set = RuleSet::nd107});
    ASSERT_TRUE(explained);
    const Trace& trace = explained->trace;
    std::int64_t minutes = 0;
    for (const auto& interval : trace.counted) minutes += (interval.to - interval.from).count();
    EXPECT_EQ(minutes, 3 * 480);
    ASSERT_EQ(trace.skipped.size(), 5u);
    EXPECT_EQ(trace.skipped[0].kind, DayKind::rest);
    EXPECT_EQ(trace.skipped[2].kind, DayKind::swapped_off);
    EXPECT_EQ(trace.skipped[2].document.number, "1570/TB-BLĐTBXH");
    EXPECT_EQ(trace.skipped[2].in_place_of, day("2024-05-04"));
    EXPECT_EQ(trace.skipped[3].name.vi, "Ngày Chiến thắng 30/4");
    EXPECT_EQ(trace.skipped[3].article.vi, "điểm c khoản 1 Điều 112 Bộ luật Lao động 2019");
    ASSERT_EQ(trace.worked_rest_days.size(), 1u);
    EXPECT_EQ(trace.worked_rest_days[0].day, day("2024-05-04"));
    EXPECT_EQ(trace.rule_set, "nd107");
    EXPECT_EQ(trace.due, at("2024-05-04T16:30"));
    auto json = to_json(trace);
    EXPECT_EQ(string_or(json.as_object(), "due"), "2024-05-04T16:30");
    EXPECT_EQ(find_array(json.as_object(), "skipped")->size(), 5u);
}

TEST(Due, TheTraceOfACalendarPeriodCitesTheCivilCode) {
    auto explained = explain_due_time(*shipped(), at("2023-04-20T08:00"), days(10));
    ASSERT_TRUE(explained);
    ASSERT_EQ(explained->trace.skipped.size(), 4u);  // 30 April to 3 May
    EXPECT_EQ(explained->trace.skipped[2].kind, DayKind::compensation);
    EXPECT_EQ(explained->trace.skipped[2].in_place_of, day("2023-04-29"));
    bool rolled = false;
    for (const auto& article : explained->trace.articles)
        rolled |= article.vi == "khoản 5 Điều 148 Bộ luật Dân sự 2015";
    EXPECT_TRUE(rolled);
}

TEST(Due, RuleSetsFollowTheDayOfReception) {
    EXPECT_EQ(rule_set_on(day("2021-12-05")), RuleSet::nd61);
    EXPECT_EQ(rule_set_on(day("2021-12-06")), RuleSet::nd107);
    EXPECT_EQ(rule_set_on(day("2025-06-30")), RuleSet::nd107);
    EXPECT_EQ(rule_set_on(day("2025-07-01")), RuleSet::nd118);
    for (auto rules : {RuleSet::nd61, RuleSet::nd107, RuleSet::nd118}) EXPECT_EQ(find_rule_set(to_text(rules)), rules);
    EXPECT_FALSE(find_rule_set("nd224"));
}

}  // namespace
}  // namespace motcua::calendar
