// An account as the fold of its events, and the decisions that make them. Pure: no database, no clock, no passwords.
// Owns the events of StreamKind::account:
//   account_created {kind, user_name, name}  (of citizens and businesses neither: rows only)
//   post_given {post, unit, role, title, from, to, fields, procedures, delegated_by}   post_ended {post, to}
//   account_disabled   account_enabled   password_changed {by}
//   signed_in {session}   signed_out {session}   session_revoked {session}|{all}   sign_in_refused {failures}
//   session_confirmed {session}   second_factor_begun   second_factor_on   second_factor_off {by}
//   recovery_code_used {left}   recovery_codes_renewed
//   identity_linked {provider, proof}   mandate_given {mandate, kind, holder, until, source}   mandate_approved
//   {mandate} mandate_revoked {mandate}   acting_began {mandate, session}   acting_ended {mandate}   (all on the
//   giver's stream) passkey_added {passkey}   passkey_removed {passkey}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/validity.hpp"
#include "identity/access.hpp"
#include "ledger/ledger.hpp"

namespace motcua::identity {

/// Of whatever kind; an officer's is his OfficerId, a citizen's or business' its PersonId.
using AccountId = Id<struct AccountTag>;
using PostId = Id<struct PostTag>;
using SessionId = Id<struct SessionTag>;

enum class AccountKind : std::uint8_t { officer, person, business };
std::string_view to_string(AccountKind kind);
std::optional<AccountKind> parse_account_kind(std::string_view text);

struct Post {
    PostId id = {};
    UnitId unit;  // or `everywhere`
    std::string role;
    std::string title = {};  // as people call it: "Công chức tư pháp - hộ tịch"
    Validity validity = {};
    std::vector<std::string> fields = {};  // limits; both empty = none
    std::vector<ProcedureId> procedures = {};
    AccountId delegated_by = {};  // held for a colleague on leave
    bool operator==(const Post&) const = default;
};

struct Account {
    AccountId id;
    AccountKind kind = AccountKind::officer;
    std::string user_name;
    std::string display_name;
    bool disabled = false;
    Instant created_at;
    std::vector<Post> posts;
    std::int64_t access_version = 0;  // version at the last change of what the account may do
    ledger::Head head;

    const Post* find_post(PostId post) const;
};

/// One grant a limit: what Access and the table access_grant are made of.
std::vector<Grant> grants_of(const Post& post);
std::vector<Grant> grants_of(const Account& account);

/// What identifies a citizen or business; never in events.
struct PersonData {
    std::string citizen_id = {};  // 12 digits, 9 of the former identity card
    std::string tax_code = {};    // 10 digits, 10-3 of a branch, 12 of a household business
    std::string phone = {};
    std::string email = {};
    std::string address = {};
    int proof = 0;  // of citizen id and tax code: 0 by nobody, 1 and 2 as the levels of electronic identification
    bool operator==(const PersonData&) const = default;
};

struct NewAccount {
    AccountKind kind = AccountKind::officer;
    std::string user_name;
    std::string display_name;
    std::vector<Post> posts = {};  // officers: at least one; ids are given by the caller
    PersonData person = {};        // citizens and businesses
};

/// What a decision needs to know of the world.
struct Facts {
    const Roles& roles;
    const organisation::Directory& directory;
};

using Events = std::vector<ledger::NewEvent>;

/// Reasons: "account.user_name_invalid", "account.name_missing", "account.post_missing", those of decide_give_post and
/// check_person.
Result<Events> decide_create(const NewAccount& command, const Facts& facts);
/// Reasons: "account.not_an_officer", "account.role_unknown" {role}, "account.unit_unknown",
/// "account.post_outside_unit" {unit} (the unit does not exist in that time), "account.post_repeated",
/// "account.post_limits_too_many".
Result<Events> decide_give_post(const Account& account, const Post& post, const Facts& facts);
/// `to` = first day without the post. Reasons: "account.post_not_found", "account.post_end_invalid" (before its start
/// or after its present end).
Result<Events> decide_end_post(const Account& account, PostId post, LocalDay to);
/// Reason "account.disabled_already".
Result<Events> decide_disable(const Account& account);
/// Reason "account.enabled_already".
Result<Events> decide_enable(const Account& account);

/// Reasons: "account.citizen_id_invalid", "account.tax_code_invalid", "account.phone_invalid", "account.email_invalid".
Result<void> check_person(AccountKind kind, const PersonData& person);

/// Lower case, without blanks at the ends; 2 to 64 of a-z 0-9 . _ @ -. Reason "account.user_name_invalid".
Result<std::string> normalize_user_name(std::string_view text);

/// Takes an event in; also moves `head.version` and `access_version`. Events it does not know change nothing else.
void apply(Account& account, std::string_view type, const json::object& data);

inline constexpr std::size_t posts_max = 100;        // of one account, ended ones included
inline constexpr std::size_t post_limits_max = 200;  // fields and procedures of one post

}  // namespace motcua::identity
