#include "identity/roles.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/json.hpp"
#include "identity/permissions.hpp"
#include "resources/resources.hpp"

namespace motcua::identity {

namespace {

Result<Role> read_role(const json::value& value) {
    const json::object* object = value.if_object();
    const json::array* permissions = object ? find_array(*object, "permissions") : nullptr;
    Role role;
    if (object) role.id = string_or(*object, "id");
    if (permissions) {
        role.vi = string_or(*object, "vi");
        role.en = string_or(*object, "en");
        for (const json::value& name : *permissions)
            if (name.is_string() && find_permission(name.get_string()))
                role.permissions.emplace_back(name.get_string());
        std::ranges::sort(role.permissions);
    }
    if (!permissions || role.id.empty() || role.vi.empty() || role.en.empty() ||
        role.permissions.size() != permissions->size())
        return fail(Errc::invalid, "identity.roles_invalid", {{"role", role.id}});
    return role;
}

}  // namespace

bool Role::has(http::Permission permission) const { return std::ranges::binary_search(permissions, permission.name()); }

Roles Roles::shipped() {
    auto text = resources::find_resource("roles.json");
    CHECK(text, "roles.json ships with the program");
    auto roles = read(*text);
    CHECK(roles, "data/roles.json: {}", roles.error().params.empty() ? "unreadable" : roles.error().params[0].value);
    return *std::move(roles);
}

Result<Roles> Roles::read(std::string_view text) {
    json::value file = TRY(parse_json(text));
    const json::array* list = file.is_object() ? find_array(file.get_object(), "roles") : nullptr;
    if (!list) return fail(Errc::invalid, "identity.roles_invalid", {{"role", ""}});
    Roles roles;
    for (const json::value& value : *list) {
        Role role = TRY(read_role(value));
        if (roles.find(role.id)) return fail(Errc::invalid, "identity.roles_invalid", {{"role", role.id}});
        roles.roles_.push_back(std::move(role));
    }
    return roles;
}

Roles Roles::system() {
    Role role{"system", "Hệ thống", "System", {}};
    for (const PermissionInfo& info : permission_table()) role.permissions.emplace_back(info.permission.name());
    std::ranges::sort(role.permissions);
    Roles roles;
    roles.roles_.push_back(std::move(role));
    return roles;
}

const Role* Roles::find(std::string_view id) const {
    auto found = std::ranges::find(roles_, id, &Role::id);
    return found == roles_.end() ? nullptr : &*found;
}

}  // namespace motcua::identity
