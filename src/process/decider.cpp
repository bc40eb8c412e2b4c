// Tokens, scopes and the run loop.
#include "process/decider.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace motcua::process {

const json::value* ItemVariables::find(std::string_view name) const {
    if (extra_)
        if (auto* value = extra_->if_contains(name)) return value;
    for (Key at = item_; at;) {
        const Item* item = instance_.find_item(at);
        if (!item) return nullptr;
        if (auto* value = item->variables.if_contains(name)) return value;
        if (item->kind == ItemKind::process) return nullptr;  // a called process sees nothing of its caller
        at = item->parent;
    }
    return nullptr;
}

expression::Outcome Decider::evaluate(const Formula& formula, Key from, const json::object* extra) const {
    if (!formula.value) return {nullptr, "process.expression_unreadable", {{"expression", formula.text}}};
    return formula.value.evaluate(ItemVariables(state_, from, extra));
}

Result<bool> Decider::decide(const Formula& formula, Key from, const json::object* extra) const {
    auto outcome = evaluate(formula, from, extra);
    if (auto* answer = outcome.value.if_bool()) return *answer;
    return fail(Errc::invalid, "process.condition_undecided",
                {{"expression", formula.text},
                 {"cause", outcome.fault},
                 {"value", json::serialize(outcome.value).substr(0, 100)}});
}

const Node& Decider::node_of(const Item& item) const {
    auto fits = [&](const Node& n) {
        return n.id == item.element && (item.kind == ItemKind::process) == (n.kind == Kind::process);
    };
    const Item* process = &item;
    while (process->kind != ItemKind::process) process = state_.find_item(process->parent);
    if (item.node_hint >= 0 && static_cast<std::size_t>(item.node_hint) < model_.nodes.size()) {
        const Node& hinted = node(item.node_hint);
        if (fits(hinted) && node(hinted.process).id == process->element) return hinted;
    }
    const Node* root = model_.find_process(process->element);
    const Node* found = item.kind == ItemKind::process ? root
                        : root                         ? model_.find_node(root->index, item.element)
                                                       : nullptr;
    CHECK(found, "element {} is not in the model", item.element);
    item.node_hint = found->index;
    return *found;
}

const Node& Decider::event_of(const Wait& wait) const {
    const Item& owner = item(wait.item);
    if (owner.element == wait.element && owner.kind != ItemKind::process) return node_of(owner);
    const Node* found = model_.find_node(node_of(owner).process, wait.element);
    CHECK(found, "element {} is not in the model", wait.element);
    return *found;
}

Result<void> Decider::check() const {
    if (state_.status != Status::active) return fail(Errc::conflict, "process.ended");
    auto mismatch = [](const std::string& element) {
        return fail(Errc::conflict, "process.model_mismatch", {{"element", element}});
    };
    for (const Item& i : state_.items) {
        const Item* at = &i;
        while (at && at->kind != ItemKind::process) at = at->parent ? state_.find_item(at->parent) : nullptr;
        const Node* root = at ? model_.find_process(at->element) : nullptr;
        if (!root || (i.parent && !state_.find_item(i.parent)) || (!i.parent && i.kind != ItemKind::process))
            return mismatch(i.element);
        if (i.kind == ItemKind::process) continue;
        const Node* found = model_.find_node(root->index, i.element);
        if (!found) return mismatch(i.element);
        bool activity = i.kind == ItemKind::activity || i.kind == ItemKind::body || i.kind == ItemKind::undoing;
        if (activity != is_activity(found->kind) && i.kind != ItemKind::token) return mismatch(i.element);
    }
    for (const Wait& w : state_.waits) {
        const Item* owner = state_.find_item(w.item);
        if (!owner) return mismatch(w.element);
        const Node* found = model_.find_node(node_of(*owner).process, w.element);
        if (!found) return mismatch(w.element);
        bool definition =
            w.trigger == Trigger::continuation || is_activity(found->kind) || w.definition < found->events.size();
        if (!definition) return mismatch(w.element);
    }
    for (const Record& r : state_.records) {
        bool known = false;
        for (int p : model_.processes) known = known || model_.find_node(p, r.element);
        if (!known || (r.scope && !state_.find_item(r.scope))) return mismatch(r.element);
    }
    return {};
}

void Decider::emit(Event event) {
    process::apply(state_, event);
    events_.push_back(std::move(event));
}

Key Decider::add_item(Item item) {
    item.key = state_.next_key;
    Key key = item.key;
    emit({.type = EventType::entered, .item = std::move(item)});
    return key;
}

void Decider::change(const Item& item) {
    Item copy = item;
    copy.variables.clear();
    emit({.type = EventType::changed, .item = std::move(copy)});
}

void Decider::leave_item(Key key) { emit({.type = EventType::left, .key = key}); }

void Decider::drop_dead() {
    std::erase_if(queue_, [&](const Ready& r) { return !alive(r.scope); });
}

void Decider::cancel_item(Key key) {
    emit({.type = EventType::cancelled, .key = key});
    drop_dead();
}

void Decider::cancel_children(Key scope) {
    std::vector<Key> children;
    for (const Item& i : state_.items)
        if (i.parent == scope) children.push_back(i.key);
    for (Key child : children) emit({.type = EventType::cancelled, .key = child});
    std::erase_if(queue_, [&](const Ready& r) { return r.scope == scope || !alive(r.scope); });
}

void Decider::passed(const Node& n, Key scope, int by) {
    emit({.type = EventType::passed, .key = scope, .element = n.id, .flow = by >= 0 ? flow(by).id : std::string()});
}

void Decider::open_incident(Key key, const Node& n, const Error& error) {
    emit({.type = EventType::incident_opened,
          .incident = Incident{state_.next_key, key, n.id, error.reason, error.params}});
}

Key Decider::main_item() const { return state_.items.empty() ? 0 : state_.items.front().key; }

void Decider::assign(Key from, const json::object& variables) {
    for (const auto& [name, value] : variables) {
        // Where the variable is, else in the process.
        Key target = 0;
        for (Key at = from; at;) {
            const Item& i = item(at);
            bool process = i.kind == ItemKind::process;
            if (process || i.variables.contains(name)) {
                target = at;
                break;
            }
            at = i.parent;
        }
        if (target) set_local(target, {{name, value}});
    }
}

void Decider::set_local(Key key, json::object variables) {
    if (variables.empty()) return;
    const json::object& before = item(key).variables;
    for (const auto& member : variables)
        changed_.push_back({key, std::string(member.key()), !before.contains(member.key())});
    emit({.type = EventType::variables_set, .key = key, .variables = std::move(variables)});
}

// ---- the run loop

void Decider::run() {
    const int limit = chooser_ ? 500 : steps_max;
    while (true) {
        if (chooser_ && chooser_->gives_up()) return;
        if (!changed_.empty()) look_at_conditions();
        if (queue_.empty()) {
            if (!check_joins()) break;
            continue;
        }
        if (++steps_ > limit || state_.items.size() > items_max || queue_.size() > items_max) {
            park_all();
            break;
        }
        Ready ready = queue_.front();
        queue_.pop_front();
        Key scope = ready.scope;
        if (!alive(scope)) continue;
        step(ready);
        settle(scope);
    }
    if (state_.status == Status::active && state_.items.empty()) emit({.type = EventType::ended, .name = "completed"});
}

void Decider::park(const Ready& r, const Error* error) {
    const Node& n = node(r.node);
    Item token{.parent = r.scope,
               .kind = ItemKind::token,
               .element = n.id,
               .flow = r.flow >= 0 ? flow(r.flow).id : std::string(),
               .index = r.round,
               .owner = r.owner,
               .leaving = r.leaving};
    Key key = add_item(std::move(token));
    if (error) return open_incident(key, n, *error);
    emit({.type = EventType::wait_opened,
          .wait = Wait{.key = state_.next_key,
                       .item = key,
                       .element = n.id,
                       .trigger = Trigger::continuation,
                       .due = facts_.now}});
}

void Decider::park_all() {
    Error error{Errc::conflict, "process.loop_without_wait", {{"limit", std::to_string(steps_max)}}};
    auto tokens = std::move(queue_);
    queue_.clear();
    for (const Ready& r : tokens)
        if (alive(r.scope)) park(r, &error);
}

void Decider::step(Ready r) {
    const Node& n = node(r.node);
    if (r.leaving) return leave(n, r.scope, r.resumed);
    bool round = item(r.scope).kind == ItemKind::body && item(r.scope).element == n.id;
    if ((round ? n.loop.async_before : n.async_before) && !r.resumed && !chooser_) return park(r, nullptr);
    if (n.start_quantity > 1 && !r.resumed && !round) {
        std::vector<Key> waiting;
        for (const Item& i : state_.items)
            if (i.parent == r.scope && i.kind == ItemKind::join && i.element == n.id) waiting.push_back(i.key);
        if (waiting.size() + 1 < static_cast<std::size_t>(n.start_quantity)) {
            add_item({.parent = r.scope,
                      .kind = ItemKind::join,
                      .element = n.id,
                      .flow = r.flow >= 0 ? flow(r.flow).id : std::string()});
            return;
        }
        for (Key key : waiting) leave_item(key);
    }
    switch (n.kind) {
        case Kind::process:
        case Kind::boundary_event:
            return;
        case Kind::start_event:
            passed(n, r.scope, r.flow);
            return leave(n, r.scope);
        case Kind::catch_event:
            return catch_event(r, n);
        case Kind::throw_event:
        case Kind::end_event:
            return throw_event(r, n);
        case Kind::exclusive:
            passed(n, r.scope, r.flow);
            return leave(n, r.scope);
        case Kind::parallel:
            return arrive_parallel(r, n);
        case Kind::inclusive:
        case Kind::complex:
            return arrive_merging(r, n);
        case Kind::event_based:
            return arrive_event_based(r, n);
        default:
            return begin_activity(r, n);
    }
}

Result<std::vector<int>> Decider::select_flows(const Node& n, Key scope) {
    if (n.outgoing.empty()) return std::vector<int>{};
    if (n.kind == Kind::parallel) return n.outgoing;
    std::vector<int> chosen;
    bool several = n.outgoing.size() > 1 || flow(n.outgoing[0]).condition.given;
    if (chooser_ && several) {
        for (auto i : chooser_->choose_flows(n)) chosen.push_back(n.outgoing[i]);
        if (n.kind == Kind::exclusive) return chosen;
        // Flows without condition are always taken, the default flow only alone.
        for (int f : n.outgoing)
            if (f != n.default_flow && !flow(f).condition.given && std::ranges::find(chosen, f) == chosen.end())
                chosen.push_back(f);
        if (chosen.size() > 1) std::erase(chosen, n.default_flow);
        return chosen;
    }
    for (int f : n.outgoing) {
        if (f == n.default_flow) continue;
        const Formula& condition = flow(f).condition;
        if (condition.given && !TRY(decide(condition, scope))) continue;
        chosen.push_back(f);
        if (n.kind == Kind::exclusive) break;
    }
    if (chosen.empty() && n.default_flow >= 0) chosen.push_back(n.default_flow);
    // An activity whose conditions are all false ends its token; a gateway must go somewhere.
    if (chosen.empty() && is_gateway(n.kind)) return fail(Errc::invalid, "process.no_flow_chosen", {{"element", n.id}});
    return chosen;
}

void Decider::leave(const Node& n, Key scope, bool resumed) {
    if (!alive(scope)) return;
    if (n.async_after && !resumed && !chooser_)
        return park({.scope = scope, .node = n.index, .leaving = true}, nullptr);
    auto flows = select_flows(n, scope);
    if (!flows) return park({.scope = scope, .node = n.index, .leaving = true}, &flows.error());
    take_flows(n, scope, *flows);
}

void Decider::take_flows(const Node& n, Key scope, const std::vector<int>& flows) {
    int copies = is_activity(n.kind) ? n.completion_quantity : 1;
    for (int copy = 0; copy < copies; ++copy)
        for (auto it = flows.rbegin(); it != flows.rend(); ++it)
            queue_.push_front({.scope = scope, .node = flow(*it).target, .flow = *it});
    if (!flows.empty()) return;
    if (item(scope).kind == ItemKind::activity && node_of(item(scope)).kind == Kind::ad_hoc)
        ad_hoc_consumed(scope, node_of(item(scope)));
    settle(scope);
}

// ---- scopes

bool Decider::has_work(Key scope) const {
    if (std::ranges::any_of(queue_, [&](const Ready& r) { return r.scope == scope; })) return true;
    return std::ranges::any_of(state_.items, [&](const Item& i) { return i.parent == scope; });
}

void Decider::settle(Key scope) {
    const Item* i = state_.find_item(scope);
    if (!i) return;
    bool is_scope = i->kind == ItemKind::process || i->kind == ItemKind::undoing ||
                    (i->kind == ItemKind::activity && is_sub_process(node_of(*i).kind));
    if (!is_scope || has_work(scope)) return;
    if (i->kind == ItemKind::activity && node_of(*i).kind == Kind::ad_hoc) return ad_hoc_progress(scope, node_of(*i));
    complete_scope(scope);
}

void Decider::complete_scope(Key scope) {
    const Item done = item(scope);
    switch (done.kind) {
        case ItemKind::process:
            if (done.parent) return finish_call(done.parent, done);
            leave_item(scope);
            return;
        case ItemKind::undoing:
            leave_item(scope);
            if (done.owner) handler_done(done.owner);
            return settle(done.parent);
        default:
            if (!node_of(done).by_event) return complete_activity(scope);
            leave_item(scope);
            return settle(done.parent);
    }
}

void Decider::enter_scope(const Node& scope_node, Key scope) {
    arm_event_subs(scope_node, scope);
    if (!alive(scope) || has_work(scope)) return;  // a condition was true at once and has interrupted
    const auto& entries = scope_node.entries;
    for (auto it = entries.rbegin(); it != entries.rend(); ++it) queue_.push_front({.scope = scope, .node = *it});
    if (entries.empty()) settle(scope);
}

// ---- moves from outside

void Decider::start_process(const Node& process, const Node* start_event, const json::object& variables) {
    if (state_.items.empty()) emit({.type = EventType::started, .element = process.id});
    Key key = add_item({.kind = ItemKind::process, .element = process.id});
    if (!variables.empty()) emit({.type = EventType::variables_set, .key = key, .variables = variables});
    if (!start_event) return enter_scope(process, key);
    arm_event_subs(process, key);
    if (!alive(key)) return;
    passed(*start_event, key);
    // Behind an instantiating gateway whose events must all occur, the others are still awaited.
    for (int f : start_event->incoming) {
        const Node& gateway = node(flow(f).source);
        if (gateway.kind != Kind::event_based || !gateway.instantiate || !gateway.parallel_events) continue;
        for (int other : gateway.outgoing)
            if (flow(other).target != start_event->index)
                queue_.push_back({.scope = key, .node = flow(other).target, .flow = other});
    }
    queue_.push_front({.scope = key, .node = start_event->index, .leaving = true});
}

void Decider::complete(Key key, const json::object& variables) {
    assign(key, variables);
    if (!changed_.empty()) look_at_conditions();
    if (alive(key)) complete_activity(key);
}

void Decider::jump(Key key, const Node& target) {
    const Item left = item(key);
    Key holder = left.parent;
    if (item(holder).kind == ItemKind::body) holder = item(holder).parent;
    // Up to the scope in which the target lies; what is in between is given up.
    Key top = item(left.parent).kind == ItemKind::body ? left.parent : key;
    while (node_of(item(holder)).index != target.scope) {
        top = holder;
        holder = item(holder).parent;
        if (item(holder).kind == ItemKind::body) {
            top = holder;
            holder = item(holder).parent;
        }
    }
    // Tokens in that scope that the target will produce again: reached from it without passing a converging gateway.
    std::vector<bool> reached(model_.nodes.size());
    std::vector<int> front{target.index};
    while (!front.empty()) {
        const Node& n = node(front.back());
        front.pop_back();
        if (reached[static_cast<std::size_t>(n.index)]) continue;
        reached[static_cast<std::size_t>(n.index)] = true;
        if (n.incoming.size() > 1 && is_gateway(n.kind) && n.kind != Kind::exclusive) continue;
        for (int f : n.outgoing) front.push_back(flow(f).target);
        for (int b : n.boundaries) front.push_back(b);
    }
    std::vector<Key> given_up{top};
    for (const Item& i : state_.items) {
        if (i.parent != holder || i.key == top) continue;
        const Node& n = node_of(i);
        bool behind =
            i.kind == ItemKind::join
                ? std::ranges::any_of(
                      n.incoming,
                      [&](int f) { return flow(f).id == i.flow && reached[static_cast<std::size_t>(flow(f).source)]; })
                : reached[static_cast<std::size_t>(n.index)];
        if (behind && n.index != target.index) given_up.push_back(i.key);
    }
    for (Key k : given_up) cancel_item(k);
    queue_.push_front({.scope = holder, .node = target.index, .resumed = true});
}

void Decider::retry(const Incident& incident) {
    const Item at = item(incident.item);
    emit({.type = EventType::incident_closed, .key = incident.key});
    if (at.kind == ItemKind::token) {
        leave_item(at.key);
        queue_.push_front({.scope = at.parent,
                           .node = node_of(at).index,
                           .leaving = at.leaving,
                           .resumed = true,
                           .owner = at.owner,
                           .round = at.index});
        return;
    }
    bool timers = false;
    for (const Wait& w : std::vector<Wait>(state_.waits)) {
        if (w.item != at.key || w.trigger != Trigger::timer || w.due) continue;
        Wait again = w;
        const Node& event = event_of(w);
        if (w.definition >= event.events.size()) continue;
        timers = true;
        if (auto set = set_timer(again, event.events[w.definition]); !set)
            open_incident(at.key, event, set.error());
        else
            emit({.type = EventType::wait_changed, .wait = again});
    }
    if (!timers && at.kind == ItemKind::activity) work(at.key);
    if (at.kind == ItemKind::body) progress_body(at.key, node_of(at));
}

void Decider::skip(const Incident& incident, int chosen) {
    const Item at = item(incident.item);
    const Node& n = node_of(at);
    emit({.type = EventType::incident_closed, .key = incident.key});
    if (at.kind == ItemKind::activity) {
        if (incident.element == at.element) complete_activity(at.key);
        return;
    }
    if (at.kind == ItemKind::body && n.loop.kind == LoopKind::sequential)
        queue_.push_front({.scope = at.key, .node = n.index, .round = at.done});
    if (at.kind == ItemKind::caught && n.kind == Kind::catch_event) {
        passed(n, at.parent);
        leave_item(at.key);
        queue_.push_front({.scope = at.parent, .node = n.index, .leaving = true});
        return;
    }
    if (at.kind != ItemKind::token) return;
    leave_item(at.key);
    if (item(at.parent).kind == ItemKind::body) return complete_body(at.parent, n);
    if (chosen < 0 && n.outgoing.size() == 1) chosen = n.outgoing[0];
    if (chosen < 0) chosen = n.default_flow;
    if (chosen >= 0) return take_flows(n, at.parent, {chosen});
    if (n.outgoing.empty() || !is_gateway(n.kind)) return take_flows(n, at.parent, {});
    Error error{Errc::invalid, "process.no_flow_chosen", {{"element", n.id}}};
    park({.scope = at.parent, .node = n.index, .leaving = true}, &error);
}

}  // namespace motcua::process
