// The end of an account: asked for by its person and confirmed by an officer, or because nobody has used it for as long
// as the configuration says. What the law keeps stays: dossiers for their time (transparency/erasure.hpp), the audit
// trail.
#pragma once

#include <functional>
#include <string_view>

#include "privacy/own_data.hpp"

namespace motcua::privacy {

struct DossierCount {
    std::int64_t all = 0;
    std::int64_t running = 0;  // while there are any, nothing is erased
};
/// Of the person's dossiers. Cost: each is read.
DossierCount count_dossiers(db::Session& session, PersonId person);

/// Reason conflict "privacy.dossiers_running" {count}: they need somebody to hear of them.
Result<void> check_erasable(db::Session& session, PersonId person);

/// Erases the account of a request of kind erase and answers it, with everything else the person asked; what was
/// written in them goes. The caller has checked the right to do so. Blocking. Reasons: not_found
/// "privacy.request_not_found", conflict "privacy.answered_already", "privacy.not_an_erasure", invalid
/// "privacy.text_missing", those of check_erasable and identity::erase_account.
Result<void> confirm_erasure(const Parts& parts, std::int64_t request, std::string_view answer,
                             const ledger::Meta& meta);

/// Erases accounts that nobody has used since `before` and that have no running dossier; answers how many. Stops when
/// `stopping` says so. Reasons: those of the committer.
Result<int> erase_idle_accounts(const Parts& parts, Instant before, std::string_view rule, const ledger::Meta& meta,
                                const std::function<bool()>& stopping);

}  // namespace motcua::privacy
