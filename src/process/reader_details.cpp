// The parts of elements: event definitions, loops, scripts, people, parameters and extension attributes.
#include <algorithm>
#include <charconv>
#include <utility>

#include "process/reader.hpp"

namespace motcua::process {
namespace {

/// Splits at commas that are not inside ${…} or parentheses.
std::vector<std::string> split_names(std::string_view text) {
    std::vector<std::string> out;
    std::string part;
    int depth = 0;
    auto flush = [&] {
        auto trimmed = xml::trim(part);
        if (!trimmed.empty()) out.emplace_back(trimmed);
        part.clear();
    };
    for (char c : text) {
        if (c == '{' || c == '(') ++depth;
        if (c == '}' || c == ')') --depth;
        if (c == ',' && depth <= 0)
            flush();
        else
            part += c;
    }
    flush();
    return out;
}

void add_texts(std::string_view names, std::vector<Text>& out) {
    for (const auto& name : split_names(names)) out.push_back(make_text(name));
}

bool is_name(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    for (char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
    return true;
}

Assignment read_assignment(std::string_view statement) {
    for (auto at = statement.find('='); at != std::string_view::npos; at = statement.find('=', at + 1)) {
        auto target = xml::trim(statement.substr(0, at));
        if (at + 1 < statement.size() && statement[at + 1] == '=') break;
        if (is_name(target)) return {std::string(target), make_formula(statement.substr(at + 1))};
        break;
    }
    return {"", make_formula(statement)};
}

std::vector<Assignment> read_assignments(std::string_view text) {
    std::vector<Assignment> out;
    std::string statement;
    char quote = 0;
    auto flush = [&] {
        if (!xml::trim(statement).empty()) out.push_back(read_assignment(xml::trim(statement)));
        statement.clear();
    };
    for (char c : text) {
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        if (!quote && (c == ';' || c == '\n'))
            flush();
        else
            statement += c;
    }
    flush();
    return out;
}

std::int64_t read_integer(std::string_view text, std::int64_t fallback) {
    std::int64_t value = 0;
    text = xml::trim(text);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : fallback;
}

}  // namespace

std::optional<Limit> parse_limit(std::string_view text) {
    text = xml::trim(text);
    auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    auto unit = xml::trim(text.substr(space));
    if (unit != "working_hour" && unit != "working_day" && unit != "day" && unit != "month") return std::nullopt;
    std::int64_t milli = 0;
    int decimals = -1;
    for (char c : text.substr(0, space)) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
        } else if (c >= '0' && c <= '9' && decimals < 3 && milli < 1'000'000'000) {
            milli = milli * 10 + (c - '0');
            if (decimals >= 0) ++decimals;
        } else {
            return std::nullopt;
        }
    }
    for (int i = std::max(decimals, 0); i < 3; ++i) milli *= 10;
    if (milli <= 0) return std::nullopt;
    return Limit{milli, std::string(unit)};
}

/// Between blanks or commas.
static std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> all;
    std::string part;
    for (char c : text + ' ') {
        if (c != ' ' && c != ',') {
            part += c;
        } else if (!part.empty()) {
            all.push_back(std::exchange(part, {}));
        }
    }
    return all;
}

Assignee Reader::read_work(const Element& e) const {
    auto own = [&](std::string_view name) { return std::string(e.attribute(motcua_namespace, name)); };
    Assignee out;
    out.role = own("role");
    out.unit = own("unit");
    out.form = own("form");
    out.due_rule = own("dueRule");
    out.limit = parse_limit(own("limit"));
    if (auto share = own("limitShare"); !share.empty()) {
        double value = 0;
        auto [end, error] = std::from_chars(share.data(), share.data() + share.size(), value);
        if (error == std::errc{} && end == share.data() + share.size() && value >= 0 && value <= 100)
            out.limit_share = value;
    }
    out.may_return_to = words(own("mayReturnTo"));
    out.separate_from = words(own("separateFrom"));
    out.confirm = own("confirm") == "true";
    return out;
}

void Reader::read_extensions(const Element& e, Node& out) {
    out.work = read_work(e);
    out.async_before = extension(e, "async") == "true" || extension(e, "asyncBefore") == "true";
    out.async_after = extension(e, "asyncAfter") == "true";
    out.assignee = make_text(extension(e, "assignee"));
    out.owner = make_text(extension(e, "owner"));
    out.priority = make_text(extension(e, "priority"));
    out.due_date = make_text(extension(e, "dueDate"));
    out.follow_up_date = make_text(extension(e, "followUpDate"));
    add_texts(extension(e, "candidateUsers"), out.candidate_users);
    add_texts(extension(e, "candidateGroups"), out.candidate_groups);
    if (out.work.form.empty()) out.work.form = extension(e, "formKey");
    out.result_variable = extension(e, "resultVariable");
    if (out.result_variable.empty()) out.result_variable = extension(e, "resultVariableName");
    out.call = e.attribute(motcua_namespace, "call");
    out.correlation = e.attribute(motcua_namespace, "correlation");
    for (auto name : {"class", "delegateExpression", "type", "decisionRef", "caseRef"})
        if (auto value = extension(e, name); !value.empty()) out.foreign = std::string(name) + "=" + std::string(value);
    if (auto expression = extension(e, "expression"); !expression.empty())
        out.call_expression = make_formula(expression);
    for (auto child : e.children) {
        const Element& part = at(child);
        if (is_bpmn(part, "documentation")) out.description = make_text(xml::trim(part.text));
        if (!is_bpmn(part, "extensionElements")) continue;
        for (auto inner : part.children)
            if (is_extension(at(inner), "inputOutput")) read_parameters(at(inner), out);
    }
}

void Reader::read_activity(const Element& e, Node& out) {
    out.for_compensation = e.attribute("isForCompensation") == "true";
    out.by_event = e.attribute("triggeredByEvent") == "true" && is_sub_process(out.kind);
    out.start_quantity =
        static_cast<int>(std::clamp<std::int64_t>(read_integer(e.attribute("startQuantity"), 1), 1, 100));
    out.completion_quantity =
        static_cast<int>(std::clamp<std::int64_t>(read_integer(e.attribute("completionQuantity"), 1), 1, 100));
    out.instantiate = e.attribute("instantiate") == "true" && out.kind == Kind::receive_task;
    if (auto ref = e.attribute("messageRef"); !ref.empty()) {
        auto it = messages_.find(std::string(local_part(ref)));
        out.message = it == messages_.end() ? std::string(local_part(ref)) : it->second;
    }
    if (out.kind == Kind::call_activity) {
        std::string called(e.attribute("calledElement"));
        if (called.find('{') == std::string::npos) called = local_part(called);
        out.called = make_text(called);
    }
    if (out.kind == Kind::ad_hoc) {
        out.ad_hoc_sequential = e.attribute("ordering") == "Sequential";
        out.cancel_remaining = e.attribute("cancelRemainingInstances") != "false";
    }
    for (auto child : e.children) {
        const Element& part = at(child);
        if (is_bpmn(part, "standardLoopCharacteristics") || is_bpmn(part, "multiInstanceLoopCharacteristics"))
            read_loop(part, out.loop);
        else if (is_bpmn(part, "script"))
            read_script(part, out);
        else if (is_bpmn(part, "humanPerformer") || is_bpmn(part, "potentialOwner") || is_bpmn(part, "performer"))
            read_people(part, out);
        else if (is_bpmn(part, "completionCondition") && out.kind == Kind::ad_hoc)
            out.completion = make_formula(part.text);
        else if (is_bpmn(part, "extensionElements") && out.kind == Kind::call_activity)
            for (auto inner : part.children) {
                const Element& mapping = at(inner);
                bool in = is_extension(mapping, "in");
                if (!in && !is_extension(mapping, "out")) continue;
                if (mapping.has("businessKey")) continue;
                Mapping m;
                m.all = mapping.attribute("variables") == "all";
                m.local = mapping.attribute("local") == "true";
                m.target = mapping.attribute("target");
                auto source = mapping.attribute("source");
                m.source = make_formula(source.empty() ? mapping.attribute("sourceExpression") : source);
                (in ? out.in : out.out).push_back(std::move(m));
            }
    }
}

void Reader::read_loop(const Element& e, Loop& out) {
    if (e.name == "standardLoopCharacteristics") {
        out.kind = LoopKind::standard;
        out.test_before = e.attribute("testBefore") == "true";
        if (e.has("loopMaximum")) out.maximum = read_integer(e.attribute("loopMaximum"), -1);
    } else {
        out.kind = e.attribute("isSequential") == "true" ? LoopKind::sequential : LoopKind::parallel;
        auto behavior = e.attribute("behavior");
        out.behavior = behavior == "One"       ? Behavior::one
                       : behavior == "None"    ? Behavior::none
                       : behavior == "Complex" ? Behavior::complex
                                               : Behavior::all;
        if (auto collection = extension(e, "collection"); !collection.empty())
            out.collection = make_formula(collection);
        out.element_variable = extension(e, "elementVariable");
        out.async_before = extension(e, "asyncBefore") == "true" || extension(e, "async") == "true";
        auto thrown = [&](std::string_view attribute) {
            auto it = event_definitions_.find(std::string(local_part(e.attribute(attribute))));
            if (it != event_definitions_.end()) out.thrown.emplace_back(Formula{}, read_event(*it->second));
        };
        if (out.behavior == Behavior::one) thrown("oneBehaviorEventRef");
        if (out.behavior == Behavior::none) thrown("noneBehaviorEventRef");
    }
    for (auto child : e.children) {
        const Element& part = at(child);
        if (is_bpmn(part, "loopCondition"))
            out.condition = make_formula(part.text);
        else if (is_bpmn(part, "loopCardinality"))
            out.cardinality = make_formula(part.text);
        else if (is_bpmn(part, "completionCondition"))
            out.completion = make_formula(part.text);
        else if (is_bpmn(part, "loopDataInputRef") && !out.collection.given)
            out.collection = make_formula(local_part(xml::trim(part.text)));
        else if (is_bpmn(part, "inputDataItem") && out.element_variable.empty()) {
            auto name = part.attribute("name");
            out.element_variable = name.empty() ? part.attribute("id") : name;
        } else if (is_bpmn(part, "complexBehaviorDefinition") && out.behavior == Behavior::complex) {
            std::pair<Formula, EventDefinition> rule;
            for (auto inner : part.children) {
                if (is_bpmn(at(inner), "condition")) rule.first = make_formula(at(inner).text);
                if (is_bpmn(at(inner), "event"))
                    for (auto definition : at(inner).children)
                        if (at(definition).name.ends_with("EventDefinition")) rule.second = read_event(at(definition));
            }
            out.thrown.push_back(std::move(rule));
        }
    }
}

void Reader::read_script(const Element& e, Node& out) {
    out.script.text = xml::trim(e.text);
    for (const auto& alias : aliases_)
        if (alias.script == out.script.text) {
            out.script.assignments = read_assignments(alias.assignments);
            out.script.wait = alias.wait;
            return;
        }
    const Element& task = at(e.parent);
    auto format = task.attribute("scriptFormat");
    static constexpr std::string_view own[] = {"", "feel", "juel", "motcua", "application/vnd.motcua.expression"};
    out.script.readable = std::ranges::find(own, format) != std::end(own);
    if (!out.script.readable) return;
    out.script.assignments = read_assignments(out.script.text);
    for (auto& assignment : out.script.assignments) {
        if (!assignment.value.value) out.script.readable = false;
        if (assignment.target.empty()) assignment.target = out.result_variable;
    }
}

void Reader::read_people(const Element& e, Node& out) {
    for (auto child : e.children) {
        if (!is_bpmn(at(child), "resourceAssignmentExpression")) continue;
        for (auto inner : at(child).children) {
            auto text = xml::trim(at(inner).text);
            if (e.name == "humanPerformer" || e.name == "performer") {
                if (out.assignee.empty()) out.assignee = make_text(text);
                continue;
            }
            for (const auto& name : split_names(text)) {
                auto inside = [&](std::string_view function) -> std::optional<std::string> {
                    if (!name.starts_with(function) || !name.ends_with(")")) return std::nullopt;
                    return std::string(
                        xml::trim(std::string_view(name).substr(function.size(), name.size() - function.size() - 1)));
                };
                if (auto user = inside("user("))
                    out.candidate_users.push_back(make_text(*user));
                else if (auto group = inside("group("))
                    out.candidate_groups.push_back(make_text(*group));
                else
                    out.candidate_groups.push_back(make_text(name));
            }
        }
    }
}

Formula Reader::parameter_value(const Element& e) {
    // Lists and maps become one list or object expression of their parts.
    for (auto child : e.children) {
        const Element& part = at(child);
        if (is_extension(part, "script")) return {true, {}, std::string(xml::trim(part.text))};
        bool list = is_extension(part, "list"), map = is_extension(part, "map");
        if (!list && !map) continue;
        std::string text = list ? "[" : "{";
        bool first = true;
        for (auto inner : part.children) {
            if (!first) text += ", ";
            first = false;
            if (map) text += json::serialize(json::value(at(inner).attribute("key"))) + ": ";
            auto value = xml::trim(at(inner).text);
            bool dynamic = value.starts_with("${") && value.ends_with("}");
            text += dynamic ? "(" + std::string(value.substr(2, value.size() - 3)) + ")"
                            : json::serialize(json::value(std::string_view(value)));
        }
        return make_formula(text + (list ? "]" : "}"));
    }
    Formula out;
    out.given = true;
    out.text = xml::trim(e.text);
    if (auto read = expression::compile_template(out.text)) out.value = *read;
    return out;
}

void Reader::read_parameters(const Element& e, Node& out) {
    for (auto child : e.children) {
        const Element& part = at(child);
        Assignment parameter{std::string(part.attribute("name")), {}};
        if (is_extension(part, "inputParameter") || is_extension(part, "outputParameter")) {
            parameter.value = parameter_value(part);
            (part.name == "inputParameter" ? out.inputs : out.outputs).push_back(std::move(parameter));
        }
    }
}

void Reader::read_events(const Element& e, Node& out) {
    for (auto child : e.children) {
        const Element& part = at(child);
        if (is_bpmn(part, "eventDefinitionRef")) {
            auto it = event_definitions_.find(std::string(local_part(xml::trim(part.text))));
            if (it != event_definitions_.end()) out.events.push_back(read_event(*it->second));
        } else if (part.space == bpmn_namespace && part.name.ends_with("EventDefinition")) {
            out.events.push_back(read_event(part));
            // A signal sent asynchronously: the token waits for its own transaction before it speaks.
            if (extension(part, "async") == "true") out.async_before = true;
            for (auto name : {"class", "delegateExpression", "type"})
                if (auto value = extension(part, name); !value.empty())
                    out.foreign = std::string(name) + "=" + std::string(value);
        }
    }
}

EventDefinition Reader::read_event(const Element& e) {
    EventDefinition out;
    out.id = e.attribute("id");
    auto resolve = [&](const std::unordered_map<std::string, std::string>& known, std::string_view attribute) {
        std::string ref(local_part(e.attribute(attribute)));
        auto it = known.find(ref);
        out.name = make_text(it == known.end() ? ref : it->second);
    };
    auto child_formula = [&](std::string_view name) {
        for (auto child : e.children)
            if (is_bpmn(at(child), name)) return make_formula(at(child).text);
        return Formula{};
    };
    if (e.name == "messageEventDefinition") {
        out.trigger = Trigger::message;
        resolve(messages_, "messageRef");
        out.correlation = extension(e, "correlation");
    } else if (e.name == "signalEventDefinition") {
        out.trigger = Trigger::signal;
        resolve(signals_, "signalRef");
    } else if (e.name == "errorEventDefinition") {
        out.trigger = Trigger::error;
        resolve(errors_, "errorRef");
        out.code_variable = extension(e, "errorCodeVariable");
        out.message_variable = extension(e, "errorMessageVariable");
    } else if (e.name == "escalationEventDefinition") {
        out.trigger = Trigger::escalation;
        resolve(escalations_, "escalationRef");
        out.code_variable = extension(e, "escalationCodeVariable");
    } else if (e.name == "conditionalEventDefinition") {
        out.trigger = Trigger::conditional;
        out.condition = child_formula("condition");
        out.variable_name = extension(e, "variableName");
        if (auto changes = extension(e, "variableEvents"); !changes.empty()) {
            out.on_create = changes.find("create") != std::string_view::npos;
            out.on_update = changes.find("update") != std::string_view::npos;
        }
    } else if (e.name == "compensateEventDefinition") {
        out.trigger = Trigger::compensation;
        out.activity = local_part(e.attribute("activityRef"));
        out.wait_for_completion = e.attribute("waitForCompletion") != "false";
    } else if (e.name == "cancelEventDefinition") {
        out.trigger = Trigger::cancel;
    } else if (e.name == "terminateEventDefinition") {
        out.trigger = Trigger::terminate;
    } else if (e.name == "linkEventDefinition") {
        out.trigger = Trigger::link;
        out.name = make_text(e.attribute("name"));
    } else if (e.name == "timerEventDefinition") {
        out.trigger = Trigger::timer;
        static constexpr std::pair<std::string_view, TimerKind> kinds[] = {
            {"timeDate", TimerKind::date}, {"timeDuration", TimerKind::duration}, {"timeCycle", TimerKind::cycle}};
        for (auto child : e.children)
            for (auto [name, kind] : kinds)
                if (is_bpmn(at(child), name)) {
                    out.timer_kind = kind;
                    out.timer = make_text(xml::trim(at(child).text));
                }
        if (auto limit = parse_limit(e.attribute(motcua_namespace, "limit"))) {
            out.timer_kind = TimerKind::working;
            out.working_limit = *limit;
        }
    }
    return out;
}

}  // namespace motcua::process
