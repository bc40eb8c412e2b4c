// Every route of the program is closed to those who may not: visitors, citizens, officers without the permission. What
// is open to everybody is listed here, so that nothing becomes public by accident.
#include <algorithm>

#include <gtest/gtest.h>

#include "app/application.hpp"
#include "base/log.hpp"
#include "db/test_directory.hpp"
#include "http/testing.hpp"
#include "resources/resources.hpp"

namespace motcua::app {
namespace {

/// The path with something in the place of each parameter.
std::string filled(std::string path) {
    for (std::size_t open; (open = path.find('{')) != std::string::npos;)
        path.replace(open, path.find('}', open) - open + 1, "0000000000001");
    return path;
}

class Routes : public testing::Test {
  protected:
    Routes() {
        auto loaded = load_config("", "", {}, std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"}});
        app = Application::open(loaded->values, directory.path() / "data").value();
        client.emplace(app->router(), authenticator, app->clock(), app->ids(), app->random(), app->database(),
                       app->committer());
        suite.emplace(*client);
    }
    void refuse(const http::Route& route, std::string_view who, int status, std::string_view reason) {
        http::testing::Scenario scenario{
            .name = who, .method = to_string(route.method), .path = filled(route.path), .status = status};
        if (!route.spec.html) scenario.has = {std::string(reason)};
        SCOPED_TRACE(std::string(scenario.method) + " " + route.path);
        EXPECT_EQ(suite->access(scenario).route, std::string(scenario.method) + " " + route.path);
    }

    log::Capture quiet;
    TestDirectory directory;
    http::testing::FixedAuthenticator authenticator;
    std::unique_ptr<Application> app;
    std::optional<http::testing::Client> client;
    std::optional<http::testing::Suite> suite;
};

TEST_F(Routes, AreClosedToThoseWhoMayNot) {
    using http::permission::as_officer;
    using http::permission::as_person;
    using http::permission::open;
    using http::permission::signed_in;
    std::vector<std::string> open_routes;
    for (const auto& route : app->router().routes()) {
        if (route->permission == open) {
            open_routes.push_back(std::string(to_string(route->method)) + " " + route->path);
            continue;
        }
        authenticator.principal = {};
        refuse(*route, "a visitor", 401, "auth.required");
        if (route->permission == signed_in) continue;
        if (route->permission != as_person) {
            authenticator.principal = http::testing::person(7);
            refuse(*route, "a citizen", 403, "auth.not_permitted");
        }
        if (route->permission != as_officer) {
            authenticator.principal = http::testing::officer(8, {});
            refuse(*route, "an officer without the permission", 403, "auth.not_permitted");
        }
    }
    EXPECT_EQ(suite->routes_without_access_case(), std::vector<std::string>{});
    // Files of the built front end, as far as there is one.
    std::erase_if(open_routes, [](const std::string& route) {
        return route.starts_with("GET /") && resources::find_resource("web" + route.substr(4)).has_value();
    });
    std::ranges::sort(open_routes);
    const std::vector<std::string> meant = {"DELETE /api/v1/session",
                                            "GET /",
                                            "GET /api/v1/forms",
                                            "GET /api/v1/forms/{form}",
                                            "GET /api/v1/forms/{form}/changes",
                                            "GET /api/v1/forms/{form}/schema",
                                            "GET /api/v1/openapi.json",
                                            "GET /api/v1/problems/{reason}",
                                            "GET /api/v1/session",
                                            "GET /api/v1/track",
                                            "GET /assets/{name*}",
                                            "GET /dang-nhap",
                                            "GET /dang-nhap/ma",
                                            "GET /dang-nhap/{provider}",
                                            "GET /dang-nhap/{provider}/tro-lai",
                                            "GET /healthz",
                                            "GET /log/checkpoint",
                                            "GET /log/checkpoint/witnessed",
                                            "GET /log/checkpoint/{day}",
                                            "GET /log/consistency",
                                            "GET /log/entries",
                                            "GET /log/key",
                                            "GET /log/tile/{path*}",
                                            "GET /metrics",
                                            "GET /readyz",
                                            "GET /thu-tuc",
                                            "GET /thu-tuc/{code}",
                                            "GET /tra-cuu",
                                            "POST /api/v1/session",
                                            "POST /api/v1/session/passkey",
                                            "POST /api/v1/session/passkey/challenge",
                                            "POST /api/v1/session/second-factor",
                                            "POST /api/v1/track",
                                            "POST /api/v1/track/receipt",
                                            "POST /dang-nhap",
                                            "POST /dang-nhap/ma",
                                            "POST /log/cosignatures",
                                            "POST /tra-cuu",
                                            "POST /tra-cuu/bien-nhan",
                                            "POST /tra-cuu/ma",
                                            "POST /tra-cuu/xem"};
    EXPECT_EQ(open_routes, meant);
}

}  // namespace
}  // namespace motcua::app
