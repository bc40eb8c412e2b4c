// Passkeys of staff: adding, listing, revoking, and signing in with one instead of password and code. Owns the table
// passkey; what an authenticator says is judged in webauthn.hpp. Each challenge counts once, for a few minutes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "identity/identity.hpp"
#include "identity/webauthn.hpp"

namespace motcua::identity {

using PasskeyId = Id<struct PasskeyTag>;

inline constexpr std::int64_t passkeys_max = 20;  // of one account
inline constexpr std::chrono::minutes challenge_age{5};

struct Passkey {
    PasskeyId id;
    AccountId account;
    PasskeyData data;
    std::string name;
    Instant created_at, used_at;
};
/// Oldest first.
std::vector<Passkey> list_passkeys(db::Session& session, AccountId account);

/// A challenge for adding one to the account, or with none named for signing in. Blocking.
Result<std::string> make_challenge(Identity& identity, AccountId account, Instant now);

/// What a browser sends; bytes.
struct SentRegistration {
    std::string name, client_data, attestation;
};
/// The caller has proven recently who he is. Blocking. Reasons: those of check_registration and check_confirmed;
/// conflict "passkey.too_many" {limit}, "passkey.known" (another account, or the same, has it).
Result<Passkey> add_passkey(Identity& identity, const RelyingParty& party, const http::Principal& principal,
                            const SentRegistration& sent, ledger::Meta meta);
/// Reason not_found "passkey.not_found", also somebody else's.
Result<ledger::WriteSet> prepare_passkey_removal(db::Session& session, const http::Principal& principal, PasskeyId id,
                                                 ledger::Meta meta);

struct SentAssertion {
    std::string credential_id, client_data, authenticator_data, signature;
};
/// Opens a session. Blocking. Reasons: unauthorized "passkey.refused" {check} (also for one that nobody has); those of
/// Identity::open_session.
Result<SignedIn> sign_in_with_passkey(Identity& identity, const RelyingParty& party, const SentAssertion& sent,
                                      const SignInAttempt& attempt);

}  // namespace motcua::identity
