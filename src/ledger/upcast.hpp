// Old events in the shape of today: an event is stored as it was written, and what reads it sees the newest shape of
// its data. A feature that changes the shape of an event raises NewEvent::schema and adds the step from the shape
// before. Process-wide on purpose, as the log is: events are read in many places, and all of them must see the same.
#pragma once

#include <span>
#include <string_view>

#include "ledger/ledger.hpp"

namespace motcua::ledger {

/// One step: `change` takes the data of `type` from shape `from` to `from + 1`. Total: it has to live with whatever an
/// event of that shape may hold, also with members that were erased.
struct Upcaster {
    std::string_view type;
    int from = 1;
    void (*change)(json::object& data);
};

/// Called once by the composition root before anything is read; the steps live as long as the program.
void set_upcasters(std::span<const Upcaster> upcasters);

/// Runs the steps for the event's type, one after the other, and raises its schema.
void upcast(StoredEvent& event);

}  // namespace motcua::ledger
