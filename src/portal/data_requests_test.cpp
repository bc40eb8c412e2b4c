// The officer's pages of what people ask about their data, as somebody without scripts uses them.
#include "identity/account_rows.hpp"
#include "portal/test_world.hpp"

namespace motcua::portal {
namespace {

constexpr std::string_view list = "/officer/yeu-cau-du-lieu";

class DataRequests : public ::testing::Test {
  protected:
    DataRequests() {
        world.add_officer("quantri", "administrator", "*");
        world.add_officer("quantri.xa", "administrator");
    }
    /// The person asks; answers the path of the officer's page.
    std::string ask(std::string_view user, std::string_view kind, std::string text) {
        person.sign_in(user);
        EXPECT_EQ(person.get("/du-lieu-cua-toi"), 200);
        EXPECT_EQ(person.submit("/du-lieu-cua-toi/yeu-cau", {{"kind", std::string(kind)}, {"text", std::move(text)}}),
                  200)
            << person.page().body;
        officer.sign_in("quantri");
        EXPECT_EQ(officer.get(list), 200);
        const std::string mark = "href=\"" + std::string(list) + "/";
        const std::size_t at = officer.page().body.rfind(mark);
        EXPECT_NE(at, std::string::npos) << officer.page().body;
        return std::string(list) + "/" + officer.page().body.substr(at + mark.size(), 13);
    }
    bool is_there(std::string_view user) {
        return identity::find_account_id(*world.database->reader(), user).has_value();
    }

    PortalWorld world;
    Browser person{world}, officer{world};
};

TEST_F(DataRequests, AreForThoseWhoAnswerThem) {
    const std::string path = ask("lan", "correct", "Sai <b>năm sinh</b>");
    Browser visitor(world);
    for (const std::string& page : {std::string(list), path}) {
        EXPECT_EQ(visitor.get(page), 401) << page;
        EXPECT_EQ(person.get(page), 403) << page;
        officer.sign_in("clerk");
        EXPECT_EQ(officer.get(page), 403) << page;
    }
    EXPECT_FALSE(officer.shows("Yêu cầu về dữ liệu")) << "nor is it in the menu";
    officer.sign_in("quantri.xa");
    ASSERT_EQ(officer.get(list), 200);
    EXPECT_FALSE(officer.shows("Trần Thị")) << "a person without dossiers belongs to no unit";
    EXPECT_TRUE(officer.shows("Không có yêu cầu nào"));
    EXPECT_EQ(officer.get(path), 404);
    EXPECT_FALSE(officer.shows("năm sinh"));
    const std::string csrf(officer.hidden("/dang-xuat", "csrf").value_or(""));
    for (const char* action : {"/tra-loi", "/xoa"}) {
        EXPECT_EQ(officer.send(path + action, {{"csrf", csrf}, {"answer", "x"}}), 404) << action;
        EXPECT_EQ(officer.send(path + action, {{"answer", "x"}}), 403) << action << " without the token";
    }
    officer.sign_in("quantri");
    EXPECT_EQ(officer.get(std::string(list) + "/0000000000001"), 404);
    EXPECT_EQ(officer.get(std::string(list) + "/nonsense"), 404);
}

TEST_F(DataRequests, OldestComesFirstAndIsAnswered) {
    const std::string first = ask("lan", "correct", "Sai <b>năm sinh</b>");
    world.clock.advance(std::chrono::hours{50});
    const std::string second = ask("other", "object", "Không đồng ý");
    ASSERT_NE(first, second);
    ASSERT_EQ(officer.get(list), 200);
    EXPECT_TRUE(officer.shows("Yêu cầu về dữ liệu"));
    const std::string& body = officer.page().body;
    EXPECT_LT(body.find(first), body.find(second));
    EXPECT_TRUE(officer.shows("đã chờ 2 ngày"));
    EXPECT_TRUE(officer.shows("Trần Thị &lt;b&gt;Lan&lt;/b&gt; (09********25)"));
    EXPECT_FALSE(officer.shows("091187549925")) << "masked";
    ASSERT_EQ(officer.get(first), 200);
    EXPECT_TRUE(officer.shows("Sai &lt;b&gt;năm sinh&lt;/b&gt;"));
    EXPECT_FALSE(officer.shows("/xoa\"")) << "nothing to erase";
    ASSERT_EQ(officer.submit(first + "/tra-loi", {{"answer", "  "}}), 422);
    EXPECT_TRUE(officer.shows("Hãy viết nội dung"));
    EXPECT_TRUE(officer.shows("id=\"reply-answer-error\""));
    ASSERT_EQ(officer.submit(first + "/tra-loi", {{"answer", "Đã sửa <năm sinh>"}}), 200);
    EXPECT_EQ(officer.location(), std::string(list) + "?da=tra-loi");
    EXPECT_TRUE(officer.shows("Đã trả lời"));
    EXPECT_FALSE(officer.shows(first));
    ASSERT_EQ(officer.get(first), 200);
    EXPECT_TRUE(officer.shows("Đã sửa &lt;năm sinh&gt;")) << "it can be read again";
    EXPECT_FALSE(officer.shows("/tra-loi\""));
    person.sign_in("lan");
    ASSERT_EQ(person.get("/du-lieu-cua-toi"), 200);
    EXPECT_TRUE(person.shows("Đã sửa &lt;năm sinh&gt;"));
    ASSERT_EQ(officer.get(std::string(list) + "?lang=en"), 200);
    EXPECT_TRUE(officer.shows("Data requests"));
}

TEST_F(DataRequests, ADamagedNumberHidesNobodysRequest) {
    const std::string damaged = ask("lan", "correct", "Sai năm sinh");
    const std::string sound = ask("other", "object", "Không đồng ý");
    static constexpr db::Statement damage{"test.damage", "UPDATE person SET citizen_id = citizen_id || 'A'"};
    ledger::WriteSet damaging;
    damaging.rows.push_back({&damage, {}, {}, -1});
    ASSERT_TRUE(world.committer->commit(std::move(damaging)));
    ASSERT_EQ(officer.get(list), 200);
    EXPECT_TRUE(officer.shows(damaged) && officer.shows(sound));
    EXPECT_TRUE(officer.shows("Trần Thị &lt;b&gt;Lan&lt;/b&gt;"));
    EXPECT_FALSE(officer.shows("(09********25)"));
}

TEST_F(DataRequests, AnErasureSaysWhatGoesAndNeedsAProof) {
    ask("other", "correct", "Sai địa chỉ");
    const std::string path = ask("other", "erase", "");
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_TRUE(officer.shows("Sẽ mất vĩnh viễn"));
    EXPECT_TRUE(officer.shows("2 phiên đang đăng nhập"));
    EXPECT_TRUE(officer.shows("Nội dung của 1 yêu cầu khác"));
    EXPECT_FALSE(officer.shows(" hồ sơ, giữ theo")) << "there is none";
    EXPECT_TRUE(officer.shows("không cần nhập lại mật khẩu")) << "has just signed in";
    world.clock.advance(std::chrono::minutes{16});
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_TRUE(officer.shows("name=\"_password\""));
    ASSERT_EQ(officer.submit(path + "/xoa", {{"answer", "Theo đơn <12>"}}), 403);
    EXPECT_TRUE(officer.shows("Theo đơn &lt;12&gt;"));
    EXPECT_TRUE(officer.shows("id=\"erase-_password-error\""));
    ASSERT_EQ(officer.submit(path + "/xoa", {{"answer", "Theo đơn 12"}, {"_password", "đoán-mò-1234"}}), 401);
    EXPECT_TRUE(officer.shows("Theo đơn 12"));
    EXPECT_FALSE(officer.shows("đoán-mò"));
    EXPECT_TRUE(officer.shows("Mật khẩu không đúng"));
    EXPECT_TRUE(is_there("other"));
    ASSERT_EQ(officer.submit(path + "/xoa", {{"answer", ""}, {"_password", std::string(test_password)}}), 422);
    EXPECT_TRUE(officer.shows("id=\"erase-answer-error\""));
    EXPECT_TRUE(is_there("other"));
    ASSERT_EQ(officer.submit(path + "/xoa", {{"answer", "Theo đơn 12"}}), 200) << "the proof was good";
    EXPECT_TRUE(officer.shows("Đã xóa tài khoản"));
    EXPECT_TRUE(officer.shows("Không có yêu cầu nào")) << "the other request is settled, too";
    EXPECT_FALSE(is_there("other"));
    ASSERT_EQ(officer.get(path), 200);
    EXPECT_FALSE(officer.shows("/xoa\""));
    EXPECT_FALSE(officer.shows("Người Khác"));
}

TEST_F(DataRequests, AnErasureCanBeDeclined) {
    const std::string path = ask("other", "erase", "");
    ASSERT_EQ(officer.get(path), 200);
    ASSERT_EQ(officer.submit(path + "/tra-loi", {{"answer", "Còn nợ phí"}}), 200);
    EXPECT_TRUE(is_there("other"));
    person.sign_in("other");
    ASSERT_EQ(person.get("/du-lieu-cua-toi"), 200);
    EXPECT_TRUE(person.shows("Còn nợ phí"));
}

}  // namespace
}  // namespace motcua::portal
