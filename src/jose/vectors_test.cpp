// The published vectors of Wycheproof: no invalid signature ever verifies, every valid one does, save those listed
// here.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/base64url.hpp"
#include "base/testing.hpp"
#include "jose/jws.hpp"

namespace motcua::jose {

namespace {

const Algorithms every_algorithm{Algorithm::hs256, Algorithm::hs384, Algorithm::hs512, Algorithm::rs256,
                                 Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
                                 Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::es512,
                                 Algorithm::eddsa};

std::optional<json::object> load(const std::string& name) {
    const auto file = test::find_conformance(MOTCUA_SOURCE_DIR, "wycheproof/testvectors_v1/" + name);
    if (!file) return std::nullopt;
    return parse_json(test::read_text(*file)).value().as_object();
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

struct Tally {
    int valid = 0, invalid = 0;
    std::set<std::int64_t> valid_refused, invalid_verified;

    void count(const json::object& test, bool verified) {
        const std::int64_t id = int_or(test, "tcId", 0);
        if (find_string(test, "result") == "valid") {
            ++valid;
            if (!verified) valid_refused.insert(id);
        } else if (find_string(test, "result") == "invalid") {
            ++invalid;
            if (verified) invalid_verified.insert(id);
        }
    }
};

/// Tokens of one file; those in other than compact form are objects there and go in as their text.
Tally run_tokens(const json::object& file, std::string_view member) {
    Tally tally;
    for (const json::value& group : file.at("testGroups").as_array()) {
        const json::object& object = group.as_object();
        const json::value& key = object.contains("public") ? object.at("public") : object.at("private");
        const auto keys = KeySet::read(json::serialize(key), every_algorithm);
        for (const json::value& test : object.at("tests").as_array()) {
            const json::value* token = test.as_object().if_contains(member);
            if (!token) continue;
            const std::string text = token->is_string() ? std::string(token->get_string()) : json::serialize(*token);
            tally.count(test.as_object(), keys && verify(text, *keys));
        }
    }
    return tally;
}

/// Signatures of one file over bytes, with each group's key as `make_key` reads it.
template <class MakeKey>
Tally run_signatures(const json::object& file, MakeKey make_key) {
    Tally tally;
    for (const json::value& group : file.at("testGroups").as_array()) {
        const auto key = Key::read(make_key(group.as_object()), every_algorithm);
        for (const json::value& test : group.as_object().at("tests").as_array())
            tally.count(test.as_object(), key && key->verifies(from_hex(string_or(test.as_object(), "msg")),
                                                               from_hex(string_or(test.as_object(), "sig"))));
    }
    return tally;
}

json::object rsa_key(const json::object& group, std::string_view algorithm) {
    const json::object& key = group.at("publicKey").as_object();
    return {{"kty", "RSA"},
            {"alg", algorithm},
            {"n", encode_base64url(from_hex(string_or(key, "modulus")))},
            {"e", encode_base64url(from_hex(string_or(key, "publicExponent")))}};
}

}  // namespace

TEST(JoseVectors, TokensOfTheSignatureFile) {
    const auto file = load("json_web_signature_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally = run_tokens(*file, "jws");
    EXPECT_GT(tally.valid, 30);
    EXPECT_GT(tally.invalid, 300);
    // 367 and 370 are called invalid for their padding, which the file lost: byte for byte they are the valid 357.
    EXPECT_EQ(tally.invalid_verified, (std::set<std::int64_t>{367, 370}));
    // 346, 350: the key says PS256, the token PS384. 347, 351: the key says "ES521", which is no algorithm. 372, 373: a
    // question mark inside the base64url, which a lenient reader would drop.
    EXPECT_EQ(tally.valid_refused, (std::set<std::int64_t>{346, 347, 350, 351, 372, 373}));
}

TEST(JoseVectors, TokensOfTheKeyFile) {
    const auto file = load("json_web_key_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally = run_tokens(*file, "jws");
    EXPECT_GT(tally.valid, 4);
    EXPECT_GT(tally.invalid, 15);
    EXPECT_EQ(tally.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(tally.valid_refused, std::set<std::int64_t>{});
}

TEST(JoseVectors, TokensOfTheCryptoFile) {
    const auto file = load("json_web_crypto_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally = run_tokens(*file, "jws");
    EXPECT_GT(tally.valid, 3);
    EXPECT_GT(tally.invalid, 40);
    EXPECT_EQ(tally.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(tally.valid_refused, std::set<std::int64_t>{});
    // An encrypted token is no signed one.
    const Tally encrypted = run_tokens(*file, "jwe");
    EXPECT_EQ(encrypted.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(encrypted.valid_refused.size(), static_cast<std::size_t>(encrypted.valid));
}

TEST(JoseVectors, EcdsaInFixedLength) {
    const auto file = load("ecdsa_secp256r1_sha256_p1363_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally = run_signatures(*file, [](const json::object& group) -> json::object {
        const std::string point = from_hex(string_or(group.at("publicKey").as_object(), "uncompressed"));
        return {{"kty", "EC"},
                {"crv", "P-256"},
                {"x", encode_base64url(point.substr(1, 32))},
                {"y", encode_base64url(point.substr(33))}};
    });
    EXPECT_GT(tally.valid, 150);
    EXPECT_GT(tally.invalid, 80);
    EXPECT_EQ(tally.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(tally.valid_refused, std::set<std::int64_t>{});
}

TEST(JoseVectors, Ed25519) {
    const auto file = load("ed25519_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally =
        run_signatures(*file, [](const json::object& group) { return group.at("publicKeyJwk").as_object(); });
    EXPECT_GT(tally.valid, 80);
    EXPECT_GT(tally.invalid, 60);
    EXPECT_EQ(tally.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(tally.valid_refused, std::set<std::int64_t>{});
}

TEST(JoseVectors, RsaPss) {
    const auto file = load("rsa_pss_2048_sha256_mgf1_32_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally = run_signatures(*file, [](const json::object& group) { return rsa_key(group, "PS256"); });
    EXPECT_GT(tally.valid, 60);
    EXPECT_GT(tally.invalid, 40);
    EXPECT_EQ(tally.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(tally.valid_refused, std::set<std::int64_t>{});
}

TEST(JoseVectors, RsaPkcs1) {
    const auto file = load("rsa_signature_2048_sha256_test.json");
    if (!file) GTEST_SKIP() << "no conformance cases here";
    const Tally tally = run_signatures(*file, [](const json::object& group) { return rsa_key(group, "RS256"); });
    EXPECT_GT(tally.valid, 5);
    EXPECT_GT(tally.invalid, 200);
    EXPECT_EQ(tally.invalid_verified, std::set<std::int64_t>{});
    EXPECT_EQ(tally.valid_refused, std::set<std::int64_t>{});
}

}  // namespace motcua::jose
