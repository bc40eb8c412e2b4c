// Sessions and failed sign-ins as rows. Tokens are random; the table knows their hash alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.hpp"
#include "identity/guard.hpp"

namespace motcua::identity {

/// 256 random bits as base64url (43 characters).
std::string make_token(Random& random);
/// nullopt for anything that make_token cannot have made.
std::optional<db::Blob> hash_token(std::string_view token);
/// The token that forms and scripts have to show with a cookie; follows from the session's token, cannot be turned
/// back.
/// Another one under each mandate: a form that was shown before a change of roles is refused.
std::string csrf_token_of(std::string_view token, std::int64_t mandate = 0);

struct Session {
    SessionId id;
    AccountId account;
    Instant created_at;
    Instant seen_at;     // exact to a minute
    Instant expires_at;  // whatever its use
    std::string address;
    std::string agent;
    std::string provider = {};  // where it began, when not here
};

/// A request's session with what its account is now: one read by key.
struct SessionAccount {
    Session session;  // without address and agent
    AccountKind kind = AccountKind::officer;
    bool disabled = false;
    std::string display_name;
    std::int64_t access_version = 0;
    std::int64_t mandate = 0;  // under which it acts for another; 0 = none
};
std::optional<SessionAccount> find_session(db::Session& session, const db::Blob& token_hash);

/// Newest first.
std::vector<Session> list_sessions(db::Session& session, AccountId account, std::int64_t limit);

ledger::RowChange insert_session(const db::Blob& token_hash, const Session& session);
/// One row, or the write set is a conflict: it belongs to somebody else or is over.
ledger::RowChange delete_session(AccountId account, SessionId session);
ledger::RowChange delete_session_of_token(const db::Blob& token_hash);
ledger::RowChange delete_sessions(AccountId account, SessionId except);
/// Those beyond the newest `keep`.
ledger::RowChange delete_older_sessions(AccountId account, std::int64_t keep);
/// Acts under the mandate from now on; 0 = for itself. One row, or the write set is a conflict.
ledger::RowChange put_mandate(AccountId account, SessionId session, std::int64_t mandate);
ledger::RowChange touch_session(const db::Blob& token_hash, Instant seen_at);
/// Those that are over by age or idleness.
ledger::RowChange delete_ended_sessions(Instant now, Instant idle_since);

/// Keys of sign_in_guard.
struct GuardKeys {
    std::int64_t pair;
    std::int64_t name;
    std::int64_t address;
};
/// An IPv6 address counts by its first 64 bits: whoever has one has them all. "purpose|address" counts apart from other
/// purposes, so that many questions of one kind do not slow down an office's sign-ins.
GuardKeys guard_keys(std::string_view user_name, std::string_view address);
GuardState read_guard(db::Session& session, std::int64_t key);
void store_guard(db::WriteSession& session, std::int64_t key, const GuardState& state);
ledger::RowChange delete_guard(std::int64_t key);
ledger::RowChange delete_old_guards(Instant before);

}  // namespace motcua::identity
