// Erasing the account of a citizen or business: whatever says who it is or lets anybody in goes. Its number and its
// events stay (they carry no personal data), so that dossiers, audit trail and the proofs of the log stay good.
#pragma once

#include <string_view>
#include <vector>

#include "identity/account.hpp"
#include "ledger/committer.hpp"

namespace motcua::identity {

/// Within the transaction of whoever decided so: person, password, passkeys, second factor, links to identity
/// providers, sessions, mandates given and held. `proof_min`: from which a number makes somebody the holder of a
/// mandate (Options::link_level_min). Reasons: not_found "account.not_found" (staff, too), conflict
/// "account.erased_already".
Result<void> erase_account(ledger::AdminTransaction& transaction, AccountId id, int proof_min, std::string_view rule,
                           const ledger::Meta& meta);

/// Accounts of citizens and businesses that are not erased and whose last event is before `before`, by id.
std::vector<AccountId> list_idle_accounts(db::Session& session, Instant before, AccountId after, std::int64_t limit);

}  // namespace motcua::identity
