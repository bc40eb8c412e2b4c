// The officer's page of a dossier, for showing it and for showing it again after a refusal.
#pragma once

#include "portal/officer_forms.hpp"

namespace motcua::portal {

http::Response officer_page(const PortalParts& parts, http::Context& context, const http::Request& request,
                            const dossier::Dossier& dossier, const Refused& refused, int status);

}  // namespace motcua::portal
