// Sending the filing page: files, answers and the dossier's own rules are checked together, then files are stored, then
// the dossier is changed. Refused, the page comes back as it was filled in.
#include "portal/filing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

using dossier::Dossier;

/// The sentence of a refusal and of each of its fields, as data for the island: ids of the page.
Response problem_of(const Request& request, const std::vector<Wrong>& wrong, const Error& error) {
    http::Problem problem = http::make_problem(error, request.lang, request.request_id);
    problem.errors.clear();
    for (const Wrong& one : wrong)
        if (!one.id.empty()) problem.errors.push_back({one.id, error.reason, one.text});
    return http::to_response(problem);
}

/// One sending on its way: what was posted, and everything wrong with it so far.
struct Sending {
    const PortalParts& parts;
    Context& context;
    const Request& request;
    const FilingCase& filing;
    Posted posted;
    dossier::Channel channel = dossier::Channel::online;
    std::optional<UnitId> receive_at = {};

    dossier::Content content(bool with_answers) const {
        dossier::Content c;
        c.applicant = posted.beside.applicant;
        c.filer = posted.beside.filer;
        c.return_channel = posted.beside.return_channel;
        if (!posted.beside.procedure_case.empty()) c.procedure_case = posted.beside.procedure_case;
        c.components = components_of(
            *filing.procedure, filing.dossier ? filing.dossier->components : std::vector<dossier::Component>{}, posted);
        if (with_answers && filing.form) c.answers = posted.answers;
        return c;
    }

    std::vector<dossier::AttachDocument> attachments() const {
        std::vector<dossier::AttachDocument> list;
        for (const Sent& sent : posted.files)
            list.push_back({sent.document.id, sent.component, documents::to_json(sent.document)});
        return list;
    }

    /// Decides; the documents must have their ids.
    Result<dossier::Change> decide(bool with_answers) {
        dossier::Content what = content(with_answers);
        if (!filing.dossier) {
            dossier::Filing filing_command{.procedure = filing.procedure->code,
                                           .channel = channel,
                                           .content = std::move(what),
                                           .submit = !posted.draft,
                                           .receive_at = receive_at,
                                           .documents = attachments()};
            return dossier::prepare_filing(parts.dossiers, context, request, filing_command);
        }
        std::vector<dossier::Command> commands;
        for (DocumentId id : posted.removed) commands.emplace_back(dossier::DetachDocument{id});
        for (auto& one : attachments()) commands.emplace_back(std::move(one));
        switch (filing.mode) {
            case Mode::amend:
                commands.emplace_back(dossier::Amend{std::move(what)});
                break;
            case Mode::supplement:
                commands.emplace_back(dossier::SubmitSupplement{std::move(what)});
                break;
            default:
                if (posted.draft) {
                    commands.emplace_back(dossier::SaveDraft{std::move(what)});
                } else {
                    commands.emplace_back(dossier::Submit{std::move(what)});
                }
        }
        return dossier::prepare_change(parts.dossiers, context, request, *filing.dossier, commands, posted.version);
    }

    json::object completed_answers() const {
        json::value answers = posted.answers;
        complete_files(answers, posted.files, filing.stored);
        return std::move(answers.get_object());
    }

    /// The answers judged before anything is stored.
    Result<void> check_answers() const {
        if (!filing.form) return {};
        auto completeness = posted.draft ? forms::Completeness::draft : forms::Completeness::complete;
        TRY(parts.dossiers.service.check_answers(filing.form->name, filing.form->version, completed_answers(),
                                                 today(context), completeness));
        return {};
    }

    Result<void> store_files() {
        documents::Usage usage;
        DossierId owner;
        if (filing.dossier) {
            owner = filing.dossier->id;
            usage = documents::find_usage(context.db, owner);
        }
        for (Sent& sent : posted.files) {
            sent.document = TRY(
                documents::accept_upload(parts.dossiers.blobs, context.ids, parts.dossiers.limits, usage, *sent.upload,
                                         {owner, sent.component, request.principal.actor(), context.now}));
            ++usage.files;
            usage.bytes += sent.document.bytes;
        }
        return {};
    }

    /// Everything that is wrong at once: files, answers, and what the dossier would say of the rest.
    std::vector<Wrong> check(Error& first) {
        std::vector<Wrong> wrong;
        check_files(request.lang, parts.dossiers.limits, posted.files, wrong);
        if (!wrong.empty()) first = Error{Errc::invalid, "portal.files_refused"};
        if (auto good = check_answers(); !good) {
            if (wrong.empty()) first = good.error();
            for (Wrong& one : wrongs_of(request.lang, good.error())) wrong.push_back(std::move(one));
        }
        if (wrong.empty() || receive_at) return wrong;  // a trial reception would use up a serial number
        Sending trial{parts, context, request, filing, posted, channel, receive_at};
        for (Sent& sent : trial.posted.files) sent.document.id = context.ids.make<DocumentId>();
        if (auto rest = trial.decide(false); !rest && rest.error().reason != "dossier.answers_missing")
            for (Wrong& one : wrongs_of(request.lang, rest.error())) wrong.push_back(std::move(one));
        return wrong;
    }

    Prepared refuse(std::vector<Wrong> wrong, const Error& error) {
        if (wants_json(request)) return Prepared(problem_of(request, wrong, error));
        if (!posted.files.empty()) wrong.push_back({"", resources::message(request.lang, "portal.choose_files_again")});
        Filled filled{.beside = posted.beside,
                      .answers = posted.answers,
                      .channel = channel,
                      .unit = std::string(request.find_form("_unit").value_or("")),
                      .wrong = std::move(wrong)};
        json::value shown = filled.answers;
        complete_files(shown, {}, filing.stored);
        drop_new_files(shown);
        filled.answers = std::move(shown.get_object());
        return Prepared(filing_page(parts, context, request, filing, filled, http::status_of(error.code)));
    }

    /// A browser does not send the same file twice by itself: what was not stored is not shown.
    static void drop_new_files(json::value& value) {
        if (json::array* list = value.if_array()) {
            json::array kept;
            for (json::value& one : *list) {
                const json::object* object = one.if_object();
                if (object && string_or(*object, "id").starts_with("new:")) continue;
                drop_new_files(one);
                kept.push_back(std::move(one));
            }
            *list = std::move(kept);
        } else if (json::object* object = value.if_object()) {
            for (auto& [name, inner] : *object) drop_new_files(inner);
        }
    }

    Response done(const Dossier& after) const {
        std::string id = to_string(after.id);
        std::string location = filing.mode == Mode::counter ? "/officer/ho-so/" + id + "/giay-tiep-nhan"
                               : posted.draft               ? "/ho-so/" + id + "/sua?da-luu=1"
                                                            : "/ho-so/" + id + "?da-gui=1";
        if (!wants_json(request)) return Response::see_other(location);
        return Response::created(
            location, json::object{{"id", id}, {"code", after.code}, {"status", dossier::to_text(after.status)}});
    }
};

}  // namespace

Result<Prepared> send_filing(const PortalParts& parts, Context& context, const Request& request,
                             const FilingCase& filing) {
    Sending sending{parts, context, request, filing,
                    read_posted(request, *filing.procedure, filing.form ? filing.form->definition.get() : nullptr)};
    if (filing.mode == Mode::counter) {
        sending.channel =
            dossier::find_channel(request.find_form("_channel").value_or("")).value_or(dossier::Channel::counter);
        if (sending.channel == dossier::Channel::online) sending.channel = dossier::Channel::counter;
        const organisation::Unit* unit =
            parts.dossiers.service.snapshots().directory()->find_code(request.find_form("_unit").value_or(""));
        if (!unit)
            return sending.refuse({{"_unit", resources::message(request.lang, "portal.unit_missing")}},
                                  Error{Errc::invalid, "portal.unit_missing"});
        sending.receive_at = unit->id;
    }
    Error first;
    if (auto wrong = sending.check(first); !wrong.empty()) return sending.refuse(std::move(wrong), first);
    if (auto stored = sending.store_files(); !stored)
        return sending.refuse(wrongs_of(request.lang, stored.error()), stored.error());
    json::object typed = sending.posted.answers;
    sending.posted.answers = sending.completed_answers();
    auto change = sending.decide(true);
    if (!change) {
        sending.posted.answers = std::move(typed);
        return sending.refuse(wrongs_of(request.lang, change.error()), change.error());
    }
    for (Sent& sent : sending.posted.files) {
        sent.document.dossier = change->after.id;
        change->write.rows.push_back(documents::insert_document_row(sent.document));
    }
    if (filing.dossier)
        for (DocumentId id : sending.posted.removed)
            change->write.rows.push_back(documents::remove_document_row(id, filing.dossier->id, context.now));
    return Prepared(std::move(change->write), sending.done(change->after));
}

void register_filing(http::Router& router, const PortalParts& parts) {
    namespace field = http::field;
    using http::permission::as_person;
    router.query("GET", "/nop-ho-so/{code}", as_person, {.summary = "File a dossier online", .html = true},
                 [&parts](Context& context, const Request& request) -> Result<Response> {
                     FilingCase filing = TRY(open_fresh(parts, context, request.param("code"), Mode::fresh));
                     return filing_page(parts, context, request, filing, fill_fresh(parts, context, request, filing));
                 });
    router.command("POST", "/nop-ho-so/{code}", as_person,
                   {.summary = "Send or keep a new dossier",
                    .body = http::Body::form,
                    .body_bytes_max = form_bytes_max,
                    .slow = true,
                    .html = true},
                   [&parts](Context& context, const Request& request) -> Result<Prepared> {
                       FilingCase filing = TRY(open_fresh(parts, context, request.param("code"), Mode::fresh));
                       return send_filing(parts, context, request, filing);
                   });
    router.command(
        "GET", "/ho-so/{dossier}/sua", as_person,
        {.summary = "Go on with a draft, amend, hand in a supplement",
         .query = {field::text("da-luu", "").length(0, 1)},
         .html = true},
        [&parts](Context& context, const Request& request) -> Result<Prepared> {
            FilingCase filing = TRY(open_existing(parts, context, request, request.param("dossier")));
            auto record = TRY(dossier::open_record(parts.dossiers, context, request, *filing.dossier, "whole"));
            Filled filled = fill_fresh(parts, context, request, filing);
            filled.saved = request.input.contains("da-luu");
            return dossier::recorded(std::move(record), filing_page(parts, context, request, filing, filled));
        });
    router.command(
        "POST", "/ho-so/{dossier}/sua", as_person,
        {.summary = "Send it", .body = http::Body::form, .body_bytes_max = form_bytes_max, .slow = true, .html = true},
        [&parts](Context& context, const Request& request) -> Result<Prepared> {
            FilingCase filing = TRY(open_existing(parts, context, request, request.param("dossier")));
            return send_filing(parts, context, request, filing);
        });
}

}  // namespace motcua::portal
