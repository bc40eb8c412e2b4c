// Files that ship inside the binary: everything below data/ ("calendars/…", "processes/…", "messages/…"),
// migrations/ ("migrations/sqlite/…") and the built web front end ("web/…"). Read-only, alive for the whole program.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace motcua::resources {

/// The bytes of the file, or nullopt when nothing of that name ships.
std::optional<std::string_view> find_resource(std::string_view name);

struct Resource {
    std::string_view name;
    std::string_view bytes;
};
/// All files whose name starts with `prefix`, sorted by name.
std::vector<Resource> list_resources(std::string_view prefix);

}  // namespace motcua::resources
