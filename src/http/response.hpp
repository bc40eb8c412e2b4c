// An answer as handlers make it. The dispatcher adds request id, security headers, ETag handling and HEAD; the server
// adds Date, Content-Length and Connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "http/request.hpp"

namespace motcua::http {

/// HttpOnly, Secure (when the public address is https), Path=/ always; SameSite=Lax unless `strict`.
struct Cookie {
    std::string name;
    std::string value;
    std::chrono::seconds max_age{0};  // 0 = until the browser closes; negative = remove now
    bool strict = false;
    bool readable_by_script = false;
};

struct Response {
    int status = 200;
    std::string content_type = {};
    Headers headers = {};
    std::string body = {};
    std::string_view fixed_body = {};     // instead of `body`: bytes that live as long as the program (embedded files)
    std::string_view fixed_headers = {};  // ready header lines with CRLF, set by the dispatcher

    static Response json(const json::value& value, int status = 200);
    static Response html(std::string text, int status = 200);
    static Response text(std::string text, int status = 200);
    static Response bytes(std::string content_type, std::string bytes);
    /// 201 with Location.
    static Response created(std::string_view location, const json::value& value);
    static Response no_content();
    /// 303: after a form was accepted, the browser fetches `location`.
    static Response see_other(std::string_view location);

    Response& header(std::string_view name, std::string_view value);
    /// ETag "v7", the counterpart of expected_version().
    Response& version(std::int64_t version);
    Response& cookie(const Cookie& cookie);
    /// For a page with styles of its own inside: the policy that every page has, plus the hash of those styles
    /// ("sha256-…", base64 of SHA-256 over what stands between <style> and </style>).
    Response& page_policy(std::string_view style_hash);
    /// Makes the browser save it under this name (RFC 6266, with the UTF-8 form).
    Response& download(std::string_view file_name);

    std::string_view content() const { return fixed_body.data() ? fixed_body : std::string_view(body); }
};

std::string_view reason_phrase(int status);

/// Content-Security-Policy of pages: scripts, styles and data of this server only, no frames around it.
std::string page_security_policy(std::string_view style_hash = {});

}  // namespace motcua::http
