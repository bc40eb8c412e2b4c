// Every kind of event that an inspector asks about: signing in, accounts and posts, looks at personal records,
// refusals, alerts. One declaration: docs/audit-events.md is made from it, the export takes these, and a test compares
// it with what the program writes. Leaves out the events of dossiers, which are their own history.
#pragma once

#include <span>
#include <string_view>

namespace motcua::audit {

enum class Outcome : unsigned char { success, refusal, warning };

struct EventInfo {
    std::string_view type;
    Outcome outcome;
    std::string_view vi;
    std::string_view en;
    std::string_view data;  // members of the event's data, for the reader of an export
};

std::span<const EventInfo> event_catalogue();
const EventInfo* find_event(std::string_view type);
std::string_view to_text(Outcome outcome);

}  // namespace motcua::audit
