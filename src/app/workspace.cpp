#include "app/workspace.hpp"

#include "app/database_place.hpp"
#include "app/sealed_rows.hpp"
#include "db/migrate.hpp"
#include "db/postgres/postgres.hpp"
#include "db/sqlite/sqlite.hpp"

namespace motcua::app {

namespace {
constexpr std::chrono::hours look_time_max{12};  // an export is one long look
}

Result<std::unique_ptr<Workspace>> Workspace::open(const std::filesystem::path& path, Access access,
                                                   const std::string& configured) {
    std::unique_ptr<Workspace> workspace(new Workspace());
    const std::string url = TRY(find_database_url(path, configured));
    if (!url.empty()) {
        TRY(workspace->open_postgres(path, url, access));
        workspace->committer_ = ledger::make_committer(*workspace->database_);
        return workspace;
    }
    db::SqliteOptions options;
    options.sync_each_commit = access != Access::fill;
    if (access != Access::look) {
        workspace->directory_.emplace(TRY(db::DataDirectory::open(path)));
        workspace->database_ = db::open_sqlite(workspace->directory_->database_file(), options);
        TRY(db::migrate(*workspace->database_, workspace->clock_.now()));
        give_field_keys(*workspace->database_, path, KeyFiles::make);
        seal_rows(*workspace->database_);
    } else {
        std::filesystem::path file = path / "motcua.db";
        if (!std::filesystem::exists(file)) return fail(Errc::not_found, "app.no_data", {{"path", path.string()}});
        options.background_checkpoints = false;
        options.read_timeout = look_time_max;
        workspace->database_ = db::open_sqlite(file, options);
        auto missing = TRY(db::list_missing_migrations(*workspace->database_, db::embedded_migrations("sqlite")));
        if (!missing.empty()) return fail(Errc::conflict, "app.data_outdated", {{"path", path.string()}});
        give_field_keys(*workspace->database_, path, KeyFiles::find);
    }
    workspace->committer_ = ledger::make_committer(*workspace->database_);
    return workspace;
}

Result<void> Workspace::open_postgres(const std::filesystem::path& path, const std::string& url, Access access) {
    if (access != Access::look) directory_.emplace(TRY(db::DataDirectory::open(path, db::Sharing::shared)));
    database_ = db::open_postgres(url, {.read_timeout = look_time_max});
    if (access != Access::look) {
        TRY(db::migrate(*database_, clock_.now()));
        remember_database_url(path, url);
        give_field_keys(*database_, path, KeyFiles::make);
        seal_rows(*database_);
        return {};
    }
    const auto missing = TRY(db::list_missing_migrations(*database_, db::embedded_migrations("postgres")));
    if (!missing.empty()) return fail(Errc::conflict, "app.data_outdated", {{"path", db::without_password(url)}});
    give_field_keys(*database_, path, KeyFiles::find);
    return {};
}

Workspace::~Workspace() {
    if (committer_) committer_->stop();
}

}  // namespace motcua::app
