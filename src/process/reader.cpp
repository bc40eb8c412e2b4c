#include "process/reader.hpp"

#include <algorithm>
#include <array>

namespace motcua::process {
namespace {

constexpr std::pair<std::string_view, Kind> element_kinds[] = {{"startEvent", Kind::start_event},
                                                               {"endEvent", Kind::end_event},
                                                               {"intermediateCatchEvent", Kind::catch_event},
                                                               {"intermediateThrowEvent", Kind::throw_event},
                                                               {"boundaryEvent", Kind::boundary_event},
                                                               {"task", Kind::task},
                                                               {"userTask", Kind::user_task},
                                                               {"manualTask", Kind::manual_task},
                                                               {"serviceTask", Kind::service_task},
                                                               {"scriptTask", Kind::script_task},
                                                               {"sendTask", Kind::send_task},
                                                               {"receiveTask", Kind::receive_task},
                                                               {"businessRuleTask", Kind::business_rule_task},
                                                               {"subProcess", Kind::sub_process},
                                                               {"transaction", Kind::transaction},
                                                               {"adHocSubProcess", Kind::ad_hoc},
                                                               {"callActivity", Kind::call_activity},
                                                               {"exclusiveGateway", Kind::exclusive},
                                                               {"inclusiveGateway", Kind::inclusive},
                                                               {"parallelGateway", Kind::parallel},
                                                               {"eventBasedGateway", Kind::event_based},
                                                               {"complexGateway", Kind::complex}};

constexpr std::pair<std::string_view, Kind> global_tasks[] = {{"globalTask", Kind::task},
                                                              {"globalUserTask", Kind::user_task},
                                                              {"globalManualTask", Kind::manual_task},
                                                              {"globalScriptTask", Kind::script_task},
                                                              {"globalBusinessRuleTask", Kind::business_rule_task}};

template <std::size_t N>
std::optional<Kind> kind_of(const std::pair<std::string_view, Kind> (&table)[N], const xml::Element& element) {
    if (element.space != bpmn_namespace) return std::nullopt;
    for (auto [name, kind] : table)
        if (name == element.name) return kind;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Kind kind) {
    if (kind == Kind::process) return "process";
    for (auto [name, k] : element_kinds)
        if (k == kind) return name;
    return "";
}

std::string_view name_of(Trigger trigger) {
    static constexpr std::string_view names[] = {"none",   "message",    "timer",       "signal",
                                                 "error",  "escalation", "conditional", "compensation",
                                                 "cancel", "terminate",  "link",        "continuation"};
    return names[static_cast<std::size_t>(trigger)];
}

std::string_view local_part(std::string_view name) {
    auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_bpmn(const xml::Element& element, std::string_view name) {
    return element.name == name && element.space == bpmn_namespace;
}

static constexpr std::string_view extension_namespaces[] = {motcua_namespace, "http://camunda.org/schema/1.0/bpmn",
                                                            "http://activiti.org/bpmn"};

std::string_view extension(const xml::Element& element, std::string_view name) {
    for (auto space : extension_namespaces)
        if (auto value = element.attribute(space, name); !value.empty()) return value;
    return {};
}

bool is_extension(const xml::Element& element, std::string_view name) {
    return element.name == name &&
           std::ranges::find(extension_namespaces, element.space) != std::end(extension_namespaces);
}

Text make_text(std::string_view text) {
    Text out{std::string(text), {}};
    if (text.find("${") != std::string_view::npos || text.find("#{") != std::string_view::npos)
        if (auto read = expression::compile_template(text)) out.dynamic = *read;
    return out;
}

Formula make_formula(std::string_view text) {
    text = xml::trim(text);
    Formula out;
    out.given = true;
    out.text = text;
    if (auto read = expression::compile(text)) out.value = *read;
    return out;
}

Result<void> Reader::add_file(std::string_view text) {
    auto document = TRY(xml::parse(text));
    if (!is_bpmn(document.root(), "definitions")) return fail(Errc::invalid, "process.not_bpmn");
    model_->sources.emplace_back(text);
    model_->documents.push_back(std::move(document));
    ++file_;
    messages_.clear(), signals_.clear(), errors_.clear(), escalations_.clear(), event_definitions_.clear();
    read_globals();
    for (auto child : this->document().root().children) {
        const Element& element = at(child);
        if (is_bpmn(element, "process") || kind_of(global_tasks, element)) TRY(read_process(child));
    }
    return {};
}

void Reader::read_globals() {
    for (auto index : document().root().children) {
        const Element& e = at(index);
        if (e.space != bpmn_namespace) continue;
        std::string id(e.attribute("id"));
        auto named = [&](std::string_view attribute) {
            auto value = e.attribute(attribute);
            return std::string(value.empty() ? std::string_view(id) : value);
        };
        if (e.name == "message")
            messages_[id] = named("name");
        else if (e.name == "signal")
            signals_[id] = named("name");
        else if (e.name == "error")
            errors_[id] = named("errorCode");
        else if (e.name == "escalation")
            escalations_[id] = e.attribute("escalationCode");
        else if (e.name.ends_with("EventDefinition"))
            event_definitions_[id] = &e;
        else if (e.name == "collaboration")
            for (auto child : e.children)
                if (const Element& flow = at(child); is_bpmn(flow, "messageFlow")) read_message_flow(e, flow);
    }
}

void Reader::read_message_flow(const Element& collaboration, const Element& e) {
    MessageFlow flow{std::string(e.attribute("id")),
                     std::string(local_part(e.attribute("sourceRef"))),
                     std::string(local_part(e.attribute("targetRef"))),
                     {}};
    for (auto child : collaboration.children)
        if (const Element& pool = at(child); is_bpmn(pool, "participant") && pool.attribute("id") == flow.target)
            flow.pool = local_part(pool.attribute("processRef"));
    model_->message_flows.push_back(std::move(flow));
}

Result<void> Reader::read_process(std::uint32_t element) {
    ids_.clear(), sequence_flows_.clear(), associations_.clear(), lane_sets_.clear(), flow_scopes_.clear();
    int process = TRY(add_node(element, Kind::process, -1));
    node(process).executable = at(element).attribute("isExecutable") == "true";
    // A later file replaces a process of the same id.
    std::erase_if(model_->processes, [&](int other) { return node(other).id == node(process).id && other != process; });
    model_->processes.push_back(process);
    if (auto kind = kind_of(global_tasks, at(element))) {
        node(process).executable = true;
        int task = TRY(add_node(element, *kind, process));
        node(process).children.push_back(task);
        node(process).entries.push_back(task);
        return {};
    }
    TRY(read_scope(element, process));
    connect(process);
    for (const Element* set : lane_sets_) read_lanes(*set, {}, "");
    find_entries(process);
    return {};
}

Result<int> Reader::add_node(std::uint32_t element, Kind kind, int scope) {
    if (model_->nodes.size() >= nodes_max)
        return fail(Errc::too_large, "process.too_many_nodes", {{"limit", std::to_string(nodes_max)}});
    int index = static_cast<int>(model_->nodes.size());
    Node out;
    out.index = index;
    out.kind = kind;
    out.scope = scope;
    out.process = scope < 0 ? index : node(scope).process;
    out.element = element;
    out.document = file_;
    out.id = at(element).attribute("id");
    if (out.id.empty()) out.id = "~" + std::to_string(index);
    model_->nodes.push_back(std::move(out));
    read_node(at(element), node(index));
    const std::string& id = node(index).id;
    if (kind != Kind::process) ids_.emplace(id, index);
    model_->by_id_[node(node(index).process).id + '\n' + (kind == Kind::process ? std::string() : id)] = index;
    return index;
}

Result<void> Reader::read_scope(std::uint32_t element, int scope) {
    for (auto child : std::vector<std::uint32_t>(at(element).children)) {
        const Element& e = at(child);
        if (is_bpmn(e, "sequenceFlow")) {
            sequence_flows_.push_back(&e);
        } else if (is_bpmn(e, "association")) {
            associations_.push_back(&e);
        } else if (is_bpmn(e, "laneSet")) {
            lane_sets_.push_back(&e);
        } else if (auto kind = kind_of(element_kinds, e)) {
            int index = TRY(add_node(child, *kind, scope));
            node(scope).children.push_back(index);
            if (is_sub_process(*kind)) TRY(read_scope(child, index));
            if (node(index).by_event) node(scope).event_subs.push_back(index);
        }
    }
    return {};
}

void Reader::read_node(const Element& e, Node& out) {
    out.name = make_text(e.attribute("name"));
    read_extensions(e, out);
    switch (out.kind) {
        case Kind::boundary_event:
            out.interrupting = e.attribute("cancelActivity") != "false";
            break;
        case Kind::start_event:
            out.interrupting = e.attribute("isInterrupting") != "false";
            break;
        case Kind::event_based:
            out.instantiate = e.attribute("instantiate") == "true";
            out.parallel_events = e.attribute("eventGatewayType") == "Parallel";
            break;
        case Kind::complex:
            for (auto child : e.children)
                if (is_bpmn(at(child), "activationCondition")) out.activation = make_formula(at(child).text);
            break;
        default:
            break;
    }
    if (is_event(out.kind)) {
        out.parallel_multiple = e.attribute("parallelMultiple") == "true";
        read_events(e, out);
    }
    if (is_activity(out.kind)) read_activity(e, out);
}

void Reader::connect(int process) {
    auto find = [&](std::string_view id) {
        auto it = ids_.find(std::string(local_part(id)));
        return it == ids_.end() ? -1 : it->second;
    };
    for (const Element* e : sequence_flows_) {
        int source = find(e->attribute("sourceRef")), target = find(e->attribute("targetRef"));
        if (source < 0 || target < 0) continue;  // the check reports it
        Flow flow;
        flow.index = static_cast<int>(model_->flows.size());
        flow.id = e->attribute("id");
        flow.name = e->attribute("name");
        if (flow.id.empty()) flow.id = "~flow" + std::to_string(flow.index);
        flow.source = source;
        flow.target = target;
        for (auto child : e->children)
            if (is_bpmn(at(child), "conditionExpression")) {
                flow.condition = make_formula(at(child).text);
                auto language = at(child).attribute("language");
                if (language == "groovy" || language == "javascript" || language == "python") flow.condition.value = {};
            }
        node(source).outgoing.push_back(flow.index);
        node(target).incoming.push_back(flow.index);
        model_->flows.push_back(std::move(flow));
    }
    for (auto& [id, index] : ids_) {
        Node& n = node(index);
        const Element& e = at(n.element);
        if (auto flow_id = e.attribute("default"); !flow_id.empty())
            for (int flow : n.outgoing)
                if (model_->flows[static_cast<std::size_t>(flow)].id == local_part(flow_id)) n.default_flow = flow;
        if (n.kind == Kind::boundary_event) {
            n.attached_to = find(e.attribute("attachedToRef"));
            if (n.attached_to >= 0) node(n.attached_to).boundaries.push_back(index);
        }
    }
    for (int i = process; i < static_cast<int>(model_->nodes.size()); ++i) std::ranges::sort(node(i).boundaries);
    for (const Element* e : associations_) {
        int source = find(e->attribute("sourceRef")), target = find(e->attribute("targetRef"));
        if (source < 0 || target < 0 || node(source).kind != Kind::boundary_event || !node(target).for_compensation)
            continue;
        for (const auto& event : node(source).events)
            if (event.trigger == Trigger::compensation && node(source).attached_to >= 0)
                node(node(source).attached_to).compensation_handler = target;
    }
}

void Reader::read_lanes(const Element& lane_set, const Assignee& inherited, const std::string& lane_name) {
    for (auto index : lane_set.children) {
        const Element& lane = at(index);
        if (!is_bpmn(lane, "lane")) continue;
        Assignee work = read_work(lane);
        if (work.role.empty()) work.role = inherited.role;
        if (work.unit.empty()) work.unit = inherited.unit;
        std::string name(lane.attribute("name"));
        if (name.empty()) name = lane_name;
        for (auto child : lane.children) {
            const Element& e = at(child);
            if (is_bpmn(e, "childLaneSet")) {
                read_lanes(e, work, name);
            } else if (is_bpmn(e, "flowNodeRef")) {
                auto it = ids_.find(std::string(local_part(xml::trim(e.text))));
                if (it == ids_.end()) continue;
                // Nested lanes come after and are more precise, so the last word wins; a sub-process hands its lane
                // down.
                std::vector<int> inside{it->second};
                while (!inside.empty()) {
                    Node& n = node(inside.back());
                    inside.pop_back();
                    n.lane = name;
                    Assignee own = read_work(at(n.element));
                    n.work.role = own.role.empty() ? work.role : own.role;
                    n.work.unit = own.unit.empty() ? work.unit : own.unit;
                    inside.insert(inside.end(), n.children.begin(), n.children.end());
                }
            }
        }
    }
}

void Reader::find_entries(int process) {
    for (int i = process; i < static_cast<int>(model_->nodes.size()); ++i) {
        Node& scope = node(i);
        if (scope.kind != Kind::process && !is_sub_process(scope.kind)) continue;
        bool has_start = false;
        for (int child : scope.children) {
            const Node& n = node(child);
            if (n.kind != Kind::start_event) continue;
            has_start = true;
            // A sub-process that is not started by an event ignores what its start event says.
            if (n.events.empty() || (scope.kind != Kind::process && !scope.by_event)) scope.entries.push_back(child);
        }
        if (has_start && scope.kind != Kind::ad_hoc) continue;
        for (int child : scope.children) {
            const Node& n = node(child);
            bool link = !n.events.empty() && n.events[0].trigger == Trigger::link && n.kind == Kind::catch_event;
            bool instantiating = n.instantiate && scope.kind == Kind::process;
            if (n.kind != Kind::start_event && n.kind != Kind::boundary_event && n.incoming.empty() &&
                !n.for_compensation && !n.by_event && !link && !instantiating)
                scope.entries.push_back(child);
        }
    }
}

ModelPtr Reader::finish() { return std::move(model_); }

Result<ModelPtr> read_models(std::span<const std::string_view> xmls, std::span<const ScriptAlias> aliases) {
    Reader reader(aliases);
    for (auto text : xmls) TRY(reader.add_file(text));
    return reader.finish();
}

Result<ModelPtr> read_model(std::string_view xml) { return read_models({&xml, 1}); }

std::string write_model(const Model& model, std::size_t file) {
    return file < model.sources.size() ? model.sources[file] : std::string();
}

const Node* Model::find_process(std::string_view id) const {
    for (auto it = processes.rbegin(); it != processes.rend(); ++it)
        if (nodes[static_cast<std::size_t>(*it)].id == id) return &nodes[static_cast<std::size_t>(*it)];
    return nullptr;
}

const Node* Model::find_node(int process, std::string_view id) const {
    std::string key = nodes[static_cast<std::size_t>(process)].id;
    key += '\n';
    key += id;
    auto it = by_id_.find(key);
    return it == by_id_.end() ? nullptr : &nodes[static_cast<std::size_t>(it->second)];
}

const Node* Model::main_process() const {
    for (int p : processes)
        if (nodes[static_cast<std::size_t>(p)].executable) return &nodes[static_cast<std::size_t>(p)];
    return processes.empty() ? nullptr : &nodes[static_cast<std::size_t>(processes.front())];
}

}  // namespace motcua::process
