// Help for tests only: the API of identity on the small province of test_world.hpp.
#pragma once

#include <gtest/gtest.h>

#include "http/testing.hpp"
#include "identity/routes.hpp"
#include "identity/test_world.hpp"

namespace motcua::identity {

class Api : public testing::Test, public TestWorld {
  protected:
    Api() {
        register_routes(router, *identity);
        client = std::make_unique<http::testing::Client>(router, *identity, clock, ids, random, *database, *committer);
        suite = std::make_unique<http::testing::Suite>(*client);
    }
    /// Signs in over the API and answers the headers a browser's script would send from then on.
    std::vector<http::NameValue> browser(std::string_view user_name) {
        const http::testing::Answer answer = client->post("/api/v1/session", body_of(user_name, default_password));
        EXPECT_EQ(answer.status, 200) << answer.body;
        const std::string cookie(answer.headers.get("set-cookie"));
        return {{"Cookie", cookie.substr(0, cookie.find(';'))},
                {"X-CSRF-Token", string_or(answer.object(), "csrf_token")}};
    }
    static std::string body_of(std::string_view user_name, std::string_view password) {
        return json::serialize(json::object{{"user_name", user_name}, {"password", password}});
    }
    static std::string post_of(std::string_view role, std::string_view unit) {
        return json::serialize(json::object{{"role", role}, {"unit", unit}});
    }
    static std::string new_account(std::string_view user_name, std::string_view unit,
                                   std::string_view role = "receiver") {
        return json::serialize(json::object{{"user_name", user_name},
                                            {"name", "Lê Thị Mới"},
                                            {"posts", {json::object{{"role", role}, {"unit", unit}}}}});
    }

    http::Router router;
    std::unique_ptr<http::testing::Client> client;
    std::unique_ptr<http::testing::Suite> suite;
};

}  // namespace motcua::identity
