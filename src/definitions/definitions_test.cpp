#include "definitions/definitions.hpp"

#include <gtest/gtest.h>

#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"

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
    std::unique_ptr<db::Database> database = db::open_sqlite(":memory:");
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
    EXPECT_EQ(load()->calendar("vietnam@0").id, "vietnam@1");
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
