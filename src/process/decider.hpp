// The engine at work on one decision: a copy of the state, a queue of tokens on the move, and the events so far. Every
// change goes through emit(), so that what is decided is exactly what apply() will do again.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "process/engine.hpp"

namespace motcua::process {

/// Decides in place of expressions: used by the soundness check to try every way.
class Chooser {
  public:
    virtual ~Chooser() = default;
    /// Which of the node's outgoing flows (indices into Node::outgoing) are taken.
    virtual std::vector<std::size_t> choose_flows(const Node& node) = 0;
    virtual std::uint32_t choose_rounds(const Node& node) = 0;
    /// True when this run need not be followed any further.
    virtual bool gives_up() const = 0;
};

class Decider {
  public:
    Decider(const Model& model, const Instance& instance, const Facts& facts, Chooser* chooser = nullptr)
        : model_(model), state_(instance), facts_(facts), chooser_(chooser) {}

    /// Refuses an ended instance and one that this model does not fit.
    Result<void> check() const;
    const Instance& state() const { return state_; }
    Events take() { return std::move(events_); }

    // Moves; each is followed by run().
    void start_process(const Node& process, const Node* start_event, const json::object& variables);
    void complete(Key item, const json::object& variables);
    void fire(Key wait, const json::object& payload);
    bool message(std::string_view name, const json::object& payload, const json::object* correlation,
                 const Node* sender);
    void signal(std::string_view name, const json::object& payload);
    void jump(Key item, const Node& target);
    bool error(std::string_view code, Key from, const json::object& payload);
    void assign(Key item, const json::object& variables);
    void set_local(Key item, json::object variables);
    void retry(const Incident& incident);
    void skip(const Incident& incident, int flow);
    void open_incident(Key item, const Node& node, const Error& error);
    /// After a migration: waits for events of the new version that nobody waits for yet.
    void arm_what_is_new();
    void emit(Event event);
    void run();

    const Node& node_of(const Item& item) const;
    const Node& event_of(const Wait& wait) const;

  private:
    struct Ready {
        Key scope = 0;
        int node = -1;
        int flow = -1;
        bool leaving = false;  // only the outgoing flows are still to be taken
        bool resumed = false;  // its asynchronous wait is over
        bool deferred = false;
        Key owner = 0;
        std::uint32_t round = 0;
    };
    struct Catcher {
        const Node* event = nullptr;
        const EventDefinition* definition = nullptr;
        Key item = 0;  // scope of an event sub-process, or activity of a boundary event
    };

    const Model& model_;
    Instance state_;
    const Facts& facts_;
    Chooser* chooser_;
    Events events_;
    std::deque<Ready> queue_;
    struct Change {
        Key scope = 0;
        std::string name;
        bool created = false;
    };
    std::vector<Change> changed_;  // variables, since the conditions were looked at
    int steps_ = 0;

    const Node& node(int index) const { return model_.nodes[static_cast<std::size_t>(index)]; }
    const Flow& flow(int index) const { return model_.flows[static_cast<std::size_t>(index)]; }
    const Item& item(Key key) const { return *state_.find_item(key); }
    bool alive(Key key) const { return state_.find_item(key) != nullptr; }

    // decider.cpp: items, queue, scopes
    Key add_item(Item item);
    void change(const Item& item);
    void leave_item(Key key);
    void cancel_item(Key key);
    void cancel_children(Key scope);
    void drop_dead();
    void step(Ready ready);
    void park(const Ready& ready, const Error* error);
    void park_all();
    void passed(const Node& node, Key scope, int flow = -1);
    void leave(const Node& node, Key scope, bool resumed = false);
    void take_flows(const Node& node, Key scope, const std::vector<int>& flows);
    Result<std::vector<int>> select_flows(const Node& node, Key scope);
    bool has_work(Key scope) const;
    void settle(Key scope);
    void complete_scope(Key scope);
    void enter_scope(const Node& scope_node, Key scope);
    Key main_item() const;

    // decider_activity.cpp
    void begin_activity(const Ready& ready, const Node& node);
    void begin_loop(const Ready& ready, const Node& node);
    void begin_round(const Ready& ready, const Node& node, json::object locals);
    void work(Key key);
    Result<void> perform(const Node& node, Key variables_from);
    void call_process(Key key, const Node& node);
    void finish_call(Key call, const Item& called);
    void map_out(Key call, const Item& called);
    void complete_activity(Key key);
    void round_done(Key body, const Node& node);
    void progress_body(Key body, const Node& node);
    void complete_body(Key body, const Node& node);
    json::object loop_counts(const Item& body) const;
    void ad_hoc_consumed(Key scope, const Node& node);
    void ad_hoc_progress(Key scope, const Node& node);

    // decider_gateway.cpp
    void arrive_parallel(const Ready& ready, const Node& node);
    void arrive_merging(const Ready& ready, const Node& node);
    void arrive_event_based(const Ready& ready, const Node& node);
    bool check_joins();
    bool can_still_arrive(const Node& gateway, Key scope, const std::vector<int>& filled, bool any_token) const;

    // decider_event.cpp
    void catch_event(const Ready& ready, const Node& node);
    void throw_event(const Ready& ready, const Node& node);
    std::vector<Key> arm(Key item, const Node& event);
    void arm_all(Key item, const std::vector<int>& events);
    void arm_event_subs(const Node& scope_node, Key scope);
    Result<void> set_timer(Wait& wait, const EventDefinition& definition);
    void start_event_sub(Key scope, const Node& start_event, const json::object& payload);
    void fire_boundary(Key activity, const Node& event, const json::object& payload);
    bool next_repeat(const Wait& wait);
    void forget_seen(Key item, const Node& event);
    void look_at_conditions();
    void throw_behavior(Key body, const Node& node);
    std::string text(const Text& text, Key scope) const;

    // decider_error.cpp
    std::optional<Catcher> find_catcher(Trigger trigger, std::string_view code, Key from);
    bool throw_code(Trigger trigger, std::string_view code, Key from, const json::object& payload);
    void compensate(const Node& node, Key scope, const EventDefinition& definition);
    int run_records(Key scope, std::string_view activity, Key owner);
    void run_record(const Record& record, Key owner, int& started);
    void handler_done(Key owner);
    void cancel_transaction(const Node& end, Key scope);
    void finish_thrown(Key thrown);
    void terminate(Key scope);

    expression::Outcome evaluate(const Formula& formula, Key from, const json::object* extra = nullptr) const;
    /// True or false, or an error that says what else it gave.
    Result<bool> decide(const Formula& formula, Key from, const json::object* extra = nullptr) const;
};

/// Variables seen from an item, its own first and then those of the scopes around it.
class ItemVariables final : public expression::Variables {
  public:
    ItemVariables(const Instance& instance, Key item, const json::object* extra = nullptr)
        : instance_(instance), item_(item), extra_(extra) {}
    const json::value* find(std::string_view name) const override;

  private:
    const Instance& instance_;
    Key item_;
    const json::object* extra_;
};

}  // namespace motcua::process
