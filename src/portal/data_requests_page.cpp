// For officers who answer what people ask about their data: the open requests, oldest first, one with its answer, and
// the erasure of an account with what goes and what stays. Rules and scope are privacy's (answering.hpp).
#include "base/field_keys.hpp"
#include "http/parse.hpp"
#include "identity/account_rows.hpp"
#include "identity/mandate.hpp"
#include "identity/permissions.hpp"
#include "portal/pages.hpp"
#include "portal/proof.hpp"
#include "privacy/answering.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using privacy::DataRequest;

constexpr int page_lines = 50;
constexpr std::string_view list_path = "/officer/yeu-cau-du-lieu";

/// Which of the two forms was refused.
enum class Form { none, answer, erase };
struct Refusal {
    Form form = Form::none;
    std::vector<Wrong> wrong = {};
    int status = 200;
};

privacy::Parts data_parts(const PortalParts& parts) { return {parts.dossiers, parts.identity}; }

std::int64_t id_of(const Request& request) { return parse_id(request.param("request")).value_or(0); }

std::string path_of(const DataRequest& one) { return std::string(list_path) + "/" + format_id(one.id); }

/// Name, and as much of the number as tells people of one name apart; without it when it cannot be read any more.
std::string who(db::Session& session, PersonId id) {
    const identity::AccountId account{id.value};
    std::string name = identity::find_display_name(session, account).value_or("");
    const auto person = unless_damaged([&] { return identity::find_person(session, account); }).value_or(std::nullopt);
    if (!person) return name;
    const std::string& number = person->citizen_id.empty() ? person->tax_code : person->citizen_id;
    return number.empty() ? name : name + " (" + identity::masked_number(number) + ")";
}

std::string kind_words(const Html& html, const DataRequest& one) {
    return html.say("portal.data_" + std::string(privacy::to_text(one.kind)));
}

std::string waited(const Html& html, const Context& context, const DataRequest& one) {
    const auto days = (local_day(context.now) - local_day(one.asked_at)).count();
    if (days <= 0) return html.say("portal.data_today");
    return html.say("portal.data_waited", {{"days", std::to_string(days)}});
}

Response show_list(const PortalParts& parts, Context& context, const Request& request) {
    Html main(request.lang);
    main.add("<h1>{portal.data_to_answer}</h1><p>{portal.data_to_answer_hint}</p>");
    if (const std::string done = string_or(request.input, "da"); !done.empty())
        main.add(R"(<div class="notice success" role="status"><p>{}</p></div>)",
                 main.say(done == "xoa" ? "portal.data_erased" : "portal.data_answered"));
    const std::int64_t after = parse_id(string_or(request.input, "sau")).value_or(0);
    auto found = privacy::list_answerable(data_parts(parts), context, request, after, page_lines + 1);
    const bool more = found.size() > page_lines;
    if (more) found.pop_back();
    if (found.empty()) {
        main.add(R"(<div class="notice success"><p>{portal.data_none_open}</p></div>)");
    } else {
        main.add(
            R"(<div class="table" tabindex="0" role="region" aria-labelledby="cap"><table class="stack"><caption id="cap" class="vh">{portal.data_to_answer}</caption><thead><tr>)"
            R"(<th scope="col">{portal.data_what}</th><th scope="col">{portal.data_person}</th><th scope="col">{portal.data_asked}</th></tr></thead><tbody>)");
        for (const DataRequest& one : found)
            main.add(
                R"(<tr data-row><td data-label="{portal.data_what}"><a href="{}">{}</a></td><td data-label="{portal.data_person}">{}</td><td data-label="{portal.data_asked}">{} <span class="muted">{}</span></td></tr>)",
                path_of(one), kind_words(main, one), who(context.db, one.person), time_tag(request.lang, one.asked_at),
                waited(main, context, one));
        main.add("</tbody></table></div>");
    }
    if (after != 0 || more) {
        main.add(R"(<nav class="pager" aria-label="{portal.pages}">)");
        if (after != 0) main.add(R"(<a href="{}" rel="first">‹ {portal.first_page}</a>)", list_path);
        if (more)
            main.add(R"(<a href="{}?sau={}" rel="next">{portal.next_page} ›</a>)", list_path,
                     format_id(found.back().id));
        main.add("</nav>");
    }
    return render(parts, request,
                  {.shell = "worklist", .title = main.say("portal.data_to_answer"), .main = std::move(main)});
}

/// The text field of either form, with what was typed and refused.
void add_answer(Html& html, const Request& request, std::string_view id, Pattern label, Pattern hint,
                const Refusal& refusal, bool refused) {
    const std::string input = std::string(id) + "-answer";
    const auto wrong = std::ranges::find(refusal.wrong, input, &Wrong::id);
    const bool marked = refused && wrong != refusal.wrong.end();
    html.add(marked ? Pattern(R"(<div class="field invalid">)") : Pattern(R"(<div class="field">)"));
    html.add(R"(<label for="{}">{}</label><p class="hint" id="{}-hint">{}</p>)", input, Html(html.lang()).add(label),
             input, Html(html.lang()).add(hint));
    if (marked)
        html.add(R"(<p class="error" id="{}-error"><span class="vh">{portal.error_prefix}</span> {}</p>)", input,
                 wrong->text);
    html.add(R"(<textarea id="{}" name="answer" rows="4" maxlength="{}" aria-describedby="{}-hint{}"{}>)", input,
             privacy::request_chars_max, input, marked ? " " + input + "-error" : "",
             marked ? Html(html.lang()).add(R"( aria-invalid="true")") : Html(html.lang()));
    html.add("\n{}</textarea></div>", refused ? std::string(request.find_form("answer").value_or("")) : "");
}

void add_erasure(Html& html, const PortalParts& parts, Context& context, const Request& request, const DataRequest& one,
                 const Refusal& refusal) {
    const auto preview = privacy::preview_erasure(data_parts(parts), context.db, one);
    const auto line = [&](std::string_view sentence, std::int64_t count) {
        if (count > 0) html.add("<li>{}</li>", html.say(sentence, {{"count", std::to_string(count)}}));
    };
    html.add(
        R"(<section aria-labelledby="erase"><h2 id="erase">{portal.erase_title}</h2><h3>{portal.erase_goes}</h3><ul>)");
    html.add("<li>{portal.erase_goes_person}</li><li>{portal.erase_goes_keys}</li>");
    line("portal.erase_goes_sessions", preview.sessions);
    line("portal.erase_goes_mandates", preview.mandates);
    line("portal.erase_goes_requests", preview.other_requests);
    html.add("</ul><h3>{portal.erase_stays}</h3><ul>");
    line("portal.erase_stays_dossiers", preview.dossiers.all);
    html.add("<li>{portal.erase_stays_trail}</li></ul>");
    if (preview.dossiers.running > 0) {
        html.add(R"(<div class="notice danger"><p>{}</p></div></section>)",
                 html.say("privacy.dossiers_running", {{"count", std::to_string(preview.dossiers.running)}}));
        return;
    }
    const bool refused = refusal.form == Form::erase;
    html.add(
        R"(<div class="notice warning"><p>{portal.erase_for_good}</p></div><form method="post" action="{}/xoa">{})",
        path_of(one), form_keys(context, request));
    add_answer(html, request, "erase", "{portal.erase_note}", "{portal.erase_note_hint}", refusal, refused);
    html.add(R"({}<div class="actions"><button class="btn warn">{portal.erase_now}</button></div></form>{}</section>)",
             proof_fields(parts, context, request, "erase-", refusal.wrong), passkey_proof(parts, context, request));
}

Response show_one(const PortalParts& parts, Context& context, const Request& request, const DataRequest& one,
                  const Refusal& refusal) {
    Html main(request.lang);
    main.add(R"({}<a class="back" href="{}">‹ {portal.data_to_answer}</a><h1>{}</h1><dl class="summary">)",
             error_summary(request.lang, refusal.wrong), list_path, kind_words(main, one));
    main.add("<div><dt>{portal.data_person}</dt><dd>{}</dd></div>", who(context.db, one.person));
    main.add(R"(<div><dt>{portal.data_asked}</dt><dd>{} <span class="muted">{}</span></dd></div>)",
             time_tag(request.lang, one.asked_at), one.answered_at ? std::string() : waited(main, context, one));
    if (!one.text.empty()) main.add(R"(<div><dt>{portal.data_text}</dt><dd class="said">{}</dd></div>)", one.text);
    if (one.answered_at)
        main.add(R"(<div><dt>{portal.data_answer}</dt><dd>{}<p class="said">{}</p></dd></div>)",
                 time_tag(request.lang, *one.answered_at), one.answer);
    main.add("</dl>");
    if (!one.answered_at) {
        const bool erase = one.kind == privacy::RequestKind::erase;
        if (erase) add_erasure(main, parts, context, request, one, refusal);
        main.add(
            R"(<section aria-labelledby="answer"><h2 id="answer">{}</h2><form method="post" action="{}/tra-loi">{})",
            main.say(erase ? "portal.data_decline" : "portal.data_do_answer"), path_of(one),
            form_keys(context, request));
        add_answer(main, request, "reply", "{portal.data_answer_text}",
                   erase ? Pattern("{portal.data_decline_hint}") : Pattern("{portal.data_answer_hint}"), refusal,
                   refusal.form == Form::answer);
        main.add(R"(<div class="actions"><button class="btn{}">{}</button></div></form></section>)",
                 erase ? " secondary" : "", main.say("portal.data_send_answer"));
    }
    Response response = render(parts, request,
                               {.shell = "dossier",
                                .title = main.say("portal.data_to_answer"),
                                .main = std::move(main),
                                .data = {},
                                .status = refusal.status});
    response.headers.set("Cache-Control", "no-store");
    return response;
}

Refusal refusal_of(const Request& request, Form form, const Error& error) {
    const bool erase = form == Form::erase;
    const std::string id = erase ? "erase-" : "reply-";
    Refusal refusal{form, {}, http::status_of(error.code)};
    // What was wrong with the proof, or that there was none, stands at its fields.
    if (erase && (error.reason == "session.confirmation_required" || error.code == Errc::unauthorized))
        refusal.wrong.push_back(wrong_proof(request, id, error));
    else
        refusal.wrong.push_back(
            {error.code == Errc::invalid ? id + "answer" : "", resources::message(request.lang, error)});
    return refusal;
}

std::string_view typed_answer(const Request& request) {
    return request.find_form("answer").value_or("").substr(0, 4 * privacy::request_chars_max);
}

Result<Prepared> answer(const PortalParts& parts, Context& context, const Request& request) {
    const privacy::Parts data = data_parts(parts);
    const DataRequest one = TRY(privacy::get_answerable(data, context, request, id_of(request)));
    auto write = privacy::prepare_answer(data, context, request, one.id, typed_answer(request));
    if (!write)
        return Prepared(show_one(parts, context, request, one, refusal_of(request, Form::answer, write.error())));
    return Prepared(std::move(*write), Response::see_other(std::string(list_path) + "?da=tra-loi"));
}

Result<Response> erase(const PortalParts& parts, Context& context, const Request& request) {
    const privacy::Parts data = data_parts(parts);
    const DataRequest one = TRY(privacy::get_answerable(data, context, request, id_of(request)));
    auto done = take_proof(parts, context, request);
    if (done) done = privacy::run_erasure(data, context, request, one.id, typed_answer(request));
    if (!done) return show_one(parts, context, request, one, refusal_of(request, Form::erase, done.error()));
    return Response::see_other(std::string(list_path) + "?da=xoa");
}

}  // namespace

void register_data_requests(http::Router& router, const PortalParts& parts) {
    constexpr http::Permission answers = identity::permission::privacy_answer;
    router.query("GET", list_path, answers,
                 {.summary = "What people ask about their data",
                  .query = {field::text("sau", "Last one seen").length(0, 40),
                            field::text("da", "What was just done").length(0, 20)},
                  .slow = true,
                  .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return show_list(parts, context, request);
                 });
    router.query("GET", "/officer/yeu-cau-du-lieu/{request}", answers,
                 {.summary = "One of these requests, with its answer", .slow = true, .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     const DataRequest one =
                         TRY(privacy::get_answerable(data_parts(parts), context, request, id_of(request)));
                     return show_one(parts, context, request, one, {});
                 });
    router.command("POST", "/officer/yeu-cau-du-lieu/{request}/tra-loi", answers,
                   {.summary = "Answer it", .body = http::Body::form, .slow = true, .html = true},
                   [&parts](Context& context, const Request& request) { return answer(parts, context, request); });
    router.query("POST", "/officer/yeu-cau-du-lieu/{request}/xoa", answers,
                 {.summary = "Confirm an erasure: the account goes, for good",
                  .body = http::Body::form,
                  .slow = true,
                  .html = true},
                 [&parts](Context& context, const Request& request) { return erase(parts, context, request); });
}

}  // namespace motcua::portal
