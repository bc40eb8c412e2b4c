#include "app/backup.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include "app/checkup.hpp"
#include "app/sealed_rows.hpp"
#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "base/json.hpp"
#include "db/data_directory.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "documents/blob_keys.hpp"
#include "documents/blob_store.hpp"
#include "identity/sealing.hpp"
#include "ledger/ledger.hpp"
#include "transparency/key.hpp"

namespace motcua::app {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_word = "motcua-backup/1";
constexpr std::string_view name_prefix = "motcua-";
constexpr std::string_view unfinished_suffix = ".unfinished";
constexpr std::string_view drill_name = "drill";
constexpr std::size_t chunk_bytes = 1u << 20;
constexpr db::Statement select_last{"backup.last_position",
                                    "SELECT position FROM event ORDER BY position DESC LIMIT 1"};

auto not_sound(const fs::path& path, const std::string& fault) {
    return fail(Errc::invalid, "backup.not_sound", {{"path", path.string()}, {"fault", fault}});
}
auto altered(const fs::path& path, std::string_view file) {
    return fail(Errc::invalid, "backup.altered", {{"path", path.string()}, {"file", std::string(file)}});
}

[[noreturn]] void disk_fault(std::string_view doing, const fs::path& path) {
    throw Fault("backup.disk", fmt::format("{} {}: {}", doing, path.string(), std::strerror(errno)));
}

void sync(const fs::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) disk_fault("open", path);
    const bool synced = ::fsync(file) == 0;
    ::close(file);
    if (!synced) disk_fault("sync", path);
}

/// Hex SHA-256 of a file.
std::string hash_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) disk_fault("read", path);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (std::string chunk(chunk_bytes, '\0'); file;) {
        file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(chunk.data()),
                                  static_cast<unsigned long long>(file.gcount()));
    }
    documents::BlobKey key;
    crypto_hash_sha256_final(&state, key.bytes.data());
    return to_hex(key);
}

/// A small file for its owner alone.
void write_private(const fs::path& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) disk_fault("create", path);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    ::close(file);
    if (!written) disk_fault("write", path);
}

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return std::move(content).str();
}

void make_private(const fs::path& path) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_all);
}

/// Every blob, read, compared with its name and written; answers count and bytes.
std::pair<std::int64_t, std::int64_t> copy_blobs(const fs::path& from, const fs::path& to) {
    const auto source = documents::open_blob_directory(from);
    const auto target = documents::open_blob_directory(to);
    std::vector<documents::BlobKey> keys;
    source->each([&](const documents::BlobKey& key, std::int64_t, Instant) { keys.push_back(key); });
    std::int64_t count = 0, bytes = 0;
    for (const documents::BlobKey& key : keys) {
        const auto content = source->find(key);
        if (!content) continue;  // erased meanwhile
        target->put(key, *content);
        ++count;
        bytes += static_cast<std::int64_t>(content->size());
    }
    return {count, bytes};
}

std::unique_ptr<db::Database> open_copy(const fs::path& file) {
    db::SqliteOptions options;
    options.background_checkpoints = false;
    return db::open_sqlite(file, options);
}

/// What SQLite leaves beside a database that was looked at.
void remove_side_files(const fs::path& file) {
    fs::remove(file.string() + "-wal");
    fs::remove(file.string() + "-shm");
}

/// The keys of the log, of second factors, of blobs and of personal values, as far as they are there. The ring comes
/// before the key file: a rotation meanwhile only adds to that.
void copy_keys(const fs::path& from, const fs::path& to) {
    for (const auto& file_in : {transparency::key_file, identity::sealing_key_file, documents::blob_key_file,
                                field_ring_file, field_key_file})
        if (const fs::path key = file_in(from); fs::exists(key)) write_private(file_in(to), read_text(key));
}

Result<BackupReport> fill(const fs::path& data, const fs::path& folder, Instant now) {
    const fs::path database_file = folder / "motcua.db";
    // Database first: a blob is there before its row is, so each row of the copy finds its blob.
    TRY(db::backup_sqlite(data / "motcua.db", database_file));
    BackupReport report;
    copy_keys(data, folder);  // blobs are sealed with one of them
    std::tie(report.blobs, report.bytes) = copy_blobs(data / "blobs", folder / "blobs");
    {
        const auto copy = open_copy(database_file);
        give_field_keys(*copy, folder, KeyFiles::find);
        const Checkup checkup = check_up(*copy, folder, now, documents::Depth::content);
        if (checkup.faults > 0) return not_sound(data, checkup.first_fault);
        report.documents = checkup.documents;
        report.position =
            copy->reader()->find_one(select_last, {}, [](const db::Row& row) { return row.int64(0); }).value_or(0);
    }
    remove_side_files(database_file);
    sync(database_file);
    report.bytes += static_cast<std::int64_t>(fs::file_size(database_file));
    write_private(folder / "manifest.json", json::serialize(json::object{{"format", format_word},
                                                                         {"at", format_iso(now)},
                                                                         {"position", report.position},
                                                                         {"documents", report.documents},
                                                                         {"blobs", report.blobs},
                                                                         {"bytes", report.bytes},
                                                                         {"database", hash_file(database_file)}}) +
                                                '\n');
    sync(folder);
    return report;
}

/// "motcua-YYYY-MM-DD" in `directory`, oldest first.
std::vector<fs::path> list_daily(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(name_prefix) && parse_day(std::string_view(name).substr(name_prefix.size())))
            found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace

Result<BackupReport> make_backup(const fs::path& data, const fs::path& target, Instant now) {
    if (!fs::exists(data / "motcua.db")) return fail(Errc::not_found, "app.no_data", {{"path", data.string()}});
    if (fs::exists(target)) return fail(Errc::conflict, "backup.exists", {{"path", target.string()}});
    const fs::path unfinished = target.string() + std::string(unfinished_suffix);
    try {
        fs::remove_all(unfinished);
        make_private(unfinished);
        BackupReport report = TRY(fill(data, unfinished, now));
        fs::rename(unfinished, target);
        sync(target.has_parent_path() ? target.parent_path() : fs::path("."));
        return report;
    } catch (const fs::filesystem_error& error) {
        throw Fault("backup.disk", error.what());
    }
}

std::int64_t copy_files(const fs::path& from, const fs::path& to) {
    copy_keys(from, to);
    return copy_blobs(from / "blobs", to / "blobs").first;
}

Result<BackupReport> restore_backup(const fs::path& backup, const fs::path& data) {
    const auto manifest = parse_json(read_text(backup / "manifest.json"));
    const json::object* said = manifest && manifest->is_object() ? &manifest->get_object() : nullptr;
    if (!said || string_or(*said, "format") != format_word)
        return fail(Errc::invalid, "backup.no_backup", {{"path", backup.string()}});
    if (fs::exists(data / "motcua.db")) return fail(Errc::conflict, "backup.data_exists", {{"path", data.string()}});
    try {
        const db::DataDirectory directory = TRY(db::DataDirectory::open(data));
        const fs::path unfinished = directory.database_file().string() + std::string(unfinished_suffix);
        remove_side_files(directory.database_file());
        remove_side_files(unfinished);
        fs::copy_file(backup / "motcua.db", unfinished, fs::copy_options::overwrite_existing);
        sync(unfinished);
        if (hash_file(unfinished) != string_or(*said, "database")) return altered(backup, "motcua.db");
        {
            const auto database = open_copy(unfinished);
            const auto missing = db::list_missing_migrations(*database, db::embedded_migrations("sqlite"));
            if (!missing) return std::unexpected(missing.error());
        }
        remove_side_files(unfinished);
        BackupReport report;
        report.position = int_or(*said, "position", 0);
        report.documents = int_or(*said, "documents", 0);
        copy_keys(backup, data);
        std::tie(report.blobs, report.bytes) = copy_blobs(backup / "blobs", directory.blobs());
        if (report.blobs < int_or(*said, "blobs", 0)) return altered(backup, "blobs");
        report.bytes += static_cast<std::int64_t>(fs::file_size(unfinished));
        sync(unfinished);
        fs::rename(unfinished, directory.database_file());
        sync(data);
        return report;
    } catch (const fs::filesystem_error& error) {
        throw Fault("backup.disk", error.what());
    }
}

Result<std::int64_t> drill(const fs::path& backup, Instant now) {
    const fs::path place = backup.parent_path() / drill_name;
    fs::remove_all(place);
    const auto practise = [&]() -> Result<std::int64_t> {
        TRY(restore_backup(backup, place));
        const auto database = open_copy(place / "motcua.db");
        TRY(db::migrate(*database, now));
        give_field_keys(*database, place, KeyFiles::find);
        const Checkup checkup = check_up(*database, place, now, documents::Depth::content);
        if (checkup.faults > 0) return not_sound(backup, checkup.first_fault);
        return checkup.dossiers;
    };
    auto outcome = practise();
    fs::remove_all(place);
    return outcome;
}

fs::path daily_backup(const fs::path& directory, LocalDay day) {
    return directory / (std::string(name_prefix) + format_day(day));
}

int prune_backups(const fs::path& directory, int keep) {
    int removed = 0;
    auto daily = list_daily(directory);
    for (; std::ssize(daily) > keep; daily.erase(daily.begin())) {
        // Out of sight first: half a backup must not look like one.
        const fs::path going = daily.front().string() + std::string(unfinished_suffix);
        fs::rename(daily.front(), going);
        fs::remove_all(going);
        ++removed;
    }
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(directory)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(name_prefix) && name.ends_with(unfinished_suffix)) left.push_back(entry.path());
    }
    for (const fs::path& path : left) {
        fs::remove_all(path);
        ++removed;
    }
    return removed;
}

std::optional<fs::path> find_last_backup(const fs::path& directory) {
    const auto daily = list_daily(directory);
    return daily.empty() ? std::nullopt : std::optional(daily.back());
}

}  // namespace motcua::app
