// Second factors and recovery codes as rows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.hpp"

namespace motcua::identity {

struct FactorRow {
    std::string sealed_secret;
    bool active = false;  // false: begun, its first code not yet shown
    std::int64_t last_step = 0;
    Instant changed_at;
};
std::optional<FactorRow> find_factor(db::Session& session, AccountId account);
/// Since when passkeys are the account's second factor (passkeys.hpp).
std::optional<Instant> find_passkey_factor(db::Session& session, AccountId account);
/// The app's codes or passkeys: a password alone opens no session.
bool has_active_factor(db::Session& session, AccountId account);

/// Puts a begun one in the place of another begun one; an active one makes the write set a conflict.
ledger::RowChange put_begun_factor(AccountId account, std::string sealed_secret, Instant at);
/// Makes a begun one active. Conflict when it is not there or active already.
ledger::RowChange activate_factor(AccountId account, std::int64_t step, Instant at);
/// The code of that step is used up. Conflict when it or a later one was used meanwhile.
ledger::RowChange use_step(AccountId account, std::int64_t step);
/// Of either kind.
void delete_factors(AccountId account, std::vector<ledger::RowChange>& rows);
/// Conflict when they are it already.
ledger::RowChange put_passkey_factor(AccountId account, Instant since);
ledger::RowChange delete_passkey_factor(AccountId account);

/// As people type it: case, blanks and hyphens do not matter.
db::Blob hash_recovery_code(std::string_view code);
bool has_recovery_code(db::Session& session, AccountId account, const db::Blob& hash);
std::int64_t count_recovery_codes(db::Session& session, AccountId account);
ledger::RowChange insert_recovery_code(AccountId account, const db::Blob& hash);
/// Conflict when it was used meanwhile.
ledger::RowChange use_recovery_code(AccountId account, const db::Blob& hash);
ledger::RowChange delete_recovery_codes(AccountId account);

/// When the session's person last proved who he is; nullopt when there is no such session.
std::optional<Instant> find_confirmed_at(db::Session& session, AccountId account, SessionId id);
ledger::RowChange put_confirmed_at(AccountId account, SessionId id, Instant at);

}  // namespace motcua::identity
