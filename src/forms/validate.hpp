// Judging the answers of a form: normalises, fills computed fields, drops what is hidden, names every error by path.
// The browser does the same with web/src/core/forms; tests/vectors/forms is run by both sides.
// Leaves out: who may file, whether files exist in the store, what registers know.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "forms/definition.hpp"

namespace motcua::forms {

inline constexpr std::size_t errors_max = 1000;  // collected of one form

/// What the judgement needs to know of the world.
struct Facts {
    LocalDay today;
    /// Does `code` name a unit of `level` on `day` (nullopt: on any day)? Without this function only the form of a code
    /// is judged.
    std::function<bool(std::string_view code, UnitLevel level, std::optional<LocalDay> day)> is_unit = {};
};

enum class Completeness {
    complete,  // to be filed
    draft,     // to be saved for later: nothing is required yet, rules wait
};

struct Validation {
    /// Paths relative to the answers: "born", "mother/full_name", "children/0/born"; in the order of the form.
    /// Reasons "forms.…" (data/messages/forms.json).
    std::vector<FieldError> errors;
    /// NFC, trimmed, in canonical notation, computed fields filled, hidden fields dropped. Holds what is valid only.
    json::object answers;
};
Validation validate(const Definition& definition, const json::object& values, const Facts& facts,
                    Completeness completeness = Completeness::complete);

struct Lost {
    std::string path;
    std::string reason;  // "forms.carry_removed", "forms.carry_type", "forms.carry_hidden", or why the value breaks the
                         // new definition
};
/// Answers of a dossier under a newer version of its form.
struct CarryOver {
    json::object answers;              // valid under the new definition
    std::vector<std::string> carried;  // paths in the new definition
    std::vector<Lost> lost;            // paths in the old definition
    std::vector<std::string> asked;    // paths that the new definition requires and nothing fills
};
CarryOver carry_over(const Definition& from, const Definition& to, const json::object& answers, const Facts& facts);

}  // namespace motcua::forms
