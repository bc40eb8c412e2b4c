// Several servers on one database: positions, conflicts, followers, and what each hears of the others. PostgreSQL only.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "db/postgres/postgres.hpp"
#include "db/test_database.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"

namespace motcua::ledger {
namespace {

/// One app server: its own connections, committer and followers.
struct Server {
    explicit Server(const std::string& url, db::PostgresOptions options = {})
        : database(db::open_postgres(url, options)) {
        committer = make_committer(*database);
    }
    Result<Committed> add_to(std::int64_t id, std::int64_t amount) {
        return run_command(*database, *committer, [&](db::Session& session) -> Result<WriteSet> {
            return add(id, load(session, id).head, amount);
        });
    }
    std::unique_ptr<db::Database> database;
    std::unique_ptr<Committer> committer;
};

class Shared : public testing::Test {
  protected:
    void SetUp() override {
        if (db::test_database_kind() != "postgres") GTEST_SKIP() << "SQLite has one server";
        schema.emplace();
        const auto database = db::open_postgres(schema->url());
        make_tables(*database);
    }
    std::optional<db::TestSchema> schema;
};

/// Writes down what it is given.
class Recorder final : public Follower {
  public:
    Recorder(std::string name, CursorKind kind, std::mutex& mutex, std::vector<std::int64_t>& seen)
        : name_(std::move(name)), kind_(kind), mutex_(mutex), seen_(seen) {}
    std::string_view name() const override { return name_; }
    CursorKind cursor_kind() const override { return kind_; }
    void handle(std::span<const StoredEvent> events, std::vector<RowChange>& rows) override {
        const std::lock_guard lock(mutex_);
        for (const StoredEvent& event : events) {
            seen_.push_back(event.position);
            // A row for each, refused a second time: each event counts once.
            if (kind_ == CursorKind::durable) rows.push_back(label(std::to_string(event.position)));
        }
    }

  private:
    const std::string name_;
    const CursorKind kind_;
    std::mutex& mutex_;
    std::vector<std::int64_t>& seen_;
};

TEST_F(Shared, ServersKeepOneLedgerWithoutGaps) {
    constexpr int servers = 3, threads = 4, commands = 40, items = 5;
    std::vector<std::unique_ptr<Server>> all;
    for (int i = 0; i < servers; ++i) all.push_back(std::make_unique<Server>(schema->url()));
    std::vector<std::thread> running;
    std::atomic<std::int64_t> added{0};
    for (int s = 0; s < servers; ++s)
        for (int t = 0; t < threads; ++t)
            running.emplace_back([&, s, t] {
                for (int i = 0; i < commands; ++i) {
                    // Each its own stream, and now and then one that everybody wants.
                    const std::int64_t id = i % 4 == 0 ? 1 + i % items : 1000 + s * 100 + t;
                    if (all[static_cast<std::size_t>(s)]->add_to(id, 1)) ++added;
                }
            });
    for (auto& thread : running) thread.join();
    db::Database& database = *all[0]->database;
    EXPECT_TRUE(check_ledger(database).empty());
    std::int64_t total = 0;
    for (std::int64_t id = 1; id <= items; ++id) total += load(*database.reader(), id).total;
    for (int s = 0; s < servers; ++s)
        for (int t = 0; t < threads; ++t) total += load(*database.reader(), 1000 + s * 100 + t).total;
    EXPECT_EQ(total, added);
    EXPECT_GT(added, servers * threads * commands * 9 / 10);
    std::int64_t events = 0;
    visit_events(database, 0, [&](const StoredEvent&) { ++events; });
    EXPECT_EQ(events, added);
    for (const auto& server : all) EXPECT_TRUE(test::soon([&] { return server->committer->last_position() == added; }));
}

TEST_F(Shared, GroupsOnTheirWayTogetherKeepTheirOrder) {
    // More write sets than one group takes at once, so that one is behind another; now and then a caller has an old
    // head or a row that is refused, and now and then another server takes the turn.
    constexpr std::int64_t callers = 48, steps = 60;
    Server server(schema->url()), other(schema->url());
    std::mutex mutex;
    std::condition_variable answered;
    std::vector<Head> heads(callers);
    std::vector<std::int64_t> positions;
    std::int64_t conflicts = 0;
    const auto next = [&](std::int64_t caller, std::int64_t step) {
        Head head;
        {
            const std::lock_guard lock(mutex);
            head = heads[static_cast<std::size_t>(caller)];
        }
        const bool stale = step % 11 == 3, taken = step % 17 == 5;
        if (stale && head.version > 0) --head.version;
        WriteSet set = add(1 + caller, head, 1);
        if (taken) set.rows.push_back(label("taken"));
        server.committer->submit(std::move(set), [&, caller](Result<Committed> outcome) {
            const std::lock_guard lock(mutex);
            if (outcome) {
                Head& known = heads[static_cast<std::size_t>(caller)];
                known = {known.version + 1, outcome->last_position};
                positions.push_back(outcome->last_position);
            } else {
                EXPECT_EQ(outcome.error().code, Errc::conflict) << outcome.error().reason;
                ++conflicts;
            }
            answered.notify_all();
        });
    };
    for (std::int64_t step = 1; step <= steps; ++step) {
        for (std::int64_t caller = 0; caller < callers; ++caller) next(caller, step);
        if (step % 20 == 0) {
            EXPECT_TRUE(other.add_to(1000, 1));
        }
        std::unique_lock lock(mutex);
        const auto all = static_cast<std::size_t>(step * callers);
        ASSERT_TRUE(answered.wait_for(lock, std::chrono::seconds{60},
                                      [&] { return positions.size() + static_cast<std::size_t>(conflicts) == all; }));
    }
    EXPECT_TRUE(check_ledger(*server.database).empty());
    EXPECT_GT(conflicts, callers);
    const std::set<std::int64_t> distinct(positions.begin(), positions.end());
    EXPECT_EQ(distinct.size(), positions.size());
    std::int64_t events = 0;
    visit_events(*server.database, 0, [&](const StoredEvent&) { ++events; });
    EXPECT_EQ(events, static_cast<std::int64_t>(positions.size()) + steps / 20);
    const db::Lease session = server.database->reader();
    for (std::int64_t caller = 0; caller < callers; ++caller) {
        const Item item = load(*session, 1 + caller);
        EXPECT_EQ(item.head.version, heads[static_cast<std::size_t>(caller)].version);
        EXPECT_EQ(item.head.position, heads[static_cast<std::size_t>(caller)].position);
    }
    EXPECT_GT(server.committer->stats().groups, steps);
}

TEST_F(Shared, WhatIsKnownToBeOldIsRefusedWithoutWaitingForTheTurn) {
    Server server(schema->url()), other(schema->url());
    ASSERT_TRUE(server.add_to(1, 1));
    EXPECT_TRUE(other.committer->write("test.hold", [&](AdminTransaction&) -> Result<void> {
        EXPECT_EQ(server.committer->commit(add(1, {}, 1)).error().reason, "ledger.version_conflict");
        return {};
    }));
    EXPECT_TRUE(server.add_to(1, 1));
    EXPECT_EQ(load(*server.database->reader(), 1).total, 2);
}

TEST_F(Shared, AGroupThatStandsInTheWayOfTheOneBeforeStepsAside) {
    static constexpr Statement touch{"test.touch", "UPDATE item SET total = total + 1 WHERE id = $1"};
    static constexpr Statement touch_slowly{
        "test.touch_slowly", "UPDATE item SET total = total + length(CAST(pg_sleep(0.3) AS text)) WHERE id = $1"};
    constexpr std::int64_t common = 100, slow = 101, rounds = 3;
    Server server(schema->url());
    // Enough of them that the server knows the turn to be its own.
    for (std::int64_t id = common; id < common + 20; ++id) ASSERT_TRUE(server.add_to(id, 0));
    const auto started = std::chrono::steady_clock::now();
    for (std::int64_t round = 1; round <= rounds; ++round) {
        std::atomic<int> committed{0};
        const auto done = [&](const Result<Committed>& outcome) {
            EXPECT_TRUE(outcome);
            ++committed;
        };
        // The first comes to the common row late, when the second has changed it and waits for the first.
        WriteSet first = add(round, {}, 1), second = add(round + 50, {}, 1);
        first.rows.push_back({&touch_slowly, {slow}, {}, 1});
        first.rows.push_back({&touch, {common}, {}, 1});
        second.rows.push_back({&touch, {common}, {}, 1});
        server.committer->submit(std::move(first), done);
        std::this_thread::sleep_for(std::chrono::milliseconds{60});
        server.committer->submit(std::move(second), done);
        ASSERT_TRUE(test::soon([&] { return committed == 2; }));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds{4}) << "no timeout ended it";
    EXPECT_EQ(load(*server.database->reader(), common).total, 2 * rounds);
    EXPECT_TRUE(check_ledger(*server.database).empty());
}

TEST_F(Shared, EveryServersFollowersHearOfAll) {
    std::mutex mutex;
    std::vector<std::int64_t> in_memory[2], durable;
    Server first(schema->url()), second(schema->url());
    std::unique_ptr<FollowerRunner> runners[] = {make_follower_runner(*first.database, *first.committer),
                                                 make_follower_runner(*second.database, *second.committer)};
    for (std::size_t i = 0; i < 2; ++i) {
        runners[i]->add(std::make_unique<Recorder>("memory", CursorKind::memory, mutex, in_memory[i]));
        runners[i]->add(std::make_unique<Recorder>("durable", CursorKind::durable, mutex, durable));
        runners[i]->start();
    }
    for (std::int64_t i = 1; i <= 200; ++i) ASSERT_TRUE((i % 2 ? first : second).add_to(i, 1));
    const auto all_there = [&](const std::vector<std::int64_t>& seen) {
        const std::lock_guard lock(mutex);
        return std::set(seen.begin(), seen.end()).size() == 200;
    };
    EXPECT_TRUE(test::soon([&] { return all_there(in_memory[0]) && all_there(in_memory[1]) && all_there(durable); }));
    const auto labels =
        first.database->reader()->find_one(count_labels, {}, [](const Row& row) { return row.int64(0); });
    EXPECT_TRUE(test::soon([&] {
        return first.database->reader()->find_one(count_labels, {}, [](const Row& row) { return row.int64(0); }) == 200;
    })) << labels.value_or(0);
    for (auto& runner : runners) {
        for (const FollowerState& state : runner->states()) EXPECT_EQ(state.failures, 0) << state.last_failure;
        runner->stop();
    }
    const std::lock_guard lock(mutex);
    EXPECT_EQ(in_memory[0].size(), 200u);
    EXPECT_TRUE(std::ranges::is_sorted(in_memory[1]));
}

TEST_F(Shared, FollowersNeverPassAHeldTransaction) {
    std::mutex mutex;
    std::vector<std::int64_t> seen;
    Server watching(schema->url());
    const auto runner = make_follower_runner(*watching.database, *watching.committer);
    runner->add(std::make_unique<Recorder>("memory", CursorKind::memory, mutex, seen));
    runner->start();
    Server holding(schema->url());
    ASSERT_TRUE(holding.add_to(1, 1));
    std::atomic<bool> appended{false}, released{false};
    std::thread holder([&] {
        EXPECT_TRUE(holding.committer->write("test.hold", [&](AdminTransaction& transaction) -> Result<void> {
            const NewEvent event{"item_imported", 1, {}};
            transaction.append(StreamKind::system, 77, {}, {at(1000), "system", "", ""}, {&event, 1});
            appended = true;
            while (!released) std::this_thread::sleep_for(std::chrono::milliseconds{5});
            return {};
        }));
    });
    ASSERT_TRUE(test::soon([&] { return appended.load(); }));
    // Position 2 is taken and not committed: nobody can get past it.
    std::atomic<bool> answered{false};
    watching.committer->submit(add(5, {}, 1), [&](Result<Committed> outcome) {
        EXPECT_TRUE(outcome);
        EXPECT_EQ(outcome->first_position, 3);
        answered = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    EXPECT_FALSE(answered);
    EXPECT_EQ(watching.committer->last_position(), 1);
    {
        const std::lock_guard lock(mutex);
        EXPECT_EQ(seen, std::vector<std::int64_t>{1});
    }
    released = true;
    holder.join();
    EXPECT_TRUE(test::soon([&] {
        const std::lock_guard lock(mutex);
        return seen == std::vector<std::int64_t>{1, 2, 3};
    }));
    runner->stop();
}

TEST_F(Shared, WhoWaitsTooLongIsToldAndNothingHappens) {
    Server holding(schema->url());
    Server waiting(schema->url(), {.lock_timeout = std::chrono::milliseconds{50}});
    EXPECT_TRUE(holding.committer->write("test.hold", [&](AdminTransaction&) -> Result<void> {
        EXPECT_EQ(waiting.committer->commit(add(1, {}, 1)).error().reason, "ledger.unavailable");
        return {};
    }));
    EXPECT_TRUE(waiting.committer->commit(add(1, {}, 1)));
    EXPECT_EQ(load(*holding.database->reader(), 1).total, 1);
}

TEST_F(Shared, ClosedConnectionsAreNoObstacle) {
    static constexpr db::Statement terminate{
        "test.terminate",
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'to be cut'"};
    Server server(schema->url() + "&application_name=to%20be%20cut"), other(schema->url());
    ASSERT_TRUE(server.add_to(1, 1));
    for (int round = 0; round < 3; ++round) {
        const db::Lease session = other.database->reader();
        session->each(terminate, {}, [](const Row&) {});
        EXPECT_TRUE(server.add_to(1, 1));
        EXPECT_TRUE(other.add_to(1, 1));
    }
    EXPECT_EQ(load(*server.database->reader(), 1).total, 7);
    EXPECT_TRUE(check_ledger(*server.database).empty());
}

}  // namespace
}  // namespace motcua::ledger
