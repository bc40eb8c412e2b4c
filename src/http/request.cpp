#include "http/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.hpp"
#include "http/parse.hpp"

namespace motcua::http {

namespace {

constexpr std::array<std::string_view, method_count> method_names = {"GET",   "HEAD",   "POST",   "PUT",
                                                                     "PATCH", "DELETE", "OPTIONS"};

std::optional<std::string_view> find_in(const std::vector<NameValue>& all, std::string_view name) {
    auto found = std::ranges::find(all, name, &NameValue::name);
    if (found == all.end()) return std::nullopt;
    return found->value;
}

}  // namespace

std::string_view to_string(Method method) { return method_names[static_cast<size_t>(method)]; }

std::optional<Method> parse_method(std::string_view text) {
    auto found = std::ranges::find(method_names, text);
    if (found == method_names.end()) return std::nullopt;
    return static_cast<Method>(found - method_names.begin());
}

void Headers::add(std::string_view name, std::string_view value) {
    fields_.push_back({std::string(name), std::string(value)});
}

void Headers::set(std::string_view name, std::string_view value) {
    std::erase_if(fields_, [&](const NameValue& field) { return equal_no_case(field.name, name); });
    add(name, value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const NameValue& field : fields_)
        if (field.name.size() == name.size() && equal_no_case(field.name, name)) return field.value;
    return std::nullopt;
}

std::string_view Request::param(std::string_view name) const {
    auto found = find_in(params, name);
    CHECK(found, "the route of {} has no parameter {}", path, name);
    return *found;
}

std::optional<std::string_view> Request::find_query(std::string_view name) const { return find_in(query, name); }
std::optional<std::string_view> Request::find_form(std::string_view name) const { return find_in(form, name); }
std::optional<std::string_view> Request::find_cookie(std::string_view name) const { return find_in(cookies, name); }

Result<std::optional<std::int64_t>> expected_version(const Request& request) {
    auto header = request.headers.find("if-match");
    if (!header || *header == "*") return std::nullopt;
    std::string_view tag = *header;
    std::int64_t version = 0;
    if (tag.size() > 3 && tag.starts_with("\"v") && tag.ends_with('"')) {
        const char* end = tag.data() + tag.size() - 1;
        auto read = std::from_chars(tag.data() + 2, end, version);
        if (read.ec == std::errc{} && read.ptr == end && version >= 0) return version;
    }
    return fail(Errc::malformed, "request.bad_if_match");
}

}  // namespace motcua::http
