#include "reporting/api.hpp"

#include "identity/permissions.hpp"

namespace motcua::reporting {

namespace {

namespace field = http::field;
using http::Context;
using http::Request;
using http::Response;

/// Figures may be this many events behind the ledger, which is less than a second; further behind they are being
/// counted after a start.
constexpr std::int64_t behind_max = 10'000;

struct Asked {
    std::shared_ptr<const organisation::Directory> directory;
    UnitId unit;
    Period period;
};

/// Unit and period of the query; only units whose figures the officer may read.
Result<Asked> asked(const ApiParts& parts, const Context& context, const Request& request) {
    Asked asked{parts.directory(), UnitId{}, {}};
    asked.period.from = TRY(parse_day(string_or(request.input, "from")));
    asked.period.to = TRY(parse_day(string_or(request.input, "to")));
    if (asked.period.to < asked.period.from)
        return fail(Errc::invalid, "report.period_empty", {}, {{"to", "report.period_empty"}});
    std::string code = string_or(request.input, "unit");
    const organisation::Unit* unit = asked.directory->find_code(code);
    if (!unit)
        return fail(Errc::invalid, "report.unit_unknown", {{"unit", code}},
                    {{"unit", "report.unit_unknown", {{"unit", code}}}});
    asked.unit = unit->id;
    if (!parts.identity.may(request.principal, identity::permission::report_read, {.unit = unit->id},
                            local_day(context.now)))
        return fail(Errc::forbidden, "report.forbidden", {{"unit", code}});
    const std::int64_t behind = parts.last_position() - parts.statistics.position();
    if (behind > behind_max)
        return fail(Errc::unavailable, "report.being_counted", {{"events", std::to_string(behind)}});
    return asked;
}

Result<Response> quarter(const ApiParts& parts, Context& context, const Request& request) {
    Asked what = TRY(asked(parts, context, request));
    return Response::json(to_json(quarter_report(parts.statistics, *what.directory, what.unit, what.period)));
}

Result<Response> quarter_dossiers(const ApiParts& parts, Context& context, const Request& request) {
    Asked what = TRY(asked(parts, context, request));
    auto codes =
        TRY(list_figure(parts.statistics, *what.directory, what.unit, what.period, string_or(request.input, "figure")));
    json::array items;
    for (const std::string& code : codes) items.push_back(json::value(code));
    return Response::json(json::object{{"items", std::move(items)}});
}

}  // namespace

void register_routes(http::Router& router, const ApiParts& parts) {
    http::Fields by_channel = {field::integer("total", ""), field::integer("counter", ""), field::integer("online", ""),
                               field::integer("post", "")};
    http::Fields returned = by_channel;
    returned.push_back(field::integer("counter_on_time", ""));
    returned.push_back(field::integer("counter_late", ""));
    router.schema(
        "QuarterReport",
        {field::object("received", by_channel, "Received in the period"),
         field::object("returned", returned, "Result returned in the period"),
         field::object("open", {field::integer("total", ""), field::integer("not_due", ""), field::integer("late", "")},
                       "At the end of the period")});
    router.schema("DossierCodes", {field::array("items", field::text("", ""), "Codes, sorted")});
    http::Fields query = {field::text("unit", "Code of the unit; everything below it counts").required().length(1, 35),
                          field::day("from", "First day").required(), field::day("to", "Last day").required()};
    router.query(
        "GET", "/api/v1/reports/quarter", identity::permission::report_read,
        {.summary = "Received, returned and open in a period", .query = query, .answer = "QuarterReport", .slow = true},
        [&parts](Context& context, const Request& request) { return quarter(parts, context, request); });
    query.push_back(field::text("figure", "\"returned.counter_late\"").required().length(1, 60));
    router.query(
        "GET", "/api/v1/reports/quarter/dossiers", identity::permission::report_read,
        {.summary = "The dossiers behind a figure", .query = query, .answer = "DossierCodes", .slow = true},
        [&parts](Context& context, const Request& request) { return quarter_dossiers(parts, context, request); });
}

}  // namespace motcua::reporting
