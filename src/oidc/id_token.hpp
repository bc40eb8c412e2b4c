// Judging what a provider says: the ID token (OpenID Connect Core 1.0 §3.1.3.7), then which claims mean what. Pure,
// given keys and time. Leaves out fetching (client.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "jose/jws.hpp"
#include "oidc/provider.hpp"

namespace motcua::oidc {

inline constexpr std::chrono::seconds clock_skew{60};
inline constexpr std::chrono::minutes token_age_max{10};  // since `iat`: tokens are fetched the moment they are made
inline constexpr std::size_t subject_chars_max = 255;
inline constexpr std::size_t claim_chars_max = 500;

struct Expected {
    std::string_view issuer;  // as discovery gave it, which is the configured one
    std::string_view client_id;
    std::string_view nonce;
    Instant now;
    std::optional<Instant> signed_in_after = {};  // demands `auth_time`, not earlier than this
    std::string_view access_token = {};           // that came with it: an `at_hash` has to be of this one
};

/// The claims of a token that passed every check. Reasons, all unauthorized: "oidc.token_invalid" {check}, with the
/// name of the check that failed (signature, issuer, audience, expiry, issue_time, nonce, subject, access_token,
/// format); "oidc.sign_in_too_old". Passes "jose.key_unknown" on, for the caller to ask for newer keys.
Result<json::object> check_id_token(std::string_view token, const jose::KeySet& keys, const Expected& expected);

/// Who signed in, as far as the provider says.
struct Claims {
    std::string provider;
    std::string subject;
    int level = 0;  // of identity proof, as the provider's description maps it
    std::optional<Instant> signed_in_at = {};
    std::string citizen_id = {}, tax_code = {}, business_name = {}, name = {}, phone = {}, email = {}, address = {};
};

/// Reasons: forbidden "oidc.level_too_low" {provider}.
Result<Claims> read_claims(const Provider& provider, const json::object& id_token, const json::object& user_info);

}  // namespace motcua::oidc
