// Keys in a file that only its owner may read (0600; it may be a link to where secrets are kept): a line a key, oldest
// first: 8 hexadecimal digits of its name, a space, 64 of the key. The newest is the one that seals, every one opens.
// Owns the file's format, its whole-or-not-at-all writing and noticing that somebody else wrote it; leaves out what the
// keys are for and locking.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"

namespace motcua {

/// What becomes of a file of that name that is there already: of several servers that start at once, one makes it.
enum class Present { replace, keep };

/// Which writing of a file was read; another one differs, however soon it came.
struct FileMark {
    std::uint64_t inode = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const FileMark&) const = default;
};
/// Of the file as it is now; nullopt when it cannot be looked at.
std::optional<FileMark> find_mark(const std::filesystem::path& file);

class KeyFile {
  public:
    static constexpr std::size_t name_bytes = 4;
    static constexpr std::size_t key_bytes = 32;
    struct Key {
        std::array<unsigned char, name_bytes> name{};
        std::array<unsigned char, key_bytes> bytes{};
    };

    static Key make(Random& random);
    /// Its name in hexadecimal digits.
    static std::string hex(const Key& key);

    /// Reads the file; makes it with one key when it is not there. Faults of this class have the reason
    /// `unusable` (static storage): the file cannot be read or made, others may read it, or it holds no key.
    KeyFile(std::filesystem::path file, std::string_view unusable, Random& random);
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    ~KeyFile();

    const std::filesystem::path& file() const { return file_; }
    void read_if_changed();
    const Key& newest() const { return keys_.back(); }
    /// By the bytes of its name; null when there is none.
    const Key* find(std::string_view name) const;
    /// Names in hexadecimal digits, oldest first.
    std::vector<std::string> names() const;
    /// Adds a key, from now on the newest. Here and in forget_old the caller holds a SecretsLock.
    const Key& add(Random& random);
    /// Leaves only the newest. The caller has made sure that nothing is sealed with the others.
    void forget_old();

  private:
    void read();
    void write(Present present) const;

    const std::filesystem::path file_;
    const std::string_view unusable_;
    std::vector<Key> keys_;
    std::optional<FileMark> read_mark_;
};

/// Held while keys are changed, so that of two programs that change them at once the second reads what the first wrote:
/// a key that is overwritten is lost with all it has sealed. Waits. Fault `unusable`: the file's folder cannot be
/// locked.
class SecretsLock {
  public:
    SecretsLock(const std::filesystem::path& file, std::string_view unusable);
    SecretsLock(const SecretsLock&) = delete;
    SecretsLock& operator=(const SecretsLock&) = delete;
    ~SecretsLock();

  private:
    int folder_;  // file descriptor
};

/// Writes a file that only its owner may read, whole or not at all, through a link if it is one. Fault `unusable`.
void write_secret_file(const std::filesystem::path& file, std::string_view text, Present present,
                       std::string_view unusable);
/// Fault `unusable` when the file cannot be read or others may read it.
std::string read_secret_file(const std::filesystem::path& file, std::string_view unusable);

}  // namespace motcua
