// What a browser is told with every answer, whatever the route: policies, no caching of what is personal, cookies that
// scripts and other sites do not get, and a session that nobody else has chosen.
#include "app/test_province.hpp"
#include "http/parse.hpp"

namespace motcua::app {
namespace {

class BrowserTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { province = std::make_unique<TestProvince>(); }
    static void TearDownTestSuite() { province.reset(); }

    /// Through a dispatcher for an address with https; nothing is committed but what a query writes itself.
    static http::Exchange ask(std::string_view method, std::string_view target,
                              const std::vector<http::NameValue>& headers, std::string body = {}) {
        static metrics::Registry registry;
        static const http::Dispatcher dispatcher(province->app->router(), province->app->features().authenticator(),
                                                 province->app->clock(), province->app->ids(), province->app->random(),
                                                 registry,
                                                 {.public_url = "https://motcua.example", .access_log = false});
        http::Exchange exchange;
        http::Request& request = exchange.request;
        request.method = http::parse_method(method).value();
        request.target = target;
        request.headers.add("Host", "motcua.example");
        for (const auto& header : headers) request.headers.set(header.name, header.value);
        request.body = std::move(body);
        request.remote_address = "192.0.2.1";
        db::Lease session = province->app->database().reader();
        http::Next next = dispatcher.head(exchange, *session);
        if (next == http::Next::body) next = dispatcher.body(exchange);
        if (next == http::Next::run || next == http::Next::pool) dispatcher.run(exchange, *session);
        dispatcher.finish(exchange);
        return exchange;
    }
    static std::string headers_of(const http::Response& response) {
        std::string text(response.fixed_headers);
        for (const auto& header : response.headers.all()) text += header.name + ": " + header.value + "\r\n";
        return text;
    }

    static std::unique_ptr<TestProvince> province;
};
std::unique_ptr<TestProvince> BrowserTest::province;

TEST_F(BrowserTest, EveryAnswerCarriesThePolicies) {
    std::size_t pages = 0, data = 0;
    for (const auto& route : province->app->router().routes()) {
        if (route->method != http::Method::get) continue;
        std::string path = route->path;
        if (auto at = path.find("{dossier}"); at != std::string::npos)
            path.replace(at, 9, to_string(province->running.id));
        if (auto at = path.find("{document}"); at != std::string::npos) path.replace(at, 10, to_string(province->file));
        for (std::size_t open; (open = path.find('{')) != std::string::npos;)
            path.replace(open, path.find('}', open) - open + 1, "x");
        for (const char* who : {"", "owner", "processor@settlement", "inspector"}) {
            const http::Exchange exchange =
                ask("GET", path, who[0] ? province->cookie_of(who) : std::vector<http::NameValue>{});
            const std::string headers = headers_of(exchange.response);
            SCOPED_TRACE(path + " by " + who + "\n" + headers);
            const auto has = [&](std::string_view part) { return headers.find(part) != std::string::npos; };
            EXPECT_TRUE(has("Content-Security-Policy: "));
            EXPECT_TRUE(has("frame-ancestors 'none'") || has("sandbox"));
            EXPECT_FALSE(has("unsafe-inline") || has("unsafe-eval"));
            EXPECT_TRUE(has("X-Content-Type-Options: nosniff"));
            EXPECT_TRUE(has("Referrer-Policy: same-origin"));
            EXPECT_TRUE(has("Permissions-Policy: "));
            EXPECT_TRUE(has("Strict-Transport-Security: max-age=31536000"));
            EXPECT_FALSE(has("Access-Control-Allow-Origin"));
            const bool page = exchange.response.content_type.starts_with("text/html");
            ++(page ? pages : data);
            if (page && exchange.response.status == 200) {
                const std::string_view body = exchange.response.content();
                EXPECT_EQ(body.find(" onclick="), std::string_view::npos);
                EXPECT_EQ(body.find("javascript:"), std::string_view::npos);
                // Nothing secret behind an address, in the page or to be shared.
                for (const char* other : {"owner", "processor@settlement", "inspector"})
                    EXPECT_EQ(body.find(province->token(other)), std::string_view::npos);
            }
            // What belongs to somebody is kept by nobody else.
            if (route->permission != http::permission::open) {
                EXPECT_TRUE(has("no-store") || has("private")) << "a shared cache could keep it";
            }
        }
    }
    EXPECT_GT(pages, 40u);
    EXPECT_GT(data, 80u);
}

TEST_F(BrowserTest, ASessionIsNeverOneThatSomebodyElseHasChosen) {
    const std::string chosen(43, 'A'), chosen_cookie = std::string(identity::session_cookie_name) + "=" + chosen;
    const auto signed_in =
        ask("POST", "/dang-nhap", {{"Cookie", chosen_cookie}, {"Content-Type", "application/x-www-form-urlencoded"}},
            "user_name=owner&password=" + http::percent_encode(province_password));
    ASSERT_EQ(signed_in.response.status, 303) << signed_in.response.body;
    const std::string headers = headers_of(signed_in.response);
    const std::string mark = "Set-Cookie: " + std::string(identity::session_cookie_name) + "=";
    const std::size_t at = headers.find(mark);
    ASSERT_NE(at, std::string::npos) << headers;
    const std::string cookie = headers.substr(at, headers.find("\r\n", at) - at);
    EXPECT_EQ(cookie.find(chosen), std::string::npos);
    for (const char* flag : {"; HttpOnly", "; Secure", "; SameSite=", "; Path=/"})
        EXPECT_NE(cookie.find(flag), std::string::npos) << cookie;
    EXPECT_EQ(cookie.find("Domain="), std::string::npos);
    EXPECT_EQ(headers.find("Location: /dang-nhap"), std::string::npos);
    EXPECT_EQ(signed_in.response.headers.get("location").find(cookie.substr(mark.size(), 20)), std::string::npos);
    EXPECT_EQ(ask("GET", "/api/v1/me", {{"Cookie", chosen_cookie}}).response.status, 401);
    const std::string own = cookie.substr(mark.size() - identity::session_cookie_name.size() - 1);
    EXPECT_EQ(ask("GET", "/api/v1/me", {{"Cookie", own.substr(0, own.find(';'))}}).response.status, 200);
}

TEST_F(BrowserTest, SigningInLeadsNowhereElse) {
    for (const char* next :
         {"https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:x"}) {
        const auto signed_in = ask("POST", "/dang-nhap", {{"Content-Type", "application/x-www-form-urlencoded"}},
                                   "user_name=owner&password=" + http::percent_encode(province_password) +
                                       "&tiep=" + http::percent_encode(next));
        EXPECT_EQ(headers_of(signed_in.response).find("elsewhere"), std::string::npos) << next;
    }
}

}  // namespace
}  // namespace motcua::app
