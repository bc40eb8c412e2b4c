// Moving an installation between databases: all rows as text that no database owns, with blobs and keys beside them. An
// export is a directory: rows.jsonl, blobs/, log.key, identity.key. Rows go over as they are, so the ledger's root, the
// transparency log and its proofs stay what they were. Owns the format; which tables there are the databases tell
// (db/tables.hpp).
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "db/db.hpp"

namespace motcua::app {

struct MoveReport {
    std::int64_t tables = 0;
    std::int64_t rows = 0;
    std::int64_t blobs = 0;
};

/// Writes everything, as it is at one moment, into the new directory `target`; a server may run meanwhile. It appears
/// under its name when it is whole. Reason conflict "backup.exists" {path}. Faults of database and disk.
Result<MoveReport> export_all(db::Database& database, const std::filesystem::path& data,
                              const std::filesystem::path& target);

/// Fills the empty, migrated `database` and the data directory, rows in one transaction. Reasons: invalid
/// "move.no_export" {path}, "move.incomplete" {path}; conflict "move.not_empty" {table}, "move.schema_differs" (written
/// by another release).
Result<MoveReport> import_all(db::Database& database, const std::filesystem::path& source,
                              const std::filesystem::path& data);

}  // namespace motcua::app
