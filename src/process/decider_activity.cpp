// Activities: rounds of loops and multiple instances, scripts, calls, completion.
#include <algorithm>
#include <cmath>

#include "process/decider.hpp"
#include "process/timers.hpp"

namespace motcua::process {

void Decider::begin_activity(const Ready& r, const Node& n) {
    bool in_body = item(r.scope).kind == ItemKind::body && item(r.scope).element == n.id;
    if (n.loop.kind != LoopKind::none && !in_body) return begin_loop(r, n);
    json::object locals;
    if (in_body) {
        const Item& body = item(r.scope);
        locals["loopCounter"] = r.round;
        if (auto* items = body.variables.if_contains("~items"); items && r.round < items->as_array().size())
            locals[n.loop.element_variable.empty() ? "item" : n.loop.element_variable] = items->as_array()[r.round];
    }
    begin_round(r, n, std::move(locals));
}

void Decider::begin_loop(const Ready& r, const Node& n) {
    const Loop& loop = n.loop;
    std::uint32_t total = 0;
    json::object locals;
    if (loop.kind == LoopKind::standard) {
        if (loop.maximum && *loop.maximum < 0) {
            Error error{Errc::invalid,
                        "process.loop_count_invalid",
                        {{"element", n.id}, {"value", std::to_string(*loop.maximum)}}};
            return park(r, &error);
        }
        if (loop.test_before && loop.condition.given && !chooser_) {
            json::object counter{{"loopCounter", 0}};
            auto go = decide(loop.condition, r.scope, &counter);
            if (!go) return park(r, &go.error());
            if (!*go) return leave(n, r.scope);
        }
        if (loop.maximum && *loop.maximum == 0) return leave(n, r.scope);
        total = 1;
    } else if (chooser_) {
        total = chooser_->choose_rounds(n);
    } else if (loop.collection.given) {
        auto outcome = evaluate(loop.collection, r.scope);
        if (!outcome.value.is_array()) {
            Error error{
                Errc::invalid, "process.collection_invalid", {{"element", n.id}, {"expression", loop.collection.text}}};
            return park(r, &error);
        }
        total = static_cast<std::uint32_t>(std::min<std::size_t>(outcome.value.as_array().size(), rounds_max + 1));
        locals["~items"] = std::move(outcome.value);
    } else {
        auto outcome = evaluate(loop.cardinality, r.scope);
        double wanted = -1;
        if (outcome.value.is_number()) wanted = outcome.value.to_number<double>();
        if (auto* text = outcome.value.if_string()) wanted = std::atof(text->c_str());
        if (!(wanted >= 0) || wanted != std::floor(wanted)) {
            Error error{Errc::invalid,
                        "process.loop_count_invalid",
                        {{"element", n.id}, {"value", json::serialize(outcome.value).substr(0, 100)}}};
            return park(r, &error);
        }
        total = static_cast<std::uint32_t>(std::min<double>(wanted, rounds_max + 1));
    }
    if (total > rounds_max) {
        Error error{
            Errc::invalid, "process.too_many_rounds", {{"element", n.id}, {"limit", std::to_string(rounds_max)}}};
        return park(r, &error);
    }
    if (total == 0) return leave(n, r.scope);
    if (loop.kind != LoopKind::standard) {
        locals["nrOfInstances"] = total;
        locals["nrOfCompletedInstances"] = 0;
        locals["nrOfActiveInstances"] = loop.kind == LoopKind::parallel ? total : 1;
    }
    Key body = add_item({.parent = r.scope,
                         .kind = ItemKind::body,
                         .element = n.id,
                         .total = total,
                         .owner = r.owner,
                         .variables = std::move(locals)});
    arm_all(body, n.boundaries);
    if (!alive(body)) return;
    std::uint32_t first_batch = loop.kind == LoopKind::parallel ? total : 1;
    for (std::uint32_t i = first_batch; i-- > 0;) queue_.push_front({.scope = body, .node = n.index, .round = i});
}

void Decider::begin_round(const Ready& r, const Node& n, json::object locals) {
    bool in_body = item(r.scope).kind == ItemKind::body;
    bool waits = n.kind == Kind::user_task || n.kind == Kind::receive_task || n.kind == Kind::call_activity ||
                 is_sub_process(n.kind) || !n.call.empty() || !n.script.wait.empty() ||
                 (n.kind == Kind::send_task && !n.message.empty());
    if (!waits && !in_body && !r.owner && n.boundaries.empty() && n.inputs.empty() && n.outputs.empty() &&
        n.compensation_handler < 0) {
        passed(n, r.scope, r.flow);
        if (auto done = perform(n, r.scope); !done) return park({.scope = r.scope, .node = n.index}, &done.error());
        return leave(n, r.scope);
    }
    Key key = add_item({.parent = r.scope,
                        .kind = ItemKind::activity,
                        .element = n.id,
                        .flow = r.flow >= 0 ? flow(r.flow).id : std::string(),
                        .index = r.round,
                        .owner = in_body ? 0 : r.owner,
                        .variables = std::move(locals)});
    json::object inputs;
    for (const auto& input : n.inputs) {
        if (chooser_) break;
        auto outcome = evaluate(input.value, key, &inputs);
        inputs[input.target] = std::move(outcome.value);
    }
    set_local(key, std::move(inputs));
    if (!in_body) arm_all(key, n.boundaries);
    if (alive(key)) work(key);
}

/// What an activity does at once, without waiting.
Result<void> Decider::perform(const Node& n, Key from) {
    if (chooser_) return {};
    if (n.call_expression.given &&
        (n.kind == Kind::service_task || n.kind == Kind::business_rule_task || n.kind == Kind::send_task)) {
        auto outcome = evaluate(n.call_expression, from);
        if (!n.result_variable.empty()) {
            if (!outcome.fault.empty() && outcome.value.is_null())
                return fail(Errc::invalid, "process.expression_failed",
                            {{"expression", n.call_expression.text}, {"cause", outcome.fault}});
            assign(from, {{n.result_variable, std::move(outcome.value)}});
        }
    }
    if (n.kind == Kind::script_task)
        for (const auto& assignment : n.script.assignments) {
            if (assignment.target.empty()) continue;
            auto outcome = evaluate(assignment.value, from);
            if (!outcome.fault.empty() && outcome.value.is_null())
                return fail(Errc::invalid, "process.expression_failed",
                            {{"expression", assignment.value.text}, {"cause", outcome.fault}});
            assign(from, {{assignment.target, std::move(outcome.value)}});
        }
    return {};
}

void Decider::work(Key key) {
    const Item& self = item(key);
    const Node& n = node_of(self);
    auto begin_wait = [&](Wait wait) {
        Item working = item(key);
        working.working = true;
        change(working);
        wait.key = state_.next_key;
        wait.item = key;
        wait.element = n.id;
        emit({.type = EventType::wait_opened, .wait = std::move(wait)});
    };
    if (is_sub_process(n.kind)) {
        if (n.kind != Kind::ad_hoc || !n.ad_hoc_sequential) return enter_scope(n, key);
        arm_event_subs(n, key);
        if (alive(key) && !has_work(key)) ad_hoc_progress(key, n);
        return;
    }
    if (n.kind == Kind::call_activity) return call_process(key, n);
    if (n.kind == Kind::user_task) return;
    if (n.kind == Kind::receive_task) {
        if (!n.message.empty()) begin_wait({.trigger = Trigger::message, .name = n.message});
        return;
    }
    if (!n.call.empty() && !chooser_) {
        Item working = self;
        working.working = true;
        change(working);
        emit({.type = EventType::service_called, .key = key, .element = n.id, .name = n.call});
        return;
    }
    if (!n.script.wait.empty() && !chooser_ && !self.working) {
        auto schedule = read_duration(n.script.wait, facts_.now);
        if (!schedule) return open_incident(key, n, schedule.error());
        return begin_wait({.trigger = Trigger::timer, .due = schedule->first});
    }
    if (n.kind == Kind::send_task && !n.message.empty() && n.foreign.empty()) {
        message(n.message, {}, nullptr, &n);
        if (!alive(key)) return;
    }
    if (auto done = perform(n, key); !done) return open_incident(key, n, done.error());
    complete_activity(key);
}

void Decider::call_process(Key key, const Node& n) {
    auto refuse = [&](std::string_view reason, std::vector<Param> params) {
        open_incident(key, n, Error{Errc::invalid, std::string(reason), std::move(params)});
    };
    int depth = 0;
    for (Key at = key; at; at = item(at).parent)
        if (item(at).kind == ItemKind::process) ++depth;
    if (depth > call_depth_max) return refuse("process.call_too_deep", {{"limit", std::to_string(call_depth_max)}});
    auto id = text(n.called, key);
    const Node* called = model_.find_process(id);
    if (!called && chooser_) return complete_activity(key);
    if (!called) return refuse("process.unknown_process", {{"process", id}});
    if (called->entries.empty()) return refuse("process.no_plain_start", {{"process", id}});
    json::object variables;
    for (const auto& mapping : n.in) {
        if (chooser_) break;
        if (mapping.all) {
            // Everything visible, the innermost of each name.
            for (Key at = key; at; at = item(at).parent) {
                for (const auto& [name, value] : item(at).variables)
                    if (!name.starts_with('~') && !variables.contains(name)) variables[name] = value;
                if (item(at).kind == ItemKind::process || mapping.local) break;
            }
        } else {
            variables[mapping.target] = evaluate(mapping.source, key).value;
        }
    }
    Key process =
        add_item({.parent = key, .kind = ItemKind::process, .element = called->id, .variables = std::move(variables)});
    enter_scope(*called, process);
}

void Decider::map_out(Key call, const Item& called) {
    if (chooser_) return;
    json::object variables;
    for (const auto& mapping : node_of(item(call)).out) {
        if (mapping.all) {
            for (const auto& [name, value] : called.variables) variables[name] = value;
        } else if (mapping.source.value) {
            variables[mapping.target] =
                mapping.source.value.evaluate(expression::ObjectVariables(called.variables)).value;
        }
    }
    bool in_round = item(item(call).parent).kind == ItemKind::body;
    assign(in_round ? call : item(call).parent, variables);
}

void Decider::finish_call(Key call, const Item& called) {
    leave_item(called.key);
    map_out(call, called);
    if (!changed_.empty()) look_at_conditions();
    if (alive(call)) complete_activity(call);
}

void Decider::complete_activity(Key key) {
    const Item self = item(key);
    const Node& n = node_of(self);
    bool in_body = item(self.parent).kind == ItemKind::body;
    Key scope = in_body ? item(self.parent).parent : self.parent;
    json::object outputs;
    for (const auto& output : n.outputs) {
        if (chooser_) break;
        outputs[output.target] = evaluate(output.value, key, &outputs).value;
    }
    if (!outputs.empty()) assign(self.parent, outputs);
    if (!n.for_compensation) {
        bool inner = std::ranges::any_of(state_.records, [&](const Record& r) { return r.scope == key; });
        bool undo_by_event = std::ranges::any_of(n.event_subs, [&](int sub) {
            return std::ranges::any_of(node(sub).children, [&](int child) {
                const Node& c = node(child);
                return c.kind == Kind::start_event && !c.events.empty() && c.events[0].trigger == Trigger::compensation;
            });
        });
        if (n.compensation_handler >= 0 || inner || undo_by_event) {
            Record record{state_.next_key, scope, 0, n.id, is_sub_process(n.kind) ? self.variables : json::object{}};
            Key kept = record.key;
            emit({.type = EventType::record_kept, .record = std::move(record)});
            for (Record r : std::vector<Record>(state_.records))
                if (r.scope == key) {
                    r.scope = 0;
                    r.inside = kept;
                    emit({.type = EventType::record_moved, .record = std::move(r)});
                }
        }
    }
    leave_item(key);
    drop_dead();
    if (in_body) return round_done(self.parent, n);
    if (self.owner) {
        handler_done(self.owner);
        return settle(scope);
    }
    leave(n, scope);
}

void Decider::round_done(Key body, const Node& n) {
    Item b = item(body);
    ++b.done;
    change(b);
    const Loop& loop = n.loop;
    if (loop.kind == LoopKind::standard) {
        bool again = !loop.maximum || b.done < static_cast<std::uint64_t>(*loop.maximum);
        if (chooser_)
            again = again && b.done < chooser_->choose_rounds(n);
        else if (again && loop.condition.given) {
            json::object counter{{"loopCounter", b.done}};
            auto go = decide(loop.condition, body, &counter);
            if (!go) return park({.scope = body, .node = n.index, .round = b.done}, &go.error());
            again = *go;
        } else if (!loop.maximum) {
            again = false;
        }
        if (!again) return complete_body(body, n);
        if (b.done >= rounds_max) {
            Error error{
                Errc::invalid, "process.too_many_rounds", {{"element", n.id}, {"limit", std::to_string(rounds_max)}}};
            return park({.scope = body, .node = n.index, .round = b.done}, &error);
        }
        queue_.push_front({.scope = body, .node = n.index, .round = b.done});
        return;
    }
    std::uint32_t active = loop.kind == LoopKind::parallel ? b.total - b.done : b.done < b.total ? 1 : 0;
    set_local(body, {{"nrOfCompletedInstances", b.done}, {"nrOfActiveInstances", active}});
    throw_behavior(body, n);
    if (alive(body)) progress_body(body, n);
}

/// The counts under the names that BPMN gives them.
json::object Decider::loop_counts(const Item& body) const {
    const json::value* active = body.variables.if_contains("nrOfActiveInstances");
    return {{"numberOfInstances", body.total},
            {"numberOfCompletedInstances", body.done},
            {"numberOfActiveInstances", active ? *active : json::value(0)},
            {"numberOfTerminatedInstances", 0}};
}

/// After a round: is the whole activity done, or what is next?
void Decider::progress_body(Key body, const Node& n) {
    const Item b = item(body);
    bool complete = b.done >= b.total;
    if (!complete && n.loop.completion.given && !chooser_) {
        auto counts = loop_counts(b);
        auto enough = decide(n.loop.completion, body, &counts);
        if (!enough) return open_incident(body, n, enough.error());
        complete = *enough;
    }
    if (complete) return complete_body(body, n);
    if (n.loop.kind == LoopKind::sequential) queue_.push_front({.scope = body, .node = n.index, .round = b.done});
}

void Decider::complete_body(Key body, const Node& n) {
    const Item b = item(body);
    cancel_item(body);  // with what is still at work when the completion condition was met early
    if (b.owner) {
        handler_done(b.owner);
        return settle(b.parent);
    }
    leave(n, b.parent);
}

/// After each finished piece of work in an ad-hoc sub-process: enough done?
void Decider::ad_hoc_consumed(Key scope, const Node& n) {
    if (!n.completion.given || chooser_ || n.ad_hoc_sequential || !has_work(scope)) return;
    auto enough = decide(n.completion, scope);
    if (!enough) return open_incident(scope, n, enough.error());
    if (!*enough || !n.cancel_remaining) return;
    cancel_children(scope);
    complete_activity(scope);
}

void Decider::ad_hoc_progress(Key scope, const Node& n) {
    Item self = item(scope);
    bool complete = false;
    if (n.completion.given && !chooser_ && self.working) {
        auto enough = decide(n.completion, scope);
        if (!enough) return open_incident(scope, n, enough.error());
        complete = *enough;
    }
    if (n.ad_hoc_sequential && !complete && self.done < n.entries.size()) {
        int next = n.entries[self.done];
        ++self.done;
        self.working = true;
        change(self);
        queue_.push_front({.scope = scope, .node = next});
        return;
    }
    complete_activity(scope);
}

}  // namespace motcua::process
