// The JSON of tokens and keys, read strictly, so that one token has one meaning: objects name a member once (RFC 7515
// §4, RFC 7517 §4). Their other encoding, base64url (RFC 7515 §2), is base's.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace motcua::jose {

/// An object whose members, at every depth, have distinct names. Reason malformed "jose.malformed".
Result<json::object> parse_distinct_object(std::string_view text);

}  // namespace motcua::jose
