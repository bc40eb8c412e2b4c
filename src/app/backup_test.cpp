// Backups and restores: whole, checked, refused when they should be, and harmless when killed in the middle; migrations
// from the command line; the nightly job.
#include "app/backup.hpp"

#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/application.hpp"
#include "app/backup_command.hpp"
#include "app/backup_job.hpp"
#include "app/checkup.hpp"
#include "app/sealed_rows.hpp"
#include "app/simulate_command.hpp"
#include "app/test_verb.hpp"
#include "base/log.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "db/test_directory.hpp"
#include "documents/blob_store.hpp"
#include "identity/sealing.hpp"

namespace motcua::app {
namespace {

namespace fs = std::filesystem;

class BackupTest : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        made = std::make_unique<TestDirectory>();
        const auto filled = run(run_simulate, {"--data", source(), "--dossiers", "60", "--days", "10", "--seed", "5"});
        ASSERT_EQ(filled.status, 0) << filled.err;
        // A server's life: the transparency log and its key.
        const auto config = load_config("", "", {}, std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"}});
        auto app = *Application::open(config->values, source());
        app->start();
        ASSERT_TRUE(app->followers().drain());
        ASSERT_TRUE(app->log().record(app->database(), app->committer(), app->clock().now()));
        app->stop();
        const auto blobs = documents::open_blob_directory(fs::path(source()) / "blobs");
        for (int i = 0; i < 40; ++i) {
            const std::string content = std::string(20'000, 'x') + std::to_string(i);
            blobs->put(documents::hash_blob(content), content);
        }
    }
    static void TearDownTestSuite() { made.reset(); }
    static std::string source() { return made->path() / "data"; }

    std::string place(const std::string& name) const { return directory.path() / name; }
    static std::int64_t faults_of(const fs::path& data) {
        const auto database = db::open_sqlite(data / "motcua.db");
        give_field_keys(*database, data, KeyFiles::find);
        return check_up(*database, data, SystemClock().now(), documents::Depth::content).faults;
    }
    static std::int64_t count_blobs(const fs::path& data) {
        std::int64_t blobs = 0;
        documents::open_blob_directory(data / "blobs")->each([&](const auto&, std::int64_t, Instant) { ++blobs; });
        return blobs;
    }
    static std::string bytes_of(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void change_byte(const fs::path& path, std::streamoff at) {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(at);
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(at);
        file.put(byte);
    }
    /// Runs the program and kills it after a while; answers whether it had ended by itself.
    static bool run_and_kill(const std::vector<std::string>& words, std::chrono::microseconds after) {
        const pid_t child = ::fork();
        if (child == 0) {
            std::vector<char*> args{const_cast<char*>(MOTCUA_PROGRAM)};
            for (const std::string& word : words) args.push_back(const_cast<char*>(word.c_str()));
            args.push_back(nullptr);
            if (!::freopen("/dev/null", "w", stdout)) ::_exit(126);
            ::execv(MOTCUA_PROGRAM, args.data());
            ::_exit(127);
        }
        std::this_thread::sleep_for(after);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status);
    }

    static inline std::unique_ptr<TestDirectory> made;
    log::Capture quiet;
    TestDirectory directory;
};

TEST_F(BackupTest, WhatComesBackIsWhatWentIn) {
    SystemRandom random;
    ASSERT_TRUE(identity::load_sealing_key(identity::sealing_key_file(source()), random));
    const auto backed = run(run_backup, {place("backup"), "--data", source()});
    ASSERT_EQ(backed.status, 0) << backed.err;
    EXPECT_NE(backed.out.find(std::to_string(count_blobs(source())) + " blobs"), std::string::npos) << backed.out;
    EXPECT_EQ(fs::status(place("backup/log.key")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const auto restored = run(run_restore, {place("backup"), "--data", place("data")});
    ASSERT_EQ(restored.status, 0) << restored.err;
    EXPECT_EQ(faults_of(place("data")), 0);
    EXPECT_EQ(bytes_of(place("data/log.key")), bytes_of(source() + "/log.key"));
    EXPECT_EQ(bytes_of(place("data/identity.key")), bytes_of(source() + "/identity.key"));
    EXPECT_EQ(bytes_of(place("data/fields.key")), bytes_of(source() + "/fields.key"));
    EXPECT_EQ(bytes_of(place("data/fields.ring")), bytes_of(source() + "/fields.ring"));
    EXPECT_EQ(fs::status(place("data/identity.key")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_GE(count_blobs(source()), 40);
    EXPECT_EQ(count_blobs(place("data")), count_blobs(source()));

    EXPECT_NE(run(run_backup, {place("backup"), "--data", source()}).err.find("backup.exists"), std::string::npos);
    EXPECT_NE(run(run_restore, {place("backup"), "--data", place("data")}).err.find("backup.data_exists"),
              std::string::npos);
    EXPECT_NE(run(run_restore, {place("none"), "--data", place("new")}).err.find("backup.no_backup"),
              std::string::npos);
    EXPECT_NE(run(run_backup, {place("other"), "--data", place("none")}).err.find("app.no_data"), std::string::npos);
    EXPECT_EQ(run(run_backup, {place("other")}).status, 2);
}

TEST_F(BackupTest, AnAlteredBackupIsRefused) {
    ASSERT_TRUE(make_backup(source(), place("backup"), SystemClock().now()));
    change_byte(place("backup/motcua.db"), 5000);
    EXPECT_EQ(restore_backup(place("backup"), place("a")).error().reason, "backup.altered");
    EXPECT_FALSE(fs::exists(place("a/motcua.db")));
    change_byte(place("backup/motcua.db"), 5000);
    for (const auto& file : fs::recursive_directory_iterator(place("backup/blobs")))
        if (file.is_regular_file()) {
            fs::remove(file.path());
            break;
        }
    EXPECT_EQ(restore_backup(place("backup"), place("b")).error().reason, "backup.altered");
    EXPECT_EQ(drill(place("backup"), SystemClock().now()).error().reason, "backup.altered");
}

TEST_F(BackupTest, ADamagedSourceGivesNoBackup) {
    ASSERT_TRUE(make_backup(source(), place("backup"), SystemClock().now()));
    ASSERT_TRUE(restore_backup(place("backup"), place("data")));
    {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((place("data/motcua.db")).c_str(), &database), SQLITE_OK);
        ASSERT_EQ(
            sqlite3_exec(database, "DROP TRIGGER event_no_update; UPDATE event SET actor = 'x' WHERE position = 9",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
        sqlite3_close(database);
    }
    EXPECT_EQ(make_backup(place("data"), place("second"), SystemClock().now()).error().reason, "backup.not_sound");
    EXPECT_FALSE(fs::exists(place("second")));
}

TEST_F(BackupTest, ABackupKilledAnywhereIsNoBackupOrAWholeOne) {
    int unfinished = 0;
    for (int i = 0; i < 8; ++i) {
        const std::string target = place("backup" + std::to_string(i));
        run_and_kill({"backup", target, "--data", source()}, std::chrono::milliseconds{60 * i * i});
        if (!fs::exists(target)) {
            ++unfinished;
            continue;
        }
        ASSERT_TRUE(restore_backup(target, target + "-data"));
        EXPECT_EQ(faults_of(target + "-data"), 0);
    }
    EXPECT_GT(unfinished, 0);
    // The same target again, over what was left.
    ASSERT_TRUE(make_backup(source(), place("backup0"), SystemClock().now()));
}

TEST_F(BackupTest, ARestoreKilledAnywhereBeginsAgain) {
    ASSERT_TRUE(make_backup(source(), place("backup"), SystemClock().now()));
    int unfinished = 0;
    for (int i = 0; i < 8; ++i) {
        const std::string data = place("data" + std::to_string(i));
        run_and_kill({"restore", place("backup"), "--data", data}, std::chrono::milliseconds{40 * i * i});
        if (!fs::exists(data + "/motcua.db")) {
            ++unfinished;
            ASSERT_TRUE(restore_backup(place("backup"), data));
        }
        EXPECT_EQ(faults_of(data), 0);
    }
    EXPECT_GT(unfinished, 0);
}

TEST_F(BackupTest, MigrationsAreTriedOnACopy) {
    ASSERT_TRUE(make_backup(source(), place("backup"), SystemClock().now()));
    ASSERT_TRUE(restore_backup(place("backup"), place("data")));
    EXPECT_EQ(run(run_migrate, {"--data", place("data"), "--dry-run"}).out, "0 migrations would be applied\n");

    // A directory of an older program: without the last migrations.
    const auto all = db::embedded_migrations("sqlite");
    const fs::path old = place("old");
    fs::create_directories(old);
    {
        const auto database = db::open_sqlite(old / "motcua.db");
        ASSERT_TRUE(db::migrate(*database, std::span(all).first(all.size() - 2), Instant{}));
    }
    const auto dry = run(run_migrate, {"--data", old, "--dry-run"});
    EXPECT_EQ(dry.status, 0);
    EXPECT_NE(dry.out.find("2 migrations would be applied"), std::string::npos) << dry.out;
    EXPECT_NE(dry.out.find(all.back().name), std::string::npos);
    EXPECT_EQ(run(run_migrate, {"--data", old, "--dry-run"}).out.find("0 migrations"), std::string::npos);
    EXPECT_NE(run(run_migrate, {"--data", old}).out.find("2 migrations applied"), std::string::npos);
    EXPECT_EQ(run(run_migrate, {"--data", old}).out, "0 migrations applied\n");
    EXPECT_NE(run(run_migrate, {"--data", place("none")}).err.find("app.no_data"), std::string::npos);

    // Nothing tells it from one that was made today.
    const auto schema_of = [](const fs::path& file) {
        static constexpr db::Statement select{
            "test.schema", "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1"};
        const auto database = db::open_sqlite(file);
        return database->reader()->list(select, {}, [](const db::Row& row) { return std::string(row.text(0)); });
    };
    {
        const auto database = db::open_sqlite(directory.path() / "fresh.db");
        ASSERT_TRUE(db::migrate(*database, Instant{}));
    }
    EXPECT_EQ(schema_of(old / "motcua.db"), schema_of(directory.path() / "fresh.db"));

    // One of a newer program.
    {
        const auto database = db::open_sqlite(old / "motcua.db");
        auto newer = all;
        newer.push_back({9999, "later", "CREATE TABLE later (id INTEGER) STRICT"});
        ASSERT_TRUE(db::migrate(*database, newer, Instant{}));
    }
    EXPECT_NE(run(run_migrate, {"--data", old, "--dry-run"}).err.find("db.schema_newer"), std::string::npos);
}

TEST_F(BackupTest, TheNightlyJobMakesChecksAndPrunes) {
    Config config;
    config.backup_directory = place("backups");
    config.backup_keep = 2;
    metrics::Registry metrics;
    ManualClock clock(parse_iso("2026-11-20T01:00:00+07:00").value());
    BackupJob job(config, source(), clock, metrics);
    EXPECT_EQ(job.status(), "backup_drill none");
    for (int day = 0; day < 4; ++day) {
        job.run(clock.now());
        ASSERT_TRUE(job.last());
        EXPECT_TRUE(job.last()->good) << job.last()->what;
        job.run(clock.now());  // once a day
        clock.advance(std::chrono::hours{24});
    }
    EXPECT_EQ(job.last()->what, "60 dossiers");
    EXPECT_FALSE(fs::exists(daily_backup(place("backups"), local_day(clock.now()) - std::chrono::days{3})));
    EXPECT_EQ(find_last_backup(place("backups")), place("backups/motcua-2026-11-23"));
    EXPECT_FALSE(fs::exists(place("backups/drill")));
    EXPECT_NE(metrics.text().find("motcua_backup_drill_good 1"), std::string::npos);

    change_byte(place("backups/motcua-2026-11-23/motcua.db"), 9000);
    metrics::Registry fresh_metrics;
    BackupJob fresh(config, source(), clock, fresh_metrics);
    fresh.run(parse_iso("2026-11-23T05:00:00+07:00").value());
    EXPECT_FALSE(fresh.last()->good);
    EXPECT_NE(fresh.status().find("failed"), std::string::npos);
    EXPECT_NE(fresh.status().find("backup.altered"), std::string::npos);
}

}  // namespace
}  // namespace motcua::app
