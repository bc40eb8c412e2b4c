// Signing in and out. The sample accounts of a demonstration are shown where they are used.
#include "portal/pages.hpp"
#include "portal/portal.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

/// Between password and session: the code of a second factor.
Response code_page(const PortalParts& parts, const Request& request, std::string_view next, std::string_view ticket,
                   const std::vector<Wrong>& wrong, int status) {
    Html main(request.lang);
    main.add(
        R"({}<h1>{portal.sign_in}</h1><p>{portal.sign_in_code_hint}</p><form method="post" action="/dang-nhap/ma"><input type="hidden" name="tiep" value="{}"><input type="hidden" name="ticket" value="{}">)",
        error_summary(request.lang, wrong), next, ticket);
    main.add(
        R"(<div class="field"><label for="code">{portal.code_or_recovery}</label><input id="code" name="code" class="w20" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"></div>)"
        R"(<div class="actions"><button class="btn">{portal.sign_in}</button></div></form>)");
    add_passkey_sign_in(main, next);
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
        return sign_in_page(parts, request, next, user_name,
                            {{user_name.empty() ? "user_name" : "password",
                              resources::message(request.lang, "portal.sign_in_incomplete")}},
                            422);
    auto signed_in = parts.identity.sign_in(request, user_name, password, context.now);
    if (!signed_in)
        return sign_in_page(parts, request, next, user_name,
                            {{"user_name", resources::message(request.lang, signed_in.error())}},
                            http::status_of(signed_in.error().code));
    if (!signed_in->ticket.empty()) return code_page(parts, request, next, signed_in->ticket, {}, 200);
    return welcome(parts, context, *signed_in, std::move(next));
}

Result<Response> sign_in_with_code(const PortalParts& parts, Context& context, const Request& request) {
    const std::string_view ticket = request.find_form("ticket").value_or("");
    std::string next = local_path(request.find_form("tiep").value_or(""));
    auto signed_in =
        parts.identity.sign_in_with_code(request, ticket, request.find_form("code").value_or(""), context.now);
    if (signed_in) return welcome(parts, context, *signed_in, std::move(next));
    const std::string sentence = resources::message(request.lang, signed_in.error());
    const int status = http::status_of(signed_in.error().code);
    if (signed_in.error().reason == "session.wrong_code")
        return code_page(parts, request, next, ticket, {{"code", sentence}}, status);
    return sign_in_page(parts, request, next, "", {{"user_name", sentence}}, status);
}

/// The session at the provider is another one; whether that ends, too, is for its owner to say.
Response signed_out_page(const PortalParts& parts, const Request& request, const std::string& url) {
    Request visitor = request;
    visitor.principal = {};
    Html main(request.lang);
    std::string name;
    for (const auto& provider : parts.identity.options().providers)
        if (provider.id == request.principal.provider)
            name = request.lang == Lang::en ? provider.name_en : provider.name_vi;
    main.add("<h1>{portal.signed_out}</h1><p>{}</p>", main.say("portal.signed_out_hint", {{"provider", name}}));
    main.add(
        R"(<div class="actions"><a class="btn" href="{}">{}</a> <a class="btn secondary" href="/">{portal.to_start}</a></div>)",
        url, main.say("portal.sign_out_there", {{"provider", name}}));
    return render(parts, visitor, {.shell = "signin", .title = main.say("portal.signed_out"), .main = std::move(main)});
}

Prepared sign_out(const PortalParts& parts, Context& context, const Request& request) {
    const std::string url = end_session_url(parts, request.principal.provider);
    Response response = url.empty() ? Response::see_other("/") : signed_out_page(parts, request, url);
    response.cookie(identity::Identity::end_cookie());
    auto write = parts.identity.sign_out(context.db, request, context.meta(request));
    if (!write) return Prepared(std::move(response));
    return Prepared(std::move(*write), std::move(response));
}

}  // namespace

Response sign_in_page(const PortalParts& parts, const Request& request, std::string_view next,
                      std::string_view user_name, const std::vector<Wrong>& wrong, int status) {
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

/// Who has to switch on a second factor goes to where that is.
Response welcome(const PortalParts& parts, Context& context, const identity::SignedIn& signed_in, std::string next) {
    const bool officer = signed_in.principal.kind == http::PrincipalKind::officer;
    if (next.empty() && officer) {
        const auto state = parts.identity.second_factor_state(context.db, identity::AccountId{signed_in.principal.id});
        next = state.demanded && !state.active_since ? "/tai-khoan" : "/officer";
    }
    Response response = Response::see_other(next.empty() ? "/ho-so-cua-toi" : next);
    response.cookie(identity::Identity::session_cookie(signed_in));
    return response;
}

void register_sessions(http::Router& router, const PortalParts& parts) {
    using http::permission::open;
    // The second address belongs to the form for the code: who asks for it anew begins anew.
    for (const std::string_view path : {"/dang-nhap", "/dang-nhap/ma"})
        router.query("GET", path, open,
                     {.summary = "Sign in",
                      .query = {field::text("tiep", "Where to go afterwards").length(0, 500)},
                      .html = true},
                     [&parts](Context&, const Request& request) -> Result<Response> {
                         return sign_in_page(parts, request, local_path(string_or(request.input, "tiep")), "", {}, 200);
                     });
    router.query(
        "POST", "/dang-nhap", open,
        {.summary = "Sign in", .body = http::Body::form, .slow = true, .rate = http::RateClass::sign_in, .html = true},
        [&parts](Context& context, const Request& request) { return sign_in(parts, context, request); });
    router.query(
        "POST", "/dang-nhap/ma", open,
        {.summary = "Sign in: the code",
         .body = http::Body::form,
         .slow = true,
         .rate = http::RateClass::sign_in,
         .html = true},
        [&parts](Context& context, const Request& request) { return sign_in_with_code(parts, context, request); });
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
    register_own_data(router, parts);
    register_data_requests(router, parts);
    register_audit(router, parts);
    register_worklist(router, parts);
    register_counter(router, parts);
    register_officer_dossier(router, parts);
    register_catalogue(router, parts);
    register_sessions(router, parts);
    register_track_code(router, parts);
    register_external(router, parts);
    register_mandates(router, parts);
    register_account(router, parts);
}

}  // namespace motcua::portal
