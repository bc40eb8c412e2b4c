// Replaces "use" entries and named option lists of a definition by their content, so that requester, address and
// receipt of the result are written once (data/forms/common.json). Works on JSON; knows nothing of types.
#include "forms/definition.hpp"

namespace motcua::forms {

namespace {

constexpr int uses_nested_max = 8;
constexpr std::size_t nodes_max = 50'000;

class Expander {
  public:
    Expander(const json::object& definition, const Fragments& fragments, std::vector<FieldError>& problems)
        : own_(definition), shared_(fragments.content()), problems_(problems) {}

    json::object run() {
        json::object out;
        for (const auto& [key, value] : own_) {
            if (key == "parts" || key == "lists") continue;
            if (key == "steps" && value.is_array())
                out.emplace(key, steps(value.get_array()));
            else
                out.emplace(key, value);
        }
        if (!top_rules_.empty()) {
            json::value& rules = out["rules"];
            if (rules.is_null()) rules = json::array();
            if (json::array* list = rules.if_array()) list->insert(list->end(), top_rules_.begin(), top_rules_.end());
        }
        return out;
    }

  private:
    void problem(std::string path, std::string reason, std::string_view name) {
        problems_.push_back({std::move(path), std::move(reason), {{"name", std::string(name)}}});
    }

    const json::value* find(std::string_view kind, std::string_view name) const {
        for (const json::object* source : {&own_, &shared_})
            if (const json::object* all = find_object(*source, kind))
                if (const json::value* found = all->if_contains(name)) return found;
        return nullptr;
    }

    /// The part that a "use" names, or nullptr with the problem noted.
    const json::object* part(const json::object& entry, const std::string& path, int depth) {
        std::string name = string_or(entry, "use");
        const json::value* found = find("parts", name);
        if (!found || !found->is_object()) {
            problem(path + "/use", "forms.def_unknown_part", name);
            return nullptr;
        }
        if (depth > uses_nested_max) {
            problem(path + "/use", "forms.def_part_cycle", name);
            return nullptr;
        }
        return &found->get_object();
    }

    json::array steps(const json::array& list) {
        json::array out;
        for (const json::value& entry : list) {
            std::string path = "steps/" + std::to_string(out.size());
            const json::object* step = entry.if_object();
            json::object merged;
            if (step && step->contains("use")) {
                const json::object* found = part(*step, path, 0);
                const json::object* content = found ? find_object(*found, "step") : nullptr;
                if (found && !content) problem(path + "/use", "forms.def_unknown_part", string_or(*step, "use"));
                if (!content) continue;
                merged = *content;
                for (const auto& [key, value] : *step)
                    if (key != "use") merged[key] = value;
                step = &merged;
            }
            if (!step) {
                out.push_back(entry);
                continue;
            }
            json::object copy = *step;
            if (json::value* fields = copy.if_contains("fields"); fields && fields->is_array()) {
                json::array rules;
                json::array expanded = this->fields(fields->get_array(), path + "/fields", 0, rules);
                *fields = std::move(expanded);
                top_rules_.insert(top_rules_.end(), rules.begin(), rules.end());
            }
            out.push_back(std::move(copy));
        }
        return out;
    }

    json::array fields(const json::array& list, const std::string& path, int depth, json::array& rules) {
        json::array out;
        for (const json::value& entry : list) {
            if (++nodes_ > nodes_max) break;
            const json::object* field = entry.if_object();
            if (!field) {
                out.push_back(entry);
            } else if (field->contains("use")) {
                splice(*field, path + "/" + std::to_string(out.size()), depth, out, rules);
            } else {
                out.push_back(field_with_content(*field, path + "/" + std::to_string(out.size()), depth));
            }
        }
        return out;
    }

    /// {"use":"person","drop":["phone"],"set":{"born":{"req":1}}}
    void splice(const json::object& entry, const std::string& path, int depth, json::array& out, json::array& rules) {
        for (const auto& [key, value] : entry)
            if (key != "use" && key != "drop" && key != "set") problem(path, "forms.def_unknown_key", key);
        const json::object* found = part(entry, path, depth);
        if (!found) return;
        const json::array* list = find_array(*found, "fields");
        if (!list) return problem(path + "/use", "forms.def_unknown_part", string_or(entry, "use"));
        json::array inner = fields(*list, path, depth + 1, rules);
        if (const json::array* drop = find_array(entry, "drop"))
            for (const json::value& name : *drop)
                if (!remove(inner, name.is_string() ? std::string_view(name.get_string()) : std::string_view()))
                    problem(path + "/drop", "forms.def_unknown_field", name.is_string() ? name.get_string() : "?");
        if (const json::object* set = find_object(entry, "set"))
            for (const auto& [name, changes] : *set)
                if (!change(inner, name, changes)) problem(path + "/set", "forms.def_unknown_field", name);
        out.insert(out.end(), inner.begin(), inner.end());
        if (const json::array* more = find_array(*found, "rules"))
            rules.insert(rules.end(), more->begin(), more->end());
    }

    static json::object* named(json::array& fields, std::string_view name) {
        for (json::value& field : fields)
            if (json::object* object = field.if_object(); object && find_string(*object, "n") == name) return object;
        return nullptr;
    }
    static bool remove(json::array& fields, std::string_view name) {
        for (auto it = fields.begin(); it != fields.end(); ++it)
            if (it->is_object() && find_string(it->get_object(), "n") == name) {
                fields.erase(it);
                return true;
            }
        return false;
    }
    /// Null takes a key away.
    static bool change(json::array& fields, std::string_view name, const json::value& changes) {
        json::object* field = named(fields, name);
        if (!field || !changes.is_object()) return false;
        for (const auto& [key, value] : changes.get_object()) {
            if (value.is_null())
                field->erase(key);
            else
                (*field)[key] = value;
        }
        return true;
    }

    json::object field_with_content(const json::object& field, const std::string& path, int depth) {
        json::object out = field;
        if (auto name = find_string(field, "o")) {
            const json::value* options = find("lists", *name);
            if (!options)
                problem(path + "/o", "forms.def_unknown_list", *name);
            else
                out["o"] = *options;
            nodes_ += options && options->is_array() ? options->get_array().size() / 8 : 0;
        }
        if (const json::array* inner = find_array(field, "fields")) {
            json::array rules;
            json::array expanded = fields(*inner, path + "/fields", depth, rules);
            out["fields"] = std::move(expanded);
            if (!rules.empty()) {
                if (!out.contains("rules")) out["rules"] = json::array();
                if (json::array* all = out["rules"].if_array()) all->insert(all->end(), rules.begin(), rules.end());
            }
        }
        return out;
    }

    const json::object& own_;
    const json::object& shared_;
    std::vector<FieldError>& problems_;
    json::array top_rules_;
    std::size_t nodes_ = 0;
};

}  // namespace

Result<Fragments> read_fragments(std::string_view json_text) {
    json::value value = TRY(parse_json(json_text));
    const json::object* object = value.if_object();
    bool ok = object != nullptr;
    if (object)
        for (const auto& [key, content] : *object) ok = ok && (key == "parts" || key == "lists") && content.is_object();
    if (!ok) return fail(Errc::invalid, "forms.fragments_invalid");
    return Fragments(std::move(value.get_object()));
}

json::value expand(const json::value& definition, const Fragments& fragments, std::vector<FieldError>& problems) {
    if (!definition.is_object()) return definition;
    return Expander(definition.get_object(), fragments, problems).run();
}

}  // namespace motcua::forms
