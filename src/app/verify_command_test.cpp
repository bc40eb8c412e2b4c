// The verifying verbs and routes on a running server: over HTTP, by a verifier that others wrote, and from the files.
#include "app/verify_command.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/application.hpp"
#include "app/simulate_command.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "db/test_directory.hpp"
#include "http/client.hpp"
#include "http/testing.hpp"

namespace motcua::app {
namespace {

namespace fs = std::filesystem;

class VerifyCommandTest : public ::testing::Test {
  protected:
    VerifyCommandTest() {
        witness = merkle::make_signing_key("witness.example/w1", merkle::KeyType::cosignature, random);
        config = load_config("", "", {},
                             std::vector<Override>{{"http.listen", "127.0.0.1:0", "--listen"},
                                                   {"log.witnesses", to_text(witness.verifier), "test"}})
                     ->values;
        app = *Application::open(config, data);
        app->start();
        append(300);
    }
    void append(int count) {
        for (int i = 0; i < count; ++i) {
            const auto committed = ledger::run_command(app->database(), app->committer(), [&](db::Session& session) {
                ledger::WriteSet set;
                set.kind = ledger::StreamKind::system;
                set.head = ledger::find_stream_head(session, set.kind, 0);
                set.meta = {app->clock().now(), "system", "", ""};
                set.events = {{"system_checked", 1, {{"number", i}}}};
                set.rows = {ledger::advance_stream_head(set.kind, 0, set.head, set.head.version + 1)};
                return Result<ledger::WriteSet>(std::move(set));
            });
            ASSERT_TRUE(committed);
        }
        ASSERT_TRUE(app->followers().drain());
    }
    std::string url() const { return app->address() + "/log"; }
    std::string get(const std::string& path) {
        auto body = fetcher.get(url() + path);
        EXPECT_TRUE(body) << body.error().reason;
        return body.value_or("");
    }
    fs::path keep(const std::string& name, const std::string& text) {
        const fs::path path = directory.path() / name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    struct Outcome {
        int status;
        json::object verdict;
    };
    Outcome verify(std::vector<std::string> words) {
        std::vector<std::string_view> args(words.begin(), words.end());
        std::istringstream in;
        std::ostringstream out, err;
        const int status = run_verify(args, in, out, err);
        const auto verdict = parse_json(out.str());
        return {status, verdict && verdict->is_object() ? verdict->get_object() : json::object{}};
    }

    log::Capture quiet;
    TestDirectory directory;
    fs::path data = directory.path() / "data";
    SystemRandom random;
    merkle::SigningKey witness;
    Config config;
    std::unique_ptr<Application> app;
    http::Fetcher fetcher;
};

TEST_F(VerifyCommandTest, ALiveLogIsCheckedOverHttpAndFromItsFiles) {
    const auto kept = keep("kept.txt", get("/checkpoint"));
    append(50);
    auto [status, verdict] = verify({"ledger", url(), kept.string()});
    EXPECT_EQ(status, 0) << json::serialize(verdict);
    EXPECT_EQ(verdict.at("events"), json::value(app->committer().last_position()));
    EXPECT_EQ(verdict.at("checkpoints"), json::value(2));
    EXPECT_EQ(verify({"ledger", data.string(), kept.string()}).status, 0);

    // A copy of the published files is as good.
    const fs::path mirror = directory.path() / "mirror";
    const std::string note = get("/checkpoint");
    const auto size = merkle::parse_checkpoint(merkle::parse_note(note)->text)->size;
    for (const merkle::TileName& name : merkle::list_tiles(size)) {
        const fs::path file = mirror / merkle::tile_path(name);
        fs::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << get('/' + merkle::tile_path(name));
    }
    std::ofstream(mirror / "checkpoint", std::ios::binary) << note;
    std::ofstream(mirror / "key", std::ios::binary) << get("/key");
    EXPECT_EQ(verify({"ledger", mirror.string(), kept.string()}).status, 0);
    fs::remove_all(mirror / "tile" / "entries");
    EXPECT_EQ(verify({"ledger", mirror.string()}).status, 1);

    // Another log's checkpoint does not fit.
    const auto foreign = merkle::make_signing_key(note.substr(0, note.find('\n')), merkle::KeyType::ed25519, random);
    EXPECT_EQ(verify({"ledger", url(), "--key", to_text(foreign.verifier)}).status, 1);
    EXPECT_EQ(verify({"ledger", "http://127.0.0.1:1"}).status, 1);
    EXPECT_EQ(verify({"ledger"}).status, 2);
    EXPECT_EQ(verify({"receipt", (directory.path() / "none").string()}).status, 1);
}

TEST_F(VerifyCommandTest, ACutLedgerIsNoticedAtTheNextStart) {
    append(10);
    ASSERT_TRUE(app->log().record(app->database(), app->committer(), app->clock().now()));
    const auto last = app->committer().last_position();
    const auto kept = keep("kept.txt", get("/checkpoint"));
    ASSERT_TRUE(app->committer().write("test.cut", [&](ledger::AdminTransaction& transaction) -> Result<void> {
        transaction.script(
            "DROP TRIGGER event_no_delete; DROP TRIGGER log_leaf_no_delete;"
            "DELETE FROM event WHERE position > " +
            std::to_string(last - 10) + ";DELETE FROM log_leaf WHERE position > " + std::to_string(last - 10));
        return {};
    }));
    app.reset();
    const auto [status, verdict] = verify({"ledger", data.string(), kept.string()});
    EXPECT_EQ(status, 1);
    EXPECT_EQ(verdict.at("first_false"), json::value(last - 9));
    app = *Application::open(config, data);
    EXPECT_NE(app->log_fork(), "");
}

TEST_F(VerifyCommandTest, WitnessesAreHeard) {
    merkle::Note note = merkle::parse_note(get("/checkpoint")).value();
    const std::string before = to_text(note);
    note.signatures = {merkle::sign(witness, note.text, 1'763'776'800)};
    http::testing::FixedAuthenticator visitor;
    http::testing::Client client(app->router(), visitor, app->clock(), app->ids(), app->random(), app->database(),
                                 app->committer());
    EXPECT_EQ(client.get("/log/checkpoint/witnessed").reason(), "transparency.no_witness");
    const std::vector<http::NameValue> plain{{"Content-Type", "text/plain"}};
    EXPECT_EQ(client.post("/log/cosignatures", before, plain).reason(), "transparency.witness_unknown");
    EXPECT_EQ(client.post("/log/cosignatures", "x", plain).reason(), "merkle.note_malformed");
    EXPECT_EQ(client.post("/log/cosignatures", to_text(note), plain).status, 204);
    append(3);
    const auto witnessed = merkle::parse_note(get("/checkpoint/witnessed")).value();
    EXPECT_TRUE(merkle::find_signature(witnessed, witness.verifier));
    EXPECT_TRUE(merkle::open_checkpoint(witnessed, app->log().key()));
    EXPECT_EQ(witnessed.text, note.text);
    EXPECT_EQ(merkle::parse_note(get("/checkpoint"))->signatures.size(), 1u);
}

TEST_F(VerifyCommandTest, FilesThatNeverChangeMayBeKept) {
    http::testing::FixedAuthenticator visitor;
    http::testing::Client client(app->router(), visitor, app->clock(), app->ids(), app->random(), app->database(),
                                 app->committer());
    EXPECT_NE(client.get("/log/tile/0/000").headers.get("cache-control").find("immutable"), std::string_view::npos);
    EXPECT_EQ(client.get("/log/tile/0/000").body.size(), 256u * 32);
    EXPECT_EQ(client.get("/log/tile/entries/000.p/3").status, 200);
    EXPECT_EQ(client.get("/log/checkpoint").headers.get("cache-control").find("immutable"), std::string_view::npos);
    for (const char* path : {"/log/tile/0/009", "/log/tile/0/0", "/log/tile/x", "/log/tile/0/000.p/256",
                             "/log/checkpoint/2020-01-01", "/log/checkpoint/never"})
        EXPECT_EQ(client.get(path).status, 404) << path;
    EXPECT_EQ(client.get("/log/consistency?from=5&to=3").status, 422);
    EXPECT_EQ(client.get("/log/consistency?from=0&to=3").status, 422);
    EXPECT_EQ(client.get("/log/consistency?from=5&to=99999").status, 404);
    EXPECT_EQ(client.get("/log/consistency?from=5&to=9").status, 200);
    const std::string lines = client.get("/log/entries?from=2&limit=2").body;
    EXPECT_TRUE(lines.starts_with("motcua/event/1 2 ")) << lines;
    EXPECT_EQ(client.post("/api/v1/track/receipt", R"({"code":"H33.12-1","digits":"1234"})").reason(),
              "dossier.not_found");
    EXPECT_EQ(client.get("/api/v1/dossiers/x/receipt").status, 401);
}

/// The program as a process that is killed without warning.
class Serving {
  public:
    explicit Serving(const std::string& data) {
        int ends[2];
        CHECK(::pipe(ends) == 0);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::close(ends[0]);
            const int nowhere = ::open("/dev/null", O_WRONLY);
            ::dup2(nowhere, STDERR_FILENO);
            ::execl(MOTCUA_PROGRAM, MOTCUA_PROGRAM, "serve", "--data", data.c_str(), "--listen", "127.0.0.1:0",
                    nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        std::FILE* said = ::fdopen(ends[0], "r");
        std::string line;
        for (int c = std::fgetc(said); c != EOF && c != '\n'; c = std::fgetc(said)) line += static_cast<char>(c);
        std::fclose(said);
        address_ = line.substr(line.rfind(' ') + 1);
    }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;
    ~Serving() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    const std::string& address() const { return address_; }

  private:
    pid_t child_ = 0;
    std::string address_;
};

TEST(LogCrash, ATreeThatWasSeenNeverShrinksOrForks) {
    const log::Capture quiet;
    const TestDirectory directory;
    const std::string data = directory.path() / "data";
    {
        // Thousands of events that no sequencer has seen.
        std::istringstream in;
        std::ostringstream out;
        ASSERT_EQ(run_simulate(
                      std::vector<std::string_view>{"--data", data, "--dossiers", "500", "--days", "20", "--seed", "8"},
                      in, out, out),
                  0)
            << out.str();
    }
    const fs::path kept = directory.path() / "kept";
    fs::create_directories(kept);
    std::uint64_t largest = 0;
    int seen = 0;
    for (int round = 0; round < 10; ++round) {
        {
            const Serving server(data);
            http::Fetcher fetcher;
            const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{25 * round};
            do {
                const auto note = fetcher.get(server.address() + "/log/checkpoint");
                if (!note) break;
                const auto size = merkle::parse_checkpoint(merkle::parse_note(*note)->text)->size;
                EXPECT_GE(size, largest);
                largest = size;
                std::ofstream(kept / (std::to_string(seen++) + ".txt"), std::ios::binary) << *note;
            } while (std::chrono::steady_clock::now() < end);
        }
        std::istringstream in;
        std::ostringstream out;
        EXPECT_EQ(run_verify(std::vector<std::string_view>{"ledger", data, kept.native()}, in, out, out), 0)
            << out.str();
    }
    EXPECT_GT(seen, 10);
    EXPECT_GT(largest, 0u);
}

TEST_F(VerifyCommandTest, AVerifierOfOthersAgrees) {
    if (!fs::exists("/usr/bin/go") || !fs::exists("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog"))
        GTEST_SKIP() << "golang or golang-golang-x-mod-dev is not installed";
    const auto kept = keep("kept.txt", get("/checkpoint"));
    append(250);
    const std::string command =
        "cd " + directory.path().string() +
        " && GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$PWD/cache GOFLAGS=-buildvcs=false timeout 240 go run " +
        MOTCUA_SOURCE_DIR "/tests/foreign/verify_log.go " + url() + ' ' + kept.string() + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    ASSERT_TRUE(pipe);
    std::string said;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
    const int status = ::pclose(pipe);
    EXPECT_EQ(WEXITSTATUS(status), 0) << said;
    EXPECT_EQ(said, std::to_string(app->committer().last_position()) + "\n");
}

}  // namespace
}  // namespace motcua::app
