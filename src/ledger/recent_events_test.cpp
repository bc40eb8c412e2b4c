// What followers get from memory is what they would have read; what is not there they read.
#include "ledger/recent_events.hpp"

#include <gtest/gtest.h>

#include "db/test_database.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"

namespace motcua::ledger {
namespace {

std::vector<std::int64_t> positions(const EventBatch& batch) {
    std::vector<std::int64_t> found;
    for (const StoredEvent& event : batch.events) found.push_back(event.position);
    return found;
}

/// A write set of `count` events, committed at `first`.
void keep(RecentEvents& recent, std::int64_t first, int count, const std::string& text = R"({"amount":1})") {
    Request request;
    request.set = add(7, {4, 2}, 1);
    request.set.events.resize(static_cast<std::size_t>(count), request.set.events[0]);
    request.data.assign(static_cast<std::size_t>(count), text);
    request.outcome = Committed{first, first + count - 1, request.set.meta.at};
    Request* const requests[] = {&request};
    recent.add(requests);
}

TEST(RecentEvents, AreKeptOnceSomebodyTakesThem) {
    RecentEvents recent;
    keep(recent, 1, 2);
    recent.open();
    EXPECT_TRUE(recent.take(0, 10).events.empty());
    keep(recent, 3, 3);
    const EventBatch batch = recent.take(2, 10);
    const auto& events = batch.events;
    ASSERT_EQ(positions(batch), (std::vector<std::int64_t>{3, 4, 5}));
    EXPECT_EQ(events[0].version, 5);
    EXPECT_EQ(events[0].row.prev, 2);
    EXPECT_EQ(events[2].version, 7);
    EXPECT_EQ(events[2].row.prev, 4);
    EXPECT_TRUE(recent.take(2, 10).events.empty()) << "taken once";
}

TEST(RecentEvents, AreTakenFromWhereTheReaderStands) {
    RecentEvents recent;
    recent.open();
    for (const int first : {1, 4, 7, 10}) keep(recent, first, 3);
    EXPECT_EQ(positions(recent.take(4, 4)), (std::vector<std::int64_t>{4, 5, 6, 7, 8, 9})) << "whole write sets";
    EXPECT_EQ(positions(recent.take(9, 4)), (std::vector<std::int64_t>{10, 11, 12}));
    keep(recent, 13, 1);
    EXPECT_TRUE(recent.take(5, 4).events.empty()) << "those in between are gone";
    EXPECT_EQ(positions(recent.take(12, 4)), (std::vector<std::int64_t>{13})) << "and it may come as far as these";
}

TEST(RecentEvents, HaveNoGapAndABound) {
    RecentEvents recent;
    recent.open();
    keep(recent, 1, 2);
    keep(recent, 5, 2);
    EXPECT_TRUE(recent.take(0, 10).events.empty());
    EXPECT_EQ(positions(recent.take(4, 10)), (std::vector<std::int64_t>{5, 6}));
    for (std::int64_t first = 1; first <= 4; ++first)
        keep(recent, first, 1, std::string(RecentEvents::bytes_max / 3, 'x'));
    EXPECT_TRUE(recent.take(0, 10).events.empty());
    EXPECT_EQ(positions(recent.take(3, 10)), (std::vector<std::int64_t>{4}));
    for (std::size_t i = 0; i <= RecentEvents::events_max; ++i) keep(recent, static_cast<std::int64_t>(i) + 1, 1);
    EXPECT_TRUE(recent.take(0, 10).events.empty());
}

/// Everything that it was handed, as text.
class Witness final : public Follower {
  public:
    explicit Witness(std::vector<std::string>& seen) : seen_(seen) {}
    std::string_view name() const override { return "witness"; }
    void handle(std::span<const StoredEvent> events, std::vector<RowChange>&) override {
        for (const StoredEvent& event : events) seen_.push_back(describe(event));
    }
    static std::string describe(const StoredEvent& e) {
        return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}", e.position, static_cast<int>(e.kind), e.stream,
                           e.version, e.type, e.schema, e.meta.at.time_since_epoch().count(), e.meta.actor,
                           e.meta.on_behalf_of, e.meta.request_id, json::serialize(e.data), e.row.prev, e.row.schema,
                           e.row.data);
    }

  private:
    std::vector<std::string>& seen_;
};

TEST(RecentEvents, AreWhatReadingWouldGive) {
    const auto database = db::open_test_database();
    make_tables(*database);
    const auto committer = make_committer(*database);
    std::vector<std::string> seen;
    const auto runner = make_follower_runner(*database, *committer);
    runner->add(std::make_unique<Witness>(seen));
    runner->start();
    Head head;
    for (int round = 0; round < 50; ++round) {
        WriteSet set = add(1, head, round, at(1000 + round));
        set.meta.on_behalf_of = "person:" + std::to_string(round);
        set.events[0].data["note"] = "Đơn \"số\" một\n";
        const auto committed = committer->commit(std::move(set));
        ASSERT_TRUE(committed);
        head = {head.version + 1, committed->last_position};
        if (round % 7 == 3) {
            EXPECT_TRUE(runner->drain());
        }
        if (round % 10 == 5) {  // on another way: followers have to read it
            const auto changed = committer->write("test", [&](AdminTransaction& transaction) -> Result<void> {
                const NewEvent event{"item_checked", 1, {{"by", "hand"}}};
                transaction.append(StreamKind::system, round + 1, {}, {at(1000 + round), "system", "", ""},
                                   {&event, 1});
                return {};
            });
            ASSERT_TRUE(changed);
        }
    }
    EXPECT_TRUE(runner->drain());
    runner->stop();
    std::vector<std::string> read;
    for (const StoredEvent& event : read_events(*database->reader(), 0, 1000)) read.push_back(Witness::describe(event));
    EXPECT_EQ(seen, read);
}

}  // namespace
}  // namespace motcua::ledger
