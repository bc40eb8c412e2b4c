// Second factors: the standard's vectors, sealing, and each route in the groups access, validation and behaviour.
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "db/test_directory.hpp"
#include "http/testing.hpp"
#include "identity/account_rows.hpp"
#include "identity/routes.hpp"
#include "identity/sealing.hpp"
#include "identity/second_factor_rows.hpp"
#include "identity/test_world.hpp"
#include "identity/totp.hpp"

namespace motcua::identity {
namespace {

using namespace std::chrono_literals;
using http::NameValue;
using http::testing::Answer;
using http::testing::Suite;

Instant at_second(std::int64_t seconds) { return Instant{std::chrono::seconds{seconds}}; }

TEST(Totp, VectorsOfTheStandard) {
    // RFC 6238 appendix B, SHA-1, eight digits.
    const std::string secret = "12345678901234567890";
    const std::pair<std::int64_t, const char*> vectors[] = {{59, "94287082"},         {1111111109, "07081804"},
                                                            {1111111111, "14050471"}, {1234567890, "89005924"},
                                                            {2000000000, "69279037"}, {20000000000, "65353130"}};
    for (const auto& [seconds, code] : vectors) EXPECT_EQ(totp_code(secret, totp_step(at_second(seconds)), 8), code);
    // RFC 4226 appendix D, six digits.
    const char* counted[] = {"755224", "287082", "359152", "969429", "338314",
                             "254676", "287922", "162583", "399871", "520489"};
    for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(totp_code(secret, i), counted[i]);
}

TEST(Totp, OneStepEitherWayAndNoneTwice) {
    const std::string secret = "12345678901234567890";
    const Instant now = at_second(3000);  // step 100
    for (std::int64_t step = 95; step <= 105; ++step)
        EXPECT_EQ(find_totp_step(secret, totp_code(secret, step), now, 0).has_value(), step >= 99 && step <= 101)
            << step;
    EXPECT_EQ(find_totp_step(secret, totp_code(secret, 100), now, 99), 100);
    EXPECT_EQ(find_totp_step(secret, totp_code(secret, 100), now, 100), std::nullopt) << "used before";
    EXPECT_EQ(find_totp_step(secret, totp_code(secret, 99), now, 100), std::nullopt) << "older than one used before";
    const std::string code = totp_code(secret, 100);
    EXPECT_EQ(find_totp_step(secret, code.substr(0, 3) + " " + code.substr(3), now, 0), 100);
    for (const char* bad : {"", "1", "12345", "1234567", "abcdef"})
        EXPECT_EQ(find_totp_step(secret, bad, now, 0), std::nullopt) << bad;
}

TEST(Totp, SecretsAsText) {
    // RFC 4648 §10, without padding.
    EXPECT_EQ(encode_base32(""), "");
    EXPECT_EQ(encode_base32("f"), "MY");
    EXPECT_EQ(encode_base32("fo"), "MZXQ");
    EXPECT_EQ(encode_base32("foo"), "MZXW6");
    EXPECT_EQ(encode_base32("foob"), "MZXW6YQ");
    EXPECT_EQ(encode_base32("fooba"), "MZXW6YTB");
    EXPECT_EQ(encode_base32("foobar"), "MZXW6YTBOI");
    EXPECT_EQ(totp_uri("an@xa", "foobar"),
              "otpauth://totp/Motcua:an%40xa?secret=MZXW6YTBOI&issuer=Motcua&algorithm=SHA1&digits=6&period=30");
}

TEST(Sealer, OpensOnlyWhatItSealedForTheSamePurpose) {
    SeededRandom random{1};
    const Sealer sealer(make_sealing_key(random)), other(make_sealing_key(random));
    const std::string sealed = sealer.seal("bí mật", "totp 1", random);
    EXPECT_EQ(sealed.find("bí mật"), std::string::npos);
    EXPECT_EQ(sealer.open(sealed, "totp 1"), "bí mật");
    EXPECT_EQ(sealer.open(sealed, "totp 2"), std::nullopt);
    EXPECT_EQ(other.open(sealed, "totp 1"), std::nullopt);
    EXPECT_NE(sealer.seal("bí mật", "totp 1", random), sealed);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_EQ(sealer.open(changed, "totp 1"), std::nullopt);
        EXPECT_EQ(sealer.open(sealed.substr(0, i), "totp 1"), std::nullopt);
    }
}

TEST(SealingKey, IsMadeOnceForItsOwnerAlone) {
    TestDirectory directory;
    SystemRandom random;
    const auto file = directory.path() / "identity.key";
    const auto made = load_sealing_key(file, random);
    ASSERT_TRUE(made);
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(load_sealing_key(file, random).value(), *made);
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    EXPECT_EQ(load_sealing_key(file, random).error().reason, "identity.key_unusable") << "others may read it";
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    std::ofstream(file, std::ios::app) << "x";
    EXPECT_EQ(load_sealing_key(file, random).error().reason, "identity.key_unusable") << "not a key";
    EXPECT_EQ(load_sealing_key(directory.path() / "no" / "identity.key", random).error().reason,
              "identity.key_unusable");
}

Options demanding_options() {
    Options options = cheap_options();
    options.second_factor_roles = {"administrator"};
    return options;
}

class SecondFactor : public testing::Test, public TestWorld {
  protected:
    SecondFactor() : TestWorld(demanding_options()) {
        register_routes(router, *identity);
        client = std::make_unique<http::testing::Client>(router, *identity, clock, ids, random, *database, *committer);
        suite = std::make_unique<Suite>(*client);
    }
    static std::string body(json::object object) { return json::serialize(object); }
    std::vector<NameValue> headers_of(const Answer& answer) const {
        EXPECT_EQ(answer.status, 200) << answer.body;
        const std::string cookie(answer.headers.get("set-cookie"));
        return {{"Cookie", cookie.substr(0, cookie.find(';'))},
                {"X-CSRF-Token", string_or(answer.object(), "csrf_token")}};
    }
    Answer password(std::string_view user_name) {
        return client->post("/api/v1/session", body({{"user_name", user_name}, {"password", default_password}}));
    }
    std::string ticket(std::string_view user_name) { return string_or(password(user_name).object(), "ticket"); }
    Answer code(std::string_view with_ticket, std::string_view text) {
        return client->post("/api/v1/session/second-factor", body({{"ticket", with_ticket}, {"code", text}}));
    }
    /// Switches it on; answers the recovery codes and keeps the secret.
    std::vector<std::string> switch_on(const std::vector<NameValue>& headers) {
        const Answer begun = client->send("POST", "/api/v1/me/second-factor", "", headers);
        EXPECT_EQ(begun.status, 200) << begun.body;
        secret = decode_base32(string_or(begun.object(), "secret"));
        const Answer on =
            client->send("POST", "/api/v1/me/second-factor/activate", body({{"code", now_code()}}), headers);
        EXPECT_EQ(on.status, 200) << on.body;
        std::vector<std::string> codes;
        const json::object object = on.object();
        if (const json::array* list = find_array(object, "recovery_codes"))
            for (const json::value& one : *list) codes.emplace_back(one.as_string());
        return codes;
    }
    std::string now_code() const { return totp_code(secret, totp_step(clock.now())); }
    void next_step() { clock.advance(30s); }
    static std::string decode_base32(std::string_view text) {
        std::string bytes;
        unsigned bits = 0, held = 0;
        for (const char c : text) {
            bits = bits << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
            if ((held += 5) >= 8) bytes += static_cast<char>(bits >> (held -= 8) & 0xFF);
        }
        return bytes;
    }
    std::vector<std::string> events_of(AccountId id) const {
        auto session = database->reader();
        std::vector<std::string> names;
        for (const auto& event :
             ledger::read_stream(*session, ledger::StreamKind::account, id.value, *find_head(*session, id)))
            names.emplace_back(event.type);
        return names;
    }

    http::Router router;
    std::unique_ptr<http::testing::Client> client;
    std::unique_ptr<Suite> suite;
    std::string secret;
};

TEST_F(SecondFactor, IsAskedForAtSignInOnceItIsOn) {
    const AccountId an = add_officer("an", {{"receiver", "H33.39.09"}});
    const auto first = headers_of(password("an")), second = headers_of(password("an"));
    EXPECT_EQ(client->get("/api/v1/me/second-factor", first).object().at("active"), false);
    const auto codes = switch_on(first);
    ASSERT_EQ(codes.size(), 10u);
    EXPECT_EQ(client->get("/api/v1/me/second-factor", first).object().at("recovery_codes"), 10);
    EXPECT_EQ(client->get("/api/v1/me", first).status, 200);
    EXPECT_EQ(client->get("/api/v1/me", second).status, 401) << "other sessions end";

    next_step();
    const Answer half = password("an");
    EXPECT_EQ(half.object().at("signed_in"), false);
    EXPECT_FALSE(half.headers.contains("set-cookie"));
    const std::string paper = string_or(half.object(), "ticket");
    suite->behaviour({.name = "a ticket is no session",
                      .path = "/api/v1/me",
                      .headers = {{"Authorization", "Bearer " + paper}},
                      .status = 401});
    EXPECT_EQ(code(paper, "000000").reason(), "session.wrong_code");
    const Answer whole = code(paper, now_code());
    EXPECT_EQ(client->get("/api/v1/me", headers_of(whole)).status, 200);
    EXPECT_EQ(code(paper, now_code()).reason(), "session.wrong_code") << "each code counts once";

    const auto names = events_of(an);
    for (const char* name : {"second_factor_begun", "second_factor_on", "signed_in"})
        EXPECT_NE(std::ranges::find(names, name), names.end()) << name;
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
}

TEST_F(SecondFactor, RecoveryCodesCountOnce) {
    const AccountId an = add_officer("an", {{"receiver", "H33.39.09"}});
    const auto codes = switch_on(headers_of(password("an")));
    std::string typed = codes[3];
    for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::toupper(c));
    const auto headers = headers_of(code(ticket("an"), typed));
    EXPECT_EQ(client->get("/api/v1/me/second-factor", headers).object().at("recovery_codes"), 9);
    EXPECT_EQ(code(ticket("an"), codes[3]).reason(), "session.wrong_code");
    const auto names = events_of(an);
    EXPECT_NE(std::ranges::find(names, "recovery_code_used"), names.end());

    next_step();
    const std::string proof = body({{"password", default_password}, {"code", now_code()}});
    const Answer renewed = client->send("POST", "/api/v1/me/second-factor/recovery-codes", proof, headers);
    EXPECT_EQ(find_array(renewed.object(), "recovery_codes")->size(), 10u);
    EXPECT_EQ(code(ticket("an"), codes[4]).reason(), "session.wrong_code") << "former ones are void";
}

TEST_F(SecondFactor, TicketsEndSoonAndWithThePassword) {
    const AccountId an = add_officer("an", {{"receiver", "H33.39.09"}});
    switch_on(headers_of(password("an")));
    next_step();
    for (const std::string& bad : {std::string("x"), std::string(200, 'A'), ticket("an").substr(1)})
        EXPECT_EQ(code(bad, now_code()).reason(), "session.ticket_over");
    const std::string late = ticket("an");
    clock.advance(5min);
    EXPECT_EQ(code(late, now_code()).reason(), "session.ticket_over");
    const std::string former = ticket("an");
    ASSERT_TRUE(identity->set_password(an, "năm con voi tím", meta()));
    EXPECT_EQ(code(former, now_code()).reason(), "session.ticket_over");
}

TEST_F(SecondFactor, GuessingCodesIsSlowedDown) {
    const AccountId an = add_officer("an", {{"receiver", "H33.39.09"}});
    switch_on(headers_of(password("an")));
    next_step();
    const std::string paper = ticket("an");
    Answer answer;
    for (int i = 0; i < 7; ++i) answer = code(paper, "000000");
    EXPECT_EQ(answer.status, 429);
    EXPECT_TRUE(answer.headers.contains("retry-after"));
    EXPECT_EQ(code(paper, now_code()).status, 429) << "also for the right one";
    const auto names = events_of(an);
    EXPECT_NE(std::ranges::find(names, "sign_in_refused"), names.end());
}

TEST_F(SecondFactor, SwitchingOffTakesPasswordAndCode) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const auto headers = headers_of(password("an"));
    switch_on(headers);
    next_step();
    const auto end = [&](std::string_view word, std::string_view text) {
        return client->send("POST", "/api/v1/me/second-factor/end", body({{"password", word}, {"code", text}}),
                            headers);
    };
    EXPECT_EQ(end("sai", now_code()).reason(), "session.wrong_credentials");
    EXPECT_EQ(end(default_password, "000000").reason(), "session.wrong_code");
    suite->validation({.name = "no code",
                       .method = "POST",
                       .path = "/api/v1/me/second-factor/end",
                       .body = body({{"password", default_password}}),
                       .headers = headers,
                       .status = 422,
                       .has = {"input.required"}});
    EXPECT_EQ(end(default_password, now_code()).status, 204);
    EXPECT_EQ(end(default_password, now_code()).reason(), "second_factor.not_active");
    EXPECT_EQ(password("an").object().at("signed_in"), true);
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
}

TEST_F(SecondFactor, BeginningNeedsAFreshProofAndTheFirstCode) {
    add_officer("an", {{"receiver", "H33.39.09"}});
    const auto headers = headers_of(password("an"));
    const auto activate = [&](std::string_view text) {
        return client->send("POST", "/api/v1/me/second-factor/activate", body({{"code", text}}), headers);
    };
    EXPECT_EQ(activate("123456").reason(), "second_factor.not_begun");
    clock.advance(16min);
    EXPECT_EQ(client->send("POST", "/api/v1/me/second-factor", "", headers).reason(), "session.confirmation_required");
    suite->behaviour({.name = "confirming with a wrong password",
                      .method = "POST",
                      .path = "/api/v1/session/confirm",
                      .body = body({{"password", "sai"}}),
                      .headers = headers,
                      .status = 401,
                      .has = {"session.wrong_credentials"}});
    EXPECT_EQ(client->send("POST", "/api/v1/session/confirm", body({{"password", default_password}}), headers).status,
              204);
    EXPECT_EQ(client->send("POST", "/api/v1/me/second-factor", "", headers).status, 200);
    EXPECT_EQ(activate("000000").reason(), "second_factor.wrong_first_code");
    EXPECT_EQ(password("an").object().at("signed_in"), true) << "begun is not on";
    switch_on(headers);
    EXPECT_EQ(client->send("POST", "/api/v1/me/second-factor", "", headers).reason(), "second_factor.active_already");
    // Kept nowhere in the clear.
    EXPECT_EQ(find_factor(*database->reader(), *find_account_id(*database->reader(), "an"))->sealed_secret.find(secret),
              std::string::npos);
}

TEST_F(SecondFactor, AnAdministratorWithoutItAdministersNothing) {
    add_officer("chief", {{"administrator", "*"}, {"receiver", "H33.39.09"}});
    auto headers = headers_of(password("chief"));
    EXPECT_EQ(client->get("/api/v1/me/second-factor", headers).object().at("demanded"), true);
    suite->access({.name = "an administrator without a second factor",
                   .path = "/api/v1/accounts",
                   .headers = headers,
                   .status = 403,
                   .has = {"auth.not_permitted"}});
    EXPECT_NE(client->get("/api/v1/session", headers).body.find("dossier.receive"), std::string::npos)
        << "other roles work";
    switch_on(headers);
    EXPECT_EQ(client->get("/api/v1/accounts", headers).status, 200);
    next_step();
    const std::string proof = body({{"password", default_password}, {"code", now_code()}});
    EXPECT_EQ(client->send("POST", "/api/v1/me/second-factor/end", proof, headers).status, 204);
    EXPECT_EQ(client->get("/api/v1/accounts", headers).status, 403) << "and again when it is off";
}

TEST_F(SecondFactor, ChangesOfRolesNeedAFreshProof) {
    const AccountId an = add_officer("an", {{"receiver", "H33.39.09"}});
    add_officer("chief", {{"administrator", "*"}});
    const auto headers = headers_of(password("chief"));
    switch_on(headers);
    const std::string posts = "/api/v1/accounts/" + to_string(an) + "/posts";
    const std::string post = body({{"role", "clerk"}, {"unit", "H33.39.09"}});
    clock.advance(16min);
    EXPECT_EQ(client->send("POST", posts, post, headers).reason(), "session.confirmation_required");
    for (const auto& [method, path] :
         {std::pair{"PUT", "/password"}, {"DELETE", "/second-factor"}, {"POST", "/enable"}})
        EXPECT_EQ(client->send(method, "/api/v1/accounts/" + to_string(an) + path, "", headers).reason(),
                  "session.confirmation_required")
            << path;
    const std::string without = body({{"password", default_password}});
    EXPECT_EQ(client->send("POST", "/api/v1/session/confirm", without, headers).reason(), "session.wrong_code");
    const std::string with = body({{"password", default_password}, {"code", now_code()}});
    EXPECT_EQ(client->send("POST", "/api/v1/session/confirm", with, headers).status, 204);
    EXPECT_EQ(client->send("POST", posts, post, headers).status, 201);
}

TEST_F(SecondFactor, AnAdministratorTakesALostOneOff) {
    const AccountId an = add_officer("an", {{"receiver", "H33.39.09"}});
    const auto officer = headers_of(password("an"));
    switch_on(officer);
    add_officer("chief", {{"administrator", "*"}});
    const auto chief = headers_of(password("chief"));
    switch_on(chief);
    const std::string path = "/api/v1/accounts/" + to_string(an) + "/second-factor";
    suite->access(
        {.name = "who does not manage accounts", .method = "DELETE", .path = path, .headers = officer, .status = 403});
    EXPECT_EQ(client->send("DELETE", path, "", chief).status, 204);
    EXPECT_EQ(client->send("DELETE", path, "", chief).reason(), "second_factor.not_active");
    EXPECT_EQ(client->get("/api/v1/me", officer).status, 401) << "its sessions end";
    EXPECT_EQ(password("an").object().at("signed_in"), true);
}

}  // namespace
}  // namespace motcua::identity
