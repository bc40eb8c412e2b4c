// The BPMN engine alone, one core: a dossier that goes through start, five user tasks and two gateways. A transition is
// one element that a token passes or a task entered or completed. Compared with writing and reading the same state as
// JSON, since that is what storing it costs on top.
#include <cstdio>

#include <fmt/format.h>

#include "measure.hpp"
#include "process/engine.hpp"

using namespace motcua;
using namespace motcua::process;

namespace {

constexpr std::string_view model_text = R"(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
  <process id="p" isExecutable="true">
    <startEvent id="start"/><userTask id="receive"/><userTask id="handle"/><exclusiveGateway id="enough" default="enough_review"/>
    <userTask id="review"/><userTask id="approve"/><exclusiveGateway id="agreed" default="agreed_issue"/><userTask id="issue"/><endEvent id="end"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="receive"/><sequenceFlow id="f2" sourceRef="receive" targetRef="handle"/>
    <sequenceFlow id="f3" sourceRef="handle" targetRef="enough"/><sequenceFlow id="enough_review" sourceRef="enough" targetRef="review"/>
    <sequenceFlow id="enough_approve" sourceRef="enough" targetRef="approve"><conditionExpression>simple = true</conditionExpression></sequenceFlow>
    <sequenceFlow id="f4" sourceRef="review" targetRef="approve"/><sequenceFlow id="f5" sourceRef="approve" targetRef="agreed"/>
    <sequenceFlow id="agreed_issue" sourceRef="agreed" targetRef="issue"/>
    <sequenceFlow id="agreed_back" sourceRef="agreed" targetRef="handle"><conditionExpression>decision = "return"</conditionExpression></sequenceFlow>
    <sequenceFlow id="f6" sourceRef="issue" targetRef="end"/>
  </process>
</definitions>)";

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t runs =
        bench::number_option(argc, argv, "--runs", bench::has_option(argc, argv, "--brief") ? 200 : 100'000);
    auto model = read_model(model_text);
    if (!model) return 1;
    Facts facts{Instant{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}}};
    const json::object variables{{"simple", false}, {"decision", "approve"}};
    bench::Sample engine, stored, commands;
    std::int64_t transitions = 0, state_bytes = 0, event_bytes = 0, events_count = 0;

    bench::Stopwatch watch;
    for (std::int64_t i = 0; i < runs; ++i) {
        Instance instance;
        auto events = start(**model, "p", variables, facts);
        ++commands.operations;
        while (events) {
            for (const auto& event : *events)
                transitions += event.type == EventType::passed || event.type == EventType::entered ||
                               event.type == EventType::left;
            process::apply(instance, *events);
            if (ended(instance)) break;
            std::string key = std::to_string(instance.items.back().key);
            events = complete_task(**model, instance, key, {{"note", "đã xem"}}, facts);
            ++commands.operations;
        }
        if (!ended(instance)) return 1;
    }
    engine.operations = transitions;
    watch.finish(engine);

    // The same with every state and event written as JSON and the state read back, as a store would do.
    bench::Stopwatch second;
    for (std::int64_t i = 0; i < runs / 10 + 1; ++i) {
        Instance instance;
        auto events = start(**model, "p", variables, facts);
        while (events) {
            for (const auto& event : *events) {
                stored.operations += event.type == EventType::passed || event.type == EventType::entered ||
                                     event.type == EventType::left;
                event_bytes += static_cast<std::int64_t>(json::serialize(to_json(event)).size());
                ++events_count;
            }
            process::apply(instance, *events);
            if (ended(instance)) break;
            auto text = json::serialize(to_json(instance));
            state_bytes = std::max(state_bytes, static_cast<std::int64_t>(text.size()));
            instance = *instance_from_json(parse_json(text)->as_object());
            events = complete_task(**model, instance, std::to_string(instance.items.back().key), {{"note", "đã xem"}},
                                   facts);
        }
    }
    second.finish(stored);

    bench::print_table(
        {"what", "transitions/s", "µs each", "ratio"},
        {{"decide and apply", fmt::format("{:.0f}", engine.rate()), fmt::format("{:.2f}", engine.cpu_us_each()),
          "1.00"},
         {"with JSON of state and events", fmt::format("{:.0f}", stored.rate()),
          fmt::format("{:.2f}", stored.cpu_us_each()), fmt::format("{:.2f}", stored.rate() / engine.rate())}});
    fmt::print(
        "commands/s {:.0f} · transitions a dossier {} · bytes of state {} · events a dossier {} of {} bytes each\n",
        static_cast<double>(commands.operations) / engine.seconds, transitions / runs, state_bytes,
        events_count / (runs / 10 + 1), event_bytes / std::max<std::int64_t>(events_count, 1));
    return 0;
}
