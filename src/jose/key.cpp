#include "jose/key.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/base64url.hpp"
#include "jose/encoding.hpp"
#include "jose/key_check.hpp"

namespace motcua::jose {

namespace {

constexpr int rsa_bits_min = 2048, rsa_bits_max = 8192, rsa_exponent_bits_max = 64;

enum class Family : std::uint8_t { hmac, rsa, rsa_pss, ecdsa, ed25519 };

struct AlgorithmInfo {
    Algorithm algorithm;
    std::string_view name;
    Family family;
    const EVP_MD* (*hash)();  // null for Ed25519, which hashes by itself
    std::string_view curve;   // `crv` that goes with it
};
constexpr std::array infos{
    AlgorithmInfo{Algorithm::hs256, "HS256", Family::hmac, EVP_sha256, ""},
    AlgorithmInfo{Algorithm::hs384, "HS384", Family::hmac, EVP_sha384, ""},
    AlgorithmInfo{Algorithm::hs512, "HS512", Family::hmac, EVP_sha512, ""},
    AlgorithmInfo{Algorithm::rs256, "RS256", Family::rsa, EVP_sha256, ""},
    AlgorithmInfo{Algorithm::rs384, "RS384", Family::rsa, EVP_sha384, ""},
    AlgorithmInfo{Algorithm::rs512, "RS512", Family::rsa, EVP_sha512, ""},
    AlgorithmInfo{Algorithm::ps256, "PS256", Family::rsa_pss, EVP_sha256, ""},
    AlgorithmInfo{Algorithm::ps384, "PS384", Family::rsa_pss, EVP_sha384, ""},
    AlgorithmInfo{Algorithm::ps512, "PS512", Family::rsa_pss, EVP_sha512, ""},
    AlgorithmInfo{Algorithm::es256, "ES256", Family::ecdsa, EVP_sha256, "P-256"},
    AlgorithmInfo{Algorithm::es384, "ES384", Family::ecdsa, EVP_sha384, "P-384"},
    AlgorithmInfo{Algorithm::es512, "ES512", Family::ecdsa, EVP_sha512, "P-521"},
    AlgorithmInfo{Algorithm::eddsa, "EdDSA", Family::ed25519, nullptr, "Ed25519"},
};

const AlgorithmInfo& info_of(Algorithm algorithm) { return infos[static_cast<std::size_t>(algorithm)]; }

struct CurveInfo {
    std::string_view name;
    const char* group;
    std::size_t coordinate_bytes;
};
constexpr std::array curves{CurveInfo{"P-256", "P-256", 32}, CurveInfo{"P-384", "P-384", 48},
                            CurveInfo{"P-521", "P-521", 66}};
constexpr std::size_t ed25519_key_bytes = 32;

const CurveInfo* find_curve(std::string_view name) {
    const auto found = std::ranges::find(curves, name, &CurveInfo::name);
    return found == curves.end() ? nullptr : &*found;
}

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// OpenSSL leaves the causes of a refusal in a queue of the thread; the next caller must not find them.
struct ErrorQueueCleaner {
    ~ErrorQueueCleaner() { ERR_clear_error(); }
};

std::unexpected<Error> unusable() { return fail(Errc::invalid, "jose.key_unusable"); }
std::unexpected<Error> weak() { return fail(Errc::invalid, "jose.key_weak"); }
std::unexpected<Error> malformed() { return fail(Errc::invalid, "jose.key_malformed"); }

Result<std::string> bytes_member(const json::object& jwk, std::string_view name) {
    const auto text = find_string(jwk, name);
    auto bytes = text ? decode_base64url(*text) : std::nullopt;
    if (!bytes) return malformed();
    return *std::move(bytes);
}

bool fits(const AlgorithmInfo& info, std::string_view type, std::string_view curve) {
    switch (info.family) {
        case Family::hmac:
            return type == "oct";
        case Family::rsa:
        case Family::rsa_pss:
            return type == "RSA";
        case Family::ecdsa:
            return type == "EC" && curve == info.curve;
        case Family::ed25519:
            return type == "OKP" && curve == info.curve;
    }
    return false;
}

/// RFC 7517 §4.2 and §4.3: absent members forbid nothing, members of another type forbid everything.
bool is_for_verifying(const json::object& jwk) {
    if (jwk.contains("use") && find_string(jwk, "use") != "sig") return false;
    if (!jwk.contains("key_ops")) return true;
    const json::array* operations = find_array(jwk, "key_ops");
    return operations && std::ranges::any_of(*operations, [](const json::value& operation) {
               return operation.is_string() && operation.get_string() == "verify";
           });
}

Result<Algorithm> algorithm_of(const json::object& jwk, const Algorithms& accepted) {
    const auto type = find_string(jwk, "kty");
    const std::string curve = string_or(jwk, "crv");
    if (!type || !is_for_verifying(jwk)) return unusable();
    std::optional<Algorithm> named;
    if (jwk.contains("alg")) {
        named = parse_algorithm(string_or(jwk, "alg"));
        if (!named) return unusable();
    }
    for (const Algorithm algorithm : accepted)
        if ((!named || algorithm == *named) && fits(info_of(algorithm), *type, curve)) return algorithm;
    return unusable();
}

Result<Pkey> make_key(const char* type, OSSL_PARAM_BLD* builder) {
    const Params params(OSSL_PARAM_BLD_to_param(builder));
    const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0)
        return malformed();
    Pkey key(made);
    const PkeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (!check || EVP_PKEY_public_check(check.get()) <= 0) return malformed();
    return key;
}

Result<Pkey> read_rsa(const json::object& jwk) {
    const std::string modulus = TRY(bytes_member(jwk, "n")), exponent = TRY(bytes_member(jwk, "e"));
    // The longest modulus and leading zeros, which some write although RFC 7518 §2 forbids them.
    constexpr std::size_t bytes_max = rsa_bits_max / 8 + 8;
    if (modulus.size() > bytes_max || exponent.size() > bytes_max) return weak();
    const Number n(BN_bin2bn(bytes_of(modulus), static_cast<int>(modulus.size()), nullptr));
    const Number e(BN_bin2bn(bytes_of(exponent), static_cast<int>(exponent.size()), nullptr));
    if (!n || !e) return malformed();
    const int bits = BN_num_bits(n.get());
    if (bits < rsa_bits_min || bits > rsa_bits_max || !BN_is_odd(n.get()) || !BN_is_odd(e.get()) ||
        BN_is_one(e.get()) || BN_num_bits(e.get()) > rsa_exponent_bits_max || has_roca_fingerprint(modulus))
        return weak();
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) ||
        !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()))
        return malformed();
    return make_key("RSA", builder.get());
}

Result<Pkey> read_ec(const json::object& jwk) {
    const CurveInfo* curve = find_curve(string_or(jwk, "crv"));
    const std::string x = TRY(bytes_member(jwk, "x")), y = TRY(bytes_member(jwk, "y"));
    if (!curve || x.size() != curve->coordinate_bytes || y.size() != curve->coordinate_bytes) return malformed();
    constexpr char uncompressed = 4;
    const std::string point = uncompressed + x + y;
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder || !OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) ||
        !OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()))
        return malformed();
    return make_key("EC", builder.get());
}

Result<Pkey> read_ed25519(const json::object& jwk) {
    const std::string x = TRY(bytes_member(jwk, "x"));
    if (x.size() != ed25519_key_bytes) return malformed();
    Pkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
    if (!key) return malformed();
    return key;
}

/// r and s one behind the other as the DER that OpenSSL reads; nullopt for another length.
std::optional<std::string> der_of(std::string_view signature, std::size_t coordinate_bytes) {
    if (signature.size() != 2 * coordinate_bytes) return std::nullopt;
    const int length = static_cast<int>(coordinate_bytes);
    const EcSignature pair(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(bytes_of(signature), length, nullptr);
    BIGNUM* s = BN_bin2bn(bytes_of(signature.substr(coordinate_bytes)), length, nullptr);
    if (!pair || !r || !s || !ECDSA_SIG_set0(pair.get(), r, s)) {  // from here on the pair owns both
        BN_free(r);
        BN_free(s);
        return std::nullopt;
    }
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0) return std::nullopt;
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return text;
}

bool verifies_mac(const std::string& secret, const EVP_MD* hash, std::string_view message, std::string_view mac) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned length = 0;
    return HMAC(hash, secret.data(), static_cast<int>(secret.size()), bytes_of(message), message.size(),
                expected.data(), &length) &&
           mac.size() == length && CRYPTO_memcmp(expected.data(), mac.data(), length) == 0;
}

}  // namespace

struct Key::Material {
    Pkey pkey;                         // null for a secret
    std::string secret;                // of HMAC
    std::size_t coordinate_bytes = 0;  // of ECDSA
};

std::string_view to_string(Algorithm algorithm) { return info_of(algorithm).name; }

std::optional<Algorithm> parse_algorithm(std::string_view name) {
    const auto found = std::ranges::find(infos, name, &AlgorithmInfo::name);
    return found == infos.end() ? std::nullopt : std::optional(found->algorithm);
}

Result<Key> Key::read(const json::object& jwk, const Algorithms& accepted) {
    const ErrorQueueCleaner cleaner;
    const Algorithm algorithm = TRY(algorithm_of(jwk, accepted));
    const AlgorithmInfo& info = info_of(algorithm);
    if (jwk.contains("kid") && !find_string(jwk, "kid")) return malformed();
    auto material = std::make_shared<Material>();
    switch (info.family) {
        case Family::hmac:
            material->secret = TRY(bytes_member(jwk, "k"));
            // RFC 7518 §3.2: a key as long as the hash, or longer.
            if (material->secret.size() < static_cast<std::size_t>(EVP_MD_get_size(info.hash()))) return weak();
            break;
        case Family::rsa:
        case Family::rsa_pss:
            material->pkey = TRY(read_rsa(jwk));
            break;
        case Family::ecdsa:
            material->pkey = TRY(read_ec(jwk));
            material->coordinate_bytes = find_curve(info.curve)->coordinate_bytes;
            break;
        case Family::ed25519:
            material->pkey = TRY(read_ed25519(jwk));
            break;
    }
    return Key(string_or(jwk, "kid"), algorithm, std::move(material));
}

bool Key::verifies(std::string_view message, std::string_view signature) const {
    const ErrorQueueCleaner cleaner;
    const AlgorithmInfo& info = info_of(algorithm_);
    const EVP_MD* hash = info.hash ? info.hash() : nullptr;
    if (info.family == Family::hmac) return verifies_mac(material_->secret, hash, message, signature);
    std::string der;
    if (info.family == Family::ecdsa) {
        auto converted = der_of(signature, material_->coordinate_bytes);
        if (!converted) return false;
        der = *std::move(converted);
        signature = der;
    }
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;  // owned by the context
    if (!context || EVP_DigestVerifyInit(context.get(), &options, hash, nullptr, material_->pkey.get()) <= 0)
        return false;
    // RFC 7518 §3.5: MGF1 with the same hash, which is OpenSSL's default, and a salt as long as the hash.
    if (info.family == Family::rsa_pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) <= 0 ||
                                           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) <= 0))
        return false;
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) ==
           1;
}

Result<KeySet> KeySet::read(std::string_view text, const Algorithms& accepted) {
    if (text.size() > bytes_max) return fail(Errc::too_large, "jose.too_large", {{"limit", std::to_string(bytes_max)}});
    json::object object = TRY(parse_distinct_object(text));
    json::array members;
    if (json::value* keys = object.if_contains("keys")) {
        if (!keys->is_array()) return fail(Errc::malformed, "jose.malformed");
        members = std::move(keys->get_array());
    } else {
        members.emplace_back(std::move(object));
    }
    if (members.size() > keys_max)
        return fail(Errc::too_large, "jose.too_large", {{"limit", std::to_string(keys_max)}});
    KeySet set;
    bool secrets = false, others = false;
    std::set<std::string_view> ids;
    for (const json::value& member : members) {
        const json::object* jwk = member.if_object();
        if (!jwk) return fail(Errc::malformed, "jose.malformed");
        (string_or(*jwk, "kty") == "oct" ? secrets : others) = true;
        const auto id = find_string(*jwk, "kid");
        if (id && is_for_verifying(*jwk) && !ids.insert(*id).second) return fail(Errc::invalid, "jose.key_repeated");
        if (auto key = Key::read(*jwk, accepted)) set.keys_.push_back(*std::move(key));
    }
    if (secrets && others) return fail(Errc::invalid, "jose.key_set_mixed");
    if (set.keys_.empty()) return fail(Errc::invalid, "jose.no_usable_key");
    return set;
}

const Key* KeySet::find(const std::optional<std::string>& id) const {
    if (!id) return keys_.size() == 1 ? &keys_.front() : nullptr;
    const auto found = std::ranges::find(keys_, *id, &Key::id);
    return found == keys_.end() || id->empty() ? nullptr : &*found;
}

}  // namespace motcua::jose
