// base64url without padding (RFC 4648 §5, RFC 7515 §2), read strictly: one sequence of bytes has one spelling.
// Costs about 1 ns a byte. Not for secrets that somebody else could time: those go through libsodium, which takes the
// same time for every text and ten times as long.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace motcua {

/// nullopt for any other character, padding, an impossible length, or unused bits that are not zero.
std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);
/// The same behind what `text` holds already.
void append_base64url(std::string& text, std::string_view bytes);

}  // namespace motcua
