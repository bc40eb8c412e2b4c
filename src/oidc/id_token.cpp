#include "oidc/id_token.hpp"

#include <algorithm>
#include <cmath>

#include <openssl/evp.h>

#include "base/base64url.hpp"
#include "base/check.hpp"
#include "base/text.hpp"
#include "http/parse.hpp"
#include "jose/encoding.hpp"

namespace motcua::oidc {

namespace {

std::unexpected<Error> wrong(std::string_view check) {
    return fail(Errc::unauthorized, "oidc.token_invalid", {{"check", std::string(check)}});
}

/// A NumericDate (RFC 7519 §2): seconds, perhaps with a fraction.
std::optional<Instant> find_time(const json::object& claims, std::string_view name) {
    constexpr double seconds_max = 32'503'680'000.0;  // the year 3000
    const auto seconds = find_number(claims, name);
    if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > seconds_max) return std::nullopt;
    return Instant{std::chrono::milliseconds{static_cast<std::int64_t>(*seconds * 1000)}};
}

/// Ours alone or among others; then it must have been made for us (`azp`).
bool is_for(const json::object& claims, std::string_view client_id) {
    const json::value* audience = claims.if_contains("aud");
    if (!audience) return false;
    const auto party = find_string(claims, "azp");
    if (claims.contains("azp") && party != client_id) return false;
    if (audience->is_string()) return audience->get_string() == client_id;
    if (!audience->is_array()) return false;
    const json::array& all = audience->get_array();
    const bool named = std::ranges::any_of(
        all, [&](const json::value& one) { return one.is_string() && one.get_string() == client_id; });
    return named && (all.size() == 1 || party.has_value());
}

/// The first of the claims that is there, in one line, without blanks at its ends.
std::string claim_of(const std::vector<std::string>& names, const json::object& id_token,
                     const json::object& user_info) {
    for (const std::string& name : names)
        for (const json::object* claims : {&id_token, &user_info}) {
            const auto text = find_string(*claims, name);
            if (!text || text->size() > claim_chars_max) continue;
            std::string value(http::trim(*text));
            std::ranges::replace_if(
                value, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
            if (!value.empty()) return nfc(value);
        }
    return {};
}

/// The left half of the digest of the access token, by the digest of the ID token's algorithm (Core 1.0 §3.1.3.6).
std::string hash_of(std::string_view access_token, jose::Algorithm algorithm) {
    const EVP_MD* digest = nullptr;
    switch (algorithm) {
        case jose::Algorithm::rs256:
        case jose::Algorithm::ps256:
        case jose::Algorithm::es256:
            digest = EVP_sha256();
            break;
        case jose::Algorithm::rs384:
        case jose::Algorithm::ps384:
        case jose::Algorithm::es384:
            digest = EVP_sha384();
            break;
        default:
            digest = EVP_sha512();  // Ed25519 has its own: SHA-512
    }
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    CHECK(EVP_Digest(access_token.data(), access_token.size(), bytes, &size, digest, nullptr) == 1);
    return encode_base64url({reinterpret_cast<const char*>(bytes), size / 2});
}

}  // namespace

Result<json::object> check_id_token(std::string_view token, const jose::KeySet& keys, const Expected& expected) {
    const auto verified = jose::verify(token, keys);
    if (!verified) {
        if (verified.error().reason == "jose.key_unknown") return std::unexpected(verified.error());
        return wrong(verified.error().code == Errc::unauthorized ? "signature" : "format");
    }
    auto read = jose::parse_distinct_object(verified->payload);
    if (!read) return wrong("format");
    json::object claims = std::move(*read);
    if (find_string(claims, "iss") != expected.issuer) return wrong("issuer");
    if (!is_for(claims, expected.client_id)) return wrong("audience");
    const auto expires = find_time(claims, "exp"), issued = find_time(claims, "iat");
    if (!expires || *expires + clock_skew <= expected.now) return wrong("expiry");
    if (!issued || *issued > expected.now + clock_skew || *issued + token_age_max + clock_skew < expected.now)
        return wrong("issue_time");
    if (claims.contains("nbf")) {
        const auto from = find_time(claims, "nbf");
        if (!from || *from > expected.now + clock_skew) return wrong("issue_time");
    }
    if (expected.nonce.empty() || find_string(claims, "nonce") != expected.nonce) return wrong("nonce");
    const auto subject = find_string(claims, "sub");
    if (!subject || subject->empty() || subject->size() > subject_chars_max) return wrong("subject");
    if (claims.contains("at_hash") &&
        (expected.access_token.empty() ||
         find_string(claims, "at_hash") != hash_of(expected.access_token, verified->algorithm)))
        return wrong("access_token");
    if (expected.signed_in_after) {
        const auto at = find_time(claims, "auth_time");
        if (!at || *at + clock_skew < *expected.signed_in_after)
            return fail(Errc::unauthorized, "oidc.sign_in_too_old");
    }
    return claims;
}

Result<Claims> read_claims(const Provider& provider, const json::object& id_token, const json::object& user_info) {
    Claims claims;
    claims.provider = provider.id;
    claims.subject = string_or(id_token, "sub");
    claims.signed_in_at = find_time(id_token, "auth_time");
    // The level comes from the signed token alone.
    const auto level = provider.levels.find(string_or(id_token, provider.level_claim));
    claims.level = level == provider.levels.end() ? provider.level_default : level->second;
    if (claims.level < provider.level_min)
        return fail(Errc::forbidden, "oidc.level_too_low", {{"provider", provider.name_vi}});
    const ClaimNames& names = provider.claims;
    claims.citizen_id = claim_of(names.citizen_id, id_token, user_info);
    claims.tax_code = claim_of(names.tax_code, id_token, user_info);
    claims.business_name = claim_of(names.business_name, id_token, user_info);
    claims.name = claim_of(names.name, id_token, user_info);
    claims.phone = claim_of(names.phone, id_token, user_info);
    claims.email = claim_of(names.email, id_token, user_info);
    claims.address = claim_of(names.address, id_token, user_info);
    return claims;
}

}  // namespace motcua::oidc
