#include "merkle/note.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "merkle/tiles.hpp"

namespace motcua::merkle {

namespace {

constexpr std::string_view private_prefix = "PRIVATE+KEY+";
constexpr std::string_view signature_prefix = "\u2014 ";
constexpr std::string_view proof_header = "c2sp.org/tlog-proof@v1";
constexpr std::size_t id_bytes = 4;
constexpr std::size_t time_bytes = 8;

const unsigned char* data(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
std::string_view view(const std::array<unsigned char, 32>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class Number>
std::string big_endian(Number number) {
    std::string bytes(sizeof number, '\0');
    for (std::size_t i = 0; i < sizeof number; ++i)
        bytes[i] = static_cast<char>(number >> (8 * (sizeof number - 1 - i)));
    return bytes;
}

std::uint64_t read_big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::uint32_t key_id(std::string_view name, std::string_view type_and_key) {
    return static_cast<std::uint32_t>(read_big_endian(sha256({name, "\n", type_and_key}).view().substr(0, id_bytes)));
}

std::string type_and_key(const VerifierKey& key) {
    return std::string(1, static_cast<char>(key.type)) + std::string(view(key.key));
}

struct KeyParts {
    std::string name;
    std::uint32_t id = 0;
    KeyType type{};
    std::array<unsigned char, 32> bytes{};
};

/// "name+1234abcd+base64(type || 32 bytes)".
Result<KeyParts> parse_parts(std::string_view text) {
    const auto malformed = fail(Errc::malformed, "merkle.key_malformed");
    const std::size_t first = text.find('+');
    const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
    if (second == std::string_view::npos) return malformed;
    KeyParts parts;
    parts.name = text.substr(0, first);
    const std::string_view id = text.substr(first + 1, second - first - 1);
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), parts.id, 16);
    const auto key = from_base64(text.substr(second + 1));
    if (!check_key_name(parts.name) || id.size() != 2 * id_bytes || error != std::errc{} ||
        end != id.data() + id.size() || !key || key->empty())
        return malformed;
    parts.type = static_cast<KeyType>(key->front());
    if (parts.type != KeyType::ed25519 && parts.type != KeyType::cosignature)
        return fail(Errc::unsupported, "merkle.key_type_unknown",
                    {{"type", std::to_string(static_cast<unsigned char>(key->front()))}});
    if (key->size() != 1 + parts.bytes.size()) return malformed;
    std::memcpy(parts.bytes.data(), key->data() + 1, parts.bytes.size());
    return parts;
}

std::string cosigned_text(std::uint64_t seconds, std::string_view text) {
    return fmt::format("cosignature/v1\ntime {}\n{}", seconds, text);
}

std::array<unsigned char, 32> public_key(const std::array<unsigned char, 32>& seed) {
    std::array<unsigned char, 32> key{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_seed_keypair(key.data(), secret.data(), seed.data());
    sodium_memzero(secret.data(), secret.size());
    return key;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    // Digests, mostly: libsodium's, which takes the same time for every text, is several times slower.
    std::string text((bytes.size() + 2) / 3 * 4, '\0');  // and its terminating zero, which is there
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data(bytes), static_cast<int>(bytes.size()));
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                                         text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
    if (failed || end != text.data() + text.size()) return std::nullopt;
    bytes.resize(size);
    // The decoder takes some bytes beyond ASCII for letters.
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

Result<void> check_key_name(std::string_view name) {
    // White space beyond ASCII that Unicode knows: next line, no-break, ogham, quads to hair, separators, narrow,
    // medium mathematical, ideographic.
    constexpr std::string_view spaces[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                           "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                                           "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
    const bool plain = !name.empty() && is_utf8(name) && std::ranges::none_of(name, [](char c) {
        return (c >= 0 && c <= ' ') || c == '+' || c == 127;
    }) && std::ranges::none_of(spaces, [&](std::string_view space) { return name.find(space) != name.npos; });
    if (!plain) return fail(Errc::invalid, "merkle.key_name", {{"name", std::string(name)}});
    return {};
}

Result<VerifierKey> parse_verifier_key(std::string_view text) {
    KeyParts parts = TRY(parse_parts(text));
    VerifierKey key{std::move(parts.name), parts.id, parts.type, parts.bytes};
    if (key_id(key.name, type_and_key(key)) != key.id) return fail(Errc::malformed, "merkle.key_malformed");
    return key;
}

std::string to_text(const VerifierKey& key) {
    return fmt::format("{}+{:08x}+{}", key.name, key.id, to_base64(type_and_key(key)));
}

Result<SigningKey> parse_signing_key(std::string_view text) {
    if (!text.starts_with(private_prefix)) return fail(Errc::malformed, "merkle.key_malformed");
    KeyParts parts = TRY(parse_parts(text.substr(private_prefix.size())));
    SigningKey key;
    key.seed = parts.bytes;
    key.verifier = {std::move(parts.name), parts.id, parts.type, public_key(parts.bytes)};
    if (key_id(key.verifier.name, type_and_key(key.verifier)) != key.verifier.id)
        return fail(Errc::malformed, "merkle.key_malformed");
    return key;
}

std::string to_text(const SigningKey& key) {
    return fmt::format("{}{}+{:08x}+{}", private_prefix, key.verifier.name, key.verifier.id,
                       to_base64(std::string(1, static_cast<char>(key.verifier.type)) + std::string(view(key.seed))));
}

SigningKey make_signing_key(std::string_view name, KeyType type, Random& random) {
    CHECK(check_key_name(name), "the name of a key: {}", name);
    SigningKey key;
    random.fill(std::as_writable_bytes(std::span(key.seed)));
    key.verifier = {std::string(name), 0, type, public_key(key.seed)};
    key.verifier.id = key_id(name, type_and_key(key.verifier));
    return key;
}

Result<Note> parse_note(std::string_view bytes) {
    const auto malformed = fail(Errc::malformed, "merkle.note_malformed");
    const bool clean = bytes.size() <= note_bytes_max && is_utf8(bytes) &&
                       std::ranges::none_of(bytes, [](char c) { return c >= 0 && c < ' ' && c != '\n'; });
    const std::size_t blank = bytes.rfind("\n\n");
    if (!clean || blank == std::string_view::npos) return malformed;
    Note note{std::string(bytes.substr(0, blank + 1)), {}};
    std::string_view rest = bytes.substr(blank + 2);
    if (rest.empty() || rest.back() != '\n') return malformed;
    while (!rest.empty()) {
        std::string_view line = take_line(rest);
        if (!line.starts_with(signature_prefix) || note.signatures.size() == note_signatures_max) return malformed;
        line.remove_prefix(signature_prefix.size());
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos) return malformed;
        auto signature = from_base64(line.substr(space + 1));
        if (!check_key_name(line.substr(0, space)) || !signature || signature->size() <= id_bytes) return malformed;
        const auto id = static_cast<std::uint32_t>(read_big_endian(std::string_view(*signature).substr(0, id_bytes)));
        note.signatures.push_back({std::string(line.substr(0, space)), id, signature->substr(id_bytes)});
    }
    return note;
}

std::string to_line(const Signature& signature) {
    return fmt::format("{}{} {}\n", signature_prefix, signature.name,
                       to_base64(big_endian(signature.id) + signature.bytes));
}

std::string to_text(const Note& note) {
    CHECK(note.text.ends_with('\n'), "a note ends its last line");
    std::string text = note.text + '\n';
    for (const Signature& signature : note.signatures) text += to_line(signature);
    return text;
}

Signature sign(const SigningKey& key, std::string_view text, std::int64_t seconds) {
    const bool timed = key.verifier.type == KeyType::cosignature;
    const auto time = static_cast<std::uint64_t>(seconds);
    const std::string message = timed ? cosigned_text(time, text) : std::string(text);
    std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> ignored{};
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
    crypto_sign_seed_keypair(ignored.data(), secret.data(), key.seed.data());
    std::string bytes(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(bytes.data()), nullptr, data(std::string_view(message)),
                         message.size(), secret.data());
    sodium_memzero(secret.data(), secret.size());
    return {key.verifier.name, key.verifier.id, timed ? big_endian(time) + bytes : bytes};
}

bool is_signed_by(const VerifierKey& key, std::string_view text, const Signature& signature) {
    if (signature.name != key.name || signature.id != key.id) return false;
    std::string_view bytes = signature.bytes;
    std::string message(text);
    if (key.type == KeyType::cosignature) {
        if (bytes.size() != time_bytes + crypto_sign_BYTES) return false;
        const std::uint64_t seconds = read_big_endian(bytes.substr(0, time_bytes));
        if (seconds > INT64_MAX) return false;
        message = cosigned_text(seconds, text);
        bytes.remove_prefix(time_bytes);
    }
    return bytes.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(data(bytes), data(std::string_view(message)), message.size(), key.key.data()) ==
               0;
}

const Signature* find_signature(const Note& note, const VerifierKey& key) {
    const auto found = std::ranges::find_if(
        note.signatures, [&](const Signature& signature) { return is_signed_by(key, note.text, signature); });
    return found == note.signatures.end() ? nullptr : &*found;
}

std::int64_t signed_at(const Signature& cosignature) {
    CHECK(cosignature.bytes.size() > time_bytes, "not a cosignature");
    return static_cast<std::int64_t>(read_big_endian(std::string_view(cosignature.bytes).substr(0, time_bytes)));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
    const auto malformed = fail(Errc::malformed, "merkle.checkpoint_malformed");
    if (!text.ends_with('\n')) return malformed;
    Checkpoint checkpoint;
    checkpoint.origin = take_line(text);
    const auto size = read_number(take_line(text));
    const auto root = from_base64(take_line(text));
    const auto hash = root ? to_hash(*root) : std::nullopt;
    if (checkpoint.origin.empty() || !size || *size > INT64_MAX || !hash) return malformed;
    checkpoint.size = *size;
    checkpoint.root = *hash;
    while (!text.empty()) {
        checkpoint.extensions.emplace_back(take_line(text));
        if (checkpoint.extensions.back().empty()) return malformed;
    }
    return checkpoint;
}

std::string to_text(const Checkpoint& checkpoint) {
    std::string text =
        fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(checkpoint.root.view()));
    for (const std::string& line : checkpoint.extensions) text += line + '\n';
    return text;
}

Result<Checkpoint> open_checkpoint(const Note& note, const VerifierKey& key) {
    Checkpoint checkpoint = TRY(parse_checkpoint(note.text));
    if (!find_signature(note, key)) return fail(Errc::invalid, "merkle.signature_missing", {{"name", key.name}});
    if (checkpoint.origin != key.name)
        return fail(Errc::invalid, "merkle.origin_differs", {{"expected", key.name}, {"found", checkpoint.origin}});
    return checkpoint;
}

Result<InclusionProof> parse_proof(std::string_view text) {
    const auto malformed = fail(Errc::malformed, "merkle.proof_malformed");
    if (take_line(text) != proof_header) return malformed;
    InclusionProof proof;
    std::string_view line = take_line(text);
    if (line.starts_with("extra ")) {
        auto extra = from_base64(line.substr(6));
        if (!extra) return malformed;
        proof.extra = std::move(*extra);
        line = take_line(text);
    }
    const auto index = line.starts_with("index ") ? read_number(line.substr(6)) : std::nullopt;
    if (!index) return malformed;
    proof.index = *index;
    for (line = take_line(text); !line.empty(); line = take_line(text)) {
        auto hash = from_base64(line);
        if (!hash || hash->size() != hash_bytes || proof.hashes.size() == 64) return malformed;
        proof.hashes.push_back(std::move(*hash));
    }
    if (text.empty()) return malformed;
    proof.checkpoint = text;
    return proof;
}

std::string to_text(const InclusionProof& proof) {
    std::string text = std::string(proof_header) + '\n';
    if (!proof.extra.empty()) text += "extra " + to_base64(proof.extra) + '\n';
    text += fmt::format("index {}\n", proof.index);
    for (const std::string& hash : proof.hashes) text += to_base64(hash) + '\n';
    return text + '\n' + proof.checkpoint;
}

}  // namespace motcua::merkle
