#include <algorithm>

#include "process/state.hpp"

namespace motcua::process {
namespace {

template <class Vector>
auto* by_key(Vector& items, Key key) {
    auto it = std::ranges::lower_bound(items, key, {}, &std::remove_reference_t<decltype(items[0])>::key);
    return it != items.end() && it->key == key ? &*it : nullptr;
}

template <class T>
void insert(std::vector<T>& items, const T& item, Key& next_key) {
    auto at = std::ranges::lower_bound(items, item.key, {}, &T::key);
    if (at == items.end() || at->key != item.key) items.insert(at, item);
    next_key = std::max(next_key, item.key + 1);
}

void forget(Instance& s, const std::vector<Key>& gone) {
    auto is_gone = [&](Key key) { return std::ranges::binary_search(gone, key); };
    std::erase_if(s.items, [&](const Item& i) { return is_gone(i.key); });
    std::erase_if(s.waits, [&](const Wait& w) { return is_gone(w.item); });
    std::erase_if(s.incidents, [&](const Incident& i) { return is_gone(i.item); });
    // Records of a scope that is gone, and those inside them.
    std::vector<Key> records;
    std::erase_if(s.records, [&](const Record& r) {
        bool drop =
            (r.scope && is_gone(r.scope)) || (r.inside && std::ranges::find(records, r.inside) != records.end());
        if (drop) records.push_back(r.key);
        return drop;
    });
    if (records.empty()) return;
    bool again = true;
    while (again) {
        again = false;
        std::erase_if(s.records, [&](const Record& r) {
            bool drop = r.inside && std::ranges::find(records, r.inside) != records.end();
            if (drop) records.push_back(r.key), again = true;
            return drop;
        });
    }
}

}  // namespace

const Item* Instance::find_item(Key key) const { return by_key(items, key); }
Item* Instance::find_item(Key key) { return by_key(items, key); }
const Wait* Instance::find_wait(Key key) const { return by_key(waits, key); }

void apply(Instance& s, const Event& e) {
    switch (e.type) {
        case EventType::started:
            s.process = e.element;
            break;
        case EventType::entered:
            if (e.item) insert(s.items, *e.item, s.next_key);
            break;
        case EventType::changed:
            if (e.item)
                if (Item* item = s.find_item(e.item->key)) {
                    item->index = e.item->index;
                    item->total = e.item->total;
                    item->done = e.item->done;
                    item->owner = e.item->owner;
                    item->leaving = e.item->leaving;
                    item->working = e.item->working;
                }
            break;
        case EventType::left:
            forget(s, {e.key});
            break;
        case EventType::cancelled: {
            if (!s.find_item(e.key)) break;
            std::vector<Key> gone{e.key};  // ascending, since parents precede children
            for (const Item& item : s.items)
                if (item.key > e.key && std::ranges::binary_search(gone, item.parent)) gone.push_back(item.key);
            forget(s, gone);
            break;
        }
        case EventType::variables_set:
            if (Item* item = s.find_item(e.key))
                for (const auto& [name, value] : e.variables) item->variables[name] = value;
            break;
        case EventType::wait_opened:
            if (e.wait) insert(s.waits, *e.wait, s.next_key);
            break;
        case EventType::wait_changed:
            if (e.wait)
                if (Wait* wait = by_key(s.waits, e.wait->key)) *wait = *e.wait;
            break;
        case EventType::wait_closed:
            std::erase_if(s.waits, [&](const Wait& w) { return w.key == e.key; });
            break;
        case EventType::record_kept:
            if (e.record) insert(s.records, *e.record, s.next_key);
            break;
        case EventType::record_moved:
            if (e.record)
                if (Record* record = by_key(s.records, e.record->key)) *record = *e.record;
            break;
        case EventType::record_used:
            std::erase_if(s.records, [&](const Record& r) { return r.key == e.key; });
            break;
        case EventType::incident_opened:
            if (e.incident) insert(s.incidents, *e.incident, s.next_key);
            break;
        case EventType::incident_closed:
            std::erase_if(s.incidents, [&](const Incident& i) { return i.key == e.key; });
            break;
        case EventType::moved:
            if (Item* item = s.find_item(e.key)) {
                item->element = e.element;
                item->flow = e.flow;
                item->node_hint = -1;
            }
            break;
        case EventType::ended:
            s.status = e.name == "completed" ? Status::ended : Status::cancelled;
            break;
        case EventType::passed:
        case EventType::message_sent:
        case EventType::signal_sent:
        case EventType::service_called:
        case EventType::error_uncaught:
            break;
    }
}

}  // namespace motcua::process
