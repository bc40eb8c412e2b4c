// The public commands: each checks that it fits the state, makes one move and lets the tokens run.
#include <algorithm>
#include <charconv>

#include "process/decider.hpp"
#include "process/timers.hpp"

namespace motcua::process {
namespace {

Key parse_key(std::string_view text) {
    Key key = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), key);
    return error == std::errc{} && end == text.data() + text.size() ? key : 0;
}

std::unexpected<Error> not_open(std::string_view task) {
    return fail(Errc::conflict, "process.task_not_open", {{"task", std::string(task)}});
}

Events finish(Decider& decider) {
    decider.run();
    return decider.take();
}

bool answers_service(const Item& item, const Node& node) {
    return item.kind == ItemKind::activity &&
           ((item.working && !node.call.empty()) || (node.kind == Kind::receive_task && node.message.empty()));
}

/// The process a new instance is of.
Result<const Node*> get_process(const Model& model, std::string_view id) {
    const Node* process = id.empty() ? model.main_process() : model.find_process(id);
    if (!process) return fail(Errc::not_found, "process.unknown_process", {{"process", std::string(id)}});
    return process;
}

}  // namespace

Result<Events> start(const Model& model, std::string_view id, const json::object& variables, const Facts& facts) {
    const Node* process = TRY(get_process(model, id));
    if (process->entries.empty()) return fail(Errc::conflict, "process.no_plain_start", {{"process", process->id}});
    Decider decider(model, Instance{}, facts);
    decider.start_process(*process, nullptr, variables);
    return finish(decider);
}

Result<Events> start_at(const Model& model, std::string_view id, std::string_view start_event,
                        const json::object& variables, const Facts& facts) {
    const Node* process = TRY(get_process(model, id));
    const Node* event = model.find_node(process->index, start_event);
    if (!event || event->scope != process->index)
        return fail(Errc::not_found, "process.unknown_element", {{"element", std::string(start_event)}});
    Decider decider(model, Instance{}, facts);
    decider.start_process(*process, event, variables);
    return finish(decider);
}

Result<Events> complete_task(const Model& model, const Instance& instance, std::string_view task,
                             const json::object& variables, const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    const Item* item = instance.find_item(parse_key(task));
    if (!item || item->kind != ItemKind::activity || decider.node_of(*item).kind != Kind::user_task)
        return not_open(task);
    decider.complete(item->key, variables);
    return finish(decider);
}

Result<Events> return_to_step(const Model& model, const Instance& instance, std::string_view task,
                              std::string_view element, const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    const Item* item = instance.find_item(parse_key(task));
    if (!item || item->kind != ItemKind::activity || decider.node_of(*item).kind != Kind::user_task)
        return not_open(task);
    const Node& from = decider.node_of(*item);
    const Node* target = model.find_node(from.process, element);
    const auto& allowed = from.work.may_return_to;
    bool encloses = false;
    for (int scope = from.scope; target && scope >= 0; scope = model.nodes[static_cast<std::size_t>(scope)].scope)
        encloses = encloses || scope == target->scope;
    if (!encloses || std::ranges::find(allowed, element) == allowed.end() || item->owner)
        return fail(Errc::conflict, "process.return_not_allowed",
                    {{"task", from.id}, {"element", std::string(element)}});
    decider.jump(item->key, *target);
    return finish(decider);
}

Result<Events> complete_service(const Model& model, const Instance& instance, std::string_view key,
                                const json::object& variables, const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    const Item* item = instance.find_item(parse_key(key));
    if (!item || item->kind != ItemKind::activity || !answers_service(*item, decider.node_of(*item)))
        return not_open(key);
    const Node& node = decider.node_of(*item);
    json::object all = variables;
    if (!node.result_variable.empty() && !all.contains(node.result_variable) && !all.empty())
        all = {{node.result_variable, variables}};
    decider.complete(item->key, all);
    return finish(decider);
}

Result<Events> fail_service(const Model& model, const Instance& instance, std::string_view key, std::string_view code,
                            const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    const Item* item = instance.find_item(parse_key(key));
    if (!item || item->kind != ItemKind::activity || !answers_service(*item, decider.node_of(*item)))
        return not_open(key);
    if (!decider.error(code, item->key, {}))
        decider.open_incident(item->key, decider.node_of(*item),
                              Error{Errc::conflict, "process.service_failed", {{"code", std::string(code)}}});
    return finish(decider);
}

Result<Events> fault_service(const Model& model, const Instance& instance, std::string_view key, const Error& why,
                             const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    const Item* item = instance.find_item(parse_key(key));
    if (!item || item->kind != ItemKind::activity || !answers_service(*item, decider.node_of(*item)))
        return not_open(key);
    decider.open_incident(item->key, decider.node_of(*item), why);
    return finish(decider);
}

Result<Events> send_message(const Model& model, const Instance& instance, std::string_view name,
                            const json::object& variables, const Facts& facts, const json::object& correlation) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    if (!decider.message(name, variables, &correlation, nullptr))
        return fail(Errc::conflict, "process.message_not_expected", {{"message", std::string(name)}});
    return finish(decider);
}

Result<Events> send_signal(const Model& model, const Instance& instance, std::string_view name,
                           const json::object& variables, const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    decider.signal(name, variables);
    return finish(decider);
}

Result<Events> run_due_timers(const Model& model, const Instance& instance, const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    for (int fired = 0; fired < steps_max; ++fired) {
        const Wait* next = nullptr;
        for (const Wait& w : decider.state().waits)
            if (w.due && *w.due <= facts.now && (!next || *w.due < *next->due)) next = &w;
        if (!next) break;
        decider.fire(next->key, {});
        decider.run();
        if (ended(decider.state())) break;
    }
    return decider.take();
}

static Result<const Wait*> get_timer(const Instance& instance, Key key) {
    const Wait* wait = instance.find_wait(key);
    if (!wait || (wait->trigger != Trigger::timer && wait->trigger != Trigger::continuation))
        return fail(Errc::not_found, "process.timer_not_found", {{"timer", std::to_string(key)}});
    return wait;
}

Result<Events> fire_timer(const Model& model, const Instance& instance, Key key, const Facts& facts) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    TRY(get_timer(instance, key));
    decider.fire(key, {});
    return finish(decider);
}

Result<Events> set_timer_due(const Model& model, const Instance& instance, Key key, Instant due) {
    Facts facts{due};
    Decider decider(model, instance, facts);
    TRY(decider.check());
    Wait wait = *TRY(get_timer(instance, key));
    wait.due = due;
    decider.emit({.type = EventType::wait_changed, .wait = std::move(wait)});
    return decider.take();
}

Result<Events> set_variables(const Model& model, const Instance& instance, const json::object& variables,
                             const Facts& facts, std::string_view item_key) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    Key key = item_key.empty() ? (instance.items.empty() ? 0 : instance.items.front().key) : parse_key(item_key);
    if (!instance.find_item(key)) return not_open(item_key);
    decider.assign(key, variables);
    return finish(decider);
}

Result<Events> cancel(const Model& model, const Instance& instance) {
    Facts facts;
    Decider decider(model, instance, facts);
    TRY(decider.check());
    for (const Item& item : instance.items)
        if (!item.parent) decider.emit({.type = EventType::cancelled, .key = item.key});
    decider.emit({.type = EventType::ended, .name = "cancelled"});
    return decider.take();
}

Result<Events> resolve_incident(const Model& model, const Instance& instance, Key key, Resolution resolution,
                                const Facts& facts, std::string_view flow_id) {
    Decider decider(model, instance, facts);
    TRY(decider.check());
    auto it = std::ranges::find(instance.incidents, key, &Incident::key);
    if (it == instance.incidents.end() || !instance.find_item(it->item))
        return fail(Errc::not_found, "process.incident_not_found", {{"incident", std::to_string(key)}});
    if (resolution == Resolution::retry) {
        decider.retry(*it);
        return finish(decider);
    }
    int flow = -1;
    if (!flow_id.empty()) {
        for (int f : decider.node_of(*instance.find_item(it->item)).outgoing)
            if (model.flows[static_cast<std::size_t>(f)].id == flow_id) flow = f;
        if (flow < 0) return fail(Errc::not_found, "process.flow_not_found", {{"flow", std::string(flow_id)}});
    }
    decider.skip(*it, flow);
    return finish(decider);
}

void apply(Instance& instance, const Events& events) {
    for (const auto& event : events) apply(instance, event);
}

bool ended(const Instance& instance) { return instance.status != Status::active; }

std::optional<Instant> next_timer(const Instance& instance) {
    std::optional<Instant> next;
    for (const Wait& w : instance.waits)
        if (w.due && (!next || *w.due < *next)) next = w.due;
    return next;
}

const json::value* find_variable(const Instance& instance, std::string_view name, std::string_view item_key) {
    Key key = item_key.empty() ? (instance.items.empty() ? 0 : instance.items.front().key) : parse_key(item_key);
    return ItemVariables(instance, key).find(name);
}

std::vector<OpenTask> open_tasks(const Model& model, const Instance& instance) {
    std::vector<OpenTask> out;
    Facts facts;
    Decider decider(model, instance, facts);
    if (!decider.check()) return out;
    for (const Item& item : instance.items) {
        if (item.kind != ItemKind::activity) continue;
        const Node& n = decider.node_of(item);
        if (n.kind != Kind::user_task) continue;
        auto text = [&](const Text& t) {
            if (!t.dynamic) return t.text;
            auto value = t.dynamic.evaluate(ItemVariables(instance, item.key)).value;
            if (auto* s = value.if_string()) return std::string(std::string_view(*s));
            return value.is_null() ? std::string() : json::serialize(value);
        };
        auto texts = [&](const std::vector<Text>& list) {
            std::vector<std::string> names;
            for (const auto& t : list) {
                // An expression may give a list of names.
                auto value =
                    t.dynamic ? t.dynamic.evaluate(ItemVariables(instance, item.key)).value : json::value(t.text);
                if (auto* array = value.if_array()) {
                    for (const auto& entry : *array)
                        if (entry.is_string()) names.emplace_back(std::string_view(entry.get_string()));
                } else if (auto* s = value.if_string()) {
                    std::string_view rest = *s;
                    while (!rest.empty()) {
                        auto part = xml::trim(rest.substr(0, rest.find(',')));
                        if (!part.empty()) names.emplace_back(part);
                        auto comma = rest.find(',');
                        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
                    }
                }
            }
            return names;
        };
        OpenTask task;
        task.key = std::to_string(item.key);
        task.element = n.id;
        task.name = text(n.name);
        task.description = text(n.description);
        task.process = model.nodes[static_cast<std::size_t>(n.process)].id;
        task.lane = n.lane;
        task.role = n.work.role;
        task.unit_selector = n.work.unit;
        task.form = n.work.form;
        task.due_rule = n.work.due_rule;
        task.limit = n.work.limit;
        task.limit_share = n.work.limit_share;
        task.may_return_to = n.work.may_return_to;
        task.assignee = text(n.assignee);
        task.owner = text(n.owner);
        task.priority = text(n.priority);
        task.candidate_users = texts(n.candidate_users);
        task.candidate_groups = texts(n.candidate_groups);
        for (int f : n.outgoing) {
            const Flow& flow = model.flows[static_cast<std::size_t>(f)];
            task.follow.push_back(flow.id);
            const Node& next = model.nodes[static_cast<std::size_t>(flow.target)];
            if (next.kind == Kind::exclusive || next.kind == Kind::inclusive)
                for (int g : next.outgoing) task.follow.push_back(model.flows[static_cast<std::size_t>(g)].id);
        }
        out.push_back(std::move(task));
    }
    return out;
}

std::vector<StartTrigger> start_triggers(const Model& model, Instant now) {
    std::vector<StartTrigger> out;
    auto add = [&](const Node& process, const Node& event, std::string_view id) {
        for (const auto& d : event.events) {
            if (d.trigger != Trigger::message && d.trigger != Trigger::signal && d.trigger != Trigger::timer &&
                d.trigger != Trigger::conditional)
                continue;
            StartTrigger t{.process = process.id,
                           .element = std::string(id),
                           .trigger = d.trigger,
                           .name = d.name.text,
                           .condition = d.condition.value};
            if (d.trigger == Trigger::timer) {
                t.name = d.timer.text;
                auto schedule = d.timer_kind == TimerKind::date       ? read_date(d.timer.text)
                                : d.timer_kind == TimerKind::duration ? read_duration(d.timer.text, now)
                                                                      : read_cycle(d.timer.text, now);
                if (schedule) {
                    t.due = schedule->first;
                    t.repeat = schedule->repeat;
                    t.cycle = schedule->cycle;
                }
            }
            out.push_back(std::move(t));
        }
    };
    for (int p : model.processes) {
        const Node& process = model.nodes[static_cast<std::size_t>(p)];
        for (int child : process.children) {
            const Node& n = model.nodes[static_cast<std::size_t>(child)];
            if (n.kind == Kind::start_event) add(process, n, n.id);
            if (n.kind == Kind::receive_task && n.instantiate && !n.message.empty())
                out.push_back({.process = process.id, .element = n.id, .trigger = Trigger::message, .name = n.message});
            if (n.kind == Kind::event_based && n.instantiate)
                for (int f : n.outgoing) {
                    const Node& target =
                        model.nodes[static_cast<std::size_t>(model.flows[static_cast<std::size_t>(f)].target)];
                    if (target.kind == Kind::receive_task)
                        out.push_back({.process = process.id,
                                       .element = target.id,
                                       .trigger = Trigger::message,
                                       .name = target.message});
                    else
                        add(process, target, target.id);
                }
        }
    }
    return out;
}

}  // namespace motcua::process
