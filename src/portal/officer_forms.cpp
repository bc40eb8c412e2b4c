#include "portal/officer_forms.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dossier/rows.hpp"
#include "dossier/separation.hpp"
#include "dossier/signing.hpp"
#include "identity/account_rows.hpp"
#include "identity/permissions.hpp"
#include "portal/proof.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;
using dossier::Status;
using dossier::Task;
using dossier::TaskKind;

constexpr int fee_rows = 3;

dossier::ResultDocument trial_result() {
    dossier::ResultDocument result;
    result.number = "x";
    return result;
}

class Forms {
  public:
    Forms(const PortalParts& parts, Context& context, const Request& request, const Dossier& d, const Refused& refused)
        : parts_(parts),
          context_(context),
          request_(request),
          d_(d),
          refused_(refused),
          asker_(dossier::asker_of(parts.dossiers, context, request)),
          matter_(dossier::matter_of(parts.dossiers, d, asker_.day)),
          html_(request.lang) {
        auto definitions = parts.dossiers.service.snapshots().definitions();
        if (const auto* process = definitions->find_process(d.process, d.process_version);
            process && !d.process.empty()) {
            model_ = process->model;
            signs_results_ = dossier::has_signature(*model_);
        }
    }

    Html run() {
        for (const Task& task : d_.tasks) {
            if (task.kind == TaskKind::step) step_forms(task);
            if (task.kind == TaskKind::opinion) opinion_form(task);
            if (task.kind == TaskKind::incident) incident_form(task);
        }
        message_form();
        intake_forms();
        supplement_forms();
        end_forms();
        money_forms();
        deadline_forms();
        for (const Task& task : d_.tasks) assign_form(task);
        stop_forms();
        if (may(dossier::AddNote{"x"})) {
            begin("notes", "{portal.do_notes}");
            area("text", "{portal.note}");
            end("{portal.do_notes}");
        }
        return std::move(html_);
    }

  private:
    /// Whether role and law allow it; a trial command with something to correct counts as allowed.
    bool may(const dossier::Command& command) {
        auto answer = attempt(command);
        return answer || answer.error().code == Errc::invalid;
    }
    Result<void> attempt(const dossier::Command& command) {
        TRY(dossier::check_may(asker_, d_, matter_, command));
        // The form of a signature asks for the proof itself.
        dossier::ActorFacts actor = dossier::actor_facts(asker_, d_, matter_);
        actor.proven = true;
        TRY(parts_.dossiers.service.change(context_.db, d_, {command}, actor, context_.meta(request_)));
        return {};
    }
    bool holds(http::Permission permission) const { return http::allowed(request_.principal, permission); }

    // Parts of a form.
    bool is_refused() const { return refused_.command == command_ && refused_.task == task_; }
    std::string id_of(std::string_view path) const { return action_field_id(command_, task_, path); }
    std::string given(std::string_view path, std::string_view fallback = {}) const {
        if (!is_refused()) return std::string(fallback);
        return std::string(request_.find_form(path).value_or(std::string_view{}));
    }
    const std::string* error(const std::string& id) const {
        if (!is_refused()) return nullptr;
        auto found = std::ranges::find(refused_.wrong, id, &Wrong::id);
        return found == refused_.wrong.end() ? nullptr : &found->text;
    }

    void begin(std::string_view command, Pattern title, const Task* task = nullptr, bool open = false) {
        command_ = command;
        task_ = task ? format_id(task->id) : std::string();
        html_.add(open || is_refused() ? Pattern("<details open>") : Pattern("<details>"));
        html_.add("<summary>{}", Html(html_.lang()).add(title));
        if (task && !task->name.empty()) html_.add(": {}", task->name);
        html_.add(
            R"(</summary><form method="post" action="/officer/ho-so/{}/{}" enctype="multipart/form-data">{}<input type="hidden" name="_version" value="{}">)",
            to_string(d_.id), command, form_keys(context_, request_),
            refused_.version > 0 ? refused_.version : d_.head.version);
        if (task) html_.add(R"(<input type="hidden" name="task" value="{}">)", task_);
    }
    void end(Pattern button, bool warn = false) {
        html_.add(warn ? Pattern(R"(<div class="actions"><button class="btn warn">{}</button></div></form></details>)")
                       : Pattern(R"(<div class="actions"><button class="btn">{}</button></div></form></details>)"),
                  Html(html_.lang()).add(button));
    }
    /// The end of a form that signs: with the proof of who does.
    void end_signature(Pattern button) {
        html_.add(R"({}<div class="actions"><button class="btn">{}</button></div></form>{}</details>)",
                  proof_fields(parts_, context_, request_, id_of(""), is_refused() ? refused_.wrong : no_wrong_),
                  Html(html_.lang()).add(button), passkey_proof(parts_, context_, request_));
    }
    void end_result(Pattern button) { signs_results_ ? end_signature(button) : end(button); }
    /// Opens a field; answers the attributes of its input.
    Html open_field(std::string_view path, Pattern label, bool optional) {
        const std::string id = id_of(path);
        const std::string* wrong = error(id);
        html_.add(wrong ? Pattern(R"(<div class="field invalid"><label for="{}">{})")
                        : Pattern(R"(<div class="field"><label for="{}">{})"),
                  id, Html(html_.lang()).add(label));
        if (optional) html_.add(R"( <span class="opt">{portal.optional}</span>)");
        html_.add("</label>");
        Html attributes(html_.lang());
        if (wrong) {
            html_.add(R"(<p class="error" id="{}-error"><span class="vh">{portal.error_prefix}</span> {}</p>)", id,
                      *wrong);
            attributes.add(R"( aria-invalid="true" aria-describedby="{}-error")", id);
        }
        return attributes;
    }
    void input(std::string_view path, Pattern label, bool optional = false, std::string_view width = "w20",
               std::string_view type = "text", std::string_view fallback = {}) {
        Html attributes = open_field(path, label, optional);
        html_.add(R"(<input id="{}" name="{}" type="{}" class="{}" autocomplete="off" value="{}"{}></div>)",
                  id_of(path), path, type, width, given(path, fallback), attributes);
    }
    void area(std::string_view path, Pattern label, bool optional = false) {
        Html attributes = open_field(path, label, optional);
        html_.add(R"(<textarea id="{}" name="{}" rows="3"{}>)", id_of(path), path, attributes);
        html_.add("\n{}</textarea></div>", given(path));
    }
    void select(std::string_view path, Pattern label, const std::vector<std::pair<std::string, std::string>>& options,
                std::string_view fallback = {}) {
        Html attributes = open_field(path, label, false);
        html_.add(R"(<select id="{}" name="{}" class="w20"{}>)", id_of(path), path, attributes);
        const std::string chosen = given(path, fallback);
        for (const auto& [value, text] : options) add_option(html_, value, text, value == chosen);
        html_.add("</select></div>");
    }
    void radios(std::string_view path, const std::string& legend,
                const std::vector<std::pair<std::string, std::string>>& options, std::string_view fallback) {
        const std::string id = id_of(path), chosen = given(path, fallback);
        html_.add(R"(<fieldset class="field" id="{}" tabindex="-1"><legend>{}</legend>)", id, legend);
        for (const auto& [value, text] : options) {
            html_.add(R"(<div class="choice"><input type="radio" id="{}-{}" name="{}" value="{}")", id, value, path,
                      value);
            if (value == chosen) html_.add(" checked");
            html_.add(R"(><label for="{}-{}">{}</label></div>)", id, value, text);
        }
        html_.add("</fieldset>");
    }
    void result_fields() {
        radios("result/outcome", html_.say("portal.outcome"),
               {{"granted", html_.say("portal.outcome_granted")}, {"refused", html_.say("portal.outcome_refused")}},
               "granted");
        input("result/number", "{portal.result_number}", true);
        area("result/summary", "{portal.result_summary}", true);
        Html attributes = open_field("_file", "{portal.result_file}", true);
        html_.add(
            R"(<div class="file"><input type="file" id="{}" name="_file" accept=".pdf,.jpg,.jpeg,.png,.docx,.odt"{}></div></div>)",
            id_of("_file"), attributes);
        kept_files();
    }
    /// Files that came with the refused form: they are with the dossier already, and stay meant unless unticked.
    void kept_files() {
        if (!is_refused() || refused_.kept.empty()) return;
        std::string ids, names;
        for (const documents::Document& document : refused_.kept) {
            ids += (ids.empty() ? "" : "\n") + to_string(document.id);
            names += (names.empty() ? "" : ", ") + document.name;
        }
        html_.add(
            R"(<div class="field"><div class="choice"><input type="checkbox" id="{}" name="result/documents" value="{}" checked><label for="{}">{portal.kept_file} {}</label></div></div>)",
            id_of("kept"), ids, id_of("kept"), names);
    }
    void fee_fields(bool optional) {
        for (int i = 0; i < fee_rows; ++i) {
            const bool row_optional = optional || i > 0;
            input(fmt::format("fees/{}/name", i), "{portal.fee_name}", row_optional);
            input(fmt::format("fees/{}/amount", i), "{portal.fee_amount}", row_optional, "w12");
        }
    }

    void step_forms(const Task& task) {
        auto answer = attempt(dossier::CompleteStep{task.id, {}, "", std::nullopt});
        const bool needs_result = !answer && answer.error().reason == "dossier.result_required";
        if (answer || needs_result) {
            begin("complete-step", "{portal.do_complete}", &task, true);
            if (model_)
                for (const Choice& choice : step_choices(*model_, task.element)) {
                    if (choice.yes_no) {
                        const std::string path = "variables/" + choice.variable;
                        html_.add(
                            R"(<div class="field"><div class="choice"><input type="checkbox" id="{}" name="{}" value="true")",
                            id_of(path), path);
                        if (given(path) == "true") html_.add(" checked");
                        html_.add(R"(><label for="{}">{}</label></div></div>)", id_of(path),
                                  choice.options.front().second);
                    } else {
                        radios("variables/" + choice.variable, html_.say("portal.decision"), choice.options, "");
                    }
                }
            const bool with_result =
                needs_result || (!d_.result && may(dossier::RecordResult{trial_result()}) && is_late_step(task));
            if (with_result) result_fields();
            area("note", "{portal.step_note}", true);
            if ((model_ && dossier::is_signature(*model_, task)) || (with_result && signs_results_))
                end_signature("{portal.do_complete}");
            else
                end("{portal.do_complete}");
        }
        const process::Node* node = model_ ? find_node(task.element) : nullptr;
        if (!node || node->work.may_return_to.empty()) return;
        if (!may(dossier::ReturnStep{task.id, node->work.may_return_to.front(), "x"})) return;
        begin("return-step", "{portal.do_return}", &task);
        std::vector<std::pair<std::string, std::string>> steps;
        for (const std::string& element : node->work.may_return_to) {
            const process::Node* target = find_node(element);
            steps.emplace_back(element, target && !target->name.empty() ? target->name.text : element);
        }
        select("to", "{portal.return_to}", steps);
        area("reason", "{portal.reason}");
        end("{portal.do_return}");
    }
    void incident_form(const Task& task) {
        using How = dossier::ResolveIncident::How;
        if (!may(dossier::ResolveIncident{task.key, How::retry, "", {}, ""})) return;
        begin("resolve-incident", "{portal.do_resolve_incident}", &task, true);
        html_.add(R"(<input type="hidden" name="incident" value="{}">)", task.key);
        radios("how", html_.say("portal.incident_how"),
               {{"retry", html_.say("portal.incident_retry")}, {"skip", html_.say("portal.incident_skip")}}, "retry");
        const process::Node* at = model_ ? find_node(task.element) : nullptr;
        if (at && process::is_gateway(at->kind)) {
            std::vector<std::pair<std::string, std::string>> flows{{"", html_.say("portal.incident_flow_default")}};
            for (int f : at->outgoing) {
                const process::Flow& flow = model_->flows[static_cast<std::size_t>(f)];
                flows.emplace_back(flow.id, flow.name.empty() ? flow.id : flow.name);
            }
            select("flow", "{portal.incident_flow}", flows);
        }
        area("reason", "{portal.reason}");
        if (model_ && dossier::is_signature(*model_, task.element))
            end_signature("{portal.do_resolve_incident}");
        else
            end("{portal.do_resolve_incident}");
    }
    void message_form() {
        std::vector<std::pair<std::string, std::string>> names;
        for (const dossier::Pending& p : d_.pending) {
            if (p.kind != dossier::PendingKind::message) continue;
            const process::Node* at = model_ ? find_node(p.element) : nullptr;
            names.emplace_back(p.name, at && !at->name.empty() ? at->name.text : p.name);
        }
        if (names.empty() || !holds(identity::permission::dossier_process)) return;
        if (!may(dossier::DeliverMessage{names.front().first, {}})) return;
        begin("deliver-message", "{portal.do_deliver_message}");
        select("message", "{portal.message}", names);
        end("{portal.do_deliver_message}");
    }
    const process::Node* find_node(std::string_view element) const {
        const process::Node* main = model_->main_process();
        return main ? model_->find_node(main->index, element) : nullptr;
    }
    /// The clerk's step: the result can be entered with it also where another step still follows.
    static bool is_late_step(const Task& task) { return task.role == "clerk"; }

    void opinion_form(const Task& task) {
        if (!may(dossier::GiveOpinion{task.id, "x"})) return;
        begin("give-opinion", "{portal.do_give_opinion}", &task, true);
        area("answer", "{portal.opinion}");
        end("{portal.do_give_opinion}");
    }

    void intake_forms() {
        if (d_.status != Status::registered) {
            supplement_request();
            return;
        }
        std::vector<std::pair<std::string, std::string>> units;
        auto directory = parts_.dossiers.service.snapshots().directory();
        auto offer = [&](UnitId id) {
            const organisation::Unit* unit = directory->find(id);
            if (!unit || !unit->is_reception_point() || !unit->validity.covers(asker_.day)) return;
            if (std::ranges::find(units, unit->code, &std::pair<std::string, std::string>::first) != units.end())
                return;
            if (dossier::check_may(asker_, d_, matter_, dossier::Receive{id, {}, {}}))
                units.emplace_back(unit->code, organisation::office_name(*unit));
        };
        offer(d_.receiving_unit);
        for (UnitId id : request_.principal.units) offer(id);
        if (!units.empty() && holds(identity::permission::dossier_receive)) {
            begin("receive", "{portal.do_receive}", nullptr, true);
            select("unit", "{portal.receive_at}", units);
            html_.add("<details><summary>{portal.other_fees}</summary>");
            fee_fields(true);
            html_.add("</details>");
            end("{portal.do_receive}");
        }
        supplement_request();
        if (may(dossier::Refuse{"x"})) {
            begin("refuse", "{portal.do_refuse}");
            area("reason", "{portal.reason_law}");
            end("{portal.do_refuse}", true);
        }
    }
    void supplement_request() {
        if (!may(dossier::RequestSupplement{{"x"}, "x"})) return;
        begin("request-supplement", "{portal.do_request_supplement}");
        area("items", "{portal.supplement_items}");
        area("reason", "{portal.reason_law}");
        end("{portal.do_request_supplement}");
    }
    void supplement_forms() {
        if (d_.status != Status::awaiting_supplement) return;
        const dossier::Supplement* open = d_.open_supplement();
        if (may(dossier::AcceptSupplement{})) {
            begin("accept-supplement", "{portal.do_accept_supplement}", nullptr, open && open->submitted);
            html_.add("<p>{portal.accept_supplement_hint}</p>");
            end("{portal.do_accept_supplement}");
        }
        if (may(dossier::CloseUnsupplemented{})) {
            begin("close-unsupplemented", "{portal.do_close_unsupplemented}");
            end("{portal.do_close_unsupplemented}", true);
        }
    }

    void end_forms() {
        if (may(dossier::ReturnResult{})) {
            begin("return-result", "{portal.do_return_result}", nullptr, true);
            select("channel", "{portal.return_channel}",
                   {{"counter", html_.say("portal.return_counter")},
                    {"post", html_.say("portal.return_post")},
                    {"online", html_.say("portal.return_online")}},
                   dossier::to_text(d_.return_channel));
            input("to", "{portal.taken_by}", true, "w20", "text", d_.applicant.name);
            input("tracking", "{portal.postal_number}", true);
            end("{portal.do_return_result}");
        }
        if (may(dossier::CorrectResult{trial_result()})) {
            begin("correct-result", "{portal.do_correct}", nullptr, true);
            result_fields();
            end_result("{portal.do_correct}");
        }
        if (may(dossier::RecordResult{trial_result()})) {
            begin("record-result", "{portal.do_record_result}");
            result_fields();
            end_result("{portal.do_record_result}");
        }
        if (may(dossier::ReportWrongResult{"x"})) {
            begin("report-wrong-result", "{portal.report_wrong}");
            area("reason", "{portal.report_wrong_what}");
            end("{portal.report_wrong_button}");
        }
    }

    void money_forms() {
        if (holds(identity::permission::payment_confirm) && may(dossier::RecordPayment{"cash", ""})) {
            begin("record-payment", "{portal.do_record_payment}", nullptr,
                  d_.status == Status::awaiting_payment || d_.status == Status::finished);
            Dong total;
            for (const dossier::FeeItem& fee : d_.fees)
                if (!fee.paid) total = total + fee.amount;
            html_.add("<p>{}</p>", html_.say("portal.to_pay", {{"amount", format_dong(total)}}));
            select("method", "{portal.method}",
                   {{"cash", html_.say("portal.method_cash")},
                    {"transfer", html_.say("portal.method_transfer")},
                    {"online", html_.say("portal.method_online")}},
                   "cash");
            input("receipt_no", "{portal.receipt_no}", true, "w12");
            end("{portal.do_record_payment}");
        }
        if (may(dossier::RequestPayment{{{"x", Dong{1}, false, "", ""}}})) {
            begin("request-payment", "{portal.do_request_payment}");
            html_.add("<p>{portal.request_payment_hint}</p>");
            fee_fields(false);
            end("{portal.do_request_payment}");
        }
    }

    void deadline_forms() {
        auto directory = parts_.dossiers.service.snapshots().directory();
        auto is_agency = [&](const organisation::Unit& unit) {
            return unit.validity.covers(asker_.day) && unit.id != d_.competent_unit &&
                   unit.level != organisation::Level::other && unit.kind != organisation::UnitKind::centre;
        };
        auto other = std::ranges::find_if(directory->units(), is_agency);
        if (other != directory->units().end() && holds(identity::permission::dossier_process) &&
            may(dossier::RequestOpinion{other->id, "x", {1000, calendar::TimeUnit::working_day}})) {
            begin("request-opinion", "{portal.do_request_opinion}");
            std::vector<std::pair<std::string, std::string>> agencies;
            for (const organisation::Unit& unit : directory->units())
                if (is_agency(unit)) agencies.emplace_back(unit.code, unit.name);
            select("agency", "{portal.agency}", agencies);
            area("content", "{portal.opinion_content}");
            input("working_days", "{portal.opinion_days}", false, "w4", "text", "1");
            end("{portal.do_request_opinion}");
        }
        if (d_.clock && may(dossier::Extend{"x", d_.clock->due + std::chrono::days{7}})) {
            begin("extend", "{portal.do_extend}");
            area("reason", "{portal.extend_reason}");
            input("new_due", "{portal.new_due}", false, "w20", "datetime-local");
            end("{portal.do_extend}");
        }
        if (may(dossier::Apologise{"x", context_.now + std::chrono::days{1}})) {
            begin("apologise", "{portal.do_apologise}");
            area("reason", "{portal.extend_reason}");
            input("promised", "{portal.promised}", false, "w20", "datetime-local");
            end("{portal.do_apologise}");
        }
    }

    void assign_form(const Task& task) {
        if (!task.unit || task.role.empty() || !holds(identity::permission::dossier_assign)) return;
        if (!may(dossier::AssignTask{task.id, OfficerId{INT64_MAX}})) return;
        auto holders = identity::list_role_holders(context_.db, task.role, matter_.in(task.unit), asker_.day);
        const auto apart = dossier::separation_of(parts_.dossiers.service, context_.db, d_, task, matter_, asker_.day);
        std::erase_if(holders, [&](const identity::RoleHolder& holder) { return apart.keeps(holder.id); });
        if (holders.empty()) return;
        begin("assign", "{portal.do_assign}", &task);
        std::vector<std::pair<std::string, std::string>> officers;
        for (const auto& holder : holders)
            officers.emplace_back(to_string(holder.id),
                                  holder.title.empty() ? holder.name : holder.name + ", " + holder.title);
        select("officer", "{portal.officer}", officers, task.officer ? to_string(task.officer) : "");
        end("{portal.do_assign}");
    }

    void stop_forms() {
        if (may(dossier::Withdraw{"x"})) {
            begin("withdraw", "{portal.do_withdraw}");
            area("reason", "{portal.withdraw_why}", true);
            end("{portal.withdraw_button}", true);
        }
        if (may(dossier::Stop{"x"})) {
            begin("stop", "{portal.do_stop}");
            area("reason", "{portal.reason_law}");
            end("{portal.do_stop}", true);
        }
    }

    const PortalParts& parts_;
    Context& context_;
    const Request& request_;
    const Dossier& d_;
    const Refused& refused_;
    dossier::Asker asker_;
    dossier::Matter matter_;
    process::ModelPtr model_;
    bool signs_results_ = false;  // the process has signatures: its results are some, too
    const std::vector<Wrong> no_wrong_;
    Html html_;
    std::string command_, task_;  // of the form being written
};

}  // namespace

std::string action_field_id(std::string_view command, std::string_view task, std::string_view path) {
    return task.empty() ? fmt::format("{}-{}", command, path) : fmt::format("{}-{}-{}", command, task, path);
}

Html action_forms(const PortalParts& parts, Context& context, const Request& request, const Dossier& dossier,
                  const Refused& refused) {
    return Forms(parts, context, request, dossier, refused).run();
}

}  // namespace motcua::portal
