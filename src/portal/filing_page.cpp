// The filing page: people, form, papers, how the result is received; the same page in every mode.
#include <algorithm>

#include <fmt/format.h>

#include "identity/account_rows.hpp"
#include "identity/permissions.hpp"
#include "portal/filing.hpp"
#include "portal/form_page.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;

constexpr std::string_view answers_prefix = "answers/";

const char* mode_title(Mode mode) {
    switch (mode) {
        case Mode::amend:
            return "portal.amend_title";
        case Mode::supplement:
            return "portal.supplement_title";
        case Mode::counter:
            return "portal.counter_title";
        case Mode::fresh:
        case Mode::draft:
            break;
    }
    return "portal.file_title";
}

std::string action_of(const FilingCase& filing) {
    switch (filing.mode) {
        case Mode::fresh:
            return "/nop-ho-so/" + filing.procedure->code;
        case Mode::counter:
            return "/officer/tiep-nhan/" + filing.procedure->code;
        default:
            return "/ho-so/" + to_string(filing.dossier->id) + "/sua";
    }
}

struct FieldWriter {
    Html& html;
    const std::vector<Wrong>& wrong;

    const std::string* error(std::string_view id) const {
        auto found = std::ranges::find(wrong, id, &Wrong::id);
        return found == wrong.end() ? nullptr : &found->text;
    }
    /// Opens the field with label, hint and error; answers the attributes that the input needs.
    Html open(std::string_view id, const std::string& label, const std::string& hint, bool optional) {
        const std::string* text = error(id);
        html.add(text ? Pattern(R"(<div class="field invalid"><label for="{}">{})")
                      : Pattern(R"(<div class="field"><label for="{}">{})"),
                 id, label);
        if (optional) html.add(R"( <span class="opt">{portal.optional}</span>)");
        html.add("</label>");
        if (!hint.empty()) html.add(R"(<p class="hint" id="{}-hint">{}</p>)", id, hint);
        if (text)
            html.add(R"(<p class="error" id="{}-error"><span class="vh">{portal.error_prefix}</span> {}</p>)", id,
                     *text);
        Html attributes(html.lang());
        if (text) attributes.add(R"( aria-invalid="true")");
        std::string described = hint.empty() ? "" : fmt::format("{}-hint", id);
        if (text) described += fmt::format("{}{}-error", described.empty() ? "" : " ", id);
        if (!described.empty()) attributes.add(R"( aria-describedby="{}")", described);
        return attributes;
    }
    void input(std::string_view id, const std::string& label, const std::string& hint, const std::string& value,
               bool optional, std::string_view width, std::string_view type = "text",
               std::string_view complete = "off") {
        Html attributes = open(id, label, hint, optional);
        html.add(R"(<input id="{}" name="{}" type="{}" class="{}" autocomplete="{}" value="{}"{}></div>)", id, id, type,
                 width, complete, value, attributes);
    }
    void select(std::string_view id, const std::string& label, const std::string& hint,
                const std::vector<std::pair<std::string, std::string>>& options, std::string_view chosen,
                bool empty_first) {
        Html attributes = open(id, label, hint, false);
        html.add(R"(<select id="{}" name="{}" class="w20"{}>)", id, id, attributes);
        if (empty_first) html.add(R"(<option value="">{portal.choose}</option>)");
        for (const auto& [value, text] : options) add_option(html, value, text, value == chosen);
        html.add("</select></div>");
    }
    void radios(std::string_view id, const std::string& legend,
                const std::vector<std::pair<std::string, std::string>>& options, std::string_view chosen) {
        html.add(R"(<fieldset class="field" id="{}" tabindex="-1"><legend>{}</legend>)", id, legend);
        for (const auto& [value, text] : options) {
            html.add(R"(<div class="choice"><input type="radio" id="{}-{}" name="{}" value="{}")", id, value, id,
                     value);
            if (value == chosen) html.add(" checked");
            html.add(R"(><label for="{}-{}">{}</label></div>)", id, value, text);
        }
        html.add("</fieldset>");
    }
};

/// Communes to choose from, by agency code; wards before communes is how people look for them, so by name.
std::vector<std::pair<std::string, std::string>> communes(const organisation::Directory& directory, LocalDay day) {
    std::vector<std::pair<std::string, std::string>> list;
    for (const organisation::Unit& unit : directory.units()) {
        if (unit.kind != organisation::UnitKind::territory || unit.level != organisation::Level::commune ||
            !unit.validity.covers(day))
            continue;
        std::string name = unit.name;
        if (const organisation::Unit* above = directory.find_code(unit.parent);
            above && above->level == organisation::Level::district)
            name += ", " + above->name;
        list.emplace_back(unit.code, std::move(name));
    }
    return list;
}

void add_people(FieldWriter& w, const PortalParts& parts, const FilingCase& filing, const Filled& filled,
                LocalDay day) {
    Html& html = w.html;
    const dossier::Party& a = filled.beside.applicant;
    const dossier::Filer& f = filled.beside.filer;
    html.add("<section><h2>{portal.applicant}</h2>");
    w.radios("_applicant/kind", html.say("portal.applicant_kind"),
             {{"person", html.say("portal.party_person")},
              {"business", html.say("portal.party_business")},
              {"organisation", html.say("portal.party_organisation")}},
             dossier::to_text(a.kind));
    w.input("_applicant/name", html.say("portal.name"), html.say("portal.name_hint"), a.name, false, "", "text",
            "name");
    w.input("_applicant/id_number", html.say("portal.id_number"), html.say("portal.id_number_hint"), a.id_number, true,
            "w12");
    w.input("_applicant/phone", html.say("portal.phone"), html.say("portal.phone_hint"), a.phone, true, "w12", "tel",
            "tel");
    w.input("_applicant/email", html.say("portal.email"), "", a.email, true, "w20", "email", "email");
    w.input("_applicant/address", html.say("portal.address"), "", a.address, true, "", "text", "street-address");
    auto directory = parts.dossiers.service.snapshots().directory();
    auto places = communes(*directory, day);
    if (!a.place.empty() && std::ranges::none_of(places, [&](const auto& p) { return p.first == a.place; }))
        places.emplace_back(a.place, a.place);
    w.select("_applicant/place", html.say("portal.place"), html.say("portal.place_hint"), places, a.place, true);
    html.add(f.kind == dossier::FilerKind::person ? Pattern("<details>") : Pattern("<details open>"));
    html.add("<summary>{portal.filer}</summary>");
    w.radios("_filer/kind", html.say("portal.filer_kind"),
             {{"person", html.say("portal.filer_person")},
              {"representative", html.say("portal.filer_representative")},
              {"helper", html.say("portal.filer_helper")}},
             dossier::to_text(f.kind));
    w.input("_filer/name", html.say("portal.filer_name"), "", f.name, true, "");
    w.input("_filer/id_number", html.say("portal.filer_id_number"), "", f.id_number, true, "w12");
    w.input("_filer/mandate", html.say("portal.filer_mandate"), html.say("portal.filer_mandate_hint"), f.mandate, true,
            "");
    html.add("</details></section>");
    if (!filing.procedure->cases.empty()) {
        std::vector<std::pair<std::string, std::string>> cases;
        for (const auto& one : filing.procedure->cases) cases.emplace_back(one.code, one.name);
        w.select("_case", html.say("portal.case"), "", cases, filled.beside.procedure_case, true);
    }
}

void add_stored(Html& html, const FilingCase& filing, std::string_view code) {
    if (!filing.dossier) return;
    const bool may_remove = filing.mode == Mode::draft;
    bool open = false;
    for (const documents::Document& document : filing.stored) {
        if (component_tail(document.component) != component_tail(code)) continue;
        if (!open) html.add(R"(<ul class="files">)");
        open = true;
        const std::string id = to_string(document.id);
        html.add(R"(<li><span><a href="/ho-so/{}/tep/{}">{}</a> <span class="muted">{}</span></span>)",
                 to_string(filing.dossier->id), id, document.name, file_size_words(html.lang(), document.bytes));
        if (may_remove)
            html.add(
                R"(<div class="choice"><input type="checkbox" id="_remove-{}" name="_remove" value="{}"><label for="_remove-{}">{}</label></div>)",
                id, id, id, html.say("portal.remove_file", {{"name", document.name}}));
        html.add("</li>");
    }
    if (open) html.add("</ul>");
}

void add_papers(FieldWriter& w, const FilingCase& filing, const Filled& filled, const documents::Limits& limits) {
    Html& html = w.html;
    const bool counter = filing.mode == Mode::counter;
    if (filing.procedure->components.empty()) return;
    html.add("<section><h2>{portal.papers}</h2>");
    html.add(counter ? Pattern(R"(<p class="hint">{portal.papers_counter_hint}</p>)")
                     : Pattern(R"(<p class="hint">{portal.papers_hint}</p>)"));
    for (const catalogue::Component& component : filing.procedure->components) {
        // The form is filled in on this page; what is only shown is not handed in.
        const bool in_form = component.kind == catalogue::ComponentKind::form && filing.form;
        if (!counter && (in_form || component.kind == catalogue::ComponentKind::shown)) continue;
        const std::string id = "_file/" + component.code;
        const bool optional = component.optional || !component.group.empty();
        if (counter) {
            html.add(R"(<fieldset class="field" id="components-{}"><legend>{})", component.code, component.name);
            if (optional) html.add(R"( <span class="opt">{portal.if_any}</span>)");
            html.add("</legend>");
            auto given = filled.beside.counts.find(component.code);
            auto count = [&](int wanted, std::string Beside::Count::*member) {
                return given != filled.beside.counts.end() ? given->second.*member
                       : optional                          ? "0"
                                                           : std::to_string(wanted);
            };
            w.input("_originals/" + component.code, html.say("portal.originals"), "",
                    count(component.originals, &Beside::Count::originals), false, "w4");
            w.input("_copies/" + component.code, html.say("portal.copies"), "",
                    count(component.copies, &Beside::Count::copies), false, "w4");
        }
        Html attributes = w.open(
            id, counter ? html.say("portal.scan") : component.name,
            counter ? ""
                    : html.say("portal.file_hint", {{"kinds", "pdf, jpg, png, docx"},
                                                    {"size", file_size_words(html.lang(), limits.file_bytes_max)}}),
            counter || optional);
        html.add(
            R"(<div class="file"><input type="file" id="{}" name="{}" multiple accept=".pdf,.jpg,.jpeg,.png,.docx,.odt"{}></div>)",
            id, id, attributes);
        add_stored(html, filing, component.code);
        html.add("</div>");
        if (counter) html.add("</fieldset>");
    }
    html.add("</section>");
}

void add_supplement(Html& html, const FilingCase& filing) {
    const dossier::Supplement* open = filing.dossier ? filing.dossier->open_supplement() : nullptr;
    if (!open) return;
    html.add(R"(<div class="notice warning"><h2>{portal.supplement_wanted}</h2><p>{}</p><ul>)", open->reason);
    for (const std::string& item : open->items) html.add("<li>{}</li>", item);
    html.add("</ul>");
    if (open->closes) html.add("<p>{portal.supplement_until} {}</p>", time_tag(html.lang(), *open->closes));
    html.add("</div>");
}

json::array errors_data(const std::vector<Wrong>& wrong) {
    json::array list;
    for (const Wrong& one : wrong) list.push_back(json::object{{"path", one.id}, {"detail", one.text}});
    return list;
}

}  // namespace

std::string field_id(std::string_view path) {
    if (path.starts_with(answers_prefix)) return std::string(path.substr(answers_prefix.size()));
    if (path.starts_with("components/")) return fmt::format("_file/{}", path.substr(11));
    return fmt::format("_{}", path);
}

std::vector<Wrong> wrongs_of(Lang lang, const Error& error) {
    std::vector<Wrong> wrong;
    if (error.fields.empty()) wrong.push_back({"", resources::message(lang, error)});
    for (const FieldError& field : error.fields)
        wrong.push_back({field_id(field.path), resources::message(lang, field)});
    return wrong;
}

Result<FilingCase> open_fresh(const PortalParts& parts, Context& context, std::string_view code, Mode mode) {
    FilingCase filing{.mode = mode,
                      .procedure = TRY(get_procedure(parts, code, today(context))),
                      .definitions = parts.dossiers.service.snapshots().definitions()};
    if (!filing.procedure->form.empty()) filing.form = filing.definitions->find_form(filing.procedure->form);
    return filing;
}

Result<FilingCase> open_existing(const PortalParts& parts, Context& context, const Request& request,
                                 std::string_view name) {
    FilingCase filing{.definitions = parts.dossiers.service.snapshots().definitions()};
    filing.dossier = TRY(dossier::get_visible(parts.dossiers, context, request, name));
    const Dossier& d = *filing.dossier;
    using dossier::Status;
    const dossier::Supplement* open = d.open_supplement();
    if (d.status == Status::draft) {
        filing.mode = Mode::draft;
    } else if (d.is_amendable()) {
        filing.mode = Mode::amend;
    } else if (d.status == Status::awaiting_supplement && open && !open->submitted) {
        filing.mode = Mode::supplement;
    } else {
        return fail(Errc::conflict, "portal.not_editable");
    }
    filing.procedure = parts.dossiers.service.procedure_of(d, today(context));
    if (!filing.procedure) return fail(Errc::not_found, "dossier.procedure_unknown", {{"procedure", d.procedure}});
    if (!d.form.empty()) filing.form = filing.definitions->find_form(d.form, d.form_version);
    filing.stored = documents::list_documents(context.db, d.id);
    return filing;
}

Filled fill_fresh(const PortalParts& parts, Context& context, const Request& request, const FilingCase& filing) {
    Filled filled;
    if (filing.dossier) {
        const Dossier& d = *filing.dossier;
        filled.beside.applicant = d.applicant;
        filled.beside.filer = d.filer;
        filled.beside.return_channel = d.return_channel;
        filled.beside.procedure_case = d.procedure_case;
        filled.answers = stored_answers(context, d);
        return filled;
    }
    if (request.principal.kind == http::PrincipalKind::person) {
        dossier::Party& a = filled.beside.applicant;
        a.name = request.principal.acting ? request.principal.acting->person_name : request.principal.display_name;
        if (auto person = identity::find_person(context.db, identity::AccountId{request.principal.person().value})) {
            a.id_number = person->citizen_id.empty() ? person->tax_code : person->citizen_id;
            if (person->citizen_id.empty() && !person->tax_code.empty()) a.kind = dossier::PartyKind::business;
            a.phone = person->phone;
            a.email = person->email;
            a.address = person->address;
        }
    }
    if (auto parts_of_code = catalogue::parse_procedure_code(request.param("code")))
        filled.beside.procedure_case = parts_of_code->case_code;
    if (!filing.reception_units.empty())
        if (const auto* unit = parts.dossiers.service.snapshots().directory()->find(filing.reception_units.front()))
            filled.unit = unit->code;
    return filled;
}

Response filing_page(const PortalParts& parts, Context& context, const Request& request, const FilingCase& filing,
                     const Filled& filled, int status) {
    const Lang lang = request.lang;
    const bool counter = filing.mode == Mode::counter;
    auto directory = parts.dossiers.service.snapshots().directory();
    Html main(lang);
    main.add("{}", error_summary(lang, filled.wrong));
    if (filled.saved) main.add(R"(<div class="notice success" role="status"><p>{portal.draft_saved}</p></div>)");
    main.add(R"(<h1>{} <small class="muted">{}</small></h1>)", main.say(mode_title(filing.mode)),
             filing.procedure->name);
    add_supplement(main, filing);
    main.add(R"(<form id="form" method="post" action="{}" enctype="multipart/form-data">{})", action_of(filing),
             form_keys(context, request));
    if (filing.dossier) main.add(R"(<input type="hidden" name="_version" value="{}">)", filing.dossier->head.version);
    FieldWriter w{main, filled.wrong};
    if (counter) {
        main.add("<section><h2>{portal.reception}</h2>");
        w.radios("_channel", main.say("portal.channel"),
                 {{"counter", channel_words(lang, "counter")}, {"post", channel_words(lang, "post")}},
                 dossier::to_text(filled.channel));
        std::vector<std::pair<std::string, std::string>> units;
        for (UnitId id : filing.reception_units)
            if (const auto* unit = directory->find(id))
                units.emplace_back(unit->code, organisation::office_name(*unit));
        w.select("_unit", main.say("portal.receive_at"), "", units, filled.unit, false);
        main.add("</section>");
    }
    add_people(w, parts, filing, filled, today(context));
    json::object units = units_data(*directory, today(context));
    json::object data;
    main.add(R"(<div id="fields">)");
    if (filing.form && filing.form->definition) {
        FormContent content{*filing.form->definition, filled.answers, {}, units};
        for (const Wrong& one : filled.wrong)
            if (!one.id.empty()) content.errors.emplace(one.id, one.text);
        main.add("{}", form_fields(lang, content));
        data = {{"definition", filing.form->definition->source},
                {"answers", filled.answers},
                {"errors", errors_data(filled.wrong)},
                {"today", format_day(today(context))},
                {"units", units}};
        if (filing.mode == Mode::fresh)
            data["draft"] =
                fmt::format("{}:{}:{}", filing.procedure->code, filing.form->version, request.principal.actor());
    }
    main.add("</div>");
    add_papers(w, filing, filled, parts.dossiers.limits);
    main.add("<section><h2>{portal.receive_result}</h2>");
    w.radios("_return_channel", main.say("portal.return_channel"),
             {{"counter", main.say("portal.return_counter")},
              {"post", main.say("portal.return_post")},
              {"online", main.say("portal.return_online")}},
             dossier::to_text(filled.beside.return_channel));
    main.add(R"(</section><div class="actions"><button class="btn">{}</button>)",
             main.say(counter                           ? "portal.receive_now"
                      : filing.mode == Mode::supplement ? "portal.send_supplement"
                      : filing.mode == Mode::amend      ? "portal.send_amendment"
                                                        : "portal.send"));
    if (filing.mode == Mode::fresh || filing.mode == Mode::draft)
        main.add(
            R"(<button class="btn secondary" name="_action" value="draft" formnovalidate>{portal.save_draft}</button>)");
    main.add("</div></form>");
    std::string title = fmt::format("{}{}: {}", filled.wrong.empty() ? "" : main.say("portal.error_prefix") + " ",
                                    main.say(mode_title(filing.mode)), filing.procedure->name);
    return render(parts, request,
                  {.shell = counter ? "counter" : "file",
                   .title = std::move(title),
                   .main = std::move(main),
                   .data = std::move(data),
                   .status = status});
}

}  // namespace motcua::portal
