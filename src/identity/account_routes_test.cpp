// The API of other accounts, their posts and roles, each route in the groups access, validation and behaviour.
#include "identity/account_rows.hpp"
#include "identity/api_world.hpp"

namespace motcua::identity {
namespace {

using http::testing::Answer;

TEST_F(Api, CreatingAnAccount) {
    add_officer("quantri", {{"administrator", "H33.39"}});
    const auto headers = browser("quantri");
    const std::string path = "/api/v1/accounts";
    suite->validation({.name = "nothing",
                       .method = "POST",
                       .path = path,
                       .headers = headers,
                       .status = 422,
                       .has = {"user_name", "name", "posts"}});
    suite->validation({.name = "no posts",
                       .method = "POST",
                       .path = path,
                       .body = R"({"user_name":"moi","name":"A","posts":[]})",
                       .headers = headers,
                       .status = 422,
                       .has = {"posts"}});
    suite->validation({.name = "unknown member",
                       .method = "POST",
                       .path = path,
                       .body = R"({"user_name":"moi","name":"A","posts":[{"unit":"H33","role":"x"}],"password":"x"})",
                       .headers = headers,
                       .status = 422,
                       .has = {"input.unknown_field"}});
    suite->validation({.name = "name with blanks",
                       .method = "POST",
                       .path = path,
                       .body = new_account("a b", "H33.39.09"),
                       .headers = headers,
                       .status = 422,
                       .has = {"account.user_name_invalid"}});
    suite->validation({.name = "unknown unit",
                       .method = "POST",
                       .path = path,
                       .body = new_account("moi", "H99"),
                       .headers = headers,
                       .status = 422,
                       .has = {"account.unit_unknown", "H99"}});
    suite->validation({.name = "unknown role",
                       .method = "POST",
                       .path = path,
                       .body = new_account("moi", "H33.39.09", "king"),
                       .headers = headers,
                       .status = 422,
                       .has = {"account.role_unknown"}});
    suite->validation(
        {.name = "impossible day",
         .method = "POST",
         .path = path,
         .body =
             R"({"user_name":"moi","name":"A","posts":[{"unit":"H33.39.09","role":"receiver","from":"2023-02-30"}]})",
         .headers = headers,
         .status = 422});
    suite->behaviour({.name = "outside the subtree",
                      .method = "POST",
                      .path = path,
                      .body = new_account("moi", "H33.40.01"),
                      .headers = headers,
                      .status = 403,
                      .has = {"account.outside_scope"}});
    suite->behaviour({.name = "the whole system",
                      .method = "POST",
                      .path = path,
                      .body = new_account("moi", "*"),
                      .headers = headers,
                      .status = 403,
                      .has = {"account.outside_scope"}});
    auto keyed = headers;
    keyed.push_back({"Idempotency-Key", "k1"});
    const Answer created = suite->behaviour({.name = "created",
                                             .method = "POST",
                                             .path = path,
                                             .body = new_account("Moi", "H33.39.09"),
                                             .headers = keyed,
                                             .status = 201,
                                             .has = {R"("user_name":"moi")", "Xã Đông Yên", "2023-06-01"},
                                             .has_not = {"password"}});
    const Answer repeated = suite->behaviour({.name = "repeated key",
                                              .method = "POST",
                                              .path = path,
                                              .body = new_account("Moi", "H33.39.09"),
                                              .headers = keyed,
                                              .status = 201});
    EXPECT_EQ(created.body, repeated.body);
    suite->behaviour({.name = "taken",
                      .method = "POST",
                      .path = path,
                      .body = new_account("moi", "H33.39.09"),
                      .headers = headers,
                      .status = 409,
                      .has = {"account.user_name_taken"}});
    const std::string location(created.headers.get("location"));
    const Answer password =
        suite->behaviour({.name = "a password", .method = "PUT", .path = location + "/password", .headers = headers});
    suite->behaviour({.name = "signs in with it",
                      .method = "POST",
                      .path = "/api/v1/session",
                      .body = body_of("moi", string_or(password.object(), "password"))});
}

TEST_F(Api, AccountsOutsideTheSubtreeDoNotExist) {
    add_officer("quantri", {{"administrator", "H33.39"}});
    const AccountId inside = add_officer("trong", {{"receiver", "H33.39.09"}}),
                    outside = add_officer("ngoai", {{"receiver", "H33.40.01"}}),
                    both = add_officer("ca.hai", {{"receiver", "H33.39.08"}, {"approver", "H33.40.01"}}),
                    person = add_person("lan", "091184001234");
    const auto headers = browser("quantri");
    const auto path = [](AccountId id, std::string_view action = "") {
        return "/api/v1/accounts/" + to_string(id) + std::string(action);
    };
    suite->behaviour({.name = "list",
                      .path = "/api/v1/accounts",
                      .headers = headers,
                      .has = {"trong", "ca.hai", "quantri"},
                      .has_not = {"ngoai", "lan", "Trần"}});
    suite->behaviour({.name = "inside", .path = path(inside), .headers = headers, .has = {"trong"}});
    const Answer none = suite->behaviour({.name = "nobody",
                                          .path = "/api/v1/accounts/0000000000001",
                                          .headers = headers,
                                          .status = 404,
                                          .has = {"account.not_found"}});
    for (AccountId hidden : {outside, person})
        for (std::string_view action : {"", "/disable", "/enable", "/password", "/posts/0000000000001/end"}) {
            const std::string_view method = action.empty() ? "GET" : action == "/password" ? "PUT" : "POST";
            const Answer answer = suite->behaviour({.name = "hidden",
                                                    .method = method,
                                                    .path = path(hidden, action),
                                                    .headers = headers,
                                                    .status = 404,
                                                    .has_not = {"ngoai", "Trần"}});
            EXPECT_EQ(answer.reason(), none.reason());
        }
    suite->behaviour({.name = "seen in part", .path = path(both), .headers = headers, .has = {"ca.hai"}});
    for (std::string_view action : {"/disable", "/password"})
        suite->behaviour({.name = "managed in part",
                          .method = action == "/password" ? "PUT" : "POST",
                          .path = path(both, action),
                          .headers = headers,
                          .status = 403,
                          .has = {"account.managed_elsewhere"}});
}

TEST_F(Api, DisablingAndEnabling) {
    add_officer("quantri", {{"administrator", "H33"}});
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    const auto headers = browser("quantri"), victim = browser("an");
    const std::string path = "/api/v1/accounts/" + to_string(id);
    auto stale = headers;
    stale.push_back({"If-Match", "\"v1\""});
    suite->validation({.name = "stale version",
                       .method = "POST",
                       .path = path + "/disable",
                       .headers = stale,
                       .status = 412,
                       .has = {"request.stale"}});
    suite->behaviour({.name = "enabled already",
                      .method = "POST",
                      .path = path + "/enable",
                      .headers = headers,
                      .status = 409,
                      .has = {"account.enabled_already"}});
    suite->behaviour({.name = "disable",
                      .method = "POST",
                      .path = path + "/disable",
                      .headers = headers,
                      .has = {R"("status":"disabled")"}});
    suite->behaviour({.name = "out at once", .path = "/api/v1/me", .headers = victim, .status = 401});
    suite->behaviour({.name = "cannot sign in",
                      .method = "POST",
                      .path = "/api/v1/session",
                      .body = body_of("an", default_password),
                      .status = 403,
                      .has = {"session.account_disabled"}});
    suite->behaviour({.name = "enable",
                      .method = "POST",
                      .path = path + "/enable",
                      .headers = headers,
                      .has = {R"("status":"active")"}});
    suite->behaviour({.name = "may again", .path = "/api/v1/me", .headers = browser("an"), .has = {"dossier.receive"}});
    const std::string own = "/api/v1/accounts/" + to_string(*find_account_id(*database->reader(), "quantri"));
    for (std::string_view action : {"/disable", "/posts"})
        suite->behaviour({.name = "oneself",
                          .method = "POST",
                          .path = own + std::string(action),
                          .body = action == "/posts" ? post_of("approver", "H33") : "",
                          .headers = headers,
                          .status = 409,
                          .has = {"account.own_account"}});
    suite->behaviour({.name = "oneself",
                      .method = "PUT",
                      .path = own + "/password",
                      .headers = headers,
                      .status = 409,
                      .has = {"account.own_account"}});
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
}

TEST_F(Api, GivingAndEndingPosts) {
    add_officer("quantri", {{"administrator", "H33.39"}});
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}, {"receiver", "H33.40.01"}});
    const auto headers = browser("quantri"), officer = browser("an");
    const std::string path = "/api/v1/accounts/" + to_string(id) + "/posts";
    suite->validation({.name = "nothing",
                       .method = "POST",
                       .path = path,
                       .headers = headers,
                       .status = 422,
                       .has = {"unit", "role"}});
    suite->validation({.name = "ends before it starts",
                       .method = "POST",
                       .path = path,
                       .body = R"({"unit":"H33.39.08","role":"approver","from":"2023-06-02","to":"2023-06-01"})",
                       .headers = headers,
                       .status = 422,
                       .has = {"account.post_end_invalid"}});
    suite->validation({.name = "not a procedure",
                       .method = "POST",
                       .path = path,
                       .body = R"({"unit":"H33.39.08","role":"approver","procedures":["x"]})",
                       .headers = headers,
                       .status = 422});
    suite->behaviour({.name = "outside",
                      .method = "POST",
                      .path = path,
                      .body = post_of("approver", "H33.40.01"),
                      .headers = headers,
                      .status = 403,
                      .has = {"account.outside_scope"}});
    suite->behaviour({.name = "held already",
                      .method = "POST",
                      .path = path,
                      .body = post_of("receiver", "H33.39.09"),
                      .headers = headers,
                      .status = 409,
                      .has = {"account.post_repeated"}});
    const Answer given =
        suite->behaviour({.name = "given",
                          .method = "POST",
                          .path = path,
                          .body = R"({"unit":"H33.39.08","role":"approver","title":"Phó Chủ tịch","fields":["G15"]})",
                          .headers = headers,
                          .status = 201,
                          .has = {"Phó Chủ tịch", "G15"}});
    suite->behaviour({.name = "counts at once", .path = "/api/v1/me", .headers = officer, .has = {"dossier.approve"}});
    std::string post_id, foreign_id;
    const json::object account = given.object();
    for (const json::value& post : *find_array(account, "posts")) {
        if (string_or(post.as_object(), "role") == "approver") post_id = string_or(post.as_object(), "id");
        if (string_or(post.as_object(), "unit") == "H33.40.01") foreign_id = string_or(post.as_object(), "id");
    }
    suite->behaviour({.name = "somebody else's to end",
                      .method = "POST",
                      .path = path + "/" + foreign_id + "/end",
                      .headers = headers,
                      .status = 404,
                      .has = {"account.post_not_found"}});
    suite->validation(
        {.name = "no such post", .method = "POST", .path = path + "/xyz/end", .headers = headers, .status = 404});
    suite->behaviour({.name = "before its start",
                      .method = "POST",
                      .path = path + "/" + post_id + "/end",
                      .body = R"({"to":"2023-05-01"})",
                      .headers = headers,
                      .status = 409,
                      .has = {"account.post_end_invalid"}});
    suite->behaviour({.name = "ended",
                      .method = "POST",
                      .path = path + "/" + post_id + "/end",
                      .headers = headers,
                      .has = {R"("to":"2023-06-01")"}});
    suite->behaviour(
        {.name = "gone at once", .path = "/api/v1/me", .headers = officer, .has_not = {"dossier.approve"}});
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
}

TEST_F(Api, ListsHavePagesWordsAndUnits) {
    add_officer("quantri", {{"administrator", "*"}});
    for (int i = 0; i < 7; ++i)
        add_officer("can.bo." + std::to_string(i), {{"receiver", i < 4 ? "H33.39.09" : "H33.40.01"}});
    const auto headers = browser("quantri");
    std::string seen, next;
    int pages = 0;
    do {
        const Answer answer =
            client->get("/api/v1/accounts?limit=3" + (next.empty() ? "" : "&cursor=" + next), headers);
        ASSERT_EQ(answer.status, 200) << answer.body;
        const json::object object = answer.object();
        for (const json::value& item : *find_array(object, "items"))
            seen += string_or(item.as_object(), "user_name") + " ";
        next = string_or(object, "next");
        ++pages;
    } while (!next.empty());
    EXPECT_EQ(seen, "can.bo.0 can.bo.1 can.bo.2 can.bo.3 can.bo.4 can.bo.5 can.bo.6 quantri ");
    EXPECT_EQ(pages, 3);
    suite->behaviour({.name = "by unit",
                      .path = "/api/v1/accounts?unit=H33.39",
                      .headers = headers,
                      .has = {"can.bo.3"},
                      .has_not = {"can.bo.4", "quantri"}});
    suite->behaviour({.name = "by words",
                      .path = "/api/v1/accounts?words=C%C3%81N+b%E1%BB%99+can+bo+6",
                      .headers = headers,
                      .has = {"can.bo.6"},
                      .has_not = {"can.bo.5"}});
    suite->behaviour({.name = "words are no pattern", .path = "/api/v1/accounts?words=%25", .headers = headers});
    suite->validation({.name = "unknown unit",
                       .path = "/api/v1/accounts?unit=H99",
                       .headers = headers,
                       .status = 422,
                       .has = {"account.unit_unknown"}});
    suite->validation({.name = "bad cursor",
                       .path = "/api/v1/accounts?cursor=abc",
                       .headers = headers,
                       .status = 400,
                       .has = {"request.bad_cursor"}});
    suite->validation({.name = "cursor of another kind",
                       .path = "/api/v1/accounts?cursor=WzFd",
                       .headers = headers,
                       .status = 400,
                       .has = {"request.bad_cursor"}});
    suite->validation({.name = "too many", .path = "/api/v1/accounts?limit=9999", .headers = headers, .status = 422});
}

TEST_F(Api, RolesAndOfficersToChooseFrom) {
    add_officer("truong.phong", {{"head_of_division", "H33.39"}});
    add_officer("xu.ly", {{"processor", "H33.39.09"}});
    const auto headers = browser("truong.phong");
    suite->behaviour({.name = "roles",
                      .path = "/api/v1/roles",
                      .headers = headers,
                      .has = {"head_of_division", "Lãnh đạo ký duyệt", "dossier.approve"}});
    suite->behaviour({.name = "officers",
                      .path = "/api/v1/officers?unit=H33.39.09&role=processor&field=G15-TP07",
                      .headers = headers,
                      .has = {"Cán bộ xu.ly"},
                      .has_not = {"truong.phong"}});
    suite->behaviour({.name = "of another district",
                      .path = "/api/v1/officers?unit=H33.40.01&role=processor",
                      .headers = headers,
                      .status = 403,
                      .has = {"account.outside_scope"}});
    suite->validation(
        {.name = "no unit", .path = "/api/v1/officers?role=processor", .headers = headers, .status = 422});
    suite->validation({.name = "unknown unit",
                       .path = "/api/v1/officers?unit=H99&role=processor",
                       .headers = headers,
                       .status = 422,
                       .has = {"account.unit_unknown"}});
}

}  // namespace
}  // namespace motcua::identity
