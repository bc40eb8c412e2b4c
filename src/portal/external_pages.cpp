// Signing in at an identity provider: sending the browser there, and what becomes of its return. What one browser has
// begun stands sealed in a cookie of that browser; nothing of it is kept here. Owns the addresses
// /dang-nhap/{provider}…; the protocol is src/oidc, accounts are src/identity.
#include "base/base64url.hpp"
#include "identity/external.hpp"
#include "oidc/client.hpp"
#include "portal/pages.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

constexpr std::string_view cookie_name = "motcua_sign_in";
constexpr std::string_view sealed_for = "sign-in at an identity provider";

Result<oidc::Client*> find_client(const PortalParts& parts, const Request& request) {
    for (oidc::Client* client : parts.providers)
        if (client->provider().id == request.param("provider")) return client;
    return fail(Errc::not_found, "http.not_found");
}

std::optional<oidc::Pending> read_pending(const PortalParts& parts, const Request& request) {
    const auto cookie = request.find_cookie(cookie_name);
    const auto sealed = cookie ? decode_base64url(*cookie) : std::nullopt;
    const auto text = sealed ? parts.identity.sealer().open(*sealed, sealed_for) : std::nullopt;
    return text ? oidc::Pending::from_text(*text) : std::nullopt;
}

/// The sign-in page with the refusal; what the person was doing is kept.
Response refused(const PortalParts& parts, const Request& request, std::string_view next, const Error& error) {
    Response response = sign_in_page(parts, request, next, "", {{"", resources::message(request.lang, error)}},
                                     http::status_of(error.code));
    response.cookie({.name = std::string(cookie_name), .value = "", .max_age = std::chrono::seconds{-1}});
    return response;
}

Result<Response> begin(const PortalParts& parts, Context& context, const Request& request) {
    oidc::Client* client = TRY(find_client(parts, request));
    std::string next = local_path(string_or(request.input, "tiep"));
    const auto begun = client->begin(next, request.input.contains("lai"));
    if (!begun) return refused(parts, request, next, begun.error());
    Response response = Response::see_other(begun->url);
    const std::string sealed = parts.identity.sealer().seal(begun->pending.to_text(), sealed_for, context.random);
    response.cookie(
        {.name = std::string(cookie_name), .value = encode_base64url(sealed), .max_age = oidc::pending_age_max});
    return response;
}

identity::ExternalPerson person_of(const oidc::Claims& claims) {
    return {.provider = claims.provider,
            .subject = claims.subject,
            .level = claims.level,
            .signed_in_at = claims.signed_in_at,
            .name = claims.name,
            .business_name = claims.business_name,
            .data = {claims.citizen_id, claims.tax_code, claims.phone, claims.email, claims.address}};
}

Result<Response> finish(const PortalParts& parts, Context& context, const Request& request) {
    oidc::Client* client = TRY(find_client(parts, request));
    const auto pending = read_pending(parts, request);
    const std::string state = string_or(request.input, "state"), code = string_or(request.input, "code"),
                      issuer = string_or(request.input, "iss"), error = string_or(request.input, "error");
    const auto claims = client->finish({state, code, issuer, error}, pending.value_or(oidc::Pending{}));
    std::string next = pending ? local_path(pending->next) : "";
    if (!claims) return refused(parts, request, next, claims.error());
    const auto signed_in = identity::sign_in_external(parts.identity, person_of(*claims),
                                                      identity::Identity::attempt_of(request, context.now));
    if (!signed_in) return refused(parts, request, next, signed_in.error());
    Response response = welcome(parts, context, *signed_in, std::move(next));
    response.cookie({.name = std::string(cookie_name), .value = "", .max_age = std::chrono::seconds{-1}});
    return response;
}

}  // namespace

std::string end_session_url(const PortalParts& parts, std::string_view provider) {
    for (const oidc::Client* client : parts.providers)
        if (client->provider().id == provider) return client->end_session_url(parts.public_url + "/");
    return {};
}

void register_external(http::Router& router, const PortalParts& parts) {
    using http::permission::open;
    const auto with = [&parts](auto handler) {
        return [&parts, handler](Context& context, const Request& request) { return handler(parts, context, request); };
    };
    router.query("GET", "/dang-nhap/{provider}", open,
                 {.summary = "Sign in at an identity provider",
                  .query = {field::text("tiep", "Where to go afterwards").length(0, 500),
                            field::text("lai", "1: sign in afresh, to confirm who one is").length(0, 1)},
                  .slow = true,
                  .rate = http::RateClass::sign_in,
                  .html = true},
                 with(begin));
    router.query("GET", "/dang-nhap/{provider}/tro-lai", open,
                 {.summary = "Back from the identity provider",
                  .query = {field::text("state", "").length(0, 200), field::text("code", "").length(0, 4096),
                            field::text("iss", "").length(0, 500), field::text("error", "").length(0, 200)},
                  .slow = true,
                  .rate = http::RateClass::sign_in,
                  .html = true},
                 with(finish));
}

}  // namespace motcua::portal
