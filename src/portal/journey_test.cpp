// Whole ways through the pages without scripts: a citizen files and follows, officers receive, settle and return;
// refusals come back to the page with the sentence and what was entered.
#include "portal/journey_world.hpp"

namespace motcua::portal {
namespace {

TEST_F(Journey, ACitizenFindsFilesAndFollowsAndOfficersSettleIt) {
    ASSERT_EQ(citizen.get("/"), 200);
    ASSERT_EQ(citizen.get("/thu-tuc?q=khai+sinh"), 200);
    ASSERT_TRUE(citizen.shows("href=\"/thu-tuc/1.001193\""));
    ASSERT_EQ(citizen.get("/thu-tuc/1.001193"), 200);
    ASSERT_EQ(citizen.get("/nop-ho-so/1.001193"), 401);
    ASSERT_EQ(citizen.submit("/dang-nhap", {{"user_name", "lan"}, {"password", std::string(test_password)}}), 200);
    EXPECT_EQ(citizen.location(), "/nop-ho-so/1.001193") << "signing in leads back";
    ASSERT_EQ(citizen.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper", "Giấy chứng sinh.pdf")}), 200)
        << citizen.page().body;
    EXPECT_NE(citizen.location().find("?da-gui=1"), std::string::npos);
    EXPECT_TRUE(citizen.shows("Đã gửi hồ sơ"));
    EXPECT_TRUE(citizen.shows("Chờ tiếp nhận"));
    const std::string id = citizen.location().substr(7, 13);
    EXPECT_TRUE(citizen.shows("Giấy chứng sinh.pdf"));
    EXPECT_TRUE(citizen.shows("Trần Ngọc An")) << "the declaration is shown";
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(citizen.shows("/ho-so/" + id));

    // Reception.
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get("/officer"), 200);
    ASSERT_TRUE(officer.shows("/officer/ho-so/" + id)) << officer.page().body;
    EXPECT_TRUE(officer.shows("Việc của tôi (1)"));
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_TRUE(officer.shows("Vì sao là cơ quan này?"));
    EXPECT_TRUE(officer.shows("action=\"" + officer_path(id) + "/receive\""));
    EXPECT_TRUE(officer.shows("action=\"" + officer_path(id) + "/refuse\""));
    EXPECT_FALSE(officer.shows("action=\"" + officer_path(id) + "/return-result\"")) << "nothing to return yet";
    EXPECT_FALSE(officer.shows("action=\"" + officer_path(id) + "/stop\"")) << "not this officer's to decide";
    ASSERT_EQ(officer.submit(officer_path(id) + "/receive", {{"unit", world.unit(commune).code}}), 200)
        << officer.page().body;
    EXPECT_EQ(officer.location(), officer_path(id) + "/giay-tiep-nhan");
    const std::string code = load(id).code;
    ASSERT_FALSE(code.empty());
    for (std::string_view part : {std::string_view(code), std::string_view("Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
                                  std::string_view("17:00 02/03/2026"), std::string_view("Vì sao có hạn này?")})
        EXPECT_TRUE(officer.shows(part)) << part;

    // Followed without an account: by code alone little, with the digits more.
    Browser visitor{world};
    ASSERT_EQ(visitor.get("/tra-cuu?ma=" + code), 200);
    EXPECT_TRUE(visitor.shows("Đã tiếp nhận"));
    EXPECT_FALSE(visitor.shows("Trần"));
    ASSERT_EQ(visitor.get("/tra-cuu?ma=" + code + "&so=5678"), 200);
    EXPECT_FALSE(visitor.shows("Trần T. L.")) << "digits in an address are not looked at";
    ASSERT_EQ(visitor.submit("/tra-cuu", {{"ma", code}, {"so", "5678"}}), 200);
    EXPECT_TRUE(visitor.shows("Trần T. L."));
    EXPECT_TRUE(visitor.shows("action=\"/tra-cuu/bien-nhan\""));
    EXPECT_EQ(visitor.page().body.find("so=5678"), std::string::npos) << "in no link";
    EXPECT_EQ(visitor.page().headers.get("cache-control"), "no-store");
    EXPECT_TRUE(visitor.shows("Ủy ban nhân dân xã An Biên"));
    EXPECT_FALSE(visitor.shows("0912345678"));
    EXPECT_EQ(visitor.send("/tra-cuu", {{"ma", code}, {"so", "0000"}}), 404);
    Browser signed_in(world);
    signed_in.sign_in("lan");
    EXPECT_EQ(signed_in.send("/tra-cuu", {{"ma", code}, {"so", "5678"}}), 403) << "no token of the session";
    ASSERT_EQ(signed_in.get("/tra-cuu"), 200);
    EXPECT_EQ(signed_in.submit("/tra-cuu", {{"ma", code}, {"so", "5678"}}), 200);

    // The steps; the leader sends it back once.
    complete_step(id);
    complete_step(id, {{"note", "Đủ điều kiện"}});
    complete_step(id, {{"variables/decision", "return"}});
    EXPECT_EQ(load(id).tasks.front().role, "processor") << "back with who handles it";
    complete_step(id);
    complete_step(id);
    ASSERT_EQ(load(id).tasks.front().role, "clerk");
    officer.sign_in("clerk");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_TRUE(officer.shows("name=\"result/number\"")) << "the last step brings the result";
    ASSERT_EQ(officer.submit(officer_path(id) + "/complete-step", {{"note", "giữ lại"}}), 409);
    EXPECT_TRUE(officer.shows("hãy ghi kết quả")) << officer.page().body;
    EXPECT_TRUE(officer.shows("giữ lại")) << "what was entered is kept";
    ASSERT_EQ(
        officer.submit(officer_path(id) + "/complete-step",
                       {{"result/outcome", "granted"}, {"result/number", "12/2026/KS"}}, {pdf("_file", "ket-qua.pdf")}),
        200)
        << officer.page().body;
    EXPECT_EQ(load(id).status, dossier::Status::finished);
    EXPECT_EQ(load(id).result->documents.size(), 1u);

    officer.sign_in("returner");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    ASSERT_EQ(officer.submit(officer_path(id) + "/return-result", {{"channel", "counter"}, {"to", "Trần Thị Lan"}}),
              200)
        << officer.page().body;
    EXPECT_EQ(load(id).status, dossier::Status::returned);
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("Đã trả kết quả"));
    EXPECT_TRUE(citizen.shows("12/2026/KS"));
    EXPECT_TRUE(citizen.shows("ket-qua.pdf"));
    EXPECT_FALSE(citizen.shows("Đủ điều kiện")) << "notes between colleagues are not the citizen's";
    EXPECT_FALSE(citizen.shows("Cán bộ processor")) << "the office, not the name";
}

TEST_F(Journey, WhatIsWrongIsSaidAtOnceAndNothingIsLost) {
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/nop-ho-so/1.001193"), 200);
    auto fields = with(with(complete(""), "child/full_name", "<i>Bé</i>"), "mother/citizen_id", "123");
    EXPECT_EQ(citizen.submit("/nop-ho-so/1.001193", fields,
                             {{"birth_paper", "virus.pdf", "application/pdf", "MZ not a pdf"}}),
              422);
    EXPECT_TRUE(citizen.shows("class=\"errors\" role=\"alert\""));
    EXPECT_TRUE(citizen.shows("href=\"#mother/citizen_id\""));
    EXPECT_TRUE(citizen.shows("href=\"#birth_paper\""));
    EXPECT_TRUE(citizen.shows("href=\"#_applicant/name\"")) << citizen.page().body;
    EXPECT_TRUE(citizen.shows("id=\"mother/citizen_id-error\""));
    EXPECT_TRUE(citizen.shows("value=\"123\""));
    EXPECT_TRUE(citizen.shows("value=\"&lt;i&gt;Bé&lt;/i&gt;\""));
    EXPECT_FALSE(citizen.shows("<i>Bé"));
    EXPECT_TRUE(citizen.shows("Hãy chọn lại")) << "files are not kept by browsers";
    EXPECT_TRUE(citizen.shows("<title>Lỗi: "));
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(citizen.shows("Bạn chưa có hồ sơ nào")) << "nothing was stored";
}

TEST_F(Journey, ScriptsGetDataInsteadOfPages) {
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/nop-ho-so/1.001193"), 200);
    auto csrf = citizen.hidden("/nop-ho-so/1.001193", "csrf");
    citizen.client().set_header("Accept", "application/json");
    auto fields = with(complete(), "mother/citizen_id", "123");
    fields.push_back({"csrf", *csrf});
    EXPECT_EQ(citizen.send("/nop-ho-so/1.001193", fields, {pdf("birth_paper")}), 422);
    EXPECT_EQ(citizen.page().headers.get("content-type"), "application/problem+json");
    EXPECT_EQ(citizen.page().object().at("errors").at(0).at("path"), "mother/citizen_id");
    auto good = complete();
    good.push_back({"csrf", *csrf});
    EXPECT_EQ(citizen.send("/nop-ho-so/1.001193", good, {pdf("birth_paper")}), 201);
    EXPECT_NE(citizen.page().headers.get("location").find("/ho-so/"), std::string_view::npos);
}

TEST_F(Journey, SendingTheSameFormTwiceFilesOnce) {
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/nop-ho-so/1.001193"), 200);
    auto fields = complete();
    for (std::string_view name : {"csrf", "_key"})
        fields.push_back({std::string(name), *citizen.hidden("/nop-ho-so/1.001193", name)});
    ASSERT_EQ(citizen.send("/nop-ho-so/1.001193", fields, {pdf("birth_paper")}), 200);
    const std::string first = citizen.location();
    ASSERT_EQ(citizen.send("/nop-ho-so/1.001193", fields, {pdf("birth_paper")}), 200);
    EXPECT_EQ(citizen.location(), first);
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    const std::string& body = citizen.page().body;
    std::size_t count = 0;
    for (std::size_t at = body.find("href=\"/ho-so/"); at != std::string::npos;
         at = body.find("href=\"/ho-so/", at + 1))
        ++count;
    EXPECT_EQ(count, 1u);
}

TEST_F(Journey, ADraftIsKeptWithItsFilesAndSentLater) {
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/nop-ho-so/1.001193"), 200);
    auto half = with(beside(), "child/full_name", "Trần Ngọc An");
    half.push_back({"_action", "draft"});
    ASSERT_EQ(citizen.submit("/nop-ho-so/1.001193", half, {pdf("birth_paper", "chung-sinh.pdf")}), 200)
        << citizen.page().body;
    EXPECT_TRUE(citizen.shows("Đã lưu bản nháp"));
    EXPECT_TRUE(citizen.shows("value=\"Trần Ngọc An\""));
    EXPECT_TRUE(citizen.shows("Giữ tệp chung-sinh.pdf"));
    const std::string id = citizen.location().substr(7, 13);
    const std::string action = "/ho-so/" + id + "/sua";
    std::string document = to_string(load(id).components.front().documents.front());

    Browser stranger{world};
    stranger.sign_in("other");
    EXPECT_EQ(stranger.get("/ho-so/" + id), 404) << "others do not learn that it exists";
    EXPECT_EQ(stranger.get(action), 404);
    EXPECT_EQ(stranger.get("/ho-so/" + id + "/tep/" + document), 404);
    EXPECT_EQ(citizen.get("/ho-so/" + id + "/tep/" + document), 200);

    ASSERT_EQ(citizen.get(action), 200);
    auto full = complete();
    full.push_back({"birth_paper", document});
    ASSERT_EQ(citizen.submit(action, full), 200) << citizen.page().body;
    EXPECT_EQ(load(id).status, dossier::Status::registered);
    EXPECT_EQ(citizen.get(action), 200) << "filed online, it can still be changed before reception answers";
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    ASSERT_EQ(citizen.submit("/ho-so/" + id + "/rut", {{"reason", "Nộp nhầm"}}), 200) << citizen.page().body;
    EXPECT_EQ(load(id).status, dossier::Status::withdrawn);
    EXPECT_EQ(citizen.get(action), 409);
}

TEST_F(Journey, ASupplementIsAskedForOnceHandedInAndAccepted) {
    std::string id = file_online();
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    ASSERT_EQ(officer.submit(officer_path(id) + "/request-supplement", {{"items", ""}, {"reason", "Thiếu giấy tờ"}}),
              422);
    EXPECT_TRUE(officer.shows("Thiếu giấy tờ")) << "what was entered is kept";
    ASSERT_EQ(officer.submit(officer_path(id) + "/request-supplement",
                             {{"items", "Văn bản <ủy quyền>\nBản sao căn cước"}, {"reason", "Khoản 3 Điều 19"}}),
              200)
        << officer.page().body;
    EXPECT_FALSE(officer.shows("action=\"" + officer_path(id) + "/request-supplement\"")) << "only once";
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("Văn bản &lt;ủy quyền&gt;"));
    ASSERT_EQ(citizen.get("/ho-so/" + id + "/sua"), 200);
    EXPECT_TRUE(citizen.shows("Bản sao căn cước"));
    auto full = complete();
    full.push_back({"birth_paper", to_string(load(id).components.front().documents.front())});
    ASSERT_EQ(citizen.submit("/ho-so/" + id + "/sua", full, {pdf("_file/G15-KQ003159", "uy-quyen.pdf")}), 200)
        << citizen.page().body;
    EXPECT_TRUE(load(id).open_supplement() == nullptr || load(id).open_supplement()->submitted);
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_TRUE(officer.shows("uy-quyen.pdf"));
    ASSERT_EQ(officer.submit(officer_path(id) + "/accept-supplement", {}), 200) << officer.page().body;
    EXPECT_EQ(load(id).status, dossier::Status::registered);
}

TEST_F(Journey, AReceivedDossierIsAmendedBeforeTheOfficersEyes) {
    const std::string id = file_online();
    receive(id);
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("/ho-so/" + id + "/sua"));
    const std::string role = load(id).tasks.front().role;
    officer.sign_in(role);
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_FALSE(officer.shows("Công dân đã sửa"));

    ASSERT_EQ(citizen.get("/ho-so/" + id + "/sua"), 200);
    auto full = with(complete("Trần Thị Lan Sửa"), "_applicant/id_number", "091187000999");
    full.push_back({"birth_paper", to_string(load(id).components.front().documents.front())});
    EXPECT_EQ(citizen.submit("/ho-so/" + id + "/sua", full), 422);
    EXPECT_TRUE(citizen.shows("Hồ sơ đã được tiếp nhận nên không đổi được mục này"));
    EXPECT_TRUE(citizen.shows("value=\"Trần Thị Lan Sửa\"")) << "nothing entered is lost";
    full = with(std::move(full), "_applicant/id_number", "091187549925");
    ASSERT_EQ(citizen.submit("/ho-so/" + id + "/sua", full), 200) << citizen.page().body;
    EXPECT_EQ(load(id).applicant.name, "Trần Thị Lan Sửa");

    // Whoever judged what was there before looks again.
    EXPECT_EQ(officer.submit(officer_path(id) + "/complete-step", {}), 412) << officer.page().body;
    EXPECT_TRUE(officer.shows("Công dân đã sửa hồ sơ sau khi được tiếp nhận"));
    ASSERT_EQ(officer.get("/officer"), 200);
    EXPECT_TRUE(officer.shows("<span class=\"tag warning\">Công dân đã sửa</span>"));
}

TEST_F(Journey, AtTheCounterADossierIsReceivedAtOnce) {
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get("/officer/tiep-nhan?q=khai+sinh"), 200);
    ASSERT_TRUE(officer.shows("/officer/tiep-nhan/1.001193"));
    ASSERT_EQ(officer.get("/officer/tiep-nhan/1.001193"), 200);
    EXPECT_TRUE(officer.shows("name=\"_originals/G15-KQ004389\""));
    EXPECT_FALSE(officer.shows("name=\"_action\"")) << "no drafts on a counter";
    auto fields = complete("Danh <b>Sóc</b> Khol");
    for (auto [name, value] :
         {std::pair("_channel", "post"), {"_originals/G15-KQ003204", "1"}, {"_originals/G15-KQ004389", "1"}})
        fields.push_back({name, value});
    fields.push_back({"_unit", world.unit(commune).code});
    auto missing = with(with(fields, "_originals/G15-KQ004389", "0"), "_applicant/address", "Ấp Mười");
    std::erase_if(missing, [](const Field& f) { return f.name.starts_with("birth_proof"); });
    EXPECT_EQ(officer.submit("/officer/tiep-nhan/1.001193", missing, {}), 422);
    EXPECT_TRUE(officer.shows("value=\"Ấp Mười\""));
    ASSERT_EQ(officer.submit("/officer/tiep-nhan/1.001193", fields, {pdf("birth_paper")}), 200) << officer.page().body;
    EXPECT_NE(officer.location().find("/giay-tiep-nhan"), std::string::npos);
    EXPECT_TRUE(officer.shows("Danh &lt;b&gt;Sóc&lt;/b&gt; Khol"));
    EXPECT_FALSE(officer.shows("<b>Sóc"));
    dossier::Dossier d = load(officer.location().substr(15, 13));
    EXPECT_EQ(d.channel, dossier::Channel::post);
    EXPECT_EQ(d.status, dossier::Status::received);

    // At somebody else's desk it is refused.
    officer.sign_in("stranger");
    ASSERT_EQ(officer.get("/officer/tiep-nhan/1.001193"), 200);
    EXPECT_FALSE(officer.shows("value=\"" + world.unit(commune).code + "\" selected"));
    EXPECT_EQ(officer.submit("/officer/tiep-nhan/1.001193", fields, {pdf("birth_paper")}), 403);
    EXPECT_EQ(officer.get(officer_path(to_string(d.id))), 404) << "nor may it be read there";
}

TEST_F(Journey, AStalePageIsToldAndAnIllegalCommandRefused) {
    std::string id = file_online();
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    Browser colleague{world};
    colleague.sign_in("receiver");
    ASSERT_EQ(colleague.get(officer_path(id)), 200);
    ASSERT_EQ(colleague.submit(officer_path(id) + "/notes", {{"text", "Đã gọi điện"}}), 200) << colleague.page().body;
    EXPECT_TRUE(colleague.shows("Đã gọi điện"));
    ASSERT_EQ(officer.submit(officer_path(id) + "/refuse", {{"reason", "Không đúng thẩm quyền"}}), 412);
    EXPECT_TRUE(officer.shows("Hồ sơ đã được người khác cập nhật"));
    EXPECT_TRUE(officer.shows("Không đúng thẩm quyền")) << "what was entered is kept";
    EXPECT_EQ(load(id).status, dossier::Status::registered);
    ASSERT_EQ(officer.submit(officer_path(id) + "/refuse", {{"reason", "Không đúng thẩm quyền"}}), 200)
        << "the page came back fresh";
    EXPECT_EQ(load(id).status, dossier::Status::refused);
    auto csrf = officer.hidden("/dang-xuat", "csrf");
    EXPECT_EQ(officer.send(officer_path(id) + "/receive", {{"csrf", *csrf}, {"unit", world.unit(commune).code}}), 409);
    EXPECT_TRUE(officer.shows("không được tiếp nhận"));
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("Không đúng thẩm quyền"));
    EXPECT_FALSE(citizen.shows("Đã gọi điện"));
}

TEST_F(Journey, TheWorklistKnowsWhoseAndWhen) {
    std::string id = file_online();
    officer.sign_in("processor");
    ASSERT_EQ(officer.get("/officer"), 200);
    EXPECT_FALSE(officer.shows("/officer/ho-so/" + id)) << "reception's task is not a processor's";
    ASSERT_EQ(officer.get("/officer?xem=don-vi"), 200);
    EXPECT_TRUE(officer.shows("/officer/ho-so/" + id));
    ASSERT_EQ(officer.get("/officer?xem=qua-han"), 200);
    EXPECT_FALSE(officer.shows("/officer/ho-so/" + id));
    ASSERT_EQ(officer.get("/officer?xem=sap-han"), 200);
    EXPECT_TRUE(officer.shows("/officer/ho-so/" + id));
    world.clock.advance(std::chrono::days{3});
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get("/officer?xem=qua-han"), 200);
    EXPECT_TRUE(officer.shows("/officer/ho-so/" + id));
    EXPECT_TRUE(officer.shows("quá hạn"));
    officer.sign_in("stranger");
    ASSERT_EQ(officer.get("/officer?xem=don-vi"), 200);
    EXPECT_FALSE(officer.shows(id));
}

TEST_F(Journey, AnIncidentIsShownAndResolvedAndWhatIsAwaitedIsRecorded) {
    const std::string xml =
        R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:motcua="https://motcua.vn/bpmn/1.0" targetNamespace="t">)"
        R"(<message id="paper" name="paper"/><interface id="i" name="i"><operation id="op" name="op"><inMessageRef>paper</inMessageRef></operation></interface>)"
        R"(<process id="p" isExecutable="true"><startEvent id="start"/><exclusiveGateway id="way"/><intermediateCatchEvent id="wait" name="Giấy xác nhận"><messageEventDefinition messageRef="paper"><operationRef>op</operationRef></messageEventDefinition></intermediateCatchEvent>)"
        R"(<userTask id="issue" name="Vào sổ" motcua:role="clerk"/><userTask id="more" name="Làm thêm" motcua:role="processor"/><endEvent id="end"/><endEvent id="end2"/><sequenceFlow id="a" sourceRef="start" targetRef="way"/>)"
        R"(<sequenceFlow id="b" name="Đủ giấy tờ" sourceRef="way" targetRef="wait"><conditionExpression xsi:type="tFormalExpression">${enough}</conditionExpression></sequenceFlow>)"
        R"(<sequenceFlow id="c" sourceRef="way" targetRef="more"><conditionExpression xsi:type="tFormalExpression">${not(enough)}</conditionExpression></sequenceFlow>)"
        R"(<sequenceFlow id="d" sourceRef="wait" targetRef="issue"/><sequenceFlow id="e" sourceRef="issue" targetRef="end"/><sequenceFlow id="f" sourceRef="more" targetRef="end2"/></process></definitions>)";
    for (std::string_view name : {"one-stop-same-day", "one-stop-standard"}) {
        auto report = definitions::import_definitions(*world.committer, world.ids, definitions::Kind::process,
                                                      {{std::string(name), xml}}, world.meta());
        ASSERT_TRUE(report && report->rejected.empty()) << report->rejected.front().error.reason;
    }
    world.definitions = definitions::load_definitions(*world.database->reader());
    const std::string id = file_online();
    receive(id);
    ASSERT_EQ(load(id).tasks.front().kind, dossier::TaskKind::incident);

    officer.sign_in("processor");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_TRUE(officer.shows("Sự cố quy trình"));
    EXPECT_FALSE(officer.shows("/resolve-incident\"")) << "not this officer's to decide";
    officer.sign_in("approver");
    ASSERT_EQ(officer.get("/officer"), 200);
    EXPECT_TRUE(officer.shows("/officer/ho-so/" + id)) << "the incident is on the worklist";
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_TRUE(officer.shows("Đủ giấy tờ"));
    const std::string key = load(id).pending.front().key;
    EXPECT_EQ(officer.submit(officer_path(id) + "/resolve-incident",
                             {{"incident", key}, {"how", "skip"}, {"flow", "b"}, {"reason", ""}}),
              422);
    ASSERT_EQ(officer.submit(officer_path(id) + "/resolve-incident",
                             {{"incident", key}, {"how", "skip"}, {"flow", "b"}, {"reason", "Đã kiểm tra"}}),
              200)
        << officer.page().body;
    ASSERT_EQ(load(id).tasks.front().kind, dossier::TaskKind::awaited);

    officer.sign_in("processor");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    EXPECT_TRUE(officer.shows("Giấy xác nhận"));
    ASSERT_EQ(officer.submit(officer_path(id) + "/deliver-message", {{"message", "paper"}}), 200)
        << officer.page().body;
    EXPECT_EQ(load(id).tasks.front().role, "clerk");
}

}  // namespace
}  // namespace motcua::portal
