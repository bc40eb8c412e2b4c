// A BPMN 2.0 definition as the engine sees it: nodes and sequence flows in vectors, references resolved, expressions
// compiled. Immutable and shared. Reading is lenient about what only concerns drawing or other tools; check.hpp says
// what must not be published. A process is itself a node, the outermost scope.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "expression/expression.hpp"
#include "process/xml.hpp"

namespace motcua::process {

inline constexpr std::string_view bpmn_namespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
inline constexpr std::string_view motcua_namespace = "https://motcua.vn/bpmn/1.0";

enum class Kind : std::uint8_t {
    process,
    start_event,
    end_event,
    catch_event,
    throw_event,
    boundary_event,
    task,
    user_task,
    manual_task,
    service_task,
    script_task,
    send_task,
    receive_task,
    business_rule_task,
    sub_process,
    transaction,
    ad_hoc,
    call_activity,
    exclusive,
    inclusive,
    parallel,
    event_based,
    complex
};
std::string_view name_of(Kind kind);
inline bool is_activity(Kind k) { return k >= Kind::task && k <= Kind::call_activity; }
inline bool is_gateway(Kind k) { return k >= Kind::exclusive; }
inline bool is_sub_process(Kind k) { return k == Kind::sub_process || k == Kind::transaction || k == Kind::ad_hoc; }
inline bool is_event(Kind k) { return k >= Kind::start_event && k <= Kind::boundary_event; }

enum class Trigger : std::uint8_t {
    none,
    message,
    timer,
    signal,
    error,
    escalation,
    conditional,
    compensation,
    cancel,
    terminate,
    link,
    continuation
};
std::string_view name_of(Trigger trigger);

/// Text that may hold `${…}`; without it, evaluation is free.
struct Text {
    std::string text;
    expression::Expression dynamic;  // set when the text holds an expression that could be read
    bool empty() const { return text.empty(); }
};

/// An expression of the model. `given` without `value`: it could not be read; evaluating it opens an incident.
struct Formula {
    bool given = false;
    expression::Expression value;
    std::string text;
};

/// A time limit: amount in thousandths of a unit (`working_hour`, `working_day`, `day`, `month`).
struct Limit {
    std::int64_t amount_milli = 0;
    std::string unit;
    bool operator==(const Limit&) const = default;
};
/// Reads "2 working_day", "0.5 working_day". nullopt for anything else.
std::optional<Limit> parse_limit(std::string_view text);

enum class TimerKind : std::uint8_t { date, duration, cycle, working };

struct EventDefinition {
    Trigger trigger = Trigger::none;
    std::string id;
    Text name;  // message, signal or link name; error or escalation code (empty catches all)
    TimerKind timer_kind = TimerKind::duration;
    Text timer;
    Limit working_limit;  // timer_kind working: due comes from the caller's calendar
    Formula condition;
    std::string variable_name;                // conditional: only changes of this variable count
    bool on_create = true, on_update = true;  // conditional: which changes count
    std::string activity;                     // compensation: this activity only
    bool wait_for_completion = true;
    std::string code_variable, message_variable;  // where a caught code goes
    std::string correlation;                      // message: variable whose value names who is meant
};

struct Assignment {
    std::string target;
    Formula value;
};
struct Mapping {  // of a call activity
    Formula source;
    std::string target;
    bool all = false;
    bool local = false;
};

enum class LoopKind : std::uint8_t { none, standard, parallel, sequential };
enum class Behavior : std::uint8_t { all, one, none, complex };
struct Loop {
    LoopKind kind = LoopKind::none;
    Formula cardinality, collection, completion;
    std::string element_variable;
    Formula condition;  // standard loop
    bool test_before = false;
    std::optional<std::int64_t> maximum;
    bool async_before = false;  // each round
    Behavior behavior = Behavior::all;
    std::vector<std::pair<Formula, EventDefinition>> thrown;  // by behaviours one, none, complex
};

/// What a script task does: assignments in order, after `wait` when that is given.
struct Script {
    std::string text;
    std::vector<Assignment> assignments;
    std::string wait;  // ISO 8601 duration that the work takes
    bool readable = true;
};

/// Who does a task, and by when. Lane values are inherited by its tasks.
struct Assignee {
    std::string role, unit, form, due_rule;
    std::optional<Limit> limit;
    std::optional<double> limit_share;  // percent of the procedure's limit
    std::vector<std::string> may_return_to;
    std::vector<std::string> separate_from;  // tasks, or "receive": who did one of them does not do this
    bool confirm = false;                    // whoever completes it has proved of late who he is: a signature
};

struct Node {
    int index = -1;
    std::string id;
    Text name;
    Kind kind = Kind::task;
    int scope = -1;  // enclosing sub-process or process; -1 for a process
    int process = -1;
    std::vector<int> incoming, outgoing;  // flows, in document order
    int default_flow = -1;
    int attached_to = -1;
    std::vector<int> boundaries;
    std::vector<EventDefinition> events;
    bool interrupting = true;
    bool parallel_multiple = false;
    bool for_compensation = false;
    int compensation_handler = -1;
    bool by_event = false;        // event sub-process
    std::vector<int> children;    // direct, of a scope
    std::vector<int> entries;     // where a scope begins
    std::vector<int> event_subs;  // event sub-processes of a scope
    Loop loop;
    int start_quantity = 1, completion_quantity = 1;
    bool async_before = false, async_after = false;
    bool instantiate = false, parallel_events = false;  // event-based gateway, receive task
    Text assignee, owner, description, priority, due_date, follow_up_date, business_key;
    std::vector<Text> candidate_users, candidate_groups;
    Assignee work;
    std::string lane;
    Script script;
    Formula call_expression;  // service, send, rule task: evaluated in place
    std::string call;         // service called by the caller of the engine
    std::string result_variable;
    std::string foreign;  // implementation of another engine that is not run here
    Text called;          // call activity: process id
    std::vector<Mapping> in, out;
    std::vector<Assignment> inputs, outputs;
    Formula activation;  // complex gateway
    Formula completion;  // ad-hoc
    bool ad_hoc_sequential = false, cancel_remaining = true;
    bool executable = false;    // process
    std::string message;        // send and receive task: message name
    std::string correlation;    // receive task: as of EventDefinition
    std::uint32_t element = 0;  // in documents[document]
    int document = 0;
};

struct Flow {
    int index = -1;
    std::string id;
    std::string name;
    int source = -1, target = -1;
    Formula condition;
};

struct MessageFlow {
    std::string id, source, target;
    std::string pool;  // process of the pool that the flow leads to, when it leads to a pool as a whole
};

struct Model {
    std::vector<std::string> sources;  // the texts as they were read
    std::vector<xml::Document> documents;
    std::vector<Node> nodes;
    std::vector<Flow> flows;
    std::vector<int> processes;
    std::vector<MessageFlow> message_flows;

    const Node* find_process(std::string_view id) const;
    /// A node of that process, at any depth.
    const Node* find_node(int process, std::string_view id) const;
    /// The process meant by an empty id: the only executable one, or the first (executable ones first).
    const Node* main_process() const;

  private:
    friend class Reader;
    std::unordered_map<std::string, int> by_id_;  // "process\nid"
};
using ModelPtr = std::shared_ptr<const Model>;

/// Names of scripts that stand for something: `script` text of a script task → what it does.
struct ScriptAlias {
    std::string script;
    std::string assignments;  // "x = x + 1; y = 2"
    std::string wait;
};

/// Reads one definitions file. Reasons: those of xml::parse, "process.not_bpmn",
/// "process.too_many_nodes" {limit}.
Result<ModelPtr> read_model(std::string_view xml);
/// Several files as one model: call activities find processes across them. Later files win over earlier ones of one id.
Result<ModelPtr> read_models(std::span<const std::string_view> xmls, std::span<const ScriptAlias> aliases = {});
/// The file as it was read, byte for byte: diagram, comments and other tools' extensions included.
std::string write_model(const Model& model, std::size_t file = 0);

}  // namespace motcua::process
