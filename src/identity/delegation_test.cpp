// Handing a post over while on leave: to whom, for how long, and that it is the same post, no more.
#include "identity/delegation.hpp"

#include <gtest/gtest.h>

#include "http/testing.hpp"
#include "identity/routes.hpp"
#include "identity/test_world.hpp"

namespace motcua::identity {
namespace {

class Delegations : public testing::Test {
  protected:
    Delegations() {
        register_routes(router, *world.identity);
        boss = world.add_officer("boss", {{"approver", "H33.39.09"}});
        deputy = world.add_officer("deputy", {{"processor", "H33.39.09"}});
        world.add_officer("elsewhere", {{"processor", "H33.39.08"}});
        world.add_officer("admin", {{"administrator", "H33.39.09"}});
    }
    struct Caller : http::testing::Client {
        Caller(Delegations& test, std::string_view user)
            : Client(test.router, *test.world.identity, test.world.clock, test.world.ids, test.world.random,
                     *test.world.database, *test.world.committer) {
            set_header("Authorization", "Bearer " + test.world.sign_in(user).value().token);
        }
    };
    std::string post_of(AccountId id) {
        return to_string(find_account(*world.database->reader(), id)->posts.front().id);
    }
    std::string order(std::string_view user, std::string_view from = "2023-06-05", std::string_view to = "2023-06-09") {
        return json::serialize(json::object{{"post", post_of(boss)}, {"user_name", user}, {"from", from}, {"to", to}});
    }
    bool deputy_may_approve(std::string_view day) {
        const auto account = find_account(*world.database->reader(), deputy);
        const Subject subject{.unit = world.unit("H33.39.09"), .field = "x", .procedure = {}};
        http::Principal principal;
        principal.kind = http::PrincipalKind::officer;
        principal.id = deputy.value;
        const auto in = world.sign_in("deputy").value();
        return world.identity->may(in.principal, permission::dossier_approve, subject, parse_day(day).value());
    }
    TestWorld world;
    http::Router router;
    AccountId boss, deputy;
};

TEST_F(Delegations, TheColleagueHoldsThePostOnThoseDays) {
    Caller caller(*this, "boss");
    EXPECT_FALSE(deputy_may_approve("2023-06-05"));
    const auto given = caller.post("/api/v1/me/delegations", order("deputy"));
    ASSERT_EQ(given.status, 204) << given.body;
    EXPECT_FALSE(deputy_may_approve("2023-06-04"));
    EXPECT_TRUE(deputy_may_approve("2023-06-05"));
    EXPECT_TRUE(deputy_may_approve("2023-06-09"));
    EXPECT_FALSE(deputy_may_approve("2023-06-10"));
    const auto account = find_account(*world.database->reader(), deputy).value();
    EXPECT_EQ(account.posts.back().delegated_by, boss);
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
    EXPECT_NE(caller.get("/api/v1/me/delegations").body.find("deputy"), std::string::npos);
}

TEST_F(Delegations, ItIsTakenBackByItsGiverAlone) {
    Caller caller(*this, "boss"), other(*this, "deputy");
    ASSERT_EQ(caller.post("/api/v1/me/delegations", order("deputy", "2023-06-01")).status, 204);
    const std::string post = to_string(find_account(*world.database->reader(), deputy)->posts.back().id);
    EXPECT_TRUE(deputy_may_approve("2023-06-01"));
    EXPECT_EQ(other.send("DELETE", "/api/v1/me/delegations/" + post, "", {}).status, 404);
    EXPECT_EQ(caller.send("DELETE", "/api/v1/me/delegations/" + post, "", {}).status, 204);
    EXPECT_EQ(caller.send("DELETE", "/api/v1/me/delegations/" + post, "", {}).status, 404);
    EXPECT_FALSE(deputy_may_approve("2023-06-01"));
}

TEST_F(Delegations, WhatDoesNotGoIsSaid) {
    Caller caller(*this, "boss");
    const auto reason = [&](const std::string& body) { return caller.post("/api/v1/me/delegations", body).reason(); };
    EXPECT_EQ(reason(order("elsewhere")), "delegation.colleague");
    EXPECT_EQ(reason(order("nobody-there")), "delegation.colleague");
    EXPECT_EQ(reason(order("boss")), "delegation.colleague");
    EXPECT_EQ(reason(order("deputy", "2023-05-31")), "delegation.dates");
    EXPECT_EQ(reason(order("deputy", "2023-06-05", "2023-06-04")), "delegation.dates");
    EXPECT_EQ(reason(order("deputy", "2023-06-05", "2023-08-05")), "delegation.dates");
    ASSERT_EQ(caller.post("/api/v1/me/delegations", order("deputy", "2023-06-01")).status, 204);
    EXPECT_EQ(reason(order("deputy")), "account.post_repeated");
    // Not further, and not what manages accounts.
    Caller second(*this, "deputy");
    const std::string held = to_string(find_account(*world.database->reader(), deputy)->posts.back().id);
    const auto further = [&](Caller& who, const std::string& post) {
        return who
            .post("/api/v1/me/delegations",
                  json::serialize(json::object{{"post", post}, {"user_name", "boss"}, {"to", "2023-06-09"}}))
            .reason();
    };
    EXPECT_EQ(further(second, held), "delegation.chain");
    Caller admin(*this, "admin");
    const auto admin_id = find_account_id(*world.database->reader(), "admin").value();
    EXPECT_EQ(further(admin, post_of(admin_id)), "delegation.role");
    EXPECT_EQ(further(second, post_of(boss)), "account.post_not_found");
    world.clock.advance(std::chrono::minutes{20});
    EXPECT_EQ(reason(order("deputy")), "session.confirmation_required");
}

}  // namespace
}  // namespace motcua::identity
