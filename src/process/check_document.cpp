// Form: which elements may stand where, values of attributes, unique ids, and references that lead to something of the
// right kind. The tables follow the BPMN 2.0 metamodel (chapters 8 to 10).
#include <algorithm>
#include <charconv>

#include "process/checker.hpp"
#include "process/reader.hpp"

namespace motcua::process {
namespace {

constexpr std::string_view xsi_namespace = "http://www.w3.org/2001/XMLSchema-instance";

// Groups of names, written with a leading *.
constexpr std::string_view container = " process subProcess transaction adHocSubProcess ";
constexpr std::string_view activity =
    " task userTask manualTask serviceTask scriptTask sendTask receiveTask businessRuleTask subProcess transaction "
    "adHocSubProcess callActivity ";
constexpr std::string_view event = " startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent ";
constexpr std::string_view gateway =
    " exclusiveGateway inclusiveGateway parallelGateway eventBasedGateway complexGateway ";
constexpr std::string_view catching = " startEvent intermediateCatchEvent boundaryEvent ";
constexpr std::string_view throwing = " endEvent intermediateThrowEvent ";
constexpr std::string_view definition =
    " messageEventDefinition timerEventDefinition signalEventDefinition errorEventDefinition escalationEventDefinition "
    "conditionalEventDefinition compensateEventDefinition cancelEventDefinition terminateEventDefinition "
    "linkEventDefinition ";
constexpr std::string_view aware =
    " dataObject dataObjectReference dataInput dataOutput property dataStore dataStoreReference "
    "inputDataItem outputDataItem ";

bool listed(std::string_view list, std::string_view name) {
    auto has = [&](std::string_view words) {
        return words.find(" " + std::string(name) + " ") != std::string_view::npos;
    };
    if (has(list)) return true;
    static constexpr std::pair<std::string_view, std::string_view> groups[] = {
        {"*container", container}, {"*activity", activity}, {"*event", event},           {"*gateway", gateway},
        {"*catching", catching},   {"*throwing", throwing}, {"*definition", definition}, {"*aware", aware}};
    for (auto [group, words] : groups)
        if (list.find(group) != std::string_view::npos && has(words)) return true;
    return false;
}

struct Place {
    std::string_view names, parents;
};
constexpr Place places[] = {
    {" import message signal error escalation itemDefinition interface category dataStore resource partnerEntity "
     "partnerRole "
     "correlationProperty relationship endPoint globalTask globalUserTask globalManualTask globalScriptTask "
     "globalBusinessRuleTask "
     "process collaboration choreography globalConversation globalChoreographyTask extension ",
     " definitions "},
    {" startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent *gateway *activity sequenceFlow "
     "dataObject "
     "dataObjectReference dataStoreReference laneSet ",
     " *container "},
    {" group textAnnotation association ", " *container collaboration choreography globalConversation "},
    {" choreographyTask subChoreography callChoreography ", " choreography subChoreography "},
    {" lane ", " laneSet childLaneSet "},
    {" childLaneSet ", " lane "},
    {" flowNodeRef partitionElement partitionElementRef ", " lane "},
    {" incoming outgoing ", " *event *gateway *activity "},
    {" conditionExpression ", " sequenceFlow "},
    {" eventDefinitionRef ", " *event "},
    {" *definition ", " definitions *event event implicitThrowEvent "},
    {" timeDate timeDuration timeCycle ", " timerEventDefinition "},
    {" condition ", " conditionalEventDefinition complexBehaviorDefinition "},
    {" source target ", " linkEventDefinition relationship "},
    {" operationRef ", " messageEventDefinition "},
    {" activationCondition ", " complexGateway "},
    {" standardLoopCharacteristics multiInstanceLoopCharacteristics ", " *activity "},
    {" loopCondition ", " standardLoopCharacteristics "},
    {" loopCardinality loopDataInputRef loopDataOutputRef inputDataItem outputDataItem complexBehaviorDefinition ",
     " multiInstanceLoopCharacteristics "},
    {" completionCondition ", " multiInstanceLoopCharacteristics adHocSubProcess "},
    {" event ", " complexBehaviorDefinition "},
    {" script ", " scriptTask globalScriptTask "},
    {" rendering ", " userTask globalUserTask "},
    {" resourceRole performer humanPerformer potentialOwner ",
     " process *activity globalTask globalUserTask globalManualTask "
     "globalScriptTask globalBusinessRuleTask "},
    {" resourceRef resourceParameterBinding resourceAssignmentExpression ",
     " resourceRole performer humanPerformer potentialOwner "},
    {" ioSpecification ",
     " process *activity globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask "},
    {" ioBinding ",
     " process callActivity globalTask globalUserTask globalManualTask globalScriptTask globalBusinessRuleTask "},
    {" dataInput ", " ioSpecification *throwing implicitThrowEvent event "},
    {" dataOutput ", " ioSpecification *catching "},
    {" inputSet ", " ioSpecification *throwing implicitThrowEvent event "},
    {" outputSet ", " ioSpecification *catching "},
    {" dataInputRefs optionalInputRefs whileExecutingInputRefs outputSetRefs ", " inputSet "},
    {" dataOutputRefs optionalOutputRefs whileExecutingOutputRefs inputSetRefs ", " outputSet "},
    {" dataInputAssociation ", " *activity *throwing implicitThrowEvent event "},
    {" dataOutputAssociation ", " *activity *catching "},
    {" sourceRef targetRef transformation assignment ", " dataInputAssociation dataOutputAssociation "},
    {" property ", " process *activity *event "},
    {" dataState ", " *aware "},
    {" monitoring auditing ",
     " process *container *activity *event *gateway sequenceFlow dataObject dataObjectReference dataStoreReference "},
    {" supports correlationSubscription ", " process "},
    {" participant messageFlow conversation callConversation subConversation conversationLink conversationAssociation "
     "participantAssociation messageFlowAssociation correlationKey choreographyRef ",
     " collaboration choreography globalConversation subConversation callConversation "},
    {" interfaceRef endPointRef participantMultiplicity ", " participant "},
    {" operation implementationRef ", " interface operation "},
    {" inMessageRef outMessageRef errorRef ", " operation "},
    {" categoryValue ", " category "},
    {" correlationPropertyRef ", " correlationKey correlationPropertyBinding "},
    {" correlationPropertyRetrievalExpression ", " correlationProperty "},
    {" text ", " textAnnotation "},
};
// May stand in many places, or in places of their own that nothing here depends on.
constexpr std::string_view anywhere =
    " documentation extensionElements definitions categoryValueRef from to messagePath dataPath formalExpression "
    "expression participantRef "
    "messageFlowRef supportedInterfaceRef correlationPropertyBinding resourceParameter innerParticipantRef "
    "outerParticipantRef "
    "innerMessageFlowRef outerMessageFlowRef innerConversationNodeRef outerConversationNodeRef partnerEntityRef "
    "partnerRoleRef";

struct Values {
    std::string_view attribute, values;
};
constexpr Values enumerations[] = {
    {"gatewayDirection", " Unspecified Converging Diverging Mixed "},
    {"processType", " None Public Private "},
    {"associationDirection", " None One Both "},
    {"itemKind", " Information Physical "},
    {"ordering", " Parallel Sequential "},
    {"behavior", " None One All Complex "},
    {"eventGatewayType", " Exclusive Parallel "},
};
constexpr std::string_view booleans[] = {"isExecutable",      "isClosed",       "isInterrupting",
                                         "parallelMultiple",  "cancelActivity", "isForCompensation",
                                         "triggeredByEvent",  "isSequential",   "testBefore",
                                         "isCollection",      "instantiate",    "cancelRemainingInstances",
                                         "waitForCompletion", "isImmediate",    "isRequired"};

struct Reference {
    std::string_view element, attribute, kinds;  // element "" = any; attribute "" = the text of the element itself
};
constexpr std::string_view flow_node = " *event *activity *gateway choreographyTask subChoreography callChoreography ";
constexpr Reference references[] = {
    {"sequenceFlow", "sourceRef", flow_node},
    {"sequenceFlow", "targetRef", flow_node},
    {"messageFlow", "sourceRef", " participant *activity *event "},
    {"messageFlow", "targetRef", " participant *activity *event "},
    {"", "messageRef", " message "},
    {"", "operationRef", " operation "},
    {"operationRef", "", " operation "},
    {"boundaryEvent", "attachedToRef", " *activity "},
    {"", "default", " sequenceFlow "},
    {"incoming", "", " sequenceFlow "},
    {"outgoing", "", " sequenceFlow "},
    {"signalEventDefinition", "signalRef", " signal "},
    {"errorEventDefinition", "errorRef", " error "},
    {"errorRef", "", " error "},
    {"escalationEventDefinition", "escalationRef", " escalation "},
    {"compensateEventDefinition", "activityRef", " *activity "},
    {"eventDefinitionRef", "", " *definition "},
    {"participant", "processRef", " process "},
    {"interfaceRef", "", " interface "},
    {"supportedInterfaceRef", "", " interface "},
    {"flowNodeRef", "", flow_node},
    {"dataObjectReference", "dataObjectRef", " dataObject "},
    {"dataStoreReference", "dataStoreRef", " dataStore "},
    {"", "itemSubjectRef", " itemDefinition "},
    {"message", "itemRef", " itemDefinition "},
    {"dataInputRefs", "", " dataInput "},
    {"optionalInputRefs", "", " dataInput "},
    {"whileExecutingInputRefs", "", " dataInput "},
    {"dataOutputRefs", "", " dataOutput "},
    {"optionalOutputRefs", "", " dataOutput "},
    {"whileExecutingOutputRefs", "", " dataOutput "},
    {"inputSetRefs", "", " inputSet "},
    {"outputSetRefs", "", " outputSet "},
    {"loopDataInputRef", "", aware},
    {"loopDataOutputRef", "", aware},
    {"", "oneBehaviorEventRef", " *definition "},
    {"", "noneBehaviorEventRef", " *definition "},
    {"inMessageRef", "", " message "},
    {"outMessageRef", "", " message "},
    {"correlationPropertyRef", "", " correlationProperty "},
    {"", "correlationPropertyRef", " correlationProperty "},
    {"", "correlationKeyRef", " correlationKey "},
    {"group", "categoryValueRef", " categoryValue "},
    {"sourceRef", "", aware},
    {"targetRef", "", aware},
    {"", "partitionElementRef", ""},
    {"resourceRef", "", " resource "},
    {"participantRef", "", " participant "},
    {"messageFlowRef", "", " messageFlow "},
    {"", "initiatingParticipantRef", " participant "},
    {"process", "definitionalCollaborationRef", " collaboration "},
    {"supports", "", " process "},
    {"signal", "structureRef", " itemDefinition "},
    {"error", "structureRef", " itemDefinition "},
    {"escalation", "structureRef", " itemDefinition "},
    {"resourceParameterBinding", "parameterRef", " resourceParameter "},
    {"innerParticipantRef", "", " participant "},
    {"outerParticipantRef", "", " participant "},
    {"innerMessageFlowRef", "", " messageFlow "},
    {"outerMessageFlowRef", "", " messageFlow "},
    {"categoryValueRef", "", " categoryValue "},
    {"endPointRef", "", " endPoint "},
    {"choreographyRef", "", " choreography "},
    {"ioBinding", "inputDataRef", " inputSet "},
    {"ioBinding", "outputDataRef", " outputSet "},
    {"ioBinding", "operationRef", " operation "},
};

// Expressions that an executable process must write as formal ones.
constexpr std::string_view expressions =
    " conditionExpression loopCondition loopCardinality completionCondition activationCondition timeDate "
    "timeDuration timeCycle condition from to ";

bool is_mime_type(std::string_view text) {
    auto slash = text.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
           text.find('/', slash + 1) == std::string_view::npos && text.find(' ') == std::string_view::npos;
}

}  // namespace

void Checker::check_document() {
    std::unordered_map<std::string_view, int> seen;
    for (std::uint32_t i = 0; i < document_.elements.size(); ++i) {
        const Element& e = at(i);
        if (e.space != bpmn_namespace || (i && within(e, "extensionElements"))) continue;
        if (auto id = e.attribute("id"); !id.empty() && ++seen[id] == 2)
            error(e, "process.id_duplicate", {{"id", std::string(id)}});
        if (i) check_containment(e);
        check_attributes(e);
        check_references(e);
        check_formal(e);
    }
}

void Checker::check_containment(const Element& e) {
    const Element& parent = at(e.parent);
    bool known = false;
    for (const Place& place : places) {
        if (!listed(place.names, e.name)) continue;
        known = true;
        if (parent.space == bpmn_namespace && listed(place.parents, parent.name)) return;
    }
    if (!known && listed(anywhere, e.name)) return;
    error(e, known ? "process.element_misplaced" : "process.element_unknown",
          {{"name", e.name}, {"parent", parent.name}});
}

void Checker::check_attributes(const Element& e) {
    auto wrong = [&](std::string_view name, std::string_view value) {
        error(e, "process.attribute_invalid", {{"attribute", std::string(name)}, {"value", std::string(value)}});
    };
    auto need = [&](std::string_view name) {
        if (e.attribute(name).empty())
            error(e, "process.attribute_missing", {{"attribute", std::string(name)}, {"name", e.name}});
    };
    for (const auto& a : e.attributes) {
        if (!a.space.empty()) continue;
        for (const auto& [attribute, values] : enumerations)
            if (a.name == attribute && !listed(values, a.value)) wrong(a.name, a.value);
        if (std::ranges::find(booleans, a.name) != std::end(booleans) && a.value != "true" && a.value != "false" &&
            a.value != "0" && a.value != "1")
            wrong(a.name, a.value);
        bool quantity = a.name == "startQuantity" || a.name == "completionQuantity";
        if (quantity || a.name == "loopMaximum" ||
            ((a.name == "minimum" || a.name == "maximum") && e.name == "participantMultiplicity")) {
            int value = 0;
            auto [end, failed] = std::from_chars(a.value.data(), a.value.data() + a.value.size(), value);
            if (failed != std::errc{} || end != a.value.data() + a.value.size() ||
                value < (quantity || a.name == "maximum" ? 1 : 0))
                wrong(a.name, a.value);
        }
        if (a.name == "textFormat" && !is_mime_type(a.value)) wrong(a.name, a.value);
    }
    bool flow_node_or_process = listed(flow_node, e.name) || e.name == "process";
    if (flow_node_or_process ||
        listed(" message signal error escalation dataObject participant lane itemDefinition ", e.name)) {
        if (e.attribute("id").empty() &&
            (flow_node_or_process ? executable(e) || e.name == "process" : e.name != "lane"))
            need("id");
    }
    if (e.name == "sequenceFlow" || e.name == "messageFlow" || e.name == "association")
        need("sourceRef"), need("targetRef");
    if (e.name == "boundaryEvent") need("attachedToRef");
    if (e.name == "process" && e.attribute("isExecutable") == "true" && e.attribute("processType") == "Public")
        error(e, "process.public_executable");
    if (e.name == "sequenceFlow" && e.attribute("isImmediate") == "false" && executable(e))
        wrong("isImmediate", "false");
    if (child(e, "resourceRef") && child(e, "resourceAssignmentExpression")) error(e, "process.resource_twice");
    if (child(e, "resourceParameterBinding") && !child(e, "resourceRef"))
        error(e, "process.attribute_missing", {{"attribute", "resourceRef"}, {"name", e.name}});
    if (e.name == "participantMultiplicity" && !e.attribute("minimum").empty() && !e.attribute("maximum").empty() &&
        std::atoi(std::string(e.attribute("minimum")).c_str()) > std::atoi(std::string(e.attribute("maximum")).c_str()))
        wrong("minimum", e.attribute("minimum"));
}

void Checker::check_reference(const Element& e, std::string_view where, std::string_view target,
                              std::string_view kinds) {
    target = xml::trim(target);
    if (target.empty()) return error(e, "process.reference_empty", {{"attribute", std::string(where)}});
    const Element* found = find(local_part(target));
    if (!found) {
        // A prefixed name may lead into an imported file.
        if (target.find(':') != std::string_view::npos && child(document_.root(), "import")) return;
        return error(e, "process.reference_unknown",
                     {{"attribute", std::string(where)}, {"target", std::string(target)}});
    }
    if (!kinds.empty() && !listed(kinds, found->name))
        error(e, "process.reference_wrong_kind",
              {{"attribute", std::string(where)}, {"target", std::string(target)}, {"kind", found->name}});
}

void Checker::check_references(const Element& e) {
    for (const auto& [element, attribute, kinds] : references) {
        if (!element.empty() && element != e.name) continue;
        if (attribute.empty())
            check_reference(e, e.name, e.text, kinds);
        else if (e.has(attribute))
            check_reference(e, attribute, e.attribute(attribute), kinds);
    }
    if (const Element* called = find(local_part(e.attribute("calledElement")));
        called && !e.attribute("calledElement").empty() && called->name != "process" &&
        !called->name.starts_with("global"))
        error(e, "process.reference_wrong_kind",
              {{"attribute", "calledElement"},
               {"target", std::string(e.attribute("calledElement"))},
               {"kind", called->name}});
    if (e.name == "association")
        for (auto attribute : {"sourceRef", "targetRef"})
            if (e.has(attribute) && !find(local_part(e.attribute(attribute))))
                error(e, "process.reference_unknown",
                      {{"attribute", attribute}, {"target", std::string(e.attribute(attribute))}});
    if (e.name == "correlationPropertyRetrievalExpression") {
        const Element* path = child(e, "messagePath");
        if (!path || xml::trim(path->text).empty()) error(e, "process.expression_empty", {{"name", "messagePath"}});
    }
}

void Checker::check_formal(const Element& e) {
    if (!listed(expressions, e.name) || !executable(e)) return;
    if (local_part(e.attribute(xsi_namespace, "type")) != "tFormalExpression")
        error(e, "process.expression_informal", {{"name", e.name}});
    if (xml::trim(e.text).empty()) error(e, "process.expression_empty", {{"name", e.name}});
}

}  // namespace motcua::process
