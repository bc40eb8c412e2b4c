// The API of passkeys. Queries for the router where a challenge or a session is made: nothing of it is kept under an
// idempotency key. Bytes travel as base64url.
#include "base/base64url.hpp"
#include "http/page.hpp"
#include "http/problem.hpp"
#include "http/router.hpp"
#include "identity/passkeys.hpp"
#include "identity/routes.hpp"

namespace motcua::identity {

namespace {

using http::Context;
using http::Prepared;
using http::Request;
using http::Response;
namespace field = http::field;

constexpr std::int64_t bytes_chars_max = 16'000, id_chars_max = 1400, name_chars_max = 60;

Result<std::string> bytes_of(const json::object& input, std::string_view name) {
    auto bytes = decode_base64url(string_or(input, name));
    if (!bytes) return fail(Errc::invalid, "passkey.refused", {{"check", "format"}});
    return *std::move(bytes);
}

json::object passkey_json(const Passkey& passkey) {
    return {{"id", to_string(passkey.id)},
            {"name", passkey.name},
            {"created_at", format_iso(passkey.created_at)},
            {"used_at", format_iso(passkey.used_at)}};
}

json::array known_credentials(db::Session& session, AccountId id) {
    json::array known;
    for (const Passkey& passkey : list_passkeys(session, id))
        known.emplace_back(encode_base64url(passkey.data.credential_id));
    return known;
}

json::array algorithms() {
    json::array list;
    for (const int algorithm : passkey_algorithms) list.emplace_back(algorithm);
    return list;
}

Result<Response> begin_adding(Identity& identity, const RelyingParty& party, Context& context, const Request& request) {
    TRY(identity.check_confirmed(context.db, request.principal, context.now));
    const AccountId id{request.principal.id};
    const auto account = find_account(context.db, id);
    if (!account) return fail(Errc::not_found, "account.not_found");
    return Response::json(json::object{{"challenge", TRY(make_challenge(identity, Purpose::add, id, context.now))},
                                       {"rp_id", party.id},
                                       {"user_id", encode_base64url(to_string(id))},
                                       {"user_name", account->user_name},
                                       {"display_name", account->display_name},
                                       {"algorithms", algorithms()},
                                       {"known", known_credentials(context.db, id)}});
}

Result<Response> add(Identity& identity, const RelyingParty& party, Context& context, const Request& request) {
    const SentRegistration sent{string_or(request.input, "name"), TRY(bytes_of(request.input, "client_data")),
                                TRY(bytes_of(request.input, "attestation"))};
    const AddedPasskey added = TRY(add_passkey(identity, party, request.principal, sent, context.meta(request)));
    json::object body = passkey_json(added.passkey);
    if (!added.recovery_codes.empty()) body["recovery_codes"] = json::value_from(added.recovery_codes);
    return Response::created("/api/v1/me/passkeys/" + to_string(added.passkey.id), body);
}

Result<Response> list(Context& context, const Request& request) {
    json::array items;
    for (const Passkey& passkey : list_passkeys(context.db, AccountId{request.principal.id}))
        items.push_back(passkey_json(passkey));
    return http::page_response(std::move(items), std::nullopt);
}

Result<Response> begin_sign_in(Identity& identity, const RelyingParty& party, Context& context, const Request&) {
    return Response::json(json::object{
        {"challenge", TRY(make_challenge(identity, Purpose::sign_in, AccountId{}, context.now))}, {"rp_id", party.id}});
}

Result<SentAssertion> assertion_of(const json::object& input) {
    return SentAssertion{TRY(bytes_of(input, "credential")), TRY(bytes_of(input, "client_data")),
                         TRY(bytes_of(input, "authenticator_data")), TRY(bytes_of(input, "signature"))};
}

Result<Response> begin_confirming(Identity& identity, const RelyingParty& party, Context& context,
                                  const Request& request) {
    const AccountId id{request.principal.id};
    return Response::json(json::object{{"challenge", TRY(make_challenge(identity, Purpose::confirm, id, context.now))},
                                       {"rp_id", party.id},
                                       {"known", known_credentials(context.db, id)}});
}

Result<Response> confirm(Identity& identity, const RelyingParty& party, Context& context, const Request& request) {
    const SentAssertion sent = TRY(assertion_of(request.input));
    TRY(confirm_with_passkey(identity, party, request.principal, sent, context.meta(request)));
    return Response::no_content();
}

Result<Response> sign_in(Identity& identity, const RelyingParty& party, Context& context, const Request& request) {
    const SentAssertion sent = TRY(assertion_of(request.input));
    const SignedIn signed_in =
        TRY(sign_in_with_passkey(identity, party, sent, Identity::attempt_of(request, context.now)));
    Response response = Response::json(json::object{{"signed_in", true},
                                                    {"kind", to_string(signed_in.principal.kind)},
                                                    {"id", format_id(signed_in.principal.id)},
                                                    {"name", signed_in.principal.display_name},
                                                    {"csrf_token", signed_in.csrf_token},
                                                    {"expires_at", format_iso(signed_in.expires_at)}});
    response.cookie(Identity::session_cookie(signed_in));
    return response;
}

void declare_schemas(http::Router& router) {
    router.schema("Passkey",
                  {field::id("id", "Passkey").required(), field::text("name", "As its owner calls it").required(),
                   field::instant("created_at", "Added").required(), field::instant("used_at", "Last used").required(),
                   field::array("recovery_codes", field::text("", "Good for one sign-in"),
                                "Shown this once, when it became the second factor of the account")});
    const auto challenge = field::text("challenge", "To be signed by the authenticator; good once, for five minutes");
    router.schema(
        "PasskeyCreation",
        {challenge.required(), field::text("rp_id", "Relying party").required(),
         field::text("user_id", "User handle").required(), field::text("user_name", "User name").required(),
         field::text("display_name", "Name").required(),
         field::array("algorithms", field::integer("", "COSE"), "In order of preference").required(),
         field::array("known", field::text("", "Credential"), "Already there: not to be made again").required()});
    router.schema("PasskeyRequest", {challenge.required(), field::text("rp_id", "Relying party").required(),
                                     field::array("known", field::text("", "Credential"), "Of the own account")});
}

}  // namespace

void register_passkey_routes(http::Router& router, Identity& identity, const RelyingParty& party) {
    declare_schemas(router);
    const auto with = [&identity, &party](auto handler) {
        return [&identity, &party, handler](Context& context, const Request& request) {
            return handler(identity, party, context, request);
        };
    };
    const auto bytes = [](std::string_view name, std::string_view what) {
        return field::text(name, what).required().length(1, bytes_chars_max);
    };
    using http::permission::as_officer;
    using http::permission::open;
    router.query("GET", "/api/v1/me/passkeys", as_officer,
                 {.summary = "Own passkeys", .answer = "Passkey", .answer_is_list = true}, list);
    router.query(
        "POST", "/api/v1/me/passkeys/challenge", as_officer,
        {.summary = "Begin to add a passkey",
         .description = "Needs a recent sign-in or confirmation. Where a role demands a second factor and there "
                        "is none, the passkey will be it.",
         .answer = "PasskeyCreation",
         .slow = true},
        with(begin_adding));
    router.query("POST", "/api/v1/me/passkeys", as_officer,
                 {.summary = "Add a passkey",
                  .input = {field::text("name", "To recognise it").required().length(1, name_chars_max),
                            bytes("client_data", "clientDataJSON, base64url"),
                            bytes("attestation", "attestationObject, base64url")},
                  .answer = "Passkey",
                  .status = 201,
                  .slow = true},
                 with(add));
    router.command(
        "DELETE", "/api/v1/me/passkeys/{passkey}", as_officer, {.summary = "Revoke a passkey", .status = 204},
        [&identity](Context& context, const Request& request) -> Result<Prepared> {
            const PasskeyId id{parse_id(request.param("passkey")).value_or(0)};
            return Prepared(
                TRY(prepare_passkey_removal(identity, context.db, request.principal, id, context.meta(request))),
                Response::no_content());
        });
    router.query("POST", "/api/v1/session/passkey/challenge", open,
                 {.summary = "Begin to sign in with a passkey",
                  .answer = "PasskeyRequest",
                  .slow = true,
                  .rate = http::RateClass::sign_in},
                 with(begin_sign_in));
    const http::Fields assertion = {field::text("credential", "Its id, base64url").required().length(1, id_chars_max),
                                    bytes("client_data", "clientDataJSON, base64url"),
                                    bytes("authenticator_data", "authenticatorData, base64url"),
                                    bytes("signature", "base64url")};
    router.query("POST", "/api/v1/session/confirm/passkey/challenge", as_officer,
                 {.summary = "Begin to prove with a passkey again who one is",
                  .answer = "PasskeyRequest",
                  .slow = true,
                  .rate = http::RateClass::sign_in},
                 with(begin_confirming));
    router.query("POST", "/api/v1/session/confirm/passkey", as_officer,
                 {.summary = "Prove with a passkey again who one is, in the place of password and code",
                  .description = "Counts as POST /api/v1/session/confirm does.",
                  .input = assertion,
                  .status = 204,
                  .slow = true,
                  .rate = http::RateClass::sign_in},
                 with(confirm));
    router.query("POST", "/api/v1/session/passkey", open,
                 {.summary = "Sign in with a passkey, in the place of password and code",
                  .input = assertion,
                  .answer = "Session",
                  .slow = true,
                  .rate = http::RateClass::sign_in},
                 with(sign_in));
}

}  // namespace motcua::identity
