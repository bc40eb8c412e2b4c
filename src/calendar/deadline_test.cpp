// The life of a deadline: pauses, restart, one extension, warnings, steps, late notices.
#include "calendar/deadline.hpp"

#include <gtest/gtest.h>

#include "calendar/test_support.hpp"

namespace motcua::calendar {
namespace {
using namespace test;

class DeadlineTest : public ::testing::Test {
  protected:
    /// Checks and applies; the reason when refused.
    std::string happen(const DeadlineEvent& event) {
        auto allowed = check(*calendar, deadline, event);
        if (!allowed) return allowed.error().reason;
        apply(deadline, event);
        return "ok";
    }
    void start(std::string_view moment, Limit limit, DueRules rules = {}) {
        ASSERT_EQ(happen(DeadlineStarted{at(moment), {limit}, rules}), "ok");
    }
    std::string due() {
        auto time = current_due(*calendar, deadline);
        if (!time) return time.error().reason;
        auto explained = explain(*calendar, deadline);
        if (!explained || explained->due != *time || explained->trace.due != *time) return "explanation differs";
        return *time ? format_local(**time) : "paused";
    }
    bool explains(std::string_view reason) {
        auto explained = explain(*calendar, deadline);
        return explained &&
               std::ranges::find(explained->trace.notes, reason, &Note::reason) != explained->trace.notes.end();
    }

    WorkCalendarPtr calendar = shipped();
    Deadline deadline;
};

TEST_F(DeadlineTest, PauseAndResume) {
    start("2023-02-23T10:00", working_days(3));
    EXPECT_EQ(due(), "2023-02-28T10:00");
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-24T10:00"), "awaiting_payment"}), "ok");
    EXPECT_EQ(due(), "paused");
    EXPECT_TRUE(explains("calendar.trace_stopped"));
    EXPECT_EQ(format_local(due_if_resumed(*calendar, deadline, at("2023-02-27T10:00")).value()), "2023-03-01T10:00");
    EXPECT_EQ(happen(DeadlineResumed{at("2023-02-28T10:00")}), "ok");
    EXPECT_EQ(due(), "2023-03-02T10:00") << "two working days stood still";
    EXPECT_TRUE(explains("calendar.trace_paused"));
    EXPECT_EQ(happen(DeadlinePaused{at("2023-03-01T10:00"), "asked_agency"}), "ok");
    EXPECT_EQ(happen(DeadlineResumed{at("2023-03-01T11:00")}), "ok");
    EXPECT_EQ(due(), "2023-03-02T11:00");
}

TEST_F(DeadlineTest, APauseAfterTheTimeIsUpChangesNothing) {
    start("2023-02-23T10:00", hours(1));
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-23T14:00"), "awaiting_payment"}), "ok");
    EXPECT_EQ(due(), "2023-02-23T11:00");
}

TEST_F(DeadlineTest, ASupplementRestartsFromZero) {
    start("2023-02-23T10:00", working_days(3));
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-27T09:00"), "awaiting_supplement"}), "ok");
    EXPECT_EQ(happen(DeadlineRestarted{at("2023-03-06T14:00")}), "ok");
    EXPECT_EQ(due(), "2023-03-09T14:00");
    EXPECT_TRUE(explains("calendar.trace_restarted"));
    EXPECT_EQ(deadline.restarts, 1);
    EXPECT_EQ(deadline.received_at, at("2023-02-23T10:00"));
}

TEST_F(DeadlineTest, EventsInTheWrongOrder) {
    start("2023-02-23T10:00", working_days(3));
    EXPECT_EQ(happen(DeadlineResumed{at("2023-02-24T10:00")}), "calendar.not_paused");
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-23T09:00"), "x"}), "calendar.event_out_of_order");
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-24T10:00"), "x"}), "ok");
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-24T11:00"), "x"}), "calendar.already_paused");
    EXPECT_EQ(happen(DeadlineResumed{at("2023-02-24T09:00")}), "calendar.event_out_of_order");
    EXPECT_EQ(happen(DeadlineResumed{at("2101-02-24T09:00")}), "calendar.out_of_range");
    EXPECT_EQ(happen(DeadlineRestarted{at("2023-02-24T09:00")}), "calendar.event_out_of_order");
    EXPECT_EQ(happen(DeadlineResumed{at("2023-02-24T10:00")}), "ok");
    EXPECT_EQ(due(), "2023-02-28T10:00");
    EXPECT_EQ(happen(DeadlineStarted{at("2023-02-24T09:00"), {}, {}}), "calendar.limit_missing");
}

TEST_F(DeadlineTest, ExtendedOnceWithAnApology) {
    start("2023-02-23T10:00", working_days(3));  // due Tuesday 28 February 10:00
    auto extend = [&](std::string_view when, std::string_view to) {
        return happen(DeadlineExtended{at(when), at(to), "inspection"});
    };
    EXPECT_EQ(extend("2023-02-24T10:00", "2023-02-28T10:00"), "calendar.extension_not_later");
    EXPECT_EQ(extend("2023-02-28T08:00", "2023-03-06T10:00"), "calendar.extension_too_late");
    EXPECT_EQ(extend("2023-02-27T16:00", "2023-03-04T10:00"), "calendar.extension_day_off");
    EXPECT_EQ(extend("2023-02-27T16:00", "2103-03-04T10:00"), "calendar.extension_day_off");
    EXPECT_EQ(extend("2023-02-27T16:00", "2023-03-06T10:00"), "ok");
    EXPECT_EQ(due(), "2023-03-06T10:00");
    EXPECT_TRUE(explains("calendar.trace_extended"));
    EXPECT_EQ(extend("2023-03-01T16:00", "2023-03-16T10:00"), "calendar.extended_before");
    EXPECT_EQ(happen(DeadlinePaused{at("2023-03-02T10:00"), "x"}), "ok");
    EXPECT_EQ(due(), "paused");
    EXPECT_EQ(happen(DeadlineResumed{at("2023-03-03T10:00")}), "ok");
    EXPECT_EQ(due(), "2023-03-07T10:00") << "the new date moves with the pause";
    EXPECT_EQ(happen(DeadlineRestarted{at("2023-03-06T10:00")}), "ok");
    EXPECT_EQ(due(), "2023-03-09T10:00");
    EXPECT_EQ(extend("2023-03-07T10:00", "2023-03-20T10:00"), "calendar.extended_before") << "still once a dossier";
}

TEST_F(DeadlineTest, NotExtendedWhilePaused) {
    start("2023-02-23T10:00", working_days(3));
    EXPECT_EQ(happen(DeadlinePaused{at("2023-02-24T10:00"), "x"}), "ok");
    EXPECT_EQ(happen(DeadlineExtended{at("2023-02-24T10:00"), at("2023-03-06T10:00"), "x"}),
              "calendar.extension_while_paused");
}

TEST_F(DeadlineTest, ProgressAndTimeliness) {
    start("2023-02-23T10:00", working_days(3));
    auto standing = [&](std::string_view now) {
        auto p = progress(*calendar, deadline, at(now), working_days(1)).value();
        return std::string(to_text(p.standing)) + " " + std::to_string(p.remaining_minutes);
    };
    EXPECT_EQ(standing("2023-02-24T10:00"), "in_time 960");
    EXPECT_EQ(standing("2023-02-27T10:00"), "due_soon 480");
    EXPECT_EQ(standing("2023-02-28T10:00"), "due_soon 0");
    EXPECT_EQ(standing("2023-02-28T10:01"), "late -1");
    EXPECT_EQ(standing("2023-03-01T10:00"), "late -480");
    apply(deadline, DeadlinePaused{at("2023-02-27T10:00"), "x"});
    EXPECT_EQ(standing("2023-03-27T10:00"), "paused 480");
    EXPECT_EQ(timeliness_of(at("2023-02-28T10:00"), at("2023-02-27T23:00")), Timeliness::early);
    EXPECT_EQ(timeliness_of(at("2023-02-28T10:00"), at("2023-02-28T08:00")), Timeliness::on_time);
    EXPECT_EQ(timeliness_of(at("2023-02-28T10:00"), at("2023-02-28T10:00")), Timeliness::on_time);
    EXPECT_EQ(timeliness_of(at("2023-02-28T10:00"), at("2023-02-28T10:01")), Timeliness::late);
}

TEST_F(DeadlineTest, WarningsComeInWorkingTime) {
    auto warn = [&](std::string_view due_at, Limit before) {
        auto time = warning_time(*calendar, at(due_at), before);
        return time ? format_local(*time) : time.error().reason;
    };
    EXPECT_EQ(warn("2023-02-28T10:00", working_days(1)), "2023-02-27T10:00");
    EXPECT_EQ(warn("2023-02-27T08:00", hours(2)), "2023-02-24T16:00");
    EXPECT_EQ(warn("2023-02-27T09:00", hours(2)), "2023-02-27T07:00") << "not Friday 17:00";
    EXPECT_EQ(warn("2023-02-28T10:00", hours(0)), "2023-02-28T10:00");
    EXPECT_EQ(warn("2023-02-28T17:00", hours(0)), "2023-02-28T17:00");
    EXPECT_EQ(warn("2023-05-04T23:59", days(2)), "2023-05-02T23:59");
    EXPECT_EQ(warn("2023-03-31T23:59", months(1)), "2023-02-28T23:59");
    EXPECT_EQ(warn("2018-01-02T08:00", working_days(9)), "calendar.out_of_range");
    EXPECT_EQ(warn("2023-02-28T17:00", {500, TimeUnit::day}), "calendar.fraction_not_whole");
    EXPECT_EQ(warn("2023-02-28T17:00", {-500, TimeUnit::day}), "calendar.amount_invalid");
    EXPECT_EQ(extension_notice_latest(at("2023-02-28T17:00")), day("2023-02-27"));
}

TEST_F(DeadlineTest, PaperIsForwardedTheSameDayOrTheNextMorning) {
    auto forward = [&](std::string_view received) {
        return format_local(forwarding_due(*calendar, at(received)).value());
    };
    EXPECT_EQ(forward("2023-02-23T09:00"), "2023-02-23T17:00");
    EXPECT_EQ(forward("2023-02-23T15:00"), "2023-02-23T17:00");
    EXPECT_EQ(forward("2023-02-23T15:01"), "2023-02-24T07:00");
    EXPECT_EQ(forward("2023-02-24T16:00"), "2023-02-27T07:00");
    EXPECT_EQ(forward("2023-02-25T09:00"), "2023-02-27T07:00");
    EXPECT_EQ(forwarding_due(*calendar, at("2101-01-01")).error().reason, "calendar.out_of_range");
}

TEST_F(DeadlineTest, StepsStayInsideTheDossier) {
    LocalMinute start_at = at("2023-02-23T07:00");
    LocalMinute whole = due_time(*calendar, start_at, working_days(3)).value();
    auto plan = plan_steps(*calendar, start_at, std::vector{working_days(0.5), working_days(2), hours(4)}, {}, whole);
    ASSERT_TRUE(plan);
    EXPECT_EQ(format_local((*plan)[0].due), "2023-02-23T11:00");
    EXPECT_EQ(format_local((*plan)[1].due), "2023-02-27T11:00");
    EXPECT_EQ((*plan)[2].due, whole);
    EXPECT_FALSE((*plan)[2].cut);
    EXPECT_EQ(step_due(*calendar, at("2023-02-27T15:00"), hours(4), {}, whole).value(), whole);
    EXPECT_EQ(format_local(step_due(*calendar, at("2023-02-27T15:00"), hours(4), {}, std::nullopt).value()),
              "2023-02-28T09:00");
    auto budget = [](std::vector<Limit> steps, std::vector<Limit> limit) {
        auto fits = check_step_budget(steps, limit);
        return fits ? "fits" : fits.error().reason;
    };
    EXPECT_EQ(budget({working_days(0.5), working_days(2), hours(4)}, {working_days(3)}), "fits");
    EXPECT_EQ(budget({working_days(0.5), working_days(2), hours(5)}, {working_days(3)}), "calendar.steps_exceed_limit");
    EXPECT_EQ(budget({days(3), days(4)}, {days(7)}), "fits");
    EXPECT_EQ(budget({days(3), days(5)}, {days(7)}), "calendar.steps_exceed_limit");
    EXPECT_EQ(budget({days(28)}, {months(1)}), "fits");
    EXPECT_EQ(budget({days(29)}, {months(1)}), "calendar.steps_exceed_limit");
    EXPECT_EQ(budget({working_days(3)}, {days(7)}), "calendar.steps_unit_differs");
}

TEST_F(DeadlineTest, ALateNoticeMovesOpenDeadlines) {
    auto notice = read_notice(R"({"id": "late", "document": {"number": "99/TB"}, "days_off": {"2028-10-04":
        {"kind": "swapped_off", "in_place_of": "2028-10-07"}},
        "makeup_workdays": [{"day": "2028-10-07", "in_place_of": "2028-10-04"}]})");
    ASSERT_TRUE(notice);
    auto after = calendar->with_notice(*notice).value();
    EXPECT_EQ(changed_days(*calendar, *after), (std::vector{day("2028-10-04"), day("2028-10-07")}));
    std::vector<Deadline> open(5);
    apply(open[0], DeadlineStarted{at("2028-10-03T10:00"), {working_days(1)}, {}});   // due in the closed day
    apply(open[1], DeadlineStarted{at("2028-10-03T10:00"), {working_days(10)}, {}});  // the Saturday makes up for it
    apply(open[2], DeadlineStarted{at("2028-10-03T10:00"), {hours(1)}, {}});          // over before
    apply(open[3], DeadlineStarted{at("2028-10-01T10:00"), {days(3)}, {}});           // last day now off
    apply(open[4], DeadlineStarted{at("2028-10-03T10:00"), {working_days(1)}, {}});
    apply(open[4], DeadlinePaused{at("2028-10-03T11:00"), "x"});
    auto moved = moved_deadlines(*calendar, *after, open);
    ASSERT_TRUE(moved);
    ASSERT_EQ(moved->size(), 2u);
    EXPECT_EQ((*moved)[0].index, 0u);
    EXPECT_EQ(format_local((*moved)[0].before), "2028-10-04T10:00");
    EXPECT_EQ(format_local((*moved)[0].after), "2028-10-05T10:00");
    EXPECT_EQ((*moved)[1].index, 3u);
    EXPECT_EQ(format_local((*moved)[1].after), "2028-10-05T23:59");
}

TEST_F(DeadlineTest, AnExtendedDateMovesWhenItBecomesADayOff) {
    start("2028-10-02T10:00", working_days(1));
    // told on 2 October for a due day of 3 October
    EXPECT_EQ(happen(DeadlineExtended{at("2028-10-02T11:00"), at("2028-10-04T10:00"), "x"}), "ok");
    auto notice = read_notice(R"({"days_off": {"2028-10-04": "closed"}})");
    calendar = calendar->with_notice(*notice).value();
    EXPECT_EQ(due(), "2028-10-05T10:00");
}

TEST_F(DeadlineTest, StatutoryTerms) {
    EXPECT_EQ(statutory_limit(RuleSet::nd118, Statutory::online_answer), hours(8));
    EXPECT_EQ(statutory_limit(RuleSet::nd61, Statutory::supplement_notice), working_days(3));
    EXPECT_EQ(statutory_limit(RuleSet::nd118, Statutory::supplement_closing), days(15));
    EXPECT_EQ(statutory_limit(RuleSet::nd107, Statutory::supplement_closing), std::nullopt);
    EXPECT_EQ(statutory_limit(RuleSet::nd118, Statutory::correction), working_days(3));
}

}  // namespace
}  // namespace motcua::calendar
