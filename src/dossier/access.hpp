// Who may see a dossier and do what to it: identity's scopes applied to the dossier at hand. One place; every route,
// list and download asks here. The rules are a table: docs/permissions.md is made from it, and a test runs it against
// the routes. Leaves out whether the law allows it (decide.hpp).
#pragma once

#include <span>
#include <string_view>
#include <vector>

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

/// How somebody stands to a dossier. Those of units mean: holds the permission of the way for that unit.
enum class Relation : std::uint8_t {
    anybody,     // who has an account: the dossier is not there yet
    owner,       // the person who follows it, or who acts for him as far as the mandate goes
    drafter,     // the officer or helper who began it for somebody else
    reception,   // the unit that receives it (or will: an online dossier lies with its reception from filing on)
    settlement,  // the competent unit
    opinion,     // an agency that was asked
    work,        // the unit of one of the open tasks
    task_unit,   // the unit of the task that the command names
    task_role,   // has the role that this task is for, in its unit; the permission is the route's
    reader,      // an officer who may see it
};

enum class Phase : std::uint8_t { any, draft, received };

struct Way {
    Relation relation;
    http::Permission permission;
    Phase phase = Phase::any;
};

/// Who may give a command: somebody with any one of the ways. None: the system alone.
struct AccessRule {
    std::string_view command;  // as the API names it; "attach-result": a file of the result
    std::vector<Way> ways;
};
std::span<const AccessRule> access_rules();
const AccessRule* find_access_rule(std::string_view command);
const std::vector<Way>& ways_to_see();

/// Whether the mandate under which somebody acts, if any, reaches so far. A dossier that is about to be filed has no
/// id.
bool is_within(const http::Principal& principal, DossierId dossier, std::string_view procedure, const Matter& matter);

/// By one of ways_to_see: the owner, an officer of a unit that receives, settles, works on it or is asked, who drafted
/// it for somebody else.
bool may_see(const Asker& asker, const Dossier& dossier, const Matter& matter);
/// Whether a worklist of units shows the task: its unit is one of those whose dossiers the officer reads. Who sees a
/// task sees its dossier.
bool may_see(const Asker& asker, const Task& task, const Matter& matter);

/// Reasons: not_found "dossier.not_found" for somebody who may not even see it; forbidden "dossier.forbidden".
Result<void> check_may(const Asker& asker, const Dossier& dossier, const Matter& matter, const Command& command);

/// Without `proven`, which is the session's.
ActorFacts actor_facts(const Asker& asker, const Dossier& dossier, const Matter& matter);

}  // namespace motcua::dossier
