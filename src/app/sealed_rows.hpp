// The keys that personal values of the rows are sealed with, and the rows of before there were any. Owns when that
// happens: at opening, before anybody reads. What is sealed how: base/field_keys.hpp, identity/seal_rows.hpp,
// dossier/personal.hpp; for operators: docs/operations.md.
#pragma once

#include <cstdint>
#include <filesystem>

#include "db/db.hpp"

namespace motcua::app {

enum class KeyFiles {
    make,  // when there are none
    find,  // without them the database gets no keys: nothing of it is sealed yet
};

/// Gives a database that is migrated the field keys of its data directory. Faults: those of FieldKeys;
/// "fields.key_unknown" when something is sealed with other keys than those, or when there are none any more.
void give_field_keys(db::Database& database, const std::filesystem::path& data, KeyFiles files);

/// Seals rows of before there were keys, in small transactions: killed in the middle it goes on at the next start.
/// Answers how many.
std::int64_t seal_rows(db::Database& database);

}  // namespace motcua::app
