// The choices behind a step, read from the conditions of the gateway that follows it.
#include <algorithm>

#include "portal/officer_forms.hpp"

namespace motcua::portal {

namespace {

/// "decision = "return"", "site_check = true": the variable and the literal; nullopt for anything more.
std::optional<std::pair<std::string, std::string>> read_comparison(std::string_view text) {
    auto trim = [](std::string_view t) {
        while (!t.empty() && t.front() == ' ') t.remove_prefix(1);
        while (!t.empty() && t.back() == ' ') t.remove_suffix(1);
        return t;
    };
    text = trim(text);
    if (text.starts_with("${") && text.ends_with('}')) text = trim(text.substr(2, text.size() - 3));
    std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    std::string_view name = trim(text.substr(0, equals));
    std::string_view value = text.substr(equals + 1);
    if (value.starts_with('=')) value.remove_prefix(1);
    value = trim(value);
    auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (name.empty() || !std::ranges::all_of(name, is_name)) return std::nullopt;
    if (value == "true") return std::pair(std::string(name), std::string(value));
    if (value.size() < 2 || value.front() != value.back() || (value.front() != '"' && value.front() != '\''))
        return std::nullopt;
    value = value.substr(1, value.size() - 2);
    if (value.find(value.front()) == std::string_view::npos && value.empty()) return std::nullopt;
    return std::pair(std::string(name), std::string(value));
}

}  // namespace

std::vector<Choice> step_choices(const process::Model& model, std::string_view element) {
    std::vector<Choice> choices;
    const process::Node* main = model.main_process();
    const process::Node* step = main ? model.find_node(main->index, element) : nullptr;
    if (!step) return choices;
    auto at = [](const auto& list, int index) -> const auto& { return list[static_cast<std::size_t>(index)]; };
    auto label = [&](const process::Flow& flow) {
        return flow.name.empty() ? at(model.nodes, flow.target).name.text : flow.name;
    };
    for (int out : step->outgoing) {
        const process::Node& gate = at(model.nodes, at(model.flows, out).target);
        if (gate.kind != process::Kind::exclusive && gate.kind != process::Kind::inclusive) continue;
        for (int way : gate.outgoing) {
            const process::Flow& flow = at(model.flows, way);
            auto comparison = flow.condition.given ? read_comparison(flow.condition.text) : std::nullopt;
            if (!comparison) continue;
            auto& [variable, value] = *comparison;
            auto choice = std::ranges::find(choices, variable, &Choice::variable);
            if (choice == choices.end()) {
                Choice made{.variable = variable, .yes_no = value == "true", .options = {}};
                if (!made.yes_no && gate.default_flow >= 0)
                    made.options.emplace_back("", label(at(model.flows, gate.default_flow)));
                choice = choices.insert(choices.end(), std::move(made));
            }
            choice->options.emplace_back(value, label(flow));
        }
    }
    return choices;
}

}  // namespace motcua::portal
