// Staff administration: who may see and change which account is decided here, by the subtree that the caller manages.
// An account outside of it is answered like one that does not exist.
#include <algorithm>

#include "base/text.hpp"
#include "http/page.hpp"
#include "http/router.hpp"
#include "identity/account_json.hpp"
#include "identity/account_rows.hpp"
#include "identity/identity.hpp"
#include "identity/routes.hpp"
#include "identity/session_rows.hpp"
#include "organisation/directory.hpp"

namespace motcua::identity {

namespace {

using http::Context;
using http::Prepared;
using http::Request;
using http::Response;
namespace field = http::field;

/// One administrative request: the caller's access and the units of this moment.
struct Desk {
    Desk(Identity& i, const Context& context, const Request& request)
        : identity(i),
          access(i.access(request.principal)),
          directory(i.directory()),
          today(local_day(context.now)),
          lang(request.lang) {}

    bool manages(UnitId unit) const {
        if (unit == everywhere) return access->may_everywhere(permission::account_manage, today);
        return access->may(permission::account_manage, {unit}, today);
    }
    /// Every post that has not ended, or when there is none every post: who manages only a part of somebody's work must
    /// not take over the rest of it.
    bool manages(const Account& account) const {
        const auto is_present = [&](const Post& post) { return post.validity.to > today; };
        const bool any_present = std::ranges::any_of(account.posts, is_present);
        return !account.posts.empty() && std::ranges::all_of(account.posts, [&](const Post& post) {
            return (any_present && !is_present(post)) || manages(post.unit);
        });
    }
    /// Part of somebody's work is enough to see the account.
    bool sees(const Account& account) const {
        return std::ranges::any_of(account.posts, [&](const Post& post) { return manages(post.unit); });
    }
    Result<void> check_unit(UnitId unit) const {
        if (manages(unit)) return {};
        const organisation::Unit* found = directory->find(unit);
        return fail(Errc::forbidden, "account.outside_scope", {{"unit", found ? found->name : "*"}});
    }
    json::object json_of(const Account& account) const {
        return account_json(account, *directory, identity.roles(), lang);
    }

    Identity& identity;
    std::shared_ptr<const Access> access;
    std::shared_ptr<const organisation::Directory> directory;
    LocalDay today;
    Lang lang;
};

enum class Need { see, manage };

Result<Account> load(const Desk& desk, Context& context, const Request& request, Need need) {
    const auto id = parse_id(request.param("id"));
    auto account = id ? find_account(context.db, AccountId{*id}) : std::nullopt;
    if (!account || account->kind != AccountKind::officer || !desk.sees(*account))
        return fail(Errc::not_found, "account.not_found");
    if (need == Need::see) return *std::move(account);
    if (account->id.value == request.principal.id) return fail(Errc::conflict, "account.own_account");
    if (!desk.manages(*account)) return fail(Errc::forbidden, "account.managed_elsewhere");
    if (auto expected = TRY(http::expected_version(request)); expected && *expected != account->head.version)
        return fail(Errc::stale, "request.stale");
    return *std::move(account);
}

/// The answer to a change: the account as it will be.
Prepared changed(const Desk& desk, const Account& before, Events events, ledger::Meta meta) {
    Account after = before;
    for (const ledger::NewEvent& event : events) apply(after, event.type, event.data);
    Response answer = Response::json(desk.json_of(after));
    answer.version(after.head.version);
    return {make_write_set(before, std::move(events), std::move(meta)), std::move(answer)};
}

Result<Response> list_accounts(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    const http::PageRequest page = TRY(http::page_request(request, 1));
    StaffQuery query{.viewer = OfficerId{request.principal.id},
                     .day = desk.today,
                     .unit = {},
                     .words = {},
                     .after = {},
                     .limit = page.limit + 1};
    query.words = fold(string_or(request.input, "words"));
    if (auto code = find_string(request.input, "unit")) {
        const organisation::Unit* unit = desk.directory->find_code(*code);
        if (!unit) return fail(Errc::invalid, "account.unit_unknown", {{"unit", std::string(*code)}});
        query.unit = unit->id;
    }
    if (page.after) {
        const json::string* name = page.after->at(0).if_string();
        if (!name) return fail(Errc::malformed, "request.bad_cursor");
        query.after = *name;
    }
    auto rows = list_staff(context.db, query);
    const bool more = static_cast<std::int64_t>(rows.size()) > page.limit;
    if (more) rows.pop_back();
    json::array items;
    for (const StaffRow& row : rows)
        if (auto account = find_account(context.db, row.id)) items.push_back(desk.json_of(*account));
    return http::page_response(std::move(items),
                               more ? std::optional(json::array{rows.back().user_name}) : std::nullopt);
}

Result<Prepared> create_account(Identity& identity, Context& context, const Request& request) {
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    const Desk desk(identity, context, request);
    NewAccount command;
    command.user_name = TRY(normalize_user_name(string_or(request.input, "user_name")));
    command.display_name = nfc(string_or(request.input, "name"));
    for (const json::value& input : *find_array(request.input, "posts")) {
        Post post = TRY(read_post_input(input.as_object(), *desk.directory, desk.today));
        TRY(desk.check_unit(post.unit));
        post.id = context.ids.make<PostId>();
        command.posts.push_back(std::move(post));
    }
    Account account;
    account.id = context.ids.make<AccountId>();
    account.created_at = context.now;
    auto write = TRY(identity.prepare_account(context.db, account.id, std::move(command), context.meta(request)));
    for (const ledger::NewEvent& event : write.events) apply(account, event.type, event.data);
    Response answer = Response::created("/api/v1/accounts/" + to_string(account.id), desk.json_of(account));
    answer.version(account.head.version);
    return Prepared(std::move(write), std::move(answer));
}

Result<Response> get_account(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    const Account account = TRY(load(desk, context, request, Need::see));
    Response answer = Response::json(desk.json_of(account));
    answer.version(account.head.version);
    return answer;
}

Result<Prepared> disable(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    const Account account = TRY(load(desk, context, request, Need::manage));
    Prepared prepared = changed(desk, account, TRY(decide_disable(account)), context.meta(request));
    prepared.write->rows.push_back(delete_sessions(account.id, SessionId{}));
    return prepared;
}

Result<Prepared> enable(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    const Account account = TRY(load(desk, context, request, Need::manage));
    return changed(desk, account, TRY(decide_enable(account)), context.meta(request));
}

Result<Prepared> give_post(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    // Whoever manages the new unit may give the post, wherever the officer works otherwise; not to himself.
    const Account account = TRY(load(desk, context, request, Need::see));
    if (account.id.value == request.principal.id) return fail(Errc::conflict, "account.own_account");
    Post post = TRY(read_post_input(request.input, *desk.directory, desk.today));
    TRY(desk.check_unit(post.unit));
    post.id = context.ids.make<PostId>();
    Events events = TRY(decide_give_post(account, post, {identity.roles(), *desk.directory}));
    Prepared prepared = changed(desk, account, std::move(events), context.meta(request));
    prepared.answer.status = 201;
    return prepared;
}

Result<Prepared> end_post(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    const Account account = TRY(load(desk, context, request, Need::see));
    if (account.id.value == request.principal.id) return fail(Errc::conflict, "account.own_account");
    const PostId id{parse_id(request.param("post")).value_or(0)};
    const Post* post = account.find_post(id);
    if (!post || !desk.manages(post->unit)) return fail(Errc::not_found, "account.post_not_found");
    LocalDay to = desk.today;
    if (auto text = find_string(request.input, "to")) to = TRY(parse_day(*text));
    return changed(desk, account, TRY(decide_end_post(account, id, to)), context.meta(request));
}

Result<Response> reset_password(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    const Account account = TRY(load(desk, context, request, Need::manage));
    const std::string password = make_password(context.random);
    TRY(identity.set_password(account.id, password, context.meta(request)));
    return Response::json(json::object{{"password", password}});
}

Result<Prepared> remove_second_factor(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    const Account account = TRY(load(desk, context, request, Need::manage));
    return Prepared(TRY(identity.prepare_factor_removal(context.db, account, context.meta(request))),
                    Response::no_content());
}

Result<Response> list_roles(const Identity& identity, const Request& request) {
    json::array items;
    for (const Role& role : identity.roles().all()) {
        json::array permissions;
        for (const std::string& name : role.permissions) {
            const PermissionInfo* info = find_permission(name);
            permissions.push_back(
                json::object{{"name", name}, {"text", request.lang == Lang::en ? info->en : info->vi}});
        }
        items.push_back(
            json::object{{"id", role.id}, {"name", role.name(request.lang)}, {"permissions", std::move(permissions)}});
    }
    return http::page_response(std::move(items), std::nullopt);
}

Result<Response> list_officers(Identity& identity, Context& context, const Request& request) {
    const Desk desk(identity, context, request);
    const std::string code = string_or(request.input, "unit"), name = string_or(request.input, "field");
    const organisation::Unit* unit = desk.directory->find_code(code);
    if (!unit) return fail(Errc::invalid, "account.unit_unknown", {{"unit", code}});
    const ProcedureId procedure{parse_id(string_or(request.input, "procedure")).value_or(0)};
    const Subject subject{unit->id, name, procedure};
    if (!desk.access->may(permission::dossier_assign, subject, desk.today))
        return fail(Errc::forbidden, "account.outside_scope", {{"unit", unit->name}});
    json::array items;
    for (const RoleHolder& holder :
         list_role_holders(context.db, string_or(request.input, "role"), subject, desk.today))
        items.push_back(json::object{{"id", to_string(holder.id)}, {"name", holder.name}, {"title", holder.title}});
    return http::page_response(std::move(items), std::nullopt);
}

http::Fields named_permission() {
    return {field::text("name", "Permission").required(), field::text("text", "What it allows").required()};
}

}  // namespace

void register_account_routes(http::Router& router, Identity& identity) {
    router.schema("Account", account_fields());
    router.schema("Role",
                  {field::text("id", "Id").required(), field::text("name", "Name").required(),
                   field::array("permissions", field::object("", named_permission(), ""), "Permissions").required()});
    router.schema("Officer", {field::id("id", "Account").required(), field::text("name", "Name").required(),
                              field::text("title", "Title of the post").required()});
    router.schema("NewPassword", {field::text("password", "Shown this once").required()});

    // Handlers are functions of (Identity&, Context&, const Request&).
    const auto with = [&identity](auto handler) {
        return [&identity, handler](Context& context, const Request& request) {
            return handler(identity, context, request);
        };
    };
    http::Fields list_query = http::page_fields();
    list_query.push_back(field::text("unit", "Code: posts in this unit or below").length(1, 40));
    list_query.push_back(field::text("words", "Part of the name or user name").length(1, 100));
    router.query("GET", "/api/v1/accounts", permission::account_manage,
                 {.summary = "Staff accounts of the units that the caller manages, by user name",
                  .query = std::move(list_query),
                  .answer = "Account",
                  .answer_is_list = true},
                 with(list_accounts));
    router.command("POST", "/api/v1/accounts", permission::account_manage,
                   {.summary = "Create a staff account; it has no password yet",
                    .input = {field::text("user_name", "2 to 64 of a-z 0-9 . _ @ -").required().length(2, 64),
                              field::text("name", "Name of the officer").required().length(1, 200),
                              field::array("posts", field::object("", post_fields(), "Post"), "At least one")
                                  .required()
                                  .length(1, posts_max)},
                    .answer = "Account",
                    .status = 201},
                   with(create_account));
    router.query("GET", "/api/v1/accounts/{id}", permission::account_manage,
                 {.summary = "A staff account", .answer = "Account"}, with(get_account));
    router.command(
        "POST", "/api/v1/accounts/{id}/disable", permission::account_manage,
        {.summary = "Disable an account; its sessions end", .answer = "Account", .if_match = http::IfMatch::optional},
        with(disable));
    router.command("POST", "/api/v1/accounts/{id}/enable", permission::account_manage,
                   {.summary = "Enable a disabled account", .answer = "Account", .if_match = http::IfMatch::optional},
                   with(enable));
    router.query("PUT", "/api/v1/accounts/{id}/password", permission::account_manage,
                 {.summary = "Give a new password, shown once; the account's sessions end",
                  .answer = "NewPassword",
                  .if_match = http::IfMatch::optional,
                  .slow = true},
                 with(reset_password));
    router.command("DELETE", "/api/v1/accounts/{id}/second-factor", permission::account_manage,
                   {.summary = "Take off the second factor of an officer who lost it; the account's sessions end",
                    .status = 204,
                    .if_match = http::IfMatch::optional},
                   with(remove_second_factor));
    router.command("POST", "/api/v1/accounts/{id}/posts", permission::account_manage,
                   {.summary = "Give a post", .input = post_fields(), .answer = "Account", .status = 201},
                   with(give_post));
    router.command("POST", "/api/v1/accounts/{id}/posts/{post}/end", permission::account_manage,
                   {.summary = "End a post",
                    .input = {field::day("to", "First day without the post; today unless given")},
                    .answer = "Account"},
                   with(end_post));
    router.query("GET", "/api/v1/roles", http::permission::as_officer,
                 {.summary = "Roles and their permissions", .answer = "Role", .answer_is_list = true},
                 [&identity](Context&, const Request& request) { return list_roles(identity, request); });
    router.query("GET", "/api/v1/officers", permission::dossier_assign,
                 {.summary = "Officers who hold a role for a unit, to choose one from",
                  .query = {field::text("unit", "Code").required().length(1, 40),
                            field::text("role", "Role").required().length(1, 40),
                            field::text("field", "Field code of the dossier").length(1, 40),
                            field::id("procedure", "Procedure of the dossier")},
                  .answer = "Officer",
                  .answer_is_list = true},
                 with(list_officers));
}

void register_routes(http::Router& router, Identity& identity) {
    register_session_routes(router, identity);
    register_second_factor_routes(router, identity);
    register_mandate_routes(router, identity);
    register_delegation_routes(router, identity);
    register_account_routes(router, identity);
}

}  // namespace motcua::identity
