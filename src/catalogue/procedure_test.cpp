#include "catalogue/procedure.hpp"

#include <gtest/gtest.h>

namespace motcua::catalogue {
namespace {

TEST(Code, HasShortLongAndCaseForms) {
    auto code = [](std::string_view text) {
        auto parts = parse_procedure_code(text);
        return parts ? parts->code + "|" + parts->case_code : "none";
    };
    EXPECT_EQ(code("1.001193"), "1.001193|");
    EXPECT_EQ(code(" 1.008377.000.00.00.H13 "), "1.008377|");
    EXPECT_EQ(code("1.008377.000.00.00.h13"), "1.008377|");
    EXPECT_EQ(code("2.000815.000.00.00.H55.02"), "2.000815|");
    EXPECT_EQ(code("1.001193.01"), "1.001193|1.001193.01");
    for (const char* bad : {"", "1", "1.00119", "1.001193.", "1.001193..01", "1.0011930", "1001193", "a.001193",
                            "1.001193-01", "1.001193.01 x"})
        EXPECT_EQ(code(bad), "none") << bad;
}

Procedure copies() {
    auto procedure = read_procedure(json::parse(R"({"code":"2.000815","name":"Chứng thực bản sao từ bản chính",
        "fees":[{"kind":"stepped","type":"fee","basis":"copy","name":"Phí chứng thực","steps":[{"from_page":1,"price":2000},{"from_page":3,"price":1000}],"max":200000}]})")
                                        .as_object());
    EXPECT_TRUE(procedure) << procedure.error().params.at(0).value;
    return *procedure;
}

TEST(Fees, StepByPageUpToTheMaximumOfACopy) {
    auto total = [](int pages, int count) {
        return compute_fees(copies(), {.copies = count, .pages = pages})->total.amount;
    };
    EXPECT_EQ(total(1, 1), 2000);
    EXPECT_EQ(total(2, 1), 4000);
    EXPECT_EQ(total(3, 1), 5000);
    EXPECT_EQ(total(10, 1), 12000);
    EXPECT_EQ(total(198, 1), 200000);
    EXPECT_EQ(total(500, 1), 200000);
    EXPECT_EQ(total(3, 4), 20000);
    EXPECT_EQ(total(3, 0), 0);
    EXPECT_EQ(compute_fees(copies(), {.copies = 1}).error().reason, "catalogue.pages_required");
    EXPECT_EQ(compute_fees(copies(), {.copies = 1, .pages = -1}).error().reason, "catalogue.count_out_of_bounds");
    EXPECT_EQ(compute_fees(copies(), {.copies = 10001, .pages = 1}).error().reason, "catalogue.count_out_of_bounds");
}

Procedure residence() {
    auto procedure = read_procedure(
        json::parse(
            R"({"code":"1.004222","name":"Đăng ký thường trú","cases":[{"code":"1.004222.01","name":"Thường"},{"code":"1.004222.02","name":"Nhanh"}],
        "limits":[{"amount":7,"unit":"working_day"},{"case":"1.004222.02","amount":"0,5","unit":"working_day"},{"case":"1.004222.02","channel":"online","amount":4,"unit":"working_hour"}],
        "fees":[{"kind":"fixed","amount":20000,"name":"Lệ phí"},{"kind":"fixed","channel":"online","amount":10000,"name":"Lệ phí"},
                {"kind":"fixed","type":"fee","basis":"copy","amount":8000,"name":"Bản sao"},{"kind":"council","name":"Khác"}]})")
            .as_object());
    EXPECT_TRUE(procedure) << procedure.error().params.at(0).value;
    return *procedure;
}

TEST(Fees, TheRuleOfTheChannelStandsInForTheGeneralOne) {
    auto counter = compute_fees(residence(), {.channel = Channel::counter, .copies = 2});
    EXPECT_EQ(counter->total.amount, 20000 + 16000);
    EXPECT_FALSE(counter->complete);  // the council's amount is not known
    EXPECT_EQ(counter->lines.size(), 3u);
    EXPECT_EQ(compute_fees(residence(), {.channel = Channel::online, .copies = 0})->total.amount, 10000);
    EXPECT_EQ(compute_fees(residence(), {.case_code = "x"}).error().reason, "catalogue.case_unknown");
}

TEST(Limits, TheClosestScopeHolds) {
    auto amount = [](Channel channel, std::string_view case_code) {
        return find_limit(residence(), channel, case_code)->limit;
    };
    EXPECT_EQ(amount(Channel::counter, ""), (calendar::Limit{7000, calendar::TimeUnit::working_day}));
    EXPECT_EQ(amount(Channel::counter, "1.004222.01"), (calendar::Limit{7000, calendar::TimeUnit::working_day}));
    EXPECT_EQ(amount(Channel::counter, "1.004222.02"), (calendar::Limit{500, calendar::TimeUnit::working_day}));
    EXPECT_EQ(amount(Channel::online, "1.004222.02"), (calendar::Limit{4000, calendar::TimeUnit::working_hour}));
    EXPECT_EQ(find_limit(copies(), Channel::counter).error().reason, "catalogue.limit_missing");
}

TEST(Json, NamesTheMemberThatIsWrong) {
    auto wrong = [](std::string_view members) {
        auto procedure =
            read_procedure(json::parse(R"({"code":"1.000001","name":"x",)" + std::string(members) + "}").as_object());
        return procedure ? std::string("ok") : procedure.error().reason + " " + procedure.error().params.at(0).value;
    };
    EXPECT_EQ(wrong(R"("levels":["commune"])"), "ok");
    EXPECT_EQ(wrong(R"("levels":["village"])"), "catalogue.procedure_malformed levels");
    EXPECT_EQ(wrong(R"("levels":["commune","commune"])"), "catalogue.procedure_malformed levels");
    EXPECT_EQ(wrong(R"("fee":[])"), "catalogue.procedure_malformed fee");
    EXPECT_EQ(wrong(R"("limits":[{"amount":0,"unit":"day"}])"), "catalogue.procedure_malformed limits/0/amount");
    EXPECT_EQ(wrong(R"("limits":[{"amount":1,"unit":"OTHER"}])"), "catalogue.procedure_malformed limits/0/unit");
    EXPECT_EQ(wrong(R"("limits":[{"amount":1,"unit":"day","case":"x"}])"), "catalogue.procedure_malformed limits");
    EXPECT_EQ(wrong(R"("fees":[{"kind":"fixed"}])"), "catalogue.procedure_malformed fees/0/amount");
    EXPECT_EQ(wrong(R"("fees":[{"kind":"stepped"}])"), "catalogue.procedure_malformed fees/0/steps");
    EXPECT_EQ(wrong(R"("fees":[{"kind":"stepped","steps":[{"from_page":3,"price":1},{"from_page":1,"price":1}]}])"),
              "catalogue.procedure_malformed fees/0/steps");
    EXPECT_EQ(wrong(R"("fees":[{"kind":"fixed","amount":-1}])"), "catalogue.procedure_malformed fees/0/amount");
    EXPECT_EQ(wrong(R"("components":[{"code":"x"}])"), "catalogue.procedure_malformed components/0/name");
    EXPECT_EQ(wrong(R"("components":[{"name":"x","sheets":1}])"), "catalogue.procedure_malformed components/0/sheets");
    EXPECT_EQ(wrong(R"("old_service_level":5)"), "catalogue.procedure_malformed old_service_level");
    EXPECT_EQ(wrong(R"("steps":["a"])"), "catalogue.procedure_malformed steps");
}

}  // namespace
}  // namespace motcua::catalogue
