#include "app/person_command.hpp"

#include <ostream>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "documents/blob_store.hpp"
#include "transparency/erasure.hpp"

namespace motcua::app {

namespace {

constexpr int ids_at_once = 500;

int refuse(std::ostream& err, const Error& error) {
    print_refusal(err, "person", error);
    return 1;
}

int print_export(const std::string& data, const std::string& citizen_id, std::ostream& out, std::ostream& err) {
    const auto workspace = Workspace::open(data, Access::look);
    if (!workspace) return refuse(err, workspace.error());
    out << json::serialize(transparency::export_person((*workspace)->database(), citizen_id)) << '\n';
    return 0;
}

int erase(const Options& options, const std::string& data, std::ostream& out, std::ostream& err) {
    const auto day = parse_day(*options.find("closed-before"));
    if (!day) return refuse(err, day.error());
    const Instant before = to_instant(LocalMinute{*day});
    const bool dry = options.has("dry-run");
    const auto workspace = Workspace::open(data, dry ? Access::look : Access::change);
    if (!workspace) return refuse(err, workspace.error());
    db::Database& database = (*workspace)->database();
    if (dry) {
        int found = 0;
        DossierId last;
        for (;;) {
            const auto ids = transparency::list_erasable(*database.reader(), before, last, ids_at_once);
            for (const DossierId id : ids) out << to_string(last = id) << '\n';
            found += static_cast<int>(ids.size());
            if (ids.size() < ids_at_once) break;
        }
        out << found << " dossiers would be erased\n";
        return 0;
    }
    const auto blobs = documents::open_blob_directory(std::filesystem::path(data) / "blobs");
    const auto report = transparency::erase_old_dossiers(database, (*workspace)->committer(), *blobs, before,
                                                         *options.find("rule"), (*workspace)->clock().now());
    out << report.erased << " dossiers erased, " << report.failed << " not"
        << (report.failed > 0 ? ": " + report.first_failure : "") << '\n';
    return report.failed == 0 ? 0 : 1;
}

}  // namespace

int run_person(std::span<const std::string_view> args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data", "closed-before", "rule"}, {"dry-run"});
    if (!options) {
        print_refusal(err, "person", options.error());
        return 2;
    }
    const auto data = options->find("data");
    const auto& arguments = options->arguments;
    if (data && arguments.size() == 2 && arguments[0] == "export") return print_export(*data, arguments[1], out, err);
    if (data && arguments.size() == 1 && arguments[0] == "erase" && options->has("closed-before") &&
        options->has("rule"))
        return erase(*options, *data, out, err);
    err << "usage: motcua person export ID --data DIR\n"
           "       motcua person erase --data DIR --closed-before YYYY-MM-DD --rule TEXT [--dry-run]\n";
    return 2;
}

}  // namespace motcua::app
