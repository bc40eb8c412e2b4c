#include "app/backup_job.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "app/backup.hpp"
#include "base/check.hpp"
#include "base/log.hpp"

namespace motcua::app {

namespace fs = std::filesystem;

BackupJob::BackupJob(const Config& config, fs::path data, const Clock& clock, metrics::Registry& metrics)
    : directory_(config.backup_directory),
      keep_(static_cast<int>(config.backup_keep)),
      data_(std::move(data)),
      clock_(clock),
      jobs_(clock) {
    if (directory_.empty()) return;
    metrics.gauge("motcua_backup_drill_good", "1 when the last backup was made and put back without a fault", {},
                  [this] {
                      const auto outcome = last();
                      return outcome && outcome->good ? 1.0 : 0.0;
                  });
    metrics.gauge("motcua_backup_last_good_seconds", "When a backup was last made and put back, since 1970", {},
                  [this] {
                      const std::lock_guard lock(mutex_);
                      return last_good_ ? static_cast<double>(last_good_->time_since_epoch().count()) / 1000 : 0.0;
                  });
    metrics.gauge("motcua_backup_bytes", "Size of the last backup", {}, [this] {
        const auto outcome = last();
        return outcome ? static_cast<double>(outcome->bytes) : 0.0;
    });
    jobs_.add("backup", std::chrono::hours{1}, [this](Instant now) { run(now); });
}

void BackupJob::start() {
    if (!directory_.empty()) jobs_.start();
}

void BackupJob::run(Instant now) {
    const auto before = std::chrono::steady_clock::now();
    const fs::path target = daily_backup(directory_, local_day(now));
    const auto last_outcome = last();
    // A failed drill is tried again; a good backup of today is not.
    if (fs::exists(target) && last_outcome && last_outcome->good) return;
    DrillOutcome outcome{now, false, {}, 0, {}};
    try {
        fs::create_directories(directory_);
        const auto made = fs::exists(target) ? Result<BackupReport>() : make_backup(data_, target, now);
        const auto checked = made ? drill(target, now) : std::unexpected(made.error());
        outcome.good = checked.has_value();
        outcome.what = checked ? fmt::format("{} dossiers", *checked) : checked.error().reason;
        if (made) outcome.bytes = made->bytes;
        if (checked) prune_backups(directory_, keep_);
    } catch (const Fault& fault) {
        outcome.good = false;
        outcome.what = fault.reason();
        log::error("backup_failed", {{"what", fault.what()}});
    } catch (const fs::filesystem_error& error) {
        outcome.good = false;
        outcome.what = "backup.disk";
        log::error("backup_failed", {{"what", error.what()}});
    }
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
    log::write(outcome.good ? log::Level::info : log::Level::error, "backup_drill",
               {{"good", outcome.good}, {"what", outcome.what}, {"took_ms", outcome.took.count()}});
    record(std::move(outcome));
}

void BackupJob::record(DrillOutcome outcome) {
    const std::lock_guard lock(mutex_);
    if (outcome.good) last_good_ = outcome.at;
    last_ = std::move(outcome);
}

std::optional<DrillOutcome> BackupJob::last() const {
    const std::lock_guard lock(mutex_);
    return last_;
}

std::string BackupJob::status() const {
    if (directory_.empty()) return {};
    const auto outcome = last();
    if (!outcome) return "backup_drill none";
    return fmt::format("backup_drill {} {} {}", outcome->good ? "good" : "failed", format_iso(outcome->at),
                       outcome->what);
}

}  // namespace motcua::app
