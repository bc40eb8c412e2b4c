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

/// What a challenge is good for; for signing in it belongs to no account.
enum class Purpose { sign_in, add, confirm };
/// Blocking.
Result<std::string> make_challenge(Identity& identity, Purpose purpose, AccountId account, Instant now);

/// What a browser sends; bytes.
struct SentRegistration {
    std::string name, client_data, attestation;
};
struct AddedPasskey {
    Passkey passkey;
    std::vector<std::string> recovery_codes;  // when it became the second factor; shown this once
};
/// The caller has proven recently who he is. Where a role demands a second factor and there is none, the passkey is it
/// from now on and the other sessions end. Blocking. Reasons: those of check_registration and check_confirmed; conflict
/// "passkey.too_many" {limit}, "passkey.known" (another account, or the same, has it).
Result<AddedPasskey> add_passkey(Identity& identity, const RelyingParty& party, const http::Principal& principal,
                                 const SentRegistration& sent, ledger::Meta meta);
/// With the last one a second factor by passkeys is off, which needs a recent proof. Reasons: not_found
/// "passkey.not_found", also somebody else's; forbidden "session.confirmation_required".
Result<ledger::WriteSet> prepare_passkey_removal(const Identity& identity, db::Session& session,
                                                 const http::Principal& principal, PasskeyId id, ledger::Meta meta);
ledger::RowChange delete_passkeys(AccountId account);

struct SentAssertion {
    std::string credential_id, client_data, authenticator_data, signature;
};
/// Proves again who one is, as Identity::confirm does. Blocking. Reason unauthorized "passkey.refused" {check}, also
/// for a passkey of another account.
Result<void> confirm_with_passkey(Identity& identity, const RelyingParty& party, const http::Principal& principal,
                                  const SentAssertion& sent, ledger::Meta meta);
/// Opens a session; where a role demands a second factor and there is none, passkeys are it from now on. Blocking.
/// Reasons: unauthorized "passkey.refused" {check} (also for one that nobody has); those of Identity::open_session.
Result<SignedIn> sign_in_with_passkey(Identity& identity, const RelyingParty& party, const SentAssertion& sent,
                                      const SignInAttempt& attempt);

}  // namespace motcua::identity
