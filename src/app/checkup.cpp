#include "app/checkup.hpp"

#include "base/check.hpp"
#include "catalogue/store.hpp"
#include "db/sqlite/sqlite.hpp"
#include "definitions/notices.hpp"
#include "dossier/personal.hpp"
#include "dossier/rows.hpp"
#include "dossier/service.hpp"
#include "identity/account_rows.hpp"
#include "identity/seal_rows.hpp"
#include "organisation/organisation.hpp"
#include "transparency/key.hpp"
#include "transparency/verify.hpp"

namespace motcua::app {

namespace {

constexpr int ids_at_once = 1000;

struct Findings {
    Checkup& checkup;
    const std::function<void(std::string_view, const std::string&)>& told;
    void add(std::string_view part, const std::vector<std::string>& sentences) {
        for (const std::string& sentence : sentences) {
            if (checkup.faults++ == 0) checkup.first_fault = std::string(part) + ": " + sentence;
            if (told) told(part, sentence);
        }
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

std::int64_t check_dossiers(db::Session& session, const definitions::Definitions& definitions, Findings& findings) {
    std::int64_t checked = 0;
    DossierId last;
    for (;;) {
        auto ids = dossier::list_ids(session, last, ids_at_once);
        for (DossierId id : ids) {
            const db::Snapshot snapshot(session);  // other servers may be writing
            findings.add("dossier", dossier::check_rows(session, id));
            if (auto dossier = dossier::get_dossier(session, id)) {
                findings.add("deadline", dossier::check_deadline(*dossier, definitions));
                findings.add("personal data", dossier::check_personal(*dossier));
            }
            last = id;
            ++checked;
        }
        if (ids.size() < ids_at_once) break;
    }
    findings.add("dossier", dossier::check_task_rows(session));
    return checked;
}

std::optional<merkle::VerifierKey> log_key(const std::filesystem::path& data) {
    const auto key = transparency::load_key(transparency::key_file(data));
    return key ? std::optional(key->verifier) : std::nullopt;
}

}  // namespace

Checkup check_up(db::Database& database, const std::filesystem::path& data, Instant now, documents::Depth depth,
                 const std::function<void(std::string_view, const std::string&)>& told) {
    Checkup checkup;
    Findings findings{checkup, told};
    // PostgreSQL checks its own pages (data checksums, amcheck).
    if (database.dialect() == "sqlite") findings.add("database", db::check_sqlite_integrity(database));
    findings.add("ledger", transparency::verify_database(database, log_key(data), {}).faults);
    findings.add("organisation", organisation::check_unit_rows(database));
    findings.add("catalogue", catalogue::check_procedure_rows(database));
    const auto session = database.reader();
    const auto directory = organisation::load_directory(*session);
    const auto definitions = definitions::load_definitions(*session);
    findings.add("calendars", definitions::check_notices(database));
    findings.add("calendars", check_hours(*directory, *definitions));
    findings.add("accounts", identity::check_accounts(*session));
    checkup.dossiers = check_dossiers(*session, *definitions, findings);

    const auto blobs = documents::open_blob_directory(data / "blobs");
    const auto files = documents::check_blobs(*session, *blobs, now, depth);
    checkup.documents = files.documents;
    std::vector<std::string> lost;
    for (DocumentId id : files.missing) lost.push_back("the file of document " + to_string(id) + " is gone");
    for (DocumentId id : files.damaged)
        lost.push_back("the file of document " + to_string(id) + " is not what was uploaded");
    findings.add("documents", lost);

    checkup.plain_rows = dossier::count_plain_unclaimed(*session) + identity::count_plain_rows(*session);
    checkup.plain_dossiers = dossier::count_plain_dossiers(*session);
    return checkup;
}

}  // namespace motcua::app
