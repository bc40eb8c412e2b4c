// The service: signing in and out, sessions, delays, passwords, what is stored and what is not.
#include "identity/identity.hpp"

#include <chrono>

#include <gtest/gtest.h>
#include <time.h>

#include "base/log.hpp"
#include "db/test_directory.hpp"
#include "http/request.hpp"
#include "identity/account_rows.hpp"
#include "identity/session_rows.hpp"
#include "identity/test_world.hpp"

namespace motcua::identity {
namespace {

using namespace std::chrono_literals;

class Service : public testing::Test, public TestWorld {
  protected:
    http::Principal ask(std::string_view token, bool bearer = false) {
        http::Request request;
        if (bearer)
            request.headers.add("Authorization", "Bearer " + std::string(token));
        else
            request.cookies.push_back({std::string(session_cookie_name), std::string(token)});
        auto principal = identity->authenticate(request, *database->reader());
        return principal ? *principal : http::Principal{.display_name = principal.error().reason};
    }
    std::vector<ledger::StoredEvent> events(AccountId id) {
        auto session = database->reader();
        return ledger::read_stream(*session, ledger::StreamKind::account, id.value, *find_head(*session, id));
    }
    std::string last_event(AccountId id) { return events(id).back().type; }
    std::string everything_stored() {
        std::string all;
        const bool sqlite = database->dialect() == "sqlite";
        const db::Statement dumps[] = {
            {"test.dump_events", "SELECT type || data || actor || request_id FROM event"},
            {"test.dump_sessions", sqlite ? "SELECT hex(token_hash) || address || agent FROM session"
                                          : "SELECT encode(token_hash, 'hex') || address || agent FROM session"},
            {"test.dump_credentials", "SELECT secret FROM credential"},
        };
        for (const db::Statement& dump : dumps)
            database->reader()->each(dump, {}, [&](const db::Row& row) { all.append(row.text(0)).append("\n"); });
        return all;
    }
};

TEST_F(Service, SigningInOpensASessionWithUnitsAndPermissions) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}, {"leader", "H33"}});
    const SignedIn signed_in = sign_in(" AN ").value();
    EXPECT_EQ(signed_in.token.size(), 43u);
    EXPECT_EQ(last_event(id), "signed_in");
    const http::Principal principal = ask(signed_in.token);
    EXPECT_EQ(principal.kind, http::PrincipalKind::officer);
    EXPECT_EQ(principal.id, id.value);
    EXPECT_EQ(principal.actor(), "officer:" + to_string(id));
    EXPECT_EQ(principal.units, (std::vector{unit("H33.39.09"), unit("H33")}));
    EXPECT_TRUE(principal.has(permission::dossier_receive));
    EXPECT_TRUE(principal.has(permission::report_read));
    EXPECT_FALSE(principal.has(permission::account_manage));
    EXPECT_EQ(principal.csrf_token, signed_in.csrf_token);
    EXPECT_TRUE(ask(signed_in.token, true).csrf_token.empty());
    const LocalDay today = local_day(clock.now());
    EXPECT_TRUE(identity->may(principal, permission::dossier_receive, {unit("H33.39.09")}, today));
    EXPECT_FALSE(identity->may(principal, permission::dossier_receive, {unit("H33.39.08")}, today));
    EXPECT_TRUE(identity->may(principal, permission::report_read, {unit("H33.39.08")}, today));
}

TEST_F(Service, CitizensHaveNoNamedPermissions) {
    add_person("lan", "091184001234");
    const http::Principal principal = ask(sign_in("lan").value().token);
    EXPECT_EQ(principal.kind, http::PrincipalKind::person);
    EXPECT_TRUE(principal.permissions.empty());
    EXPECT_FALSE(identity->may(principal, permission::dossier_read_unit, {unit("H33")}, local_day(clock.now())));
}

TEST_F(Service, WrongNameAndWrongPasswordAreTheSameAnswer) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const Error wrong = sign_in("an", "bốn con voi").error(), unknown = sign_in("nobody").error(),
                odd = sign_in("' or 1=1 --").error();
    EXPECT_EQ(wrong.code, Errc::unauthorized);
    EXPECT_EQ(wrong.reason, "session.wrong_credentials");
    EXPECT_EQ(wrong, unknown);
    EXPECT_EQ(wrong, odd);
}

TEST_F(Service, AnAccountWithoutPasswordCannotSignIn) {
    NewAccount account{.user_name = "an", .display_name = "An", .posts = {Post{.unit = unit("H33"), .role = "leader"}}};
    ASSERT_TRUE(identity->create_account(std::move(account), "", meta()));
    EXPECT_EQ(sign_in("an", "").error().reason, "session.wrong_credentials");
}

TEST(Timing, AnUnknownNameTakesAsLongAsAKnownOne) {
    Options options = cheap_options();
    options.passwords = {.operations = 2, .memory_bytes = 16u << 20};
    TestWorld world(options);
    world.add_officer("an", {{"receiver", "H33.39.09"}});
    // Processor time of this thread, in turns, the least of many: other programs on the machine do not count.
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    double known = 1e9, unknown = 1e9;
    for (int i = 0; i < 15; ++i)
        for (const auto& [name, best] : {std::pair<std::string_view, double*>{"an", &known}, {"nobody", &unknown}}) {
            // Another address each time, so that no delay gets in between.
            const std::string address = std::string(name) + std::to_string(i);
            const double from = now();
            EXPECT_EQ(world.sign_in(name, "bốn con voi đỏ", address).error().reason, "session.wrong_credentials");
            *best = std::min(*best, now() - from);
        }
    EXPECT_LT(known / unknown, 1.35);
    EXPECT_LT(unknown / known, 1.35);
    EXPECT_GT(known, 0.005) << "the test would prove nothing with a quick hash";
}

TEST_F(Service, FailuresAreSlowedDownPerNameAndAddress) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    for (int i = 0; i < pair_rule.free_failures + 1; ++i)
        EXPECT_EQ(sign_in("an", "x").error().reason, "session.wrong_credentials");
    const Error blocked = sign_in("an").error();
    EXPECT_EQ(blocked.code, Errc::rate_limited);
    EXPECT_EQ(blocked.reason, "session.too_many_attempts");
    EXPECT_EQ(blocked.params, (std::vector<Param>{{"seconds", "5"}}));
    EXPECT_EQ(last_event(id), "sign_in_refused");
    EXPECT_TRUE(sign_in("an", default_password, "10.0.0.2")) << "from elsewhere the owner gets in";
    EXPECT_EQ(sign_in("an").error().reason, "session.too_many_attempts");
    clock.advance(5s);
    ASSERT_TRUE(sign_in("an"));
    EXPECT_EQ(sign_in("an", "x").error().reason, "session.wrong_credentials") << "success forgets the failures";
    for (int i = 0; i < pair_rule.free_failures + 1; ++i)
        EXPECT_EQ(sign_in("nobody", "x").error().reason, "session.wrong_credentials");
    EXPECT_EQ(sign_in("nobody", "x").error(), blocked) << "an unknown name is slowed down alike";
}

TEST_F(Service, AnIpv6AddressCountsByItsNetwork) {
    const GuardKeys one = guard_keys("an", "2001:db8::1"), neighbour = guard_keys("an", "2001:db8:0:0:ffff::9"),
                    other = guard_keys("an", "2001:db8:0:1::1"), v4 = guard_keys("an", "::ffff:10.0.0.1");
    EXPECT_EQ(one.address, neighbour.address);
    EXPECT_EQ(one.pair, neighbour.pair);
    EXPECT_NE(one.address, other.address);
    EXPECT_NE(v4.address, guard_keys("an", "::ffff:10.0.0.2").address);
    EXPECT_NE(guard_keys("an", "10.0.0.1").pair, guard_keys("bn", "10.0.0.1").pair);
    EXPECT_EQ(guard_keys("an", "10.0.0.1").name, guard_keys("an", "10.0.0.2").name);
}

TEST_F(Service, AnAttackDoesNotFillTheLedger) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    for (int i = 0; i < 60; ++i) {
        (void)sign_in("an", "x");
        clock.advance(16min);
    }
    EXPECT_LT(events(id).size(), 12u);
}

TEST_F(Service, AnAddressIsSlowedDownLate) {
    for (int i = 0; i < address_rule.free_failures + 1; ++i)
        EXPECT_EQ(sign_in("name" + std::to_string(i), "x").error().reason, "session.wrong_credentials") << i;
    EXPECT_EQ(sign_in("another", "x").error().reason, "session.too_many_attempts");
}

TEST_F(Service, SessionsEndByIdlenessAndByAge) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const std::string token = sign_in("an").value().token;
    clock.advance(59min);
    EXPECT_EQ(ask(token).kind, http::PrincipalKind::officer);
    committer->write("test.wait", [](auto&) { return Result<void>{}; }).value();  // the touch is queued before
    clock.advance(59min);
    EXPECT_EQ(ask(token).kind, http::PrincipalKind::officer) << "use keeps it alive";
    committer->write("test.wait", [](auto&) { return Result<void>{}; }).value();
    clock.advance(60min);
    EXPECT_EQ(ask(token).kind, http::PrincipalKind::visitor);
    EXPECT_EQ(ask(token, true).display_name, "session.invalid_token");

    const std::string kept = sign_in("an").value().token;
    for (int minutes = 0; minutes < 12 * 60 - 30; minutes += 30) {
        clock.advance(30min);
        EXPECT_EQ(ask(kept).kind, http::PrincipalKind::officer) << minutes;
        committer->write("test.wait", [](auto&) { return Result<void>{}; }).value();
    }
    clock.advance(30min);
    EXPECT_EQ(ask(kept).kind, http::PrincipalKind::visitor) << "whatever its use";
    ASSERT_TRUE(identity->clean_up(clock.now()));
    EXPECT_TRUE(list_sessions(*database->reader(), *find_account_id(*database->reader(), "an"), 10).empty());
}

TEST_F(Service, NonsenseIsAVisitorAsCookieAndRefusedAsBearer) {
    for (const char* token : {"", "x", "../../etc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ÿ"}) {
        EXPECT_EQ(ask(token).kind, http::PrincipalKind::visitor);
        EXPECT_EQ(ask(token, true).display_name, "session.invalid_token") << token;
    }
}

TEST_F(Service, ASessionNeverSurvivesASignIn) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    add_officer("binh", {{"receiver", "H33.39.09"}});
    const std::string planted = sign_in("binh").value().token;  // an attacker's session, put into the victim's browser
    const SignedIn fresh = identity
                               ->sign_in({.user_name = "an",
                                          .password = default_password,
                                          .address = "a",
                                          .agent = "",
                                          .old_token = planted,
                                          .request_id = "",
                                          .now = clock.now()})
                               .value();
    EXPECT_NE(fresh.token, planted);
    EXPECT_EQ(ask(planted).kind, http::PrincipalKind::visitor);
    EXPECT_EQ(ask(fresh.token).display_name, "Cán bộ an");
}

TEST_F(Service, TheOldestSessionEndsWhenThereAreTooMany) {
    Options options = cheap_options();
    options.sessions_max = 3;
    Identity strict(*database, *committer, clock, ids, random, units, options);
    add_officer("an", {{"receiver", "H33.39.09"}});
    std::vector<std::string> tokens;
    for (int i = 0; i < 5; ++i) {
        clock.advance(1s);
        tokens.push_back(strict
                             .sign_in({.user_name = "an",
                                       .password = default_password,
                                       .address = "a",
                                       .agent = "",
                                       .old_token = "",
                                       .request_id = "",
                                       .now = clock.now()})
                             .value()
                             .token);
    }
    EXPECT_EQ(ask(tokens[1]).kind, http::PrincipalKind::visitor);
    for (std::size_t i : {2u, 3u, 4u}) EXPECT_EQ(ask(tokens[i]).kind, http::PrincipalKind::officer) << i;
}

TEST_F(Service, ChangesOfPostsCountAtTheNextRequest) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    const std::string token = sign_in("an").value().token;
    EXPECT_TRUE(ask(token).has(permission::dossier_receive));
    const auto change = [&](auto decide) {
        const Account account = *find_account(*database->reader(), id);
        ASSERT_TRUE(committer->commit(make_write_set(account, decide(account).value(), meta())));
    };
    Post post{.id = ids.make<PostId>(), .unit = unit("H33.39.08"), .role = "approver"};
    change([&](const Account& account) { return decide_give_post(account, post, {identity->roles(), *units}); });
    EXPECT_TRUE(ask(token).has(permission::dossier_approve));
    EXPECT_TRUE(identity->may(ask(token), permission::dossier_approve, {unit("H33.39.08")}, local_day(clock.now())));
    change(
        [&](const Account& account) { return decide_end_post(account, account.posts[0].id, local_day(clock.now())); });
    EXPECT_FALSE(ask(token).has(permission::dossier_receive));
    change([](const Account& account) { return decide_disable(account); });
    EXPECT_EQ(ask(token).kind, http::PrincipalKind::visitor);
    EXPECT_EQ(sign_in("an").error().reason, "session.account_disabled");
    EXPECT_EQ(sign_in("an", "x").error().reason, "session.wrong_credentials") << "only the owner is told";
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
}

TEST_F(Service, APostBeginsAndEndsByItself) {
    NewAccount account{
        .user_name = "an", .display_name = "An", .posts = {Post{.unit = unit("H33.39.09"), .role = "receiver"}}};
    account.posts[0].validity = {local_day(clock.now()) + std::chrono::days(1),
                                 local_day(clock.now()) + std::chrono::days(3)};
    ASSERT_TRUE(
        identity->create_account(std::move(account), identity->passwords().hash(default_password).value(), meta()));
    for (bool held : {false, true, true, false}) {
        EXPECT_EQ(ask(sign_in("an").value().token).has(permission::dossier_receive), held);
        clock.advance(24h);
    }
}

TEST_F(Service, SigningOutEndsTheSession) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    const std::string token = sign_in("an").value().token;
    http::Request request;
    request.principal = ask(token);
    auto write = identity->sign_out(*database->reader(), request, meta());
    ASSERT_TRUE(write);
    ASSERT_TRUE(committer->commit(*std::move(write)));
    EXPECT_EQ(ask(token).kind, http::PrincipalKind::visitor);
    EXPECT_EQ(last_event(id), "signed_out");
    request.principal = {};
    EXPECT_FALSE(identity->sign_out(*database->reader(), request, meta()));
}

TEST_F(Service, ChangingThePasswordEndsAllOtherSessions) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    const std::string here = sign_in("an").value().token, elsewhere = sign_in("an").value().token;
    const http::Principal principal = ask(here);
    const auto change = [&](std::string_view present, std::string_view wanted) {
        auto changed = identity->change_password(principal, present, wanted, "10.0.0.1", meta());
        return changed ? "" : changed.error().reason;
    };
    EXPECT_EQ(change("wrong", "năm con voi hồng"), "session.wrong_credentials");
    EXPECT_EQ(change(default_password, "matkhau123"), "account.password_weak");
    EXPECT_EQ(change(default_password, default_password), "account.password_same");
    EXPECT_EQ(change(default_password, "năm con voi hồng"), "");
    EXPECT_EQ(last_event(id), "password_changed");
    EXPECT_EQ(ask(here).kind, http::PrincipalKind::officer);
    EXPECT_EQ(ask(elsewhere).kind, http::PrincipalKind::visitor);
    EXPECT_EQ(sign_in("an").error().reason, "session.wrong_credentials");
    EXPECT_TRUE(sign_in("an", "năm con voi hồng"));

    ASSERT_TRUE(identity->set_password(id, "sáu con voi xám", meta()));
    EXPECT_EQ(ask(here).kind, http::PrincipalKind::visitor);
    EXPECT_TRUE(sign_in("an", "sáu con voi xám"));
    EXPECT_EQ(identity->set_password(AccountId{12345}, "sáu con voi xám", meta()).error().reason, "account.not_found");
}

TEST_F(Service, NamesAndNumbersAreTakenOnce) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    add_person("lan", "091184001234");
    NewAccount again{.user_name = "an", .display_name = "An", .posts = {Post{.unit = unit("H33"), .role = "leader"}}};
    EXPECT_EQ(identity->create_account(again, "", meta()).error().reason, "account.user_name_taken");
    NewAccount citizen{.kind = AccountKind::person,
                       .user_name = "hoa",
                       .display_name = "Hoa",
                       .person = {.citizen_id = "091184001234"}};
    EXPECT_EQ(identity->create_account(citizen, "", meta()).error().reason, "account.citizen_id_taken");
    EXPECT_EQ(find_person_by_citizen_id(*database->reader(), "091184001234")->value,
              find_account_id(*database->reader(), "lan")->value);
    EXPECT_FALSE(find_person_by_citizen_id(*database->reader(), ""));
    EXPECT_EQ(find_person(*database->reader(), *find_account_id(*database->reader(), "lan"))->phone, "0912345678");
}

TEST_F(Service, CitizensSignInElsewhereOnceThatIsSetUp) {
    Options options = cheap_options();
    options.person_password_sign_in = false;
    Identity strict(*database, *committer, clock, ids, random, units, options);
    add_person("lan", "091184001234");
    auto refused = strict.sign_in({.user_name = "lan",
                                   .password = default_password,
                                   .address = "",
                                   .agent = "",
                                   .old_token = "",
                                   .request_id = "",
                                   .now = clock.now()});
    EXPECT_EQ(refused.error().reason, "session.method_not_allowed");
}

TEST_F(Service, NothingSecretIsStoredOrLogged) {
    log::Capture capture;
    log::set_level(log::Level::debug);
    const AccountId id = add_person("lan", "091184001234");
    const SignedIn signed_in = sign_in("lan").value();
    (void)sign_in("lan", "một mật khẩu sai");
    ASSERT_TRUE(
        identity->change_password(ask(signed_in.token), default_password, "năm con voi hồng", "10.0.0.1", meta()));
    log::set_level(log::Level::info);
    std::string all = everything_stored();
    for (const std::string& line : capture.lines()) all += line;
    for (std::string_view secret :
         {std::string_view(signed_in.token), std::string_view(signed_in.csrf_token), default_password,
          std::string_view("năm con voi hồng"), std::string_view("một mật khẩu sai"), std::string_view("091184001234"),
          std::string_view("Trần Thị Thử"), std::string_view("0912345678")})
        EXPECT_EQ(all.find(secret), std::string::npos) << secret;
    EXPECT_EQ(events(id)[0].data.size(), 1u);
}

TEST_F(Service, AnUnknownNameCostsTheSameWorkAsAWrongPassword) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const auto work_of = [&](std::string_view user, std::string_view password) {
        const std::int64_t before = identity->passwords().computed();
        EXPECT_EQ(sign_in(user, password).error().reason, "session.wrong_credentials");
        return identity->passwords().computed() - before;
    };
    // Also for names that cannot be one, and for what nobody would type.
    const std::string endless(5000, 'x');
    for (std::string_view user : {"an", "nobody", "Không phải tên!", ""})
        for (const std::string& password : {std::string("sai mật khẩu"), std::string(), endless})
            EXPECT_EQ(work_of(user, password), 1) << user;
}

TEST_F(Service, RowsThatAreNotTheFoldOfTheirEventsAreFound) {
    const AccountId id = add_officer("an", {{"receiver", "H33.39.09"}});
    add_person("lan", "091184001234");
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
    static constexpr db::Statement forge{"test.forge", "UPDATE post SET role = 'administrator' WHERE account_id = $1"};
    static constexpr db::Statement repair{"test.repair", "UPDATE post SET role = 'receiver' WHERE account_id = $1"};
    static constexpr db::Statement forge_grant{"test.forge_grant",
                                               "UPDATE access_grant SET root_id = 0 WHERE account_id = $1"};
    const auto run = [&](const db::Statement& statement) {
        ASSERT_TRUE(committer->write("test.forge", [&](ledger::AdminTransaction& tx) -> Result<void> {
            tx.execute(statement, {id.value});
            return {};
        }));
    };
    run(forge);
    EXPECT_EQ(check_accounts(*database->reader()).size(), 1u);
    run(repair);
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
    run(forge_grant);
    EXPECT_EQ(check_accounts(*database->reader()).size(), 1u);
}

TEST_F(Service, HoldersOfARoleAreListedForTheSubject) {
    add_officer("an", {{"processor", "H33.39.09"}});
    add_officer("binh", {{"processor", "H33.39"}});
    add_officer("chi", {{"processor", "H33.39.08"}, {"receiver", "H33.39.09"}});
    NewAccount limited{.user_name = "dung",
                       .display_name = "Cán bộ dung",
                       .posts = {Post{.unit = unit("H33.39.09"), .role = "processor", .fields = {"G15"}}}};
    ASSERT_TRUE(identity->create_account(limited, "", meta()));
    const auto names = [&](const Subject& subject) {
        std::string all;
        for (const RoleHolder& holder :
             list_role_holders(*database->reader(), "processor", subject, local_day(clock.now())))
            all += holder.name + ";";
        return all;
    };
    EXPECT_EQ(names({unit("H33.39.09"), "G02"}), "Cán bộ an;Cán bộ binh;");
    EXPECT_EQ(names({unit("H33.39.09"), "G15-TP07"}), "Cán bộ an;Cán bộ binh;Cán bộ dung;");
}

TEST(Crash, AcknowledgedSessionsAreThereAfterOpeningAgain) {
    TestDirectory directory;
    const std::string file = directory.path() / "motcua.db";
    std::string token;
    {
        TestWorld world(cheap_options(), db::open_sqlite(file));
        world.add_officer("an", {{"receiver", "H33.39.09"}});
        token = world.sign_in("an").value().token;
    }
    TestWorld world(cheap_options(), db::open_sqlite(file));
    http::Request request;
    request.headers.add("Authorization", "bearer " + token);
    EXPECT_TRUE(world.identity->authenticate(request, *world.database->reader())->has(permission::dossier_receive));
}

}  // namespace
}  // namespace motcua::identity
