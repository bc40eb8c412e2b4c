#include "http/static_files.hpp"

#include <gtest/gtest.h>

#include "http/test_app.hpp"

namespace motcua::http {
namespace {

constexpr resources::Resource shipped[] = {
    {"web/assets/home.3f9a1c2b.js", "plain script"}, {"web/assets/home.3f9a1c2b.js.br", "brotli"},
    {"web/assets/home.3f9a1c2b.js.gz", "gzip"},      {"web/assets/logo.svg", "<svg/>"},
    {"web/shells/home.vi.html", "<html>"},           {"web/sw.js", "worker"},
    {"web/orphan.js.br", "without its original"},
};

class StaticFilesTest : public ::testing::Test {
  protected:
    StaticFilesTest() {
        register_static_files(app.router, shipped);
        client.emplace(app.router, app.authenticator, app.clock, app.ids, app.random, *app.database, *app.committer);
    }
    TestApp app;
    std::optional<testing::Client> client;
};

TEST_F(StaticFilesTest, GivesTheBestCoding) {
    auto get = [&](std::string_view accepted) {
        return client->get("/assets/home.3f9a1c2b.js", {{"Accept-Encoding", std::string(accepted)}});
    };
    EXPECT_EQ(get("").body, "plain script");
    EXPECT_EQ(get("gzip").body, "gzip");
    auto best = get("gzip, br");
    EXPECT_EQ(best.body, "brotli");
    EXPECT_EQ(best.headers.get("content-encoding"), "br");
    EXPECT_EQ(best.headers.get("content-type"), "text/javascript; charset=utf-8");
    EXPECT_EQ(best.headers.get("vary"), "Accept-Encoding");
    EXPECT_EQ(best.headers.get("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_NE(best.headers.get("etag"), get("").headers.get("etag"));
}

TEST_F(StaticFilesTest, IsAskedAgainOnlyWhereTheNameCanChangeItsContent) {
    auto logo = client->get("/assets/logo.svg");
    EXPECT_EQ(logo.headers.get("cache-control"), "public, no-cache");
    auto again = client->get("/assets/logo.svg", {{"If-None-Match", std::string(logo.headers.get("etag"))}});
    EXPECT_EQ(again.status, 304);
    EXPECT_TRUE(again.body.empty());
    EXPECT_EQ(client->get("/sw.js").body, "worker");
}

TEST_F(StaticFilesTest, HasNothingElse) {
    for (const char* path :
         {"/assets/none.js", "/assets/home.3f9a1c2b.js.br", "/assets/shells/home.vi.html", "/shells/home.vi.html",
          "/assets/../sw.js", "/assets/%2e%2e/sw.js", "/orphan.js", "/assets/"})
        EXPECT_GE(client->get(path).status, 400) << path;
}

TEST(StaticFiles, KnowTypesAndHashes) {
    EXPECT_EQ(media_type_of("a/b.min.JS"), "text/javascript; charset=utf-8");
    EXPECT_EQ(media_type_of("a.b/c"), "application/octet-stream");
    EXPECT_TRUE(has_content_hash("app.3f9a1c2b.js"));
    EXPECT_TRUE(has_content_hash("assets/home-Bx3k9_aQ.js"));
    EXPECT_FALSE(has_content_hash("be-vietnam-pro-vietnamese.woff2"));
    EXPECT_FALSE(has_content_hash("sw.js"));
    EXPECT_FALSE(has_content_hash("noending"));
}

}  // namespace
}  // namespace motcua::http
