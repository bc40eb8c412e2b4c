// The tables of a database as it tells itself, for copying all of them: names, columns, keys. Nothing else asks this: a
// feature knows its tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/db.hpp"

namespace motcua::db {

enum class ColumnType { integer, real, text, bytes };

struct Column {
    std::string name;
    ColumnType type = ColumnType::text;
};

struct Table {
    std::string name;
    std::vector<Column> columns;
    std::vector<std::size_t> key;  // places of the primary key's columns, in its order

    const Column* find(std::string_view column) const;
};

/// In the order in which they were made, so that what a row refers to comes before it. `dialect` is the database's.
std::vector<Table> list_tables(Session& session, std::string_view dialect);

/// Statements that read a table page by page in the order of its key: the first page without values, the next ones with
/// the key of the last row seen.
class PagedSelect {
  public:
    PagedSelect(const Table& table, int rows);
    PagedSelect(const PagedSelect&) = delete;
    PagedSelect& operator=(const PagedSelect&) = delete;
    ~PagedSelect() = default;
    Statement first() const { return {"db.first_page", first_}; }
    Statement next() const { return {"db.next_page", next_}; }

  private:
    std::string first_, next_;
};

}  // namespace motcua::db
