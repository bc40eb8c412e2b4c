#include "base/ids.hpp"

#include <algorithm>

namespace motcua {

namespace {
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr int text_chars = 13;
constexpr int sequence_bits = 22;
constexpr std::int64_t epoch_ms = 1577836800000;  // 2020-01-01T00:00Z
}  // namespace

std::string format_id(std::int64_t value) {
    std::string text(text_chars, '0');
    auto rest = static_cast<std::uint64_t>(value);
    for (int i = text_chars - 1; i >= 0; --i, rest >>= 5) text[size_t(i)] = alphabet[rest & 31];
    return text;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
    if (text.size() != text_chars) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        if (value >> 58) return std::nullopt;  // would leave 63 bits
        value = value << 5 | digit;
    }
    if (value == 0) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

std::int64_t IdMaker::next() {
    // Before 2020 (simulated clocks) ids start at 1 ms after the epoch and still count up.
    std::int64_t ms = std::max<std::int64_t>(1, clock_.now().time_since_epoch().count() - epoch_ms);
    std::lock_guard lock(mutex_);
    std::int64_t fresh = ms << sequence_bits | static_cast<std::int64_t>(random_.u64() & 0xFFFFF);
    last_ = std::max(last_ + 1, fresh);
    return last_;
}

}  // namespace motcua
