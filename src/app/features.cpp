#include "app/features.hpp"

#include <fstream>
#include <iterator>

#include "app/application.hpp"
#include "app/audit_routes.hpp"
#include "app/backup_job.hpp"
#include "app/calendar_routes.hpp"
#include "app/domain.hpp"
#include "app/form_routes.hpp"
#include "app/jobs.hpp"
#include "app/operations.hpp"
#include "app/snapshot_follower.hpp"
#include "audit/alerts.hpp"
#include "audit/refusals.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "documents/blob_store.hpp"
#include "dossier/api.hpp"
#include "dossier/process_work.hpp"
#include "http/openapi.hpp"
#include "http/static_files.hpp"
#include "identity/demo_accounts.hpp"
#include "identity/identity.hpp"
#include "identity/one_time_code.hpp"
#include "identity/passkeys.hpp"
#include "identity/routes.hpp"
#include "identity/sealing.hpp"
#include "oidc/client.hpp"
#include "portal/portal.hpp"
#include "privacy/account_erasure.hpp"
#include "privacy/routes.hpp"
#include "reporting/api.hpp"
#include "reporting/stored_statistics.hpp"
#include "transparency/erasure.hpp"
#include "transparency/publish.hpp"
#include "transparency/routes.hpp"

namespace motcua::app {

namespace {

/// What a demonstration shows at sign-in; empty otherwise.
std::vector<portal::SampleAccount> sample_accounts(const Config& config, const organisation::Directory& directory) {
    std::vector<portal::SampleAccount> samples;
    if (!config.demo) return samples;
    auto demo = identity::list_demo_accounts(directory);
    for (const auto& account : demo.accounts)
        samples.push_back({account.user_name, demo.password, account.does, account.does});
    return samples;
}

/// Those of the file that the configuration names. Fault when it cannot be used: nobody would be able to sign in.
std::vector<oidc::Provider> sign_in_providers(const Config& config) {
    if (config.providers_file.empty()) return {};
    const std::filesystem::path path(config.providers_file);
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Fault("config.file_unreadable", config.providers_file);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto providers = oidc::read_providers(text, path.parent_path());
    if (providers) return std::move(*providers);
    std::string what = config.providers_file;
    for (const Param& param : providers.error().params) what += ", " + param.name + " " + param.value;
    throw Fault(providers.error().reason, what);
}

identity::Options identity_options(Application& app, const std::vector<oidc::Provider>& providers) {
    identity::Options options{.link_level_min = static_cast<int>(app.config().link_level_min),
                              .demo = app.config().demo};
    for (const oidc::Provider& one : providers) options.providers.push_back({one.id, one.name_vi, one.name_en});
    // Invented people keep their password beside the provider.
    options.person_password_sign_in = providers.empty() || options.demo;
    // The sample accounts of a demonstration are for everybody.
    if (!options.demo) options.second_factor_roles = app.config().second_factor_roles;
    auto key = identity::load_sealing_key(identity::sealing_key_file(app.data()), app.random());
    if (!key) throw Fault(key.error().reason, key.error().params.front().value);
    options.sealing_key = *key;
    return options;
}

dossier::DeadlinePolicy deadline_policy(const Config& config) {
    dossier::DeadlinePolicy policy;
    policy.due_at_end_of_day = config.due_at_end_of_day;
    policy.warn_before = {config.warn_before_hours * 1000, calendar::TimeUnit::working_hour};
    // Any day will do: only the time of day is wanted, and the configuration has checked it.
    if (auto moment = parse_local("2000-01-01T" + config.same_day_cutoff))
        policy.same_day_cutoff = *moment - std::chrono::floor<std::chrono::days>(*moment);
    return policy;
}

/// Today's checkpoint into the database, those of days that are over to where the administrator wants them.
void keep_checkpoints(Application& app, Instant now) {
    auto recorded = app.log().record(app.database(), app.committer(), now);
    if (!recorded) log::warn("checkpoint_not_recorded", {{"reason", recorded.error().reason}});
    const Config& config = app.config();
    transparency::PublishOptions options;
    options.directory = config.log_publish_directory.empty() ? app.data() / "checkpoints"
                                                             : std::filesystem::path(config.log_publish_directory);
    options.command = config.log_publish_command;
    auto published = transparency::publish_checkpoints(*app.database().reader(), options, local_day(now));
    if (!published) log::warn("checkpoint_not_published", {{"reason", published.error().reason}});
}

}  // namespace

struct Features::Parts {
    explicit Parts(Application& app)
        : clock(app.clock()),
          database(app.database()),
          statistics_file(reporting::statistics_file(app.data())),
          providers(sign_in_providers(app.config())),
          spool(app.config().sending_directory.empty() ? app.data() / "outbox"
                                                       : std::filesystem::path(app.config().sending_directory)),
          party(identity::relying_party(app.config().public_url)),
          domain(app.database(), app.committer(), app.ids(), deadline_policy(app.config())),
          identity(app.database(), app.committer(), app.clock(), app.ids(), app.random(), domain.units().directory(),
                   identity_options(app, providers)),
          blobs(documents::open_blob_directory(app.data() / "blobs")),
          dossier_api{domain.dossiers(), identity, *blobs, {}, std::chrono::days{app.config().closed_for_days}},
          refusals(app.committer(), app.ids()),
          own_data{dossier_api, identity},
          log_routes{app.log(), dossier_api, app.witnesses()},
          report_api{statistics, identity, [this] { return domain.units().directory(); },
                     [&app] { return app.committer().last_position(); }},
          pages{.dossiers = dossier_api,
                .identity = identity,
                .samples = sample_accounts(app.config(), *domain.units().directory()),
                .public_url = app.config().public_url},
          turn(app.committer(), format_id(app.ids().next())),
          jobs(app.clock(), app.database().is_shared() ? &turn : nullptr),
          slow_jobs(app.clock(), app.database().is_shared() ? &turn : nullptr),
          backups(app.config(), app.data(), app.clock(), app.metrics()) {
        for (const oidc::Provider& one : providers) {
            clients.push_back(std::make_unique<oidc::Client>(
                one, app.config().public_url + "/dang-nhap/" + one.id + "/tro-lai", app.clock(), app.random()));
            pages.providers.push_back(clients.back().get());
        }
    }

    /// Codes and notices on their way to the gateway.
    void deliver(Instant now) {
        auto sent = identity::deliver_messages(identity, spool, now);
        if (!sent) log::warn("messages_not_sent", {{"reason", sent.error().reason}});
    }

    /// The next start counts on from here.
    void store_statistics() {
        if (statistics.position() == stored_position) return;
        auto stored = reporting::store_statistics(statistics, *database.reader(), statistics_file);
        if (stored)
            stored_position = statistics.position();
        else
            log::warn("statistics_not_stored", {{"reason", stored.error().reason}});
    }

    const Clock& clock;
    db::Database& database;
    const std::filesystem::path statistics_file;
    std::int64_t stored_position = 0;
    std::vector<oidc::Provider> providers;
    sending::SpoolDirectory spool;
    identity::RelyingParty party;
    std::vector<std::unique_ptr<oidc::Client>> clients;
    Domain domain;
    identity::Identity identity;
    std::unique_ptr<documents::BlobStore> blobs;
    dossier::ApiParts dossier_api;
    audit::Refusals refusals;
    privacy::Parts own_data;
    transparency::RouteParts log_routes;
    reporting::Statistics statistics;  // before report_api, which refers to it
    reporting::ApiParts report_api;
    portal::PortalParts pages;
    JobTurn turn;
    Jobs jobs;
    Jobs slow_jobs;  // what may take a minute: legal dates must not wait for it
    BackupJob backups;
};

Features::Features(Application& app) : parts_(std::make_unique<Parts>(app)) {
    Parts& parts = *parts_;
    auto started = parts.identity.start();
    if (started) started = parts.identity.store_second_factor_roles();
    if (!started) throw Fault(started.error().reason, "roles and units could not be stored");

    http::Router& router = app.router();
    register_operations(app);
    identity::register_routes(router, parts.identity);
    identity::register_passkey_routes(router, parts.identity, parts.party);
    dossier::register_routes(router, parts.dossier_api);
    dossier::claim_at_sign_in(parts.dossier_api);
    register_calendar_routes(router, parts.domain);
    register_form_routes(router, parts.domain, parts.dossier_api);
    reporting::register_routes(router, parts.report_api);
    privacy::register_routes(router, parts.own_data);
    register_audit_routes(app, parts.identity);
    transparency::register_routes(router, parts.log_routes);
    portal::register_routes(router, parts.pages);
    if (reporting::load_statistics(parts.statistics, *app.database().reader(), parts.statistics_file))
        log::info("statistics_taken_up", {{"position", parts.statistics.position()}});
    app.followers().add(std::make_unique<reporting::StatisticsFollower>(parts.statistics));
    if (app.database().is_shared()) {
        app.followers().add(std::make_unique<SnapshotFollower>(parts.domain, parts.identity, app.loaded_position()));
        app.metrics().gauge("motcua_jobs_turn", "1 on the one server that does what comes with time", {},
                            [&parts] { return parts.turn.held() ? 1.0 : 0.0; });
    }
    http::register_static_files(router);
    http::register_description(router);

    parts.jobs.add("due_dates", std::chrono::minutes{1}, [&app, &parts](Instant now) {
        auto changed = dossier::run_due(app.database(), app.committer(), parts.domain.dossiers(), now);
        if (!changed) log::warn("due_dates_failed", {{"reason", changed.error().reason}});
    });
    const audit::Thresholds thresholds{app.config().alert_look_ups, app.config().alert_off_hours,
                                       app.config().alert_refusals};
    parts.jobs.add("alerts", std::chrono::minutes{1}, [&app, thresholds](Instant now) {
        const auto raise = [&app](const audit::Alert& alert) {
            const std::string pattern(to_text(alert.pattern));
            app.metrics()
                .counter("motcua_audit_alerts_total", "Patterns in the audit trail", {{"pattern", pattern}})
                .add();
            log::warn("audit_alert", {{"pattern", pattern}, {"about", alert.about}, {"count", alert.count}});
        };
        auto raised = audit::raise_alerts(app.database(), app.committer(), app.ids(), thresholds, now, raise);
        if (!raised) log::warn("alerts_failed", {{"reason", raised.error().reason}});
    });
    parts.jobs.add("process_work", std::chrono::seconds{1}, [&app, &parts](Instant now) {
        auto refused = [](DossierId dossier, const Error& error) {
            log::warn("process_work_refused", {{"dossier", to_string(dossier)}, {"reason", error.reason}});
        };
        auto moved = dossier::run_process_work(app.database(), app.committer(), parts.domain.dossiers(),
                                               parts.domain.services(), now, refused);
        if (!moved) log::warn("process_work_failed", {{"reason", moved.error().reason}});
    });
    parts.slow_jobs.add("statistics", std::chrono::hours{1}, [&parts](Instant) { parts.store_statistics(); });
    parts.slow_jobs.add("checkpoint", std::chrono::minutes{1}, [&app](Instant now) { keep_checkpoints(app, now); });
    if (const std::int64_t years = app.config().erasure_after_years; years > 0)
        parts.slow_jobs.add("erasure", std::chrono::hours{24}, [&app, &parts, years](Instant now) {
            const Instant before = now - std::chrono::days{365 * years + years / 4};
            const auto report = transparency::erase_old_dossiers(app.database(), app.committer(), *parts.blobs, before,
                                                                 "erasure.after_years " + std::to_string(years), now,
                                                                 [&app] { return app.stopping(); });
            if (report.erased > 0) log::info("dossiers_erased", {{"count", report.erased}});
            if (report.failed > 0)
                log::warn("dossiers_not_erased", {{"count", report.failed}, {"reason", report.first_failure}});
        });
    if (const std::int64_t years = app.config().account_erasure_after_years; years > 0)
        parts.slow_jobs.add("account_erasure", std::chrono::hours{24}, [&app, &parts, years](Instant now) {
            const Instant before = now - std::chrono::days{365 * years + years / 4};
            const auto erased = privacy::erase_idle_accounts(
                parts.own_data, before, "erasure.accounts_after_years " + std::to_string(years),
                {.at = now, .actor = "system", .on_behalf_of = "", .request_id = "erasure"},
                [&app] { return app.stopping(); });
            if (!erased) log::warn("accounts_not_erased", {{"reason", erased.error().reason}});
            if (erased && *erased > 0) log::info("accounts_erased", {{"count", *erased}});
        });
    parts.jobs.add("calendar_notices", std::chrono::seconds{5}, [&app, &parts](Instant now) {
        auto applied = apply_open_notices(app.database(), app.committer(), parts.domain,
                                          {.at = now, .actor = "system", .on_behalf_of = "", .request_id = "notice"},
                                          [&app] { return app.stopping(); });
        if (!applied)
            log::warn("calendar_notices_failed", {{"reason", applied.error().reason}});
        else if (*applied > 0)
            log::info("calendar_notices_applied", {{"notices", *applied}});
    });
    parts.jobs.add("messages", std::chrono::seconds{2}, [&parts](Instant now) { parts.deliver(now); });
    parts.jobs.add("sessions", std::chrono::hours{24}, [&parts](Instant now) {
        auto cleaned = parts.identity.clean_up(now);
        if (!cleaned) log::warn("session_clean_up_failed", {{"reason", cleaned.error().reason}});
    });
    parts.jobs.add("answers", std::chrono::hours{24}, [&app](Instant now) {
        auto forgotten = ledger::forget_old_answers(app.committer(), now);
        if (!forgotten) log::warn("answer_clean_up_failed", {{"reason", forgotten.error().reason}});
    });
}

Features::~Features() = default;

http::Authenticator& Features::authenticator() const { return parts_->identity; }
void Features::note_refusal(const http::Exchange& exchange, const Error& error) const {
    parts_->refusals.note(exchange, error);
}
std::string Features::backup_status() const { return parts_->backups.status(); }
void Features::start() {
    parts_->jobs.start();
    parts_->slow_jobs.start();
    parts_->backups.start();
}
void Features::stop() {
    parts_->backups.stop();
    parts_->slow_jobs.stop();
    parts_->jobs.stop();
    parts_->turn.give_up(parts_->clock.now());
    try {
        parts_->store_statistics();
    } catch (const std::exception& failure) {
        log::warn("statistics_not_stored", {{"reason", failure.what()}});
    }
}

}  // namespace motcua::app
