#include "app/import_command.hpp"

#include <filesystem>
#include <istream>
#include <ostream>
#include <set>

#include "app/move_command.hpp"
#include "app/options.hpp"
#include "app/publication.hpp"
#include "app/workspace.hpp"
#include "catalogue/store.hpp"
#include "definitions/definitions.hpp"
#include "organisation/organisation.hpp"
#include "resources/messages.hpp"

namespace motcua::app {

namespace {

Result<ImportReport> import_units(Workspace& workspace, const std::string& text, std::string_view format,
                                  std::string_view) {
    if (!format.empty()) return fail(Errc::invalid, "app.format_unknown", {{"format", std::string(format)}});
    organisation::Organisation units(workspace.database(), workspace.committer(), workspace.ids());
    ImportReport report = TRY(units.import_units(text, workspace.meta()));
    auto definitions = definitions::load_definitions(*workspace.database().reader());
    for (const organisation::Unit& unit : units.directory()->units())
        for (const organisation::CalendarChoice& choice : unit.calendars)
            if (!definitions->find_calendar(choice.calendar))
                report.flagged.push_back({unit.code, "organisation.calendar_unknown", choice.calendar});
    return report;
}

Result<ImportReport> import_procedures(Workspace& workspace, const std::string& text, std::string_view format,
                                       std::string_view) {
    if (!format.empty() && format != "dvcqg")
        return fail(Errc::invalid, "app.format_unknown", {{"format", std::string(format)}});
    catalogue::CatalogueStore procedures(workspace.database(), workspace.committer(), workspace.ids());
    return format == "dvcqg" ? procedures.import_portal(text, workspace.meta())
                             : procedures.import_procedures(text, workspace.meta());
}

template <definitions::Kind kind>
Result<ImportReport> import_definition(Workspace& workspace, const std::string& text, std::string_view format,
                                       std::string_view name) {
    if (!format.empty()) return fail(Errc::invalid, "app.format_unknown", {{"format", std::string(format)}});
    return definitions::import_definitions(workspace.committer(), workspace.ids(), kind, {{std::string(name), text}},
                                           workspace.meta(), publication_options());
}

/// What can be imported; a new kind is a line here. `name` is the file's, without folder and ending.
struct Kind {
    std::string_view name;
    Result<ImportReport> (*run)(Workspace& workspace, const std::string& text, std::string_view format,
                                std::string_view name_of_file);
};
constexpr Kind kinds[] = {{"units", import_units},
                          {"calendars", import_definition<definitions::Kind::calendar>},
                          {"procedures", import_procedures},
                          {"processes", import_definition<definitions::Kind::process>},
                          {"forms", import_definition<definitions::Kind::form>}};

void print_report(const ImportReport& report, std::ostream& out) {
    const Lang lang = terminal_lang();
    std::set<std::string_view> flagged;
    for (const auto& item : report.flagged) flagged.insert(item.code);
    out << "read " << report.read << ", imported " << report.imported << ", updated " << report.updated
        << ", unchanged " << report.unchanged << ", flagged " << flagged.size() << ", rejected "
        << report.rejected.size() << '\n';
    for (const auto& item : report.flagged) {
        Param detail{"detail", item.detail};
        out << "flagged " << item.code << ": " << resources::message(lang, item.reason, {&detail, 1}) << " ["
            << item.reason << "]\n";
    }
    for (const auto& item : report.rejected)
        out << "rejected " << item.line << ": " << resources::message(lang, item.error) << " [" << item.error.reason
            << "]\n";
}

}  // namespace

int run_import(std::span<const std::string_view> args, std::istream& in, std::ostream& out, std::ostream& err) {
    auto refuse = [&](const Error& error, int status) {
        print_refusal(err, "import", error);
        return status;
    };
    auto options = parse_options(args, {"data", "format"}, {"json"});
    if (!options) return refuse(options.error(), 2);
    const Kind* kind = nullptr;
    for (const Kind& each : kinds)
        if (!options->arguments.empty() && options->arguments[0] == each.name) kind = &each;
    auto data = options->find("data");
    if (data && options->arguments.size() == 2 && options->arguments[0] == "database" && options->values.size() == 1)
        return run_import_database(options->arguments[1], *data, out, err);
    if (!kind || !data || options->arguments.size() != 2) {
        err << "usage: motcua import {units,calendars,procedures,processes,forms} FILE --data DIR [--format dvcqg] "
               "[--json]\n"
               "       motcua import database EXPORT --data DIR\n";
        return 2;
    }
    auto text = read_input(options->arguments[1], in);
    if (!text) return refuse(text.error(), 1);
    auto workspace = Workspace::open(*data, Access::change);
    if (!workspace) return refuse(workspace.error(), 1);
    auto report = kind->run(**workspace, *text, options->find("format").value_or(""),
                            std::filesystem::path(options->arguments[1]).stem().string());
    if (!report) return refuse(report.error(), 1);
    if (options->has("json"))
        out << json::serialize(to_json(*report)) << '\n';
    else
        print_report(*report, out);
    return 0;
}

}  // namespace motcua::app
