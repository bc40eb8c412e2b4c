#include "jose/encoding.hpp"

#include <set>
#include <vector>

namespace motcua::jose {

namespace {

/// End of the string literal that begins at `start`, behind its closing quote; the text is valid JSON.
std::size_t end_of_literal(std::string_view text, std::size_t start) {
    std::size_t at = start + 1;
    while (text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    return at + 1;
}

/// Of a text that is valid JSON. Names are compared as read, so that "kid" and "\u006bid" are the same.
bool has_repeated_member(std::string_view text) {
    struct Level {
        bool object;
        std::set<std::string, std::less<>> names;
    };
    std::vector<Level> levels;
    bool at_name = false;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            const std::size_t end = end_of_literal(text, at);
            if (at_name) {
                const json::value name = json::parse(text.substr(at, end - at));
                if (!levels.back().names.emplace(name.as_string()).second) return true;
                at_name = false;
            }
            at = end;
            continue;
        }
        if (c == '{' || c == '[') {
            levels.push_back({c == '{', {}});
            at_name = c == '{';
        } else if (c == '}' || c == ']') {
            levels.pop_back();
            at_name = false;
        } else if (c == ',') {
            at_name = levels.back().object;
        }
        ++at;
    }
    return false;
}

}  // namespace

Result<json::object> parse_distinct_object(std::string_view text) {
    auto value = parse_json(text);
    if (!value || !value->is_object() || has_repeated_member(text)) return fail(Errc::malformed, "jose.malformed");
    return std::move(value->as_object());
}

}  // namespace motcua::jose
