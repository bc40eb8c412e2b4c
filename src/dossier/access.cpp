#include "dossier/access.hpp"

#include <algorithm>

#include "identity/permissions.hpp"

namespace motcua::dossier {

namespace {

namespace permission = identity::permission;
using http::Permission;
using http::PrincipalKind;

bool may(const Asker& asker, Permission wanted, UnitId unit, const Matter& matter) {
    return unit && asker.access->may(wanted, matter.in(unit), asker.day);
}

/// At the reception that has it (or will: an online dossier lies with its reception unit from filing on).
bool at_reception(const Asker& asker, Permission wanted, const Dossier& d, const Matter& matter) {
    return may(asker, wanted, d.receiving_unit, matter);
}
bool at_settlement(const Asker& asker, Permission wanted, const Dossier& d, const Matter& matter) {
    return may(asker, wanted, d.competent_unit, matter);
}

bool is_owner(const Asker& asker, const Dossier& d) {
    return asker.principal.kind == PrincipalKind::person && d.owner && asker.principal.id == d.owner.value;
}
/// The officer or helper who began it on somebody else's behalf.
bool is_drafter(const Asker& asker, const Dossier& d) {
    return asker.principal.kind == PrincipalKind::officer && d.drafter && asker.principal.id == d.drafter.value;
}

/// Whether the officer does the work of this task: the role in its unit.
bool does(const Asker& asker, const Dossier& d, std::int64_t task_id, const Matter& matter) {
    const Task* task = d.find_task(task_id);
    if (!task) return true;  // decide says that it is not open
    return asker.access->holds(task->role, matter.in(task->unit), asker.day);
}

struct May {
    const Asker& asker;
    const Dossier& d;
    const Matter& matter;

    bool reception() const { return at_reception(asker, permission::dossier_receive, d, matter); }
    bool drafts() const { return is_owner(asker, d) || (is_drafter(asker, d) && d.status == Status::draft); }
    /// Does one of the tasks of the process: another agency in a chain.
    bool at_work() const {
        return std::ranges::any_of(
            d.tasks, [&](const Task& task) { return may(asker, permission::dossier_process, task.unit, matter); });
    }
    bool holds(Permission wanted) const { return http::allowed(asker.principal, wanted); }
    bool settlement() const { return at_settlement(asker, permission::dossier_process, d, matter); }

    bool operator()(const OpenDraft&) const { return true; }
    bool operator()(const SaveDraft&) const { return drafts(); }
    bool operator()(const Submit&) const { return drafts(); }
    bool operator()(const Amend&) const { return is_owner(asker, d); }
    bool operator()(const Receive& c) const {
        return may(asker, permission::dossier_receive, c.unit, matter) && (reception() || !d.receiving_unit);
    }
    bool operator()(const Refuse&) const { return reception(); }
    bool operator()(const RequestSupplement&) const {
        return d.status == Status::registered ? reception() : reception() || settlement();
    }
    bool operator()(const SubmitSupplement&) const { return is_owner(asker, d); }
    bool operator()(const AcceptSupplement&) const { return reception(); }
    bool operator()(const CloseUnsupplemented&) const { return reception(); }
    bool operator()(const AssignTask& c) const {
        const Task* task = d.find_task(c.task);
        return !task || may(asker, permission::dossier_assign, task->unit, matter);
    }
    bool operator()(const CompleteStep& c) const { return does(asker, d, c.task, matter); }
    bool operator()(const ReturnStep& c) const { return does(asker, d, c.task, matter); }
    bool operator()(const RequestOpinion&) const { return settlement(); }
    bool operator()(const GiveOpinion& c) const { return does(asker, d, c.task, matter); }
    bool operator()(const RequestPayment&) const { return settlement() || reception(); }
    bool operator()(const RecordPayment&) const { return at_reception(asker, permission::payment_confirm, d, matter); }
    bool operator()(const Extend&) const {
        return settlement() || at_settlement(asker, permission::dossier_approve, d, matter);
    }
    bool operator()(const Apologise&) const {
        return settlement() || at_settlement(asker, permission::dossier_approve, d, matter);
    }
    bool operator()(const RecordResult&) const {
        return settlement() || at_settlement(asker, permission::dossier_issue, d, matter);
    }
    bool operator()(const ReturnResult&) const {
        return at_reception(asker, permission::dossier_return_result, d, matter);
    }
    bool operator()(const Withdraw&) const { return drafts() || reception(); }
    bool operator()(const Stop&) const { return at_settlement(asker, permission::dossier_approve, d, matter); }
    bool operator()(const ReportWrongResult&) const { return is_owner(asker, d) || reception() || settlement(); }
    bool operator()(const CorrectResult&) const {
        return at_settlement(asker, permission::dossier_approve, d, matter) ||
               at_settlement(asker, permission::dossier_issue, d, matter);
    }
    bool operator()(const AttachDocument& c) const {
        if (c.component == result_component)
            return settlement() || at_settlement(asker, permission::dossier_issue, d, matter);
        bool citizens_turn =
            d.status == Status::draft || d.status == Status::registered || d.status == Status::awaiting_supplement;
        return drafts() || (is_owner(asker, d) && citizens_turn) || reception() || settlement();
    }
    bool operator()(const DetachDocument&) const { return drafts(); }
    bool operator()(const AddNote&) const { return asker.principal.kind == PrincipalKind::officer; }
    bool operator()(const MoveDeadline&) const { return false; }  // the system's alone
    bool operator()(const RunTimers&) const { return false; }
    bool operator()(const DeliverSignal&) const { return false; }
    bool operator()(const AnswerService&) const { return false; }
    bool operator()(const DeliverMessage&) const { return settlement() || reception() || at_work(); }
    bool operator()(const ResolveIncident&) const {
        return at_settlement(asker, permission::dossier_resolve_incident, d, matter);
    }
    bool operator()(const MigrateProcess&) const { return holds(permission::process_manage); }
};

}  // namespace

bool may_see(const Asker& asker, const Dossier& d, const Matter& matter) {
    if (asker.principal.kind == PrincipalKind::system || is_owner(asker, d) || is_drafter(asker, d)) return true;
    if (asker.principal.kind != PrincipalKind::officer) return false;
    if (may(asker, permission::dossier_read_unit, d.receiving_unit, matter) ||
        may(asker, permission::dossier_read_unit, d.competent_unit, matter))
        return true;
    auto asked = [&](UnitId unit) { return may(asker, permission::dossier_read_unit, unit, matter); };
    return std::ranges::any_of(d.opinions, asked, &Opinion::agency) || std::ranges::any_of(d.tasks, asked, &Task::unit);
}

Result<void> check_may(const Asker& asker, const Dossier& d, const Matter& matter, const Command& command) {
    if (asker.principal.kind == PrincipalKind::system) return {};
    bool fresh = d.head.version == 0;
    if (!fresh && !may_see(asker, d, matter)) return fail(Errc::not_found, "dossier.not_found");
    if (!std::visit(May{asker, d, matter}, command)) return fail(Errc::forbidden, "dossier.forbidden");
    return {};
}

ActorFacts actor_facts(const Asker& asker, const Dossier& d, const Matter& matter) {
    ActorFacts facts;
    if (asker.principal.kind == PrincipalKind::officer) facts.officer = OfficerId{asker.principal.id};
    if (asker.principal.kind == PrincipalKind::person) facts.person = PersonId{asker.principal.id};
    facts.system = asker.principal.kind == PrincipalKind::system;
    facts.may_take_over = facts.system || at_settlement(asker, permission::dossier_assign, d, matter);
    return facts;
}

}  // namespace motcua::dossier
