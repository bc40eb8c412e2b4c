#include "base/field_keys.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include <fmt/format.h>
#include <sodium.h>

#include "base/base64url.hpp"
#include "base/log.hpp"

namespace motcua {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view unusable = "fields.key_unusable";
constexpr std::string_view sealed_prefix = "mcf1.";
constexpr std::string_view look_up_prefix = "mch1.";
constexpr std::string_view ring_head = "motcua field keys 1";
constexpr std::string_view index_name = "index";
constexpr std::size_t hex_bytes = 2 * KeyFile::name_bytes;
constexpr std::size_t text_at = sealed_prefix.size() + hex_bytes + 1;  // behind the key's name and a dot
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t look_up_bytes = 16;

using KeyBytes = std::array<unsigned char, KeyFile::key_bytes>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

/// Nonce, cipher text and tag.
std::string encrypt(std::string_view text, std::string_view context, const KeyBytes& key, Random& random) {
    std::string sealed(nonce_bytes + text.size() + tag_bytes, '\0');
    random.fill(std::as_writable_bytes(std::span(sealed.data(), nonce_bytes)));
    crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + nonce_bytes, nullptr, bytes_of(text), text.size(),
                                               bytes_of(context), context.size(), nullptr, bytes_of(sealed),
                                               key.data());
    return sealed;
}

/// Of the same in base64url.
std::optional<std::string> decrypt(std::string_view base64, std::string_view context, const KeyBytes& key) {
    const auto sealed = decode_base64url(base64);
    if (!sealed || sealed->size() < nonce_bytes + tag_bytes) return std::nullopt;
    std::string text(sealed->size() - nonce_bytes - tag_bytes, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(bytes_of(text), nullptr, nullptr, bytes_of(*sealed) + nonce_bytes,
                                                   sealed->size() - nonce_bytes, bytes_of(context), context.size(),
                                                   bytes_of(*sealed), key.data()) != 0)
        return std::nullopt;
    return text;
}

std::string wrapping_context(std::string_view name) { return fmt::format("motcua/field-key/{}", name); }

[[noreturn]] void refuse(const fs::path& file, std::string_view why) {
    throw Fault(std::string(unusable), fmt::format("{}: {}", file.string(), why));
}

/// A line of the ring: name, name of the wrapping key, wrapped key.
struct RingLine {
    std::string_view name, wrapping, wrapped;
};
std::optional<RingLine> parse_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    return RingLine{line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

template <std::size_t N>
bool from_hex(std::string_view hex, std::array<unsigned char, N>& bytes) {
    std::size_t length = 0;
    return sodium_hex2bin(bytes.data(), N, hex.data(), hex.size(), nullptr, &length, nullptr) == 0 && length == N;
}

void forget(std::vector<KeyFile::Key>& keys) {
    for (KeyFile::Key& key : keys) sodium_memzero(key.bytes.data(), key.bytes.size());
}

}  // namespace

FieldKeys::FieldKeys(Random& random) : random_(random) {
    CHECK(sodium_init() >= 0, "libsodium");
    data_keys_.push_back(KeyFile::make(random_));
    index_key_ = KeyFile::make(random_).bytes;
}

FieldKeys::FieldKeys(fs::path key_file, fs::path ring, Random& random) : random_(random), ring_(std::move(ring)) {
    const bool fresh = !fs::exists(ring_);
    if (!fresh && !fs::exists(key_file)) refuse(key_file, "it is missing, and the ring beside it needs it");
    key_file_.emplace(std::move(key_file), unusable, random_);
    if (fresh) {
        data_keys_.push_back(KeyFile::make(random_));
        index_key_ = KeyFile::make(random_).bytes;
        write_ring(key_file_->newest(), Present::keep);
    }
    read_ring();
}

FieldKeys::~FieldKeys() {
    forget(data_keys_);
    sodium_memzero(index_key_.data(), index_key_.size());
}

void FieldKeys::read_ring() {
    // A rotation between the reading of the two files makes them differ: the ring has another mark then.
    for (;;) {
        const auto mark = find_mark(ring_);
        try {
            return read_ring(mark);
        } catch (const Fault&) {
            if (find_mark(ring_) == mark) throw;
        }
    }
}

void FieldKeys::read_ring(const std::optional<FileMark>& mark) {
    const std::string text = read_secret_file(ring_, unusable);
    if (!text.starts_with(ring_head)) refuse(ring_, "it is no ring of field keys");
    key_file_->read_if_changed();
    std::vector<KeyFile::Key> keys;
    bool has_index = false;
    for (std::string_view rest = std::string_view(text).substr(ring_head.size()); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty()) continue;
        const auto parts = parse_line(line);
        std::array<unsigned char, KeyFile::name_bytes> wrapping_name{};
        if (!parts || !from_hex(parts->wrapping, wrapping_name)) refuse(ring_, "a line is no key");
        const KeyFile::Key* wrapping =
            key_file_->find({reinterpret_cast<const char*>(wrapping_name.data()), wrapping_name.size()});
        if (!wrapping) refuse(ring_, fmt::format("the key file has no key {}", parts->wrapping));
        auto bytes = decrypt(parts->wrapped, wrapping_context(parts->name), wrapping->bytes);
        if (!bytes || bytes->size() != KeyFile::key_bytes) refuse(ring_, "a key cannot be unwrapped");
        KeyFile::Key key;
        std::memcpy(key.bytes.data(), bytes->data(), key.bytes.size());
        sodium_memzero(bytes->data(), bytes->size());
        if (parts->name == index_name) {
            index_key_ = key.bytes;
            has_index = true;
        } else if (from_hex(parts->name, key.name)) {
            keys.push_back(key);
        } else {
            refuse(ring_, "a line is no key");
        }
    }
    if (!has_index || keys.empty()) refuse(ring_, "keys are missing");
    forget(data_keys_);
    data_keys_ = std::move(keys);
    ring_mark_ = mark;
}

void FieldKeys::write_ring(const KeyFile::Key& wrapping, Present present) const {
    const auto line = [&](std::string_view name, const KeyBytes& bytes) {
        return fmt::format("{} {} {}\n", name, KeyFile::hex(wrapping),
                           encode_base64url(encrypt({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                                                    wrapping_context(name), wrapping.bytes, random_)));
    };
    std::string text = fmt::format("{}\n{}", ring_head, line(index_name, index_key_));
    for (const KeyFile::Key& key : data_keys_) text += line(KeyFile::hex(key), key.bytes);
    write_secret_file(ring_, text, present, unusable);
}

void FieldKeys::read_if_changed() {
    if (!key_file_) return;
    const auto mark = find_mark(ring_);
    if (mark && mark != ring_mark_) read_ring();
}

std::optional<KeyFile::Key> FieldKeys::find(std::string_view hex) const {
    for (const KeyFile::Key& key : data_keys_)
        if (KeyFile::hex(key) == hex) return key;
    return std::nullopt;
}

bool FieldKeys::is_sealed(std::string_view value) {
    return value.starts_with(sealed_prefix) && value.size() > text_at && value[text_at - 1] == '.';
}
bool FieldKeys::is_look_up_key(std::string_view value) { return value.starts_with(look_up_prefix); }

std::string FieldKeys::seal(std::string_view text, std::string_view context) {
    if (text.empty()) return {};
    KeyFile::Key key;
    {
        const std::unique_lock lock(mutex_);
        read_if_changed();
        key = data_keys_.back();
    }
    const std::string bytes = encrypt(text, context, key.bytes, random_);
    std::string sealed;
    sealed.reserve(text_at + bytes.size() / 3 * 4 + 4);
    sealed.append(sealed_prefix).append(KeyFile::hex(key)).append(1, '.');
    append_base64url(sealed, bytes);
    sodium_memzero(key.bytes.data(), key.bytes.size());
    return sealed;
}

std::string FieldKeys::open(std::string_view value, std::string_view context) {
    if (!is_sealed(value)) return std::string(value);
    const std::string_view name = value.substr(sealed_prefix.size(), hex_bytes);
    std::optional<KeyFile::Key> key;
    {
        const std::shared_lock lock(mutex_);
        key = find(name);
    }
    if (!key) {
        const std::unique_lock lock(mutex_);
        read_if_changed();
        key = find(name);
    }
    if (!key) throw Fault("fields.key_unknown", fmt::format("{} is sealed with the key {}", context, name));
    auto text = decrypt(value.substr(text_at), context, key->bytes);
    sodium_memzero(key->bytes.data(), key->bytes.size());
    if (!text) throw Fault("fields.damaged", fmt::format("{} cannot be opened", context));
    return std::move(*text);
}

std::string FieldKeys::look_up_key(std::string_view text, std::string_view context) {
    if (text.empty()) return {};
    std::string hash(look_up_bytes, '\0');
    // The context comes first and has no NUL, so that no two pairs make the same input.
    std::string input;
    input.reserve(context.size() + 1 + text.size());
    input.append(context).append(1, '\0').append(text);
    const std::shared_lock lock(mutex_);
    crypto_generichash(bytes_of(hash), hash.size(), bytes_of(input), input.size(), index_key_.data(),
                       index_key_.size());
    std::string key(look_up_prefix);
    append_base64url(key, hash);
    return key;
}

std::string FieldKeys::rotate() {
    const std::unique_lock lock(mutex_);
    CHECK(key_file_, "keys in memory are not rotated");
    const SecretsLock alone(ring_, unusable);
    read_if_changed();
    // Step by step usable: the key file has both keys until the ring no longer needs the old one.
    const KeyFile::Key wrapping = key_file_->add(random_);
    data_keys_.push_back(KeyFile::make(random_));
    write_ring(wrapping, Present::replace);
    read_ring();
    return KeyFile::hex(data_keys_.back());
}

void FieldKeys::forget_old() {
    const std::unique_lock lock(mutex_);
    CHECK(key_file_, "keys in memory are not rotated");
    const SecretsLock alone(ring_, unusable);
    read_if_changed();
    // A rotation that was killed in the middle has left the ring with the older key.
    key_file_->read_if_changed();
    write_ring(key_file_->newest(), Present::replace);
    key_file_->forget_old();
    read_ring();
}

FieldKeys::Names FieldKeys::names() {
    const std::unique_lock lock(mutex_);
    read_if_changed();
    Names names;
    if (key_file_) names.wrapping = key_file_->names();
    for (const KeyFile::Key& key : data_keys_) names.data.push_back(KeyFile::hex(key));
    return names;
}

bool is_damage(const Fault& fault) {
    if (fault.reason() != "fields.damaged") return false;
    log::error("fields_damaged", {{"what", fault.what()}});
    return true;
}

}  // namespace motcua
