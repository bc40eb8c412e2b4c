#include "organisation/organisation.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "resources/resources.hpp"

namespace motcua::organisation {
namespace {

class OrganisationTest : public ::testing::Test {
  protected:
    OrganisationTest() {
        database_ = db::open_test_database();
        EXPECT_TRUE(db::migrate(*database_, clock_.now()));
        committer_ = ledger::make_committer(*database_);
        organisation_ = std::make_unique<Organisation>(*database_, *committer_, ids_);
    }
    Result<ImportReport> import(std::string_view units) {
        return organisation_->import_units(R"({"format":"motcua-units/1","units":[)" + std::string(units) + "]}",
                                           meta_);
    }

    ManualClock clock_{*parse_iso("2025-08-01T08:00")};
    SeededRandom random_{7};
    IdMaker ids_{clock_, random_};
    ledger::Meta meta_{clock_.now(), "system", "", ""};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ledger::Committer> committer_;
    std::unique_ptr<Organisation> organisation_;
};

TEST_F(OrganisationTest, ImportsTheShippedUnitsOnce) {
    EXPECT_TRUE(organisation_->directory()->units().empty());
    std::string_view file = *resources::find_resource("units/kien-giang.json");
    auto first = organisation_->import_units(file, meta_);
    ASSERT_TRUE(first) << first.error().reason;
    EXPECT_EQ(first->imported, first->read);
    EXPECT_GT(first->read, 200);
    auto directory = organisation_->directory();
    const Unit* dong_yen = directory->find_gso("31009", *parse_day("2024-01-01"));
    ASSERT_NE(dong_yen, nullptr);
    auto second = organisation_->import_units(file, meta_);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->unchanged, second->read);
    EXPECT_EQ(second->imported + second->updated, 0);
    EXPECT_EQ(committer_->last_position(), first->read);  // one event a unit, none the second time
    EXPECT_EQ(Organisation(*database_, *committer_, ids_).directory()->find(dong_yen->id)->name, "Xã Đông Yên");
    EXPECT_TRUE(check_unit_rows(*database_).empty());
}

TEST_F(OrganisationTest, AUnitNamesItsHoursAndThoseBelowKeepThem) {
    auto report = import(R"({"code":"H33","name":"Tỉnh Kiên Giang","level":"province",
          "calendars":[{"calendar":"early","to":"2025-01-01"},{"calendar":"late","from":"2025-03-01"}]},
         {"code":"H33.40","name":"Xã A","level":"commune"},
         {"code":"H33.41","name":"Xã B","level":"commune","calendars":[{"calendar":"saturday-morning"}]})");
    ASSERT_TRUE(report);
    ASSERT_TRUE(report->rejected.empty());
    auto directory = organisation_->directory();
    auto hours = [&](std::string_view code, std::string_view day) {
        auto found = directory->hours_of(directory->find_code(code)->id, *parse_day(day));
        return found ? std::string(found->calendar) : std::string("standard");
    };
    EXPECT_EQ(hours("H33", "2024-12-31"), "early");
    EXPECT_EQ(hours("H33.40", "2024-12-31"), "early");
    EXPECT_EQ(hours("H33.40", "2025-01-01"), "standard");
    EXPECT_EQ(hours("H33.40", "2025-03-01"), "late");
    EXPECT_EQ(hours("H33.41", "2025-03-01"), "saturday-morning");
    EXPECT_TRUE(check_unit_rows(*database_).empty());
}

TEST_F(OrganisationTest, TwoHoursOnOneDayAreRefused) {
    for (std::string_view calendars : {R"([{"calendar":"a"},{"calendar":"b","from":"2025-01-01"}])", R"([{}])",
                                       R"("vietnam")", R"([{"calendar":"vietnam@1"}])"}) {
        auto report =
            import(R"({"code":"H33","name":"Tỉnh","level":"province","calendars":)" + std::string(calendars) + "}");
        ASSERT_TRUE(report);
        ASSERT_EQ(report->rejected.size(), 1u) << calendars;
        EXPECT_EQ(report->rejected[0].error.reason, "organisation.unit_malformed");
    }
}

TEST_F(OrganisationTest, AChangedUnitKeepsItsIdentity) {
    ASSERT_TRUE(import(R"({"code":"H33","name":"Tỉnh Kiên Giang","level":"province"})"));
    UnitId id = organisation_->directory()->find_code("H33")->id;
    auto report = import(R"({"code":"H33","name":"Tỉnh Kiên Giang","level":"province","to":"2025-07-01"})");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->updated, 1);
    EXPECT_EQ(organisation_->directory()->find(id)->validity.to, *parse_day("2025-07-01"));
    EXPECT_TRUE(check_unit_rows(*database_).empty());
}

TEST_F(OrganisationTest, BadUnitsAreRejectedAndBrokenLinksChangeNothing) {
    auto report =
        import(R"({"code":"H33","name":"Tỉnh Kiên Giang","level":"province"},{"code":"H33.01","level":"province"})");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->imported, 1);
    ASSERT_EQ(report->rejected.size(), 1u);
    EXPECT_EQ(report->rejected[0].line, 2);
    EXPECT_EQ(report->rejected[0].error.reason, "organisation.unit_malformed");
    EXPECT_EQ(import(R"({"code":"H33.02","name":"Sở","level":"province","kind":"department","predecessors":["H99"]})")
                  .error()
                  .reason,
              "organisation.unit_unknown");
    EXPECT_EQ(organisation_->import_units("{\"format\":", meta_).error().reason, "json.malformed");
    EXPECT_EQ(organisation_->directory()->units().size(), 1u);
    EXPECT_EQ(committer_->last_position(), 1);
}

}  // namespace
}  // namespace motcua::organisation
