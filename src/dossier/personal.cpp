#include "dossier/personal.hpp"

#include <fmt/format.h>

#include "base/check.hpp"

namespace motcua::dossier {

namespace {

using db::Row;
using db::Statement;

// Hashes begin with "mch1."; numbers are digits or begin with other letters.
constexpr Statement select_plain{"dossier.plain_unclaimed", R"(
    SELECT number_key, dossier_id FROM dossier_unclaimed WHERE number_key < 'mch1.' OR number_key >= 'mch1/'
    ORDER BY number_key, dossier_id LIMIT $1)"};
constexpr Statement update_plain{"dossier.seal_unclaimed",
                                 "UPDATE dossier_unclaimed SET number_key = $3"
                                 " WHERE number_key = $1 AND dossier_id = $2"};
constexpr Statement count_unclaimed{"dossier.count_plain_unclaimed", R"(
    SELECT count(*) FROM dossier_unclaimed WHERE number_key < 'mch1.' OR number_key >= 'mch1/')"};
// The names stand in texts of people at other places, too; there they are escaped.
constexpr Statement count_dossiers{"dossier.count_plain", R"(
    SELECT count(*) FROM dossier WHERE state LIKE '%"id_number":"%' OR state LIKE '%"phone":"%'
        OR state LIKE '%"email":"%' OR state LIKE '%"address":"%')"};

std::string applicant_context(DossierId id) { return fmt::format("dossier.applicant:{}", id.value); }
std::string filer_context(DossierId id) { return fmt::format("dossier.filer:{}", id.value); }
std::string answers_context(DossierId id) { return fmt::format("dossier.answers:{}", id.value); }

void put(json::object& o, std::string_view key, const std::string& text) {
    if (!text.empty()) o.emplace(key, text);
}

std::string seal_object(FieldKeys& keys, const json::object& object, std::string_view context) {
    return object.empty() ? std::string() : keys.seal(json::serialize(object), context);
}

json::object open_object(const db::Session& session, std::string_view sealed, std::string_view context) {
    auto value = parse_json(session.open_field(sealed, context));
    if (!value || !value->is_object()) throw Fault("fields.damaged", fmt::format("{} is no object", context));
    return std::move(value->get_object());
}

void open_party(const db::Session& session, DossierId id, Party& party) {
    if (party.sealed.empty()) {
        // Filed before there were keys: its row in dossier_unclaimed has the hash all the same.
        if (!party.id_number.empty() && session.has_field_keys())
            party.number_key = number_key(session.field_keys(), party.id_number);
        return;
    }
    const auto open = unless_damaged([&] { return open_object(session, party.sealed, applicant_context(id)); });
    party.unreadable = !open;
    if (!open) return;
    party.id_number = string_or(*open, "id_number");
    party.phone = string_or(*open, "phone");
    party.email = string_or(*open, "email");
    party.address = string_or(*open, "address");
}

void open_filer(const db::Session& session, DossierId id, Filer& filer) {
    if (filer.sealed.empty()) return;
    const auto open = unless_damaged([&] { return open_object(session, filer.sealed, filer_context(id)); });
    filer.unreadable = !open;
    if (open) filer.id_number = string_or(*open, "id_number");
}

/// Takes what is open from one that has the same sealed.
bool take_open(Party& party, const Party& known) {
    if (party.sealed.empty() || party.sealed != known.sealed) return false;
    party.id_number = known.id_number;
    party.phone = known.phone;
    party.email = known.email;
    party.address = known.address;
    party.unreadable = known.unreadable;
    return true;
}
bool take_open(Filer& filer, const Filer& known) {
    if (filer.sealed.empty() || filer.sealed != known.sealed) return false;
    filer.id_number = known.id_number;
    filer.unreadable = known.unreadable;
    return true;
}

}  // namespace

std::string number_key(FieldKeys& keys, std::string_view id_number) {
    return keys.look_up_key(id_number, "dossier.id_number");
}

void seal_content(FieldKeys& keys, DossierId id, Content& content) {
    if (content.applicant) {
        Party& party = *content.applicant;
        json::object open;
        put(open, "id_number", party.id_number);
        put(open, "phone", party.phone);
        put(open, "email", party.email);
        put(open, "address", party.address);
        party.sealed = seal_object(keys, open, applicant_context(id));
        party.number_key = number_key(keys, party.id_number);
    }
    if (content.filer) {
        json::object open;
        put(open, "id_number", content.filer->id_number);
        content.filer->sealed = seal_object(keys, open, filer_context(id));
    }
    if (content.answers) content.sealed_answers = seal_object(keys, *content.answers, answers_context(id));
}

void open_parties(const db::Session& session, Dossier& dossier) {
    open_party(session, dossier.id, dossier.applicant);
    open_filer(session, dossier.id, dossier.filer);
}

void open_parties(const db::Session& session, Dossier& dossier, const Dossier& before,
                  const std::vector<Command>& commands) {
    bool applicant = take_open(dossier.applicant, before.applicant);
    bool filer = take_open(dossier.filer, before.filer);
    const auto look = [&](const auto& command) {
        if constexpr (requires { command.content.applicant; }) {
            const Content& content = command.content;
            if (content.applicant) applicant = applicant || take_open(dossier.applicant, *content.applicant);
            if (content.filer) filer = filer || take_open(dossier.filer, *content.filer);
        }
    };
    for (const Command& command : commands) std::visit(look, command);
    if (!applicant) open_party(session, dossier.id, dossier.applicant);
    if (!filer) open_filer(session, dossier.id, dossier.filer);
}

std::vector<std::string> check_personal(const Dossier& dossier) {
    std::vector<std::string> wrong;
    if (dossier.applicant.unreadable)
        wrong.push_back(fmt::format("{} cannot be opened", applicant_context(dossier.id)));
    if (dossier.filer.unreadable) wrong.push_back(fmt::format("{} cannot be opened", filer_context(dossier.id)));
    return wrong;
}

json::object open_answers(const db::Session& session, DossierId id, const json::object& event_data) {
    const json::value* answers = event_data.if_contains("answers");
    if (!answers) return {};
    if (const json::string* sealed = answers->if_string()) return open_object(session, *sealed, answers_context(id));
    return answers->is_object() ? answers->get_object() : json::object();
}

json::object to_plain_json(Dossier dossier) {
    dossier.applicant.sealed.clear();
    dossier.filer.sealed.clear();
    return to_json(dossier);
}

json::object to_plain_json(const db::Session& session, DossierId id, json::object event_data) {
    if (const json::object* applicant = find_object(event_data, "applicant")) {
        Party party = party_from_json(*applicant);
        open_party(session, id, party);
        party.sealed.clear();
        event_data["applicant"] = to_json(party);
    }
    if (const json::object* found = find_object(event_data, "filer")) {
        Filer filer = filer_from_json(*found);
        open_filer(session, id, filer);
        filer.sealed.clear();
        event_data["filer"] = to_json(filer);
    }
    if (event_data.contains("answers")) event_data["answers"] = open_answers(session, id, event_data);
    return event_data;
}

std::int64_t seal_unclaimed_rows(db::WriteSession& session, int limit) {
    struct Plain {
        std::string number;
        std::int64_t dossier;
    };
    const auto rows = session.list(select_plain, {std::int64_t{limit}}, [](const Row& row) {
        return Plain{std::string(row.text(0)), row.int64(1)};
    });
    for (const Plain& row : rows)
        session.execute(update_plain, {row.number, row.dossier, number_key(session.field_keys(), row.number)});
    return std::ssize(rows);
}

std::int64_t count_plain_unclaimed(db::Session& session) {
    return session.find_one(count_unclaimed, {}, [](const Row& row) { return row.int64(0); }).value_or(0);
}
std::int64_t count_plain_dossiers(db::Session& session) {
    return session.find_one(count_dossiers, {}, [](const Row& row) { return row.int64(0); }).value_or(0);
}

}  // namespace motcua::dossier
