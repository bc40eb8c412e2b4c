#include "process/scenario.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "process/timers.hpp"

namespace motcua::process {
namespace {

constexpr Instant scenario_start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};
constexpr int deliveries_max = 1'000;  // of signals and messages that one step sets off

/// Instances that know of each other.
class World {
  public:
    explicit World(const Model& model) : model_(model) {
        for (auto& trigger : start_triggers(model, now_))
            if (trigger.due) start_timers_.push_back(trigger);
    }

    struct TaskAt {
        std::size_t instance;
        OpenTask task;
    };
    std::function<void(const Instance&, const Event&)> listener;

    Instant now() const { return now_; }
    Facts facts() const { return {now_}; }
    void move_clock(Instant t) { now_ = t; }
    std::size_t size() const { return instances_.size(); }
    const Instance& at(std::size_t i) const { return instances_[i]; }

    Result<void> start(std::string_view process, const json::object& variables) {
        return begin(process::start(model_, process, variables, facts()));
    }
    template <class Command>
    Result<void> on(std::size_t i, Command&& command) {
        auto events = TRY(command(instances_[i]));
        fold(i, events);
        return {};
    }
    Result<void> message(std::string_view name, const json::object& variables) {
        auto refused = fail(Errc::conflict, "process.message_not_expected", {{"message", std::string(name)}});
        for (std::size_t i = instances_.size(); i-- > 0;) {
            auto events = send_message(model_, instances_[i], name, variables, facts());
            if (!events) continue;
            fold(i, *events);
            return {};
        }
        for (const auto& trigger : start_triggers(model_, now_))
            if (trigger.trigger == Trigger::message && trigger.name == name)
                return begin(start_at(model_, trigger.process, trigger.element, variables, facts()));
        return refused;
    }
    void signal(std::string_view name, const json::object& variables, std::size_t except = SIZE_MAX) {
        for (std::size_t i = 0, n = instances_.size(); i < n; ++i)
            if (i != except)
                if (auto events = send_signal(model_, instances_[i], name, variables, facts())) fold(i, *events);
        for (const auto& trigger : start_triggers(model_, now_))
            if (trigger.trigger == Trigger::signal && trigger.name == name)
                (void)begin(start_at(model_, trigger.process, trigger.element, variables, facts()));
    }
    std::vector<TaskAt> tasks() const {
        std::vector<TaskAt> out;
        for (std::size_t i = 0; i < instances_.size(); ++i)
            for (auto& task : open_tasks(model_, instances_[i])) out.push_back({i, std::move(task)});
        return out;
    }

    struct Job {
        std::size_t instance = SIZE_MAX;  // SIZE_MAX: a timer that starts a process
        std::size_t index = 0;            // of the start timer
        Key wait = 0;
        Instant due{};
    };
    std::vector<Job> jobs() const {
        std::vector<Job> out;
        for (std::size_t i = 0; i < instances_.size(); ++i)
            for (const Wait& w : instances_[i].waits)
                if (w.due) out.push_back({i, 0, w.key, *w.due});
        for (std::size_t i = 0; i < start_timers_.size(); ++i)
            if (start_timers_[i].due) out.push_back({SIZE_MAX, i, 0, *start_timers_[i].due});
        std::ranges::stable_sort(out, {}, &Job::due);
        return out;
    }
    Result<void> run_job(const Job& job) {
        if (job.instance != SIZE_MAX)
            return on(job.instance, [&](const Instance& s) { return fire_timer(model_, s, job.wait, facts()); });
        auto& timer = start_timers_[job.index];
        if (timer.repeat != 0)
            timer.due = next_firing(timer.cycle, *timer.due);
        else
            timer.due.reset();
        if (timer.repeat > 0) --timer.repeat;
        return begin(start_at(model_, timer.process, timer.element, {}, facts()));
    }
    /// Starts the processes whose start condition holds of these variables.
    void start_by_condition(const json::object& variables) {
        for (const auto& trigger : start_triggers(model_, now_)) {
            if (trigger.trigger != Trigger::conditional) continue;
            auto holds = trigger.condition.evaluate(expression::ObjectVariables(variables)).value;
            if (holds.is_bool() && holds.get_bool())
                (void)begin(start_at(model_, trigger.process, trigger.element, variables, facts()));
        }
    }
    void deliver_pending() {
        auto waiting = std::move(pending_);
        pending_.clear();
        for (auto& [name, variables] : waiting)
            if (!message(name, variables)) pending_.emplace_back(std::move(name), std::move(variables));
    }

  private:
    const Model& model_;
    std::vector<Instance> instances_;
    std::vector<StartTrigger> start_timers_;
    std::vector<std::pair<std::string, json::object>> pending_;  // messages that nobody expected yet
    Instant now_ = scenario_start;
    int deliveries_ = 0;

    Result<void> begin(Result<Events> events) {
        if (!events) return std::unexpected(events.error());
        instances_.emplace_back();
        fold(instances_.size() - 1, *events);
        return {};
    }
    void fold(std::size_t i, const Events& events) {
        for (const auto& event : events) {
            if (listener) listener(instances_[i], event);
            apply(instances_[i], event);
        }
        for (const auto& event : events) {
            if (deliveries_ > deliveries_max) return;
            if (event.type == EventType::signal_sent) {
                ++deliveries_;
                signal(event.name, event.variables, i);
            } else if (event.type == EventType::message_sent && !event.delivered) {
                bool outward = std::ranges::any_of(model_.message_flows,
                                                   [&](const MessageFlow& f) { return f.source == event.element; });
                ++deliveries_;
                if (outward && !message(event.name, event.variables))
                    pending_.emplace_back(event.name, event.variables);
            }
        }
    }
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

class Steps {
  public:
    explicit Steps(const Model& model) : model_(model), world_(model) {}

    json::object run(const json::object& step, std::size_t number) {
        auto op = string_or(step, "op");
        tasks_.clear();
        auto done = dispatch(op, step);
        json::object out{{"step", number}, {"op", op}, {"ok", done.has_value()}};
        json::array tasks;
        for (const auto& t : tasks_) tasks.push_back({{"key", t.task.element}, {"name", t.task.name}});
        out["tasks"] = std::move(tasks);
        std::string reason;
        if (!done) {
            reason = done.error().reason;
            for (const auto& p : done.error().params) reason += " " + p.name + "=" + p.value;
        }
        out["reason"] = reason;
        return out;
    }

  private:
    const Model& model_;
    World world_;
    std::map<std::int64_t, std::vector<World::TaskAt>> found_;
    std::vector<World::TaskAt> tasks_;
    std::size_t latest_ = SIZE_MAX;
    std::int64_t clock_offset_ms_ = 0;

    static json::object variables_of(const json::object& step) {
        for (auto name : {"vars", "variables"})
            if (auto* v = find_object(step, name)) return *v;
        return {};
    }
    static std::unexpected<Error> wrong(std::string_view reason, std::string_view expected = {},
                                        std::string_view actual = {}) {
        return fail(Errc::conflict, reason, {{"expected", std::string(expected)}, {"actual", std::string(actual)}});
    }

    Result<void> dispatch(std::string_view op, const json::object& step) {
        if (op == "start") {
            auto before = world_.size();
            auto by_message = string_or(step, "message");
            if (by_message.empty())
                TRY(world_.start(string_or(step, "key"), variables_of(step)));
            else
                TRY(world_.message(by_message, variables_of(step)));
            latest_ = before;
            return {};
        }
        if (op == "query") return query(step);
        if (op == "complete") return complete(step);
        if (op == "message") {
            auto before = world_.size();
            TRY(world_.message(string_or(step, "name"), variables_of(step)));
            if (world_.size() > before) latest_ = before;
            return {};
        }
        if (op == "signal") {
            auto before = world_.size();
            world_.signal(string_or(step, "name"), variables_of(step));
            if (latest_ == SIZE_MAX && world_.size() > before) latest_ = before;
            return {};
        }
        if (op == "expect_ended") {
            if (latest_ == SIZE_MAX) return wrong("scenario.nothing_started");
            if (!ended(world_.at(latest_))) return wrong("scenario.not_ended", "ended", "active");
            return {};
        }
        if (op == "fire_only_job" || op == "fire_timer") {
            auto jobs = world_.jobs();
            if (jobs.empty()) return wrong("scenario.no_job", "1", "0");
            return world_.run_job(jobs.front());
        }
        if (op == "run_due_timers") {
            for (int i = 0; i < deliveries_max; ++i) {
                auto jobs = world_.jobs();
                if (jobs.empty() || jobs.front().due > world_.now()) break;
                TRY(world_.run_job(jobs.front()));
            }
            return {};
        }
        if (op == "clock") {
            // Offsets count from the beginning; one that is not later than the present time counts from now.
            auto plus = int_or(step, "plus_ms", 0);
            clock_offset_ms_ = plus > clock_offset_ms_ ? plus : clock_offset_ms_ + plus;
            world_.move_clock(scenario_start + std::chrono::milliseconds(clock_offset_ms_));
            return {};
        }
        if (op == "setVariable") {
            if (latest_ == SIZE_MAX) return wrong("scenario.nothing_started");
            const json::value* value = step.if_contains("value");
            json::object variables{{string_or(step, "name"), value ? *value : json::value()}};
            return world_.on(latest_,
                             [&](const Instance& s) { return set_variables(model_, s, variables, world_.facts()); });
        }
        if (op == "cancel_instance") {
            if (latest_ == SIZE_MAX) return wrong("scenario.nothing_started");
            return world_.on(latest_, [&](const Instance& s) { return cancel(model_, s); });
        }
        return wrong("scenario.unknown_operation", "", op);
    }

    static Result<bool> matches(const OpenTask& t, const json::object& filter) {
        for (const auto& [name, raw] : filter) {
            std::string value =
                raw.is_string() ? std::string(std::string_view(raw.get_string())) : json::serialize(raw);
            bool fits = true;
            if (name == "key" || name == "taskDefinitionKey")
                fits = t.element == value;
            else if (name == "name" || name == "taskName")
                fits = t.name == value;
            else if (name == "taskAssignee" || name == "assignee")
                fits = t.assignee == value;
            else if (name == "taskCandidateUser")
                fits = t.assignee.empty() && contains(t.candidate_users, value);
            else if (name == "taskCandidateGroup")
                fits = t.assignee.empty() && contains(t.candidate_groups, value);
            else if (name == "taskUnassigned")
                fits = t.assignee.empty();
            else if (name == "taskOwner")
                fits = t.owner == value;
            else if (name == "taskInvolvedUser")
                fits = t.assignee == value || t.owner == value || contains(t.candidate_users, value);
            else if (name == "processDefinitionKey")
                fits = t.process == value;
            else if (name == "taskDescription")
                fits = t.description == value;
            else if (name == "taskPriority")
                fits = (t.priority.empty() ? "50" : t.priority) == value;
            else if (name == "active")
                fits = true;
            else if (name == "suspended")
                fits = false;
            else
                return fail(Errc::invalid, "scenario.unknown_filter", {{"filter", std::string(name)}});
            if (!fits) return false;
        }
        return true;
    }
    static std::string property(const OpenTask& t, std::string_view name) {
        if (name == "key" || name == "taskDefinitionKey") return t.element;
        if (name == "name") return t.name;
        if (name == "assignee") return t.assignee;
        if (name == "owner") return t.owner;
        if (name == "description") return t.description;
        if (name == "priority") return t.priority.empty() ? "50" : t.priority;
        if (name == "formKey") return t.form;
        return {};
    }

    /// A query is about all instances; when what it expects does not hold of them, about the latest one.
    Result<void> query(const json::object& step) {
        const json::object none;
        const json::object* filter = find_object(step, "filter");
        std::vector<World::TaskAt> all;
        for (auto& t : world_.tasks())
            if (TRY(matches(t.task, filter ? *filter : none))) all.push_back(std::move(t));
        if (auto order = string_or(step, "order"); !order.empty())
            std::ranges::stable_sort(all, {}, [&](const World::TaskAt& t) { return property(t.task, order); });
        std::vector<World::TaskAt> latest;
        for (const auto& t : all)
            if (t.instance == latest_) latest.push_back(t);
        auto held = holds(step, all);
        if (!held && latest.size() < all.size() && holds(step, latest)) {
            held = {};
            all = std::move(latest);
        }
        tasks_ = all;
        found_[int_or(step, "id", 0)] = std::move(all);
        return held;
    }
    static Result<void> holds(const json::object& step, const std::vector<World::TaskAt>& found) {
        if (auto expected = find_int(step, "expect_count");
            expected && static_cast<std::size_t>(*expected) != found.size())
            return wrong("scenario.wrong_count", std::to_string(*expected), std::to_string(found.size()));
        if (string_or(step, "kind") == "single" && found.size() > 1)
            return wrong("scenario.wrong_count", "1", std::to_string(found.size()));
        auto* items = find_object(step, "expect_items");
        if (!items) return {};
        for (const auto& [position, wanted] : *items) {
            auto index = static_cast<std::size_t>(std::atoi(std::string(position).c_str()));
            if (index >= found.size()) return wrong("scenario.task_missing", position);
            if (!wanted.is_object()) continue;
            for (const auto& [name, value] : wanted.get_object()) {
                auto actual = property(found[index].task, name);
                auto expected = value.is_string() ? std::string(std::string_view(value.get_string()))
                                : value.is_null() ? std::string()
                                                  : json::serialize(value);
                if (actual != expected) return wrong("scenario.wrong_value", expected, actual);
            }
        }
        return {};
    }

    Result<void> complete(const json::object& step) {
        bool listed = step.contains("list");
        auto found = found_.find(int_or(step, listed ? "list" : "task", -1));
        auto index = static_cast<std::size_t>(listed ? int_or(step, "i", 0) : 0);
        if (found == found_.end() || index >= found->second.size()) return wrong("scenario.task_missing");
        const auto& chosen = found->second[index];
        return world_.on(chosen.instance, [&](const Instance& s) {
            return complete_task(model_, s, chosen.task.key, variables_of(step), world_.facts());
        });
    }
};

}  // namespace

std::vector<json::object> run_steps(const Model& model, const json::array& steps) {
    Steps runner(model);
    std::vector<json::object> out;
    for (std::size_t i = 0; i < steps.size(); ++i)
        out.push_back(
            steps[i].is_object()
                ? runner.run(steps[i].get_object(), i + 1)
                : json::object{{"step", i + 1}, {"op", ""}, {"ok", false}, {"reason", "scenario.unknown_operation"}});
    return out;
}

std::span<const ScriptAlias> trace_scripts() {
    static const ScriptAlias aliases[] = {
        {"CREATE_LOG_FILE", "", ""},
        {"CREATE_MARKER_FILE", "", ""},
        {"INCREMENT_INTEGER_VARIABLE", "integerVariable = (if integerVariable = null then 0 else integerVariable) + 1",
         ""},
        {"INCREMENT_INTEGER_VARIABLE_AND_LOG",
         "integerVariable = (if integerVariable = null then 0 else integerVariable) + 1", ""},
        {"WAIT_TEN_SECONDS", "", "PT10S"},
        {"SET_STRING_DATA", "data = \"String\"", ""},
    };
    return aliases;
}

json::object run_trace(const Model& model, const json::object& variables) {
    World world(model);
    json::array trace;
    world.listener = [&](const Instance& s, const Event& e) {
        const std::string* element = nullptr;
        Key scope = 0;
        if (e.type == EventType::passed) element = &e.element, scope = e.key;
        if (e.type == EventType::entered && e.item && e.item->kind == ItemKind::activity)
            element = &e.item->element, scope = e.item->parent;
        if (!element) return;
        const Item* at = s.find_item(scope);
        while (at && at->kind != ItemKind::process) at = s.find_item(at->parent);
        const Node* process = at ? model.find_process(at->element) : nullptr;
        const Node* node = process ? model.find_node(process->index, *element) : nullptr;
        if (!node || node->kind != Kind::script_task) return;
        const std::string& script = node->script.text;
        if (script.starts_with("SCRIPT_"))
            trace.emplace_back(script.substr(7));
        else if (script == "INCREMENT_INTEGER_VARIABLE_AND_LOG")
            trace.emplace_back("INCREMENT");
        else if (script == "CREATE_MARKER_FILE")
            trace.emplace_back("MARKER_EXISTS");
    };
    // The processes of the other pools first, so that they listen when the first one speaks; called ones by their
    // callers.
    std::set<std::string> called;
    for (const Node& n : model.nodes)
        if (n.kind == Kind::call_activity) called.insert(n.called.text);
    std::vector<std::string> order;
    bool any_executable = std::ranges::any_of(
        model.processes, [&](int p) { return model.nodes[static_cast<std::size_t>(p)].executable; });
    for (int p : model.processes) {
        const Node& n = model.nodes[static_cast<std::size_t>(p)];
        if (!n.entries.empty() && (n.executable || !any_executable) && !called.contains(n.id)) order.push_back(n.id);
    }
    if (order.size() > 1) std::ranges::rotate(order, order.begin() + 1);
    json::object out;
    std::string reason;
    for (const auto& id : order)
        if (auto started = world.start(id, variables); !started) reason = started.error().reason;
    world.start_by_condition(variables);
    for (int moves = 0; moves < 2'000; ++moves) {
        world.deliver_pending();
        if (auto tasks = world.tasks(); !tasks.empty()) {
            auto done = world.on(tasks[0].instance, [&](const Instance& s) {
                return complete_task(model, s, tasks[0].task.key, {}, world.facts());
            });
            if (!done) break;
            continue;
        }
        auto jobs = world.jobs();
        if (jobs.empty()) break;
        world.move_clock(std::max(world.now(), jobs.front().due));
        if (!world.run_job(jobs.front())) break;
    }
    bool all_ended = world.size() > 0;
    for (std::size_t i = 0; i < world.size(); ++i) {
        all_ended = all_ended && ended(world.at(i));
        if (reason.empty() && !world.at(i).incidents.empty()) reason = world.at(i).incidents.front().reason;
    }
    if (world.size() == 0 && reason.empty()) reason = "process.no_plain_start";
    out["ended"] = all_ended;
    out["trace"] = std::move(trace);
    if (!reason.empty()) out["reason"] = reason;
    return out;
}

}  // namespace motcua::process
