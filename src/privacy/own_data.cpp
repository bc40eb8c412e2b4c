#include "privacy/own_data.hpp"

#include "audit/records.hpp"
#include "base/text.hpp"
#include "documents/documents.hpp"
#include "dossier/rows.hpp"
#include "dossier/view.hpp"
#include "identity/account_rows.hpp"
#include "privacy/account_erasure.hpp"

namespace motcua::privacy {

namespace {

using db::Row;
using db::Statement;

constexpr int looks_max = 1000;
constexpr int requests_max = 200;

constexpr Statement insert_request{
    "privacy.insert_request",
    "INSERT INTO data_request (id, version, position, person_id, kind, asked_at, text, answered_by, answer)"
    " VALUES ($1, 1, $2, $3, $4, $5, $6, '', '')"};
constexpr Statement update_answer{
    "privacy.update_answer",
    "UPDATE data_request SET version = version + 1, position = $2, answered_at = $3, answered_by = $4, answer = $5"
    " WHERE id = $1 AND version = $6"};
constexpr Statement blank_answered{"privacy.blank_request",
                                   "UPDATE data_request SET text = '', answer = '' WHERE id = $1"};
constexpr Statement blank_open{
    "privacy.blank_open_request",
    "UPDATE data_request SET version = $2, position = $3, answered_at = $4, answered_by = $5, text = '', answer = $6"
    " WHERE id = $1"};
constexpr Statement select_own{
    "privacy.select_own",
    "SELECT id, version, position, person_id, kind, asked_at, text, answered_at, answer FROM data_request"
    " WHERE person_id = $1 ORDER BY id DESC LIMIT $2"};
constexpr Statement select_open{
    "privacy.select_open",
    "SELECT id, version, position, person_id, kind, asked_at, text, answered_at, answer FROM data_request"
    " WHERE answered_at IS NULL AND id > $1 ORDER BY id LIMIT $2"};
constexpr Statement select_one{
    "privacy.select_one",
    "SELECT id, version, position, person_id, kind, asked_at, text, answered_at, answer FROM data_request"
    " WHERE id = $1"};

std::int64_t ms(Instant at) { return at.time_since_epoch().count(); }
Instant instant(std::int64_t at) { return Instant{std::chrono::milliseconds{at}}; }

DataRequest map_request(const Row& row) {
    DataRequest request;
    request.id = row.int64(0);
    request.head = {row.int64(1), row.int64(2)};
    request.person = PersonId{row.int64(3)};
    request.kind = parse_request_kind(row.text(4)).value_or(RequestKind::correct);
    request.asked_at = instant(row.int64(5));
    request.text = row.text(6);
    if (auto answered = row.find_int64(7)) request.answered_at = instant(*answered);
    request.answer = row.text(8);
    return request;
}

/// "officer:<id>", or "person:<id>" of somebody who acted for the person.
std::optional<identity::AccountId> account_of(std::string_view actor) {
    const std::size_t colon = actor.find(':');
    const auto id = colon == std::string_view::npos ? std::nullopt : parse_id(actor.substr(colon + 1));
    return id ? std::optional(identity::AccountId{*id}) : std::nullopt;
}

Result<std::string> check_text(std::string_view field, std::string_view text) {
    std::string cleaned = nfc(text);
    if (cleaned.find_first_not_of(" \t\r\n") == std::string::npos)
        return fail(Errc::invalid, "privacy.text_missing", {}, {{std::string(field), "privacy.text_missing"}});
    return cleaned;
}

}  // namespace

std::vector<Look> list_looks(const Parts& parts, db::Session& session, PersonId person, std::int64_t before,
                             int limit) {
    const auto directory = parts.dossiers.service.snapshots().directory();
    std::vector<Look> looks;
    for (const audit::Record& record : audit::list_looks_at(session, person, before, limit)) {
        Look look;
        look.id = record.id;
        look.at = record.at;
        look.part = string_or(record.detail, "part");
        look.reason = string_or(record.detail, "reason");
        if (const auto dossier = dossier::get_dossier(session, record.dossier))
            look.dossier = dossier->code.empty() ? to_string(dossier->id) : dossier->code;
        const std::string purpose = string_or(record.detail, "purpose");
        if (purpose != "dossier" && purpose != "reason") look.acting = purpose;
        if (const auto account = account_of(record.actor))
            look.who = identity::find_display_name(session, *account).value_or("");
        if (const auto id = parse_id(string_or(record.detail, "unit")))
            if (const organisation::Unit* unit = directory->find(UnitId{*id})) look.unit = unit->name;
        looks.push_back(std::move(look));
    }
    return looks;
}

json::object own_data(const Parts& parts, const http::Context& context, const http::Request& request) {
    const PersonId person{request.principal.id};
    const identity::AccountId account{person.value};
    const auto directory = parts.dossiers.service.snapshots().directory();
    const dossier::Viewer viewer{*directory, request.lang, context.now};
    json::object data{{"made_at", format_iso(context.now)}};
    json::object kept{{"name", identity::find_display_name(context.db, account).value_or("")}};
    if (const auto known = identity::find_person(context.db, account)) {
        kept["citizen_id"] = known->citizen_id;
        kept["tax_code"] = known->tax_code;
        kept["phone"] = known->phone;
        kept["email"] = known->email;
        kept["address"] = known->address;
    }
    data["account"] = std::move(kept);
    json::array dossiers, looks, requests;
    for (const dossier::Dossier& d : dossier::list_own(context.db, person, std::nullopt, dossiers_max)) {
        json::object view = dossier::full_view(viewer, d);
        if (auto answers = dossier::stored_answers(context.db, d); !answers.empty())
            view["answers"] = std::move(answers);
        json::array files;
        for (const auto& document : documents::list_documents(context.db, d.id)) {
            json::object file = documents::to_json(document);
            file["id"] = to_string(document.id);
            files.push_back(std::move(file));
        }
        view["files"] = std::move(files);
        dossiers.push_back(std::move(view));
    }
    for (const Look& look : list_looks(parts, context.db, person, 0, looks_max)) looks.push_back(to_json(look));
    for (const DataRequest& one : list_requests(context.db, person, requests_max)) requests.push_back(to_json(one));
    data["dossiers"] = std::move(dossiers);
    data["looks"] = std::move(looks);
    data["requests"] = std::move(requests);
    return data;
}

std::string_view to_text(RequestKind kind) {
    constexpr std::string_view names[] = {"correct", "object", "erase"};
    return names[static_cast<std::size_t>(kind)];
}

std::optional<RequestKind> parse_request_kind(std::string_view text) {
    for (RequestKind kind : {RequestKind::correct, RequestKind::object, RequestKind::erase})
        if (text == to_text(kind)) return kind;
    return std::nullopt;
}

Result<void> check_own(const http::Request& request) {
    if (request.principal.acting) return fail(Errc::forbidden, "mandate.not_yours");
    return {};
}

std::vector<DataRequest> list_requests(db::Session& session, PersonId person, int limit) {
    return session.list(select_own, {person.value, std::int64_t{limit}}, map_request);
}

std::vector<DataRequest> list_open_requests(db::Session& session, std::int64_t after, int limit) {
    return session.list(select_open, {after, std::int64_t{limit}}, map_request);
}

std::optional<DataRequest> find_request(db::Session& session, std::int64_t id) {
    return session.find_one(select_one, {id}, map_request);
}

void blank_request(ledger::AdminTransaction& transaction, const DataRequest& request, std::string_view answer,
                   const ledger::Meta& meta) {
    if (request.answered_at) {
        transaction.execute(blank_answered, {request.id});
        return;
    }
    const ledger::NewEvent answered{"data_request_answered", 1, {}};
    const ledger::Head head =
        transaction.append(ledger::StreamKind::system, request.id, request.head, meta, {&answered, 1});
    transaction.execute(blank_open,
                        {request.id, head.version, head.position, ms(meta.at), meta.actor, std::string(answer)});
}

Result<ledger::WriteSet> make_request(db::Session& session, IdMaker& ids, PersonId person, RequestKind kind,
                                      std::string_view text, ledger::Meta meta) {
    std::string written = nfc(text);
    if (kind == RequestKind::erase) {
        TRY(check_erasable(session, person));
        for (const DataRequest& one : list_requests(session, person, requests_max))
            if (one.kind == kind && !one.answered_at) return fail(Errc::conflict, "privacy.asked_already");
    } else {
        written = TRY(check_text("text", text));
    }
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::system;
    write.stream = ids.next();
    write.rows.push_back(
        {&insert_request,
         {write.stream, std::int64_t{0}, person.value, std::string(to_text(kind)), ms(meta.at), std::move(written)},
         {1},
         1});
    write.events.push_back({"data_request_made", 1, {{"kind", to_text(kind)}}});
    write.meta = std::move(meta);
    return write;
}

Result<ledger::WriteSet> answer_request(db::Session& session, std::int64_t id, std::string_view answer,
                                        ledger::Meta meta) {
    const auto found = find_request(session, id);
    if (!found) return fail(Errc::not_found, "privacy.request_not_found");
    if (found->answered_at) return fail(Errc::conflict, "privacy.answered_already");
    std::string written = TRY(check_text("answer", answer));
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::system;
    write.stream = id;
    write.head = found->head;
    write.rows.push_back({&update_answer,
                          {id, std::int64_t{0}, ms(meta.at), meta.actor, std::move(written), found->head.version},
                          {1},
                          1});
    write.events.push_back({"data_request_answered", 1, {}});
    write.meta = std::move(meta);
    return write;
}

json::object to_json(const DataRequest& request) {
    json::object o{{"id", format_id(request.id)},
                   {"kind", to_text(request.kind)},
                   {"asked_at", format_iso(request.asked_at)},
                   {"text", request.text}};
    if (request.answered_at) {
        o["answered_at"] = format_iso(*request.answered_at);
        o["answer"] = request.answer;
    }
    return o;
}

json::object to_json(const Look& look) {
    json::object o{{"at", format_iso(look.at)},
                   {"dossier", look.dossier},
                   {"who", look.who},
                   {"unit", look.unit},
                   {"purpose", !look.acting.empty()  ? look.acting
                               : look.reason.empty() ? "dossier"
                                                     : "reason"}};
    if (!look.part.empty()) o["part"] = look.part;
    if (!look.reason.empty()) o["reason"] = look.reason;
    return o;
}

}  // namespace motcua::privacy
