#include "app/backup_command.hpp"

#include <chrono>
#include <ostream>

#include <fmt/format.h>

#include "app/backup.hpp"
#include "app/database_place.hpp"
#include "app/options.hpp"
#include "db/data_directory.hpp"
#include "db/migrate.hpp"
#include "db/postgres/postgres.hpp"
#include "db/sqlite/sqlite.hpp"

namespace motcua::app {

namespace {

namespace fs = std::filesystem;
using Words = std::span<const std::string_view>;

int refuse(std::ostream& err, std::string_view verb, const Error& error, int status) {
    print_refusal(err, verb, error);
    return status;
}

struct Places {
    fs::path backup;
    fs::path data;
};

/// The backup's directory and the data directory; nullopt after the usage was printed.
std::optional<Places> read_places(Words args, std::string_view verb, std::ostream& err) {
    auto options = parse_options(args, {"data"}, {});
    if (!options) {
        print_refusal(err, verb, options.error());
        return std::nullopt;
    }
    const auto data = options->find("data");
    if (data && options->arguments.size() == 1) return Places{options->arguments[0], *data};
    err << "usage: motcua " << verb << " BACKUP --data DIR\n";
    return std::nullopt;
}

int print(std::ostream& out, std::string_view done, const BackupReport& report) {
    out << fmt::format("{}: {} events, {} documents, {} blobs, {} bytes\n", done, report.position, report.documents,
                       report.blobs, report.bytes);
    return 0;
}

/// Opens the database of a stopped server, for its schema; the directory's lock is held as long as this lives.
struct Closed {
    db::DataDirectory directory;
    std::unique_ptr<db::Database> database;
};
Result<Closed> open_closed(const fs::path& data) {
    if (const std::string url = TRY(find_database_url(data)); !url.empty()) {
        db::DataDirectory shared = TRY(db::DataDirectory::open(data, db::Sharing::shared));
        return Closed{std::move(shared), db::open_postgres(url)};
    }
    if (!fs::exists(data / "motcua.db")) return fail(Errc::not_found, "app.no_data", {{"path", data.string()}});
    db::DataDirectory directory = TRY(db::DataDirectory::open(data));
    auto database = db::open_sqlite(directory.database_file());
    return Closed{std::move(directory), std::move(database)};
}

Result<std::vector<db::Migration>> run_missing(db::Database& database, std::ostream& out) {
    auto missing = TRY(db::list_missing_migrations(database, db::embedded_migrations(database.dialect())));
    const SystemClock clock;
    const auto all = db::embedded_migrations(database.dialect());
    for (const db::Migration& migration : missing) {
        const auto before = std::chrono::steady_clock::now();
        // Up to and including this one; those before it are there already.
        std::vector<db::Migration> upto;
        for (const db::Migration& one : all)
            if (one.number <= migration.number) upto.push_back(one);
        TRY(db::migrate(database, upto, clock.now()));
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
        out << fmt::format("{:04} {} ({} ms)\n", migration.number, migration.name, took.count());
    }
    return missing;
}

Result<std::vector<db::Migration>> try_migrations(const Closed& closed, std::ostream& out) {
    if (closed.database->is_shared()) {
        // Its schema changes can be rolled back, so no copy is needed; servers wait with writing meanwhile.
        return db::try_migrations(
            *closed.database, [&](const db::Migration& migration, std::chrono::milliseconds took) {
                out << fmt::format("{:04} {} ({} ms)\n", migration.number, migration.name, took.count());
            });
    }
    const fs::path copy = closed.directory.path() / "migrate-dry-run.db";
    const auto remove = [&] {
        for (const char* suffix : {"", "-wal", "-shm", ".unfinished"}) fs::remove(copy.string() + suffix);
    };
    remove();
    TRY(db::backup_sqlite(closed.directory.database_file(), copy));
    auto outcome = [&] {
        const auto database = db::open_sqlite(copy);
        return run_missing(*database, out);
    }();
    remove();
    return outcome;
}

}  // namespace

int run_backup(Words args, std::istream&, std::ostream& out, std::ostream& err) {
    const auto places = read_places(args, "backup", err);
    if (!places) return 2;
    if (const auto file = check_rows_in_directory(places->data, "backup"); !file)
        return refuse(err, "backup", file.error(), 1);
    const auto report = make_backup(places->data, places->backup, SystemClock().now());
    if (!report) return refuse(err, "backup", report.error(), 1);
    return print(out, "backed up and checked", *report);
}

int run_restore(Words args, std::istream&, std::ostream& out, std::ostream& err) {
    const auto places = read_places(args, "restore", err);
    if (!places) return 2;
    if (const auto file = check_rows_in_directory(places->data, "restore"); !file)
        return refuse(err, "restore", file.error(), 1);
    const auto report = restore_backup(places->backup, places->data);
    if (!report) return refuse(err, "restore", report.error(), 1);
    return print(out, "restored", *report);
}

int run_migrate(Words args, std::istream&, std::ostream& out, std::ostream& err) {
    auto options = parse_options(args, {"data"}, {"dry-run"});
    if (!options) return refuse(err, "migrate", options.error(), 2);
    const auto data = options->find("data");
    if (!data || !options->arguments.empty()) {
        err << "usage: motcua migrate --data DIR [--dry-run]\n";
        return 2;
    }
    const auto closed = open_closed(*data);
    if (!closed) return refuse(err, "migrate", closed.error(), 1);
    const bool dry = options->has("dry-run");
    const auto done = dry ? try_migrations(*closed, out) : run_missing(*closed->database, out);
    if (!done) return refuse(err, "migrate", done.error(), 1);
    out << fmt::format("{} migrations {}\n", done->size(), dry ? "would be applied" : "applied");
    return 0;
}

}  // namespace motcua::app
