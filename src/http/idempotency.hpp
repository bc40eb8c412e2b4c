// Idempotency-Key: who sent which request under which key, and the answer kept for it. The ledger stores the answer in
// the transaction of the write set (at least 30 days); this file owns what key, fingerprint and stored bytes mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "http/response.hpp"

namespace motcua::http {

inline constexpr std::size_t idempotency_key_chars_max = 128;
/// Hidden field of a page's form that stands for the header.
inline constexpr std::string_view form_key_field = "_key";

/// 1 to 128 visible ASCII characters, with or without the quotes of a structured-field string.
std::optional<std::string> parse_idempotency_key(std::string_view header);

/// "person:… POST /api/v1/dossiers <key>": two people never meet under one key, nor do two routes.
std::string scoped_key(const Request& request, std::string_view route_path, std::string_view key);

/// Hash of what was asked: path, query and body. Form bodies are hashed by their fields and files, because a browser
/// that sends a form again draws another boundary; the CSRF token and what proves who one is (`_password`, `_code`) do
/// not count.
std::string fingerprint(const Request& request);

/// Status-independent part of an answer as bytes, and back: content type, headers without cookies, body.
std::string pack_answer(const Response& response);
Response unpack_answer(int status, std::string_view packed);

}  // namespace motcua::http
