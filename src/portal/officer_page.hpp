// The officer's page of a dossier, for showing it and for showing it again after a refusal.
#pragma once

#include "portal/officer_forms.hpp"

namespace motcua::portal {

Response officer_page(const PortalParts& parts, Context& context, const Request& request,
                      const dossier::Dossier& dossier, const Refused& refused, int status);

}  // namespace motcua::portal
