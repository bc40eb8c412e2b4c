// JSON Schema 2020-12 of a definition's answers. It is built to be an under-approximation of refusal: for text that is
// trimmed and in NFC it never refuses what validate() accepts; conditions that it cannot say leave a field free.
#include <algorithm>
#include <cmath>

#include "forms/definition.hpp"
#include "forms/regex.hpp"

namespace motcua::forms {

namespace {

constexpr const char* control_free = "^[^\\u0000-\\u001F\\u007F-\\u009F\\u2028-\\u202E\\u2066-\\u2069]*$";
constexpr const char* control_free_lines =
    "^[^\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u2028-\\u202E\\u2066-\\u2069]*$";
constexpr const char* number_pattern = "^\\s*-?(?:[1-9][0-9]{0,2}(?:\\.[0-9]{3})+(?:,[0-9]+)?|[0-9]+(?:[.,][0-9]+)?)";

/// One comparison of a condition, in the scope at `depth` of the chain.
struct Atom {
    std::size_t depth;
    std::vector<std::string> path;
    bool is_list;
    json::array values;
};
/// All must hold; nullopt: JSON Schema cannot say it.
using Atoms = std::optional<std::vector<Atom>>;

json::value whole(double number) { return json::value(static_cast<std::int64_t>(number)); }
json::object reference(const char* name) { return {{"$ref", std::string("#/$defs/") + name}}; }
json::object pattern(std::string_view text) { return {{"type", "string"}, {"pattern", text}}; }

class Builder {
  public:
    explicit Builder(const Definition& definition) : definition_(definition) {}

    json::object run() {
        json::object out{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"$id", "urn:motcua:form:" + definition_.id + ":" + std::to_string(definition_.version)},
                         {"title", definition_.title.vi}};
        json::object body = scope_schema(definition_.scope, nullptr);
        for (auto& [key, value] : body) out[key] = std::move(value);
        json::object blank{{"anyOf",
                            {{{"enum", {nullptr, false}}},
                             {{"type", "string"}, {"pattern", "^\\s*$"}},
                             {{"type", "array"}, {"items", reference("blank")}},
                             {{"type", "object"}, {"additionalProperties", reference("blank")}}}}};
        out["$defs"] = json::object{
            {"blank", std::move(blank)}, {"line", pattern(control_free)}, {"lines", pattern(control_free_lines)}};
        return out;
    }

  private:
    /// A scope on the way down to the present one.
    struct Level {
        const Scope* scope;
        const Field* field;         // whose inner scope it is; nullptr at the top
        json::array* implications;  // its "allOf"
    };

    json::object scope_schema(const Scope& scope, const Field* owner) {
        json::array implications, required;
        json::object properties;
        chain_.push_back({&scope, owner, &implications});
        for (std::size_t i = 0; i < scope.fields.size(); ++i) {
            const Field& field = scope.fields[i];
            if (field.type == Type::info) continue;
            bool always = !field.shown_if && !step_condition(chain_.size() - 1, i);
            if (field.type == Type::computed || !always) {
                properties[field.name] = true;
            } else if (field.required && demands(field)) {
                properties[field.name] = filled(field);
                required.emplace_back(field.name);
            } else {
                properties[field.name] = may_be_blank(field);
            }
            imply(field, i, always);
        }
        chain_.pop_back();
        json::object out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
        if (!required.empty()) out["required"] = std::move(required);
        if (!implications.empty()) out["allOf"] = std::move(implications);
        return out;
    }

    /// A section that is a mere heading may be left out when nothing in it is always required.
    static bool demands(const Field& field) {
        if (field.type != Type::section) return true;
        return std::ranges::any_of(field.inner.fields, [](const Field& inner) {
            return inner.required && !inner.shown_if && inner.type != Type::info && inner.type != Type::computed &&
                   demands(inner);
        });
    }

    const Condition* step_condition(std::size_t depth, std::size_t index) const {
        if (depth != 0) return nullptr;
        for (const Step& step : definition_.steps)
            if (index >= step.first && index < step.first + step.count)
                return step.shown_if ? &*step.shown_if : nullptr;
        return nullptr;
    }

    // ---- Conditions
    // --------------------------------------------------------------------------------------------------

    /// What shows a field of the scope at `depth`.
    Atoms shown(std::size_t depth, std::size_t index) const {
        const Field& field = chain_[depth].scope->fields[index];
        std::vector<Atom> out;
        for (const Condition* condition : {field.shown_if ? &*field.shown_if : nullptr, step_condition(depth, index)})
            if (condition && !add(out, *condition, depth)) return std::nullopt;
        return out;
    }

    /// Adds the condition, and what shows the field it looks at: a hidden field has no value.
    bool add(std::vector<Atom>& out, const Condition& condition, std::size_t depth) const {
        if (condition.expression) return false;
        for (std::size_t at = depth + 1; at-- > 0;) {
            const Scope& scope = *chain_[at].scope;
            const Field* field = scope.find(condition.path.front());
            if (!field) continue;
            Atoms outer = shown(at, static_cast<std::size_t>(field - scope.fields.data()));
            if (!outer) return false;
            out.insert(out.end(), outer->begin(), outer->end());
            for (std::size_t i = 1; i < condition.path.size(); ++i) {
                field = field->inner.find(condition.path[i]);
                if (!field || field->shown_if) return false;
            }
            if (field->type == Type::computed) return false;
            out.push_back({at, condition.path, field->type == Type::checkbox,
                           json::array(condition.values.begin(), condition.values.end())});
            return true;
        }
        return false;
    }

    /// if (conditions) then (what the field must be), put into the scope that sees all of the conditions.
    void imply(const Field& field, std::size_t index, bool always) {
        if (field.type == Type::computed) return;
        std::size_t depth = chain_.size() - 1;
        Atoms atoms = shown(depth, index);
        if (!atoms) return;
        if (!always) {
            json::object then{{"properties", {{field.name, field.required ? filled(field) : may_be_blank(field)}}}};
            if (field.required && demands(field)) then["required"] = json::array{field.name};
            emit(*atoms, depth, std::move(then));
        }
        if (field.required_if && add(*atoms, *field.required_if, depth))
            emit(*atoms, depth, {{"properties", {{field.name, filled(field)}}}, {"required", {field.name}}});
    }

    void emit(const std::vector<Atom>& atoms, std::size_t depth, json::object then) {
        std::size_t top = depth;
        for (const Atom& atom : atoms) top = std::min(top, atom.depth);
        json::array conditions;
        for (const Atom& atom : atoms) {
            json::object test{{"enum", atom.values}};
            if (atom.is_list) test = {{"type", "array"}, {"contains", std::move(test)}};
            std::vector<std::string> path;
            for (std::size_t i = top + 1; i <= atom.depth; ++i) {
                if (chain_[i].field->type == Type::group) return;  // other rows would be judged with this one
                path.push_back(chain_[i].field->name);
            }
            path.insert(path.end(), atom.path.begin(), atom.path.end());
            for (auto name = path.rbegin(); name != path.rend(); ++name)
                test = {{"type", "object"}, {"properties", {{*name, std::move(test)}}}, {"required", {*name}}};
            conditions.push_back(std::move(test));
        }
        for (std::size_t i = depth; i > top; --i) {
            const Field& around = *chain_[i].field;
            json::value inside = std::move(then);
            if (around.type == Type::group)
                inside = json::object{{"items", std::move(inside)}};
            else if (!around.required)
                inside = json::object{{"anyOf", {reference("blank"), std::move(inside)}}};
            then = {{"properties", {{around.name, std::move(inside)}}}};
        }
        json::object condition = conditions.size() == 1 ? std::move(conditions[0].get_object())
                                                        : json::object{{"allOf", std::move(conditions)}};
        chain_[top].implications->push_back({{"if", std::move(condition)}, {"then", std::move(then)}});
    }

    // ---- Values
    // ------------------------------------------------------------------------------------------------------

    json::value may_be_blank(const Field& field) {
        if (field.type == Type::group) {  // rows without answers are rows
            json::object untouched{{"$ref", "#/$defs/blank"}, {"not", {{"type", "array"}, {"minItems", 1}}}};
            return json::object{{"anyOf", {std::move(untouched), filled(field)}}};
        }
        return json::object{{"anyOf", {reference("blank"), filled(field)}}};
    }

    static json::object described(const Field& field, json::object schema) {
        schema["title"] = field.label.vi;
        if (!field.help.vi.empty()) schema["description"] = field.help.vi;
        return schema;
    }

    json::object filled(const Field& field) { return described(field, value_schema(field)); }

    json::object value_schema(const Field& field) {
        switch (field.type) {
            case Type::text:
            case Type::area:
                return text(field);
            case Type::number:
            case Type::money:
                return number(field);
            case Type::date:
                return date(field);
            case Type::radio:
            case Type::select:
                return {{"enum", values(field)}};
            case Type::checkbox: {
                json::object out{{"type", "array"},
                                 {"items", {{"enum", values(field)}}},
                                 {"uniqueItems", true},
                                 {"minItems", whole(std::max(1.0, field.min.value_or(1)))}};
                if (field.max) out["maxItems"] = whole(*field.max);
                return out;
            }
            case Type::consent:
                return {{"const", true}};
            case Type::citizen_id:
                return pattern("^ *(?:[0-9] *){12}$");
            case Type::old_id:
                return pattern("^ *(?:[0-9] *){9}$");
            case Type::tax_code:
                return pattern(field.personal ? "^[ -]*(?:[0-9][ -]*){10}(?:(?:[0-9][ -]*){2,3})?$"
                                              : "^[ -]*(?:[0-9][ -]*){10}(?:(?:[0-9][ -]*){3})?$");
            case Type::phone:
                return pattern(field.international ? "^[ .()-]*\\+?(?:[ .()-]*[0-9]){7,15}[ .()-]*$"
                                                   : "^[ .()-]*\\+?(?:[ .()-]*[0-9]){10,12}[ .()-]*$");
            case Type::email:
                return {{"type", "string"}, {"maxLength", 254}, {"pattern", "^[^@\\s]+@[^@\\s]+\\.[A-Za-z]{2,}$"}};
            case Type::person_name:
                return {{"type", "string"},
                        {"minLength", 2},
                        {"maxLength", whole(*field.max)},
                        {"pattern",
                         "^[A-Za-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u024F\\u1E00-\\u1EFF'\\u2019.,\\s\\-]+$"}};
            case Type::address:
                return address(field);
            case Type::file:
                return files(field);
            case Type::section:
                return scope_schema(field.inner, &field);
            case Type::group: {
                json::object out{
                    {"type", "array"}, {"items", scope_schema(field.inner, &field)}, {"maxItems", whole(*field.max)}};
                out["minItems"] = whole(std::max(1.0, field.min.value_or(0)));
                return out;
            }
            default:
                return {};
        }
    }

    static json::array values(const Field& field) {
        json::array out;
        for (const Option& option : field.options) out.emplace_back(option.value);
        return out;
    }

    static json::object text(const Field& field) {
        json::object out = reference(field.type == Type::area ? "lines" : "line");
        out["minLength"] = whole(std::max(1.0, field.min.value_or(1)));
        out["maxLength"] = whole(*field.max);
        if (field.pattern) out["pattern"] = field.pattern->text();
        return out;
    }

    static json::object number(const Field& field) {
        bool money = field.type == Type::money;
        json::object plain{{"type", field.decimals == 0 ? "integer" : "number"}};
        plain["minimum"] = whole_or_real(field.min.value_or(-1e15));
        plain["maximum"] = whole_or_real(field.max.value_or(1e15));
        std::string written = std::string(number_pattern) + (money ? "\\s*(?:đồng|đ|VND|VNĐ)?\\s*$" : "\\s*$");
        return {{"anyOf", {std::move(plain), pattern(written)}}};
    }

    static json::value whole_or_real(double number) {
        return std::floor(number) == number ? whole(number) : json::value(number);
    }

    static json::object date(const Field& field) {
        constexpr const char* year = "^(?:18|19|20|21)[0-9]{2}";
        std::string month = "-(?:0[1-9]|1[0-2])", day = "-(?:0[1-9]|[12][0-9]|3[01])";
        if (field.precision == Precision::day) {
            json::object out = pattern(year + month + day + "$");
            out["format"] = "date";
            return out;
        }
        day = "(?:" + day + ")?";
        if (field.precision == Precision::month) return pattern(year + month + day + "$");
        return pattern(year + ("(?:" + month + day + ")?$"));
    }

    static json::object address(const Field& field) {
        const char* digits = field.level == UnitLevel::province   ? "^[0-9]{2}$"
                             : field.level == UnitLevel::district ? "^[0-9]{3}$"
                                                                  : "^[0-9]{5}$";
        json::object line{{"type", {"string", "null"}}, {"pattern", control_free}};
        auto bounded = [&](int chars) {
            json::object out = line;
            out["maxLength"] = chars;
            return out;
        };
        json::value detail = bounded(300);
        if (field.detail == Detail::none) detail = json::object{{"enum", {"", nullptr}}};
        json::object out{
            {"type", "object"},
            {"properties", {{"unit", bounded(10)}, {"detail", std::move(detail)}, {"country", bounded(2)}}},
            {"additionalProperties", false}};
        json::object elsewhere{
            {"properties", {{"country", {{"type", "string"}, {"minLength", 1}, {"not", {{"const", "VN"}}}}}}},
            {"required", {"country"}}};
        out["if"] = std::move(elsewhere);
        out["then"] = field.abroad ? json::value(json::object{{"properties", {{"country", pattern("^[A-Z]{2}$")}}}})
                                   : json::value(false);
        out["else"] = json::object{{"properties", {{"unit", pattern(digits)}}}, {"required", {"unit"}}};
        if (field.detail == Detail::required)
            out["allOf"] = json::array{json::object{
                {"properties", {{"detail", {{"type", "string"}, {"minLength", 1}}}}}, {"required", {"detail"}}}};
        return out;
    }

    static json::object files(const Field& field) {
        json::array kinds;
        for (const std::string& kind : field.kinds) kinds.emplace_back(kind);
        json::object one{{"type", "object"},
                         {"properties",
                          {{"id", {{"$ref", "#/$defs/line"}, {"minLength", 1}, {"maxLength", 100}}},
                           {"name", {{"$ref", "#/$defs/line"}, {"minLength", 1}, {"maxLength", 255}}},
                           {"kind", {{"enum", std::move(kinds)}}},
                           {"bytes", {{"type", "integer"}, {"minimum", 1}, {"maximum", field.bytes_max}}}}},
                         {"required", {"id", "name", "kind", "bytes"}},
                         {"additionalProperties", false}};
        return {{"type", "array"},
                {"items", std::move(one)},
                {"minItems", whole(std::max(1.0, field.min.value_or(1)))},
                {"maxItems", whole(*field.max)}};
    }

    const Definition& definition_;
    std::vector<Level> chain_;
};

}  // namespace

json::object json_schema(const Definition& definition) { return Builder(definition).run(); }

}  // namespace motcua::forms
