// An installation moved to another database and back: nothing is lost, nothing changes, the doctor is content, the
// ledger's root is the same. To PostgreSQL where the test has one, else from SQLite to SQLite.
#include "app/move.hpp"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "app/application.hpp"
#include "app/checkup.hpp"
#include "app/import_command.hpp"
#include "app/move_command.hpp"
#include "app/simulate_command.hpp"
#include "app/test_verb.hpp"
#include "app/workspace.hpp"
#include "base/log.hpp"
#include "db/test_database.hpp"

namespace motcua::app {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

/// What the server makes of its log: checkpoint over all events, after the sequencer has come to the end.
std::string checkpoint_of(const fs::path& data) {
    const auto config = load_config("", "", {}, std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"}});
    auto app = *Application::open(config->values, data);
    app->start();
    EXPECT_TRUE(app->followers().drain());
    const auto checkpoint = app->log().checkpoint(*app->database().reader());
    app->stop();
    EXPECT_GT(checkpoint.size, 0u);
    return merkle::to_text(checkpoint);
}

void expect_sound(const fs::path& data) {
    auto workspace = Workspace::open(data, Access::look);
    ASSERT_TRUE(workspace) << workspace.error().reason;
    const Checkup checkup =
        check_up((*workspace)->database(), data, (*workspace)->clock().now(), documents::Depth::content);
    EXPECT_EQ(checkup.faults, 0) << checkup.first_fault;
    EXPECT_GE(checkup.dossiers, 30);
}

TEST(Move, ThereAndBackLosesNothing) {
    log::set_level(log::Level::off);
    const TestDirectory directory;
    const fs::path first = directory.path() / "first", second = directory.path() / "second",
                   third = directory.path() / "third";
    const auto filled = run(run_simulate, {"--data", first, "--dossiers", "30", "--days", "10", "--seed", "7"});
    ASSERT_EQ(filled.status, 0) << filled.err;
    const std::string checkpoint = checkpoint_of(first);

    ASSERT_EQ(run(run_export, {directory.path() / "out", "--data", first}).status, 0);
    EXPECT_EQ(run(run_export, {directory.path() / "out", "--data", first}).status, 1) << "nothing is overwritten";
    std::optional<db::TestSchema> schema;
    if (db::test_database_kind() == "postgres") {
        schema.emplace();
        ::setenv("MOTCUA_DATABASE_URL", schema->url().c_str(), 1);
    }
    const auto there = run(run_import, {"database", directory.path() / "out", "--data", second});
    ::unsetenv("MOTCUA_DATABASE_URL");
    ASSERT_EQ(there.status, 0) << there.err;
    EXPECT_EQ(fs::exists(second / "motcua.db"), !schema.has_value());
    const auto again = run(run_import, {"database", directory.path() / "out", "--data", second});
    EXPECT_NE(again.err.find("move.not_empty"), std::string::npos) << again.err;
    expect_sound(second);

    ASSERT_EQ(run(run_export, {directory.path() / "back", "--data", second}).status, 0);
    ASSERT_EQ(run(run_import, {"database", directory.path() / "back", "--data", third}).status, 0);
    expect_sound(third);
    ASSERT_EQ(run(run_export, {directory.path() / "same", "--data", third}).status, 0);
    EXPECT_TRUE(read(directory.path() / "out" / "rows.jsonl") == read(directory.path() / "same" / "rows.jsonl"))
        << "row for row, byte for byte";
    EXPECT_EQ(checkpoint_of(second), checkpoint);
    EXPECT_EQ(checkpoint_of(third), checkpoint);
}

TEST(Move, HalfAnExportIsRefused) {
    log::set_level(log::Level::off);
    const TestDirectory directory;
    const fs::path first = directory.path() / "first", out = directory.path() / "out";
    ASSERT_EQ(run(run_simulate, {"--data", first, "--dossiers", "3", "--days", "3", "--seed", "7"}).status, 0);
    ASSERT_EQ(run(run_export, {out, "--data", first}).status, 0);
    const std::string whole = read(out / "rows.jsonl");
    const auto import_of = [&](const std::string& text, const std::string& name) {
        std::ofstream(out / "rows.jsonl", std::ios::binary) << text;
        return run(run_import, {"database", out, "--data", directory.path() / name}).err;
    };
    EXPECT_NE(import_of("", "a").find("move.no_export"), std::string::npos);
    EXPECT_NE(import_of(whole.substr(0, whole.rfind("{\"rows\"")), "b").find("move.incomplete"), std::string::npos);
    EXPECT_NE(import_of(whole.substr(0, whole.size() / 2), "c").find("move.incomplete"), std::string::npos);
    std::string other = whole;
    other.replace(other.find("\"schema\":[1,"), 12, "\"schema\":[2,");
    EXPECT_NE(import_of(other, "d").find("move.schema_differs"), std::string::npos);
    // What was refused has left nothing behind.
    EXPECT_EQ(import_of(whole, "c"), "");
}

}  // namespace
}  // namespace motcua::app
