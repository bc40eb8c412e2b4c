#include "base/random.hpp"

#include <array>
#include <cstring>

#include <sodium.h>

namespace motcua {

namespace {

constexpr std::size_t supply_bytes = 1024;
constexpr std::size_t supplied_bytes_max = supply_bytes / 8;  // more than that at once comes from the system

/// Random bytes that a thread has in hand; each is given out once and wiped. A copy of the process would give the same
/// ones out: nothing here goes on after a fork.
struct Supply {
    std::array<std::byte, supply_bytes> bytes{};
    std::size_t left = 0;
    ~Supply() { sodium_memzero(bytes.data(), bytes.size()); }
};

}  // namespace

std::uint64_t Random::u64() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
}

void SystemRandom::fill(std::span<std::byte> out) {
    // Nonces, salts and ids are many and short: a call of the system for each costs more than what they are for.
    thread_local Supply supply;
    if (out.size() > supplied_bytes_max) return randombytes_buf(out.data(), out.size());
    if (supply.left < out.size()) {
        randombytes_buf(supply.bytes.data(), supply.bytes.size());
        supply.left = supply.bytes.size();
    }
    supply.left -= out.size();
    std::byte* const taken = supply.bytes.data() + supply.left;
    std::memcpy(out.data(), taken, out.size());
    sodium_memzero(taken, out.size());
}

void SeededRandom::fill(std::span<std::byte> out) {
    std::lock_guard lock(mutex_);
    while (!out.empty()) {
        std::uint64_t word = engine_();
        size_t n = std::min(out.size(), sizeof word);
        std::memcpy(out.data(), &word, n);
        out = out.subspan(n);
    }
}

}  // namespace motcua
