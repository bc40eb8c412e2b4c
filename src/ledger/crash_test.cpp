// kill -9 while several threads commit and followers run: every acknowledged change is there exactly once.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.hpp"
#include "base/testing.hpp"
#include "db/data_directory.hpp"
#include "db/sqlite/sqlite.hpp"
#include "db/test_directory.hpp"
#include "ledger/committer.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"

extern char** environ;

namespace motcua::ledger {
namespace {

constexpr std::uint64_t usual_rounds = 30;  // MOTCUA_CRASH_ROUNDS asks for more

/// Runs the writer, kills it after `acknowledgements` lines and a moment, and answers all that it printed.
std::vector<std::int64_t> run_and_kill(const std::string& directory, std::int64_t first, std::size_t acknowledgements,
                                       std::chrono::microseconds moment) {
    int ends[2];
    CHECK(::pipe2(ends, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = MOTCUA_CRASH_WRITER;
    std::string path = directory;
    std::string number = std::to_string(first);
    char* arguments[] = {program.data(), path.data(), number.data(), nullptr};
    pid_t child = 0;
    CHECK(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);

    std::string text;
    bool killed = false;
    char buffer[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(size));
        if (!killed && static_cast<std::size_t>(std::ranges::count(text, '\n')) >= acknowledgements) {
            ::usleep(static_cast<useconds_t>(moment.count()));
            ::kill(child, SIGKILL);
            killed = true;
        }
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(killed && WIFSIGNALED(status)) << "the writer ended by itself, status " << status;
    std::vector<std::int64_t> numbers;
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
        numbers.push_back(std::stoll(text.substr(at, end - at)));
    }
    return numbers;
}

TEST(Crash, LosesNoAcknowledgedChangeAndDoublesNone) {
    static constexpr Statement list_items{"test.list_items", "SELECT id, total FROM item ORDER BY id LIMIT 1000000"};
    static constexpr Statement list_labels{"test.list_labels", "SELECT name FROM label ORDER BY name LIMIT 1000000"};
    const TestDirectory directory;
    const std::string path = directory.path() / "data";
    const std::uint64_t seed = SystemRandom{}.u64();
    RecordProperty("seed", std::to_string(seed));
    SeededRandom random(seed);
    std::set<std::int64_t> acknowledged;
    const auto rounds = static_cast<int>(test::number_given("MOTCUA_CRASH_ROUNDS", usual_rounds));
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << " round " << round);
        for (const std::int64_t id : run_and_kill(path, (round + 1) * 1'000'000, 1 + random.u64() % 300,
                                                  std::chrono::microseconds{random.u64() % 3000})) {
            EXPECT_TRUE(acknowledged.insert(id).second) << id << " acknowledged twice";
        }
        const auto opened = db::DataDirectory::open(path);
        ASSERT_TRUE(opened) << "the lock died with its holder";
        const auto database = db::open_sqlite(opened->database_file());
        EXPECT_TRUE(db::check_sqlite_integrity(*database).empty());
        EXPECT_TRUE(check_ledger(*database).empty());
        std::map<std::int64_t, int> events;
        visit_events(*database, 0, [&](const StoredEvent& event) { ++events[event.stream]; });
        const db::Lease session = database->reader();
        std::set<std::int64_t> stored;
        session->each(list_items, {}, [&](const Row& row) {
            stored.insert(row.int64(0));
            EXPECT_EQ(row.int64(1), 1);
            EXPECT_EQ(events[row.int64(0)], 1);
            EXPECT_TRUE(round % 10 != 9 || find_answer(database->writer(), "key-" + std::to_string(row.int64(0))));
        });
        EXPECT_EQ(stored.size(), events.size());
        EXPECT_TRUE(std::ranges::includes(stored, acknowledged));

        // The follower goes on where its cursor stands and has labelled each item once.
        const auto committer = make_committer(*database);
        struct Labels final : Follower {
            std::string_view name() const override { return "labeller"; }
            void handle(std::span<const StoredEvent> handled, std::vector<RowChange>& rows) override {
                for (const auto& event : handled) rows.push_back(label(std::to_string(event.stream)));
            }
        };
        const auto runner = make_follower_runner(*database, *committer);
        runner->add(std::make_unique<Labels>());
        runner->start();
        EXPECT_TRUE(runner->drain());
        runner->stop();
        EXPECT_EQ(
            session->list(list_labels, {}, [](const Row& row) { return std::stoll(std::string(row.text(0))); }).size(),
            stored.size());
    }
    EXPECT_GT(acknowledged.size(), static_cast<std::size_t>(rounds));
}

}  // namespace
}  // namespace motcua::ledger
