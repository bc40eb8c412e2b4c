// Durable steps of dossiers a second, in process: the group committer against the same rows committed one by one (on
// the same file; and on a file with SQLite's defaults and a plain schema) and against a bare loop that writes the same
// rows in the same groups. One step loads the dossier's row, then updates it (about 1 KB of state), closes its task
// (delete), opens the next (insert) and appends one event (about 400 bytes). Quote the ratios of one run. Usage:
// storage_bench [--dossiers N] [--rounds N] [--milliseconds N] [--directory DIR]
//   [--callers 1|8|64|256] [--json FILE] [--brief]
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "ledger/committer.hpp"
#include "measure.hpp"

namespace motcua::bench {
namespace {

using db::Row;
using db::Statement;
using db::Values;
using ledger::WriteSet;

constexpr Statement insert_dossier{"bench.insert_dossier", R"(
    INSERT INTO step_dossier (id, version, position, task, unit, due, state) VALUES ($1, $2, $3, $4, $5, $6, $7))"};
constexpr Statement update_dossier{"bench.update_dossier", R"(
    UPDATE step_dossier SET version = $3, position = $4, task = $5, due = $6, state = $7 WHERE id = $1 AND version = $2)"};
constexpr Statement select_dossier{"bench.select_dossier",
                                   "SELECT version, position, task, due, state FROM step_dossier WHERE id = $1"};
constexpr Statement insert_task{"bench.insert_task", R"(
    INSERT INTO step_task (id, dossier, step, unit, officer, opened_at, due) VALUES ($1, $2, $3, $4, $5, $6, $7))"};
constexpr Statement delete_task{"bench.delete_task", "DELETE FROM step_task WHERE id = $1"};
constexpr Statement insert_event{"bench.insert_event", R"(
    INSERT INTO event (position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))"};

constexpr std::string_view lean_schema = R"(
    CREATE TABLE step_dossier (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, position INTEGER NOT NULL,
        task INTEGER NOT NULL, unit INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
    CREATE TABLE step_task (id INTEGER PRIMARY KEY, dossier INTEGER NOT NULL, step TEXT NOT NULL, unit INTEGER NOT NULL,
        officer INTEGER NOT NULL, opened_at INTEGER NOT NULL, due INTEGER NOT NULL) STRICT;
    CREATE INDEX step_task_worklist ON step_task (officer, due);)";
// As one would write it first: an index for each question.
constexpr std::string_view plain_indexes = R"(
    CREATE INDEX step_event_stream ON event (kind, stream, version);
    CREATE INDEX step_task_dossier ON step_task (dossier);
    CREATE INDEX step_dossier_due ON step_dossier (unit, due);)";

struct Setting {
    std::int64_t dossiers = 100'000;
    std::string only;               // a mode
    std::int64_t only_callers = 0;  // 0: all
    std::int64_t rounds = 5;
    std::chrono::milliseconds length{1500};
    std::filesystem::path directory;
};

/// A dossier as loaded for a step, and what the step makes of it.
struct Step {
    std::int64_t dossier = 0;
    ledger::Head head;
    std::int64_t task = 0;
    std::int64_t due = 0;
    std::string state;
};

class World {
  public:
    World(std::string name, const std::filesystem::path& file, db::SqliteOptions options, bool plain,
          const Setting& setting)
        : setting_(setting), database_(db::open_sqlite(file, std::move(options))) {
        CHECK(db::migrate(*database_, Instant{}), "{}", name);
        database_->begin();
        database_->writer().script(lean_schema);
        if (plain) database_->writer().script(plain_indexes);
        database_->commit();
        if (plain) database_->writer().script("PRAGMA secure_delete = ON");  // as Debian builds it
        fill();
    }

    db::Database& database() { return *database_; }

    std::int64_t next_random(std::uint64_t& state) const {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return 1 + static_cast<std::int64_t>((state >> 33) % static_cast<std::uint64_t>(setting_.dossiers));
    }

    static Step load(db::Session& session, std::int64_t id) {
        Step step;
        step.dossier = id;
        session.each(select_dossier, Values{id}, [&](const Row& row) {
            step.head = {row.int64(0), row.int64(1)};
            step.task = row.int64(2);
            step.due = row.int64(3);
            step.state = row.text(4);
        });
        return step;
    }

    /// The decision: cheap here, so that the storage is what is measured.
    WriteSet decide(Step step) {
        WriteSet set;
        set.stream = step.dossier;
        set.head = step.head;
        set.meta = {Instant{std::chrono::milliseconds{1'700'000'000'000}}, "officer:0004171", "", "01J9ZK3M5N7P9"};
        set.events.push_back({"step_completed", 1, event_data(step)});
        const std::int64_t new_task = next_task_.fetch_add(1);
        const std::int64_t due = step.due + 8 * 3600'000;
        step.state.replace(2, 8, fmt::format("{:08}", step.head.version + 1));
        set.rows.reserve(3);
        set.rows.push_back({&update_dossier,
                            {step.dossier, step.head.version, step.head.version + 1, std::int64_t{0}, new_task, due,
                             std::move(step.state)},
                            {3},
                            1});
        set.rows.push_back({&delete_task, {step.task}, {}, 1});
        set.rows.push_back({&insert_task, task_values(new_task, step.dossier, due), {}, 1});
        return set;
    }

    /// Writes a write set as a plain program would, inside the caller's transaction; false = conflict.
    bool write_plainly(WriteSet& set) {
        db::WriteSession& session = database_->writer();
        const std::int64_t position = next_position_++;
        set.rows[0].values[3] = position;
        for (auto& change : set.rows) {
            if (session.execute(*change.statement, change.values) != 1) return false;
        }
        const auto& event = set.events[0];
        session.execute(insert_event,
                        Values{position, std::int64_t{1}, set.stream, set.head.version + 1, set.head.position,
                               std::string(event.type), std::int64_t{1}, set.meta.at.time_since_epoch().count(),
                               set.meta.actor, std::string(), set.meta.request_id, json::serialize(event.data)});
        return true;
    }
    /// Before write_plainly, when the committer has moved on meanwhile.
    void find_position() { next_position_ = ledger_end() + 1; }

  private:
    static json::object event_data(const Step& step) {
        return {{"task", step.task}, {"step", "tham_dinh"}, {"next_step", "trinh_ky"}, {"outcome", "approved"},
                {"unit", "H33.02"},  {"due", step.due},     {"rule", "nd61/d19.k2"},   {"note", std::string(180, 'n')}};
    }
    Values task_values(std::int64_t id, std::int64_t dossier, std::int64_t due) const {
        return {id, dossier, std::string("trinh_ky"), dossier % 150, dossier % 500, std::int64_t{1'700'000'000'000},
                due};
    }
    std::int64_t ledger_end() {
        static constexpr Statement end{"bench.end", "SELECT max(position) FROM event"};
        return database_->reader()->find_one(end, {}, [](const Row& row) { return row.int64(0); }).value_or(0);
    }

    void fill() {
        for (std::int64_t id = 1; id <= setting_.dossiers;) {
            database_->begin();
            for (int k = 0; k < 2000 && id <= setting_.dossiers; ++k, ++id) {
                Step step{
                    id, {}, id, 1'700'000'000'000 + id * 1000, "{\"00000001\":\"" + std::string(980, 's') + "\"}"};
                database_->writer().execute(insert_dossier,
                                            Values{id, std::int64_t{1}, id, id, id % 150, step.due, step.state});
                database_->writer().execute(insert_task, task_values(id, id, step.due));
                database_->writer().execute(
                    insert_event,
                    Values{id, std::int64_t{1}, id, std::int64_t{1}, std::int64_t{0}, std::string("dossier_received"),
                           std::int64_t{1}, std::int64_t{1'700'000'000'000}, std::string("officer:0004171"),
                           std::string(), std::string("01J9ZK3M5N7P9"), json::serialize(event_data(step))});
            }
            database_->commit();
        }
        next_task_ = setting_.dossiers + 1;
        next_position_ = setting_.dossiers + 1;
    }

    const Setting setting_;
    std::unique_ptr<db::Database> database_;
    std::atomic<std::int64_t> next_task_{0};
    std::int64_t next_position_ = 0;
};

/// `callers` logical callers on one event-loop thread, as the HTTP server has them.
Sample run_grouped(World& world, std::int64_t callers, const Setting& setting, std::uint64_t seed) {
    const auto committer = ledger::make_committer(world.database());
    struct Waiting {
        std::mutex mutex;
        std::condition_variable ready;
        std::vector<std::size_t> answered;
        std::int64_t committed = 0;
    } waiting;
    committer->on_group([&] { waiting.ready.notify_one(); });
    std::vector<Clock::time_point> started(static_cast<std::size_t>(callers));
    Sample sample;
    const db::Lease session = world.database().reader();
    const auto submit = [&](std::size_t caller) {
        started[caller] = Clock::now();
        committer->submit(world.decide(World::load(*session, world.next_random(seed))),
                          [&waiting, caller](const Result<ledger::Committed>& outcome) {
                              const std::lock_guard lock(waiting.mutex);
                              waiting.answered.push_back(caller);
                              if (outcome) ++waiting.committed;
                          });
    };
    const Stopwatch watch;
    const auto end = Clock::now() + setting.length;
    for (std::size_t caller = 0; caller < started.size(); ++caller) submit(caller);
    std::vector<std::size_t> answered;
    for (std::size_t open = started.size(); open > 0;) {
        {
            std::unique_lock lock(waiting.mutex);
            waiting.ready.wait(lock, [&] { return !waiting.answered.empty(); });
            answered.swap(waiting.answered);
        }
        const auto now = Clock::now();
        for (const std::size_t caller : answered) {
            sample.latencies_us.push_back(std::chrono::duration<float, std::micro>(now - started[caller]).count());
            if (now < end) {
                submit(caller);
            } else {
                --open;
            }
        }
        answered.clear();
    }
    sample.operations = waiting.committed;
    watch.finish(sample);
    committer->stop();
    return sample;
}

/// Steps that arrive at a steady rate whatever the answers take; latency counts from the moment each was due.
Sample run_open_loop(World& world, std::int64_t rate, const Setting& setting, std::uint64_t seed) {
    const auto committer = ledger::make_committer(world.database());
    std::mutex mutex;
    Sample sample;
    const db::Lease session = world.database().reader();
    const Stopwatch watch;
    const auto start = Clock::now();
    const auto due = [&](std::int64_t i) { return start + std::chrono::nanoseconds{i * 1'000'000'000 / rate}; };
    const auto length = setting.length * 3;
    for (std::int64_t i = 0; due(i) < start + length; ++i) {
        std::this_thread::sleep_until(due(i));
        committer->submit(
            world.decide(World::load(*session, world.next_random(seed))),
            [&, at = due(i)](const Result<ledger::Committed>& outcome) {
                const std::lock_guard lock(mutex);
                if (outcome) ++sample.operations;
                sample.latencies_us.push_back(std::chrono::duration<float, std::micro>(Clock::now() - at).count());
            });
    }
    committer->stop();
    watch.finish(sample);
    return sample;
}

/// One caller that waits for each commit: what a command line tool or a job sees.
Sample run_blocking(World& world, const Setting& setting, std::uint64_t seed) {
    const auto committer = ledger::make_committer(world.database());
    Sample sample;
    const db::Lease session = world.database().reader();
    const Stopwatch watch;
    const auto end = Clock::now() + setting.length;
    for (auto now = Clock::now(); now < end;) {
        if (committer->commit(world.decide(World::load(*session, world.next_random(seed))))) ++sample.operations;
        const auto after = Clock::now();
        sample.latencies_us.push_back(std::chrono::duration<float, std::micro>(after - now).count());
        now = after;
    }
    watch.finish(sample);
    return sample;
}

/// Threads that take turns on the writing connection, each with a transaction and a commit of its own.
Sample run_one_by_one(World& world, std::int64_t callers, const Setting& setting, std::uint64_t seed) {
    world.find_position();
    std::mutex writing;
    Sample sample;
    const Stopwatch watch;
    const auto end = Clock::now() + setting.length;
    std::vector<std::thread> threads;
    for (std::int64_t t = 0; t < callers; ++t) {
        threads.emplace_back([&, t] {
            std::uint64_t state = seed + static_cast<std::uint64_t>(t) * 7919;
            std::vector<float> latencies;
            std::int64_t done = 0;
            for (auto now = Clock::now(); now < end;) {
                {
                    const std::lock_guard lock(writing);
                    world.database().begin();
                    WriteSet set = world.decide(World::load(world.database().writer(), world.next_random(state)));
                    CHECK(world.write_plainly(set));
                    world.database().commit();
                }
                ++done;
                const auto after = Clock::now();
                latencies.push_back(std::chrono::duration<float, std::micro>(after - now).count());
                now = after;
            }
            const std::lock_guard lock(writing);
            sample.operations += done;
            sample.latencies_us.insert(sample.latencies_us.end(), latencies.begin(), latencies.end());
        });
    }
    for (auto& thread : threads) thread.join();
    watch.finish(sample);
    return sample;
}

/// The limit: one thread, no queue, the same rows in groups of the same size.
Sample run_bare_loop(World& world, std::int64_t group, const Setting& setting, std::uint64_t seed) {
    world.find_position();
    Sample sample;
    const Stopwatch watch;
    for (const auto end = Clock::now() + setting.length; Clock::now() < end;) {
        world.database().begin();
        for (std::int64_t i = 0; i < group; ++i) {
            WriteSet set = world.decide(World::load(world.database().writer(), world.next_random(seed)));
            if (world.write_plainly(set)) ++sample.operations;
        }
        world.database().commit();
    }
    watch.finish(sample);
    return sample;
}

/// A database with the page size that SQLite chooses; ours keeps what it finds.
void make_default_file(const std::filesystem::path& file) {
    sqlite3* connection = nullptr;
    CHECK(sqlite3_open(file.c_str(), &connection) == SQLITE_OK);
    CHECK(sqlite3_exec(connection, "PRAGMA journal_mode = WAL; CREATE TABLE first (x)", nullptr, nullptr, nullptr) ==
          SQLITE_OK);
    sqlite3_close(connection);
}

struct Series {
    std::string mode;
    std::int64_t callers;
    std::function<Sample(std::uint64_t seed)> run;
    std::vector<Sample> samples = {};

    double middle(const std::function<double(const Sample&)>& figure) const {
        std::vector<double> values;
        for (const auto& sample : samples) values.push_back(figure(sample));
        return median(std::move(values));
    }
    double rate() const {
        return middle([](const Sample& s) { return s.rate(); });
    }
};

int run(int argc, char** argv) {
    Setting setting;
    const bool brief = has_option(argc, argv, "--brief");
    setting.dossiers = number_option(argc, argv, "--dossiers", brief ? 2000 : 100'000);
    setting.rounds = number_option(argc, argv, "--rounds", brief ? 1 : 5);
    setting.length = std::chrono::milliseconds{number_option(argc, argv, "--milliseconds", brief ? 50 : 1500)};
    setting.only = text_option(argc, argv, "--only", "");
    setting.only_callers = number_option(argc, argv, "--callers", 0);
    setting.directory = text_option(argc, argv, "--directory", std::filesystem::temp_directory_path());
    setting.directory /= fmt::format("motcua-bench-{}", Clock::now().time_since_epoch().count());
    std::filesystem::create_directories(setting.directory);

    std::vector<Series> all;
    db::DatabaseStats stats;
    std::int64_t log_pages_max = 0;
    {
        db::SqliteOptions ours;
        // docs/operations.md recommends it for a province; filled as used.
        ours.writer_cache_kib = static_cast<int>(number_option(argc, argv, "--writer-cache-mib", 256)) * 1024;
        ours.log_bytes_ahead = brief ? 0 : number_option(argc, argv, "--log-ahead-mib", 64) << 20;
        ours.pace_rest = std::chrono::microseconds{number_option(argc, argv, "--rest-us", ours.pace_rest.count())};
        ours.pace_bytes = number_option(argc, argv, "--pace-bytes", ours.pace_bytes);
        World lean("lean", setting.directory / "lean.db", ours, false, setting);
        db::SqliteOptions defaults;
        defaults.background_checkpoints = false;  // SQLite's own, in the middle of a commit, each 1,000 pages
        defaults.gather_log_writes = false;
        make_default_file(setting.directory / "plain.db");
        World plain("plain", setting.directory / "plain.db", defaults, true, setting);

        for (const std::int64_t callers : {1, 8, 64, 256}) {
            all.push_back({"one by one, plain schema", callers,
                           [&, callers](auto seed) { return run_one_by_one(plain, callers, setting, seed); }});
            all.push_back({"one by one, same file", callers,
                           [&, callers](auto seed) { return run_one_by_one(lean, callers, setting, seed); }});
            if (callers == 1)
                all.push_back({"committer, blocking", 1, [&](auto seed) { return run_blocking(lean, setting, seed); }});
            all.push_back(
                {"committer", callers, [&, callers](auto seed) { return run_grouped(lean, callers, setting, seed); }});
            all.push_back({"bare loop", callers,
                           [&, callers](auto seed) { return run_bare_loop(lean, callers, setting, seed); }});
        }
        all.push_back(
            {"committer, open loop 4000/s", 0, [&](auto seed) { return run_open_loop(lean, 4000, setting, seed); }});
        for (std::int64_t round = 0; round < setting.rounds; ++round) {
            for (auto& series : all) {
                if (!setting.only.empty() && series.mode != setting.only) continue;
                if (setting.only_callers != 0 && series.callers != setting.only_callers) continue;
                series.samples.push_back(series.run(static_cast<std::uint64_t>(round * 1000 + series.callers)));
                stats = lean.database().stats();
                log_pages_max = std::max(log_pages_max, stats.log_pages);
            }
        }
        CHECK(ledger::check_ledger(lean.database()).empty(), "the ledger is sound after the run");
        CHECK(db::check_sqlite_integrity(lean.database()).empty());
    }
    std::filesystem::remove_all(setting.directory);

    std::vector<std::vector<std::string>> rows;
    json::array results;
    double base_plain = 0;
    double base_same = 0;
    for (const auto& series : all) {
        if (series.samples.empty()) continue;
        const double rate = series.rate();
        if (series.mode == "one by one, plain schema") {
            base_plain = rate;
            base_same = 0;
        }
        if (series.mode == "one by one, same file") base_same = rate;
        const auto middle = [&](auto figure) { return series.middle(figure); };
        const double cpu = middle([](const Sample& s) { return s.cpu_us_each(); });
        const double bytes = middle([](const Sample& s) { return s.written_each(); });
        const double p50 = middle([](const Sample& s) { return s.latency_us(0.5); });
        const double p99 = middle([](const Sample& s) { return s.latency_us(0.99); });
        const double worst = middle([](const Sample& s) { return s.latency_us(1); });
        rows.push_back({series.mode, std::to_string(series.callers), fmt::format("{:.0f}", rate),
                        fmt::format("{:.2f}", base_plain > 0 ? rate / base_plain : 0),
                        fmt::format("{:.2f}", base_same > 0 ? rate / base_same : 0), fmt::format("{:.1f}", cpu),
                        fmt::format("{:.0f}", bytes), fmt::format("{:.2f}", p50 / 1000),
                        fmt::format("{:.2f}", p99 / 1000), fmt::format("{:.2f}", worst / 1000)});
        results.push_back({{"mode", series.mode},
                           {"callers", series.callers},
                           {"per_second", rate},
                           {"ratio_plain", base_plain > 0 ? rate / base_plain : 0},
                           {"ratio_same_file", base_same > 0 ? rate / base_same : 0},
                           {"cpu_us", cpu},
                           {"written_bytes", bytes},
                           {"p50_us", p50},
                           {"p99_us", p99},
                           {"max_us", worst}});
    }
    print_table({"mode", "callers", "steps/s", "x plain", "x same", "CPU us", "bytes", "p50 ms", "p99 ms", "max ms"},
                rows);
    fmt::print("checkpoint passes {}, longest log at the end of a stretch {} pages\n", stats.checkpoints,
               log_pages_max);
    if (const std::string file = text_option(argc, argv, "--json", ""); !file.empty()) {
        std::ofstream(file) << json::serialize(json::object{{"bench", "storage"},
                                                            {"dossiers", setting.dossiers},
                                                            {"rounds", setting.rounds},
                                                            {"results", std::move(results)}})
                            << "\n";
    }
    return 0;
}

}  // namespace
}  // namespace motcua::bench

int main(int argc, char** argv) { return motcua::bench::run(argc, argv); }
