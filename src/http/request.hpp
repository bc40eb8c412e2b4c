// A request as handlers see it: decoded, bounded and validated. Plain values, no sockets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"
#include "http/principal.hpp"

namespace motcua::http {

enum class Method { get, head, post, put, patch, del, options };
inline constexpr int method_count = 7;

std::string_view to_string(Method method);
std::optional<Method> parse_method(std::string_view text);  // upper case, as on the wire

struct NameValue {
    std::string name;
    std::string value;
    bool operator==(const NameValue&) const = default;
};

/// Header fields in order; names compare without case (RFC 9110 §5.1).
class Headers {
  public:
    void add(std::string_view name, std::string_view value);
    void set(std::string_view name, std::string_view value);  // replaces all of that name
    /// The first field of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    /// Empty when absent.
    std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }
    bool contains(std::string_view name) const { return find(name).has_value(); }
    const std::vector<NameValue>& all() const { return fields_; }
    void clear() { fields_.clear(); }

  private:
    std::vector<NameValue> fields_;
};

/// A file part of multipart/form-data. `file_name` and `content_type` are the client's claim: never trust or open them.
struct Upload {
    std::string field;
    std::string file_name;
    std::string content_type;
    std::string bytes;
};

struct Request {
    Method method = Method::get;
    std::string target;             // as sent: path and query, percent-encoded
    std::string path;               // decoded, normalised, valid UTF-8: "/api/v1/procedures/1.004884"
    std::vector<NameValue> params;  // of the route's template
    std::vector<NameValue> query;   // decoded, in order; names may repeat
    Headers headers;
    std::vector<NameValue> cookies;
    std::string body;                      // as sent
    json::object input;                    // the body's or query's fields, validated by the route's spec
    std::vector<NameValue> form;           // fields of a form body, decoded
    std::vector<Upload> uploads;           // files of a form body
    std::vector<FieldError> field_errors;  // HTML routes only: what the spec found wrong, for the page to show
    std::string remote_address;            // the client's, also behind a trusted proxy
    std::string request_id;
    Lang lang = Lang::vi;
    Principal principal;

    /// Parameter of the path template; the name must be in the template (CHECK).
    std::string_view param(std::string_view name) const;
    std::optional<std::string_view> find_query(std::string_view name) const;
    std::optional<std::string_view> find_form(std::string_view name) const;
    std::optional<std::string_view> find_cookie(std::string_view name) const;
};

/// The version that `If-Match: "v7"` names; nullopt without the header or with `*`.
/// Reason "request.bad_if_match". The use case answers Errc::stale when the present version is another.
Result<std::optional<std::int64_t>> expected_version(const Request& request);

}  // namespace motcua::http
