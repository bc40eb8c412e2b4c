#include "app/operations.hpp"

#include <gtest/gtest.h>

#include "app/application.hpp"
#include "base/log.hpp"
#include "db/test_directory.hpp"
#include "http/testing.hpp"

namespace motcua::app {
namespace {

class OperationsTest : public testing::Test {
  protected:
    OperationsTest() {
        auto loaded = load_config("", "", {}, std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"}});
        config = loaded->values;
    }
    void open() {
        app.reset();
        auto opened = Application::open(config, directory.path() / "data");
        ASSERT_TRUE(opened) << opened.error().reason;
        app = std::move(*opened);
        client.emplace(app->router(), authenticator, app->clock(), app->ids(), app->random(), app->database(),
                       app->committer());
    }

    log::Capture quiet;
    TestDirectory directory;
    Config config;
    http::testing::FixedAuthenticator authenticator;
    std::unique_ptr<Application> app;
    std::optional<http::testing::Client> client;
};

TEST_F(OperationsTest, AnEmptyProgramIsAliveAndReady) {
    open();
    EXPECT_EQ(client->get("/healthz").body, "ok\n");
    EXPECT_EQ(client->get("/readyz").body, "ready\n");
    auto metrics = client->get("/metrics");
    EXPECT_EQ(metrics.status, 200);
    for (const char* name : {"motcua_commit_queue 0", "motcua_ledger_position 0", "process_resident_memory_bytes",
                             "motcua_commit_seconds_count"})
        EXPECT_NE(metrics.body.find(name), std::string::npos) << name;
}

TEST_F(OperationsTest, TheWholeApiIsDescribed) {
    open();
    auto document = client->get("/api/v1/openapi.json").object();
    EXPECT_EQ(http::testing::dangling_references(document), std::vector<std::string>{});
    EXPECT_EQ(http::testing::undocumented_routes(app->router(), document), std::vector<std::string>{});
}

TEST_F(OperationsTest, FiguresStayOnTheMachine) {
    open();
    EXPECT_EQ(client->get("/metrics", {{"X-Forwarded-For", "127.0.0.1"}}).reason(), "app.metrics_local");
    config.metrics_public = true;
    open();
    EXPECT_EQ(client->get("/metrics", {{"X-Forwarded-For", "203.0.113.9"}}).status, 200);
}

TEST_F(OperationsTest, SaysWhatIsNotReady) {
    config.free_bytes_min = INT64_MAX;
    open();
    auto answer = client->get("/readyz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("disk_free "), std::string::npos);
    app->stop();
    EXPECT_NE(client->get("/readyz").body.find("stopping"), std::string::npos);
    EXPECT_EQ(client->get("/healthz").status, 200);
}

TEST_F(OperationsTest, ADirectoryIsUsedOnce) {
    open();
    auto second = Application::open(config, directory.path() / "data");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "db.directory_locked");
}

TEST_F(OperationsTest, StartsAndStops) {
    open();
    app->start();
    EXPECT_TRUE(app->address().starts_with("http://127.0.0.1:"));
    EXPECT_FALSE(app->address().ends_with(":0"));
    app->stop();
    app.reset();
    open();
    app->start();
}

}  // namespace
}  // namespace motcua::app
