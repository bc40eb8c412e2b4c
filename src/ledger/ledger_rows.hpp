// The ledger's own statements and row mappings, shared by its parts; private to src/ledger.
#pragma once

#include <array>

#include "ledger/follower.hpp"
#include "ledger/ledger.hpp"

namespace motcua::ledger {

/// Position, time and answer id of the newest rows.
struct Tail {
    std::int64_t position = 0;
    Instant at{};
    std::int64_t answer = 0;
};
Tail read_tail(db::Session& session);
/// Begins a transaction of the writer and reads the tail in it.
Tail begin_at_tail(db::Database& database);

/// Key of table idempotency: 64 bits of BLAKE2b.
std::int64_t hash_key(std::string_view key);

/// What stores an answer, as rows …
std::array<RowChange, 2> answer_rows(std::int64_t id, Instant at, const IdempotentAnswer& answer);
/// … and at once.
void insert_answer(db::WriteSession& session, std::int64_t id, Instant at, const IdempotentAnswer& answer);

/// nullopt = free; else the key stored under the same hash.
std::optional<std::string> find_stored_key(db::Session& session, std::string_view key);

/// Deletes at most `limit` answers stored before `before`; answers how many.
std::int64_t delete_answers(db::WriteSession& session, Instant before, int limit);

/// The values of one event row, kept between inserts so that their memory is used again.
class EventWriter {
  public:
    EventWriter() : values_(12) {}
    /// `data` is the serialised object.
    void insert(db::WriteSession& session, std::int64_t position, StreamKind kind, std::int64_t stream,
                std::int64_t version, std::int64_t prev, const NewEvent& event, Instant at, const Meta& meta,
                std::string& data);

  private:
    db::Values values_;
};

/// The same row for a joined group; `data` is the serialised object.
RowChange event_row(std::int64_t position, StreamKind kind, std::int64_t stream, std::int64_t version,
                    std::int64_t prev, const NewEvent& event, const Meta& meta, const std::string& data);

/// Durable cursor of a follower; 0 when it has none yet.
std::int64_t read_cursor(db::Session& session, std::string_view follower);
/// Moves it from `from` to `to`; the first row change of a follower's write set.
RowChange move_cursor(std::string_view follower, std::int64_t from, std::int64_t to);

/// Parked events of one follower, in order, at most `limit`.
std::vector<ParkedEvent> list_parked_of(db::Session& session, std::string_view follower, int limit);
std::int64_t count_parked(db::Session& session, std::string_view follower);
bool retry_asked(db::Session& session, std::string_view follower);
RowChange insert_parked(const ParkedEvent& event);
RowChange update_parked(const ParkedEvent& event);  // the reason; takes the wish for a retry away
RowChange delete_parked(const ParkedEvent& event);
bool is_stream_parked(db::Session& session, std::string_view follower, StreamKind kind, std::int64_t stream);

}  // namespace motcua::ledger
