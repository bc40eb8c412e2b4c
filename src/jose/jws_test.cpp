#include "jose/jws.hpp"

#include <gtest/gtest.h>

#include "base/base64url.hpp"

namespace motcua::jose {

namespace {

// RFC 7515 appendix A.1 (HS256) and A.3 (ES256): the tokens and keys of the standard itself.
constexpr std::string_view hs256_key =
    R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})";
constexpr std::string_view hs256_token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
    "NvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr std::string_view es256_key = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                                       R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr std::string_view es256_token =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
    "VlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

std::string reason_of(const auto& result) { return result ? "" : result.error().reason; }

std::string verify_with(std::string_view token, std::string_view keys, const Algorithms& accepted) {
    const auto set = KeySet::read(keys, accepted);
    return set ? reason_of(verify(token, *set)) : set.error().reason;
}

std::string token_with_header(std::string_view header) {
    return encode_base64url(header) + std::string(hs256_token.substr(hs256_token.find('.')));
}

}  // namespace

TEST(Jws, VerifiesTheExamplesOfTheStandard) {
    const auto keys = KeySet::read(hs256_key, {Algorithm::hs256});
    ASSERT_TRUE(keys);
    const auto verified = verify(hs256_token, *keys);
    ASSERT_TRUE(verified) << verified.error().reason;
    EXPECT_EQ(verified->payload, "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
    EXPECT_EQ(verified->algorithm, Algorithm::hs256);
    EXPECT_EQ(verify_with(es256_token, es256_key, {Algorithm::es256}), "");
}

TEST(Jws, TheAlgorithmIsTheKeysNeverTheTokens) {
    // A public key taken for a secret, and a secret where only public keys are accepted.
    EXPECT_EQ(verify_with(hs256_token, es256_key, {Algorithm::es256, Algorithm::hs256}), "jose.algorithm_refused");
    EXPECT_EQ(verify_with(hs256_token, hs256_key, {Algorithm::es256, Algorithm::rs256}), "jose.no_usable_key");
    // The first configured algorithm that fits is the key's; another one in the token does not agree.
    EXPECT_EQ(verify_with(hs256_token, hs256_key, {Algorithm::hs512, Algorithm::hs256}), "jose.algorithm_refused");
    for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":""})", R"({"alg":1})", R"({})",
                               R"({"alg":["HS256"]})", R"({"alg":"hs256"})"})
        EXPECT_EQ(verify_with(token_with_header(header), hs256_key, {Algorithm::hs256}), "jose.algorithm_refused")
            << header;
}

TEST(Jws, RefusesWhatIsNotOneCompactToken) {
    const std::string token(hs256_token);
    for (const std::string& text :
         {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), token + ".", token + "=",
          " " + token, token + "\n", token.substr(0, token.rfind('.')), R"({"payload":"Zm9v"})" + token,
          token_with_header(R"({"alg":"HS256","alg":"HS256"})"),
          token_with_header("{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}"), token_with_header(R"(["alg"])"),
          token_with_header(R"({"alg":"HS256","kid":1})"), token_with_header(R"({"alg":"HS256","crit":["exp"]})"),
          token_with_header(R"({"alg":"HS256","b64":false})"), token_with_header("{\"alg\":\"HS256\"} x")})
        EXPECT_EQ(verify_with(text, hs256_key, {Algorithm::hs256}), "jose.malformed") << text;
    EXPECT_EQ(verify_with(std::string(token_bytes_max + 1, 'a'), hs256_key, {Algorithm::hs256}), "jose.too_large");
    // The last character with other unused bits spells the same bytes: refused, or one token would have two spellings.
    std::string other = token;
    other.back() = 'l';
    EXPECT_EQ(verify_with(other, hs256_key, {Algorithm::hs256}), "jose.malformed");
}

TEST(Jws, AnyChangedByteOfTheSignatureIsRefused) {
    const auto keys = KeySet::read(es256_key, {Algorithm::es256}).value();
    const std::string token(es256_token);
    const std::size_t start = token.rfind('.') + 1;
    const std::string signature = decode_base64url(token.substr(start)).value();
    for (std::size_t i = 0; i < signature.size(); ++i) {
        std::string changed = signature;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_EQ(reason_of(verify(token.substr(0, start) + encode_base64url(changed), keys)), "jose.signature_wrong");
    }
    EXPECT_EQ(reason_of(verify(token.substr(0, start), keys)), "jose.signature_wrong");
}

TEST(KeySet, ChoosesByIdAndNeverGuesses) {
    const std::string one = R"({"kty":"oct","kid":"one","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"})";
    const std::string two = R"({"kty":"oct","kid":"two","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-"})";
    const std::string last = R"({"kty":"oct","kid":"two","k":"BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"})";
    const Algorithms accepted{Algorithm::hs256};
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[)" + one + "," + two + "]}", accepted)), "");
    const auto single = KeySet::read(R"({"keys":[)" + one + "," + two + "]}", accepted).value();
    EXPECT_EQ(single.keys().size(), 1u) << "the second key's last character has bits that spell nothing";
    EXPECT_EQ(single.find("two"), nullptr);
    EXPECT_EQ(single.find(""), nullptr);
    EXPECT_NE(single.find("one"), nullptr);
    EXPECT_NE(single.find(std::nullopt), nullptr);
    const auto both = KeySet::read(R"({"keys":[)" + one + "," + last + "]}", accepted).value();
    EXPECT_EQ(both.find("two")->id(), "two");
    EXPECT_EQ(both.find(std::nullopt), nullptr) << "two keys and no id: no guess";
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[)" + last + "," + one + "," + last + "]}", accepted)),
              "jose.key_repeated");
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[)" + one + "," + std::string(es256_key) + "]}",
                                     {Algorithm::hs256, Algorithm::es256})),
              "jose.key_set_mixed");
    // One that cannot be used makes its id ambiguous all the same.
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[)" + two + "," + last + "]}", accepted)), "jose.key_repeated");
    // Also where the secret would not have been used.
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[)" + one + "," + std::string(es256_key) + "]}", {Algorithm::es256})),
              "jose.key_set_mixed");
}

TEST(KeySet, RefusesWhatIsNoSet) {
    const Algorithms accepted{Algorithm::es256, Algorithm::rs256};
    EXPECT_EQ(reason_of(KeySet::read("", accepted)), "jose.malformed");
    EXPECT_EQ(reason_of(KeySet::read("[]", accepted)), "jose.malformed");
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":{}})", accepted)), "jose.malformed");
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[1]})", accepted)), "jose.malformed");
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[],"keys":[]})", accepted)), "jose.malformed");
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[{"kty":"EC","kty":"RSA"}]})", accepted)), "jose.malformed");
    EXPECT_EQ(reason_of(KeySet::read(R"({"keys":[]})", accepted)), "jose.no_usable_key");
    EXPECT_EQ(reason_of(KeySet::read(std::string(KeySet::bytes_max + 1, ' '), accepted)), "jose.too_large");
    // A key of a kind that nobody here knows does not spoil the others.
    EXPECT_EQ(
        reason_of(KeySet::read(R"({"keys":[{"kty":"ML-DSA","kid":"q"},)" + std::string(es256_key) + "]}", accepted)),
        "");
}

TEST(Key, JudgesPurposeSizeAndPoint) {
    const auto reason = [](std::string_view text, const Algorithms& accepted) {
        return reason_of(Key::read(parse_json(text).value().as_object(), accepted));
    };
    const auto es256_with = [](std::string_view name, const json::value& value) {
        json::object key = parse_json(es256_key).value().as_object();
        key[name] = value;
        return json::serialize(key);
    };
    const Algorithms es256{Algorithm::es256};
    EXPECT_EQ(reason(es256_key, es256), "");
    EXPECT_EQ(reason(es256_with("use", "sig"), es256), "");
    EXPECT_EQ(reason(es256_with("use", "enc"), es256), "jose.key_unusable");
    EXPECT_EQ(reason(es256_with("use", 1), es256), "jose.key_unusable");
    EXPECT_EQ(reason(es256_with("key_ops", json::array{"sign", "verify"}), es256), "");
    EXPECT_EQ(reason(es256_with("key_ops", json::array{"sign"}), es256), "jose.key_unusable");
    EXPECT_EQ(reason(es256_with("key_ops", "verify"), es256), "jose.key_unusable");
    EXPECT_EQ(reason(es256_with("alg", "ES384"), {Algorithm::es256, Algorithm::es384}), "jose.key_unusable");
    EXPECT_EQ(reason(es256_with("alg", nullptr), es256), "jose.key_unusable");
    EXPECT_EQ(reason(es256_with("kid", 7), es256), "jose.key_malformed");
    EXPECT_EQ(reason(es256_with("x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEQ"), es256), "jose.key_malformed");
    EXPECT_EQ(reason(es256_with("x", "AA"), es256), "jose.key_malformed");
    EXPECT_EQ(reason(R"({"kty":"oct","k":"c2hvcnQ"})", {Algorithm::hs256}), "jose.key_weak");
    const std::string even = "gg" + std::string(340, 'A');
    EXPECT_EQ(reason(R"({"kty":"RSA","e":"AQAB","n":")" + even + "\"}", {Algorithm::rs256}), "jose.key_weak");
    EXPECT_EQ(reason(R"({"kty":"RSA","e":"AQAB","n":")" + std::string(20'000, 'A') + "\"}", {Algorithm::rs256}),
              "jose.key_weak");
    EXPECT_EQ(reason(R"({"kty":"RSA","e":"AQAB"})", {Algorithm::rs256}), "jose.key_malformed");
}

TEST(Base64Url, HasOneSpelling) {
    for (std::size_t length = 0; length < 70; ++length) {
        std::string bytes;
        for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 37 + length);
        const std::string text = encode_base64url(bytes);
        EXPECT_EQ(text.find('='), std::string::npos);
        EXPECT_EQ(decode_base64url(text), bytes);
    }
    for (const char* text : {"A", "AB", "AAB", "AA=", "AA==", "A A", "+A", "/A", "AAAAA", "AA\n"})
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
}

}  // namespace motcua::jose
