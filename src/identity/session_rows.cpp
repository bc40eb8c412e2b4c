#include "identity/session_rows.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <sodium.h>

#include "base/check.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_session{"identity.select_session", R"(
    SELECT s.id, s.account_id, s.created_at, s.seen_at, s.expires_at, a.kind, a.status, a.display_name, a.access_version,
        s.provider, s.mandate_id
    FROM session s JOIN account a ON a.id = s.account_id WHERE s.token_hash = $1)"};
constexpr Statement select_sessions{"identity.select_sessions", R"(
    SELECT id, account_id, created_at, seen_at, expires_at, address, agent
    FROM session WHERE account_id = $1 ORDER BY id DESC LIMIT $2)"};
constexpr Statement insert_row{"identity.insert_session", R"(
    INSERT INTO session (token_hash, id, account_id, created_at, seen_at, expires_at, address, agent, confirmed_at, provider)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $4, $9))"};
constexpr Statement delete_one{"identity.delete_session", "DELETE FROM session WHERE account_id = $1 AND id = $2"};
constexpr Statement delete_token{"identity.delete_session_of_token", "DELETE FROM session WHERE token_hash = $1"};
constexpr Statement delete_others{"identity.delete_sessions", "DELETE FROM session WHERE account_id = $1 AND id <> $2"};
constexpr Statement delete_older{"identity.delete_older_sessions", R"(
    DELETE FROM session WHERE account_id = $1 AND id <= (
        SELECT id FROM session WHERE account_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2))"};
constexpr Statement put_mandate_row{"identity.put_session_mandate",
                                    "UPDATE session SET mandate_id = $3 WHERE account_id = $1 AND id = $2"};
constexpr Statement touch{"identity.touch_session",
                          "UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2"};
constexpr Statement delete_ended{"identity.delete_ended_sessions",
                                 "DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2"};

constexpr Statement select_guard{"identity.select_guard",
                                 "SELECT failures, last_at, blocked_until FROM sign_in_guard WHERE key = $1"};
constexpr Statement upsert_guard{"identity.upsert_guard", R"(
    INSERT INTO sign_in_guard (key, failures, last_at, blocked_until) VALUES ($1, $2, $3, $4)
    ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at,
        blocked_until = excluded.blocked_until)"};
constexpr Statement delete_guard_row{"identity.delete_guard", "DELETE FROM sign_in_guard WHERE key = $1"};
constexpr Statement delete_guards_before{"identity.delete_old_guards", "DELETE FROM sign_in_guard WHERE last_at < $1"};

constexpr std::size_t token_bytes = 32, hash_bytes = 32;
constexpr int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

using Bytes = std::array<unsigned char, hash_bytes>;

std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }
Instant instant(std::int64_t ms) { return Instant{std::chrono::milliseconds{ms}}; }

std::string encode(const Bytes& bytes) {
    std::string text(sodium_base64_ENCODED_LEN(hash_bytes, base64), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), base64);
    text.pop_back();
    return text;
}

std::optional<Bytes> decode(std::string_view token) {
    Bytes bytes{};
    std::size_t length = 0;
    if (sodium_base642bin(bytes.data(), bytes.size(), token.data(), token.size(), nullptr, &length, nullptr, base64) !=
            0 ||
        length != token_bytes)
        return std::nullopt;
    return bytes;
}

Bytes hash(std::string_view purpose, std::string_view text) {
    Bytes out{};
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size());
    return out;
}

/// Of an IPv6 address (but not one that stands for IPv4) the network's half; anything else as it is.
std::string network_of(std::string_view address) {
    constexpr std::size_t network_bytes = 8;
    std::string text(address);
    in6_addr parsed{};
    if (inet_pton(AF_INET6, text.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return text;
    return {reinterpret_cast<const char*>(parsed.s6_addr), network_bytes};
}

std::int64_t guard_key(std::string_view purpose, std::string_view text) {
    const Bytes bytes = hash(purpose, text);
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < sizeof key; ++i) key = key << 8 | bytes[i];
    return static_cast<std::int64_t>(key >> 1);
}

}  // namespace

std::string make_token(Random& random) {
    Bytes bytes{};
    random.fill(std::as_writable_bytes(std::span(bytes)));
    return encode(bytes);
}

std::optional<db::Blob> hash_token(std::string_view token) {
    const auto bytes = decode(token);
    if (!bytes) return std::nullopt;
    const Bytes hashed = hash("motcua session token", {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    return db::Blob{std::string(reinterpret_cast<const char*>(hashed.data()), hashed.size())};
}

std::string csrf_token_of(std::string_view token, std::int64_t mandate) {
    if (mandate == 0) return encode(hash("motcua csrf token", token));
    return encode(hash("motcua csrf token", std::string(token) + ' ' + std::to_string(mandate)));
}

std::optional<SessionAccount> find_session(db::Session& session, const db::Blob& token_hash) {
    return session.find_one(select_session, {token_hash}, [](const Row& row) {
        SessionAccount found;
        found.session.id = SessionId{row.int64(0)};
        found.session.account = AccountId{row.int64(1)};
        found.session.created_at = instant(row.int64(2));
        found.session.seen_at = instant(row.int64(3));
        found.session.expires_at = instant(row.int64(4));
        found.kind = parse_account_kind(row.text(5)).value_or(AccountKind::person);
        found.disabled = row.text(6) != "active";
        found.display_name = row.text(7);
        found.access_version = row.int64(8);
        found.session.provider = row.text(9);
        found.mandate = row.is_null(10) ? 0 : row.int64(10);
        return found;
    });
}

std::vector<Session> list_sessions(db::Session& session, AccountId account, std::int64_t limit) {
    return session.list(select_sessions, {account.value, limit}, [](const Row& row) {
        return Session{SessionId{row.int64(0)}, AccountId{row.int64(1)}, instant(row.int64(2)),
                       instant(row.int64(3)),   instant(row.int64(4)),   std::string(row.text(5)),
                       std::string(row.text(6))};
    });
}

ledger::RowChange insert_session(const db::Blob& token_hash, const Session& session) {
    return {&insert_row,
            {token_hash, session.id.value, session.account.value, milliseconds(session.created_at),
             milliseconds(session.seen_at), milliseconds(session.expires_at), session.address, session.agent,
             session.provider},
            {},
            1};
}

ledger::RowChange delete_session(AccountId account, SessionId session) {
    return {&delete_one, {account.value, session.value}, {}, 1};
}

ledger::RowChange delete_session_of_token(const db::Blob& token_hash) { return {&delete_token, {token_hash}}; }

ledger::RowChange delete_sessions(AccountId account, SessionId except) {
    return {&delete_others, {account.value, except.value}};
}

ledger::RowChange delete_older_sessions(AccountId account, std::int64_t keep) {
    return {&delete_older, {account.value, keep}};
}

ledger::RowChange put_mandate(AccountId account, SessionId session, std::int64_t mandate) {
    return {&put_mandate_row, {account.value, session.value, mandate == 0 ? db::Value{} : db::Value{mandate}}, {}, 1};
}

ledger::RowChange touch_session(const db::Blob& token_hash, Instant seen_at) {
    return {&touch, {token_hash, milliseconds(seen_at)}};
}

ledger::RowChange delete_ended_sessions(Instant now, Instant idle_since) {
    return {&delete_ended, {milliseconds(now), milliseconds(idle_since)}};
}

GuardKeys guard_keys(std::string_view user_name, std::string_view full_address) {
    const std::size_t purpose = full_address.find('|') + 1;  // 0 without one
    const std::string address = std::string(full_address.substr(0, purpose)) + network_of(full_address.substr(purpose));
    std::string pair(user_name);
    pair += '\n';
    pair += address;
    return {guard_key("motcua guard pair", pair), guard_key("motcua guard name", user_name),
            guard_key("motcua guard address", address)};
}

GuardState read_guard(db::Session& session, std::int64_t key) {
    return session
        .find_one(select_guard, {key},
                  [](const Row& row) {
                      return GuardState{row.int64(0), instant(row.int64(1)), instant(row.int64(2))};
                  })
        .value_or(GuardState{});
}

void store_guard(db::WriteSession& session, std::int64_t key, const GuardState& state) {
    session.execute(upsert_guard,
                    {key, state.failures, milliseconds(state.last_at), milliseconds(state.blocked_until)});
}

ledger::RowChange delete_guard(std::int64_t key) { return {&delete_guard_row, {key}}; }

ledger::RowChange delete_old_guards(Instant before) { return {&delete_guards_before, {milliseconds(before)}}; }

}  // namespace motcua::identity
