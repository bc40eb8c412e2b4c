// Everything else that is read from a request: targets, forms, multipart bodies, cookies, negotiation, keys, cursors.
// The first line of the input is the header or target, the rest the body. Run: form_fuzz -max_total_time=60
#include <cstdint>
#include <cstdlib>

#include "base/text.hpp"
#include "http/idempotency.hpp"
#include "http/page.hpp"
#include "http/parse.hpp"
#include "http/spec.hpp"

using namespace motcua;
using namespace motcua::http;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check_target(std::string_view text) {
    auto target = parse_target(text);
    if (!target) return;
    require(target->path.starts_with('/') && is_utf8(target->path));
    require(target->path.find("/../") == std::string::npos && target->path.find("//") == std::string::npos);
    require(!target->path.ends_with("/..") && target->path.find('\\') == std::string::npos);
}

void check_multipart(std::string_view type, std::string_view body) {
    auto form = parse_multipart(type, body);
    if (!form) return;
    std::size_t bytes = 0;
    for (const NameValue& field : form->fields) {
        require(is_utf8(field.value));
        bytes += field.value.size();
    }
    for (const Upload& upload : form->uploads) {
        require(upload.file_name.find_first_of("/\\") == std::string::npos);
        bytes += upload.bytes.size();
    }
    require(bytes <= body.size() && form->uploads.size() <= form_uploads_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Fields fields = {
        field::text("a", "").length(1, 3),         field::integer("b", ""), field::number("c", ""),
        field::array("d", field::day("", ""), ""), field::id("e", ""),      field::instant("f", "")};
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string_view line = text.substr(0, text.find('\n'));
    std::string_view rest = text.substr(std::min(line.size() + 1, text.size()));

    check_target(line);
    if (auto decoded = percent_decode(line, false)) require(percent_decode(percent_encode(*decoded), false) == decoded);
    check_multipart(line, rest);
    check_multipart("multipart/form-data; boundary=B", rest);
    if (auto pairs = parse_urlencoded(rest)) (void)check_texts(fields, *pairs, {});
    if (auto value = parse_json(rest)) (void)check_object(fields, *value);
    require(parse_cookies(line).size() <= cookies_max);
    (void)parse_accept_language(line);
    (void)accepts_encoding(line, "br");
    (void)prefers_html(line);
    (void)parse_idempotency_key(line);
    Response answer = unpack_answer(200, text);
    (void)pack_answer(answer);
    Request request;
    request.input["cursor"] = json::string(line);
    (void)page_request(request, 1);
    request.headers.add("if-match", line);
    (void)expected_version(request);
    return 0;
}
