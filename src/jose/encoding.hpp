// The two encodings below a token, each read strictly, so that one token has one spelling and one meaning: base64url
// without padding (RFC 7515 §2) and JSON whose objects name a member once (RFC 7515 §4, RFC 7517 §4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace motcua::jose {

/// Bytes of base64url; nullopt for any other character, padding, an impossible length, or unused bits that are not
/// zero.
std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

/// An object whose members, at every depth, have distinct names. Reason malformed "jose.malformed".
Result<json::object> parse_distinct_object(std::string_view text);

}  // namespace motcua::jose
