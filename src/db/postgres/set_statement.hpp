// The form of a statement that takes arrays: what a plain INSERT … VALUES, UPDATE or DELETE does for one row of values,
// it does for many in one run. Pure text; private to db/postgres.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "db/db.hpp"

namespace motcua::db::postgres {

// Types as the server numbers them (pg_type.oid); these never change.
inline constexpr Oid type_bool = 16, type_bytea = 17, type_int8 = 20, type_int2 = 21, type_int4 = 23, type_text = 25,
                     type_float4 = 700, type_float8 = 701;

struct SetStatement {
    std::string sql;             // empty: there is none, for that form or those types
    bool returns_place = false;  // the result names the rows of values (from 1) that touched a row, one line each
};

/// Parameters become columns `x.p1`, `x.p2` … of `unnest`. A statement with a parameter behind the VALUES, with ON
/// CONFLICT or RETURNING has no such form.
SetStatement make_set_statement(std::string_view sql, std::span<const Oid> types);

/// One column of the rows as a binary array of that type.
std::string make_array(std::span<const std::span<const Value>> rows, std::size_t column, Oid type);

/// The text with U+FFFD for each NUL, which PostgreSQL's text cannot hold; reading and writing treat it alike.
std::string without_nul(std::string_view text);

/// Number of the highest `$n` in the text.
std::size_t count_parameters(std::string_view sql);

}  // namespace motcua::db::postgres
