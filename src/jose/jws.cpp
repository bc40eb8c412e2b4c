#include "jose/jws.hpp"

#include "base/base64url.hpp"
#include "jose/encoding.hpp"

namespace motcua::jose {

namespace {

struct Parts {
    std::string_view signed_text;  // header and payload as they were sent, with the dot between
    json::object header;
    std::string payload;
    std::string signature;
    std::optional<std::string> key_id;
};

std::unexpected<Error> malformed() { return fail(Errc::malformed, "jose.malformed"); }

Result<Parts> split(std::string_view token) {
    if (token.size() > token_bytes_max)
        return fail(Errc::too_large, "jose.too_large", {{"limit", std::to_string(token_bytes_max)}});
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) return malformed();
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return malformed();

    const auto header = decode_base64url(token.substr(0, first));
    auto payload = decode_base64url(token.substr(first + 1, second - first - 1));
    auto signature = decode_base64url(token.substr(second + 1));
    if (!header || !payload || !signature) return malformed();
    Parts parts;
    parts.signed_text = token.substr(0, second);
    parts.header = TRY(parse_distinct_object(*header));
    parts.payload = *std::move(payload);
    parts.signature = *std::move(signature);
    if (const json::value* id = parts.header.if_contains("kid")) {
        if (!id->is_string()) return malformed();
        parts.key_id = std::string(id->get_string());
    }
    // `crit` names extensions that must be understood; none is (RFC 7515 §4.1.11), `b64` of RFC 7797 neither.
    if (parts.header.contains("crit") || parts.header.contains("b64")) return malformed();
    return parts;
}

}  // namespace

Result<Verified> verify(std::string_view token, const KeySet& keys) {
    Parts parts = TRY(split(token));
    const Key* key = keys.find(parts.key_id);
    if (!key) return fail(Errc::unauthorized, "jose.key_unknown");
    if (find_string(parts.header, "alg") != to_string(key->algorithm()))
        return fail(Errc::unauthorized, "jose.algorithm_refused");
    if (!key->verifies(parts.signed_text, parts.signature)) return fail(Errc::unauthorized, "jose.signature_wrong");
    return Verified{std::move(parts.payload), std::move(parts.header), key->algorithm()};
}

}  // namespace motcua::jose
