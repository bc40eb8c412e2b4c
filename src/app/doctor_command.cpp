#include "app/doctor_command.hpp"

#include <ostream>

#include "app/checkup.hpp"
#include "app/options.hpp"
#include "app/workspace.hpp"

namespace motcua::app {

int run_doctor(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data"}, {"content"});
    if (!options) {
        print_refusal(err, "doctor", options.error());
        return 2;
    }
    auto data = options->find("data");
    if (!data || !options->arguments.empty()) {
        err << "usage: motcua doctor --data DIR [--content]\n";
        return 2;
    }
    auto workspace = Workspace::open(*data, Access::look);
    if (!workspace) {
        print_refusal(err, "doctor", workspace.error());
        return 1;
    }
    const auto depth = options->has("content") ? documents::Depth::content : documents::Depth::presence;
    const Checkup checkup =
        check_up((*workspace)->database(), *data, (*workspace)->clock().now(), depth,
                 [&](std::string_view part, const std::string& sentence) { out << part << ": " << sentence << '\n'; });
    if (checkup.plain_rows > 0)
        out << checkup.plain_rows << " rows have personal values in plain text: the next start seals them\n";
    if (checkup.plain_dossiers > 0)
        out << checkup.plain_dossiers
            << " dossiers were filed before personal values were sealed: plain text in rows and events until erased\n";
    out << "checked " << checkup.dossiers << " dossiers, " << checkup.documents
        << " documents: " << (checkup.faults == 0 ? "sound" : std::to_string(checkup.faults) + " faults") << '\n';
    return checkup.faults == 0 ? 0 : 1;
}

}  // namespace motcua::app
