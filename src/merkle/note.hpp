// Signed notes and what a log says with them: C2SP signed-note (a text with Ed25519 signatures under it),
// tlog-checkpoint (origin, size and root of a tree), tlog-cosignature (cosignature/v1 of a witness) and tlog-proof (an
// inclusion proof as a text). Pure. Owns the encodings; whose key is trusted is the caller's decision.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "merkle/tree.hpp"

namespace motcua::merkle {

std::string to_base64(std::string_view bytes);
/// Standard alphabet with padding, nothing else (RFC 4648 §4, §3.5).
std::optional<std::string> from_base64(std::string_view text);

/// The algorithm byte of a key.
enum class KeyType : unsigned char {
    ed25519 = 1,      // signs the text itself
    cosignature = 4,  // signs "cosignature/v1", the time and the text
};

/// "name+1234abcd+base64", as given to those who check.
struct VerifierKey {
    std::string name;
    std::uint32_t id = 0;  // first bytes of SHA-256(name || "\n" || type || key)
    KeyType type = KeyType::ed25519;
    std::array<unsigned char, 32> key{};
    bool operator==(const VerifierKey&) const = default;
};
/// Reasons: malformed "merkle.key_malformed", unsupported "merkle.key_type_unknown" {type}.
Result<VerifierKey> parse_verifier_key(std::string_view text);
std::string to_text(const VerifierKey& key);

/// "PRIVATE+KEY+name+1234abcd+base64".
struct SigningKey {
    VerifierKey verifier;
    std::array<unsigned char, 32> seed{};
};
/// Reasons as parse_verifier_key.
Result<SigningKey> parse_signing_key(std::string_view text);
std::string to_text(const SigningKey& key);
/// `name` as check_key_name allows.
SigningKey make_signing_key(std::string_view name, KeyType type, Random& random);
/// Not empty, UTF-8, without white space and plus. Reason: invalid "merkle.key_name" {name}.
Result<void> check_key_name(std::string_view name);

struct Signature {
    std::string name;
    std::uint32_t id = 0;
    std::string bytes;
    bool operator==(const Signature&) const = default;
};

/// `text` ends with a newline.
struct Note {
    std::string text;
    std::vector<Signature> signatures;
};
inline constexpr std::size_t note_bytes_max = 1'000'000;
inline constexpr std::size_t note_signatures_max = 100;

/// Reason: malformed "merkle.note_malformed".
Result<Note> parse_note(std::string_view bytes);
std::string to_text(const Note& note);
std::string to_line(const Signature& signature);  // "— name base64\n"

/// `seconds`: when, since 1970; for cosignatures only.
Signature sign(const SigningKey& key, std::string_view text, std::int64_t seconds = 0);
/// Name, id and signature are this key's.
bool is_signed_by(const VerifierKey& key, std::string_view text, const Signature& signature);
/// The first signature of that key that is right; nullptr when there is none.
const Signature* find_signature(const Note& note, const VerifierKey& key);
/// When a cosignature was given, since 1970.
std::int64_t signed_at(const Signature& cosignature);

struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Hash root;
    std::vector<std::string> extensions = {};
    bool operator==(const Checkpoint&) const = default;
};
/// The text of a note. Reason: malformed "merkle.checkpoint_malformed".
Result<Checkpoint> parse_checkpoint(std::string_view text);
std::string to_text(const Checkpoint& checkpoint);

/// A checkpoint as published. Reasons of parse_note and parse_checkpoint; invalid "merkle.signature_missing" {name}
/// when `key` has not signed it, "merkle.origin_differs" {expected, found} when the key is not the log's.
Result<Checkpoint> open_checkpoint(const Note& note, const VerifierKey& key);

/// C2SP tlog-proof.
struct InclusionProof {
    std::uint64_t index = 0;
    std::vector<std::string> hashes;
    std::string extra;
    std::string checkpoint;  // the signed note
};
/// Reason: malformed "merkle.proof_malformed".
Result<InclusionProof> parse_proof(std::string_view text);
std::string to_text(const InclusionProof& proof);

}  // namespace motcua::merkle
