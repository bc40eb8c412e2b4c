// The blob store port: the bytes of uploaded and issued files, each under the SHA-256 of its content, so that the same
// bytes are kept once and a name cannot collide. Blobs are never changed; rows (documents.hpp) say what they are.
// The directory implementation: DIR/ab/cdef…, written to a temporary file, synced, renamed, directory synced.
// Leaves out who may read (the use case) and when a blob may go (no row refers to it: blob_check.hpp).
// Faults: "blob.disk_full", "blob.write_failed", "blob.read_failed", "blob.corrupt".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace motcua::documents {

/// SHA-256 of the content.
struct BlobKey {
    std::array<std::uint8_t, 32> bytes{};
    auto operator<=>(const BlobKey&) const = default;
};
BlobKey hash_blob(std::string_view content);  // about 4 ms a MiB
std::string to_hex(const BlobKey& key);       // 64 lower-case characters
std::optional<BlobKey> parse_blob_key(std::string_view hex);

class BlobStore {
  public:
    virtual ~BlobStore() = default;
    /// Durable when it returns; nothing is left behind when it throws. Writing what is there already is cheap.
    virtual void put(const BlobKey& key, std::string_view content) = 0;
    /// The content, compared with its key; nullopt when it is not there. Throws Fault "blob.corrupt" when it is not
    /// what was written.
    virtual std::optional<std::string> find(const BlobKey& key) = 0;
    virtual bool contains(const BlobKey& key) = 0;
    /// Seals it with the newest key; false when it already is, or not there. Its content stays.
    virtual bool renew(const BlobKey& key) = 0;
    /// Each blob with its size on the disk and the time it was written, in no order.
    virtual void each(const std::function<void(const BlobKey&, std::int64_t bytes, Instant written)>& visit) = 0;
    /// Nothing happens when it is not there.
    virtual void remove(const BlobKey& key) = 0;
};

/// Creates the directory when it is not there (its owner alone may enter). Blobs are sealed with the key file beside it
/// (blob_keys.hpp), which is made when it is not there; Fault "blob.key_unusable". Temporary files of an interrupted
/// write are removed when they are a day old. Throws Fault "blob.write_failed".
std::unique_ptr<BlobStore> open_blob_directory(const std::filesystem::path& directory);

}  // namespace motcua::documents
