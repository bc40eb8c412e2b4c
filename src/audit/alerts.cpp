#include "audit/alerts.hpp"

#include "db/db.hpp"

namespace motcua::audit {

namespace {

using db::Row;
using db::Statement;

constexpr int actors_max = 1000;

constexpr Statement select_busy{
    "audit.select_busy",
    "SELECT actor, CAST(SUM(count) AS BIGINT) FROM audit_record WHERE type = $1 AND at >= $2 GROUP BY actor"
    " HAVING CAST(SUM(count) AS BIGINT) >= $3 ORDER BY actor LIMIT $4"};
constexpr Statement select_raised{
    "audit.select_raised",
    "SELECT detail FROM audit_record WHERE type = 'alert_raised' AND at >= $1 ORDER BY id LIMIT $2"};

std::int64_t ms(Instant at) { return at.time_since_epoch().count(); }

bool is_off_hours(Instant now) {
    const LocalMinute local = to_local(now);
    const LocalDay day = std::chrono::floor<std::chrono::days>(local);
    const auto hour = std::chrono::duration_cast<std::chrono::hours>(local - day).count();
    const std::chrono::weekday weekday{day};
    return hour < 6 || hour >= 20 || weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

}  // namespace

std::string_view to_text(Pattern pattern) {
    switch (pattern) {
        case Pattern::mass_look_ups:
            return "mass_look_ups";
        case Pattern::off_hours:
            return "off_hours";
        case Pattern::refusals:
            return "refusals";
    }
    return "";
}

std::vector<Alert> find_alerts(db::Session& session, const Thresholds& thresholds, Instant now) {
    const Instant since = now - std::chrono::hours{1};
    const Instant midnight = to_instant(LocalMinute{local_day(now)});
    std::vector<Alert> alerts;
    const auto look = [&](Pattern pattern, std::string_view type, std::int64_t threshold) {
        if (threshold <= 0) return;
        session.each(select_busy, db::Values{std::string(type), ms(since), threshold, std::int64_t{actors_max}},
                     [&](const Row& row) {
                         alerts.push_back({pattern, std::string(row.text(0)), row.int64(1)});
                     });
    };
    look(Pattern::mass_look_ups, "record_opened", thresholds.look_ups);
    if (is_off_hours(now)) look(Pattern::off_hours, "record_opened", thresholds.off_hours_look_ups);
    look(Pattern::refusals, "access_refused", thresholds.refusals);
    if (alerts.empty()) return alerts;
    session.each(select_raised, db::Values{ms(midnight), std::int64_t{actors_max}}, [&](const Row& row) {
        const auto detail = parse_json(row.text(0));
        if (!detail || !detail->is_object()) return;
        std::erase_if(alerts, [&](const Alert& alert) {
            return string_or(detail->get_object(), "about") == alert.about &&
                   string_or(detail->get_object(), "pattern") == to_text(alert.pattern);
        });
    });
    return alerts;
}

Result<int> raise_alerts(db::Database& database, ledger::Committer& committer, IdMaker& ids,
                         const Thresholds& thresholds, Instant now, const std::function<void(const Alert&)>& raised) {
    const auto alerts = find_alerts(*database.reader(), thresholds, now);
    for (const Alert& alert : alerts) {
        const NewRecord record{.type = "alert_raised",
                               .count = alert.count,
                               .data = {{"pattern", to_text(alert.pattern)}, {"about", alert.about}}};
        TRY(committer.commit(make_record(ids, record, {now, "system", "", "alerts"})));
        raised(alert);
    }
    return static_cast<int>(alerts.size());
}

}  // namespace motcua::audit
