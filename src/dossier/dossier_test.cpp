#include "dossier/signing.hpp"
#include "dossier/test_world.hpp"
#include "identity/account_rows.hpp"

namespace motcua::dossier {
namespace {

std::string due_of(const Dossier& d) { return format_local(to_local(d.clock->due)); }
/// The value, or a failing test that names the refusal.
Dossier must(Result<Dossier> answer) {
    if (!answer) throw std::runtime_error(answer.error().reason);
    return std::move(*answer);
}
std::string refusal(const Result<Dossier>& answer) { return answer ? "(accepted)" : answer.error().reason; }
#define ASSERT_OK(answer) ASSERT_TRUE(answer) << (answer).error().reason

TEST(Reception, GivesCodeDueTimeProcessAndCompetentUnitWithReason) {
    TestWorld world;
    auto d = world.receive_at_counter();
    ASSERT_OK(d);
    EXPECT_EQ(d->status, Status::received);
    EXPECT_TRUE(d->code.starts_with("000.")) << d->code;  // before 07/2025: right to left
    EXPECT_NE(d->code.find("-230223-0001"), std::string::npos) << d->code;
    EXPECT_EQ(due_of(*d), "2023-02-28T10:15");
    EXPECT_EQ(d->rules, RuleSet::nd61 == *d->rules ? RuleSet::nd61 : RuleSet::nd107);
    EXPECT_EQ(world.directory->find(d->competent_unit)->name, "Xã Đông Yên");
    EXPECT_FALSE(d->grounds.empty());
    ASSERT_EQ(d->tasks.size(), 1u);
    EXPECT_EQ(d->tasks[0].element, "appraise");
    EXPECT_EQ(d->tasks[0].unit, d->competent_unit);
    EXPECT_LE(d->tasks[0].due, d->clock->due);
    EXPECT_TRUE(world.wrong_rows(d->id).empty());
}

TEST(Reception, SerialCountsUpWithinAgencyAndDay) {
    TestWorld world;
    ASSERT_OK(world.receive_at_counter());
    auto second = world.receive_at_counter();
    ASSERT_OK(second);
    EXPECT_TRUE(second->code.ends_with("-230223-0002")) << second->code;
    world.go_to("2023-02-24T08:00");
    auto next_day = world.receive_at_counter();
    ASSERT_OK(next_day);
    EXPECT_TRUE(next_day->code.ends_with("-230224-0001")) << next_day->code;
}

TEST(Reception, AnyUnitReceivesAndTheCompetentOneIsComputed) {
    TestWorld world("2025-07-02T08:00");
    auto d = world.receive_at_counter("Phường Rạch Giá");
    ASSERT_OK(d);
    EXPECT_EQ(d->receiving_unit, world.unit_named("Phường Rạch Giá"));
    EXPECT_EQ(world.directory->find(d->competent_unit)->name, "Xã An Biên");  // took over from Đông Yên
    EXPECT_EQ(d->rules, RuleSet::nd118);
    EXPECT_TRUE(d->code.starts_with("H01")) << d->code;
}

TEST(Reception, SameDayProcedureAfterFifteenOClockIsDueTheNextDay) {
    TestWorld world("2023-02-23T15:01");
    auto d = world.receive_at_counter("Xã Đông Yên", "1.000002");
    ASSERT_OK(d);
    EXPECT_EQ(due_of(*d), "2023-02-24T17:00");
}

TEST(Reception, NeedsTheRequiredPapers) {
    TestWorld world;
    Content bare = TestWorld::content();
    bare.components->clear();
    auto d = world.open("1.000001", {OpenDraft{Channel::counter, {}, {}}, Submit{bare},
                                     Receive{world.unit_named("Xã Đông Yên"), {}, {}}});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().reason, "dossier.components_missing");
    EXPECT_EQ(d.error().fields.at(0).path, "components/KQ000001");
}

TEST(Reception, RefusesUnknownProcedureAndUnitsThatDoNotReceive) {
    TestWorld world;
    EXPECT_EQ(refusal(world.open("9.999999", {OpenDraft{}})), "dossier.procedure_unknown");
    auto at_department = world.open("1.000001", {OpenDraft{Channel::counter, {}, {}}, Submit{TestWorld::content()},
                                                 Receive{world.unit_named("Sở Tư pháp"), {}, {}}});
    EXPECT_EQ(refusal(at_department), "dossier.not_a_reception_point");
}

TEST(Online, IsAnsweredWithinEightWorkingHoursThenReceived) {
    TestWorld world("2023-02-24T15:20");
    auto d = world.open("1.000001", {OpenDraft{Channel::online, PersonId{5}, {}}, Submit{TestWorld::content()}},
                        {.officer = {}, .person = PersonId{5}});
    ASSERT_OK(d);
    EXPECT_EQ(d->status, Status::registered);
    ASSERT_EQ(d->tasks.size(), 1u);
    EXPECT_EQ(d->tasks[0].kind, TaskKind::intake);
    EXPECT_EQ(format_local(to_local(d->tasks[0].due)), "2023-02-27T15:20");
    EXPECT_EQ(world.directory->find(d->tasks[0].unit)->name, "Xã Đông Yên");
    auto received = world.run(*d, Receive{d->receiving_unit, {}, {}});
    ASSERT_OK(received);
    EXPECT_EQ(received->status, Status::received);
}

TEST(Steps, LeadToResultAndReturn) {
    TestWorld world;
    auto d = world.receive_at_counter();
    ASSERT_OK(d);
    auto finished = world.finish(*d);
    ASSERT_OK(finished);
    EXPECT_EQ(finished->status, Status::finished);
    ASSERT_EQ(finished->tasks.size(), 1u);
    EXPECT_EQ(finished->tasks[0].kind, TaskKind::hand_over);
    auto returned = world.run(*finished, ReturnResult{ReturnChannel::counter, "Trần Thị Bé Ba", ""});
    ASSERT_OK(returned);
    EXPECT_EQ(returned->status, Status::returned);
    EXPECT_TRUE(returned->tasks.empty());
    EXPECT_TRUE(world.wrong_rows(d->id).empty());
}

TEST(Steps, TheLastOneNeedsAResult) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}));
    EXPECT_EQ(d.status, Status::processing);
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}));
    auto last = world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}});
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().reason, "dossier.result_required");
    EXPECT_EQ(last.error().code, Errc::conflict);
    bool names_article = false;
    for (const Param& param : last.error().params) names_article |= param.name == "rule_vi" && !param.value.empty();
    EXPECT_TRUE(names_article);
}

TEST(Steps, GoBackWhereTheProcessAllowsIt) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}));
    auto back = world.run(d, ReturnStep{d.tasks[0].id, "appraise", "Thiếu căn cứ"});
    ASSERT_OK(back);
    EXPECT_EQ(back->tasks.at(0).element, "appraise");
    auto not_allowed = world.run(*back, ReturnStep{back->tasks[0].id, "issue", "x"});
    EXPECT_FALSE(not_allowed);
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
}

TEST(Steps, WhoDidOneMayNotDoTheOtherWhereTheProcessSaysSo) {
    TestWorld world;
    std::string xml(test_process);
    const std::string mark = R"(motcua:mayReturnTo="appraise")";
    xml.insert(xml.find(mark), R"(motcua:separateFrom="receive appraise" )");
    world.use_definition("three-steps", xml);
    const OfficerId receiver{501}, processor{502}, approver{503};
    const auto run_as = [&](const Dossier& d, const Command& command, OfficerId officer) -> Result<Dossier> {
        auto session = world.database().reader();
        auto change = TRY(world.service->change(*session, d, {command}, TestWorld::officer(officer.value),
                                                world.meta("officer:" + to_string(officer))));
        return world.commit(std::move(change));
    };
    auto d = must(world.open("1.000001", {OpenDraft{Channel::online, PersonId{5}, {}}, Submit{TestWorld::content()}},
                             {.officer = {}, .person = PersonId{5}}));
    d = must(run_as(d, Receive{d.receiving_unit, {}, {}}, receiver));
    d = must(run_as(d, CompleteStep{d.tasks[0].id, {}, "", {}}, processor));
    ASSERT_EQ(d.tasks.at(0).element, "approve");
    EXPECT_EQ(refusal(run_as(d, CompleteStep{d.tasks[0].id, {}, "", {}}, processor)), "dossier.separation_of_duties");
    EXPECT_EQ(refusal(run_as(d, CompleteStep{d.tasks[0].id, {}, "", {}}, receiver)), "dossier.separation_of_duties");
    // Sending it back is not approving.
    auto back = must(run_as(d, ReturnStep{d.tasks[0].id, "appraise", "Thiếu căn cứ"}, processor));
    back = must(run_as(back, CompleteStep{back.tasks[0].id, {}, "", {}}, processor));
    ASSERT_OK(run_as(back, CompleteStep{back.tasks[0].id, {}, "", {}}, approver));
}

TEST(Steps, ASignatureAsksWhoSignsToProveItAndNothingElseDoes) {
    TestWorld world;
    std::string xml(test_process);
    xml.insert(xml.find(R"(motcua:mayReturnTo="appraise")"), R"(motcua:confirm="true" )");
    world.use_definition("three-steps", xml);
    const ActorFacts proven = TestWorld::officer();
    ActorFacts seen = proven;
    seen.proven = false;
    const ResultDocument granted{Outcome::granted, "", "12/QĐ", "", {}, {}};
    auto d = must(world.receive_at_counter());
    EXPECT_FALSE(is_signature(*world.service, d, d.tasks[0]));
    EXPECT_TRUE(has_signature(*world.service, d));
    const auto early = world.run(d, RecordResult{granted}, seen);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().reason, "session.confirmation_required") << "the word of the authority";
    EXPECT_EQ(early.error().code, Errc::forbidden);
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}, seen));
    ASSERT_EQ(d.tasks.at(0).element, "approve");
    EXPECT_TRUE(is_signature(*world.service, d, d.tasks[0]));
    const auto refused = world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}, seen);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "session.confirmation_required");
    EXPECT_EQ(refused.error().code, Errc::forbidden);
    d = must(world.run(d, ReturnStep{d.tasks[0].id, "appraise", "Thiếu căn cứ"}, seen));  // signs nothing
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}, seen));
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}, proven));
    ASSERT_EQ(d.tasks.at(0).element, "issue");
    EXPECT_FALSE(is_signature(*world.service, d, d.tasks[0]));
    EXPECT_EQ(refusal(world.run(d, CompleteStep{d.tasks[0].id, {}, "", granted}, seen)),
              "session.confirmation_required");
    EXPECT_EQ(refusal(world.run(d, CompleteStep{d.tasks[0].id, {}, "", ResultDocument{}}, seen)),
              "dossier.result_invalid")
        << "what is wrong anyway is said before anybody types a password";
    d = must(world.run(d, CompleteStep{d.tasks[0].id, {}, "", granted}, proven));
    d = must(world.run(d, ReportWrongResult{"Sai tên"}, seen));
    EXPECT_EQ(refusal(world.run(d, CorrectResult{granted}, seen)), "session.confirmation_required");
    ASSERT_OK(world.run(d, CorrectResult{granted}, proven));
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
}

TEST(Steps, AnAssignedTaskIsItsOfficersOwn) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    OfficerId an = world.add_officer("an", "processor", d.competent_unit);
    d = must(world.run(d, AssignTask{d.tasks[0].id, an}));
    EXPECT_EQ(d.status, Status::processing);
    EXPECT_EQ(refusal(world.run(d, AssignTask{d.tasks[0].id, an})), "dossier.already_assigned");
    EXPECT_EQ(refusal(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}})), "dossier.task_of_another");
    ASSERT_OK(world.run(d, CompleteStep{d.tasks[0].id, {}, "", {}}, TestWorld::officer(an.value)));
}

TEST(Steps, AreAssignedOnlyToWhoMayDoThem) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    OfficerId an = world.add_officer("an", "processor", d.competent_unit);
    OfficerId signer = world.add_officer("binh", "approver", d.competent_unit);
    OfficerId elsewhere = world.add_officer("chi", "processor", world.unit_named("Xã Đông Thái"));
    auto assign = [&](OfficerId officer) { return refusal(world.run(d, AssignTask{d.tasks[0].id, officer})); };
    EXPECT_EQ(assign(OfficerId{}), "dossier.officer_missing");
    EXPECT_EQ(assign(OfficerId{42}), "dossier.officer_unknown");
    EXPECT_EQ(assign(signer), "dossier.officer_unfit");
    EXPECT_EQ(assign(elsewhere), "dossier.officer_unfit");
    {
        auto session = world.database().reader();
        auto account = *identity::find_account(*session, identity::AccountId{an.value});
        ASSERT_TRUE(world.committer().commit(identity::make_write_set(
            account, *identity::decide_end_post(account, account.posts[0].id, local_day(world.clock.now())),
            world.meta("system"))));
    }
    EXPECT_EQ(assign(an), "dossier.officer_unfit") << "the post has ended";
    OfficerId dung = world.add_officer("dung", "processor", d.competent_unit);
    {
        auto session = world.database().reader();
        auto account = *identity::find_account(*session, identity::AccountId{dung.value});
        ASSERT_TRUE(world.committer().commit(
            identity::make_write_set(account, *identity::decide_disable(account), world.meta("system"))));
    }
    EXPECT_EQ(assign(dung), "dossier.officer_unfit") << "the account is disabled";
    EXPECT_EQ(assign(world.add_officer("em", "processor", d.competent_unit)), "(accepted)");
}

TEST(Supplement, OnceCompletelyWithinThreeWorkingDaysAndRestartsTheClock) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    world.go_to("2023-02-24T09:00");
    auto asked = world.run(d, RequestSupplement{{"Bản sao giấy chứng sinh"}, "Thiếu giấy chứng sinh"});
    ASSERT_OK(asked);
    EXPECT_EQ(asked->status, Status::awaiting_supplement);
    EXPECT_EQ(asked->tasks.at(0).kind, TaskKind::supplement);
    EXPECT_FALSE(asked->supplements[0].closes);  // Decree 61 knows no closing
    EXPECT_EQ(refusal(world.run(*asked, CloseUnsupplemented{})), "dossier.no_closing_term");
    world.go_to("2023-03-06T08:30");
    auto back = world.run(*asked, AcceptSupplement{});
    ASSERT_OK(back);
    EXPECT_EQ(back->status, Status::processing);
    EXPECT_EQ(due_of(*back), "2023-03-09T08:30");  // from zero
    EXPECT_EQ(back->tasks.at(0).element, "appraise");
    EXPECT_EQ(refusal(world.run(*back, RequestSupplement{{"Nữa"}, "Nữa"})), "dossier.supplement_already_requested");
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
}

TEST(Supplement, IsTooLateAfterThreeWorkingDays) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    world.go_to("2023-02-28T16:59");
    EXPECT_TRUE(world.run(d, RequestSupplement{{"x"}, "y"}));
    auto other = must(world.receive_at_counter());
    world.go_to("2023-03-04T08:00");
    EXPECT_EQ(refusal(world.run(other, RequestSupplement{{"x"}, "y"})), "dossier.supplement_too_late");
}

TEST(Supplement, UnderDecree118IsClosedAfterFifteenDays) {
    TestWorld world("2025-07-07T08:00");
    auto d = must(world.receive_at_counter("Xã An Biên"));
    d = must(world.run(d, RequestSupplement{{"x"}, "y"}));
    ASSERT_TRUE(d.supplements[0].closes);
    EXPECT_EQ(format_day(local_day(*d.supplements[0].closes)), "2025-07-22");
    EXPECT_EQ(refusal(world.run(d, CloseUnsupplemented{})), "dossier.supplement_still_open");
    world.go_to("2025-07-23T00:05");
    auto closed = run_due(world.database(), world.committer(), *world.service, world.clock.now());
    ASSERT_TRUE(closed) << closed.error().reason;
    EXPECT_EQ(*closed, 1);
    auto session = world.database().reader();
    EXPECT_EQ(get_dossier(*session, d.id)->status, Status::stopped);
}

TEST(Payment, StopsTheClockUntilItIsPaid) {
    TestWorld world;
    auto d = must(world.receive_at_counter());  // due 28 Feb 10:15
    world.go_to("2023-02-24T08:00");
    auto asked = world.run(d, RequestPayment{{{"Lệ phí trước bạ", Dong{100000}, false, "", ""}}});
    ASSERT_OK(asked);
    EXPECT_EQ(asked->status, Status::awaiting_payment);
    world.go_to("2023-02-27T08:00");  // one working day later
    auto paid = world.run(*asked, RecordPayment{"cash", "0000123"});
    ASSERT_OK(paid);
    EXPECT_EQ(paid->status, Status::processing);
    EXPECT_EQ(due_of(*paid), "2023-03-01T10:15");
    EXPECT_TRUE(paid->fees.at(0).paid);
    EXPECT_EQ(refusal(world.run(*paid, RecordPayment{"cash", ""})), "dossier.nothing_to_pay");
}

TEST(Extension, OnceADayBeforeTheDate) {
    TestWorld world;
    auto d = must(world.receive_at_counter());  // due Tue 28 Feb
    world.go_to("2023-02-27T16:00");
    Instant new_due = to_instant(*parse_local("2023-03-03T10:15"));
    EXPECT_EQ(refusal(world.run(d, Extend{"Chờ xác minh", to_instant(*parse_local("2023-03-04T10:15"))})),
              "dossier.new_due_not_working");
    EXPECT_EQ(refusal(world.run(d, Extend{"Chờ xác minh", to_instant(*parse_local("2023-02-28T10:00"))})),
              "dossier.new_due_not_later");
    auto extended = world.run(d, Extend{"Chờ xác minh", new_due});
    ASSERT_OK(extended);
    EXPECT_EQ(extended->clock->due, new_due);
    EXPECT_EQ(format_local(to_local(extended->clock->original)), "2023-02-28T10:15");
    EXPECT_EQ(refusal(world.run(*extended, Extend{"Nữa", new_due + std::chrono::hours{72}})),
              "dossier.already_extended");
    auto other = must(world.receive_at_counter());
    world.go_to("2023-03-02T15:59");
    EXPECT_EQ(refusal(world.run(other, Extend{"Muộn", new_due + std::chrono::hours{240}})),
              "dossier.extension_too_late");
}

TEST(Apology, IsOwedOnlyWhenLate) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    EXPECT_EQ(refusal(world.run(d, Apologise{"x", world.clock.now() + std::chrono::hours{1}})), "dossier.not_late");
    world.go_to("2023-03-01T08:00");
    auto sorry = world.run(d, Apologise{"Cán bộ nghỉ ốm", to_instant(*parse_local("2023-03-02T10:00"))});
    ASSERT_OK(sorry);
    EXPECT_EQ(due_of(*sorry), "2023-02-28T10:15");  // the legal due time stays
    EXPECT_TRUE(sorry->apology_at);
}

TEST(Ends, WithdrawStopAndRefuse) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    auto withdrawn = world.run(d, Withdraw{"Không còn nhu cầu"});
    ASSERT_OK(withdrawn);
    EXPECT_EQ(withdrawn->status, Status::withdrawn);
    EXPECT_TRUE(withdrawn->tasks.empty());
    auto stopped = world.run(must(world.receive_at_counter()), Stop{"Tranh chấp đang được tòa án thụ lý"});
    ASSERT_OK(stopped);
    EXPECT_EQ(stopped->status, Status::stopped);
    auto online =
        must(world.open("1.000001", {OpenDraft{Channel::online, PersonId{5}, {}}, Submit{TestWorld::content()}}));
    auto refused = world.run(online, Refuse{"Không thuộc thẩm quyền"});
    ASSERT_OK(refused);
    EXPECT_EQ(refused->status, Status::refused);
    for (const Dossier& closed : {*withdrawn, *stopped, *refused}) {
        EXPECT_EQ(refusal(world.run(closed, Stop{"x"})), "dossier.wrong_state");
        EXPECT_TRUE(world.wrong_rows(closed.id).empty());
    }
}

TEST(Ends, NobodyWithdrawsAfterTheDecision) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    d = must(world.run(d, RecordResult{ResultDocument{Outcome::refused, "", "05/TB", "Không đủ điều kiện", {}, {}}}));
    EXPECT_EQ(refusal(world.run(d, Withdraw{"x"})), "dossier.result_recorded");
}

TEST(Amending, IsPossibleOnlineUntilTheResult) {
    const auto received = [](TestWorld& world, std::string_view commune) {
        const OpenDraft draft{Channel::online, PersonId{5}, {}};
        auto d = must(world.open("1.000001", {draft, Submit{TestWorld::content()}}));
        return must(world.run(d, Receive{world.unit_named(commune), {}, {}}));
    };
    TestWorld world("2026-03-02T08:00");
    auto d = received(world, "Xã An Biên");
    const LegalClock clock = *d.clock;
    Content content = TestWorld::content();
    content.applicant->name = "Lê Thị Sửa";
    content.applicant->phone = "0987000111";
    d = must(world.run(d, Amend{content}));
    EXPECT_EQ(d.applicant.phone, "0987000111");
    EXPECT_EQ(d.amended, world.clock.now());
    EXPECT_EQ(*d.clock, clock) << "the clock runs on";
    EXPECT_TRUE(world.wrong_rows(d.id).empty());

    // What code, limit and process follow from stays.
    auto moved = content;
    moved.applicant->id_number = "091187000999";
    moved.applicant->place = "";
    moved.procedure_case = "khac";
    const auto refused = world.run(d, Amend{moved});
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().fields.size(), 3u);
    for (const FieldError& field : refused.error().fields) EXPECT_EQ(field.reason, "dossier.fixed_by_reception");

    d = must(world.run(d, RecordResult{ResultDocument{Outcome::refused, "", "05/TB", "Không đủ điều kiện", {}, {}}}));
    EXPECT_FALSE(d.is_amendable());
    EXPECT_EQ(refusal(world.run(d, Amend{content})), "dossier.result_recorded");
    EXPECT_EQ(refusal(world.run(must(world.receive_at_counter("Xã An Biên")), Amend{content})),
              "dossier.amend_online_only");

    TestWorld before("2023-02-23T08:00");
    d = received(before, "Xã Đông Yên");
    EXPECT_FALSE(d.is_amendable()) << "Decree 107 ends it with the reception";
    EXPECT_EQ(refusal(before.run(d, Amend{content})), "dossier.wrong_state");
}

TEST(WrongResult, IsCorrectedWithinThreeWorkingDays) {
    TestWorld world;
    auto d = must(world.finish(must(world.receive_at_counter())));
    d = must(world.run(d, ReturnResult{ReturnChannel::counter, "", ""}));
    auto open = world.run(d, ReportWrongResult{"Sai ngày sinh"});
    ASSERT_OK(open);
    EXPECT_EQ(format_local(to_local(open->correction->due)), "2023-02-28T10:15");
    EXPECT_EQ(open->tasks.at(0).kind, TaskKind::correction);
    EXPECT_EQ(refusal(world.run(*open, ReportWrongResult{"x"})), "dossier.correction_open");
    auto right = world.run(*open, CorrectResult{ResultDocument{Outcome::granted, "", "13/QĐ-UBND", "", {}, {}}});
    ASSERT_OK(right);
    ASSERT_EQ(right->tasks.size(), 1u) << "whoever has the wrong result is owed the right one";
    EXPECT_EQ(right->tasks[0].kind, TaskKind::hand_over);
    EXPECT_EQ(right->tasks[0].due, right->correction->due);
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
    const auto first_return = right->returned;
    world.go_to("2023-02-27T09:00");
    auto back = world.run(*right, ReturnResult{ReturnChannel::post, "", "VN123"});
    ASSERT_OK(back);
    EXPECT_EQ(back->status, Status::returned);
    EXPECT_EQ(back->returned, first_return) << "figures keep the first return";
    EXPECT_EQ(back->correction->returned, world.clock.now());
    EXPECT_TRUE(back->tasks.empty());
    EXPECT_TRUE(world.wrong_rows(d.id).empty());
    EXPECT_EQ(refusal(world.run(*back, ReturnResult{ReturnChannel::post, "", ""})), "dossier.wrong_state");
}

TEST(Fees, UnpaidOnesKeepTheResult) {
    TestWorld world;
    auto d = must(world.finish(must(world.receive_at_counter("Xã Đông Yên", "1.000002"))));
    EXPECT_EQ(refusal(world.run(d, ReturnResult{})), "dossier.fee_unpaid");
    d = must(world.run(d, RecordPayment{"cash", "1"}));
    EXPECT_TRUE(world.run(d, ReturnResult{}));
}

TEST(Version, AStaleOneIsRefused) {
    TestWorld world;
    auto d = must(world.receive_at_counter());
    auto session = world.database().reader();
    auto stale = world.service->change(*session, d, {AddNote{"x"}}, TestWorld::officer(), world.meta("officer:1"),
                                       d.head.version - 1);
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().code, Errc::stale);
    EXPECT_EQ(stale.error().reason, "dossier.stale_version");
}

TEST(Own, EachIsSeenOnceNewestFirstUntilEnough) {
    TestWorld world;
    const PersonId owner{77}, other{78};
    constexpr int more_than_one_read = 103;
    for (int i = 0; i < more_than_one_read; ++i)
        must(world.open("1.000001", {OpenDraft{Channel::online, owner, {}}}, {.officer = {}, .person = owner}));
    must(world.open("1.000001", {OpenDraft{Channel::online, other, {}}}, {.officer = {}, .person = other}));
    const auto session = world.database().reader();
    const auto own = list_own(*session, owner, std::nullopt, 1000);
    ASSERT_EQ(own.size(), more_than_one_read);
    const auto ids = [&](std::optional<DossierId> before, std::size_t enough) {
        std::vector<DossierId> seen;
        each_own(*session, owner, before, [&](const Dossier& one) {
            seen.push_back(one.id);
            return seen.size() < enough;
        });
        return seen;
    };
    std::vector<DossierId> all;
    for (const Dossier& one : own) all.push_back(one.id);
    EXPECT_EQ(ids(std::nullopt, all.size() + 1), all);
    EXPECT_EQ(ids(std::nullopt, 2), std::vector(all.begin(), all.begin() + 2));
    EXPECT_EQ(ids(all[100], all.size()), std::vector(all.begin() + 101, all.end()));
}

}  // namespace
}  // namespace motcua::dossier
