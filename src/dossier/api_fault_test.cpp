// What the world does to a change over the API: a clock that went back, a disk that is full. It is said, and nothing
// has changed.
#include <gtest/gtest.h>

#include "db/sqlite/memory_disk.hpp"
#include "documents/full_disk.hpp"
#include "dossier/api_world.hpp"

namespace motcua::dossier {
namespace {

using World = ApiWorld;

TEST(DossierApi, AClockThatWentBackIsSaidAndChangesNothing) {
    World world;
    const std::string id = World::id_of(world.receive_online());
    world.go_to("2026-03-02T08:28");
    EXPECT_EQ(world.refused("xuly", id, "notes", {{"text", "x"}}), "ledger.clock_behind");
    EXPECT_EQ(world.post("xuly", "/api/v1/dossiers/" + id + "/notes", {{"text", "x"}}).status, 503);
    world.go_to("2026-03-02T08:30");
    EXPECT_EQ(world.post("xuly", "/api/v1/dossiers/" + id + "/notes", {{"text", "x"}}).status, 200);
}

TEST(DossierApi, AFullDiskIsSaidAndChangesNothing) {
    db::MemoryDisk disk;
    db::SqliteOptions options;
    options.disk = &disk;
    World world("2026-03-02T08:30", db::open_sqlite("full.db", options));
    const std::string id = World::id_of(world.receive_online());
    const json::object note{{"text", std::string(3000, 'x')}};
    const std::string path = "/api/v1/dossiers/" + id;
    disk.set_capacity(disk.used_bytes() + 100'000);
    std::int64_t version = 0;
    World::Answer answer;
    for (int i = 0; (answer = world.post("xuly", path + "/notes", note)).status == 200; ++i) {
        version = answer.object().at("version").as_int64();
        ASSERT_LT(i, 1000);
    }
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(world.refused("xuly", id, "notes", note), "ledger.disk_full");
    EXPECT_EQ(world.get("xuly", path).object().at("version").as_int64(), version) << "reading goes on";
    disk.set_capacity(0);
    EXPECT_EQ(world.post("xuly", path + "/notes", note).status, 200) << "there is room again";
    EXPECT_EQ(world.wrong_rows_of(world.get("xuly", path).object()), std::vector<std::string>{});
}

TEST(DossierApi, AFileThatTheDiskCannotHoldIsNotTaken) {
    World world;
    auto draft = world.post("lan", "/api/v1/dossiers", {{"procedure", "1.000001"}, {"submit", false}});
    const std::string id = World::id_of(draft.object());
    const std::string scan = documents::test_files::pdf(std::string(300'000, ' '));
    const std::int64_t position = world.committer().last_position();
    {
        const documents::FullDisk disk(100'000);
        auto answer = world.upload("lan", id, "KQ000001", "a.pdf", scan);
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(answer.reason(), "blob.disk_full");
    }
    EXPECT_EQ(world.committer().last_position(), position);
    EXPECT_EQ(world.upload("lan", id, "KQ000001", "a.pdf", scan).status, 201);
}

}  // namespace
}  // namespace motcua::dossier
