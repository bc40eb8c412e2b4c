// What identifies people is in no table in plain text, on either database, and everybody who may see it still does.
#include "dossier/personal.hpp"

#include "base/check.hpp"
#include "db/secure_delete.hpp"
#include "db/tables.hpp"
#include "dossier/api_world.hpp"
#include "dossier/claim.hpp"
#include "dossier/rows.hpp"
#include "identity/account_rows.hpp"
#include "identity/external.hpp"
#include "identity/mandate.hpp"
#include "identity/seal_rows.hpp"

namespace motcua::dossier {
namespace {

/// Every cell of every table, as text.
std::string dump(db::Database& database) {
    std::string all;
    const auto session = database.reader();
    for (const db::Table& table : db::list_tables(*session, database.dialect())) {
        const db::PagedSelect select(table, 1'000'000);
        session->each(select.first(), {}, [&](const db::Row& row) {
            for (std::size_t i = 0; i < table.columns.size(); ++i) {
                const int column = static_cast<int>(i);
                if (row.is_null(column)) continue;
                const auto type = table.columns[i].type;
                all += type == db::ColumnType::integer ? std::to_string(row.int64(column))
                       : type == db::ColumnType::real  ? std::to_string(row.real(column))
                                                       : std::string(row.text(column));
                all += '\n';
            }
        });
    }
    return all;
}

json::object applicant() {
    return {{"kind", "person"}, {"name", "Trần Thị Lan"},  {"id_number", "091187549925"}, {"phone", "0987111222"},
            {"place", "30985"}, {"address", "Ngõ Rất Lạ"}, {"email", "lan@invented"}};
}

class Personal : public testing::Test {
  protected:
    /// A draft with answers, saved again, filed by a representative.
    json::object file_with_answers() {
        const auto answer =
            world.post("lan", "/api/v1/dossiers",
                       {{"procedure", "1.000003"},
                        {"submit", false},
                        {"applicant", applicant()},
                        {"filer", {{"kind", "helper"}, {"name", "Người giúp"}, {"id_number", "079203004561"}}},
                        {"answers", ApiWorld::answers()}});
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer.object();
    }
    auto receive_at_counter(const std::string& key) {
        return world.post("tiepnhan", "/api/v1/dossiers",
                          {{"procedure", "1.000001"},
                           {"channel", "counter"},
                           {"receive_at", "H01.233"},
                           {"applicant", applicant()},
                           {"components", ApiWorld::papers()}},
                          {{"Idempotency-Key", key}});
    }

    ApiWorld world;
};

TEST_F(Personal, NoTableHasItInPlainText) {
    const json::object filed = file_with_answers();
    const auto counter = receive_at_counter("once");
    ASSERT_EQ(counter.status, 201) << counter.body;
    EXPECT_NE(counter.body.find("091187549925"), std::string::npos) << "the kept answer would show it";
    const auto again = receive_at_counter("once");
    EXPECT_EQ(again.body, counter.body) << "and does, when the request is repeated";

    const std::string tables = dump(world.database());
    EXPECT_NE(tables.find("Người giúp"), std::string::npos) << "the dump is one";
    for (const char* personal : {"091187549925", "0987111222", "Ngõ Rất Lạ", "lan@invented", "079203004561",
                                 // of the accounts, and of the answers
                                 "0912345678", "091080689844", "091177718861", "1977-05-17", "0924099793", "0172323275",
                                 "Thị Sa Rây", "190, ấp"})
        EXPECT_EQ(tables.find(personal), std::string::npos) << personal;

    // Those who may see it do.
    const auto shown = world.get("lan", "/api/v1/dossiers/" + ApiWorld::id_of(filed)).object();
    EXPECT_EQ(string_or(shown.at("applicant").as_object(), "id_number"), "091187549925");
    EXPECT_EQ(string_or(shown.at("applicant").as_object(), "address"), "Ngõ Rất Lạ");
    EXPECT_EQ(string_or(shown.at("filer").as_object(), "id_number"), "079203004561");
    EXPECT_FALSE(shown.at("filer").as_object().contains("sealed"));
    EXPECT_EQ(string_or(shown.at("answers").as_object(), "tax_code"), "0172323275");
    EXPECT_EQ(world.wrong_rows_of(filed), std::vector<std::string>{});
    EXPECT_EQ(world.wrong_rows_of(counter.object()), std::vector<std::string>{});
}

TEST_F(Personal, ASealedMemberThatComesInIsNotTaken) {
    json::object forged = applicant();
    forged["sealed"] = "mcf1.00000000.AAAA";
    forged["number_key"] = "mch1.AAAA";
    const auto answer =
        world.post("lan", "/api/v1/dossiers", {{"procedure", "1.000001"}, {"submit", false}, {"applicant", forged}});
    if (answer.status != 201) {
        EXPECT_EQ(answer.status, 422) << answer.body;
        return;
    }
    const auto shown = world.get("lan", "/api/v1/dossiers/" + ApiWorld::id_of(answer.object())).object();
    EXPECT_EQ(string_or(shown.at("applicant").as_object(), "id_number"), "091187549925");
}

TEST_F(Personal, ASealedValueOpensInItsOwnDossierAlone) {
    const DossierId one{*parse_id(ApiWorld::id_of(file_with_answers()))};
    const DossierId other{*parse_id(ApiWorld::id_of(file_with_answers()))};
    const auto session = world.database().reader();
    Dossier moved = get_dossier(*session, one).value();
    EXPECT_EQ(check_personal(moved), std::vector<std::string>{});
    moved.id = other;
    moved.applicant.id_number.clear();
    open_parties(*session, moved);
    EXPECT_TRUE(moved.applicant.unreadable && moved.filer.unreadable);
    EXPECT_EQ(moved.applicant.id_number, "");
    EXPECT_EQ(check_personal(moved).size(), 2u);
}

TEST_F(Personal, ADamagedValueStopsNeitherListsNorItsDossier) {
    const auto counter = receive_at_counter("damaged");
    ASSERT_EQ(counter.status, 201) << counter.body;
    const std::string id = ApiWorld::id_of(counter.object());
    const std::string sealed = [&] {
        const auto session = world.database().reader();
        return get_dossier(*session, DossierId{*parse_id(id)}).value().applicant.sealed;
    }();
    std::string changed = sealed;
    changed.back() = changed.back() == 'A' ? 'B' : 'A';
    static constexpr db::Statement damage{"test.damage",
                                          "UPDATE dossier SET state = replace(state, $2, $3) WHERE id = $1"};
    ledger::WriteSet damaging;
    damaging.rows.push_back({&damage, {*parse_id(id), sealed, changed}, {}, 1});
    ASSERT_TRUE(world.committer().commit(std::move(damaging)));

    const auto list = world.get("tiepnhan", "/api/v1/tasks?of=unit");
    ASSERT_EQ(list.status, 200) << list.body;
    EXPECT_NE(list.body.find(id), std::string::npos) << list.body;
    EXPECT_NE(list.body.find("unreadable"), std::string::npos);
    const auto shown = world.get("tiepnhan", "/api/v1/dossiers/" + id).object();
    EXPECT_TRUE(shown.at("applicant").at("unreadable").as_bool());
    EXPECT_EQ(string_or(shown.at("applicant").as_object(), "name"), "Trần Thị Lan");
    // It goes on, and carries what may be restored one day.
    const auto next =
        world.post("xuly", "/api/v1/dossiers/" + id + "/complete-step", {{"task", shown.at("tasks").at(0).at("id")}});
    EXPECT_EQ(next.status, 200) << next.body;
    const auto session = world.database().reader();
    EXPECT_EQ(get_dossier(*session, DossierId{*parse_id(id)}).value().applicant.sealed, changed);
}

TEST_F(Personal, APersonsCopyIsInPlainText) {
    const DossierId id{*parse_id(ApiWorld::id_of(file_with_answers()))};
    const auto session = world.database().reader();
    const Dossier dossier = get_dossier(*session, id).value();
    const std::string state = json::serialize(to_plain_json(dossier));
    EXPECT_NE(state.find("091187549925"), std::string::npos);
    EXPECT_EQ(state.find("mcf1."), std::string::npos);
    for (const auto& event : ledger::read_stream(*session, ledger::StreamKind::dossier, id.value, dossier.head)) {
        const std::string data = json::serialize(to_plain_json(*session, id, event.data));
        EXPECT_EQ(data.find("mcf1."), std::string::npos) << data;
        EXPECT_EQ(event.data.contains("answers"), data.find("0172323275") != std::string::npos);
    }
}

/// As it was written before there were keys: plain text in events and rows.
class PlainDossier : public Personal {
  protected:
    PlainDossier() {
        Content content;
        content.applicant = party_from_json(applicant());
        json::object drafted{{"procedure", "1.000001"},
                             {"procedure_version", 1},
                             {"procedure_name", "Thủ tục"},
                             {"channel", "counter"},
                             {"applicant", to_json(*content.applicant)},
                             {"answers", {{"tax_code", "0172323275"}}}};
        Dossier fresh;
        fresh.id = world.ids.make<DossierId>();
        id = fresh.id;
        const ledger::Meta meta = world.meta("system");
        CHECK(world.committer().commit(make_write_set(fresh, {"dossier_drafted", 1, drafted}, meta)));
        const auto before = get_dossier(*world.database().reader(), id).value();
        auto write = make_write_set(before, {"dossier_submitted", 1, {{"unit", world.home.value}}}, meta);
        std::erase_if(write.rows,
                      [](const ledger::RowChange& row) { return row.statement->name == "dossier.insert_unclaimed"; });
        static constexpr db::Statement waits{"test.waits", "INSERT INTO dossier_unclaimed VALUES ($1, $2)"};
        write.rows.push_back({&waits, {std::string("091187549925"), id.value}, {}, 1});
        CHECK(world.committer().commit(std::move(write)));
    }
    DossierId id;
};

TEST_F(PlainDossier, IsShownFoundAndClaimedAsBefore) {
    auto& database = world.database();
    EXPECT_EQ(count_plain_unclaimed(*database.reader()), 1);
    EXPECT_EQ(count_plain_dossiers(*database.reader()), 1);
    CHECK(world.committer().write("test.seal", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        EXPECT_EQ(seal_unclaimed_rows(transaction, 10), 1);
        EXPECT_EQ(seal_unclaimed_rows(transaction, 10), 0);
        return {};
    }));
    const auto session = database.reader();
    EXPECT_EQ(count_plain_unclaimed(*session), 0);
    EXPECT_EQ(list_unclaimed(*session, "091187549925", 10), std::vector<DossierId>{id});
    EXPECT_EQ(list_unclaimed(*session, "091187549926", 10), std::vector<DossierId>{});
    const Dossier shown = get_dossier(*session, id).value();
    EXPECT_EQ(shown.applicant.phone, "0987111222");
    EXPECT_EQ(string_or(stored_answers(*session, shown), "tax_code"), "0172323275");
    EXPECT_EQ(check_rows(*session, id).size(), 1u) << "it is open and nobody owes it anything; else nothing";

    auto claim = make_write_set(shown, {"dossier_claimed", 1, {{"owner", world.lan.value}}}, world.meta("system"));
    ASSERT_TRUE(world.committer().commit(std::move(claim)));
    EXPECT_EQ(list_unclaimed(*session, "091187549925", 10), std::vector<DossierId>{}) << "its row was found and left";
    EXPECT_EQ(get_dossier(*session, id)->applicant.id_number, "091187549925");
}

TEST_F(PlainDossier, IsSealedWhenItsApplicantIsWrittenAnew) {
    auto& database = world.database();
    const Dossier before = get_dossier(*database.reader(), id).value();
    Content content;
    content.applicant = before.applicant;
    seal_content(database.field_keys(), id, content);
    auto write = make_write_set(before, {"dossier_amended", 1, {{"applicant", to_json(*content.applicant)}}},
                                world.meta("system"));
    ASSERT_TRUE(world.committer().commit(std::move(write)));
    EXPECT_EQ(count_plain_dossiers(*database.reader()), 0);
    EXPECT_EQ(get_dossier(*database.reader(), id)->applicant.phone, "0987111222");
}

TEST_F(Personal, RowsOfAccountsOfBeforeAreSealedAndFound) {
    auto& database = world.database();
    static constexpr db::Statement make_plain{"test.plain_persons",
                                              "UPDATE person SET citizen_id = '091187549925', phone = '0912345678',"
                                              " address = 'Ngõ Rất Lạ', citizen_key = '', sealed = 0"
                                              " WHERE account_id = $1"};
    static constexpr db::Statement add_mandate{
        "test.plain_mandate",
        "INSERT INTO mandate (id, kind, giver_id, holder_number, holder_name, procedures, fields, from_at, to_at,"
        " source, reason, created_at) VALUES (77, 'mandate', $1, '091080689844', 'Người Lạ', '[]', '[]', 0,"
        " 99999999999999, 'giver', '', 0)"};
    static constexpr db::Statement add_subject{
        "test.plain_subject",
        "INSERT INTO external_identity (provider, subject_key, account_id, linked_at)"
        " VALUES ('vneid', '091187549925', $1, 0)"};
    CHECK(world.committer().write("test.plain", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        for (const auto* statement : {&make_plain, &add_mandate, &add_subject})
            transaction.execute(*statement, {world.lan.value});
        return {};
    }));
    EXPECT_EQ(identity::count_plain_rows(*database.reader()), 3);
    EXPECT_NE(dump(database).find("Ngõ Rất Lạ"), std::string::npos);
    const identity::AccountId lan{world.lan.value};
    EXPECT_EQ(identity::find_person(*database.reader(), lan)->phone, "0912345678") << "readable meanwhile";
    CHECK(world.committer().write("test.seal", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        const db::SecureDelete secure(transaction, database.dialect());
        EXPECT_EQ(identity::seal_plain_rows(transaction, 1), 3) << "one of each table";
        EXPECT_EQ(identity::seal_plain_rows(transaction, 1), 0);
        return {};
    }));
    const std::string tables = dump(database);
    for (const char* personal : {"Ngõ Rất Lạ", "091187549925", "091080689844", "0912345678"})
        EXPECT_EQ(tables.find(personal), std::string::npos) << personal;
    const auto session = database.reader();
    EXPECT_EQ(identity::find_person_by_citizen_id(*session, "091187549925"), world.lan);
    EXPECT_EQ(identity::find_person(*session, lan)->address, "Ngõ Rất Lạ");
    EXPECT_EQ(identity::find_external(*session, "vneid", "091187549925"), lan);
    EXPECT_EQ(identity::find_mandate(*session, identity::MandateId{77})->holder_number, "091080689844");
    const auto khach = identity::find_person_by_citizen_id(*session, "091080689844");
    ASSERT_TRUE(khach);
    EXPECT_EQ(identity::list_held(*session, identity::AccountId{khach->value}, 0, 10).size(), 1u);
}

TEST_F(Personal, ADamagedPersonIsNamedAndKeepsNobodyWaiting) {
    auto& database = world.database();
    const identity::AccountId lan{world.lan.value};
    const auto khach = identity::find_person_by_citizen_id(*database.reader(), "091080689844");
    ASSERT_TRUE(khach);
    const identity::AccountId giver{khach->value};
    const std::string number = identity::find_person(*database.reader(), lan)->citizen_id;
    ASSERT_EQ(find_proven(*database.reader(), number, 0), world.lan);
    ASSERT_EQ(identity::check_accounts(*database.reader()), std::vector<std::string>{});
    // What was sealed for another place cannot be opened at this one.
    static constexpr db::Statement add_mandate{
        "test.damaged_mandate",
        "INSERT INTO mandate (id, kind, giver_id, holder_number, holder_name, procedures, fields, from_at, to_at,"
        " source, reason, created_at, holder_key) SELECT 77, 'mandate', account_id, phone, 'Người Lạ', '[]', '[]', 0,"
        " 99999999999999, 'giver', '', 0, citizen_key FROM person WHERE account_id = $1"};
    static constexpr db::Statement damage{"test.damage_person",
                                          "UPDATE person SET citizen_id = phone WHERE account_id = $1"};
    CHECK(world.committer().write("test.damage", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        transaction.execute(add_mandate, {giver.value});
        transaction.execute(damage, {lan.value});
        return {};
    }));
    const auto session = database.reader();
    EXPECT_FALSE(find_proven(*session, number, 0)) << "a counter receives, and the dossier waits to be claimed";
    const auto given = identity::list_given(*session, giver, 10);
    ASSERT_EQ(given.size(), 1u);
    EXPECT_TRUE(given.front().unreadable);
    EXPECT_FALSE(identity::is_holder(*session, given.front(), giver, 0));
    EXPECT_EQ(identity::check_accounts(*session).size(), 2u);
}

}  // namespace
}  // namespace motcua::dossier
