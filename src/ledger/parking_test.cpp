// Events that a follower cannot handle are put aside with all later ones of their stream, and delivered again when
// asked; old events are read in the shape of today.
#include <gtest/gtest.h>

#include "db/test_database.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"
#include "ledger/upcast.hpp"

namespace motcua::ledger {
namespace {

struct Seen {
    std::vector<std::pair<std::int64_t, std::int64_t>> events;  // stream, version
    std::int64_t poison = 0;                                    // throws at this position
    bool poisoned_rows = false;                                 // instead, its rows are refused
    bool database_gone = false;
    bool parks = true;
};

class Reader final : public Follower {
  public:
    explicit Reader(Seen& seen) : seen_(seen) {}
    std::string_view name() const override { return "reader"; }
    bool parks() const override { return seen_.parks; }
    void handle(std::span<const StoredEvent> events, std::vector<RowChange>& rows) override {
        if (seen_.database_gone) throw Fault("db.unavailable", "gone");
        for (const StoredEvent& event : events) {
            if (event.position == seen_.poison && !seen_.poisoned_rows) throw std::runtime_error("cannot read this");
            rows.push_back(label(event.position == seen_.poison ? "taken" : "label" + std::to_string(event.position)));
        }
        for (const StoredEvent& event : events) seen_.events.emplace_back(event.stream, event.version);
    }

  private:
    Seen& seen_;
};

class Parking : public ::testing::Test {
  protected:
    Parking() {
        make_tables(*database);
        committer = make_committer(*database);
        WriteSet taken;
        taken.rows.push_back(label("taken"));
        EXPECT_TRUE(committer->commit(std::move(taken)));
        options.retry_first = milliseconds{1};
        options.on_parked = [this](const ParkedEvent& event) { told.push_back(event.position); };
        // Streams 1, 2, 3 in turn: positions 1 to 12.
        for (int round = 0; round < 4; ++round)
            for (std::int64_t id = 1; id <= 3; ++id) add_to(id);
    }
    void add_to(std::int64_t id) { ASSERT_TRUE(committer->commit(add(id, load(*database->reader(), id).head, 1))); }
    void start() {
        runner = make_follower_runner(*database, *committer, options);
        runner->add(std::make_unique<Reader>(seen));
        runner->start();
    }
    std::vector<std::int64_t> versions_of(std::int64_t stream) const {
        std::vector<std::int64_t> versions;
        for (const auto& [id, version] : seen.events)
            if (id == stream) versions.push_back(version);
        return versions;
    }
    void await(const std::function<bool()>& condition) {
        while (!condition()) std::this_thread::yield();
    }
    FollowerState state() const { return runner->states().front(); }

    std::unique_ptr<db::Database> database = db::open_test_database();
    std::unique_ptr<Committer> committer;
    Seen seen;
    std::vector<std::int64_t> told;
    FollowerOptions options;
    std::unique_ptr<FollowerRunner> runner;
};

TEST_F(Parking, TheOthersGoOnAndTheStreamKeepsItsOrder) {
    seen.poison = 5;  // stream 2, version 2
    start();
    await([&] { return state().position == 12; });
    EXPECT_EQ(told, (std::vector<std::int64_t>{5, 8, 11}));
    EXPECT_EQ(state().parked, 3);
    EXPECT_EQ(state().failures, 0);
    EXPECT_EQ(versions_of(1), (std::vector<std::int64_t>{1, 2, 3, 4}));
    EXPECT_EQ(versions_of(2), std::vector<std::int64_t>{1});
    EXPECT_EQ(versions_of(3), (std::vector<std::int64_t>{1, 2, 3, 4}));
    const auto parked = list_parked_events(*database->reader());
    ASSERT_EQ(parked.size(), 3u);
    EXPECT_EQ(parked[0].reason, "cannot read this");
    EXPECT_EQ(parked[1].reason, "behind a parked event of its stream");

    // Asked while it still fails: nothing moves. Mended: all of the stream, in order.
    WriteSet ask;
    ask.rows.push_back(retry_parked_events("reader"));
    ASSERT_TRUE(committer->commit(ask));
    EXPECT_TRUE(runner->drain());
    EXPECT_EQ(state().parked, 3);
    seen.poison = 0;
    ASSERT_TRUE(committer->commit(ask));
    await([&] { return state().parked == 0; });
    EXPECT_EQ(versions_of(2), (std::vector<std::int64_t>{1, 2, 3, 4}));
    add_to(2);
    EXPECT_TRUE(runner->drain());
    EXPECT_EQ(versions_of(2).size(), 5u);
}

TEST_F(Parking, TheNextStartTriesAgain) {
    seen.poison = 5;
    start();
    await([&] { return state().position == 12; });
    runner->stop();
    seen.poison = 0;
    start();
    await([&] { return state().parked == 0; });
    EXPECT_EQ(versions_of(2), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_F(Parking, RefusedRowsCountToo) {
    seen.poison = 5;
    seen.poisoned_rows = true;
    start();
    await([&] { return state().position == 12; });
    EXPECT_EQ(list_parked_events(*database->reader()).at(0).reason, "ledger.constraint");
}

TEST_F(Parking, AGoneDatabaseIsNobodysPoison) {
    seen.database_gone = true;
    start();
    await([&] { return state().failures > 10; });
    EXPECT_EQ(state().position, 0);
    seen.database_gone = false;
    await([&] { return state().position == 12; });
    EXPECT_TRUE(told.empty());
}

TEST_F(Parking, WhoMustNotSkipStops) {
    seen.poison = 5;
    seen.parks = false;
    start();
    await([&] { return state().failures > 10; });
    EXPECT_EQ(state().position, 4);
    EXPECT_TRUE(told.empty());
}

// Two steps of an event that once had an amount as text under another name.
constexpr Upcaster steps[] = {
    {"item_added", 1,
     [](json::object& data) {
         if (const auto sum = find_string(data, "sum")) data["amount"] = std::atoi(std::string(*sum).c_str());
         data.erase("sum");
     }},
    {"item_added", 2, [](json::object& data) { data["currency"] = "VND"; }},
};

TEST_F(Parking, OldEventsAreReadInTheShapeOfToday) {
    set_upcasters(steps);
    WriteSet old = add(9, {}, 1);
    old.events[0].data = {{"sum", "7"}};
    ASSERT_TRUE(committer->commit(std::move(old)));
    WriteSet today = add(10, {}, 1);
    today.events[0] = {"item_added", 3, {{"amount", 8}, {"currency", "USD"}}};
    ASSERT_TRUE(committer->commit(std::move(today)));
    const auto events = read_events(*database->reader(), 12, 10);
    set_upcasters({});
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].schema, 3);
    EXPECT_EQ(json::serialize(events[0].data), R"({"amount":7,"currency":"VND"})");
    EXPECT_EQ(json::serialize(events[1].data), R"({"amount":8,"currency":"USD"})");
}

}  // namespace
}  // namespace motcua::ledger
