// Data: collections, input and output sets, associations, and items that must agree between messages, operations,
// events and called processes (BPMN 2.0 §8.3.10, §10.3).
#include <algorithm>
#include <set>

#include "process/checker.hpp"
#include "process/reader.hpp"

namespace motcua::process {

std::string Checker::structure(std::string_view item) const {
    const Element* definition = item.empty() ? nullptr : find(local_part(item));
    return definition ? std::string(definition->attribute("structureRef")) : std::string();
}

bool Checker::same_item(std::string_view a, std::string_view b) const {
    if (local_part(a) == local_part(b)) return true;
    auto x = structure(a), y = structure(b);
    return !x.empty() && local_part(x) == local_part(y);
}

void Checker::check_data() {
    for (const Element& e : document_.elements) {
        if (e.space != bpmn_namespace) continue;
        if (e.name == "dataObject" || e.name == "dataInput" || e.name == "dataOutput") {
            const Element* item = find(local_part(e.attribute("itemSubjectRef")));
            if (item && !e.attribute("itemSubjectRef").empty()) {
                auto collection = [](const Element& x) { return x.attribute("isCollection") == "true"; };
                if (collection(e) != collection(*item))
                    error(e, "process.collection_differs", {{"item", std::string(item->attribute("id"))}});
            }
        }
        if (e.name == "dataObjectReference" && e.has("itemSubjectRef")) error(e, "process.data_reference_item");
        if (e.name == "dataObject" && child(e, "dataState")) error(e, "process.data_object_state");
        if (e.name == "ioSpecification") check_io(e);
        if (e.name == "dataInputAssociation" || e.name == "dataOutputAssociation") check_association(e);
    }
    each_node([&](const Node& n) {
        if (is_event(n.kind)) check_event_data(n);
        if (n.kind == Kind::service_task || n.kind == Kind::send_task || n.kind == Kind::receive_task)
            check_task_messages(n);
        if (n.kind == Kind::call_activity) check_call_data(n);
        if (const Element* loop = child(element_of(n), "multiInstanceLoopCharacteristics"))
            for (auto [reference, part] :
                 {std::pair{"loopDataInputRef", "inputDataItem"}, std::pair{"loopDataOutputRef", "outputDataItem"}}) {
                const Element* ref = child(*loop, reference);
                const Element* item = child(*loop, part);
                const Element* data = ref ? find(local_part(xml::trim(ref->text))) : nullptr;
                if (!data) continue;
                const Element* object =
                    data->has("dataObjectRef") ? find(local_part(data->attribute("dataObjectRef"))) : data;
                if (object && object->attribute("isCollection") != "true" && extension(*loop, "collection").empty())
                    error(*loop, "process.loop_data_not_collection", {{"target", std::string(data->attribute("id"))}});
                if (object && item && object->has("itemSubjectRef") && item->has("itemSubjectRef") &&
                    !same_item(object->attribute("itemSubjectRef"), item->attribute("itemSubjectRef")))
                    error(*loop, "process.item_differs",
                          {{"a", std::string(data->attribute("id"))}, {"b", std::string(item->attribute("id"))}});
            }
    });
}

void Checker::check_io(const Element& e) {
    auto refs = [&](const Element& set, std::string_view name) {
        std::set<std::string> out;
        for (const Element* part : children(set, name)) out.emplace(local_part(xml::trim(part->text)));
        return out;
    };
    for (auto [data, set, required, optional, during, partner, back] :
         {std::tuple{"dataInput", "inputSet", "dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs",
                     "outputSetRefs", "inputSetRefs"},
          std::tuple{"dataOutput", "outputSet", "dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs",
                     "inputSetRefs", "outputSetRefs"}}) {
        auto sets = children(e, set);
        if (sets.empty()) error(e, "process.io_set_missing", {{"name", set}});
        std::set<std::string> used;
        for (const Element* s : sets) {
            auto all = refs(*s, required);
            used.insert(all.begin(), all.end());
            for (auto name : {optional, during})
                for (const auto& id : refs(*s, name))
                    if (!all.contains(id)) error(*s, "process.io_not_in_set", {{"list", name}, {"target", id}});
            // Sets that name each other must do so both ways.
            for (const auto& id : refs(*s, partner))
                if (const Element* other = find(id);
                    other && !refs(*other, back).contains(std::string(s->attribute("id"))))
                    error(*s, "process.io_one_way", {{"target", id}});
        }
        for (const Element* d : children(e, data))
            if (!used.contains(std::string(d->attribute("id")))) error(*d, "process.io_unused");
    }
    const Element& owner = at(e.parent);
    if (owner.name == "receiveTask" && children(e, "outputSet").size() > 1)
        error(e, "process.io_one_set", {{"name", "outputSet"}});
    if (owner.name == "sendTask" && children(e, "inputSet").size() > 1)
        error(e, "process.io_one_set", {{"name", "inputSet"}});
    if (owner.name == "serviceTask")
        for (auto name : {"inputSet", "outputSet"})
            if (children(e, name).size() > 1) error(e, "process.io_one_set", {{"name", name}});
}

void Checker::check_association(const Element& e) {
    auto sources = children(e, "sourceRef");
    const Element* target_ref = child(e, "targetRef");
    if (!target_ref) return error(e, "process.attribute_missing", {{"attribute", "targetRef"}, {"name", e.name}});
    bool transforms = child(e, "transformation") || child(e, "assignment");
    if (sources.size() > 1 && !child(e, "transformation")) error(e, "process.association_sources");
    const Element* target = find(local_part(xml::trim(target_ref->text)));
    for (const Element* ref : sources) {
        const Element* source = find(local_part(xml::trim(ref->text)));
        if (!source || !target) continue;
        auto of_process = [&](const Element& x) {
            return at(x.parent).name == "ioSpecification" && at(at(x.parent).parent).name == "process";
        };
        if (source->name == "dataOutput" && of_process(*source))
            error(e, "process.association_from_output", {{"target", std::string(source->attribute("id"))}});
        if (target->name == "dataInput" && of_process(*target))
            error(e, "process.association_to_input", {{"target", std::string(target->attribute("id"))}});
        bool leads_in = e.name == "dataInputAssociation";
        const Element& inner = leads_in ? *target : *source;
        if (inner.name != (leads_in ? "dataInput" : "dataOutput") && inner.name != "property")
            error(e, "process.association_wrong_end", {{"target", std::string(inner.attribute("id"))}});
        if (transforms) continue;
        auto item = [&](const Element& x) -> std::string_view {
            const Element* object = x.has("dataObjectRef") ? find(local_part(x.attribute("dataObjectRef"))) : &x;
            return object ? object->attribute("itemSubjectRef") : std::string_view();
        };
        if (!item(*source).empty() && !item(*target).empty() && !same_item(item(*source), item(*target)))
            error(e, "process.item_differs",
                  {{"a", std::string(source->attribute("id"))}, {"b", std::string(target->attribute("id"))}});
    }
}

void Checker::check_task_messages(const Node& n) {
    const Element& e = element_of(n);
    const Element* io = child(e, "ioSpecification");
    const Element* operation = find(local_part(e.attribute("operationRef")));
    auto item_of = [&](std::string_view id) -> std::string_view {
        const Element* message = find(local_part(xml::trim(id)));
        return message ? message->attribute("itemRef") : std::string_view();
    };
    auto message_item = [&](std::string_view name) -> std::string_view {
        const Element* ref = operation ? child(*operation, name) : nullptr;
        return ref ? item_of(ref->text) : std::string_view();
    };
    auto own = item_of(e.attribute("messageRef"));
    if (operation && e.has("messageRef")) {
        const Element* in = child(*operation, "inMessageRef");
        if (in && n.kind != Kind::service_task &&
            local_part(xml::trim(in->text)) != local_part(e.attribute("messageRef")))
            error(e, "process.operation_other_message", {{"message", std::string(e.attribute("messageRef"))}});
    }
    if (!io) return;
    auto match = [&](std::string_view data, std::string_view item) {
        auto all = children(*io, data);
        if (item.empty()) return;
        if (all.size() > 1) return error(e, "process.io_too_many", {{"name", std::string(data)}});
        if (all.size() == 1 && !same_item(all[0]->attribute("itemSubjectRef"), item))
            error(*all[0], "process.item_differs",
                  {{"a", std::string(all[0]->attribute("id"))}, {"b", std::string(item)}});
    };
    if (n.kind == Kind::service_task) {
        match("dataInput", message_item("inMessageRef"));
        match("dataOutput", message_item("outMessageRef"));
    } else {
        match(n.kind == Kind::send_task ? "dataInput" : "dataOutput", own);
        if (!children(*io, n.kind == Kind::send_task ? "dataOutput" : "dataInput").empty())
            error(e, "process.io_too_many", {{"name", n.kind == Kind::send_task ? "dataOutput" : "dataInput"}});
    }
}

void Checker::check_event_data(const Node& n) {
    const Element& e = element_of(n);
    bool throws = n.kind == Kind::throw_event || n.kind == Kind::end_event;
    auto data = children(e, throws ? "dataInput" : "dataOutput");
    if (data.empty()) return;
    // Items that the definitions carry, in order.
    std::vector<std::string> carried;
    for (auto index : e.children) {
        const Element& part = at(index);
        if (part.space != bpmn_namespace || !part.name.ends_with("EventDefinition")) continue;
        static constexpr std::tuple<std::string_view, std::string_view, std::string_view> sources[] = {
            {"messageEventDefinition", "messageRef", "itemRef"},
            {"signalEventDefinition", "signalRef", "structureRef"},
            {"errorEventDefinition", "errorRef", "structureRef"},
            {"escalationEventDefinition", "escalationRef", "structureRef"}};
        for (auto [name, ref, item] : sources)
            if (part.name == name) {
                const Element* global = find(local_part(part.attribute(ref)));
                if (global && global->has(item)) carried.emplace_back(global->attribute(item));
            }
    }
    if (carried.empty()) return;
    if (data.size() != carried.size())
        return error(e, "process.event_data_count",
                     {{"expected", std::to_string(carried.size())}, {"actual", std::to_string(data.size())}});
    for (std::size_t i = 0; i < data.size(); ++i)
        if (data[i]->has("itemSubjectRef") && !same_item(data[i]->attribute("itemSubjectRef"), carried[i]))
            error(*data[i], "process.item_differs", {{"a", std::string(data[i]->attribute("id"))}, {"b", carried[i]}});
}

void Checker::check_call_data(const Node& n) {
    const Element* here = child(element_of(n), "ioSpecification");
    const Node* called = model_.find_process(n.called.text);
    if (!called || called->document != file_) return;
    const Element* there = child(element_of(*called), "ioSpecification");
    for (auto name : {"dataInput", "dataOutput"}) {
        auto a = here ? children(*here, name) : std::vector<const Element*>{};
        auto b = there ? children(*there, name) : std::vector<const Element*>{};
        if (!here && !there) continue;
        if (a.size() != b.size()) {
            error(element_of(n), "process.call_data_count",
                  {{"name", name}, {"expected", std::to_string(b.size())}, {"actual", std::to_string(a.size())}});
            continue;
        }
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!same_item(a[i]->attribute("itemSubjectRef"), b[i]->attribute("itemSubjectRef")))
                error(element_of(n), "process.item_differs",
                      {{"a", std::string(a[i]->attribute("id"))}, {"b", std::string(b[i]->attribute("id"))}});
    }
}

}  // namespace motcua::process
