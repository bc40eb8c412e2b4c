// Time: the clock port (real or moved by hand) and conversions between instants and Vietnamese local time.
// Vietnam keeps UTC+7 without summer time (TCVN; since 1975), so local time is plain arithmetic and needs no tz data.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace motcua {

/// A point in time, millisecond precision, UTC.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
/// Wall-clock time in Vietnam (UTC+7), minute precision: what the law and the receipts speak of.
using LocalMinute = std::chrono::local_time<std::chrono::minutes>;
/// A calendar day in Vietnam.
using LocalDay = std::chrono::local_days;

inline constexpr std::chrono::hours vietnam_offset{7};

/// Port: two implementations ship, SystemClock and ManualClock (simulation, tests).
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

/// The machine's clock. Never goes backwards within one process: a clock set back answers the last instant it gave,
/// until the machine's time has passed it again.
class SystemClock final : public Clock {
  public:
    Instant now() const override;

  private:
    mutable std::atomic<Instant::rep> last_{0};
};

class ManualClock final : public Clock {
  public:
    explicit ManualClock(Instant start) : now_ms_(start.time_since_epoch().count()) {}
    Instant now() const override { return Instant{std::chrono::milliseconds{now_ms_.load()}}; }
    void set(Instant t) { now_ms_ = t.time_since_epoch().count(); }
    void advance(std::chrono::milliseconds d) { now_ms_ += d.count(); }

  private:
    std::atomic<Instant::rep> now_ms_;
};

LocalMinute to_local(Instant t);  // rounds down to the minute
Instant to_instant(LocalMinute t);
LocalDay local_day(Instant t);

/// "2026-11-21T08:30:00.123+07:00" (milliseconds only when not zero).
std::string format_iso(Instant t);
/// Reads ISO 8601 with offset or Z; without an offset Vietnamese time is meant. Reason "time.malformed".
Result<Instant> parse_iso(std::string_view text);
/// "2023-02-23T10:15".
std::string format_local(LocalMinute t);
/// Reads "YYYY-MM-DDTHH:MM" (also with a space or seconds, which are dropped). Reason "time.malformed".
Result<LocalMinute> parse_local(std::string_view text);
/// "2023-02-23".
std::string format_day(LocalDay d);
/// Reads "YYYY-MM-DD"; refuses days that do not exist. Reason "time.malformed".
Result<LocalDay> parse_day(std::string_view text);
/// Vietnamese reading form "10 giờ 15 phút, ngày 23/02/2023" is made by the message catalogue; this is "23/02/2023".
std::string format_day_vi(LocalDay d);

}  // namespace motcua
