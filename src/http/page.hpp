// Cursor pagination: `?limit=50&cursor=…` in, {"items": […], "next": "…"} out. A cursor is opaque to clients: the sort
// values of the last item, as base64url of a JSON array. It is a position, not a permission: it is checked like input.
#pragma once

#include <optional>

#include "base/json.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/spec.hpp"

namespace motcua::http {

inline constexpr std::int64_t page_items_default = 50;
inline constexpr std::int64_t page_items_max = 200;
inline constexpr std::size_t cursor_chars_max = 512;

struct PageRequest {
    std::int64_t limit = page_items_default;
    std::optional<json::array> after;  // values of the last item seen
};

/// The two query fields, to be put into Spec::query.
Fields page_fields();
/// Reads `limit` and `cursor` from request.input. `values` = number of sort values in a cursor of this list.
/// Reason "request.bad_cursor".
Result<PageRequest> page_request(const Request& request, std::size_t values);

std::string make_cursor(const json::array& values);
/// The answer of a list. `next` is the cursor after the last item, nullopt at the end.
Response page_response(json::array items, const std::optional<json::array>& next);

}  // namespace motcua::http
