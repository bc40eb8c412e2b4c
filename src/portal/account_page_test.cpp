// The own account as a person without scripts uses it: second factor from the first code to switching off, and
// sessions.
#include "identity/totp.hpp"
#include "portal/test_world.hpp"

namespace motcua::portal {
namespace {

class AccountPage : public ::testing::Test {
  protected:
    PortalWorld world;
    Browser browser{world};

    static std::string between(const std::string& text, std::string_view before, std::string_view after) {
        const std::size_t at = text.find(before);
        if (at == std::string::npos) return {};
        const std::size_t start = at + before.size();
        return text.substr(start, text.find(after, start) - start);
    }
    static std::string decode_base32(std::string_view text) {
        std::string bytes;
        unsigned bits = 0, held = 0;
        for (const char c : text) {
            bits = bits << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
            if ((held += 5) >= 8) bytes += static_cast<char>(bits >> (held -= 8) & 0xFF);
        }
        return bytes;
    }
};

TEST_F(AccountPage, IsForThoseSignedIn) {
    EXPECT_EQ(browser.get("/tai-khoan"), 401);
    browser.sign_in("lan");
    EXPECT_EQ(browser.get("/tai-khoan"), 200);
    EXPECT_FALSE(browser.shows("Xác thực hai lớp")) << "citizens have no second factor of ours";
    EXPECT_TRUE(browser.shows("Trần Thị &lt;b&gt;Lan"));
    EXPECT_EQ(browser.send("/tai-khoan/xac-thuc", {{"password", "x"}}), 403);
}

TEST_F(AccountPage, AHandOverBringsItsProofAlong) {
    browser.sign_in("receiver");
    world.clock.advance(std::chrono::minutes{16});
    ASSERT_EQ(browser.get("/tai-khoan"), 200);
    const auto post = between(browser.page().body, "<select id=\"leave-post\" name=\"post\"><option value=\"", "\"");
    const std::vector<Field> order{{"post", post}, {"user_name", "processor"}, {"to", "2026-03-10"}};
    ASSERT_EQ(browser.submit("/tai-khoan/uy-nhiem", order), 403);
    EXPECT_TRUE(browser.shows("id=\"leave-_password-error\""));
    EXPECT_TRUE(browser.shows("value=\"processor\"")) << "what was typed is there again";
    EXPECT_TRUE(browser.shows("value=\"2026-03-10\""));
    auto wrong = order;
    wrong.push_back({"_password", "đoán-mò-1234"});
    ASSERT_EQ(browser.submit("/tai-khoan/uy-nhiem", wrong), 401);
    EXPECT_FALSE(browser.shows("đoán-mò"));
    auto right = order;
    right.push_back({"_password", std::string(test_password)});
    ASSERT_EQ(browser.submit("/tai-khoan/uy-nhiem", right), 200) << browser.page().body;
    EXPECT_TRUE(browser.shows("Cán bộ processor"));
}

TEST_F(AccountPage, SecondFactorFromFirstCodeToSwitchingOff) {
    const std::string password(test_password);
    browser.sign_in("receiver");
    browser.get("/tai-khoan");
    EXPECT_EQ(browser.submit("/tai-khoan/xac-thuc", {{"password", "sai"}}), 401);
    EXPECT_TRUE(browser.shows("id=\"begin-password-error\"")) << "said at the field, too";
    EXPECT_TRUE(browser.shows("<details open>"));
    EXPECT_EQ(browser.submit("/tai-khoan/xac-thuc", {{"password", password}}), 200);
    const std::string secret = between(browser.page().body, "<p class=\"code\">", "</p>");
    ASSERT_EQ(secret.size(), 32u) << browser.page().body;
    EXPECT_TRUE(browser.shows("otpauth://totp/Motcua:receiver?secret=" + secret));
    EXPECT_EQ(browser.page().headers.get("cache-control"), "no-store");
    const auto code = [&] {
        return identity::totp_code(decode_base32(secret), identity::totp_step(world.clock.now()));
    };
    EXPECT_EQ(browser.submit("/tai-khoan/xac-thuc/bat", {{"code", "000000"}}), 422);
    EXPECT_FALSE(browser.shows(secret)) << "shown once";
    EXPECT_EQ(browser.submit("/tai-khoan/xac-thuc/bat", {{"code", code()}}), 200);
    const std::string recovery = between(browser.page().body, "<code>", "</code>");
    ASSERT_EQ(recovery.size(), 19u);

    world.clock.advance(std::chrono::seconds{30});
    Browser phone{world};
    phone.get("/dang-nhap");
    EXPECT_EQ(phone.submit("/dang-nhap", {{"user_name", "receiver"}, {"password", password}}), 200);
    EXPECT_TRUE(phone.shows("action=\"/dang-nhap/ma\""));
    const std::string ticket = phone.hidden("/dang-nhap/ma", "ticket").value_or("");
    EXPECT_EQ(phone.send("/dang-nhap/ma", {{"ticket", ticket}, {"code", "000000"}}), 401);
    EXPECT_EQ(phone.hidden("/dang-nhap/ma", "ticket"), ticket) << "another try";
    EXPECT_EQ(phone.send("/dang-nhap/ma", {{"ticket", "x"}, {"code", code()}}), 401);
    EXPECT_TRUE(phone.shows("name=\"user_name\"")) << "from the start";
    EXPECT_EQ(phone.send("/dang-nhap/ma", {{"ticket", ticket}, {"code", recovery}, {"tiep", "//evil.example"}}), 200);
    EXPECT_EQ(phone.location(), "/officer");
    phone.get("/tai-khoan");
    EXPECT_TRUE(phone.shows("Còn 9 mã dự phòng"));

    EXPECT_EQ(phone.submit("/tai-khoan/xac-thuc/ma-du-phong", {{"password", password}, {"code", code()}}), 200);
    EXPECT_NE(between(phone.page().body, "<code>", "</code>"), "");
    world.clock.advance(std::chrono::seconds{30});
    phone.get("/tai-khoan");
    EXPECT_EQ(phone.submit("/tai-khoan/xac-thuc/tat", {{"password", password}, {"code", recovery}}), 401);
    EXPECT_EQ(phone.submit("/tai-khoan/xac-thuc/tat", {{"password", password}, {"code", code()}}), 200);
    EXPECT_TRUE(phone.shows("Chưa bật"));
    EXPECT_EQ(phone.get("/tai-khoan?lang=en"), 200);
    EXPECT_TRUE(phone.shows("Two-step sign-in"));
}

TEST_F(AccountPage, SessionsEndOneByOneOrTogether) {
    Browser other{world}, third{world}, stranger{world};
    browser.sign_in("lan");
    world.clock.advance(std::chrono::minutes{2});
    other.sign_in("lan");
    third.sign_in("lan");
    stranger.sign_in("other");
    browser.get("/tai-khoan");
    const std::string action =
        "/tai-khoan/phien/" + between(browser.page().body, "action=\"/tai-khoan/phien/", "/") + "/ket-thuc";
    EXPECT_EQ(stranger.get("/tai-khoan"), 200);
    const std::string csrf = between(stranger.page().body, "name=\"csrf\" value=\"", "\"");
    EXPECT_EQ(stranger.send(action, {{"csrf", csrf}}), 404) << "somebody else's is like none";
    EXPECT_EQ(browser.send(action, {}), 403) << "without the token of the page";
    browser.get("/tai-khoan");
    EXPECT_EQ(browser.submit(action, {}), 200);
    EXPECT_EQ(browser.location(), "/tai-khoan");
    EXPECT_EQ((other.get("/tai-khoan") == 200) + (third.get("/tai-khoan") == 200), 1);
    EXPECT_EQ(browser.submit("/tai-khoan/phien/ket-thuc", {}), 200);
    EXPECT_EQ(other.get("/tai-khoan"), 401);
    EXPECT_EQ(third.get("/tai-khoan"), 401);
    EXPECT_FALSE(browser.shows("/tai-khoan/phien/ket-thuc")) << "no others are left";
}

}  // namespace
}  // namespace motcua::portal
