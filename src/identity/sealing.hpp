// Secrets that the program must be able to read again are sealed before they become rows: whoever gets the database but
// not the key file beside it reads nothing. XChaCha20-Poly1305 of libsodium.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/result.hpp"

namespace motcua::identity {

class Sealer {
  public:
    static constexpr std::size_t key_bytes = 32;
    using Key = std::array<unsigned char, key_bytes>;

    explicit Sealer(const Key& key) : key_(key) {}
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    ~Sealer();

    /// `context` names what it is and whose; opening needs the same, so that a sealed text cannot be moved elsewhere.
    std::string seal(std::string_view secret, std::string_view context, Random& random) const;
    /// nullopt when it was sealed with another key or context, or changed.
    std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

  private:
    Key key_;
};

/// Where a data directory keeps its key.
inline std::filesystem::path sealing_key_file(const std::filesystem::path& data) { return data / "identity.key"; }

/// A key that nobody else knows, for as long as the program runs.
Sealer::Key make_sealing_key(Random& random);
/// The key in the file; makes the file (owner only) when it is not there. Reason unavailable "identity.key_unusable"
/// {path}: it cannot be read or written, has another length, or others may read it.
Result<Sealer::Key> load_sealing_key(const std::filesystem::path& file, Random& random);

}  // namespace motcua::identity
