// What a browser's authenticator says, verified: making a passkey and signing in with it (W3C Web Authentication Level
// 2, §7.1 and §7.2). Pure. Attestation is "none": which device it is does not matter here, only that it is the same
// again. Always demands user verification, so that a passkey is possession and knowledge (or body) in one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace motcua::identity {

/// Who asks, as browsers know it. From http.public_url.
struct RelyingParty {
    std::string origin;  // "https://motcua.example"
    std::string id;      // "motcua.example"; browsers refuse an IP address
};
RelyingParty relying_party(std::string_view public_url);

inline constexpr std::size_t credential_id_bytes_max = 1023;  // §7.1 step 20
inline constexpr int passkey_algorithms[] = {-7, -8, -257};   // ES256, EdDSA (Ed25519), RS256, in order of preference

struct PasskeyData {
    std::string credential_id;  // bytes
    std::string public_key;     // as a JSON Web Key
    std::uint32_t sign_count = 0;
};

/// The challenge that the browser signed, as base64url; empty when the text is nothing of that kind.
std::string challenge_of_client_data(std::string_view client_data);

/// Bytes as the browser gave them. Reason invalid "passkey.refused" {check}: client_data, origin, challenge,
/// relying_party, user, format, key.
Result<PasskeyData> check_registration(const RelyingParty& party, std::string_view challenge,
                                       std::string_view client_data, std::string_view attestation);

struct Assertion {
    std::string_view client_data, authenticator_data, signature;
};
/// The new counter of the device. Reason unauthorized "passkey.refused" {check}; besides those above: signature,
/// counter (it did not go on: the passkey may have been copied).
Result<std::uint32_t> check_assertion(const RelyingParty& party, std::string_view challenge, const Assertion& assertion,
                                      const PasskeyData& known);

}  // namespace motcua::identity
