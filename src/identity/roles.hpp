// Roles: named sets of permissions, as data/roles.json declares them. A post gives one role in one unit.
// Process lanes name roles by the same ids. Owns the file's form; leaves out who holds a role (posts, access.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"
#include "http/principal.hpp"

namespace motcua::identity {

struct Role {
    std::string id;  // "receiver"; stable, used by processes
    std::string vi;
    std::string en;
    std::vector<std::string> permissions;  // names, sorted

    bool has(http::Permission permission) const;
    const std::string& name(Lang lang) const { return lang == Lang::en ? en : vi; }
};

class Roles {
  public:
    /// The roles that ship. A fault in that file fails a CHECK: it is part of the program.
    static Roles shipped();
    /// {"format":"motcua-roles/1","roles":[{"id","vi","en","permissions":[…]}]}. Reasons: those of parse_json,
    /// "identity.roles_invalid" {role} for a missing member, an unknown permission or an id used twice.
    static Result<Roles> read(std::string_view text);

    /// One role "system" with every permission: the program's own jobs.
    static Roles system();

    const Role* find(std::string_view id) const;
    const std::vector<Role>& all() const { return roles_; }  // in the order of the file

  private:
    std::vector<Role> roles_;
};

}  // namespace motcua::identity
