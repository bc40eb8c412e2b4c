// Gateways that merge or wait.
#include <algorithm>

#include "process/decider.hpp"

namespace motcua::process {

void Decider::arrive_parallel(const Ready& r, const Node& n) {
    if (n.incoming.size() < 2 || r.flow < 0) {
        passed(n, r.scope, r.flow);
        return leave(n, r.scope);
    }
    // One waiting token for each of the other flows, or wait.
    std::vector<Key> partners;
    for (int f : n.incoming) {
        if (f == r.flow) continue;
        auto it = std::ranges::find_if(state_.items, [&](const Item& i) {
            return i.parent == r.scope && i.kind == ItemKind::join && i.element == n.id && i.flow == flow(f).id;
        });
        if (it != state_.items.end()) partners.push_back(it->key);
    }
    if (partners.size() + 1 < n.incoming.size()) {
        add_item({.parent = r.scope, .kind = ItemKind::join, .element = n.id, .flow = flow(r.flow).id});
        return;
    }
    for (Key key : partners) leave_item(key);
    passed(n, r.scope, r.flow);
    leave(n, r.scope);
}

void Decider::arrive_merging(const Ready& r, const Node& n) {
    if (n.incoming.size() < 2 || r.flow < 0) {
        passed(n, r.scope, r.flow);
        return leave(n, r.scope);
    }
    auto here = [&](ItemKind kind) {
        return [&, kind](const Item& i) { return i.parent == r.scope && i.kind == kind && i.element == n.id; };
    };
    // A complex gateway that has fired swallows what comes late.
    if (std::ranges::any_of(state_.items, here(ItemKind::gate))) return;
    add_item({.parent = r.scope, .kind = ItemKind::join, .element = n.id, .flow = flow(r.flow).id});
    if (n.kind != Kind::complex || !n.activation.given || chooser_) return;
    std::vector<Key> tokens;
    std::vector<std::string> flows;
    for (const Item& i : state_.items)
        if (here(ItemKind::join)(i)) {
            tokens.push_back(i.key);
            if (std::ranges::find(flows, i.flow) == flows.end()) flows.push_back(i.flow);
        }
    json::object count{{"activationCount", flows.size()}};
    auto fires = decide(n.activation, r.scope, &count);
    if (!fires) {
        leave_item(tokens.back());
        return park({.scope = r.scope, .node = n.index, .flow = r.flow}, &fires.error());
    }
    if (!*fires) return;
    for (Key key : tokens) leave_item(key);
    add_item({.parent = r.scope, .kind = ItemKind::gate, .element = n.id});
    passed(n, r.scope, r.flow);
    leave(n, r.scope);
}

/// Whether a token elsewhere in the scope may still come to this gateway (BPMN 2.0 §13.4.3): it can reach an incoming
/// flow that is empty, and none that is filled, without passing the gateway. With `any_token`, reaching any flow
/// counts.
bool Decider::can_still_arrive(const Node& gateway, Key scope, const std::vector<int>& filled, bool any_token) const {
    auto before = [&](const std::vector<int>& flows) {
        std::vector<bool> reaches(model_.nodes.size());
        std::vector<int> front;
        for (int f : flows) front.push_back(flow(f).source);
        while (!front.empty()) {
            int at = front.back();
            front.pop_back();
            if (at == gateway.index || reaches[static_cast<std::size_t>(at)]) continue;
            reaches[static_cast<std::size_t>(at)] = true;
            const Node& n = node(at);
            for (int f : n.incoming) front.push_back(flow(f).source);
            if (n.attached_to >= 0) front.push_back(n.attached_to);
            if (n.kind == Kind::catch_event && !n.events.empty() && n.events[0].trigger == Trigger::link)
                for (int sibling : node(n.scope).children) {
                    const Node& other = node(sibling);
                    if (other.kind == Kind::throw_event && !other.events.empty() &&
                        other.events[0].trigger == Trigger::link && other.events[0].name.text == n.events[0].name.text)
                        front.push_back(sibling);
                }
        }
        return reaches;
    };
    std::vector<int> empty;
    for (int f : gateway.incoming)
        if (std::ranges::find(filled, f) == filled.end()) empty.push_back(f);
    if (any_token) empty = gateway.incoming;
    if (empty.empty()) return false;
    auto to_empty = before(empty);
    auto to_filled = any_token ? std::vector<bool>(model_.nodes.size()) : before(filled);
    return std::ranges::any_of(state_.items, [&](const Item& i) {
        if (i.parent != scope) return false;
        int at = node_of(i).index;
        if (at == gateway.index) return i.kind == ItemKind::token;
        return to_empty[static_cast<std::size_t>(at)] && !to_filled[static_cast<std::size_t>(at)];
    });
}

/// With nothing on the move: inclusive joins that need not wait any longer, complex gateways that can be reset.
bool Decider::check_joins() {
    for (std::size_t at = 0; at < state_.items.size(); ++at) {
        const Item first = state_.items[at];
        if (first.kind != ItemKind::join && first.kind != ItemKind::gate) continue;
        const Node& n = node_of(first);
        if (first.kind == ItemKind::gate) {
            if (can_still_arrive(n, first.parent, {}, true)) continue;
            leave_item(first.key);
            settle(first.parent);
            return true;
        }
        if (n.kind != Kind::inclusive && (n.kind != Kind::complex || (n.activation.given && !chooser_))) continue;
        std::vector<int> filled;
        std::vector<Key> tokens;
        for (const Item& i : state_.items) {
            if (i.parent != first.parent || i.kind != ItemKind::join || i.element != first.element) continue;
            for (int f : n.incoming)
                if (flow(f).id == i.flow && std::ranges::find(filled, f) == filled.end()) {
                    filled.push_back(f);
                    tokens.push_back(i.key);
                }
        }
        if (tokens.empty() || tokens.front() != first.key) continue;  // looked at with its first token
        if (can_still_arrive(n, first.parent, filled, false)) continue;
        for (Key key : tokens) leave_item(key);
        passed(n, first.parent, filled.back());
        leave(n, first.parent);
        return true;
    }
    return false;
}

void Decider::arrive_event_based(const Ready& r, const Node& n) {
    passed(n, r.scope, r.flow);
    Key key = add_item({.parent = r.scope, .kind = ItemKind::caught, .element = n.id});
    std::vector<Key> at_once;
    for (int f : n.outgoing) {
        const Node& target = node(flow(f).target);
        if (target.kind == Kind::receive_task) {
            emit({.type = EventType::wait_opened,
                  .wait = Wait{.key = state_.next_key,
                               .item = key,
                               .element = target.id,
                               .trigger = Trigger::message,
                               .name = target.message}});
            continue;
        }
        auto armed = arm(key, target);
        at_once.insert(at_once.end(), armed.begin(), armed.end());
    }
    for (Key wait : at_once)
        if (state_.find_wait(wait)) fire(wait, {});
}

}  // namespace motcua::process
