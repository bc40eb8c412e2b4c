// Table `unit` and its event; private to src/organisation.
#pragma once

#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "organisation/unit.hpp"

namespace motcua::organisation {

inline constexpr std::string_view event_unit_recorded = "unit_recorded";  // data: the whole unit as to_json writes it

struct UnitRow {
    Unit unit;
    ledger::Head head;
};

/// All units by code. A body that cannot be read throws Fault "ledger.corrupt".
std::vector<UnitRow> list_unit_rows(db::Session& session);
void store_unit_row(db::WriteSession& session, const UnitRow& row);

}  // namespace motcua::organisation
