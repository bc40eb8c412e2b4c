// Personal data goes, the ledger stays sound and proofs made before stay good.
#include "transparency/erasure.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "app/application.hpp"
#include "app/backup.hpp"
#include "app/checkup.hpp"
#include "app/person_command.hpp"
#include "app/simulate_command.hpp"
#include "base/log.hpp"
#include "db/sqlite/sqlite.hpp"
#include "db/test_directory.hpp"
#include "documents/blob_store.hpp"
#include "dossier/rows.hpp"
#include "ledger/raw.hpp"
#include "transparency/receipt.hpp"
#include "transparency/verify.hpp"

namespace motcua::app {
namespace {

namespace fs = std::filesystem;

class ErasureTest : public ::testing::Test {
  protected:
    ErasureTest() {
        std::ostringstream out;
        std::istringstream in;
        EXPECT_EQ(run_simulate(
                      std::vector<std::string_view>{"--data", data, "--dossiers", "60", "--days", "20", "--seed", "3"},
                      in, out, out),
                  0)
            << out.str();
        open();
    }
    void open() {
        const auto config = load_config("", "", {}, std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"}});
        app = *Application::open(config->values, data);
        app->start();
        EXPECT_TRUE(app->followers().drain());
    }
    std::string run(std::vector<std::string_view> args) {
        std::ostringstream out;
        std::istringstream in;
        run_person(args, in, out, out);
        return out.str();
    }
    /// A dossier that is closed, with the position of its reception.
    std::pair<dossier::Dossier, std::int64_t> find_closed() {
        const auto session = app->database().reader();
        for (const DossierId id : dossier::list_ids(*session, DossierId{}, 100)) {
            const auto found = dossier::get_dossier(*session, id).value();
            if (!dossier::is_closed(found.status)) continue;
            for (const auto& event : ledger::read_stream(*session, ledger::StreamKind::dossier, id.value, found.head))
                if (event.type == "dossier_received") return {found, event.position};
        }
        ADD_FAILURE() << "nothing was returned";
        return {};
    }
    bool is_on_disk(const std::string& text) const {
        for (const char* name : {"motcua.db", "motcua.db-wal"}) {
            std::ifstream file(fs::path(data) / name, std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(file), {}};
            if (bytes.find(text) != std::string::npos) return true;
        }
        return false;
    }
    std::int64_t faults() {
        return check_up(app->database(), data, app->clock().now(), documents::Depth::content,
                        [](std::string_view part, const std::string& what) { ADD_FAILURE() << part << ": " << what; })
            .faults;
    }

    log::Capture quiet;
    TestDirectory directory;
    std::string data = directory.path() / "data";
    std::unique_ptr<Application> app;
};

TEST_F(ErasureTest, TheDataGoesAndTheProofsStay) {
    const auto [before, position] = find_closed();
    ASSERT_FALSE(before.applicant.id_number.empty());
    constexpr std::string_view shown[] = {"code"};
    const std::string receipt =
        json::serialize(transparency::make_receipt(app->log(), *app->database().reader(), position, shown).value());
    const auto note = [&] {
        const auto session = app->database().reader();
        return app->log().signed_note(*session, app->log().checkpoint(*session));
    };
    const transparency::KeptCheckpoint kept{"kept", note()};
    const auto blobs = documents::open_blob_directory(fs::path(data) / "blobs");
    const Instant now = app->clock().now();

    ASSERT_TRUE(transparency::erase_dossier(app->database(), app->committer(), *blobs, before.id, "test", now));
    ASSERT_TRUE(app->followers().drain());
    const auto after = dossier::get_dossier(*app->database().reader(), before.id).value();
    EXPECT_EQ(after.applicant, dossier::Party{});
    EXPECT_EQ(after.code, before.code);
    EXPECT_EQ(after.status, before.status);
    EXPECT_EQ(after.received, before.received);
    EXPECT_EQ(after.clock, before.clock);
    EXPECT_EQ(after.head.version, before.head.version + 1);

    EXPECT_EQ(faults(), 0);
    const auto verdict = transparency::verify_database(app->database(), app->log().key(), {kept, {"new", note()}});
    EXPECT_TRUE(verdict.sound());
    EXPECT_GT(verdict.erased, 0u);
    // The receipt of before, and one made now, with less to show.
    EXPECT_TRUE(transparency::check_receipt(receipt, app->log().key(), {}));
    EXPECT_TRUE(transparency::check_receipt(
        json::serialize(transparency::make_receipt(app->log(), *app->database().reader(), position, shown).value()),
        app->log().key(), {}));
    // Twice is as good as once; and a change of what remains is still found.
    ASSERT_TRUE(transparency::erase_dossier(app->database(), app->committer(), *blobs, before.id, "again", now));
    EXPECT_EQ(faults(), 0);
    ASSERT_TRUE(app->committer().write("test.forge", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        transaction.script(
            "DROP TRIGGER event_no_update; UPDATE event SET data = replace(data, '\"code\":\"', '\"code\":\"x') WHERE "
            "position = " +
            std::to_string(position));
        return {};
    }));
    EXPECT_EQ(transparency::verify_database(app->database(), app->log().key(), {}).first_false, position);
}

TEST_F(ErasureTest, NothingElseOfAnEventCanBeChanged) {
    const auto [before, position] = find_closed();
    const auto blobs = documents::open_blob_directory(fs::path(data) / "blobs");
    ASSERT_TRUE(
        transparency::erase_dossier(app->database(), app->committer(), *blobs, before.id, "test", app->clock().now()));
    for (const std::string change : {"actor = 'x'", "data = data || ' '", "at = at + 1"}) {
        const auto changed =
            app->committer().write("test.forge", [&](ledger::AdminTransaction& transaction) -> Result<void> {
                transaction.script("UPDATE event SET " + change + " WHERE position = " + std::to_string(position));
                return {};
            });
        EXPECT_FALSE(changed) << change;
    }
    // An open dossier is not erased.
    const auto session = app->database().reader();
    for (const DossierId id : dossier::list_ids(*session, DossierId{}, 100)) {
        if (dossier::is_closed(dossier::get_dossier(*session, id)->status)) continue;
        EXPECT_EQ(transparency::erase_dossier(app->database(), app->committer(), *blobs, id, "x", app->clock().now())
                      .error()
                      .reason,
                  "erasure.dossier_open");
        break;
    }
}

TEST_F(ErasureTest, ByRuleFromTheCommandLine) {
    const auto [before, position] = find_closed();
    const std::string id_number = before.applicant.id_number;
    ASSERT_FALSE(before.applicant.sealed.empty());
    EXPECT_FALSE(is_on_disk(id_number));
    app.reset();
    const auto exported = parse_json(run({"export", id_number, "--data", data}))->as_object();
    ASSERT_GE(exported.at("dossiers").as_array().size(), 1u);
    EXPECT_EQ(exported.at("dossiers").as_array()[0].at("code"), json::value(before.code));
    EXPECT_TRUE(is_on_disk(before.applicant.sealed));

    const std::string dry =
        run({"erase", "--data", data, "--closed-before", "2100-01-01", "--rule", "test", "--dry-run"});
    EXPECT_NE(dry.find("would be erased"), std::string::npos) << dry;
    EXPECT_TRUE(is_on_disk(before.applicant.sealed));
    EXPECT_EQ(run({"erase", "--data", data, "--closed-before", "1990-01-01", "--rule", "test"}),
              "0 dossiers erased, 0 not\n");
    const std::string done = run({"erase", "--data", data, "--closed-before", "2100-01-01", "--rule", "test"});
    EXPECT_NE(done.find(" dossiers erased, 0 not"), std::string::npos) << done;
    EXPECT_FALSE(is_on_disk(before.applicant.sealed)) << "nobody shall open it with a stolen key";
    EXPECT_TRUE(parse_json(run({"export", id_number, "--data", data}))->as_object().at("dossiers").as_array().empty());
    EXPECT_EQ(run({"erase", "--data", data, "--closed-before", "2100-01-01", "--rule", "test"}),
              "0 dossiers erased, 0 not\n");
    open();
    EXPECT_EQ(faults(), 0);
    // A backup of it is sound too.
    EXPECT_TRUE(make_backup(data, directory.path() / "backup", app->clock().now()));
}

}  // namespace
}  // namespace motcua::app
