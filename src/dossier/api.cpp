// Routes of dossiers, tasks, files and tracking.
#include "dossier/api.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "dossier/access.hpp"
#include "dossier/claim.hpp"
#include "dossier/input.hpp"
#include "dossier/separation.hpp"
#include "dossier/signing.hpp"
#include "dossier/view.hpp"
#include "http/page.hpp"
#include "identity/permissions.hpp"
#include "ledger/ledger.hpp"

namespace motcua::dossier {

namespace {

namespace field = http::field;
namespace permission = identity::permission;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

constexpr int history_events_max = 1000;
constexpr std::size_t view_bytes_usual = 16 << 10;  // of a full view in memory

Viewer viewer_of(const organisation::Directory& directory, const Context& context, const Request& request) {
    return {directory, request.lang, context.now};
}

/// Says at the open tasks which of them are signatures, so that a client can ask for the proof beforehand.
void mark_signatures(const ApiParts& parts, const Dossier& dossier, json::object& view) {
    json::array& tasks = view.at("tasks").as_array();
    for (std::size_t i = 0; i < tasks.size(); ++i)
        if (is_signature(parts.service, dossier, dossier.tasks[i])) tasks[i].as_object().emplace("confirm", true);
}

Result<Prepared> create(const ApiParts& parts, Context& context, const Request& request) {
    Filing filing;
    filing.procedure = string_or(request.input, "procedure");
    filing.channel = *find_channel(string_or(request.input, "channel", "online"));
    filing.content = content_of(request.input);
    filing.submit = find_bool(request.input, "submit").value_or(true);
    if (auto code = find_string(request.input, "receive_at")) {
        const organisation::Unit* unit = parts.service.snapshots().directory()->find_code(*code);
        if (!unit)
            return fail(Errc::invalid, "dossier.unit_unknown", {{"unit", std::string(*code)}},
                        {{"receive_at", "dossier.unit_unknown", {{"unit", std::string(*code)}}}});
        filing.receive_at = unit->id;
    }
    return answer_with(parts, context, request, TRY(prepare_filing(parts, context, request, filing)), 201);
}

Result<Prepared> save(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    Content content = content_of(request.input);
    Command command = dossier.status == Status::draft ? Command{SaveDraft{content}} : Command{Amend{content}};
    auto expected = TRY(http::expected_version(request));
    return answer_with(parts, context, request,
                       TRY(prepare_change(parts, context, request, dossier, {command}, expected)), 200);
}

Result<Prepared> run_command(const ApiParts& parts, const CommandRoute& route, Context& context,
                             const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    TRY(open_record(parts, context, request, dossier, "whole"));  // the command's own event says who was there
    Command command = TRY(route.read(request.input, *parts.service.snapshots().directory()));
    auto expected = TRY(http::expected_version(request));
    return answer_with(parts, context, request,
                       TRY(prepare_change(parts, context, request, dossier, {command}, expected)), 200);
}

Result<Prepared> show(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    auto record = TRY(open_record(parts, context, request, dossier, "whole"));
    auto directory = parts.service.snapshots().directory();
    json::object view = full_view(viewer_of(*directory, context, request), dossier);
    mark_signatures(parts, dossier, view);
    if (auto answers = stored_answers(context.db, dossier); !answers.empty())
        view.emplace("answers", std::move(answers));
    Response response = Response::json(std::move(view));
    response.version(dossier.head.version);
    return recorded(std::move(record), std::move(response));
}

Result<Prepared> explain_look(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    return Prepared(TRY(state_reason(parts, context, request, dossier, string_or(request.input, "reason"))),
                    Response::no_content());
}

Result<Prepared> history(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    auto record = TRY(open_record(parts, context, request, dossier, "whole"));
    auto directory = parts.service.snapshots().directory();
    Viewer viewer = viewer_of(*directory, context, request);
    bool officer = request.principal.kind == http::PrincipalKind::officer;
    json::array items;
    auto after = std::max<std::int64_t>(0, dossier.head.version - history_events_max);
    for (const auto& event :
         ledger::read_stream(context.db, ledger::StreamKind::dossier, dossier.id.value, dossier.head, after)) {
        if (!officer && event.type == "note_added") continue;  // colleagues only
        items.push_back(event_view(viewer, event, officer));
    }
    return recorded(std::move(record), Response::json(json::object{{"items", std::move(items)}}));
}

Result<Prepared> deadline(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    auto record = TRY(open_record(parts, context, request, dossier, "whole"));
    auto explained = TRY(parts.service.explain(dossier));
    auto directory = parts.service.snapshots().directory();
    json::object view = deadline_view(viewer_of(*directory, context, request), dossier, explained);
    auto standing = TRY(parts.service.progress(dossier, context.now));
    view.emplace("standing", calendar::to_text(standing.standing));
    view.emplace("remaining_minutes", standing.remaining_minutes);
    return recorded(std::move(record), Response::json(std::move(view)));
}

/// The sort values of a cursor; a made-up one has others than numbers.
Result<std::vector<std::int64_t>> numbers_of(const json::array& cursor) {
    std::vector<std::int64_t> numbers;
    for (const json::value& value : cursor) {
        if (!value.is_int64()) return fail(Errc::malformed, "request.bad_cursor");
        numbers.push_back(value.get_int64());
    }
    return numbers;
}

Result<Response> own(const ApiParts& parts, Context& context, const Request& request) {
    auto page = TRY(http::page_request(request, 1));
    std::optional<DossierId> before;
    if (page.after) before = DossierId{TRY(numbers_of(*page.after)).at(0)};
    auto directory = parts.service.snapshots().directory();
    Viewer viewer = viewer_of(*directory, context, request);
    auto found = list_followed(parts, context, request, before, static_cast<int>(page.limit) + 1);
    bool more = std::ssize(found) > page.limit;
    if (more) found.pop_back();
    json::array items;
    for (const Dossier& dossier : found) items.push_back(line_view(viewer, dossier));
    std::optional<json::array> next;
    if (more) next = json::array{found.back().id.value};
    return http::page_response(std::move(items), next);
}

Result<Response> worklist(const ApiParts& parts, Context& context, const Request& request) {
    auto page = TRY(http::page_request(request, 2));
    Asker asker = asker_of(parts, context, request);
    WorklistQuery query;
    query.limit = static_cast<int>(page.limit) + 1;
    std::string of = string_or(request.input, "of", "unit");
    if (of == "mine") {
        query.officer = OfficerId{request.principal.id};
    } else {
        query.units = asker.access->scope(permission::dossier_read_unit, asker.day).units();
        if (query.units.size() > std::size_t{worklist_units_max}) query.units.resize(worklist_units_max);
        if (query.units.empty()) return http::page_response({}, std::nullopt);
    }
    if (auto role = find_string(request.input, "role")) query.roles = {std::string(*role)};
    std::string due = string_or(request.input, "due", "all");
    if (due == "late") query.due_to = context.now;
    if (due == "soon") {
        query.due_from = context.now;
        query.due_to = parts.service.due_soon_until(query.units, context.now);
    }
    if (page.after) {
        auto last_seen = TRY(numbers_of(*page.after));
        query.after = {last_seen.at(0), last_seen.at(1)};
    }
    auto lines = list_tasks(context.db, query);
    bool more = std::ssize(lines) > page.limit;
    if (more) lines.pop_back();
    auto directory = parts.service.snapshots().directory();
    Viewer viewer = viewer_of(*directory, context, request);
    json::array items;
    for (const TaskLine& line : lines) {
        // Scopes limited to a field let only those dossiers through; what was assigned to somebody who has moved on
        // since is no longer his to see.
        const Matter matter = matter_of(parts, line.dossier, asker.day);
        if (!(of == "mine" ? may_see(asker, line.dossier, matter) : may_see(asker, line.task, matter))) continue;
        if (due == "soon" && !parts.service.is_due_soon(line.task.unit, context.now, line.task.due)) continue;
        json::object item = task_view(viewer, line.task);
        if (is_signature(parts.service, line.dossier, line.task)) item.emplace("confirm", true);
        if (separation_of(parts.service, context.db, line.dossier, line.task, matter, asker.day).needs_somebody)
            item.emplace("needs_somebody", true);
        item.emplace("dossier", line_view(viewer, line.dossier));
        items.push_back(std::move(item));
    }
    std::optional<json::array> next;
    if (more) next = json::array{lines.back().task.due.time_since_epoch().count(), lines.back().task.id};
    return http::page_response(std::move(items), next);
}

Result<Prepared> attach(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    if (request.uploads.size() != 1)
        return fail(Errc::invalid, "dossier.one_file_wanted", {}, {{"file", "dossier.one_file_wanted"}});
    std::string component(request.find_form("component").value_or(""));
    if (component.empty() || component.size() > 60)
        return fail(Errc::invalid, "dossier.content_invalid", {}, {{"component", "dossier.component_unnamed"}});
    // Scope and state first: nothing is stored for somebody who may not.
    AttachDocument probe{DocumentId{1}, component, {}};
    TRY(prepare_change(parts, context, request, dossier, {probe}, std::nullopt));
    auto document = TRY(documents::accept_upload(parts.blobs, context.ids, parts.limits,
                                                 documents::find_usage(context.db, dossier.id), request.uploads.front(),
                                                 {dossier.id, component, request.principal.actor(), context.now}));
    AttachDocument command{document.id, component, documents::to_json(document)};
    Change change = TRY(prepare_change(parts, context, request, dossier, {command}, std::nullopt));
    change.write.rows.push_back(documents::insert_document_row(document));
    json::object answer = documents::to_json(document);
    answer["id"] = to_string(document.id);
    Response response = Response::json(answer, 201);
    response.version(change.after.head.version);
    return Prepared(std::move(change.write), std::move(response));
}

Result<Prepared> detach(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    auto id = parse_id(request.param("document"));
    if (!id) return fail(Errc::not_found, "dossier.document_unknown");
    Change change =
        TRY(prepare_change(parts, context, request, dossier, {DetachDocument{DocumentId{*id}}}, std::nullopt));
    change.write.rows.push_back(documents::remove_document_row(DocumentId{*id}, dossier.id, context.now));
    return Prepared(std::move(change.write), Response::no_content());
}

Result<Prepared> download(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    auto id = parse_id(request.param("document"));
    auto document = id ? documents::find_document(context.db, DocumentId{*id}) : std::nullopt;
    if (!document || document->dossier != dossier.id || document->removed_at)
        return fail(Errc::not_found, "dossier.document_unknown");
    auto record = TRY(open_record(parts, context, request, dossier, "file"));
    return recorded(std::move(record), documents::download_response(parts.blobs, *document));
}

Result<Prepared> files(const ApiParts& parts, Context& context, const Request& request) {
    Dossier dossier = TRY(get_visible(parts, context, request, request.param("dossier")));
    auto record = TRY(open_record(parts, context, request, dossier, "whole"));
    json::array items;
    for (const auto& document : documents::list_documents(context.db, dossier.id)) {
        json::object item = documents::to_json(document);
        item["id"] = to_string(document.id);
        items.push_back(std::move(item));
    }
    return recorded(std::move(record), Response::json(json::object{{"items", std::move(items)}}));
}

Result<Response> track(const ApiParts& parts, Context& context, const Request& request) {
    std::string code = string_or(request.input, "code");
    std::string digits = string_or(request.input, "digits");
    auto found = find_dossier_by_code(context.db, code);
    if (!found) return fail(Errc::not_found, "dossier.not_found");
    const bool known = knows_applicant(*found, digits);
    // A wrong number is answered like a wrong code, so that neither can be guessed apart.
    if (!digits.empty() && !known) return fail(Errc::not_found, "dossier.not_found");
    auto directory = parts.service.snapshots().directory();
    return Response::json(track_view(viewer_of(*directory, context, request), *found, known));
}

void declare_schemas(http::Router& router) {
    http::Fields unit = {field::text("code", "Agency code"), field::text("name", "Name")};
    router.schema(
        "DossierLine",
        {field::id("id", "Id"), field::text("code", "Code, from reception on"),
         field::integer("version", "For If-Match"), field::text("status", "State"),
         field::integer("status_code", "TrangThaiHoSo of the national portal"),
         field::text("status_text", "State in the reader's language"),
         field::object("procedure", {field::text("code", ""), field::text("name", ""), field::integer("version", "")},
                       "Procedure"),
         field::text("channel", "counter, online or post"), field::instant("submitted_at", ""),
         field::instant("received_at", ""), field::instant("due_at", "Legal due time"), field::boolean("late", ""),
         field::boolean("clock_stands", ""), field::instant("finished_at", ""), field::instant("returned_at", ""),
         field::any("applicant", "Name; numbers masked"),
         field::object("receiving_unit", unit, "Where it was received"),
         field::object("competent_unit", unit, "Who settles it")});
    router.schema(
        "Dossier",
        {field::id("id", "Id"),
         field::text("code", "Code, from reception on"),
         field::integer("version", "For If-Match"),
         field::text("status", "State"),
         field::integer("status_code", "TrangThaiHoSo of the national portal"),
         field::text("status_text", "State in the reader's language"),
         field::object("procedure", {field::text("code", ""), field::text("name", ""), field::integer("version", "")},
                       "Procedure"),
         field::text("procedure_case", ""),
         field::text("channel", ""),
         field::text("return_channel", ""),
         field::any("applicant", "Chủ hồ sơ"),
         field::any("filer", "Người nộp"),
         field::any("form", "Form id and version"),
         field::any("answers", "Answers of the form"),
         field::array("components", field::any("", ""), "Papers"),
         field::array("fees", field::any("", ""), "Fees"),
         field::instant("submitted_at", ""),
         field::instant("received_at", ""),
         field::instant("due_at", "Legal due time"),
         field::instant("original_due_at", "As printed on the first receipt"),
         field::boolean("late", ""),
         field::boolean("clock_stands", ""),
         field::boolean("extended", ""),
         field::integer("restarts", "Times the limit was counted again"),
         field::instant("finished_at", ""),
         field::instant("returned_at", ""),
         field::object("receiving_unit", unit, ""),
         field::object("competent_unit",
                       {field::text("code", ""), field::text("name", ""),
                        field::array("because", field::text("", ""), "Why this unit")},
                       ""),
         field::text("rules", "Rule set: nd61, nd107, nd118"),
         field::array("tasks", field::ref("", "Task", ""), "Open tasks"),
         field::array("incidents",
                      field::object("",
                                    {field::text("key", "For resolve-incident"), field::text("element", ""),
                                     field::text("reason", ""), field::text("text", "In the reader's language")},
                                    ""),
                      "What the process could not do by itself"),
         field::array("waits",
                      field::object("",
                                    {field::text("kind", "timer, message, signal or service"),
                                     field::text("element", ""), field::text("name", ""), field::instant("due_at", ""),
                                     field::integer("attempts", "Of a service, failed so far")},
                                    ""),
                      "What the process waits for by itself"),
         field::array("supplements", field::any("", ""), ""),
         field::array("opinions", field::any("", ""), ""),
         field::any("result", ""),
         field::any("correction", ""),
         field::instant("amended_at", "By the citizen after reception, the last time"),
         field::instant("apology_at", ""),
         field::text("closing_reason", "")});
    router.schema(
        "Task",
        {field::id("id", "Id"), field::text("kind", ""), field::text("name", ""), field::text("role", ""),
         field::object("unit", unit, ""), field::text("element", "BPMN element"), field::id("officer", "Assigned to"),
         field::instant("opened_at", ""), field::instant("due_at", ""), field::boolean("late", ""),
         field::boolean("confirm",
                        "A signature: completing it needs a recent sign-in, or POST /api/v1/session/confirm before it"),
         field::boolean("needs_somebody",
                        "In lists: all who hold its role did a step from which the process keeps it apart"),
         field::ref("dossier", "DossierLine", "In lists")});
    router.schema("DossierEvent", {field::integer("version", ""), field::text("type", ""),
                                   field::text("text", "In the reader's language"), field::instant("at", ""),
                                   field::text("actor", "For officers"), field::text("reason", ""),
                                   field::instant("due_at", "Due time after it")});
    router.schema("Deadline", {field::text("code", ""), field::text("rules", ""), field::instant("due_at", ""),
                               field::instant("original_due_at", ""), field::boolean("clock_stands", ""),
                               field::text("standing", "in_time, due_soon, late or paused"),
                               field::integer("remaining_minutes", "Working minutes left; negative when late"),
                               field::text("calendar", "Hours it was counted on, with their version: vietnam@1"),
                               field::array("sentences", field::text("", ""), "The reasoning"),
                               field::any("trace", "Every interval")});
    router.schema("DossierFile", {field::id("id", ""), field::text("component", ""), field::text("name", ""),
                                  field::text("media_type", ""), field::integer("bytes", ""), field::text("sha256", ""),
                                  field::text("uploaded_by", ""), field::instant("at", "")});
    router.schema("Tracking",
                  {field::text("code", ""), field::text("status", ""), field::integer("status_code", ""),
                   field::text("status_text", ""), field::any("procedure", ""), field::instant("received_at", ""),
                   field::instant("due_at", ""), field::boolean("late", ""), field::instant("finished_at", ""),
                   field::instant("returned_at", ""), field::any("applicant", "After showing the digits"),
                   field::array("held_by", field::object("", unit, ""), "Offices that have it now"),
                   field::any("supplement", "What is asked for")});
}

}  // namespace

Prepared answer_with(const ApiParts& parts, const Context& context, const Request& request, Change change, int status) {
    auto directory = parts.service.snapshots().directory();
    Viewer viewer = viewer_of(*directory, context, request);
    // Written out here and forgotten: most views fit a buffer on the stack.
    unsigned char buffer[view_bytes_usual];
    json::monotonic_resource memory(buffer);
    viewer.storage = &memory;
    json::object view = full_view(viewer, change.after);
    mark_signatures(parts, change.after, view);
    Response response = Response::json(std::move(view), status);
    response.version(change.after.head.version);
    if (status == 201) response.header("Location", "/api/v1/dossiers/" + to_string(change.after.id));
    if (change.write.events.empty()) return Prepared(std::move(response));
    return Prepared(std::move(change.write), std::move(response));
}

Asker asker_of(const ApiParts& parts, const Context& context, const Request& request) {
    return {request.principal, parts.identity.access(request.principal), local_day(context.now)};
}

Matter matter_of(const ApiParts& parts, const Dossier& dossier, LocalDay day) {
    auto procedure = parts.service.procedure_of(dossier, day);
    return procedure ? Matter{procedure->field.code, procedure->id} : Matter{};
}

Result<Dossier> get_visible(const ApiParts& parts, Context& context, const Request& request,
                            std::string_view code_or_id) {
    Dossier dossier = TRY(get_dossier(context.db, code_or_id));
    Asker asker = asker_of(parts, context, request);
    if (!may_see(asker, dossier, matter_of(parts, dossier, asker.day)))
        return fail(Errc::not_found, "dossier.not_found");
    return dossier;
}

Result<Change> prepare_change(const ApiParts& parts, Context& context, const Request& request, const Dossier& dossier,
                              const std::vector<Command>& commands, std::optional<std::int64_t> expected_version) {
    Asker asker = asker_of(parts, context, request);
    Matter matter = matter_of(parts, dossier, asker.day);
    for (const Command& command : commands) TRY(check_may(asker, dossier, matter, command));
    ActorFacts actor = actor_facts(asker, dossier, matter);
    actor.proven = may_be_signature(commands) &&
                   parts.identity.check_confirmed(context.db, request.principal, context.now).has_value();
    return parts.service.change(context.db, dossier, commands, actor, context.meta(request), expected_version);
}

Result<Change> prepare_filing(const ApiParts& parts, Context& context, const Request& request, const Filing& filing) {
    Asker asker = asker_of(parts, context, request);
    std::vector<Command> commands;
    OpenDraft open{filing.channel, PersonId{}, {}};
    if (request.principal.kind == http::PrincipalKind::person) {
        if (filing.channel != Channel::online || filing.receive_at) return fail(Errc::forbidden, "dossier.forbidden");
        open.owner = request.principal.person();
    } else if (filing.receive_at) {
        // At the counter: filed and received in one go by an officer of that reception.
        if (filing.channel == Channel::online)
            return fail(Errc::invalid, "dossier.counter_channel", {}, {{"channel", "dossier.counter_channel"}});
    } else {
        // A helper or an officer files on somebody's behalf; the reception answers as usual.
        if (!request.principal.has(permission::dossier_file_for_other))
            return fail(Errc::forbidden, "dossier.forbidden");
    }
    if (!open.owner && filing.content.applicant)
        open.owner =
            find_proven(context.db, filing.content.applicant->id_number, parts.identity.options().link_level_min);
    // Files are attached to a dossier that is there, so the content follows them.
    const bool content_first = !filing.submit && filing.documents.empty();
    if (content_first) open.content = filing.content;
    commands.push_back(std::move(open));
    for (const AttachDocument& document : filing.documents) commands.push_back(document);
    if (filing.submit) {
        commands.push_back(Submit{filing.content});
        if (filing.receive_at) commands.push_back(Receive{*filing.receive_at, {}, {}});
    } else if (!content_first) {
        commands.push_back(SaveDraft{filing.content});
    }
    auto parsed = catalogue::parse_procedure_code(filing.procedure);
    auto procedure = parsed ? parts.service.snapshots().catalogue()->find_procedure(parsed->code, asker.day) : nullptr;
    Matter matter = procedure ? Matter{procedure->field.code, procedure->id} : Matter{};
    if (filing.receive_at && !asker.access->may(permission::dossier_receive, matter.in(*filing.receive_at), asker.day))
        return fail(Errc::forbidden, "dossier.forbidden");
    if (!parsed || !is_within(request.principal, DossierId{}, parsed->code, matter))
        if (request.principal.acting) return fail(Errc::forbidden, "mandate.out_of_scope");
    ActorFacts actor = actor_facts(asker, {}, matter);
    return parts.service.open(context.db, filing.procedure, commands, actor, context.meta(request));
}

void register_routes(http::Router& router, const ApiParts& parts) {
    declare_schemas(router);
    auto bind = [&parts](auto handler) {
        return [&parts, handler](Context& context, const Request& request) { return handler(parts, context, request); };
    };
    using http::permission::as_officer;
    using http::permission::as_person;
    using http::permission::open;
    using http::permission::signed_in;

    http::Fields filing = content_fields();
    filing.insert(filing.begin(),
                  {field::text("procedure", "Code of the procedure").required().length(1, 60),
                   field::one_of("channel", {"online", "counter", "post"}, "How it comes; online unless said"),
                   field::boolean("submit", "false keeps a draft"),
                   field::text("receive_at", "Code of the reception unit: received at once (officers)").length(1, 35)});
    router.command("POST", "/api/v1/dossiers", signed_in,
                   {.summary = "File a dossier, or keep a draft", .input = filing, .answer = "Dossier", .status = 201},
                   bind(create));
    http::Fields own_query = http::page_fields();
    router.query(
        "GET", "/api/v1/dossiers", as_person,
        {.summary = "Own dossiers, newest first", .query = own_query, .answer = "DossierLine", .answer_is_list = true},
        bind(own));
    router.command("GET", "/api/v1/dossiers/{dossier}", signed_in,
                   {.summary = "A dossier by code or id",
                    .description = "An officer who opens one leaves a record, which its owner sees.",
                    .answer = "Dossier"},
                   bind(show));
    router.command("POST", "/api/v1/dossiers/{dossier}/state-reason", as_officer,
                   {.summary = "Say why a dossier that has been closed for long is opened; holds for 8 hours",
                    .input = {field::text("reason", "Why").required().length(1, reason_chars_max)},
                    .status = 204},
                   bind(explain_look));
    router.command("PUT", "/api/v1/dossiers/{dossier}", signed_in,
                   {.summary = "Change a draft, or amend a filed dossier",
                    .input = content_fields(),
                    .answer = "Dossier",
                    .if_match = http::IfMatch::optional},
                   bind(save));
    // Parts of a record are opened as the whole is: for a running dossier or a stated reason, and never unseen.
    router.command("GET", "/api/v1/dossiers/{dossier}/history", signed_in,
                   {.summary = "What happened to it", .answer = "DossierEvent", .answer_is_list = true}, bind(history));
    router.command("GET", "/api/v1/dossiers/{dossier}/deadline", signed_in,
                   {.summary = "The due time and why it is so", .answer = "Deadline"}, bind(deadline));
    router.command("GET", "/api/v1/dossiers/{dossier}/files", signed_in,
                   {.summary = "Files", .answer = "DossierFile", .answer_is_list = true}, bind(files));
    router.command("POST", "/api/v1/dossiers/{dossier}/files", signed_in,
                   {.summary = "Attach a file",
                    .description = "multipart/form-data: component, file",
                    .body = http::Body::form,
                    .answer = "DossierFile",
                    .status = 201,
                    .body_bytes_max = std::size_t(parts.limits.file_bytes_max) + 64 * 1024,
                    .slow = true},
                   bind(attach));
    router.command("GET", "/api/v1/dossiers/{dossier}/files/{document}", signed_in,
                   {.summary = "Download a file", .media = "application/octet-stream", .slow = true}, bind(download));
    router.command("DELETE", "/api/v1/dossiers/{dossier}/files/{document}", signed_in,
                   {.summary = "Take a file of a draft back", .status = 204}, bind(detach));
    register_process_routes(router, parts);
    for (const CommandRoute& route : command_routes())
        router.command(
            "POST", fmt::format("/api/v1/dossiers/{{dossier}}/{}", route.name), route.permission,
            {.summary = route.summary, .input = route.input, .answer = "Dossier", .if_match = http::IfMatch::optional},
            [&parts, &route](Context& context, const Request& request) {
                return run_command(parts, route, context, request);
            });

    http::Fields tasks = http::page_fields();
    tasks.push_back(field::one_of("of", {"unit", "mine"}, "Whose tasks; unit unless said"));
    tasks.push_back(field::one_of("due", {"all", "soon", "late"},
                                  "soon = within the working time that the setting deadlines.warn_before_hours names"));
    tasks.push_back(field::text("role", "Only tasks of this role").length(1, 40));
    router.query("GET", "/api/v1/tasks", as_officer,
                 {.summary = "The worklist, by due time",
                  .query = tasks,
                  .answer = "Task",
                  .answer_is_list = true,
                  .slow = true},
                 bind(worklist));
    router.query("GET", "/api/v1/track", open,
                 {.summary = "Follow a dossier by its code",
                  .query = {field::text("code", "Code on the receipt").required().length(5, 60)},
                  .answer = "Tracking",
                  .rate = http::RateClass::look_up},
                 bind(track));
    router.query("POST", "/api/v1/track", open,
                 {.summary = "The same, with the digits that show more",
                  .description = "A POST, so that the digits stand in no address and in no log of a proxy.",
                  .input = {field::text("code", "Code on the receipt").required().length(5, 60),
                            field::text("digits", "Last 4 digits of phone or citizen id").length(0, track_digits)},
                  .answer = "Tracking",
                  .rate = http::RateClass::look_up},
                 bind(track));
}

}  // namespace motcua::dossier
