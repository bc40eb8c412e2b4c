#include "base/json.hpp"

#include <algorithm>
#include <cmath>

namespace motcua {

namespace {

constexpr std::size_t parser_scratch_bytes = 4096;  // what a parser needs for an ordinary text

/// 1e400 reads as infinity, which JSON cannot write. Depth is bounded by the parser.
bool is_finite(const json::value& value) {
    if (value.is_double()) return std::isfinite(value.get_double());
    if (const json::array* array = value.if_array()) return std::ranges::all_of(*array, is_finite);
    if (const json::object* object = value.if_object())
        return std::ranges::all_of(*object, [](const auto& member) { return is_finite(member.value()); });
    return true;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, json::storage_ptr storage) {
    if (text.size() > json_bytes_max)
        return fail(Errc::too_large, "json.too_large", {{"limit", std::to_string(json_bytes_max)}});
    json::parse_options options;
    options.max_depth = json_depth_max;
    unsigned char scratch[parser_scratch_bytes];
    json::parser parser({}, options, scratch);
    parser.reset(std::move(storage));
    boost::system::error_code error;
    const std::size_t read = parser.write_some(text.data(), text.size(), error);
    if (!error && read < text.size()) error = json::error::extra_data;
    if (error) return fail(Errc::malformed, "json.malformed", {{"position", std::to_string(read)}});
    json::value value = parser.release();
    if (!is_finite(value)) return fail(Errc::malformed, "json.number_too_large");
    return value;
}

std::optional<std::string_view> find_string(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::int64_t> find_int(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value) return std::nullopt;
    boost::system::error_code error;
    auto number = value->to_number<std::int64_t>(error);
    if (error) return std::nullopt;
    return number;
}

std::optional<double> find_number(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

std::optional<bool> find_bool(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_bool()) return std::nullopt;
    return value->get_bool();
}

const json::array* find_array(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? value->if_array() : nullptr;
}

const json::object* find_object(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::string string_or(const json::object& object, std::string_view key, std::string_view fallback) {
    return std::string(find_string(object, key).value_or(fallback));
}

std::int64_t int_or(const json::object& object, std::string_view key, std::int64_t fallback) {
    return find_int(object, key).value_or(fallback);
}

}  // namespace motcua
