#include "documents/blob_keys.hpp"

#include <algorithm>
#include <cstring>

#include <sodium.h>

namespace motcua::documents {

namespace {

constexpr std::string_view unusable = "blob.key_unusable";
constexpr std::string_view magic = "MCS1";
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t head_bytes = magic.size() + KeyFile::name_bytes + nonce_bytes;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

BlobKeys::BlobKeys(std::filesystem::path file) : keys_(std::move(file), unusable, random_) {}

bool BlobKeys::looks_sealed(std::string_view bytes) {
    return bytes.starts_with(magic) && bytes.size() >= head_bytes + tag_bytes;
}
std::size_t BlobKeys::sealed_size(std::size_t content_bytes) { return head_bytes + content_bytes + tag_bytes; }

const KeyFile::Key* BlobKeys::find(std::string_view sealed) const {
    return keys_.find(sealed.substr(magic.size(), KeyFile::name_bytes));
}

std::string BlobKeys::seal(std::string_view content, std::string_view name) {
    const std::lock_guard lock(mutex_);
    keys_.read_if_changed();
    const KeyFile::Key& key = keys_.newest();
    std::string sealed(sealed_size(content.size()), '\0');
    std::ranges::copy(magic, sealed.begin());
    std::memcpy(sealed.data() + magic.size(), key.name.data(), KeyFile::name_bytes);
    unsigned char* const nonce = bytes_of(sealed) + magic.size() + KeyFile::name_bytes;
    randombytes_buf(nonce, nonce_bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + head_bytes, nullptr, bytes_of(content),
                                               content.size(), bytes_of(name), name.size(), nullptr, nonce,
                                               key.bytes.data());
    return sealed;
}

std::optional<std::string> BlobKeys::open(std::string_view sealed, std::string_view name) {
    if (!looks_sealed(sealed)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const KeyFile::Key* key = find(sealed);
    if (!key) {
        keys_.read_if_changed();
        key = find(sealed);
    }
    if (!key) return std::nullopt;
    std::string content(sealed.size() - head_bytes - tag_bytes, '\0');
    const unsigned char* const nonce = bytes_of(sealed) + magic.size() + KeyFile::name_bytes;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(content), nullptr, nullptr, bytes_of(sealed) + head_bytes,
                                                   sealed.size() - head_bytes, bytes_of(name), name.size(), nonce,
                                                   key->bytes.data()) != 0)
        return std::nullopt;
    return content;
}

bool BlobKeys::is_current(std::string_view sealed) {
    if (!looks_sealed(sealed)) return false;
    const std::lock_guard lock(mutex_);
    return find(sealed) == &keys_.newest();
}

std::string BlobKeys::add_key() {
    const std::lock_guard lock(mutex_);
    const SecretsLock alone(keys_.file(), unusable);
    return KeyFile::hex(keys_.add(random_));
}

std::vector<std::string> BlobKeys::names() {
    const std::lock_guard lock(mutex_);
    keys_.read_if_changed();
    return keys_.names();
}

void BlobKeys::forget_old() {
    const std::lock_guard lock(mutex_);
    const SecretsLock alone(keys_.file(), unusable);
    keys_.forget_old();
}

}  // namespace motcua::documents
