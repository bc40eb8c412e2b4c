// Events: waiting for them, throwing them, and what happens when one occurs.
#include <algorithm>

#include "process/decider.hpp"
#include "process/timers.hpp"

namespace motcua::process {

std::string Decider::text(const Text& t, Key scope) const {
    if (!t.dynamic) return t.text;
    auto outcome = t.dynamic.evaluate(ItemVariables(state_, scope));
    if (auto* s = outcome.value.if_string()) return std::string(std::string_view(*s));
    return outcome.value.is_null() ? std::string() : json::serialize(outcome.value);
}

// ---- waiting

Result<void> Decider::set_timer(Wait& wait, const EventDefinition& definition) {
    if (chooser_) return {};
    if (definition.timer_kind == TimerKind::working) {
        if (facts_.due) wait.due = facts_.due(facts_.now, definition.working_limit);
        return {};
    }
    auto value = text(definition.timer, wait.item);
    auto schedule = definition.timer_kind == TimerKind::date       ? read_date(value)
                    : definition.timer_kind == TimerKind::duration ? read_duration(value, facts_.now)
                                                                   : read_cycle(value, facts_.now);
    if (!schedule) return std::unexpected(schedule.error());
    wait.due = schedule->first;
    wait.repeat = schedule->repeat;
    wait.cycle = schedule->repeat == 0 ? std::string() : schedule->cycle;
    return {};
}

/// Opens the waits of an event for an item; gives those whose condition is true already.
std::vector<Key> Decider::arm(Key key, const Node& event) {
    std::vector<Key> at_once;
    for (std::size_t i = 0; i < event.events.size(); ++i) {
        const EventDefinition& d = event.events[i];
        if (d.trigger != Trigger::message && d.trigger != Trigger::timer && d.trigger != Trigger::signal &&
            d.trigger != Trigger::conditional)
            continue;
        Wait wait{.key = state_.next_key,
                  .item = key,
                  .element = event.id,
                  .definition = static_cast<std::uint32_t>(i),
                  .trigger = d.trigger};
        if (d.trigger == Trigger::message || d.trigger == Trigger::signal) wait.name = text(d.name, key);
        Result<void> timer;
        if (d.trigger == Trigger::timer) timer = set_timer(wait, d);
        Key opened = wait.key;
        emit({.type = EventType::wait_opened, .wait = std::move(wait)});
        if (!timer) open_incident(key, event, timer.error());
        if (d.trigger != Trigger::conditional || chooser_) continue;
        // An unknown variable is not yet a fault here: it may be set later.
        auto outcome = evaluate(d.condition, key);
        if (!d.condition.value)
            open_incident(key, event, Error{Errc::invalid, outcome.fault, outcome.params});
        else if (auto* yes = outcome.value.if_bool(); yes && *yes)
            at_once.push_back(opened);
    }
    return at_once;
}

void Decider::arm_all(Key key, const std::vector<int>& events) {
    std::vector<Key> at_once;
    for (int e : events) {
        auto armed = arm(key, node(e));
        at_once.insert(at_once.end(), armed.begin(), armed.end());
    }
    for (Key wait : at_once)
        if (state_.find_wait(wait)) fire(wait, {});
}

void Decider::arm_event_subs(const Node& scope_node, Key scope) {
    std::vector<int> starts;
    for (int sub : scope_node.event_subs)
        for (int child : node(sub).children)
            if (node(child).kind == Kind::start_event) starts.push_back(child);
    arm_all(scope, starts);
}

void Decider::catch_event(const Ready& r, const Node& n) {
    bool waits = std::ranges::any_of(n.events, [](const EventDefinition& d) {
        return d.trigger == Trigger::message || d.trigger == Trigger::timer || d.trigger == Trigger::signal ||
               d.trigger == Trigger::conditional;
    });
    if (!waits) {
        passed(n, r.scope, r.flow);
        return leave(n, r.scope);
    }
    Key key = add_item({.parent = r.scope,
                        .kind = ItemKind::caught,
                        .element = n.id,
                        .flow = r.flow >= 0 ? flow(r.flow).id : std::string()});
    for (Key wait : arm(key, n))
        if (state_.find_wait(wait)) fire(wait, {});
}

void Decider::arm_what_is_new() {
    for (const Item& i : std::vector<Item>(state_.items)) {
        const Node& n = node_of(i);
        std::vector<int> events;
        bool rounds = i.kind == ItemKind::activity && item(i.parent).kind == ItemKind::body;
        if (i.kind == ItemKind::body || (i.kind == ItemKind::activity && !rounds)) events = n.boundaries;
        if (i.kind == ItemKind::process || (i.kind == ItemKind::activity && is_sub_process(n.kind)))
            for (int sub : n.event_subs)
                for (int child : node(sub).children)
                    if (node(child).kind == Kind::start_event) events.push_back(child);
        if (i.kind == ItemKind::caught && n.kind == Kind::catch_event) events.push_back(n.index);
        std::erase_if(events, [&](int e) {
            return std::ranges::any_of(state_.waits,
                                       [&](const Wait& w) { return w.item == i.key && w.element == node(e).id; });
        });
        if (alive(i.key)) arm_all(i.key, events);
    }
}

// ---- occurring

bool Decider::next_repeat(const Wait& wait) {
    if (wait.repeat == 0 || !wait.due) return false;
    auto next = next_firing(wait.cycle, *wait.due);
    if (!next) return false;
    Wait again = wait;
    again.due = next;
    if (again.repeat > 0) --again.repeat;
    emit({.type = EventType::wait_changed, .wait = std::move(again)});
    return true;
}

void Decider::fire(Key key, const json::object& payload) {
    const Wait wait = *state_.find_wait(key);
    const Item owner = item(wait.item);
    if (wait.trigger == Trigger::continuation) {
        leave_item(owner.key);
        queue_.push_front({.scope = owner.parent,
                           .node = node_of(owner).index,
                           .leaving = owner.leaving,
                           .resumed = true,
                           .owner = owner.owner,
                           .round = owner.index});
        return;
    }
    const Node& event = event_of(wait);
    if (event.parallel_multiple && event.events.size() > 1) {
        // All of them must occur.
        Wait seen = wait;
        seen.seen = true;
        emit({.type = EventType::wait_changed, .wait = std::move(seen)});
        assign(wait.item, payload);
        bool all = std::ranges::all_of(
            state_.waits, [&](const Wait& w) { return w.item != wait.item || w.element != wait.element || w.seen; });
        if (!all) return;
    }
    if (is_activity(event.kind) && owner.kind == ItemKind::activity) {  // receive task, script that takes its time
        assign(owner.key, payload);
        if (wait.trigger != Trigger::timer) return complete_activity(owner.key);
        emit({.type = EventType::wait_closed, .key = wait.key});
        return work(owner.key);
    }
    if (owner.kind == ItemKind::caught) {
        assign(owner.parent, payload);
        if (!alive(owner.key)) return;  // a condition on one of these variables has interrupted the scope
        bool stays = event.kind == Kind::catch_event && wait.trigger == Trigger::timer && wait.repeat > 0 &&
                     owner.element == event.id && next_repeat(wait);
        passed(event, owner.parent);
        if (!stays) leave_item(owner.key);
        queue_.push_front({.scope = owner.parent, .node = event.index, .leaving = true});
        return;
    }
    if (event.kind == Kind::boundary_event) {
        if (!event.interrupting && wait.trigger == Trigger::timer && !next_repeat(wait))
            emit({.type = EventType::wait_closed, .key = wait.key});
        return fire_boundary(owner.key, event, payload);
    }
    if (event.kind == Kind::start_event) {
        if (!event.interrupting && wait.trigger == Trigger::timer && !next_repeat(wait))
            emit({.type = EventType::wait_closed, .key = wait.key});
        return start_event_sub(owner.key, event, payload);
    }
}

/// A non-interrupting event that needs several things starts to wait for all of them again.
void Decider::forget_seen(Key key, const Node& event) {
    if (!event.parallel_multiple || event.interrupting) return;
    for (Wait w : std::vector<Wait>(state_.waits)) {
        if (w.item != key || w.element != event.id || !w.seen) continue;
        w.seen = false;
        emit({.type = EventType::wait_changed, .wait = std::move(w)});
    }
}

void Decider::fire_boundary(Key activity, const Node& event, const json::object& payload) {
    const Item at = item(activity);
    forget_seen(activity, event);
    assign(at.parent, payload);
    passed(event, at.parent);
    if (event.interrupting) cancel_item(activity);
    queue_.push_front({.scope = at.parent, .node = event.index, .leaving = true});
    if (event.interrupting && at.owner) handler_done(at.owner);
}

void Decider::start_event_sub(Key scope, const Node& start_event, const json::object& payload) {
    const Node& sub = node(start_event.scope);
    forget_seen(scope, start_event);
    assign(scope, payload);
    if (start_event.interrupting) {
        cancel_children(scope);
        for (const Wait& w : std::vector<Wait>(state_.waits))
            if (w.item == scope && event_of(w).kind == Kind::start_event)
                emit({.type = EventType::wait_closed, .key = w.key});
    }
    Key key = add_item({.parent = scope, .kind = ItemKind::activity, .element = sub.id});
    arm_event_subs(sub, key);
    if (!alive(key)) return;
    passed(start_event, key);
    queue_.push_front({.scope = key, .node = start_event.index, .leaving = true});
}

void Decider::look_at_conditions() {
    auto changed = std::move(changed_);
    changed_.clear();
    if (chooser_) return;
    for (const Wait& w : std::vector<Wait>(state_.waits)) {
        if (w.trigger != Trigger::conditional || w.seen || !state_.find_wait(w.key)) continue;
        const EventDefinition& d = event_of(w).events[w.definition];
        bool concerned = std::ranges::any_of(changed, [&](const auto& change) {
            if (!d.variable_name.empty() && d.variable_name != change.name) return false;
            if (change.created ? !d.on_create : !d.on_update) return false;
            for (Key at = w.item; at; at = item(at).parent)
                if (at == change.scope) return true;
            return false;
        });
        if (!concerned) continue;
        auto outcome = evaluate(d.condition, w.item);
        if (auto* yes = outcome.value.if_bool(); yes && *yes) {
            if (++steps_ > steps_max) return;
            fire(w.key, {});
        }
    }
}

// ---- throwing

void Decider::throw_event(const Ready& r, const Node& n) {
    bool speaks = std::ranges::any_of(n.events, [](const EventDefinition& d) {
        return d.trigger == Trigger::message || d.trigger == Trigger::signal;
    });
    // Tokens are concurrent, so listeners that are about to be reached are let in before anything is said.
    if (speaks && !r.deferred && !queue_.empty()) {
        Ready later = r;
        later.deferred = true;
        queue_.push_back(later);
        return;
    }
    passed(n, r.scope, r.flow);
    for (const auto& d : n.events) {
        if (d.trigger == Trigger::terminate) return terminate(r.scope);
        if (d.trigger == Trigger::cancel) return cancel_transaction(n, r.scope);
        if (d.trigger == Trigger::error) {
            auto code = text(d.name, r.scope);
            if (!error(code, r.scope, {})) {
                // Nobody catches it: the branch ends, as at a plain end event.
                emit({.type = EventType::error_uncaught, .key = r.scope, .element = n.id, .name = code});
                settle(r.scope);
            }
            return;
        }
        if (d.trigger == Trigger::link) {
            for (int sibling : node(n.scope).children) {
                const Node& target = node(sibling);
                if (target.kind == Kind::catch_event && !target.events.empty() &&
                    target.events[0].trigger == Trigger::link && target.events[0].name.text == d.name.text) {
                    queue_.push_front({.scope = r.scope, .node = sibling});
                    return;
                }
            }
            Error lost{Errc::invalid, "process.link_without_target", {{"link", d.name.text}}};
            return park({.scope = r.scope, .node = n.index}, &lost);
        }
    }
    // The token itself waits at the head of the queue: when what is thrown interrupts its scope, it goes with it.
    queue_.push_front({.scope = r.scope, .node = n.index, .leaving = true});
    for (const auto& d : n.events) {
        if (!alive(r.scope)) return;
        auto still_here = [&] {
            return std::ranges::any_of(
                queue_, [&](const Ready& q) { return q.leaving && q.node == n.index && q.scope == r.scope; });
        };
        if (!still_here()) return;
        switch (d.trigger) {
            case Trigger::message:
                if (n.foreign.empty()) message(text(d.name, r.scope), {}, nullptr, &n);
                break;
            case Trigger::signal: {
                auto name = text(d.name, r.scope);
                emit({.type = EventType::signal_sent, .key = r.scope, .element = n.id, .name = name});
                signal(name, {});
                break;
            }
            case Trigger::escalation: {
                auto code = text(d.name, r.scope);
                throw_code(Trigger::escalation, code, r.scope, {});
                break;
            }
            case Trigger::compensation:
                if (d.wait_for_completion)
                    std::erase_if(queue_,
                                  [&](const Ready& q) { return q.leaving && q.node == n.index && q.scope == r.scope; });
                compensate(n, r.scope, d);
                break;
            default:
                break;
        }
    }
}

bool Decider::message(std::string_view name, const json::object& payload, const json::object* correlation,
                      const Node* sender) {
    auto wanted = [&](const Wait& w) {
        if (w.trigger != Trigger::message || w.name != name || w.seen) return false;
        if (!correlation) return true;
        ItemVariables variables(state_, w.item);
        return std::ranges::all_of(*correlation, [&](const auto& member) {
            const json::value* value = variables.find(member.key());
            return value && *value == member.value();
        });
    };
    auto it = std::ranges::find_if(state_.waits, wanted);
    bool delivered = it != state_.waits.end();
    const Node* pool = nullptr;
    const Node* entry = nullptr;
    if (!delivered && sender)
        for (const auto& trigger : start_triggers(model_, facts_.now)) {
            const Node* process = model_.find_process(trigger.process);
            if (trigger.trigger != Trigger::message || trigger.name != name || process->index == sender->process)
                continue;
            bool led_to = std::ranges::any_of(model_.message_flows, [&](const MessageFlow& f) {
                return f.source == sender->id && (f.target == trigger.element || f.pool == trigger.process);
            });
            if (led_to) pool = process, entry = model_.find_node(process->index, trigger.element);
        }
    if (sender)
        emit({.type = EventType::message_sent,
              .element = sender->id,
              .name = std::string(name),
              .delivered = delivered || pool,
              .variables = payload});
    if (delivered)
        fire(it->key, payload);
    else if (pool)
        start_process(*pool, entry, payload);
    return delivered || pool;
}

void Decider::signal(std::string_view name, const json::object& payload) {
    std::vector<Key> listeners;
    for (const Wait& w : state_.waits)
        if (w.trigger == Trigger::signal && w.name == name && !w.seen) listeners.push_back(w.key);
    for (Key key : listeners)
        if (state_.find_wait(key)) fire(key, payload);
}

/// Events that a multi-instance activity throws by itself as its instances finish; its boundary events hear them and do
/// not interrupt it (BPMN 2.0 §10.2.8, "behavior").
void Decider::throw_behavior(Key body, const Node& n) {
    const Item b = item(body);
    for (const auto& [condition, definition] : n.loop.thrown) {
        if (n.loop.behavior == Behavior::one && b.done != 1) continue;
        if (n.loop.behavior == Behavior::complex && !chooser_) {
            auto counts = loop_counts(b);
            auto yes = decide(condition, body, &counts);
            if (!yes || !*yes) continue;
        }
        for (int boundary : n.boundaries)
            for (const auto& d : node(boundary).events)
                if (d.trigger == definition.trigger && d.name.text == definition.name.text) {
                    passed(node(boundary), b.parent);
                    queue_.push_front({.scope = b.parent, .node = boundary, .leaving = true});
                }
    }
}

}  // namespace motcua::process
