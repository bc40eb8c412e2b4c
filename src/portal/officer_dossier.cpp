// A dossier for those who work on it: everything about it on one page, with what can be done now beside it.
#include <algorithm>

#include <fmt/format.h>

#include "dossier/separation.hpp"
#include "dossier/signing.hpp"
#include "identity/account_rows.hpp"
#include "portal/officer_forms.hpp"
#include "portal/officer_page.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;
using dossier::Status;

class DossierPage {
  public:
    DossierPage(const PortalParts& parts, Context& context, const Request& request, const Dossier& d)
        : parts_(parts), context_(context), request_(request), d_(d), html_(request.lang) {}

    Html run(const Refused& refused) {
        html_.add(
            R"({}<a class="back" href="/officer">‹ {portal.worklist}</a><h1>{} <small class="muted">{}</small></h1><p>{}</p>)",
            error_summary(html_.lang(), refused.wrong), d_.code.empty() ? html_.say("portal.no_code_yet") : d_.code,
            d_.procedure_name, status_tag(html_.lang(), d_, context_.now));
        html_.add(R"(<div class="split"><div>)");
        facts();
        notices();
        tasks();
        if (Html answers = answers_view(parts_, context_, html_.lang(), d_); !answers.empty())
            section("answers", "{portal.form_answers}", answers);
        section("papers", "{portal.papers}",
                file_list(parts_, context_, html_.lang(), d_, "/ho-so/" + to_string(d_.id)));
        attach();
        section("way", "{portal.history}", timeline(parts_, context_, request_, d_, true));
        html_.add(R"(</div><aside aria-label="{portal.what_to_do}"><h2>{portal.what_to_do}</h2>)");
        Html forms = action_forms(parts_, context_, request_, d_, refused);
        if (forms.empty()) {
            html_.add("<p>{portal.nothing_for_you}</p>");
        } else {
            html_.add("{}", forms);
        }
        html_.add("</aside></div>");
        return std::move(html_);
    }

  private:
    void row(Pattern term, const Html& value) {
        if (!value.empty()) html_.add("<div><dt>{}</dt><dd>{}</dd></div>", Html(html_.lang()).add(term), value);
    }
    Html text(std::string_view value) const {
        Html html(html_.lang());
        if (!value.empty()) html.add("{}", value);
        return html;
    }
    void section(std::string_view id, Pattern title, const Html& content) {
        html_.add(R"(<section aria-labelledby="{}"><h2 id="{}">{}</h2>{}</section>)", id, id,
                  Html(html_.lang()).add(title), content);
    }

    void facts() {
        const dossier::Party& a = d_.applicant;
        html_.add(R"(<dl class="summary">)");
        row("{portal.applicant}", text(a.name));
        if (a.unreadable || d_.filer.unreadable)
            row("{portal.personal_data}", Html(html_.lang()).add("{portal.personal_unreadable}"));
        row("{portal.id_number}", text(a.id_number));
        row("{portal.phone}", text(a.phone));
        row("{portal.email}", text(a.email));
        row("{portal.address}", text(a.address));
        if (d_.filer.kind != dossier::FilerKind::person)
            row("{portal.filer}",
                Html(html_.lang())
                    .add("{} ({}) {}", d_.filer.name,
                         html_.say(fmt::format("portal.filer_{}", dossier::to_text(d_.filer.kind))), d_.filer.mandate));
        row("{portal.procedure}",
            Html(html_.lang()).add(R"(<a href="/thu-tuc/{}">{}</a>)", d_.procedure, d_.procedure));
        row("{portal.channel}", text(channel_words(html_.lang(), dossier::to_text(d_.channel))));
        row("{portal.return_channel}",
            text(html_.say(fmt::format("portal.return_{}", dossier::to_text(d_.return_channel)))));
        if (d_.submitted) row("{portal.submitted_at}", time_tag(html_.lang(), *d_.submitted));
        if (d_.received) {
            Html received(html_.lang());
            received.add(R"({} · <a href="/officer/ho-so/{}/giay-tiep-nhan">{portal.receipt}</a>)",
                         time_tag(html_.lang(), *d_.received), to_string(d_.id));
            received.add(R"( · <a href="/api/v1/dossiers/{}/receipt">{portal.proving_receipt}</a>)", to_string(d_.id));
            row("{portal.received_at}", received);
        }
        if (d_.clock) {
            Html due = due_cell(html_.lang(), parts_.dossiers.service, d_, d_.finished.value_or(context_.now));
            if (d_.clock->original != d_.clock->due)
                due.add(R"(<p class="muted">{portal.original_due} {}</p>)", time_tag(html_.lang(), d_.clock->original));
            row("{portal.due_at}", due);
        }
        row("{portal.receiving_unit}", text(unit_name(parts_, d_.receiving_unit)));
        competent();
        Html fees(html_.lang());
        for (const dossier::FeeItem& fee : d_.fees)
            fees.add(R"(<p>{}: {} <span class="tag {}">{}</span></p>)", fee.name, format_dong(fee.amount),
                     fee.paid ? "success" : "warning", html_.say(fee.paid ? "portal.paid" : "portal.unpaid"));
        row("{portal.fees}", fees);
        html_.add("</dl>{}", deadline_reasons(parts_, html_.lang(), d_, false));
    }

    /// Who settles it and why; before reception, who would.
    void competent() {
        Html unit(html_.lang());
        std::vector<dossier::Because> grounds = d_.grounds;
        UnitId id = d_.competent_unit;
        if (!id && d_.status == Status::registered) {
            const LocalDay day = today(context_);
            auto procedure = parts_.dossiers.service.procedure_of(d_, day);
            if (!procedure) return;
            auto found = parts_.dossiers.service.competence(*procedure, d_, d_.receiving_unit, day);
            if (!found) {
                row("{portal.competent_unit}",
                    Html(html_.lang())
                        .add(R"(<span class="error">{}</span>)", resources::message(html_.lang(), found.error())));
                return;
            }
            id = found->unit;
            for (const auto& ground : found->grounds) grounds.push_back({ground.reason, ground.params});
        }
        if (!id) return;
        unit.add("{}", unit_name(parts_, id));
        if (!grounds.empty()) {
            unit.add("<details><summary>{portal.why_unit}</summary><ul>");
            for (const dossier::Because& ground : grounds)
                unit.add("<li>{}</li>", html_.say(ground.reason, ground.params));
            unit.add("</ul></details>");
        }
        row("{portal.competent_unit}", unit);
    }

    void notices() {
        for (const dossier::Supplement& supplement : d_.supplements) {
            html_.add(R"(<div class="notice{}"><h2>{portal.supplement_wanted}</h2><p>{} {}</p><ul>)",
                      supplement.submitted ? "" : " warning", time_tag(html_.lang(), supplement.requested),
                      supplement.reason);
            for (const std::string& item : supplement.items) html_.add("<li>{}</li>", item);
            html_.add("</ul>");
            if (supplement.submitted)
                html_.add("<p>{portal.supplement_handed_in} {}</p>", time_tag(html_.lang(), *supplement.submitted));
            if (supplement.closes && !supplement.submitted)
                html_.add("<p>{portal.supplement_until} {}</p>", time_tag(html_.lang(), *supplement.closes));
            html_.add("</div>");
        }
        if (d_.amended && !dossier::is_closed(d_.status))
            html_.add(R"(<div class="notice warning"><p>{portal.amended_since} {}</p></div>)",
                      time_tag(html_.lang(), *d_.amended));
        for (const dossier::Pending& p : d_.pending) {
            if (p.kind == dossier::PendingKind::incident)
                html_.add(R"(<div class="notice danger"><h2>{portal.incident}</h2><p>{}</p></div>)",
                          html_.say(p.name, p.params));
            if (p.kind == dossier::PendingKind::timer && p.due)
                html_.add(R"(<div class="notice"><h2>{portal.timer}</h2><p>{portal.due} {}</p></div>)",
                          time_tag(html_.lang(), *p.due));
            if (p.kind == dossier::PendingKind::service)
                html_.add(R"(<div class="notice"><h2>{portal.service_pending}</h2><p>{}</p></div>)", p.name);
        }
        for (const dossier::Opinion& opinion : d_.opinions) {
            html_.add(R"(<div class="notice"><h2>{}</h2><p>{}</p>)",
                      html_.say("portal.opinion_of", {{"unit", unit_name(parts_, opinion.agency)}}), opinion.content);
            if (opinion.answered) {
                html_.add("<p>{}: {}</p>", time_tag(html_.lang(), *opinion.answered), opinion.answer);
            } else {
                html_.add("<p>{portal.due} {}</p>", time_tag(html_.lang(), opinion.due));
            }
            html_.add("</div>");
        }
        if (d_.result)
            html_.add(R"(<div class="notice success"><h2>{}</h2><p>{}</p><p>{}</p></div>)",
                      html_.say(d_.result->outcome == dossier::Outcome::granted ? "portal.result_granted"
                                                                                : "portal.result_refused"),
                      d_.result->number, d_.result->summary);
        if (d_.correction && !d_.correction->corrected)
            html_.add(
                R"(<div class="notice danger"><h2>{portal.correction_open}</h2><p>{}</p><p>{portal.due} {}</p></div>)",
                d_.correction->reason, time_tag(html_.lang(), d_.correction->due));
        if (!d_.closing_reason.empty())
            html_.add(R"(<div class="notice danger"><h2>{portal.closed_because}</h2><p>{}</p></div>)",
                      resources::has_message("portal.reason_" + d_.closing_reason)
                          ? html_.say("portal.reason_" + d_.closing_reason)
                          : d_.closing_reason);
    }

    void tasks() {
        if (d_.tasks.empty()) return;
        html_.add(
            R"(<div class="table" tabindex="0" role="region" aria-labelledby="tasks"><table class="stack"><caption id="tasks">{portal.open_tasks}</caption><thead><tr>)"
            R"(<th scope="col">{portal.step}</th><th scope="col">{portal.unit}</th><th scope="col">{portal.officer}</th><th scope="col">{portal.due}</th></tr></thead><tbody>)");
        for (const dossier::Task& task : d_.tasks) {
            std::string officer = html_.say("portal.nobody_yet");
            if (task.officer)
                officer =
                    identity::find_display_name(context_.db, identity::AccountId{task.officer.value}).value_or("");
            Html step(html_.lang());
            step.add("{}", task.name.empty() ? html_.say(fmt::format("dossier.task.{}", dossier::to_text(task.kind)))
                                             : task.name);
            if (dossier::is_signature(parts_.dossiers.service, d_, task))
                step.add(R"( <span class="tag plain">{portal.signature}</span>)");
            html_.add(
                R"(<tr><td data-label="{portal.step}">{}</td><td data-label="{portal.unit}">{}</td><td data-label="{portal.officer}">{}</td><td data-label="{portal.due}">{}</td></tr>)",
                step, unit_name(parts_, task.unit), officer,
                due_cell(html_.lang(), parts_.dossiers.service, d_, task, context_.now));
        }
        html_.add("</tbody></table></div>");
        for (const dossier::Task& task : d_.tasks) separation(task);
    }

    /// What the process keeps apart: that the reader may not do it, and that nobody is left who may.
    void separation(const dossier::Task& task) {
        const auto apart =
            dossier::separation_of(parts_.dossiers.service, context_.db, d_, task,
                                   dossier::matter_of(parts_.dossiers, d_, today(context_)), today(context_));
        if (apart.keeps(OfficerId{request_.principal.id}))
            html_.add(R"(<div class="notice"><h2>{}</h2><p>{portal.kept_apart}</p></div>)", task.name);
        if (!apart.needs_somebody) return;
        const identity::Role* role = parts_.identity.roles().find(task.role);
        html_.add(R"(<div class="notice danger"><h2>{portal.needs_somebody}</h2><p>{}</p></div>)",
                  html_.say("portal.needs_somebody_hint", {{"step", task.name},
                                                           {"role", role ? role->name(html_.lang()) : task.role},
                                                           {"unit", unit_name(parts_, task.unit)}}));
    }

    /// Adding a scan to one of the papers.
    void attach() {
        dossier::AttachDocument probe{DocumentId{1}, d_.components.empty() ? "other" : d_.components.front().code, {}};
        if (!dossier::prepare_change(parts_.dossiers, context_, request_, d_, {probe}, std::nullopt)) return;
        html_.add(
            R"(<details><summary>{portal.attach}</summary><form method="post" action="/officer/ho-so/{}/tep" enctype="multipart/form-data">{})",
            to_string(d_.id), form_keys(context_, request_));
        html_.add(
            R"(<div class="field"><label for="attach-component">{portal.paper}</label><select id="attach-component" name="component">)");
        for (const dossier::Component& component : d_.components)
            add_option(html_, component.code, component.name.empty() ? component.code : component.name, false);
        auto procedure = parts_.dossiers.service.procedure_of(d_, today(context_));
        if (procedure)
            for (const auto& component : procedure->components)
                if (std::ranges::find(d_.components, component.code, &dossier::Component::code) == d_.components.end())
                    add_option(html_, component.code, component.name, false);
        html_.add(
            R"(</select></div><div class="field"><label for="attach-file">{portal.file_label}</label><div class="file"><input type="file" id="attach-file" name="_file"></div></div>)"
            R"(<div class="actions"><button class="btn secondary">{portal.attach}</button></div></form></details>)");
    }

    const PortalParts& parts_;
    Context& context_;
    const Request& request_;
    const Dossier& d_;
    Html html_;
};

}  // namespace

Response officer_page(const PortalParts& parts, Context& context, const Request& request, const Dossier& d,
                      const Refused& refused, int status) {
    Html main = DossierPage(parts, context, request, d).run(refused);
    std::string title = d.code.empty() ? d.procedure_name : fmt::format("{} – {}", d.code, d.procedure_name);
    return render(
        parts, request,
        {.shell = "dossier", .title = std::move(title), .main = std::move(main), .data = {}, .status = status});
}

}  // namespace motcua::portal
