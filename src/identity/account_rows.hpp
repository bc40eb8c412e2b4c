// Accounts as rows: loading, listing, and the write set that a decision's events make of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.hpp"

namespace motcua::identity {

std::optional<Account> find_account(db::Session& session, AccountId id);
std::optional<AccountId> find_account_id(db::Session& session, std::string_view user_name);
std::optional<PersonData> find_person(db::Session& session, AccountId id);
std::vector<Grant> read_grants(db::Session& session, AccountId id);

/// The write set of `events` for the account as loaded (or a new one with its fixed members set): head check, row of
/// the account, posts and grants. The caller adds further rows behind.
ledger::WriteSet make_write_set(const Account& before, Events events, ledger::Meta meta);
/// Sealed, and found by the keyed hashes of its numbers.
ledger::RowChange insert_person(FieldKeys& keys, AccountId id, const PersonData& person);
ledger::RowChange update_person(FieldKeys& keys, AccountId id, const PersonData& person);
ledger::RowChange put_password(AccountId id, std::string hash, Instant at);

/// Moves the head of an account inside an administrative transaction that has appended events by itself.
void store_head(db::WriteSession& session, AccountId id, ledger::Head head);
std::optional<ledger::Head> find_head(db::Session& session, AccountId id);

/// What sign-in needs, in one read.
struct SignInRow {
    AccountId id;
    std::string password_hash;  // empty when it has none
};
std::optional<SignInRow> find_sign_in(db::Session& session, std::string_view user_name);

struct StaffRow {
    AccountId id;
    std::string user_name;
    std::string display_name;
    bool disabled = false;
};
struct StaffQuery {
    OfficerId viewer;  // lists what this officer may manage on `day`; none = everything
    LocalDay day;
    UnitId unit;        // holds a post in this unit or below; none = any
    std::string words;  // search key; empty = any
    std::string after;  // user name of the last one seen
    std::int64_t limit = 50;
};
/// Staff accounts by user name.
std::vector<StaffRow> list_staff(db::Session& session, const StaffQuery& query);

/// An officer who holds a role, for assignment lists.
struct RoleHolder {
    OfficerId id;
    std::string name;
    std::string title;
};
/// Active officers who hold the role for the subject on the day, by name.
std::vector<RoleHolder> list_role_holders(db::Session& session, std::string_view role, const Subject& subject,
                                          LocalDay day, std::int64_t limit = 200);

/// Whether the account is one of them: an active officer who holds the role for the subject on the day.
bool is_role_holder(db::Session& session, OfficerId officer, std::string_view role, const Subject& subject,
                    LocalDay day);

/// Name of an officer, citizen or business for histories; nullopt when there is no such account.
std::optional<std::string> find_display_name(db::Session& session, AccountId id);
/// Account of a citizen or business.
std::optional<PersonId> find_person_by_citizen_id(db::Session& session, std::string_view citizen_id);
std::optional<PersonId> find_person_by_tax_code(db::Session& session, std::string_view tax_code);

/// Accounts whose rows are not the fold of their events, or hold a personal value that was damaged (`motcua doctor`);
/// sentences in English, about `limit` at most. Reads every event of every account.
std::vector<std::string> check_accounts(db::Session& session, std::size_t limit = 100);

}  // namespace motcua::identity
