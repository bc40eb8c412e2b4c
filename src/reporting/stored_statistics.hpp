// The statistics as a file beside the database, so that a start counts on from where it was written instead of reading
// the whole ledger again. It is a copy only: when it is missing, damaged, written by another program file or not of
// this ledger, everything is counted anew. Holds codes of dossiers and units, no person.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "reporting/statistics.hpp"

namespace motcua::reporting {

/// Where a data directory keeps it.
inline std::filesystem::path statistics_file(const std::filesystem::path& data) { return data / "statistics.bin"; }

/// Writes the file anew, about 80 bytes a dossier; a crash leaves the old one. Nothing is written before the first
/// event. Reason: unavailable "report.not_stored" {path, what}.
Result<void> store_statistics(const Statistics& statistics, db::Session& session, const std::filesystem::path& file);

/// Fills the empty `statistics`; false when the file cannot serve.
bool load_statistics(Statistics& statistics, db::Session& session, const std::filesystem::path& file);

}  // namespace motcua::reporting
