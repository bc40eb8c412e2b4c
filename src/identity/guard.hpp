// The delay after failed sign-ins: how long a name, an address, or a name from an address has to wait. Pure arithmetic.
// A pair is slowed down soon; an address late, because a whole commune's office shares one; a name late and little,
// because otherwise anybody could lock out anybody.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace motcua::identity {

struct GuardRule {
    int free_failures;                   // that many cost nothing …
    std::chrono::seconds first_delay;    // … the next one this, doubled with each further one …
    std::chrono::seconds delay_max;      // … up to this
    std::chrono::hours forgotten_after;  // without a failure
};

inline constexpr GuardRule pair_rule{5, std::chrono::seconds{5}, std::chrono::minutes{15}, std::chrono::hours{24}};
inline constexpr GuardRule name_rule{30, std::chrono::seconds{5}, std::chrono::minutes{1}, std::chrono::hours{1}};
inline constexpr GuardRule address_rule{100, std::chrono::seconds{5}, std::chrono::minutes{5}, std::chrono::hours{1}};

struct GuardState {
    std::int64_t failures = 0;
    Instant last_at;
    Instant blocked_until;
    bool operator==(const GuardState&) const = default;
};

constexpr GuardState after_failure(GuardState state, Instant now, const GuardRule& rule) {
    if (now - state.last_at >= rule.forgotten_after) state.failures = 0;
    ++state.failures;
    state.last_at = now;
    const std::int64_t beyond = state.failures - rule.free_failures;
    if (beyond > 0) {
        constexpr std::int64_t doublings_max = 20;
        const auto delay = rule.first_delay * (std::int64_t{1} << std::min(beyond - 1, doublings_max));
        state.blocked_until = now + std::min<std::chrono::seconds>(delay, rule.delay_max);
    }
    return state;
}

}  // namespace motcua::identity
