// What one server imports, another that shares its database works with once its follower has read the events.
#include "app/snapshot_follower.hpp"

#include <gtest/gtest.h>

#include "app/workspace.hpp"
#include "base/random.hpp"
#include "db/test_directory.hpp"

namespace motcua::app {
namespace {

class Snapshots : public ::testing::Test {
  protected:
    /// The events since the last call, those of one kind only, or of all.
    void follow(std::optional<ledger::StreamKind> only = {}) {
        auto events = ledger::read_events(*workspace->database().reader(), follower.start_position(), 100'000);
        ASSERT_FALSE(events.empty());
        if (only) std::erase_if(events, [&](const ledger::StoredEvent& event) { return event.kind != *only; });
        std::vector<ledger::RowChange> rows;
        follower.handle(events, rows);
        EXPECT_TRUE(rows.empty()) << "what is in memory has no cursor in the database";
    }
    bool knows_units() { return other.units().directory()->find_code("H33.39"); }
    bool knows_procedures() { return other.procedures().catalogue()->size() > 0; }
    bool knows_processes() { return !other.definitions()->list_processes().empty(); }

    TestDirectory directory;
    std::unique_ptr<Workspace> workspace = *Workspace::open(directory.path() / "data", Access::change);
    SystemRandom random;
    Domain domain{workspace->database(), workspace->committer(), workspace->ids()};
    Domain other{workspace->database(), workspace->committer(), workspace->ids()};
    identity::Identity identity{
        workspace->database(),    workspace->committer(), workspace->clock(), workspace->ids(), random,
        other.units().directory()};
    SnapshotFollower follower{other, identity, 0};
};

TEST_F(Snapshots, OfAnotherServerFollowAnImport) {
    ASSERT_TRUE(identity.start());
    ASSERT_TRUE(domain.import_demo(workspace->meta()));
    EXPECT_FALSE(knows_units() || knows_procedures() || knows_processes());
    follow();
    EXPECT_TRUE(knows_units() && knows_procedures() && knows_processes());
    EXPECT_EQ(follower.cursor_kind(), ledger::CursorKind::memory);
}

TEST_F(Snapshots, AreLoadedAnewForTheirOwnEventsOnly) {
    ASSERT_TRUE(identity.start());
    ASSERT_TRUE(domain.import_demo(workspace->meta()));
    follow(ledger::StreamKind::unit);
    EXPECT_TRUE(knows_units() && !knows_procedures() && !knows_processes());
    follow(ledger::StreamKind::process);
    EXPECT_TRUE(knows_processes() && !knows_procedures());
    follow(ledger::StreamKind::procedure);
    EXPECT_TRUE(knows_procedures());
}

}  // namespace
}  // namespace motcua::app
