#include "app/doctor_command.hpp"

#include <ostream>

#include "app/options.hpp"
#include "app/workspace.hpp"
#include "catalogue/store.hpp"
#include "db/sqlite/sqlite.hpp"
#include "definitions/notices.hpp"
#include "documents/blob_check.hpp"
#include "dossier/rows.hpp"
#include "dossier/service.hpp"
#include "organisation/organisation.hpp"

namespace motcua::app {

namespace {

constexpr int ids_at_once = 1000;

struct Findings {
    std::ostream& out;
    std::int64_t faults = 0;
    void add(std::string_view part, const std::vector<std::string>& sentences) {
        for (const std::string& sentence : sentences) out << part << ": " << sentence << '\n';
        faults += std::ssize(sentences);
    }
};

/// Calendars that units name and that are not there.
std::vector<std::string> check_hours(const organisation::Directory& directory,
                                     const definitions::Definitions& definitions) {
    std::vector<std::string> problems;
    for (const organisation::Unit& unit : directory.units())
        for (const organisation::CalendarChoice& choice : unit.calendars)
            if (!definitions.find_calendar(choice.calendar))
                problems.push_back("unit " + unit.code + " names the calendar " + choice.calendar +
                                   ", which is not there");
    return problems;
}

std::int64_t check_dossiers(db::Database& database, const definitions::Definitions& definitions, Findings& findings) {
    std::int64_t checked = 0;
    DossierId last;
    auto session = database.reader();
    for (;;) {
        auto ids = dossier::list_ids(*session, last, ids_at_once);
        for (DossierId id : ids) {
            findings.add("dossier", dossier::check_rows(*session, id));
            if (auto dossier = dossier::get_dossier(*session, id))
                findings.add("deadline", dossier::check_deadline(*dossier, definitions));
            last = id;
            ++checked;
        }
        if (ids.size() < ids_at_once) break;
    }
    findings.add("dossier", dossier::check_task_rows(*session));
    return checked;
}

}  // namespace

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
    db::Database& database = (*workspace)->database();
    Findings findings{out};
    findings.add("database", db::check_sqlite_integrity(database));
    findings.add("ledger", ledger::check_ledger(database));
    findings.add("organisation", organisation::check_unit_rows(database));
    findings.add("catalogue", catalogue::check_procedure_rows(database));
    auto session = database.reader();
    auto directory = organisation::load_directory(*session);
    auto definitions = definitions::load_definitions(*session);
    findings.add("calendars", definitions::check_notices(database));
    findings.add("calendars", check_hours(*directory, *definitions));
    std::int64_t dossiers = check_dossiers(database, *definitions, findings);

    auto blobs = documents::open_blob_directory(std::filesystem::path(*data) / "blobs");
    auto depth = options->has("content") ? documents::Depth::content : documents::Depth::presence;
    auto files = documents::check_blobs(*session, *blobs, (*workspace)->clock().now(), depth);
    std::vector<std::string> lost;
    for (DocumentId id : files.missing) lost.push_back("the file of document " + to_string(id) + " is gone");
    for (DocumentId id : files.damaged)
        lost.push_back("the file of document " + to_string(id) + " is not what was uploaded");
    findings.add("documents", lost);

    out << "checked " << dossiers << " dossiers, " << files.documents
        << " documents: " << (findings.faults == 0 ? "sound" : std::to_string(findings.faults) + " faults") << '\n';
    return findings.faults == 0 ? 0 : 1;
}

}  // namespace motcua::app
