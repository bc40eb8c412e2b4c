#include "http/principal.hpp"

#include <algorithm>

namespace motcua::http {

std::string_view to_string(PrincipalKind kind) {
    switch (kind) {
        case PrincipalKind::visitor:
            return "visitor";
        case PrincipalKind::person:
            return "person";
        case PrincipalKind::officer:
            return "officer";
        case PrincipalKind::system:
            return "system";
    }
    return "visitor";
}

std::string Principal::actor() const {
    std::string name(to_string(acting ? acting->actor : kind));
    if (kind == PrincipalKind::person || kind == PrincipalKind::officer) name += ':' + format_id(id);
    return name;
}

PersonId Principal::person() const {
    if (acting) return acting->person;
    return kind == PrincipalKind::person ? PersonId{id} : PersonId{};
}

std::string Principal::on_behalf_of() const {
    return acting ? "person:" + format_id(acting->person.value) : std::string();
}

bool Principal::has(Permission permission) const { return std::ranges::binary_search(permissions, permission.name()); }

bool Principal::in_unit(UnitId unit) const { return std::ranges::find(units, unit) != units.end(); }

bool allowed(const Principal& principal, Permission permission) {
    const bool person = principal.kind == PrincipalKind::person, officer = principal.kind == PrincipalKind::officer;
    if (permission == permission::open || principal.kind == PrincipalKind::system) return true;
    if (permission == permission::signed_in) return person || officer;
    if (permission == permission::as_person) return person;
    if (permission == permission::as_officer) return officer;
    return principal.has(permission);
}

}  // namespace motcua::http
