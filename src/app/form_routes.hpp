// Routes of forms for API clients: definitions, their JSON Schema, what changed between versions, and which answers of
// a dossier a newer version of its form takes over.
#pragma once

#include "app/domain.hpp"
#include "dossier/api.hpp"
#include "http/router.hpp"

namespace motcua::app {

/// What is given outlives the router.
void register_form_routes(http::Router& router, Domain& domain, const dossier::ApiParts& dossiers);

}  // namespace motcua::app
