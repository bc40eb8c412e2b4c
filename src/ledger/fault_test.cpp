// The ledger on a disk that fails: full, short writes, I/O errors, failed syncs, power cuts. What was acknowledged is
// there exactly once, what was refused is not, and the service goes on when the disk does.
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "db/sqlite/memory_disk.hpp"
#include "db/sqlite/sqlite.hpp"
#include "ledger/committer.hpp"
#include "ledger/test_world.hpp"

namespace motcua::ledger {
namespace {

using db::MemoryDisk;

class Faulty : public testing::Test {
  protected:
    void open(bool background_checkpoints = false) {
        close();
        db::SqliteOptions options;
        options.disk = &disk;
        options.background_checkpoints = background_checkpoints;
        options.checkpoint_pages = 40;
        options.checkpoint_finish_pages = 10;
        options.pace_bytes = 8192;
        options.pace_rest = std::chrono::microseconds{10};
        options.writer_cache_kib = 64;  // small enough that a large transaction spills into the log before its commit
        database = db::open_sqlite("test.db", options);
        make_tables(*database);
        committer = make_committer(*database);
    }
    void close() {
        committer.reset();
        database.reset();
    }
    void TearDown() override { close(); }

    /// Adds 1 to one of a few items, as now stored; a fault while reading answers unavailable as well.
    Result<Committed> add_one(std::int64_t id, std::size_t padding = 200) {
        try {
            return run_command(*database, *committer, [&](db::Session& session) -> Result<WriteSet> {
                WriteSet set = add(id, load(session, id).head, 1);
                set.events[0].data["padding"] = std::string(padding, 'p');
                return set;
            });
        } catch (const Fault&) {
            return fail(Errc::unavailable, "test.cannot_read");
        }
    }

    /// Rows and events say the same, and every item has at least `least` (and at most `most`) additions.
    void expect_sound(const std::map<std::int64_t, std::int64_t>& least,
                      const std::map<std::int64_t, std::int64_t>& most) {
        EXPECT_TRUE(db::check_sqlite_integrity(*database).empty());
        EXPECT_TRUE(check_ledger(*database).empty());
        std::map<std::int64_t, std::int64_t> events;
        visit_events(*database, 0, [&](const StoredEvent& event) { ++events[event.stream]; });
        const db::Lease session = database->reader();
        for (const auto& [id, count] : most) {
            const Item item = load(*session, id);
            EXPECT_EQ(item.total, item.head.version) << id;
            EXPECT_EQ(item.total, events[id]) << id;
            const auto known = least.find(id);
            EXPECT_GE(item.total, known == least.end() ? 0 : known->second) << id;
            EXPECT_LE(item.total, count) << id;
        }
    }

    MemoryDisk disk;
    std::unique_ptr<db::Database> database;
    std::unique_ptr<Committer> committer;
};

TEST_F(Faulty, FullDiskRefusesAndRecovers) {
    open();
    std::map<std::int64_t, std::int64_t> acknowledged;
    disk.set_capacity(disk.used_bytes() + 200'000);
    std::int64_t refused = 0;
    for (int i = 0; refused < 5; ++i) {
        ASSERT_LT(i, 2000);
        const std::int64_t id = 1 + i % 7;
        const auto outcome = add_one(id);
        if (outcome) {
            ++acknowledged[id];
            EXPECT_EQ(refused, 0);
            continue;
        }
        ++refused;
        EXPECT_EQ(outcome.error(), (Error{Errc::unavailable, "ledger.disk_full", {}, {}}));
        EXPECT_EQ(load(*database->reader(), id).total, acknowledged[id]);  // reading goes on
    }
    disk.set_capacity(0);
    for (std::int64_t id = 1; id <= 7; ++id) {
        ASSERT_TRUE(add_one(id)) << "there is room again";
        ++acknowledged[id];
    }
    expect_sound(acknowledged, acknowledged);
    open();
    expect_sound(acknowledged, acknowledged);
}

TEST_F(Faulty, LargeTransactionThatFillsTheDiskLeavesNothing) {
    open();
    ASSERT_TRUE(add_one(1));
    disk.set_capacity(disk.used_bytes() + 300'000);
    const auto filled = committer->write("test.fill", [](AdminTransaction& transaction) -> Result<void> {
        for (int i = 0; i < 100'000; ++i) {
            const NewEvent event{"filler", 1, {{"text", std::string(500, 'x')}}};
            transaction.append(StreamKind::system, i, {}, {at(2000), "system", "", ""}, {&event, 1});
        }
        return {};
    });
    EXPECT_EQ(filled.error().reason, "ledger.disk_full");
    EXPECT_EQ(committer->last_position(), 1);
    ASSERT_TRUE(add_one(1));
    expect_sound({{1, 2}}, {{1, 2}});
}

struct Failure {
    MemoryDisk::Operation operation;
    MemoryDisk::Outcome outcome;
};

std::string name_of(const testing::TestParamInfo<Failure>& info) {
    const char* const outcomes[] = {"done", "error", "short", "full"};
    return std::string(info.param.operation == MemoryDisk::Operation::sync ? "sync_" : "write_") +
           outcomes[static_cast<int>(info.param.outcome)];
}

class FaultyCall : public Faulty, public testing::WithParamInterface<Failure> {};

INSTANTIATE_TEST_SUITE_P(Once, FaultyCall,
                         testing::Values(Failure{MemoryDisk::Operation::write, MemoryDisk::Outcome::io_error},
                                         Failure{MemoryDisk::Operation::write, MemoryDisk::Outcome::short_write},
                                         Failure{MemoryDisk::Operation::write, MemoryDisk::Outcome::disk_full},
                                         Failure{MemoryDisk::Operation::sync, MemoryDisk::Outcome::io_error}),
                         name_of);

// Every place where the Nth call may hit: the log's header, a frame, the commit, the database file in a checkpoint.
TEST_P(FaultyCall, HurtsOneCommandAtMost) {
    for (std::int64_t nth = 1; nth <= 60; ++nth) {
        SCOPED_TRACE(nth);
        open(nth % 2 == 0);
        std::map<std::int64_t, std::int64_t> before;
        for (std::int64_t id = 1; id <= 5; ++id) before[id] = load(*database->reader(), id).total;
        std::int64_t calls = 0;
        disk.set_fault_hook([&](MemoryDisk::Operation operation, std::string_view, std::int64_t) {
            if (operation != GetParam().operation || ++calls != nth) return MemoryDisk::Outcome::done;
            return GetParam().outcome;
        });
        auto acknowledged = before;
        int refused = 0;
        for (int i = 0; i < 40; ++i) {
            const std::int64_t id = 1 + i % 5;
            const auto outcome = add_one(id, 900);
            if (outcome) {
                ++acknowledged[id];
            } else {
                EXPECT_EQ(outcome.error().code, Errc::unavailable);
                ++refused;
            }
        }
        EXPECT_LE(refused, 1);
        disk.set_fault_hook({});
        expect_sound(acknowledged, acknowledged);
        open();
        expect_sound(acknowledged, acknowledged);
    }
}

TEST_F(Faulty, PowerCutKeepsWhatWasAcknowledged) {
    disk.track_syncs();
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        SeededRandom random(seed);
        open(seed % 2 == 0);
        std::map<std::int64_t, std::int64_t> acknowledged, possible;
        for (std::int64_t id = 1; id <= 5; ++id) acknowledged[id] = load(*database->reader(), id).total;
        possible = acknowledged;
        // The cut comes at a random operation, mostly in the middle of a commit or checkpoint: from there on nothing
        // reaches the disk.
        const auto last_call = static_cast<std::int64_t>(1 + random.u64() % 150);
        disk.set_fault_hook([&](MemoryDisk::Operation, std::string_view, std::int64_t call) {
            return call < last_call ? MemoryDisk::Outcome::done : MemoryDisk::Outcome::io_error;
        });
        for (int refused = 0, i = 0; refused < 2 && i < 200; ++i) {
            const auto id = static_cast<std::int64_t>(1 + random.u64() % 5);
            if (add_one(id, random.u64() % 1500)) {
                ++acknowledged[id];
                ++possible[id];
            } else {
                // Refused as "unavailable" when its sync failed; it may still have reached the disk before the cut.
                ++refused;
                ++possible[id];
            }
        }
        disk.power_cut(random);
        disk.set_fault_hook({});
        open();
        expect_sound(acknowledged, possible);
        ASSERT_TRUE(add_one(1));
    }
}

TEST_F(Faulty, GroupsOfManyCallersSurviveErrorsNowAndThen) {
    open(true);
    SeededRandom random(11);
    disk.set_fault_hook([&](MemoryDisk::Operation, std::string_view, std::int64_t) {
        return random.u64() % 50 == 0 ? MemoryDisk::Outcome::io_error : MemoryDisk::Outcome::done;
    });
    constexpr int threads = 6;
    std::vector<std::map<std::int64_t, std::int64_t>> acknowledged(threads);
    std::vector<std::thread> callers;
    for (int t = 0; t < threads; ++t) {
        callers.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i) {
                const std::int64_t id = 1 + (t + i) % 9;
                if (add_one(id)) ++acknowledged[static_cast<std::size_t>(t)][id];
            }
        });
    }
    for (auto& caller : callers) caller.join();
    disk.set_fault_hook({});
    std::map<std::int64_t, std::int64_t> all;
    for (const auto& one : acknowledged) {
        for (const auto& [id, count] : one) all[id] += count;
    }
    expect_sound(all, all);
    open();
    expect_sound(all, all);
}

}  // namespace
}  // namespace motcua::ledger
