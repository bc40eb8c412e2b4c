// What an instance waits for besides its user tasks: timers, messages, signals, conditions, answers of services.
#include <algorithm>

#include "process/decider.hpp"

namespace motcua::process {
namespace {

WaitingFor waiting_for(Trigger trigger) {
    switch (trigger) {
        case Trigger::message:
            return WaitingFor::message;
        case Trigger::signal:
            return WaitingFor::signal;
        case Trigger::conditional:
            return WaitingFor::condition;
        default:
            return WaitingFor::timer;
    }
}

/// Whether the model itself sends what is awaited there: a message flow that begins inside a process that runs.
bool is_sent_inside(const Model& model, std::string_view element) {
    return std::ranges::any_of(model.message_flows, [&](const MessageFlow& flow) {
        if (flow.target != element) return false;
        return std::ranges::any_of(model.nodes, [&](const Node& n) {
            return n.id == flow.source && n.process >= 0 && model.nodes[static_cast<std::size_t>(n.process)].executable;
        });
    });
}

}  // namespace

std::vector<OpenWait> open_waits(const Model& model, const Instance& instance) {
    std::vector<OpenWait> out;
    Facts facts;
    Decider decider(model, instance, facts);
    if (!decider.check()) return out;
    auto describe = [&](OpenWait& wait, const Node& n, Key item) {
        wait.element = n.id;
        wait.item = item;
        wait.text = n.name.dynamic ? std::string() : n.name.text;
        wait.role = n.work.role;
        wait.unit_selector = n.work.unit;
        wait.limit = n.work.limit;
        wait.sent_inside = is_sent_inside(model, n.id);
    };
    auto correlate = [&](OpenWait& wait, const std::string& variable) {
        if (variable.empty()) return;
        const json::value* value = find_variable(instance, variable, std::to_string(wait.item));
        if (!value || value->is_null()) return;
        wait.correlation = value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    };
    for (const Wait& w : instance.waits) {
        const Item* item = instance.find_item(w.item);
        if (!item || w.seen) continue;
        OpenWait wait{.key = w.key, .kind = waiting_for(w.trigger), .name = w.name, .due = w.due};
        if (w.trigger == Trigger::continuation) {
            describe(wait, decider.node_of(*item), w.item);
            wait.holds_token = true;
            out.push_back(std::move(wait));
            continue;
        }
        const Node& event = decider.event_of(w);
        describe(wait, event, w.item);
        wait.holds_token = item->kind == ItemKind::caught || (is_activity(event.kind) && item->element == event.id);
        if (w.definition < event.events.size()) {
            correlate(wait, event.events[w.definition].correlation);
            if (event.events[w.definition].timer_kind == TimerKind::working && w.trigger == Trigger::timer)
                wait.limit = event.events[w.definition].working_limit;
        } else {
            correlate(wait, event.correlation);
        }
        out.push_back(std::move(wait));
    }
    for (const Item& item : instance.items) {
        if (item.kind != ItemKind::activity) continue;
        const Node& n = decider.node_of(item);
        bool called = item.working && !n.call.empty();
        bool answered = n.kind == Kind::receive_task && n.message.empty();
        if ((!called && !answered) ||
            std::ranges::find(instance.incidents, item.key, &Incident::item) != instance.incidents.end())
            continue;
        OpenWait wait{.key = item.key, .kind = called ? WaitingFor::service : WaitingFor::answer};
        describe(wait, n, item.key);
        wait.name = called ? n.call : n.id;
        wait.holds_token = true;
        correlate(wait, n.correlation);
        out.push_back(std::move(wait));
    }
    for (OpenWait& wait : out)
        wait.timed = std::ranges::any_of(
            instance.waits, [&](const Wait& w) { return w.item == wait.item && w.trigger == Trigger::timer && w.due; });
    return out;
}

json::object visible_variables(const Instance& instance, Key from) {
    json::object variables;
    for (const Item* at = instance.find_item(from); at; at = instance.find_item(at->parent)) {
        for (const auto& [name, value] : at->variables)
            if (!name.starts_with('~') && !variables.contains(name)) variables.emplace(name, value);
        if (at->kind == ItemKind::process) break;
    }
    return variables;
}

}  // namespace motcua::process
