// JSON: Boost.JSON with bounds, and accessors that answer Result instead of throwing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.hpp"

namespace motcua {

namespace json = boost::json;

inline constexpr std::size_t json_depth_max = 64;
inline constexpr std::size_t json_bytes_max = 8u << 20;

/// Strict RFC 8259: one value, valid UTF-8, no comments or trailing commas, at most `json_depth_max` deep and
/// `json_bytes_max` long. Numbers are those of a double (RFC 8259 §6). Reasons: "json.malformed" {position},
/// "json.too_large" {limit}, "json.number_too_large". The value lives in `storage`: in a monotonic one, what is read
/// and forgotten is cheap.
Result<json::value> parse_json(std::string_view text, json::storage_ptr storage = {});

// Accessors for members of an object; absent and wrong type answer nullopt / the fallback.
std::optional<std::string_view> find_string(const json::object& object, std::string_view key);
std::optional<std::int64_t> find_int(const json::object& object, std::string_view key);
std::optional<double> find_number(const json::object& object, std::string_view key);
std::optional<bool> find_bool(const json::object& object, std::string_view key);
const json::array* find_array(const json::object& object, std::string_view key);
const json::object* find_object(const json::object& object, std::string_view key);
std::string string_or(const json::object& object, std::string_view key, std::string_view fallback = {});
std::int64_t int_or(const json::object& object, std::string_view key, std::int64_t fallback);

}  // namespace motcua
