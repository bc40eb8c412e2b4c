#include "app/application.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include <fmt/format.h>

#include "app/database_place.hpp"
#include "app/sealed_rows.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "db/migrate.hpp"
#include "db/postgres/postgres.hpp"
#include "db/sqlite/sqlite.hpp"
#include "transparency/key.hpp"

namespace motcua::app {

namespace {

constexpr int spare_readers = 4;                    // followers, jobs, backups
constexpr std::int64_t log_bytes_ahead = 48 << 20;  // the log overwrites itself instead of growing the file

log::Level level_of(std::string_view name) {
    for (log::Level level : {log::Level::debug, log::Level::info, log::Level::warn, log::Level::error})
        if (to_string(level) == name) return level;
    return log::Level::off;
}

std::pair<std::string, std::uint16_t> split_address(const std::string& listen) {
    size_t colon = listen.rfind(':');
    std::uint16_t port = 0;
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
    std::string host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);  // [::1]:8080
    return {host, port};
}

int io_threads(const Config& config) {
    if (config.io_threads > 0) return static_cast<int>(config.io_threads);
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
}

}  // namespace

Application::Application(Config config, db::DataDirectory directory)
    : config_(std::move(config)), directory_(std::move(directory)) {}

Application::~Application() { stop(); }

Result<std::unique_ptr<Application>> Application::open(Config config, const std::filesystem::path& data) {
    log::set_level(level_of(config.log_level));
    if (config.tls_certificate.empty() != config.tls_key.empty()) return fail(Errc::invalid, "app.tls_incomplete");
    // Cookies would go without Secure, and browsers would be told nothing of HSTS.
    if (!config.tls_certificate.empty() && !config.public_url.starts_with("https://"))
        return fail(Errc::invalid, "app.tls_public_url", {{"url", config.public_url}});
    config.database_url = TRY(find_database_url(data, config.database_url));
    if (!config.backup_directory.empty())
        TRY(check_rows_in_directory(data, "serve (backup.directory)", config.database_url));
    db::DataDirectory directory =
        TRY(db::DataDirectory::open(data, config.database_url.empty() ? db::Sharing::alone : db::Sharing::shared));
    std::unique_ptr<Application> app(new Application(std::move(config), std::move(directory)));
    TRY(app->open_database());
    TRY(app->open_log());
    app->loaded_position_ = app->committer_->last_position();
    app->features_ = std::make_unique<Features>(*app);
    app->make_server();
    return app;
}

std::unique_ptr<db::Database> Application::open_rows() {
    const int readers_max = io_threads(config_) + static_cast<int>(config_.pool_threads) + spare_readers;
    if (!config_.database_url.empty()) return db::open_postgres(config_.database_url, {.readers_max = readers_max});
    db::SqliteOptions options;
    options.readers_max = readers_max;
    options.reader_cache_kib = static_cast<int>(config_.reader_cache_bytes / 1024);
    options.writer_cache_kib = static_cast<int>(config_.writer_cache_bytes / 1024);
    options.log_bytes_ahead = log_bytes_ahead;
    options.on_fault = [](std::string_view reason, std::string_view what) {
        log::error("database_fault", {{"reason", reason}, {"what", what}});
    };
    return db::open_sqlite(directory_.database_file(), options);
}

Result<void> Application::open_database() {
    database_ = open_rows();
    for (int number : TRY(db::migrate(*database_, clock_.now()))) log::info("migrated", {{"number", number}});
    if (database_->is_shared()) {
        remember_database_url(directory_.path(), config_.database_url);
        log::info("database_opened", {{"url", db::without_password(config_.database_url)}});
    }
    give_field_keys(*database_, directory_.path(), KeyFiles::make);
    if (const std::int64_t sealed = seal_rows(*database_); sealed > 0) log::info("rows_sealed", {{"rows", sealed}});

    metrics::Histogram& seconds =
        metrics_.histogram("motcua_commit_seconds", "Time of one group, to the disk and back");
    ledger::CommitterHooks hooks;
    hooks.group_committed = [this, &seconds](std::size_t, std::chrono::microseconds took) {
        seconds.observe(static_cast<double>(took.count()) / 1e6);
    };
    hooks.clock_behind = [](std::chrono::milliseconds behind) {
        log::warn("clock_went_back", {{"behind_ms", behind.count()}});
    };
    hooks.fault = [this](std::string_view reason, std::string_view what) {
        writes_.last_fault_ms = clock_.now().time_since_epoch().count();
        log::error("commit_fault", {{"reason", reason}, {"what", what}});
    };
    committer_ = ledger::make_committer(*database_, std::move(hooks));

    ledger::FollowerOptions follower_options;
    follower_options.on_failure = [](const ledger::FollowerState& state) {
        log::error("follower_failed", {{"follower", state.name},
                                       {"position", state.position},
                                       {"failures", state.failures},
                                       {"what", state.last_failure}});
    };
    follower_options.on_parked = [](const ledger::ParkedEvent& event) {
        log::error("event_parked",
                   {{"follower", event.follower}, {"position", event.position}, {"what", event.reason}});
    };
    followers_ = ledger::make_follower_runner(*database_, *committer_, std::move(follower_options));
    return {};
}

Result<void> Application::open_log() {
    const std::filesystem::path file = config_.log_key_file.empty() ? transparency::key_file(directory_.path())
                                                                    : std::filesystem::path(config_.log_key_file);
    log_ = std::make_unique<transparency::Log>(TRY(transparency::load_or_make_key(
        file, config_.log_origin, transparency::origin_of(config_.public_url), random_)));
    for (const std::string& text : config_.log_witnesses) {
        merkle::VerifierKey key = TRY(merkle::parse_verifier_key(text));
        if (key.type != merkle::KeyType::cosignature)
            return fail(Errc::invalid, "transparency.witness_key", {{"name", key.name}});
        witnesses_.push_back(std::move(key));
    }
    log_fork_ = log_->find_fork(*database_->reader());
    if (!log_fork_.empty()) log::error("log_forked", {{"what", log_fork_}});
    followers_->add(transparency::make_sequencer(*database_, random_));
    return {};
}

void Application::make_server() {
    dispatcher_ = std::make_unique<http::Dispatcher>(
        router_, features_->authenticator(), clock_, ids_, random_, metrics_,
        http::DispatcherOptions{
            .public_url = config_.public_url,
            .access_log = config_.access_log && log::enabled(log::Level::info),
            .rates = {.account_reads = config_.account_reads,
                      .account_writes = config_.account_writes,
                      .account_look_ups = config_.account_look_ups,
                      .address_reads = config_.address_reads,
                      .address_writes = config_.address_writes,
                      .address_look_ups = config_.address_look_ups,
                      .address_sign_ins = config_.address_sign_ins},
            .refused = [features = features_.get()](const http::Exchange& exchange, const Error& error) {
                features->note_refusal(exchange, error);
            }});
}

void Application::start() {
    http::ServerOptions options;
    std::tie(options.address, options.port) = split_address(config_.listen);
    options.io_threads = io_threads(config_);
    options.pool_threads = static_cast<int>(config_.pool_threads);
    options.trusted_proxies = config_.trusted_proxies;
    options.tls_certificate = config_.tls_certificate;
    options.tls_key = config_.tls_key;
    options.limits.connections_max = static_cast<std::size_t>(config_.connections_max);
    options.limits.connections_per_address_max = static_cast<std::size_t>(config_.connections_per_address_max);
    options.limits.buffered_body_bytes_max = static_cast<std::size_t>(config_.buffered_body_bytes_max);
    options.limits.header_time = config_.header_time;
    options.limits.idle_time = config_.idle_time;
    options.limits.stall_time = config_.stall_time;
    options.limits.stop_time = config_.stop_time;
    server_ = std::make_unique<http::Server>(*dispatcher_, *database_, *committer_, metrics_, std::move(options));
    followers_->start();
    features_->start();
    server_->start();
    log::info("server_started", {{"address", address()}, {"position", committer_->last_position()}});
}

std::string Application::address() const {
    auto [host, port] = split_address(config_.listen);
    bool v6 = host.find(':') != std::string::npos;
    const std::string_view scheme = config_.tls_certificate.empty() ? "http" : "https";
    return fmt::format("{}://{}{}{}:{}", scheme, v6 ? "[" : "", host, v6 ? "]" : "", server_ ? server_->port() : port);
}

void Application::reload_certificate() {
    if (server_) server_->reload_certificate();
}

void Application::stop() {
    if (stopping_.exchange(true)) return;
    if (server_) {
        server_->stop();
        log::info("server_stopped", {{"position", committer_->last_position()}});
    }
    if (features_) features_->stop();
    if (followers_) followers_->stop();
    if (committer_) committer_->stop();
}

}  // namespace motcua::app
