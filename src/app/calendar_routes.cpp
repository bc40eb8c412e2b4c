#include "app/calendar_routes.hpp"

#include "definitions/notices.hpp"
#include "dossier/redate.hpp"
#include "http/page.hpp"
#include "identity/permissions.hpp"

namespace motcua::app {

namespace {

namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

json::object view(const definitions::LateNotice& notice) {
    json::object o{{"id", format_id(notice.id)},
                   {"calendar", notice.calendar},
                   {"document", definitions::document_text(notice.notice.document)},
                   {"notice", notice.body},
                   {"announced_at", format_iso(notice.announced)},
                   {"applied", notice.applied.has_value()}};
    if (notice.applied) {
        o.emplace("applied_at", format_iso(*notice.applied));
        o.emplace("moved", notice.moved);
    }
    return o;
}

json::object view(const dossier::MovedDossier& moved, std::string_view document) {
    json::object o{{"dossier", to_string(moved.id)}, {"tasks", moved.tasks}, {"reason", document}};
    if (!moved.code.empty()) o.emplace("code", moved.code);
    if (moved.old_due) o.emplace("old_due", format_iso(*moved.old_due));
    if (moved.new_due) o.emplace("new_due", format_iso(*moved.new_due));
    return o;
}

Result<Response> calendars(Domain& domain, Context&, const Request& request) {
    json::array items;
    auto all = domain.definitions();
    for (const auto* calendar : all->list_calendars()) {
        const calendar::Name& name = calendar->calendar->data().name;
        items.push_back(json::object{{"calendar", calendar->name},
                                     {"version", calendar->id},
                                     {"name", request.lang == Lang::vi ? name.vi : name.en}});
    }
    return Response::json(json::object{{"items", std::move(items)}});
}

Result<Prepared> announce(Domain&, Context& context, const Request& request) {
    json::object notice = request.input;
    const std::string calendar = string_or(notice, "calendar", definitions::standard_calendar);
    notice.erase("calendar");
    auto announced = TRY(definitions::announce_notice(context.db, context.ids, calendar, json::serialize(notice),
                                                      context.meta(request)));
    Response response = Response::json(view(announced.notice), 202);
    response.header("Location", "/api/v1/calendar-notices/" + format_id(announced.notice.id));
    if (!announced.write) return Prepared(std::move(response));
    return Prepared(std::move(*announced.write), std::move(response));
}

Result<Response> rehearse(Domain& domain, Context& context, const Request& request) {
    json::object notice = request.input;
    const std::string calendar = string_or(notice, "calendar", definitions::standard_calendar);
    notice.erase("calendar");
    auto announced = TRY(definitions::announce_notice(context.db, context.ids, calendar, json::serialize(notice),
                                                      context.meta(request)));
    dossier::Service as_if({[&] { return domain.units().directory(); }, [&] { return domain.procedures().catalogue(); },
                            [all = domain.definitions()->with_calendars(announced.made)] { return all; }},
                           context.ids);
    dossier::RedateReport report;
    auto moved = TRY(dossier::rehearse_move(domain.database(), as_if, announced.notice, context.meta(request), report));
    const std::string document = definitions::document_text(announced.notice.notice.document);
    json::array items;
    for (const auto& each : moved) items.push_back(view(each, document));
    return Response::json(
        json::object{{"examined", report.examined}, {"standing", report.standing}, {"moved", std::move(items)}});
}

Result<definitions::LateNotice> notice_of(Context& context, const Request& request) {
    auto id = parse_id(request.param("notice"));
    auto found = id ? definitions::find_notice(context.db, *id) : std::nullopt;
    if (!found) return fail(Errc::not_found, "definitions.notice_unknown");
    return std::move(*found);
}

Result<Response> notices(Domain&, Context& context, const Request&) {
    json::array items;
    for (const auto& notice : definitions::list_notices(context.db)) items.push_back(view(notice));
    return Response::json(json::object{{"items", std::move(items)}});
}

Result<Response> notice(Domain&, Context& context, const Request& request) {
    return Response::json(view(TRY(notice_of(context, request))));
}

Result<Response> moved(Domain&, Context& context, const Request& request) {
    auto page = TRY(http::page_request(request, 1));
    auto notice = TRY(notice_of(context, request));
    const std::int64_t after = page.after ? page.after->at(0).as_int64() : 0;
    auto found = dossier::list_moved(context.db, notice, after, static_cast<int>(page.limit) + 1);
    const bool more = std::ssize(found) > page.limit;
    if (more) found.pop_back();
    const std::string document = definitions::document_text(notice.notice.document);
    json::array items;
    for (const auto& each : found) items.push_back(view(each, document));
    std::optional<json::array> next;
    if (more) next = json::array{found.back().position};
    return http::page_response(std::move(items), next);
}

}  // namespace

void register_calendar_routes(http::Router& router, Domain& domain) {
    namespace permission = identity::permission;
    http::Fields moved_fields = {field::id("dossier", "Id"),
                                 field::text("code", "Code, from reception on"),
                                 field::instant("old_due", "Absent when only tasks moved"),
                                 field::instant("new_due", ""),
                                 field::integer("tasks", "Its tasks that have another due time"),
                                 field::text("reason", "Number and date of the document")};
    router.schema("Calendar", {field::text("calendar", "Name, as units name it"),
                               field::text("version", "As dossiers pin it: vietnam@2"), field::text("name", "")});
    router.schema("CalendarNotice",
                  {field::id("id", "Id"), field::text("calendar", "Announced on"), field::text("document", ""),
                   field::any("notice", "As given"), field::instant("announced_at", ""),
                   field::boolean("applied", "All open dossiers have been counted again"),
                   field::instant("applied_at", ""), field::integer("moved", "Dossiers")});
    router.schema("MovedDossier", moved_fields);
    router.schema("CalendarRehearsal",
                  {field::integer("examined", "Open dossiers"), field::integer("standing", "Whose clock stands"),
                   field::array("moved", field::ref("", "MovedDossier", ""), "")});
    const http::Fields input = {
        field::text("calendar", "Name; vietnam unless said").length(1, 60),
        field::text("id", "Of the notice").length(1, 60),
        field::object(
            "document",
            {field::text("number", "As printed").length(1, 100), field::text("date", "YYYY-MM-DD").length(10, 10),
             field::text("issuer", "").length(1, 200), field::text("grade", "How sure the source is").length(1, 40)},
            "The paper"),
        field::integer("whole_year", "Its days are all days off of that year"),
        field::any("days_off", "As in a calendar file (docs/deadlines.md)"),
        field::any("makeup_workdays", "As in a calendar file")};
    auto bind = [&domain](auto handler) {
        return
            [&domain, handler](Context& context, const Request& request) { return handler(domain, context, request); };
    };
    router.query("GET", "/api/v1/calendars", http::permission::as_officer,
                 {.summary = "Working calendars", .answer = "Calendar", .answer_is_list = true}, bind(calendars));
    router.command("POST", "/api/v1/calendar-notices", permission::calendar_manage,
                   {.summary = "Announce a notice; open dossiers are counted again behind it",
                    .input = input,
                    .answer = "CalendarNotice",
                    .status = 202,
                    .slow = true},
                   bind(announce));
    router.query("POST", "/api/v1/calendar-notices/rehearsal", permission::calendar_manage,
                 {.summary = "What a notice would move", .input = input, .answer = "CalendarRehearsal", .slow = true},
                 bind(rehearse));
    router.query("GET", "/api/v1/calendar-notices", permission::calendar_manage,
                 {.summary = "Notices announced, newest first", .answer = "CalendarNotice", .answer_is_list = true},
                 bind(notices));
    router.query("GET", "/api/v1/calendar-notices/{notice}", permission::calendar_manage,
                 {.summary = "A notice, and whether it has been applied", .answer = "CalendarNotice"}, bind(notice));
    router.query("GET", "/api/v1/calendar-notices/{notice}/moved", permission::calendar_manage,
                 {.summary = "Dossiers that it moved, in the order of the ledger",
                  .query = http::page_fields(),
                  .answer = "MovedDossier",
                  .answer_is_list = true,
                  .slow = true},
                 bind(moved));
}

Result<int> apply_open_notices(db::Database& database, ledger::Committer& committer, Domain& domain,
                               const ledger::Meta& meta, const std::function<bool()>& stopping) {
    auto open = definitions::list_open_notices(*database.reader());
    if (open.empty()) return 0;
    domain.reload_definitions();
    int applied = 0;
    for (definitions::LateNotice& notice : open) {
        auto report = TRY(dossier::apply_notice(database, committer, domain.dossiers(), notice, meta, stopping));
        if (!report.finished) break;
        ++applied;
    }
    return applied;
}

}  // namespace motcua::app
