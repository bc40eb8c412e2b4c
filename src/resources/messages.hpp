// The sentences that people read: each stable `reason` of a refusal in Vietnamese and English, from
// data/messages/*.json
// ({"dossier.wrong_state": {"vi": "… {state} …", "en": "…"}}). Owns the look-up and the filling of {name}; the modules
// own their files. Read-only, built at first use from what ships in the binary.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace motcua::resources {

/// The sentence for `reason` with each `{name}` replaced by its parameter. A reason without a sentence answers
/// "⟦reason name=value⟧", which tests and people notice; a parameter that is missing stays as `{name}`.
/// Where a parameter differs by language ("name_vi", "name_en"), `{name}` takes the one of `lang`.
/// `{state:dossier.state}` is filled with the sentence of "dossier.state.<value of state>".
std::string message(Lang lang, std::string_view reason, std::span<const Param> params = {});
inline std::string message(Lang lang, const Error& error) { return message(lang, error.reason, error.params); }
inline std::string message(Lang lang, const FieldError& error) { return message(lang, error.reason, error.params); }

bool has_message(std::string_view reason);
/// Every reason that has a sentence, sorted.
std::vector<std::string_view> list_reasons();

}  // namespace motcua::resources
