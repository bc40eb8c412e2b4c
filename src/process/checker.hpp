// What the parts of the check share: one document, its ids, and helpers to speak about elements.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "process/check_model.hpp"

namespace motcua::process {

class Checker {
  public:
    Checker(const Model& model, int file, const CheckOptions& options, std::vector<Problem>& out);

    void check_document();  // form: elements, attributes, ids, references           (check_document.cpp)
    void check_flows();     // sequence and message flows, gateways, start and end   (check_flows.cpp)
    void check_events();    // triggers and what each place allows                   (check_events.cpp)
    void check_data();      // item definitions, inputs and outputs, operations      (check_data.cpp)
    void check_work();      // expressions, roles, forms, returns, limits            (check_work.cpp)

  private:
    using Element = xml::Element;
    const Model& model_;
    const xml::Document& document_;
    int file_;
    const CheckOptions& options_;
    std::vector<Problem>& out_;
    std::unordered_map<std::string, std::uint32_t> ids_;
    bool lists_flows_ = false;                                 // the file writes <incoming> and <outgoing>
    std::vector<int> nodes_;                                   // by element: its node, or -1
    std::multimap<std::string, const Element*> associations_;  // by source and by target, ">id" and "<id"

    const Element& at(std::uint32_t index) const { return document_.elements[index]; }
    const Element& element_of(const Node& node) const { return at(node.element); }
    const Node& node(int index) const { return model_.nodes[static_cast<std::size_t>(index)]; }
    const Flow& flow(int index) const { return model_.flows[static_cast<std::size_t>(index)]; }
    template <class F>
    void each_node(F&& f) const {
        for (const Node& n : model_.nodes)
            if (n.document == file_) f(n);
    }

    void report(Problem::Severity severity, const Element& element, std::string_view reason,
                std::vector<Param> params = {});
    void error(const Element& element, std::string_view reason, std::vector<Param> params = {}) {
        report(Problem::Severity::error, element, reason, std::move(params));
    }
    void warn(const Element& element, std::string_view reason, std::vector<Param> params = {}) {
        report(Problem::Severity::warning, element, reason, std::move(params));
    }
    const Element* find(std::string_view id) const;
    const Element* child(const Element& element, std::string_view name) const;
    std::vector<const Element*> children(const Element& element, std::string_view name) const;
    /// The enclosing (or own) element of that name.
    const Element* within(const Element& element, std::string_view name) const;
    bool executable(const Element& element) const;
    bool executable(const Node& n) const { return node(n.process).executable; }
    const Node* node_with(const Element& element) const;

    // check_document.cpp
    void check_containment(const Element& element);
    void check_attributes(const Element& element);
    void check_references(const Element& element);
    void check_reference(const Element& element, std::string_view where, std::string_view target,
                         std::string_view kinds);
    void check_formal(const Element& element);

    // check_flows.cpp
    void check_sequence_flow(const Element& element);
    void check_listed_flows(const Element& element, const Node& n);
    void check_message_flow(const Element& element);
    void check_gateway(const Node& n);
    void check_event_gateway(const Node& n);
    void check_scope(const Node& scope);
    void check_activity(const Node& n);
    void check_loop(const Node& n);

    // check_events.cpp
    void check_event(const Node& n);
    void check_definition(const Node& n, const EventDefinition& d, const Element& element);
    void check_link(const Node& n, const EventDefinition& d);

    // check_data.cpp
    std::string structure(std::string_view item) const;
    bool same_item(std::string_view a, std::string_view b) const;
    void check_io(const Element& specification);
    void check_association(const Element& association);
    void check_task_messages(const Node& n);
    void check_event_data(const Node& n);
    void check_call_data(const Node& n);

    // check_work.cpp
    void check_formula(const Node& n, const Formula& formula, bool boolean);
    void check_budget(const Node& process);
};

/// Search of the reachable states of each executable process (check_soundness.cpp).
void check_soundness(const Model& model, int process, const CheckOptions& options, std::vector<Problem>& out);

}  // namespace motcua::process
