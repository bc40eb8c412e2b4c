// Tables `procedure` and `procedure_version` and their events; private to src/catalogue.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/procedure.hpp"
#include "ledger/ledger.hpp"

namespace motcua::catalogue {

/// A version was read from a record: {"number","digest","procedure"}, the procedure as to_json writes it.
inline constexpr std::string_view event_version_recorded = "procedure_version_recorded";
/// What was flagged was settled: {"number","confirmed","note","procedure"}.
inline constexpr std::string_view event_version_settled = "procedure_version_settled";
/// A draft was published: {"number","from"} ("from" absent = as it was).
inline constexpr std::string_view event_version_published = "procedure_version_published";

struct ProcedureRow {
    ProcedureId id;
    std::string code;
    std::string digest;
    ledger::Head head;
};

std::optional<ProcedureRow> find_procedure_row(db::Session& session, std::string_view code);
std::vector<ProcedureRow> list_procedure_rows(db::Session& session);
/// By procedure and number; of one procedure when `id` is given.
std::vector<Procedure> list_version_rows(db::Session& session, ProcedureId id = {});

void store_procedure_row(db::WriteSession& session, const ProcedureRow& row);
void store_version_row(db::WriteSession& session, const Procedure& version);

/// The version as an event carries it, read again.
Procedure read_event_procedure(const json::object& data, std::int64_t stream);

}  // namespace motcua::catalogue
