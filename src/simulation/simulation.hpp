// Believable traffic through the real use cases, on a clock of its own: arrivals by the hour of working days, a mix of
// channels and procedures over all reception points, officers who are sometimes late. Seeded: the same seed plans the
// same traffic. Every dossier is a real one: filed, received, carried through its process, returned.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "documents/blob_store.hpp"
#include "dossier/service.hpp"

namespace motcua::simulation {

struct Options {
    int dossiers = 1000;
    int days = 30;
    std::uint64_t seed = 1;
    LocalDay from{std::chrono::year{2025} / 7 / 1};
    /// What would happen from this moment on is left undone: dossiers stay where they are then.
    std::optional<Instant> until = {};
};
inline constexpr int dossiers_max = 5'000'000;
inline constexpr int days_max = 3660;

struct Summary {
    std::int64_t received = 0, returned = 0, late = 0, open = 0, refused = 0, withdrawn = 0, supplemented = 0;
    std::int64_t events = 0;
};

/// What a run works on; the clock is moved by the run.
struct World {
    db::Database& database;
    ledger::Committer& committer;
    dossier::Service& service;
    documents::BlobStore& blobs;
    IdMaker& ids;
};

/// The profile whose figures a report is tested against: the third quarter of 2019 in Kiên Giang.
inline constexpr std::string_view kien_giang_2019q3 = "kien-giang-2019q3";

/// First day of a profile, or of the options. Reason "simulation.profile_unknown" {profile, profiles}.
Result<LocalDay> first_day(std::string_view profile, const Options& options);

/// Runs it. Reasons: those of first_day; invalid "simulation.no_procedures" when no procedure can be filed on the first
/// day; conflict "simulation.ledger_is_ahead" {last, first} when the ledger already has later events; and whatever
/// refuses a simulated command (which is a fault of the plan).
Result<Summary> run(const World& world, std::string_view profile, const Options& options);

}  // namespace motcua::simulation
