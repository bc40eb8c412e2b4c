// An officer on leave hands a post over to a colleague for some days: the colleague holds the same post, marked with
// who delegated it, and it ends by itself. Owns the rules; the post is an ordinary one (account.hpp), so that every
// check of access, every list and every report sees it.
#pragma once

#include <string>
#include <vector>

#include "identity/identity.hpp"

namespace motcua::identity {

inline constexpr std::chrono::days delegation_days_max{60};

struct DelegationOrder {
    PostId post;            // of the one who goes on leave
    std::string user_name;  // of the colleague
    LocalDay from, to;      // both included
};

/// A post held for somebody.
struct Delegation {
    Post post;
    AccountId holder;
    std::string holder_name;
};
/// Those that the account has handed over and that are not over, oldest first.
std::vector<Delegation> list_delegations(db::Session& session, AccountId from, LocalDay today);

/// The new post, as events of the colleague's account; pure. `fresh` is its id. Reasons: not_found
/// "account.post_not_found"; conflict "delegation.chain" (held for somebody oneself), "delegation.role" (who manages
/// accounts delegates through another administrator), "delegation.colleague" (not an officer of that unit, disabled, or
/// oneself); invalid "delegation.dates" {days}: from today on, within the post's own time; those of decide_give_post.
Result<Events> decide_delegate(const Account& from, const Account& to, const DelegationOrder& order, PostId fresh,
                               LocalDay today, const Facts& facts);

/// Reasons besides: forbidden "session.confirmation_required".
Result<ledger::WriteSet> prepare_delegation(Identity& identity, db::Session& session, const http::Principal& principal,
                                            const DelegationOrder& order, ledger::Meta meta);
/// By who gave it, before its time. Reason not_found "delegation.not_found", also somebody else's.
Result<ledger::WriteSet> prepare_delegation_end(db::Session& session, const http::Principal& principal, PostId post,
                                                ledger::Meta meta);

}  // namespace motcua::identity
