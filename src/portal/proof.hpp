// The proof of who one is (password with code, or a passkey) as part of a form that needs a recent one: a signature, an
// erasure. It travels with what the form is about, so that nothing typed or chosen is lost on the way. Owns the fields;
// what a proof is and how long it holds is identity's.
#pragma once

#include <string_view>
#include <vector>

#include "portal/pages.hpp"

namespace motcua::portal {

/// Whether the form has to ask: there is no recent proof, or it would be over before the form is filled in.
bool needs_proof(const PortalParts& parts, Context& context, const Request& request);

/// The fields, or what says that the present proof is enough. `id` begins the ids of the inputs; `wrong` is looked
/// through for theirs. Never shows again what was typed.
Html proof_fields(const PortalParts& parts, Context& context, const Request& request, std::string_view id,
                  const std::vector<Wrong>& wrong);
/// The same by passkey: a form of its own for scripts, to stand beside the other. Empty for whom it is of no use.
Html passkey_proof(const PortalParts& parts, Context& context, const Request& request);

/// Takes the proof that came with the form, if one is needed and came. Blocking and slow. A decision that is taken
/// again finds it. Reasons: those of Identity::confirm.
Result<void> take_proof(const PortalParts& parts, Context& context, const Request& request);
/// Where the page says what was wrong with it, or that it is missing.
Wrong wrong_proof(const Request& request, std::string_view id, const Error& error);

}  // namespace motcua::portal
