#include "forms/definition.hpp"

#include <algorithm>
#include <array>

namespace motcua::forms {

namespace {

constexpr std::array<std::string_view, 21> type_names{
    "text",        "area",    "number",     "money",   "date",     "radio",    "select",
    "checkbox",    "consent", "citizen_id", "old_id",  "tax_code", "phone",    "email",
    "person_name", "address", "file",       "section", "group",    "computed", "info"};

}  // namespace

std::string_view to_string(Type type) { return type_names[static_cast<std::size_t>(type)]; }

std::optional<Type> parse_type(std::string_view text) {
    auto found = std::ranges::find(type_names, text);
    if (found == type_names.end()) return std::nullopt;
    return static_cast<Type>(found - type_names.begin());
}

const Field* Scope::find(std::string_view name) const {
    auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

const Field* Definition::find(std::string_view path) const {
    const Scope* at = &scope;
    const Field* field = nullptr;
    while (!path.empty()) {
        std::size_t slash = path.find('/');
        std::string_view name = path.substr(0, slash);
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
        if (field && field->type == Type::group) {
            if (name != "*" && name.find_first_not_of("0123456789") != name.npos) return nullptr;  // the row is missing
            if (path.empty()) return field;
            slash = path.find('/');
            name = path.substr(0, slash);
            path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
        }
        field = at->find(name);
        if (!field) return nullptr;
        at = &field->inner;
    }
    return field;
}

}  // namespace motcua::forms
