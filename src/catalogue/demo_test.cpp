// The catalogue that ships for the demo: complete, trusted, and consistent with the processes, forms and units beside
// it.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "catalogue/store.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "organisation/organisation.hpp"
#include "process/check_model.hpp"
#include "resources/resources.hpp"

namespace motcua::catalogue {
namespace {

class DemoTest : public ::testing::Test {
  protected:
    DemoTest() {
        database_ = db::open_test_database();
        EXPECT_TRUE(db::migrate(*database_, clock_.now()));
        committer_ = ledger::make_committer(*database_);
        store_ = std::make_unique<CatalogueStore>(*database_, *committer_, ids_);
        report_ = store_->import_procedures(*resources::find_resource("catalogue/demo.json"),
                                            {clock_.now(), "system", "", ""});
    }
    std::vector<ProcedurePtr> all(std::string_view day) {
        return store_->catalogue()->list_procedures({.day = *parse_day(day)}, "", 1000);
    }

    ManualClock clock_{*parse_iso("2026-08-01T08:00")};
    SeededRandom random_{7};
    IdMaker ids_{clock_, random_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ledger::Committer> committer_;
    std::unique_ptr<CatalogueStore> store_;
    Result<ImportReport> report_;
};

TEST_F(DemoTest, IsImportedWithoutAFlag) {
    ASSERT_TRUE(report_) << report_.error().reason;
    EXPECT_GE(report_->imported, 40);
    EXPECT_EQ(report_->imported, report_->read);
    for (const auto& item : report_->rejected)
        ADD_FAILURE() << item.line << " " << item.error.reason << " " << item.error.params.at(0).value;
    for (const auto& item : report_->flagged) ADD_FAILURE() << item.code << " " << item.reason << " " << item.detail;
    EXPECT_GE(all("2019-08-15").size(), 40u);
    EXPECT_GE(all("2026-08-01").size(), 40u);
}

TEST_F(DemoTest, EveryProcedureIsComplete) {
    for (std::string_view day : {"2024-01-15", "2026-08-01"}) {
        for (const ProcedurePtr& each : all(day)) {
            SCOPED_TRACE(each->code + " " + std::string(day));
            EXPECT_TRUE(each->is_published_on(*parse_day(day)));
            EXPECT_FALSE(each->field.code.empty());
            EXPECT_FALSE(each->field.name.empty());
            EXPECT_FALSE(each->levels.empty());
            EXPECT_FALSE(each->subjects.empty());
            EXPECT_FALSE(each->components.empty());
            EXPECT_FALSE(each->results.empty());
            EXPECT_FALSE(each->legal_bases.empty());
            EXPECT_FALSE(each->authorities.empty());
            EXPECT_FALSE(each->steps.empty());
            EXPECT_FALSE(each->process.empty());
            EXPECT_FALSE(each->form.empty());
            EXPECT_EQ(each->service_level == ServiceLevel::partial, !each->partial_reason.empty());
            std::vector<std::string> cases;
            for (const Case& item : each->cases) cases.push_back(item.code);
            if (cases.empty()) cases.emplace_back();
            ASSERT_FALSE(each->channels.empty());
            for (Channel channel : each->channels) {
                for (const std::string& case_code : cases) {
                    auto limit = find_limit(*each, channel, case_code);
                    EXPECT_TRUE(limit) << case_code << " " << limit.error().reason;
                    auto fees =
                        compute_fees(*each, {.channel = channel, .case_code = case_code, .copies = 1, .pages = 1});
                    ASSERT_TRUE(fees) << case_code << " " << fees.error().reason;
                    EXPECT_FALSE(fees->lines.empty());
                }
            }
        }
    }
}

TEST_F(DemoTest, DistrictsDecideNothingAfterTheirEnd) {
    auto decides = [](const ProcedurePtr& each, Level level) {
        return std::find(each->levels.begin(), each->levels.end(), level) != each->levels.end();
    };
    int of_districts = 0;
    for (const ProcedurePtr& each : all("2025-06-30")) of_districts += decides(each, Level::district);
    EXPECT_GT(of_districts, 10);
    for (const ProcedurePtr& each : all("2025-07-01")) EXPECT_FALSE(decides(each, Level::district)) << each->code;
}

TEST_F(DemoTest, EveryProcedureHasACompetentUnitInBothTimes) {
    organisation::Organisation units(*database_, *committer_, ids_);
    ASSERT_TRUE(
        units.import_units(*resources::find_resource("units/kien-giang.json"), {clock_.now(), "system", "", ""}));
    auto directory = units.directory();
    for (auto [day, gso] : {std::pair{"2024-01-15", "31009"}, {"2026-08-01", "30985"}}) {
        const organisation::Unit* place = directory->find_gso(gso, *parse_day(day));
        ASSERT_NE(place, nullptr);
        for (const ProcedurePtr& each : all(day)) {
            auto competence = directory->competent_unit({each->levels, each->field.code, place->id, *parse_day(day)});
            ASSERT_TRUE(competence) << each->code << " " << competence.error().reason;
            EXPECT_NE(competence->grounds.back().reason, "organisation.ground_no_department")
                << each->code << " " << each->field.code;
        }
    }
}

TEST_F(DemoTest, KnownFactsHold) {
    auto catalogue = store_->catalogue();
    auto find = [&](std::string_view code, std::string_view day) {
        return catalogue->find_procedure(code, *parse_day(day));
    };
    EXPECT_TRUE(find("1.001193", "2026-08-01")->limits.at(0).same_day);
    EXPECT_EQ(
        compute_fees(*find("2.000815", "2026-08-01"), {.case_code = "2.000815.01", .copies = 2, .pages = 5})->total,
        (Dong{14000}));
    EXPECT_EQ(compute_fees(*find("1.004222", "2026-08-01"), {.channel = Channel::online})->total, (Dong{10000}));
    EXPECT_EQ(compute_fees(*find("2.001610", "2026-08-01"), {.channel = Channel::counter})->total, (Dong{150000}));
    EXPECT_EQ(compute_fees(*find("2.001610", "2026-08-01"), {.channel = Channel::online})->total, (Dong{100000}));
    EXPECT_EQ(find_limit(*find("1.013225", "2025-06-30"), Channel::counter, "1.013225.02")->limit,
              (calendar::Limit{15000, calendar::TimeUnit::day}));
    EXPECT_EQ(find_limit(*find("1.013225", "2025-07-01"), Channel::counter, "1.013225.02")->limit,
              (calendar::Limit{7000, calendar::TimeUnit::working_day}));
    EXPECT_EQ(find("2.000488", "2025-07-01"), nullptr);
    EXPECT_EQ(find("3.000333", "2024-07-01"), nullptr);
    for (auto [words, code] : {std::pair{"khai sinh", "1.001193"},
                               {"gpxd", "1.013225"},
                               {"bằng lái", "3.000347"},
                               {"sao y", "2.000815"},
                               {"hộ khẩu", "1.004222"},
                               {"mở tiệm", "1.001612"},
                               {"độc thân", "1.004873"},
                               {"tro cap nguoi gia", "1.014027"},
                               {"tau ca", "1.003650"},
                               {"so do", "1.012756"},
                               {"gia hạn gpxd", "1.013227"}}) {
        auto hits = catalogue->search(words, {.day = *parse_day("2026-08-01")}, 3);
        ASSERT_FALSE(hits.empty()) << words;
        EXPECT_EQ(hits[0].procedure->code, code) << words;
    }
}

TEST_F(DemoTest, ProcessesAndFormsShip) {
    std::set<std::string> missing;
    for (std::string_view day : {"2024-01-15", "2026-08-01"}) {
        for (const ProcedurePtr& each : all(day)) {
            if (!resources::find_resource("processes/" + each->process + ".bpmn"))
                missing.insert("processes/" + each->process + ".bpmn");
            if (!resources::find_resource("forms/" + each->form + ".json"))
                missing.insert("forms/" + each->form + ".json");
        }
    }
    EXPECT_EQ(missing, std::set<std::string>{});
}

TEST_F(DemoTest, StepLimitsKeepToTheLimitOfTheProcedure) {
    constexpr std::int64_t minutes_per_working_day = 480;
    for (std::string_view day : {"2024-01-15", "2026-08-01"}) {
        for (const ProcedurePtr& each : all(day)) {
            auto file = resources::find_resource("processes/" + each->process + ".bpmn");
            ASSERT_TRUE(file) << each->process;
            auto model = process::read_model(*file);
            ASSERT_TRUE(model) << each->process;
            for (const TimeLimit& limit : each->limits) {
                process::CheckOptions options;
                if (limit.limit.unit == calendar::TimeUnit::working_day)
                    options.budget_working_minutes = limit.limit.amount_milli * minutes_per_working_day / 1000;
                auto problems = process::check_model(**model, options);
                EXPECT_FALSE(process::has_errors(problems)) << each->code << " " << each->process << "\n"
                                                            << process::describe(problems);
            }
        }
    }
}

}  // namespace
}  // namespace motcua::catalogue
