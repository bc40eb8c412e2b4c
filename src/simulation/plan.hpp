// The plan of a run: for every dossier when, where, what and how it ends. Made before anything happens, from the seed.
#pragma once

#include <optional>
#include <vector>

#include "dossier/service.hpp"
#include "simulation/simulation.hpp"

namespace motcua::simulation {

enum class Ending : std::uint8_t { returned_in_time, returned_late, stays_open, refused, withdrawn };

struct Planned {
    Instant arrives;
    dossier::Channel channel = dossier::Channel::counter;
    catalogue::ProcedurePtr procedure;
    std::string case_code;
    UnitId reception;
    std::string place;  // code of the applicant's commune
    Ending ending = Ending::returned_in_time;
    bool supplement = false;
    std::optional<Instant> returned_by;  // at the latest
};

/// Plans a run. Reasons as run().
Result<std::vector<Planned>> make_plan(dossier::Service& service, std::string_view profile, const Options& options);

/// Later by so much working time.
Instant after_working_minutes(const calendar::WorkCalendar& calendar, Instant from, std::int64_t minutes);

}  // namespace motcua::simulation
