// Signatures: steps whose completion asks for a recent proof of who does it (motcua:confirm), and the results of
// processes that have such a step. Owns which tasks these are; the proof is identity's (Identity::check_confirmed), the
// refusal decide's.
#pragma once

#include <span>

#include "dossier/commands.hpp"

namespace motcua::process {
struct Model;
}

namespace motcua::dossier {

class Service;

/// Whether completing the task is a signature.
bool is_signature(const process::Model& model, const Task& task);
/// The same by element: skipping such a step after an incident signs it, too.
bool is_signature(const process::Model& model, std::string_view element);
/// By the version of the process that the dossier runs on; false before it has one.
bool is_signature(const Service& service, const Dossier& dossier, const Task& task);
/// Whether the process has such a step: recording or replacing its result is a signature, too.
bool has_signature(const process::Model& model);
bool has_signature(const Service& service, const Dossier& dossier);

/// Whether one of them can be a signature: only then is the proof looked up.
bool may_be_signature(std::span<const Command> commands);

}  // namespace motcua::dossier
