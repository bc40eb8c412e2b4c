// The core of the program in a simulated world: clock, chance and disk are made up, and the disk fails. Dossiers are
// filed and worked on, processes run their timers and calls, a notice moves deadlines, followers follow; writes and
// syncs fail, the power is cut, the program starts again. After every step what was acknowledged is there exactly once
// and the invariants hold. A seed is a whole history: MOTCUA_SEED repeats one, MOTCUA_SOAK_SECONDS runs new ones for
// that long.
#include <latch>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include "base/testing.hpp"
#include "db/sqlite/memory_disk.hpp"
#include "dossier/redate.hpp"
#include "dossier/test_walk.hpp"
#include "reporting/statistics.hpp"
#include "transparency/log.hpp"
#include "transparency/verify.hpp"

namespace motcua::app {
namespace {

using db::MemoryDisk;
using dossier::Command;
using dossier::Dossier;

constexpr int steps_a_history = 160;
constexpr std::uint64_t histories = 6;
constexpr int attempts_max = 1000;
constexpr int faults_in[] = {0, 400, 120, 30};  // one operation of the disk in so many fails; 0 = none
constexpr std::string_view notice_text =
    R"({"document": {"number": "15/TB-BNV", "date": "2025-07-07"}, "days_off": ["2025-07-10", "2025-07-21"]})";

/// Everything a process of a dossier can wait for.
constexpr std::string_view process_body =
    R"(<startEvent id="start"/><endEvent id="end"/><endEvent id="reminded"/>)"
    R"(<parallelGateway id="fork"/><parallelGateway id="join"/><exclusiveGateway id="met"/>)"
    R"(<userTask id="appraise" name="Thẩm định" motcua:role="processor"/>)"
    R"(<userTask id="remind" name="Nhắc việc" motcua:role="processor"/>)"
    R"(<userTask id="issue" name="Phát hành" motcua:role="clerk"/>)"
    R"(<serviceTask id="call" motcua:call="register"/>)"
    R"(<intermediateCatchEvent id="wait" name="Chờ giấy"><messageEventDefinition messageRef="paper"><operationRef>op</operationRef></messageEventDefinition></intermediateCatchEvent>)"
    R"(<intermediateCatchEvent id="pause"><timerEventDefinition motcua:limit="2 working_hour"/></intermediateCatchEvent>)"
    R"(<boundaryEvent id="late" attachedToRef="appraise" cancelActivity="false"><timerEventDefinition>)"
    R"(<timeCycle xsi:type="tFormalExpression">R3/PT5H</timeCycle></timerEventDefinition></boundaryEvent>)"
    R"(<boundaryEvent id="alarm" attachedToRef="appraise"><signalEventDefinition signalRef="storm"/></boundaryEvent>)"
    R"(<sequenceFlow id="f1" sourceRef="start" targetRef="fork"/><sequenceFlow id="f2" sourceRef="fork" targetRef="appraise"/>)"
    R"(<sequenceFlow id="f3" sourceRef="appraise" targetRef="met"/><sequenceFlow id="f4" sourceRef="met" targetRef="join"/>)"
    R"(<sequenceFlow id="f5" sourceRef="join" targetRef="issue"/><sequenceFlow id="f6" sourceRef="issue" targetRef="end"/>)"
    R"(<sequenceFlow id="f7" sourceRef="fork" targetRef="wait"/><sequenceFlow id="f8" sourceRef="wait" targetRef="pause"/>)"
    R"(<sequenceFlow id="f9" sourceRef="pause" targetRef="join"/><sequenceFlow id="g1" sourceRef="fork" targetRef="call"/>)"
    R"(<sequenceFlow id="g2" sourceRef="call" targetRef="join"/><sequenceFlow id="g3" sourceRef="late" targetRef="remind"/>)"
    R"(<sequenceFlow id="g4" sourceRef="remind" targetRef="reminded"/><sequenceFlow id="g5" sourceRef="alarm" targetRef="met"/>)";

/// What happened in a history, to be compared with its repetition.
struct Account {
    std::int64_t events = 0, acknowledged = 0, refused = 0, unavailable = 0, cuts = 0, timers = 0;
    std::string digest;  // of every event and of the log's root
    bool operator==(const Account&) const = default;
};

class History {
  public:
    explicit History(std::uint64_t seed)
        : disk_chance_(seed ^ 0x5151), log_chance_(seed ^ 0x7272), walk_(seed, track(open())) {
        walk_.world.use_process(process_body);
        key_ = merkle::make_signing_key("tinh.example/log", merkle::KeyType::ed25519, log_chance_);
        services_.add("register", [this](const dossier::ServiceCall&) -> dossier::ServiceAnswer {
            if (chance(30)) throw std::runtime_error("no line");
            dossier::ServiceAnswer answer;
            if (chance(10)) answer.kind = dossier::AnswerService::Kind::refused;
            return answer;
        });
        fault_in_ = faults_in[pick(std::size(faults_in))];
        fail_now_and_then();
    }

    Account run() {
        for (int step = 0; step < steps_a_history && !testing::Test::HasFailure(); ++step) {
            SCOPED_TRACE(fmt::format("step {}", step));
            world().clock.advance(std::chrono::milliseconds{pick(3 * 3600 * 1000)});
            const auto kind = pick(100);
            if (kind < 10 || known_.empty())
                act({open_attempt()});
            else if (kind < 62)
                act({any_attempt()});
            else if (kind < 72)
                act(burst());
            else if (kind < 82)
                work();
            else if (kind < 90)
                follow();
            else if (kind < 92)
                announce();
            else if (kind < 96)
                restart(false);
            else
                restart(true);
            if (step % 20 == 19) check_everything();
        }
        settle();
        return account_;
    }

  private:
    /// A command that was sent: what the dossier was before and will be if it takes effect.
    struct Attempt {
        std::string key;
        DossierId id;
        std::optional<dossier::Change> change;
    };

    dossier::TestWorld& world() { return walk_.world; }
    std::size_t pick(std::size_t n) { return walk_.pick(n); }
    bool chance(int percent) { return walk_.chance(percent); }

    std::unique_ptr<db::Database> open() {
        db::SqliteOptions options;
        options.disk = &disk_;
        options.background_checkpoints = false;  // a thread of its own would write at another moment each time
        options.checkpoint_pages = 200;
        options.checkpoint_finish_pages = 200;
        options.writer_cache_kib = 128;
        return db::open_sqlite("core.db", options);
    }
    std::unique_ptr<db::Database> track(std::unique_ptr<db::Database> opened) {
        disk_.track_syncs();
        return opened;
    }
    void fail_now_and_then() {
        if (fault_in_ == 0) return;
        disk_.set_fault_hook([this](MemoryDisk::Operation operation, std::string_view, std::int64_t) {
            const std::uint64_t drawn = disk_chance_.u64();
            if (drawn % static_cast<std::uint64_t>(fault_in_) != 0) return MemoryDisk::Outcome::done;
            if (operation == MemoryDisk::Operation::sync) return MemoryDisk::Outcome::io_error;
            constexpr MemoryDisk::Outcome outcomes[] = {MemoryDisk::Outcome::io_error, MemoryDisk::Outcome::short_write,
                                                        MemoryDisk::Outcome::disk_full};
            return outcomes[(drawn >> 32) % std::size(outcomes)];
        });
    }

    Dossier stored(DossierId id) { return world().stored(id); }
    bool exists(DossierId id) { return dossier::get_dossier(*world().database().reader(), id).has_value(); }

    Attempt open_attempt() {
        Attempt attempt{fmt::format("key-{}", ++keys_), {}, {}};
        const bool counter = chance(50);
        std::vector<Command> commands{
            dossier::OpenDraft{counter ? dossier::Channel::counter : dossier::Channel::online,
                               counter ? PersonId{} : PersonId{3}, dossier::TestWorld::content()},
            dossier::AttachDocument{DocumentId{7}, "KQ000001", {}}};
        if (counter) {
            commands.emplace_back(dossier::Submit{dossier::TestWorld::content()});
            commands.emplace_back(dossier::Receive{world().unit_named("Xã An Biên"), {}, {}});
        }
        auto change = world().service->open(*world().database().reader(), "1.000001", commands, world().officer(),
                                            world().meta("officer:1"));
        if (!change) {
            ADD_FAILURE() << change.error().reason;
            return attempt;
        }
        attempt.id = change->after.id;
        attempt.change = std::move(*change);
        return attempt;
    }

    Command any_command(const Dossier& d) {
        if (chance(70)) return walk_.any_command(d);
        for (const dossier::Pending& pending : d.pending)
            if (pending.kind == dossier::PendingKind::incident && chance(50))
                return dossier::ResolveIncident{
                    pending.key,
                    chance(50) ? dossier::ResolveIncident::How::retry : dossier::ResolveIncident::How::skip,
                    "",
                    {},
                    "thử"};
        if (chance(50)) return dossier::DeliverMessage{"paper", {}};
        return dossier::DeliverSignal{world().ids.next(), "storm", {}};
    }
    Attempt any_attempt() {
        auto chosen = known_.begin();
        std::advance(chosen, static_cast<std::ptrdiff_t>(pick(known_.size())));
        const Dossier& before = chosen->second;
        Attempt attempt{fmt::format("key-{}", ++keys_), before.id, {}};
        auto change = world().service->change(*world().database().reader(), before, {any_command(before)},
                                              world().officer(), world().meta("officer:1"));
        if (change && !change->write.events.empty())
            attempt.change = std::move(*change);
        else
            ++account_.refused;
        return attempt;
    }
    std::vector<Attempt> burst() {
        std::vector<Attempt> attempts;
        const std::size_t size = 2 + pick(8);
        while (attempts.size() < size) attempts.push_back(chance(20) ? open_attempt() : any_attempt());
        return attempts;
    }

    /// Sends the commands, several as one group, and looks what became of each.
    void act(std::vector<Attempt> attempts) {
        std::erase_if(attempts, [](const Attempt& attempt) { return !attempt.change; });
        std::vector<Result<ledger::Committed>> outcomes(attempts.size());
        for (Attempt& attempt : attempts)
            attempt.change->write.answer = ledger::IdempotentAnswer{attempt.key, "same", 200, "{}"};
        if (attempts.size() == 1) {
            outcomes[0] = world().committer().commit(attempts[0].change->write);
        } else if (!attempts.empty()) {
            std::latch done(std::ssize(attempts));
            // While the writer is held, all of them queue up: one group, always the same.
            auto held = world().committer().write("hold", [&](ledger::AdminTransaction&) -> Result<void> {
                for (std::size_t i = 0; i < attempts.size(); ++i)
                    world().committer().submit(attempts[i].change->write, [&, i](Result<ledger::Committed> outcome) {
                        outcomes[i] = std::move(outcome);
                        done.count_down();
                    });
                return {};
            });
            done.wait();
        }
        for (std::size_t i = 0; i < attempts.size(); ++i) judge(attempts[i], outcomes[i]);
    }
    void judge(const Attempt& attempt, const Result<ledger::Committed>& outcome) {
        SCOPED_TRACE(attempt.key);
        if (outcome) {
            ++account_.acknowledged;
            EXPECT_TRUE(is_what(attempt, stored(attempt.id)));
            known_[attempt.id] = stored(attempt.id);
            check_dossier(attempt.id);
            return;
        }
        EXPECT_FALSE(ledger::find_answer(*world().database().reader(), attempt.key)) << "refused and yet answered";
        if (outcome.error().code == Errc::unavailable) {
            ++account_.unavailable;
            doubts_.push_back(attempt);
        } else {
            EXPECT_EQ(outcome.error().reason, "ledger.version_conflict");
            ++account_.refused;
        }
        auto known = known_.find(attempt.id);
        EXPECT_EQ(exists(attempt.id), known != known_.end());
    }
    static bool is_what(const Attempt& attempt, Dossier there) {
        Dossier expected = attempt.change->after;
        there.head.position = expected.head.position;  // not known before the commit
        return there == expected;
    }

    /// What time and processes bring.
    void work() {
        world().clock.advance(std::chrono::hours{pick(30)});
        const std::int64_t faults_before = world().committer().stats().faults;
        auto moved = dossier::run_process_work(world().database(), world().committer(), *world().service, services_,
                                               world().clock.now());
        auto closed = dossier::run_due(world().database(), world().committer(), *world().service, world().clock.now());
        const bool whole = moved && closed && world().committer().stats().faults == faults_before;
        if (whole) {
            for (const dossier::PendingLine& line :
                 dossier::list_due_pending(*world().database().reader(), world().clock.now(), {INT64_MIN, 0}, 1000))
                EXPECT_NE(line.kind, dossier::PendingKind::timer) << "a due timer was left out";
        }
        relearn();
    }
    void announce() {
        if (std::exchange(announced_, true)) return;
        // Its groups are as large as the committer finds them, which depends on the machine: no faults meanwhile.
        disk_.set_fault_hook({});
        auto notice = world().announce(notice_text);
        bool breaks_off = chance(50);
        for (bool finished = false; !finished;) {
            auto report =
                dossier::apply_notice(world().database(), world().committer(), *world().service, notice,
                                      world().meta("system"), [&] { return std::exchange(breaks_off, false); });
            ASSERT_TRUE(report);
            finished = report->finished;
        }
        fail_now_and_then();
        std::map<DossierId, int> moves;
        for (const auto& moved : dossier::list_moved(*world().database().reader(), notice, 0, 1000))
            EXPECT_EQ(++moves[moved.id], 1) << "moved twice";
        relearn();
    }
    /// After changes that were not ours: nothing went back.
    void relearn() {
        for (auto& [id, before] : known_) {
            Dossier now = stored(id);
            EXPECT_GE(now.head.version, before.head.version);
            if (now.head.version != before.head.version) check_dossier(id);
            before = std::move(now);
        }
    }

    void follow() {
        ledger::FollowerOptions options;
        options.retry_first = std::chrono::hours{1};  // none by itself: that would depend on the machine's speed
        auto runner = ledger::make_follower_runner(world().database(), world().committer(), options);
        runner->add(transparency::make_sequencer(world().database(), log_chance_));
        runner->add(std::make_unique<reporting::StatisticsFollower>(*statistics_));
        runner->start();
        // Until all got through: whether the thread's first attempt came before or by the asking makes no difference
        // then.
        for (int attempt = 0; attempt < attempts_max && !runner->drain(); ++attempt) continue;
        runner->stop();
    }

    /// The program ends and starts again; `cut`: because the power went, and with it what was not on the disk.
    void restart(bool cut) {
        disk_.set_fault_hook({});
        if (cut) {
            disk_.power_cut(disk_chance_);
            ++account_.cuts;
        }
        world().restart([this] { return open(); });
        statistics_ = std::make_unique<reporting::Statistics>();
        for (const Attempt& doubt : doubts_) {
            if (!ledger::find_answer(*world().database().reader(), doubt.key)) continue;
            // Refused as unavailable, and yet it reached the disk before the cut: then wholly and as decided.
            EXPECT_TRUE(cut) << "what was refused came back without a power cut";
            EXPECT_TRUE(is_what(doubt, stored(doubt.id)));
            known_[doubt.id] = stored(doubt.id);
        }
        doubts_.clear();
        for (auto& [id, before] : known_) {
            ASSERT_TRUE(exists(id)) << "an acknowledged dossier is gone";
            Dossier now = stored(id);
            if (cut)
                EXPECT_GE(now.head.version, before.head.version) << "an acknowledged change is gone";
            else
                EXPECT_TRUE(now == before);
            before = std::move(now);
        }
        EXPECT_EQ(dossier::list_ids(*world().database().reader(), {}, 1000).size(), known_.size())
            << "a dossier that nobody filed";
        check_everything();
        fail_now_and_then();
    }

    void check_dossier(DossierId id) {
        const Dossier d = stored(id);
        for (const std::string& wrong : world().wrong_rows(id)) ADD_FAILURE() << wrong;
        if (is_closed(d.status)) return;
        EXPECT_TRUE(d.is_owned()) << "nobody owes an open dossier anything";
        const bool dated = std::ranges::any_of(d.tasks, [](const auto& task) { return task.due > Instant{}; }) ||
                           std::ranges::any_of(d.pending, [](const auto& pending) { return pending.due.has_value(); });
        EXPECT_TRUE(dated) << "an open dossier without a next date";
        if (!d.received) return;
        auto explained = world().service->explain(d);
        EXPECT_TRUE(explained) << "a deadline that does not explain itself";
        for (const std::string& wrong : dossier::check_deadline(d, *world().service->snapshots().definitions()))
            ADD_FAILURE() << wrong;
    }
    void check_everything() {
        for (const auto& [id, known] : known_) check_dossier(id);
        EXPECT_TRUE(dossier::check_task_rows(*world().database().reader()).empty());
        EXPECT_TRUE(db::check_sqlite_integrity(world().database()).empty());
        for (const std::string& wrong : ledger::check_ledger(world().database())) ADD_FAILURE() << wrong;
        const auto verdict = transparency::verify_database(world().database(), key_->verifier, {});
        for (const std::string& wrong : verdict.faults) ADD_FAILURE() << wrong;
        check_timers();
    }
    void check_timers() {
        std::map<std::string, int> fired;
        for (const auto& event : ledger::read_events(*world().database().reader(), 0, 1'000'000)) {
            if (event.type != "timer_fired") continue;
            const std::string timer = fmt::format("{}/{}/{}", event.stream, json::serialize(event.data.at("element")),
                                                  json::serialize(event.data.at("due")));
            EXPECT_EQ(++fired[timer], 1) << "a timer fired twice";
        }
        account_.timers = std::ssize(fired);
    }

    /// The disk is well again: everything catches up, and the sums agree.
    void settle() {
        restart(true);
        disk_.set_fault_hook({});
        fault_in_ = 0;
        work();
        follow();
        check_everything();
        EXPECT_EQ(statistics_->position(), world().committer().last_position());
        std::map<std::string, Dossier, std::less<>> received;
        for (const auto& [id, d] : known_)
            if (d.received) received.emplace(d.code, d);
        std::size_t counted = 0;
        auto minute = [](const std::optional<Instant>& at) {
            return at ? reporting::to_minute(*at) : reporting::never;
        };
        statistics_->each([&](const reporting::Facts& facts) {
            ++counted;
            auto found = received.find(facts.code);
            ASSERT_NE(found, received.end()) << facts.code;
            EXPECT_EQ(facts.received, minute(found->second.received));
            EXPECT_EQ(facts.returned, minute(found->second.returned));
            EXPECT_EQ(facts.due, reporting::to_minute(found->second.clock->due));
        });
        EXPECT_EQ(counted, received.size());
        const auto verdict = transparency::verify_database(world().database(), key_->verifier, {});
        EXPECT_EQ(verdict.unsequenced, 0U);
        transparency::Log log(*key_);
        const auto session = world().database().reader();
        std::string everything =
            json::serialize(transparency::to_json(verdict)) + log.signed_note(*session, log.checkpoint(*session));
        for (const auto& event : ledger::read_events(*session, 0, 1'000'000))
            everything += fmt::format("{} {} {} {} {} {}\n", event.position, event.stream, event.version, event.type,
                                      event.meta.at.time_since_epoch().count(), json::serialize(event.data));
        account_.events = world().committer().last_position();
        std::array<unsigned char, crypto_generichash_BYTES> hash{};
        crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(everything.data()),
                           everything.size(), nullptr, 0);
        account_.digest.assign(hash.begin(), hash.end());
    }

    MemoryDisk disk_;
    SeededRandom disk_chance_, log_chance_;
    dossier::Walk walk_;
    dossier::Services services_ = dossier::Services::built_in();
    std::optional<merkle::SigningKey> key_;
    std::unique_ptr<reporting::Statistics> statistics_ = std::make_unique<reporting::Statistics>();
    int fault_in_ = 0;
    int keys_ = 0;
    bool announced_ = false;
    std::map<DossierId, Dossier> known_;  // as acknowledged
    std::vector<Attempt> doubts_;         // answered "unavailable" since the last start
    Account account_;
};

TEST(CoreSimulation, WhatIsAcknowledgedIsThereOnceAndEveryInvariantHolds) {
    const std::uint64_t first = test::number_given("MOTCUA_SEED", SystemRandom{}.u64() >> 16);
    const std::chrono::seconds soak{test::number_given("MOTCUA_SOAK_SECONDS", 0)};
    const auto until = std::chrono::steady_clock::now() + soak;
    RecordProperty("seed", std::to_string(first));
    Account all;
    std::uint64_t ran = 0;
    const bool one = std::getenv("MOTCUA_SEED") != nullptr;
    // Not every history has a commit in doubt: a few more then, so that chance alone fails no test.
    const auto has_seen_all = [&] { return all.unavailable > 0 || ran >= 4 * histories; };
    for (; ran < (one ? 1 : histories) || (!one && !has_seen_all()) || std::chrono::steady_clock::now() < until;
         ++ran) {
        SCOPED_TRACE(fmt::format("MOTCUA_SEED={}", first + ran));
        const Account account = History(first + ran).run();
        if (HasFailure()) return;
        all.events += account.events;
        all.acknowledged += account.acknowledged;
        all.unavailable += account.unavailable;
        all.cuts += account.cuts;
        all.timers += account.timers;
    }
    RecordProperty("histories", std::to_string(ran));
    RecordProperty("events", std::to_string(all.events));
    if (soak.count() > 0)
        fmt::print("seed {}: {} histories, {} events, {} acknowledged, {} in doubt, {} power cuts, {} timers\n", first,
                   ran, all.events, all.acknowledged, all.unavailable, all.cuts, all.timers);
    if (one) return;
    EXPECT_GT(all.acknowledged, 200);
    EXPECT_GT(all.unavailable, 0);
    EXPECT_GT(all.cuts, 0);
    EXPECT_GT(all.timers, 0);
}

TEST(CoreSimulation, ASeedIsAWholeHistory) {
    for (const std::uint64_t seed : {3}) {
        const Account once = History(seed).run(), again = History(seed).run();
        EXPECT_EQ(once, again) << seed;
        EXPECT_GT(once.events, 50);
    }
}

}  // namespace
}  // namespace motcua::app
