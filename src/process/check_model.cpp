#include "process/check_model.hpp"

#include <algorithm>

#include "process/checker.hpp"
#include "process/reader.hpp"

namespace motcua::process {

std::vector<Problem> check_model(const Model& model, const CheckOptions& options) {
    std::vector<Problem> out;
    for (std::size_t file = 0; file < model.documents.size(); ++file) {
        Checker checker(model, static_cast<int>(file), options, out);
        checker.check_document();
        checker.check_flows();
        checker.check_events();
        checker.check_data();
        checker.check_work();
    }
    if (model.processes.empty()) out.push_back({Problem::Severity::error, "definitions", "process.no_process", {}});
    // Running a broken model tells nothing, so the search comes last and only for those without errors.
    if (options.soundness && !has_errors(out))
        for (int p : model.processes)
            if (model.nodes[static_cast<std::size_t>(p)].executable) check_soundness(model, p, options, out);
    return out;
}

bool has_errors(const std::vector<Problem>& problems) {
    return std::ranges::any_of(problems, [](const Problem& p) { return p.severity == Problem::Severity::error; });
}

std::string describe(const std::vector<Problem>& problems) {
    std::string out;
    for (const auto& p : problems) {
        out += p.severity == Problem::Severity::error ? "error " : "warning ";
        out += p.element + " " + p.reason;
        for (const auto& param : p.params) out += " " + param.name + "=" + param.value;
        out += '\n';
    }
    return out;
}

// ---- what the parts share

Checker::Checker(const Model& model, int file, const CheckOptions& options, std::vector<Problem>& out)
    : model_(model),
      document_(model.documents[static_cast<std::size_t>(file)]),
      file_(file),
      options_(options),
      out_(out) {
    nodes_.assign(document_.elements.size(), -1);
    // A global task stands for its process and for its work; the process comes first.
    for (const Node& n : model.nodes)
        if (n.document == file && nodes_[n.element] < 0) nodes_[n.element] = n.index;
    for (std::uint32_t i = 0; i < document_.elements.size(); ++i) {
        const Element& e = at(i);
        if (e.space != bpmn_namespace) continue;
        if (auto id = e.attribute("id"); !id.empty()) ids_.emplace(id, i);
        if (e.name == "association") {
            associations_.emplace(">" + std::string(local_part(e.attribute("sourceRef"))), &e);
            associations_.emplace("<" + std::string(local_part(e.attribute("targetRef"))), &e);
        }
        lists_flows_ = lists_flows_ || e.name == "incoming" || e.name == "outgoing";
    }
}

void Checker::report(Problem::Severity severity, const Element& e, std::string_view reason, std::vector<Param> params) {
    if (out_.size() >= 500) return;
    std::string name(e.attribute("id"));
    if (name.empty()) {
        // The nearest element with an id, and the line.
        const Element* around = &e;
        while (around->attribute("id").empty() && around != &document_.root()) around = &at(around->parent);
        name = std::string(around->attribute("id"));
        if (name.empty()) name = e.name;
        params.push_back({"line", std::to_string(e.line)});
    }
    Problem problem{severity, std::move(name), std::string(reason), std::move(params)};
    for (const auto& p : out_)
        if (p.element == problem.element && p.reason == problem.reason && p.params == problem.params) return;
    out_.push_back(std::move(problem));
}

const xml::Element* Checker::find(std::string_view id) const {
    auto it = ids_.find(std::string(id));
    return it == ids_.end() ? nullptr : &at(it->second);
}

const xml::Element* Checker::child(const Element& e, std::string_view name) const {
    for (auto index : e.children)
        if (is_bpmn(at(index), name)) return &at(index);
    return nullptr;
}

std::vector<const xml::Element*> Checker::children(const Element& e, std::string_view name) const {
    std::vector<const Element*> out;
    for (auto index : e.children)
        if (is_bpmn(at(index), name)) out.push_back(&at(index));
    return out;
}

const xml::Element* Checker::within(const Element& e, std::string_view name) const {
    const Element* around = &e;
    while (!is_bpmn(*around, name)) {
        if (around == &document_.root()) return nullptr;
        around = &at(around->parent);
    }
    return around;
}

bool Checker::executable(const Element& e) const {
    const Element* process = within(e, "process");
    return process && process->attribute("isExecutable") == "true";
}

const Node* Checker::node_with(const Element& e) const {
    int index = nodes_[static_cast<std::size_t>(&e - document_.elements.data())];
    return index < 0 ? nullptr : &node(index);
}

}  // namespace motcua::process
