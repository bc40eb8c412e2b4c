#include "identity/totp.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace motcua::identity {

std::int64_t totp_step(Instant now) {
    return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch() / totp_period;
}

std::string totp_code(std::string_view secret, std::int64_t step, int digits) {
    std::array<unsigned char, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i)
        counter[counter.size() - 1 - i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (8 * i));
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(),
               &length));
    const std::size_t offset = mac[length - 1] & 0x0F;  // RFC 4226 §5.3
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | mac[offset + i];
    std::uint32_t modulus = 1;
    for (int i = 0; i < digits; ++i) modulus *= 10;
    return fmt::format("{:0{}}", (number & 0x7FFFFFFF) % modulus, digits);
}

std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code, Instant now,
                                           std::int64_t last_step) {
    std::string typed(code);
    std::erase(typed, ' ');
    if (typed.size() != totp_digits) return std::nullopt;
    std::optional<std::int64_t> found;
    for (std::int64_t step = totp_step(now) - 1; step <= totp_step(now) + 1; ++step) {
        const bool equal = CRYPTO_memcmp(totp_code(secret, step).data(), typed.data(), typed.size()) == 0;
        if (equal && step > last_step && !found) found = step;
    }
    return found;
}

std::string encode_base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : bytes) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
        for (held += 8; held >= 5;) {
            held -= 5;
            text += alphabet[bits >> held & 0x1F];
        }
    }
    if (held > 0) text += alphabet[bits << (5 - held) & 0x1F];
    return text;
}

std::string totp_uri(std::string_view user_name, std::string_view secret) {
    std::string label;
    for (const char c : user_name) label += c == '@' ? std::string("%40") : std::string(1, c);  // the rest needs none
    return fmt::format("otpauth://totp/Motcua:{}?secret={}&issuer=Motcua&algorithm=SHA1&digits={}&period={}", label,
                       encode_base32(secret), totp_digits, totp_period.count());
}

}  // namespace motcua::identity
