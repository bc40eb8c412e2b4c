// The demo accounts that ship: complete, idempotent, and able to do what their roles say before and after 01/07/2025.
#include "identity/demo_accounts.hpp"

#include <set>

#include <gtest/gtest.h>

#include "identity/account_rows.hpp"
#include "identity/test_world.hpp"

namespace motcua::identity {
namespace {

class Demo : public testing::Test, public TestWorld {};

TEST_F(Demo, TheShippedFileIsImportedWholeAndOnce) {
    const DemoImport first = import_demo_accounts(*identity, meta()).value();
    for (const auto& rejected : first.report.rejected) ADD_FAILURE() << rejected.line << " " << rejected.error.reason;
    EXPECT_EQ(first.report.imported, first.report.read);
    EXPECT_EQ(first.accounts.size(), size_t(first.report.read));
    const auto position = committer->last_position();
    const DemoImport second = import_demo_accounts(*identity, meta()).value();
    EXPECT_EQ(second.report.unchanged, second.report.read);
    EXPECT_EQ(committer->last_position(), position);
    EXPECT_TRUE(check_accounts(*database->reader()).empty());
}

TEST_F(Demo, EachRoleHasSomebodyBeforeAndAfterTheReform) {
    ASSERT_TRUE(import_demo_accounts(*identity, meta()));
    for (const char* when : {"2023-06-01T08:00:00+07:00", "2026-01-05T08:00:00+07:00"}) {
        clock.set(parse_iso(when).value());
        std::set<std::string> missing;
        for (const Role& role : identity->roles().all()) missing.insert(role.id);
        static constexpr db::Statement names{"test.names", "SELECT user_name FROM account WHERE kind = 'officer'"};
        for (const std::string& name :
             database->reader()->list(names, {}, [](const db::Row& row) { return std::string(row.text(0)); })) {
            const auto id = *find_account_id(*database->reader(), name);
            bool any = false;
            for (const Grant& grant : read_grants(*database->reader(), id))
                if (grant.validity.covers(local_day(clock.now()))) {
                    missing.erase(grant.role);
                    any = true;
                }
            EXPECT_TRUE(any || (name.starts_with("anbien.") && when[3] == '6')) << name << " " << when;
        }
        EXPECT_TRUE(missing.empty()) << *missing.begin() << " " << when;
    }
}

TEST_F(Demo, OfficersMoveOnToTheSuccessorUnit) {
    const DemoImport demo = import_demo_accounts(*identity, meta()).value();
    const auto units_now = [&] {
        std::string codes;
        const SignedIn officer = sign_in("dongyen.tiepnhan", demo.password).value();
        for (UnitId id : officer.principal.units) codes += units->find(id)->code + " ";
        return codes;
    };
    EXPECT_EQ(units_now(), "H33.39.09 ");
    clock.set(parse_iso("2025-07-01T07:00:00+07:00").value());
    EXPECT_EQ(units_now(), "H01.233 ");
    const http::Principal officer = sign_in("dongyen.xuly", demo.password).value().principal;
    EXPECT_TRUE(identity->may(officer, permission::dossier_process, {unit("H33.39.09")}, local_day(clock.now())))
        << "what was left there";
    for (const char* citizen : {"congdan1", "congdan2", "doanhnghiep1"})
        EXPECT_TRUE(sign_in(citizen, demo.password)) << citizen;
}

TEST_F(Demo, FilesThatAreWrongAreRefusedAndSingleAccountsRejected) {
    EXPECT_EQ(import_demo_accounts(*identity, "{", meta()).error().reason, "json.malformed");
    EXPECT_EQ(import_demo_accounts(*identity, "{}", meta()).error().reason, "account.demo_file_invalid");
    EXPECT_EQ(import_demo_accounts(*identity, R"({"accounts":[]})", meta()).error().reason,
              "account.demo_file_invalid");
    const DemoImport some = import_demo_accounts(*identity, R"({"password":"x","accounts":[7,{"user_name":"a b"},
        {"user_name":"ok","name":"A","posts":[{"unit":"H99","role":"leader"}]},{"user_name":"ok","name":"A","posts":[{"unit":"H33","role":"leader"}]}]})",
                                                 meta())
                                .value();
    EXPECT_EQ(some.report.imported, 1);
    ASSERT_EQ(some.report.rejected.size(), 3u);
    EXPECT_EQ(some.report.rejected[0].error.reason, "account.demo_file_invalid");
    EXPECT_EQ(some.report.rejected[1].error.reason, "account.user_name_invalid");
    EXPECT_EQ(some.report.rejected[2].error.reason, "account.unit_unknown");
    EXPECT_EQ(some.accounts.size(), 1u);
}

}  // namespace
}  // namespace motcua::identity
