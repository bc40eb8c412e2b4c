#include "organisation/unit_rows.hpp"

#include "base/check.hpp"
#include "organisation/units_file.hpp"

namespace motcua::organisation {

namespace {

constexpr db::Statement select_units{"organisation.select_units",
                                     "SELECT id, code, version, position, body FROM unit ORDER BY code LIMIT $1"};
constexpr db::Statement upsert_unit{"organisation.upsert_unit", R"(
    INSERT INTO unit (id, code, version, position, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET version = $3, position = $4, body = $5)"};

Unit read_body(std::string_view code, std::string_view body) {
    auto parsed = parse_json(body);
    auto unit = parsed && parsed->is_object() ? read_unit(parsed->get_object())
                                              : Result<Unit>(fail(Errc::malformed, "json.malformed"));
    if (!unit) throw Fault("ledger.corrupt", "unit " + std::string(code) + " cannot be read: " + unit.error().reason);
    return std::move(*unit);
}

}  // namespace

std::vector<UnitRow> list_unit_rows(db::Session& session) {
    return session.list(select_units, {static_cast<std::int64_t>(units_max)}, [](const db::Row& row) {
        UnitRow read{read_body(row.text(1), row.text(4)), {row.int64(2), row.int64(3)}};
        read.unit.id = UnitId{row.int64(0)};
        return read;
    });
}

void store_unit_row(db::WriteSession& session, const UnitRow& row) {
    session.execute(upsert_unit, db::Values{row.unit.id.value, row.unit.code, row.head.version, row.head.position,
                                            json::serialize(to_json(row.unit))});
}

}  // namespace motcua::organisation
