// Errors and escalations climb the scopes until somebody catches them; compensation and cancellation undo finished
// work.
#include <algorithm>

#include "process/decider.hpp"

namespace motcua::process {

/// The nearest catcher, from the inside out. At one level event sub-processes come before boundary events, and a
/// catcher of this very code before one of any code. What is thrown inside an event sub-process is not caught by itself
/// again.
std::optional<Decider::Catcher> Decider::find_catcher(Trigger trigger, std::string_view code, Key from) {
    Key inside = 0;
    for (Key at = from; at;) {
        const Item& i = item(at);
        const Node& n = node_of(i);
        std::optional<Catcher> exact, any;
        auto consider = [&](const Node& event) {
            for (const auto& d : event.events) {
                if (d.trigger != trigger) continue;
                auto wanted = text(d.name, at);
                if (wanted == code && !wanted.empty() && !exact) exact = Catcher{&event, &d, at};
                if (wanted.empty() && !any) any = Catcher{&event, &d, at};
            }
        };
        if (i.kind == ItemKind::process || i.kind == ItemKind::activity) {
            const Node* thrower = inside ? &node_of(item(inside)) : nullptr;
            for (int sub : n.event_subs) {
                if (thrower && thrower->index == sub) continue;
                for (int child : node(sub).children)
                    if (node(child).kind == Kind::start_event) consider(node(child));
            }
        }
        if (exact) return exact;
        if (any) return any;
        bool has_boundaries =
            i.kind == ItemKind::body || (i.kind == ItemKind::activity && item(i.parent).kind != ItemKind::body);
        if (has_boundaries)
            for (int b : n.boundaries) consider(node(b));
        if (exact) return exact;
        if (any) return any;
        inside = at;
        at = i.parent;
    }
    return std::nullopt;
}

bool Decider::throw_code(Trigger trigger, std::string_view code, Key from, const json::object& payload) {
    auto catcher = find_catcher(trigger, code, from);
    if (!catcher) return false;
    // Results of called processes on the way are handed over as if they had ended.
    for (Key at = from; at && at != catcher->item; at = item(at).parent)
        if (item(at).kind == ItemKind::process && item(at).parent) map_out(item(at).parent, Item(item(at)));
    json::object variables = payload;
    if (!catcher->definition->code_variable.empty()) variables[catcher->definition->code_variable] = code;
    if (catcher->event->kind == Kind::boundary_event)
        fire_boundary(catcher->item, *catcher->event, variables);
    else
        start_event_sub(catcher->item, *catcher->event, variables);
    return true;
}

bool Decider::error(std::string_view code, Key from, const json::object& payload) {
    return throw_code(Trigger::error, code, from, payload);
}

// ---- compensation

/// Starts the handlers of finished work in a scope, last finished first; tells how many.
int Decider::run_records(Key scope, std::string_view activity, Key owner) {
    std::vector<Record> records;
    for (const Record& r : state_.records)
        if (r.scope == scope && (activity.empty() || r.element == activity)) records.push_back(r);
    int started = 0;
    for (const auto& record : records) run_record(record, owner, started);  // the last one ends up first in the queue
    return started;
}

void Decider::run_record(const Record& record, Key owner, int& started) {
    int process = node_of(item(record.scope)).process;
    const Node& n = *model_.find_node(process, record.element);
    std::vector<Record> inner;
    for (const Record& r : state_.records)
        if (r.inside == record.key) inner.push_back(r);
    const Node* undo_start = nullptr;
    for (int sub : n.event_subs)
        for (int child : node(sub).children)
            if (node(child).kind == Kind::start_event && !node(child).events.empty() &&
                node(child).events[0].trigger == Trigger::compensation)
                undo_start = &node(child);
    if (undo_start || !inner.empty()) {
        ++started;
        Key scope = add_item({.parent = record.scope,
                              .kind = ItemKind::undoing,
                              .element = n.id,
                              .owner = owner,
                              .variables = record.variables});
        for (Record r : inner) {
            r.inside = 0;
            r.scope = scope;
            emit({.type = EventType::record_moved, .record = std::move(r)});
        }
        emit({.type = EventType::record_used, .key = record.key});
        if (undo_start) {
            Key key = add_item({.parent = scope, .kind = ItemKind::activity, .element = node(undo_start->scope).id});
            passed(*undo_start, key);
            queue_.push_front({.scope = key, .node = undo_start->index, .leaving = true});
        } else {
            run_records(scope, {}, 0);
            settle(scope);
        }
    } else {
        emit({.type = EventType::record_used, .key = record.key});
    }
    if (n.compensation_handler >= 0) {
        ++started;
        queue_.push_front({.scope = record.scope, .node = n.compensation_handler, .owner = owner});
    }
}

void Decider::compensate(const Node& n, Key scope, const EventDefinition& d) {
    // From within an event sub-process, the work of the scope it belongs to.
    std::vector<Key> scopes{scope};
    for (Key at = scope; item(at).kind == ItemKind::activity && node_of(item(at)).by_event;)
        scopes.push_back(at = item(at).parent);
    Key thrown = 0;
    if (d.wait_for_completion) thrown = add_item({.parent = scope, .kind = ItemKind::thrown, .element = n.id});
    int started = 0;
    for (Key at : scopes) started += run_records(at, d.activity, thrown);
    if (!thrown || !alive(thrown)) return;
    Item waiting = item(thrown);
    waiting.total = static_cast<std::uint32_t>(started);
    change(waiting);
    if (waiting.done >= waiting.total) finish_thrown(thrown);
}

void Decider::handler_done(Key owner) {
    if (!alive(owner)) return;
    Item waiting = item(owner);
    if (waiting.kind != ItemKind::thrown) return;
    ++waiting.done;
    change(waiting);
    if (waiting.total && waiting.done >= waiting.total) finish_thrown(owner);
}

void Decider::finish_thrown(Key thrown) {
    const Item done = item(thrown);
    const Node& n = node_of(done);
    leave_item(thrown);
    bool cancels = std::ranges::any_of(n.events, [](const EventDefinition& d) { return d.trigger == Trigger::cancel; });
    if (!cancels) {
        queue_.push_front({.scope = done.parent, .node = n.index, .leaving = true});
        return;
    }
    // The transaction has been undone: it is left by its cancel event.
    Key transaction = item(done.parent).parent && item(item(done.parent).parent).kind == ItemKind::body
                          ? item(done.parent).parent
                          : done.parent;
    for (int b : node_of(item(transaction)).boundaries)
        for (const auto& d : node(b).events)
            if (d.trigger == Trigger::cancel) return fire_boundary(transaction, node(b), {});
    Key around = item(transaction).parent;
    cancel_item(transaction);
    settle(around);
}

void Decider::cancel_transaction(const Node& end, Key scope) {
    Key transaction = scope;
    while (transaction && node_of(item(transaction)).kind != Kind::transaction) transaction = item(transaction).parent;
    if (!transaction) return terminate(scope);
    cancel_children(transaction);
    Key thrown = add_item({.parent = transaction, .kind = ItemKind::thrown, .element = end.id});
    int started = run_records(transaction, {}, thrown);
    Item waiting = item(thrown);
    waiting.total = static_cast<std::uint32_t>(started);
    change(waiting);
    if (waiting.done >= waiting.total) finish_thrown(thrown);
}

void Decider::terminate(Key scope) {
    cancel_children(scope);
    complete_scope(scope);
}

}  // namespace motcua::process
