// Every check of what a data directory holds: database file, ledger and transparency log, rows against the fold of
// their events, files. For `motcua doctor`, for a restored backup and for the daily drill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "db/db.hpp"
#include "documents/blob_check.hpp"

namespace motcua::app {

struct Checkup {
    std::int64_t dossiers = 0;
    std::int64_t documents = 0;
    std::int64_t faults = 0;
    std::string first_fault;
    // In plain text, no faults: rows that the next start seals, and dossiers that were filed before there were keys.
    std::int64_t plain_rows = 0;
    std::int64_t plain_dossiers = 0;
};

/// `told` hears of each fault: part ("ledger", "dossier") and a sentence in English. Nothing is changed.
Checkup check_up(db::Database& database, const std::filesystem::path& data, Instant now, documents::Depth depth,
                 const std::function<void(std::string_view part, const std::string& sentence)>& told = {});

}  // namespace motcua::app
