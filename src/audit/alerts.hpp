// Patterns of the audit trail that somebody should look at: one account that opens very many records, opens many at
// unusual hours, or is refused again and again. Each is a count of the last hour against a threshold.
// Owns the event alert_raised, once an account, pattern and day. Leaves out who is told (app: page, API, metrics).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/records.hpp"
#include "ledger/committer.hpp"

namespace motcua::audit {

/// In one hour; 0 = never.
struct Thresholds {
    std::int64_t look_ups = 100;           // records opened by one account
    std::int64_t off_hours_look_ups = 20;  // the same at night (20:00 to 06:00) and at weekends
    std::int64_t refusals = 50;
};

enum class Pattern : unsigned char { mass_look_ups, off_hours, refusals };
std::string_view to_text(Pattern pattern);

struct Alert {
    Pattern pattern;
    std::string about;  // actor
    std::int64_t count = 0;
};

/// What the last hour shows, without what was raised today already.
std::vector<Alert> find_alerts(db::Session& session, const Thresholds& thresholds, Instant now);
/// Records them; `raised` hears of each. Reasons: those of the committer.
Result<int> raise_alerts(db::Database& database, ledger::Committer& committer, IdMaker& ids,
                         const Thresholds& thresholds, Instant now, const std::function<void(const Alert&)>& raised);

}  // namespace motcua::audit
