#include "organisation/units_file.hpp"

#include <algorithm>
#include <unordered_set>

namespace motcua::organisation {

namespace {
constexpr std::string_view format_name = "motcua-units/1";
}

Result<UnitsFile> read_units_file(std::string_view text) {
    json::value document = TRY(parse_json(text));
    const json::object* object = document.if_object();
    const json::array* units = object ? find_array(*object, "units") : nullptr;
    if (!units || find_string(*object, "format") != format_name)
        return fail(Errc::invalid, "organisation.units_file_invalid", {{"format", std::string(format_name)}});
    if (units->size() > units_max)
        return fail(Errc::too_large, "organisation.units_too_many", {{"limit", std::to_string(units_max)}});
    UnitsFile file;
    std::unordered_set<std::string> codes;
    for (std::size_t i = 0; i < units->size(); ++i) {
        const json::object* item = (*units)[i].if_object();
        Result<Unit> unit = item
                                ? read_unit(*item)
                                : Result<Unit>(fail(Errc::invalid, "organisation.unit_malformed", {{"field", "unit"}}));
        if (unit && !codes.insert(unit->code).second)
            unit = fail(Errc::invalid, "organisation.unit_repeated", {{"code", unit->code}});
        if (unit)
            file.units.push_back(std::move(*unit));
        else
            file.rejected.push_back({i + 1, unit.error()});
    }
    // A code is its parent's and one part more, so that shorter comes first.
    std::stable_sort(file.units.begin(), file.units.end(), [](const Unit& a, const Unit& b) {
        return std::count(a.code.begin(), a.code.end(), '.') < std::count(b.code.begin(), b.code.end(), '.');
    });
    return file;
}

}  // namespace motcua::organisation
