#include "ledger/ledger_rows.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <sodium.h>

#include "base/check.hpp"
#include "ledger/upcast.hpp"

namespace motcua::ledger {

namespace {

using db::Row;
using db::Statement;
using db::Values;

constexpr Statement select_tail{"ledger.select_tail", R"(
    SELECT (SELECT position FROM event ORDER BY position DESC LIMIT 1),
           (SELECT at FROM event ORDER BY position DESC LIMIT 1),
           (SELECT id FROM idempotency_answer ORDER BY id DESC LIMIT 1))"};
constexpr Statement insert_event{"ledger.insert_event", R"(
    INSERT INTO event (position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))"};
// The chain is walked by key from the newest event back; `position < chain.position` ends it whatever the rows say.
constexpr Statement select_stream{"ledger.select_stream", R"(
    WITH RECURSIVE chain (position, prev) AS (
        SELECT position, prev FROM event WHERE position = $1 AND stream = $3
        UNION ALL
        SELECT event.position, event.prev FROM chain JOIN event ON event.position = chain.prev AND event.stream = $3
        WHERE event.version > $2 AND event.position < chain.position)
    SELECT event.position, event.kind, event.stream, event.version, event.type, event.schema, event.at, event.actor,
           event.on_behalf_of, event.request_id, event.data
    FROM chain JOIN event ON event.position = chain.position AND event.stream = $3
    ORDER BY event.position)"};
constexpr Statement select_events{"ledger.select_events", R"(
    SELECT position, kind, stream, version, type, schema, at, actor, on_behalf_of, request_id, data, prev
    FROM event WHERE position > $1 ORDER BY position LIMIT $2)"};
constexpr Statement select_chain{"ledger.select_chain", R"(
    SELECT position, kind, stream, version, prev, at FROM event WHERE position > $1 ORDER BY position LIMIT $2)"};
constexpr Statement select_head{"ledger.select_head",
                                "SELECT version, position FROM stream_head WHERE kind = $1 AND stream = $2"};
constexpr Statement insert_head{"ledger.insert_head",
                                "INSERT INTO stream_head (kind, stream, version, position) VALUES ($1, $2, $3, $4)"};
constexpr Statement update_head{"ledger.update_head", R"(
    UPDATE stream_head SET version = $3, position = $4 WHERE kind = $1 AND stream = $2 AND version = $5)"};
constexpr Statement select_cursor{"ledger.select_cursor", "SELECT position FROM follower WHERE name = $1"};
constexpr Statement upsert_cursor{"ledger.upsert_cursor", R"(
    INSERT INTO follower (name, position) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE follower.position = $3)"};
constexpr Statement select_parked{"ledger.parked", R"(
    SELECT follower, position, kind, stream, reason FROM parked_event ORDER BY follower, position LIMIT $1)"};
constexpr Statement select_parked_of{"ledger.parked_of", R"(
    SELECT follower, position, kind, stream, reason FROM parked_event WHERE follower = $1 ORDER BY position LIMIT $2)"};
constexpr Statement count_parked_of{"ledger.count_parked", "SELECT COUNT(*) FROM parked_event WHERE follower = $1"};
constexpr Statement select_retry{"ledger.select_retry",
                                 "SELECT 1 FROM parked_event WHERE follower = $1 AND retry = 1 LIMIT 1"};
constexpr Statement select_parked_stream{
    "ledger.parked_stream", "SELECT 1 FROM parked_event WHERE follower = $1 AND kind = $2 AND stream = $3 LIMIT 1"};
constexpr Statement insert_parked_event{"ledger.insert_parked", R"(
    INSERT INTO parked_event (follower, position, kind, stream, reason, retry) VALUES ($1, $2, $3, $4, $5, 0)
    ON CONFLICT (follower, position) DO UPDATE SET reason = excluded.reason)"};
constexpr Statement update_parked_event{
    "ledger.update_parked", "UPDATE parked_event SET reason = $3, retry = 0 WHERE follower = $1 AND position = $2"};
constexpr Statement delete_parked_event{"ledger.delete_parked",
                                        "DELETE FROM parked_event WHERE follower = $1 AND position = $2"};
constexpr Statement ask_retry{"ledger.ask_retry", "UPDATE parked_event SET retry = 1 WHERE follower = $1"};
constexpr Statement select_answer{"ledger.select_answer", R"(
    SELECT kept.key, kept.fingerprint, kept.status, kept.body
    FROM idempotency JOIN idempotency_answer kept ON kept.id = idempotency.answer WHERE idempotency.hash = $1)"};
constexpr Statement insert_hash{"ledger.insert_hash", "INSERT INTO idempotency (hash, answer) VALUES ($1, $2)"};
constexpr Statement insert_kept{"ledger.insert_kept", R"(
    INSERT INTO idempotency_answer (id, hash, at, key, fingerprint, status, body) VALUES ($1, $2, $3, $4, $5, $6, $7))"};
constexpr Statement select_oldest{"ledger.select_oldest",
                                  "SELECT id, hash, at FROM idempotency_answer ORDER BY id LIMIT $1"};
constexpr Statement delete_hash{"ledger.delete_hash", "DELETE FROM idempotency WHERE hash = $1 AND answer = $2"};
constexpr Statement delete_kept{"ledger.delete_kept", "DELETE FROM idempotency_answer WHERE id <= $1"};

constexpr int visit_batch = 500;

std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }
Instant instant(std::int64_t milliseconds) { return Instant{std::chrono::milliseconds{milliseconds}}; }

ParkedEvent to_parked(const Row& row) {
    return {std::string(row.text(0)), row.int64(1), static_cast<StreamKind>(row.int64(2)), row.int64(3),
            std::string(row.text(4))};
}

Tail to_tail(const Row& row) { return {row.int64(0), instant(row.int64(1)), row.int64(2)}; }

StoredEvent to_event(const Row& row, const json::storage_ptr& storage) {
    auto data = parse_json(row.text(10), storage);
    if (!data || !data->is_object()) {
        throw Fault("ledger.corrupt", fmt::format("event {}: its data cannot be read", row.int64(0)));
    }
    // Made with its data: an assignment would copy them out of the storage.
    StoredEvent event{
        row.int64(0),
        static_cast<StreamKind>(row.int64(1)),
        row.int64(2),
        row.int64(3),
        std::string(row.text(4)),
        static_cast<int>(row.int64(5)),
        Meta{instant(row.int64(6)), std::string(row.text(7)), std::string(row.text(8)), std::string(row.text(9))},
        std::move(data->get_object())};
    upcast(event);
    return event;
}
StoredEvent to_own_event(const Row& row) { return to_event(row, {}); }

}  // namespace

Tail read_tail(db::Session& session) {
    Tail tail;
    session.each(select_tail, {}, [&](const Row& row) { tail = to_tail(row); });
    return tail;
}

Tail begin_at_tail(db::Database& database) {
    Tail tail;
    database.begin_with(select_tail, [&](const Row& row) { tail = to_tail(row); });
    return tail;
}

void EventWriter::insert(db::WriteSession& session, std::int64_t position, StreamKind kind, std::int64_t stream,
                         std::int64_t version, std::int64_t prev, const NewEvent& event, Instant at, const Meta& meta,
                         std::string& data) {
    const auto set_text = [&](std::size_t slot, std::string_view text) {
        if (auto* kept = std::get_if<std::string>(&values_[slot])) {
            kept->assign(text);
        } else {
            values_[slot] = std::string(text);
        }
    };
    values_[0] = position;
    values_[1] = static_cast<std::int64_t>(kind);
    values_[2] = stream;
    values_[3] = version;
    values_[4] = prev;
    set_text(5, event.type);
    values_[6] = std::int64_t{event.schema};
    values_[7] = milliseconds(at);
    set_text(8, meta.actor);
    set_text(9, meta.on_behalf_of);
    set_text(10, meta.request_id);
    // The data is lent, not copied: the write set keeps it for a second run of its group.
    std::string& lent = values_[11].emplace<std::string>();
    lent.swap(data);
    const auto give_back = [&] { lent.swap(data); };
    try {
        session.execute(insert_event, values_);
    } catch (...) {
        give_back();
        throw;
    }
    give_back();
}

std::vector<StoredEvent> read_stream(db::Session& session, StreamKind kind, std::int64_t stream, Head head,
                                     std::int64_t after_version) {
    if (head.version <= after_version) return {};
    auto events = session.list(select_stream, {head.position, after_version, stream}, to_own_event);
    std::int64_t version = after_version;
    for (const auto& event : events) {
        if (event.kind != kind || event.stream != stream || event.version != ++version) {
            throw Fault("ledger.corrupt", fmt::format("stream {}/{}: event {} does not belong at version {}",
                                                      static_cast<int>(kind), stream, event.position, version));
        }
    }
    if (version != head.version) {
        throw Fault("ledger.corrupt", fmt::format("stream {}/{}: {} of {} events found", static_cast<int>(kind), stream,
                                                  version, head.version));
    }
    return events;
}

std::vector<StoredEvent> read_events(db::Session& session, std::int64_t after_position, int limit,
                                     const json::storage_ptr& storage) {
    return session.list(select_events, {after_position, std::int64_t{limit}}, [&](const Row& row) {
        StoredEvent event = to_event(row, storage);
        event.row = {row.int64(11), static_cast<int>(row.int64(5)), std::string(row.text(10))};
        return event;
    });
}

std::int64_t visit_events(db::Database& database, std::int64_t after_position,
                          const std::function<void(const StoredEvent&)>& visit) {
    for (;;) {
        // A lease a batch, and no open statement while the visitor works.
        const auto events = read_events(*database.reader(), after_position, visit_batch);
        if (events.empty()) return after_position;
        for (const auto& event : events) visit(event);
        after_position = events.back().position;
    }
}

std::vector<std::string> check_ledger(db::Database& database, std::size_t limit) {
    struct Key {
        std::int64_t kind;
        std::int64_t stream;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const { return std::hash<std::int64_t>{}(key.stream ^ key.kind); }
    };
    std::vector<std::string> wrong;
    std::unordered_map<Key, Head, Hash> heads;
    std::int64_t position = 0;
    std::int64_t at = 0;
    const auto report = [&](std::string sentence) {
        if (wrong.size() < limit) wrong.push_back(std::move(sentence));
    };
    for (bool more = true; more && wrong.size() < limit;) {
        more = false;
        database.reader()->each(select_chain, Values{position, std::int64_t{visit_batch}}, [&](const Row& row) {
            more = true;
            if (row.int64(0) != position + 1) {
                report(fmt::format("Expected event {} to follow event {}, but found {}", position + 1, position,
                                   row.int64(0)));
            }
            position = row.int64(0);
            Head& head = heads[Key{row.int64(1), row.int64(2)}];
            if (row.int64(3) != head.version + 1) {
                report(fmt::format("Expected event {} to be version {} of stream {}/{}, but it is {}", position,
                                   head.version + 1, row.int64(1), row.int64(2), row.int64(3)));
            }
            if (row.int64(4) != head.position) {
                report(fmt::format("Expected event {} to point back to {}, but it points to {}", position,
                                   head.position, row.int64(4)));
            }
            if (row.int64(5) + clock_tolerance.count() < at) {
                report(fmt::format("Expected event {} not to be more than a minute earlier than the one before it",
                                   position));
            }
            at = row.int64(5);
            head = {row.int64(3), position};
        });
    }
    return wrong;
}

Head find_stream_head(db::Session& session, StreamKind kind, std::int64_t stream) {
    return session
        .find_one(select_head, {static_cast<std::int64_t>(kind), stream},
                  [](const Row& row) {
                      return Head{row.int64(0), row.int64(1)};
                  })
        .value_or(Head{});
}

RowChange advance_stream_head(StreamKind kind, std::int64_t stream, Head head, std::int64_t new_version) {
    Values values{static_cast<std::int64_t>(kind), stream, new_version, std::int64_t{0}};
    if (head.version == 0) return {&insert_head, std::move(values), {3}, 1};
    values.emplace_back(head.version);
    return {&update_head, std::move(values), {3}, 1};
}

std::int64_t read_cursor(db::Session& session, std::string_view follower) {
    return session.find_one(select_cursor, {std::string(follower)}, [](const Row& row) { return row.int64(0); })
        .value_or(0);
}

RowChange move_cursor(std::string_view follower, std::int64_t from, std::int64_t to) {
    return {&upsert_cursor, {std::string(follower), to, from}, {}, 1};
}

std::vector<ParkedEvent> list_parked_events(db::Session& session) {
    return session.list(select_parked, {std::int64_t{parked_listed_max}}, to_parked);
}

RowChange retry_parked_events(std::string_view follower) { return {&ask_retry, {std::string(follower)}, {}, -1}; }

std::vector<ParkedEvent> list_parked_of(db::Session& session, std::string_view follower, int limit) {
    return session.list(select_parked_of, {std::string(follower), std::int64_t{limit}}, to_parked);
}

std::int64_t count_parked(db::Session& session, std::string_view follower) {
    return session.find_one(count_parked_of, {std::string(follower)}, [](const Row& row) { return row.int64(0); })
        .value_or(0);
}

bool retry_asked(db::Session& session, std::string_view follower) {
    return session.find_one(select_retry, {std::string(follower)}, [](const Row&) { return true; }).has_value();
}

RowChange insert_parked(const ParkedEvent& event) {
    return {&insert_parked_event,
            {event.follower, event.position, static_cast<std::int64_t>(event.kind), event.stream, event.reason},
            {},
            1};
}

RowChange update_parked(const ParkedEvent& event) {
    return {&update_parked_event, {event.follower, event.position, event.reason}, {}, -1};
}

RowChange delete_parked(const ParkedEvent& event) {
    return {&delete_parked_event, {event.follower, event.position}, {}, 1};
}

bool is_stream_parked(db::Session& session, std::string_view follower, StreamKind kind, std::int64_t stream) {
    return session
        .find_one(select_parked_stream, {std::string(follower), static_cast<std::int64_t>(kind), stream},
                  [](const Row&) { return true; })
        .has_value();
}

std::int64_t hash_key(std::string_view key) {
    unsigned char hash[crypto_generichash_BYTES_MIN];
    crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(key.data()), key.size(), nullptr, 0);
    std::int64_t number = 0;
    std::memcpy(&number, hash, sizeof number);
    return number;
}

std::optional<IdempotentAnswer> find_answer(db::Session& session, std::string_view key) {
    auto answer = session.find_one(select_answer, {hash_key(key)}, [](const Row& row) {
        return IdempotentAnswer{std::string(row.text(0)), std::string(row.text(1)), static_cast<int>(row.int64(2)),
                                std::string(row.text(3))};
    });
    if (answer && answer->key != key) answer.reset();
    return answer;
}

std::optional<std::string> find_stored_key(db::Session& session, std::string_view key) {
    return session.find_one(select_answer, {hash_key(key)}, [](const Row& row) { return std::string(row.text(0)); });
}

std::array<RowChange, 2> answer_rows(std::int64_t id, Instant at, const IdempotentAnswer& answer) {
    const std::int64_t hash = hash_key(answer.key);
    return {RowChange{&insert_hash, {hash, id}, {}, 1},
            RowChange{
                &insert_kept,
                {id, hash, milliseconds(at), answer.key, answer.fingerprint, std::int64_t{answer.status}, answer.body},
                {},
                1}};
}

void insert_answer(db::WriteSession& session, std::int64_t id, Instant at, const IdempotentAnswer& answer) {
    for (const RowChange& row : answer_rows(id, at, answer)) session.execute(*row.statement, row.values);
}

RowChange event_row(std::int64_t position, StreamKind kind, std::int64_t stream, std::int64_t version,
                    std::int64_t prev, const NewEvent& event, const Meta& meta, const std::string& data) {
    return {&insert_event,
            {position, static_cast<std::int64_t>(kind), stream, version, prev, std::string(event.type),
             std::int64_t{event.schema}, milliseconds(meta.at), meta.actor, meta.on_behalf_of, meta.request_id, data},
            {},
            1};
}

std::int64_t delete_answers(db::WriteSession& session, Instant before, int limit) {
    struct Old {
        std::int64_t id, hash, at;
    };
    // Answers are appended in order of time, so that the old ones are the first: no index on the time is needed.
    auto old = session.list(select_oldest, {std::int64_t{limit}}, [](const Row& row) {
        return Old{row.int64(0), row.int64(1), row.int64(2)};
    });
    std::erase_if(old, [&](const Old& answer) { return answer.at >= milliseconds(before); });
    if (old.empty()) return 0;
    for (const Old& answer : old) session.execute(delete_hash, Values{answer.hash, answer.id});
    session.execute(delete_kept, Values{old.back().id});
    return static_cast<std::int64_t>(old.size());
}

}  // namespace motcua::ledger
