// Random walks: whatever is tried in whatever order, the rows are the fold of the events, a refused command changes
// nothing, an open dossier has somebody who owes it something, and stored states survive their JSON form.
#include "base/testing.hpp"
#include "dossier/test_walk.hpp"

namespace motcua::dossier {
namespace {

TEST(Walk, RowsAreTheFoldOfTheEventsAfterEveryStep) {
    const std::uint64_t seed = test::number_given("MOTCUA_SEED", std::random_device{}());
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE("MOTCUA_SEED=" + std::to_string(seed));
    Walk walk(seed);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 40; ++i) {
        auto opened = walk.world.open("1.000001", {OpenDraft{walk.chance(50) ? Channel::online : Channel::counter,
                                                             PersonId{3}, TestWorld::content()}});
        ASSERT_TRUE(opened) << opened.error().reason;
        Dossier d = *opened;
        for (int step = 0; step < 40; ++step) {
            walk.world.clock.advance(std::chrono::minutes{walk.pick(600)});
            Command command = walk.any_command(d);
            auto after = walk.world.run(d, command);
            SCOPED_TRACE(std::string(name_of(command)));
            if (!after) {
                ++refused;
                EXPECT_FALSE(after.error().reason.empty());
                auto session = walk.world.database().reader();
                EXPECT_TRUE(*get_dossier(*session, d.id) == d) << "a refused command changed the dossier";
                continue;
            }
            ++accepted;
            EXPECT_EQ(dossier_from_json(to_json(*after)).tasks, after->tasks);
            d = *after;
            for (const std::string& wrong : walk.world.wrong_rows(d.id)) FAIL() << wrong;
            EXPECT_TRUE(is_closed(d.status) || !d.tasks.empty()) << "nobody owes an open dossier anything";
        }
    }
    EXPECT_GT(accepted, 50);
    EXPECT_GT(refused, 50);
    auto session = walk.world.database().reader();
    EXPECT_TRUE(check_task_rows(*session).empty());
    EXPECT_TRUE(ledger::check_ledger(walk.world.database()).empty());
}

}  // namespace
}  // namespace motcua::dossier
