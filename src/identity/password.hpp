// Passwords: Argon2id by libsodium, bounded in number, and the judgement whether a new one is good enough.
// Hashing is slow on purpose (60 ms, 64 MiB each): call it on a thread of the pool, never on an io thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"

namespace motcua::identity {

struct PasswordOptions {
    // libsodium's "interactive" strength (crypto_pwhash_argon2id).
    std::uint64_t operations = 2;
    std::size_t memory_bytes = 64u << 20;
    int hashes_at_once = 2;  // memory and processor that sign-ins may take from everything else
    int waiting_max = 2;     // further threads that wait for their turn; beyond: "session.busy"
};

inline constexpr std::int64_t password_chars_min = 10;
inline constexpr std::int64_t password_bytes_max = 512;

enum class Match {
    no,
    yes,
    yes_outdated,  // right, but hashed with other parameters than the present ones: hash it again
};

class PasswordHasher {
  public:
    explicit PasswordHasher(PasswordOptions options);

    /// Reason unavailable "session.busy".
    Result<std::string> hash(std::string_view password);
    /// Compares with a stored hash; with an empty one (nobody of that name) it takes the same time and answers `no`.
    /// Reason unavailable "session.busy".
    Result<Match> verify(std::string_view stored, std::string_view password);
    /// How often Argon2id has run: a known and an unknown name must cost the same.
    std::int64_t computed() const { return computed_; }

  private:
    class Turn;

    const PasswordOptions options_;
    std::string decoy_;  // hash of a random password: what an unknown name is compared with
    std::atomic<std::int64_t> computed_{0};
    std::mutex mutex_;
    std::condition_variable free_;
    int running_ = 0;
    int waiting_ = 0;
};

/// Reasons: "account.password_too_short" {min}, "account.password_too_long", "account.password_weak" (on the list of
/// common ones, also with digits, signs and look-alike letters added; one character repeated; a run of keys; a
/// repeated part), "account.password_has_name".
Result<void> check_password(std::string_view password, std::string_view user_name, std::string_view display_name);

/// Four groups of four letters and digits that are hard to confuse, "k7wm-x3pd-…": 78 bits.
std::string make_password(Random& random);

}  // namespace motcua::identity
