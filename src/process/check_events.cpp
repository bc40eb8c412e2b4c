// Events: which trigger may stand where (BPMN 2.0 §10.4, tables 10.84 to 10.93) and what each must say.
#include <algorithm>

#include "process/checker.hpp"
#include "process/reader.hpp"
#include "process/timers.hpp"

namespace motcua::process {
namespace {

using enum Trigger;

struct Allowed {
    std::string_view place;
    std::initializer_list<Trigger> triggers;
    bool none;  // an event without definition is fine
};

const Allowed& allowed_for(const Node& n, const Node& scope) {
    static const Allowed top_start{"start", {message, timer, conditional, signal}, true};
    static const Allowed inner_start{"sub_process_start", {}, true};
    static const Allowed sub_start{
        "event_sub_process_start", {message, timer, escalation, error, compensation, conditional, signal}, false};
    static const Allowed end{"end", {message, error, escalation, cancel, compensation, signal, terminate}, true};
    static const Allowed caught{"catch", {message, timer, conditional, link, signal}, false};
    static const Allowed thrown{"throw", {message, escalation, compensation, link, signal}, true};
    static const Allowed boundary{
        "boundary", {message, timer, error, escalation, cancel, compensation, conditional, signal}, false};
    switch (n.kind) {
        case Kind::start_event:
            return scope.kind == Kind::process ? top_start : scope.by_event ? sub_start : inner_start;
        case Kind::end_event:
            return end;
        case Kind::catch_event:
            return caught;
        case Kind::throw_event:
            return thrown;
        default:
            return boundary;
    }
}

}  // namespace

void Checker::check_events() {
    each_node([&](const Node& n) {
        if (is_event(n.kind)) check_event(n);
    });
}

void Checker::check_event(const Node& n) {
    const Element& e = element_of(n);
    const Node& scope = node(n.scope);
    const Allowed& allowed = allowed_for(n, scope);
    if (n.events.empty() && !allowed.none)
        error(e, "process.event_without_trigger", {{"place", std::string(allowed.place)}});
    bool compensates = false;
    for (const auto& d : n.events) {
        compensates = compensates || d.trigger == compensation;
        if (std::ranges::find(allowed.triggers, d.trigger) == allowed.triggers.end())
            error(e, "process.trigger_not_allowed",
                  {{"trigger", std::string(name_of(d.trigger))}, {"place", std::string(allowed.place)}});
        bool must_interrupt = d.trigger == Trigger::error || d.trigger == compensation || d.trigger == cancel;
        bool stays =
            (n.kind == Kind::boundary_event || (n.kind == Kind::start_event && scope.by_event)) && !n.interrupting;
        if (must_interrupt && stays) error(e, "process.must_interrupt", {{"trigger", std::string(name_of(d.trigger))}});
    }
    if (n.events.size() > 1)
        for (const auto& d : n.events)
            if (d.trigger == link || d.trigger == terminate || d.trigger == cancel)
                error(e, "process.trigger_alone", {{"trigger", std::string(name_of(d.trigger))}});
    // Definitions inside the element, and those referred to, which must stand at the top of the file.
    std::size_t at_definition = 0;
    for (auto index : e.children) {
        const Element& part = at(index);
        const Element* definition = nullptr;
        if (is_bpmn(part, "eventDefinitionRef")) {
            definition = find(local_part(xml::trim(part.text)));
            if (definition && &at(definition->parent) != &document_.root())
                error(e, "process.definition_not_shared", {{"target", part.text}});
        } else if (part.space == bpmn_namespace && part.name.ends_with("EventDefinition")) {
            definition = &part;
        }
        if (definition && at_definition < n.events.size()) check_definition(n, n.events[at_definition++], *definition);
    }
    switch (n.kind) {
        case Kind::start_event:
            if (n.outgoing.empty()) error(e, "process.no_outgoing");
            break;
        case Kind::end_event:
            if (n.incoming.empty()) error(e, "process.no_incoming");
            for (const auto& d : n.events)
                if (d.trigger == cancel) {
                    const Node* around = &scope;
                    while (around->kind != Kind::transaction && around->scope >= 0) around = &node(around->scope);
                    if (around->kind != Kind::transaction) error(e, "process.cancel_outside_transaction");
                }
            break;
        case Kind::boundary_event: {
            if (n.attached_to >= 0 && node(n.attached_to).scope != n.scope) error(e, "process.flow_crosses_scope");
            for (const auto& d : n.events)
                if (d.trigger == cancel && n.attached_to >= 0 && node(n.attached_to).kind != Kind::transaction)
                    error(e, "process.cancel_outside_transaction");
            if (!compensates && n.outgoing.empty()) error(e, "process.no_outgoing");
            if (!compensates) break;
            if (!n.outgoing.empty()) error(e, "process.compensation_with_flow");
            int handlers = 0;
            auto [from, to] = associations_.equal_range(">" + n.id);
            for (auto it = from; it != to; ++it) {
                const Element* target = find(local_part(it->second->attribute("targetRef")));
                const Node* handler = target ? node_with(*target) : nullptr;
                if (handler && handler->for_compensation) ++handlers;
            }
            if (handlers != 1) error(e, "process.compensation_handler", {{"count", std::to_string(handlers)}});
            break;
        }
        default:
            break;
    }
}

void Checker::check_definition(const Node& n, const EventDefinition& d, const Element& e) {
    bool throws = n.kind == Kind::throw_event || n.kind == Kind::end_event;
    bool strict = executable(n);
    auto need = [&](std::string_view attribute) {
        if (e.attribute(attribute).empty())
            error(e, "process.attribute_missing", {{"attribute", std::string(attribute)}, {"name", e.name}});
    };
    switch (d.trigger) {
        case message: {
            if (!strict) break;
            need("messageRef");
            if (!child(e, "operationRef") && !e.has("operationRef")) error(e, "process.operation_missing");
            break;
        }
        case signal:
            if (strict) need("signalRef");
            break;
        case Trigger::error:
        case escalation: {
            auto attribute = d.trigger == Trigger::error ? "errorRef" : "escalationRef";
            auto code = d.trigger == Trigger::error ? "errorCode" : "escalationCode";
            if (throws && strict) need(attribute);
            const Element* target = find(local_part(e.attribute(attribute)));
            if (throws && target && target->attribute(code).empty())
                error(*target, "process.code_missing", {{"attribute", code}});
            break;
        }
        case timer: {
            int times = 0;
            for (auto name : {"timeDate", "timeDuration", "timeCycle"}) times += child(e, name) ? 1 : 0;
            bool working = d.timer_kind == TimerKind::working;
            if (times > 1 || (times == 0 && !working && strict))
                error(e, "process.timer_needs_one", {{"count", std::to_string(times)}});
            if (e.has("limit") && !working)
                error(e, "process.limit_malformed", {{"value", std::string(e.attribute("limit"))}});
            if (times != 1 || d.timer.empty() || !strict || d.timer.dynamic) break;
            Instant now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};
            bool readable = d.timer_kind == TimerKind::date       ? read_date(d.timer.text).has_value()
                            : d.timer_kind == TimerKind::duration ? read_duration(d.timer.text, now).has_value()
                                                                  : read_cycle(d.timer.text, now).has_value();
            if (!readable) error(e, "process.timer_malformed", {{"text", d.timer.text}});
            break;
        }
        case conditional:
            if (strict && !d.condition.given) error(e, "process.expression_empty", {{"name", "condition"}});
            check_formula(n, d.condition, true);
            break;
        case compensation:
            if (!d.activity.empty()) {
                const Element* target = find(d.activity);
                const Node* activity = target ? node_with(*target) : nullptr;
                bool near = activity && (activity->scope == n.scope ||
                                         (node(n.scope).by_event && activity->scope == node(n.scope).scope));
                if (activity && !near) error(e, "process.compensation_elsewhere", {{"target", d.activity}});
                if (activity && activity->compensation_handler < 0 && !is_sub_process(activity->kind) && strict)
                    error(e, "process.nothing_to_compensate", {{"target", d.activity}});
            }
            break;
        case link:
            check_link(n, d);
            break;
        default:
            break;
    }
}

void Checker::check_link(const Node& n, const EventDefinition& d) {
    const Element& e = element_of(n);
    if (d.name.empty())
        return error(e, "process.attribute_missing", {{"attribute", "name"}, {"name", "linkEventDefinition"}});
    bool throws = n.kind == Kind::throw_event;
    int partners = 0, catchers = 0;
    for (int sibling : node(n.scope).children) {
        const Node& other = node(sibling);
        for (const auto& o : other.events) {
            if (o.trigger != link || o.name.text != d.name.text) continue;
            partners += other.kind == (throws ? Kind::catch_event : Kind::throw_event);
            catchers += other.kind == Kind::catch_event;
        }
    }
    // Links may also be joined by id (source and target elements).
    const Element* definition = find(d.id);
    bool joined = definition && (child(*definition, "target") || child(*definition, "source"));
    if (!partners && !joined) error(e, "process.link_without_target", {{"link", d.name.text}});
    if (catchers > 1) error(e, "process.link_ambiguous", {{"link", d.name.text}});
    if (throws && !n.outgoing.empty()) error(e, "process.link_with_flow");
    if (!throws && !n.incoming.empty()) error(e, "process.link_with_flow");
    if (!definition) return;
    for (auto name : {"source", "target"})
        for (const Element* part : children(*definition, name)) {
            const Element* other = find(local_part(xml::trim(part->text)));
            if (!other || !is_bpmn(*other, "linkEventDefinition"))
                error(e, "process.reference_unknown",
                      {{"attribute", name}, {"target", std::string(xml::trim(part->text))}});
        }
}

}  // namespace motcua::process
