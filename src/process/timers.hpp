// Timer texts of BPMN: ISO 8601 dates, durations and repeating intervals, and cron lines (seconds first, as Quartz has
// them). Pure: now is a value; local time is Vietnam's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace motcua::process {

struct Schedule {
    Instant first;
    std::int32_t repeat = 0;  // firings after the first; -1 without end
    std::string cycle;        // what `next_firing` needs
};

/// Reasons: "process.timer_malformed" {text}.
Result<Schedule> read_date(std::string_view text);
Result<Schedule> read_duration(std::string_view text, Instant now);
/// "R3/PT10S", "R/2026-01-01T00:00:00/PT1H", "R2/PT1H/2026-01-01T00:00:00", "0 0/5 * * * ?".
Result<Schedule> read_cycle(std::string_view text, Instant now);
/// The firing after `last`. nullopt: there is none (a cron line of the past).
std::optional<Instant> next_firing(std::string_view cycle, Instant last);

}  // namespace motcua::process
