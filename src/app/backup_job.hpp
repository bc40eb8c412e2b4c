// The nightly backup: one a day into the configured directory, put back for practice, old ones removed. Its outcome is
// in the metrics and on /readyz. Owns a thread of its own, because the work takes minutes.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "app/jobs.hpp"
#include "base/metrics.hpp"

namespace motcua::app {

struct DrillOutcome {
    Instant at;
    bool good = false;
    std::string what;  // dossiers checked, or the reason of the failure
    std::int64_t bytes = 0;
    std::chrono::milliseconds took{};
};

class BackupJob {
  public:
    /// Nothing runs when no directory is configured.
    BackupJob(const Config& config, std::filesystem::path data, const Clock& clock, metrics::Registry& metrics);
    void start();
    void stop() { jobs_.stop(); }

    /// Today's backup with its drill, unless it is there; called every hour.
    void run(Instant now);
    std::optional<DrillOutcome> last() const;
    /// "backup_drill good 2026-11-22T01:00:00+07:00 12 dossiers"; empty when no directory is configured.
    std::string status() const;

  private:
    void record(DrillOutcome outcome);

    const std::filesystem::path directory_;
    const int keep_;
    const std::filesystem::path data_;
    const Clock& clock_;
    Jobs jobs_;
    mutable std::mutex mutex_;
    std::optional<DrillOutcome> last_;
    std::optional<Instant> last_good_;
};

}  // namespace motcua::app
