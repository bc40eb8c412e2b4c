#include "http/rate_limit.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "http/principal.hpp"

namespace motcua::http {

namespace {

constexpr std::size_t ways = 8;  // buckets that a key may lie in
constexpr std::size_t locks = 64;
constexpr std::int64_t minute_us = 60'000'000;

std::uint64_t mix(std::uint64_t x) {  // splitmix64
    x += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
    std::uint64_t value = seed;
    for (char c : text) value = mix(value ^ static_cast<unsigned char>(c));
    return value;
}

}  // namespace

/// Instead of tokens, the moment at which the bucket is full again: one number, and nothing has to be refilled.
struct RateLimiter::Table {
    struct Bucket {
        std::uint64_t key = 0;
        std::int64_t full_at_us = 0;
    };
    std::vector<Bucket> buckets{buckets_max};
    std::array<std::mutex, locks> mutexes;
};

std::string rate_address(std::string_view address) {
    std::string text(address.substr(0, address.find('%')));
    in6_addr six{};
    if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return text;
    if (IN6_IS_ADDR_V4MAPPED(&six))
        return fmt::format("{}.{}.{}.{}", six.s6_addr[12], six.s6_addr[13], six.s6_addr[14], six.s6_addr[15]);
    std::string prefix;
    for (int i = 0; i < 8; ++i) fmt::format_to(std::back_inserter(prefix), "{:02x}", six.s6_addr[i]);
    return prefix + "/64";
}

RateLimiter::RateLimiter(Rates rates, std::uint64_t seed)
    : table_(std::make_unique<Table>()), rates_(rates), seed_(mix(seed)) {}
RateLimiter::~RateLimiter() = default;

std::chrono::milliseconds RateLimiter::take(const Principal& principal, std::string_view address, RateClass rate,
                                            Time now) {
    const bool account = principal.kind == PrincipalKind::person || principal.kind == PrincipalKind::officer;
    std::int64_t allowed = 0;
    switch (rate) {
        case RateClass::none:
            return {};
        case RateClass::by_method:
        case RateClass::read:
            allowed = account ? rates_.account_reads : rates_.address_reads;
            break;
        case RateClass::write:
            allowed = account ? rates_.account_writes : rates_.address_writes;
            break;
        case RateClass::look_up:
            allowed = account ? rates_.account_look_ups : rates_.address_look_ups;
            break;
        case RateClass::sign_in:
            allowed = rates_.address_sign_ins;
            break;
    }
    if (allowed <= 0 || principal.kind == PrincipalKind::system) return {};
    const bool by_account = account && rate != RateClass::sign_in;
    const std::string asker = by_account ? principal.actor() : rate_address(address);
    const std::uint64_t key = hash(asker, seed_ + static_cast<std::uint64_t>(rate)) | 1;  // never the empty bucket's
    const std::int64_t at = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();

    const std::size_t group = (key >> 8) % (buckets_max / ways);
    Table::Bucket* const first = &table_->buckets[group * ways];
    const std::lock_guard lock(table_->mutexes[group % locks]);
    Table::Bucket* bucket = std::find_if(first, first + ways, [&](const Table::Bucket& b) { return b.key == key; });
    if (bucket == first + ways) {
        bucket = std::min_element(first, first + ways, [](const Table::Bucket& a, const Table::Bucket& b) {
            return a.full_at_us < b.full_at_us;
        });
        *bucket = {key, 0};
    }
    const std::int64_t one = minute_us / allowed;
    const std::int64_t full_at = std::max(bucket->full_at_us, at) + one;
    // Full again a minute after it was empty; what would take longer is too much.
    if (full_at > at + minute_us) return std::chrono::milliseconds{(full_at - at - minute_us + 999) / 1000};
    bucket->full_at_us = full_at;
    return {};
}

}  // namespace motcua::http
