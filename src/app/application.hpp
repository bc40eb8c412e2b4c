// The composition root: opens the data directory, the database, ledger and server, wires the features, and starts and
// stops them in order. Owns what lives once in a process. Leaves out every rule: those are the features'.
//
// Start: data directory (lock) → database → migrations → committer → features and routes → followers → listening.
// Stop: server (running requests finish) → followers → committer (what is queued is written) → database.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/config.hpp"
#include "app/features.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "db/data_directory.hpp"
#include "db/db.hpp"
#include "http/server.hpp"
#include "ledger/follower.hpp"
#include "transparency/log.hpp"

namespace motcua::app {

/// What went wrong with writing, for /readyz.
struct WriteHealth {
    std::atomic<std::int64_t> last_fault_ms{0};  // since 1970, 0 = none since the last good commit
};

class Application {
  public:
    /// Everything but listening. Reasons of find_database_url, db::DataDirectory::open and db::migrate; invalid
    /// "app.tls_incomplete", "app.tls_public_url" {url}; Faults of the database.
    static Result<std::unique_ptr<Application>> open(Config config, const std::filesystem::path& data);
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;
    ~Application();

    /// Starts followers and server. Faults "http.cannot_listen", "http.bad_certificate".
    void start();
    /// Address to show, with the port that was really taken.
    std::string address() const;
    void stop();
    /// Reads the TLS certificate again (SIGHUP); the former stays when the new one is no good.
    void reload_certificate();

    const Config& config() const { return config_; }
    const std::filesystem::path& data() const { return directory_.path(); }
    const Clock& clock() const { return clock_; }
    Random& random() { return random_; }
    IdMaker& ids() { return ids_; }
    metrics::Registry& metrics() { return metrics_; }
    db::Database& database() { return *database_; }
    ledger::Committer& committer() { return *committer_; }
    ledger::FollowerRunner& followers() { return *followers_; }
    transparency::Log& log() { return *log_; }
    const std::vector<merkle::VerifierKey>& witnesses() const { return witnesses_; }
    /// What contradicts a checkpoint that was signed before; empty when nothing does.
    const std::string& log_fork() const { return log_fork_; }
    http::Router& router() { return router_; }
    const Features& features() const { return *features_; }
    const WriteHealth& writes() const { return writes_; }
    bool stopping() const { return stopping_; }
    /// End of the ledger before the features loaded what they keep in memory.
    std::int64_t loaded_position() const { return loaded_position_; }

  private:
    Application(Config config, db::DataDirectory directory);
    std::unique_ptr<db::Database> open_rows();
    Result<void> open_database();
    Result<void> open_log();
    void make_server();

    Config config_;
    db::DataDirectory directory_;
    SystemClock clock_;
    SystemRandom random_;
    IdMaker ids_{clock_, random_};
    metrics::Registry metrics_;
    WriteHealth writes_;
    std::int64_t loaded_position_ = 0;
    std::atomic<bool> stopping_{false};
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<ledger::Committer> committer_;
    std::unique_ptr<ledger::FollowerRunner> followers_;
    std::unique_ptr<transparency::Log> log_;
    std::vector<merkle::VerifierKey> witnesses_;
    std::string log_fork_;
    http::Router router_;
    std::unique_ptr<Features> features_;
    std::unique_ptr<http::Dispatcher> dispatcher_;
    std::unique_ptr<http::Server> server_;
};

}  // namespace motcua::app
