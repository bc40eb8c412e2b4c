// Helpers of the tests: short models and a run that stops, stores, reads back, replays and compares after every
// command.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "process/engine.hpp"

namespace motcua::process::testing {

/// Definitions with one process `p`. In the body, "[a b c]" stands for sequence flows a→b→c.
inline std::string definitions(std::string_view body, std::string_view globals = "") {
    std::string inner;
    int flows = 0;
    for (std::size_t i = 0; i < body.size();) {
        if (body[i] != '[') {
            inner += body[i++];
            continue;
        }
        auto end = body.find(']', i);
        std::vector<std::string> names;
        std::string name;
        for (char c : std::string(body.substr(i + 1, end - i - 1)) + " ") {
            if (c != ' ')
                name += c;
            else if (!name.empty())
                names.push_back(std::move(name)), name.clear();
        }
        for (std::size_t n = 1; n < names.size(); ++n)
            inner += "<sequenceFlow id=\"" + names[n - 1] + "_" + names[n] + (++flows ? "" : "") + "\" sourceRef=\"" +
                     names[n - 1] + "\" targetRef=\"" + names[n] + "\"/>";
        i = end + 1;
    }
    return R"(<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" )"
           R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:motcua="https://motcua.vn/bpmn/1.0" )"
           R"(xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">)" +
           std::string(globals) +
           (inner.starts_with("<process") ? inner : "<process id=\"p\" isExecutable=\"true\">" + inner + "</process>") +
           "</definitions>";
}

class Play {
  public:
    explicit Play(const std::string& xml) {
        auto read = read_model(xml);
        if (!read)
            ADD_FAILURE() << read.error().reason;
        else
            model = *read;
    }
    ModelPtr model;
    Instance instance;
    Facts facts{Instant{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}}};
    Events last;

    Play& start(json::object variables = {}, std::string_view process = "") {
        take(process::start(*model, process, variables, facts));
        return *this;
    }
    /// Completes the oldest open task of that element.
    Play& complete(std::string_view element, json::object variables = {}) {
        for (const auto& t : open_tasks(*model, instance))
            if (t.element == element) {
                take(complete_task(*model, instance, t.key, variables, facts));
                return *this;
            }
        ADD_FAILURE() << "no open task " << element << "; open: " << tasks();
        return *this;
    }
    Play& message(std::string_view name, json::object variables = {}, json::object correlation = {}) {
        take(send_message(*model, instance, name, variables, facts, correlation));
        return *this;
    }
    Play& signal(std::string_view name) {
        take(send_signal(*model, instance, name, {}, facts));
        return *this;
    }
    Play& wait(std::chrono::milliseconds time) {
        facts.now += time;
        take(run_due_timers(*model, instance, facts));
        return *this;
    }
    Play& set(json::object variables) {
        take(set_variables(*model, instance, variables, facts));
        return *this;
    }
    /// Elements of the open tasks, sorted.
    std::string tasks() const {
        std::vector<std::string> names;
        for (const auto& t : open_tasks(*model, instance)) names.push_back(t.element);
        std::ranges::sort(names);
        std::string out;
        for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
        return out;
    }
    bool over() const { return ended(instance); }
    std::string incidents() const {
        std::string out;
        for (const auto& i : instance.incidents) out += (out.empty() ? "" : " ") + i.element + ":" + i.reason;
        return out;
    }
    const json::value& variable(std::string_view name) const {
        static const json::value none;
        const json::value* value = find_variable(instance, name);
        return value ? *value : none;
    }
    /// What happened last: names of elements passed and activities entered.
    std::string trace() const {
        std::string out;
        for (const auto& e : last) {
            if (e.type == EventType::passed) out += e.element + " ";
            if (e.type == EventType::entered && e.item && e.item->kind == ItemKind::activity)
                out += e.item->element + " ";
        }
        if (!out.empty()) out.pop_back();
        return out;
    }
    std::string refusal;  // of the last command

    void take(Result<Events> events) {
        refusal = events ? "" : events.error().reason;
        if (!events) return;
        last = *events;
        for (const auto& event : *events) {
            auto again = event_from_json(to_json(event));
            ASSERT_TRUE(again) << json::serialize(to_json(event));
            EXPECT_EQ(*again, event) << json::serialize(to_json(event));
            all_.push_back(*again);
        }
        process::apply(instance, *events);
        // Stop: what is stored is what was there. Replay: all events from the beginning give the same state.
        auto stored = parse_json(json::serialize(to_json(instance)));
        ASSERT_TRUE(stored);
        auto read = instance_from_json(stored->as_object());
        ASSERT_TRUE(read);
        EXPECT_EQ(*read, instance);
        Instance replayed;
        process::apply(replayed, all_);
        EXPECT_EQ(replayed, instance);
        instance = *read;
    }

  private:
    Events all_;
};

}  // namespace motcua::process::testing
