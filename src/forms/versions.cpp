// Two versions of a form: what changed, and which answers of a dossier carry over.
#include <algorithm>
#include <set>

#include "forms/definition.hpp"
#include "forms/validate.hpp"

namespace motcua::forms {

namespace {

std::string below(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + "/" + std::string(name);
}

/// The field of the old scope that a field of the new one continues.
const Field* find_origin(const Scope& from, const Scope& to, const Field& field) {
    if (const Field* same = from.find(field.name)) return same;
    // A former name counts only while no field of the new version bears it.
    return field.was.empty() || to.find(field.was) ? nullptr : from.find(field.was);
}

bool has_scope(Type type) { return type == Type::section || type == Type::group; }

// ---- diff
// ------------------------------------------------------------------------------------------------------------

/// Source objects of fields by path, "*" for rows; inner fields apart from their section.
void collect(const json::array& fields, const std::string& path,
             std::vector<std::pair<std::string, const json::object*>>& out) {
    for (const json::value& value : fields) {
        const json::object& field = value.get_object();
        std::string at = below(path, string_or(field, "n"));
        out.emplace_back(at, &field);
        if (const json::array* inner = find_array(field, "fields"))
            collect(*inner, string_or(field, "t") == "group" ? at + "/*" : at, out);
    }
}

std::vector<std::pair<std::string, const json::object*>> fields_of(const Definition& definition) {
    std::vector<std::pair<std::string, const json::object*>> out;
    for (const json::value& step : *find_array(definition.source, "steps"))
        if (const json::array* fields = find_array(step.get_object(), "fields")) collect(*fields, "", out);
    return out;
}

json::array changed_keys(const json::object& before, const json::object& after) {
    std::set<std::string> keys;
    for (const json::object* object : {&before, &after})
        for (const auto& [key, value] : *object)
            if (key != "n" && key != "was" && key != "fields") keys.emplace(key);
    json::array out;
    for (const std::string& key : keys) {
        const json::value* left = before.if_contains(key);
        const json::value* right = after.if_contains(key);
        if (!left || !right || *left != *right) out.emplace_back(key);
    }
    return out;
}

// ---- carry_over
// ------------------------------------------------------------------------------------------------------

class Carrier {
  public:
    explicit Carrier(CarryOver& out) : out_(out) {}

    json::object scope(const Scope& from, const Scope& to, const json::object& answers, const std::string& from_path,
                       const std::string& to_path) {
        json::object out;
        std::set<std::string_view> used;
        for (const Field& field : to.fields) {
            const Field* origin = find_origin(from, to, field);
            const json::value* answer = origin ? answers.if_contains(origin->name) : nullptr;
            if (!answer || answer->is_null()) continue;
            used.insert(origin->name);
            std::string old_path = below(from_path, origin->name), new_path = below(to_path, field.name);
            if (field.type == Type::computed || origin->type == Type::computed) continue;
            json::value carried = value(*origin, field, *answer, old_path, new_path);
            if (!carried.is_null()) out[field.name] = std::move(carried);
        }
        for (const Field& field : from.fields)
            if (answers.contains(field.name) && !used.contains(field.name) && field.type != Type::computed)
                out_.lost.push_back({below(from_path, field.name), "forms.carry_removed"});
        return out;
    }

  private:
    json::value value(const Field& from, const Field& to, const json::value& answer, const std::string& old_path,
                      const std::string& new_path) {
        if (has_scope(from.type) && from.type == to.type) {
            if (const json::object* inner = answer.if_object())
                return scope(from.inner, to.inner, *inner, old_path, new_path);
            json::array rows;
            if (const json::array* list = answer.if_array())
                for (const json::value& row : *list) {
                    std::string index = "/" + std::to_string(rows.size());
                    rows.push_back(row.is_object() ? scope(from.inner, to.inner, row.get_object(), old_path + index,
                                                           new_path + index)
                                                   : json::object());
                }
            return rows;
        }
        if (!compatible(from.type, to.type)) {
            out_.lost.push_back({old_path, "forms.carry_type"});
            return {};
        }
        moved_.emplace_back(new_path, old_path);
        return answer;
    }

    /// Values of one type that mean the same in the other; whether they fit its bounds is judged afterwards.
    static bool compatible(Type from, Type to) {
        auto choice = [](Type type) { return type == Type::radio || type == Type::select; };
        auto line = [](Type type) {
            return type != Type::number && type != Type::money && type != Type::checkbox && type != Type::consent &&
                   type != Type::address && type != Type::file && !has_scope(type);
        };
        return from == to || (choice(from) && choice(to)) || (from == Type::number && to == Type::money) ||
               (from == Type::money && to == Type::number) || (line(from) && (to == Type::text || to == Type::area)) ||
               (from == Type::text && line(to) && !choice(to));
    }

    CarryOver& out_;

  public:
    std::vector<std::pair<std::string, std::string>> moved_;  // new path, old path
};

bool is_answered(const json::object& answers, std::string_view path) {
    std::size_t slash = path.find('/');
    const json::value* value = answers.if_contains(path.substr(0, slash));
    while (value && slash != std::string_view::npos) {
        path.remove_prefix(slash + 1);
        slash = path.find('/');
        std::string_view name = path.substr(0, slash);
        const json::array* rows = value->if_array();
        value = rows                 ? rows->if_contains(static_cast<std::size_t>(std::stoul(std::string(name))))
                : value->is_object() ? value->get_object().if_contains(name)
                                     : nullptr;
    }
    return value != nullptr;
}

}  // namespace

json::object diff(const Definition& from, const Definition& to) {
    auto before = fields_of(from), after = fields_of(to);
    auto find = [](const auto& list, std::string_view path) -> const json::object* {
        auto found = std::ranges::find(list, path, [](const auto& entry) -> std::string_view { return entry.first; });
        return found == list.end() ? nullptr : found->second;
    };
    json::array added, removed, renamed, changed;
    std::set<std::string> continued;
    for (const auto& [path, field] : after) {
        const json::object* old = find(before, path);
        std::string old_path = path;
        if (std::string was = string_or(*field, "was"); !old && !was.empty()) {
            std::size_t slash = path.rfind('/');
            old_path = (slash == std::string::npos ? "" : path.substr(0, slash + 1)) + was;
            old = find(after, old_path) ? nullptr : find(before, old_path);
            if (old) renamed.push_back({{"from", old_path}, {"to", path}});
        }
        if (!old) {
            added.emplace_back(path);
            continue;
        }
        continued.insert(old_path);
        if (json::array keys = changed_keys(*old, *field); !keys.empty())
            changed.push_back({{"path", path}, {"keys", std::move(keys)}});
    }
    for (const auto& [path, field] : before)
        if (!continued.contains(path)) removed.emplace_back(path);
    return {{"added", std::move(added)},
            {"removed", std::move(removed)},
            {"renamed", std::move(renamed)},
            {"changed", std::move(changed)}};
}

CarryOver carry_over(const Definition& from, const Definition& to, const json::object& answers, const Facts& facts) {
    CarryOver out;
    Carrier carrier(out);
    json::object values = carrier.scope(from.scope, to.scope, answers, "", "");
    // Judging them as a draft drops what the new definition does not take and hides what it hides.
    Validation judged = validate(to, values, facts, Completeness::draft);
    std::set<std::string> refused;
    for (const FieldError& error : judged.errors) {
        if (error.reason == "forms.rule") continue;  // concerns several answers; the person is asked when filing
        auto moved = std::ranges::find_if(carrier.moved_, [&](const auto& pair) {
            return error.path == pair.first || error.path.starts_with(pair.first + "/");
        });
        if (moved != carrier.moved_.end() && refused.insert(moved->first).second)
            out.lost.push_back({moved->second, error.reason});
    }
    out.answers = std::move(judged.answers);
    for (const auto& [path, old_path] : carrier.moved_) {
        if (refused.contains(path)) continue;
        if (is_answered(out.answers, path))
            out.carried.push_back(path);
        else
            out.lost.push_back({old_path, "forms.carry_hidden"});
    }
    for (const FieldError& error : validate(to, out.answers, facts).errors)
        if (error.reason == "forms.required" || error.reason == "forms.consent_required")
            out.asked.push_back(error.path);
    return out;
}

}  // namespace motcua::forms
