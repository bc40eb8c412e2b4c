#include "catalogue/store.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/testing.hpp"
#include "catalogue/trust.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "resources/resources.hpp"

namespace motcua::catalogue {
namespace {

class StoreTest : public ::testing::Test {
  protected:
    StoreTest() {
        database_ = db::open_test_database();
        EXPECT_TRUE(db::migrate(*database_, clock_.now()));
        committer_ = ledger::make_committer(*database_);
        store_ = std::make_unique<CatalogueStore>(*database_, *committer_, ids_);
    }
    ~StoreTest() override { EXPECT_EQ(check_procedure_rows(*database_), std::vector<std::string>{}); }

    ledger::Meta meta() { return {clock_.now(), "officer:1", "", ""}; }
    Result<ImportReport> import(const std::vector<std::string>& lines) {
        std::string text;
        for (const std::string& line : lines) text += line + "\n";
        return store_->import_portal(text, meta());
    }
    static std::string record(std::string_view code, std::string_view methods, std::string_view name = "Thủ tục") {
        return json::serialize(json::object{{"ma_thu_tuc", code},
                                            {"ten_thu_tuc", name},
                                            {"cap_thuc_hien", "Cấp xã"},
                                            {"cach_thuc_thuc_hien", methods}});
    }
    ProcedurePtr find(std::string_view code) {
        return store_->catalogue()->find_procedure(code, local_day(clock_.now()));
    }
    void next_day() { clock_.advance(std::chrono::hours{24}); }

    ManualClock clock_{*parse_iso("2026-08-01T08:00")};
    SeededRandom random_{7};
    IdMaker ids_{clock_, random_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ledger::Committer> committer_;
    std::unique_ptr<CatalogueStore> store_;
};

const std::string good = "Trực tiếp5 Ngày làm việcMiễn phí";
const std::string better = "Trực tiếp3 Ngày làm việcMiễn phí";
const std::string bad = "Trực tiếp5 Ngày làm việc135 VNĐ(135.000 đồng)";

TEST_F(StoreTest, ASecondImportChangesNothing) {
    auto first = import({record("1.000001", good), record("1.000002", bad)});
    ASSERT_TRUE(first) << first.error().reason;
    EXPECT_EQ(
        json::serialize(to_json(*first)),
        R"x({"read":2,"imported":2,"updated":0,"unchanged":0,"flagged":[{"code":"1.000002","reason":"catalogue.fee_too_small","detail":"135 đ (135.000 đồng)"}],"rejected":[]})x");
    std::int64_t events = committer_->last_position();
    next_day();
    auto second = import({record("1.000001", good), record("1.000002", bad)});
    EXPECT_EQ(second->unchanged, 2);
    EXPECT_EQ(second->imported + second->updated, 0);
    EXPECT_EQ(second->flagged.size(), 1u);
    EXPECT_EQ(committer_->last_position(), events);
}

TEST_F(StoreTest, OtherContentIsANewVersionFromThatDayOn) {
    ASSERT_TRUE(import({record("1.000001", good)}));
    ProcedurePtr was = find("1.000001");
    next_day();
    EXPECT_EQ(import({record("1.000001", better)})->updated, 1);
    ProcedurePtr is = find("1.000001");
    EXPECT_EQ(is->version, 2);
    EXPECT_EQ(is->id, was->id);
    EXPECT_EQ(is->limits.at(0).limit.amount_milli, 3000);
    auto yesterday = store_->catalogue()->find_procedure("1.000001", local_day(clock_.now()) - std::chrono::days{1});
    EXPECT_EQ(yesterday->version, 1);  // a dossier received before keeps its version
    EXPECT_EQ(store_->catalogue()->find_version(was->id, 1)->limits.at(0).limit.amount_milli, 5000);
}

TEST_F(StoreTest, HalfWrittenAndForeignLinesAreRejectedByNumber) {
    std::string half = record("1.000003", good).substr(0, 60);
    auto report = import({record("1.000001", good), "", half, "[1]", "{\"ma_thu_tuc\":\"x\",\"ten_thu_tuc\":\"y\"}",
                          "\xff", record("1.000001", better), record("1.000001", good)});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->read, 7);
    EXPECT_EQ(report->imported, 1);
    EXPECT_EQ(report->unchanged, 1);
    std::vector<std::string> rejected;
    for (const auto& item : report->rejected) rejected.push_back(std::to_string(item.line) + " " + item.error.reason);
    EXPECT_EQ(rejected,
              (std::vector<std::string>{"3 json.malformed", "4 catalogue.record_unknown", "5 catalogue.code_malformed",
                                        "6 json.malformed", "7 catalogue.code_repeated"}));
    EXPECT_EQ(store_->catalogue()->size(), 1u);
}

TEST_F(StoreTest, WindowsLinesAndByteOrderMarkDoNotMatter) {
    auto report = store_->import_portal(
        "\xEF\xBB\xBF" + record("1.000001", good) + "\r\n\r\n" + record("1.000002", good), meta());
    EXPECT_EQ(report->imported, 2);
    EXPECT_TRUE(report->rejected.empty());
    EXPECT_EQ(store_->import_portal("", meta())->read, 0);
}

TEST_F(StoreTest, WhatIsFlaggedIsSettledBeforeItIsPublished) {
    ASSERT_TRUE(import({record("1.000001", bad)}));
    EXPECT_EQ(find("1.000001")->status, Status::flagged);
    auto settle = [&](Settlement settlement) { return store_->settle_procedure("1.000001", 1, settlement, meta()); };
    EXPECT_EQ(settle({}).error().reason, "catalogue.note_required");
    EXPECT_EQ(settle({.note = "đã đối chiếu"}).error().reason, "catalogue.flags_remain");
    EXPECT_EQ(settle({.confirmed = {"catalogue.limit_missing"}, .note = "x"}).error().reason, "catalogue.flags_remain");
    EXPECT_EQ(store_->settle_procedure("1.999999", 1, {}, meta()).error().reason, "catalogue.procedure_unknown");
    EXPECT_EQ(store_->settle_procedure("1.000001", 2, {}, meta()).error().reason, "catalogue.version_unknown");
    EXPECT_EQ(find("1.000001")->status, Status::flagged);
    auto fees = read_settlement(
        json::parse(R"({"fees":[{"kind":"fixed","amount":135000}],"note":"QĐ 12/QĐ-UBND"})").as_object());
    ASSERT_TRUE(fees);
    auto settled = settle(*fees);
    ASSERT_TRUE(settled) << settled.error().reason;
    EXPECT_EQ((*settled)->status, Status::published);
    EXPECT_EQ((*settled)->fees.at(0).amount, Dong{135000});
    EXPECT_EQ(settle(*fees).error().reason, "catalogue.not_flagged");
    // The same record again does not undo it.
    auto again = import({record("1.000001", bad)});
    EXPECT_EQ(again->unchanged, 1);
    EXPECT_TRUE(again->flagged.empty());
    EXPECT_EQ(find("1.000001")->status, Status::published);
}

TEST_F(StoreTest, AMissingLimitHasToBeEntered) {
    ASSERT_TRUE(import({record("1.000001", "Trực tiếp1Miễn phí")}));
    auto settle = [&](std::string_view text) {
        auto result = store_->settle_procedure("1.000001", 1, *read_settlement(json::parse(text).as_object()), meta());
        return result ? std::string("ok") : result.error().reason;
    };
    EXPECT_EQ(settle(R"({"confirmed":["catalogue.limit_unit_other","catalogue.limit_missing"],"note":"x"})"),
              "catalogue.flags_remain");
    EXPECT_EQ(settle(R"({"limits":[],"note":"x"})"), "catalogue.flags_remain");
    EXPECT_EQ(settle(R"({"limits":[{"amount":1,"unit":"working_day","same_day":true}],"note":"Trong ngày"})"), "ok");
    EXPECT_TRUE(find("1.000001")->limits.at(0).same_day);
}

TEST_F(StoreTest, AFlaggedVersionReplacesNothingUntilItIsSettled) {
    ASSERT_TRUE(import({record("1.000001", good)}));
    next_day();
    EXPECT_EQ(import({record("1.000001", bad)})->flagged.size(), 1u);
    EXPECT_EQ(find("1.000001")->version, 1);
    next_day();
    next_day();
    ASSERT_TRUE(store_->settle_procedure("1.000001", 2,
                                         {.confirmed = {"catalogue.fee_too_small"}, .note = "đúng 135 đồng"}, meta()));
    EXPECT_EQ(find("1.000001")->version, 2);
    EXPECT_EQ(find("1.000001")->validity.from, local_day(clock_.now()));  // not back to the day of import
    EXPECT_EQ(store_->catalogue()->find_procedure("1.000001", local_day(clock_.now()) - std::chrono::days{1})->version,
              1);
}

TEST_F(StoreTest, OwnFormHasVersionsAndDrafts) {
    std::string file = R"({"format":"motcua-procedures/1","procedures":[
        {"code":"1.013225","name":"Cấp giấy phép xây dựng","field":{"code":"G17-XD11"},"limits":[{"amount":15,"unit":"day"}],
         "versions":[{"to":"2025-07-01","levels":["district"]},{"from":"2025-07-01","levels":["commune"],"limits":[{"amount":7,"unit":"working_day"}]}]},
        {"code":"1.000001","name":"Nháp","status":"draft","levels":["commune"]},
        {"code":"1.000002","name":"Sai","levels":["x"]}, 5, {"code":"1.000001","name":"Hai lần"},
        {"code":"1.000003","name":"Sai phiên bản","versions":[]}]})";
    auto report = store_->import_procedures(file, meta());
    ASSERT_TRUE(report) << report.error().reason;
    EXPECT_EQ(report->read, 6);
    EXPECT_EQ(report->imported, 2);
    ASSERT_EQ(report->rejected.size(), 4u);
    EXPECT_EQ(report->rejected[0].error.params.at(0).value, "levels");
    EXPECT_EQ(report->rejected[2].error.reason, "catalogue.code_repeated");
    auto level = [&](std::string_view day) {
        return store_->catalogue()->find_procedure("1.013225", *parse_day(day))->levels.at(0);
    };
    EXPECT_EQ(level("2020-01-01"), Level::district);
    EXPECT_EQ(level("2026-01-01"), Level::commune);
    EXPECT_EQ(find("1.013225")->field.name, "Hoạt động xây dựng");
    EXPECT_EQ(find("1.000001")->status, Status::draft);
    EXPECT_EQ(store_->publish_procedure("1.013225", 1, meta()).error().reason, "catalogue.not_draft");
    EXPECT_EQ((*store_->publish_procedure("1.000001", 1, meta()))->status, Status::published);
    auto second = store_->import_procedures(file, meta());
    EXPECT_EQ(second->unchanged, 2);
    EXPECT_EQ(store_->import_procedures("[]", meta()).error().reason, "catalogue.procedures_file_invalid");
    EXPECT_EQ(store_->import_procedures("{\"format\"", meta()).error().reason, "json.malformed");
}

TEST_F(StoreTest, ImportsEveryNationalRecord) {
    auto path = test::find_conformance(MOTCUA_SOURCE_DIR, "procedures/national.jsonl");
    if (!path) GTEST_SKIP() << "conformance cases are absent";
    std::string text = test::read_text(*path);
    auto first = store_->import_portal(text, meta());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->imported, first->read);
    EXPECT_TRUE(first->rejected.empty());
    EXPECT_EQ(store_->catalogue()->size(), static_cast<std::size_t>(first->read));
    auto second = store_->import_portal(text, meta());
    EXPECT_EQ(second->unchanged, second->read);
    EXPECT_EQ(second->flagged.size(), first->flagged.size());
    EXPECT_EQ(committer_->last_position(), first->read);
    // Nothing that is held back is found by citizens; all of it is found by officers.
    std::set<std::string> flagged;
    for (const auto& item : first->flagged) flagged.insert(item.code);
    auto published = store_->catalogue()->list_procedures({.day = local_day(clock_.now())}, "", 10000);
    EXPECT_EQ(published.size() + flagged.size(), static_cast<std::size_t>(first->read));
    for (const ProcedurePtr& each : published) EXPECT_FALSE(flagged.contains(each->code));
    auto restarted = load_catalogue(*database_->reader());
    EXPECT_EQ(restarted->size(), store_->catalogue()->size());
}

}  // namespace
}  // namespace motcua::catalogue
