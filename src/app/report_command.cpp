#include "app/report_command.hpp"

#include <ostream>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "organisation/organisation.hpp"
#include "reporting/quarter.hpp"
#include "reporting/stored_statistics.hpp"

namespace motcua::app {

namespace {

struct Request {
    std::string data, unit, format, list;
    reporting::Period period;
};

Result<Request> read_request(const Options& options) {
    Request request;
    if (options.arguments[0] != "quarter")
        return fail(Errc::invalid, "report.kind_unknown", {{"report", options.arguments[0]}});
    request.data = *options.find("data");
    request.unit = options.find("unit").value_or("");
    request.format = options.find("format").value_or("json");
    request.list = options.find("list").value_or("");
    if (request.format != "json" && request.format != "csv")
        return fail(Errc::invalid, "report.format_unknown", {{"format", request.format}});
    request.period.from = TRY(parse_day(*options.find("from")));
    request.period.to = TRY(parse_day(*options.find("to")));
    if (request.period.to < request.period.from) return fail(Errc::invalid, "report.period_empty");
    return request;
}

Result<void> print_report(const Request& request, std::ostream& out) {
    auto workspace = TRY(Workspace::open(request.data, Access::look));
    auto session = workspace->database().reader();
    auto directory = organisation::load_directory(*session);
    UnitId unit;  // none = every unit
    if (!request.unit.empty()) {
        const organisation::Unit* found = directory->find_code(request.unit);
        if (!found) return fail(Errc::not_found, "report.unit_unknown", {{"unit", request.unit}});
        unit = found->id;
    }
    reporting::Statistics statistics;
    reporting::load_statistics(statistics, *session, reporting::statistics_file(request.data));
    ledger::visit_events(workspace->database(), statistics.position(),
                         [&](const ledger::StoredEvent& event) { statistics.apply(event); });
    if (!request.list.empty()) {
        for (const std::string& code :
             TRY(reporting::list_figure(statistics, *directory, unit, request.period, request.list)))
            out << code << '\n';
        return {};
    }
    auto figures = reporting::quarter_report(statistics, *directory, unit, request.period);
    if (request.format == "csv")
        out << reporting::to_csv(figures);
    else
        out << json::serialize(reporting::to_json(figures)) << '\n';
    return {};
}

}  // namespace

int run_report(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "unit", "from", "to", "format", "list"}, {});
    if (!options) {
        print_refusal(err, "report", options.error());
        return 2;
    }
    if (options->arguments.size() != 1 || !options->has("data") || !options->has("from") || !options->has("to")) {
        err << "usage: motcua report quarter --data DIR [--unit CODE] --from D --to D [--format json|csv] [--list "
               "FIGURE]\n";
        return 2;
    }
    auto request = read_request(*options);
    if (!request) {
        print_refusal(err, "report", request.error());
        return 2;
    }
    auto printed = print_report(*request, out);
    if (!printed) print_refusal(err, "report", printed.error());
    return printed ? 0 : 1;
}

}  // namespace motcua::app
