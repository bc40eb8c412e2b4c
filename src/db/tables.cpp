#include "db/tables.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/check.hpp"

namespace motcua::db {

namespace {

// Table, column, type, place in the primary key (0 = none).
constexpr Statement sqlite_columns{"db.sqlite_columns", R"(
    SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.rowid, c.cid)"};
constexpr Statement postgres_columns{"db.postgres_columns", R"(
    SELECT CAST(t.relname AS text), CAST(a.attname AS text), format_type(a.atttypid, NULL),
           coalesce(array_position(CAST(x.indkey AS smallint[]), a.attnum) + 1, 0)
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indisprimary
    WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND t.relkind = 'r' ORDER BY t.oid, a.attnum)"};

ColumnType column_type(std::string_view table, std::string_view name) {
    static const std::map<std::string_view, ColumnType> types{
        {"INTEGER", ColumnType::integer}, {"BIGINT", ColumnType::integer}, {"bigint", ColumnType::integer},
        {"integer", ColumnType::integer}, {"REAL", ColumnType::real},      {"double precision", ColumnType::real},
        {"TEXT", ColumnType::text},       {"text", ColumnType::text},      {"BLOB", ColumnType::bytes},
        {"bytea", ColumnType::bytes}};
    const auto found = types.find(name);
    CHECK(found != types.end(), "{} has a column of type {}", table, name);
    return found->second;
}

}  // namespace

const Column* Table::find(std::string_view column) const {
    const auto found = std::ranges::find(columns, column, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

std::vector<Table> list_tables(Session& session, std::string_view dialect) {
    std::vector<Table> tables;
    std::map<std::int64_t, std::size_t> key;
    const auto finish = [&] {
        for (const auto& [place, column] : key) tables.back().key.push_back(column);
        key.clear();
        CHECK(!tables.back().key.empty(), "{} has no primary key", tables.back().name);
    };
    session.each(dialect == "sqlite" ? sqlite_columns : postgres_columns, {}, [&](const Row& row) {
        if (tables.empty() || tables.back().name != row.text(0)) {
            if (!tables.empty()) finish();
            tables.push_back({std::string(row.text(0)), {}, {}});
        }
        Table& table = tables.back();
        if (row.int64(3) > 0) key[row.int64(3)] = table.columns.size();
        table.columns.push_back({std::string(row.text(1)), column_type(table.name, row.text(2))});
    });
    if (!tables.empty()) finish();
    return tables;
}

PagedSelect::PagedSelect(const Table& table, int rows) {
    std::string columns, key, places;
    for (const Column& column : table.columns) columns += (columns.empty() ? "" : ", ") + column.name;
    for (const std::size_t place : table.key) {
        key += (key.empty() ? "" : ", ") + table.columns[place].name;
        places += fmt::format("{}${}", places.empty() ? "" : ", ", std::ranges::count(places, '$') + 1);
    }
    first_ = fmt::format("SELECT {} FROM {} ORDER BY {} LIMIT {}", columns, table.name, key, rows);
    next_ = fmt::format("SELECT {} FROM {} WHERE ({}) > ({}) ORDER BY {} LIMIT {}", columns, table.name, key, places,
                        key, rows);
}

}  // namespace motcua::db
