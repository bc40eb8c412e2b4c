// Signing in and out. The sample accounts of a demonstration are shown where they are used.
#include "portal/pages.hpp"
#include "portal/portal.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

Response page(const PortalParts& parts, const Request& request, std::string_view next, std::string_view user_name,
              const std::vector<Wrong>& wrong, int status) {
    Html main(request.lang);
    main.add("{}<h1>{portal.sign_in}</h1>{}", error_summary(request.lang, wrong),
             sign_in_form(parts, request.lang, next, user_name));
    return render(parts, request,
                  {.shell = "signin",
                   .title = main.say("portal.sign_in"),
                   .main = std::move(main),
                   .data = {},
                   .status = status});
}

Result<Response> sign_in(const PortalParts& parts, Context& context, const Request& request) {
    std::string user_name(request.find_form("user_name").value_or("")),
        password(request.find_form("password").value_or(""));
    std::string next = local_path(request.find_form("tiep").value_or(""));
    if (user_name.empty() || password.empty())
        return page(parts, request, next, user_name,
                    {{user_name.empty() ? "user_name" : "password",
                      resources::message(request.lang, "portal.sign_in_incomplete")}},
                    422);
    auto signed_in = parts.identity.sign_in(request, user_name, password, context.now);
    if (!signed_in)
        return page(parts, request, next, user_name,
                    {{"user_name", resources::message(request.lang, signed_in.error())}},
                    http::status_of(signed_in.error().code));
    if (next.empty()) next = signed_in->principal.kind == http::PrincipalKind::officer ? "/officer" : "/ho-so-cua-toi";
    Response response = Response::see_other(next);
    response.cookie(identity::Identity::session_cookie(*signed_in));
    return response;
}

Prepared sign_out(const PortalParts& parts, Context& context, const Request& request) {
    Response response = Response::see_other("/");
    response.cookie(identity::Identity::end_cookie());
    auto write = parts.identity.sign_out(context.db, request, context.meta(request));
    if (!write) return Prepared(std::move(response));
    return Prepared(std::move(*write), std::move(response));
}

}  // namespace

void register_sessions(http::Router& router, const PortalParts& parts) {
    using http::permission::open;
    router.query(
        "GET", "/dang-nhap", open,
        {.summary = "Sign in", .query = {field::text("tiep", "Where to go afterwards").length(0, 500)}, .html = true},
        [&parts](Context&, const Request& request) -> Result<Response> {
            return page(parts, request, local_path(string_or(request.input, "tiep")), "", {}, 200);
        });
    router.query("POST", "/dang-nhap", open,
                 {.summary = "Sign in", .body = http::Body::form, .slow = true, .html = true},
                 [&parts](Context& context, const Request& request) { return sign_in(parts, context, request); });
    router.command("POST", "/dang-xuat", http::permission::signed_in,
                   {.summary = "Sign out", .body = http::Body::form, .html = true},
                   [&parts](Context& context, const Request& request) -> Result<Prepared> {
                       return sign_out(parts, context, request);
                   });
}

void register_routes(http::Router& router, const PortalParts& parts) {
    router.error_page(
        [&parts](const Request& request, const http::Problem& problem) { return error_page(parts, request, problem); });
    register_home(router, parts);
    register_procedures(router, parts);
    register_filing(router, parts);
    register_tracking(router, parts);
    register_own(router, parts);
    register_worklist(router, parts);
    register_counter(router, parts);
    register_officer_dossier(router, parts);
    register_catalogue(router, parts);
    register_sessions(router, parts);
}

}  // namespace motcua::portal
