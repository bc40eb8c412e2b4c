// Everything that knows the business, on top of a database and its ledger: what the server, the demo, the simulation
// and the doctor have in common. Owns the present snapshots. Leaves out HTTP, accounts and files.
#pragma once

#include <memory>
#include <mutex>

#include "catalogue/store.hpp"
#include "definitions/definitions.hpp"
#include "dossier/service.hpp"
#include "dossier/services.hpp"
#include "organisation/organisation.hpp"

namespace motcua::app {

class Domain {
  public:
    /// Loads units, procedures and definitions. What is given outlives it.
    Domain(db::Database& database, ledger::Committer& committer, IdMaker& ids, dossier::DeadlinePolicy policy = {});
    Domain(const Domain&) = delete;
    Domain& operator=(const Domain&) = delete;

    organisation::Organisation& units() { return units_; }
    catalogue::CatalogueStore& procedures() { return procedures_; }
    definitions::DefinitionsPtr definitions() const;
    dossier::Service& dossiers() { return dossiers_; }
    /// What processes can call.
    const dossier::Services& services() const { return services_; }
    db::Database& database() { return database_; }
    /// After an import of processes, forms or calendars.
    void reload_definitions();

    /// What ships as the demo province: units, calendars, processes, forms, catalogue. Idempotent.
    Result<void> import_demo(const ledger::Meta& meta);

  private:
    db::Database& database_;
    ledger::Committer& committer_;
    IdMaker& ids_;
    organisation::Organisation units_;
    catalogue::CatalogueStore procedures_;
    mutable std::mutex mutex_;
    definitions::DefinitionsPtr definitions_;
    dossier::Services services_ = dossier::Services::built_in();
    dossier::Service dossiers_;
};

}  // namespace motcua::app
