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

/// Password and, `with_code`, a code of the second factor. `mark` begins their names, `id` and `mark` their ids;
/// `wrong` is looked through for these. Never shows again what was typed.
void add_proof_inputs(Html& html, std::string_view id, std::string_view mark, bool with_code,
                      const std::vector<Wrong>& wrong);

/// The fields, or what says that the present proof is enough. Their names begin with "_"; `id` and
/// `wrong` as in add_proof_inputs.
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
