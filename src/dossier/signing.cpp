#include "dossier/signing.hpp"

#include <algorithm>

#include "dossier/separation.hpp"
#include "process/model.hpp"

namespace motcua::dossier {

namespace {

bool asks(const process::Node& node) { return node.kind == process::Kind::user_task && node.work.confirm; }

/// The model that a dossier runs on, kept alive by the snapshot of definitions; nullptr before it has one.
struct Running {
    Running(const Service& service, const Dossier& dossier)
        : definitions(service.snapshots().definitions()),
          process(dossier.process.empty() ? nullptr
                                          : definitions->find_process(dossier.process, dossier.process_version)) {}
    definitions::DefinitionsPtr definitions;
    const definitions::ProcessVersion* process;
};

}  // namespace

bool is_signature(const process::Model& model, std::string_view element) {
    return std::ranges::any_of(model.nodes,
                               [&](const process::Node& node) { return node.id == element && asks(node); });
}

bool is_signature(const process::Model& model, const Task& task) {
    const process::Node* node = task.kind == TaskKind::step ? find_step(model, task) : nullptr;
    return node && asks(*node);
}

bool is_signature(const Service& service, const Dossier& dossier, const Task& task) {
    const Running running(service, dossier);
    return running.process && is_signature(*running.process->model, task);
}

bool has_signature(const process::Model& model) { return std::ranges::any_of(model.nodes, asks); }

bool has_signature(const Service& service, const Dossier& dossier) {
    const Running running(service, dossier);
    return running.process && has_signature(*running.process->model);
}

bool may_be_signature(std::span<const Command> commands) {
    return std::ranges::any_of(commands, [](const Command& command) {
        return std::holds_alternative<CompleteStep>(command) || std::holds_alternative<RecordResult>(command) ||
               std::holds_alternative<CorrectResult>(command) || std::holds_alternative<ResolveIncident>(command);
    });
}

}  // namespace motcua::dossier
