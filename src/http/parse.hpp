// Small bounded parsers of what comes from outside: request target, urlencoded pairs, cookies, multipart bodies and
// negotiation headers. Each is total (any bytes in, a value or a refusal out) and has a fuzzer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "http/request.hpp"

namespace motcua::http {

inline constexpr std::size_t form_fields_max = 1000;
inline constexpr std::size_t form_uploads_max = 50;
inline constexpr std::size_t part_header_bytes_max = 4096;
inline constexpr std::size_t cookies_max = 50;

/// %XX decoded; nullopt for a broken escape or a zero byte.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
/// Everything but RFC 3986 unreserved characters escaped.
std::string percent_encode(std::string_view text);

struct Target {
    std::string path;
    std::vector<NameValue> query;
};
/// Origin form ("/a/b?c=d") or absolute form ("http://host/a"; scheme and host are dropped). The path is decoded
/// segment by segment; refused are: empty, "." and ".." segments, slashes hidden by escapes, backslashes, control
/// characters and what is not UTF-8. A trailing slash stays. Reasons "request.bad_path", "request.bad_query".
Result<Target> parse_target(std::string_view target);

/// application/x-www-form-urlencoded; UTF-8. Reason "request.bad_form".
Result<std::vector<NameValue>> parse_urlencoded(std::string_view text);

/// The Cookie header; pairs that cannot be read are skipped (browsers send what others have set).
std::vector<NameValue> parse_cookies(std::string_view header);

struct Multipart {
    std::vector<NameValue> fields;
    std::vector<Upload> uploads;
};
/// multipart/form-data (RFC 7578). `content_type` is the whole header with its boundary. Reasons "request.bad_form",
/// "request.too_many_fields".
Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body);

/// "text/html; charset=utf-8" -> "text/html", lower case.
std::string media_type(std::string_view content_type);
/// The best of vi and en by q value; nullopt when neither is named.
std::optional<Lang> parse_accept_language(std::string_view header);
/// Whether `coding` ("br", "gzip") is acceptable.
bool accepts_encoding(std::string_view header, std::string_view coding);
/// Whether the client asks for a page rather than data.
bool prefers_html(std::string_view accept);

bool equal_no_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);

}  // namespace motcua::http
