// Sequence flows, message flows, gateways, activities and the shape of scopes (BPMN 2.0 §8.3.13, §9.3, §10.2, §10.5,
// table 7.3).
#include <algorithm>
#include <charconv>
#include <set>

#include "process/checker.hpp"
#include "process/reader.hpp"

namespace motcua::process {
namespace {

bool has_trigger(const Node& n, Trigger trigger) {
    return std::ranges::any_of(n.events, [&](const EventDefinition& d) { return d.trigger == trigger; });
}

}  // namespace

void Checker::check_flows() {
    for (const Element& e : document_.elements) {
        if (is_bpmn(e, "sequenceFlow")) check_sequence_flow(e);
        if (is_bpmn(e, "messageFlow")) check_message_flow(e);
    }
    each_node([&](const Node& n) {
        if (n.kind == Kind::process || is_sub_process(n.kind)) check_scope(n);
        if (n.kind == Kind::process) return;
        check_listed_flows(element_of(n), n);
        if (is_gateway(n.kind)) check_gateway(n);
        if (is_activity(n.kind)) check_activity(n);
        if (auto wanted = local_part(element_of(n).attribute("default")); !wanted.empty() && n.default_flow < 0)
            error(element_of(n), "process.default_not_outgoing", {{"flow", std::string(wanted)}});
    });
}

void Checker::check_sequence_flow(const Element& e) {
    const Element* source = find(local_part(e.attribute("sourceRef")));
    const Element* target = find(local_part(e.attribute("targetRef")));
    const Node* from = source ? node_with(*source) : nullptr;
    const Node* to = target ? node_with(*target) : nullptr;
    if (!from || !to) return;  // the references have been reported
    if (from->scope != to->scope || &at(e.parent) != &element_of(node(from->scope)))
        error(e, "process.flow_crosses_scope");
    if (from->kind == Kind::end_event) error(e, "process.flow_from_end", {{"source", from->id}});
    if (to->kind == Kind::start_event) error(e, "process.flow_to_start", {{"target", to->id}});
    if (to->kind == Kind::boundary_event) error(e, "process.flow_to_boundary", {{"target", to->id}});
    if (from->by_event || to->by_event)
        error(e, "process.flow_at_event_sub_process", {{"element", from->by_event ? from->id : to->id}});
    if (from->for_compensation || to->for_compensation)
        error(e, "process.flow_at_compensation", {{"element", from->for_compensation ? from->id : to->id}});
    if (!child(e, "conditionExpression")) return;
    bool may_decide = is_activity(from->kind) || from->kind == Kind::exclusive || from->kind == Kind::inclusive ||
                      from->kind == Kind::complex;
    if (!may_decide) error(e, "process.condition_not_allowed", {{"source", from->id}});
    if (is_activity(from->kind) && from->outgoing.size() < 2)
        error(e, "process.condition_without_alternative", {{"source", from->id}});
    if (from->default_flow >= 0 && flow(from->default_flow).id == e.attribute("id"))
        warn(e, "process.condition_on_default");
}

/// `<incoming>` and `<outgoing>` repeat what the sequence flows say; a file that writes them must write them all.
void Checker::check_listed_flows(const Element& e, const Node& n) {
    if (!lists_flows_) return;
    auto compare = [&](std::string_view name, const std::vector<int>& flows) {
        std::set<std::string> listed, actual;
        for (const Element* part : children(e, name)) listed.emplace(local_part(xml::trim(part->text)));
        for (int f : flows) actual.insert(flow(f).id);
        for (const auto& id : actual)
            if (!listed.contains(id)) error(e, "process.flow_not_listed", {{"list", std::string(name)}, {"flow", id}});
        for (const auto& id : listed)
            if (!actual.contains(id))
                error(e, "process.flow_listed_wrongly", {{"list", std::string(name)}, {"flow", id}});
    };
    compare("incoming", n.incoming);
    compare("outgoing", n.outgoing);
}

void Checker::check_message_flow(const Element& e) {
    const Element* source = find(local_part(e.attribute("sourceRef")));
    const Element* target = find(local_part(e.attribute("targetRef")));
    if (!source || !target) return;
    const Node* from = node_with(*source);
    const Node* to = node_with(*target);
    auto process_of = [&](const Element& end, const Node* n) -> std::string {
        if (n) return node(n->process).id;
        return std::string(local_part(end.attribute("processRef")));
    };
    auto a = process_of(*source, from), b = process_of(*target, to);
    if (source == target || (!a.empty() && a == b)) error(e, "process.message_flow_in_pool");
    if (from) {
        bool sends = is_activity(from->kind) || ((from->kind == Kind::throw_event || from->kind == Kind::end_event) &&
                                                 has_trigger(*from, Trigger::message));
        if (!sends || from->kind == Kind::receive_task) error(e, "process.message_flow_source", {{"source", from->id}});
    }
    if (to) {
        bool receives =
            is_activity(to->kind) ||
            ((to->kind == Kind::start_event || to->kind == Kind::catch_event || to->kind == Kind::boundary_event) &&
             has_trigger(*to, Trigger::message));
        if (!receives || to->kind == Kind::send_task) error(e, "process.message_flow_target", {{"target", to->id}});
    }
}

void Checker::check_gateway(const Node& n) {
    const Element& e = element_of(n);
    auto direction = e.attribute("gatewayDirection");
    auto in = n.incoming.size(), out = n.outgoing.size();
    bool fits = direction == "Converging"  ? in > 1 && out <= 1
                : direction == "Diverging" ? in <= 1 && out > 1
                : direction == "Mixed"     ? in > 1 && out > 1
                                           : true;
    if (!fits)
        error(e, "process.gateway_direction",
              {{"direction", std::string(direction)},
               {"incoming", std::to_string(in)},
               {"outgoing", std::to_string(out)}});
    if (in < 2 && out < 2 && !n.instantiate) error(e, "process.gateway_useless");
    if (n.kind == Kind::complex && in > 1 && !n.activation.given) warn(e, "process.complex_without_condition");
    if ((n.kind == Kind::exclusive || n.kind == Kind::inclusive) && out > 1) {
        bool all_conditional = true;
        for (int f : n.outgoing) {
            if (f == n.default_flow || flow(f).condition.given) continue;
            all_conditional = false;
            if (n.kind == Kind::exclusive && executable(n))
                warn(e, "process.flow_without_condition", {{"flow", flow(f).id}});
        }
        if (all_conditional && n.default_flow < 0 && executable(n)) warn(e, "process.no_default_flow");
    }
    if (n.kind == Kind::event_based) check_event_gateway(n);
}

void Checker::check_event_gateway(const Node& n) {
    const Element& e = element_of(n);
    if (n.outgoing.size() < 2) error(e, "process.event_gateway_outgoing");
    if (n.parallel_events && !n.instantiate) error(e, "process.event_gateway_parallel");
    if (n.instantiate && !n.incoming.empty()) error(e, "process.event_gateway_instantiates");
    bool messages = false, receive_tasks = false;
    for (int f : n.outgoing) {
        const Node& target = node(flow(f).target);
        bool caught = target.kind == Kind::catch_event && !target.events.empty() &&
                      std::ranges::all_of(target.events, [](const EventDefinition& d) {
                          return d.trigger == Trigger::message || d.trigger == Trigger::timer ||
                                 d.trigger == Trigger::signal || d.trigger == Trigger::conditional;
                      });
        if (!caught && target.kind != Kind::receive_task)
            error(e, "process.event_gateway_target", {{"target", target.id}});
        messages = messages || (caught && has_trigger(target, Trigger::message));
        receive_tasks = receive_tasks || target.kind == Kind::receive_task;
        if (target.kind == Kind::receive_task && !target.boundaries.empty())
            error(e, "process.event_gateway_boundary", {{"target", target.id}});
        if (target.incoming.size() > 1) error(e, "process.event_gateway_shared", {{"target", target.id}});
    }
    if (messages && receive_tasks) error(e, "process.event_gateway_mixed");
}

void Checker::check_scope(const Node& scope) {
    const Element& e = element_of(scope);
    if (e.name.starts_with("global")) return;
    int starts = 0, ends = 0, activities = 0;
    for (int c : scope.children) {
        starts += node(c).kind == Kind::start_event;
        ends += node(c).kind == Kind::end_event;
        activities += is_activity(node(c).kind);
    }
    if (scope.kind == Kind::ad_hoc) {
        if (starts || ends) error(e, "process.ad_hoc_with_events");
        if (!activities) error(e, "process.ad_hoc_empty");
        return;
    }
    if (starts && !ends) error(e, "process.start_without_end");
    if (ends && !starts) error(e, "process.end_without_start");
    if (scope.by_event && starts != 1)
        error(e, "process.event_sub_process_starts", {{"count", std::to_string(starts)}});
    if (scope.children.empty() && scope.executable) error(e, "process.empty");
    int plain = 0;
    for (int c : scope.entries) plain += node(c).kind == Kind::start_event;
    if (plain > 1 && executable(scope)) warn(e, "process.several_plain_starts");
    // With start and end events, everything else must lie between them.
    std::set<int> connected;
    std::vector<int> front;
    for (int c : scope.children)
        if (node(c).kind == Kind::start_event || node(c).by_event || node(c).for_compensation || node(c).instantiate)
            front.push_back(c);
    while (!front.empty()) {
        const Node& n = node(front.back());
        front.pop_back();
        if (!connected.insert(n.index).second) continue;
        for (int f : n.outgoing) front.push_back(flow(f).target);
        front.insert(front.end(), n.boundaries.begin(), n.boundaries.end());
        if (n.kind != Kind::throw_event || !has_trigger(n, Trigger::link)) continue;
        for (int c : scope.children)
            if (node(c).kind == Kind::catch_event && has_trigger(node(c), Trigger::link)) front.push_back(c);
    }
    for (int c : scope.children) {
        const Node& n = node(c);
        bool link = has_trigger(n, Trigger::link);
        bool intermediate = n.kind == Kind::catch_event || n.kind == Kind::throw_event;
        if (n.for_compensation || n.by_event || n.kind == Kind::boundary_event || n.kind == Kind::start_event ||
            n.kind == Kind::end_event)
            continue;
        if ((starts || ends || intermediate) && n.incoming.empty() && !(link && n.kind == Kind::catch_event) &&
            !n.instantiate)
            error(element_of(n), "process.no_incoming");
        if ((starts || ends || intermediate) && n.outgoing.empty() && !(link && n.kind == Kind::throw_event))
            error(element_of(n), "process.no_outgoing");
        if (starts && !n.incoming.empty() && !connected.contains(n.index))
            error(element_of(n), "process.not_connected");
    }
}

void Checker::check_activity(const Node& n) {
    const Element& e = element_of(n);
    check_loop(n);
    if (n.for_compensation) {
        bool reached = associations_.contains("<" + n.id);
        if (!reached && !n.by_event) error(e, "process.compensation_unreachable");
    }
    if (n.instantiate &&
        std::ranges::any_of(n.incoming, [&](int f) { return node(flow(f).source).kind != Kind::start_event; }))
        error(e, "process.receive_instantiates");
    if (!executable(n)) return;
    if (n.kind == Kind::call_activity && n.called.empty())
        error(e, "process.attribute_missing", {{"attribute", "calledElement"}, {"name", e.name}});
    if (n.kind == Kind::call_activity && !n.called.empty() && n.called.text.find('{') == std::string::npos) {
        const Node* called = model_.find_process(n.called.text);
        bool elsewhere = options_.processes && options_.processes->contains(n.called.text);
        if (!called && !elsewhere) error(e, "process.called_not_here", {{"process", n.called.text}});
        if (called && called->entries.empty()) error(e, "process.no_plain_start", {{"process", n.called.text}});
    }
    if (!n.foreign.empty()) error(e, "process.implementation_not_supported", {{"implementation", n.foreign}});
    bool conditional = false, other = n.default_flow >= 0;
    for (int f : n.outgoing) {
        conditional = conditional || flow(f).condition.given;
        other = other || !flow(f).condition.given;
    }
    if (conditional && !other) warn(e, "process.no_default_flow");
}

void Checker::check_loop(const Node& n) {
    const Element& activity = element_of(n);
    if (const Element* e = child(activity, "multiInstanceLoopCharacteristics")) {
        if (!n.loop.cardinality.given && !n.loop.collection.given) error(*e, "process.loop_without_count");
        if (n.loop.cardinality.given && child(*e, "loopDataInputRef")) error(*e, "process.loop_counted_twice");
        if (auto* literal = n.loop.cardinality.value.literal()) {
            auto count = literal->is_number() ? literal->to_number<double>() : -1;
            if (count < 0 || count != static_cast<double>(static_cast<std::int64_t>(count)))
                error(*e, "process.loop_count_invalid", {{"element", n.id}, {"value", n.loop.cardinality.text}});
        } else if (n.loop.cardinality.text.starts_with('-') || n.loop.cardinality.text.starts_with("${-")) {
            error(*e, "process.loop_count_invalid", {{"element", n.id}, {"value", n.loop.cardinality.text}});
        }
        static constexpr std::pair<Behavior, std::string_view> needs[] = {
            {Behavior::one, "oneBehaviorEventRef"},
            {Behavior::none, "noneBehaviorEventRef"},
            {Behavior::complex, "complexBehaviorDefinition"}};
        for (auto [behavior, what] : needs)
            if (n.loop.behavior == behavior && n.loop.thrown.empty())
                error(*e, "process.loop_behavior", {{"attribute", std::string(what)}});
    }
}

}  // namespace motcua::process
