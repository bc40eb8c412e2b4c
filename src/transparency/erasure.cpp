#include "transparency/erasure.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "db/secure_delete.hpp"
#include "documents/documents.hpp"
#include "documents/forget.hpp"
#include "dossier/personal.hpp"
#include "dossier/rows.hpp"
#include "identity/account_rows.hpp"
#include "transparency/log.hpp"
#include "transparency/log_rows.hpp"

namespace motcua::transparency {

namespace {

constexpr int ids_at_once = 500;
constexpr std::string_view erased_type = "dossier_erased";
constexpr std::string_view names_of_members[] = {"applicant", "filer", "answers", "owner", "reason", "text", "content",
                                                 "answer", "note", "remark", "items", "name", "to", "tracking",
                                                 "summary", "grounds", "uploaded_by",
                                                 // What a process was told: its variables may hold answers.
                                                 "instance", "variables", "messages", "signals", "pending"};

// Refused, withdrawn, stopped, returned: dossier::is_closed.
constexpr db::Statement select_erasable{"erasure.list", R"(
    SELECT dossier.id FROM dossier JOIN event ON event.position = dossier.last_event AND event.stream = dossier.id
    WHERE dossier.id > $1 AND dossier.status IN (3, 7, 8, 10) AND event.at < $2 AND event.type <> 'dossier_erased'
    ORDER BY dossier.id LIMIT $3)"};

dossier::Dossier fold(db::Session& session, DossierId id, ledger::Head head) {
    dossier::Dossier folded;
    folded.id = id;
    for (const auto& event : ledger::read_stream(session, ledger::StreamKind::dossier, id.value, head))
        dossier::apply(folded, event);
    folded.head = head;
    return folded;
}

Result<std::vector<documents::BlobKey>> erase_in(ledger::AdminTransaction& transaction, DossierId id,
                                                 std::string_view rule, Instant now) {
    const dossier::Dossier before = TRY(dossier::get_dossier(transaction, id));
    if (!dossier::is_closed(before.status)) return fail(Errc::conflict, "erasure.dossier_open");
    for (const auto& event : ledger::read_stream(transaction, ledger::StreamKind::dossier, id.value, before.head))
        TRY(erase_members(transaction, event.position, personal_members(), rule, now));
    const dossier::Dossier remaining = fold(transaction, id, before.head);
    const ledger::Meta meta{now, "system", "", ""};
    const ledger::NewEvent erased{erased_type, 1, {{"rule", rule}}};
    ledger::WriteSet rows = dossier::make_write_set(remaining, erased, meta);
    const ledger::Head head =
        transaction.append(ledger::StreamKind::dossier, id.value, before.head, meta, {&erased, 1});
    if (auto left = dossier::unclaim_row(before)) rows.rows.push_back(*std::move(left));
    for (ledger::RowChange& change : rows.rows) {
        for (const int slot : change.position_slots) change.values.at(static_cast<std::size_t>(slot)) = head.position;
        const std::int64_t touched = transaction.execute(*change.statement, change.values);
        CHECK(change.expect_rows < 0 || touched == change.expect_rows, "{}", change.statement->name);
    }
    return documents::delete_document_rows(transaction, id);
}

/// `number_key` also finds an applicant whose sealed number cannot be read any more.
bool is_about(const dossier::Dossier& dossier, std::string_view citizen_id, std::string_view number_key,
              std::optional<PersonId> account) {
    return dossier.applicant.id_number == citizen_id || dossier.filer.id_number == citizen_id ||
           (!number_key.empty() && dossier.applicant.number_key == number_key) ||
           (account && dossier.owner == *account);
}

json::value export_account(db::Session& session, std::optional<PersonId> person) {
    if (!person) return nullptr;
    const identity::AccountId id{person->value};
    const auto account = identity::find_account(session, id);
    const auto data = identity::find_person(session, id);
    if (!account || !data) return nullptr;
    return json::object{{"user_name", account->user_name},
                        {"display_name", account->display_name},
                        {"tax_code", data->tax_code},
                        {"phone", data->phone},
                        {"email", data->email},
                        {"address", data->address}};
}

json::object export_dossier(db::Session& session, const dossier::Dossier& dossier) {
    json::array events, files;
    for (const auto& event : ledger::read_stream(session, ledger::StreamKind::dossier, dossier.id.value, dossier.head))
        events.push_back(json::object{{"type", event.type},
                                      {"at", format_iso(event.meta.at)},
                                      {"actor", event.meta.actor},
                                      {"data", dossier::to_plain_json(session, dossier.id, event.data)}});
    for (const auto& document : documents::list_documents(session, dossier.id))
        files.push_back(documents::to_json(document));
    return {{"id", to_string(dossier.id)},
            {"code", dossier.code},
            {"state", dossier::to_plain_json(dossier)},
            {"events", std::move(events)},
            {"files", std::move(files)}};
}

}  // namespace

std::span<const std::string_view> personal_members() { return names_of_members; }

Result<bool> erase_members(ledger::AdminTransaction& transaction, std::int64_t position,
                           std::span<const std::string_view> names, std::string_view rule, Instant now) {
    LoggedEvent logged = TRY(get_logged_event(transaction, position));
    const auto members = TRY(split_members(logged.event.data));
    const bool erased_before = find_erasure(transaction, position).has_value();
    std::string remaining = "{";
    std::size_t used = 0;
    for (Opening& opening : logged.openings.members) {
        if (opening.salt.empty()) continue;
        const std::string_view member = members.at(used++);
        if (std::ranges::find(names, member_name(member)) == names.end()) {
            if (remaining.size() > 1) remaining += ',';
            remaining += member;
        } else {
            opening = {"", std::string(member_digest(opening.salt, member).view())};
        }
    }
    remaining += '}';
    if (remaining.size() == logged.event.data.size()) return false;
    const Erasure erasure{now.time_since_epoch().count(), std::string(rule), json::serialize(to_json(logged.openings))};
    if (erased_before) {
        update_erasure(transaction, position, erasure);
    } else {
        insert_erasure(transaction, position, erasure);
        forget_secret(transaction, position);
    }
    ledger::erase_event_data(transaction, position, remaining);
    return true;
}

Result<void> erase_dossier(db::Database& database, ledger::Committer& committer, documents::BlobStore& blobs,
                           DossierId id, std::string_view rule, Instant now) {
    std::vector<documents::BlobKey> keys;
    const auto written = committer.write("erasure.dossier", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        const db::SecureDelete secure(transaction, database.dialect());
        keys = TRY(erase_in(transaction, id, rule, now));
        return {};
    });
    TRY(written);
    documents::remove_unnamed_blobs(*database.reader(), blobs, keys);
    return {};
}

std::vector<DossierId> list_erasable(db::Session& session, Instant before, DossierId after, int limit) {
    return session.list(select_erasable, {after.value, before.time_since_epoch().count(), std::int64_t{limit}},
                        [](const db::Row& row) { return DossierId{row.int64(0)}; });
}

ErasureReport erase_old_dossiers(db::Database& database, ledger::Committer& committer, documents::BlobStore& blobs,
                                 Instant before, std::string_view rule, Instant now,
                                 const std::function<bool()>& stopping) {
    ErasureReport report;
    DossierId last;
    for (;;) {
        const auto ids = list_erasable(*database.reader(), before, last, ids_at_once);
        for (const DossierId id : ids) {
            if (stopping && stopping()) return report;
            last = id;
            if (const auto erased = erase_dossier(database, committer, blobs, id, rule, now)) {
                ++report.erased;
            } else if (report.failed++ == 0) {
                report.first_failure = erased.error().reason;
            }
        }
        if (ids.size() < ids_at_once) return report;
    }
}

json::object export_person(db::Database& database, std::string_view citizen_id) {
    json::array dossiers;
    const auto account = identity::find_person_by_citizen_id(*database.reader(), citizen_id);
    const std::string number_key =
        database.has_field_keys() ? dossier::number_key(database.field_keys(), citizen_id) : "";
    DossierId last;
    for (;;) {
        const auto session = database.reader();
        const auto ids = dossier::list_ids(*session, last, ids_at_once);
        for (const DossierId id : ids) {
            last = id;
            const auto dossier = dossier::get_dossier(*session, id);
            if (dossier && is_about(*dossier, citizen_id, number_key, account))
                dossiers.push_back(export_dossier(*session, *dossier));
        }
        if (ids.size() < ids_at_once) break;
    }
    return {{"citizen_id", citizen_id},
            {"account", export_account(*database.reader(), account)},
            {"dossiers", std::move(dossiers)}};
}

}  // namespace motcua::transparency
