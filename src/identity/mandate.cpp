#include "identity/mandate.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "identity/account_rows.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

#define MOTCUA_MANDATE_COLUMNS                                                                                      \
    "id, kind, giver_id, holder_id, holder_number, holder_name, procedures, fields, only_dossier, from_at, to_at, " \
    "source, reason, created_at, revoked_at, revoked_by"

constexpr Statement select_one{"identity.select_mandate",
                               "SELECT " MOTCUA_MANDATE_COLUMNS " FROM mandate WHERE id = $1"};
constexpr Statement select_given{"identity.select_mandates_given",
                                 "SELECT " MOTCUA_MANDATE_COLUMNS
                                 " FROM mandate WHERE giver_id = $1 ORDER BY id DESC LIMIT $2"};
constexpr Statement select_held{"identity.select_mandates_held",
                                "SELECT " MOTCUA_MANDATE_COLUMNS
                                " FROM mandate WHERE holder_id = $1 ORDER BY id DESC LIMIT $2"};
constexpr Statement select_by_number{"identity.select_mandates_of_number",
                                     "SELECT " MOTCUA_MANDATE_COLUMNS
                                     " FROM mandate WHERE holder_key = $1 AND holder_key <> ''"
                                     " ORDER BY id DESC LIMIT $2"};
constexpr Statement select_between{"identity.select_mandate_between",
                                   "SELECT " MOTCUA_MANDATE_COLUMNS
                                   " FROM mandate WHERE giver_id = $1 AND holder_id = $2 AND kind = $3"
                                   " AND revoked_at IS NULL ORDER BY id DESC LIMIT 1"};
constexpr Statement insert_row{
    "identity.insert_mandate",
    "INSERT INTO mandate (" MOTCUA_MANDATE_COLUMNS
    ", holder_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL, NULL, $15)"};
constexpr Statement revoke_row{
    "identity.revoke_mandate",
    "UPDATE mandate SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL"};
constexpr Statement approve_row{"identity.approve_mandate",
                                "UPDATE mandate SET source = $2, reason = $3, from_at = $4, to_at = $5"
                                " WHERE id = $1 AND source = '' AND revoked_at IS NULL"};
constexpr Statement extend_row{"identity.extend_mandate",
                               "UPDATE mandate SET to_at = $2 WHERE id = $1 AND revoked_at IS NULL"};

constexpr std::array kinds{MandateKind::mandate, MandateKind::representative, MandateKind::assistance};
constexpr std::array sources{MandateSource::none, MandateSource::giver,   MandateSource::provider,
                             MandateSource::code, MandateSource::session, MandateSource::paper};

std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }
Instant instant(std::int64_t ms) { return Instant{std::chrono::milliseconds{ms}}; }

std::vector<std::string> texts(std::string_view text) {
    std::vector<std::string> list;
    const auto value = parse_json(text);
    if (value && value->is_array())
        for (const json::value& one : value->get_array())
            if (one.is_string()) list.emplace_back(one.get_string());
    return list;
}

std::string text_of(const std::vector<std::string>& list) { return json::serialize(json::value_from(list)); }

constexpr std::string_view holder_context = "mandate.holder";
std::string number_context(MandateId id) { return fmt::format("mandate.holder_number:{}", id.value); }

Mandate to_mandate(const db::Session& session, const Row& row) {
    Mandate mandate;
    mandate.id = MandateId{row.int64(0)};
    mandate.kind = parse_mandate_kind(row.text(1)).value_or(MandateKind::mandate);
    mandate.giver = AccountId{row.int64(2)};
    mandate.holder = AccountId{row.int64(3)};
    auto number = unless_damaged([&] { return session.open_field(row.text(4), number_context(mandate.id)); });
    mandate.unreadable = !number;
    mandate.holder_number = std::move(number).value_or("");
    mandate.holder_name = row.text(5);
    mandate.procedures = texts(row.text(6));
    mandate.fields = texts(row.text(7));
    mandate.dossier = DossierId{row.int64(8)};
    mandate.from = instant(row.int64(9));
    mandate.to = instant(row.int64(10));
    mandate.source = MandateSource::none;
    for (const MandateSource source : sources)
        if (row.text(11) == to_string(source)) mandate.source = source;
    mandate.reason = row.text(12);
    mandate.created_at = instant(row.int64(13));
    if (!row.is_null(14)) mandate.revoked_at = instant(row.int64(14));
    mandate.revoked_by = AccountId{row.int64(15)};
    return mandate;
}

auto mapper(const db::Session& session) {
    return [&session](const Row& row) { return to_mandate(session, row); };
}

}  // namespace

std::string_view to_string(MandateKind kind) {
    switch (kind) {
        case MandateKind::mandate:
            return "mandate";
        case MandateKind::representative:
            return "representative";
        case MandateKind::assistance:
            return "assistance";
    }
    return "mandate";
}

std::optional<MandateKind> parse_mandate_kind(std::string_view text) {
    const auto found = std::ranges::find_if(kinds, [&](MandateKind kind) { return text == to_string(kind); });
    return found == kinds.end() ? std::nullopt : std::optional(*found);
}

std::string_view to_string(MandateSource source) {
    switch (source) {
        case MandateSource::none:
            return "";
        case MandateSource::giver:
            return "giver";
        case MandateSource::provider:
            return "provider";
        case MandateSource::code:
            return "code";
        case MandateSource::session:
            return "session";
        case MandateSource::paper:
            return "paper";
    }
    return "";
}

bool is_usable(const Mandate& mandate, Instant now) {
    return mandate.source != MandateSource::none && !mandate.revoked_at && mandate.from <= now && now < mandate.to;
}

std::optional<Mandate> find_mandate(db::Session& session, MandateId id) {
    return session.find_one(select_one, {id.value}, mapper(session));
}

bool is_holder(db::Session& session, const Mandate& mandate, AccountId account, int proof_min) {
    if (mandate.holder) return mandate.holder == account;
    const auto person = find_person(session, account);
    return person && person->proof >= proof_min && !person->citizen_id.empty() &&
           person->citizen_id == mandate.holder_number;
}

std::vector<Mandate> list_given(db::Session& session, AccountId giver, std::int64_t limit) {
    return session.list(select_given, {giver.value, limit}, mapper(session));
}

std::vector<Mandate> list_held(db::Session& session, AccountId holder, int proof_min, std::int64_t limit) {
    auto held = session.list(select_held, {holder.value, limit}, mapper(session));
    const auto person = find_person(session, holder);
    if (person && person->proof >= proof_min && !person->citizen_id.empty())
        for (Mandate& mandate : session.list(
                 select_by_number, {session.field_keys().look_up_key(person->citizen_id, holder_context), limit},
                 mapper(session)))
            if (!mandate.holder) held.push_back(std::move(mandate));
    std::ranges::sort(held, std::greater{}, &Mandate::id);
    return held;
}

std::optional<Mandate> find_between(db::Session& session, MandateKind kind, AccountId giver, AccountId holder) {
    return session.find_one(select_between, {giver.value, holder.value, std::string(to_string(kind))}, mapper(session));
}

SealedNumber seal_holder_number(FieldKeys& keys, const Mandate& mandate) {
    return {keys.seal(mandate.holder_number, number_context(mandate.id)),
            keys.look_up_key(mandate.holder_number, holder_context)};
}

ledger::RowChange insert_mandate(FieldKeys& keys, const Mandate& mandate) {
    CHECK(mandate.holder || !mandate.holder_number.empty(), "somebody may act");
    SealedNumber number = seal_holder_number(keys, mandate);
    return {&insert_row,
            {mandate.id.value, std::string(to_string(mandate.kind)), mandate.giver.value,
             mandate.holder ? db::Value{mandate.holder.value} : db::Value{}, std::move(number.sealed),
             mandate.holder_name, text_of(mandate.procedures), text_of(mandate.fields),
             mandate.dossier ? db::Value{mandate.dossier.value} : db::Value{}, milliseconds(mandate.from),
             milliseconds(mandate.to), std::string(to_string(mandate.source)), mandate.reason,
             milliseconds(mandate.created_at), std::move(number.key)},
            {},
            1};
}

ledger::RowChange revoke_mandate(MandateId id, AccountId by, Instant at) {
    return {&revoke_row, {id.value, milliseconds(at), by.value}, {}, 1};
}

ledger::RowChange approve_mandate(MandateId id, MandateSource source, std::string_view reason, Instant from,
                                  Instant to) {
    return {&approve_row,
            {id.value, std::string(to_string(source)), std::string(reason), milliseconds(from), milliseconds(to)},
            {},
            1};
}

ledger::RowChange extend_mandate(MandateId id, Instant to) {
    return {&extend_row, {id.value, milliseconds(to)}, {}, 1};
}

std::string masked_number(std::string_view number) {
    constexpr std::size_t shown = 2;
    if (number.size() <= 2 * shown) return std::string(number.size(), '*');
    return std::string(number.substr(0, shown)) + std::string(number.size() - 2 * shown, '*') +
           std::string(number.substr(number.size() - shown));
}

}  // namespace motcua::identity
