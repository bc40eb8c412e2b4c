// The own account: where one is signed in, and the second factor of officers. Secrets are in the answer to a form,
// never behind an address, so that nothing keeps them.
#include "http/parse.hpp"
#include "identity/session_rows.hpp"
#include "portal/pages.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

constexpr std::int64_t sessions_shown = 50;

/// Which of the page's forms was refused, to open it again.
enum class Form { none, begin, activate, end, renew };

struct Refusal {
    std::vector<Wrong> wrong = {};
    Form form = Form::none;
    int status = 200;
};

Refusal refusal_of(const Request& request, const Error& error, Form form, std::string_view field) {
    return {{{std::string(field), resources::message(request.lang, error)}}, form, http::status_of(error.code)};
}

/// A form of password and code behind a <summary>.
void add_proof_form(Html& html, Context& context, const Request& request, std::string_view action, Pattern title,
                    std::string_view id, bool with_code, bool open) {
    html.add(open ? Pattern("<details open>") : Pattern("<details>"));
    html.add(R"(<summary>{}</summary><form method="post" action="/tai-khoan/{}">{})", Html(html.lang()).add(title),
             action, form_keys(context, request));
    html.add(
        R"(<div class="field"><label for="{}-password">{portal.password}</label><input id="{}-password" name="password" type="password" class="w20" autocomplete="current-password"></div>)",
        id, id);
    if (with_code)
        html.add(
            R"(<div class="field"><label for="{}-code">{portal.code_or_recovery}</label><input id="{}-code" name="code" class="w20" autocomplete="one-time-code"></div>)",
            id, id);
    html.add(R"(<div class="actions"><button class="btn">{}</button></div></form></details>)",
             Html(html.lang()).add(title));
}

void add_activate_form(Html& html, Context& context, const Request& request) {
    html.add(
        R"(<form method="post" action="/tai-khoan/xac-thuc/bat">{}<div class="field"><label for="first-code">{portal.first_code}</label>)"
        R"(<input id="first-code" name="code" class="w20" inputmode="numeric" autocomplete="one-time-code"></div>)"
        R"(<div class="actions"><button class="btn">{portal.switch_on}</button></div></form>)",
        form_keys(context, request));
}

void add_second_factor(Html& html, const PortalParts& parts, Context& context, const Request& request, Form refused) {
    const auto state = parts.identity.second_factor_state(context.db, identity::AccountId{request.principal.id});
    html.add(R"(<section aria-labelledby="second"><h2 id="second">{portal.second_factor}</h2>)");
    if (state.active_since) {
        html.add(R"(<p>{portal.second_factor_on} {}. {}</p>)", time_tag(html.lang(), *state.active_since),
                 html.say("portal.recovery_codes_left", {{"count", std::to_string(state.recovery_codes)}}));
        add_proof_form(html, context, request, "xac-thuc/ma-du-phong", "{portal.renew_codes}", "renew", true,
                       refused == Form::renew);
        add_proof_form(html, context, request, "xac-thuc/tat", "{portal.switch_off}", "end", true,
                       refused == Form::end);
    } else {
        if (state.demanded) html.add(R"(<div class="notice warning"><p>{portal.second_factor_demanded}</p></div>)");
        html.add("<p>{portal.second_factor_off}</p>");
        if (refused == Form::activate) add_activate_form(html, context, request);
        add_proof_form(html, context, request, "xac-thuc", "{portal.begin_second_factor}", "begin", false,
                       refused == Form::begin);
    }
    html.add("</section>");
}

void add_sessions(Html& html, Context& context, const Request& request) {
    html.add(
        R"(<section aria-labelledby="cap"><h2>{portal.sessions}</h2><p>{portal.sessions_hint}</p>)"
        R"(<div class="table" tabindex="0" role="region" aria-labelledby="cap"><table class="stack"><caption id="cap" class="vh">{portal.sessions}</caption><thead><tr>)"
        R"(<th scope="col">{portal.session_began}</th><th scope="col">{portal.session_seen}</th><th scope="col">{portal.session_where}</th><th scope="col">{portal.session_end}</th></tr></thead><tbody>)");
    bool others = false;
    for (const auto& session :
         identity::list_sessions(context.db, identity::AccountId{request.principal.id}, sessions_shown)) {
        const std::string id = to_string(session.id);
        html.add(
            R"(<tr><td data-label="{portal.session_began}">{}</td><td data-label="{portal.session_seen}">{}</td><td data-label="{portal.session_where}">{} {}</td><td data-label="{portal.session_end}">)",
            time_tag(html.lang(), session.created_at), time_tag(html.lang(), session.seen_at), session.address,
            session.agent);
        if (id == request.principal.session_id) {
            html.add("{portal.session_present}</td></tr>");
            continue;
        }
        others = true;
        html.add(
            R"(<form method="post" action="/tai-khoan/phien/{}/ket-thuc">{}<button class="btn secondary">{portal.session_end}</button></form></td></tr>)",
            id, form_keys(context, request));
    }
    html.add("</tbody></table></div>");
    if (others)
        html.add(
            R"(<form method="post" action="/tai-khoan/phien/ket-thuc">{}<div class="actions"><button class="btn warn">{portal.sessions_end_others}</button></div></form>)",
            form_keys(context, request));
    html.add("</section>");
}

Response finish(const PortalParts& parts, const Request& request, Html main, int status) {
    Response response = render(parts, request,
                               {.shell = "signin",
                                .title = main.say("portal.account"),
                                .main = std::move(main),
                                .data = {},
                                .status = status});
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Response show(const PortalParts& parts, Context& context, const Request& request, const Refusal& refusal) {
    Html main(request.lang);
    main.add("{}<h1>{portal.account}</h1><p>{}</p>", error_summary(request.lang, refusal.wrong),
             request.principal.display_name);
    if (request.principal.kind == http::PrincipalKind::officer)
        add_second_factor(main, parts, context, request, refusal.form);
    add_sessions(main, context, request);
    return finish(parts, request, std::move(main), refusal.status);
}

Response show_codes(const PortalParts& parts, const Request& request, const std::vector<std::string>& codes) {
    Html main(request.lang);
    main.add(
        R"(<h1>{portal.recovery_codes}</h1><div class="notice warning"><p>{portal.recovery_codes_hint}</p></div><ul>)");
    for (const std::string& code : codes) main.add(R"(<li><code>{}</code></li>)", code);
    main.add(R"(</ul><div class="actions"><a class="btn" href="/tai-khoan">{portal.codes_kept}</a></div>)");
    return finish(parts, request, std::move(main), 200);
}

identity::Proof proof_of(const Request& request) {
    return {request.find_form("password").value_or(""), request.find_form("code").value_or(""), request.remote_address};
}

Result<Response> begin(const PortalParts& parts, Context& context, const Request& request) {
    if (auto confirmed = parts.identity.confirm(request.principal, proof_of(request), context.meta(request));
        !confirmed)
        return show(parts, context, request, refusal_of(request, confirmed.error(), Form::begin, "begin-password"));
    const auto begun = parts.identity.begin_second_factor(request.principal, context.meta(request));
    if (!begun) return show(parts, context, request, refusal_of(request, begun.error(), Form::begin, ""));
    Html main(request.lang);
    main.add(
        R"(<h1>{portal.second_factor}</h1><ol><li>{portal.second_factor_app}</li><li>{portal.second_factor_secret})");
    main.add(R"(<p class="code">{}</p><p><a href="{}">{portal.second_factor_open}</a></p></li>)", begun->secret,
             begun->uri);
    main.add("<li>{portal.second_factor_code}</li></ol>");
    add_activate_form(main, context, request);
    return finish(parts, request, std::move(main), 200);
}

Result<Response> activate(const PortalParts& parts, Context& context, const Request& request) {
    auto codes = parts.identity.activate_second_factor(request.principal, request.find_form("code").value_or(""),
                                                       context.meta(request));
    if (codes) return show_codes(parts, request, *codes);
    return show(parts, context, request, refusal_of(request, codes.error(), Form::activate, "first-code"));
}

Result<Response> end(const PortalParts& parts, Context& context, const Request& request) {
    auto ended = parts.identity.end_second_factor(request.principal, proof_of(request), context.meta(request));
    if (ended) return Response::see_other("/tai-khoan");
    return show(parts, context, request, refusal_of(request, ended.error(), Form::end, "end-password"));
}

Result<Response> renew(const PortalParts& parts, Context& context, const Request& request) {
    auto codes = parts.identity.renew_recovery_codes(request.principal, proof_of(request), context.meta(request));
    if (codes) return show_codes(parts, request, *codes);
    return show(parts, context, request, refusal_of(request, codes.error(), Form::renew, "renew-password"));
}

Result<Prepared> end_session(const PortalParts& parts, Context& context, const Request& request,
                             std::optional<identity::SessionId> session) {
    auto write = TRY(parts.identity.prepare_revocation(context.db, request.principal, session, context.meta(request)));
    return Prepared(std::move(write), Response::see_other("/tai-khoan"));
}

}  // namespace

void register_account(http::Router& router, const PortalParts& parts) {
    using http::permission::as_officer;
    using http::permission::signed_in;
    const auto with = [&parts](auto handler) {
        return [&parts, handler](Context& context, const Request& request) { return handler(parts, context, request); };
    };
    router.query("GET", "/tai-khoan", signed_in, {.summary = "The own account", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return show(parts, context, request, {});
                 });
    router.query("POST", "/tai-khoan/xac-thuc", as_officer,
                 {.summary = "Begin a second factor", .body = http::Body::form, .slow = true, .html = true},
                 with(begin));
    router.query("POST", "/tai-khoan/xac-thuc/bat", as_officer,
                 {.summary = "Switch it on", .body = http::Body::form, .slow = true, .html = true}, with(activate));
    router.query("POST", "/tai-khoan/xac-thuc/tat", as_officer,
                 {.summary = "Switch it off", .body = http::Body::form, .slow = true, .html = true}, with(end));
    router.query("POST", "/tai-khoan/xac-thuc/ma-du-phong", as_officer,
                 {.summary = "New recovery codes", .body = http::Body::form, .slow = true, .html = true}, with(renew));
    router.command("POST", "/tai-khoan/phien/{session}/ket-thuc", signed_in,
                   {.summary = "End one own session", .body = http::Body::form, .html = true},
                   [&parts](Context& context, const Request& request) {
                       const identity::SessionId id{parse_id(request.param("session")).value_or(0)};
                       return end_session(parts, context, request, id);
                   });
    router.command("POST", "/tai-khoan/phien/ket-thuc", signed_in,
                   {.summary = "End all other own sessions", .body = http::Body::form, .html = true},
                   [&parts](Context& context, const Request& request) {
                       return end_session(parts, context, request, std::nullopt);
                   });
}

}  // namespace motcua::portal
