// kill -9 while dossiers are filed over HTTP: every acknowledged dossier is there exactly once under its code, a
// request sent again with its key is answered alike, and the doctor finds nothing. The program itself, on real sockets,
// on SQLite and on PostgreSQL; there also two servers at once.
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/test_program.hpp"
#include "base/random.hpp"
#include "base/testing.hpp"

namespace motcua::app {
namespace {

constexpr std::uint64_t usual_rounds = 4;  // MOTCUA_CRASH_ROUNDS asks for more
constexpr int connections = 6;

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

/// A province of its own, whose server is killed `rounds` times.
void kill_a_province(int rounds, SeededRandom& random) {
    const TestDirectory directory;
    const std::string data = directory.path() / "data";
    const Rows rows;
    const std::string password = prepare_province(data);

    std::optional<Server> server(std::in_place, data);
    const json::object signed_in = sign_in(*server, password);
    const Filer filer(string_or(signed_in, "token"),
                      string_or(signed_in.at("units").as_array().at(0).as_object(), "code"));

    Filed all;
    std::set<std::string> codes;
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
            EXPECT_TRUE(code.empty() || same == code) << "the key " << key << " gave " << same << ", before " << code;
            EXPECT_TRUE(codes.insert(same).second) << same << " was given twice";
            auto shown = connection.send("GET", "/api/v1/dossiers/" + same, "", filer.authorization());
            ASSERT_TRUE(shown) << same;
            EXPECT_EQ(shown->status, 200) << shown->body;
        }
        all.insert(filed.begin(), filed.end());
    }
    EXPECT_EQ(server->program.end(SIGTERM), 0) << "it stops in order";
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

TEST(Crash, OverHttpNoAcknowledgedDossierIsLostOrDoubled) {
    const std::uint64_t seed = SystemRandom{}.u64();
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    // The doctor looks at every dossier after every kill: a new province now and then keeps that short.
    constexpr int rounds_a_province = 20;
    auto left = static_cast<int>(test::number_given("MOTCUA_CRASH_ROUNDS", usual_rounds));
    for (; left > 0 && !HasFatalFailure(); left -= rounds_a_province)
        kill_a_province(std::min(left, rounds_a_province), random);
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
        return test::soon([&] { return by_second >= from + more; });
    };
    EXPECT_TRUE(wait_for(20));
    EXPECT_TRUE(WIFSIGNALED(first.program.end(SIGKILL)));
    EXPECT_TRUE(wait_for(20));
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
