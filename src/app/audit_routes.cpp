#include "app/audit_routes.hpp"

#include "app/application.hpp"
#include "app/audit_export.hpp"
#include "audit/records.hpp"
#include "http/page.hpp"
#include "identity/identity.hpp"

namespace motcua::app {

namespace {

namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

constexpr std::int64_t export_events_max = 20'000;

/// The trail is about everybody, so only a post in the whole system reads it.
Result<void> check_reads_all(const identity::Identity& identity, const Context& context, const Request& request) {
    if (identity.access(request.principal)->may_everywhere(identity::permission::audit_read, local_day(context.now)))
        return {};
    return fail(Errc::forbidden, "audit.everywhere_only");
}

Result<Response> list(const identity::Identity& identity, Context& context, const Request& request,
                      std::string_view type) {
    TRY(check_reads_all(identity, context, request));
    const auto page = TRY(http::page_request(request, 1));
    std::int64_t before = 0;
    if (page.after) {
        const json::value& last = page.after->at(0);
        if (!last.is_int64()) return fail(Errc::malformed, "request.bad_cursor");
        before = last.get_int64();
    }
    auto records = audit::list_records(context.db, type, before, static_cast<int>(page.limit) + 1);
    const bool more = std::ssize(records) > page.limit;
    if (more) records.pop_back();
    json::array items;
    for (const audit::Record& record : records) {
        json::object item{{"id", format_id(record.id)}, {"position", record.position}, {"at", format_iso(record.at)},
                          {"type", record.type},        {"actor", record.actor},       {"count", record.count},
                          {"detail", record.detail}};
        if (record.dossier) item["dossier"] = to_string(record.dossier);
        items.push_back(std::move(item));
    }
    return http::page_response(std::move(items), more ? std::optional(json::array{records.back().id}) : std::nullopt);
}

Result<Prepared> hand_out(Application& app, const identity::Identity& identity, Context& context,
                          const Request& request) {
    TRY(check_reads_all(identity, context, request));
    AuditQuery query;
    query.from = TRY(parse_day(string_or(request.input, "from")));
    query.to = TRY(parse_day(string_or(request.input, "to")));
    if (query.to < query.from) return fail(Errc::invalid, "audit.period_empty", {}, {{"to", "audit.period_empty"}});
    query.after = int_or(request.input, "after", 0);
    query.limit = export_events_max;
    const bool csv = string_or(request.input, "format", "jsonl") == "csv";
    if (csv) query.format = AuditFormat::csv;
    std::string text;
    const AuditExport report = export_audit(app.database(), query, [&](std::string_view line) { text += line; });
    if (!csv) {
        if (report.next) text += json::serialize(json::object{{"next", report.next}}) + "\n";
        text += checkpoint_line(app.log(), context.db);
    }
    Response response = Response::bytes(csv ? "text/csv; charset=utf-8" : "application/jsonl", std::move(text));
    response.download(csv ? "nhat-ky.csv" : "nhat-ky.jsonl");
    if (report.next) response.header("X-Next-Position", std::to_string(report.next));
    const audit::NewRecord record{.type = "audit_exported",
                                  .data = {{"from", string_or(request.input, "from")},
                                           {"to", string_or(request.input, "to")},
                                           {"events", report.events}}};
    return Prepared(audit::make_record(context.ids, record, context.meta(request)), std::move(response));
}

}  // namespace

void register_audit_routes(Application& app, const identity::Identity& identity) {
    http::Router& router = app.router();
    router.schema("AuditRecord",
                  {field::id("id", "Id").required(), field::integer("position", "In the ledger").required(),
                   field::instant("at", "When").required(), field::text("type", "See docs/audit-events.md").required(),
                   field::text("actor", "Who").required(), field::integer("count", "How often").required(),
                   field::id("dossier", "About which dossier"), field::any("detail", "By type").required()});
    http::Fields records_query = http::page_fields();
    records_query.push_back(field::text("type", "Only of this type").length(1, 60));
    router.query("GET", "/api/v1/audit/records", identity::permission::audit_read,
                 {.summary = "Who opened, was refused, exported: newest first",
                  .query = std::move(records_query),
                  .answer = "AuditRecord",
                  .answer_is_list = true},
                 [&identity](Context& context, const Request& request) {
                     return list(identity, context, request, string_or(request.input, "type"));
                 });
    router.query("GET", "/api/v1/audit/alerts", identity::permission::audit_read,
                 {.summary = "Patterns that somebody should look at, newest first",
                  .query = http::page_fields(),
                  .answer = "AuditRecord",
                  .answer_is_list = true},
                 [&identity](Context& context, const Request& request) {
                     return list(identity, context, request, "alert_raised");
                 });
    router.command(
        "GET", "/api/v1/audit/export", identity::permission::audit_read,
        {.summary = "The audit events of a period, for an inspector",
         .description = "JSON Lines or CSV, at most 20000 events; more is behind `after` = X-Next-Position. JSON Lines "
                        "ends with the log's signed checkpoint. The export is itself recorded.",
         .query = {field::day("from", "First day").required(), field::day("to", "Last day").required(),
                   field::one_of("format", {"jsonl", "csv"}, "jsonl unless said"),
                   field::integer("after", "Position to go on after").range(0, INT64_MAX)},
         .media = "application/jsonl",
         .slow = true},
        [&app, &identity](Context& context, const Request& request) {
            return hand_out(app, identity, context, request);
        });
}

}  // namespace motcua::app
