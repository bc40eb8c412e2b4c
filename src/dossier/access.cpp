#include "dossier/access.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "identity/permissions.hpp"

namespace motcua::dossier {

namespace {

namespace permission = identity::permission;
using http::Permission;
using http::PrincipalKind;

/// In the order of Command; then what is no command of a dossier, and AttachDocument once more, for the result's
/// component.
std::vector<AccessRule> make_rules() {
    using enum Relation;
    using namespace permission;
    using http::permission::as_officer;
    using http::permission::as_person;
    const Way own{owner, as_person}, drafted{drafter, as_officer, Phase::draft};
    const Way receives{reception, dossier_receive}, settles{settlement, dossier_process};
    const Way approves{settlement, dossier_approve}, issues{settlement, dossier_issue};
    return {
        {"open-draft", {{anybody, http::permission::signed_in}}},
        {"save", {own, drafted}},
        {"submit", {own, drafted}},
        {"amend", {own}},
        {"receive", {receives}},
        {"refuse", {receives}},
        {"request-supplement", {receives, {settlement, dossier_process, Phase::received}}},
        {"submit-supplement", {own}},
        {"accept-supplement", {receives}},
        {"close-unsupplemented", {receives}},
        {"assign", {{task_unit, dossier_assign}}},
        {"complete-step", {{task_role, as_officer}}},
        {"return-step", {{task_role, as_officer}}},
        {"request-opinion", {settles}},
        {"give-opinion", {{task_role, as_officer}}},
        {"request-payment", {receives, settles}},
        {"record-payment", {{reception, payment_confirm}}},
        {"extend", {settles, approves}},
        {"apologise", {settles, approves}},
        {"record-result", {settles, issues}},
        {"return-result", {{reception, dossier_return_result}}},
        {"withdraw", {own, drafted, receives}},
        {"stop", {approves}},
        {"report-wrong-result", {own, receives, settles}},
        {"correct-result", {approves, issues}},
        {"attach", {own, drafted, receives, settles}},
        {"detach", {own, drafted}},
        {"notes", {{reader, as_officer}}},
        {"move-deadline", {}},
        {"run-timers", {}},
        {"deliver-message", {receives, settles, {work, dossier_process}}},
        {"deliver-signal", {}},
        {"answer-service", {}},
        {"resolve-incident", {{settlement, dossier_resolve_incident}}},
        {"migrate-process", {{reader, process_manage}}},
        {"state-reason", {{reader, as_officer}}},
        {"attach-result", {settles, issues}},
    };
}

const AccessRule& rule_of(const Command& command) {
    const auto rules = access_rules();
    const auto* attach = std::get_if<AttachDocument>(&command);
    return attach && attach->component == result_component ? rules.back() : rules[command.index()];
}

/// One asker before one dossier.
struct Standing {
    const Asker& asker;
    const Dossier& d;
    const Matter& matter;
    const Command* command = nullptr;  // none: it is only looked at

    bool is(PrincipalKind kind) const { return asker.principal.kind == kind; }
    bool may(Permission wanted, UnitId unit) const {
        return unit && asker.access->may(wanted, matter.in(unit), asker.day);
    }
    const Task* named_task() const {
        if (command) {
            if (const auto* c = std::get_if<AssignTask>(command)) return d.find_task(c->task);
            if (const auto* c = std::get_if<CompleteStep>(command)) return d.find_task(c->task);
            if (const auto* c = std::get_if<ReturnStep>(command)) return d.find_task(c->task);
            if (const auto* c = std::get_if<GiveOpinion>(command)) return d.find_task(c->task);
        }
        return nullptr;
    }
    bool at_reception(Permission wanted) const {
        // Receiving names the unit; what no unit has yet is the named one's.
        if (const auto* receive = command ? std::get_if<Receive>(command) : nullptr)
            return may(wanted, receive->unit) && (!d.receiving_unit || may(wanted, d.receiving_unit));
        return may(wanted, d.receiving_unit);
    }
    bool in_time(Phase phase) const {
        switch (phase) {
            case Phase::any:
                return true;
            case Phase::draft:
                return d.status == Status::draft;
            case Phase::received:
                return d.status != Status::registered;
        }
        return false;
    }
    bool reaches(const Way& way) const {
        const auto in = [&](UnitId unit) { return may(way.permission, unit); };
        switch (way.relation) {
            case Relation::anybody:
                return true;
            case Relation::owner:
                return is(PrincipalKind::person) && d.owner && asker.principal.person() == d.owner &&
                       is_within(asker.principal, d.id, d.procedure, matter);
            case Relation::drafter:
                return is(PrincipalKind::officer) && d.drafter && asker.principal.id == d.drafter.value;
            case Relation::reception:
                return at_reception(way.permission);
            case Relation::settlement:
                return may(way.permission, d.competent_unit);
            case Relation::opinion:
                return std::ranges::any_of(d.opinions, in, &Opinion::agency);
            case Relation::work:
                return std::ranges::any_of(d.tasks, in, &Task::unit);
            case Relation::task_unit: {
                const Task* task = named_task();
                return !task || in(task->unit);  // decide says that it is not open
            }
            case Relation::task_role: {
                const Task* task = named_task();
                return !task || asker.access->holds(task->role, matter.in(task->unit), asker.day);
            }
            case Relation::reader:
                return is(PrincipalKind::officer) && http::allowed(asker.principal, way.permission);
        }
        return false;
    }
    bool any_of(const std::vector<Way>& ways) const {
        return std::ranges::any_of(ways, [&](const Way& way) { return in_time(way.phase) && reaches(way); });
    }
};

}  // namespace

bool is_within(const http::Principal& principal, DossierId dossier, std::string_view procedure, const Matter& matter) {
    if (!principal.acting) return true;
    const http::Acting& acting = *principal.acting;
    if (acting.dossier && acting.dossier != dossier) return false;
    if (!acting.procedures.empty() && std::ranges::find(acting.procedures, procedure) == acting.procedures.end())
        return false;
    // "12" holds "12-3", as a post's field does.
    const auto holds = [&](const std::string& field) {
        return matter.field == field || matter.field.starts_with(field + "-");
    };
    return acting.fields.empty() || std::ranges::any_of(acting.fields, holds);
}

std::span<const AccessRule> access_rules() {
    static const std::vector<AccessRule> rules = make_rules();
    CHECK(rules.size() == std::variant_size_v<Command> + 2, "a command has no rule of access");
    return rules;
}

const AccessRule* find_access_rule(std::string_view command) {
    const auto rules = access_rules();
    const auto found = std::ranges::find(rules, command, &AccessRule::command);
    return found == rules.end() ? nullptr : &*found;
}

const std::vector<Way>& ways_to_see() {
    using enum Relation;
    using permission::dossier_read_unit;
    static const std::vector<Way> ways = {{owner, http::permission::as_person}, {drafter, http::permission::as_officer},
                                          {reception, dossier_read_unit},       {settlement, dossier_read_unit},
                                          {opinion, dossier_read_unit},         {work, dossier_read_unit}};
    return ways;
}

bool may_see(const Asker& asker, const Dossier& d, const Matter& matter) {
    if (asker.principal.kind == PrincipalKind::system) return true;
    return Standing{asker, d, matter}.any_of(ways_to_see());
}

bool may_see(const Asker& asker, const Task& task, const Matter& matter) {
    return asker.access->may(permission::dossier_read_unit, matter.in(task.unit), asker.day);
}

Result<void> check_may(const Asker& asker, const Dossier& d, const Matter& matter, const Command& command) {
    if (asker.principal.kind == PrincipalKind::system) return {};
    const bool fresh = d.head.version == 0;
    if (!fresh && !may_see(asker, d, matter)) return fail(Errc::not_found, "dossier.not_found");
    if (!Standing{asker, d, matter, &command}.any_of(rule_of(command).ways))
        return fail(Errc::forbidden, "dossier.forbidden");
    return {};
}

ActorFacts actor_facts(const Asker& asker, const Dossier& d, const Matter& matter) {
    ActorFacts facts;
    if (asker.principal.kind == PrincipalKind::officer) facts.officer = OfficerId{asker.principal.id};
    if (asker.principal.kind == PrincipalKind::person) facts.person = asker.principal.person();
    facts.system = asker.principal.kind == PrincipalKind::system;
    facts.may_take_over = facts.system || Standing{asker, d, matter}.may(permission::dossier_assign, d.competent_unit);
    return facts;
}

}  // namespace motcua::dossier
