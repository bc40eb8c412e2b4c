#include "identity/account_erasure.hpp"

#include "identity/account_rows.hpp"
#include "identity/mandate.hpp"

namespace motcua::identity {

namespace {

using db::Statement;

constexpr std::int64_t mandates_at_once = 100;

constexpr Statement of_account[] = {
    {"identity.erase_sessions", "DELETE FROM session WHERE account_id = $1"},
    {"identity.erase_credentials", "DELETE FROM credential WHERE account_id = $1"},
    {"identity.erase_passkeys", "DELETE FROM passkey WHERE account_id = $1"},
    {"identity.erase_passkey_factor", "DELETE FROM passkey_factor WHERE account_id = $1"},
    {"identity.erase_recovery_codes", "DELETE FROM recovery_code WHERE account_id = $1"},
    {"identity.erase_second_factor", "DELETE FROM second_factor WHERE account_id = $1"},
    {"identity.erase_links", "DELETE FROM external_identity WHERE account_id = $1"},
    {"identity.erase_mandates", "DELETE FROM mandate WHERE giver_id = $1 OR holder_id = $1"},
    {"identity.erase_person", "DELETE FROM person WHERE account_id = $1"},
};
constexpr Statement erase_mandate{"identity.erase_mandate", "DELETE FROM mandate WHERE id = $1"};
constexpr Statement blank_account{"identity.blank_account", R"(
    UPDATE account SET user_name = $2, display_name = '', name_key = '', status = 'disabled', access_version = $3,
        version = $3, position = $4 WHERE id = $1)"};
constexpr Statement select_idle{"identity.select_idle_accounts", R"(
    SELECT a.id FROM account a JOIN person p ON p.account_id = a.id
    JOIN event e ON e.position = a.position
    WHERE a.id > $1 AND a.kind <> 'officer' AND e.at < $2 ORDER BY a.id LIMIT $3)"};

}  // namespace

Result<void> erase_account(ledger::AdminTransaction& transaction, AccountId id, int proof_min, std::string_view rule,
                           const ledger::Meta& meta) {
    const auto account = find_account(transaction, id);
    if (!account || account->kind == AccountKind::officer) return fail(Errc::not_found, "account.not_found");
    if (!find_person(transaction, id)) return fail(Errc::conflict, "account.erased_already");
    // Those that name him by number alone are found while his number is still known.
    const auto list = [&] { return list_held(transaction, id, proof_min, mandates_at_once); };
    for (auto held = list(); !held.empty(); held = list())
        for (const Mandate& mandate : held) transaction.execute(erase_mandate, {mandate.id.value});
    for (const Statement& statement : of_account) transaction.execute(statement, {id.value});
    const ledger::NewEvent erased{"account_erased", 1, {{"rule", rule}}};
    const ledger::Head head =
        transaction.append(ledger::StreamKind::account, id.value, account->head, meta, {&erased, 1});
    transaction.execute(blank_account, {id.value, "x-" + to_string(id), head.version, head.position});
    return {};
}

std::vector<AccountId> list_idle_accounts(db::Session& session, Instant before, AccountId after, std::int64_t limit) {
    return session.list(select_idle, {after.value, before.time_since_epoch().count(), limit},
                        [](const db::Row& row) { return AccountId{row.int64(0)}; });
}

}  // namespace motcua::identity
