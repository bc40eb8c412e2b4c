#include "http/response.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "http/parse.hpp"

namespace motcua::http {

Response Response::json(const json::value& value, int status) {
    Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = motcua::json::serialize(value);
    return response;
}

Response Response::html(std::string text, int status) {
    Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.body = std::move(text);
    return response;
}

Response Response::text(std::string text, int status) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
}

Response Response::bytes(std::string content_type, std::string bytes) {
    Response response;
    response.content_type = std::move(content_type);
    response.body = std::move(bytes);
    return response;
}

Response Response::created(std::string_view location, const json::value& value) {
    Response response = json(value, 201);
    response.header("Location", location);
    return response;
}

Response Response::no_content() {
    Response response;
    response.status = 204;
    return response;
}

Response Response::see_other(std::string_view location) {
    Response response;
    response.status = 303;
    response.header("Location", location);
    return response;
}

Response& Response::header(std::string_view name, std::string_view value) {
    // A line break in a value would let the caller write headers of its own.
    CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
          "control character in header {}", name);
    headers.set(name, value);
    return *this;
}

Response& Response::version(std::int64_t version) { return header("ETag", fmt::format("\"v{}\"", version)); }

Response& Response::cookie(const Cookie& cookie) {
    CHECK(cookie.value.find_first_of(std::string_view("\r\n\0;,\" ", 7)) == std::string::npos,
          "cookie {} needs encoding", cookie.name);
    std::string text = cookie.name + "=" + cookie.value + "; Path=/";
    if (cookie.max_age.count() > 0) text += fmt::format("; Max-Age={}", cookie.max_age.count());
    if (cookie.max_age.count() < 0) text += "; Max-Age=0";
    if (!cookie.readable_by_script) text += "; HttpOnly";
    text += cookie.strict ? "; SameSite=Strict" : "; SameSite=Lax";
    headers.add("Set-Cookie", text);
    return *this;
}

Response& Response::page_policy(std::string_view style_hash) {
    return header("Content-Security-Policy", page_security_policy(style_hash));
}

std::string page_security_policy(std::string_view style_hash) {
    return fmt::format(
        "default-src 'self'; script-src 'self'; style-src 'self'{}{}{}; img-src 'self' data: blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        style_hash.empty() ? "" : " '", style_hash, style_hash.empty() ? "" : "'");
}

Response& Response::download(std::string_view file_name) {
    std::string plain;
    for (char c : strip_marks(file_name)) plain += c >= 0x20 && c < 0x7F && c != '"' && c != '\\' ? c : '_';
    return header("Content-Disposition",
                  fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, percent_encode(file_name)));
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 428:
            return "Precondition Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

}  // namespace motcua::http
