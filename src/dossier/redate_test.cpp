// A notice announced late: which open dossiers it moves, once each, however often it is broken off.
#include "dossier/redate.hpp"

#include "dossier/test_world.hpp"

namespace motcua::dossier {
namespace {

std::string text(Instant t) { return format_local(to_local(t)); }
std::string due_of(const Dossier& d) { return text(d.clock->due); }
Dossier must(Result<Dossier> answer) {
    if (!answer) throw std::runtime_error(answer.error().reason);
    return std::move(*answer);
}

constexpr std::string_view swapped =
    R"({"document": {"number": "12/TB-BNV", "date": "2023-02-24"},
        "days_off": {"2023-02-27": {"name": "Nghỉ hoán đổi", "kind": "swapped_off", "in_place_of": "2023-03-04"}},
        "makeup_workdays": [{"day": "2023-03-04", "in_place_of": "2023-02-27"}]})";

class Redate : public testing::Test {
  protected:
    Dossier again(const Dossier& d) { return must(get_dossier(*world.database().reader(), d.id)); }
    RedateReport apply(definitions::LateNotice& notice) {
        auto report = apply_notice(world.database(), world.committer(), *world.service, notice, world.meta("system"));
        EXPECT_TRUE(report) << report.error().reason;
        return *report;
    }
    std::vector<MovedDossier> moved(const definitions::LateNotice& notice) {
        return list_moved(*world.database().reader(), notice, 0, 1'000'000);
    }

    TestWorld world;  // Thursday 2023-02-23 10:15
};

TEST_F(Redate, MovesTheDueTimeAndTheStepsOfWhatItTouches) {
    Dossier touched = must(world.receive_at_counter());  // 3 working days: until Tuesday 28th, 10:15
    const Instant step = touched.tasks.at(0).due;
    world.go_to("2023-02-24T09:00");
    auto notice = world.announce(swapped);
    auto report = apply(notice);
    EXPECT_EQ(report.examined, 1);
    EXPECT_EQ(report.moved, 1);
    Dossier after = again(touched);
    EXPECT_EQ(due_of(after), "2023-03-01T10:15");
    EXPECT_EQ(text(after.clock->original), "2023-02-28T10:15") << "the first appointment stays on record";
    EXPECT_EQ(after.clock->calendar, "vietnam@1");
    EXPECT_GT(after.tasks.at(0).due, step);
    EXPECT_LE(after.tasks.at(0).due, after.clock->due);
    EXPECT_TRUE(world.wrong_rows(after.id).empty());
    WorklistQuery query;
    query.units = {after.competent_unit};
    EXPECT_EQ(list_tasks(*world.database().reader(), query).at(0).task.due, after.tasks.at(0).due);
    auto explained = world.service->explain(after);
    ASSERT_TRUE(explained);
    auto day = std::ranges::find(explained->trace.skipped, *parse_day("2023-02-27"), &calendar::SkippedDay::day);
    ASSERT_NE(day, explained->trace.skipped.end());
    EXPECT_EQ(day->document.number, "12/TB-BNV");

    auto list = moved(notice);
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].code, touched.code);
    EXPECT_EQ(text(*list[0].old_due), "2023-02-28T10:15");
    EXPECT_EQ(text(*list[0].new_due), "2023-03-01T10:15");
    EXPECT_EQ(list[0].tasks, 1);
    EXPECT_TRUE(notice.applied);
    EXPECT_EQ(notice.moved, 1);
}

TEST_F(Redate, LeavesAloneWhatItDoesNotTouch) {
    Dossier early = must(world.receive_at_counter());  // due on the 28th
    Dossier done = must(world.finish(must(world.receive_at_counter())));
    Dossier withdrawn = must(world.run(must(world.receive_at_counter()), Withdraw{"thôi"}));
    world.go_to("2023-02-24T09:00");
    auto notice =
        world.announce(R"({"document": {"number": "11/TB-BNV", "date": "2023-02-24"}, "days_off": ["2023-03-20"]})");
    EXPECT_EQ(apply(notice).moved, 0);
    EXPECT_TRUE(moved(notice).empty());
    for (const Dossier& d : {early, done, withdrawn}) EXPECT_TRUE(again(d) == d);
    EXPECT_EQ(again(early).clock->calendar, "vietnam@0");
}

TEST_F(Redate, APausedClockTakesTheNewCalendarWhenItGoesOn) {
    Dossier d = must(world.receive_at_counter());
    world.go_to("2023-02-23T16:00");
    d = must(world.run(d, RequestPayment{{{"Thuế", Dong{1000}, false, "", ""}}}));
    world.go_to("2023-02-24T09:00");
    auto notice = world.announce(swapped);
    auto report = apply(notice);
    EXPECT_EQ(report.moved, 0);
    EXPECT_EQ(report.standing, 1);
    EXPECT_TRUE(again(d) == d);
    world.go_to("2023-02-24T16:00");
    d = must(world.run(d, RecordPayment{"cash", "1"}));
    // 225 minutes were counted on Thursday; 60 on Friday, none on the 27th, 480 on the 28th and 480 on 1 March
    EXPECT_EQ(due_of(d), "2023-03-02T10:15");
    EXPECT_EQ(d.clock->calendar, "vietnam@1");
}

TEST_F(Redate, AnExtendedDateMovesOnlyWhenItsDayIsOff) {
    Dossier kept =
        must(world.run(must(world.receive_at_counter()), Extend{"bận", to_instant(*parse_local("2023-03-02T10:00"))}));
    Dossier off =
        must(world.run(must(world.receive_at_counter()), Extend{"bận", to_instant(*parse_local("2023-03-03T10:00"))}));
    world.go_to("2023-02-24T09:00");
    auto notice = world.announce(
        R"({"document": {"number": "13/TB-BNV", "date": "2023-02-24"}, "days_off": ["2023-02-27", "2023-03-03"]})");
    apply(notice);
    EXPECT_EQ(due_of(again(kept)), "2023-03-02T10:00");
    EXPECT_EQ(due_of(again(off)), "2023-03-06T10:00");
}

TEST_F(Redate, WhatIsLateCanComeOutInTimeButNothingBecomesLate) {
    Dossier late = must(world.receive_at_counter());  // due on the 28th, 10:15
    world.go_to("2023-02-28T15:00");
    auto off =
        world.announce(R"({"document": {"number": "14/TB-BNV", "date": "2023-02-28"}, "days_off": ["2023-02-27"]})");
    EXPECT_TRUE(again(late).is_late(world.clock.now()));
    apply(off);
    EXPECT_EQ(due_of(again(late)), "2023-03-01T10:15");
    EXPECT_FALSE(again(late).is_late(world.clock.now()));
    // The office is told afterwards that Sunday the 26th was worked: what is due now would have been due yesterday.
    auto on = world.announce(
        R"({"document": {"number": "15/TB-BNV", "date": "2023-02-28"}, "makeup_workdays": ["2023-02-26"]})");
    apply(on);
    EXPECT_EQ(due_of(again(late)), "2023-03-01T10:15");
}

TEST_F(Redate, AnswersToOnlineDossiersAndSupplementsMoveToo) {
    world.go_to("2023-02-24T10:00");
    Dossier filed =
        must(world.open("1.000001", {OpenDraft{Channel::online, PersonId{3}, TestWorld::content()}, Submit{}}));
    Dossier asked = must(world.run(must(world.receive_at_counter()), RequestSupplement{{"giấy"}, "thiếu"}));
    const std::string closes = text(asked.tasks.at(0).due);
    auto notice = world.announce(
        R"({"document": {"number": "16/TB-BNV", "date": "2023-02-24"}, "days_off": ["2023-02-27", "2023-03-13"]})");
    apply(notice);
    EXPECT_EQ(text(again(filed).tasks.at(0).due), "2023-02-28T10:00");
    EXPECT_EQ(closes, "2023-03-13T23:59");
    EXPECT_EQ(text(again(asked).tasks.at(0).due), "2023-03-14T23:59");
    EXPECT_EQ(moved(notice).size(), 2u);
    EXPECT_TRUE(world.wrong_rows(filed.id).empty());
    EXPECT_TRUE(world.wrong_rows(asked.id).empty());
}

TEST_F(Redate, OpinionsAndTimersThatCountWorkingTimeMoveToo) {
    world.use_process(
        R"(<startEvent id="start"/><endEvent id="end"/><userTask id="appraise" name="Thẩm định" motcua:role="processor"/>
           <boundaryEvent id="remind" attachedToRef="appraise" cancelActivity="false">
             <timerEventDefinition motcua:limit="2 working_day"/></boundaryEvent>
           <userTask id="hurry" name="Nhắc" motcua:role="head_of_division"/>
           <sequenceFlow id="f1" sourceRef="start" targetRef="appraise"/>
           <sequenceFlow id="f2" sourceRef="appraise" targetRef="end"/>
           <sequenceFlow id="f3" sourceRef="remind" targetRef="hurry"/>
           <sequenceFlow id="f4" sourceRef="hurry" targetRef="end"/>)");
    Dossier d = must(world.receive_at_counter());
    d = must(world.run(
        d, RequestOpinion{world.unit_named("Xã Đông Thái"), "ý kiến", {2000, calendar::TimeUnit::working_day}}));
    ASSERT_EQ(d.pending.size(), 1u);
    EXPECT_EQ(text(*d.pending[0].due), "2023-02-27T10:15");
    EXPECT_EQ(text(d.opinions.at(0).due), "2023-02-27T10:15");
    world.go_to("2023-02-24T09:00");
    auto notice = world.announce(swapped);
    apply(notice);
    d = again(d);
    EXPECT_EQ(text(*d.pending[0].due), "2023-02-28T10:15");
    EXPECT_EQ(text(d.opinions.at(0).due), "2023-02-28T10:15");
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
    world.go_to("2023-02-27T16:00");
    EXPECT_EQ(world.work(), 0);
    world.go_to("2023-02-28T10:15");
    EXPECT_EQ(world.work(), 1);
}

TEST_F(Redate, ARehearsalWritesNothing) {
    Dossier d = must(world.receive_at_counter());
    world.go_to("2023-02-24T09:00");
    auto notice = world.announce(swapped);
    auto position = world.committer().last_position();
    RedateReport report;
    auto list = rehearse_move(world.database(), *world.service, notice, world.meta("system"), report);
    ASSERT_TRUE(list);
    ASSERT_EQ(list->size(), 1u);
    EXPECT_EQ(text(*list->at(0).new_due), "2023-03-01T10:15");
    EXPECT_EQ(report.moved, 1);
    EXPECT_EQ(world.committer().last_position(), position);
    EXPECT_TRUE(again(d) == d);
}

TEST_F(Redate, BrokenOffItGoesOnAndEveryDossierMovesOnce) {
    constexpr int dossiers = 600;  // more than two groups
    for (int i = 0; i < dossiers; ++i) must(world.receive_at_counter());
    world.go_to("2023-02-24T09:00");
    auto notice = world.announce(swapped);
    int asked = 0;
    auto stop_after_one = [&] { return asked++ == 1; };
    auto first =
        apply_notice(world.database(), world.committer(), *world.service, notice, world.meta("system"), stop_after_one);
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->finished);
    EXPECT_EQ(first->moved, std::int64_t{ledger::commit_group_max});
    ASSERT_EQ(definitions::list_open_notices(*world.database().reader()).size(), 1u) << "still to be applied";

    auto rest = apply(notice);
    EXPECT_EQ(rest.moved, dossiers - std::int64_t{ledger::commit_group_max});
    EXPECT_EQ(notice.moved, dossiers);
    auto list = moved(notice);
    EXPECT_EQ(list.size(), std::size_t{dossiers}) << "the list is whole";
    std::set<DossierId> once;
    for (const MovedDossier& each : list) EXPECT_TRUE(once.insert(each.id).second);
    EXPECT_EQ(apply(notice).moved, 0) << "again changes nothing";
    EXPECT_TRUE(ledger::check_ledger(world.database()).empty());
    EXPECT_TRUE(definitions::check_notices(world.database()).empty());
}

}  // namespace
}  // namespace motcua::dossier
