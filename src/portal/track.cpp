// Following a dossier by its code, without an account; and the views of a dossier that several pages share.
#include <algorithm>

#include <fmt/format.h>

#include "dossier/view.hpp"
#include "identity/account_rows.hpp"
#include "portal/form_page.hpp"
#include "portal/pages.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;

constexpr std::string_view hidden_from_citizens[] = {"note_added", "task_assigned"};
constexpr std::string_view small_steps[] = {"document_attached", "document_detached", "draft_saved"};

bool among(std::span<const std::string_view> list, std::string_view type) {
    return std::ranges::find(list, type) != list.end();
}

/// Posted, so that the digits stand in no address, history or log.
void track_form(Html& html, const Request& request, std::string_view code, std::string_view digits) {
    html.add(
        R"(<form method="post" action="/tra-cuu"><input type="hidden" name="csrf" value="{}"><div class="field"><label for="ma">{portal.dossier_code}</label><p class="hint" id="ma-hint">{portal.code_hint}</p>)"
        R"(<input id="ma" name="ma" class="w20" value="{}" autocomplete="off" spellcheck="false" aria-describedby="ma-hint"></div>)"
        R"(<div class="field"><label for="so">{portal.last_digits} <span class="opt">{portal.optional}</span></label><p class="hint" id="so-hint">{portal.digits_hint}</p>)"
        R"(<input id="so" name="so" class="w4" inputmode="numeric" value="{}" autocomplete="off" aria-describedby="so-hint"></div>)"
        R"(<div class="actions"><button class="btn">{portal.track}</button></div></form>)",
        request.principal.csrf_token, code, digits);
}

void row(Html& html, Pattern term, const Html& value) {
    html.add("<div><dt>{}</dt><dd>{}</dd></div>", Html(html.lang()).add(term), value);
}

Response track(const PortalParts& parts, Context& context, const Request& request) {
    const std::string code = string_or(request.input, "ma"), digits = string_or(request.input, "so");
    const Lang lang = request.lang;
    Html main(lang);
    std::optional<Dossier> found;
    bool known = false;
    std::vector<Wrong> wrong;
    if (!code.empty()) {
        found = dossier::find_dossier_by_code(context.db, code);
        known = found && dossier::knows_applicant(*found, digits);
        // A wrong number is answered like a wrong code, so that neither can be guessed apart.
        if (!found || (!digits.empty() && !known)) {
            wrong.push_back({"ma", main.say("portal.track_not_found")});
            found.reset();
        }
    }
    main.add("{}<h1>{portal.track_dossier}</h1>", error_summary(lang, wrong));
    if (found) {
        const Dossier& d = *found;
        main.add(R"(<p>{portal.dossier_code}: <strong>{}</strong></p><p>{}</p><dl class="summary">)", d.code,
                 status_tag(lang, d, context.now));
        row(main, "{portal.procedure}", Html(lang).add("{}", d.procedure_name));
        if (known) row(main, "{portal.name}", Html(lang).add("{}", dossier::masked_name(d.applicant.name)));
        if (d.received) row(main, "{portal.received_at}", time_tag(lang, *d.received));
        if (d.clock && !d.finished && !dossier::is_closed(d.status))
            row(main, "{portal.due_at}", due_cell(lang, parts.dossiers.service, d, context.now));
        if (d.finished) row(main, "{portal.finished_at}", time_tag(lang, *d.finished));
        if (d.returned) row(main, "{portal.returned_at}", time_tag(lang, *d.returned));
        if (known) {
            row(main, "{portal.receiving_unit}", Html(lang).add("{}", unit_name(parts, d.receiving_unit)));
            for (const dossier::Task& task : d.tasks)
                if (task.unit) row(main, "{portal.held_by}", Html(lang).add("{}", unit_name(parts, task.unit)));
        }
        main.add("</dl>");
        if (known) {
            main.add("{}", track_code_form(request, d.code, digits));
            if (d.received)
                main.add(
                    R"(<form method="post" action="/tra-cuu/bien-nhan"><input type="hidden" name="csrf" value="{}"><input type="hidden" name="ma" value="{}"><input type="hidden" name="so" value="{}"><div class="actions"><button class="btn secondary">{portal.proving_receipt}</button></div></form>)",
                    request.principal.csrf_token, d.code, digits);
            if (const dossier::Supplement* open = d.open_supplement()) {
                main.add(R"(<div class="notice warning"><h2>{portal.supplement_wanted}</h2><p>{}</p><ul>)",
                         open->reason);
                for (const std::string& item : open->items) main.add("<li>{}</li>", item);
                main.add("</ul><p>{portal.supplement_how}</p></div>");
            }
        } else {
            main.add(R"(<div class="notice"><p>{portal.track_more}</p></div>)");
        }
        main.add("<h2>{portal.track_another}</h2>");
    }
    track_form(main, request, code, digits);
    return render(parts, request,
                  {.shell = "track",
                   .title = main.say("portal.track_dossier"),
                   .main = std::move(main),
                   .data = {},
                   .status = wrong.empty() ? 200 : 404});
}

/// What an event says beside its name, for the reader.
std::string remark_of(const json::object& view) {
    std::string text;
    for (std::string_view key : {"name", "reason", "note", "remark", "answer", "document", "to"})
        if (auto value = find_string(view, key); value && !value->empty())
            text += (text.empty() ? "" : ". ") + std::string(*value);
    return text;
}

Html owed_by(Lang lang, const dossier::Service& service, const Dossier& dossier, UnitId unit, Instant due,
             Instant now) {
    auto definitions = service.snapshots().definitions();
    const auto& counted = dossier.clock ? definitions->calendar(dossier.clock->calendar) : definitions->standard();
    const std::string words = due_words(lang, *counted.calendar, now, due);
    Html html(lang);
    html.add("{}", time_tag(lang, due));
    if (now > due) return html.add(R"( <span class="tag danger">{}</span>)", words);
    if (service.is_due_soon(unit, now, due)) return html.add(R"( <span class="tag warning">{}</span>)", words);
    return html.add(R"( <span class="muted">{}</span>)", words);
}

}  // namespace

std::string actor_name(Lang lang, db::Session& session, std::string_view actor) {
    for (const std::string_view nobody : {"system", "visitor", "simulation"})
        if (actor == nobody) return resources::message(lang, fmt::format("portal.actor_{}", nobody));
    const std::size_t colon = actor.find(':');
    const auto id = colon == std::string_view::npos ? std::nullopt : parse_id(actor.substr(colon + 1));
    auto name = id ? identity::find_display_name(session, identity::AccountId{*id}) : std::nullopt;
    return name && !name->empty() ? std::move(*name) : std::string(actor);
}

std::string unit_name(const PortalParts& parts, UnitId unit) {
    const organisation::Unit* found = parts.dossiers.service.snapshots().directory()->find(unit);
    return found ? organisation::office_name(*found) : std::string();
}

Html due_cell(Lang lang, const dossier::Service& service, const Dossier& dossier, Instant now) {
    if (dossier.clock->count.paused())
        return Html(lang).add(R"({} <span class="tag plain">{portal.clock_stands}</span>)",
                              time_tag(lang, dossier.clock->due));
    return owed_by(lang, service, dossier, dossier.competent_unit, dossier.clock->due, now);
}

Html due_cell(Lang lang, const dossier::Service& service, const Dossier& dossier, const dossier::Task& task,
              Instant now) {
    return owed_by(lang, service, dossier, task.unit, task.due, now);
}

Html deadline_reasons(const PortalParts& parts, Lang lang, const Dossier& dossier, bool open) {
    Html html(lang);
    auto explained = parts.dossiers.service.explain(dossier);
    if (!explained) return html;
    html.add(open ? Pattern("<details open>") : Pattern("<details>"));
    html.add("<summary>{portal.why_due}</summary><ol>");
    for (const calendar::Note& note : explained->trace.notes)
        html.add("<li>{}</li>", html.say(note.reason, calendar::params_in(lang, note)));
    return html.add("</ol></details>");
}

Html timeline(const PortalParts& parts, Context& context, const Request& request, const Dossier& dossier, bool inside) {
    const Lang lang = request.lang;
    Html html(lang);
    auto directory = parts.dossiers.service.snapshots().directory();
    dossier::Viewer viewer{*directory, lang, context.now};
    html.add(R"(<ol class="timeline">)");
    for (const auto& event :
         ledger::read_stream(context.db, ledger::StreamKind::dossier, dossier.id.value, dossier.head)) {
        if (among(small_steps, event.type) && !inside) continue;
        if (among(hidden_from_citizens, event.type) && !inside) continue;
        json::object view = dossier::event_view(viewer, event, inside);
        html.add(R"(<li class="done">{} {})", string_or(view, "text"), time_tag(lang, event.meta.at));
        if (inside)
            html.add(R"( <span class="muted">{}</span>)", actor_name(html.lang(), context.db, event.meta.actor));
        // Whoever acted for the citizen is named to him; under assistance it is the helper.
        if (!inside && !event.meta.on_behalf_of.empty())
            html.add(R"( <span class="muted">{portal.acted_by} {}</span>)",
                     actor_name(html.lang(), context.db, event.meta.actor));
        // What colleagues write to one another in a step is not for the citizen; reasons of decisions are.
        std::string remark =
            inside ? remark_of(view) : string_or(view, event.type == "step_completed" ? "name" : "reason");
        if (event.type == "dossier_stopped" || event.type == "dossier_withdrawn")
            if (resources::has_message("portal.reason_" + remark)) remark = html.say("portal.reason_" + remark);
        if (!remark.empty()) html.add("<p>{}</p>", remark);
        html.add("</li>");
    }
    for (const dossier::Task& task : dossier.tasks) {
        std::string name =
            task.name.empty() ? html.say(fmt::format("dossier.task.{}", dossier::to_text(task.kind))) : task.name;
        std::string unit = unit_name(parts, task.unit);
        html.add(R"(<li aria-current="step">{})", name);
        if (!unit.empty()) html.add(": {}", unit);
        html.add("<p>{portal.due} {}</p></li>", due_cell(lang, parts.dossiers.service, dossier, task, context.now));
    }
    if (!dossier.tasks.empty() && dossier.status != dossier::Status::finished &&
        dossier.status != dossier::Status::draft)
        html.add("<li>{portal.return_result}</li>");
    return html.add("</ol>");
}

Html file_list(const PortalParts&, Context& context, Lang lang, const Dossier& dossier, std::string_view base) {
    Html html(lang);
    auto documents = documents::list_documents(context.db, dossier.id);
    if (dossier.components.empty() && documents.empty()) return html.add("<p>{portal.no_papers}</p>");
    auto name_of = [&](const std::string& code) {
        if (code == dossier::result_component) return html.say("portal.result_document");
        auto found = std::ranges::find(dossier.components, code, &dossier::Component::code);
        return found == dossier.components.end() || found->name.empty() ? code : found->name;
    };
    std::vector<std::string> order;
    for (const dossier::Component& component : dossier.components) order.push_back(component.code);
    for (const documents::Document& document : documents)
        if (std::ranges::find(order, document.component) == order.end()) order.push_back(document.component);
    html.add(R"(<dl class="summary">)");
    for (const std::string& code : order) {
        html.add("<div><dt>{}</dt><dd>", name_of(code));
        auto component = std::ranges::find(dossier.components, code, &dossier::Component::code);
        if (component != dossier.components.end()) {
            if (component->originals > 0)
                html.add("<p>{}</p>", html.say("portal.n_originals", {{"n", std::to_string(component->originals)}}));
            if (component->copies > 0)
                html.add("<p>{}</p>", html.say("portal.n_copies", {{"n", std::to_string(component->copies)}}));
        }
        bool open = false;
        for (const documents::Document& document : documents) {
            if (document.component != code) continue;
            if (!open) html.add(R"(<ul class="files">)");
            open = true;
            html.add(R"(<li><span><a href="{}/tep/{}">{}</a> <span class="muted">{}</span></span></li>)", base,
                     to_string(document.id), document.name, file_size_words(lang, document.bytes));
        }
        if (open) html.add("</ul>");
        html.add("</dd></div>");
    }
    return html.add("</dl>");
}

json::object stored_answers(Context& context, const Dossier& dossier) {
    return dossier::stored_answers(context.db, dossier);
}

Html answers_view(const PortalParts& parts, Context& context, Lang lang, const Dossier& dossier) {
    Html html(lang);
    if (dossier.form.empty()) return html;
    auto definitions = parts.dossiers.service.snapshots().definitions();
    const auto* form = definitions->find_form(dossier.form, dossier.form_version);
    if (!form || !form->definition) return html;
    json::object answers = stored_answers(context, dossier);
    if (answers.empty()) return html;
    return answers_summary(lang, *form->definition, answers, *parts.dossiers.service.snapshots().directory());
}

void register_tracking(http::Router& router, const PortalParts& parts) {
    const auto answer = [&parts](Context& context, const Request& request) -> Result<Response> {
        return track(parts, context, request);
    };
    router.query("GET", "/tra-cuu", http::permission::open,
                 {.summary = "Follow a dossier by its code",
                  .query = {field::text("ma", "Code on the receipt").length(0, 60)},
                  .rate = http::RateClass::look_up,
                  .html = true},
                 answer);
    router.query("POST", "/tra-cuu", http::permission::open,
                 {.summary = "Follow a dossier by its code, with the digits that show more",
                  .input = {field::text("ma", "Code on the receipt").length(0, 200),
                            field::text("so", "Last 4 digits of phone or id").length(0, 200)},
                  .body = http::Body::form,
                  .rate = http::RateClass::look_up,
                  .html = true},
                 answer);
}

}  // namespace motcua::portal
