// Fuzzer: any bytes are read as a model or refused; what is read is checked, run and folded; nothing crashes, hangs or
// grows without bound. The corpus in tests/corpus/process is our own.
#include <cstdlib>
#include <string>

#include "process/check_model.hpp"
#include "process/scenario.hpp"

using namespace motcua;
using namespace motcua::process;

static void require(bool holds) {
    if (!holds) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    auto model = read_models({&text, 1}, trace_scripts());
    if (!model) return 0;
    require(write_model(**model) == text);
    CheckOptions options;
    options.states_max = 50;
    (void)describe(check_model(**model, options));
    (void)run_trace(**model, {{"test", "ab"}, {"x", 3}});
    Facts facts;
    for (int p : (*model)->processes) {
        auto events = start(**model, (*model)->nodes[static_cast<std::size_t>(p)].id, {{"x", 1}}, facts);
        if (!events) continue;
        Instance instance;
        for (int step = 0; events && step < 8; ++step) {
            for (const auto& event : *events) {
                auto again = event_from_json(to_json(event));
                require(again && *again == event);
            }
            process::apply(instance, *events);
            auto stored = instance_from_json(to_json(instance));
            require(stored && *stored == instance);
            auto tasks = open_tasks(**model, instance);
            facts.now += std::chrono::hours(1);
            if (!tasks.empty())
                events = complete_task(**model, instance, tasks[static_cast<std::size_t>(step) % tasks.size()].key,
                                       {{"x", step}}, facts);
            else if (!instance.incidents.empty())
                events = resolve_incident(**model, instance, instance.incidents[0].key,
                                          step % 2 ? Resolution::retry : Resolution::skip, facts);
            else
                events = run_due_timers(**model, instance, facts);
        }
    }
    return 0;
}
