// Who may see a dossier and do what to it: identity's scopes applied to the dossier at hand. One place; every route,
// list and download asks here. Leaves out whether the law allows it (decide.hpp).
#pragma once

#include "dossier/commands.hpp"
#include "dossier/decide.hpp"
#include "http/principal.hpp"
#include "identity/access.hpp"

namespace motcua::dossier {

/// The person asking, with what they may do today.
struct Asker {
    const http::Principal& principal;
    std::shared_ptr<const identity::Access> access;
    LocalDay day;
};

/// What the dossier is about, as far as posts may be limited to it.
struct Matter {
    std::string field;  // code of the procedure's field
    ProcedureId procedure;
    identity::Subject in(UnitId unit) const { return {.unit = unit, .field = field, .procedure = procedure}; }
};

/// The owner; an officer who may read dossiers of a unit that receives, settles or is asked; who drafted it on somebody
/// else's behalf. Nobody else.
bool may_see(const Asker& asker, const Dossier& dossier, const Matter& matter);

/// Reasons: not_found "dossier.not_found" for somebody who may not even see it; forbidden "dossier.forbidden".
Result<void> check_may(const Asker& asker, const Dossier& dossier, const Matter& matter, const Command& command);

ActorFacts actor_facts(const Asker& asker, const Dossier& dossier, const Matter& matter);

}  // namespace motcua::dossier
