// Backups of a data directory: database, blobs and keys, taken while a server runs, checked after the copy,
// put back, kept for as long as the configuration says, and put back for practice every day. A backup is a directory:
// motcua.db, blobs/, log.key, identity.key, manifest.json. It appears under its name when it is whole. Owns names and
// order of copying. Leaves out what is right about the content (checkup.hpp).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace motcua::app {

struct BackupReport {
    std::int64_t position = 0;  // of the last event
    std::int64_t documents = 0;
    std::int64_t blobs = 0;
    std::int64_t bytes = 0;  // of database and blobs
};

/// Copies `data` to `target`, while a server of this or another process works on it; every byte is read again and
/// compared. Reasons: conflict "backup.exists" {path}, not_found "app.no_data" {path}, invalid "backup.not_sound"
/// {path, fault}. Faults of database and disk. Nothing but "TARGET.unfinished" is left behind when it fails or is
/// killed.
Result<BackupReport> make_backup(const std::filesystem::path& data, const std::filesystem::path& target, Instant now);

/// Copies blobs (each read and compared with its name) and keys, as far as they are there; answers how many blobs.
std::int64_t copy_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// Puts a backup into a data directory without a database. The database comes last: after a kill the same call begins
/// again. Reasons: conflict "backup.data_exists" {path}; invalid "backup.no_backup" {path}, "backup.altered" {path,
/// file}; those of db::DataDirectory::open and db::migrate (a backup of a newer program).
Result<BackupReport> restore_backup(const std::filesystem::path& backup, const std::filesystem::path& data);

/// Restores `backup` into a directory beside it, checks everything there, and removes it. Answers the dossiers checked.
/// Reasons of restore_backup; invalid "backup.not_sound" {path, fault}.
Result<std::int64_t> drill(const std::filesystem::path& backup, Instant now);

/// DIRECTORY/motcua-2026-11-21.
std::filesystem::path daily_backup(const std::filesystem::path& directory, LocalDay day);
/// Removes all but the newest `keep` daily backups, and what unfinished ones have left; answers how many.
int prune_backups(const std::filesystem::path& directory, int keep);
/// The newest daily backup.
std::optional<std::filesystem::path> find_last_backup(const std::filesystem::path& directory);

}  // namespace motcua::app
