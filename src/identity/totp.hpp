// Time-based one-time codes (RFC 6238 on RFC 4226 with HMAC-SHA-1, the form that every authenticator app knows). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace motcua::identity {

inline constexpr std::size_t totp_secret_bytes = 20;  // RFC 4226 §4 R6 recommends 160 bits
inline constexpr int totp_digits = 6;
inline constexpr std::chrono::seconds totp_period{30};

/// Number of the period of time that `now` lies in (RFC 6238 §4.2, T0 = 0).
std::int64_t totp_step(Instant now);
/// The code of that step, with leading zeros.
std::string totp_code(std::string_view secret, std::int64_t step, int digits = totp_digits);
/// The step whose code this is: now, one before or one after (a clock may be half a minute wrong), and later than
/// `last_step`, so that no code counts twice. Blanks in the code do not matter.
std::optional<std::int64_t> find_totp_step(std::string_view secret, std::string_view code, Instant now,
                                           std::int64_t last_step);

/// RFC 4648 §6 without padding: how a secret is typed by hand.
std::string encode_base32(std::string_view bytes);
/// What an authenticator app reads: "otpauth://totp/Motcua:an?secret=…&issuer=Motcua&…".
std::string totp_uri(std::string_view user_name, std::string_view secret);

}  // namespace motcua::identity
