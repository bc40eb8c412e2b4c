// What is kept about the person who asks, who looked at it, and what can be done about it: a copy, a correction, an
// objection.
#include "identity/account_rows.hpp"
#include "portal/pages.hpp"
#include "privacy/routes.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

constexpr int looks_shown = 50;
constexpr int requests_shown = 50;

void add_account(Html& html, Context& context, const Request& request) {
    const auto row = [&](Pattern term, const std::string& value) {
        if (!value.empty()) html.add("<div><dt>{}</dt><dd>{}</dd></div>", Html(html.lang()).add(term), value);
    };
    html.add(R"(<section aria-labelledby="kept"><h2 id="kept">{portal.data_kept}</h2><dl class="facts">)");
    row("{portal.data_name}", request.principal.display_name);
    if (const auto person = identity::find_person(context.db, identity::AccountId{request.principal.id})) {
        row("{portal.data_citizen_id}", person->citizen_id);
        row("{portal.data_tax_code}", person->tax_code);
        row("{portal.data_phone}", person->phone);
        row("{portal.data_email}", person->email);
        row("{portal.data_address}", person->address);
    }
    html.add(
        R"(</dl><p>{portal.data_dossiers} <a href="/ho-so-cua-toi">{portal.own_dossiers}</a></p>)"
        R"(<div class="actions"><a class="btn secondary" href="/du-lieu-cua-toi/tai-ve" download>{portal.data_export}</a></div></section>)");
}

void add_looks(Html& html, const privacy::Parts& data, Context& context, const Request& request) {
    html.add(R"(<section aria-labelledby="looks"><h2 id="looks">{portal.looks}</h2><p>{portal.looks_hint}</p>)");
    const auto looks = privacy::list_looks(data, context.db, PersonId{request.principal.id}, 0, looks_shown);
    if (looks.empty()) {
        html.add("<p>{portal.looks_none}</p></section>");
        return;
    }
    html.add(
        R"(<div class="table" tabindex="0" role="region" aria-labelledby="looks"><table class="stack"><thead><tr>)"
        R"(<th scope="col">{portal.look_at}</th><th scope="col">{portal.look_who}</th><th scope="col">{portal.dossier_code}</th><th scope="col">{portal.look_why}</th></tr></thead><tbody>)");
    for (const privacy::Look& look : looks) {
        const std::string why = !look.acting.empty() ? html.say("portal.look_" + look.acting)
                                : look.reason.empty()
                                    ? html.say(look.part == "file" ? "portal.look_file" : "portal.look_running")
                                    : html.say("portal.look_reason", {{"reason", look.reason}});
        html.add(
            R"(<tr><td data-label="{portal.look_at}">{}</td><td data-label="{portal.look_who}">{}</td><td data-label="{portal.dossier_code}">{}</td><td data-label="{portal.look_why}">{}</td></tr>)",
            time_tag(html.lang(), look.at), look.unit.empty() ? look.who : look.who + ", " + look.unit, look.dossier,
            why);
    }
    html.add("</tbody></table></div></section>");
}

void add_requests(Html& html, Context& context, const Request& request, bool open) {
    html.add(R"(<section aria-labelledby="ask"><h2 id="ask">{portal.data_requests}</h2>)");
    for (const privacy::DataRequest& one :
         privacy::list_requests(context.db, PersonId{request.principal.id}, requests_shown)) {
        html.add(R"(<div class="notice"><p><strong>{}</strong> {}</p><p>{}</p>)",
                 html.say("portal.data_" + std::string(privacy::to_text(one.kind))),
                 time_tag(html.lang(), one.asked_at), one.text);
        if (one.answered_at)
            html.add("<p>{portal.data_answer} {}: {}</p></div>", time_tag(html.lang(), *one.answered_at), one.answer);
        else
            html.add("<p>{portal.data_waits}</p></div>");
    }
    const std::string chosen(request.find_form("kind").value_or("correct"));
    html.add(open ? Pattern("<details open>") : Pattern("<details>"));
    html.add(
        R"(<summary>{portal.data_ask}</summary><form method="post" action="/du-lieu-cua-toi/yeu-cau">{}<fieldset><legend>{portal.data_ask_what}</legend>)",
        form_keys(context, request));
    for (const auto& [kind, text] : {std::pair<const char*, const char*>{"correct", "portal.data_correct"},
                                     std::pair<const char*, const char*>{"object", "portal.data_object"},
                                     std::pair<const char*, const char*>{"erase", "portal.data_erase"}})
        html.add(
            chosen == kind
                ? Pattern(
                      R"(<div class="choice"><input type="radio" id="kind-{}" name="kind" value="{}" checked><label for="kind-{}">{}</label></div>)")
                : Pattern(
                      R"(<div class="choice"><input type="radio" id="kind-{}" name="kind" value="{}"><label for="kind-{}">{}</label></div>)"),
            kind, kind, kind, html.say(text));
    html.add(
        R"(</fieldset><p class="hint">{portal.data_erase_hint}</p><div class="field"><label for="text">{portal.data_text}</label><textarea id="text" name="text" rows="4" maxlength="{}">)",
        privacy::request_chars_max);
    html.add("\n{}</textarea></div>", open ? std::string(request.find_form("text").value_or("")) : "");
    html.add(
        R"(<div class="actions"><button class="btn">{portal.data_send}</button></div></form></details></section>)");
}

Response show(const PortalParts& parts, Context& context, const Request& request, const std::vector<Wrong>& wrong,
              int status) {
    const privacy::Parts data{parts.dossiers, parts.identity};
    Html main(request.lang);
    main.add("{}<h1>{portal.own_data}</h1><p>{portal.own_data_hint}</p>", error_summary(request.lang, wrong));
    add_account(main, context, request);
    add_looks(main, data, context, request);
    add_requests(main, context, request, !wrong.empty());
    Response response = render(parts, request,
                               {.shell = "track",
                                .title = main.say("portal.own_data"),
                                .main = std::move(main),
                                .data = {},
                                .status = status});
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Result<Prepared> ask(const PortalParts& parts, Context& context, const Request& request) {
    TRY(privacy::check_own(request));
    const auto kind = privacy::parse_request_kind(request.find_form("kind").value_or(""));
    auto write = privacy::make_request(
        context.db, context.ids, PersonId{request.principal.id}, kind.value_or(privacy::RequestKind::correct),
        request.find_form("text").value_or("").substr(0, 4 * privacy::request_chars_max), context.meta(request));
    if (!write)
        return Prepared(show(parts, context, request, {{"text", resources::message(request.lang, write.error())}},
                             http::status_of(write.error().code)));
    return Prepared(std::move(*write), Response::see_other("/du-lieu-cua-toi"));
}

}  // namespace

void register_own_data(http::Router& router, const PortalParts& parts) {
    using http::permission::as_person;
    router.query("GET", "/du-lieu-cua-toi", as_person,
                 {.summary = "What is kept about the person, and who looked", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return show(parts, context, request, {}, 200);
                 });
    router.command("GET", "/du-lieu-cua-toi/tai-ve", as_person, {.summary = "A copy of it", .slow = true, .html = true},
                   [&parts](Context& context, const Request& request) -> Result<Prepared> {
                       return privacy::export_own_data({parts.dossiers, parts.identity}, context, request);
                   });
    router.command("POST", "/du-lieu-cua-toi/yeu-cau", as_person,
                   {.summary = "Ask for a correction, or object", .body = http::Body::form, .html = true},
                   [&parts](Context& context, const Request& request) { return ask(parts, context, request); });
}

}  // namespace motcua::portal
