// The verbs that fill, report and check a data directory, as a person runs them.
#include "app/simulate_command.hpp"

#include <gtest/gtest.h>

#include "app/doctor_command.hpp"
#include "app/report_command.hpp"
#include "app/test_verb.hpp"
#include "base/json.hpp"
#include "db/test_directory.hpp"

namespace motcua::app {
namespace {

TEST(Simulate, TheQuarterOf2019HasExactlyTheReportedFigures) {
    TestDirectory directory;
    std::string data = directory.path() / "data";
    auto filled = run(run_simulate, {"--data", data, "--profile", "kien-giang-2019q3", "--seed", "7"});
    ASSERT_EQ(filled.status, 0) << filled.err;

    auto report =
        run(run_report, {"quarter", "--data", data, "--unit", "H33", "--from", "2019-07-01", "--to", "2019-09-30"});
    ASSERT_EQ(report.status, 0) << report.err;
    EXPECT_EQ(
        report.out,
        R"({"received":{"total":7267,"counter":6063,"online":660,"post":544},)"
        R"("returned":{"total":5516,"counter":4787,"counter_on_time":4776,"counter_late":11,"online":334,"post":395},)"
        R"("open":{"total":1751,"not_due":1751,"late":0}})"
        "\n");
    auto late = run(run_report, {"quarter", "--data", data, "--unit", "H33", "--from", "2019-07-01", "--to",
                                 "2019-09-30", "--list", "returned.counter_late"});
    EXPECT_EQ(std::count(late.out.begin(), late.out.end(), '\n'), 11);

    auto doctor = run(run_doctor, {"--data", data});
    EXPECT_EQ(doctor.status, 0) << doctor.out;
    auto again = run(run_simulate, {"--data", data, "--profile", "kien-giang-2019q3"});
    EXPECT_EQ(again.status, 1);
    EXPECT_NE(again.err.find("simulation.ledger_is_ahead"), std::string::npos);
}

TEST(Simulate, RefusesWhatItCannotDo) {
    TestDirectory directory;
    std::string data = directory.path() / "data";
    EXPECT_EQ(run(run_simulate, {}).status, 2);
    EXPECT_NE(run(run_simulate, {"--data", data, "--profile", "nowhere"}).err.find("simulation.profile_unknown"),
              std::string::npos);
    EXPECT_NE(run(run_simulate, {"--data", data, "--dossiers", "0"}).err.find("simulation.out_of_bounds"),
              std::string::npos);
    EXPECT_NE(run(run_report, {"quarter", "--data", data, "--from", "2019-07-01", "--to", "2019-06-01"})
                  .err.find("report.period_empty"),
              std::string::npos);
    EXPECT_NE(run(run_report, {"yearly", "--data", data, "--from", "2019-07-01", "--to", "2019-07-02"})
                  .err.find("report.kind_unknown"),
              std::string::npos);
    EXPECT_NE(run(run_report, {"quarter", "--data", data, "--from", "2019-07-01", "--to", "2019-07-02"})
                  .err.find("app.no_data"),
              std::string::npos);
}

}  // namespace
}  // namespace motcua::app
