// The API of handing a post over while on leave. Page: /tai-khoan.
#include "http/page.hpp"
#include "http/router.hpp"
#include "identity/account_json.hpp"
#include "identity/delegation.hpp"
#include "identity/routes.hpp"

namespace motcua::identity {

namespace {

using http::Context;
using http::Prepared;
using http::Request;
using http::Response;
namespace field = http::field;

constexpr std::int64_t user_name_chars = 64;

Result<Response> list(const Identity& identity, Context& context, const Request& request) {
    json::array items;
    const auto directory = identity.directory();
    for (const Delegation& one :
         list_delegations(context.db, AccountId{request.principal.id}, local_day(context.now))) {
        json::object item = post_json(one.post, *directory, identity.roles(), request.lang);
        item["holder"] = one.holder_name;
        items.push_back(std::move(item));
    }
    return http::page_response(std::move(items), std::nullopt);
}

Result<Prepared> give(Identity& identity, Context& context, const Request& request) {
    DelegationOrder order;
    order.post = PostId{parse_id(string_or(request.input, "post")).value_or(0)};
    order.user_name = string_or(request.input, "user_name");
    order.from = local_day(context.now);
    if (const auto from = find_string(request.input, "from")) order.from = TRY(parse_day(*from));
    order.to = TRY(parse_day(string_or(request.input, "to")));
    return Prepared(TRY(prepare_delegation(identity, context.db, request.principal, order, context.meta(request))),
                    Response::no_content());
}

Result<Prepared> end(Context& context, const Request& request) {
    const PostId post{parse_id(request.param("post")).value_or(0)};
    return Prepared(TRY(prepare_delegation_end(context.db, request.principal, post, context.meta(request))),
                    Response::no_content());
}

}  // namespace

void register_delegation_routes(http::Router& router, Identity& identity) {
    using http::permission::as_officer;
    http::Fields post = post_fields();
    post.push_back(field::text("holder", "Who holds it meanwhile").required());
    router.schema("Delegation", std::move(post));
    router.query(
        "GET", "/api/v1/me/delegations", as_officer,
        {.summary = "Own posts that colleagues hold meanwhile", .answer = "Delegation", .answer_is_list = true},
        [&identity](Context& context, const Request& request) { return list(identity, context, request); });
    router.command(
        "POST", "/api/v1/me/delegations", as_officer,
        {.summary = "Hand a post over to a colleague while on leave",
         .description = "To an officer of the same unit, for at most 60 days. Needs a recent sign-in or confirmation.",
         .input = {field::id("post", "One of the own posts").required(),
                   field::text("user_name", "Of the colleague").required().length(2, user_name_chars),
                   field::day("from", "First day; today unless said"), field::day("to", "Last day").required()},
         .status = 204},
        [&identity](Context& context, const Request& request) { return give(identity, context, request); });
    router.command("DELETE", "/api/v1/me/delegations/{post}", as_officer, {.summary = "Take it back", .status = 204},
                   end);
}

}  // namespace motcua::identity
