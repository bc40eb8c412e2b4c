// Separation of duties: who may not complete an open step because he did another one of the same dossier
// (motcua:separateFrom), and whether anybody is left who may. Reads a dossier's history only where its process asks.
#pragma once

#include <string>
#include <vector>

#include "dossier/access.hpp"
#include "dossier/service.hpp"

namespace motcua::process {
struct Model;
struct Node;
}  // namespace motcua::process

namespace motcua::dossier {

/// The step of the process behind a task; nullptr for other tasks.
const process::Node* find_step(const process::Model& model, const Task& task);

/// Who did a step from which the process keeps the task apart.
struct DoneStep {
    OfficerId officer;
    std::string step;  // its element, or "receive"
};
std::vector<DoneStep> list_kept_apart(db::Session& session, const Dossier& dossier, const Task& task,
                                      const process::Model& model);

struct Separation {
    std::vector<OfficerId> kept;  // may not complete it
    bool needs_somebody = false;  // all who hold its role there are among them, or nobody holds it
    bool keeps(OfficerId officer) const;
};
/// Costs nothing for a task that is kept apart from none; else the history and the holders of its role.
Separation separation_of(const Service& service, db::Session& session, const Dossier& dossier, const Task& task,
                         const Matter& matter, LocalDay day);

}  // namespace motcua::dossier
