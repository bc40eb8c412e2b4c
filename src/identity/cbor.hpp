// The part of CBOR (RFC 8949) that authenticators write (CTAP 2.1 §8): definite lengths, shortest heads, whole numbers,
// byte and text strings, arrays, maps with distinct keys. Everything else is refused, so that one thing has one
// spelling.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace motcua::identity {

struct CborValue;
using CborArray = std::vector<CborValue>;
struct CborMember;
using CborMap = std::vector<CborMember>;

struct CborBytes {
    std::string bytes;
    bool operator==(const CborBytes&) const = default;
};

struct CborValue {
    std::variant<std::int64_t, std::string, CborBytes, bool, std::monostate, CborArray, CborMap> value;
    bool operator==(const CborValue& other) const;

    /// Members of a map by key; null when there is none or this is no map.
    const CborValue* find(std::int64_t key) const;
    const CborValue* find(std::string_view key) const;
    std::optional<std::int64_t> integer() const;
    const std::string* text() const;
    const std::string* bytes() const;
};

struct CborMember {
    CborValue key, value;
    bool operator==(const CborMember&) const = default;
};

inline constexpr int cbor_depth_max = 8;
inline constexpr std::size_t cbor_members_max = 256;  // of one map: each key is compared with all before it

/// The first value and how many bytes it takes; nullopt for anything that is none.
std::optional<std::pair<CborValue, std::size_t>> read_cbor(std::string_view bytes);

}  // namespace motcua::identity
