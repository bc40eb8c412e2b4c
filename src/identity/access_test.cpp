// The predicate of scope: reach over time, limits, and equality of its three forms on random data.
#include "identity/access.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "identity/access_rows.hpp"
#include "identity/permissions.hpp"
#include "ledger/committer.hpp"
#include "organisation/directory.hpp"
#include "organisation/units_file.hpp"
#include "resources/resources.hpp"

namespace motcua::identity {
namespace {

LocalDay day(std::string_view text) { return parse_day(text).value(); }

std::shared_ptr<const organisation::Directory> province() {
    auto file = organisation::read_units_file(resources::find_resource("units/kien-giang.json").value()).value();
    std::int64_t id = 0;
    for (organisation::Unit& unit : file.units) unit.id = UnitId{++id};
    return organisation::Directory::build(std::move(file.units)).value();
}

const auto before = day("2023-06-01"), after = day("2025-08-01");

class Scopes : public testing::Test {
  protected:
    UnitId unit(std::string_view code) const { return directory->find_code(code)->id; }
    Access access(std::vector<Grant> grants) const { return {roles, reach, std::move(grants)}; }

    std::shared_ptr<const organisation::Directory> directory = province();
    std::shared_ptr<const Reach> reach = std::make_shared<Reach>(*directory);
    std::shared_ptr<const Roles> roles = std::make_shared<Roles>(Roles::shipped());
};

TEST_F(Scopes, NobodyMayAnythingByDefault) {
    Access nothing;
    EXPECT_FALSE(nothing.may(permission::dossier_receive, {unit("H33")}, before));
    EXPECT_TRUE(nothing.scope(permission::dossier_receive, before).empty());
    EXPECT_TRUE(nothing.permissions(before).empty());
    AccessBook book(roles, reach);
    EXPECT_TRUE(book.of({.kind = http::PrincipalKind::visitor})->grants().empty());
    EXPECT_TRUE(book.of({.kind = http::PrincipalKind::person, .id = 7})->grants().empty());
    EXPECT_TRUE(book.of({.kind = http::PrincipalKind::officer, .id = 7})->grants().empty());
    EXPECT_TRUE(book.of({.kind = http::PrincipalKind::system})->may(permission::account_manage, {unit("H33")}, before));
}

TEST_F(Scopes, ARoleReachesItsSubtreeAndNothingBeside) {
    Access officer = access({{.role = "receiver", .root = unit("H33.39")}});
    EXPECT_TRUE(officer.may(permission::dossier_receive, {unit("H33.39")}, before));
    EXPECT_TRUE(officer.may(permission::dossier_receive, {unit("H33.39.09")}, before));
    EXPECT_FALSE(officer.may(permission::dossier_receive, {unit("H33")}, before));
    EXPECT_FALSE(officer.may(permission::dossier_receive, {unit("H33.40.01")}, before));
    EXPECT_FALSE(officer.may(permission::dossier_approve, {unit("H33.39.09")}, before));
    EXPECT_FALSE(officer.may(permission::dossier_receive, {UnitId{99'999}}, before));
    EXPECT_FALSE(officer.may(permission::dossier_receive, {everywhere}, before));
    EXPECT_TRUE(officer.holds("receiver", {unit("H33.39.09")}, before));
    EXPECT_FALSE(officer.holds("approver", {unit("H33.39.09")}, before));
}

TEST_F(Scopes, APostCountsFromItsFirstDayToTheDayItEnds) {
    Access officer =
        access({{.role = "receiver", .root = unit("H33.39.09"), .validity = {day("2022-01-01"), day("2023-06-02")}}});
    for (auto [on, expected] :
         {std::pair{"2021-12-31", false}, {"2022-01-01", true}, {"2023-06-01", true}, {"2023-06-02", false}}) {
        EXPECT_EQ(officer.may(permission::dossier_receive, {unit("H33.39.09")}, day(on)), expected) << on;
        EXPECT_EQ(officer.permissions(day(on)).empty(), !expected) << on;
    }
}

TEST_F(Scopes, ASuccessorReachesWhatItTookOverAndNothingElse) {
    UnitId successor{};
    for (const auto* holder : directory->holders(unit("H33.39.09"), after)) successor = holder->id;
    Access officer = access({{.role = "processor", .root = successor}});
    EXPECT_TRUE(officer.may(permission::dossier_read_unit, {unit("H33.39.09")}, after));
    EXPECT_FALSE(officer.may(permission::dossier_read_unit, {unit("H33.39.09")}, before));
    // The district's tasks went to several: none of them alone reads its dossiers, the province above them does.
    ASSERT_GT(directory->holders(unit("H33.39"), after).size(), 1u);
    EXPECT_FALSE(officer.may(permission::dossier_read_unit, {unit("H33.39")}, after));
    EXPECT_TRUE(access({{.role = "approver", .root = unit("H01")}})
                    .may(permission::dossier_read_unit, {unit("H33.39")}, after));
}

TEST_F(Scopes, LimitsToFieldsAndProcedures) {
    Access officer = access({{.role = "processor", .root = unit("H33.39"), .field = "G15"},
                             {.role = "processor", .root = unit("H33.39"), .procedure = ProcedureId{5}}});
    UnitId commune = unit("H33.39.09");
    EXPECT_TRUE(officer.may(permission::dossier_process, {commune, "G15"}, before));
    EXPECT_TRUE(officer.may(permission::dossier_process, {commune, "G15-TP07", ProcedureId{9}}, before));
    EXPECT_FALSE(officer.may(permission::dossier_process, {commune, "G151"}, before));
    EXPECT_TRUE(officer.may(permission::dossier_process, {commune, "G02-X", ProcedureId{5}}, before));
    EXPECT_FALSE(officer.may(permission::dossier_process, {commune, "G02-X", ProcedureId{6}}, before));
    EXPECT_FALSE(officer.may(permission::dossier_process, {commune}, before));
    EXPECT_FALSE(officer.may_everywhere(permission::dossier_process, before));
    EXPECT_EQ(officer.roots(permission::dossier_process, before), std::vector{unit("H33.39")});
}

TEST_F(Scopes, TheBookKeepsTheNewestVersionAndFollowsTheUnits) {
    AccessBook book(roles, std::make_shared<Reach>());
    book.put(OfficerId{7}, 3, {{.role = "leader", .root = unit("H33")}});
    book.put(OfficerId{7}, 2, {});
    EXPECT_EQ(book.find(OfficerId{7}, 2), nullptr);
    ASSERT_NE(book.find(OfficerId{7}, 3), nullptr);
    const http::Principal principal{.kind = http::PrincipalKind::officer, .id = 7};
    EXPECT_FALSE(book.of(principal)->may(permission::report_read, {unit("H33.39")}, before));
    book.set_reach(reach);
    EXPECT_TRUE(book.of(principal)->may(permission::report_read, {unit("H33.39")}, before));
}

constexpr db::Statement insert_grant{"test.insert_grant", R"(
    INSERT INTO access_grant (account_id, post_id, line, role, root_id, field, procedure_id, from_day, to_day)
    VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8))"};
constexpr db::Statement insert_account{"test.insert_account", R"(
    INSERT INTO account (id, kind, user_name, display_name, name_key, status, created_at, access_version, version, position)
    VALUES ($1, 'officer', $2, '', '', 'active', 0, 0, 0, 0))"};
constexpr db::Statement insert_factor{"test.insert_factor", R"(
    INSERT INTO second_factor (account_id, secret, active, last_step, changed_at) VALUES ($1, $3, $2, 0, 0))"};
constexpr db::Statement insert_passkey_factor{"test.insert_passkey_factor",
                                              "INSERT INTO passkey_factor (account_id, since) VALUES ($1, 0)"};
constexpr db::Statement insert_thing{"test.insert_thing",
                                     "INSERT INTO thing (id, unit_id, field, procedure_id) VALUES ($1, $2, $3, $4)"};
constexpr db::Statement select_things{
    "test.select_things", "SELECT id FROM thing t WHERE" MOTCUA_WITHIN_SCOPE("$1", "$2", "$3", "t.unit_id", "t.field",
                                                                             "t.procedure_id") "ORDER BY id"};

TEST_F(Scopes, SingleChecksListsAndSqlAgreeOnRandomData) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 engine(seed);
    auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine); };
    auto database = db::open_test_database();
    ASSERT_TRUE(db::migrate(*database, Instant{}));
    auto committer = ledger::make_committer(*database);
    ASSERT_TRUE(store_scope_tables(*database->reader(), *committer, *roles, *reach));
    const std::vector<std::string> demanding{"leader", "administrator", "leader"};
    ASSERT_TRUE(store_second_factor_roles(*database->reader(), *committer, demanding));
    EXPECT_EQ(read_reach(*database->reader()), reach->rows());

    const auto units = directory->units();
    const std::vector<LocalDay> days{day("2018-01-01"), day("2023-06-01"), day("2025-02-28"), day("2025-03-01"),
                                     day("2025-06-30"), day("2025-07-01"), day("2026-01-01")};
    const std::vector<std::string> fields{"", "G15", "G15-TP07", "G1", "G15-TP0", "G02"};
    struct Thing {
        UnitId unit;
        std::string field;
        ProcedureId procedure;
    };
    std::vector<Thing> things;
    std::vector<std::vector<Grant>> officers(40);
    ASSERT_TRUE(committer->write("test.fill", [&](ledger::AdminTransaction& tx) -> Result<void> {
        tx.script("CREATE TABLE thing (id INTEGER PRIMARY KEY, unit_id INTEGER, field TEXT, procedure_id INTEGER)");
        for (std::int64_t i = 0; i < 600; ++i) {
            things.push_back(
                {units[pick(units.size())].id, fields[pick(fields.size())], ProcedureId{std::int64_t(pick(4))}});
            tx.execute(insert_thing, {i, things.back().unit.value, things.back().field, things.back().procedure.value});
        }
        std::int64_t post = 0;
        for (std::size_t o = 0; o < officers.size(); ++o) {
            tx.execute(insert_account, {std::int64_t(o + 1), std::to_string(o)});
            // Nothing, one that is begun only, one by codes, one by passkeys.
            const std::size_t factor = pick(4);
            if (factor == 1 || factor == 2)
                tx.execute(insert_factor, {std::int64_t(o + 1), std::int64_t(factor == 2), db::Blob{}});
            if (factor == 3) tx.execute(insert_passkey_factor, {std::int64_t(o + 1)});
            for (std::size_t n = pick(4); n > 0; --n) {
                Grant grant{roles->all()[pick(roles->all().size())].id,
                            pick(12) == 0 ? everywhere : units[pick(units.size())].id,
                            {},
                            pick(2) ? "" : fields[pick(fields.size())],
                            ProcedureId{pick(2) ? 0 : static_cast<std::int64_t>(pick(4))}};
                // Half of the roots high up, so that many rows are reached.
                if (const auto above = directory->ancestors(grant.root); !above.empty() && pick(2))
                    grant.root = above[pick(above.size())]->id;
                if (pick(2)) grant.validity.from = days[pick(days.size())];
                if (pick(2)) grant.validity.to = days[pick(days.size())];
                tx.execute(insert_grant,
                           {std::int64_t(o + 1), ++post, grant.role, grant.root.value, grant.field,
                            grant.procedure.value, std::int64_t(grant.validity.from.time_since_epoch().count()),
                            std::int64_t(grant.validity.to.time_since_epoch().count())});
                // As Identity makes an officer's access: what waits for a second factor is not in it.
                if (factor < 2 && std::ranges::count(demanding, grant.role) > 0) continue;
                officers[o].push_back(std::move(grant));
            }
        }
        return {};
    }));

    std::size_t allowed = 0, denied = 0;
    auto session = database->reader();
    for (std::size_t o = 0; o < officers.size(); ++o) {
        const Access officer = access(officers[o]);
        for (const PermissionInfo& info : permission_table()) {
            const LocalDay on = days[pick(days.size())];
            const Scope scope = officer.scope(info.permission, on);
            std::set<std::int64_t> by_sql;
            session->each(select_things,
                          db::Values{std::int64_t(o + 1), std::string(info.permission.name()),
                                     std::int64_t(on.time_since_epoch().count())},
                          [&](const db::Row& row) { by_sql.insert(row.int64(0)); });
            for (std::size_t i = 0; i < things.size(); ++i) {
                const Subject subject{things[i].unit, things[i].field, things[i].procedure};
                const bool may = officer.may(info.permission, subject, on);
                ASSERT_EQ(scope.contains(subject), may)
                    << "officer " << o << " thing " << i << " " << info.permission.name();
                ASSERT_EQ(by_sql.contains(std::int64_t(i)), may)
                    << "officer " << o << " thing " << i << " " << info.permission.name();
                ++(may ? allowed : denied);
            }
        }
    }
    EXPECT_GT(allowed, 1000u);
    EXPECT_GT(denied, 1000u);
    committer->stop();
}

TEST(Roles, EachPermissionIsKnownAndGivenBySomeRole) {
    const Roles roles = Roles::shipped();
    for (const char* id : {"receiver", "processor", "head_of_division", "approver", "clerk", "returner",
                           "administrator", "catalogue_manager", "leader", "helper"})
        EXPECT_NE(roles.find(id), nullptr) << id;
    for (const PermissionInfo& info : permission_table())
        EXPECT_TRUE(std::ranges::any_of(roles.all(), [&](const Role& role) { return role.has(info.permission); }))
            << info.permission.name();
}

TEST(Roles, AFileWithAnUnknownPermissionIsRefused) {
    EXPECT_EQ(Roles::read(R"({"roles":[{"id":"a","vi":"A","en":"A","permissions":["no.such"]}]})").error().reason,
              "identity.roles_invalid");
    EXPECT_EQ(
        Roles::read(
            R"({"roles":[{"id":"a","vi":"A","en":"A","permissions":[]},{"id":"a","vi":"A","en":"A","permissions":[]}]})")
            .error()
            .reason,
        "identity.roles_invalid");
    EXPECT_EQ(Roles::read("[]").error().reason, "identity.roles_invalid");
    EXPECT_EQ(Roles::read("{").error().reason, "json.malformed");
}

}  // namespace
}  // namespace motcua::identity
