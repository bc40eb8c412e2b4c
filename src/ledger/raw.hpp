// Events as their rows have them, byte for byte: for those who hash them, and for the one change an event can undergo,
// the erasure of personal members of its data. Everybody else reads StoredEvents (ledger.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/db.hpp"

namespace motcua::ledger {

struct RawEvent {
    std::int64_t position = 0;
    std::int64_t kind = 0;
    std::int64_t stream = 0;
    std::int64_t version = 0;
    std::int64_t prev = 0;
    std::string type;
    std::int64_t schema = 1;
    std::int64_t at_ms = 0;
    std::string actor;
    std::string on_behalf_of;
    std::string request_id;
    std::string data;
};

/// From a position on, in order, at most `limit`.
std::vector<RawEvent> read_raw_events(db::Session& session, std::int64_t after_position, int limit);

/// Replaces the data of an event whose erasure was written down in the same transaction (table event_erasure); the
/// database refuses it otherwise. The events behind it are part of a stream whose rows the caller brings in line.
void erase_event_data(db::WriteSession& session, std::int64_t position, const std::string& remaining_data);

}  // namespace motcua::ledger
