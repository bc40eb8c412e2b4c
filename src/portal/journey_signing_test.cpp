// Who signs on the pages: not who received or appraised, and nobody without a recent proof of who he is, which the form
// itself takes.
#include "identity/account_rows.hpp"
#include "portal/journey_world.hpp"

namespace motcua::portal {
namespace {

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
    receive(id);
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
    receive(id);
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

}  // namespace
}  // namespace motcua::portal
