// Whole ways through the pages without scripts: a citizen files and follows, officers receive, settle and return;
// refusals come back to the page with the sentence and what was entered.
#include "dossier/rows.hpp"
#include "identity/account_rows.hpp"
#include "identity/one_time_code.hpp"
#include "portal/test_world.hpp"

namespace motcua::portal {
namespace {

class Journey : public ::testing::Test {
  protected:
    PortalWorld world;
    Browser citizen{world};
    Browser officer{world};

    std::vector<Field> beside(std::string name = "Trần Thị Lan") {
        return {{"_applicant/kind", "person"},
                {"_applicant/name", std::move(name)},
                {"_applicant/id_number", "091187549925"},
                {"_applicant/phone", "0912345678"},
                {"_applicant/place", world.unit(commune).code},
                {"_return_channel", "counter"}};
    }
    std::vector<Field> complete(std::string name = "Trần Thị Lan") {
        auto fields = beside(std::move(name));
        // The example's commune is the one before the merger; people choose from those of today.
        for (Field& field : example_entries("1.001193")) {
            if (field.name.ends_with("/unit")) field.value = world.unit(commune).gso;
            if (field.name.starts_with("birth_paper")) continue;
            fields.push_back(std::move(field));
        }
        return fields;
    }
    static std::vector<Field> with(std::vector<Field> fields, std::string_view name, std::string value) {
        for (Field& field : fields)
            if (field.name == name) {
                field.value = std::move(value);
                return fields;
            }
        fields.push_back({std::string(name), std::move(value)});
        return fields;
    }
    /// Files online as `lan` and answers the id.
    std::string file_online() {
        citizen.sign_in("lan");
        EXPECT_EQ(citizen.get("/nop-ho-so/1.001193"), 200);
        EXPECT_EQ(citizen.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper")}), 200) << citizen.page().body;
        return citizen.location().substr(7, 13);
    }
    dossier::Dossier load(const std::string& id) {
        auto session = world.database->reader();
        return *dossier::get_dossier(*session, id);
    }
    std::string officer_path(const std::string& id) { return "/officer/ho-so/" + id; }
    /// Completes the open step as its role; `fields` beside the hidden ones.
    void complete_step(const std::string& id, std::vector<Field> fields = {}, const std::vector<File>& files = {}) {
        dossier::Dossier d = load(id);
        ASSERT_EQ(d.tasks.size(), 1u);
        officer.sign_in(d.tasks.front().role);
        ASSERT_EQ(officer.get(officer_path(id)), 200) << officer.page().body;
        ASSERT_EQ(officer.submit(officer_path(id) + "/complete-step", std::move(fields), files), 200)
            << officer.page().body;
    }
};

/// The shipped processes: who received or appraised does not sign. In an office with too few people it is said so.
TEST_F(Journey, WhoReceivedOrAppraisedDoesNotSign) {
    world.add_officer("mot.nguoi",
                      std::vector<std::string_view>{"receiver", "processor", "head_of_division", "approver"});
    const std::string id = file_online(), path = officer_path(id);
    officer.sign_in("mot.nguoi");
    ASSERT_EQ(officer.get(path), 200);
    ASSERT_EQ(officer.submit(path + "/receive", {{"unit", world.unit(commune).code}}), 200) << officer.page().body;
    for (const char* element : {"forward", "handle"}) {
        ASSERT_EQ(load(id).tasks.front().element, element);
        ASSERT_EQ(officer.get(path), 200);
        ASSERT_EQ(officer.submit(path + "/complete-step", {}), 200) << officer.page().body;
    }
    ASSERT_EQ(load(id).tasks.front().element, "approve");
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_TRUE(officer.shows("đã làm một bước trước"));
    EXPECT_FALSE(officer.shows("Cần người khác")) << "there is an approver besides";
    EXPECT_FALSE(officer.shows("action=\"" + path + "/complete-step\""));
    EXPECT_TRUE(officer.shows("action=\"" + path + "/return-step\"")) << "sending back is not signing";
    ASSERT_TRUE(officer.shows("action=\"" + path + "/assign\""));
    EXPECT_TRUE(officer.shows("Cán bộ approver"));
    EXPECT_FALSE(officer.shows(">Cán bộ mot.nguoi</option>")) << "not to be chosen";
    ASSERT_EQ(officer.get("/officer"), 200);
    EXPECT_TRUE(officer.shows("Việc của tôi (0)")) << "not hers to do";

    // The only other approver leaves: whoever looks sees that somebody is wanted, and the dossier is not lost.
    const auto leave = [&](std::string_view user) {
        auto session = world.database->reader();
        const auto account = identity::find_account(*session, *identity::find_account_id(*session, user));
        auto write = identity::make_write_set(*account, {{"account_disabled", 1, {}}}, world.meta());
        ASSERT_TRUE(world.committer->commit(std::move(write)));
    };
    leave("approver");
    for (const char* who : {"mot.nguoi", "processor"}) {
        officer.sign_in(who);
        ASSERT_EQ(officer.get("/officer?xem=don-vi"), 200);
        EXPECT_TRUE(officer.shows("Cần người khác")) << who;
        ASSERT_EQ(officer.get(path), 200);
        EXPECT_TRUE(officer.shows("không còn ai khác giữ vai trò “Lãnh đạo ký duyệt”")) << who;
    }
    world.add_officer("pho.chu.tich", "approver");
    officer.sign_in("pho.chu.tich");
    ASSERT_EQ(officer.get("/officer"), 200);
    EXPECT_TRUE(officer.shows("Việc của tôi (1)"));
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_FALSE(officer.shows("Cần người khác"));
    ASSERT_EQ(officer.submit(path + "/complete-step", {}), 200) << officer.page().body;
    EXPECT_EQ(load(id).tasks.front().element, "issue");
}

/// Signing asks who signs, in the form itself: what was typed and chosen is there again after each refusal.
TEST_F(Journey, ASignatureIsProvenInItsForm) {
    const std::string id = file_online(), path = officer_path(id), action = path + "/complete-step";
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get(path), 200);
    ASSERT_EQ(officer.submit(path + "/receive", {{"unit", world.unit(commune).code}}), 200) << officer.page().body;
    world.clock.advance(std::chrono::minutes{20});
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_FALSE(officer.shows("_password")) << "receiving and forwarding sign nothing";
    complete_step(id);
    complete_step(id);
    ASSERT_EQ(load(id).tasks.front().element, "approve");
    EXPECT_TRUE(officer.shows("Ký: cần xác nhận"));

    officer.sign_in("approver");
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_TRUE(officer.shows("không cần nhập lại mật khẩu")) << "has just signed in";
    EXPECT_FALSE(officer.shows("name=\"_password\""));
    world.clock.advance(std::chrono::minutes{11});
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_TRUE(officer.shows("name=\"_password\"")) << "it would be over before the form is filled in";
    EXPECT_FALSE(officer.shows("name=\"_code\"")) << "no second factor is on";
    world.clock.advance(std::chrono::minutes{9});
    ASSERT_EQ(officer.get("/officer"), 200);
    EXPECT_TRUE(officer.shows("Ký: cần xác nhận")) << "the worklist says it beforehand";
    ASSERT_EQ(officer.get(path), 200);
    ASSERT_EQ(officer.submit(action, {{"note", "Đồng ý <ký>"}}), 403);
    EXPECT_TRUE(officer.shows("Đồng ý &lt;ký&gt;"));
    EXPECT_TRUE(officer.shows("cần xác nhận lại danh tính"));
    EXPECT_TRUE(officer.shows("aria-invalid=\"true\""));
    ASSERT_EQ(officer.submit(action, {{"note", "Đồng ý <ký>"}, {"_password", "đoán-mò-1234"}}), 401);
    EXPECT_TRUE(officer.shows("Đồng ý &lt;ký&gt;"));
    EXPECT_FALSE(officer.shows("đoán-mò")) << "a password is never shown again";
    EXPECT_EQ(load(id).tasks.front().element, "approve");
    // A form that signs nothing is no way to try passwords, and takes none.
    EXPECT_EQ(officer.submit(path + "/notes", {{"text", "Ghi chú"}, {"_password", "đoán-mò-1234"}}), 200);
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_TRUE(officer.shows("name=\"_password\""));
    ASSERT_EQ(officer.submit(action, {{"note", "Đồng ý"}, {"_password", std::string(test_password)}}), 200)
        << officer.page().body;
    EXPECT_EQ(load(id).tasks.front().element, "issue");
}

TEST_F(Journey, ASignatureWithoutProofKeepsItsFile) {
    const std::string id = file_online(), path = officer_path(id), action = path + "/complete-step";
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get(path), 200);
    ASSERT_EQ(officer.submit(path + "/receive", {{"unit", world.unit(commune).code}}), 200) << officer.page().body;
    for (int i = 0; i < 3; ++i) complete_step(id);
    ASSERT_EQ(load(id).tasks.front().element, "issue");
    officer.sign_in("clerk");
    ASSERT_EQ(officer.get(path), 200);
    world.clock.advance(std::chrono::minutes{16});
    const std::vector<Field> result{{"result/outcome", "granted"}, {"result/number", "12/TLKS"}};
    ASSERT_EQ(officer.submit(action, result, {pdf("_file", "Trích lục.pdf")}), 403) << officer.page().body;
    EXPECT_TRUE(officer.shows("Dùng tệp đã gửi: Trích lục.pdf"));
    EXPECT_TRUE(officer.shows("12/TLKS"));
    ASSERT_FALSE(load(id).result) << "nothing is signed";
    const std::string mark = "name=\"result/documents\" value=\"";
    std::size_t at = officer.page().body.find(mark);
    ASSERT_NE(at, std::string::npos);
    const std::string kept = officer.page().body.substr(at + mark.size(), 13);
    auto again = result;
    again.push_back({"result/documents", kept});
    auto wrong = again;
    wrong.push_back({"_password", "đoán-mò-1234"});
    ASSERT_EQ(officer.submit(action, wrong), 401);
    EXPECT_TRUE(officer.shows("Dùng tệp đã gửi: Trích lục.pdf"));
    again.push_back({"_password", std::string(test_password)});
    ASSERT_EQ(officer.submit(action, again), 200) << officer.page().body;
    const dossier::Dossier d = load(id);
    ASSERT_TRUE(d.result);
    ASSERT_EQ(d.result->documents.size(), 1u);
    EXPECT_EQ(to_string(d.result->documents.front()), kept);
    EXPECT_EQ(d.status, dossier::Status::finished);
}

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
    officer.sign_in("receiver");
    ASSERT_EQ(officer.get(officer_path(id)), 200);
    ASSERT_EQ(officer.submit(officer_path(id) + "/receive", {{"unit", world.unit(commune).code}}), 200)
        << officer.page().body;
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

/// Ways on which somebody does something for somebody else.
class OnBehalf : public Journey {
  protected:
    PersonId person(std::string_view number) {
        return identity::find_person_by_citizen_id(*world.database->reader(), number).value();
    }
    /// As an identity provider of level 2 would.
    void prove(std::string_view number) {
        const identity::AccountId id{person(number).value};
        auto data = identity::find_person(*world.database->reader(), id).value();
        data.proof = 2;
        ledger::WriteSet write;
        write.kind = ledger::StreamKind::account;
        write.meta = world.meta();
        write.rows.push_back(identity::update_person(world.database->field_keys(), id, data));
        CHECK(world.committer->commit(std::move(write)));
    }
    std::string receive_at_counter() {
        officer.sign_in("receiver");
        EXPECT_EQ(officer.get("/officer/tiep-nhan/1.001193"), 200);
        auto fields = complete();
        for (auto [name, value] :
             {std::pair("_channel", "counter"), {"_originals/G15-KQ003204", "1"}, {"_originals/G15-KQ004389", "1"}})
            fields.push_back({name, value});
        fields.push_back({"_unit", world.unit(commune).code});
        EXPECT_EQ(officer.submit("/officer/tiep-nhan/1.001193", fields, {pdf("birth_paper")}), 200)
            << officer.page().body;
        return officer.location().substr(15, 13);
    }
    /// Lan lets the other act for her; the other does.
    void act_for_lan(Browser& other, std::string procedures) {
        prove("091080689844");
        citizen.sign_in("lan");
        citizen.get("/uy-quyen");
        ASSERT_EQ(citizen.submit("/uy-quyen", {{"holder_number", "091080689844"},
                                               {"holder_name", "Người Khác"},
                                               {"procedures", std::move(procedures)},
                                               {"to", "2026-12-31"}}),
                  200)
            << citizen.page().body;
        other.sign_in("other");
        ASSERT_EQ(other.get("/uy-quyen"), 200);
        const std::string mark = R"(name="mandate" value=")";
        const std::size_t at = other.page().body.find(mark);
        ASSERT_NE(at, std::string::npos);
        ASSERT_EQ(other.submit("/tai-khoan/thay-mat", {{"mandate", other.page().body.substr(at + mark.size(), 13)}}),
                  200)
            << other.page().body;
    }
};

/// The API's sign-in, and every other, is this call.
TEST_F(OnBehalf, EverySignInClaimsWhatWasFiledAtTheCounter) {
    const std::string id = receive_at_counter();
    prove("091187549925");
    const auto in = world.identity->sign_in({.user_name = "lan",
                                             .password = test_password,
                                             .address = "10.0.0.9",
                                             .agent = "",
                                             .old_token = {},
                                             .request_id = "sign-in-of-the-api",
                                             .now = world.clock.now()});
    ASSERT_TRUE(in);
    EXPECT_EQ(load(id).owner.value, in->principal.id);
}

TEST_F(OnBehalf, ADossierOfTheCounterAppearsOnceTheCitizenIsProven) {
    const std::string id = receive_at_counter();
    EXPECT_FALSE(load(id).owner);
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    EXPECT_FALSE(citizen.shows(load(id).code));
    EXPECT_EQ(citizen.get("/ho-so/" + id), 404);
    prove("091187549925");
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(citizen.shows(load(id).code));
    EXPECT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("đã xác thực theo dõi hồ sơ"));
    EXPECT_TRUE(dossier::list_unclaimed(*world.database->reader(), "091187549925", 10).empty());
    EXPECT_EQ(dossier::check_rows(*world.database->reader(), load(id).id), std::vector<std::string>{});
    // Who is proven when it is received follows it at once.
    EXPECT_EQ(load(receive_at_counter()).owner, person("091187549925"));
}

TEST_F(OnBehalf, ADossierFiledUnderAMandateIsThePersonsAndNamesBoth) {
    Browser other(world);
    act_for_lan(other, "1.001193");
    ASSERT_EQ(other.get("/nop-ho-so/1.001193"), 200);
    ASSERT_EQ(other.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper")}), 200) << other.page().body;
    const std::string id = other.location().substr(7, 13);
    const dossier::Dossier filed = load(id);
    EXPECT_EQ(filed.owner, person("091187549925"));
    for (const auto& event :
         ledger::read_stream(*world.database->reader(), ledger::StreamKind::dossier, filed.id.value, filed.head)) {
        EXPECT_EQ(event.meta.actor, "person:" + to_string(person("091080689844")));
        EXPECT_EQ(event.meta.on_behalf_of, "person:" + to_string(person("091187549925")));
    }
    ASSERT_EQ(other.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(other.shows(id));
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    EXPECT_TRUE(citizen.shows("Người Khác"));  // she sees who did it
    // For himself again he sees nothing of it.
    ASSERT_EQ(other.get("/ho-so-cua-toi"), 200);
    ASSERT_EQ(other.submit("/tai-khoan/thay-mat/thoi", {}), 200);
    EXPECT_EQ(other.get("/ho-so/" + id), 404);
}

TEST_F(OnBehalf, AMandateEndsAtItsScope) {
    const std::string id = file_online();
    Browser other(world);
    act_for_lan(other, "1.004884");
    EXPECT_EQ(other.get("/ho-so/" + id), 404);
    ASSERT_EQ(other.get("/ho-so-cua-toi"), 200);
    EXPECT_FALSE(other.shows(id));
    ASSERT_EQ(other.get("/nop-ho-so/1.001193"), 200);
    EXPECT_EQ(other.submit("/nop-ho-so/1.001193", complete(), {pdf("birth_paper")}), 403) << other.page().body;
    EXPECT_TRUE(other.shows("ngoài phạm vi"));
}

TEST_F(OnBehalf, WhoActsForThePersonIsSeenLooking) {
    const std::string id = file_online();
    Browser other(world);
    act_for_lan(other, "");
    for (const char* page : {"", "", "/sua"}) ASSERT_EQ(other.get("/ho-so/" + id + page), 200) << other.page().body;
    citizen.sign_in("lan");
    ASSERT_EQ(citizen.get("/ho-so/" + id), 200);
    ASSERT_EQ(citizen.get("/du-lieu-cua-toi"), 200);
    const std::string& page = citizen.page().body;
    const std::size_t at = page.find("Người được ông/bà ủy quyền");
    ASSERT_NE(at, std::string::npos) << page;
    EXPECT_NE(page.find("Người Khác"), std::string::npos);
    EXPECT_EQ(page.find("Người được ông/bà ủy quyền", at + 1), std::string::npos) << "once an hour";
}

TEST_F(OnBehalf, ACodeShowsMoreOfADossier) {
    const std::string id = receive_at_counter(), code = load(id).code;
    sending::Recorder sender;
    const auto taken = [&] {
        EXPECT_TRUE(identity::deliver_messages(*world.identity, sender, world.clock.now()));
        return sender.taken();
    };
    Browser visitor(world);
    // Wrong digits and a dossier that is not there are answered alike, and nothing is sent.
    std::vector<std::string> answers;
    for (const auto& [asked, digits] : {std::pair(code, std::string("0000")), {"H33.39.09-260302-9999", "5678"}}) {
        EXPECT_EQ(visitor.send("/tra-cuu/ma", {{"ma", asked}, {"so", digits}}), 200);
        std::string body = visitor.page().body;
        for (const std::string& own : {asked, digits})
            for (std::size_t at; (at = body.find("value=\"" + own + "\"")) != std::string::npos;)
                body.erase(at, own.size() + 8);
        answers.push_back(body);
    }
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_TRUE(taken().empty());
    ASSERT_EQ(visitor.get("/tra-cuu?ma=" + code), 200);
    ASSERT_EQ(visitor.submit("/tra-cuu", {{"ma", code}, {"so", "5678"}}), 200);
    ASSERT_EQ(visitor.submit("/tra-cuu/ma", {{"ma", code}, {"so", "5678"}}), 200);
    ASSERT_EQ(taken().size(), 1u);
    EXPECT_EQ(taken().back().to, "0912345678");
    const std::string secret = taken().back().text.substr(std::string("Mã ").size(), 6);
    EXPECT_EQ(visitor.submit("/tra-cuu/xem", {{"ma", code}, {"so", "5678"}, {"xac-nhan", "x"}}), 401);
    EXPECT_EQ(visitor.submit("/tra-cuu/xem", {{"ma", code}, {"so", "5678"}, {"xac-nhan", secret}}), 200)
        << visitor.page().body;
    EXPECT_TRUE(visitor.shows("timeline"));
    EXPECT_FALSE(visitor.shows("091187549925"));
    EXPECT_EQ(visitor.send("/tra-cuu/xem", {{"ma", code}, {"so", "5678"}, {"xac-nhan", secret}}), 401);
    int status = 200;
    for (int i = 0; i < 10 && status == 200; ++i) status = visitor.send("/tra-cuu/ma", {{"ma", code}, {"so", "5678"}});
    EXPECT_EQ(status, 429);
}

}  // namespace
}  // namespace motcua::portal
