// The life of a dossier over the API: every way in, every turn it can take, every way out, as reference
// Decree 118/2025/NĐ-CP has it (and Decree 61/2018 where it differs); what is not possible is refused with its rule.
#include <set>

#include <gtest/gtest.h>

#include "dossier/api_world.hpp"

namespace motcua::dossier {
namespace {

using World = ApiWorld;

std::string text_at(const json::object& object, std::string_view key) { return string_or(object, key); }
const json::object& part(const json::object& object, std::string_view key) {
    const json::object* found = find_object(object, key);
    CHECK(found, "no {} in {}", key, json::serialize(object));
    return *found;
}

TEST(DossierApi, OnlineFromDraftToResult) {
    World world;
    auto made = world.post("lan", "/api/v1/dossiers",
                           {{"procedure", "1.000003"}, {"submit", false}, {"applicant", World::applicant()}});
    ASSERT_EQ(made.status, 201) << made.body;
    auto draft = made.object();
    const std::string id = World::id_of(draft), path = "/api/v1/dossiers/" + id;
    EXPECT_EQ(made.headers.get("location"), path);
    EXPECT_EQ(made.headers.get("etag"), "\"v1\"");
    EXPECT_EQ(World::status_of(draft), "draft");
    EXPECT_FALSE(World::task_of(draft, "complete_draft").empty());
    EXPECT_EQ(world.get("tiepnhan", path).status, 404) << "a draft is its owner's alone";

    // What is missing is named; the file is taken back and given again.
    EXPECT_EQ(world.refused("lan", id, "submit"), "dossier.components_missing");
    auto file = world.upload("lan", id, "KQ000009", "Giấy chứng sinh.pdf", documents::test_files::pdf());
    ASSERT_EQ(file.status, 201) << file.body;
    EXPECT_EQ(text_at(file.object(), "name"), "Giấy chứng sinh.pdf");
    const std::string first = text_at(file.object(), "id");
    EXPECT_EQ(world.client->send("DELETE", path + "/files/" + first, "", world.as("lan")).status, 204);
    EXPECT_EQ(world.client->send("DELETE", path + "/files/" + first, "", world.as("lan")).reason(),
              "dossier.document_unknown");
    EXPECT_EQ(world.get("lan", path + "/files/" + first).reason(), "dossier.document_unknown");
    file = world.upload("lan", id, "KQ000009", "chung-sinh.pdf", documents::test_files::pdf());
    const std::string scan = text_at(file.object(), "id");
    auto saved =
        world.client->send("PUT", path, json::serialize(json::object{{"return_channel", "online"}}), world.as("lan"));
    EXPECT_EQ(saved.status, 200) << saved.body;

    auto filed = world.run("lan", id, "submit", {{"answers", World::answers()}});
    EXPECT_EQ(World::status_of(filed), "registered");
    EXPECT_EQ(text_at(filed, "code"), "");
    EXPECT_EQ(text_at(part(filed, "receiving_unit"), "code"), "H01.233");
    EXPECT_EQ(text_at(World::task_view_of(filed, "intake"), "due_at"), "2026-03-03T08:30:00+07:00")
        << "8 working hours to answer";
    EXPECT_EQ(world.refused("lan", id, "submit"), "dossier.wrong_state");
    EXPECT_EQ(world.client->send("DELETE", path + "/files/" + scan, "", world.as("lan")).status, 409);

    // The owner amends, before reception has answered and after it.
    auto applicant = World::applicant();
    applicant["phone"] = "0987654321";
    auto amended = world.run("lan", id, "amend", {{"applicant", applicant}});
    EXPECT_EQ(text_at(part(amended, "applicant"), "phone"), "0987654321");

    world.go_to("2026-03-02T14:00");
    auto received = world.run("tiepnhan", id, "receive", {{"unit", "H01.233"}});
    EXPECT_EQ(World::status_of(received), "received");
    EXPECT_EQ(text_at(received, "code"), "H01.233-260302-0001");
    EXPECT_EQ(text_at(received, "rules"), "nd118");
    EXPECT_EQ(text_at(received, "due_at"), "2026-03-05T14:00:00+07:00") << "three working days from the receipt";
    EXPECT_EQ(text_at(part(received, "competent_unit"), "code"), "H01.233");
    EXPECT_FALSE(part(received, "competent_unit").at("because").as_array().empty());
    EXPECT_FALSE(received.contains("amended_at"));
    applicant["phone"] = "0987654322";
    amended = world.run("lan", id, "amend", {{"applicant", applicant}});
    EXPECT_EQ(text_at(amended, "amended_at"), "2026-03-02T14:00:00+07:00");
    EXPECT_EQ(text_at(amended, "due_at"), text_at(received, "due_at"));
    EXPECT_EQ(world.refused("tiepnhan", id, "refuse", {{"reason", "x"}}), "dossier.wrong_state");

    auto assigned =
        world.run("truongphong", id, "assign",
                  {{"task", World::task_of(received, "appraise")}, {"officer", to_string(world.officers["xuly"])}});
    EXPECT_EQ(World::status_of(assigned), "processing");
    EXPECT_EQ(
        world.refused("truongphong", id, "assign",
                      {{"task", World::task_of(received, "appraise")}, {"officer", to_string(world.officers["xuly"])}}),
        "dossier.already_assigned");
    auto mine = world.get("xuly", "/api/v1/tasks?of=mine").object();
    EXPECT_EQ(mine.at("items").as_array().size(), 1U);

    auto appraised = world.run("xuly", id, "complete-step",
                               {{"task", World::task_of(assigned, "appraise")}, {"note", "Đủ căn cứ, kính trình"}});
    EXPECT_EQ(world.refused("xuly", id, "complete-step", {{"task", World::task_of(assigned, "appraise")}}),
              "dossier.task_not_open");
    auto back =
        world.run("lanhdao", id, "return-step",
                  {{"task", World::task_of(appraised, "approve")}, {"to", "appraise"}, {"reason", "Thiếu căn cứ"}});
    EXPECT_FALSE(World::task_of(back, "appraise").empty());
    auto last = world.run("xuly", id, "complete-step", {{"task", World::task_of(back, "appraise")}});
    last = world.run("lanhdao", id, "complete-step", {{"task", World::task_of(last, "approve")}});
    EXPECT_EQ(world.refused("vanthu", id, "complete-step", {{"task", World::task_of(last, "issue")}}),
              "dossier.result_required");
    auto paper = world.upload("vanthu", id, "result", "quyet-dinh.pdf", documents::test_files::pdf("%kq\n"));
    ASSERT_EQ(paper.status, 201) << paper.body;
    auto result = World::granted();
    result["documents"] = json::array{text_at(paper.object(), "id")};
    world.go_to("2026-03-04T09:00");
    auto finished =
        world.run("vanthu", id, "complete-step", {{"task", World::task_of(last, "issue")}, {"result", result}});
    EXPECT_EQ(World::status_of(finished), "finished");
    EXPECT_EQ(world.refused("lan", id, "amend"), "dossier.wrong_state");
    EXPECT_FALSE(finished.at("late").as_bool());
    EXPECT_EQ(part(finished, "result").at("documents").as_array().size(), 1U);

    // The fee first, then the result.
    EXPECT_EQ(world.refused("traketqua", id, "return-result", {{"channel", "online"}}), "dossier.fee_unpaid");
    world.run("traketqua", id, "record-payment", {{"method", "online"}, {"receipt_no", "BL-1"}});
    auto returned = world.run("traketqua", id, "return-result", {{"channel", "online"}});
    EXPECT_EQ(World::status_of(returned), "returned");
    EXPECT_TRUE(returned.at("tasks").as_array().empty());
    EXPECT_EQ(world.get("lan", path + "/files/" + text_at(paper.object(), "id")).status, 200);

    // The whole way is told, to the owner without what colleagues write to one another.
    world.run("xuly", id, "notes", {{"text", "Nội bộ: đã lưu hồ sơ giấy"}});
    auto own = world.get("lan", path + "/history?lang=vi"), inside = world.get("xuly", path + "/history?lang=en");
    for (const char* type :
         {"dossier_drafted", "document_attached", "dossier_submitted", "dossier_received", "task_assigned",
          "step_completed", "step_returned", "dossier_finished", "payment_received", "result_returned"})
        EXPECT_NE(own.body.find(type), std::string::npos) << type;
    for (const char* hidden : {"Nội bộ", "kính trình", "officer:"})
        EXPECT_EQ(own.body.find(hidden), std::string::npos) << hidden;
    for (const char* shown : {"Nội bộ", "kính trình", "officer:"})
        EXPECT_NE(inside.body.find(shown), std::string::npos) << shown;
    EXPECT_EQ((own.body + inside.body).find("⟦"), std::string::npos);
    auto explained = world.get("lan", path + "/deadline").object();
    EXPECT_EQ(text_at(explained, "due_at"), "2026-03-05T14:00:00+07:00");
    EXPECT_FALSE(explained.at("sentences").as_array().empty());
    EXPECT_EQ(world.get("", "/api/v1/track?code=h01.233-260302-0001%20").status, 200) << "as people type it";
    EXPECT_EQ(world.wrong_rows_of(returned), std::vector<std::string>{});
}

TEST(DossierApi, EveryWayIn) {
    World world;
    auto counter = world.receive_at_counter();
    EXPECT_EQ(World::status_of(counter), "received");
    EXPECT_EQ(text_at(counter, "channel"), "counter");
    auto post = world.receive_at_counter("1.000001", "post");
    EXPECT_EQ(text_at(post, "channel"), "post");
    EXPECT_EQ(text_at(post, "code"), "H01.233-260302-0002");

    // By a representative: a citizen's own account, with the paper that gives the right.
    auto by_other = world.post("khach", "/api/v1/dossiers",
                               {{"procedure", "1.000001"},
                                {"submit", false},
                                {"applicant", World::applicant()},
                                {"filer", {{"kind", "representative"}, {"name", "Người Lạ"}, {"mandate", "GUQ-1"}}}});
    ASSERT_EQ(by_other.status, 201) << by_other.body;
    EXPECT_EQ(text_at(part(by_other.object(), "filer"), "mandate"), "GUQ-1");
    EXPECT_EQ(world.get("lan", "/api/v1/dossiers/" + World::id_of(by_other.object())).status, 404);

    // Filed at a counter, answered later: registered until then.
    auto waiting = world.post("tiepnhan", "/api/v1/dossiers",
                              {{"procedure", "1.000001"},
                               {"channel", "post"},
                               {"applicant", World::applicant()},
                               {"components", World::papers()}});
    ASSERT_EQ(waiting.status, 201) << waiting.body;
    EXPECT_EQ(World::status_of(waiting.object()), "registered");
    EXPECT_EQ(world.refused("tiepnhan", World::id_of(waiting.object()), "receive", {{"unit", "H01.01.01"}}),
              "dossier.forbidden")
        << "the province's centre is not his";

    // Any unit receives; the competent one is told with its reason.
    auto elsewhere = world.post("nguoila", "/api/v1/dossiers",
                                {{"procedure", "1.000001"},
                                 {"channel", "counter"},
                                 {"receive_at", world.directory->find(world.far)->code},
                                 {"applicant", World::applicant()},
                                 {"components", World::papers()}});
    ASSERT_EQ(elsewhere.status, 201) << elsewhere.body;
    EXPECT_EQ(text_at(part(elsewhere.object(), "competent_unit"), "code"), "H01.233");
    EXPECT_EQ(text_at(part(elsewhere.object(), "receiving_unit"), "name"), "Phường Rạch Giá");
    EXPECT_EQ(text_at(World::task_view_of(elsewhere.object(), "appraise"), "role"), "processor");
    EXPECT_EQ(world.get("xuly", "/api/v1/dossiers/" + World::id_of(elsewhere.object())).status, 200);
}

TEST(DossierApi, IsRefusedAtReceptionWithTheReason) {
    World world;
    const std::string id = World::id_of(world.file_online());
    auto refused = world.run("tiepnhan", id, "refuse", {{"reason", "Không thuộc thẩm quyền của tỉnh"}});
    EXPECT_EQ(World::status_of(refused), "refused");
    EXPECT_EQ(text_at(refused, "closing_reason"), "Không thuộc thẩm quyền của tỉnh");
    EXPECT_TRUE(refused.at("tasks").as_array().empty());
    EXPECT_EQ(world.refused("tiepnhan", id, "receive", {{"unit", "H01.233"}}), "dossier.wrong_state");
    EXPECT_EQ(world.refused("lan", id, "withdraw"), "dossier.wrong_state");
}

TEST(DossierApi, ASupplementAtReceptionIsAskedForOnce) {
    World world;
    const std::string id = World::id_of(world.file_online());
    const json::object ask{{"items", {"Bản sao giấy chứng sinh", "Số điện thoại"}}, {"reason", "Còn thiếu"}};
    auto asked = world.run("tiepnhan", id, "request-supplement", ask);
    EXPECT_EQ(World::status_of(asked), "awaiting_supplement");
    EXPECT_EQ(world.refused("tiepnhan", id, "receive", {{"unit", "H01.233"}}), "dossier.wrong_state");
    ASSERT_EQ(world.upload("lan", id, "KQ000002", "chung-sinh.pdf", documents::test_files::pdf("%2\n")).status, 201);
    auto sent = world.run("lan", id, "submit-supplement");
    EXPECT_FALSE(World::task_of(sent, "supplement").empty());
    auto accepted = world.run("tiepnhan", id, "accept-supplement");
    EXPECT_EQ(World::status_of(accepted), "registered");
    EXPECT_EQ(world.refused("tiepnhan", id, "request-supplement", ask), "dossier.supplement_already_requested");
    EXPECT_EQ(World::status_of(world.run("tiepnhan", id, "receive", {{"unit", "H01.233"}})), "received");
}

TEST(DossierApi, ASupplementDuringAppraisalStopsTheClockAndStartsItAnew) {
    World world;
    auto d = world.receive_online();
    const std::string id = World::id_of(d);
    const json::object ask{{"items", {"Bản chính giấy chứng sinh"}}, {"reason", "Bản quét mờ"}};
    world.go_to("2026-03-04T10:00");
    auto asked = world.run("xuly", id, "request-supplement", ask);
    EXPECT_TRUE(asked.at("clock_stands").as_bool());
    const auto& request = asked.at("supplements").as_array().at(0).as_object();
    EXPECT_EQ(text_at(request, "closes_at"), "2026-03-19T23:59:00+07:00");
    // Its date passes while the citizen is asked: nobody at the office is late.
    world.go_to("2026-03-10T10:00");
    auto waiting = world.get("lan", "/api/v1/dossiers/" + id).object();
    EXPECT_FALSE(waiting.at("late").as_bool());
    EXPECT_EQ(world.refused("lanhdao", id, "apologise", {{"reason", "x"}, {"promised", "2026-03-20T10:00:00+07:00"}}),
              "dossier.not_late");
    EXPECT_EQ(world.refused("tiepnhan", id, "close-unsupplemented"), "dossier.supplement_still_open");
    EXPECT_EQ(world.refused("xuly", id, "complete-step", {{"task", World::task_of(d, "appraise")}}),
              "dossier.wrong_state");
    world.run("lan", id, "submit-supplement");
    EXPECT_EQ(world.refused("tiepnhan", id, "close-unsupplemented"), "dossier.supplement_submitted");
    auto again = world.run("tiepnhan", id, "accept-supplement");
    EXPECT_EQ(World::status_of(again), "processing");
    EXPECT_FALSE(again.at("clock_stands").as_bool());
    EXPECT_EQ(text_at(again, "due_at"), "2026-03-13T10:00:00+07:00") << "three working days from zero";
    EXPECT_EQ(text_at(again, "original_due_at"), text_at(d, "due_at"));
    EXPECT_EQ(again.at("restarts").as_int64(), 1);
    EXPECT_FALSE(World::task_of(again, "appraise").empty());
    EXPECT_EQ(world.refused("xuly", id, "request-supplement", ask), "dossier.supplement_already_requested");
    EXPECT_EQ(world.wrong_rows_of(again), std::vector<std::string>{});
}

TEST(DossierApi, ASupplementIsAskedForWithinThreeWorkingDaysOrNotAtAll) {
    World world;
    const std::string id = World::id_of(world.receive_online());  // Monday 2 March
    world.go_to("2026-03-06T08:00");
    EXPECT_EQ(world.refused("xuly", id, "request-supplement", {{"items", {"x"}}, {"reason", "y"}}),
              "dossier.supplement_too_late");
}

TEST(DossierApi, WhatIsNotSuppliedInFifteenDaysIsClosed) {
    World world;
    const json::object ask{{"items", {"Giấy tờ"}}, {"reason", "Thiếu"}};
    const std::string by_hand = World::id_of(world.receive_online()), by_time = World::id_of(world.receive_online()),
                      answered = World::id_of(world.receive_online());
    for (const std::string& id : {by_hand, by_time, answered}) world.run("xuly", id, "request-supplement", ask);
    world.run("lan", answered, "submit-supplement");
    world.go_to("2026-03-18T00:30");
    auto closed = world.run("tiepnhan", by_hand, "close-unsupplemented");
    EXPECT_EQ(World::status_of(closed), "stopped");
    EXPECT_EQ(run_due(world.database(), world.committer(), *world.service, world.clock.now()).value(), 1);
    EXPECT_EQ(World::status_of(world.get("lan", "/api/v1/dossiers/" + by_time).object()), "stopped");
    EXPECT_EQ(World::status_of(world.get("lan", "/api/v1/dossiers/" + answered).object()), "awaiting_supplement");
}

TEST(DossierApi, AnOpinionIsAskedForAndGiven) {
    World world;
    auto d = world.receive_online();
    const std::string id = World::id_of(d);
    EXPECT_EQ(world.get("ykien", "/api/v1/dossiers/" + id).status, 404);
    EXPECT_EQ(
        world.refused("xuly", id, "request-opinion", {{"agency", "H01.233"}, {"content", "x"}, {"working_days", 1}}),
        "dossier.opinion_of_itself");
    EXPECT_EQ(
        world.refused("xuly", id, "request-opinion", {{"agency", "H01.235"}, {"content", "x"}, {"working_days", 10}}),
        "dossier.opinion_after_due");
    d = world.run("xuly", id, "request-opinion",
                  {{"agency", "H01.235"}, {"content", "Nguồn gốc đất?"}, {"working_days", 1}});
    EXPECT_EQ(world.get("ykien", "/api/v1/dossiers/" + id).status, 200) << "who is asked reads the dossier";
    EXPECT_NE(world.get("ykien", "/api/v1/tasks").body.find(id), std::string::npos);
    const std::string task = World::task_of(d, "opinion");
    // The citizen completes meanwhile: who was asked may still answer.
    world.run("xuly", id, "request-supplement", {{"items", {"Sơ đồ"}}, {"reason", "Thiếu"}});
    auto given = world.run("ykien", id, "give-opinion", {{"task", task}, {"answer", "Đất không tranh chấp"}});
    EXPECT_TRUE(World::task_of(given, "opinion").empty());
    EXPECT_TRUE(given.at("clock_stands").as_bool()) << "the supplement is still awaited";
    EXPECT_EQ(text_at(given.at("opinions").as_array().at(0).as_object(), "answer"), "Đất không tranh chấp");
    EXPECT_EQ(world.refused("ykien", id, "give-opinion", {{"task", task}, {"answer", "Thêm"}}),
              "dossier.task_not_open");
    EXPECT_EQ(world.wrong_rows_of(given), std::vector<std::string>{});
}

TEST(DossierApi, AFinancialDutyPausesTheClock) {
    World world;
    auto d = world.receive_online();
    const std::string id = World::id_of(d);
    world.go_to("2026-03-03T08:30");
    auto asked = world.run("xuly", id, "request-payment",
                           {{"fees", json::array{json::object{{"name", "Thuế"}, {"amount", 250000}}}}});
    EXPECT_EQ(World::status_of(asked), "awaiting_payment");
    EXPECT_TRUE(asked.at("clock_stands").as_bool());
    world.go_to("2026-03-11T08:30");
    EXPECT_FALSE(world.get("lan", "/api/v1/dossiers/" + id).object().at("late").as_bool());
    EXPECT_EQ(world.refused("xuly", id, "extend", {{"reason", "x"}, {"new_due", "2026-03-20T10:00:00+07:00"}}),
              "dossier.clock_already_stands");
    auto paid = world.run("tiepnhan", id, "record-payment", {{"method", "transfer"}, {"receipt_no", "BL-7"}});
    EXPECT_EQ(World::status_of(paid), "processing");
    EXPECT_EQ(text_at(paid, "due_at"), "2026-03-13T08:30:00+07:00") << "six working days later";
    EXPECT_EQ(world.refused("tiepnhan", id, "record-payment", {{"method", "cash"}}), "dossier.nothing_to_pay");
}

TEST(DossierApi, IsWithdrawnOrStopped) {
    World world;
    const std::string early = World::id_of(world.file_online()), later = World::id_of(world.receive_online()),
                      stopped = World::id_of(world.receive_online());
    EXPECT_EQ(World::status_of(world.run("lan", early, "withdraw", {{"reason", "Không còn nhu cầu"}})), "withdrawn");
    EXPECT_EQ(World::status_of(world.run("tiepnhan", later, "withdraw", {{"reason", "Theo đơn"}})), "withdrawn");
    auto stop = world.run("lanhdao", stopped, "stop", {{"reason", "Tòa án đang thụ lý tranh chấp"}});
    EXPECT_EQ(World::status_of(stop), "stopped");
    EXPECT_EQ(text_at(stop, "closing_reason"), "Tòa án đang thụ lý tranh chấp");
    for (const std::string& id : {early, later, stopped}) {
        EXPECT_EQ(world.refused("lan", id, "withdraw"), "dossier.wrong_state");
        EXPECT_EQ(world.refused("xuly", id, "extend", {{"reason", "x"}, {"new_due", "2026-03-20T10:00:00+07:00"}}),
                  id == early ? "dossier.forbidden" : "dossier.wrong_state");
    }
    auto d = world.receive_online();
    world.run("vanthu", World::id_of(d), "record-result", {{"result", World::granted()}});
    EXPECT_EQ(world.refused("lan", World::id_of(d), "withdraw"), "dossier.result_recorded")
        << "until the decision is issued";
    EXPECT_EQ(world.refused("lanhdao", World::id_of(d), "stop", {{"reason", "x"}}), "dossier.result_recorded");
}

TEST(DossierApi, IsExtendedOnceWithAnApology) {
    World world;
    auto d = world.receive_online();  // due Thursday 5 March 08:30
    const std::string id = World::id_of(d);
    const json::object extension{{"reason", "Chờ xác minh thực địa"}, {"new_due", "2026-03-10T10:00:00+07:00"}};
    auto extended = world.run("xuly", id, "extend", extension);
    EXPECT_EQ(text_at(extended, "due_at"), "2026-03-10T10:00:00+07:00");
    EXPECT_EQ(text_at(extended, "original_due_at"), "2026-03-05T08:30:00+07:00");
    EXPECT_TRUE(extended.at("extended").as_bool());
    EXPECT_FALSE(text_at(extended, "apology_at").empty());
    EXPECT_GT(text_at(World::task_view_of(extended, "appraise"), "due_at"),
              text_at(World::task_view_of(d, "appraise"), "due_at"))
        << "the open step has its share of the new time";
    EXPECT_EQ(world.wrong_rows_of(extended), std::vector<std::string>{});
    EXPECT_EQ(world.refused("xuly", id, "extend", {{"reason", "Nữa"}, {"new_due", "2026-03-12T10:00:00+07:00"}}),
              "dossier.already_extended");
    auto other = world.receive_online();
    world.go_to("2026-03-05T07:30");
    EXPECT_EQ(world.refused("xuly", World::id_of(other), "extend", extension), "dossier.extension_too_late");
    world.go_to("2026-03-06T08:00");
    const json::object letter{{"reason", "Sự cố đường truyền"}, {"promised", "2026-03-09T10:00:00+07:00"}};
    auto sorry = world.run("lanhdao", World::id_of(other), "apologise", letter);
    EXPECT_TRUE(sorry.at("late").as_bool());
    EXPECT_EQ(text_at(sorry, "due_at"), "2026-03-05T08:30:00+07:00") << "the legal date stays";
}

TEST(DossierApi, EndsWithARefusalInWritingAndGoesBackByEachChannel) {
    World world;
    const json::object no{{"outcome", "refused"}, {"number", "05/TB-UBND"}, {"summary", "Không đủ điều kiện"}};
    for (const char* channel : {"counter", "post", "online"}) {
        SCOPED_TRACE(channel);
        auto d = world.settle(world.receive_online(), no);
        EXPECT_EQ(World::status_of(d), "finished");
        EXPECT_EQ(text_at(part(d, "result"), "outcome"), "refused");
        const std::string id = World::id_of(d);
        EXPECT_EQ(world.refused("xuly", id, "request-opinion",
                                {{"agency", "H01.235"}, {"content", "x"}, {"working_days", 1}}),
                  "dossier.wrong_state");
        auto returned = world.run("traketqua", id, "return-result",
                                  {{"channel", channel}, {"to", "Trần Thị Lan"}, {"tracking", "EH123456789VN"}});
        EXPECT_EQ(World::status_of(returned), "returned");
        EXPECT_EQ(text_at(returned, "return_channel"), channel);
        EXPECT_EQ(world.refused("traketqua", id, "return-result", {{"channel", channel}}), "dossier.wrong_state");
    }
}

TEST(DossierApi, AWrongResultIsCorrectedWithinThreeWorkingDays) {
    World world;
    auto d = world.settle(world.receive_online(), World::granted());
    const std::string id = World::id_of(d);
    EXPECT_EQ(world.refused("lanhdao", id, "correct-result", {{"result", World::granted("13/QĐ")}}),
              "dossier.no_correction_open");
    world.run("traketqua", id, "return-result", {{"channel", "counter"}});
    auto told = world.run("lan", id, "report-wrong-result", {{"reason", "Sai ngày sinh"}});
    EXPECT_EQ(text_at(part(told, "correction"), "due_at"), "2026-03-05T08:30:00+07:00");
    EXPECT_FALSE(World::task_of(told, "correction").empty());
    EXPECT_EQ(world.refused("lan", id, "report-wrong-result", {{"reason", "Nữa"}}), "dossier.correction_open");
    // One that is known to be wrong is not handed out.
    auto other = world.settle(world.receive_online(), World::granted());
    world.run("xuly", World::id_of(other), "report-wrong-result", {{"reason", "Sai tên"}});
    EXPECT_EQ(world.refused("traketqua", World::id_of(other), "return-result", {{"channel", "counter"}}),
              "dossier.correction_open");
    auto right = world.run("lanhdao", id, "correct-result", {{"result", World::granted("13/QĐ-UBND")}});
    EXPECT_EQ(text_at(part(right, "result"), "number"), "13/QĐ-UBND");
    EXPECT_FALSE(text_at(part(right, "correction"), "corrected_at").empty());
    EXPECT_EQ(world.wrong_rows_of(right), std::vector<std::string>{});
}

TEST(DossierApi, TheRightResultIsReturnedToTheHolderOfTheWrongOne) {
    World world;
    auto d = world.settle(world.receive_online(), World::granted());
    const std::string id = World::id_of(d);
    world.run("traketqua", id, "return-result", {{"channel", "counter"}});
    world.run("lan", id, "report-wrong-result", {{"reason", "Sai ngày sinh"}});
    auto right = world.run("lanhdao", id, "correct-result", {{"result", World::granted("13/QĐ-UBND")}});
    EXPECT_EQ(text_at(World::task_view_of(right, "hand_over"), "due_at"), "2026-03-05T08:30:00+07:00");
    auto back = world.run("traketqua", id, "return-result", {{"channel", "post"}, {"tracking", "VN1"}});
    EXPECT_EQ(World::status_of(back), "returned");
    EXPECT_FALSE(text_at(part(back, "correction"), "returned_at").empty());
    EXPECT_TRUE(World::task_of(back, "hand_over").empty());
    EXPECT_EQ(world.refused("traketqua", id, "return-result", {{"channel", "post"}}), "dossier.wrong_state");
    EXPECT_EQ(world.wrong_rows_of(back), std::vector<std::string>{});
}

TEST(DossierApi, MessagesAndSignalsFromOutsideReachTheProcessThatAwaitsThem) {
    World world;
    world.use_process(
        R"(<startEvent id="start"/><endEvent id="end"/><userTask id="appraise" name="Thẩm định" motcua:role="processor"/>)"
        R"(<intermediateCatchEvent id="paper_came" name="Chờ giấy"><messageEventDefinition messageRef="paper" motcua:correlation="plot"><operationRef>op</operationRef></messageEventDefinition></intermediateCatchEvent>)"
        R"(<intermediateCatchEvent id="storm_over"><signalEventDefinition signalRef="storm"/></intermediateCatchEvent>)"
        R"(<userTask id="issue" name="Cấp" motcua:role="processor"/>)"
        R"(<sequenceFlow id="f1" sourceRef="start" targetRef="appraise"/><sequenceFlow id="f2" sourceRef="appraise" targetRef="paper_came"/>)"
        R"(<sequenceFlow id="f3" sourceRef="paper_came" targetRef="storm_over"/><sequenceFlow id="f4" sourceRef="storm_over" targetRef="issue"/>)"
        R"(<sequenceFlow id="f5" sourceRef="issue" targetRef="end"/>)");
    auto d = world.receive_online();
    const std::string id = World::id_of(d);
    world.run("xuly", id, "complete-step",
              {{"task", World::task_of(d, "appraise")}, {"variables", json::object{{"plot", "12-7"}}}});
    const json::object message{{"message", "paper"}, {"key", "12-7"}};
    auto wrong = world.post("xuly", "/api/v1/messages", {{"message", "paper"}, {"key", "12-8"}});
    auto stranger = world.post("nguoila", "/api/v1/messages", message);
    EXPECT_EQ(wrong.status, 404);
    EXPECT_EQ(wrong.reason(), "dossier.message_unexpected");
    EXPECT_EQ(stranger.status, 404);
    EXPECT_EQ(stranger.reason(), "dossier.message_unexpected") << "the same answer as if nobody waited";
    auto missing = world.post("xuly", "/api/v1/messages", {{"message", "paper"}});
    EXPECT_EQ(missing.status, 422);
    auto delivered = world.post("xuly", "/api/v1/messages", message);
    ASSERT_EQ(delivered.status, 200) << delivered.body;
    EXPECT_EQ(World::id_of(delivered.object()), id);
    EXPECT_EQ(world.post("xuly", "/api/v1/messages", message).reason(), "dossier.message_unexpected") << "once";

    EXPECT_EQ(world.post("danhmuc", "/api/v1/signals", {{"signal", "storm"}}).status, 202);
    EXPECT_EQ(world.work(), 1);
    auto after = world.get("xuly", "/api/v1/dossiers/" + id).object();
    EXPECT_FALSE(World::task_of(after, "issue").empty());
    EXPECT_EQ(world.wrong_rows_of(after), std::vector<std::string>{});
}

TEST(DossierApi, AStaleVersionIsRefusedAndAPresentOneTaken) {
    World world;
    auto d = world.receive_online();
    const std::string path = "/api/v1/dossiers/" + World::id_of(d) + "/notes";
    auto shown = world.get("xuly", "/api/v1/dossiers/" + World::id_of(d));
    const std::string tag(shown.headers.get("etag"));
    const json::object note{{"text", "Đã gọi điện"}};
    EXPECT_EQ(world.post("xuly", path, note, {{"If-Match", tag}}).status, 200);
    const std::int64_t before = world.committer().last_position();
    auto vi = world.post("xuly", path, note, {{"If-Match", tag}, {"Accept-Language", "vi"}});
    auto en = world.post("xuly", path, note, {{"If-Match", tag}, {"Accept-Language", "en"}});
    EXPECT_EQ(vi.status, 412);
    EXPECT_EQ(vi.reason(), "dossier.stale_version");
    World::expect_sentences(vi.object(), en.object());
    EXPECT_EQ(world.committer().last_position(), before);
    EXPECT_EQ(world.post("xuly", path, note).status, 200) << "without If-Match nothing is compared";
    EXPECT_GE(world.post("xuly", path, note, {{"If-Match", "rác"}}).status, 400);
}

TEST(DossierApi, ARepeatedKeyGivesTheSameAnswerAndOneDossier) {
    World world;
    const json::object filing{{"procedure", "1.000001"},
                              {"channel", "counter"},
                              {"receive_at", "H01.233"},
                              {"applicant", World::applicant()},
                              {"components", World::papers()}};
    const World::Headers key{{"Idempotency-Key", "quay-1-0001"}};
    auto first = world.post("tiepnhan", "/api/v1/dossiers", filing, key);
    ASSERT_EQ(first.status, 201) << first.body;
    const std::int64_t before = world.committer().last_position();
    auto again = world.post("tiepnhan", "/api/v1/dossiers", filing, key);
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.headers.get("idempotency-replayed"), "true");
    EXPECT_EQ(again.headers.get("location"), first.headers.get("location"));
    auto other = filing;
    other["procedure"] = "1.000002";
    auto vi = world.post("tiepnhan", "/api/v1/dossiers", other,
                         {{"Idempotency-Key", "quay-1-0001"}, {"Accept-Language", "vi"}});
    auto en = world.post("tiepnhan", "/api/v1/dossiers", other,
                         {{"Idempotency-Key", "quay-1-0001"}, {"Accept-Language", "en"}});
    EXPECT_EQ(vi.status, 422);
    EXPECT_EQ(vi.reason(), "request.key_reused");
    World::expect_sentences(vi.object(), en.object());
    EXPECT_EQ(world.committer().last_position(), before);
    // Another officer's key is another key; a command keeps its own.
    auto far = filing;
    far["receive_at"] = world.directory->find(world.far)->code;
    EXPECT_EQ(world.post("nguoila", "/api/v1/dossiers", far, key).status, 201);
    const std::string withdraw = "/api/v1/dossiers/" + World::id_of(first.object()) + "/withdraw";
    auto withdrawn = world.post("tiepnhan", withdraw, json::object{}, key);
    EXPECT_EQ(withdrawn.status, 200);
    EXPECT_EQ(world.post("tiepnhan", withdraw, json::object{}, key).body, withdrawn.body);
    EXPECT_EQ(world.post("tiepnhan", withdraw, json::object{}).reason(), "dossier.wrong_state");
    EXPECT_EQ(world.post("tiepnhan", "/api/v1/dossiers", filing, {{"Idempotency-Key", std::string(200, 'k')}}).reason(),
              "request.bad_key");
}

TEST(DossierApi, AWrongStateNamesTheRuleAndTheState) {
    World world;
    const std::string id = World::id_of(world.receive_online());
    auto vi = world.post("tiepnhan", "/api/v1/dossiers/" + id + "/refuse", {{"reason", "x"}});
    auto en = world.post("tiepnhan", "/api/v1/dossiers/" + id + "/refuse?lang=en", {{"reason", "x"}});
    EXPECT_EQ(vi.status, 409);
    for (const char* part : {"H01.233-260302-0001", "đã tiếp nhận", "Điều 17 Nghị định 118/2025/NĐ-CP"})
        EXPECT_NE(text_at(vi.object(), "detail").find(part), std::string::npos) << vi.body;
    for (const char* part : {"H01.233-260302-0001", "received", "Decree 118/2025/NĐ-CP, art. 17"})
        EXPECT_NE(text_at(en.object(), "detail").find(part), std::string::npos) << en.body;
}

TEST(DossierApi, ListsGoPageByPage) {
    World world;
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) made.push_back(World::id_of(world.file_online()));
    for (const auto& [user, path] : {std::pair("lan", std::string("/api/v1/dossiers?limit=2")),
                                     std::pair("tiepnhan", std::string("/api/v1/tasks?limit=2"))}) {
        std::set<std::string> seen;
        std::string cursor;
        int pages = 0;
        do {
            auto page = world.get(user, path + (cursor.empty() ? "" : "&cursor=" + cursor)).object();
            for (const json::value& item : page.at("items").as_array()) seen.insert(text_at(item.as_object(), "id"));
            cursor = text_at(page, "next");
            ++pages;
        } while (!cursor.empty() && pages < 10);
        EXPECT_EQ(seen.size(), 5U) << path;
        EXPECT_EQ(pages, 3) << path;
    }
    EXPECT_EQ(world.get("tiepnhan", "/api/v1/tasks?due=late").object().at("items").as_array().size(), 0U);
    world.go_to("2026-03-05T08:00");
    EXPECT_EQ(world.get("tiepnhan", "/api/v1/tasks?due=late").object().at("items").as_array().size(), 5U);
    EXPECT_EQ(world.get("tiepnhan", "/api/v1/tasks?due=soon").object().at("items").as_array().size(), 0U);
    EXPECT_EQ(world.get("tiepnhan", "/api/v1/tasks?role=processor").object().at("items").as_array().size(), 0U);
}

}  // namespace
}  // namespace motcua::dossier
