// Statistics are exact: after any walk of dossiers each figure is what a recount from their rows gives, and opens into
// exactly its dossiers.
#include <map>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "dossier/test_walk.hpp"
#include "reporting/quarter.hpp"

namespace motcua::reporting {
namespace {

using dossier::Channel;
using dossier::Dossier;
using dossier::Status;

/// Codes by figure, counted from the rows: each dossier as it stands, asked in its own words.
std::map<std::string, std::vector<std::string>> recount(const std::vector<Dossier>& dossiers,
                                                        const organisation::Directory& directory, UnitId unit,
                                                        Period period) {
    std::map<std::string, std::vector<std::string>> figures;
    const Instant from = to_instant(LocalMinute{period.from});
    const Instant end = to_instant(LocalMinute{period.to + std::chrono::days{1}});
    auto within = [&](const std::optional<Instant>& t) { return t && from <= *t && *t < end; };
    for (const Dossier& d : dossiers) {
        if (unit && !directory.is_within(d.receiving_unit, unit)) continue;
        auto count = [&](const std::string& key) { figures[key].push_back(d.code); };
        const std::string channel(to_text(d.channel));
        if (within(d.received)) {
            count("received.total");
            count("received." + channel);
        }
        if (within(d.returned)) {
            count("returned.total");
            count("returned." + channel);
            if (d.channel == Channel::counter)
                count(d.is_late(*d.returned) ? "returned.counter_late" : "returned.counter_on_time");
        }
        if (d.received && *d.received < end && !is_closed(d.status)) {
            count("open.total");
            count(d.is_late(end - std::chrono::minutes{1}) ? "open.late" : "open.not_due");
        }
    }
    for (auto& [key, codes] : figures) std::ranges::sort(codes);
    return figures;
}

TEST(Statistics, AreARecountOfTheRowsWhateverHappened) {
    const std::uint64_t seed = test::number_given("MOTCUA_SEED", std::random_device{}());
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE("MOTCUA_SEED=" + std::to_string(seed));
    dossier::Walk walk(seed);
    auto& world = walk.world;
    const LocalDay begin = local_day(world.clock.now());
    Statistics statistics;
    StatisticsFollower follower(statistics);
    std::vector<ledger::RowChange> none;
    const std::vector<UnitId> units = {UnitId{}, world.unit("H01"), world.unit_named("Xã An Biên"),
                                       world.unit_named("Xã Đông Thái")};
    std::size_t compared = 0, late = 0;
    for (int i = 0; i < 60; ++i) {
        auto opened = world.open(
            "1.000001", {dossier::OpenDraft{
                            walk.chance(60) ? Channel::counter : Channel::online, {}, dossier::TestWorld::content()}});
        ASSERT_TRUE(opened) << opened.error().reason;
        Dossier d = *opened;
        for (int step = 0; step < 30; ++step) {
            world.clock.advance(std::chrono::milliseconds{walk.pick(3 * 3600 * 1000)});
            if (auto after = world.run(d, walk.any_command(d))) d = *after;
        }
        if (i % 6 != 5) continue;
        auto session = world.database().reader();
        auto fresh = ledger::read_events(*session, std::max<std::int64_t>(0, statistics.position() - 5), 100000);
        follower.handle(fresh, none);  // the last five again: delivered at least once, counted once
        EXPECT_EQ(statistics.position(), world.committer().last_position());
        std::vector<Dossier> dossiers;
        for (DossierId id : dossier::list_ids(*session, {}, 1000))
            dossiers.push_back(*dossier::get_dossier(*session, id));
        const LocalDay today = local_day(world.clock.now());
        for (const Period period : {Period{begin, today}, Period{begin + (today - begin) / 2, today},
                                    Period{today, today + std::chrono::days{30}}})
            for (UnitId unit : units) {
                auto expected = recount(dossiers, *world.directory, unit, period);
                for (const Figure& figure : quarter_report(statistics, *world.directory, unit, period)) {
                    SCOPED_TRACE(figure.key);
                    auto codes = list_figure(statistics, *world.directory, unit, period, figure.key);
                    ASSERT_TRUE(codes);
                    EXPECT_EQ(*codes, expected[std::string(figure.key)]);
                    EXPECT_EQ(figure.count, std::ssize(*codes));
                    compared += codes->size();
                    if (figure.key.ends_with("late")) late += codes->size();
                }
            }
    }
    EXPECT_GT(compared, 500U);
    EXPECT_GT(late, 0U);

    // Built anew from the ledger in one go it is the same.
    Statistics again;
    auto session = world.database().reader();
    StatisticsFollower(again).handle(ledger::read_events(*session, 0, 100000), none);
    EXPECT_EQ(again.size(), statistics.size());
    const Period all{begin, local_day(world.clock.now())};
    EXPECT_EQ(to_csv(quarter_report(again, *world.directory, {}, all)),
              to_csv(quarter_report(statistics, *world.directory, {}, all)));
}

class Quarter : public testing::Test {
  protected:
    /// An event of the dossier `id`, at a local time.
    void tell(std::int64_t id, std::string_view type, std::string_view at, json::object data = {}) {
        ledger::StoredEvent event;
        event.position = ++position;
        event.kind = ledger::StreamKind::dossier;
        event.stream = id;
        event.type = type;
        event.meta.at = to_instant(*parse_local(at));
        event.data = std::move(data);
        statistics.apply(event);
    }
    void receive(std::int64_t id, std::string_view channel, std::string_view at, std::string_view due) {
        tell(id, "dossier_drafted", at, {{"channel", channel}, {"procedure", "1.000001"}});
        tell(id, "dossier_received", at,
             {{"code", "H01-" + std::to_string(id)}, {"receiving_unit", 1}, {"clock", clock(due)}});
    }
    static json::object clock(std::string_view due) {
        return {{"due", to_instant(*parse_local(due)).time_since_epoch().count()}};
    }
    std::int64_t count(std::string_view key) {
        for (const Figure& figure : quarter_report(statistics, *directory, {}, quarter))
            if (figure.key == key) return figure.count;
        ADD_FAILURE() << "no figure " << key;
        return -1;
    }

    std::int64_t position = 0;
    Statistics statistics;
    std::shared_ptr<const organisation::Directory> directory = organisation::Directory::build({}).value();
    Period quarter{*parse_day("2019-07-01"), *parse_day("2019-09-30")};
};

TEST_F(Quarter, BothDaysOfThePeriodCountWholly) {
    receive(1, "counter", "2019-06-30T23:59", "2019-07-03T10:00");
    receive(2, "counter", "2019-07-01T00:00", "2019-07-03T10:00");
    receive(3, "post", "2019-09-30T23:59", "2019-10-03T10:00");
    receive(4, "online", "2019-10-01T00:00", "2019-10-04T10:00");
    EXPECT_EQ(count("received.total"), 2);
    EXPECT_EQ(count("received.counter"), 1);
    EXPECT_EQ(count("received.post"), 1);
    EXPECT_EQ(count("received.online"), 0);
    EXPECT_EQ(count("open.total"), 3) << "what came before and is not done is open still";
    EXPECT_EQ(count("open.late"), 2);
    EXPECT_EQ(count("open.not_due"), 1);
}

TEST_F(Quarter, InTimeIsByWhenItWasSettledNotFetched) {
    receive(1, "counter", "2019-07-01T08:00", "2019-07-04T08:00");
    tell(1, "dossier_finished", "2019-07-04T08:00");
    tell(1, "result_returned", "2019-07-20T08:00");  // fetched much later
    receive(2, "counter", "2019-07-01T08:00", "2019-07-04T08:00");
    tell(2, "dossier_finished", "2019-07-04T08:01");
    tell(2, "result_returned", "2019-07-05T08:00");
    EXPECT_EQ(count("returned.counter_on_time"), 1);
    EXPECT_EQ(count("returned.counter_late"), 1);
    EXPECT_EQ(list_figure(statistics, *directory, {}, quarter, "returned.counter_late").value(),
              std::vector<std::string>{"H01-2"});
    EXPECT_EQ(count("open.total"), 0);
}

TEST_F(Quarter, AStandingClockIsNotLateUnlessItWasBefore) {
    auto stop = [&](std::int64_t id, std::string_view at) {
        auto standing = clock("2019-07-04T08:00");
        standing["pauses"] =
            json::array{json::object{{"from", to_instant(*parse_local(at)).time_since_epoch().count()}}};
        tell(id, "payment_requested", at, {{"clock", standing}});
    };
    for (std::int64_t id : {1, 2, 3}) receive(id, "counter", "2019-07-01T08:00", "2019-07-04T08:00");
    stop(1, "2019-07-02T08:00");
    stop(2, "2019-07-05T08:00");
    EXPECT_EQ(count("open.not_due"), 1);
    EXPECT_EQ(count("open.late"), 2);
    tell(1, "payment_received", "2019-08-01T08:00", {{"clock", clock("2019-08-02T08:00")}});
    EXPECT_EQ(count("open.late"), 3) << "the clock runs again, and the new date has passed";
}

TEST_F(Quarter, ClosedIsNeitherOpenNorReturned) {
    for (std::int64_t id : {1, 2, 3}) receive(id, "online", "2019-07-01T08:00", "2019-07-04T08:00");
    tell(1, "dossier_withdrawn", "2019-07-02T08:00");
    tell(2, "dossier_stopped", "2019-10-02T08:00");  // open at the end of the quarter
    EXPECT_EQ(count("open.total"), 2);
    EXPECT_EQ(count("returned.total"), 0);
    EXPECT_EQ(count("received.online"), 3);
}

TEST_F(Quarter, AFigureNobodyKnowsIsRefusedWithThoseThereAre) {
    auto codes = list_figure(statistics, *directory, {}, quarter, "received.fax");
    ASSERT_FALSE(codes);
    EXPECT_EQ(codes.error().reason, "report.figure_unknown");
    EXPECT_NE(codes.error().params.at(1).value.find("received.total"), std::string::npos);
}

}  // namespace
}  // namespace motcua::reporting
