#include "resources/resources.hpp"

#include <algorithm>
#include <map>

#include "resources/table.hpp"

namespace motcua::resources {

namespace {

using Index = std::map<std::string_view, std::string_view>;

const Index& index() {
    static const Index built = [] {
        Index map;
        for (unsigned long i = 0; i < table_size; ++i)
            map.emplace(table[i].name, std::string_view(table[i].begin, size_t(table[i].end - table[i].begin)));
        return map;
    }();
    return built;
}

}  // namespace

std::optional<std::string_view> find_resource(std::string_view name) {
    auto found = index().find(name);
    if (found == index().end()) return std::nullopt;
    return found->second;
}

std::vector<Resource> list_resources(std::string_view prefix) {
    std::vector<Resource> found;
    for (auto at = index().lower_bound(prefix); at != index().end() && at->first.starts_with(prefix); ++at)
        found.push_back({at->first, at->second});
    return found;
}

}  // namespace motcua::resources
