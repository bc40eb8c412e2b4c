#include "catalogue/procedure_rows.hpp"

#include "base/check.hpp"

namespace motcua::catalogue {

namespace {

constexpr std::int64_t rows_max = 1'000'000;

constexpr db::Statement select_procedure{"catalogue.select_procedure",
                                         "SELECT id, code, digest, version, position FROM procedure WHERE code = $1"};
constexpr db::Statement select_procedures{
    "catalogue.select_procedures", "SELECT id, code, digest, version, position FROM procedure ORDER BY code LIMIT $1"};
constexpr db::Statement upsert_procedure{"catalogue.upsert_procedure", R"(
    INSERT INTO procedure (id, code, digest, version, position) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET digest = $3, version = $4, position = $5)"};

constexpr db::Statement select_versions{"catalogue.select_versions", R"(
    SELECT procedure_id, number, status, valid_from, valid_to, body FROM procedure_version
    ORDER BY procedure_id, number LIMIT $1)"};
constexpr db::Statement select_versions_of_one{"catalogue.select_versions_of_one", R"(
    SELECT procedure_id, number, status, valid_from, valid_to, body FROM procedure_version
    WHERE procedure_id = $1 ORDER BY number LIMIT $2)"};
constexpr db::Statement upsert_version{"catalogue.upsert_version", R"(
    INSERT INTO procedure_version (procedure_id, number, status, valid_from, valid_to, body)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (procedure_id, number) DO UPDATE SET status = $3, valid_from = $4, valid_to = $5, body = $6)"};

ProcedureRow map_procedure(const db::Row& row) {
    return {
        ProcedureId{row.int64(0)}, std::string(row.text(1)), std::string(row.text(2)), {row.int64(3), row.int64(4)}};
}

[[noreturn]] void corrupt(std::int64_t id, std::string_view why) {
    throw Fault("ledger.corrupt", "procedure " + format_id(id) + " cannot be read: " + std::string(why));
}

void read_flags(const json::object& object, Procedure& procedure) {
    if (const json::array* flags = find_array(object, "flags"))
        for (const json::value& item : *flags)
            if (const json::object* flag = item.if_object())
                procedure.flags.push_back({string_or(*flag, "reason"), string_or(*flag, "detail")});
}

Procedure map_version(const db::Row& row) {
    auto parsed = parse_json(row.text(5));
    if (!parsed || !parsed->is_object()) corrupt(row.int64(0), "not JSON");
    auto procedure = read_procedure(parsed->get_object());
    if (!procedure) corrupt(row.int64(0), procedure.error().reason);
    read_flags(parsed->get_object(), *procedure);
    procedure->id = ProcedureId{row.int64(0)};
    procedure->version = static_cast<int>(row.int64(1));
    auto status = find_status(row.text(2));
    auto validity = parse_validity(row.is_null(3) ? std::nullopt : std::optional(row.text(3)),
                                   row.is_null(4) ? std::nullopt : std::optional(row.text(4)));
    if (!status || !validity) corrupt(row.int64(0), "status or validity");
    procedure->status = *status;
    procedure->validity = *validity;
    return std::move(*procedure);
}

db::Value day_value(LocalDay day, bool open) { return open ? db::Value() : db::Value(format_day(day)); }

}  // namespace

std::optional<ProcedureRow> find_procedure_row(db::Session& session, std::string_view code) {
    return session.find_one(select_procedure, {std::string(code)}, map_procedure);
}

std::vector<ProcedureRow> list_procedure_rows(db::Session& session) {
    return session.list(select_procedures, {rows_max}, map_procedure);
}

std::vector<Procedure> list_version_rows(db::Session& session, ProcedureId id) {
    return id ? session.list(select_versions_of_one, {id.value, rows_max}, map_version)
              : session.list(select_versions, {rows_max}, map_version);
}

void store_procedure_row(db::WriteSession& session, const ProcedureRow& row) {
    session.execute(upsert_procedure,
                    db::Values{row.id.value, row.code, row.digest, row.head.version, row.head.position});
}

void store_version_row(db::WriteSession& session, const Procedure& version) {
    json::object body = to_json(version);
    for (const char* column : {"id", "version", "status", "from", "to"}) body.erase(column);
    session.execute(upsert_version,
                    db::Values{version.id.value, std::int64_t{version.version}, std::string(to_text(version.status)),
                               day_value(version.validity.from, version.validity.is_open_start()),
                               day_value(version.validity.to, version.validity.is_open_end()), json::serialize(body)});
}

Procedure read_event_procedure(const json::object& data, std::int64_t stream) {
    const json::object* object = find_object(data, "procedure");
    if (!object) corrupt(stream, "event without procedure");
    auto procedure = read_procedure(*object);
    if (!procedure) corrupt(stream, procedure.error().reason);
    read_flags(*object, *procedure);
    procedure->id = ProcedureId{stream};
    procedure->version = static_cast<int>(int_or(data, "number", 0));
    procedure->status = find_status(string_or(*object, "status")).value_or(Status::draft);
    return std::move(*procedure);
}

}  // namespace motcua::catalogue
