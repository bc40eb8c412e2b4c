// The named fields of an HTML form → answers for validate(): the notation of web/src/forms/README.md, the same with and
// without scripts. Owns nesting by path and dates as people type them; judges nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "forms/definition.hpp"

namespace motcua::forms {

/// One field as sent: the path of an answer ("mother/born", "children/0/name") and what was typed.
struct Entry {
    std::string_view name;
    std::string_view value;
};

/// Raw answers: texts as typed, dates in ISO notation when they can be read, ticked options as a list, stored files as
/// {"id"}, rows in the order of their numbers, gaps closed and rows without any entry left out. Names that begin with
/// `_` belong to the page and are skipped; other names that no field has come through, so that validate() names them.
json::object read_entries(const Definition& definition, std::span<const Entry> entries);

/// "2/3/2026", "02.03.2026", "2 3 2026", "02032026" → "2026-03-02"; "3/2026" → "2026-03"; anything else trimmed.
std::string read_date_entry(std::string_view text);
/// "2026-03-02" → "02/03/2026", "2026-03" → "03/2026"; anything else unchanged.
std::string show_date_entry(std::string_view iso);

}  // namespace motcua::forms
