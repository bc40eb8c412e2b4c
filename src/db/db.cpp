#include "db/db.hpp"

#include "base/check.hpp"
#include "base/field_keys.hpp"

namespace motcua::db {

FieldKeys& Session::field_keys() const {
    CHECK(field_keys_, "the database has no keys for personal values");
    return *field_keys_;
}

std::string Session::open_field(std::string_view value, std::string_view context) const {
    return FieldKeys::is_sealed(value) ? field_keys().open(value, context) : std::string(value);
}

FieldKeys& Database::field_keys() const {
    CHECK(field_keys_, "the database has no keys for personal values");
    return *field_keys_;
}

}  // namespace motcua::db
