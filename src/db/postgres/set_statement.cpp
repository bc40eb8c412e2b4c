#include "db/postgres/set_statement.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "base/check.hpp"

namespace motcua::db::postgres {

namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string_view type_name(Oid type) {
    switch (type) {
        case type_int8:
            return "bigint";
        case type_int4:
            return "integer";
        case type_float8:
            return "double precision";
        case type_text:
            return "text";
        case type_bytea:
            return "bytea";
        default:
            return {};
    }
}

/// Place of a keyword outside of quotes and parentheses, from `start` on; npos when it is not there.
std::size_t find_keyword(std::string_view sql, std::string_view keyword, std::size_t start = 0) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        const char c = sql[i];
        if (c == '\'') quoted = !quoted;
        if (quoted) continue;
        if (c == '(') ++depth;
        if (c == ')') --depth;
        if (i >= start && depth == 0 && sql.substr(i, keyword.size()) == keyword && (i == 0 || !is_word(sql[i - 1])) &&
            (i + keyword.size() == sql.size() || !is_word(sql[i + keyword.size()])))
            return i;
    }
    return std::string_view::npos;
}

/// `$3` becomes `x.p3`.
std::string with_columns(std::string_view sql) {
    std::string text;
    bool quoted = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql[i] == '\'') quoted = !quoted;
        if (sql[i] == '$' && !quoted)
            text += "x.p";
        else
            text += sql[i];
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

template <class Number>
void put(std::string& bytes, Number number) {
    char order[sizeof number];
    for (std::size_t i = 0; i < sizeof number; ++i)
        order[i] = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * (sizeof number - 1 - i)));
    bytes.append(order, sizeof number);
}

struct Element {
    std::string& bytes;
    Oid type;
    void operator()(std::monostate) const { put(bytes, std::int32_t{-1}); }
    void operator()(std::int64_t value) const {
        if (type == type_float8) return (*this)(static_cast<double>(value));
        CHECK(type == type_int8 || (type == type_int4 && value == static_cast<std::int32_t>(value)), "type {}", type);
        put(bytes, type == type_int8 ? std::int32_t{8} : std::int32_t{4});
        if (type == type_int8)
            put(bytes, value);
        else
            put(bytes, static_cast<std::int32_t>(value));
    }
    void operator()(double value) const {
        CHECK(type == type_float8, "type {}", type);
        put(bytes, std::int32_t{8});
        put(bytes, std::bit_cast<std::int64_t>(value));
    }
    void operator()(const std::string& value) const {
        CHECK(type == type_text, "type {}", type);
        if (value.find('\0') != std::string::npos) return (*this)(without_nul(value));
        put(bytes, static_cast<std::int32_t>(value.size()));
        bytes += value;
    }
    void operator()(const Blob& value) const {
        CHECK(type == type_bytea, "type {}", type);
        put(bytes, static_cast<std::int32_t>(value.bytes.size()));
        bytes += value.bytes;
    }
};

/// In an array, or more.
std::size_t size_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return text->size();
    if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes.size();
    return sizeof(std::int64_t);
}

}  // namespace

SetStatement make_set_statement(std::string_view text, std::span<const Oid> types) {
    if (types.empty() || std::ranges::any_of(types, [](Oid type) { return type_name(type).empty(); })) return {};
    const std::string_view sql = trimmed(text);
    constexpr auto none = std::string_view::npos;
    if (find_keyword(sql, "RETURNING") != none || find_keyword(sql, "ON CONFLICT") != none) return {};
    // Functions in a select list hand out element by element; in FROM each fills a store of its own first.
    std::string columns;
    for (std::size_t i = 1; i <= types.size(); ++i)
        columns += fmt::format("unnest(CAST(${} AS {}[])) AS p{}, ", i, type_name(types[i - 1]), i);
    const std::string source =
        fmt::format("(SELECT {}generate_subscripts(CAST($1 AS {}[]), 1) AS place) AS x", columns, type_name(types[0]));
    if (sql.starts_with("INSERT ")) {
        const std::size_t values = find_keyword(sql, "VALUES");
        if (values == none) return {};
        const std::string_view list = trimmed(sql.substr(values + 6));
        if (!list.starts_with('(') || !list.ends_with(')')) return {};
        return {fmt::format("{} SELECT {} FROM {}", sql.substr(0, values),
                            with_columns(list.substr(1, list.size() - 2)), source),
                false};
    }
    // OFFSET 0 keeps the query whole: it is run as it stands for one row of values after the other.
    if (sql.starts_with("SELECT ") && find_keyword(sql, "OFFSET") == none && find_keyword(sql, "FOR") == none)
        return {fmt::format("SELECT found.*, x.place FROM {} CROSS JOIN LATERAL ({} OFFSET 0) AS found", source,
                            with_columns(sql)),
                true};
    const std::size_t where = find_keyword(sql, "WHERE");
    if (where == none) return {};
    const std::string condition = with_columns(sql.substr(where + 5));
    if (sql.starts_with("UPDATE ") && find_keyword(sql, "FROM") == none)
        return {
            fmt::format("{} FROM {} WHERE {} RETURNING x.place", with_columns(sql.substr(0, where)), source, condition),
            true};
    if (sql.starts_with("DELETE FROM ") && find_keyword(sql, "USING") == none)
        return {fmt::format("{} USING {} WHERE {} RETURNING x.place", with_columns(sql.substr(0, where)), source,
                            condition),
                true};
    return {};
}

std::string make_array(std::span<const std::span<const Value>> rows, std::size_t column, Oid type) {
    constexpr std::size_t head_size = 20, length_size = 4;
    std::size_t size = head_size;
    for (const auto row : rows) size += length_size + size_of(row[column]);
    std::string bytes;
    bytes.reserve(size);
    put(bytes, std::int32_t{1});  // dimensions
    put(bytes, std::int32_t{1});  // may hold NULL
    put(bytes, static_cast<std::int32_t>(type));
    put(bytes, static_cast<std::int32_t>(rows.size()));
    put(bytes, std::int32_t{1});  // the first index
    for (const auto row : rows) std::visit(Element{bytes, type}, row[column]);
    return bytes;
}

std::string without_nul(std::string_view text) {
    std::string clean;
    for (const char c : text) {
        if (c == '\0')
            clean += "\uFFFD";
        else
            clean += c;
    }
    return clean;
}

std::size_t count_parameters(std::string_view sql) {
    std::size_t highest = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql[i] == '\'') quoted = !quoted;
        if (sql[i] != '$' || quoted) continue;
        std::size_t number = 0;
        std::from_chars(sql.data() + i + 1, sql.data() + sql.size(), number);
        highest = std::max(highest, number);
    }
    return highest;
}

}  // namespace motcua::db::postgres
