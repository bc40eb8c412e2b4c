// What the log says about one event, and how personal data stays out of it (docs/transparency.md). An entry is one
// line:
//
//   motcua/event/1 POSITION VERSION TYPE SCHEMA TIME CONTEXT DATA
//
// CONTEXT commits to stream, previous event, actor and request, DATA to each member of the event's data, both salted,
// so that the line gives nothing away. An opening (salts, or digests in their place) shows any part of it and is
// destroyed when the part is erased. Pure; owns the format, leaves out storage and signing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "ledger/ledger.hpp"
#include "ledger/raw.hpp"
#include "merkle/tree.hpp"

namespace motcua::transparency {

inline constexpr std::size_t secret_bytes = 32;
inline constexpr std::size_t salt_bytes = 16;

/// How salts come out of a secret: 0 = context, 1… = members. Stored with each leaf, never renumbered.
enum class SaltRule : std::int64_t {
    blake2b = 1,   // one crypto_kdf each; leaves of before
    chacha20 = 2,  // the keystream (RFC 8439) under the secret, cut into salts: a fifth of the time
};
/// What an event's salts are derived from.
struct Secret {
    SaltRule rule = SaltRule::chacha20;
    std::string bytes = {};  // none once it is erased
};

using ledger::RawEvent;

/// What opens one commitment: the salt, or for a part that is not shown (any more) its digest.
struct Opening {
    std::string salt;  // 16 bytes; empty: `digest` stands for the part
    std::string digest;
    bool operator==(const Opening&) const = default;
};
struct Openings {
    Opening context;
    std::vector<Opening> members;  // of the data as it was written, in order
};

Openings derive_openings(const Secret& secret, std::size_t members);

/// The members `"name":value` of an object as written by the program: no white space between them. Reason: malformed
/// "transparency.data_malformed".
Result<std::vector<std::string_view>> split_members(std::string_view object);
/// The name in a member's text; empty when it is none.
std::string member_name(std::string_view member);

merkle::Hash member_digest(std::string_view salt, std::string_view member);

struct Entry {
    std::int64_t position = 0;
    std::int64_t version = 0;
    std::string type;
    std::int64_t schema = 1;
    std::int64_t at_ms = 0;
    merkle::Hash context;
    merkle::Hash data;
    bool operator==(const Entry&) const = default;
};
std::string to_text(const Entry& entry);
/// Reason: malformed "transparency.entry_malformed".
Result<Entry> parse_entry(std::string_view text);

/// The entry of an event. Present members of the data take the openings that have a salt, in order; the others stand
/// for themselves. Reasons: "transparency.data_malformed", invalid "transparency.members_differ" when there are more or
/// fewer members than salts.
Result<Entry> make_entry(const RawEvent& event, const Openings& openings);
/// The same of an event as it was written (with its row), with the salts of its secret: what make_entry makes of
/// derive_openings.
Result<Entry> make_entry(const ledger::StoredEvent& event, const Secret& secret);
/// DATA out of the digests of all members.
merkle::Hash data_commitment(const std::vector<merkle::Hash>& digests);

/// {"context":{"salt":…},"members":[{"salt":…},{"digest":…}]}, bytes in base64.
json::object to_json(const Openings& openings);
/// Reason: malformed "transparency.opening_malformed".
Result<Openings> openings_from_json(const json::object& object);
json::object to_json(const Opening& opening);
Result<Opening> opening_from_json(const json::object& object);

}  // namespace motcua::transparency
