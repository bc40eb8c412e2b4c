// What officers send from the page of a dossier: a command of the API's table with the fields of its form, a file with
// it where it brings the result, a scan of a paper. A refusal shows the page again with its sentence and what was
// entered; a signature brings the proof of who signs along.
#include <charconv>

#include <fmt/format.h>

#include "dossier/signing.hpp"
#include "portal/officer_page.hpp"
#include "portal/posted.hpp"
#include "portal/proof.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;

std::optional<std::int64_t> shown_version(const Request& request) {
    auto text = request.find_form("_version");
    std::int64_t version = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), version).ec != std::errc{})
        return std::nullopt;
    return version;
}

std::string task_of(const Request& request) { return std::string(request.find_form("task").value_or("")); }

bool wants_proof(const Error& error) { return error.reason == "session.confirmation_required"; }

Refused refused_with(const Request& request, std::string_view command, const Error& error) {
    Refused refused{.command = std::string(command), .task = task_of(request), .wrong = {}};
    if (wants_proof(error)) {
        refused.wrong.push_back(wrong_proof(request, action_field_id(command, refused.task, ""), error));
        return refused;
    }
    if (error.fields.empty()) refused.wrong.push_back({"", resources::message(request.lang, error)});
    for (const FieldError& field : error.fields)
        refused.wrong.push_back(
            {action_field_id(command, refused.task, field.path), resources::message(request.lang, field)});
    return refused;
}

/// The file of a form, if one was chosen.
std::vector<Sent> file_of(const Request& request, std::string_view command, std::string_view component) {
    std::vector<Sent> files;
    for (const http::Upload& upload : request.uploads)
        if (upload.field == "_file" && !(upload.bytes.empty() && upload.file_name.empty()))
            files.push_back({.upload = &upload,
                             .field = action_field_id(command, request.find_form("task").value_or(""), "_file"),
                             .component = std::string(component),
                             .name = {},
                             .kind = {}});
    return files;
}

dossier::ResultDocument* result_in(dossier::Command& command) {
    if (auto* step = std::get_if<dossier::CompleteStep>(&command)) return step->result ? &*step->result : nullptr;
    if (auto* record = std::get_if<dossier::RecordResult>(&command)) return &record->result;
    if (auto* correct = std::get_if<dossier::CorrectResult>(&command)) return &correct->result;
    return nullptr;
}

/// A result that says nothing was not meant: every form shows the outcome preselected.
void drop_empty_result(dossier::Command& command, bool with_file) {
    auto* step = std::get_if<dossier::CompleteStep>(&command);
    if (step && step->result && !with_file && step->result->documents.empty() && step->result->number.empty() &&
        step->result->summary.empty())
        step->result.reset();
}

Result<documents::Document> store(const PortalParts& parts, Context& context, const Request& request, const Dossier& d,
                                  const Sent& sent) {
    return documents::accept_upload(parts.dossiers.blobs, context.ids, parts.dossiers.limits,
                                    documents::find_usage(context.db, d.id), *sent.upload,
                                    {d.id, sent.component, request.principal.actor(), context.now});
}

Response reason_page(const PortalParts& parts, Context& context, const Request& request, const Dossier& d,
                     const std::vector<Wrong>& wrong);

/// Files that an earlier sending of the form left with the dossier.
std::vector<documents::Document> kept_before(Context& context, const Dossier& d,
                                             const dossier::ResultDocument* result) {
    std::vector<documents::Document> kept;
    if (!result) return kept;
    for (const DocumentId id : result->documents)
        if (auto document = documents::find_document(context.db, id);
            document && document->dossier == d.id && !document->removed_at)
            kept.push_back(std::move(*document));
    return kept;
}

/// Shows a signature's form again that lacked its proof. What was typed is in it; files cannot be, so they stay with
/// the dossier and the form names them.
Result<Prepared> ask_proof(const PortalParts& parts, Context& context, const Request& request, const Dossier& d,
                           Refused refused, const std::vector<Sent>& files, int status) {
    std::vector<dossier::Command> commands;
    std::vector<documents::Document> stored;
    const dossier::AttachDocument probe{DocumentId{1}, std::string(dossier::result_component), {}};
    const bool may_keep =
        !files.empty() && dossier::prepare_change(parts.dossiers, context, request, d, {probe}, shown_version(request));
    for (const Sent& sent : files) {
        if (!may_keep) break;  // nothing is stored for somebody who may not
        auto document = store(parts, context, request, d, sent);
        if (!document) break;
        commands.emplace_back(dossier::AttachDocument{document->id, sent.component, documents::to_json(*document)});
        stored.push_back(std::move(*document));
    }
    if (!commands.empty())
        if (auto change =
                dossier::prepare_change(parts.dossiers, context, request, d, commands, shown_version(request))) {
            for (const documents::Document& document : stored) {
                change->write.rows.push_back(documents::insert_document_row(document));
                refused.kept.push_back(document);
            }
            refused.version = change->after.head.version;
            return Prepared(std::move(change->write), officer_page(parts, context, request, d, refused, status));
        }
    return Prepared(officer_page(parts, context, request, d, refused, status));
}

Result<Prepared> act(const PortalParts& parts, const dossier::CommandRoute& route, Context& context,
                     const Request& request) {
    Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
    if (!dossier::open_record(parts.dossiers, context, request, d, "whole"))
        return Prepared(reason_page(parts, context, request, d, {}));
    const dossier::ResultDocument* named = nullptr;
    auto refuse = [&](const Error& error) {
        Refused refused = refused_with(request, route.name, error);
        refused.kept = kept_before(context, d, named);
        return Prepared(officer_page(parts, context, request, d, refused, http::status_of(error.code)));
    };
    auto input = read_action(route.input, request.form);
    if (!input) return refuse(input.error());
    auto command = route.read(*input, *parts.dossiers.service.snapshots().directory());
    if (!command) return refuse(command.error());

    std::vector<Sent> files = file_of(request, route.name, dossier::result_component);
    drop_empty_result(*command, !files.empty());
    dossier::ResultDocument* result = result_in(*command);
    if (!result) files.clear();
    named = result;
    std::vector<Wrong> wrong;
    check_files(request.lang, parts.dossiers.limits, files, wrong);
    if (!wrong.empty())
        return Prepared(
            officer_page(parts, context, request, d, {std::string(route.name), task_of(request), wrong}, 422));

    const auto ask = [&](Refused refused, const Error& error) {
        refused.kept = kept_before(context, d, named);
        return ask_proof(parts, context, request, d, std::move(refused), files, http::status_of(error.code));
    };
    if (dossier::may_be_signature({&*command, 1}))
        if (auto taken = take_proof(parts, context, request); !taken)
            return ask({std::string(route.name),
                        task_of(request),
                        {wrong_proof(request, action_field_id(route.name, task_of(request), ""), taken.error())}},
                       taken.error());

    // Decided before anything is stored; then again with the file's own id.
    auto decide = [&] {
        std::vector<dossier::Command> commands;
        for (const Sent& sent : files)
            commands.emplace_back(
                dossier::AttachDocument{sent.document.id, sent.component, documents::to_json(sent.document)});
        commands.push_back(*command);
        return dossier::prepare_change(parts.dossiers, context, request, d, commands, shown_version(request));
    };
    const bool receives = std::holds_alternative<dossier::Receive>(*command);  // a trial would use up a serial number
    if (!files.empty() && !receives) {
        for (Sent& sent : files) sent.document.id = context.ids.make<DocumentId>();
        const auto before = result->documents;
        for (const Sent& sent : files) result->documents.push_back(sent.document.id);
        auto trial = decide();
        result->documents = before;
        if (!trial && wants_proof(trial.error()))
            return ask(refused_with(request, route.name, trial.error()), trial.error());
        if (!trial) return refuse(trial.error());
        for (Sent& sent : files) {
            auto stored = store(parts, context, request, d, sent);
            if (!stored) return refuse(stored.error());
            sent.document = std::move(*stored);
            result->documents.push_back(sent.document.id);
        }
    }
    auto change = decide();
    if (!change && wants_proof(change.error()) && files.empty())
        return ask(refused_with(request, route.name, change.error()), change.error());
    if (!change) return refuse(change.error());
    for (const Sent& sent : files) change->write.rows.push_back(documents::insert_document_row(sent.document));
    std::string location = "/officer/ho-so/" + to_string(d.id) + (receives ? "/giay-tiep-nhan" : "");
    return Prepared(std::move(change->write), Response::see_other(location));
}

Result<Prepared> attach(const PortalParts& parts, Context& context, const Request& request) {
    Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
    if (!dossier::open_record(parts.dossiers, context, request, d, "whole"))
        return Prepared(reason_page(parts, context, request, d, {}));
    auto refuse = [&](std::vector<Wrong> wrong, int status) {
        return Prepared(officer_page(parts, context, request, d, {"tep", "", std::move(wrong)}, status));
    };
    std::string component(request.find_form("component").value_or(""));
    std::vector<Sent> files = file_of(request, "tep", component);
    std::vector<Wrong> wrong;
    if (component.empty() || component == dossier::result_component || component.size() > 60)
        wrong.push_back({"attach-component", resources::message(request.lang, "dossier.component_unnamed")});
    if (files.size() != 1)
        wrong.push_back({"attach-file", resources::message(request.lang, "dossier.one_file_wanted")});
    check_files(request.lang, parts.dossiers.limits, files, wrong);
    if (!wrong.empty()) return refuse(std::move(wrong), 422);
    dossier::AttachDocument probe{DocumentId{1}, component, {}};
    if (auto trial = dossier::prepare_change(parts.dossiers, context, request, d, {probe}, std::nullopt); !trial)
        return refuse({{"", resources::message(request.lang, trial.error())}}, http::status_of(trial.error().code));
    auto stored = store(parts, context, request, d, files.front());
    if (!stored)
        return refuse({{"attach-file", resources::message(request.lang, stored.error())}},
                      http::status_of(stored.error().code));
    auto change = dossier::prepare_change(parts.dossiers, context, request, d,
                                          {dossier::AttachDocument{stored->id, component, documents::to_json(*stored)}},
                                          std::nullopt);
    if (!change)
        return refuse({{"", resources::message(request.lang, change.error())}}, http::status_of(change.error().code));
    change->write.rows.push_back(documents::insert_document_row(*stored));
    return Prepared(std::move(change->write), Response::see_other("/officer/ho-so/" + to_string(d.id)));
}

/// Instead of the dossier: it has been closed for long, and opening it needs a reason.
Response reason_page(const PortalParts& parts, Context& context, const Request& request, const Dossier& d,
                     const std::vector<Wrong>& wrong) {
    Html main(request.lang);
    main.add(R"({}<h1>{portal.closed_dossier} {}</h1><div class="notice warning"><p>{portal.closed_hint}</p></div>)",
             error_summary(request.lang, wrong), d.code);
    main.add(
        R"(<form method="post" action="/officer/ho-so/{}/state-reason">{}<div class="field"><label for="reason">{portal.closed_reason}</label>)"
        R"(<textarea id="reason" name="reason" rows="3"></textarea></div><div class="actions"><button class="btn">{portal.closed_open}</button></div></form>)",
        to_string(d.id), form_keys(context, request));
    return render(parts, request,
                  {.shell = "dossier",
                   .title = main.say("portal.closed_dossier") + " " + d.code,
                   .main = std::move(main),
                   .data = {},
                   .status = wrong.empty() ? 403 : 422});
}

/// Shows the page, and leaves the record of it.
Result<Prepared> show(const PortalParts& parts, Context& context, const Request& request) {
    Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
    auto record = dossier::open_record(parts.dossiers, context, request, d, "whole");
    if (!record) return Prepared(reason_page(parts, context, request, d, {}));
    return dossier::recorded(std::move(*record), officer_page(parts, context, request, d, {}, 200));
}

Result<Prepared> explain_look(const PortalParts& parts, Context& context, const Request& request) {
    Dossier d = TRY(dossier::get_visible(parts.dossiers, context, request, request.param("dossier")));
    auto write = dossier::state_reason(parts.dossiers, context, request, d,
                                       request.find_form("reason").value_or("").substr(0, dossier::reason_chars_max));
    if (!write)
        return Prepared(
            reason_page(parts, context, request, d, {{"reason", resources::message(request.lang, write.error())}}));
    return Prepared(std::move(*write), Response::see_other("/officer/ho-so/" + to_string(d.id)));
}

}  // namespace

void register_officer_dossier(http::Router& router, const PortalParts& parts) {
    using http::permission::as_officer;
    router.command("GET", "/officer/ho-so/{dossier}", as_officer,
                   {.summary = "A dossier, for those who work on it", .slow = true, .html = true},
                   [&parts](Context& context, const Request& request) { return show(parts, context, request); });
    router.command(
        "POST", "/officer/ho-so/{dossier}/state-reason", as_officer,
        {.summary = "Say why a dossier that has been closed for long is opened",
         .body = http::Body::form,
         .html = true},
        [&parts](Context& context, const Request& request) { return explain_look(parts, context, request); });
    router.command("POST", "/officer/ho-so/{dossier}/tep", as_officer,
                   {.summary = "Add a scan",
                    .body = http::Body::form,
                    .body_bytes_max = form_bytes_max,
                    .slow = true,
                    .html = true},
                   [&parts](Context& context, const Request& request) { return attach(parts, context, request); });
    for (const dossier::CommandRoute& route : dossier::command_routes()) {
        if (route.permission == http::permission::as_person) continue;  // the citizen's own pages have these
        const http::Permission needed = route.permission == http::permission::signed_in ? as_officer : route.permission;
        router.command(
            "POST", fmt::format("/officer/ho-so/{{dossier}}/{}", route.name), needed,
            {.summary = route.summary,
             .body = http::Body::form,
             .body_bytes_max = form_bytes_max,
             .slow = true,
             .html = true},
            [&parts, &route](Context& context, const Request& request) { return act(parts, route, context, request); });
    }
}

}  // namespace motcua::portal
