// Verifying a JSON Web Signature in compact serialisation (RFC 7515 §3.1, §5.2). Leaves out claims and where keys come
// from.
#pragma once

#include <string>
#include <string_view>

#include "jose/key.hpp"

namespace motcua::jose {

inline constexpr std::size_t token_bytes_max = 32u << 10;

struct Verified {
    std::string payload;
    json::object header;
    Algorithm algorithm;  // of the key
};

/// Reasons: too_large "jose.too_large"; malformed "jose.malformed" (not three parts of strict base64url with a JSON
/// object in front, an unknown `crit`); unauthorized "jose.key_unknown", "jose.algorithm_refused" (the token names
/// another algorithm than its key has, "none" among them), "jose.signature_wrong".
Result<Verified> verify(std::string_view token, const KeySet& keys);

}  // namespace motcua::jose
