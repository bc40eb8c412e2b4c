#include "documents/blob_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.hpp"

namespace motcua::documents {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "MCS1";
constexpr std::size_t name_bytes = 4;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t head_bytes = magic.size() + name_bytes + nonce_bytes;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

template <std::size_t N>
std::string to_hex(const std::array<unsigned char, N>& bytes) {
    std::string hex(2 * N + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), bytes.data(), N);
    hex.pop_back();
    return hex;
}

template <std::size_t N>
bool from_hex(std::string_view hex, std::array<unsigned char, N>& bytes) {
    std::size_t length = 0;
    return hex.size() == 2 * N &&
           sodium_hex2bin(bytes.data(), N, hex.data(), hex.size(), nullptr, &length, nullptr) == 0 && length == N;
}

[[noreturn]] void unusable(const fs::path& file, std::string_view why) {
    throw Fault("blob.key_unusable", fmt::format("{}: {}", file.string(), why));
}

}  // namespace

BlobKeys::BlobKeys(fs::path file) : file_(std::move(file)) {
    CHECK(sodium_init() >= 0, "libsodium");
    if (!fs::exists(file_)) {
        Key key;
        randombytes_buf(key.name.data(), key.name.size());
        randombytes_buf(key.bytes.data(), key.bytes.size());
        keys_.push_back(key);
        write();
    }
    read();
}

BlobKeys::~BlobKeys() {
    for (Key& key : keys_) sodium_memzero(key.bytes.data(), key.bytes.size());
}

void BlobKeys::read() {
    struct stat info {};
    if (::stat(file_.c_str(), &info) != 0) unusable(file_, std::strerror(errno));
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) unusable(file_, "others may read it; chmod 600");
    std::ifstream file(file_);
    std::vector<Key> keys;
    for (std::string line; std::getline(file, line);) {
        if (line.empty()) continue;
        Key key;
        const std::size_t space = line.find(' ');
        if (space == std::string::npos || !from_hex(std::string_view(line).substr(0, space), key.name) ||
            !from_hex(std::string_view(line).substr(space + 1), key.bytes))
            unusable(file_, "a line is no key");
        keys.push_back(key);
        sodium_memzero(line.data(), line.size());
    }
    if (keys.empty()) unusable(file_, "it holds no key");
    keys_ = std::move(keys);
    read_at_ = fs::last_write_time(file_);
}

/// Whole or not at all: a lost key is lost documents.
void BlobKeys::write() const {
    std::string text;
    for (const Key& key : keys_) text += to_hex(key.name) + " " + to_hex(key.bytes) + "\n";
    const fs::path place = fs::is_symlink(file_) ? fs::canonical(file_) : file_;
    const fs::path unfinished = place.string() + ".new";
    ::unlink(unfinished.c_str());
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) unusable(file_, std::strerror(errno));
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    sodium_memzero(text.data(), text.size());
    if (!written || ::rename(unfinished.c_str(), place.c_str()) != 0) unusable(file_, std::strerror(errno));
    const fs::path folder = place.has_parent_path() ? place.parent_path() : fs::path(".");
    if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
}

void BlobKeys::read_if_changed() {
    std::error_code gone;
    const auto changed = fs::last_write_time(file_, gone);
    if (!gone && changed != read_at_) read();
}

bool BlobKeys::looks_sealed(std::string_view bytes) {
    return bytes.starts_with(magic) && bytes.size() >= head_bytes + tag_bytes;
}
std::size_t BlobKeys::sealed_size(std::size_t content_bytes) { return head_bytes + content_bytes + tag_bytes; }

const BlobKeys::Key* BlobKeys::find(std::string_view sealed) const {
    const auto found = std::ranges::find_if(keys_, [&](const Key& key) {
        return std::memcmp(key.name.data(), sealed.data() + magic.size(), name_bytes) == 0;
    });
    return found == keys_.end() ? nullptr : &*found;
}

std::string BlobKeys::seal(std::string_view content, std::string_view name) {
    const std::lock_guard lock(mutex_);
    read_if_changed();
    const Key& key = keys_.back();
    std::string sealed(sealed_size(content.size()), '\0');
    std::ranges::copy(magic, sealed.begin());
    std::memcpy(sealed.data() + magic.size(), key.name.data(), name_bytes);
    unsigned char* const nonce = bytes_of(sealed) + magic.size() + name_bytes;
    randombytes_buf(nonce, nonce_bytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + head_bytes, nullptr, bytes_of(content),
                                               content.size(), bytes_of(name), name.size(), nullptr, nonce,
                                               key.bytes.data());
    return sealed;
}

std::optional<std::string> BlobKeys::open(std::string_view sealed, std::string_view name) {
    if (!looks_sealed(sealed)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const Key* key = find(sealed);
    if (!key) {
        read_if_changed();
        key = find(sealed);
    }
    if (!key) return std::nullopt;
    std::string content(sealed.size() - head_bytes - tag_bytes, '\0');
    const unsigned char* const nonce = bytes_of(sealed) + magic.size() + name_bytes;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(content), nullptr, nullptr, bytes_of(sealed) + head_bytes,
                                                   sealed.size() - head_bytes, bytes_of(name), name.size(), nonce,
                                                   key->bytes.data()) != 0)
        return std::nullopt;
    return content;
}

bool BlobKeys::is_current(std::string_view sealed) {
    if (!looks_sealed(sealed)) return false;
    const std::lock_guard lock(mutex_);
    return find(sealed) == &keys_.back();
}

std::string BlobKeys::add_key() {
    const std::lock_guard lock(mutex_);
    read_if_changed();
    Key key;
    randombytes_buf(key.name.data(), key.name.size());
    randombytes_buf(key.bytes.data(), key.bytes.size());
    keys_.push_back(key);
    write();
    read();
    return to_hex(key.name);
}

std::vector<std::string> BlobKeys::names() {
    const std::lock_guard lock(mutex_);
    read_if_changed();
    std::vector<std::string> names;
    for (const Key& key : keys_) names.push_back(to_hex(key.name));
    return names;
}

void BlobKeys::forget_old() {
    const std::lock_guard lock(mutex_);
    read_if_changed();
    keys_.erase(keys_.begin(), keys_.end() - 1);
    write();
    read();
}

}  // namespace motcua::documents
