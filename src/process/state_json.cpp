// JSON forms. Members that have their default value are left out, so an instance at one user task is about 250 bytes.
#include <array>

#include "process/state.hpp"

namespace motcua::process {
namespace {

constexpr std::array<std::string_view, 9> item_kinds{"process", "activity", "body",    "token", "join",
                                                     "caught",  "thrown",   "undoing", "gate"};
constexpr std::array<std::string_view, 12> triggers{"none",   "message",    "timer",       "signal",
                                                    "error",  "escalation", "conditional", "compensation",
                                                    "cancel", "terminate",  "link",        "continuation"};
constexpr std::array<std::string_view, 3> statuses{"active", "ended", "cancelled"};
constexpr std::array<std::string_view, 20> event_types{
    "started",         "entered",         "changed",        "left",
    "cancelled",       "variables_set",   "wait_opened",    "wait_changed",
    "wait_closed",     "record_kept",     "record_moved",   "record_used",
    "incident_opened", "incident_closed", "passed",         "message_sent",
    "signal_sent",     "service_called",  "error_uncaught", "moved"};

void put(json::object& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out[name] = value;
}
void put(json::object& out, std::string_view name, std::int64_t value) {
    if (value) out[name] = value;
}
void put_flag(json::object& out, std::string_view name, bool value) {
    if (value) out[name] = true;
}
void put(json::object& out, std::string_view name, const json::object& value) {
    if (!value.empty()) out[name] = value;
}

/// Reads members and remembers whether any had the wrong type, an unknown word or a number out of range.
class Members {
  public:
    explicit Members(const json::object& object) : object_(object) {}
    bool ok = true;

    std::string text(std::string_view name) {
        const json::value* value = object_.if_contains(name);
        if (!value) return {};
        if (value->is_string()) return std::string(std::string_view(value->get_string()));
        ok = false;
        return {};
    }
    std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most) {
        if (!object_.contains(name)) return 0;
        auto value = find_int(object_, name);
        if (value && *value >= least && *value <= most) return *value;
        ok = false;
        return 0;
    }
    Key key(std::string_view name) { return static_cast<Key>(number(name, 0, 2'000'000'000)); }
    bool flag(std::string_view name) {
        const json::value* value = object_.if_contains(name);
        if (value && !value->is_bool()) ok = false;
        return value && value->is_bool() && value->get_bool();
    }
    json::object object(std::string_view name) {
        const json::value* value = object_.if_contains(name);
        if (!value) return {};
        if (value->is_object()) return value->get_object();
        ok = false;
        return {};
    }
    template <class Enum, std::size_t N>
    Enum word(std::string_view name, const std::array<std::string_view, N>& words) {
        auto value = text(name);
        for (std::size_t i = 0; i < N; ++i)
            if (words[i] == value) return static_cast<Enum>(i);
        ok = false;
        return {};
    }
    std::optional<Instant> instant(std::string_view name) {
        if (!object_.contains(name)) return std::nullopt;
        auto value = find_int(object_, name);
        if (!value) ok = false;
        return value ? std::optional(Instant(std::chrono::milliseconds(*value))) : std::nullopt;
    }
    template <class T>
    std::vector<T> list(std::string_view name, T (*read)(Members&)) {
        std::vector<T> out;
        const json::value* value = object_.if_contains(name);
        if (!value) return out;
        if (!value->is_array())
            ok = false;
        else
            for (const auto& entry : value->get_array()) {
                if (!entry.is_object()) {
                    ok = false;
                    continue;
                }
                Members members(entry.get_object());
                out.push_back(read(members));
                ok = ok && members.ok;
            }
        return out;
    }
    template <class T>
    std::optional<T> one(std::string_view name, T (*read)(Members&)) {
        if (!object_.contains(name)) return std::nullopt;
        json::object inner = object(name);
        Members members(inner);
        T out = read(members);
        ok = ok && members.ok;
        return out;
    }

  private:
    const json::object& object_;
};

json::object write(const Item& i, const json::storage_ptr& storage = {}) {
    json::object out({{"k", i.key}}, storage);
    put(out, "p", i.parent);
    out["t"] = item_kinds[static_cast<std::size_t>(i.kind)];
    put(out, "e", i.element);
    put(out, "f", i.flow);
    put(out, "i", i.index);
    put(out, "n", i.total);
    put(out, "d", i.done);
    put(out, "o", i.owner);
    put_flag(out, "l", i.leaving);
    put_flag(out, "w", i.working);
    put(out, "v", i.variables);
    return out;
}
Item read_item(Members& m) {
    Item out;
    out.key = m.key("k");
    out.parent = m.key("p");
    out.kind = m.word<ItemKind>("t", item_kinds);
    out.element = m.text("e");
    out.flow = m.text("f");
    out.index = m.key("i");
    out.total = m.key("n");
    out.done = m.key("d");
    out.owner = m.key("o");
    out.leaving = m.flag("l");
    out.working = m.flag("w");
    out.variables = m.object("v");
    m.ok = m.ok && out.key > out.parent;
    return out;
}

json::object write(const Wait& w, const json::storage_ptr& storage = {}) {
    json::object out({{"k", w.key}, {"i", w.item}}, storage);
    put(out, "e", w.element);
    put(out, "x", w.definition);
    out["t"] = triggers[static_cast<std::size_t>(w.trigger)];
    put(out, "n", w.name);
    if (w.due) out["due"] = w.due->time_since_epoch().count();
    put(out, "r", w.repeat);
    put(out, "c", w.cycle);
    put_flag(out, "s", w.seen);
    return out;
}
Wait read_wait(Members& m) {
    Wait out;
    out.key = m.key("k");
    out.item = m.key("i");
    out.element = m.text("e");
    out.definition = m.key("x");
    out.trigger = m.word<Trigger>("t", triggers);
    out.name = m.text("n");
    out.due = m.instant("due");
    out.repeat = static_cast<std::int32_t>(m.number("r", -1, 1'000'000));
    out.cycle = m.text("c");
    out.seen = m.flag("s");
    return out;
}

json::object write(const Record& r, const json::storage_ptr& storage = {}) {
    json::object out({{"k", r.key}}, storage);
    put(out, "s", r.scope);
    put(out, "in", r.inside);
    put(out, "e", r.element);
    put(out, "v", r.variables);
    return out;
}
Record read_record(Members& m) { return {m.key("k"), m.key("s"), m.key("in"), m.text("e"), m.object("v")}; }

json::object write(const Incident& i, const json::storage_ptr& storage = {}) {
    json::object out({{"k", i.key}, {"i", i.item}, {"e", i.element}, {"reason", i.reason}}, storage);
    json::object params;
    for (const auto& p : i.params) params[p.name] = p.value;
    put(out, "params", params);
    return out;
}
Incident read_incident(Members& m) {
    Incident out{m.key("k"), m.key("i"), m.text("e"), m.text("reason")};
    for (const auto& [name, value] : m.object("params"))
        if (value.is_string())
            out.params.push_back({std::string(name), std::string(std::string_view(value.get_string()))});
    return out;
}

template <class T>
void put_list(json::object& out, std::string_view name, const std::vector<T>& items) {
    if (items.empty()) return;
    json::array list(out.storage());
    list.reserve(items.size());
    for (const auto& item : items) list.push_back(write(item, out.storage()));
    out[name] = std::move(list);
}

}  // namespace

std::string_view name_of(EventType type) {
    return type == EventType::ended ? "ended" : event_types[static_cast<std::size_t>(type)];
}

json::object to_json(const Instance& s, const json::storage_ptr& storage) {
    json::object out({{"process", s.process}}, storage);
    if (s.status != Status::active) out["status"] = statuses[static_cast<std::size_t>(s.status)];
    out["next"] = s.next_key;
    put_list(out, "items", s.items);
    put_list(out, "waits", s.waits);
    put_list(out, "records", s.records);
    put_list(out, "incidents", s.incidents);
    return out;
}

Result<Instance> instance_from_json(const json::object& object) {
    Members m(object);
    Instance out;
    out.process = m.text("process");
    if (object.contains("status")) out.status = m.word<Status>("status", statuses);
    out.next_key = m.key("next");
    out.items = m.list("items", read_item);
    out.waits = m.list("waits", read_wait);
    out.records = m.list("records", read_record);
    out.incidents = m.list("incidents", read_incident);
    auto ascending = [&](const auto& items) {
        for (std::size_t i = 0; i < items.size(); ++i)
            if (items[i].key >= out.next_key || items[i].key == 0 || (i && items[i].key <= items[i - 1].key))
                return false;
        return true;
    };
    if (!m.ok || !ascending(out.items) || !ascending(out.waits) || !ascending(out.records) || !ascending(out.incidents))
        return fail(Errc::malformed, "process.state_malformed");
    return out;
}

json::object to_json(const Event& e) {
    json::object out{{"type", name_of(e.type)}};
    put(out, "key", e.key);
    put(out, "element", e.element);
    put(out, "name", e.name);
    put(out, "flow", e.flow);
    put_flag(out, "delivered", e.delivered);
    put(out, "variables", e.variables);
    if (e.item) out["item"] = write(*e.item);
    if (e.wait) out["wait"] = write(*e.wait);
    if (e.record) out["record"] = write(*e.record);
    if (e.incident) out["incident"] = write(*e.incident);
    return out;
}

Result<Event> event_from_json(const json::object& object) {
    Members m(object);
    Event out;
    if (m.text("type") == "ended")
        out.type = EventType::ended;
    else
        out.type = m.word<EventType>("type", event_types);
    out.key = m.key("key");
    out.element = m.text("element");
    out.name = m.text("name");
    out.flow = m.text("flow");
    out.delivered = m.flag("delivered");
    out.variables = m.object("variables");
    out.item = m.one("item", read_item);
    out.wait = m.one("wait", read_wait);
    out.record = m.one("record", read_record);
    out.incident = m.one("incident", read_incident);
    if (!m.ok) return fail(Errc::malformed, "process.state_malformed");
    return out;
}

}  // namespace motcua::process
