#include "identity/delegation.hpp"

#include <algorithm>

#include "identity/account_rows.hpp"
#include "identity/roles.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_delegated{"identity.select_delegated_posts", R"(
    SELECT id, account_id FROM post WHERE delegated_by = $1 AND delegated_by <> 0 ORDER BY id LIMIT $2)"};

constexpr std::int64_t delegations_shown = 200;

struct Delegated {
    PostId post;
    AccountId holder;
};
std::vector<Delegated> delegated_by(db::Session& session, AccountId from) {
    return session.list(select_delegated, {from.value, delegations_shown}, [](const Row& row) {
        return Delegated{PostId{row.int64(0)}, AccountId{row.int64(1)}};
    });
}

bool manages_accounts(const Roles& roles, std::string_view id) {
    const Role* role = roles.find(id);
    return role && role->has(permission::account_manage);
}

}  // namespace

std::vector<Delegation> list_delegations(db::Session& session, AccountId from, LocalDay today) {
    std::vector<Delegation> found;
    for (const Delegated& one : delegated_by(session, from)) {
        const auto holder = find_account(session, one.holder);
        const Post* post = holder ? holder->find_post(one.post) : nullptr;
        if (post && today < post->validity.to) found.push_back({*post, one.holder, holder->display_name});
    }
    return found;
}

Result<Events> decide_delegate(const Account& from, const Account& to, const DelegationOrder& order, PostId fresh,
                               LocalDay today, const Facts& facts) {
    const Post* held = from.find_post(order.post);
    if (!held) return fail(Errc::not_found, "account.post_not_found");
    if (held->delegated_by) return fail(Errc::conflict, "delegation.chain");
    if (manages_accounts(facts.roles, held->role)) return fail(Errc::conflict, "delegation.role");
    const bool works_there = std::ranges::any_of(to.posts, [&](const Post& post) {
        return post.unit == held->unit && !post.delegated_by && post.validity.covers(today);
    });
    if (to.kind != AccountKind::officer || to.disabled || to.id == from.id || !works_there)
        return fail(Errc::conflict, "delegation.colleague");
    const LocalDay end = order.to + std::chrono::days{1};
    if (order.from < today || order.to < order.from || order.to - order.from >= delegation_days_max ||
        order.from < held->validity.from || held->validity.to < end)
        return fail(Errc::invalid, "delegation.dates", {{"days", std::to_string(delegation_days_max.count())}});
    Post post = *held;
    post.id = fresh;
    post.validity = {order.from, end};
    post.delegated_by = from.id;
    return decide_give_post(to, post, facts);
}

Result<ledger::WriteSet> prepare_delegation(Identity& identity, db::Session& session, const http::Principal& principal,
                                            const DelegationOrder& order, ledger::Meta meta) {
    TRY(identity.check_confirmed(session, principal, meta.at));
    const auto from = find_account(session, AccountId{principal.id});
    const auto id = find_account_id(session, order.user_name);
    const auto to = id ? find_account(session, *id) : std::nullopt;
    if (!from) return fail(Errc::not_found, "account.not_found");
    if (!to) return fail(Errc::conflict, "delegation.colleague");
    const auto directory = identity.directory();
    Events events = TRY(decide_delegate(*from, *to, order, identity.ids().make<PostId>(), local_day(meta.at),
                                        {identity.roles(), *directory}));
    return make_write_set(*to, std::move(events), std::move(meta));
}

Result<ledger::WriteSet> prepare_delegation_end(db::Session& session, const http::Principal& principal, PostId post,
                                                ledger::Meta meta) {
    for (const Delegated& one : delegated_by(session, AccountId{principal.id})) {
        if (one.post != post) continue;
        const auto holder = find_account(session, one.holder);
        const Post* held = holder ? holder->find_post(post) : nullptr;
        if (!held || held->validity.to <= local_day(meta.at)) break;
        // One that has not begun never does.
        const LocalDay end = std::max(local_day(meta.at), held->validity.from);
        Events events = TRY(decide_end_post(*holder, post, end));
        return make_write_set(*holder, std::move(events), std::move(meta));
    }
    return fail(Errc::not_found, "delegation.not_found");
}

}  // namespace motcua::identity
