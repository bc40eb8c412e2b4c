// What the citizen hands in, as API fields and back; shared by filing, amending and supplements.
#pragma once

#include "dossier/commands.hpp"
#include "http/spec.hpp"

namespace motcua::dossier {

/// applicant, filer, components, return_channel, procedure_case, answers; all optional.
http::Fields content_fields();
Content content_of(const json::object& input);

}  // namespace motcua::dossier
