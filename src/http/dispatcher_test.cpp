#include <gtest/gtest.h>

#include "base/log.hpp"
#include "http/test_app.hpp"
#include "resources/messages.hpp"

namespace motcua::http {
namespace {

using testing::Answer;
using testing::Client;

class DispatcherTest : public ::testing::Test {
  protected:
    TestApp app;
    Client client = app.client();
    testing::Suite suite{client};

    void sign_in() { app.authenticator.principal = testing::officer(1, {"thing.add"}); }
};

TEST_F(DispatcherTest, Access) {
    suite.access({.name = "anybody reads what is open", .path = "/echo"});
    suite.access({.name = "a visitor may not add",
                  .method = "POST",
                  .path = "/api/v1/things/1/add",
                  .body = R"({"amount":1})",
                  .status = 401,
                  .has = {"auth.required", "Bạn cần đăng nhập"},
                  .has_not = {"total"}});
    suite.access({.name = "nor slowly",
                  .method = "POST",
                  .path = "/api/v1/things/1/slow-add",
                  .body = R"({"amount":1})",
                  .status = 401});
    suite.access({.name = "nor replace", .method = "PUT", .path = "/api/v1/things/1", .body = "{}", .status = 401});
    EXPECT_EQ(suite.routes_without_access_case(), std::vector<std::string>{"GET /page"});
    suite.access({.name = "a page says it as a page", .path = "/page", .status = 401, .has = {"<h1>Cần đăng nhập"}});
    EXPECT_TRUE(suite.routes_without_access_case().empty());

    app.authenticator.principal = testing::person(5);
    suite.access({.name = "a citizen may not add",
                  .method = "POST",
                  .path = "/api/v1/things/1/add",
                  .body = R"({"amount":1})",
                  .status = 403,
                  .has = {"auth.not_permitted"}});
    suite.access({.name = "a citizen is signed in", .path = "/page", .has = {"<h1>page"}});
    EXPECT_EQ(app.decisions, 0);
}

TEST_F(DispatcherTest, Validation) {
    sign_in();
    suite.validation({.name = "not JSON",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .body = "{",
                      .status = 400,
                      .has = {"json.malformed"}});
    suite.validation({.name = "not an object",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .body = "[]",
                      .status = 422,
                      .has = {"input.not_an_object"}});
    suite.validation({.name = "missing field",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .body = "{}",
                      .status = 422,
                      .has = {R"("path":"amount")", "input.required", "Mục này là bắt buộc"}});
    suite.validation({.name = "no body at all",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .status = 422,
                      .has = {"input.required"}});
    suite.validation({.name = "wrong media type",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .body = "a=1",
                      .headers = {{"Content-Type", "text/plain"}},
                      .status = 415,
                      .has = {"request.bad_media_type"}});
    suite.validation({.name = "bad If-Match",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .body = R"({"amount":1})",
                      .headers = {{"If-Match", "7"}},
                      .status = 400,
                      .has = {"request.bad_if_match"}});
    suite.validation({.name = "If-Match is a must",
                      .method = "PUT",
                      .path = "/api/v1/things/1",
                      .body = "{}",
                      .status = 428,
                      .has = {"request.if_match_required"}});
    suite.validation({.name = "bad key",
                      .method = "POST",
                      .path = "/api/v1/things/1/add",
                      .body = R"({"amount":1})",
                      .headers = {{"Idempotency-Key", "a b"}},
                      .status = 400,
                      .has = {"request.bad_key"}});
    suite.validation(
        {.name = "query out of range", .path = "/echo?n=10", .status = 422, .has = {"input.out_of_range", "\"n\""}});
    suite.validation({.name = "unknown query", .path = "/echo?x=1", .status = 422, .has = {"input.unknown_field"}});
    suite.validation({.name = "bad escape", .path = "/echo?q=%zz", .status = 400, .has = {"request.bad_query"}});
    suite.validation({.name = "climbing out", .path = "/echo/../x", .status = 400, .has = {"request.bad_path"}});
    suite.validation({.name = "body too large",
                      .method = "POST",
                      .path = "/upload",
                      .body = std::string(100'001, 'x'),
                      .status = 413,
                      .has = {"http.body_too_large", "100000"}});
    EXPECT_EQ(app.decisions, 0);
}

TEST_F(DispatcherTest, Behaviour) {
    sign_in();
    suite.behaviour(
        {.name = "nothing there yet", .path = "/api/v1/things/1", .status = 404, .has = {"http.not_found"}});
    Answer added = suite.behaviour({.name = "adds",
                                    .method = "POST",
                                    .path = "/api/v1/things/1/add",
                                    .body = R"({"amount":2})",
                                    .status = 201,
                                    .has = {"\"total\":2"}});
    EXPECT_EQ(added.headers.get("etag"), "\"v1\"");
    suite.behaviour({.name = "adds on",
                     .method = "POST",
                     .path = "/api/v1/things/1/slow-add",
                     .body = R"({"amount":3})",
                     .status = 201,
                     .has = {"\"total\":5"}});
    suite.behaviour({.name = "of a stale version",
                     .method = "POST",
                     .path = "/api/v1/things/1/add",
                     .body = R"({"amount":1})",
                     .headers = {{"If-Match", "\"v1\""}},
                     .status = 412,
                     .has = {"request.stale"}});
    suite.behaviour({.name = "of the present version",
                     .method = "POST",
                     .path = "/api/v1/things/1/add",
                     .body = R"({"amount":1})",
                     .headers = {{"If-Match", "\"v2\""}},
                     .status = 201});
    suite.behaviour({.name = "without need to write",
                     .method = "POST",
                     .path = "/api/v1/things/1/add",
                     .body = R"({"amount":0})",
                     .status = 200,
                     .has = {"\"total\":6"}});
    Answer read = suite.behaviour({.name = "reads", .path = "/api/v1/things/1", .has = {"\"total\":6"}});
    EXPECT_EQ(read.headers.get("etag"), "\"v3\"");
    EXPECT_EQ(read.headers.get("cache-control"), "private, no-cache");
    Answer same = client.get("/api/v1/things/1", {{"If-None-Match", "\"x\", W/\"v3\""}});
    EXPECT_EQ(same.status, 304);
    EXPECT_TRUE(same.body.empty());
}

TEST_F(DispatcherTest, ARepeatedKeyChangesNothing) {
    sign_in();
    std::vector<NameValue> key{{"Idempotency-Key", "11111111-2222"}};
    Answer first = client.post("/api/v1/things/1/add", R"({"amount":2})", key);
    Answer second = client.post("/api/v1/things/1/add", R"({"amount":2})", key);
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(first.body, second.body);
    EXPECT_EQ(second.headers.get("etag"), "\"v1\"");
    EXPECT_EQ(second.headers.get("idempotency-replayed"), "true");
    EXPECT_EQ(app.decisions, 1);
    EXPECT_EQ(client.post("/api/v1/things/1/add", R"({"amount":3})", key).reason(), "request.key_reused");
    EXPECT_EQ(client.post("/api/v1/things/2/add", R"({"amount":2})", key).status, 422) << "same route, another thing";
    app.authenticator.principal = testing::officer(2, {"thing.add"});
    EXPECT_EQ(client.post("/api/v1/things/1/add", R"({"amount":2})", key).status, 201) << "another person's key";
    EXPECT_EQ(client.get("/api/v1/things/1").object().at("total"), 4);
}

TEST_F(DispatcherTest, AKeyUsedMeanwhileGivesTheStoredAnswer) {
    sign_in();
    std::vector<NameValue> key{{"Idempotency-Key", "k"}};
    Client other = app.client();
    app.before_commit = [&] { EXPECT_EQ(other.post("/api/v1/things/1/add", R"({"amount":2})", key).status, 201); };
    Answer answer = client.post("/api/v1/things/1/add", R"({"amount":2})", key);
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(client.get("/api/v1/things/1").object().at("total"), 2);
}

TEST_F(DispatcherTest, AConflictIsDecidedAgain) {
    sign_in();
    Client other = app.client();
    app.before_commit = [&] { EXPECT_EQ(other.post("/api/v1/things/1/add", R"({"amount":10})").status, 201); };
    Answer answer = client.post("/api/v1/things/1/add", R"({"amount":1})");
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.object().at("total"), 11);
    EXPECT_EQ(app.decisions, 3);
}

TEST_F(DispatcherTest, EndlessContentionEnds) {
    sign_in();
    Client other = app.client();
    std::function<void()> interfere;
    interfere = [&] {
        EXPECT_EQ(other.post("/api/v1/things/1/add", R"({"amount":1})").status, 201);
        app.before_commit = interfere;
    };
    app.before_commit = interfere;
    Answer answer = client.post("/api/v1/things/1/add", R"({"amount":1})");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.reason(), "request.too_much_contention");
    EXPECT_EQ(app.decisions, 2 * ledger::decide_attempts_max);
}

TEST_F(DispatcherTest, ErrorsOfOursKeepTheirText) {
    log::Capture capture;
    Answer failed = client.get("/failed-check");
    EXPECT_EQ(failed.status, 500);
    EXPECT_EQ(failed.body.find("secret"), std::string::npos);
    std::string incident = string_or(failed.object(), "incident_id");
    EXPECT_EQ(incident.size(), 13u);
    EXPECT_NE(string_or(failed.object(), "detail").find(incident), std::string::npos);
    auto lines = capture.lines();
    ASSERT_FALSE(lines.empty());
    EXPECT_NE(lines[0].find(incident), std::string::npos);
    EXPECT_NE(lines[0].find("secret detail"), std::string::npos);

    EXPECT_EQ(client.post("/unusable-write", "").reason(), "http.internal_error");

    Answer fault = client.get("/fault");
    EXPECT_EQ(fault.status, 503);
    EXPECT_EQ(fault.headers.get("retry-after"), "2");
    EXPECT_EQ(fault.body.find("secret"), std::string::npos);
    EXPECT_EQ(fault.reason(), resources::has_message("db.disk_full") ? "db.disk_full" : "http.unavailable");
}

TEST_F(DispatcherTest, AnswersInTheReadersLanguage) {
    EXPECT_NE(client.get("/none").body.find("Không có địa chỉ này"), std::string::npos);
    EXPECT_NE(client.get("/none", {{"Accept-Language", "en"}}).body.find("nothing at this address"), std::string::npos);
    EXPECT_NE(client.get("/none", {{"Accept-Language", "en"}, {"Cookie", "lang=vi"}}).body.find("Không"),
              std::string::npos);
    EXPECT_EQ(string_or(client.get("/echo?lang=en", {{"Cookie", "lang=vi"}}).object(), "lang"), "en");
    EXPECT_EQ(string_or(client.get("/echo", {{"Cookie", "lang=xx"}}).object(), "lang"), "vi");
}

TEST_F(DispatcherTest, MethodsAndAddresses) {
    Answer wrong = client.send("DELETE", "/echo", "", {});
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.get("allow"), "GET, HEAD, OPTIONS");
    Answer options = client.send("OPTIONS", "/api/v1/things/1", "", {});
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.headers.get("allow"), "GET, HEAD, PUT, OPTIONS");
    EXPECT_EQ(client.send("OPTIONS", "/none", "", {}).status, 404);
    Answer moved = client.get("/echo/?q=a%20%26b");
    EXPECT_EQ(moved.status, 308);
    EXPECT_EQ(moved.headers.get("location"), "/echo?q=a%20%26b");
    const Answer reloaded = client.get("/page/more?lang=en");
    EXPECT_EQ(reloaded.status, 303) << "the page with the form";
    EXPECT_EQ(reloaded.headers.get("location"), "/page?lang=en");
    EXPECT_EQ(client.get("/upload").status, 405) << "no page";
    EXPECT_EQ(client.get("/none", {{"Accept", "text/html"}}).headers.get("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(client.get("/api/none", {{"Accept", "text/html"}}).headers.get("content-type"),
              "application/problem+json");
}

TEST_F(DispatcherTest, RequestIdsAreKeptOrMade) {
    EXPECT_EQ(string_or(client.get("/echo", {{"X-Request-Id", "abc-12345"}}).object(), "id"), "abc-12345");
    for (const char* bad : {"short", "has space in it", "<script>alert</script>"}) {
        Answer answer = client.get("/echo", {{"X-Request-Id", bad}});
        EXPECT_EQ(answer.headers.get("x-request-id").size(), 13u) << bad;
    }
    EXPECT_NE(client.get("/echo").headers.get("x-request-id"), client.get("/echo").headers.get("x-request-id"));
    EXPECT_EQ(string_or(client.get("/none", {{"X-Request-Id", "abc-12345"}}).object(), "request_id"), "abc-12345");
}

TEST_F(DispatcherTest, EveryAnswerCarriesSecurityHeaders) {
    for (const char* path : {"/echo", "/none", "/failed-check", "/page"}) {
        Answer answer = client.get(path);
        EXPECT_EQ(answer.headers.get("x-content-type-options"), "nosniff") << path;
        EXPECT_NE(answer.headers.get("content-security-policy").find("frame-ancestors 'none'"), std::string_view::npos)
            << path;
        EXPECT_EQ(answer.headers.get("cache-control"), "no-store") << path;
        EXPECT_FALSE(answer.headers.contains("strict-transport-security")) << path;
    }
    metrics::Registry registry;
    Dispatcher behind_tls(app.router, app.authenticator, app.clock, app.ids, app.random, registry,
                          {.public_url = "https://dichvucong.example.vn"});
    Exchange exchange;
    exchange.response.cookie({.name = "session", .value = "x"});
    behind_tls.finish(exchange);
    EXPECT_NE(exchange.response.fixed_headers.find("Strict-Transport-Security"), std::string_view::npos);
    EXPECT_TRUE(exchange.response.headers.get("set-cookie").ends_with("; Secure"));
}

TEST_F(DispatcherTest, ACookieAloneIsNotEnoughToChangeThings) {
    sign_in();
    app.authenticator.principal.csrf_token = "token-1";
    std::string body = R"({"amount":1})";
    auto post = [&](const std::vector<NameValue>& headers) {
        return client.post("/api/v1/things/1/add", body, headers);
    };
    EXPECT_EQ(post({}).reason(), "auth.bad_csrf_token");
    EXPECT_EQ(post({{"X-CSRF-Token", "token-2"}}).reason(), "auth.bad_csrf_token");
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}}).status, 201);
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}, {"Sec-Fetch-Site", "cross-site"}}).reason(), "auth.cross_site");
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}, {"Sec-Fetch-Site", "same-site"}}).reason(), "auth.cross_site");
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}, {"Sec-Fetch-Site", "same-origin"}}).status, 201);
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}, {"Origin", "https://evil.example"}}).reason(), "auth.cross_site");
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}, {"Origin", "null"}}).reason(), "auth.cross_site");
    EXPECT_EQ(post({{"X-CSRF-Token", "token-1"}, {"Origin", "http://motcua.test"}}).status, 201);
    std::vector<NameValue> form{{"Content-Type", "application/x-www-form-urlencoded"}};
    EXPECT_EQ(client.post("/page", "name=An&csrf=token-1", form).status, 200);
    EXPECT_EQ(client.post("/page", "name=An&csrf=token-2", form).status, 403);
    EXPECT_EQ(client.post("/page", "name=An", form).status, 403);
    EXPECT_EQ(client.get("/api/v1/things/1").object().at("total"), 3);
}

TEST_F(DispatcherTest, PagesShowTheirFieldErrorsThemselves) {
    std::vector<NameValue> form{{"Content-Type", "application/x-www-form-urlencoded"}};
    EXPECT_EQ(client.post("/page?utm_source=zalo", "name=An&n=3", form).body,
              R"({"name":"An","n":3,"wrong":0,"files":0})");
    EXPECT_EQ(client.post("/page", "n=x", form).body, R"({"wrong":2,"files":0})");
    std::string multipart =
        "--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAn\r\n--B\r\nContent-Disposition: form-data; "
        "name=\"f\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--B--";
    EXPECT_EQ(client.post("/page", multipart, {{"Content-Type", "multipart/form-data; boundary=B"}}).body,
              R"({"name":"An","wrong":0,"files":1})");
    EXPECT_EQ(client.post("/page", "{}", {{"Content-Type", "application/json"}}).status, 415);
}

TEST_F(DispatcherTest, MeasuresAndLogsWithoutPersonalData) {
    metrics::Registry registry;
    Dispatcher dispatcher(app.router, app.authenticator, app.clock, app.ids, app.random, registry);
    Exchange exchange;
    exchange.request.target = "/api/v1/things/123456?lang=en";
    db::Lease session = app.database->reader();
    ASSERT_EQ(dispatcher.head(exchange, *session), Next::body);
    ASSERT_EQ(dispatcher.body(exchange), Next::run);
    ASSERT_EQ(dispatcher.run(exchange, *session), Next::answer);
    dispatcher.finish(exchange);
    auto line = parse_json(exchange.access_line)->as_object();
    EXPECT_EQ(string_or(line, "route"), "/api/v1/things/{id}");
    EXPECT_EQ(int_or(line, "status", 0), 404);
    EXPECT_EQ(string_or(line, "request_id"), exchange.request.request_id);
    EXPECT_EQ(exchange.access_line.find("123456"), std::string::npos);
    EXPECT_NE(registry.text().find(
                  "motcua_http_requests_total{method=\"GET\",route=\"/api/v1/things/{id}\",status=\"4xx\"} 1"),
              std::string::npos);
}

TEST_F(DispatcherTest, NoRouteComesLater) {
    EXPECT_ANY_THROW(
        app.router.query("GET", "/late", permission::open, {.summary = "Late"},
                         [](Context&, const Request&) -> Result<Response> { return Response::no_content(); }));
}

TEST_F(DispatcherTest, DescribesItself) {
    json::object document = client.get("/api/v1/openapi.json").object();
    EXPECT_EQ(string_or(document, "openapi"), "3.1.0");
    EXPECT_TRUE(document.at("paths").as_object().contains("/api/v1/things/{id}/add"));
    EXPECT_EQ(string_or(client.get("/api/v1/problems/http.timeout").object(), "reason"), "http.timeout");
    EXPECT_EQ(client.get("/api/v1/problems/no.such").status, 404);
}

}  // namespace
}  // namespace motcua::http
