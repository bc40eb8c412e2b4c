#include "privacy/account_erasure.hpp"

#include "db/secure_delete.hpp"
#include "dossier/rows.hpp"
#include "identity/account_erasure.hpp"

namespace motcua::privacy {

namespace {

constexpr int requests_max = 1000;
constexpr std::int64_t accounts_at_once = 200;

/// In one transaction: the account, and what was written in requests.
Result<void> erase(const Parts& parts, ledger::AdminTransaction& transaction, PersonId person, std::string_view answer,
                   std::string_view rule, const ledger::Meta& meta) {
    TRY(check_erasable(transaction, person));
    const identity::AccountId account{person.value};
    TRY(identity::erase_account(transaction, account, parts.identity.options().link_level_min, rule, meta));
    for (const DataRequest& one : list_requests(transaction, person, requests_max))
        blank_request(transaction, one, answer, meta);
    return {};
}

Result<void> write(const Parts& parts, const std::function<Result<void>(ledger::AdminTransaction&)>& change) {
    return parts.identity.committer().write("privacy.erase_account", [&](ledger::AdminTransaction& transaction) {
        const db::SecureDelete secure(transaction, parts.identity.database().dialect());
        return change(transaction);
    });
}

}  // namespace

DossierCount count_dossiers(db::Session& session, PersonId person) {
    DossierCount count;
    dossier::each_own(session, person, std::nullopt, [&](const dossier::Dossier& one) {
        ++count.all;
        count.running += dossier::is_closed(one.status) ? 0 : 1;
        return true;
    });
    return count;
}

Result<void> check_erasable(db::Session& session, PersonId person) {
    const std::int64_t running = count_dossiers(session, person).running;
    if (running == 0) return {};
    return fail(Errc::conflict, "privacy.dossiers_running", {{"count", std::to_string(running)}});
}

Result<void> confirm_erasure(const Parts& parts, std::int64_t request, std::string_view answer,
                             const ledger::Meta& meta) {
    return write(parts, [&](ledger::AdminTransaction& transaction) -> Result<void> {
        const auto found = find_request(transaction, request);
        if (!found) return fail(Errc::not_found, "privacy.request_not_found");
        if (found->answered_at) return fail(Errc::conflict, "privacy.answered_already");
        if (found->kind != RequestKind::erase) return fail(Errc::conflict, "privacy.not_an_erasure");
        if (answer.find_first_not_of(" \t\r\n") == std::string_view::npos)
            return fail(Errc::invalid, "privacy.text_missing", {}, {{"answer", "privacy.text_missing"}});
        return erase(parts, transaction, found->person, answer, "request " + format_id(request), meta);
    });
}

Result<int> erase_idle_accounts(const Parts& parts, Instant before, std::string_view rule, const ledger::Meta& meta,
                                const std::function<bool()>& stopping) {
    int erased = 0;
    identity::AccountId last;
    for (;;) {
        const auto idle =
            identity::list_idle_accounts(*parts.identity.database().reader(), before, last, accounts_at_once);
        for (const identity::AccountId id : idle) {
            last = id;
            if (stopping()) return erased;
            const auto done = write(parts, [&](ledger::AdminTransaction& transaction) {
                return erase(parts, transaction, PersonId{id.value}, "", rule, meta);
            });
            if (done)
                ++erased;
            else if (done.error().reason != "privacy.dossiers_running")
                return std::unexpected(done.error());
        }
        if (std::ssize(idle) < accounts_at_once) return erased;
    }
}

}  // namespace motcua::privacy
