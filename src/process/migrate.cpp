#include "process/migrate.hpp"

#include <algorithm>

#include "process/decider.hpp"

namespace motcua::process {

bool Migration::safe() const {
    return std::ranges::all_of(steps, [](const MigrationStep& step) { return step.reason.empty(); });
}

Result<Migration> rehearse_migration(const Model& from, const Model& to, const Instance& instance,
                                     const std::map<std::string, std::string>& mapping, const Facts& facts) {
    Decider before(from, instance, facts);
    TRY(before.check());
    auto mapped = [&](const std::string& id) {
        auto it = mapping.find(id);
        return it == mapping.end() ? id : it->second;
    };
    auto process_of = [&](const Item& item) -> const Node* {
        const Item* at = &item;
        while (at->kind != ItemKind::process) at = instance.find_item(at->parent);
        return to.find_process(mapped(at->element));
    };
    Migration out;
    Events events;
    for (const Item& item : instance.items) {
        MigrationStep step{item.element, mapped(item.element), {}, {}};
        const Node& old_node = before.node_of(item);
        const Node* process = process_of(item);
        const Node* target = item.kind == ItemKind::process ? process
                             : process                      ? to.find_node(process->index, step.target)
                                                            : nullptr;
        auto refuse = [&](std::string_view reason) {
            step.reason = reason;
            step.params = {{"element", step.element}, {"target", step.target}};
        };
        std::string flow = item.flow.empty() ? std::string() : mapped(item.flow);
        if (!target) {
            refuse("process.migration_missing");
        } else if (target->kind != old_node.kind || target->loop.kind != old_node.loop.kind ||
                   target->by_event != old_node.by_event) {
            refuse("process.migration_kind");
        } else if (item.kind != ItemKind::process) {
            const Node& old_scope = from.nodes[static_cast<std::size_t>(old_node.scope)];
            const Node& new_scope = to.nodes[static_cast<std::size_t>(target->scope)];
            if (mapped(old_scope.id) != new_scope.id) refuse("process.migration_scope");
            // A token that waits at a join stands on a sequence flow, which must still lead there.
            bool leads = std::ranges::any_of(target->incoming,
                                             [&](int f) { return to.flows[static_cast<std::size_t>(f)].id == flow; });
            if (item.kind == ItemKind::join && !leads) refuse("process.migration_flow");
        }
        if (step.reason.empty() && (step.target != item.element || flow != item.flow))
            events.push_back({.type = EventType::moved, .key = item.key, .element = step.target, .flow = flow});
        out.steps.push_back(std::move(step));
    }
    for (const Record& record : instance.records) {
        MigrationStep step{record.element, mapped(record.element), {}, {}};
        bool there = std::ranges::any_of(to.processes, [&](int p) { return to.find_node(p, step.target) != nullptr; });
        if (!there)
            step.reason = "process.migration_missing",
            step.params = {{"element", step.element}, {"target", step.target}};
        if (there && step.target != record.element) {
            Record moved = record;
            moved.element = step.target;
            events.push_back({.type = EventType::record_moved, .record = std::move(moved)});
        }
        out.steps.push_back(std::move(step));
    }
    if (!out.safe()) return out;
    for (const Wait& wait : instance.waits) {
        const Item& owner = *instance.find_item(wait.item);
        const Node* process = process_of(owner);
        const Node* event = to.find_node(process->index, mapped(wait.element));
        const Node& old_event = before.event_of(wait);
        bool plain = wait.trigger == Trigger::continuation || is_activity(old_event.kind);
        bool kept = event && event->kind == old_event.kind &&
                    (plain || (wait.definition < event->events.size() &&
                               event->events[wait.definition].trigger == wait.trigger));
        // A boundary event or event sub-process must also still belong to the same element.
        if (kept && event->kind == Kind::boundary_event)
            kept = event->attached_to >= 0 &&
                   to.nodes[static_cast<std::size_t>(event->attached_to)].id == mapped(owner.element);
        if (!kept) {
            events.push_back({.type = EventType::wait_closed, .key = wait.key});
        } else if (event->id != wait.element) {
            Wait moved = wait;
            moved.element = event->id;
            events.push_back({.type = EventType::wait_changed, .wait = std::move(moved)});
        }
    }
    Instance moved = instance;
    process::apply(moved, events);
    Decider after(to, moved, facts);
    TRY(after.check());
    after.arm_what_is_new();
    after.run();
    for (auto& event : after.take()) events.push_back(std::move(event));
    out.events = std::move(events);
    return out;
}

}  // namespace motcua::process
