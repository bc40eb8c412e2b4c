// Session and own account.
#include <algorithm>

#include "http/page.hpp"
#include "http/problem.hpp"
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

constexpr std::int64_t user_name_chars_max = 200;  // of what is typed; too long is not a hint but a typing error
constexpr std::int64_t sessions_shown_max = 200;
constexpr std::int64_t ticket_chars_max = 400, code_chars_max = 40;

json::object session_json(const Identity& identity, const http::Principal& principal, Lang lang) {
    json::object object{{"signed_in", principal.kind != http::PrincipalKind::visitor}};
    if (principal.kind == http::PrincipalKind::visitor) {
        json::array providers;
        for (const OfferedProvider& one : identity.options().providers)
            providers.push_back(json::object{{"id", one.id},
                                             {"name", lang == Lang::en ? one.name_en : one.name_vi},
                                             {"path", "/dang-nhap/" + one.id}});
        object["sign_in"] = {{"password", true},
                             {"person_password", identity.options().person_password_sign_in},
                             {"demo", identity.options().demo},
                             {"providers", std::move(providers)}};
        return object;
    }
    object["kind"] = to_string(principal.kind);
    object["id"] = format_id(principal.id);
    object["name"] = principal.display_name;
    object["permissions"] = json::value_from(principal.permissions);
    json::array units;
    const auto directory = identity.directory();
    for (UnitId id : principal.units)
        if (const organisation::Unit* unit = directory->find(id))
            units.push_back(json::object{{"code", unit->code}, {"name", unit->name}});
    object["units"] = std::move(units);
    if (principal.acting)
        object["acting"] = {{"name", principal.acting->person_name},
                            {"kind", principal.acting->kind},
                            {"mandate", format_id(principal.acting->mandate)},
                            {"until", format_iso(principal.acting->until)}};
    object["csrf_token"] = principal.csrf_token;
    object["lang"] = to_string(lang);
    return object;
}

/// The session, or where a code is still to be given, the ticket for it.
Result<Response> answer_sign_in(const Identity& identity, const Request& request, const Result<SignedIn>& signed_in) {
    if (!signed_in && signed_in.error().code == Errc::rate_limited) {
        Response refusal = http::to_response(http::make_problem(signed_in.error(), request.lang, request.request_id));
        refusal.header("Retry-After", signed_in.error().params.at(0).value);
        return refusal;
    }
    if (!signed_in) return std::unexpected(signed_in.error());
    json::object body = session_json(identity, signed_in->principal, request.lang);
    body["expires_at"] = format_iso(signed_in->expires_at);
    if (!signed_in->ticket.empty()) {
        body["ticket"] = signed_in->ticket;
        return Response::json(body);
    }
    if (find_bool(request.input, "bearer").value_or(false)) {
        body["token"] = signed_in->token;
        body["csrf_token"] = "";
        return Response::json(body);
    }
    Response response = Response::json(body);
    response.cookie(Identity::session_cookie(*signed_in));
    return response;
}

Result<Response> sign_in(Identity& identity, Context& context, const Request& request) {
    return answer_sign_in(identity, request,
                          identity.sign_in(request, string_or(request.input, "user_name"),
                                           string_or(request.input, "password"), context.now));
}

Result<Response> sign_in_with_code(Identity& identity, Context& context, const Request& request) {
    return answer_sign_in(identity, request,
                          identity.sign_in_with_code(request, string_or(request.input, "ticket"),
                                                     string_or(request.input, "code"), context.now));
}

Result<Response> confirm(Identity& identity, Context& context, const Request& request) {
    const std::string password = string_or(request.input, "password"), code = string_or(request.input, "code");
    TRY(identity.confirm(request.principal, {password, code, request.remote_address}, context.meta(request)));
    return Response::no_content();
}

Result<Prepared> sign_out(const Identity& identity, Context& context, const Request& request) {
    Response answer = Response::no_content();
    answer.cookie(Identity::end_cookie());
    auto write = identity.sign_out(context.db, request, context.meta(request));
    return write ? Prepared(*std::move(write), std::move(answer)) : Prepared(std::move(answer));
}

Result<Response> get_me(const Identity& identity, Context& context, const Request& request) {
    const AccountId id{request.principal.id};
    const auto account = find_account(context.db, id);
    if (!account) return fail(Errc::not_found, "account.not_found");
    json::object object = account_json(*account, *identity.directory(), identity.roles(), request.lang);
    json::array permissions;
    for (const std::string& name : request.principal.permissions) {
        const PermissionInfo* info = find_permission(name);
        permissions.push_back(
            json::object{{"name", name}, {"text", info ? (request.lang == Lang::en ? info->en : info->vi) : ""}});
    }
    object["permissions"] = std::move(permissions);
    if (const auto person = find_person(context.db, id))
        object["person"] = {{"citizen_id", person->citizen_id},
                            {"tax_code", person->tax_code},
                            {"phone", person->phone},
                            {"email", person->email},
                            {"address", person->address}};
    return Response::json(object);
}

Result<Response> change_password(Identity& identity, Context& context, const Request& request) {
    TRY(identity.change_password(request.principal, string_or(request.input, "present"),
                                 string_or(request.input, "wanted"), request.remote_address, context.meta(request)));
    return Response::no_content();
}

Result<Response> list_own_sessions(Context& context, const Request& request) {
    json::array items;
    for (const Session& session : list_sessions(context.db, AccountId{request.principal.id}, sessions_shown_max))
        items.push_back(json::object{{"id", to_string(session.id)},
                                     {"created_at", format_iso(session.created_at)},
                                     {"seen_at", format_iso(session.seen_at)},
                                     {"expires_at", format_iso(session.expires_at)},
                                     {"address", session.address},
                                     {"agent", session.agent},
                                     {"current", to_string(session.id) == request.principal.session_id}});
    return http::page_response(std::move(items), std::nullopt);
}

/// Ends one session of the caller, or with none named all others.
Result<Prepared> revoke(const Identity& identity, Context& context, const Request& request,
                        std::optional<SessionId> session) {
    auto write = TRY(identity.prepare_revocation(context.db, request.principal, session, context.meta(request)));
    Response answer = Response::no_content();
    if (session && to_string(*session) == request.principal.session_id) answer.cookie(Identity::end_cookie());
    return Prepared(std::move(write), std::move(answer));
}

void declare_schemas(http::Router& router) {
    const auto unit =
        field::object("", {field::text("code", "Code").required(), field::text("name", "Name").required()}, "");
    router.schema("Session",
                  {field::boolean("signed_in", "False for a visitor").required(),
                   field::one_of("kind", {"person", "officer"}, "Kind of account"), field::id("id", "Account"),
                   field::text("name", "Name of the person or business"),
                   field::array("permissions", field::text("", "Permission"), "Held in some unit"),
                   field::array("units", unit, "An officer's units; the first is the main one"),
                   field::text("csrf_token", "To be sent as X-CSRF-Token with every change; empty without a cookie"),
                   field::text("token", "Only when `bearer` was asked for"),
                   field::instant("expires_at", "After sign-in: when the session, or the ticket, ends at the latest"),
                   field::text("ticket", "Only when a code is still to be given: for /api/v1/session/second-factor"),
                   field::text("lang", "Language of this answer"),
                   field::object("acting",
                                 {field::text("name", "For whom the session acts").required(),
                                  field::text("kind", "mandate, representative or assistance").required(),
                                  field::id("mandate", "Under which").required(),
                                  field::instant("until", "Ends at the latest").required()},
                                 "While it acts for another"),
                   field::object("sign_in",
                                 {field::boolean("password", "With user name and password").required(),
                                  field::boolean("person_password", "Also citizens and businesses").required(),
                                  field::boolean("demo", "This is a demonstration: invented people").required(),
                                  field::array("providers",
                                               field::object("",
                                                             {field::text("id", "Identity provider").required(),
                                                              field::text("name", "Its name").required(),
                                                              field::text("path", "Where a browser begins").required()},
                                                             ""),
                                               "Identity providers of citizens and businesses")
                                      .required()},
                                 "For a visitor: the ways to sign in")});
    router.schema("OwnSession",
                  {field::id("id", "Session").required(), field::instant("created_at", "Signed in").required(),
                   field::instant("seen_at", "Last used, to a minute").required(),
                   field::instant("expires_at", "Ends at the latest").required(),
                   field::text("address", "Network address at sign-in").required(),
                   field::text("agent", "Browser at sign-in").required(),
                   field::boolean("current", "The one that asks").required()});
    http::Fields me = account_fields();
    me.push_back(field::array("permissions",
                              field::object("",
                                            {field::text("name", "Permission").required(),
                                             field::text("text", "What it allows").required()},
                                            ""),
                              "Held in some unit")
                     .required());
    me.push_back(
        field::object("person",
                      {field::text("citizen_id", "Personal identification number").required(),
                       field::text("tax_code", "Tax code").required(), field::text("phone", "Phone").required(),
                       field::text("email", "E-mail").required(), field::text("address", "Address").required()},
                      "Of citizens and businesses"));
    router.schema("Me", std::move(me));
}

}  // namespace

void register_session_routes(http::Router& router, Identity& identity) {
    declare_schemas(router);
    router.query(
        "POST", "/api/v1/session", http::permission::open,
        {.summary = "Sign in with user name and password",
         .description = "Sets the session cookie, or answers a bearer token when `bearer` is true. The same answer, "
                        "in the same time, for an unknown name and for a wrong password.",
         .input = {field::text("user_name", "User name").required().length(1, user_name_chars_max),
                   field::text("password", "Password").required().length(1, password_bytes_max),
                   field::boolean("bearer", "Answer a token for the Authorization header; set no cookie")},
         .answer = "Session",
         .slow = true,
         .rate = http::RateClass::sign_in},
        [&](Context& context, const Request& request) { return sign_in(identity, context, request); });
    router.query(
        "POST", "/api/v1/session/second-factor", http::permission::open,
        {.summary = "Finish signing in with a code",
         .description = "For accounts with a second factor: the ticket that POST /api/v1/session answered, and the "
                        "code of the authenticator app or a recovery code. Each code counts once.",
         .input = {field::text("ticket", "Good for five minutes").required().length(1, ticket_chars_max),
                   field::text("code", "Six digits, or a recovery code").required().length(1, code_chars_max),
                   field::boolean("bearer", "Answer a token for the Authorization header; set no cookie")},
         .answer = "Session",
         .slow = true,
         .rate = http::RateClass::sign_in},
        [&](Context& context, const Request& request) { return sign_in_with_code(identity, context, request); });
    router.query(
        "POST", "/api/v1/session/confirm", http::permission::signed_in,
        {.summary = "Prove again who one is, before a signature, a change of roles or of the second factor, an erasure",
         .description = "Counts for a quarter of an hour, as signing in does.",
         .input = {field::text("password", "Present password").required().length(1, password_bytes_max),
                   field::text("code", "When a second factor is on: a code of it").length(1, code_chars_max)},
         .status = 204,
         .slow = true},
        [&](Context& context, const Request& request) { return confirm(identity, context, request); });
    router.query("GET", "/api/v1/session", http::permission::open,
                 {.summary = "Who is signed in, and how one can sign in", .answer = "Session"},
                 [&](Context&, const Request& request) -> Result<Response> {
                     return Response::json(session_json(identity, request.principal, request.lang));
                 });
    router.command("DELETE", "/api/v1/session", http::permission::open, {.summary = "Sign out", .status = 204},
                   [&](Context& context, const Request& request) { return sign_out(identity, context, request); });
    router.query("GET", "/api/v1/me", http::permission::signed_in, {.summary = "The own account", .answer = "Me"},
                 [&](Context& context, const Request& request) { return get_me(identity, context, request); });
    router.query("PUT", "/api/v1/me/password", http::permission::signed_in,
                 {.summary = "Change the own password; all other sessions end",
                  .input = {field::text("present", "Present password").required().length(1, password_bytes_max),
                            field::text("wanted", "New password").required().length(1, password_bytes_max)},
                  .status = 204,
                  .slow = true},
                 [&](Context& context, const Request& request) { return change_password(identity, context, request); });
    router.query("GET", "/api/v1/me/sessions", http::permission::signed_in,
                 {.summary = "Own sessions, newest first", .answer = "OwnSession", .answer_is_list = true},
                 list_own_sessions);
    router.command(
        "DELETE", "/api/v1/me/sessions", http::permission::signed_in,
        {.summary = "End all own sessions but the present one", .status = 204},
        [&](Context& context, const Request& request) { return revoke(identity, context, request, std::nullopt); });
    router.command("DELETE", "/api/v1/me/sessions/{id}", http::permission::signed_in,
                   {.summary = "End one own session", .status = 204},
                   [&](Context& context, const Request& request) -> Result<Prepared> {
                       return revoke(identity, context, request, SessionId{parse_id(request.param("id")).value_or(0)});
                   });
}

}  // namespace motcua::identity
