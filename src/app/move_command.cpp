#include "app/move_command.hpp"

#include <ostream>

#include <fmt/format.h>

#include "app/move.hpp"
#include "app/options.hpp"
#include "app/workspace.hpp"

namespace motcua::app {

namespace {

int print(const Result<MoveReport>& report, std::string_view verb, std::string_view done, std::ostream& out,
          std::ostream& err) {
    if (!report) {
        print_refusal(err, verb, report.error());
        return 1;
    }
    out << fmt::format("{} {} rows of {} tables, {} blobs\n", done, report->rows, report->tables, report->blobs);
    return 0;
}

}  // namespace

int run_export(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data"}, {});
    if (!options) {
        print_refusal(err, "export", options.error());
        return 2;
    }
    const auto data = options->find("data");
    if (!data || options->arguments.size() != 1) {
        err << "usage: motcua export TARGET --data DIR\n";
        return 2;
    }
    auto workspace = Workspace::open(*data, Access::look);
    if (!workspace) {
        print_refusal(err, "export", workspace.error());
        return 1;
    }
    return print(export_all((*workspace)->database(), *data, options->arguments[0]), "export", "exported", out, err);
}

int run_import_database(std::string_view source, std::string_view data, std::ostream& out, std::ostream& err) {
    auto workspace = Workspace::open(data, Access::change);
    if (!workspace) {
        print_refusal(err, "import", workspace.error());
        return 1;
    }
    return print(import_all((*workspace)->database(), source, data), "import", "imported", out, err);
}

}  // namespace motcua::app
