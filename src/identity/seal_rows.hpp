// Rows that hold personal values in plain text, from before there were field keys: sealing them, and counting what is
// left. Which those are: migrations/*/0130_sealed_fields.sql.
#pragma once

#include <cstdint>

#include "db/db.hpp"

namespace motcua::identity {

/// Seals at most `limit` rows of each table in the open transaction and answers how many it sealed: 0 = none is left.
std::int64_t seal_plain_rows(db::WriteSession& session, int limit);

/// Rows that are still to be sealed.
std::int64_t count_plain_rows(db::Session& session);

}  // namespace motcua::identity
