// Randomness port: the operating system's (keys, tokens, ids) or a seeded one (simulation, tests).
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>

namespace motcua {

class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> out) = 0;
    std::uint64_t u64();
};

/// Cryptographic randomness of the operating system (getrandom), short pieces from a supply of the calling thread's.
/// Thread safe; not for both sides of a fork.
class SystemRandom final : public Random {
  public:
    void fill(std::span<std::byte> out) override;
};

/// Deterministic and not secret. Thread safe; the order of callers decides who gets what.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::byte> out) override;

  private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

}  // namespace motcua
