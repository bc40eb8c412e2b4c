#include "app/audit_command.hpp"

#include <ostream>

#include "app/audit_export.hpp"
#include "app/options.hpp"
#include "app/workspace.hpp"

namespace motcua::app {

namespace {

Result<AuditQuery> read_query(const Options& options) {
    AuditQuery query;
    query.from = TRY(parse_day(options.find("from").value_or("")));
    query.to = TRY(parse_day(options.find("to").value_or("")));
    if (query.to < query.from) return fail(Errc::invalid, "audit.period_empty");
    const std::string format = options.find("format").value_or("jsonl");
    if (format != "jsonl" && format != "csv") return fail(Errc::invalid, "audit.format_unknown", {{"format", format}});
    if (format == "csv") query.format = AuditFormat::csv;
    return query;
}

}  // namespace

int run_audit(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "from", "to", "format"}, {});
    if (!options) {
        print_refusal(err, "audit", options.error());
        return 2;
    }
    if (!options->has("data") || !options->has("from") || !options->has("to") || !options->arguments.empty()) {
        err << "usage: motcua audit --data DIR --from DAY --to DAY [--format jsonl|csv]\n";
        return 2;
    }
    auto query = read_query(*options);
    if (!query) {
        print_refusal(err, "audit", query.error());
        return 2;
    }
    auto workspace = Workspace::open(*options->find("data"), Access::look);
    if (!workspace) {
        print_refusal(err, "audit", workspace.error());
        return 1;
    }
    export_audit((*workspace)->database(), *query, [&](std::string_view line) { out << line; });
    return 0;
}

}  // namespace motcua::app
