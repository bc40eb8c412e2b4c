#include "audit/records.hpp"

#include "audit/catalogue.hpp"
#include "base/check.hpp"

namespace motcua::audit {

namespace {

using db::Row;
using db::Statement;

constexpr Statement insert_record{"audit.insert_record",
                                  "INSERT INTO audit_record (id, position, at, type, actor, dossier_id, count, detail)"
                                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr Statement select_recent{
    "audit.select_recent",
    "SELECT id, position, at, type, actor, dossier_id, count, detail FROM audit_record"
    " WHERE dossier_id = $1 AND actor = $2 AND type = $3 AND at >= $4 ORDER BY id DESC LIMIT 1"};
constexpr Statement select_one{
    "audit.select_one",
    "SELECT id, position, at, type, actor, dossier_id, count, detail FROM audit_record WHERE id = $1"};
constexpr Statement select_looks{
    "audit.select_looks",
    "SELECT r.id, r.position, r.at, r.type, r.actor, r.dossier_id, r.count, r.detail FROM dossier d"
    " JOIN audit_record r ON r.dossier_id = d.id"
    " WHERE d.owner = $1 AND r.id < $2 AND r.type IN ('record_opened', 'reason_stated') ORDER BY r.id DESC LIMIT $3"};
constexpr Statement select_all{"audit.select_all",
                               "SELECT id, position, at, type, actor, dossier_id, count, detail FROM audit_record"
                               " WHERE id < $1 ORDER BY id DESC LIMIT $2"};
constexpr Statement select_of_type{"audit.select_of_type",
                                   "SELECT id, position, at, type, actor, dossier_id, count, detail FROM audit_record"
                                   " WHERE type = $1 AND id < $2 ORDER BY id DESC LIMIT $3"};

std::int64_t ms(Instant at) { return at.time_since_epoch().count(); }

Record map_record(const Row& row) {
    Record record{row.int64(0),
                  row.int64(1),
                  Instant{std::chrono::milliseconds{row.int64(2)}},
                  std::string(row.text(3)),
                  std::string(row.text(4)),
                  DossierId{row.find_int64(5).value_or(0)},
                  row.int64(6),
                  {}};
    if (auto detail = parse_json(row.text(7)); detail && detail->is_object())
        record.detail = std::move(detail->get_object());
    return record;
}

std::int64_t or_newest(std::int64_t before) { return before > 0 ? before : INT64_MAX; }

}  // namespace

ledger::WriteSet make_record(IdMaker& ids, const NewRecord& record, ledger::Meta meta) {
    CHECK(find_event(record.type), "{} is not in the catalogue of audit events", record.type);
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::system;
    write.stream = ids.next();
    json::object data = record.data;
    if (record.dossier) data["dossier"] = to_string(record.dossier);
    if (record.count != 1) data["count"] = record.count;
    json::object detail = record.data;
    if (!record.private_text.empty()) detail["reason"] = record.private_text;
    write.rows.push_back(
        {&insert_record,
         {write.stream, std::int64_t{0}, ms(meta.at), std::string(record.type), meta.actor,
          record.dossier ? db::Value{record.dossier.value} : db::Value{}, record.count, json::serialize(detail)},
         {1},
         1});
    write.events.push_back({record.type, 1, std::move(data)});
    write.meta = std::move(meta);
    return write;
}

std::optional<Record> find_recent(db::Session& session, std::string_view actor, DossierId dossier,
                                  std::string_view type, Instant since) {
    return session.find_one(select_recent, {dossier.value, std::string(actor), std::string(type), ms(since)},
                            map_record);
}

std::optional<Record> find_record(db::Session& session, std::int64_t id) {
    return session.find_one(select_one, {id}, map_record);
}

std::vector<Record> list_looks_at(db::Session& session, PersonId owner, std::int64_t before, int limit) {
    return session.list(select_looks, {owner.value, or_newest(before), std::int64_t{limit}}, map_record);
}

std::vector<Record> list_records(db::Session& session, std::string_view type, std::int64_t before, int limit) {
    if (type.empty()) return session.list(select_all, {or_newest(before), std::int64_t{limit}}, map_record);
    return session.list(select_of_type, {std::string(type), or_newest(before), std::int64_t{limit}}, map_record);
}

}  // namespace motcua::audit
