// The state of one running process (with the processes it called and the pools it talks to) and the events that change
// it. State is a tree of items: processes, activities, loops, waiting tokens. `apply` is a fold that decides nothing;
// the rules are in engine.hpp. Both have a compact JSON form; elements are named by id, so that a stored state outlives
// the program that wrote it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "process/model.hpp"

namespace motcua::process {

using Key = std::uint32_t;  // of an item, wait, record or incident; counts up within one instance, 0 = none

enum class ItemKind : std::uint8_t {
    process,   // an instance of a process: the main one, a called one (below its call activity) or another pool
    activity,  // an activity at work; a sub-process is the scope of its children
    body,      // a loop or multi-instance activity as a whole; its rounds are activities below it
    token,     // a token that waits to go on: asynchronous continuation, incident, start quantity not reached
    join,      // a token that waits at a joining gateway
    caught,    // a token at an intermediate catch event or event-based gateway
    thrown,    // a compensation or cancellation that waits for its handlers
    undoing,   // a finished sub-process whose inner work is being compensated
    gate,      // a complex gateway that has fired and absorbs what still comes
};

struct Item {
    Key key = 0, parent = 0;
    ItemKind kind = ItemKind::token;
    std::string element = {};             // id of the node; of the process for kind process
    std::string flow = {};                // join: the sequence flow it came by; token: likewise
    std::uint32_t index = 0;              // round of a loop, from 0
    std::uint32_t total = 0;              // body: rounds wanted; 0 with unknown end
    std::uint32_t done = 0;               // body: rounds finished
    Key owner = 0;                        // handler: the `thrown` item that waits for it
    bool leaving = false;                 // token: its node is done, only the outgoing flows are still to be taken
    bool working = false;                 // activity: its own work has begun (a service was called, a script waits …)
    json::object variables = {};          // local ones
    mutable std::int32_t node_hint = -1;  // index in the model last used; not part of the state

    bool operator==(const Item& o) const {
        return key == o.key && parent == o.parent && kind == o.kind && element == o.element && flow == o.flow &&
               index == o.index && total == o.total && done == o.done && owner == o.owner && leaving == o.leaving &&
               working == o.working && variables == o.variables;
    }
};

struct Wait {
    Key key = 0, item = 0;     // the item that waits; its end ends the wait
    std::string element = {};  // the event (boundary, start of an event sub-process, catch event, receive task)
    std::uint32_t definition = 0;
    Trigger trigger = Trigger::none;
    std::string name = {};            // message or signal
    std::optional<Instant> due = {};  // timer, continuation; nullopt: nobody has computed it yet
    std::int32_t repeat = 0;          // timer: firings still to come after this one; -1 without end
    std::string cycle = {};           // timer: interval or cron line
    bool seen = false;                // one of several that must all occur, and has
    bool operator==(const Wait&) const = default;
};

struct Record {              // finished work that can be compensated
    Key key = 0, scope = 0;  // scope: living item it belongs to, or 0 when inside another record
    Key inside = 0;          // the record of the finished sub-process it belongs to
    std::string element = {};
    json::object variables = {};
    bool operator==(const Record&) const = default;
};

struct Incident {
    Key key = 0, item = 0;
    std::string element = {};
    std::string reason = {};
    std::vector<Param> params = {};
    bool operator==(const Incident&) const = default;
};

enum class Status : std::uint8_t { active, ended, cancelled };

struct Instance {
    std::string process;  // id of the main process
    Status status = Status::active;
    Key next_key = 1;
    std::vector<Item> items;  // by key; parents before children
    std::vector<Wait> waits;
    std::vector<Record> records;
    std::vector<Incident> incidents;

    const Item* find_item(Key key) const;
    Item* find_item(Key key);
    const Wait* find_wait(Key key) const;
    bool operator==(const Instance&) const = default;
};

/// One change. Which members matter depends on the type; `passed`, `message_sent`, `signal_sent`, `service_called` and
/// `error_uncaught` change nothing: they tell what happened.
enum class EventType : std::uint8_t {
    started,        // element = process
    entered,        // item
    changed,        // item: counters and flags of that key
    left,           // key: the item completed; waits and incidents on it go
    cancelled,      // key: the item and everything below it is gone
    variables_set,  // key, variables: merged into the item's
    wait_opened,
    wait_changed,
    wait_closed,  // wait; key
    record_kept,
    record_moved,
    record_used,  // record; key
    incident_opened,
    incident_closed,  // incident; key
    passed,           // key = scope, element, flow: a node without waiting
    message_sent,     // name, variables; delivered inside or not
    signal_sent,      // name, variables
    service_called,   // key, element, name
    error_uncaught,   // element, name = code
    moved,            // key, element: migration renamed an element
    ended,            // name = "completed" or "cancelled"
};
std::string_view name_of(EventType type);

struct Event {
    EventType type = EventType::passed;
    Key key = 0;
    std::string element = {}, name = {}, flow = {};
    bool delivered = false;
    json::object variables = {};
    std::optional<Item> item = {};
    std::optional<Wait> wait = {};
    std::optional<Record> record = {};
    std::optional<Incident> incident = {};
    bool operator==(const Event&) const = default;
};

/// Folds one event into the state. Cannot fail: an event about a key that is not there changes nothing.
void apply(Instance& instance, const Event& event);

json::object to_json(const Instance& instance, const json::storage_ptr& storage = {});
json::object to_json(const Event& event);
/// Reason "process.state_malformed".
Result<Instance> instance_from_json(const json::object& object);
Result<Event> event_from_json(const json::object& object);

}  // namespace motcua::process
