// Acting for another, as pages: whom one lets act, for whom one may act, and assistance of a helper. Every rule is
// identity's (mandates.hpp). Owns /uy-quyen, /tai-khoan/thay-mat and /officer/ho-tro.
#include "identity/account_rows.hpp"
#include "identity/mandates.hpp"
#include "portal/pages.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using identity::Mandate;
using identity::MandateId;
using identity::MandateKind;
using identity::MandateSource;

std::string_view state_word(const Mandate& mandate, Instant now) {
    if (mandate.revoked_at) return "portal.mandate_ended";
    if (now >= mandate.to) return "portal.mandate_over";
    if (mandate.source == MandateSource::none) return "portal.mandate_waiting";
    return now < mandate.from ? "portal.mandate_future" : "portal.mandate_usable";
}

bool is_open(const Mandate& mandate, Instant now) { return !mandate.revoked_at && now < mandate.to; }

std::string typed(const Request& request, std::string_view name) {
    return std::string(request.find_form(name).value_or(""));
}

/// Codes as typed: between commas, semicolons or blanks.
std::vector<std::string> codes_of(std::string_view text) {
    std::vector<std::string> codes;
    std::string code;
    for (const char c : std::string(text) + " ") {
        if (c != ',' && c != ';' && c != ' ' && c != '\n' && c != '\r' && c != '\t') {
            code += c;
        } else if (!code.empty()) {
            codes.push_back(std::exchange(code, {}));
        }
    }
    return codes;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

Html scope_words(Lang lang, const Mandate& mandate) {
    Html html(lang);
    if (mandate.procedures.empty() && mandate.fields.empty() && !mandate.dossier)
        return html.add("{portal.mandate_all}");
    if (!mandate.procedures.empty()) html.add("{portal.mandate_procedures}: {}. ", joined(mandate.procedures));
    if (!mandate.fields.empty()) html.add("{portal.mandate_fields}: {}. ", joined(mandate.fields));
    if (mandate.dossier) html.add("{portal.mandate_dossier}: {}. ", to_string(mandate.dossier));
    return html;
}

/// A button that posts nothing but the keys.
Html button(Context& context, const Request& request, std::string_view action, Pattern label, Pattern kind) {
    Html html(request.lang);
    html.add(R"(<form method="post" action="{}">{}<button class="btn {}">{}</button></form>)", action,
             form_keys(context, request), Html(request.lang).add(kind), Html(request.lang).add(label));
    return html;
}

/// `below`: what else can be done with it.
void add_line(Html& html, Context& context, const Request& request, const Mandate& mandate, bool given,
              const Html& below) {
    const Instant now = context.now;
    const std::string id = to_string(mandate.id);
    // Who waits for a yes has not earned the name yet.
    const bool waits = mandate.source == MandateSource::none;
    const std::string other = given   ? mandate.holder_name
                              : waits ? html.say("portal.mandate_waiting")
                                      : identity::find_display_name(context.db, mandate.giver).value_or("");
    html.add(R"(<li><p><strong>{}</strong> <span class="tag {}">{}</span></p><p>{} {}</p><p>{} – {}</p>)", other,
             is_open(mandate, now) ? "success" : "plain", html.say(state_word(mandate, now)),
             html.say(std::string("portal.mandate_kind_") + std::string(to_string(mandate.kind))),
             given && !mandate.holder_number.empty() ? identity::masked_number(mandate.holder_number) : "",
             time_tag(html.lang(), mandate.from), time_tag(html.lang(), mandate.to));
    html.add("<p>{}</p>", scope_words(html.lang(), mandate));
    if (!mandate.reason.empty()) html.add("<p>{}</p>", mandate.reason);
    if (is_open(mandate, now)) {
        html.add(R"(<div class="actions">)");
        if (given && waits)
            html.add(button(context, request, "/uy-quyen/" + id + "/dong-y", "{portal.assistance_agree}", ""));
        if (!given && is_usable(mandate, now))
            html.add(
                R"(<form method="post" action="/tai-khoan/thay-mat">{}<input type="hidden" name="mandate" value="{}"><button class="btn">{portal.act_for}</button></form>)",
                form_keys(context, request), id);
        html.add(button(context, request, "/uy-quyen/" + id + "/thu-hoi",
                        waits && given ? Pattern("{portal.assistance_decline}") : Pattern("{portal.mandate_end}"),
                        "secondary"));
        html.add("</div>");
    }
    html.add("{}</li>", below);
}

void add_list(Html& html, Context& context, const Request& request, const std::vector<Mandate>& list, bool given) {
    if (list.empty()) {
        html.add("<p>{portal.mandate_none}</p>");
        return;
    }
    html.add(R"(<ul class="files">)");
    for (const Mandate& mandate : list) add_line(html, context, request, mandate, given, Html(html.lang()));
    html.add("</ul>");
}

void add_text(Html& html, std::string_view id, Pattern label, Pattern hint, std::string_view value, Pattern more) {
    html.add(R"(<div class="field"><label for="{}">{}</label><p class="hint" id="{}-hint">{}</p>)", id,
             Html(html.lang()).add(label), id, Html(html.lang()).add(hint));
    html.add(
        R"(<input id="{}" name="{}" class="w20" value="{}" autocomplete="off" aria-describedby="{}-hint"{}></div>)", id,
        id, value, id, Html(html.lang()).add(more));
}

/// Signing in afresh, where the session began.
void add_confirmation(Html& html, Context& context, const Request& request) {
    html.add(R"(<div class="notice warning"><p>{portal.confirm_first}</p>)");
    if (!request.principal.provider.empty()) {
        html.add(
            R"(<div class="actions"><a class="btn" href="/dang-nhap/{}?lai=1&amp;tiep=%2Fuy-quyen">{portal.confirm_again}</a></div></div>)",
            request.principal.provider);
        return;
    }
    html.add(
        R"(<form method="post" action="/uy-quyen/xac-nhan">{}<div class="field"><label for="confirm">{portal.password}</label>)"
        R"(<input id="confirm" name="password" type="password" class="w20" autocomplete="current-password"></div>)"
        R"(<div class="actions"><button class="btn">{portal.confirm_again}</button></div></form></div>)",
        form_keys(context, request));
}

Response show(const PortalParts& parts, Context& context, const Request& request, const std::vector<Wrong>& wrong,
              int status) {
    const identity::Identity& identity = parts.identity;
    Html main(request.lang);
    main.add("{}<h1>{portal.mandates}</h1><p>{portal.mandates_hint}</p>", error_summary(request.lang, wrong));
    const auto giver = identity::giver_of(request.principal);
    if (giver) {
        main.add(R"(<section aria-labelledby="given"><h2 id="given">{portal.mandates_given}</h2>)");
        add_list(main, context, request, identity::list_given(context.db, *giver, identity::mandates_shown), true);
        main.add("</section>");
    }
    if (!request.principal.acting) {
        main.add(R"(<section aria-labelledby="held"><h2 id="held">{portal.mandates_held}</h2>)");
        add_list(main, context, request,
                 identity::list_held(context.db, identity::AccountId{request.principal.id},
                                     identity.options().link_level_min, identity::mandates_shown),
                 false);
        main.add("</section>");
    }
    if (giver) {
        main.add(R"(<section aria-labelledby="new"><h2 id="new">{portal.mandate_new}</h2>)");
        if (!identity.check_confirmed(context.db, request.principal, context.now)) {
            add_confirmation(main, context, request);
        } else {
            main.add(R"(<form method="post" action="/uy-quyen">{})", form_keys(context, request));
            add_text(main, "holder_number", "{portal.mandate_number}", "{portal.mandate_number_hint}",
                     typed(request, "holder_number"), R"( inputmode="numeric")");
            add_text(main, "holder_name", "{portal.mandate_name}", "{portal.mandate_name_hint}",
                     typed(request, "holder_name"), "");
            add_text(main, "procedures", "{portal.mandate_procedures}", "{portal.mandate_procedures_hint}",
                     typed(request, "procedures"), "");
            add_text(main, "fields", "{portal.mandate_fields}", "{portal.mandate_fields_hint}",
                     typed(request, "fields"), "");
            add_text(main, "dossier", "{portal.mandate_dossier}", "{portal.mandate_dossier_hint}",
                     typed(request, "dossier"), "");
            add_text(main, "from", "{portal.mandate_from}", "{portal.mandate_from_hint}", typed(request, "from"),
                     R"( type="date")");
            add_text(main, "to", "{portal.mandate_to}", "{portal.mandate_to_hint}", typed(request, "to"),
                     R"( type="date")");
            main.add(R"(<div class="actions"><button class="btn">{portal.mandate_give}</button></div></form>)");
        }
        main.add("</section>");
    }
    Response response = render(parts, request,
                               {.shell = "signin",
                                .title = main.say("portal.mandates"),
                                .main = std::move(main),
                                .data = {},
                                .status = status});
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Response refused(const PortalParts& parts, Context& context, const Request& request, const Error& error,
                 std::string_view where) {
    return show(parts, context, request, {{std::string(where), resources::message(request.lang, error)}},
                http::status_of(error.code));
}

Result<Prepared> give(const PortalParts& parts, Context& context, const Request& request) {
    identity::MandateOrder order;
    order.holder_number = typed(request, "holder_number");
    order.holder_name = typed(request, "holder_name");
    order.procedures = codes_of(typed(request, "procedures"));
    order.fields = codes_of(typed(request, "fields"));
    const LocalDay day = today(context);
    const auto from = parse_day(typed(request, "from")), to = parse_day(typed(request, "to"));
    order.from = typed(request, "from").empty() ? day : from.value_or(LocalDay{});
    order.to = to.value_or(LocalDay{});
    if (const std::string named = typed(request, "dossier"); !named.empty()) {
        const auto dossier = dossier::get_visible(parts.dossiers, context, request, named);
        if (!dossier) return Prepared(refused(parts, context, request, dossier.error(), "dossier"));
        order.dossier = dossier->id;
    }
    auto prepared =
        identity::prepare_mandate(parts.identity, context.db, request.principal, order, context.meta(request));
    if (!prepared) return Prepared(refused(parts, context, request, prepared.error(), ""));
    return Prepared(std::move(prepared->write), Response::see_other("/uy-quyen"));
}

MandateId id_of(const Request& request) { return MandateId{parse_id(request.param("mandate")).value_or(0)}; }

Result<Prepared> end(const PortalParts& parts, Context& context, const Request& request) {
    auto write = TRY(
        identity::prepare_end(parts.identity, context.db, request.principal, id_of(request), context.meta(request)));
    const bool officer = request.principal.kind == http::PrincipalKind::officer;
    return Prepared(std::move(write), Response::see_other(officer ? "/officer/ho-tro" : "/uy-quyen"));
}

Result<Prepared> act(const PortalParts& parts, Context& context, const Request& request) {
    const MandateId id{parse_id(typed(request, "mandate")).value_or(0)};
    auto write =
        TRY(identity::prepare_acting(parts.identity, context.db, request.principal, id, context.meta(request)));
    return Prepared(std::move(write), Response::see_other("/ho-so-cua-toi"));
}

Result<Prepared> leave(Context& context, const Request& request) {
    const bool officer = request.principal.acting && request.principal.acting->actor == http::PrincipalKind::officer;
    return Prepared(identity::prepare_leaving(context.db, request.principal, context.meta(request)),
                    Response::see_other(officer ? "/officer/ho-tro" : "/uy-quyen"));
}

Result<Response> agree(const PortalParts& parts, Context& context, const Request& request) {
    auto done =
        identity::approve_assistance(parts.identity, request.principal, id_of(request), {}, context.meta(request));
    if (!done) return refused(parts, context, request, done.error(), "");
    return Response::see_other("/uy-quyen");
}

Result<Response> confirm(const PortalParts& parts, Context& context, const Request& request) {
    const std::string password = typed(request, "password");
    auto done =
        parts.identity.confirm(request.principal, {password, "", request.remote_address}, context.meta(request));
    if (!done) return refused(parts, context, request, done.error(), "confirm");
    return Response::see_other("/uy-quyen");
}

// --- helpers
// ----------------------------------------------------------------------------------------------------------

void add_waiting(Html& html, Context& context, const Request& request, const Mandate& mandate) {
    const std::string id = to_string(mandate.id);
    html.add(
        R"(<form method="post" action="/officer/ho-tro/{}/ma">{}<div class="field"><label for="code-{}">{portal.assistance_code}</label>)",
        id, form_keys(context, request), id);
    html.add(
        R"(<input id="code-{}" name="code" class="w10" inputmode="numeric" autocomplete="off"></div><div class="actions"><button class="btn">{portal.assistance_give_code}</button></div></form>)",
        id);
    if (!request.principal.has(identity::permission::dossier_receive)) return;
    html.add(
        R"(<details><summary>{portal.assistance_paper}</summary><form method="post" action="/officer/ho-tro/{}/giay">{}<div class="field"><label for="reason-{}">{portal.assistance_reason}</label>)",
        id, form_keys(context, request), id);
    html.add(
        R"(<textarea id="reason-{}" name="reason" rows="2"></textarea></div><div class="actions"><button class="btn secondary">{portal.assistance_give_paper}</button></div></form></details>)",
        id);
}

Response helper_page(const PortalParts& parts, Context& context, const Request& request,
                     const std::vector<Wrong>& wrong, int status) {
    Html main(request.lang);
    main.add("{}<h1>{portal.assistance}</h1><p>{portal.assistance_hint}</p>", error_summary(request.lang, wrong));
    main.add(R"(<form method="post" action="/officer/ho-tro">{})", form_keys(context, request));
    add_text(main, "citizen_id", "{portal.id_number}", "{portal.assistance_number_hint}", typed(request, "citizen_id"),
             R"( inputmode="numeric")");
    add_text(main, "name", "{portal.name}", "{portal.mandate_name_hint}", typed(request, "name"), "");
    add_text(main, "phone", "{portal.phone}", "{portal.assistance_phone_hint}", typed(request, "phone"),
             R"( inputmode="tel")");
    main.add(R"(<div class="actions"><button class="btn">{portal.assistance_ask}</button></div></form>)");
    main.add(R"(<section aria-labelledby="mine"><h2 id="mine">{portal.assistance_mine}</h2><ul class="files">)");
    for (const Mandate& mandate :
         identity::list_held(context.db, identity::AccountId{request.principal.id},
                             parts.identity.options().link_level_min, identity::mandates_shown)) {
        if (mandate.kind != MandateKind::assistance || !is_open(mandate, context.now)) continue;
        Html below(request.lang);
        if (mandate.source == MandateSource::none) add_waiting(below, context, request, mandate);
        add_line(main, context, request, mandate, false, below);
    }
    main.add("</ul></section>");
    return render(parts, request,
                  {.shell = "worklist",
                   .title = main.say("portal.assistance"),
                   .main = std::move(main),
                   .data = {},
                   .status = status});
}

Result<Response> ask(const PortalParts& parts, Context& context, const Request& request) {
    const identity::AssistanceOrder order{
        .citizen_id = typed(request, "citizen_id"), .name = typed(request, "name"), .phone = typed(request, "phone")};
    auto asked = identity::ask_assistance(parts.identity, request.principal, order, request.remote_address,
                                          context.meta(request));
    if (!asked)
        return helper_page(parts, context, request, {{"", resources::message(request.lang, asked.error())}},
                           http::status_of(asked.error().code));
    return Response::see_other("/officer/ho-tro");
}

Result<Response> approve(const PortalParts& parts, Context& context, const Request& request,
                         const identity::Approval& approval) {
    auto done = identity::approve_assistance(parts.identity, request.principal, id_of(request), approval,
                                             context.meta(request));
    if (!done)
        return helper_page(parts, context, request, {{"", resources::message(request.lang, done.error())}},
                           http::status_of(done.error().code));
    return Response::see_other("/officer/ho-tro");
}

}  // namespace

void register_mandates(http::Router& router, const PortalParts& parts) {
    using http::permission::as_person;
    using http::permission::signed_in;
    constexpr http::Permission helps = identity::permission::dossier_file_for_other;
    const auto with = [&parts](auto handler) {
        return [&parts, handler](Context& context, const Request& request) { return handler(parts, context, request); };
    };
    const auto form = [](std::string_view summary, bool slow = false) {
        return http::Spec{.summary = summary, .body = http::Body::form, .slow = slow, .html = true};
    };
    router.query("GET", "/uy-quyen", signed_in, {.summary = "Acting for another", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return show(parts, context, request, {}, 200);
                 });
    router.command("POST", "/uy-quyen", as_person, form("Give a mandate"), with(give));
    router.query("POST", "/uy-quyen/xac-nhan", as_person, form("Confirm who one is", true), with(confirm));
    router.command("POST", "/uy-quyen/{mandate}/thu-hoi", signed_in, form("End a mandate"), with(end));
    router.query("POST", "/uy-quyen/{mandate}/dong-y", as_person, form("Approve assistance", true), with(agree));
    router.command("POST", "/tai-khoan/thay-mat", signed_in, form("Act for another"), with(act));
    router.command("POST", "/tai-khoan/thay-mat/thoi", signed_in, form("Act for oneself again"),
                   [](Context& context, const Request& request) { return leave(context, request); });
    router.query("GET", "/officer/ho-tro", helps, {.summary = "Assist a person", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return helper_page(parts, context, request, {}, 200);
                 });
    router.query("POST", "/officer/ho-tro", helps, form("Ask to assist", true), with(ask));
    router.query("POST", "/officer/ho-tro/{mandate}/ma", helps, form("The code that the person read out", true),
                 [&parts](Context& context, const Request& request) {
                     return approve(parts, context, request,
                                    {.source = MandateSource::code, .code = typed(request, "code")});
                 });
    router.query("POST", "/officer/ho-tro/{mandate}/giay", helps, form("Approval on paper", true),
                 [&parts](Context& context, const Request& request) {
                     return approve(parts, context, request,
                                    {.source = MandateSource::paper, .reason = typed(request, "reason")});
                 });
}

}  // namespace motcua::portal
