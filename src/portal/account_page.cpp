// The own account: where one is signed in, and the second factor of officers. Secrets are in the answer to a form,
// never behind an address, so that nothing keeps them.
#include "http/parse.hpp"
#include "identity/account_rows.hpp"
#include "identity/delegation.hpp"
#include "identity/passkeys.hpp"
#include "identity/session_rows.hpp"
#include "portal/pages.hpp"
#include "portal/proof.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

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
                    std::string_view id, bool with_code, bool open, const std::vector<Wrong>& wrong) {
    html.add(open ? Pattern("<details open>") : Pattern("<details>"));
    html.add(R"(<summary>{}</summary><form method="post" action="/tai-khoan/{}">{})", Html(html.lang()).add(title),
             action, form_keys(context, request));
    add_proof_inputs(html, id, "", with_code, wrong);
    html.add(R"(<div class="actions"><button class="btn">{}</button></div></form></details>)",
             Html(html.lang()).add(title));
}

/// Where a recent sign-in is proof enough.
void add_plain_form(Html& html, Context& context, const Request& request, std::string_view action, Pattern title) {
    html.add(
        R"(<form method="post" action="/tai-khoan/{}">{}<div class="actions"><button class="btn secondary">{}</button></div></form>)",
        action, form_keys(context, request), Html(html.lang()).add(title));
}

void add_activate_form(Html& html, Context& context, const Request& request) {
    html.add(
        R"(<form method="post" action="/tai-khoan/xac-thuc/bat">{}<div class="field"><label for="first-code">{portal.first_code}</label>)"
        R"(<input id="first-code" name="code" class="w20" inputmode="numeric" autocomplete="one-time-code"></div>)"
        R"(<div class="actions"><button class="btn">{portal.switch_on}</button></div></form>)",
        form_keys(context, request));
}

void add_second_factor(Html& html, const PortalParts& parts, Context& context, const Request& request,
                       const Refusal& refusal) {
    const auto state = parts.identity.second_factor_state(context.db, identity::AccountId{request.principal.id});
    html.add(R"(<section aria-labelledby="second"><h2 id="second">{portal.second_factor}</h2>)");
    if (state.active_since)
        html.add(R"(<p>{portal.second_factor_on} {}. {}</p>)", time_tag(html.lang(), *state.active_since),
                 html.say("portal.recovery_codes_left", {{"count", std::to_string(state.recovery_codes)}}));
    if (state.by_passkeys) {
        html.add("<p>{portal.second_factor_passkeys}</p>");
        if (refusal.form == Form::activate) add_activate_form(html, context, request);
        add_plain_form(html, context, request, "xac-thuc/ma-du-phong", "{portal.renew_codes}");
        add_plain_form(html, context, request, "xac-thuc", "{portal.begin_app}");
    } else if (state.active_since) {
        add_proof_form(html, context, request, "xac-thuc/ma-du-phong", "{portal.renew_codes}", "renew-", true,
                       refusal.form == Form::renew, refusal.wrong);
        add_proof_form(html, context, request, "xac-thuc/tat", "{portal.switch_off}", "end-", true,
                       refusal.form == Form::end, refusal.wrong);
    } else {
        if (state.demanded) html.add(R"(<div class="notice warning"><p>{portal.second_factor_demanded}</p></div>)");
        html.add("<p>{portal.second_factor_off}</p>");
        if (refusal.form == Form::activate) add_activate_form(html, context, request);
        add_proof_form(html, context, request, "xac-thuc", "{portal.begin_second_factor}", "begin-", false,
                       refusal.form == Form::begin, refusal.wrong);
    }
    html.add("</section>");
}

std::string post_words(const PortalParts& parts, Lang lang, const identity::Post& post) {
    const identity::Role* role = parts.identity.roles().find(post.role);
    const std::string unit = unit_name(parts, post.unit), name = role ? role->name(lang) : post.role;
    return (post.title.empty() ? name : post.title) + (unit.empty() ? "" : ", " + unit);
}

void add_delegations(Html& html, const PortalParts& parts, Context& context, const Request& request,
                     const std::vector<Wrong>& wrong) {
    const auto typed = [&](std::string_view name) { return std::string(request.find_form(name).value_or("")); };
    const identity::AccountId id{request.principal.id};
    const LocalDay day = today(context);
    html.add(
        R"(<section aria-labelledby="leave"><h2 id="leave">{portal.delegations}</h2><p>{portal.delegations_hint}</p><ul class="files">)");
    for (const auto& one : identity::list_delegations(context.db, id, day))
        html.add(
            R"(<li><p><strong>{}</strong> {}</p><p>{}</p><form method="post" action="/tai-khoan/uy-nhiem/{}/lay-lai">{}<button class="btn secondary">{portal.delegation_end}</button></form></li>)",
            one.holder_name, post_words(parts, html.lang(), one.post),
            html.say("portal.delegation_dates", {{"from", format_day(one.post.validity.from)},
                                                 {"to", format_day(one.post.validity.to - std::chrono::days{1})}}),
            to_string(one.post.id), form_keys(context, request));
    html.add("</ul>");
    const auto account = identity::find_account(context.db, id);
    Html posts(html.lang());
    if (account)
        for (const identity::Post& post : account->posts)
            if (post.validity.covers(day) && !post.delegated_by)
                add_option(posts, to_string(post.id), post_words(parts, html.lang(), post),
                           to_string(post.id) == typed("post"));
    if (!posts.empty())
        html.add(
            R"(<form method="post" action="/tai-khoan/uy-nhiem">{}<div class="field"><label for="leave-post">{portal.delegation_post}</label><select id="leave-post" name="post">{}</select></div>)"
            R"(<div class="field"><label for="leave-to">{portal.delegation_to}</label><input id="leave-to" name="user_name" class="w20" autocomplete="off" autocapitalize="none" value="{}"></div>)"
            R"(<div class="field"><label for="leave-from">{portal.mandate_from}</label><input id="leave-from" name="from" type="date" class="w10" value="{}"></div>)"
            R"(<div class="field"><label for="leave-until">{portal.mandate_to}</label><input id="leave-until" name="to" type="date" class="w10" value="{}"></div>)"
            R"({}<div class="actions"><button class="btn">{portal.delegation_give}</button></div></form>)",
            form_keys(context, request), posts, typed("user_name"), typed("from"), typed("to"),
            proof_fields(parts, context, request, "leave-", wrong));
    html.add("</section>");
}

/// Adding one needs a script (the browser's own dialogue); looking and revoking do not.
void add_passkeys(Html& html, Context& context, const Request& request) {
    html.add(
        R"(<section aria-labelledby="passkeys"><h2 id="passkeys">{portal.passkeys}</h2><p>{portal.passkeys_hint}</p><ul class="files">)");
    const auto own = identity::list_passkeys(context.db, identity::AccountId{request.principal.id});
    for (const auto& passkey : own)
        html.add(
            R"(<li><p><strong>{}</strong></p><p>{portal.passkey_added} {}. {portal.passkey_used} {}</p><form method="post" action="/tai-khoan/khoa/{}/thu-hoi">{}<button class="btn secondary">{portal.passkey_revoke}</button></form></li>)",
            passkey.name, time_tag(html.lang(), passkey.created_at), time_tag(html.lang(), passkey.used_at),
            to_string(passkey.id), form_keys(context, request));
    html.add(
        R"(</ul><form data-passkey="add" data-failed="{portal.passkey_failed}" data-confirm="{portal.passkey_confirm}" hidden>)"
        R"(<div class="field"><label for="passkey-name">{portal.passkey_name}</label><input id="passkey-name" name="name" class="w20" maxlength="60" required></div>)"
        R"(<p role="status" data-said></p><div class="actions"><button class="btn">{portal.passkey_add}</button></div></form>)"
        R"(<div data-codes tabindex="-1" hidden><h3>{portal.recovery_codes}</h3><div class="notice warning"><p>{portal.recovery_codes_hint}</p></div><ul></ul><div class="actions"><a class="btn" href="/tai-khoan">{portal.codes_kept}</a></div></div>)");
    if (!own.empty())
        html.add(
            R"(<form data-passkey="confirm" data-failed="{portal.passkey_failed}" data-done="{portal.passkey_confirmed}" hidden>)"
            R"(<p>{portal.passkey_confirm_hint}</p><p role="status" data-said></p><div class="actions"><button class="btn secondary">{portal.passkey_confirm_button}</button></div></form>)");
    html.add(R"(<noscript><p>{portal.passkey_script}</p></noscript></section>)");
}

Result<Prepared> revoke_passkey(const PortalParts& parts, Context& context, const Request& request) {
    const identity::PasskeyId id{parse_id(request.param("passkey")).value_or(0)};
    auto write = TRY(
        identity::prepare_passkey_removal(parts.identity, context.db, request.principal, id, context.meta(request)));
    return Prepared(std::move(write), Response::see_other("/tai-khoan"));
}

void add_sessions(Html& html, Context& context, const Request& request) {
    html.add(
        R"(<section><h2>{portal.sessions}</h2><p>{portal.sessions_hint}</p>)"
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
    if (request.principal.kind == http::PrincipalKind::officer) {
        add_second_factor(main, parts, context, request, refusal);
        add_passkeys(main, context, request);
        add_delegations(main, parts, context, request, refusal.wrong);
    }
    if (!request.principal.acting) main.add(R"(<p><a href="/uy-quyen">{portal.mandates}</a></p>)");
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
    // Where passkeys are the second factor, whoever is signed in has shown one: a recent sign-in is proof enough.
    const identity::AccountId id{request.principal.id};
    if (!parts.identity.second_factor_state(context.db, id).by_passkeys)
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

Result<Prepared> hand_over(const PortalParts& parts, Context& context, const Request& request) {
    const auto typed = [&](std::string_view name) { return std::string(request.find_form(name).value_or("")); };
    if (auto taken = take_proof(parts, context, request); !taken)
        return Prepared(
            show(parts, context, request,
                 {{wrong_proof(request, "leave-", taken.error())}, Form::none, http::status_of(taken.error().code)}));
    identity::DelegationOrder order;
    order.post = identity::PostId{parse_id(typed("post")).value_or(0)};
    order.user_name = typed("user_name");
    order.from = typed("from").empty() ? today(context) : parse_day(typed("from")).value_or(LocalDay{});
    order.to = parse_day(typed("to")).value_or(LocalDay{});
    auto write =
        identity::prepare_delegation(parts.identity, context.db, request.principal, order, context.meta(request));
    if (!write) {
        Refusal refusal = refusal_of(request, write.error(), Form::none, "leave-to");
        if (write.error().reason == "session.confirmation_required")
            refusal.wrong = {wrong_proof(request, "leave-", write.error())};
        return Prepared(show(parts, context, request, refusal));
    }
    return Prepared(std::move(*write), Response::see_other("/tai-khoan"));
}

Result<Prepared> take_back(Context& context, const Request& request) {
    const identity::PostId post{parse_id(request.param("post")).value_or(0)};
    auto write = TRY(identity::prepare_delegation_end(context.db, request.principal, post, context.meta(request)));
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
    router.command("POST", "/tai-khoan/khoa/{passkey}/thu-hoi", as_officer,
                   {.summary = "Revoke a passkey", .body = http::Body::form, .html = true}, with(revoke_passkey));
    router.command("POST", "/tai-khoan/uy-nhiem", as_officer,
                   {.summary = "Hand a post over", .body = http::Body::form, .slow = true, .html = true},
                   with(hand_over));
    router.command("POST", "/tai-khoan/uy-nhiem/{post}/lay-lai", as_officer,
                   {.summary = "Take it back", .body = http::Body::form, .html = true},
                   [](Context& context, const Request& request) { return take_back(context, request); });
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
