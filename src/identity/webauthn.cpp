#include "identity/webauthn.hpp"

#include <memory>
#include <optional>

#include <openssl/ecdsa.h>
#include <openssl/sha.h>

#include "base/base64url.hpp"
#include "identity/cbor.hpp"
#include "jose/encoding.hpp"
#include "jose/key.hpp"

namespace motcua::identity {

namespace {

constexpr std::size_t hash_bytes = 32, aaguid_bytes = 16, coordinate_bytes = 32, head_bytes = hash_bytes + 5;
constexpr std::uint8_t user_present = 0x01, user_verified = 0x04, backup_eligible = 0x08, backed_up = 0x10,
                       has_credential = 0x40, has_extensions = 0x80;

using jose::Algorithm;

std::string sha256(std::string_view text) {
    std::string digest(hash_bytes, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

/// §5.8.1: made by the browser, not by the device.
std::string_view wrong_client_data(const RelyingParty& party, std::string_view type, std::string_view challenge,
                                   std::string_view text) {
    const auto read = jose::parse_distinct_object(text);
    if (!read || find_string(*read, "type") != type) return "client_data";
    if (challenge.empty() || find_string(*read, "challenge") != challenge) return "challenge";
    if (find_string(*read, "origin") != party.origin) return "origin";
    if (find_bool(*read, "crossOrigin").value_or(false) || read->contains("topOrigin")) return "origin";
    return {};
}

/// §6.1.
struct AuthenticatorData {
    std::uint8_t flags = 0;
    std::uint32_t sign_count = 0;
    std::string credential_id;
    std::optional<CborValue> key;
};

std::optional<AuthenticatorData> read_authenticator_data(std::string_view bytes, bool with_credential) {
    if (bytes.size() < head_bytes) return std::nullopt;
    AuthenticatorData data;
    data.flags = static_cast<std::uint8_t>(bytes[hash_bytes]);
    for (std::size_t i = 0; i < sizeof data.sign_count; ++i)
        data.sign_count = data.sign_count << 8 | static_cast<std::uint8_t>(bytes[hash_bytes + 1 + i]);
    bytes.remove_prefix(head_bytes);
    if (((data.flags & has_credential) != 0) != with_credential) return std::nullopt;
    if (with_credential) {
        if (bytes.size() < aaguid_bytes + 2) return std::nullopt;
        const auto high = static_cast<std::uint8_t>(bytes[aaguid_bytes]),
                   low = static_cast<std::uint8_t>(bytes[aaguid_bytes + 1]);
        const std::size_t size = std::size_t{high} << 8 | low;
        bytes.remove_prefix(aaguid_bytes + 2);
        if (size == 0 || size > credential_id_bytes_max || bytes.size() < size) return std::nullopt;
        data.credential_id = bytes.substr(0, size);
        bytes.remove_prefix(size);
        auto key = read_cbor(bytes);
        if (!key) return std::nullopt;
        data.key = std::move(key->first);
        bytes.remove_prefix(key->second);
    }
    if ((data.flags & has_extensions) != 0) {
        const auto extensions = read_cbor(bytes);
        if (!extensions || !std::holds_alternative<CborMap>(extensions->first.value)) return std::nullopt;
        bytes.remove_prefix(extensions->second);
    }
    return bytes.empty() ? std::optional(std::move(data)) : std::nullopt;
}

/// Whether the owner was there and was recognised; and flags that cannot be together.
bool is_verified(std::uint8_t flags) {
    const bool impossible = (flags & backed_up) != 0 && (flags & backup_eligible) == 0;
    return (flags & user_present) != 0 && (flags & user_verified) != 0 && !impossible;
}

/// A COSE key (RFC 9053 §7) as a JSON Web Key; exactly the three kinds that were offered.
std::optional<json::object> to_jwk(const CborValue& key) {
    const auto part = [&](std::int64_t name, std::size_t size) -> std::optional<std::string> {
        const CborValue* found = key.find(name);
        const std::string* bytes = found ? found->bytes() : nullptr;
        if (!bytes || bytes->empty() || (size != 0 && bytes->size() != size)) return std::nullopt;
        return encode_base64url(*bytes);
    };
    const auto number = [&](std::int64_t name) {
        const CborValue* found = key.find(name);
        return found ? found->integer().value_or(0) : 0;
    };
    const std::int64_t type = number(1), algorithm = number(3), curve = number(-1);
    if (type == 2 && algorithm == -7 && curve == 1) {
        const auto x = part(-2, coordinate_bytes), y = part(-3, coordinate_bytes);
        if (x && y) return json::object{{"kty", "EC"}, {"crv", "P-256"}, {"alg", "ES256"}, {"x", *x}, {"y", *y}};
    }
    if (type == 1 && algorithm == -8 && curve == 6)
        if (const auto x = part(-2, coordinate_bytes))
            return json::object{{"kty", "OKP"}, {"crv", "Ed25519"}, {"alg", "EdDSA"}, {"x", *x}};
    if (type == 3 && algorithm == -257) {
        const auto n = part(-1, 0), e = part(-2, 0);
        if (n && e) return json::object{{"kty", "RSA"}, {"alg", "RS256"}, {"n", *n}, {"e", *e}};
    }
    return std::nullopt;
}

const jose::Algorithms& accepted() {
    static const jose::Algorithms all{Algorithm::es256, Algorithm::eddsa, Algorithm::rs256};
    return all;
}

/// Authenticators write ECDSA signatures in DER, tokens as two numbers in full length.
std::optional<std::string> plain_signature(Algorithm algorithm, std::string_view signature) {
    if (algorithm != Algorithm::es256) return std::string(signature);
    const auto* at = reinterpret_cast<const unsigned char*>(signature.data());
    const unsigned char* end = at;
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> read(
        d2i_ECDSA_SIG(nullptr, &end, static_cast<long>(signature.size())), ECDSA_SIG_free);
    if (!read || end != at + signature.size()) return std::nullopt;
    std::string plain(2 * coordinate_bytes, '\0');
    auto* out = reinterpret_cast<unsigned char*>(plain.data());
    const int width = static_cast<int>(coordinate_bytes);
    if (BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), out, width) != width ||
        BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), out + width, width) != width)
        return std::nullopt;
    return plain;
}

}  // namespace

RelyingParty relying_party(std::string_view public_url) {
    const std::size_t scheme = public_url.find("://");
    std::string_view host = scheme == std::string_view::npos ? public_url : public_url.substr(scheme + 3);
    if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
    return {std::string(public_url), std::string(host)};
}

std::string challenge_of_client_data(std::string_view client_data) {
    const auto read = jose::parse_distinct_object(client_data);
    return read ? string_or(*read, "challenge") : "";
}

Result<PasskeyData> check_registration(const RelyingParty& party, std::string_view challenge,
                                       std::string_view client_data, std::string_view attestation) {
    const auto wrong = [](std::string_view check) {
        return fail(Errc::invalid, "passkey.refused", {{"check", std::string(check)}});
    };
    if (const auto what = wrong_client_data(party, "webauthn.create", challenge, client_data); !what.empty())
        return wrong(what);
    const auto object = read_cbor(attestation);
    if (!object || object->second != attestation.size()) return wrong("format");
    const CborValue *format = object->first.find("fmt"), *statement = object->first.find("attStmt"),
                    *bytes = object->first.find("authData");
    const bool is_none = format && format->text() && *format->text() == "none" && statement &&
                         statement->value == CborValue{CborMap{}}.value;
    if (!is_none || !bytes || !bytes->bytes()) return wrong("format");
    const std::string& raw = *bytes->bytes();
    if (!raw.starts_with(sha256(party.id))) return wrong("relying_party");
    const auto data = read_authenticator_data(raw, true);
    if (!data) return wrong("format");
    if (!is_verified(data->flags)) return wrong("user");
    const auto jwk = to_jwk(*data->key);
    if (!jwk || !jose::Key::read(*jwk, accepted())) return wrong("key");
    return PasskeyData{data->credential_id, json::serialize(*jwk), data->sign_count};
}

Result<std::uint32_t> check_assertion(const RelyingParty& party, std::string_view challenge, const Assertion& assertion,
                                      const PasskeyData& known) {
    const auto wrong = [](std::string_view check) {
        return fail(Errc::unauthorized, "passkey.refused", {{"check", std::string(check)}});
    };
    if (const auto what = wrong_client_data(party, "webauthn.get", challenge, assertion.client_data); !what.empty())
        return wrong(what);
    if (!assertion.authenticator_data.starts_with(sha256(party.id))) return wrong("relying_party");
    const auto data = read_authenticator_data(assertion.authenticator_data, false);
    if (!data) return wrong("format");
    if (!is_verified(data->flags)) return wrong("user");
    const auto jwk = jose::parse_distinct_object(known.public_key);
    const auto key = jwk ? jose::Key::read(*jwk, accepted()) : fail(Errc::invalid, "passkey.refused");
    if (!key) return wrong("key");
    const auto signature = plain_signature(key->algorithm(), assertion.signature);
    const std::string signed_text = std::string(assertion.authenticator_data) + sha256(assertion.client_data);
    if (!signature || !key->verifies(signed_text, *signature)) return wrong("signature");
    if ((data->sign_count != 0 || known.sign_count != 0) && data->sign_count <= known.sign_count)
        return wrong("counter");
    return data->sign_count;
}

}  // namespace motcua::identity
