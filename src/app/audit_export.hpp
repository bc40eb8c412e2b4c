// The audit trail for an inspector: the events of audit/catalogue.hpp in a period, from the ledger, as JSON Lines or
// CSV, with their positions. The last line of JSON Lines is the log's signed checkpoint: a proof that a position is in
// it is a few requests to /log/ (docs/transparency.md). Leaves out who may have it (audit_routes.cpp).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "db/db.hpp"
#include "transparency/log.hpp"

namespace motcua::app {

enum class AuditFormat : unsigned char { json_lines, csv };

struct AuditQuery {
    LocalDay from, to;       // both included
    std::int64_t after = 0;  // position: only events behind it
    std::int64_t limit = INT64_MAX;
    AuditFormat format = AuditFormat::json_lines;
};

struct AuditExport {
    std::int64_t events = 0;
    std::int64_t next = 0;  // position to go on after, when `limit` ended it; else 0
};

/// Hands out line by line, each with its end. Reads the period's events once; finds its begin by halving.
AuditExport export_audit(db::Database& database, const AuditQuery& query,
                         const std::function<void(std::string_view line)>& out);
/// The last line: {"checkpoint": signed note}.
std::string checkpoint_line(transparency::Log& log, db::Session& session);

}  // namespace motcua::app
