// Durable steps of dossiers a second on PostgreSQL, in process: the group committer against pgbench with the same
// statements on the same tables, in alternating rounds. One step loads the dossier's row, then updates it (about 1 KB
// of state) with a version check, closes its task (delete), opens the next (insert) and appends one event (about 400
// bytes). MOTCUA_TEST_POSTGRES names the cluster (./dev bench starts one, durable). Quote the ratios of one run. Usage:
// postgres_bench [--dossiers N] [--rounds N] [--milliseconds N] [--callers 1|8|64|256] [--alone] [--brief]
// Each dossier has five events to begin with; --alone leaves pgbench out.
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
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

// The same statements as pgbench sends them, each a round trip, prepared once, state and data as parameters. Each of
// its clients has dossiers of its own: a client that loses a race for a dossier would be refused a row, and pgbench
// ends it.
constexpr std::string_view pgbench_script = R"(\set id random(0, {}) * {} + :client_id + 1
BEGIN;
SELECT version, position, task, due, state FROM step_dossier WHERE id = :id \gset
UPDATE step_dossier SET version = CAST(:version AS bigint) + 1, position = :position, task = CAST(:task AS bigint) + 1, due = CAST(:due AS bigint) + 28800000, state = :state WHERE id = :id AND version = :version;
DELETE FROM step_task WHERE dossier_id = :id AND id = :task;
INSERT INTO step_task (dossier_id, id, step, unit, officer, opened_at, due) VALUES (:id, CAST(:task AS bigint) + 1, 'trinh_ky', CAST(:id AS bigint) % 150, CAST(:id AS bigint) % 500, 1700000000000, CAST(:due AS bigint) + 28800000);
INSERT INTO pgbench_event (position, kind, stream, version, prev, type, schema, at, actor, on_behalf_of, request_id, data) VALUES (nextval('pgbench_position'), 1, :id, CAST(:version AS bigint) + 1, :position, 'step_completed', 1, 1700000000000, 'officer:0004171', '', '01J9ZK3M5N7P9', :data);
COMMIT;
)";

constexpr std::int64_t events_each = 5;  // of a dossier, to begin with

struct Setting {
    std::int64_t dossiers = 200'000;
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
            R"(INSERT INTO step_dossier SELECT i, {1}, {0} * ({1} - 1) + i, i * 1000000, i % 150, 1700000000000 + i * 1000,
                   '{2}' || i FROM generate_series(CAST(1 AS BIGINT), {0}) i;
               INSERT INTO step_task SELECT i, i * 1000000, 'tham_dinh', i % 150, i % 500, 1700000000000, 1700000000000
                   FROM generate_series(CAST(1 AS BIGINT), {0}) i;
               INSERT INTO event SELECT i, 1, (i - 1) % {0} + 1, (i - 1) / {0} + 1, greatest(i - {0}, 0),
                   'step_completed', 1, 1700000000000, 'officer:0004171', '', '01J9ZK3M5N7P9', '{3}'
                   FROM generate_series(CAST(1 AS BIGINT), {0} * {1}) i;
               INSERT INTO pgbench_event SELECT * FROM event;
               ALTER SEQUENCE pgbench_position RESTART {4};)",
            setting.dossiers, events_each, std::string(980, 's'), event_text(), setting.dossiers * events_each + 1));
        database_->commit();
        database_->writer().script("VACUUM ANALYZE step_dossier");
        database_->writer().script("VACUUM ANALYZE step_task");
        database_->writer().script("VACUUM ANALYZE event");
        database_->writer().script("VACUUM ANALYZE pgbench_event");
    }

    db::Database& database() { return *database_; }
    const std::string& url() const { return url_; }

    /// What `count` callers do next, each with a dossier of its own choice; loaded in one round trip, as an event loop
    /// does that has several answers at once.
    std::vector<WriteSet> steps(db::Session& session, std::size_t count, std::uint64_t& random) const {
        std::vector<Values> keys;
        for (std::size_t i = 0; i < count; ++i) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            keys.push_back(
                {1 + static_cast<std::int64_t>((random >> 33) % static_cast<std::uint64_t>(setting_.dossiers))});
        }
        std::vector<WriteSet> sets(count);
        session.each_of(select_dossier, keys, [&](std::size_t place, const Row& row) {
            sets[place] = step(std::get<std::int64_t>(keys[place][0]), row);
        });
        return sets;
    }

    static WriteSet step(std::int64_t id, const Row& row) {
        WriteSet set;
        set.stream = id;
        set.head = {row.int64(0), row.int64(1)};
        const std::int64_t task = row.int64(2);
        const std::int64_t due = row.int64(3) + 8 * 3600'000;
        set.meta = {Instant{std::chrono::milliseconds{1'700'000'000'000}}, "officer:0004171", "", "01J9ZK3M5N7P9"};
        set.events.push_back({"step_completed", 1, event_data(task, due)});
        set.rows.push_back(
            {&update_dossier,
             {id, set.head.version, set.head.version + 1, std::int64_t{0}, task + 1, due, std::string(row.text(4))},
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

    static std::string event_text() { return json::serialize(event_data(4'000'000, 1'700'000'000'000)); }

  private:
    const std::string url_;
    const Setting setting_;
    std::unique_ptr<db::Database> database_;
};

/// `callers` logical callers on an event-loop thread a core, as the HTTP server has them.
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
        const auto submit = [&](std::span<const std::size_t> callers_ready) {
            for (const std::size_t caller : callers_ready) started[caller] = Clock::now();
            auto sets = world.steps(*session, callers_ready.size(), random);
            for (std::size_t i = 0; i < sets.size(); ++i)
                committer->submit(std::move(sets[i]),
                                  [&waiting, caller = callers_ready[i]](const Result<ledger::Committed>& outcome) {
                                      const std::lock_guard lock(waiting.mutex);
                                      waiting.answered.push_back(caller);
                                      if (outcome) ++waiting.committed;
                                      if (waiting.answered.size() == 1) waiting.ready.notify_one();
                                  });
        };
        const auto end = Clock::now() + setting.length;
        std::vector<std::size_t> answered;
        for (std::size_t caller = 0; caller < count; ++caller) answered.push_back(caller);
        submit(answered);
        for (std::size_t open = count; open > 0;) {
            answered.clear();
            {
                std::unique_lock lock(waiting.mutex);
                waiting.ready.wait(lock, [&] { return !waiting.answered.empty(); });
                answered.swap(waiting.answered);
            }
            const auto now = Clock::now();
            for (const std::size_t caller : answered)
                latencies.push_back(std::chrono::duration<float, std::micro>(now - started[caller]).count());
            if (now < end)
                submit(answered);
            else
                open -= answered.size();
        }
        const std::lock_guard lock(counting);
        sample.operations += waiting.committed;
        sample.latencies_us.insert(sample.latencies_us.end(), latencies.begin(), latencies.end());
    };
    const Stopwatch watch;
    const std::int64_t threads = std::min<std::int64_t>(callers, std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::thread> running;
    for (std::int64_t t = 0; t < threads; ++t)
        running.emplace_back(drive, static_cast<std::size_t>(callers / threads),
                             seed + static_cast<std::uint64_t>(t) * 7919);
    for (auto& thread : running) thread.join();
    watch.finish(sample);
    const auto stats = committer->stats();
    fmt::print(stderr, "{} callers: {:.0f}/s, {:.1f} a group, {:.1f} us\n", callers, sample.rate(),
               static_cast<double>(stats.committed) / static_cast<double>(std::max<std::int64_t>(1, stats.groups)),
               sample.cpu_us_each());
    committer->stop();
    return sample;
}

/// Processor time of the server on this machine and its backends, those gone included; counts in hundredths of a
/// second.
class ServerCpu {
  public:
    explicit ServerCpu(db::Database& database) {
        static constexpr Statement select_backend{"bench.select_backend", "SELECT pg_backend_pid()"};
        database.reader()->each(select_backend, {}, [&](const Row& row) {
            if (const auto stat = read(std::to_string(row.int64(0)))) postmaster_ = (*stat)[parent];
        });
    }

    double now_us() const {
        std::int64_t ticks = 0;
        for (const auto& process : std::filesystem::directory_iterator("/proc")) {
            const std::string name = process.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            const auto stat = read(name);
            if (!stat) continue;
            const bool own = name == std::to_string(postmaster_);
            if (!own && (*stat)[parent] != postmaster_) continue;
            for (std::size_t i = user_time; i < user_time + (own ? 4 : 2); ++i) ticks += (*stat)[i];
        }
        return static_cast<double>(ticks) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }

  private:
    // Fields of /proc/PID/stat behind the name: the parent, then user and system time, own and of children gone.
    static constexpr std::size_t parent = 1, user_time = 11, fields = 15;
    static std::optional<std::array<std::int64_t, fields>> read(const std::string& process) {
        std::ifstream file("/proc/" + process + "/stat");
        // A line, not the file: that of a process that ends meanwhile cannot be read, which is no exception here.
        std::string text;
        std::getline(file, text);
        const std::size_t name_end = text.rfind(')');
        if (name_end == std::string::npos) return std::nullopt;
        std::istringstream rest(text.substr(name_end + 1));
        std::array<std::int64_t, fields> stat{};
        std::string state;
        rest >> state;
        for (std::size_t i = 1; i < fields; ++i) rest >> stat[i];
        return stat;
    }
    std::int64_t postmaster_ = -1;
};

/// Transactions a second that pgbench reports; 0 when it is not there.
double run_pgbench(const World& world, std::int64_t callers, const Setting& setting,
                   const std::filesystem::path& script) {
    std::ofstream(script) << fmt::format(pgbench_script, setting.dossiers / callers - 1, callers);
    const std::string command =
        fmt::format("pgbench -n -M prepared -c {} -j {} -T {} -f {} -D 'data={}' '{}' 2>/dev/null", callers,
                    std::min<std::int64_t>(callers, 2), std::max<std::int64_t>(1, setting.length.count() / 1000),
                    script.string(), World::event_text(), world.url());
    FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return 0;
    double rate = 0;
    char line[512];
    while (std::fgets(line, sizeof line, pipe)) std::sscanf(line, "tps = %lf", &rate);
    ::pclose(pipe);
    fmt::print(stderr, "{} callers: pgbench {:.0f}/s\n", callers, rate);
    return rate;
}

/// Alternating rounds at one number of callers: a line of the table. Without a script there is nothing to compare with.
std::vector<std::string> compare(World& world, std::int64_t callers, const Setting& setting,
                                 const std::filesystem::path& script) {
    const ServerCpu server(world.database());
    std::vector<double> rates, bases, ratios, p50, p99, cpu, server_cpu, base_cpu;
    for (std::int64_t round = 0; round < setting.rounds; ++round) {
        double before = server.now_us();
        if (!script.empty()) {
            bases.push_back(run_pgbench(world, callers, setting, script));
            const double transactions =
                bases.back() * std::max<double>(1, static_cast<double>(setting.length.count() / 1000));
            base_cpu.push_back(transactions > 0 ? (server.now_us() - before) / transactions : 0);
        }
        before = server.now_us();
        const Sample sample = run_committer(world, callers, setting, static_cast<std::uint64_t>(round + callers));
        server_cpu.push_back((server.now_us() - before) /
                             static_cast<double>(std::max<std::int64_t>(1, sample.operations)));
        rates.push_back(sample.rate());
        ratios.push_back(!bases.empty() && bases.back() > 0 ? sample.rate() / bases.back() : 0);
        p50.push_back(sample.latency_us(0.5) / 1000);
        p99.push_back(sample.latency_us(0.99) / 1000);
        cpu.push_back(sample.cpu_us_each());
    }
    std::vector<std::string> line{std::to_string(callers), fmt::format("{:.0f}", median(bases)),
                                  fmt::format("{:.0f}", median(rates)), fmt::format("{:.2f}", median(ratios))};
    for (const auto* values : {&base_cpu, &server_cpu, &cpu}) line.push_back(fmt::format("{:.1f}", median(*values)));
    for (const auto* values : {&p50, &p99}) line.push_back(fmt::format("{:.2f}", median(*values)));
    return line;
}

int run(int argc, char** argv) {
    const char* cluster = std::getenv("MOTCUA_TEST_POSTGRES");
    if (!cluster || !*cluster) {
        fmt::print("postgres_bench: MOTCUA_TEST_POSTGRES names no cluster; nothing measured\n");
        return 0;
    }
    Setting setting;
    const bool brief = has_option(argc, argv, "--brief");
    setting.dossiers = number_option(argc, argv, "--dossiers", brief ? 2000 : 200'000);
    setting.rounds = number_option(argc, argv, "--rounds", brief ? 1 : 3);
    setting.length = std::chrono::milliseconds{number_option(argc, argv, "--milliseconds", brief ? 200 : 3000)};
    const bool alone = brief || has_option(argc, argv, "--alone");
    const std::string name = fmt::format("bench{}", ::getpid());
    const std::string base = cluster;
    const auto owner = db::open_postgres(base);
    owner->writer().script("CREATE SCHEMA " + name);
    const auto script = std::filesystem::temp_directory_path() / (name + ".sql");
    std::vector<std::vector<std::string>> rows;
    {
        World world(base + (base.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name,
                    setting);
        const std::int64_t only = number_option(argc, argv, "--callers", 0);
        for (const std::int64_t callers : {1, 8, 64, 256})
            if (only == 0 || only == callers) rows.push_back(compare(world, callers, setting, alone ? "" : script));
    }
    std::filesystem::remove(script);
    owner->writer().script("DROP SCHEMA " + name + " CASCADE");
    print_table({"callers", "pgbench/s", "committer/s", "ratio", "its server us", "our server us", "our CPU us",
                 "p50 ms", "p99 ms"},
                rows);
    return 0;
}

}  // namespace
}  // namespace motcua::bench

int main(int argc, char** argv) { return motcua::bench::run(argc, argv); }
