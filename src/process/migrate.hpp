// Moving a running instance to a new version of its model. First a rehearsal that says of each element at work where it
// goes and whether that is safe; the events exist only when all of it is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "process/engine.hpp"

namespace motcua::process {

struct MigrationStep {
    std::string element, target;
    std::string reason;  // why it cannot go there; empty: it can
    std::vector<Param> params;
};

struct Migration {
    std::vector<MigrationStep> steps;  // one for each element at work, in the order of their keys
    Events events;                     // empty when some step is refused
    bool safe() const;
};

/// `mapping` names where elements (and sequence flows) went whose id changed. An element at work may go to one of the
/// same kind, in the same (mapped) scope. Timers that run keep their due time; events that are new are waited for from
/// facts.now; waits for events that are gone end. Refusals of a step: "process.migration_missing" {element, target},
/// "process.migration_kind" {element, target}, "process.migration_scope" {element, target}, "process.migration_flow"
/// {element, target}. Refusal of all: "process.ended", "process.model_mismatch".
Result<Migration> rehearse_migration(const Model& from, const Model& to, const Instance& instance,
                                     const std::map<std::string, std::string>& mapping, const Facts& facts);

}  // namespace motcua::process
