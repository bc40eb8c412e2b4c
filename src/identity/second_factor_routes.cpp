// The own second factor: looking, switching on and off, recovery codes. All are queries for the router, not commands:
// secrets in their answers must not be kept under an idempotency key.
#include "http/router.hpp"
#include "identity/identity.hpp"
#include "identity/routes.hpp"

namespace motcua::identity {

namespace {

using http::Context;
using http::Request;
using http::Response;
namespace field = http::field;

constexpr std::int64_t code_chars_max = 40;

/// What the request offers as proof; views into it.
struct SentProof {
    explicit SentProof(const Request& request)
        : password(string_or(request.input, "password")),
          code(string_or(request.input, "code")),
          address(request.remote_address) {}
    Proof proof() const { return {password, code, address}; }

    std::string password, code, address;
};

Result<Response> get_state(const Identity& identity, Context& context, const Request& request) {
    const auto state = identity.second_factor_state(context.db, AccountId{request.principal.id});
    json::object body{{"active", state.active_since.has_value()},
                      {"demanded", state.demanded},
                      {"by_passkeys", state.by_passkeys},
                      {"recovery_codes", state.recovery_codes}};
    if (state.active_since) body["active_since"] = format_iso(*state.active_since);
    return Response::json(body);
}

Result<Response> begin(Identity& identity, Context& context, const Request& request) {
    const BegunFactor begun = TRY(identity.begin_second_factor(request.principal, context.meta(request)));
    return Response::json(json::object{{"secret", begun.secret}, {"uri", begun.uri}});
}

Response codes_response(const std::vector<std::string>& codes) {
    return Response::json(json::object{{"recovery_codes", json::value_from(codes)}});
}

Result<Response> activate(Identity& identity, Context& context, const Request& request) {
    return codes_response(TRY(
        identity.activate_second_factor(request.principal, string_or(request.input, "code"), context.meta(request))));
}

Result<Response> end(Identity& identity, Context& context, const Request& request) {
    const SentProof sent(request);
    TRY(identity.end_second_factor(request.principal, sent.proof(), context.meta(request)));
    return Response::no_content();
}

Result<Response> renew(Identity& identity, Context& context, const Request& request) {
    const SentProof sent(request);
    return codes_response(TRY(identity.renew_recovery_codes(request.principal, sent.proof(), context.meta(request))));
}

http::Fields proof_fields() {
    return {field::text("password", "Present password").required().length(1, password_bytes_max),
            field::text("code", "Six digits, or a recovery code").required().length(1, code_chars_max)};
}

}  // namespace

void register_second_factor_routes(http::Router& router, Identity& identity) {
    router.schema(
        "SecondFactor",
        {field::boolean("active", "Asked for at sign-in").required(), field::instant("active_since", "When it is on"),
         field::boolean("demanded", "A role of the account gives nothing without it").required(),
         field::boolean("by_passkeys", "It is the account's passkeys, not an app").required(),
         field::integer("recovery_codes", "Left").required()});
    router.schema("BegunSecondFactor",
                  {field::text("secret", "Base32, to be typed into the app; shown this once").required(),
                   field::text("uri", "otpauth: address of the same").required()});
    router.schema("RecoveryCodes", {field::array("recovery_codes", field::text("", "Good for one sign-in"),
                                                 "Shown this once; all former ones are void")
                                        .required()});
    const auto with = [&identity](auto handler) {
        return [&identity, handler](Context& context, const Request& request) {
            return handler(identity, context, request);
        };
    };
    using http::permission::as_officer;
    router.query("GET", "/api/v1/me/second-factor", as_officer,
                 {.summary = "The own second factor", .answer = "SecondFactor"}, with(get_state));
    router.query("POST", "/api/v1/me/second-factor", as_officer,
                 {.summary = "Begin: a new secret for an authenticator app",
                  .description = "Needs a recent sign-in or confirmation. Sign-in stays as it is until the first code.",
                  .answer = "BegunSecondFactor",
                  .slow = true},
                 with(begin));
    router.query("POST", "/api/v1/me/second-factor/activate", as_officer,
                 {.summary = "Switch it on with the first code; all other sessions end",
                  .input = {field::text("code", "Six digits of the app").required().length(1, code_chars_max)},
                  .answer = "RecoveryCodes",
                  .slow = true},
                 with(activate));
    router.query("POST", "/api/v1/me/second-factor/end", as_officer,
                 {.summary = "Switch it off", .input = proof_fields(), .status = 204, .slow = true}, with(end));
    router.query(
        "POST", "/api/v1/me/second-factor/recovery-codes", as_officer,
        {.summary = "New recovery codes",
         .description = "Where passkeys are the second factor, a recent sign-in or confirmation takes the place of "
                        "password and code.",
         .input = {field::text("password", "Present password").length(1, password_bytes_max),
                   field::text("code", "Six digits, or a recovery code").length(1, code_chars_max)},
         .answer = "RecoveryCodes",
         .slow = true},
        with(renew));
}

}  // namespace motcua::identity
