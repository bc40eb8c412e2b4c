// What blobs are sealed with on the disk: XChaCha20-Poly1305 with a key from a file beside the blob directory
// ("blobs.key", its owner's alone; it may be a link to where secrets are kept). Whoever gets the files but not the key
// reads nothing. The newest key seals, every key of the file opens; a running server notices a new one by itself, so a
// rotation stops nobody. The name of a blob stays the hash of its content: proofs and rows know nothing of keys.
// The file's format: base/key_file.hpp.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/key_file.hpp"

namespace motcua::documents {

class BlobKeys {
  public:
    /// Reads the file; makes it with one key when it is not there. Fault "blob.key_unusable": it cannot be read or
    /// made, others may read it, or it is none.
    explicit BlobKeys(std::filesystem::path file);

    /// `name` goes into the seal: a sealed blob cannot be put under another name.
    std::string seal(std::string_view content, std::string_view name);
    /// nullopt when it is not sealed, or not with one of the keys and this name. Reads the file again for an unknown
    /// key.
    std::optional<std::string> open(std::string_view sealed, std::string_view name);
    /// Sealed, and with the newest key.
    bool is_current(std::string_view sealed);
    static bool looks_sealed(std::string_view bytes);
    static std::size_t sealed_size(std::size_t content_bytes);

    /// Adds a key, from now on the one that seals; answers its name.
    std::string add_key();
    /// Names, oldest first.
    std::vector<std::string> names();
    /// Leaves only the newest. The caller has made sure that nothing is sealed with the others.
    void forget_old();

  private:
    const KeyFile::Key* find(std::string_view sealed) const;

    std::mutex mutex_;
    SystemRandom random_;
    KeyFile keys_;
};

/// Where the key of a blob directory lies.
inline std::filesystem::path blob_key_file(const std::filesystem::path& data) { return data / "blobs.key"; }

}  // namespace motcua::documents
