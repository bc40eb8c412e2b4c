#include "app/audit_export.hpp"

#include <fmt/format.h>

#include "audit/catalogue.hpp"
#include "audit/records.hpp"
#include "ledger/ledger.hpp"

namespace motcua::app {

namespace {

constexpr int events_at_once = 500;

/// The position of the last event before `at`.
std::int64_t position_before(db::Session& session, Instant at) {
    std::int64_t low = 0, high = 1;
    const auto is_before = [&](std::int64_t position) {
        const auto event = ledger::read_events(session, position - 1, 1);
        return !event.empty() && event.front().meta.at < at;
    };
    while (is_before(high)) high *= 2;
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        (is_before(middle) ? low : high) = middle;
    }
    return low;
}

std::string_view name_of(ledger::StreamKind kind) { return kind == ledger::StreamKind::account ? "account" : "system"; }

/// What was written by hand stands beside the event, in the row.
json::object data_of(db::Session& session, const ledger::StoredEvent& event) {
    json::object data = event.data;
    if (event.type == "reason_stated" || string_or(event.data, "purpose") == "reason")
        if (const auto record = audit::find_record(session, event.stream))
            if (auto reason = find_string(record->detail, "reason")) data["reason"] = *reason;
    return data;
}

std::string json_line(const ledger::StoredEvent& event, const audit::EventInfo& info, json::object data) {
    json::object line{{"position", event.position},
                      {"at", format_iso(event.meta.at)},
                      {"type", event.type},
                      {"outcome", audit::to_text(info.outcome)},
                      {"actor", event.meta.actor},
                      {"stream", fmt::format("{}:{}", name_of(event.kind), format_id(event.stream))},
                      {"request_id", event.meta.request_id},
                      {"data", std::move(data)}};
    if (!event.meta.on_behalf_of.empty()) line["on_behalf_of"] = event.meta.on_behalf_of;
    return json::serialize(line) + "\n";
}

/// RFC 4180; what a spreadsheet would take for a formula becomes text.
std::string cell(std::string_view text) {
    std::string out = "\"";
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos) out += '\'';
    for (char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::string csv_line(const ledger::StoredEvent& event, const audit::EventInfo& info, const json::object& data) {
    return fmt::format("{},{},{},{},{},{},{},{},{}\r\n", event.position, cell(format_iso(event.meta.at)),
                       cell(event.type), cell(audit::to_text(info.outcome)), cell(event.meta.actor),
                       cell(event.meta.on_behalf_of),
                       cell(fmt::format("{}:{}", name_of(event.kind), format_id(event.stream))),
                       cell(event.meta.request_id), cell(json::serialize(data)));
}

}  // namespace

AuditExport export_audit(db::Database& database, const AuditQuery& query,
                         const std::function<void(std::string_view line)>& out) {
    const bool csv = query.format == AuditFormat::csv;
    if (csv) out("position,at,type,outcome,actor,on_behalf_of,stream,request_id,data\r\n");
    const Instant begin = to_instant(LocalMinute{query.from});
    const Instant end = to_instant(LocalMinute{query.to + std::chrono::days{1}});
    AuditExport report;
    const db::Lease session = database.reader();
    // Neighbours may be a little out of order; what is outside of the period is left out one by one.
    std::int64_t position = std::max(query.after, position_before(*session, begin - ledger::clock_tolerance));
    for (;;) {
        const auto events = ledger::read_events(*session, position, events_at_once);
        for (const ledger::StoredEvent& event : events) {
            if (event.meta.at >= end + ledger::clock_tolerance) return report;
            if (report.events >= query.limit) {
                report.next = position;
                return report;
            }
            position = event.position;
            if (event.meta.at < begin || event.meta.at >= end) continue;
            if (event.kind != ledger::StreamKind::account && event.kind != ledger::StreamKind::system) continue;
            const audit::EventInfo* info = audit::find_event(event.type);
            if (!info) continue;
            json::object data = data_of(*session, event);
            out(csv ? csv_line(event, *info, data) : json_line(event, *info, std::move(data)));
            ++report.events;
        }
        if (events.size() < events_at_once) return report;
    }
}

std::string checkpoint_line(transparency::Log& log, db::Session& session) {
    return json::serialize(json::object{{"checkpoint", log.signed_note(session, log.checkpoint(session))}}) + "\n";
}

}  // namespace motcua::app
