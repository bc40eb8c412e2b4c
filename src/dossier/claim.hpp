// Whom a dossier belongs to that was filed by somebody else. Inside of the folder; list_followed and claim_dossiers are
// in api.hpp.
#pragma once

#include <string_view>

#include "base/ids.hpp"
#include "db/db.hpp"

namespace motcua::dossier {

/// The account of the citizen id or tax code, when it is proven to `proof_min`; none otherwise, also when its row is
/// damaged: a counter receives all the same, and the dossier is claimed at the next sign-in.
PersonId find_proven(db::Session& session, std::string_view id_number, int proof_min);

}  // namespace motcua::dossier
