// Durable steps of dossiers a second on PostgreSQL, in process: the group committer against pgbench with the same
// statements on the same tables, in alternating rounds. One step loads the dossier's row, then updates it (about 1 KB
// of state) with a version check, closes its task (delete), opens the next (insert) and appends one event (about 400
// bytes). MOTCUA_TEST_POSTGRES names the cluster (./dev bench starts one, durable). Quote the ratios of one run. Usage:
// postgres_bench [--dossiers N] [--rounds N] [--milliseconds N] [--brief]
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "db/postgres/postgres.hpp"
#include "ledger/committer.hpp"
#include "measure.hpp"

namespace motcua::bench {
namespace {

using db::Row;
using db::Statement;
using db::Values;
using ledger::WriteSet;

constexpr Statement update_dossier{"bench.update_dossier", R"(
    UPDATE step_dossier SET version = $3, position = $4, task = $5, due = $6, state = $7 WHERE id = $1 AND version = $2)"};
constexpr Statement select_dossier{"bench.select_dossier",
                                   "SELECT version, position, task, due, state FROM step_dossier WHERE id = $1"};
constexpr Statement insert_task{"bench.insert_task", R"(
    INSERT INTO step_task (dossier_id, id, step, unit, officer, opened_at, due) VALUES ($1, $2, $3, $4, $5, $6, $7))"};
constexpr Statement delete_task{"bench.delete_task", "DELETE FROM step_task WHERE dossier_id = $1 AND id = $2"};

constexpr std::string_view schema = R"(
    CREATE TABLE step_dossier (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, position BIGINT NOT NULL,
        task BIGINT NOT NULL, unit BIGINT NOT NULL, due BIGINT NOT NULL, state TEXT NOT NULL) WITH (fillfactor = 80);
    CREATE TABLE step_task (dossier_id BIGINT NOT NULL, id BIGINT NOT NULL, step TEXT NOT NULL, unit BIGINT NOT NULL,
        officer BIGINT NOT NULL, opened_at BIGINT NOT NULL, due BIGINT NOT NULL, PRIMARY KEY (dossier_id, id));
    CREATE INDEX step_task_worklist ON step_task (officer, due);
    CREATE TABLE pgbench_event (LIKE event INCLUDING ALL);
    CREATE SEQUENCE pgbench_position;)";

// The same statements as pgbench sends them, each a round trip, prepared once.
constexpr std::string_view pgbench_script = R"(\set id random(1, {})
BEGIN;
SELECT version, position, task, due, state FROM step_dossier WHERE id = :id \gset
UPDATE step_dossier SET version = CAST(:version AS bigint) + 1, position = :position, task = CAST(:task AS bigint) + 1, due = CAST(:due AS bigint) + 28800000, state = '{}' WHERE id = :id AND version = :version;
DELETE FROM step_task WHERE dossier_id = :id AND id = :task;
INSERT INTO step_task (dossier_id, id, step, unit, officer, opened_at, due) VALUES (:id, CAST(:task AS bigint) + 1, 'trinh_ky', CAST(:id AS bigint) % 150, CAST(:id AS bigint) % 500, 1700000000000, CAST(:due AS bigint) + 28800000);
INSERT INTO pgbench_event (position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data) VALUES (nextval('pgbench_position'), 1, :id, CAST(:version AS bigint) + 1, :position, 'step_completed', 1, 1700000000000, 'officer:0004171', '', '01J9ZK3M5N7P9', '{}');
COMMIT;
)";

constexpr std::int64_t threads_max = 4;

struct Setting {
    std::int64_t dossiers = 100'000;
    std::int64_t rounds = 3;
    std::chrono::milliseconds length{3000};
};

class World {
  public:
    World(std::string url, const Setting& setting) : url_(std::move(url)), setting_(setting) {
        database_ = db::open_postgres(url_);
        CHECK(db::migrate(*database_, Instant{}));
        database_->begin();
        database_->writer().script(schema);
        database_->writer().script(fmt::format(
            "INSERT INTO step_dossier SELECT i, 1, 0, i * 1000000, i % 150, 1700000000000 + i * 1000, '{}' || i"
            " FROM generate_series(CAST(1 AS BIGINT), {}) i;"
            "INSERT INTO step_task SELECT i, i * 1000000, 'tham_dinh', i % 150, i % 500, 1700000000000, 1700000000000"
            " FROM generate_series(CAST(1 AS BIGINT), {}) i",
            std::string(980, 's'), setting.dossiers, setting.dossiers));
        database_->commit();
        database_->writer().script("VACUUM ANALYZE step_dossier");
        database_->writer().script("VACUUM ANALYZE step_task");
    }

    db::Database& database() { return *database_; }
    const std::string& url() const { return url_; }

    WriteSet step(db::Session& session, std::uint64_t& random) const {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const std::int64_t id =
            1 + static_cast<std::int64_t>((random >> 33) % static_cast<std::uint64_t>(setting_.dossiers));
        WriteSet set;
        set.stream = id;
        std::int64_t task = 0, due = 0;
        std::string state;
        session.each(select_dossier, Values{id}, [&](const Row& row) {
            set.head = {row.int64(0), row.int64(1)};
            task = row.int64(2);
            due = row.int64(3) + 8 * 3600'000;
            state = row.text(4);
        });
        set.meta = {Instant{std::chrono::milliseconds{1'700'000'000'000}}, "officer:0004171", "", "01J9ZK3M5N7P9"};
        set.events.push_back({"step_completed", 1, event_data(task, due)});
        set.rows.push_back(
            {&update_dossier,
             {id, set.head.version, set.head.version + 1, std::int64_t{0}, task + 1, due, std::move(state)},
             {3},
             1});
        set.rows.push_back({&delete_task, {id, task}, {}, 1});
        set.rows.push_back(
            {&insert_task,
             {id, task + 1, std::string("trinh_ky"), id % 150, id % 500, std::int64_t{1'700'000'000'000}, due},
             {},
             1});
        return set;
    }

    static json::object event_data(std::int64_t task, std::int64_t due) {
        return {{"task", task},     {"step", "tham_dinh"}, {"next_step", "trinh_ky"}, {"outcome", "approved"},
                {"unit", "H33.02"}, {"due", due},          {"rule", "nd61/d19.k2"},   {"note", std::string(180, 'n')}};
    }

  private:
    const std::string url_;
    const Setting setting_;
    std::unique_ptr<db::Database> database_;
};

/// `callers` logical callers on a few event-loop threads, as the HTTP server has them.
Sample run_committer(World& world, std::int64_t callers, const Setting& setting, std::uint64_t seed) {
    const auto committer = ledger::make_committer(world.database());
    Sample sample;
    std::mutex counting;
    const auto drive = [&](std::size_t count, std::uint64_t random) {
        struct Waiting {
            std::mutex mutex;
            std::condition_variable ready;
            std::vector<std::size_t> answered;
            std::int64_t committed = 0;
        } waiting;
        std::vector<Clock::time_point> started(count);
        std::vector<float> latencies;
        const db::Lease session = world.database().reader();
        const auto submit = [&](std::size_t caller) {
            started[caller] = Clock::now();
            committer->submit(world.step(*session, random), [&waiting, caller](Result<ledger::Committed> outcome) {
                const std::lock_guard lock(waiting.mutex);
                waiting.answered.push_back(caller);
                if (outcome) ++waiting.committed;
                if (waiting.answered.size() == 1) waiting.ready.notify_one();
            });
        };
        const auto end = Clock::now() + setting.length;
        for (std::size_t caller = 0; caller < count; ++caller) submit(caller);
        std::vector<std::size_t> answered;
        for (std::size_t open = count; open > 0;) {
            {
                std::unique_lock lock(waiting.mutex);
                waiting.ready.wait(lock, [&] { return !waiting.answered.empty(); });
                answered.swap(waiting.answered);
            }
            const auto now = Clock::now();
            for (const std::size_t caller : answered) {
                latencies.push_back(std::chrono::duration<float, std::micro>(now - started[caller]).count());
                if (now < end)
                    submit(caller);
                else
                    --open;
            }
            answered.clear();
        }
        const std::lock_guard lock(counting);
        sample.operations += waiting.committed;
        sample.latencies_us.insert(sample.latencies_us.end(), latencies.begin(), latencies.end());
    };
    const Stopwatch watch;
    const std::int64_t threads = std::min(callers, threads_max);
    std::vector<std::thread> running;
    for (std::int64_t t = 0; t < threads; ++t)
        running.emplace_back(drive, static_cast<std::size_t>(callers / threads),
                             seed + static_cast<std::uint64_t>(t) * 7919);
    for (auto& thread : running) thread.join();
    watch.finish(sample);
    const auto stats = committer->stats();
    fmt::print(stderr, "{} callers: {:.0f}/s, {:.1f} a group\n", callers, sample.rate(),
               static_cast<double>(stats.committed) / static_cast<double>(std::max<std::int64_t>(1, stats.groups)));
    committer->stop();
    return sample;
}

/// Transactions a second that pgbench reports; 0 when it is not there.
double run_pgbench(const World& world, std::int64_t callers, const Setting& setting,
                   const std::filesystem::path& script) {
    const std::string command = fmt::format(
        "pgbench -n -M prepared -c {} -j {} -T {} -f {} '{}' 2>/dev/null", callers, std::min<std::int64_t>(callers, 2),
        std::max<std::int64_t>(1, setting.length.count() / 1000), script.string(), world.url());
    FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return 0;
    double rate = 0;
    char line[512];
    while (std::fgets(line, sizeof line, pipe)) std::sscanf(line, "tps = %lf", &rate);
    ::pclose(pipe);
    fmt::print(stderr, "{} callers: pgbench {:.0f}/s\n", callers, rate);
    return rate;
}

int run(int argc, char** argv) {
    const char* cluster = std::getenv("MOTCUA_TEST_POSTGRES");
    if (!cluster || !*cluster) {
        fmt::print("postgres_bench: MOTCUA_TEST_POSTGRES names no cluster; nothing measured\n");
        return 0;
    }
    Setting setting;
    const bool brief = has_option(argc, argv, "--brief");
    setting.dossiers = number_option(argc, argv, "--dossiers", brief ? 2000 : 100'000);
    setting.rounds = number_option(argc, argv, "--rounds", brief ? 1 : 3);
    setting.length = std::chrono::milliseconds{number_option(argc, argv, "--milliseconds", brief ? 200 : 3000)};
    const std::string name = fmt::format("bench{}", ::getpid());
    const std::string base = cluster;
    const auto owner = db::open_postgres(base);
    owner->writer().script("CREATE SCHEMA " + name);
    const auto script = std::filesystem::temp_directory_path() / (name + ".sql");
    std::ofstream(script) << fmt::format(pgbench_script, setting.dossiers, std::string(980, 's'),
                                         json::serialize(World::event_data(4'000'000, 1'700'000'000'000)));
    std::vector<std::vector<std::string>> rows;
    {
        World world(base + (base.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name,
                    setting);
        for (const std::int64_t callers : {1, 8, 64, 256}) {
            std::vector<double> rates, bases, p50, p99, cpu;
            for (std::int64_t round = 0; round < setting.rounds; ++round) {
                if (!brief) bases.push_back(run_pgbench(world, callers, setting, script));
                const Sample sample =
                    run_committer(world, callers, setting, static_cast<std::uint64_t>(round + callers));
                rates.push_back(sample.rate());
                p50.push_back(sample.latency_us(0.5) / 1000);
                p99.push_back(sample.latency_us(0.99) / 1000);
                cpu.push_back(sample.cpu_us_each());
            }
            const double compared = bases.empty() ? 0 : median(bases);
            rows.push_back(
                {std::to_string(callers), fmt::format("{:.0f}", compared), fmt::format("{:.0f}", median(rates)),
                 fmt::format("{:.2f}", compared > 0 ? median(rates) / compared : 0), fmt::format("{:.1f}", median(cpu)),
                 fmt::format("{:.2f}", median(p50)), fmt::format("{:.2f}", median(p99))});
        }
    }
    std::filesystem::remove(script);
    owner->writer().script("DROP SCHEMA " + name + " CASCADE");
    print_table({"callers", "pgbench/s", "committer/s", "ratio", "our CPU us", "p50 ms", "p99 ms"}, rows);
    return 0;
}

}  // namespace
}  // namespace motcua::bench

int main(int argc, char** argv) { return motcua::bench::run(argc, argv); }
