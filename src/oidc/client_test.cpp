// The client against a provider over real sockets: honest first, then with every lie that the protocol knows.
#include "oidc/client.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "oidc/test_provider.hpp"

namespace motcua::oidc {
namespace {

using Answer = std::map<std::string, std::string>;

class OidcClient : public testing::Test {
  protected:
    /// The keys are made before anything has a time limit.
    OidcClient() {
        for (const char* id : {"key-1", "key-2"}) TestKey::named(id);
    }
    static json::object person() {
        return {{"sub", "u-1"}, {"SoDinhDanh", "091187549925"}, {"HoVaTen", "Trần Thị Lan"}};
    }

    Provider description() const {
        Provider provider;
        provider.id = "thu";
        provider.name_vi = "Cổng thử";
        provider.name_en = "Test";
        provider.issuer = server.own_address();
        provider.client_id = server.client;
        provider.client_secret = server.secret;
        provider.algorithms = {jose::Algorithm::rs256, jose::Algorithm::es256};
        provider.acr_values = {"2"};
        provider.levels = {{"1", 1}, {"2", 2}};
        provider.claims = {.citizen_id = {"SoDinhDanh", "SoCMND"}, .tax_code = {"MaSoThue"}, .name = {"HoVaTen"}};
        return provider;
    }
    Client& client() {
        if (!client_)
            client_.emplace(description(), "http://127.0.0.1:8080/dang-nhap/thu/tro-lai", clock, random, options);
        return *client_;
    }
    Client& client_of(Provider provider) {
        return client_.emplace(std::move(provider), "http://127.0.0.1:8080/dang-nhap/thu/tro-lai", clock, random,
                               options);
    }
    /// Begins, signs in at the provider, and comes back with the answer as `change` leaves it.
    Result<Claims> sign_in(const std::function<void(Answer&)>& change = {}, json::object who = person()) {
        auto begun = client().begin("/ho-so-cua-toi", again);
        if (!begun) return std::unexpected(begun.error());
        pending = begun->pending;
        Answer answer = server.sign_in(begun->url, std::move(who));
        if (change) change(answer);
        return client().finish({answer["state"], answer["code"], answer["iss"], answer["error"]}, pending);
    }
    static std::string why(const Result<Claims>& result) {
        if (result) return "";
        std::string text = result.error().reason;
        for (const Param& param : result.error().params)
            if (param.name == "check") text += " " + param.value;
        return text;
    }
    std::string lie(const std::function<void(json::object&)>& change) {
        server.claims = change;
        return why(sign_in());
    }

    ManualClock clock{parse_iso("2026-03-02T08:30:00+07:00").value()};
    SeededRandom random{11};
    TestProvider server{clock};
    ClientOptions options{.limits = {.bytes_max = 64 << 10,
                                     .connect_time = std::chrono::milliseconds{20'000},
                                     .whole_time = std::chrono::milliseconds{20'000}}};
    bool again = false;
    Pending pending;
    std::optional<Client> client_;
};

TEST_F(OidcClient, SignsIn) {
    const auto claims =
        sign_in({}, {{"sub", "u-1"}, {"SoDinhDanh", " 091187549925 "}, {"HoVaTen", "Trần Thị Lan"}, {"acr", "2"}});
    ASSERT_TRUE(claims) << why(claims);
    EXPECT_EQ(claims->subject, "u-1");
    EXPECT_EQ(claims->citizen_id, "091187549925");
    EXPECT_EQ(claims->name, "Trần Thị Lan");
    EXPECT_EQ(claims->level, 2);
    EXPECT_EQ(claims->signed_in_at, clock.now());
    EXPECT_EQ(pending.next, "/ho-so-cua-toi");
    EXPECT_EQ(server.last_question["response_type"], "code");
    EXPECT_EQ(server.last_question["code_challenge_method"], "S256");
    EXPECT_EQ(server.last_question["acr_values"], "2");
    EXPECT_EQ(server.last_question["redirect_uri"], "http://127.0.0.1:8080/dang-nhap/thu/tro-lai");
    EXPECT_EQ(client().end_session_url("http://127.0.0.1:8080/"),
              server.own_address() + "/end?client_id=motcua&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F");
}

TEST_F(OidcClient, EachSignInHasItsOwnSecrets) {
    const auto one = client().begin("", false), two = client().begin("", false);
    ASSERT_TRUE(one && two);
    EXPECT_NE(one->pending.state, two->pending.state);
    EXPECT_NE(one->pending.nonce, two->pending.nonce);
    EXPECT_NE(one->pending.verifier, two->pending.verifier);
    EXPECT_EQ(one->url.find(one->pending.verifier), std::string::npos);
    const auto read = Pending::from_text(one->pending.to_text());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->state, one->pending.state);
    EXPECT_FALSE(Pending::from_text("{}"));
    EXPECT_FALSE(Pending::from_text("x"));
}

TEST_F(OidcClient, ATokenForOthersIsRefused) {
    EXPECT_EQ(lie([](json::object& c) { c["aud"] = "someone-else"; }), "oidc.token_invalid audience");
    EXPECT_EQ(lie([](json::object& c) { c.erase("aud"); }), "oidc.token_invalid audience");
    EXPECT_EQ(lie([](json::object& c) { c["aud"] = json::array{"motcua", "other"}; }), "oidc.token_invalid audience");
    EXPECT_EQ(lie([](json::object& c) { c["azp"] = "other"; }), "oidc.token_invalid audience");
    EXPECT_EQ(lie([](json::object& c) {
                  c["aud"] = json::array{"other", "motcua"};
                  c["azp"] = "motcua";
              }),
              "");
}

TEST_F(OidcClient, ATokenOfAnotherIssuerIsRefused) {
    EXPECT_EQ(lie([](json::object& c) { c["iss"] = "https://evil.example"; }), "oidc.token_invalid issuer");
    EXPECT_EQ(lie([](json::object& c) { c["iss"] = std::string(c["iss"].as_string()) + "/"; }),
              "oidc.token_invalid issuer");
    EXPECT_EQ(lie([](json::object& c) { c.erase("iss"); }), "oidc.token_invalid issuer");
}

TEST_F(OidcClient, ATokenOfAnotherSignInIsRefused) {
    EXPECT_EQ(lie([](json::object& c) { c["nonce"] = "of another browser"; }), "oidc.token_invalid nonce");
    EXPECT_EQ(lie([](json::object& c) { c.erase("nonce"); }), "oidc.token_invalid nonce");
}

TEST_F(OidcClient, TimesCount) {
    const std::int64_t now = clock.now().time_since_epoch().count() / 1000;
    EXPECT_EQ(lie([&](json::object& c) { c["exp"] = now - 61; }), "oidc.token_invalid expiry");
    EXPECT_EQ(lie([&](json::object& c) { c["exp"] = "9999999999"; }), "oidc.token_invalid expiry");
    EXPECT_EQ(lie([&](json::object& c) { c.erase("exp"); }), "oidc.token_invalid expiry");
    EXPECT_EQ(lie([&](json::object& c) { c["iat"] = now - 3600; }), "oidc.token_invalid issue_time");
    EXPECT_EQ(lie([&](json::object& c) { c["iat"] = now + 120; }), "oidc.token_invalid issue_time");
    EXPECT_EQ(lie([&](json::object& c) { c["nbf"] = now + 120; }), "oidc.token_invalid issue_time");
    EXPECT_EQ(lie([&](json::object& c) { c["exp"] = now - 30; }), "");  // within what clocks may differ
}

/// Core 1.0 §3.1.3.6, with the value of its example for the access token of its example.
TEST_F(OidcClient, AnAccessTokenIsTheOneOfTheIdToken) {
    server.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    EXPECT_EQ(lie([](json::object& claims) { claims["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ"; }), "");
    EXPECT_EQ(lie([](json::object& claims) { claims["at_hash"] = "77QmUPtjPfzWtF2AnpK9Rg"; }),
              "oidc.token_invalid access_token");
    EXPECT_EQ(lie([](json::object& claims) { claims["at_hash"] = ""; }), "oidc.token_invalid access_token");
    EXPECT_EQ(lie([](json::object& claims) { claims["at_hash"] = 7; }), "oidc.token_invalid access_token");
    server.access_token = "another";
    EXPECT_EQ(lie([](json::object& claims) { claims["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ"; }),
              "oidc.token_invalid access_token")
        << "exchanged on the way";
}

TEST_F(OidcClient, SubjectsHaveALength) {
    EXPECT_EQ(lie([](json::object& c) { c.erase("sub"); }), "oidc.token_invalid subject");
    EXPECT_EQ(lie([](json::object& c) { c["sub"] = ""; }), "oidc.token_invalid subject");
    EXPECT_EQ(lie([](json::object& c) { c["sub"] = std::string(256, 'x'); }), "oidc.token_invalid subject");
}

TEST_F(OidcClient, UnsignedTokensAreRefused) {
    server.make_token = [](const json::object& claims) {
        return TestProvider::token({{"alg", "none"}}, json::serialize(claims), [](std::string_view) { return ""; });
    };
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
    server.make_token = [](const json::object& claims) {
        return TestProvider::token({{"alg", "none"}, {"kid", "key-1"}}, json::serialize(claims),
                                   [](std::string_view) { return "x"; });
    };
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
}

TEST_F(OidcClient, ThePublicKeyIsNoSharedSecret) {
    for (const std::string& secret :
         {TestKey::named("key-1").public_pem(), json::serialize(TestKey::named("key-1").jwk()), server.secret}) {
        server.make_token = [&](const json::object& claims) {
            return TestProvider::token(
                {{"alg", "HS256"}, {"kid", "key-1"}}, json::serialize(claims), [&](std::string_view text) {
                    unsigned char mac[EVP_MAX_MD_SIZE];
                    unsigned int size = 0;
                    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
                    return std::string(reinterpret_cast<const char*>(mac), size);
                });
        };
        EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
    }
}

TEST_F(OidcClient, AChangedTokenIsRefused) {
    server.make_token = [](const json::object& claims) {
        const TestKey& key = TestKey::named("key-1");
        json::object other = claims;
        other["sub"] = "somebody-else";
        const std::string signature = key.sign(encode_base64url(R"({"alg":"RS256","kid":"key-1"})") + "." +
                                               encode_base64url(json::serialize(claims)));
        return encode_base64url(R"({"alg":"RS256","kid":"key-1"})") + "." + encode_base64url(json::serialize(other)) +
               "." + encode_base64url(signature);
    };
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
    server.make_token = [](const json::object&) { return std::string("not.a.token"); };
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid format");
}

TEST_F(OidcClient, KeysMayChange) {
    ASSERT_EQ(why(sign_in()), "");
    server.published = {"key-2"};
    server.signing_key = "key-2";
    clock.advance(std::chrono::minutes{2});
    EXPECT_EQ(why(sign_in()), "");
    EXPECT_EQ(server.keys_asked, 2);
}

TEST_F(OidcClient, AKeyNobodyPublishedIsRefusedAndNotAskedForAgainAndAgain) {
    ASSERT_EQ(why(sign_in()), "");
    server.signing_key = "key-2";  // not among the published ones
    clock.advance(std::chrono::minutes{2});
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
    EXPECT_EQ(server.keys_asked, 2);
}

TEST_F(OidcClient, AWithdrawnKeyEndsWithTheMemory) {
    ASSERT_EQ(why(sign_in()), "");
    server.published = {"key-2"};  // the provider no longer stands by key-1, though it signs with it
    clock.advance(std::chrono::hours{2});
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid signature");
}

TEST_F(OidcClient, ACodeCountsOnce) {
    const auto begun = client().begin("", false).value();
    Answer answer = server.sign_in(begun.url, person());
    const Return back{answer["state"], answer["code"], answer["iss"], ""};
    ASSERT_TRUE(client().finish(back, begun.pending));
    EXPECT_EQ(why(client().finish(back, begun.pending)), "oidc.code_refused");
}

TEST_F(OidcClient, AStolenCodeIsOfNoUseInAnotherBrowser) {
    // The victim's code in the attacker's sign-in: the verifier is another one.
    const auto victim = client().begin("", false).value(), attacker = client().begin("", false).value();
    Answer stolen = server.sign_in(victim.url, person());
    EXPECT_EQ(why(client().finish({attacker.pending.state, stolen["code"], stolen["iss"], ""}, attacker.pending)),
              "oidc.code_refused");
}

TEST_F(OidcClient, TheStateIsThisBrowsers) {
    EXPECT_EQ(why(sign_in([](Answer& a) { a["state"] = ""; })), "oidc.sign_in_over");
    EXPECT_EQ(why(sign_in([](Answer& a) { a["state"] += "x"; })), "oidc.sign_in_over");
    EXPECT_EQ(why(sign_in([](Answer& a) { a["state"] = "guessed"; })), "oidc.sign_in_over");
    EXPECT_EQ(why(sign_in([this](Answer&) { clock.advance(std::chrono::minutes{16}); })), "oidc.sign_in_over");
    const auto begun = client().begin("", false).value();
    Answer answer = server.sign_in(begun.url, person());
    Pending other = begun.pending;
    other.provider = "khac";
    EXPECT_EQ(why(client().finish({answer["state"], answer["code"], answer["iss"], ""}, other)), "oidc.sign_in_over");
}

TEST_F(OidcClient, AnAnswerOfAnotherProviderIsRefused) {
    EXPECT_EQ(why(sign_in([](Answer& a) { a["iss"] = "https://evil.example"; })), "oidc.answer_foreign");
    EXPECT_EQ(why(sign_in([](Answer& a) { a["iss"] = ""; })), "oidc.answer_foreign");
    server.names_issuer = false;
    client_.reset();
    EXPECT_EQ(why(sign_in([](Answer& a) { a["iss"] = ""; })), "");
    EXPECT_EQ(why(sign_in([](Answer& a) { a["iss"] = "https://evil.example"; })), "oidc.answer_foreign");
}

TEST_F(OidcClient, DiscoveryMayNotSpeakForOthers) {
    server.issuer = "https://accounts.example";
    const auto begun = client().begin("", false);
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().reason, "oidc.misconfigured");
    server.issuer = server.own_address();
    server.about = [](json::object& about) { about["token_endpoint"] = "http://collector.example/token"; };
    EXPECT_EQ(client().begin("", false).error().reason, "oidc.misconfigured");
    server.about = [](json::object& about) { about.erase("jwks_uri"); };
    EXPECT_EQ(client().begin("", false).error().reason, "oidc.misconfigured");
    server.about = [](json::object&) {};
    EXPECT_TRUE(client().begin("", false));
}

TEST_F(OidcClient, LongAnswersAreCutOff) {
    server.padding = std::string(80 << 10, 'x');
    EXPECT_EQ(client().begin("", false).error().reason, "oidc.misconfigured");
}

TEST_F(OidcClient, SlowAnswersAreNotWaitedFor) {
    options.limits.whole_time = std::chrono::milliseconds{2000};
    server.slow = true;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(client().begin("", false).error().reason, "oidc.unavailable");
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{15});
    // For a while nobody else waits either …
    server.release();
    EXPECT_EQ(client().begin("", false).error().reason, "oidc.unavailable");
    // … then it is asked again.
    clock.advance(std::chrono::seconds{6});
    EXPECT_TRUE(client().begin("", false));
}

TEST_F(OidcClient, FailingAndAbsentProvidersAreUnavailable) {
    server.broken = true;
    EXPECT_EQ(client().begin("", false).error().reason, "oidc.unavailable");
    Provider absent = description();
    absent.issuer = "http://127.0.0.1:1";
    EXPECT_EQ(client_of(absent).begin("", false).error().reason, "oidc.unavailable");
}

TEST_F(OidcClient, WhoIsDeclinedIsTold) {
    EXPECT_EQ(why(sign_in([](Answer& a) {
                  a["code"] = "";
                  a["error"] = "access_denied";
              })),
              "oidc.declined");
    EXPECT_EQ(why(sign_in([](Answer& a) {
                  a["code"] = "";
                  a["error"] = "temporarily_unavailable";
              })),
              "oidc.unavailable");
    EXPECT_EQ(why(sign_in([](Answer& a) { a["code"] = ""; })), "oidc.code_refused");
}

TEST_F(OidcClient, AWrongSecretIsTheAdministratorsMatter) {
    client();
    server.secret = "another one";
    EXPECT_EQ(why(sign_in()), "oidc.misconfigured");
}

TEST_F(OidcClient, TheLevelIsDemanded) {
    Provider strict = description();
    strict.level_min = 2;
    client_of(strict);
    EXPECT_EQ(why(sign_in({}, {{"sub", "u-1"}, {"HoVaTen", "A"}, {"acr", "1"}})), "oidc.level_too_low");
    EXPECT_EQ(why(sign_in({}, {{"sub", "u-1"}, {"HoVaTen", "A"}, {"acr", "99"}})), "oidc.level_too_low");
    EXPECT_EQ(why(sign_in({}, {{"sub", "u-1"}, {"HoVaTen", "A"}, {"acr", "2"}})), "");
}

TEST_F(OidcClient, AFreshSignInIsDemanded) {
    again = true;
    EXPECT_EQ(why(sign_in()), "");
    EXPECT_EQ(server.last_question["max_age"], "0");
    EXPECT_EQ(server.last_question["prompt"], "login");
    const std::int64_t before = clock.now().time_since_epoch().count() / 1000 - 3600;
    EXPECT_EQ(lie([&](json::object& c) { c["auth_time"] = before; }), "oidc.sign_in_too_old");
    EXPECT_EQ(lie([&](json::object& c) { c.erase("auth_time"); }), "oidc.sign_in_too_old");
}

TEST_F(OidcClient, UserInfoIsOfTheSamePerson) {
    Provider asking = description();
    asking.user_info = true;
    asking.claims.phone = {"SoDienThoai"};
    client_of(asking);
    server.user_info = [](json::object& info) { info["SoDienThoai"] = "0912345678"; };
    const auto claims = sign_in();
    ASSERT_TRUE(claims) << why(claims);
    EXPECT_EQ(claims->phone, "0912345678");
    server.user_info = [](json::object& info) { info["sub"] = "somebody-else"; };
    EXPECT_EQ(why(sign_in()), "oidc.token_invalid subject");
    // What says how well somebody is proven comes from the signed token alone.
    server.claims = [](json::object& c) { c.erase("acr"); };
    server.user_info = [](json::object& info) { info["acr"] = "2"; };
    EXPECT_EQ(sign_in()->level, 0);
}

}  // namespace
}  // namespace motcua::oidc
