#include "base/random.hpp"

#include <cstring>

#include <sodium.h>

namespace motcua {

std::uint64_t Random::u64() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span{&value, 1}));
    return value;
}

void SystemRandom::fill(std::span<std::byte> out) { randombytes_buf(out.data(), out.size()); }

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
