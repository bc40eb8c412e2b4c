// The ledger: the append-only record of everything that happened, and the only way to change a row.
// A command reads its aggregate, decides purely and hands a WriteSet to the committer; events and the rows that project
// them are committed together. Owns tables event, follower, idempotency. See docs/architecture.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "db/db.hpp"

namespace motcua::ledger {

/// Which kind of aggregate a stream belongs to; stored as its number, never renumbered.
enum class StreamKind : std::int16_t {
    dossier = 1,
    procedure = 2,
    unit = 3,
    account = 4,
    calendar = 5,
    process = 6,
    form = 7,
    system = 9
};

/// Concurrent decisions are committed in an order of their own, so an event may be this much older than the one before
/// it. What is older still comes from a clock that went backwards and is refused.
inline constexpr std::chrono::milliseconds clock_tolerance{60'000};

/// Who did it, for whom, in which request.
struct Meta {
    Instant at;                // of the decision; see clock_tolerance
    std::string actor;         // "officer:<id>", "person:<id>", "system", "visitor"
    std::string on_behalf_of;  // "person:<id>" when a helper or representative acts, else empty
    std::string request_id;
};

struct NewEvent {
    std::string_view type;  // "dossier_received"; static storage
    int schema = 1;         // version of the data's shape
    json::object data;
};

/// What else the row of an event holds, for those who hash it (raw.hpp).
struct EventRow {
    std::int64_t prev = 0;  // position of the event before it in its stream
    int schema = 1;         // as written; StoredEvent::schema is the newest
    std::string data;       // as written, byte for byte
};

struct StoredEvent {
    std::int64_t position = 0;  // global, gapless, from 1
    StreamKind kind{};
    std::int64_t stream = 0;
    std::int64_t version = 0;  // within the stream, from 1
    std::string type;
    int schema = 1;
    Meta meta;
    json::object data;
    EventRow row = {};  // of events read by position only
};

/// Where a stream stands: version and position of its last event. A new stream is {0, 0}. The aggregate's own row
/// stores both, so that the check costs no row of its own.
struct Head {
    std::int64_t version = 0;
    std::int64_t position = 0;
    bool operator==(const Head&) const = default;
};

/// A row change of a known statement. Value slots that only the committer knows are named by `position_slots`:
/// indexes into `values` to be filled with the position of the write set's last event.
struct RowChange {
    const db::Statement* statement = nullptr;
    db::Values values;
    std::vector<int> position_slots = {};
    /// Rows the statement has to touch; otherwise the write set is a version conflict. -1 = any number.
    int expect_rows = -1;
};

/// An answer kept for at least 30 days, so that a repeated key gets the same answer and nothing happens twice.
struct IdempotentAnswer {
    std::string key;          // scoped by the caller's identity, e.g. "person:…/POST /api/v1/dossiers/<uuid>"
    std::string fingerprint;  // hash of the request; another request under the same key is refused
    int status = 200;
    std::string body;
};

/// Everything one command changes. The first row change carries the version check (UPDATE … WHERE id = $ AND
/// version = $, or INSERT for a new stream; expect_rows 1): a write set with events must have it. Without events (rows
/// that are nobody's history, such as sessions or cursors) the rows may be anything.
struct WriteSet {
    StreamKind kind = StreamKind::dossier;
    std::int64_t stream = 0;
    Head head;  // as loaded
    Meta meta;
    /// Where the data of the events may live, so that its many small parts need not be freed one by one.
    std::shared_ptr<json::monotonic_resource> memory;
    std::vector<NewEvent> events;
    std::vector<RowChange> rows;
    std::optional<IdempotentAnswer> answer;
};

struct Committed {
    std::int64_t first_position = 0;
    std::int64_t last_position = 0;
    Instant at;
};

/// Reads one stream in order, all of it or what follows a version, along the chain that ends at `head`. A chain that
/// does not lead to version 1 throws Fault "ledger.corrupt". Costs one look-up by key an event.
std::vector<StoredEvent> read_stream(db::Session& session, StreamKind kind, std::int64_t stream, Head head,
                                     std::int64_t after_version = 0);

/// Reads the ledger from a position on, in order, at most `limit` events; their data lives in `storage`.
std::vector<StoredEvent> read_events(db::Session& session, std::int64_t after_position, int limit,
                                     const json::storage_ptr& storage = {});

/// Calls `visit` for every event from `after_position` on, in order, a few hundred in memory at a time. Answers the
/// last position. Streams come interleaved: a rebuild keeps one state a stream, or asks read_stream.
std::int64_t visit_events(db::Database& database, std::int64_t after_position,
                          const std::function<void(const StoredEvent&)>& visit);

/// What is wrong with the ledger itself (`motcua doctor`): positions with gaps, versions that do not count up, broken
/// back-pointers, time that runs backwards; sentences in English for the administrator, at most `limit`. Empty when
/// sound. Holds 32 bytes a stream in memory.
std::vector<std::string> check_ledger(db::Database& database, std::size_t limit = 100);

/// For a stream whose aggregate has no row of its own: where it stands ({0, 0} when new) …
Head find_stream_head(db::Session& session, StreamKind kind, std::int64_t stream);
/// … and the first row change of its write set, which checks the version and stores the new head.
RowChange advance_stream_head(StreamKind kind, std::int64_t stream, Head head, std::int64_t new_version);

}  // namespace motcua::ledger
