// What a citizen sees of own dossiers: the list, one of them with its way and what is to be done, its files;
// withdrawing and reporting a wrong result.
#include <fmt/format.h>

#include "http/page.hpp"
#include "portal/pages.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;
using dossier::Status;

constexpr int own_page_lines = 30;

void add_row(Html& html, Pattern term, const Html& value) {
    if (!value.empty()) html.add("<div><dt>{}</dt><dd>{}</dd></div>", Html(html.lang()).add(term), value);
}

bool may_withdraw(const Dossier& d) {
    return !d.result && (d.status == Status::draft || d.status == Status::registered || d.status == Status::received ||
                         d.status == Status::processing || d.status == Status::awaiting_supplement ||
                         d.status == Status::awaiting_payment);
}

/// A small form behind a <summary>, with one text.
void add_reason_form(Html& html, Context& context, const Request& request, const Dossier& d, std::string_view action,
                     Pattern title, Pattern label, Pattern button, bool open) {
    html.add(open ? Pattern("<details open>") : Pattern("<details>"));
    html.add(
        R"(<summary>{}</summary><form method="post" action="/ho-so/{}/{}">{}<input type="hidden" name="_version" value="{}">)",
        Html(html.lang()).add(title), to_string(d.id), action, form_keys(context, request), d.head.version);
    html.add(R"(<div class="field"><label for="{}-reason">{}</label><textarea id="{}-reason" name="reason" rows="3">)",
             action, Html(html.lang()).add(label), action);
    html.add("\n{}</textarea></div>", open ? std::string(request.find_form("reason").value_or("")) : "");
    html.add(R"(<div class="actions"><button class="btn warn">{}</button></div></form></details>)",
             Html(html.lang()).add(button));
}

Response show(const PortalParts& parts, Context& context, const Request& request, const Dossier& d,
              const std::vector<Wrong>& wrong, std::string_view refused_action, int status) {
    const Lang lang = request.lang;
    const std::string base = "/ho-so/" + to_string(d.id);
    const bool just_sent = request.input.contains("da-gui");
    Html main(lang);
    main.add("{}", error_summary(lang, wrong));
    if (just_sent) {
        main.add(R"(<div class="panel"><p>{portal.sent}</p>)");
        main.add(R"(<p class="code">{}</p><p>{}</p></div>)", d.code.empty() ? to_string(d.id) : d.code,
                 main.say(d.status == Status::registered ? "portal.sent_next" : "portal.sent_received"));
    }
    main.add("<h1>{}</h1><p>{}</p>", d.procedure_name, status_tag(lang, d, context.now));
    if (d.status == Status::draft)
        main.add(
            R"(<div class="notice"><p>{portal.draft_notice}</p></div><div class="actions"><a class="btn" href="{}/sua">{portal.continue_draft}</a></div>)",
            base);
    if (const dossier::Supplement* open = d.open_supplement(); open && d.status == Status::awaiting_supplement) {
        main.add(R"(<div class="notice warning"><h2>{portal.supplement_wanted}</h2><p>{}</p><ul>)", open->reason);
        for (const std::string& item : open->items) main.add("<li>{}</li>", item);
        main.add("</ul>");
        if (open->closes) main.add("<p>{portal.supplement_until} {}</p>", time_tag(lang, *open->closes));
        main.add("</div>");
        if (open->submitted) {
            main.add(R"(<div class="notice success"><p>{portal.supplement_sent}</p></div>)");
        } else {
            main.add(R"(<div class="actions"><a class="btn" href="{}/sua">{portal.hand_in_supplement}</a></div>)",
                     base);
        }
    }
    if (d.status == Status::awaiting_payment)
        main.add(R"(<div class="notice warning"><p>{portal.payment_wanted}</p></div>)");
    if (d.status == Status::refused || d.status == Status::stopped)
        main.add(R"(<div class="notice danger"><h2>{portal.closed_because}</h2><p>{}</p></div>)",
                 resources::has_message("portal.reason_" + d.closing_reason)
                     ? main.say("portal.reason_" + d.closing_reason)
                     : d.closing_reason);
    if (d.is_late(context.now))
        main.add(d.apology_at ? Pattern(R"(<div class="notice danger"><p>{portal.late_apology}</p></div>)")
                              : Pattern(R"(<div class="notice danger"><p>{portal.late_notice}</p></div>)"));
    if (d.result)
        main.add(R"(<div class="notice success"><h2>{}</h2><p>{}</p><p>{}</p></div>)",
                 main.say(d.result->outcome == dossier::Outcome::granted ? "portal.result_granted"
                                                                         : "portal.result_refused"),
                 d.result->number, d.result->summary);

    main.add(R"(<dl class="summary">)");
    add_row(main, "{portal.dossier_code}", Html(lang).add("{}", d.code));
    add_row(main, "{portal.applicant}", Html(lang).add("{}", d.applicant.name));
    if (d.submitted) add_row(main, "{portal.submitted_at}", time_tag(lang, *d.submitted));
    if (d.received)
        add_row(main, "{portal.received_at}",
                Html(lang).add(R"({} · <a href="/api/v1/dossiers/{}/receipt">{portal.proving_receipt}</a>)",
                               time_tag(lang, *d.received), to_string(d.id)));
    if (d.clock && !d.finished && !dossier::is_closed(d.status))
        add_row(main, "{portal.due_at}", due_cell(lang, parts.dossiers.service, d, context.now));
    add_row(main, "{portal.receiving_unit}", Html(lang).add("{}", unit_name(parts, d.receiving_unit)));
    add_row(main, "{portal.competent_unit}", Html(lang).add("{}", unit_name(parts, d.competent_unit)));
    Html fees(lang);
    for (const dossier::FeeItem& fee : d.fees)
        fees.add(R"(<p>{}: {} <span class="tag {}">{}</span></p>)", fee.name, format_dong(fee.amount),
                 fee.paid ? "success" : "warning", main.say(fee.paid ? "portal.paid" : "portal.unpaid"));
    add_row(main, "{portal.fees}", fees);
    main.add("</dl>");
    if (d.status != Status::draft)
        main.add(R"(<section aria-labelledby="way"><h2 id="way">{portal.timeline}</h2>{}</section>)",
                 timeline(parts, context, request, d, false));
    main.add("{}", deadline_reasons(parts, lang, d, false));
    main.add("<details><summary>{portal.papers}</summary>{}</details>", file_list(parts, context, lang, d, base));
    if (Html answers = answers_view(parts, context, lang, d); !answers.empty())
        main.add("<details><summary>{portal.form_answers}</summary>{}</details>", answers);
    if (d.is_amendable())
        main.add(R"(<div class="actions"><a class="btn secondary" href="{}/sua">{portal.amend_title}</a></div>)", base);
    const bool owner = request.principal.kind == http::PrincipalKind::person;
    if (owner && may_withdraw(d))
        add_reason_form(main, context, request, d, "rut", "{portal.withdraw}", "{portal.withdraw_why}",
                        "{portal.withdraw_button}", refused_action == "rut");
    if (owner && (d.status == Status::finished || d.status == Status::returned) &&
        !(d.correction && !d.correction->corrected))
        add_reason_form(main, context, request, d, "bao-sai", "{portal.report_wrong}", "{portal.report_wrong_what}",
                        "{portal.report_wrong_button}", refused_action == "bao-sai");
    main.add(R"(<p class="muted">{portal.call_1022}</p>)");
    json::object data;
    if (just_sent && !d.form.empty())
        data["draft"] = fmt::format("{}:{}:{}", d.procedure, d.form_version, request.principal.actor());
    return render(parts, request,
                  {.shell = just_sent ? "sent" : "track",
                   .title = d.procedure_name,
                   .main = std::move(main),
                   .data = std::move(data),
                   .status = status});
}

Response list(const PortalParts& parts, Context& context, const Request& request) {
    const Lang lang = request.lang;
    std::optional<DossierId> before;
    if (auto id = parse_id(string_or(request.input, "truoc"))) before = DossierId{*id};
    auto found = dossier::list_followed(parts.dossiers, context, request, before, own_page_lines + 1);
    const bool more = std::ssize(found) > own_page_lines;
    if (more) found.pop_back();
    Html main(lang);
    main.add("<h1>{portal.own_dossiers}</h1>");
    if (found.empty()) {
        main.add(
            R"(<div class="notice"><p>{portal.own_none}</p></div><div class="actions"><a class="btn" href="/thu-tuc">{portal.find_procedure}</a></div>)");
    } else {
        main.add(
            R"(<div class="table" tabindex="0" role="region" aria-labelledby="cap"><table class="stack"><caption id="cap" class="vh">{portal.own_dossiers}</caption><thead><tr>)"
            R"(<th scope="col">{portal.procedure}</th><th scope="col">{portal.dossier_code}</th><th scope="col">{portal.state}</th><th scope="col">{portal.due_at}</th></tr></thead><tbody>)");
        for (const Dossier& d : found) {
            main.add(
                R"(<tr><td data-label="{portal.procedure}"><a href="/ho-so/{}">{}</a></td><td data-label="{portal.dossier_code}">{}</td><td data-label="{portal.state}">{}</td><td data-label="{portal.due_at}">)",
                to_string(d.id), d.procedure_name, d.code.empty() ? "–" : d.code, status_tag(lang, d, context.now));
            if (d.clock && !d.finished && !dossier::is_closed(d.status)) {
                main.add("{}", due_cell(lang, parts.dossiers.service, d, context.now));
            } else {
                main.add("–");
            }
            main.add("</td></tr>");
        }
        main.add("</tbody></table></div>");
        if (more)
            main.add(
                R"(<nav class="pager" aria-label="{portal.pages}"><a href="/ho-so-cua-toi?truoc={}" rel="next">{portal.next_page} ›</a></nav>)",
                to_string(found.back().id));
    }
    return render(parts, request,
                  {.shell = "track", .title = main.say("portal.own_dossiers"), .main = std::move(main)});
}

/// Withdraws or reports, or shows the page again with the refusal.
Result<Prepared> act(const PortalParts& parts, Context& context, const Request& request, std::string_view action) {
    Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
    std::string reason(request.find_form("reason").value_or(""));
    dossier::Command command = action == "rut" ? dossier::Command{dossier::Withdraw{reason}}
                                               : dossier::Command{dossier::ReportWrongResult{reason}};
    std::optional<std::int64_t> version;
    if (auto shown = request.find_form("_version")) version = std::atoll(std::string(*shown).c_str());
    auto change = dossier::prepare_change(parts.dossiers, context, request, d, {command}, version);
    if (!change)
        return Prepared(show(parts, context, request, d, {{"", resources::message(request.lang, change.error())}},
                             action, http::status_of(change.error().code)));
    return Prepared(std::move(change->write), Response::see_other("/ho-so/" + to_string(d.id)));
}

}  // namespace

void register_own(http::Router& router, const PortalParts& parts) {
    using http::permission::as_person;
    using http::permission::signed_in;
    router.query("GET", "/ho-so-cua-toi", as_person,
                 {.summary = "Own dossiers", .query = {field::text("truoc", "").length(0, 13)}, .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     return list(parts, context, request);
                 });
    router.command("GET", "/ho-so/{dossier}", as_person,
                   {.summary = "An own dossier", .query = {field::text("da-gui", "").length(0, 1)}, .html = true},
                   [&parts](Context& context, const Request& request) -> Result<Prepared> {
                       Dossier d =
                           TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
                       auto record = TRY(dossier::open_record(parts.dossiers, context, request, d, "whole"));
                       return dossier::recorded(std::move(record), show(parts, context, request, d, {}, "", 200));
                   });
    router.command(
        "GET", "/ho-so/{dossier}/tep/{document}", signed_in, {.summary = "A file of it", .slow = true, .html = true},
        [&parts](Context& context, const Request& request) -> Result<Prepared> {
            Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
            auto id = parse_id(request.param("document"));
            auto document = id ? documents::find_document(context.db, DocumentId{*id}) : std::nullopt;
            if (!document || document->dossier != d.id || document->removed_at)
                return fail(Errc::not_found, "dossier.document_unknown");
            auto record = TRY(dossier::open_record(parts.dossiers, context, request, d, "file"));
            return dossier::recorded(std::move(record), documents::download_response(parts.dossiers.blobs, *document));
        });
    for (std::string_view action : {"rut", "bao-sai"})
        router.command(
            "POST", fmt::format("/ho-so/{{dossier}}/{}", action), as_person,
            {.summary = action == "rut" ? "Withdraw" : "Report a wrong result", .body = http::Body::form, .html = true},
            [&parts, action](Context& context, const Request& request) {
                return act(parts, context, request, action);
            });
}

}  // namespace motcua::portal
