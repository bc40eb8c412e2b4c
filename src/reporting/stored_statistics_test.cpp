// Statistics put down in a file and taken up again are the same; a file that cannot serve is passed over.
#include "reporting/stored_statistics.hpp"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "db/test_directory.hpp"
#include "dossier/test_walk.hpp"

namespace motcua::reporting {
namespace {

std::vector<std::string> lines(const Statistics& statistics) {
    std::vector<std::string> all;
    statistics.each([&](const Facts& f) {
        all.push_back(fmt::format("{} {} {} {} {} {} {} {} {} {} {}", f.code, f.procedure, int(f.channel),
                                  f.receiving_unit.value, f.competent_unit.value, f.received, f.due, f.finished,
                                  f.returned, f.closed, f.stands));
    });
    return all;
}

/// Dossiers that have all kinds of things happen to them.
void go_on(dossier::Walk& walk, int dossiers) {
    for (int i = 0; i < dossiers; ++i) {
        auto opened = walk.world.open(
            "1.000001", {dossier::OpenDraft{dossier::Channel::counter, {}, dossier::TestWorld::content()}});
        ASSERT_TRUE(opened) << opened.error().reason;
        dossier::Dossier d = *opened;
        for (int step = 0; step < 20; ++step) {
            walk.world.clock.advance(std::chrono::milliseconds{walk.pick(3 * 3600 * 1000)});
            if (auto after = walk.world.run(d, walk.any_command(d))) d = *after;
        }
    }
}

class StoredStatistics : public ::testing::Test {
  protected:
    StoredStatistics() { count(); }

    void count() {
        go_on(walk, 12);
        ledger::visit_events(world().database(), statistics.position(),
                             [&](const ledger::StoredEvent& event) { statistics.apply(event); });
    }
    dossier::TestWorld& world() { return walk.world; }
    bool store() { return store_statistics(statistics, *world().database().reader(), file).has_value(); }
    bool load(Statistics& into) { return load_statistics(into, *world().database().reader(), file); }

    const std::uint64_t seed = test::number_given("MOTCUA_SEED", std::random_device{}());
    const ::testing::ScopedTrace trace{__FILE__, __LINE__, "MOTCUA_SEED=" + std::to_string(seed)};
    TestDirectory directory;
    const std::filesystem::path file = statistics_file(directory.path());
    dossier::Walk walk{seed};
    Statistics statistics;
};

TEST_F(StoredStatistics, CountOnFromWhereTheyWere) {
    ASSERT_TRUE(store());
    Statistics again;
    ASSERT_TRUE(load(again));
    EXPECT_EQ(again.position(), statistics.position());
    EXPECT_EQ(again.size(), statistics.size());
    EXPECT_EQ(lines(again), lines(statistics));
    ASSERT_FALSE(lines(again).empty());

    count();
    ledger::visit_events(world().database(), again.position(),
                         [&](const ledger::StoredEvent& event) { again.apply(event); });
    EXPECT_EQ(lines(again), lines(statistics));
    ASSERT_TRUE(store()) << "over the old file";
    Statistics newest;
    ASSERT_TRUE(load(newest));
    EXPECT_EQ(lines(newest), lines(statistics));
}

TEST_F(StoredStatistics, OfNothingAreNotWritten) {
    EXPECT_TRUE(store_statistics(Statistics{}, *world().database().reader(), file));
    EXPECT_FALSE(std::filesystem::exists(file));
    Statistics none;
    EXPECT_FALSE(load(none));
    EXPECT_EQ(none.position(), 0);
}

TEST_F(StoredStatistics, OfAnotherLedgerAreCountedAnew) {
    ASSERT_TRUE(store());
    dossier::Walk elsewhere(seed + 1);
    Statistics none;
    EXPECT_FALSE(load_statistics(none, *elsewhere.world.database().reader(), file)) << "it does not reach that far";
    while (elsewhere.world.committer().last_position() <= statistics.position()) go_on(elsewhere, 3);
    EXPECT_FALSE(load_statistics(none, *elsewhere.world.database().reader(), file)) << "it went on otherwise";
    EXPECT_EQ(none.position(), 0);
}

TEST_F(StoredStatistics, ThatAreDamagedAreCountedAnew) {
    ASSERT_TRUE(store());
    std::string bytes = test::read_text(file);
    const auto put_back = [&](const std::string& content) {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
    };
    for (std::size_t size : {std::size_t{0}, std::size_t{40}, bytes.size() / 2, bytes.size() - 1}) {
        put_back(bytes.substr(0, size));
        Statistics none;
        EXPECT_FALSE(load(none)) << size;
    }
    for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 50) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        put_back(changed);
        Statistics none;
        EXPECT_FALSE(load(none)) << at;
    }
    for (std::size_t size = 0; size + 64 < bytes.size(); size += 97) {
        Statistics none;
        EXPECT_FALSE(none.restore(std::string_view(bytes).substr(64, size))) << size;
    }
    put_back(bytes);
    Statistics whole;
    EXPECT_TRUE(load(whole));
}

TEST_F(StoredStatistics, ThatCannotBeWrittenSaySo) {
    const auto refused =
        store_statistics(statistics, *world().database().reader(), directory.path() / "no such folder" / "file");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "report.not_stored");
}

}  // namespace
}  // namespace motcua::reporting
