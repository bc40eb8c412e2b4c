// How often one asker may ask: token buckets by account (signed in) or address (visitors), one for each class of
// routes. A bucket holds what one minute allows and fills steadily. Bounded memory: a table of fixed size whose fullest
// bucket makes room, so that a flood of addresses only ever forgets those that have not been busy.
// Owns the counting. Leaves out which route is of which class (Spec::rate) and the numbers (Rates, configuration).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/spec.hpp"

namespace motcua::http {

struct Principal;

/// Requests a minute; 0 = unlimited.
struct Rates {
    std::int64_t account_reads = 0;
    std::int64_t account_writes = 0;
    std::int64_t account_look_ups = 0;
    std::int64_t address_reads = 0;
    std::int64_t address_writes = 0;
    std::int64_t address_look_ups = 0;
    std::int64_t address_sign_ins = 0;
};

/// An IPv4 address as it is; of an IPv6 address the first 64 bits: whoever has one of them has them all. An IPv4
/// address in IPv6 notation is the IPv4 address.
std::string rate_address(std::string_view address);

/// Thread safe; a fraction of a microsecond.
class RateLimiter {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t buckets_max = std::size_t{1} << 16;  // 1.5 MiB

    /// `seed` keeps outsiders from choosing addresses that share a bucket.
    RateLimiter(Rates rates, std::uint64_t seed);
    RateLimiter(const RateLimiter&) = delete;
    RateLimiter& operator=(const RateLimiter&) = delete;
    ~RateLimiter();

    /// Takes one request out of the asker's bucket; answers how long to wait, 0 when it may go on. The class is `read`
    /// or `write` for a route of RateClass::by_method.
    std::chrono::milliseconds take(const Principal& principal, std::string_view address, RateClass rate, Time now);

  private:
    struct Table;
    std::unique_ptr<Table> table_;
    Rates rates_;
    std::uint64_t seed_;
};

}  // namespace motcua::http
