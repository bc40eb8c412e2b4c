#include "app/operations.hpp"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/application.hpp"
#include "base/check.hpp"
#include "identity/permissions.hpp"

namespace motcua::app {

namespace {

constexpr std::int64_t queue_ready_max = ledger::commit_queue_max * 3 / 4;
constexpr std::int64_t fault_memory_ms = 30'000;  // a fault counts this long when no commit has succeeded since

double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double free_bytes(const std::filesystem::path& path) {
    std::error_code failed;
    auto space = std::filesystem::space(path, failed);
    return failed ? 0 : static_cast<double>(space.available);
}

std::int64_t lag(Application& app, const ledger::FollowerState& follower) {
    return app.committer().last_position() - follower.position;
}

void register_gauges(Application& app) {
    metrics::Registry& registry = app.metrics();
    using Stats = ledger::CommitterStats;
    using DbStats = db::DatabaseStats;
    auto ledger_gauge = [&](const char* name, const char* help, std::int64_t Stats::*member) {
        registry.gauge(name, help, {}, [&app, member] { return static_cast<double>(app.committer().stats().*member); });
    };
    auto ledger_counter = [&](const char* name, const char* help, std::int64_t Stats::*member) {
        registry.counter(name, help, {},
                         [&app, member] { return static_cast<double>(app.committer().stats().*member); });
    };
    ledger_gauge("motcua_commit_queue", "Write sets waiting for the writer", &Stats::queued);
    ledger_counter("motcua_commit_groups_total", "Transactions of the writer", &Stats::groups);
    ledger_counter("motcua_commits_total", "Write sets committed", &Stats::committed);
    ledger_counter("motcua_commit_conflicts_total", "Write sets left out because of a conflict", &Stats::conflicts);
    ledger_counter("motcua_commit_faults_total", "Write sets refused because the database failed", &Stats::faults);
    ledger_counter("motcua_clock_behind_total", "Write sets refused because the clock went backwards",
                   &Stats::clock_behind);
    registry.gauge("motcua_ledger_position", "Position of the last durable event", {},
                   [&app] { return static_cast<double>(app.committer().last_position()); });
    registry.gauge("motcua_database_log_pages", "Pages in the write-ahead log", {},
                   [&app] { return static_cast<double>(app.database().stats().log_pages); });
    registry.gauge("motcua_database_readers", "Reading sessions lent out", {},
                   [&app] { return static_cast<double>(app.database().stats().readers_lent); });
    registry.counter("motcua_database_checkpoint_faults_total", "Failed passes of the checkpointer", {}, [&app] {
        DbStats stats = app.database().stats();
        return static_cast<double>(stats.checkpoint_faults);
    });
    registry.gauge("motcua_data_free_bytes", "Room on the disk of the data directory", {},
                   [&app] { return free_bytes(app.data()); });
    registry.gauge("process_resident_memory_bytes", "Resident memory", {}, resident_bytes);
    registry.counter("process_cpu_seconds_total", "User and system time", {}, cpu_seconds);
    registry.gauge(
        "process_start_time_seconds", "Start, since 1970", {},
        [start = static_cast<double>(app.clock().now().time_since_epoch().count()) / 1000] { return start; });
}

http::Response metrics_page(Application& app) {
    // Followers are not known when the gauges are registered, so their lines are made here.
    std::string text = app.metrics().text();
    text += "# HELP motcua_follower_lag Events a follower is behind\n# TYPE motcua_follower_lag gauge\n";
    for (const ledger::FollowerState& follower : app.followers().states())
        text += fmt::format("motcua_follower_lag{{follower=\"{}\"}} {}\n", follower.name, lag(app, follower));
    text += "# HELP motcua_follower_parked Events a follower has put aside\n# TYPE motcua_follower_parked gauge\n";
    for (const ledger::FollowerState& follower : app.followers().states())
        text += fmt::format("motcua_follower_parked{{follower=\"{}\"}} {}\n", follower.name, follower.parked);
    http::Response response = http::Response::text(std::move(text));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

bool is_local(const http::Request& request) {
    return (request.remote_address.starts_with("127.") || request.remote_address == "::1") &&
           !request.headers.contains("x-forwarded-for");
}

constexpr db::Statement select_one{"app.select_one", "SELECT 1"};

bool answers(db::Database& database) {
    try {
        database.reader()->each(select_one, {}, [](const db::Row&) {});
        return true;
    } catch (const Fault&) {
        return false;
    }
}

}  // namespace

std::vector<std::string> find_obstacles(Application& app) {
    std::vector<std::string> found;
    if (app.stopping()) found.emplace_back("stopping");
    if (!answers(app.database())) found.emplace_back("database_away");
    if (auto queued = app.committer().stats().queued; queued > queue_ready_max)
        found.push_back(fmt::format("commit_queue {}", queued));
    const std::int64_t fault = app.writes().last_fault_ms;
    if (fault != 0 && app.clock().now().time_since_epoch().count() - fault < fault_memory_ms)
        found.emplace_back("writes_fail");
    if (double room = free_bytes(app.data()); room < static_cast<double>(app.config().free_bytes_min))
        found.push_back(fmt::format("disk_free {:.0f}", room));
    if (!app.log_fork().empty()) found.emplace_back("log_forked");
    for (const ledger::FollowerState& follower : app.followers().states()) {
        if (lag(app, follower) > app.config().follower_lag_max)
            found.push_back(fmt::format("follower_lag {} {}", follower.name, lag(app, follower)));
        if (follower.failures > 2)
            found.push_back(fmt::format("follower_fails {} {}", follower.name, follower.failures));
    }
    return found;
}

std::vector<std::string> find_worries(Application& app) {
    std::vector<std::string> found;
    for (const ledger::FollowerState& follower : app.followers().states())
        if (follower.parked > 0) found.push_back(fmt::format("follower_parked {} {}", follower.name, follower.parked));
    if (std::string backup = app.features().backup_status(); !backup.empty()) found.push_back(std::move(backup));
    return found;
}

void register_operations(Application& app) {
    register_gauges(app);
    http::Router& router = app.router();
    router.query(
        "GET", "/healthz", http::permission::open,
        {.summary = "The process answers", .media = "text/plain", .rate = http::RateClass::none},
        [](http::Context&, const http::Request&) -> Result<http::Response> { return http::Response::text("ok\n"); });
    router.query("GET", "/readyz", http::permission::open,
                 {.summary = "200 when requests can be served, 503 with a line for each obstacle",
                  .media = "text/plain",
                  .rate = http::RateClass::none},
                 [&app](http::Context&, const http::Request&) -> Result<http::Response> {
                     const auto obstacles = find_obstacles(app);
                     std::string text = obstacles.empty() ? "ready\n" : "";
                     for (const std::string& obstacle : obstacles) text += obstacle + '\n';
                     for (const std::string& worry : find_worries(app)) text += worry + '\n';
                     return http::Response::text(std::move(text), obstacles.empty() ? 200 : 503);
                 });
    router.query("GET", "/api/v1/parked-events", identity::permission::system_operate,
                 {.summary = "Events that followers have put aside", .answer = "ParkedEvent", .answer_is_list = true},
                 [](http::Context& context, const http::Request&) -> Result<http::Response> {
                     json::array items;
                     for (const ledger::ParkedEvent& event : ledger::list_parked_events(context.db))
                         items.push_back(json::object{
                             {"follower", event.follower}, {"position", event.position}, {"reason", event.reason}});
                     return http::Response::json(json::object{{"items", std::move(items)}});
                 });
    router.schema("ParkedEvent", {http::field::text("follower", "Who could not handle it").required(),
                                  http::field::integer("position", "In the ledger").required(),
                                  http::field::text("reason", "For the administrator").required()});
    router.command("POST", "/api/v1/parked-events/retry", identity::permission::system_operate,
                   {.summary = "Have a follower's parked events delivered again",
                    .input = {http::field::text("follower", "Its name").required().length(1, 60)},
                    .status = 204},
                   [](http::Context&, const http::Request& request) -> Result<http::Prepared> {
                       ledger::WriteSet set;
                       set.rows.push_back(ledger::retry_parked_events(string_or(request.input, "follower")));
                       return http::Prepared(std::move(set), http::Response::no_content());
                   });
    router.query("GET", "/metrics", http::permission::open,
                 {.summary = "Figures in Prometheus text", .media = "text/plain", .rate = http::RateClass::none},
                 [&app](http::Context&, const http::Request& request) -> Result<http::Response> {
                     if (!app.config().metrics_public && !is_local(request))
                         return fail(Errc::forbidden, "app.metrics_local");
                     return metrics_page(app);
                 });
}

}  // namespace motcua::app
