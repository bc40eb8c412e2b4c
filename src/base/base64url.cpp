#include "base/base64url.hpp"

#include <array>
#include <cstdint>

namespace motcua {

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

std::uint32_t byte_at(const char* at) { return static_cast<unsigned char>(*at); }
std::uint32_t digit_at(const char* at) { return digits[static_cast<unsigned char>(*at)]; }
char letter(std::uint32_t bits) { return alphabet.data()[bits & 0x3F]; }
char low_byte(std::uint32_t bits) { return static_cast<char>(bits & 0xFF); }

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
    const std::size_t left = text.size() % 4;
    if (left == 1) return std::nullopt;
    std::string bytes(text.size() / 4 * 3 + (left == 0 ? 0 : left - 1), '\0');
    char* to = bytes.data();
    const char* from = text.data();
    std::uint32_t seen = 0;  // no_digit shows in the two highest bits, which digits do not have
    for (const char* end = from + (text.size() - left); from != end; from += 4, to += 3) {
        const std::uint32_t a = digit_at(from), b = digit_at(from + 1), c = digit_at(from + 2), d = digit_at(from + 3);
        seen |= a | b | c | d;
        to[0] = low_byte(a << 2 | b >> 4);
        to[1] = low_byte(b << 4 | c >> 2);
        to[2] = low_byte(c << 6 | d);
    }
    if (left > 0) {
        const std::uint32_t a = digit_at(from), b = digit_at(from + 1), c = left == 3 ? digit_at(from + 2) : 0;
        seen |= a | b | c;
        if (left == 2 ? (b & 0xF) != 0 : (c & 0x3) != 0) return std::nullopt;
        to[0] = low_byte(a << 2 | b >> 4);
        if (left == 3) to[1] = low_byte(b << 4 | c >> 2);
    }
    if ((seen & 0xC0) != 0) return std::nullopt;
    return bytes;
}

void append_base64url(std::string& text, std::string_view bytes) {
    const std::size_t left = bytes.size() % 3;
    const std::size_t start = text.size();
    text.resize(start + bytes.size() / 3 * 4 + (left == 0 ? 0 : left + 1));
    char* to = text.data() + start;
    const char* from = bytes.data();
    for (const char* end = from + (bytes.size() - left); from != end; from += 3, to += 4) {
        const std::uint32_t bits = byte_at(from) << 16 | byte_at(from + 1) << 8 | byte_at(from + 2);
        to[0] = letter(bits >> 18);
        to[1] = letter(bits >> 12);
        to[2] = letter(bits >> 6);
        to[3] = letter(bits);
    }
    if (left == 0) return;
    const std::uint32_t bits = byte_at(from) << 16 | (left == 2 ? byte_at(from + 1) << 8 : 0);
    to[0] = letter(bits >> 18);
    to[1] = letter(bits >> 12);
    if (left == 2) to[2] = letter(bits >> 6);
}

std::string encode_base64url(std::string_view bytes) {
    std::string text;
    append_base64url(text, bytes);
    return text;
}

}  // namespace motcua
