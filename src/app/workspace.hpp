// A data directory opened by a verb of the command line, without a server: database, ledger, clock, ids.
// Owns opening and closing; a verb owns what it does with it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "db/data_directory.hpp"
#include "db/db.hpp"
#include "ledger/committer.hpp"

namespace motcua::app {

enum class Access {
    change,  // takes the directory's lock; creates and migrates what is not there
    fill,    // as change, for filling in bulk: not every commit is synced (db::SqliteOptions::sync_each_commit)
    look,    // beside a running server; nothing is written
};

class Workspace {
  public:
    /// In the directory's file, or in the PostgreSQL database that find_database_url names (`configured`: database.url,
    /// where the verb reads a configuration); there other servers may run meanwhile. Reasons: those of
    /// db::DataDirectory::open, db::migrate and find_database_url; to look also "app.no_data" {path} when there is no
    /// database and "app.data_outdated" {path} when a newer schema is needed. Faults of the database.
    static Result<std::unique_ptr<Workspace>> open(const std::filesystem::path& path, Access access,
                                                   const std::string& configured = {});
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;
    ~Workspace();

    db::Database& database() { return *database_; }
    ledger::Committer& committer() { return *committer_; }
    IdMaker& ids() { return ids_; }
    const Clock& clock() const { return clock_; }
    /// For changes made at the command line.
    ledger::Meta meta() const { return {clock_.now(), "system", "", ""}; }

  private:
    Workspace() = default;
    Result<void> open_postgres(const std::filesystem::path& path, const std::string& url, Access access);

    std::optional<db::DataDirectory> directory_;
    SystemClock clock_;
    SystemRandom random_;
    IdMaker ids_{clock_, random_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ledger::Committer> committer_;
};

}  // namespace motcua::app
