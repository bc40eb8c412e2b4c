// What the HTTP layer costs by itself: the same routes with nothing behind them, with a committer that answers at once
// (everything of a command but the disk), and with the real committer on SQLite. Closed loop over loopback, alternating
// rounds, medians. Client and server share the machine's cores: compare figures of one run only.
//   http_bench [--seconds 1] [--rounds 3] [--connections 1,64,256] [--io-threads 1] [--keys] [--brief]
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <sys/resource.h>

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "base/log.hpp"
#include "db/migrate.hpp"
#include "db/sqlite/sqlite.hpp"
#include "db/test_directory.hpp"
#include "http/server.hpp"
#include "load_generator.hpp"

namespace motcua::bench {
namespace {

constexpr db::Statement insert_item{"bench.insert_item",
                                    "INSERT INTO bench_item (id, version, position, total) VALUES ($1, 1, $2, $3)"};
constexpr db::Statement select_item{"bench.select_item",
                                    "SELECT version, position, total FROM bench_item WHERE id = $1"};
constexpr db::Statement update_item{"bench.update_item", R"(
    UPDATE bench_item SET version = version + 1, position = $3, total = total + $4 WHERE id = $1 AND version = $2)"};
constexpr int items = 20'000;

/// Commits nothing: what is left is HTTP, JSON, the decision and two thread changes less.
class NothingCommitter final : public ledger::Committer {
  public:
    void submit(ledger::WriteSet, ledger::Completion done) override { done(ledger::Committed{1, 1, {}}); }
    void on_group(std::function<void()>) override {}
    Result<ledger::Committed> commit(ledger::WriteSet) override { return ledger::Committed{1, 1, {}}; }
    Result<void> write(std::string_view, std::function<Result<void>(ledger::AdminTransaction&)>) override { return {}; }
    std::int64_t last_position() const override { return 0; }
    ledger::CommitterStats stats() const override { return {}; }
    void stop() override {}
};

/// 450 bytes or so, as an answer about a dossier is.
json::object describe(std::int64_t id, std::int64_t total) {
    return {{"code", fmt::format("000.00.12.H13-260221-{:04}", id)},
            {"total", total},
            {"state", "processing"},
            {"procedure", "1.004884.000.00.00.H13"},
            {"unit", "UBND xã Vĩnh Hòa Phú"},
            {"received_at", "2026-02-21T08:30:00+07:00"},
            {"due_at", "2026-02-26T17:00:00+07:00"},
            {"step", {{"key", "tham_dinh"}, {"name", "Thẩm định hồ sơ"}, {"due_at", "2026-02-24T11:00:00+07:00"}}},
            {"history", {{{"at", "2026-02-21T08:30:00+07:00"}, {"what", "dossier_received"}}}}};
}

class Bench {
  public:
    Bench() {
        database_ = db::open_sqlite((directory_.path() / "bench.db").string());
        database_->use_field_keys(std::make_shared<FieldKeys>(random_));
        CHECK(db::migrate(*database_, clock_.now()), "migrations");
        database_->begin();
        database_->writer().script(
            "CREATE TABLE bench_item (id INTEGER PRIMARY KEY, version INTEGER, position INTEGER, total INTEGER)");
        for (std::int64_t id = 1; id <= items; ++id)
            database_->writer().execute(insert_item, db::Values{id, std::int64_t{0}, std::int64_t{0}});
        database_->commit();
        committer_ = ledger::make_committer(*database_);
        router_.query("GET", "/get", http::permission::open, {.summary = "500 bytes"},
                      [](http::Context&, const http::Request&) -> Result<http::Response> {
                          return http::Response::text(std::string(500, 'x'));
                      });
        router_.query("GET", "/read/{id}", http::permission::open, {.summary = "One row"},
                      [](http::Context& context, const http::Request& request) -> Result<http::Response> {
                          std::int64_t id = std::stoll(std::string(request.param("id")));
                          auto total =
                              context.db.find_one(select_item, {id}, [](const db::Row& row) { return row.int64(2); });
                          return http::Response::json(describe(id, total.value_or(0)));
                      });
        router_.command("POST", "/step/{id}", http::permission::open,
                        {.summary = "A command",
                         .input = {http::field::text("action", "").required(), http::field::text("note", ""),
                                   http::field::integer("amount", "").required()}},
                        [](http::Context& context, const http::Request& request) -> Result<http::Prepared> {
                            return step(context, request);
                        });
    }

    double seconds = 1;
    int rounds = 3;
    int io_threads = 1;
    bool keys = false;
    std::vector<int> connections{1, 64, 256};

    void run() {
        fmt::print("{:<22} {:>6} {:>10} {:>9} {:>9} {:>9} {:>12}\n", "case", "conns", "answers/s", "p50 ms", "p99 ms",
                   "refused", "server us");
        std::map<std::string, double> rates;
        for (int conns : connections) {
            std::map<std::string, std::vector<Measured>> all;
            for (int round = 0; round < rounds; ++round) {
                all["1 GET 500 B"].push_back(
                    measure(nothing_, conns, [](std::uint64_t) { return get_request("/get"); }));
                all["2 GET one row"].push_back(measure(nothing_, conns, [](std::uint64_t n) {
                    return get_request(fmt::format("/read/{}", n * 7919 % items + 1));
                }));
                auto post = [this](std::uint64_t n) {
                    // Spread so that no item is under way twice: contention is measured elsewhere.
                    return post_request(
                        fmt::format("/step/{}", n % items + 1),
                        R"({"action":"complete_step","note":"Đủ thành phần, chuyển lãnh đạo ký duyệt","amount":1})",
                        keys ? fmt::format("Idempotency-Key: bench-{}-{}\r\n", measured_, n) : std::string());
                };
                all["3 POST, no database"].push_back(measure(nothing_, conns, post));
                all["4 POST, durable"].push_back(measure(*committer_, conns, post));
            }
            for (auto& [name, measured] : all) {
                std::ranges::sort(measured, {}, &Measured::rate);
                const Measured& median = measured[measured.size() / 2];
                rates[fmt::format("{} @{}", name, conns)] = median.rate;
                fmt::print("{:<22} {:>6} {:>10.0f} {:>9.3f} {:>9.3f} {:>9} {:>12.1f}\n", name, conns, median.rate,
                           median.p50_ms, median.p99_ms, median.refused, median.server_us);
            }
            fmt::print("{:<22} {:>6} {:>10.3f}\n", "durable : no database", conns,
                       rates[fmt::format("4 POST, durable @{}", conns)] /
                           rates[fmt::format("3 POST, no database @{}", conns)]);
        }
    }

    ~Bench() { committer_->stop(); }

  private:
    struct Measured {
        double rate = 0, p50_ms = 0, p99_ms = 0, server_us = 0;
        std::uint64_t refused = 0;
    };

    static Result<http::Prepared> step(http::Context& context, const http::Request& request) {
        std::int64_t id = std::stoll(std::string(request.param("id")));
        std::int64_t amount = int_or(request.input, "amount", 0);
        ledger::WriteSet set;
        std::int64_t total = 0;
        set.stream = id;
        context.db.find_one(select_item, {id}, [&](const db::Row& row) {
            set.head = {row.int64(0), row.int64(1)};
            total = row.int64(2);
            return 0;
        });
        set.meta = context.meta(request);
        set.events.push_back({"step_completed", 1, {{"amount", amount}, {"note", request.input.at("note")}}});
        set.rows.push_back({&update_item, {id, set.head.version, std::int64_t{0}, amount}, {2}, 1});
        return http::Prepared(std::move(set), http::Response::json(describe(id, total + amount)));
    }

    static double process_cpu_seconds() {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        auto seconds_of = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }

    template <class MakeRequest>
    Measured measure(ledger::Committer& committer, int conns, MakeRequest make) {
        ++measured_;
        metrics::Registry registry;
        http::VisitorsOnly visitors;
        http::Dispatcher dispatcher(router_, visitors, clock_, ids_, random_, registry, {.access_log = false});
        http::ServerOptions options;
        options.port = 0;
        options.io_threads = io_threads;
        http::Server server(dispatcher, *database_, committer, registry, options);
        server.start();
        LoadPlan plan;
        plan.port = server.port();
        plan.connections = conns;
        plan.time = std::chrono::milliseconds(static_cast<long>(seconds * 1000));
        plan.request = [&](int, std::uint64_t n) { return make(n); };
        const double cpu_before = process_cpu_seconds();
        LoadResult result = run_load(plan);
        const double cpu = process_cpu_seconds() - cpu_before - result.client_cpu_seconds;
        server.stop();
        CHECK(result.answers > 0 && result.broken == 0, "{} answers, {} broken connections", result.answers,
              result.broken);
        return {result.rate(), result.percentile_ms(50), result.percentile_ms(99),
                cpu * 1e6 / static_cast<double>(result.answers), result.refused};
    }

    TestDirectory directory_;
    SystemClock clock_;
    SystemRandom random_;
    IdMaker ids_{clock_, random_};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ledger::Committer> committer_;
    NothingCommitter nothing_;
    http::Router router_;
    int measured_ = 0;
};

}  // namespace
}  // namespace motcua::bench

int main(int argc, char** argv) try {
    motcua::bench::Bench bench;
    for (int i = 1; i < argc; ++i) {
        std::string_view name = argv[i];
        if (name == "--brief") {  // as a test: that it works
            bench.seconds = 0.1;
            bench.rounds = 1;
            bench.connections = {1, 8};
            continue;
        }
        if (name == "--keys") {
            bench.keys = true;
            continue;
        }
        if (i + 1 >= argc) throw std::invalid_argument("a value is missing");
        std::string value = argv[++i];
        if (name == "--seconds") {
            bench.seconds = std::clamp(std::stod(value), 0.05, 60.0);
        } else if (name == "--rounds") {
            bench.rounds = std::clamp(std::stoi(value), 1, 99);
        } else if (name == "--io-threads") {
            bench.io_threads = std::clamp(std::stoi(value), 1, 64);
        } else if (name == "--connections") {
            bench.connections.clear();
            for (std::size_t at = 0; at < value.size(); at = std::min(value.find(',', at), value.size() - 1) + 1)
                bench.connections.push_back(std::clamp(std::stoi(value.substr(at)), 1, 1024));
        } else {
            throw std::invalid_argument("unknown option " + std::string(name));
        }
    }
    bench.run();
    return 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "http_bench: %s\n", failure.what());
    return 1;
}
