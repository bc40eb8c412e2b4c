#include "app/move.hpp"

#include <deque>
#include <fstream>

#include <fmt/format.h>

#include "app/backup.hpp"
#include "base/check.hpp"
#include "base/json.hpp"
#include "db/migrate.hpp"
#include "db/tables.hpp"
#include "merkle/note.hpp"

namespace motcua::app {

namespace {

namespace fs = std::filesystem;
using db::ColumnType;
using db::Table;

constexpr std::string_view format_word = "motcua-export/1";
constexpr int rows_at_once = 500;

/// What a database keeps for itself: the target has its own.
bool is_moved(const Table& table) {
    return table.name != "migration" && table.name != "writing_program" && table.name != "writing_turn" &&
           table.name != "dossier_code";
}

json::array schema_of(const db::Database& database) {
    json::array numbers;
    for (const db::Migration& migration : db::embedded_migrations(database.dialect()))
        numbers.emplace_back(migration.number);
    return numbers;
}

json::value to_cell(const db::Row& row, int column, ColumnType type) {
    if (row.is_null(column)) return nullptr;
    switch (type) {
        case ColumnType::integer:
            return row.int64(column);
        case ColumnType::real:
            return row.real(column);
        case ColumnType::text:
            return json::string(row.text(column));
        case ColumnType::bytes:
            return json::string(merkle::to_base64(row.text(column)));
    }
    return nullptr;
}

std::optional<db::Value> from_cell(const json::value& cell, ColumnType type) {
    if (cell.is_null()) return db::Value{};
    switch (type) {
        case ColumnType::integer:
            if (const auto* number = cell.if_int64()) return db::Value{std::int64_t{*number}};
            return std::nullopt;
        case ColumnType::real:
            if (cell.is_number()) return db::Value{cell.to_number<double>()};
            return std::nullopt;
        case ColumnType::text:
            if (const auto* text = cell.if_string()) return db::Value{std::string(*text)};
            return std::nullopt;
        case ColumnType::bytes:
            if (const auto* text = cell.if_string())
                if (auto bytes = merkle::from_base64(*text)) return db::Value{db::Blob{std::move(*bytes)}};
            return std::nullopt;
    }
    return std::nullopt;
}

/// Key values of the last row written, to go on behind it.
db::Values key_of(const Table& table, const db::Row& row) {
    db::Values key;
    for (const std::size_t place : table.key) {
        const int column = static_cast<int>(place);
        switch (table.columns[place].type) {
            case ColumnType::integer:
                key.emplace_back(row.int64(column));
                break;
            case ColumnType::bytes:
                key.emplace_back(db::Blob{std::string(row.text(column))});
                break;
            default:
                key.emplace_back(std::string(row.text(column)));
        }
    }
    return key;
}

std::int64_t write_table(db::Session& session, const Table& table, std::ostream& out) {
    json::array columns;
    for (const db::Column& column : table.columns) columns.emplace_back(column.name);
    out << json::serialize(json::object{{"table", table.name}, {"columns", std::move(columns)}}) << '\n';
    const db::PagedSelect select(table, rows_at_once);
    std::int64_t written = 0;
    db::Values after;
    for (bool more = true; more;) {
        int page = 0;
        session.each(after.empty() ? select.first() : select.next(), after, [&](const db::Row& row) {
            json::array cells;
            for (std::size_t i = 0; i < table.columns.size(); ++i)
                cells.push_back(to_cell(row, static_cast<int>(i), table.columns[i].type));
            out << json::serialize(cells) << '\n';
            ++written;
            if (++page == rows_at_once) after = key_of(table, row);
        });
        more = page == rows_at_once;
    }
    return written;
}

auto incomplete(const fs::path& path) { return fail(Errc::invalid, "move.incomplete", {{"path", path.string()}}); }

/// Rows of one table on their way in.
class Filling {
  public:
    Filling(db::Database& database, const Table& table, const json::array& columns) : database_(database) {
        std::string names, places;
        for (const json::value& name : columns) {
            const db::Column* column = name.is_string() ? table.find(name.get_string()) : nullptr;
            if (!column) return;
            types_.push_back(column->type);
            names += (names.empty() ? "" : ", ") + column->name;
            places += fmt::format("{}${}", places.empty() ? "" : ", ", types_.size());
        }
        sql_ = fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, names, places);
        statement_ = {"move.insert", sql_};
    }
    Filling(const Filling&) = delete;
    Filling& operator=(const Filling&) = delete;
    ~Filling() = default;

    bool is_known() const { return !sql_.empty(); }

    bool add(const json::array& cells) {
        if (cells.size() != types_.size()) return false;
        db::Values& row = rows_.emplace_back();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            auto value = from_cell(cells[i], types_[i]);
            if (!value) return false;
            row.push_back(std::move(*value));
        }
        if (rows_.size() == rows_at_once) flush();
        return true;
    }

    void flush() {
        if (rows_.empty()) return;
        std::vector<db::BatchStep> steps{{.statement = &statement_, .may_join = true}};
        for (const db::Values& row : rows_) steps[0].rows.emplace_back(row);
        if (!database_.run_batch(steps))
            for (const db::Values& row : rows_) database_.writer().execute(statement_, row);
        rows_.clear();
    }

  private:
    db::Database& database_;
    std::vector<ColumnType> types_;
    std::string sql_;
    db::Statement statement_;
    std::vector<db::Values> rows_;
};

Result<MoveReport> fill(db::Database& database, std::istream& in, const fs::path& source) {
    const std::vector<Table> tables = db::list_tables(database.writer(), database.dialect());
    for (const Table& table : tables) {
        const std::string sql = fmt::format("SELECT 1 FROM {} LIMIT 1", table.name);
        if (is_moved(table) && database.writer().find_one({"move.any", sql}, {}, [](const db::Row&) { return true; }))
            return fail(Errc::conflict, "move.not_empty", {{"table", table.name}});
    }
    MoveReport report;
    std::unique_ptr<Filling> filling;
    std::deque<std::unique_ptr<Filling>> filled;  // their statements stay prepared
    for (std::string line; std::getline(in, line);) {
        const auto value = parse_json(line);
        if (!value) return incomplete(source);
        if (const json::array* cells = value->if_array()) {
            if (!filling || !filling->add(*cells)) return incomplete(source);
            ++report.rows;
            continue;
        }
        const json::object* object = value->if_object();
        if (!object) return incomplete(source);
        if (filling) {
            filling->flush();
            filled.push_back(std::move(filling));
        }
        if (const auto rows = find_int(*object, "rows")) {
            if (*rows != report.rows) return incomplete(source);
            return report;
        }
        const auto found = std::ranges::find(tables, string_or(*object, "table"), &Table::name);
        const json::array* columns = find_array(*object, "columns");
        if (found == tables.end() || !columns) return fail(Errc::conflict, "move.schema_differs");
        filling = std::make_unique<Filling>(database, *found, *columns);
        if (!filling->is_known()) return fail(Errc::conflict, "move.schema_differs");
        ++report.tables;
    }
    return incomplete(source);  // its last line is missing
}

}  // namespace

Result<MoveReport> export_all(db::Database& database, const fs::path& data, const fs::path& target) {
    if (fs::exists(target)) return fail(Errc::conflict, "backup.exists", {{"path", target.string()}});
    const fs::path unfinished = target.string() + ".unfinished";
    MoveReport report;
    try {
        fs::remove_all(unfinished);
        fs::create_directories(unfinished);
        fs::permissions(unfinished, fs::perms::owner_all);
        {
            std::ofstream out(unfinished / "rows.jsonl", std::ios::binary);
            const db::Lease session = database.reader();
            const db::Snapshot snapshot(*session);
            out << json::serialize(json::object{{"format", format_word}, {"schema", schema_of(database)}}) << '\n';
            for (const Table& table : db::list_tables(*session, database.dialect())) {
                if (!is_moved(table)) continue;
                report.rows += write_table(*session, table, out);
                ++report.tables;
            }
            out << json::serialize(json::object{{"rows", report.rows}}) << '\n';
            if (!out.flush()) throw Fault("backup.disk", "rows.jsonl could not be written");
        }
        // Rows first: a blob is there before its row is.
        report.blobs = copy_files(data, unfinished);
        fs::rename(unfinished, target);
    } catch (const fs::filesystem_error& error) {
        throw Fault("backup.disk", error.what());
    }
    return report;
}

Result<MoveReport> import_all(db::Database& database, const fs::path& source, const fs::path& data) {
    std::ifstream in(source / "rows.jsonl", std::ios::binary);
    std::string line;
    std::getline(in, line);
    const auto head = parse_json(line);
    const json::object* said = head ? head->if_object() : nullptr;
    if (!said || string_or(*said, "format") != format_word)
        return fail(Errc::invalid, "move.no_export", {{"path", source.string()}});
    const json::array* schema = find_array(*said, "schema");
    if (!schema || *schema != schema_of(database)) return fail(Errc::conflict, "move.schema_differs");
    // Files before rows, so that no row is without its file.
    const std::int64_t blobs = copy_files(source, data);
    database.begin();
    auto report = [&]() -> Result<MoveReport> {
        try {
            return fill(database, in, source);
        } catch (...) {
            database.rollback();
            throw;
        }
    }();
    if (!report) {
        database.rollback();
        return report;
    }
    database.commit();
    report->blobs = blobs;
    return report;
}

}  // namespace motcua::app
