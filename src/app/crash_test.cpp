// kill -9 while dossiers are filed over HTTP: every acknowledged dossier is there exactly once under its code, a
// request sent again with its key is answered alike, and the doctor finds nothing. The program itself, on real sockets,
// on SQLite and on PostgreSQL; there also two servers at once.
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/testing.hpp"
#include "db/test_database.hpp"

extern char** environ;

namespace motcua::app {
namespace {

constexpr std::uint64_t usual_rounds = 4;  // MOTCUA_CRASH_ROUNDS asks for more
constexpr int connections = 6;

/// A run of the program, with what it prints.
class Program {
  public:
    explicit Program(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), MOTCUA_PROGRAM);
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        std::array<int, 2> ends{};
        CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        CHECK(::posix_spawn(&child_, MOTCUA_PROGRAM, &actions, nullptr, pointers.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        output_ = ends[0];
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (child_ > 0) end(SIGKILL);
        ::close(output_);
    }

    /// What it has printed once `mark` is there, or all of it when it has ended.
    std::string read_until(std::string_view mark) {
        std::array<char, 4096> buffer{};
        while (mark.empty() || text_.find(mark) == std::string::npos) {
            const ssize_t size = ::read(output_, buffer.data(), buffer.size());
            if (size <= 0) break;
            text_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return text_;
    }
    /// Sends the signal and waits; the status of waitpid.
    int end(int signal) {
        ::kill(child_, signal);
        return wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = 0;
        return status;
    }

  private:
    pid_t child_ = 0;
    int output_ = -1;
    std::string text_;
};

struct Answer {
    int status = 0;
    std::string body;
    json::object object() const {
        auto value = parse_json(body);
        return value && value->is_object() ? value->get_object() : json::object{};
    }
};

/// One connection, kept alive; blocking. Everything answers nullopt once the server is gone.
class Connection {
  public:
    explicit Connection(int port) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // The socket interface of POSIX takes every kind of address by this cast.
        open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(socket_); }

    std::optional<Answer> send(std::string_view method, std::string_view path, std::string_view body,
                               std::string_view headers = {}) {
        const std::string request = fmt::format(
            "{} {} HTTP/1.1\r\nHost: motcua.test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
            method, path, body.size(), headers, body);
        for (std::size_t sent = 0; open_ && sent < request.size();) {
            const ssize_t size = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) open_ = false;
            sent += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
        }
        return open_ ? receive() : std::nullopt;
    }

  private:
    std::optional<Answer> receive() {
        std::string text;
        std::array<char, 16384> buffer{};
        std::size_t head = std::string::npos, whole = std::string::npos;
        while (text.size() < whole) {
            const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
            if (size <= 0) {
                open_ = false;
                return std::nullopt;
            }
            text.append(buffer.data(), static_cast<std::size_t>(size));
            if (head != std::string::npos) continue;
            head = text.find("\r\n\r\n");
            if (head == std::string::npos) continue;
            constexpr std::string_view length = "\r\nContent-Length: ";
            const std::size_t at = text.find(length);
            CHECK(at < head, "an answer without a length: {}", text);
            whole = head + 4 + std::stoul(text.substr(at + length.size()));
        }
        return Answer{std::stoi(text.substr(9, 3)), text.substr(head + 4)};
    }

    int socket_ = -1;
    bool open_ = false;
};

/// The server on a free port.
struct Server {
    explicit Server(const std::string& data)
        : program({"serve", "--data", without_limits(data), "--listen", "127.0.0.1:0"}) {
        constexpr std::string_view mark = "http://127.0.0.1:";
        const std::string line = program.read_until("\n");
        const std::size_t at = line.find(mark);
        CHECK(at != std::string::npos, "the server did not start: {}", line);
        port = std::stoi(line.substr(at + mark.size()));
    }
    /// One account files here as fast as it can, and from far more than one desk.
    static const std::string& without_limits(const std::string& data) {
        for (const char* name : {"MOTCUA_LIMITS_ACCOUNT_READS", "MOTCUA_LIMITS_ACCOUNT_WRITES"}) ::setenv(name, "0", 1);
        return data;
    }
    Program program;
    int port = 0;
};

/// Programs find their rows where the test's kind of database is.
class Rows {
  public:
    Rows() {
        if (db::test_database_kind() != "postgres") return;
        schema_.emplace();
        ::setenv("MOTCUA_DATABASE_URL", schema_->url().c_str(), 1);
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { ::unsetenv("MOTCUA_DATABASE_URL"); }

  private:
    std::optional<db::TestSchema> schema_;
};

/// A demo province without dossiers; the password of its accounts.
std::string prepare_province(const std::string& data) {
    Program prepare({"demo", "--prepare", "--empty", "--data", data});
    const std::string said = prepare.read_until("");
    EXPECT_EQ(prepare.wait(), 0) << said;
    constexpr std::string_view mark = "password of all: ";
    const std::size_t at = said.find(mark) + mark.size();
    return said.substr(at, said.find('\n', at) - at);
}

json::object sign_in(Server& server, const std::string& password) {
    auto session = Connection(server.port)
                       .send("POST", "/api/v1/session",
                             json::serialize(json::object{
                                 {"user_name", "dongyen.tiepnhan"}, {"password", password}, {"bearer", true}}));
    EXPECT_TRUE(session && session->status == 200) << (session ? session->body : "no answer");
    return session ? session->object() : json::object{};
}

/// What was sent under each key, and the code that was acknowledged for it; empty while nobody knows.
using Filed = std::map<std::string, std::string>;

class Filer {
  public:
    Filer(std::string token, std::string_view unit) : token_(std::move(token)) {
        body_ = json::serialize(json::object{
            {"procedure", "2.000908"},
            {"channel", "counter"},
            {"receive_at", unit},
            {"applicant", {{"name", "Người nộp thử"}, {"id_number", "091187000123"}, {"phone", "0912345678"}}}});
    }
    std::string authorization() const { return "Authorization: Bearer " + token_ + "\r\n"; }
    std::optional<Answer> file(Connection& connection, const std::string& key) const {
        return connection.send("POST", "/api/v1/dossiers", body_, authorization() + "Idempotency-Key: " + key + "\r\n");
    }

  private:
    std::string token_, body_;
};

/// Files from several connections until the server is killed, `moment` after the first acknowledgement.
Filed file_and_kill(Server& server, const Filer& filer, int round, std::chrono::milliseconds moment) {
    Filed filed;
    std::mutex mutex;
    std::condition_variable acknowledged;
    bool first = false;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < connections; ++thread)
        threads.emplace_back([&, thread] {
            Connection connection(server.port);
            for (int i = 0;; ++i) {
                const std::string key = fmt::format("{}-{}-{}", round, thread, i);
                {
                    std::lock_guard lock(mutex);
                    filed[key];
                }
                auto answer = filer.file(connection, key);
                if (!answer) return;
                std::lock_guard lock(mutex);
                EXPECT_EQ(answer->status, 201) << answer->body;
                filed[key] = string_or(answer->object(), "code");
                first = true;
                acknowledged.notify_one();
            }
        });
    {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(acknowledged.wait_for(lock, std::chrono::seconds{10}, [&] { return first; }));
    }
    std::this_thread::sleep_for(moment);  // the kill is to come at a random moment
    EXPECT_TRUE(WIFSIGNALED(server.program.end(SIGKILL)));
    for (std::thread& thread : threads) thread.join();
    return filed;
}

TEST(Crash, OverHttpNoAcknowledgedDossierIsLostOrDoubled) {
    const TestDirectory directory;
    const std::string data = directory.path() / "data";
    const std::uint64_t seed = SystemRandom{}.u64();
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    const Rows rows;
    const std::string password = prepare_province(data);

    std::optional<Server> server(std::in_place, data);
    const json::object signed_in = sign_in(*server, password);
    const Filer filer(string_or(signed_in, "token"),
                      string_or(signed_in.at("units").as_array().at(0).as_object(), "code"));

    Filed all;
    std::set<std::string> codes;
    std::size_t in_doubt = 0;
    const auto rounds = static_cast<int>(test::number_given("MOTCUA_CRASH_ROUNDS", usual_rounds));
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE(testing::Message() << "round " << round);
        const Filed filed = file_and_kill(*server, filer, round, std::chrono::milliseconds{20 + random.u64() % 500});
        Program doctor({"doctor", "--data", data});
        const std::string found = doctor.read_until("");
        ASSERT_EQ(doctor.wait(), 0) << found;
        server.emplace(data);
        Connection connection(server->port);
        for (const auto& [key, code] : filed) {
            auto again = filer.file(connection, key);
            ASSERT_TRUE(again && again->status == 201) << (again ? again->body : "no answer");
            const std::string same = string_or(again->object(), "code");
            if (code.empty())
                ++in_doubt;
            else
                EXPECT_EQ(same, code) << "the key " << key << " gave another dossier";
            EXPECT_TRUE(codes.insert(same).second) << same << " was given twice";
            auto shown = connection.send("GET", "/api/v1/dossiers/" + same, "", filer.authorization());
            ASSERT_TRUE(shown) << same;
            EXPECT_EQ(shown->status, 200) << shown->body;
        }
        all.insert(filed.begin(), filed.end());
    }
    EXPECT_EQ(server->program.end(SIGTERM), 0) << "it stops in order";
    RecordProperty("dossiers", std::to_string(all.size()));
    RecordProperty("in_doubt", std::to_string(in_doubt));
    EXPECT_GT(all.size(), static_cast<std::size_t>(rounds) * connections);

    Program doctor({"doctor", "--data", data});
    const std::string found = doctor.read_until("");
    EXPECT_EQ(doctor.wait(), 0) << found;
    EXPECT_EQ(std::filesystem::exists(data + "/motcua.db"), db::test_database_kind() != "postgres");
    Program report(
        {"report", "quarter", "--data", data, "--unit", "H01", "--from", "2019-01-01", "--to", "2099-12-31"});
    EXPECT_NE(report.read_until("").find(fmt::format(R"("received":{{"total":{},)", all.size())), std::string::npos)
        << "one dossier a key";
    EXPECT_EQ(report.wait(), 0);
}

TEST(TwoServers, ShareOneDatabaseAndOneSurvivesTheOther) {
    if (db::test_database_kind() != "postgres") GTEST_SKIP() << "SQLite has one server";
    const TestDirectory directory;
    const std::string data = directory.path() / "data";
    const Rows rows;
    const std::string password = prepare_province(data);
    Server first(data), second(data);
    const json::object signed_in = sign_in(first, password);
    const Filer filer(string_or(signed_in, "token"),
                      string_or(signed_in.at("units").as_array().at(0).as_object(), "code"));

    Filed filed;
    std::set<std::string> codes;
    std::mutex mutex;
    std::atomic<bool> stop{false};
    std::atomic<int> by_second{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < connections; ++thread)
        threads.emplace_back([&, thread] {
            // The session opened on the first counts on the second.
            const bool on_first = thread % 2 == 0;
            Connection connection(on_first ? first.port : second.port);
            for (int i = 0; !stop; ++i) {
                const std::string key = fmt::format("{}-{}", thread, i);
                {
                    const std::lock_guard lock(mutex);
                    filed[key];
                }
                auto answer = filer.file(connection, key);
                // Two servers give out the serials of one office and day: who is too late too often is asked to try
                // again.
                for (int again = 0; again < 20 && answer && answer->status == 409; ++again) {
                    EXPECT_EQ(string_or(answer->object(), "reason"), "request.too_much_contention");
                    answer = filer.file(connection, key);
                }
                if (!answer) return;
                const std::lock_guard lock(mutex);
                EXPECT_EQ(answer->status, 201) << answer->body;
                filed[key] = string_or(answer->object(), "code");
                EXPECT_TRUE(codes.insert(filed[key]).second) << filed[key] << " was given twice";
                if (!on_first) ++by_second;
            }
        });
    const auto wait_for = [&](int more) {
        const int from = by_second;
        for (int i = 0; i < 3000 && by_second < from + more; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
    };
    wait_for(20);
    EXPECT_TRUE(WIFSIGNALED(first.program.end(SIGKILL)));
    wait_for(20);
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_GE(by_second, 40);

    // What the first did not get to answer is answered by the second, under the same key.
    Connection connection(second.port);
    for (const auto& [key, code] : filed) {
        auto again = filer.file(connection, key);
        ASSERT_TRUE(again && again->status == 201) << (again ? again->body : "no answer");
        EXPECT_TRUE(code.empty() || code == string_or(again->object(), "code")) << key;
    }
    const auto ready = connection.send("GET", "/readyz", "");
    EXPECT_TRUE(ready && ready->status == 200);
    EXPECT_EQ(second.program.end(SIGTERM), 0);
    Program doctor({"doctor", "--data", data});
    const std::string found = doctor.read_until("");
    EXPECT_EQ(doctor.wait(), 0) << found;
    EXPECT_NE(found.find(fmt::format("checked {} dossiers", filed.size())), std::string::npos) << found;
}

}  // namespace
}  // namespace motcua::app
