// The organisation module: units in the database, the directory in memory, the import.
// Owns table `unit`, event `unit_recorded` (stream kind unit). Permission of every change: administration of units,
// checked by the caller.
#pragma once

#include <memory>
#include <mutex>
#include <string_view>

#include "base/import_report.hpp"
#include "ledger/committer.hpp"
#include "organisation/directory.hpp"

namespace motcua::organisation {

using DirectoryPtr = std::shared_ptr<const Directory>;

/// Reads every unit. Rows that contradict one another throw Fault "ledger.corrupt".
DirectoryPtr load_directory(db::Session& session);

/// The present directory, replaced as a whole after each change. Thread safe.
class Organisation {
  public:
    /// Loads the directory. Database, committer and ids outlive it.
    Organisation(db::Database& database, ledger::Committer& committer, IdMaker& ids);

    DirectoryPtr directory() const;

    /// Imports a units file (units_file.hpp) in one transaction: new units, and known codes with other content. Units
    /// that cannot be read are rejected one by one; links that lead nowhere refuse the whole file. Reasons: those of
    /// read_units_file and Directory::build, and of Committer::write.
    Result<ImportReport> import_units(std::string_view text, const ledger::Meta& meta);

    void reload();

  private:
    db::Database& database_;
    ledger::Committer& committer_;
    IdMaker& ids_;
    mutable std::mutex mutex_;
    DirectoryPtr directory_;
};

/// Units whose row is not what their events make of it, as sentences in English (`motcua doctor`); empty when sound.
std::vector<std::string> check_unit_rows(db::Database& database);

}  // namespace motcua::organisation
