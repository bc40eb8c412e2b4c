// The audit trail on its own: records with their events, refusals that cannot flood it, patterns, and the catalogue
// compared with what the sources write.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "audit/alerts.hpp"
#include "audit/catalogue.hpp"
#include "audit/records.hpp"
#include "audit/refusals.hpp"
#include "base/clock.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "http/router.hpp"

namespace motcua::audit {
namespace {

class Audit : public testing::Test {
  protected:
    Audit() {
        EXPECT_TRUE(db::migrate(*database, clock.now()));
        committer = ledger::make_committer(*database);
    }
    ~Audit() override { committer->stop(); }
    ledger::Meta meta(std::string actor) const { return {clock.now(), std::move(actor), "", "test"}; }
    void record(const std::string& actor, NewRecord record) {
        ASSERT_TRUE(committer->commit(make_record(ids, record, meta(actor))));
    }
    std::vector<Record> all(std::string_view type = "") { return list_records(*database->reader(), type, 0, 1000); }

    ManualClock clock{parse_iso("2026-03-02T08:30:00+07:00").value()};
    SeededRandom random{1};
    IdMaker ids{clock, random};
    std::unique_ptr<db::Database> database = db::open_sqlite(":memory:");
    std::unique_ptr<ledger::Committer> committer;
};

TEST_F(Audit, ARecordIsARowAndAnEventAndWhatSomebodyWroteIsInTheRowAlone) {
    record("officer:0000000000007", {.type = "reason_stated",
                                     .dossier = DossierId{5},
                                     .data = {{"unit", "x"}},
                                     .private_text = "Bà Trần Thị Lan hỏi lại"});
    const auto rows = all();
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].dossier, DossierId{5});
    EXPECT_EQ(string_or(rows[0].detail, "reason"), "Bà Trần Thị Lan hỏi lại");
    const auto events = ledger::read_events(*database->reader(), 0, 10);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].position, rows[0].position);
    EXPECT_EQ(events[0].type, "reason_stated");
    EXPECT_EQ(json::serialize(events[0].data).find("Lan"), std::string::npos);
    EXPECT_TRUE(find_recent(*database->reader(), "officer:0000000000007", DossierId{5}, "reason_stated", clock.now()));
    EXPECT_FALSE(find_recent(*database->reader(), "officer:0000000000008", DossierId{5}, "reason_stated", Instant{}));
    EXPECT_FALSE(find_recent(*database->reader(), "officer:0000000000007", DossierId{5}, "reason_stated",
                             clock.now() + std::chrono::seconds{1}));
}

TEST_F(Audit, RefusalsAreGatheredSoThatTheyCannotFloodTheLedger) {
    http::Route route;
    route.path = "/api/v1/dossiers/{dossier}";
    route.param_names = {"dossier"};
    http::Exchange exchange;
    exchange.route = &route;
    exchange.request.principal = {.kind = http::PrincipalKind::officer, .id = 7};
    Refusals refusals(*committer, ids);
    const auto refuse = [&](Errc code) {
        exchange.now = clock.now();
        refusals.note(exchange, Error{code, "dossier.not_found"});
    };
    for (int i = 0; i < 1000; ++i) refuse(Errc::not_found);
    clock.advance(Refusals::pause);
    refuse(Errc::forbidden);
    refuse(Errc::unauthorized);  // says nothing about the account
    exchange.request.principal = {};
    refuse(Errc::forbidden);  // a visitor is no account
    committer->stop();
    const auto rows = all("access_refused");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1].count, 1);
    EXPECT_EQ(rows[0].count, 1000) << "those since the first, and this one";
    EXPECT_EQ(string_or(rows[0].detail, "route"), "GET /api/v1/dossiers/{dossier}");
}

TEST_F(Audit, PatternsAreRaisedOnceADay) {
    const Thresholds thresholds{.look_ups = 10, .off_hours_look_ups = 5, .refusals = 20};
    std::vector<std::string> raised;
    const auto pass = [&] {
        raised.clear();
        EXPECT_TRUE(raise_alerts(*database, *committer, ids, thresholds, clock.now(), [&](const Alert& alert) {
            raised.push_back(std::string(to_text(alert.pattern)) + " " + alert.about);
        }));
    };
    const std::string curious = "officer:0000000000007", quiet = "officer:0000000000008";
    for (int i = 0; i < 9; ++i) record(curious, {.type = "record_opened", .dossier = DossierId{i + 1}});
    record(quiet, {.type = "record_opened", .dossier = DossierId{1}});
    pass();
    EXPECT_TRUE(raised.empty());
    record(curious, {.type = "record_opened", .dossier = DossierId{100}});
    record(quiet, {.type = "access_refused", .count = 30});
    pass();
    EXPECT_EQ(raised, (std::vector<std::string>{"mass_look_ups " + curious, "refusals " + quiet}));
    pass();
    EXPECT_TRUE(raised.empty()) << "once a day";
    EXPECT_EQ(all("alert_raised").size(), 2u);

    clock.set(parse_iso("2026-03-02T23:00:00+07:00").value());
    for (int i = 0; i < 5; ++i) record(quiet, {.type = "record_opened", .dossier = DossierId{i + 1}});
    pass();
    EXPECT_EQ(raised, std::vector<std::string>{"off_hours " + quiet});
}

/// The types of events that the sources of a folder write: `{"signed_in", 1, …` or `.type = "record_opened"`.
std::set<std::string> types_in(const std::filesystem::path& folder) {
    std::set<std::string> types;
    const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".cpp") || name.ends_with("_test.cpp") || name == "catalogue.cpp") continue;
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        for (std::size_t at = 0; (at = text.find('"', at)) != std::string::npos; ++at) {
            std::size_t end = at + 1;
            while (end < text.size() && is_word(text[end])) ++end;
            const std::string word = text.substr(at + 1, end - at - 1);
            if (word.find('_') == std::string::npos || text[end] != '"') continue;
            const std::string_view before = std::string_view(text).substr(0, at);
            const std::string_view after = std::string_view(text).substr(end + 1, 4);
            const bool event = before.ends_with('{') && after == ", 1,";
            if (event || before.ends_with(".type = ")) types.insert(word);
        }
    }
    return types;
}

TEST(AuditCatalogue, HasEveryEventThatIsWritten) {
    std::set<std::string> written;
    const std::filesystem::path source = std::filesystem::path(MOTCUA_SOURCE_DIR) / "src";
    for (const char* folder : {"identity", "audit", "privacy"})
        for (const std::string& type : types_in(source / folder)) {
            written.insert(type);
            EXPECT_TRUE(find_event(type)) << type << " of src/" << folder
                                          << " is not in src/audit/catalogue.cpp: say what it means to an inspector";
        }
    EXPECT_GT(written.size(), 15u);
}

std::string document() {
    std::string text =
        "# Audit events\n\n"
        "Made from `src/audit/catalogue.cpp` (`MOTCUA_WRITE_DOCS=1 audit_test`). Each is an event of the ledger: with "
        "position, time,\nactor (`officer:<id>`, `person:<id>`, `system`, `visitor`), on whose behalf, and request id; "
        "it is a leaf of the public log\n([transparency.md](transparency.md)), so nobody can take it back. What "
        "happens "
        "to a dossier is its own history and exported with\nit. Refusals of one account are gathered for ten minutes, "
        "so that they cannot flood the ledger; failed sign-ins are recorded\nat the 1st, 2nd, 4th, 8th … beyond those "
        "that cost nothing.\n\n`motcua audit --data DIR --from DAY --to DAY [--format jsonl|csv]` or `GET "
        "/api/v1/audit/export` hands them to an inspector.\n\n"
        "| event | outcome | means | data |\n|---|---|---|---|\n";
    for (const EventInfo& event : event_catalogue())
        text += "| `" + std::string(event.type) + "` | " + std::string(to_text(event.outcome)) + " | " +
                std::string(event.en) + " (" + std::string(event.vi) + ") | " + std::string(event.data) + " |\n";
    return text;
}

TEST(AuditCatalogue, TheDocumentIsWhatTheDeclarationSays) {
    const std::string path = std::string(MOTCUA_SOURCE_DIR) + "/docs/audit-events.md", made = document();
    if (std::getenv("MOTCUA_WRITE_DOCS")) std::ofstream(path) << made;
    std::ifstream file(path);
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(kept == made) << "docs/audit-events.md is stale: run MOTCUA_WRITE_DOCS=1 audit_test";
}

}  // namespace
}  // namespace motcua::audit
