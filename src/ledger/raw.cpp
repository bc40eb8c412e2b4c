#include "ledger/raw.hpp"

#include "base/check.hpp"

namespace motcua::ledger {

namespace {

constexpr db::Statement select_raw{"ledger.select_raw", R"(
    SELECT position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data
    FROM event WHERE position > $1 ORDER BY position LIMIT $2)"};
constexpr db::Statement update_data{"ledger.erase_data", "UPDATE event SET data = $2 WHERE position = $1"};

RawEvent map_event(const db::Row& row) {
    RawEvent event;
    event.position = row.int64(0);
    event.kind = row.int64(1);
    event.stream = row.int64(2);
    event.version = row.int64(3);
    event.prev = row.int64(4);
    event.type = row.text(5);
    event.schema = row.int64(6);
    event.at_ms = row.int64(7);
    event.actor = row.text(8);
    event.on_behalf_of = row.text(9);
    event.request_id = row.text(10);
    event.data = row.text(11);
    return event;
}

}  // namespace

std::vector<RawEvent> read_raw_events(db::Session& session, std::int64_t after_position, int limit) {
    return session.list(select_raw, {after_position, std::int64_t{limit}}, map_event);
}

void erase_event_data(db::WriteSession& session, std::int64_t position, const std::string& remaining_data) {
    const std::int64_t touched = session.execute(update_data, db::Values{position, remaining_data});
    CHECK(touched == 1, "there is no event {}", position);
}

}  // namespace motcua::ledger
