#include "definitions/definitions.hpp"

#include <gtest/gtest.h>

#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "definitions/notices.hpp"

namespace motcua::definitions {
namespace {

std::string process_named(std::string_view step) {
    return R"(<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="p" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="t"/><userTask id="t" name=")" +
           std::string(step) +
           R"("/><sequenceFlow id="b" sourceRef="t" targetRef="e"/><endEvent id="e"/></process></definitions>)";
}

class DefinitionsTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(db::migrate(*database, clock.now()));
        committer = ledger::make_committer(*database);
    }
    void TearDown() override { committer->stop(); }
    ImportReport import(Kind kind, const std::vector<Source>& sources) {
        auto report = import_definitions(*committer, ids, kind, sources, {clock.now(), "system", "", "test"});
        EXPECT_TRUE(report);
        return *report;
    }
    DefinitionsPtr load() {
        auto session = database->reader();
        return load_definitions(*session);
    }

    ManualClock clock{*parse_iso("2026-01-05T08:00")};
    SeededRandom random{1};
    IdMaker ids{clock, random};
    std::unique_ptr<db::Database> database = db::open_test_database();
    std::unique_ptr<ledger::Committer> committer;
};

TEST_F(DefinitionsTest, TheSameTextTwiceIsOneVersionAndAnotherTextTheNext) {
    EXPECT_EQ(import(Kind::process, {{"one", process_named("A")}}).imported, 1);
    EXPECT_EQ(import(Kind::process, {{"one", process_named("A")}}).unchanged, 1);
    EXPECT_EQ(import(Kind::process, {{"one", process_named("B")}}).updated, 1);
    auto all = load();
    ASSERT_TRUE(all->find_process("one"));
    EXPECT_EQ(all->find_process("one")->version, 2);
    EXPECT_EQ(all->find_process("one", 1)->version, 1);
    EXPECT_FALSE(all->find_process("one", 3));
    EXPECT_FALSE(all->find_process("two"));
}

TEST_F(DefinitionsTest, ATextThatDoesNotReadIsRejectedAndTheOthersAreKept) {
    auto report = import(
        Kind::form,
        {{"bad", "{"},
         {"good",
          R"({"id":"good","version":1,"title":{"vi":"T\u1edd khai","en":"Form"},"steps":[{"id":"s","title":{"vi":"B","en":"S"},"fields":[{"n":"ten","t":"text","l":{"vi":"T","en":"N"}}]}]})"}});
    EXPECT_EQ(report.read, 2);
    ASSERT_GE(report.rejected.size(), 1u);
    EXPECT_EQ(report.rejected[0].line, 1);
    EXPECT_FALSE(report.rejected[0].error.reason.empty());
}

TEST_F(DefinitionsTest, TheShippedCalendarStandsInAndAnImportedOneReplacesIt) {
    EXPECT_EQ(load()->standard().id, "vietnam@0");
    EXPECT_EQ(import(Kind::calendar, shipped(Kind::calendar)).rejected.size(), 0u);
    EXPECT_EQ(load()->standard().id, "vietnam@1");
    EXPECT_EQ(load()->calendar("vietnam@0").id, "vietnam@0") << "dossiers pinned before the import keep theirs";
    EXPECT_EQ(load()->calendar("vietnam@7").id, "vietnam@1");
    EXPECT_FALSE(load()->find_pinned_calendar("vietnam@7"));
}

TEST_F(DefinitionsTest, ACalendarThatExtendsAnotherIsPinnedToItsVersionAndFollows) {
    const Source base{"own", R"({"days_off": ["2026-03-02"], "valid_from": "2026-01-01", "valid_to": "2026-12-31"})"};
    const Source unit{"unit", R"({"extends": "own", "sessions": {"sat": [["07:00", "11:00"]]}})"};
    auto works = [&](std::string_view id, std::string_view day) {
        auto all = load();
        const CalendarVersion* found = all->find_pinned_calendar(id);
        return found && found->calendar->is_working_day(*parse_day(day));
    };
    EXPECT_EQ(import(Kind::calendar, {unit, base}).imported, 2) << "what is extended comes first";
    EXPECT_TRUE(works("unit@1", "2026-03-07"));
    EXPECT_FALSE(works("unit@1", "2026-03-02"));
    Source changed = base;
    changed.text.replace(changed.text.find("03-02"), 5, "03-03");
    EXPECT_EQ(import(Kind::calendar, {changed}).updated, 1);
    EXPECT_TRUE(works("unit@2", "2026-03-02")) << "the unit's calendar followed";
    EXPECT_FALSE(works("unit@2", "2026-03-03"));
    EXPECT_FALSE(works("unit@1", "2026-03-02")) << "and its first version is what it was";
    EXPECT_EQ(import(Kind::calendar, {unit, changed}).unchanged, 2);
    EXPECT_EQ(
        import(Kind::calendar, {{"lost", R"({"extends": "nowhere", "days_off": []})"}}).rejected.at(0).error.reason,
        "calendar.unknown");
    EXPECT_TRUE(check_notices(*database).empty());
}

constexpr std::string_view notice_text =
    R"({"document": {"number": "12/TB-BNV", "date": "2026-02-20", "issuer": "Bộ Nội vụ"},
        "days_off": {"2026-03-04": {"name": "Nghỉ hoán đổi", "kind": "swapped_off", "in_place_of": "2026-03-07"}},
        "makeup_workdays": [{"day": "2026-03-07", "in_place_of": "2026-03-04"}]})";

TEST_F(DefinitionsTest, ALateNoticeMakesNewVersionsOfTheCalendarAndOfThoseThatExtendIt) {
    import(Kind::calendar, shipped(Kind::calendar));
    auto announce = [&](std::string_view calendar, std::string_view text) {
        auto session = database->reader();
        return announce_notice(*session, ids, calendar, text, {clock.now(), "system", "", "test"});
    };
    auto first = announce("vietnam", notice_text);
    ASSERT_TRUE(first) << first.error().reason;
    ASSERT_EQ(first->made.size(), 2u);
    EXPECT_EQ(first->made[0].id, "vietnam@2");
    EXPECT_EQ(first->made[1].id, "saturday-morning@2");
    ASSERT_TRUE(first->write);
    ASSERT_TRUE(committer->commit(std::move(*first->write)));
    auto all = load();
    for (const char* name : {"vietnam", "saturday-morning"}) {
        const auto& calendar = *all->find_calendar(name)->calendar;
        EXPECT_FALSE(calendar.is_working_day(*parse_day("2026-03-04"))) << name;
        EXPECT_TRUE(calendar.is_working_day(*parse_day("2026-03-07"))) << name;
        EXPECT_EQ(calendar.describe(*parse_day("2026-03-04")).document->number, "12/TB-BNV");
    }
    auto session = database->reader();
    auto open = list_open_notices(*session);
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(document_text(open[0].notice.document), "12/TB-BNV, 20/02/2026");

    auto again = announce("vietnam", notice_text);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->write) << "known already";
    EXPECT_EQ(again->notice.id, open[0].id);
    auto report = import(Kind::calendar, shipped(Kind::calendar));
    EXPECT_EQ(report.unchanged, report.read) << "an import does not lose what was announced since";

    ASSERT_TRUE(committer->commit(applied_write_set(open[0], 3, {clock.now(), "system", "", "test"})));
    EXPECT_TRUE(list_open_notices(*database->reader()).empty());
    EXPECT_EQ(find_notice(*database->reader(), open[0].id)->moved, 3);
    EXPECT_TRUE(check_notices(*database).empty());
}

TEST_F(DefinitionsTest, ALateNoticeNamesItsDocumentAndItsDays) {
    auto reason = [&](std::string_view calendar, std::string_view text) {
        auto session = database->reader();
        auto answer = announce_notice(*session, ids, calendar, text, {clock.now(), "system", "", "test"});
        return answer ? std::string("accepted") : answer.error().reason;
    };
    EXPECT_EQ(reason("vietnam", "{"), "json.malformed");
    EXPECT_EQ(reason("vietnam", "[]"), "calendar.file_invalid");
    EXPECT_EQ(reason("moon", notice_text), "calendar.unknown");
    EXPECT_EQ(reason("vietnam", R"({"days_off": ["2026-03-04"]})"), "definitions.notice_number_missing");
    EXPECT_EQ(reason("vietnam", R"({"document": {"number": "1"}, "days_off": ["2026-03-04"]})"),
              "definitions.notice_date_missing");
    EXPECT_EQ(reason("vietnam", R"({"document": {"number": "1", "date": "2026-02-20"}})"), "definitions.notice_empty");
    EXPECT_EQ(reason("vietnam", R"({"document": {"number": "1", "date": "2026-02-30"}, "days_off": ["2026-03-04"]})"),
              "calendar.file_invalid");
}

TEST_F(DefinitionsTest, WhatShipsIsAccepted) {
    for (Kind kind : {Kind::process, Kind::form}) {
        auto report = import(kind, shipped(kind));
        for (const auto& rejected : report.rejected) {
            std::string detail = rejected.error.reason;
            for (const Param& param : rejected.error.params) detail += " " + param.name + "=" + param.value;
            for (const FieldError& field : rejected.error.fields) detail += " " + field.path + ":" + field.reason;
            ADD_FAILURE() << to_text(kind) << ' ' << detail;
        }
    }
}

}  // namespace
}  // namespace motcua::definitions
