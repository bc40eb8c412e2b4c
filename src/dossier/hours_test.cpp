// Whose working hours a date is counted in: the receiving unit's, the competent unit's, those of the unit that acts.
#include "dossier/test_world.hpp"

namespace motcua::dossier {
namespace {

std::string text(Instant t) { return format_local(to_local(t)); }
std::string due_of(const Dossier& d) { return text(d.clock->due); }
Dossier must(Result<Dossier> answer) {
    if (!answer) throw std::runtime_error(answer.error().reason);
    return std::move(*answer);
}
const std::vector<organisation::CalendarChoice> saturdays{{"saturday-morning", {}}};

TEST(Hours, TheCompetentUnitsCalendarCounts) {
    TestWorld world("2023-02-24T15:30");  // a Friday
    EXPECT_EQ(due_of(must(world.receive_at_counter())), "2023-03-01T15:30");
    world.set_hours(world.unit_named("Xã Đông Yên"), saturdays);
    Dossier d = must(world.receive_at_counter());
    // 1.5 h on Friday, 4 h on Saturday, 8 h each on Monday and Tuesday, 2.5 h on Wednesday
    EXPECT_EQ(due_of(d), "2023-03-01T09:30");
    EXPECT_EQ(d.clock->calendar, "saturday-morning@0");
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
}

TEST(Hours, AnotherUnitMayReceive) {
    TestWorld world("2023-02-24T15:30");
    world.set_hours(world.unit_named("Xã Đông Thái"), saturdays);  // receives, but does not settle
    EXPECT_EQ(due_of(must(world.receive_at_counter("Xã Đông Thái"))), "2023-03-01T15:30");
}

TEST(Hours, AUnitAboveNamesThemForAllBelow) {
    TestWorld world("2023-02-24T15:30");
    world.set_hours(world.unit_named("Tỉnh Kiên Giang"), saturdays);
    EXPECT_EQ(due_of(must(world.receive_at_counter())), "2023-03-01T09:30");
    world.set_hours(world.unit_named("Xã Đông Yên"), {{"vietnam", {}}});
    EXPECT_EQ(due_of(must(world.receive_at_counter())), "2023-03-01T15:30") << "its own choice is nearer";
}

TEST(Hours, AChoiceHoldsOnItsDaysAndADossierKeepsIts) {
    TestWorld world("2023-02-24T15:30");
    UnitId commune = world.unit_named("Xã Đông Yên");
    world.set_hours(commune, {{"saturday-morning", {.to = *parse_day("2023-03-01")}}});
    Dossier before = must(world.receive_at_counter());
    EXPECT_EQ(due_of(before), "2023-03-01T09:30");
    world.go_to("2023-02-24T16:00");
    Dossier asked = must(world.run(before, RequestSupplement{{"giấy"}, "thiếu"}));
    world.go_to("2023-03-03T15:30");
    EXPECT_EQ(due_of(must(world.receive_at_counter())), "2023-03-08T15:30");
    world.set_hours(commune, {});
    Dossier again = must(world.run(asked, AcceptSupplement{}));
    EXPECT_EQ(due_of(again), "2023-03-08T09:30") << "counted again in the hours chosen on the day of reception";
}

TEST(Hours, WhetherItCameInTimeForTodayIsTheReceivingUnitsMatter) {
    TestWorld world("2023-02-25T09:00");  // a Saturday
    EXPECT_EQ(due_of(must(world.receive_at_counter("Xã Đông Yên", "1.000002"))), "2023-02-27T17:00");
    world.set_hours(world.unit_named("Xã Đông Yên"), saturdays);
    EXPECT_EQ(due_of(must(world.receive_at_counter("Xã Đông Yên", "1.000002"))), "2023-02-25T11:00");
    // Brought to a desk that is closed on Saturdays: it counts from that desk's Monday.
    Dossier elsewhere = must(world.receive_at_counter("Xã Đông Thái", "1.000002"));
    EXPECT_EQ(due_of(elsewhere), "2023-02-27T17:00");
    EXPECT_EQ(format_local(elsewhere.clock->count.received_at), "2023-02-25T09:00");
    auto explained = world.service->explain(elsewhere);
    ASSERT_TRUE(explained);
    EXPECT_EQ(explained->trace.notes.at(1).reason, "calendar.trace_put_off");
    EXPECT_EQ(explained->trace.received, elsewhere.clock->count.received_at);
    // The desk is open on Saturdays, the competent unit is not.
    world.set_hours(world.unit_named("Xã Đông Yên"), {});
    world.set_hours(world.unit_named("Xã Đông Thái"), saturdays);
    EXPECT_EQ(due_of(must(world.receive_at_counter("Xã Đông Thái", "1.000002"))), "2023-02-27T17:00");
}

TEST(Hours, AnOnlineDossierIsAnsweredInTheHoursOfItsReception) {
    TestWorld world("2025-07-04T16:00");  // a Friday
    UnitId commune = world.unit_named("Xã An Biên");
    auto filed = [&] {
        return must(world.open("1.000001", {OpenDraft{Channel::online, PersonId{3}, TestWorld::content()}, Submit{}}));
    };
    EXPECT_EQ(text(filed().tasks.at(0).due), "2025-07-07T16:00");
    world.set_hours(commune, saturdays);
    EXPECT_EQ(text(filed().tasks.at(0).due), "2025-07-07T10:00");
}

TEST(Hours, AStepAndAnOpinionAreDueInTheHoursOfTheUnitThatActs) {
    TestWorld world("2023-02-24T15:30");
    world.set_hours(world.unit_named("Xã Đông Thái"), saturdays);
    Dossier d = must(world.receive_at_counter());
    const Instant step_due = d.tasks.at(0).due;
    d = must(world.run(
        d, RequestOpinion{world.unit_named("Xã Đông Thái"), "ý kiến", {4000, calendar::TimeUnit::working_hour}}));
    EXPECT_EQ(text(d.opinions.at(0).due), "2023-02-25T09:30");
    EXPECT_EQ(d.tasks.at(0).due, step_due);
    world.set_hours(world.unit_named("Xã Đông Yên"), saturdays);
    Dossier sooner = must(world.receive_at_counter());
    EXPECT_LT(sooner.tasks.at(0).due, step_due);
    EXPECT_LE(sooner.tasks.at(0).due, sooner.clock->due);
}

TEST(Hours, TheExplanationNamesUnitAndHours) {
    TestWorld world("2023-02-24T15:30");
    world.set_hours(world.unit_named("Xã Đông Yên"), saturdays);
    auto explained = world.service->explain(must(world.receive_at_counter()));
    ASSERT_TRUE(explained);
    const calendar::Note& first = explained->trace.notes.at(0);
    EXPECT_EQ(first.reason, "dossier.trace_hours");
    auto params = calendar::params_in(Lang::vi, first);
    EXPECT_EQ(params.at(0).value, "Ủy ban nhân dân xã Đông Yên");
    EXPECT_EQ(params.at(1).value, "Đơn vị tiếp nhận cả sáng thứ Bảy");
    EXPECT_EQ(explained->trace.calendar_id, "saturday-morning");
}

}  // namespace
}  // namespace motcua::dossier
