#include "http/page.hpp"

#include <sodium.h>

#include "base/check.hpp"

namespace motcua::http {

Fields page_fields() {
    return {field::integer("limit", "How many items at most").range(1, page_items_max),
            field::text("cursor", "Where to go on: `next` of the page before").length(1, cursor_chars_max)};
}

Result<PageRequest> page_request(const Request& request, std::size_t values) {
    PageRequest page;
    page.limit = int_or(request.input, "limit", page_items_default);
    auto cursor = find_string(request.input, "cursor");
    if (!cursor) return page;
    std::string text(cursor->size(), '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(text.data()), text.size(), cursor->data(), cursor->size(),
                          nullptr, &length, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
        end == cursor->data() + cursor->size()) {
        text.resize(length);
        auto parsed = parse_json(text);
        if (parsed && parsed->is_array() && parsed->get_array().size() == values) {
            page.after = std::move(parsed->get_array());
            return page;
        }
    }
    return fail(Errc::malformed, "request.bad_cursor");
}

std::string make_cursor(const json::array& values) {
    std::string text = json::serialize(values);
    std::string encoded(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(encoded.data(), encoded.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    encoded.resize(encoded.size() - 1);  // the terminating zero
    CHECK(encoded.size() <= cursor_chars_max, "a cursor holds sort values, not whole rows");
    return encoded;
}

Response page_response(json::array items, const std::optional<json::array>& next) {
    json::object body{{"items", std::move(items)}};
    if (next) {
        body["next"] = make_cursor(*next);
    } else {
        body["next"] = nullptr;
    }
    return Response::json(body);
}

}  // namespace motcua::http
