// Passkeys with an authenticator in software, honest first, then wrong in each way that the standard names.
#include "identity/passkeys.hpp"

#include <functional>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "base/base64url.hpp"
#include "http/testing.hpp"
#include "identity/cbor.hpp"
#include "identity/routes.hpp"
#include "identity/test_world.hpp"

namespace motcua::identity {
namespace {

std::string head(int major, std::size_t number) {
    std::string text;
    const auto first = [&](std::size_t info) { text += static_cast<char>(major << 5 | static_cast<int>(info)); };
    if (number < 24) {
        first(number);
    } else if (number < 256) {
        first(24);
        text += static_cast<char>(number);
    } else {
        first(25);
        text += static_cast<char>(number >> 8);
        text += static_cast<char>(number & 0xFF);
    }
    return text;
}
std::string integer(int number) {
    return number < 0 ? head(1, static_cast<std::size_t>(-1 - number)) : head(0, static_cast<std::size_t>(number));
}
std::string text(std::string_view value) { return head(3, value.size()) + std::string(value); }
std::string bytes(std::string_view value) { return head(2, value.size()) + std::string(value); }
std::string map(std::initializer_list<std::pair<std::string, std::string>> members) {
    std::string out = head(5, members.size());
    for (const auto& [key, value] : members) out += key + value;
    return out;
}
std::string sha256(std::string_view value) {
    std::string digest(32, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(value.data()), value.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

enum class Kind { es256, eddsa, rs256 };

class Authenticator {
  public:
    explicit Authenticator(Kind kind = Kind::es256) : kind_(kind), key_(make(kind), EVP_PKEY_free) { CHECK(key_); }

    std::string client_data(std::string_view type, std::string_view challenge) const {
        return json::serialize(
            json::object{{"type", type}, {"challenge", challenge}, {"origin", origin}, {"crossOrigin", cross}});
    }
    std::string data(bool with_key) const {
        std::string out = sha256(rp_id);
        out += static_cast<char>(flags | (with_key ? 0x40 : 0));
        for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(count >> shift & 0xFF);
        if (!with_key) return out;
        out += std::string(16, '\0');
        out += static_cast<char>(id.size() >> 8);
        out += static_cast<char>(id.size() & 0xFF);
        return out + id + cose_key();
    }
    std::string attestation() const {
        return map({{text("fmt"), text(format)}, {text("attStmt"), map({})}, {text("authData"), bytes(data(true))}});
    }
    std::string sign(std::string_view message) const {
        std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        CHECK(EVP_DigestSignInit(context.get(), nullptr, kind_ == Kind::eddsa ? nullptr : EVP_sha256(), nullptr,
                                 key_.get()) == 1);
        std::size_t size = 0;
        const auto* from = reinterpret_cast<const unsigned char*>(message.data());
        CHECK(EVP_DigestSign(context.get(), nullptr, &size, from, message.size()) == 1);
        std::string signature(size, '\0');
        CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, from,
                             message.size()) == 1);
        signature.resize(size);
        return signature;
    }

    std::string origin = "https://motcua.example", rp_id = "motcua.example", format = "none", id = "credential-1";
    bool cross = false;
    int flags = 0x05;
    std::uint32_t count = 1;

  private:
    static EVP_PKEY* make(Kind kind) {
        if (kind == Kind::rs256) return EVP_RSA_gen(2048);
        return kind == Kind::es256 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    }
    std::string number(const char* name, std::size_t width) const {
        BIGNUM* value = nullptr;
        CHECK(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
        const std::size_t size = width ? width : static_cast<std::size_t>(BN_num_bytes(value));
        std::string out(size, '\0');
        CHECK(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size)) >= 0);
        BN_free(value);
        return out;
    }
    std::string cose_key() const {
        if (kind_ == Kind::rs256)
            return map({{integer(1), integer(3)},
                        {integer(3), integer(-257)},
                        {integer(-1), bytes(number("n", 0))},
                        {integer(-2), bytes(number("e", 0))}});
        if (kind_ == Kind::es256)
            return map({{integer(1), integer(2)},
                        {integer(3), integer(-7)},
                        {integer(-1), integer(1)},
                        {integer(-2), bytes(number("qx", 32))},
                        {integer(-3), bytes(number("qy", 32))}});
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        CHECK(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
        return map({{integer(1), integer(1)},
                    {integer(3), integer(-8)},
                    {integer(-1), integer(6)},
                    {integer(-2), bytes(raw)}});
    }
    Kind kind_;
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

const RelyingParty party = relying_party("https://motcua.example");

std::string check_of(const auto& result) {
    if (result) return "";
    EXPECT_EQ(result.error().reason, "passkey.refused");
    return result.error().params.empty() ? "?" : result.error().params.front().value;
}

std::string register_with(const Authenticator& device, std::string_view type = "webauthn.create",
                          std::string_view challenge = "abc") {
    return check_of(check_registration(party, "abc", device.client_data(type, challenge), device.attestation()));
}

TEST(WebAuthn, RelyingParties) {
    EXPECT_EQ(relying_party("https://motcua.example:8443").id, "motcua.example");
    EXPECT_EQ(relying_party("https://motcua.example:8443").origin, "https://motcua.example:8443");
    EXPECT_EQ(relying_party("http://localhost:8080").id, "localhost");
}

TEST(WebAuthn, EachKindOfKeyIsMadeAndUsed) {
    for (const Kind kind : {Kind::es256, Kind::eddsa, Kind::rs256}) {
        Authenticator device(kind);
        const auto made =
            check_registration(party, "abc", device.client_data("webauthn.create", "abc"), device.attestation());
        ASSERT_TRUE(made) << made.error().params.front().value;
        EXPECT_EQ(made->credential_id, "credential-1");
        EXPECT_EQ(made->sign_count, 1u);
        device.count = 2;
        const std::string client = device.client_data("webauthn.get", "xyz"), data = device.data(false);
        const std::string signature = device.sign(data + sha256(client));
        const auto used = check_assertion(party, "xyz", {client, data, signature}, *made);
        ASSERT_TRUE(used);
        EXPECT_EQ(*used, 2u);
        // Any other byte is another statement.
        std::string other = signature;
        other.back() = static_cast<char>(other.back() ^ 1);
        EXPECT_EQ(check_of(check_assertion(party, "xyz", {client, data, other}, *made)), "signature");
        const std::string later = device.client_data("webauthn.get", "xyz") + " ";
        EXPECT_EQ(check_of(check_assertion(party, "xyz", {later, data, signature}, *made)), "signature");
        Authenticator stranger(kind);
        EXPECT_EQ(check_of(check_assertion(party, "xyz", {client, data, stranger.sign(data + sha256(client))}, *made)),
                  "signature");
    }
}

TEST(WebAuthn, WhatIsWrongAtRegistrationIsRefused) {
    Authenticator device;
    EXPECT_EQ(register_with(device), "");
    EXPECT_EQ(register_with(device, "webauthn.get"), "client_data");
    EXPECT_EQ(register_with(device, "webauthn.create", "abd"), "challenge");
    device.origin = "https://evil.example";
    EXPECT_EQ(register_with(device), "origin");
    device = Authenticator();
    device.cross = true;
    EXPECT_EQ(register_with(device), "origin");
    device = Authenticator();
    device.rp_id = "evil.example";
    EXPECT_EQ(register_with(device), "relying_party");
    device = Authenticator();
    for (const int flags : {0x04, 0x01, 0x00}) {  // nobody there, nobody recognised
        device.flags = flags;
        EXPECT_EQ(register_with(device), "user");
    }
    device.flags = 0x15;  // backed up, but not to be backed up
    EXPECT_EQ(register_with(device), "user");
    device = Authenticator();
    device.format = "packed";
    EXPECT_EQ(register_with(device), "format");
    device = Authenticator();
    const std::string client = device.client_data("webauthn.create", "abc"), good = device.attestation();
    EXPECT_EQ(check_of(check_registration(party, "abc", client, good + "x")), "format");
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(check_registration(party, "abc", client, good.substr(0, size)));
    EXPECT_EQ(check_of(check_registration(party, "", client, good)), "challenge");
    EXPECT_EQ(check_of(check_registration(party, "abc", "{", good)), "client_data");
}

TEST(WebAuthn, TheCounterGoesOn) {
    Authenticator device;
    const auto made =
        check_registration(party, "abc", device.client_data("webauthn.create", "abc"), device.attestation()).value();
    const auto use = [&](std::uint32_t known, std::uint32_t count) {
        PasskeyData data = made;
        data.sign_count = known;
        device.count = count;
        const std::string client = device.client_data("webauthn.get", "xyz"), said = device.data(false);
        return check_of(check_assertion(party, "xyz", {client, said, device.sign(said + sha256(client))}, data));
    };
    EXPECT_EQ(use(5, 6), "");
    EXPECT_EQ(use(5, 5), "counter");
    EXPECT_EQ(use(5, 4), "counter");
    EXPECT_EQ(use(5, 0), "counter");
    EXPECT_EQ(use(0, 0), "");  // a device that does not count
}

TEST(Cbor, OneThingHasOneSpelling) {
    for (const std::string& good : {std::string("\x00", 1), std::string("\x17"), std::string("\x18\x18"),
                                    std::string("\x20"), std::string("\x40"), std::string("\x60"), std::string("\x80"),
                                    std::string("\xa0"), std::string("\xf4"), std::string("\xf6")})
        EXPECT_TRUE(read_cbor(good));
    for (const std::string& bad :
         {std::string(), std::string("\x18\x17"), std::string("\x19\x00\xff", 3), std::string("\x1c"),
          std::string("\x5f\xff"), std::string("\x41"), std::string("\x61\xff"), std::string("\xc0\x00", 2),
          std::string("\xf9\x00\x00", 3), std::string("\xa2\x01\x01\x01\x02"),
          std::string("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), std::string("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"),
          std::string(20, '\x81')})
        EXPECT_FALSE(read_cbor(bad));
}

TEST(Cbor, AMapHasABoundedNumberOfMembers) {
    const auto map_of = [](std::size_t members) {
        std::string map{'\xb9', static_cast<char>(members >> 8), static_cast<char>(members & 0xff)};
        // Keys are texts of four bytes, values are 0.
        for (std::size_t i = 0; i < members; ++i) map += '\x64' + std::to_string(1000 + i) + '\0';
        return map;
    };
    EXPECT_TRUE(read_cbor(map_of(cbor_members_max)));
    EXPECT_FALSE(read_cbor(map_of(cbor_members_max + 1)));
}

class Passkeys : public testing::Test {
  protected:
    explicit Passkeys(Options options = cheap_options()) : world(std::move(options)) {
        register_routes(router, *world.identity);
        register_passkey_routes(router, *world.identity, party);
        world.add_officer("an", {{"receiver", "*"}});
        world.add_officer("binh", {{"receiver", "*"}});
    }
    struct Caller : http::testing::Client {
        Caller(Passkeys& test, std::string_view user)
            : Client(test.router, *test.world.identity, test.world.clock, test.world.ids, test.world.random,
                     *test.world.database, *test.world.committer) {
            if (user.empty()) return;
            set_header("Authorization", "Bearer " + test.world.sign_in(user).value().token);
        }
        void take_cookie(const http::testing::Answer& in) {
            const std::string cookie(in.headers.get("set-cookie"));
            set_header("Cookie", cookie.substr(0, cookie.find(';')));
            set_header("X-CSRF-Token", string_or(in.object(), "csrf_token"));
        }
    };
    static std::string b64(std::string_view value) { return encode_base64url(value); }
    http::testing::Answer add(Caller& caller, const Authenticator& device) {
        const auto begun = caller.post("/api/v1/me/passkeys/challenge", "{}");
        EXPECT_EQ(begun.status, 200) << begun.body;
        return send(caller, device, string_or(begun.object(), "challenge"));
    }
    static http::testing::Answer send(Caller& caller, const Authenticator& device, std::string_view challenge) {
        return caller.post(
            "/api/v1/me/passkeys",
            json::serialize(json::object{{"name", "Điện thoại"},
                                         {"client_data", b64(device.client_data("webauthn.create", challenge))},
                                         {"attestation", b64(device.attestation())}}));
    }
    static std::string assertion(const Authenticator& device, std::string_view challenge) {
        const std::string client = device.client_data("webauthn.get", challenge), data = device.data(false);
        return json::serialize(json::object{{"credential", b64(device.id)},
                                            {"client_data", b64(client)},
                                            {"authenticator_data", b64(data)},
                                            {"signature", b64(device.sign(data + sha256(client)))}});
    }
    std::string challenge() {
        Caller visitor(*this, "");
        return string_or(visitor.post("/api/v1/session/passkey/challenge", "{}").object(), "challenge");
    }
    static http::testing::Answer confirm(Caller& caller, const Authenticator& device) {
        const auto begun = caller.post("/api/v1/session/confirm/passkey/challenge", "{}");
        EXPECT_EQ(begun.status, 200) << begun.body;
        return caller.post("/api/v1/session/confirm/passkey",
                           assertion(device, string_or(begun.object(), "challenge")));
    }
    TestWorld world;
    http::Router router;
};

TEST_F(Passkeys, AddedUsedListedRevoked) {
    Caller an(*this, "an"), visitor(*this, "");
    Authenticator device;
    const auto added = add(an, device);
    ASSERT_EQ(added.status, 201) << added.body;
    device.count = 2;
    const auto in = visitor.post("/api/v1/session/passkey", assertion(device, challenge()));
    ASSERT_EQ(in.status, 200) << in.body;
    EXPECT_EQ(string_or(in.object(), "kind"), "officer");
    EXPECT_NE(in.headers.get("set-cookie").find("motcua_session="), std::string_view::npos);
    // A copy of the device, one use behind.
    EXPECT_EQ(visitor.post("/api/v1/session/passkey", assertion(device, challenge())).reason(), "passkey.refused");
    EXPECT_NE(an.get("/api/v1/me/passkeys").body.find("Điện thoại"), std::string::npos);
    const std::string id = string_or(added.object(), "id");
    Caller binh(*this, "binh");
    EXPECT_EQ(binh.get("/api/v1/me/passkeys").body.find(id), std::string::npos);
    EXPECT_EQ(binh.send("DELETE", "/api/v1/me/passkeys/" + id, "", {}).status, 404);
    EXPECT_EQ(an.send("DELETE", "/api/v1/me/passkeys/" + id, "", {}).status, 204);
    device.count = 3;
    EXPECT_EQ(visitor.post("/api/v1/session/passkey", assertion(device, challenge())).status, 401);
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
}

TEST_F(Passkeys, AChallengeCountsOnceAndForItsPurpose) {
    Caller an(*this, "an"), binh(*this, "binh"), visitor(*this, "");
    Authenticator device;
    const std::string mine = string_or(an.post("/api/v1/me/passkeys/challenge", "{}").object(), "challenge");
    EXPECT_EQ(send(binh, device, mine).reason(), "passkey.refused");       // made for another account
    EXPECT_EQ(send(an, device, challenge()).reason(), "passkey.refused");  // made for signing in
    EXPECT_EQ(send(an, device, "made-up").reason(), "passkey.refused");
    ASSERT_EQ(send(an, device, mine).status, 201);
    EXPECT_EQ(send(an, device, mine).reason(), "passkey.refused");
    EXPECT_EQ(add(an, device).reason(), "passkey.known");
    EXPECT_EQ(add(binh, device).reason(), "passkey.known");
    device.count = 2;
    const std::string one = challenge();
    ASSERT_EQ(visitor.post("/api/v1/session/passkey", assertion(device, one)).status, 200);
    device.count = 3;
    EXPECT_EQ(visitor.post("/api/v1/session/passkey", assertion(device, one)).reason(), "passkey.refused");
    const std::string late = challenge();
    world.clock.advance(challenge_age);
    EXPECT_EQ(visitor.post("/api/v1/session/passkey", assertion(device, late)).reason(), "passkey.refused");
}

TEST_F(Passkeys, AnUnknownOneIsRefusedLikeAWrongOne) {
    Caller visitor(*this, "");
    Authenticator device;
    const auto unknown = visitor.post("/api/v1/session/passkey", assertion(device, challenge()));
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(unknown.reason(), "passkey.refused");
    EXPECT_EQ(visitor.post("/api/v1/me/passkeys/challenge", "{}").status, 401);
}

TEST_F(Passkeys, AddingNeedsARecentProof) {
    Caller an(*this, "an");
    world.clock.advance(std::chrono::minutes{20});
    EXPECT_EQ(an.post("/api/v1/me/passkeys/challenge", "{}").reason(), "session.confirmation_required");
}

TEST_F(Passkeys, ProveAgainWhoOneIs) {
    Caller an(*this, "an"), binh(*this, "binh");
    Authenticator device, other;
    other.id = "credential-2";
    ASSERT_EQ(add(an, device).status, 201);
    ASSERT_EQ(add(binh, other).status, 201);
    world.clock.advance(std::chrono::minutes{20});
    ASSERT_EQ(an.post("/api/v1/me/passkeys/challenge", "{}").reason(), "session.confirmation_required");
    device.count = other.count = 2;
    EXPECT_EQ(confirm(an, other).reason(), "passkey.refused") << "a colleague's";
    EXPECT_EQ(an.post("/api/v1/session/confirm/passkey", assertion(device, challenge())).reason(), "passkey.refused")
        << "a challenge for signing in";
    const std::string his =
        string_or(binh.post("/api/v1/session/confirm/passkey/challenge", "{}").object(), "challenge");
    EXPECT_EQ(an.post("/api/v1/session/confirm/passkey", assertion(device, his)).reason(), "passkey.refused");
    device.flags = 0x01;  // present, not recognised
    EXPECT_EQ(confirm(an, device).reason(), "passkey.refused");
    EXPECT_EQ(an.post("/api/v1/me/passkeys/challenge", "{}").reason(), "session.confirmation_required");
    device.flags = 0x05;
    EXPECT_EQ(confirm(an, device).status, 204);
    EXPECT_EQ(an.post("/api/v1/me/passkeys/challenge", "{}").status, 200);
    EXPECT_EQ(confirm(an, device).reason(), "passkey.refused") << "the counter has to go on";
    EXPECT_EQ(Caller(*this, "").post("/api/v1/session/confirm/passkey/challenge", "{}").status, 401);
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
}

Options demanding() {
    Options options = cheap_options();
    options.second_factor_roles = {"administrator"};
    return options;
}

class PasskeyFactor : public Passkeys {
  protected:
    PasskeyFactor() : Passkeys(demanding()) { world.add_officer("quantri", {{"administrator", "*"}}); }
    static bool manages(Caller& caller) { return caller.get("/api/v1/accounts").status == 200; }
    http::testing::Answer state(Caller& caller) { return caller.get("/api/v1/me/second-factor"); }
    http::testing::Answer sign_in(Caller& caller, const Authenticator& device) {
        auto in = caller.post("/api/v1/session/passkey", assertion(device, challenge()));
        if (in.status == 200) caller.take_cookie(in);
        return in;
    }
};

TEST_F(PasskeyFactor, AddingOneIsTheEnrolment) {
    Caller admin(*this, "quantri"), elsewhere(*this, "quantri"), visitor(*this, "");
    EXPECT_FALSE(manages(admin));
    Authenticator device, second;
    second.id = "credential-2";
    const auto added = add(admin, device);
    ASSERT_EQ(added.status, 201) << added.body;
    const json::object answer = added.object();
    const json::array* codes = find_array(answer, "recovery_codes");
    ASSERT_TRUE(codes && codes->size() == 10u);
    EXPECT_TRUE(manages(admin));
    EXPECT_EQ(elsewhere.get("/api/v1/me").status, 401) << "opened by the password alone";
    EXPECT_TRUE(find_bool(state(admin).object(), "by_passkeys").value_or(false));
    EXPECT_EQ(add(admin, second).object().contains("recovery_codes"), false) << "once";

    // The password alone opens nothing any more; with a recovery code it does, and with the passkey alone.
    const auto half = world.sign_in("quantri");
    ASSERT_TRUE(half);
    EXPECT_TRUE(half->token.empty());
    const auto with = [&](std::string_view code) {
        return visitor.post("/api/v1/session/second-factor",
                            json::serialize(json::object{{"ticket", half->ticket}, {"code", code}}));
    };
    EXPECT_EQ(with("123456").reason(), "session.wrong_code");
    EXPECT_EQ(with(codes->at(0).as_string()).status, 200);
    EXPECT_EQ(with(codes->at(0).as_string()).reason(), "session.wrong_code") << "each counts once";
    device.count = 2;
    ASSERT_EQ(sign_in(visitor, device).status, 200);
    EXPECT_TRUE(manages(visitor));

    // New recovery codes need no password, but a recent proof.
    world.clock.advance(std::chrono::minutes{20});
    EXPECT_EQ(visitor.post("/api/v1/me/second-factor/recovery-codes", "{}").reason(), "session.confirmation_required");
    device.count = 3;
    ASSERT_EQ(confirm(visitor, device).status, 204);
    EXPECT_EQ(visitor.post("/api/v1/me/second-factor/recovery-codes", "{}").status, 200);
    EXPECT_EQ(find_int(state(visitor).object(), "recovery_codes"), 10);

    // With the last one the role gives nothing again.
    for (const char* name : {"first", "last"}) {
        const json::object list = visitor.get("/api/v1/me/passkeys").object();
        const std::string id = string_or(find_array(list, "items")->at(0).as_object(), "id");
        EXPECT_EQ(visitor.send("DELETE", "/api/v1/me/passkeys/" + id, "", {}).status, 204) << name;
        EXPECT_EQ(manages(visitor), std::string_view(name) == "first");
    }
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
}

TEST_F(PasskeyFactor, SigningInWithOneIsEnough) {
    // Had before there was such a role.
    Caller an(*this, "an"), visitor(*this, "");
    Authenticator device;
    const auto added = add(an, device);
    ASSERT_EQ(added.status, 201);
    EXPECT_FALSE(added.object().contains("recovery_codes")) << "nothing demands it";
    EXPECT_FALSE(world.sign_in("an")->token.empty());
    device.count = 2;
    ASSERT_EQ(sign_in(visitor, device).status, 200);
    EXPECT_FALSE(find_bool(state(visitor).object(), "active").value_or(true));
    const auto account = find_account(*world.database->reader(), *find_account_id(*world.database->reader(), "an"));
    Caller admin(*this, "quantri"), reception(*this, "an");
    Authenticator key;
    key.id = "credential-3";
    ASSERT_EQ(add(admin, key).status, 201);
    const auto given = admin.post("/api/v1/accounts/" + to_string(account->id) + "/posts",
                                  json::serialize(json::object{{"role", "administrator"}, {"unit", "*"}}));
    ASSERT_LT(given.status, 300) << given.body;
    EXPECT_FALSE(manages(reception)) << "not by a password alone";
    EXPECT_FALSE(manages(visitor)) << "not yet";
    device.count = 3;
    const auto in = sign_in(visitor, device);
    ASSERT_EQ(in.status, 200);
    EXPECT_TRUE(manages(visitor));
    EXPECT_EQ(reception.get("/api/v1/me").status, 401);
    EXPECT_TRUE(world.sign_in("an")->token.empty());

    // An administrator helps who lost the device: everything is off, the passkey as well.
    ASSERT_EQ(admin.send("DELETE", "/api/v1/accounts/" + to_string(account->id) + "/second-factor", "", {}).status,
              204);
    EXPECT_EQ(visitor.get("/api/v1/me").status, 401);
    device.count = 4;
    EXPECT_EQ(sign_in(visitor, device).status, 401);
    EXPECT_FALSE(world.sign_in("an")->token.empty());
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
}

TEST_F(PasskeyFactor, AnAppMayComeOnTop) {
    Caller admin(*this, "quantri");
    Authenticator device;
    ASSERT_EQ(add(admin, device).status, 201);
    ASSERT_EQ(admin.post("/api/v1/me/second-factor", "{}").status, 200);
    EXPECT_TRUE(find_bool(state(admin).object(), "by_passkeys").value_or(false)) << "until the app's first code";
    EXPECT_TRUE(manages(admin));
    EXPECT_TRUE(world.sign_in("quantri")->token.empty());
    EXPECT_EQ(check_accounts(*world.database->reader()), std::vector<std::string>{});
}

TEST_F(PasskeyFactor, ADeviceThatDoesNotRecogniseItsOwnerIsNone) {
    Caller admin(*this, "quantri");
    Authenticator device;
    device.flags = 0x01;
    EXPECT_EQ(add(admin, device).reason(), "passkey.refused");
    EXPECT_FALSE(manages(admin));
}

}  // namespace
}  // namespace motcua::identity
