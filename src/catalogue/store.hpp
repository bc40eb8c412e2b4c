// The catalogue module: procedures in the database, the snapshot in memory, import and the commands of administrators.
// Owns tables `procedure` and `procedure_version`, events `procedure_version_*` (stream kind procedure). Permission of
// every change: administration of procedures, checked by the caller.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>

#include "base/import_report.hpp"
#include "catalogue/catalogue.hpp"
#include "ledger/committer.hpp"

namespace motcua::catalogue {

/// Reads every version of every procedure. A row that cannot be read throws Fault "ledger.corrupt".
CataloguePtr load_catalogue(db::Session& session);

/// The present catalogue, replaced as a whole after each change. Thread safe.
class CatalogueStore {
  public:
    /// Loads the catalogue. Database, committer and ids outlive it.
    CatalogueStore(db::Database& database, ledger::Committer& committer, IdMaker& ids);

    CataloguePtr catalogue() const;
    void reload();

    /// Imports records of the national portal, one JSON value a line (portal_record.hpp). A line that cannot be read is
    /// rejected, the others are stored in transactions of `import_group` records. A record that is known with this very
    /// content changes nothing; one with other content becomes a new version, in force from the day of `meta.at` on.
    /// `flagged` names every record of the file that is held back, also when it was so before. Further reasons of
    /// rejection: those of parse_json, "catalogue.code_repeated" {code, line}. Refused as a whole: Committer::write.
    Result<ImportReport> import_portal(std::string_view lines, const ledger::Meta& meta);

    /// Imports our own form, {"format":"motcua-procedures/1","procedures":[…]}: procedures as read_procedure reads
    /// them, each with "versions":[{"from","to", members that differ}…] when there are several, "status":"draft" to
    /// hold it back. Refused as a whole also: parse_json, "catalogue.procedures_file_invalid" {format}.
    Result<ImportReport> import_procedures(std::string_view text, const ledger::Meta& meta);

    /// Settles what was flagged and publishes the version: with the limits and fees given, the flags that remain must
    /// be confirmed by reason; a missing limit cannot be. Reasons: "catalogue.procedure_unknown" {code},
    /// "catalogue.version_unknown" {code, version}, "catalogue.not_flagged" {code}, "catalogue.note_required",
    /// "catalogue.flags_remain" {flags}.
    Result<ProcedurePtr> settle_procedure(std::string_view code, int version, const Settlement& settlement,
                                          const ledger::Meta& meta);

    /// Publishes a draft. Reasons: "catalogue.procedure_unknown", "catalogue.version_unknown", "catalogue.not_draft"
    /// {code}.
    Result<ProcedurePtr> publish_procedure(std::string_view code, int version, const ledger::Meta& meta);

  private:
    struct Record;
    Result<ImportReport> import_records(std::vector<Record> records, ImportReport report, const ledger::Meta& meta);
    Result<ProcedurePtr> change_version(std::string_view code, int version, const ledger::Meta& meta,
                                        const std::function<Result<ledger::NewEvent>(Procedure&)>& change);

    db::Database& database_;
    ledger::Committer& committer_;
    IdMaker& ids_;
    mutable std::mutex mutex_;
    CataloguePtr catalogue_;
};

inline constexpr std::size_t import_group = 200;

/// Procedures whose rows are not what their events make of them, as sentences in English (`motcua doctor`).
std::vector<std::string> check_procedure_rows(db::Database& database);

}  // namespace motcua::catalogue
