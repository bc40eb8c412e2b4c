// The ledger on each database: groups, conflicts, idempotency, streams, time, administrative changes, followers.
#include <atomic>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "db/test_database.hpp"
#include "ledger/committer.hpp"
#include "ledger/follower.hpp"
#include "ledger/test_world.hpp"

namespace motcua::ledger {
namespace {

class Ledger : public testing::Test {
  protected:
    void SetUp() override { open(); }
    void open() {
        committer.reset();
        database.reset();
        database = db::open_test_database();
        make_tables(*database);
        committer = make_committer(*database, hooks);
    }
    Item item(std::int64_t id) { return load(*database->reader(), id); }
    std::int64_t labels() {
        return *database->reader()->find_one(count_labels, {}, [](const Row& row) { return row.int64(0); });
    }
    /// Queues all at once, so that they meet in one group, and waits.
    std::vector<Result<Committed>> submit_together(std::vector<WriteSet> sets) {
        std::vector<Result<Committed>> outcomes(sets.size(), Committed{});
        std::latch left(static_cast<std::ptrdiff_t>(sets.size()));
        EXPECT_TRUE(committer->write("test.hold", [&](AdminTransaction&) -> Result<void> {
            // The writer is busy with this change: what is submitted meanwhile has to wait for one group.
            for (std::size_t i = 0; i < sets.size(); ++i) {
                committer->submit(std::move(sets[i]), [&outcomes, &left, i](Result<Committed> outcome) {
                    outcomes[i] = std::move(outcome);
                    left.count_down();
                });
            }
            return {};
        }));
        left.wait();
        return outcomes;
    }

    CommitterHooks hooks;
    std::unique_ptr<db::Database> database;
    std::unique_ptr<Committer> committer;
};

TEST_F(Ledger, StoresEventsAndRowsTogether) {
    WriteSet set = add(7, {}, 5, at(1234));
    set.meta.on_behalf_of = "person:9";
    set.events.push_back({"item_checked", 2, {}});
    const auto first = committer->commit(std::move(set));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->first_position, 1);
    EXPECT_EQ(first->last_position, 2);
    EXPECT_EQ(first->at, at(1234));
    EXPECT_EQ(item(7).head.position, 2);

    const db::Lease session = database->reader();
    const auto events = read_stream(*session, StreamKind::dossier, 7, {2, 2});
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].type, "item_added");
    EXPECT_EQ(events[0].data, (json::object{{"amount", 5}}));
    EXPECT_EQ(events[0].meta.actor, "officer:1");
    EXPECT_EQ(events[0].meta.on_behalf_of, "person:9");
    EXPECT_EQ(events[0].meta.request_id, "request-1");
    EXPECT_EQ(events[1].schema, 2);
    EXPECT_EQ(events[1].version, 2);
    EXPECT_EQ(committer->last_position(), 2);
}

TEST_F(Ledger, GroupKeepsNeighboursOfAConflict) {
    ASSERT_TRUE(committer->commit(add(1, {}, 10)));
    const Head head = item(1).head;
    std::vector<WriteSet> sets;
    sets.push_back(add(2, {}, 1));
    sets.push_back(add(1, {head.version, head.position}, 1));
    sets.push_back(add(1, {head.version, head.position}, 100));  // same stream, same group: too late
    sets.push_back(add(2, {}, 50));                              // a stream that has just been made
    sets.push_back(add(3, {}, 2));
    const auto outcomes = submit_together(std::move(sets));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_TRUE(outcomes[1]);
    EXPECT_EQ(outcomes[2].error().reason, "ledger.version_conflict");
    EXPECT_EQ(outcomes[2].error().code, Errc::conflict);
    EXPECT_EQ(outcomes[3].error().reason, "ledger.version_conflict");
    EXPECT_TRUE(outcomes[4]);
    EXPECT_EQ(outcomes[4]->last_position, 4);  // no gap where the conflicts were
    EXPECT_EQ(item(1).total, 11);
    EXPECT_EQ(item(2).total, 1);
    EXPECT_TRUE(check_ledger(*database).empty());
}

TEST_F(Ledger, GroupKeepsNeighboursOfAConstraint) {
    ASSERT_TRUE(committer->commit(add(1, {}, 0)));
    WriteSet taken = add(2, {}, 1);
    taken.rows.push_back(label("x"));
    WriteSet repeats = add(3, {}, 1);
    repeats.rows.push_back(label("x"));
    std::vector<WriteSet> sets;
    sets.push_back(std::move(taken));
    sets.push_back(std::move(repeats));
    sets.push_back(add(4, {}, 1));
    const auto outcomes = submit_together(std::move(sets));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason, "ledger.constraint");
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(item(3).head.version, 0);
    EXPECT_EQ(item(4).head.version, 1);
    EXPECT_EQ(labels(), 1);
    EXPECT_TRUE(check_ledger(*database).empty());
}

TEST_F(Ledger, GroupSurvivesTheEndOfItsTransaction) {
    if (database->dialect() != "sqlite") GTEST_SKIP() << "no statement of PostgreSQL ends the transaction of all";
    ASSERT_TRUE(committer->commit([] {
        WriteSet set;
        set.rows.push_back(label("x"));
        return set;
    }()));
    WriteSet ends = add(2, {}, 1);
    ends.rows.push_back(
        {&end_transaction, {std::string("x")}, {}, 1});  // OR ROLLBACK throws away the whole transaction
    std::vector<WriteSet> sets;
    sets.push_back(add(1, {}, 1));
    sets.push_back(std::move(ends));
    sets.push_back(add(3, {}, 1));
    const auto outcomes = submit_together(std::move(sets));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason, "ledger.constraint");
    EXPECT_TRUE(outcomes[2]);
    EXPECT_EQ(item(1).total, 1);
    EXPECT_EQ(item(2).head.version, 0);
    EXPECT_EQ(item(3).total, 1);
    EXPECT_TRUE(check_ledger(*database).empty());
}

TEST_F(Ledger, WrongStatementHurtsOnlyItsOwnWriteSet) {
    static constexpr Statement wrong{"test.wrong", "UPDATE nothing SET x = 1"};
    std::string reported;
    hooks.fault = [&](std::string_view, std::string_view what) { reported = what; };
    open();
    WriteSet broken = add(2, {}, 1);
    broken.rows.push_back({&wrong, {}, {}, -1});
    std::vector<WriteSet> sets;
    sets.push_back(add(1, {}, 1));
    sets.push_back(std::move(broken));
    const auto outcomes = submit_together(std::move(sets));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason, "ledger.unavailable");
    EXPECT_NE(reported.find("nothing"), std::string::npos);
    EXPECT_EQ(item(2).head.version, 0);
}

TEST_F(Ledger, EventsNeedAVersionCheck) {
    WriteSet set = add(1, {}, 1);
    set.rows.clear();
    EXPECT_THROW(static_cast<void>(committer->commit(std::move(set))), CheckFailure);
}

TEST_F(Ledger, RepeatedKeyHappensOnce) {
    const IdempotentAnswer answer{"person:1/file/abc", "f00", 201, R"({"code":"H1"})"};
    const auto keyed = [&](std::int64_t id) {
        WriteSet set = add(id, {}, 1);
        set.answer = answer;
        return set;
    };
    std::vector<WriteSet> sets;
    sets.push_back(keyed(1));
    sets.push_back(keyed(2));  // in the same group
    const auto outcomes = submit_together(std::move(sets));
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().reason, "ledger.repeated_key");
    EXPECT_EQ(committer->commit(keyed(3)).error().reason, "ledger.repeated_key");
    EXPECT_EQ(item(2).head.version, 0);
    const db::Lease session = database->reader();
    const auto stored = find_answer(*session, answer.key);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->fingerprint, "f00");
    EXPECT_EQ(stored->status, 201);
    EXPECT_EQ(stored->body, answer.body);
    EXPECT_FALSE(find_answer(*session, "person:1/file/abd"));
}

TEST_F(Ledger, RefusedWriteSetLeavesItsKeyFree) {
    ASSERT_TRUE(committer->commit(add(1, {}, 1)));
    WriteSet stale = add(1, {}, 1);
    stale.answer = IdempotentAnswer{"k", "f", 200, ""};
    EXPECT_EQ(committer->commit(std::move(stale)).error().reason, "ledger.version_conflict");
    EXPECT_FALSE(find_answer(*database->reader(), "k"));
}

TEST_F(Ledger, OldAnswersAreForgotten) {
    const Instant start = at(1'000'000);
    for (int i = 0; i < 1200; ++i) {
        WriteSet set;
        set.meta.at = start + std::chrono::hours{i};
        set.answer = IdempotentAnswer{"k" + std::to_string(i), "f", 200, ""};
        ASSERT_TRUE(committer->commit(std::move(set)));
    }
    EXPECT_EQ(forget_old_answers(*committer, start + std::chrono::hours{600} + answers_kept).value(), 600);
    const db::Lease session = database->reader();
    EXPECT_FALSE(find_answer(*session, "k599"));
    EXPECT_TRUE(find_answer(*session, "k600"));
    EXPECT_EQ(forget_old_answers(*committer, start).value(), 0);
}

TEST_F(Ledger, TimeNeverRunsBackwards) {
    milliseconds behind{0};
    hooks.clock_behind = [&](milliseconds by) { behind = by; };
    open();
    ASSERT_TRUE(committer->commit(add(1, {}, 1, at(100'000))));
    EXPECT_EQ(committer->commit(add(2, {}, 1, at(40'000)))->at, at(40'000)) << "decided at the same time as another";
    const auto late = committer->commit(add(3, {}, 1, at(39'999)));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error(), (Error{Errc::unavailable, "ledger.clock_behind", {}, {}}));
    EXPECT_EQ(behind, milliseconds{60'001});
    EXPECT_EQ(committer->stats().clock_behind, 1);
    EXPECT_EQ(committer->last_position(), 2);
    EXPECT_EQ(committer->commit(add(3, {}, 1, at(100'001)))->at, at(100'001));
    // Also over a restart.
    committer.reset();
    committer = make_committer(*database);
    EXPECT_EQ(committer->commit(add(4, {}, 1, at(5))).error().reason, "ledger.clock_behind");
    EXPECT_TRUE(check_ledger(*database).empty());
}

TEST_F(Ledger, EventsAreAppendOnly) {
    ASSERT_TRUE(committer->commit(add(1, {}, 1)));
    const bool sqlite = database->dialect() == "sqlite";
    const std::string columns = "position, kind, stream, version, prev, type, schema, at";
    const std::string copy =
        " INTO event SELECT " + columns + ", 'officer:2', on_behalf_of, request_id, data FROM event";
    std::vector<std::string> forgeries{
        "UPDATE event SET data = '{}'", "UPDATE event SET actor = 'officer:2'", "DELETE FROM event",
        sqlite ? "INSERT OR REPLACE" + copy
               : "INSERT" + copy + " ON CONFLICT (position, stream) DO UPDATE SET actor = excluded.actor"};
    if (!sqlite) forgeries.emplace_back("TRUNCATE event");
    for (const std::string& sql : forgeries) {
        const auto changed = committer->write("test.forge", [&](AdminTransaction& transaction) -> Result<void> {
            transaction.script(sql);
            return {};
        });
        EXPECT_EQ(changed.error().reason, "ledger.constraint") << sql;
    }
    EXPECT_EQ(read_events(*database->reader(), 0, 10).at(0).meta.actor, "officer:1");
}

TEST_F(Ledger, AdministrativeChangeAppendsManyStreams) {
    const auto import = [&](int count, bool refuse) {
        return committer->write("test.import", [&](AdminTransaction& transaction) -> Result<void> {
            for (int id = 1; id <= count; ++id) {
                const Item before = load(transaction, id);
                const NewEvent event{"item_imported", 1, {{"id", id}}};
                const Head head =
                    transaction.append(StreamKind::procedure, id, before.head, {at(50), "system", "", ""}, {&event, 1});
                if (before.head.version == 0) {
                    transaction.execute(insert_item,
                                        Values{std::int64_t{id}, head.version, head.position, std::int64_t{1}});
                } else {
                    transaction.execute(update_item,
                                        Values{std::int64_t{id}, before.head.version, head.position, std::int64_t{1}});
                }
            }
            if (refuse) return fail(Errc::invalid, "test.refused");
            return {};
        });
    };
    EXPECT_EQ(import(10, true).error().reason, "test.refused");
    EXPECT_EQ(committer->last_position(), 0);
    ASSERT_TRUE(import(676, false));
    ASSERT_TRUE(import(676, false));
    EXPECT_EQ(committer->last_position(), 2 * 676);
    EXPECT_EQ(item(676).head, (Head{2, 2 * 676}));
    EXPECT_TRUE(check_ledger(*database).empty());
    EXPECT_EQ(read_stream(*database->reader(), StreamKind::procedure, 5, item(5).head).size(), 2u);
    EXPECT_THROW(static_cast<void>(committer->write(
                     "test.throw", [](AdminTransaction&) -> Result<void> { check_failed("here", 1, "x", "y"); })),
                 CheckFailure);
    EXPECT_TRUE(committer->commit(add(1000, {}, 1)));
}

TEST_F(Ledger, StreamsWithoutARowKeepTheirHead) {
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(run_command(*database, *committer, [](db::Session& session) -> Result<WriteSet> {
            WriteSet set;
            set.kind = StreamKind::system;
            set.head = find_stream_head(session, StreamKind::system, 0);
            set.events = {{"system_started", 1, {}}, {"system_checked", 1, {}}};
            set.rows = {advance_stream_head(set.kind, 0, set.head, set.head.version + 2)};
            return set;
        }));
    }
    const db::Lease session = database->reader();
    const Head head = find_stream_head(*session, StreamKind::system, 0);
    EXPECT_EQ(head, (Head{6, 6}));
    EXPECT_EQ(read_stream(*session, StreamKind::system, 0, head).size(), 6u);
}

TEST_F(Ledger, ReadStreamFollowsItsOwnChainOnly) {
    for (int round = 0; round < 5; ++round) {
        for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(committer->commit(add(id, item(id).head, id)));
    }
    const db::Lease session = database->reader();
    const Head head = item(2).head;
    const auto events = read_stream(*session, StreamKind::dossier, 2, head);
    ASSERT_EQ(events.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(events[i].position, 2 + 3 * static_cast<std::int64_t>(i));
    const auto later = read_stream(*session, StreamKind::dossier, 2, head, 3);
    ASSERT_EQ(later.size(), 2u);
    EXPECT_EQ(later[0].version, 4);
    EXPECT_TRUE(read_stream(*session, StreamKind::dossier, 2, head, 5).empty());
    EXPECT_TRUE(read_stream(*session, StreamKind::dossier, 99, {}).empty());
    EXPECT_THROW(static_cast<void>(read_stream(*session, StreamKind::dossier, 1, head)), Fault);
    EXPECT_THROW(static_cast<void>(read_stream(*session, StreamKind::dossier, 2, {6, head.position})), Fault);

    std::int64_t visited = 0;
    EXPECT_EQ(visit_events(*database, 4, [&](const StoredEvent& event) { EXPECT_EQ(event.position, 5 + visited++); }),
              15);
    EXPECT_EQ(visited, 11);
}

TEST_F(Ledger, CheckNamesWhatIsWrong) {
    for (std::int64_t id = 1; id <= 3; ++id) ASSERT_TRUE(committer->commit(add(id, {}, 1)));
    const std::string on_event = database->dialect() == "sqlite" ? "" : " ON event";
    ASSERT_TRUE(committer->write("test.forge", [&](AdminTransaction& transaction) -> Result<void> {
        for (const std::string name : {"event_no_update", "event_no_delete"})
            transaction.script("DROP TRIGGER " + name + on_event);
        if (!on_event.empty()) transaction.script("GRANT ALL ON event TO CURRENT_USER");
        transaction.script(
            "DELETE FROM event WHERE position = 2; UPDATE event SET version = 5, at = at - 60001 WHERE position = 3");
        return {};
    }));
    const auto wrong = check_ledger(*database);
    ASSERT_EQ(wrong.size(), 3u);
    EXPECT_EQ(wrong[0], "Expected event 2 to follow event 1, but found 3");
    EXPECT_NE(wrong[1].find("version 1 of stream 1/3"), std::string::npos);
}

TEST_F(Ledger, ManyThreadsLoseNothing) {
    constexpr int threads = 8;
    constexpr int each = 200;
    constexpr int items = 5;
    std::atomic<int> hook_calls{0};
    committer->on_group([&] { ++hook_calls; });
    std::vector<std::thread> callers;
    std::atomic<int> done{0};
    for (int t = 0; t < threads; ++t) {
        callers.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const std::int64_t id = (t + i) % items;
                for (;;) {
                    const auto outcome = run_command(
                        *database, *committer,
                        [&](db::Session& session) -> Result<WriteSet> { return add(id, load(session, id).head, 1); });
                    if (outcome) break;
                    EXPECT_EQ(outcome.error().reason, "ledger.version_conflict");
                }
                ++done;
            }
        });
    }
    for (auto& caller : callers) caller.join();
    std::int64_t total = 0;
    for (std::int64_t id = 0; id < items; ++id) {
        const Item now = item(id);
        total += now.total;
        EXPECT_EQ(now.head.version, now.total);
    }
    EXPECT_EQ(total, threads * each);
    EXPECT_EQ(committer->last_position(), threads * each);
    EXPECT_EQ(committer->stats().committed, threads * each);
    EXPECT_GT(hook_calls, 0);
    EXPECT_TRUE(check_ledger(*database).empty());
}

TEST_F(Ledger, FullQueueRefuses) {
    std::atomic<std::size_t> refused{0};
    std::atomic<std::size_t> committed{0};
    const std::size_t sent = commit_queue_max + 10;
    ASSERT_TRUE(committer->write("test.hold", [&](AdminTransaction&) -> Result<void> {
        for (std::size_t i = 0; i < sent; ++i) {
            committer->submit(add(static_cast<std::int64_t>(i) + 1, {}, 1), [&](Result<Committed> outcome) {
                if (outcome) {
                    ++committed;
                } else {
                    EXPECT_EQ(outcome.error().reason, "ledger.queue_full");
                    EXPECT_EQ(outcome.error().code, Errc::unavailable);
                    ++refused;
                }
            });
        }
        return {};
    }));
    committer->stop();
    EXPECT_EQ(refused, 10u);
    EXPECT_EQ(committed, commit_queue_max);
    EXPECT_EQ(committer->commit(add(1, {}, 1)).error().reason, "ledger.stopped");
}

TEST_F(Ledger, CompletionMustNotWaitForACommit) {
    std::latch called(1);
    bool refused = false;
    committer->submit(add(1, {}, 1), [&](Result<Committed>) {
        try {
            static_cast<void>(committer->commit(add(2, {}, 1)));
        } catch (const CheckFailure&) {
            refused = true;
        }
        called.count_down();
    });
    called.wait();
    EXPECT_TRUE(refused);
}

// Followers -------------------------------------------------------------------------------------------------------

struct Collected {
    std::vector<std::int64_t> positions;
    std::int64_t poison = 0;  // throws at this position
    int attempts = 0;
    bool writes_rows = true;
};

class Collector final : public Follower {
  public:
    Collector(std::string name, Collected& into, CursorKind cursor = CursorKind::durable)
        : name_(std::move(name)), into_(into), cursor_(cursor) {}
    std::string_view name() const override { return name_; }
    CursorKind cursor_kind() const override { return cursor_; }
    void handle(std::span<const StoredEvent> events, std::vector<RowChange>& rows) override {
        ++into_.attempts;
        for (const auto& event : events) {
            if (event.position == into_.poison) throw std::runtime_error("cannot read this");
        }
        for (const auto& event : events) {
            into_.positions.push_back(event.position);
            if (into_.writes_rows) rows.push_back(label(name_ + std::to_string(event.position)));
        }
    }

  private:
    std::string name_;
    Collected& into_;
    CursorKind cursor_;
};

std::vector<std::int64_t> up_to(std::int64_t last, std::int64_t first = 1) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = first; i <= last; ++i) numbers.push_back(i);
    return numbers;
}

class Followers : public Ledger {
  protected:
    void append(std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) ASSERT_TRUE(committer->commit(add(++last_id, {}, 1)));
    }
    std::int64_t last_id = 0;
};

TEST_F(Followers, GetEveryEventOnceInOrderAndGoOnAfterARestart) {
    Collected rows, quiet, memory;
    quiet.writes_rows = memory.writes_rows = false;
    append(300);
    for (int round = 0; round < 2; ++round) {
        memory.positions.clear();
        const auto runner = make_follower_runner(*database, *committer);
        runner->add(std::make_unique<Collector>("rows", rows));
        runner->add(std::make_unique<Collector>("quiet", quiet));
        runner->add(std::make_unique<Collector>("memory", memory, CursorKind::memory));
        runner->start();
        append(50);
        EXPECT_TRUE(runner->drain());
        append(1);
        EXPECT_TRUE(runner->drain());
        const auto all = up_to(committer->last_position());
        EXPECT_EQ(rows.positions, all);
        EXPECT_EQ(quiet.positions, all);
        EXPECT_EQ(memory.positions, all);
        runner->stop();
        EXPECT_FALSE(runner->drain() && runner->states().empty());
    }
    EXPECT_EQ(labels(), 300 + 102);
}

TEST_F(Followers, PoisonedEventStopsItsFollowerAlone) {
    Collected poisoned, healthy;
    poisoned.poison = 7;
    std::atomic<int> alerts{0};
    FollowerOptions options;
    options.retry_first = milliseconds{1};
    options.park_after = 1'000'000;
    options.on_failure = [&](const FollowerState& state) {
        EXPECT_EQ(state.name, "poisoned");
        EXPECT_EQ(state.last_failure, "cannot read this");
        ++alerts;
    };
    const auto runner = make_follower_runner(*database, *committer, options);
    runner->add(std::make_unique<Collector>("poisoned", poisoned));
    runner->add(std::make_unique<Collector>("healthy", healthy));
    append(20);
    runner->start();
    while (alerts < 3) std::this_thread::yield();
    EXPECT_FALSE(runner->drain());
    for (const auto& state : runner->states()) EXPECT_EQ(state.position, state.name == "healthy" ? 20 : 6);
    append(5);
    while (runner->states()[1].position < 25) std::this_thread::yield();
    runner->stop();
    EXPECT_EQ(healthy.positions, up_to(25));
    EXPECT_EQ(poisoned.positions, up_to(6));  // all before the one that fails got through, once

    poisoned.poison = 0;  // mended
    const auto again = make_follower_runner(*database, *committer, options);
    again->add(std::make_unique<Collector>("poisoned", poisoned));
    again->start();
    EXPECT_TRUE(again->drain());
    EXPECT_EQ(poisoned.positions, up_to(25));
}

TEST_F(Followers, RefusedRowsMoveNoCursor) {
    Collected rows;
    ASSERT_TRUE(committer->commit([] {
        WriteSet set;
        set.rows.push_back(label("rows3"));  // taken
        return set;
    }()));
    append(4);
    const auto runner = make_follower_runner(*database, *committer);
    runner->add(std::make_unique<Collector>("rows", rows));
    runner->start();
    EXPECT_FALSE(runner->drain());
    EXPECT_FALSE(runner->drain());
    EXPECT_FALSE(runner->drain());
    const auto state = runner->states()[0];
    EXPECT_LE(state.position, 2);
    EXPECT_EQ(state.last_failure, "ledger.constraint");
    EXPECT_EQ(labels(), 1 + state.position);
}

}  // namespace
}  // namespace motcua::ledger
