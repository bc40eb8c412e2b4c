// Walking UTF-8 that is known to be well formed.
#pragma once

#include <cstddef>
#include <string_view>

namespace motcua::forms {

/// The code point at `at`, which moves behind it. Bytes that begin no character count as themselves.
inline char32_t next_code_point(std::string_view text, std::size_t& at) {
    auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
    char32_t lead = byte(at);
    std::size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length == 1 || at + length > text.size()) {
        ++at;
        return lead;
    }
    char32_t code = lead & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(at + i) & 0x3F);
    at += length;
    return code;
}

}  // namespace motcua::forms
