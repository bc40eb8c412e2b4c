#include "jose/encoding.hpp"

#include <array>
#include <cstdint>
#include <set>
#include <vector>

namespace motcua::jose {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xFF;

constexpr auto digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

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

std::optional<std::string> decode_base64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const std::uint8_t digit = digits[static_cast<unsigned char>(c)];
        if (digit == no_digit) return std::nullopt;
        bits = (bits << 6 | digit) & 0xFFFFFF;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xFF);
    }
    if ((bits & ((1u << held) - 1)) != 0) return std::nullopt;
    return bytes;
}

std::string encode_base64url(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() / 3 * 4 + 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : bytes) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFFFF;
        for (held += 8; held >= 6;) {
            held -= 6;
            text += alphabet[bits >> held & 0x3F];
        }
    }
    if (held > 0) text += alphabet[bits << (6 - held) & 0x3F];
    return text;
}

Result<json::object> parse_distinct_object(std::string_view text) {
    auto value = parse_json(text);
    if (!value || !value->is_object() || has_repeated_member(text)) return fail(Errc::malformed, "jose.malformed");
    return std::move(value->as_object());
}

}  // namespace motcua::jose
