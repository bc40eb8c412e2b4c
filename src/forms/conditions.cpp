#include "forms/conditions.hpp"

#include <algorithm>

namespace motcua::forms {

const json::value* Scopes::find(std::string_view name) const {
    static const json::value null;
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
        if (const json::value* value = level->answers->if_contains(name)) return value;
        if (level->scope->find(name)) return &null;
    }
    return name == "today" ? &today_ : nullptr;
}

bool Scopes::holds(const Condition& condition) const {
    if (condition.expression) {
        json::value result = condition.expression.evaluate(*this).value;
        return result.is_bool() && result.get_bool();
    }
    const json::value* value = find(condition.path.front());
    for (std::size_t i = 1; value && i < condition.path.size(); ++i)
        value = value->is_object() ? value->get_object().if_contains(condition.path[i]) : nullptr;
    if (!value) return false;
    auto wanted = [&](const json::value& one) {
        return std::ranges::find(condition.values, one) != condition.values.end();
    };
    return value->is_array() ? std::ranges::any_of(value->get_array(), wanted) : wanted(*value);
}

}  // namespace motcua::forms
