// Turns XML trees into a Model. One Reader per set of files; used by read_model only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "process/model.hpp"

namespace motcua::process {

inline constexpr std::size_t nodes_max = 5'000;

class Reader {
  public:
    explicit Reader(std::span<const ScriptAlias> aliases) : aliases_(aliases) {}
    Result<void> add_file(std::string_view text);
    ModelPtr finish();

  private:
    using Element = xml::Element;
    std::span<const ScriptAlias> aliases_;
    std::shared_ptr<Model> model_ = std::make_shared<Model>();
    int file_ = -1;
    // Of the present file: id → name or code; id → top-level event definition.
    std::unordered_map<std::string, std::string> messages_, signals_, errors_, escalations_;
    std::unordered_map<std::string, const Element*> event_definitions_;
    // Of the present process.
    std::unordered_map<std::string, int> ids_;
    std::vector<const Element*> sequence_flows_, associations_, lane_sets_;
    std::vector<std::pair<int, const Element*>> flow_scopes_;

    const xml::Document& document() const { return model_->documents[static_cast<std::size_t>(file_)]; }
    const Element& at(std::uint32_t index) const { return document().elements[index]; }
    Node& node(int index) { return model_->nodes[static_cast<std::size_t>(index)]; }

    void read_globals();
    void read_message_flow(const Element& collaboration, const Element& flow);
    Result<void> read_process(std::uint32_t element);
    Result<void> read_scope(std::uint32_t element, int scope);
    Result<int> add_node(std::uint32_t element, Kind kind, int scope);
    void read_node(const Element& element, Node& out);
    void connect(int process);
    void read_lanes(const Element& lane_set, const Assignee& inherited, const std::string& lane_name);
    void find_entries(int process);

    // reader_details.cpp
    void read_activity(const Element& element, Node& out);
    void read_extensions(const Element& element, Node& out);
    void read_loop(const Element& element, Loop& out);
    void read_script(const Element& element, Node& out);
    void read_people(const Element& element, Node& out);
    void read_parameters(const Element& element, Node& out);
    void read_events(const Element& element, Node& out);
    EventDefinition read_event(const Element& element);
    Assignee read_work(const Element& element) const;
    Formula parameter_value(const Element& element);
};

Text make_text(std::string_view text);
Formula make_formula(std::string_view text);
/// The local part of a QName.
std::string_view local_part(std::string_view name);
bool is_bpmn(const xml::Element& element, std::string_view name);
/// Attribute of one of the extension namespaces that the engine reads (its own, and those of Camunda and Activiti).
std::string_view extension(const xml::Element& element, std::string_view name);
bool is_extension(const xml::Element& element, std::string_view name);

}  // namespace motcua::process
