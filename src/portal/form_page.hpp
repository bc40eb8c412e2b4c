// A form definition as HTML fields: every field of it, conditional ones too, for browsers without scripts; the island
// of web/src/forms takes their place. Names and ids are answer paths. Owns the markup of fields by type; judges
// nothing.
#pragma once

#include <map>
#include <string>

#include "base/json.hpp"
#include "forms/definition.hpp"
#include "organisation/directory.hpp"
#include "portal/html.hpp"

namespace motcua::portal {

/// What a form is filled with when it is shown.
struct FormContent {
    const forms::Definition& definition;
    const json::object& answers;                // as stored or as typed
    std::map<std::string, std::string> errors;  // by answer path
    const json::object& units;                  // units_data()
};

Html form_fields(Lang lang, const FormContent& content);

/// {"commune":[["30760","Phường Rạch Giá"]],…} of the day: what address fields choose from, here and in the island.
json::object units_data(const organisation::Directory& directory, LocalDay day);

/// Stored answers for reading, section by section: only what was answered.
Html answers_summary(Lang lang, const forms::Definition& definition, const json::object& answers,
                     const organisation::Directory& directory);

}  // namespace motcua::portal
