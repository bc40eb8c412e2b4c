// The two encodings below a token, each read strictly, so that one token has one spelling and one meaning: base64url
// without padding (RFC 7515 §2) and JSON whose objects name a member once (RFC 7515 §4, RFC 7517 §4).
#pragma once

#include <string_view>

#include "base/base64url.hpp"
#include "base/json.hpp"

namespace motcua::jose {

using motcua::decode_base64url;
using motcua::encode_base64url;

/// An object whose members, at every depth, have distinct names. Reason malformed "jose.malformed".
Result<json::object> parse_distinct_object(std::string_view text);

}  // namespace motcua::jose
