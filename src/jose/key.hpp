// JSON Web Keys (RFC 7517, 7518 §6, 8037) for verifying, and sets of them as an identity provider publishes.
// A key has exactly one algorithm: the one it names, or the first configured one that fits its type.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace motcua::jose {

/// RFC 7518 §3.1 and RFC 8037 §3.1 (Ed25519 alone).
enum class Algorithm : std::uint8_t {
    hs256,
    hs384,
    hs512,
    rs256,
    rs384,
    rs512,
    ps256,
    ps384,
    ps512,
    es256,
    es384,
    es512,
    eddsa,
};
/// "RS256", as in `alg`.
std::string_view to_string(Algorithm algorithm);
std::optional<Algorithm> parse_algorithm(std::string_view name);
/// Verified with a secret that both sides know.
constexpr bool is_symmetric(Algorithm algorithm) { return algorithm <= Algorithm::hs512; }

/// What the configuration accepts, in order of preference. Name a symmetric one only where a secret was agreed.
using Algorithms = std::vector<Algorithm>;

/// A key that passed every check. Cheap to copy; immutable; for any thread.
class Key {
  public:
    struct Material;

    /// Reasons, all invalid: "jose.key_unusable" (not for signatures by `use` or `key_ops`, of an unknown type or
    /// curve, or its algorithm is not accepted or does not fit), "jose.key_weak" (RSA below 2048 or above 8192 bits,
    /// even or one as exponent, ROCA; a secret shorter than its hash), "jose.key_malformed" (members missing or of the
    /// wrong size, a point off the curve).
    /// Costs about 2.5 ms for RSA, whose number is looked at closely: keep what was read.
    static Result<Key> read(const json::object& jwk, const Algorithms& accepted);

    const std::string& id() const { return id_; }  // `kid`; empty when the key has none
    Algorithm algorithm() const { return algorithm_; }
    /// ECDSA: r and s in full length one behind the other (RFC 7518 §3.4). About 25 µs RSA-2048, 50 µs P-256.
    bool verifies(std::string_view message, std::string_view signature) const;

  private:
    Key(std::string id, Algorithm algorithm, std::shared_ptr<const Material> material)
        : id_(std::move(id)), algorithm_(algorithm), material_(std::move(material)) {}

    std::string id_;
    Algorithm algorithm_;
    std::shared_ptr<const Material> material_;
};

class KeySet {
  public:
    static constexpr std::size_t bytes_max = 256u << 10;
    static constexpr std::size_t keys_max = 100;

    /// A set, or one key by itself. Keys that cannot be used are left out, as RFC 7517 §5 asks. Reasons: too_large
    /// "jose.too_large"; malformed "jose.malformed"; invalid "jose.key_set_mixed" (secrets beside public keys, whether
    /// usable or not), "jose.key_repeated" (two keys of one `kid`, neither for encryption),
    /// "jose.no_usable_key".
    static Result<KeySet> read(std::string_view text, const Algorithms& accepted);

    /// The key of that `kid`; without one the only key of the set. Null when there is none.
    const Key* find(const std::optional<std::string>& id) const;
    std::span<const Key> keys() const { return keys_; }

  private:
    std::vector<Key> keys_;  // never empty
};

}  // namespace motcua::jose
