#include "app/publication.hpp"

#include "dossier/services.hpp"
#include "identity/roles.hpp"

namespace motcua::app {

process::CheckOptions publication_options() {
    process::CheckOptions options;
    options.services = dossier::Services::built_in().names();
    options.roles.emplace();
    const identity::Roles roles = identity::Roles::shipped();
    for (const identity::Role& role : roles.all()) options.roles->insert(role.id);
    return options;
}

}  // namespace motcua::app
