#include "app/config.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "app/database_place.hpp"
#include "app/options.hpp"
#include "app/serve_command.hpp"
#include "db/test_directory.hpp"
#include "resources/messages.hpp"

namespace motcua::app {
namespace {

using Lines = std::vector<std::string_view>;

Result<LoadedConfig> load(std::string_view file, const Lines& environment = {},
                          const std::vector<Override>& overrides = {}) {
    return load_config(file, "motcua.conf", environment, overrides);
}

TEST(Config, DefaultsAreValid) {
    auto loaded = load("");
    ASSERT_TRUE(loaded) << loaded.error().reason;
    EXPECT_EQ(loaded->values.listen, "127.0.0.1:8080");
    EXPECT_EQ(loaded->values.buffered_body_bytes_max, 512 << 20);
    EXPECT_EQ(loaded->values.stall_time, std::chrono::seconds(30));
    EXPECT_EQ(loaded->sources.size(), settings().size());
}

TEST(Config, EveryRowIsCompleteAndOfItsOwnMember) {
    std::set<std::string_view> keys;
    for (const Setting& setting : settings()) {
        EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
        EXPECT_EQ(std::count(setting.key.begin(), setting.key.end(), '.'), 1) << setting.key;
        EXPECT_TRUE(setting.sentence.ends_with('.')) << setting.key;
        EXPECT_FALSE(setting.constraint.empty()) << setting.key;
        for (const Setting& other : settings())
            EXPECT_TRUE(&other == &setting || other.target != setting.target) << setting.key;
    }
}

TEST(Config, LaterSourcesWin) {
    auto loaded = load(
        "# a comment\n[http]\nlisten = \"0.0.0.0:80\"  # all\nheader_time=2m\r\ntrusted_proxies = 10.0.0.1 , 10.0.0.2\n"
        "[log]\naccess = false\n[database]\nreader_cache = 1 MiB # small",
        {"MOTCUA_HTTP_LISTEN=0.0.0.0:81", "MOTCUA_LOG_LEVEL=warn", "PATH=/bin", "MOTCUA_LISTEN=x"},
        {{"http.listen", "127.0.0.1:0", "--listen"}});
    ASSERT_TRUE(loaded) << loaded.error().reason;
    EXPECT_EQ(loaded->values.listen, "127.0.0.1:0");
    EXPECT_EQ(loaded->values.header_time, std::chrono::minutes(2));
    EXPECT_EQ(loaded->values.trusted_proxies, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
    EXPECT_FALSE(loaded->values.access_log);
    EXPECT_EQ(loaded->values.reader_cache_bytes, 1 << 20);
    EXPECT_EQ(loaded->values.log_level, "warn");
    EXPECT_EQ(loaded->sources.find("http.listen")->second.from, "--listen");
    EXPECT_EQ(loaded->sources.find("log.level")->second.from, "MOTCUA_LOG_LEVEL");
    EXPECT_EQ(loaded->sources.find("http.header_time")->second.from, "motcua.conf:4");
}

TEST(Config, RefusesWithPlaceAndHint) {
    auto refused = load("[http]\n\nlistn = 1").error();
    EXPECT_EQ(refused.reason, "config.unknown_key");
    EXPECT_EQ(resources::message(Lang::en, refused),
              "motcua.conf:3: there is no setting “http.listn”. Did you mean “http.listen”? See all with “motcua "
              "config --explain”.");
    EXPECT_EQ(load("", {"MOTCUA_HTTP_LISTN=1"}).error().params[2].value, "MOTCUA_HTTP_LISTEN");
    EXPECT_EQ(load("http.listen = a:1\n[http]\nlisten = a:2").error().reason, "config.repeated_key");
    for (const char* bad : {"nonsense", "= 1", "a = \"x", "a = \"x\" y"})
        EXPECT_EQ(load(bad).error().reason, "config.bad_line") << bad;
    for (const char* bad :
         {"http.listen = 8080", "http.listen = :80", "http.listen = a:99999", "http.io_threads = -1",
          "http.io_threads = 65", "http.io_threads = 1x", "http.stall_time = 5", "http.stall_time = 1ms",
          "http.stall_time = 9999999999999999999s", "http.buffered_body_bytes_max = 5MB",
          "http.buffered_body_bytes_max = 9223372036854775807GiB", "log.access = yes", "log.level = loud",
          "http.public_url = ftp://x", "http.public_url = https://x/path"})
        EXPECT_EQ(load(bad).error().reason, "config.bad_value") << bad;
    EXPECT_EQ(load_config_file("/nonexistent/motcua.conf", {}).error().reason, "config.file_unreadable");
}

TEST(Config, APasswordIsNeverShown) {
    const auto loaded = load("database.url = postgresql://motcua:geheim@db.example/motcua");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->values.database_url, "postgresql://motcua:geheim@db.example/motcua");
    std::ostringstream out;
    explain(*loaded, out);
    EXPECT_NE(out.str().find("database.url = postgresql://motcua:***@db.example/motcua"), std::string::npos);
    EXPECT_EQ(out.str().find("geheim"), std::string::npos);
    EXPECT_EQ(load("database.url = mysql://x").error().reason, "config.bad_value");
}

TEST(DatabasePlace, IsRememberedWithoutItsPassword) {
    const TestDirectory directory;
    EXPECT_EQ(find_database_url(directory.path()).value(), "");
    const std::string url = "postgresql://motcua:geheim@db.example/motcua";
    EXPECT_EQ(find_database_url(directory.path(), url).value(), url);
    remember_database_url(directory.path(), url);
    EXPECT_EQ(find_database_url(directory.path()).value(), "postgresql://motcua@db.example/motcua");
    EXPECT_EQ(check_rows_in_directory(directory.path(), "backup").error().reason, "app.not_for_postgres");
    std::ofstream(directory.path() / "motcua.db") << "rows";
    EXPECT_EQ(find_database_url(directory.path(), url).error().reason, "app.data_in_sqlite");
}

TEST(Config, ExplainsEverySetting) {
    std::ostringstream out, err;
    std::istringstream in;
    std::vector<std::string_view> args{"--explain"};
    ASSERT_EQ(run_config(args, in, out, err), 0) << err.str();
    for (const Setting& setting : settings()) {
        EXPECT_NE(out.str().find(std::string(setting.key) + " = "), std::string::npos);
        EXPECT_NE(out.str().find(setting.sentence), std::string::npos) << setting.key;
    }
    args = {"--explian"};
    EXPECT_EQ(run_config(args, in, out, err), 2);
    EXPECT_NE(err.str().find("options.unknown"), std::string::npos);
}

TEST(Options, AreReadStrictly) {
    std::vector<std::string_view> args{"--data", "d", "file", "--listen=x:1", "--json"};
    auto options = parse_options(args, {"data", "listen"}, {"json"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->find("data"), "d");
    EXPECT_EQ(options->find("listen"), "x:1");
    EXPECT_TRUE(options->has("json"));
    EXPECT_EQ(options->arguments, std::vector<std::string>{"file"});
    auto reason = [](std::vector<std::string_view> bad) {
        return parse_options(bad, {"data"}, {"json"}).error().reason;
    };
    EXPECT_EQ(reason({"--dat", "x"}), "options.unknown");
    EXPECT_EQ(reason({"--data"}), "options.value_missing");
    EXPECT_EQ(reason({"--data", "x", "--data", "y"}), "options.repeated");
    EXPECT_EQ(reason({"--json=1"}), "options.unknown");
}

}  // namespace
}  // namespace motcua::app
