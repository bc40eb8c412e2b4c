// The API of sessions and of the own account, each route in the groups access, validation and behaviour; that no route
// of identity is open to those who may not.
#include "identity/api_world.hpp"

namespace motcua::identity {
namespace {

using http::NameValue;
using http::testing::Answer;

TEST_F(Api, EveryRouteIsClosedToThoseWhoMayNot) {
    add_officer("receiver", {{"receiver", "H33.39.09"}});
    add_person("lan", "091184001234");
    const auto officer = browser("receiver"), person = browser("lan");
    for (const auto& route : router.routes()) {
        if (route->permission == http::permission::open) continue;
        std::string path = route->path;
        for (const char* name : {"{id}", "{post}"})
            if (const auto at = path.find(name); at != std::string::npos)
                path.replace(at, std::string(name).size(), "0000000000001");
        const std::string_view method = to_string(route->method);
        suite->access({.name = "a visitor", .method = method, .path = path, .status = 401, .has = {"auth.required"}});
        if (route->permission != http::permission::signed_in && route->permission != http::permission::as_person)
            suite->access({.name = "a citizen",
                           .method = method,
                           .path = path,
                           .headers = person,
                           .status = 403,
                           .has = {"auth.not_permitted"}});
        if (route->permission == permission::account_manage || route->permission == permission::dossier_assign)
            suite->access(
                {.name = "an officer without it", .method = method, .path = path, .headers = officer, .status = 403});
    }
    EXPECT_TRUE(suite->routes_without_access_case().empty());
}

TEST_F(Api, SigningIn) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    suite->validation({.name = "no body",
                       .method = "POST",
                       .path = "/api/v1/session",
                       .status = 422,
                       .has = {"input.required", "user_name", "password"}});
    suite->validation({.name = "too much",
                       .method = "POST",
                       .path = "/api/v1/session",
                       .body = body_of("an", std::string(600, 'x')),
                       .status = 422,
                       .has = {"input.too_long"},
                       .has_not = {"xxxx"}});
    suite->validation({.name = "not JSON",
                       .method = "POST",
                       .path = "/api/v1/session",
                       .body = "user_name=an&password=x",
                       .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                       .status = 415});
    suite->behaviour({.name = "wrong password",
                      .method = "POST",
                      .path = "/api/v1/session",
                      .body = body_of("an", "sai mật khẩu"),
                      .status = 401,
                      .has = {"session.wrong_credentials"},
                      .has_not = {"sai mật khẩu"}});
    const Answer answer =
        suite->behaviour({.name = "right",
                          .method = "POST",
                          .path = "/api/v1/session",
                          .body = body_of("an", default_password),
                          .has = {R"("signed_in":true)", "dossier.receive", "H33.39.09", "csrf_token", "expires_at"},
                          .has_not = {"\"token\""}});
    const std::string cookie(answer.headers.get("set-cookie"));
    EXPECT_TRUE(cookie.starts_with("motcua_session=")) << cookie;
    EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos);
    EXPECT_NE(cookie.find("; SameSite=Lax"), std::string::npos);
    EXPECT_NE(cookie.find("; Path=/"), std::string::npos);
    EXPECT_EQ(cookie.find("Max-Age"), std::string::npos) << "ends with the browser";
    EXPECT_EQ(answer.headers.get("cache-control"), "no-store");
}

TEST_F(Api, SigningInForScripts) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const Answer answer =
        client->post("/api/v1/session", R"({"user_name":"an","password":"bốn con voi tím","bearer":true})");
    EXPECT_FALSE(answer.headers.contains("set-cookie"));
    const std::string token = string_or(answer.object(), "token");
    const std::vector<NameValue> headers{{"Authorization", "Bearer " + token}};
    EXPECT_EQ(client->get("/api/v1/me", headers).status, 200);
    EXPECT_EQ(client->send("DELETE", "/api/v1/me/sessions", "", headers).status, 204) << "no CSRF token needed";
    suite->behaviour({.name = "a token that is none",
                      .path = "/api/v1/me",
                      .headers = {{"Authorization", "Bearer abc"}},
                      .status = 401,
                      .has = {"session.invalid_token"}});
}

TEST_F(Api, TooManyFailuresSayWhenToComeBack) {
    Answer answer;
    for (int i = 0; i < 7; ++i) answer = client->post("/api/v1/session", body_of("an", "sai"));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.reason(), "session.too_many_attempts");
    EXPECT_EQ(answer.headers.get("retry-after"), "5");
}

TEST_F(Api, AVisitorLearnsHowToSignInAndNothingElse) {
    suite->behaviour({.name = "visitor",
                      .path = "/api/v1/session",
                      .has = {R"("signed_in":false)", "person_password"},
                      .has_not = {"csrf", "permissions"}});
    suite->behaviour({.name = "nonsense cookie",
                      .path = "/api/v1/session",
                      .headers = {{"Cookie", "motcua_session=abc"}},
                      .has = {R"("signed_in":false)"}});
    EXPECT_EQ(client->send("DELETE", "/api/v1/session", "", {}).status, 204);
}

TEST_F(Api, ChangesNeedTheTokenOfThePage) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    auto headers = browser("an");
    const std::vector<NameValue> cookie_only{headers[0]};
    suite->behaviour({.name = "no token",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions",
                      .headers = cookie_only,
                      .status = 403,
                      .has = {"auth.bad_csrf_token"}});
    auto forged = headers;
    forged[1].value = std::string(43, 'A');
    suite->behaviour({.name = "another token",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions",
                      .headers = forged,
                      .status = 403,
                      .has = {"auth.bad_csrf_token"}});
    auto elsewhere = headers;
    elsewhere.push_back({"Sec-Fetch-Site", "cross-site"});
    suite->behaviour({.name = "from another site",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions",
                      .headers = elsewhere,
                      .status = 403,
                      .has = {"auth.cross_site"}});
    const auto other = browser("an");
    suite->behaviour({.name = "of another session",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions",
                      .headers = {headers[0], other[1]},
                      .status = 403});
    suite->behaviour({.name = "the right one",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions",
                      .headers = headers,
                      .status = 204});
    suite->behaviour({.name = "signing in from another site",
                      .method = "POST",
                      .path = "/api/v1/session",
                      .body = body_of("an", default_password),
                      .headers = {{"Origin", "https://evil.example"}},
                      .status = 403,
                      .has = {"auth.cross_site"}});
}

TEST_F(Api, SigningInAgainEndsTheFormerSession) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    add_officer("binh", {{"receiver", "H33.39.08"}});
    const auto planted = browser("binh");
    const Answer answer = client->post("/api/v1/session", body_of("an", default_password), {planted[0]});
    EXPECT_EQ(answer.status, 200) << "a session that is still there is no obstacle";
    EXPECT_EQ(string_or(answer.object(), "name"), "Cán bộ an");
    suite->behaviour({.name = "the planted one is over", .path = "/api/v1/me", .headers = planted, .status = 401});
}

TEST_F(Api, OwnAccount) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    add_person("lan", "091184001234");
    suite->behaviour({.name = "officer",
                      .path = "/api/v1/me",
                      .headers = browser("an"),
                      .has = {"Xã Đông Yên", "Công chức tiếp nhận hồ sơ", "\"from\":null", "dossier.receive"},
                      .has_not = {"citizen_id", "argon2"}});
    auto english = browser("lan");
    english.push_back({"Accept-Language", "en"});
    suite->behaviour(
        {.name = "citizen", .path = "/api/v1/me", .headers = english, .has = {"091184001234", "\"permissions\":[]"}});
}

TEST_F(Api, OwnPassword) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const auto headers = browser("an");
    const auto body = [](std::string_view present, std::string_view wanted) {
        return json::serialize(json::object{{"present", present}, {"wanted", wanted}});
    };
    const std::string path = "/api/v1/me/password";
    suite->validation({.name = "nothing",
                       .method = "PUT",
                       .path = path,
                       .headers = headers,
                       .status = 422,
                       .has = {"present", "wanted"}});
    suite->validation({.name = "weak",
                       .method = "PUT",
                       .path = path,
                       .body = body(default_password, "Matkhau@2024"),
                       .headers = headers,
                       .status = 422,
                       .has = {"account.password_weak"}});
    suite->behaviour({.name = "present one wrong",
                      .method = "PUT",
                      .path = path,
                      .body = body("sai mật khẩu", "năm con voi hồng"),
                      .headers = headers,
                      .status = 401,
                      .has = {"session.wrong_credentials"}});
    suite->behaviour({.name = "changed",
                      .method = "PUT",
                      .path = path,
                      .body = body(default_password, "năm con voi hồng"),
                      .headers = headers,
                      .status = 204});
    suite->behaviour({.name = "the new one works",
                      .method = "POST",
                      .path = "/api/v1/session",
                      .body = body_of("an", "năm con voi hồng")});
}

TEST_F(Api, OwnSessions) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    add_officer("binh", {{"receiver", "H33.39.09"}});
    const auto here = browser("an"), there = browser("an"), foreign = browser("binh");
    const Answer list = suite->behaviour({.name = "list",
                                          .path = "/api/v1/me/sessions",
                                          .headers = here,
                                          .has = {"127.0.0.1", "\"current\":true", "\"current\":false"},
                                          .has_not = {"token"}});
    const json::object object = list.object();
    ASSERT_EQ(find_array(object, "items")->size(), 2u);
    const std::string id_of_foreign =
        string_or(client->get("/api/v1/me/sessions", foreign).object().at("items").at(0).as_object(), "id");
    const std::string id_of_there = string_or(find_array(object, "items")->at(0).as_object(), "id");
    suite->behaviour({.name = "somebody else's looks like none",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions/" + id_of_foreign,
                      .headers = here,
                      .status = 404,
                      .has = {"session.not_found"}});
    suite->validation(
        {.name = "no id", .method = "DELETE", .path = "/api/v1/me/sessions/xyz", .headers = here, .status = 404});
    suite->behaviour({.name = "end the other",
                      .method = "DELETE",
                      .path = "/api/v1/me/sessions/" + id_of_there,
                      .headers = here,
                      .status = 204});
    suite->behaviour({.name = "it is over", .path = "/api/v1/me", .headers = there, .status = 401});
    const auto again = browser("an");
    suite->behaviour(
        {.name = "end all others", .method = "DELETE", .path = "/api/v1/me/sessions", .headers = here, .status = 204});
    suite->behaviour({.name = "they are over", .path = "/api/v1/me", .headers = again, .status = 401});
    suite->behaviour({.name = "binh's goes on", .path = "/api/v1/me", .headers = foreign});
    const Answer out = suite->behaviour(
        {.name = "sign out", .method = "DELETE", .path = "/api/v1/session", .headers = here, .status = 204});
    EXPECT_NE(out.headers.get("set-cookie").find("Max-Age=0"), std::string_view::npos);
    suite->behaviour({.name = "signed out", .path = "/api/v1/me", .headers = here, .status = 401});
}

}  // namespace
}  // namespace motcua::identity
