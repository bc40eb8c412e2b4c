// The table that the build generates; used by resources.cpp only.
#pragma once

namespace motcua::resources {

struct Entry {
    const char* name;
    const char* begin;
    const char* end;
};
extern const Entry table[];  // sorted groups, `table_size` of them
extern const unsigned long table_size;

}  // namespace motcua::resources
