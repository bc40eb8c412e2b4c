#include "dossier/separation.hpp"

#include <algorithm>

#include "identity/account_rows.hpp"
#include "process/model.hpp"

namespace motcua::dossier {

namespace {

constexpr std::string_view officer_prefix = "officer:";

OfficerId officer_of(std::string_view actor) {
    if (!actor.starts_with(officer_prefix)) return {};
    return OfficerId{parse_id(actor.substr(officer_prefix.size())).value_or(0)};
}

}  // namespace

const process::Node* find_step(const process::Model& model, const Task& task) {
    if (task.element.empty()) return nullptr;
    for (const int index : model.processes)
        if (const process::Node* node = model.find_node(index, task.element)) return node;
    return nullptr;
}

std::vector<DoneStep> list_kept_apart(db::Session& session, const Dossier& dossier, const Task& task,
                                      const process::Model& model) {
    std::vector<DoneStep> done;
    const process::Node* node = find_step(model, task);
    if (!node || node->work.separate_from.empty()) return done;
    for (const auto& event :
         ledger::read_stream(session, ledger::StreamKind::dossier, dossier.id.value, dossier.head)) {
        const OfficerId officer = officer_of(event.meta.actor);
        if (!officer) continue;
        std::string step;
        if (event.type == "dossier_received") step = "receive";
        if (event.type == "step_completed") step = string_or(event.data, "element");
        if (std::ranges::find(node->work.separate_from, step) != node->work.separate_from.end())
            done.push_back({officer, std::move(step)});
    }
    return done;
}

bool Separation::keeps(OfficerId officer) const { return std::ranges::find(kept, officer) != kept.end(); }

Separation separation_of(const Service& service, db::Session& session, const Dossier& dossier, const Task& task,
                         const Matter& matter, LocalDay day) {
    Separation result;
    auto definitions = service.snapshots().definitions();
    const auto* process = definitions->find_process(dossier.process, dossier.process_version);
    const process::Node* node = process ? find_step(*process->model, task) : nullptr;
    if (!node || node->work.separate_from.empty()) return result;
    for (const DoneStep& done : list_kept_apart(session, dossier, task, *process->model))
        if (!result.keeps(done.officer)) result.kept.push_back(done.officer);
    const auto holders = identity::list_role_holders(session, task.role, matter.in(task.unit), day);
    result.needs_somebody =
        std::ranges::all_of(holders, [&](const identity::RoleHolder& holder) { return result.keeps(holder.id); });
    return result;
}

}  // namespace motcua::dossier
