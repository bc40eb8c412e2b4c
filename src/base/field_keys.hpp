// What personal values of rows and events are sealed with: whoever gets the database or a copy of it, but not the key
// file, reads no number that identifies a person. Values are sealed with data keys (XChaCha20-Poly1305); those lie in a
// ring file, wrapped by the key of a key file ("fields.key", which may be a link to where secrets are kept). A rotation
// wraps the data keys anew and adds one that seals from then on; what is sealed already is never rewritten, so it suits
// events that cannot be changed, and a running server notices (docs/adr/0005-sealed-fields.md).
// A sealed value is text, "mcf1.", 8 hexadecimal digits of the data key's name, ".", base64url of nonce, cipher text
// and tag. Rows are found by a keyed hash with a key of its own, which stays.
#pragma once

#include <array>
#include <filesystem>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/key_file.hpp"

namespace motcua {

/// Thread safe. Sealing a number takes about 1.2 µs of processor time, opening it 0.7 µs (-O2).
class FieldKeys {
  public:
    /// The keys of a data directory; makes both files when neither is there. Fault "fields.key_unusable": one of them
    /// is missing or unreadable, others may read it, or the key file is not the ring's. `random` outlives this.
    FieldKeys(std::filesystem::path key_file, std::filesystem::path ring, Random& random);
    /// In memory alone: for databases that end with the program.
    explicit FieldKeys(Random& random);
    FieldKeys(const FieldKeys&) = delete;
    FieldKeys& operator=(const FieldKeys&) = delete;
    ~FieldKeys();

    /// `context` says what the value is and whose: opening needs the same, so that a sealed value cannot be moved to
    /// another row. Empty text stays empty.
    std::string seal(std::string_view text, std::string_view context);
    /// A value that is not sealed comes back as it is: it was stored before there were keys. Fault
    /// "fields.key_unknown": sealed with none of the keys; "fields.damaged": changed, or sealed for another context.
    std::string open(std::string_view value, std::string_view context);
    /// Keyed hash for finding equal values: "mch1." and 22 characters. Empty text stays empty.
    std::string look_up_key(std::string_view text, std::string_view context);

    static bool is_sealed(std::string_view value);
    static bool is_look_up_key(std::string_view value);

    /// A new key file key wraps all data keys, and a new data key seals from now on; answers its name.
    std::string rotate();
    /// Drops older keys of the key file; data keys stay, for events stay sealed with them.
    void forget_old();
    struct Names {
        std::vector<std::string> wrapping;  // of the key file, oldest first
        std::vector<std::string> data;      // of the ring, oldest first
    };
    Names names();

  private:
    void read_ring();
    void read_ring(const std::optional<FileMark>& mark);
    void write_ring(const KeyFile::Key& wrapping, Present present) const;
    void read_if_changed();
    std::optional<KeyFile::Key> find(std::string_view hex) const;

    mutable std::shared_mutex mutex_;
    Random& random_;
    std::optional<KeyFile> key_file_;  // none: in memory
    std::filesystem::path ring_;
    std::optional<FileMark> ring_mark_;
    std::vector<KeyFile::Key> data_keys_;  // oldest first, the newest seals
    std::array<unsigned char, KeyFile::key_bytes> index_key_{};
};

/// True, and a line in the log, for "fields.damaged": the key is there, the value is not what it sealed.
bool is_damage(const Fault& fault);
/// What `read` answers; nullopt when a value that it opens was changed since it was sealed, by a failing disk or by
/// hand: for whatever can go on without it, lists of others above all. Other faults are passed on.
template <class Read>
auto unless_damaged(const Read& read) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const Fault& fault) {
        if (!is_damage(fault)) throw;
        return std::nullopt;
    }
}

/// Where a data directory keeps them.
inline std::filesystem::path field_key_file(const std::filesystem::path& data) { return data / "fields.key"; }
inline std::filesystem::path field_ring_file(const std::filesystem::path& data) { return data / "fields.ring"; }

}  // namespace motcua
