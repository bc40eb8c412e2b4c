// One of several servers does the jobs: who has the turn keeps it, gives it up, or loses it by silence.
#include "app/job_turn.hpp"

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"

namespace motcua::app {
namespace {

using std::chrono::seconds;

class Turns : public ::testing::Test {
  protected:
    static std::unique_ptr<db::Database> open_database() {
        auto opened = db::open_test_database();
        CHECK(db::migrate(*opened, Instant{}));
        return opened;
    }

    const Instant start{seconds{1'790'000'000}};
    std::unique_ptr<db::Database> database = open_database();
    std::unique_ptr<ledger::Committer> committer = ledger::make_committer(*database);
    JobTurn one{*committer, "one"}, two{*committer, "two"};
};

TEST_F(Turns, BelongToOneServerUntilItIsSilent) {
    EXPECT_TRUE(one.holds(start));
    EXPECT_FALSE(two.holds(start));
    for (seconds later{5}; later < seconds{200}; later += seconds{5}) {
        EXPECT_TRUE(one.holds(start + later));
        EXPECT_FALSE(two.holds(start + later)) << later.count();
    }
    EXPECT_TRUE(one.held());
    // The first says nothing any more.
    EXPECT_FALSE(two.holds(start + seconds{210}));
    EXPECT_TRUE(two.holds(start + seconds{240}));
    EXPECT_FALSE(one.holds(start + seconds{241}));
    EXPECT_FALSE(one.held());
}

TEST_F(Turns, GoOnAtOnceWhenGivenUp) {
    EXPECT_TRUE(one.holds(start));
    one.give_up(start + seconds{1});
    EXPECT_FALSE(one.held());
    EXPECT_TRUE(two.holds(start + seconds{2}));
    EXPECT_FALSE(one.holds(start + seconds{12}));
}

TEST_F(Turns, AreNobodysWhileTheDatabaseIsAway) {
    EXPECT_TRUE(one.holds(start));
    committer->stop();
    EXPECT_FALSE(one.holds(start + seconds{20}));
    one.give_up(start + seconds{21});
}

}  // namespace
}  // namespace motcua::app
