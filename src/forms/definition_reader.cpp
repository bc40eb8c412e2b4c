// Reads a definition and names every problem it has. Order matters to a form: conditions and computed fields may only
// look at fields that come before them, so that one pass from top to bottom settles what is shown.
#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/clock.hpp"
#include "forms/definition.hpp"
#include "forms/reader.hpp"
#include "forms/regex.hpp"

namespace motcua::forms {

namespace {

/// What a type takes beside n, t, l, h, if, req, src, was.
std::string_view keys_of(Type type) {
    switch (type) {
        case Type::text:
            return " min max pat patl im w ac def ";
        case Type::area:
            return " min max rows def ";
        case Type::number:
            return " min max dec unit w def ";
        case Type::money:
            return " min max w def ";
        case Type::date:
            return " min max prec ac def ";
        case Type::radio:
        case Type::select:
            return " o def ";
        case Type::checkbox:
            return " o min max def ";
        case Type::consent:
            return " def ";
        case Type::citizen_id:
            return " sex born ";
        case Type::old_id:
            return " ";
        case Type::tax_code:
            return " personal ";
        case Type::phone:
            return " mobile intl ac ";
        case Type::email:
            return " ac ";
        case Type::person_name:
            return " max ac ";
        case Type::address:
            return " level detail abroad day ";
        case Type::file:
            return " kinds bytes min max comp ";
        case Type::section:
            return " fields rules ";
        case Type::group:
            return " fields rules min max row ";
        case Type::computed:
            return " as expr unit ";
        case Type::info:
            return " ";
    }
    return " ";
}

class Reader {
  public:
    Reader(Definition& out, std::vector<FieldError>& problems) : out_(out), problems_(problems) {}

    void run(const json::object& object) {
        Keys keys(object, "", problems_);
        keys.allow(" id version title official comp from to steps rules ");
        out_.id = keys.text("id", Presence::required, 64);
        if (out_.id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
            std::string::npos)
            keys.wrong("id", "A-Z a-z 0-9 . _ -");
        if (!object.contains("version")) keys.problem("version", "forms.def_missing", {{"name", "version"}});
        out_.version = static_cast<std::int64_t>(keys.whole("version", 1, 1e6).value_or(1));
        out_.title = keys.label("title", Presence::required, out_.missing_km);
        out_.official = keys.text("official", Presence::optional, 1000);
        out_.component = keys.text("comp", Presence::optional, 60);
        for (std::string_view key : {"from", "to"})
            if (std::string day = keys.text(key, Presence::optional, 10); !day.empty() && !parse_day(day))
                keys.wrong(key, "2026-01-31");
        scopes_.push_back(&out_.scope);
        read_steps(keys);
        read_rules(keys, out_.scope, "rules");
    }

  private:
    void read_steps(const Keys& keys) {
        const json::array* steps = find_array(keys.object(), "steps");
        if (!steps || steps->empty() || steps->size() > 20) return keys.wrong("steps", "1…20");
        std::set<std::string> ids;
        for (std::size_t i = 0; i < steps->size(); ++i) {
            std::string path = "steps/" + std::to_string(i);
            const json::object* object = (*steps)[i].if_object();
            if (!object) {
                keys.wrong(path, "{}");
                continue;
            }
            Keys step_keys(*object, path, problems_);
            step_keys.allow(" id l h if fields ");
            Step step;
            step.id = step_keys.text("id", Presence::required, 40);
            if (!ids.insert(step.id).second) step_keys.problem("id", "forms.def_repeated", {{"name", step.id}});
            step.label = step_keys.label("l", Presence::required, out_.missing_km);
            step.help = step_keys.label("h", Presence::optional, out_.missing_km);
            step.shown_if = read_condition(step_keys, "if");
            step.first = out_.scope.fields.size();
            read_fields(step_keys, out_.scope);
            step.count = out_.scope.fields.size() - step.first;
            out_.steps.push_back(std::move(step));
        }
    }

    void read_fields(const Keys& keys, Scope& scope) {
        const json::array* fields = find_array(keys.object(), "fields");
        if (!fields || fields->empty()) return keys.wrong("fields", "[…]");
        for (std::size_t i = 0; i < fields->size(); ++i) {
            if (++count_ == fields_max + 1)
                keys.problem("fields", "forms.def_too_many", {{"limit", std::to_string(fields_max)}});
            if (count_ > fields_max) return;
            std::string key = "fields/" + std::to_string(i);
            if (const json::object* object = (*fields)[i].if_object())
                read_field(Keys(*object, keys.path() + "/" + key, problems_), scope);
            else
                keys.wrong(key, "{}");
        }
    }

    void read_field(const Keys& keys, Scope& scope) {
        Field field;
        field.name = keys.text("n", Presence::required, 40);
        check_name(keys, field.name, scope);
        std::string type_name = keys.text("t", Presence::required, 20);
        auto type = parse_type(type_name);
        if (!type) {
            if (!type_name.empty()) keys.problem("t", "forms.def_unknown_type", {{"name", type_name}});
            return;
        }
        field.type = *type;
        constexpr std::string_view common = " n t l h if req src was";
        keys.allow(std::string(common) + std::string(keys_of(field.type)));
        field.label = keys.label("l", Presence::required, out_.missing_km);
        field.help = keys.label("h", Presence::optional, out_.missing_km);
        field.shown_if = read_condition(keys, "if");
        read_required(keys, field);
        field.source = keys.text("src", Presence::optional, 80);
        if (!field.source.empty()) check_source(keys, field.source);
        field.was = keys.text("was", Presence::optional, 40);
        read_bounds(keys, field);
        read_options(keys, field);
        read_type_keys(keys, field, scope);
        if (field.type == Type::section || field.type == Type::group) read_inner(keys, field);
        scope.fields.push_back(std::move(field));
    }

    void check_name(const Keys& keys, const std::string& name, const Scope& scope) {
        if (name.empty()) return;
        auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
        bool ok = lower(name[0]) && std::ranges::all_of(name, [&](char c) {
                      return lower(c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
                  });
        // A word of the expression language or the name of a supplied variable cannot name a field.
        auto compiled = expression::compile(name);
        ok = ok && compiled && compiled->variables() == std::vector<std::string>{name} && name != "today" &&
             name != "now";
        if (!ok) keys.problem("n", "forms.def_bad_name", {{"name", name}});
        if (scope.find(name)) keys.problem("n", "forms.def_repeated", {{"name", name}});
    }

    void check_source(const Keys& keys, std::string_view source) {
        constexpr std::array<std::string_view, 5> registers{"account", "population", "business", "store", "dossier"};
        std::size_t dot = source.find('.');
        bool ok = dot != std::string_view::npos && dot + 1 < source.size() &&
                  std::ranges::find(registers, source.substr(0, dot)) != registers.end() &&
                  source.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
        if (!ok) keys.wrong("src", "account.… population.… business.… store.… dossier.…");
    }

    void read_required(const Keys& keys, Field& field) {
        const json::value* value = keys.object().if_contains("req");
        if (field.type == Type::section) field.required = true;  // a section is a heading unless it says otherwise
        if (!value) return;
        if (field.type == Type::computed || field.type == Type::info)
            return keys.problem({}, "forms.def_unknown_key", {{"name", "req"}});
        if (value->is_array() || value->is_string()) {
            field.required = false;
            field.required_if = read_condition(keys, "req");
        } else {
            field.required = keys.flag("req");
        }
    }

    std::optional<Condition> read_condition(const Keys& keys, std::string_view key) {
        const json::value* value = keys.object().if_contains(key);
        if (!value) return std::nullopt;
        Condition out;
        if (value->is_string()) {
            out.expression = read_expression(keys, key);
            if (out.expression && !out.expression.is_surely_boolean()) keys.wrong(key, "true, false");
            return out;
        }
        const json::array* pair = value->if_array();
        if (!pair || pair->size() != 2 || !(*pair)[0].is_string()) {
            keys.wrong(key, "[\"field\", \"value\"]");
            return std::nullopt;
        }
        if ((*pair)[1].is_array())
            out.values.assign((*pair)[1].get_array().begin(), (*pair)[1].get_array().end());
        else
            out.values.push_back((*pair)[1]);
        std::string_view path = (*pair)[0].get_string();
        const Field* target = nullptr;
        for (std::size_t begin = 0; begin <= path.size();) {
            std::size_t dot = std::min(path.find('.', begin), path.size());
            out.path.emplace_back(path.substr(begin, dot - begin));
            bool inside = target && target->type == Type::section;
            target = out.path.size() == 1 ? find_earlier(out.path[0])
                     : inside             ? target->inner.find(out.path.back())
                                          : nullptr;
            begin = dot + 1;
        }
        if (!target || target->type == Type::info)
            keys.problem(key, "forms.def_unknown_field", {{"name", std::string(path)}});
        else
            check_condition_values(keys, key, *target, out.values);
        return out;
    }

    void check_condition_values(const Keys& keys, std::string_view key, const Field& target,
                                const std::vector<json::value>& values) {
        for (const json::value& value : values) {
            bool fits = value.is_string() || value.is_bool();
            if (!target.options.empty())
                fits = value.is_string() && std::ranges::find(target.options, std::string_view(value.get_string()),
                                                              &Option::value) != target.options.end();
            if (target.type == Type::consent) fits = value.is_bool();
            if (!fits)
                keys.problem(key, "forms.def_not_an_option",
                             {{"name", target.name}, {"value", json::serialize(value)}});
        }
    }

    const Field* find_earlier(std::string_view name) const {
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
            if (const Field* field = (*scope)->find(name)) return field;
        return nullptr;
    }

    expression::Expression read_expression(const Keys& keys, std::string_view key) {
        std::string text = keys.text(key, Presence::required, expression::text_bytes_max);
        if (text.empty()) return {};
        auto compiled = expression::compile(text);
        if (!compiled) {
            keys.problem(key, "forms.def_expression", {{"why", compiled.error().reason}, {"text", text}});
            return {};
        }
        for (const std::string& name : compiled->variables()) {
            const Field* field = find_earlier(name);
            if (name != "today" && (!field || field->type == Type::info))
                keys.problem(key, "forms.def_unknown_field", {{"name", name}});
        }
        return std::move(*compiled);
    }

    void read_bounds(const Keys& keys, Field& field) {
        if (field.type == Type::date) {
            field.date_min = read_date_bound(keys, "min");
            field.date_max = read_date_bound(keys, "max");
            return;
        }
        double least = 0, most = 1e15;
        switch (field.type) {
            case Type::text:
                most = static_cast<double>(text_chars_max);
                break;
            case Type::area:
                most = static_cast<double>(area_chars_max);
                break;
            case Type::person_name:
                most = 200;
                break;
            case Type::number:
            case Type::money:
                least = -1e15;
                break;
            case Type::checkbox:
                most = static_cast<double>(options_max);
                break;
            case Type::file:
                most = 100;
                break;
            case Type::group:
                most = static_cast<double>(rows_max);
                break;
            default:
                return;
        }
        field.min = field.type == Type::number ? keys.number("min", least, most) : keys.whole("min", least, most);
        field.max = field.type == Type::number ? keys.number("max", least, most) : keys.whole("max", least, most);
        if (field.min && field.max && *field.min > *field.max) keys.problem("max", "forms.def_bounds");
        if (field.type == Type::text && !field.max) field.max = 255;
        if (field.type == Type::area && !field.max) field.max = 4000;
        if (field.type == Type::person_name && !field.max) field.max = 100;
        if (field.type == Type::money && !field.min) field.min = 0;
        if (field.type == Type::file && !field.max) field.max = 10;
        if (field.type == Type::group && !field.max) field.max = 50;
    }

    std::optional<DateBound> read_date_bound(const Keys& keys, std::string_view key) {
        DateBound bound{.text = keys.text(key, Presence::optional, 20)};
        if (bound.text.empty()) return std::nullopt;
        if (auto day = parse_day(bound.text)) {
            bound.fixed = *day;
            return bound;
        }
        std::string_view rest = bound.text;
        if (rest.starts_with("today")) {
            rest.remove_prefix(5);
            if (rest.empty()) return bound;
            int amount = 0;
            const char* digits = rest.data() + 1;
            auto [end, error] = std::from_chars(digits, rest.data() + rest.size(), amount);
            bool read = error == std::errc{} && end + 1 == rest.data() + rest.size() && amount >= 0 &&
                        amount <= 99999 && *digits != '-';
            if (read && (rest[0] == '+' || rest[0] == '-') && (*end != 'y' || amount <= 300) &&
                (*end != 'm' || amount <= 3600)) {
                int moved = rest[0] == '-' ? -amount : amount;
                if (*end == 'd') return bound.days = moved, bound;
                if (*end == 'm') return bound.months = moved, bound;
                if (*end == 'y') return bound.years = moved, bound;
            }
        }
        keys.wrong(key, "2026-01-31, today, today-18y");
        return std::nullopt;
    }

    void read_options(const Keys& keys, Field& field) {
        if (field.type != Type::radio && field.type != Type::select && field.type != Type::checkbox) return;
        const json::array* options = find_array(keys.object(), "o");
        if (!options || options->empty() || options->size() > options_max)
            return keys.wrong("o", "[[\"value\", {\"vi\", \"en\"}], …]");
        std::set<std::string> seen;
        for (std::size_t i = 0; i < options->size(); ++i) {
            std::string path = keys.path() + "/o/" + std::to_string(i);
            const json::array* pair = (*options)[i].if_array();
            bool ok = pair && pair->size() == 2 && (*pair)[0].is_string() && !(*pair)[0].get_string().empty() &&
                      (*pair)[0].get_string().size() <= 60;
            if (!ok) {
                keys.wrong("o/" + std::to_string(i), "[\"value\", {\"vi\", \"en\"}]");
                continue;
            }
            Option option{std::string((*pair)[0].get_string()),
                          read_label((*pair)[1], path + "/1", problems_, out_.missing_km)};
            if (!seen.insert(option.value).second)
                keys.problem("o/" + std::to_string(i), "forms.def_repeated", {{"name", option.value}});
            field.options.push_back(std::move(option));
        }
        if (const json::value* preset = keys.object().if_contains("def"); preset && field.type != Type::checkbox)
            check_condition_values(keys, "def", field, {*preset});
    }

    void read_type_keys(const Keys& keys, Field& field, const Scope& scope) {
        switch (field.type) {
            case Type::text:
                return read_pattern(keys, field);
            case Type::number:
                field.decimals = static_cast<int>(keys.whole("dec", 0, 6).value_or(0));
                break;
            case Type::date: {
                std::string precision = keys.text("prec", Presence::optional, 5);
                field.precision = precision == "year"    ? Precision::year
                                  : precision == "month" ? Precision::month
                                                         : Precision::day;
                if (!precision.empty() && precision != "year" && precision != "month" && precision != "day")
                    keys.wrong("prec", "day, month, year");
                break;
            }
            case Type::citizen_id:
                links_.push_back({&scope, keys.path(), field.name});
                field.sex_field = keys.text("sex", Presence::optional, 40);
                field.born_field = keys.text("born", Presence::optional, 40);
                break;
            case Type::tax_code:
                field.personal = keys.flag("personal");
                break;
            case Type::phone:
                field.mobile = keys.flag("mobile");
                field.international = keys.flag("intl");
                break;
            case Type::address:
                return read_address(keys, field, scope);
            case Type::file:
                return read_file(keys, field);
            case Type::computed:
                return read_computed(keys, field);
            default:
                break;
        }
        for (std::string_view key : {"unit", "row"})
            if (keys.object().contains(key)) keys.label(key, Presence::optional, out_.missing_km);
    }

    void read_pattern(const Keys& keys, Field& field) {
        field.pattern_text = keys.label("patl", Presence::optional, out_.missing_km);
        std::string text = keys.text("pat", Presence::optional, 4000);
        if (text.empty()) return;
        auto pattern = Pattern::compile(text);
        if (pattern)
            field.pattern = std::move(*pattern);
        else
            keys.problem("pat", pattern.error().reason, pattern.error().params);
    }

    void read_address(const Keys& keys, Field& field, const Scope& scope) {
        std::string level = keys.text("level", Presence::optional, 10),
                    detail = keys.text("detail", Presence::optional, 10);
        field.level = level == "province"   ? UnitLevel::province
                      : level == "district" ? UnitLevel::district
                                            : UnitLevel::commune;
        if (!level.empty() && level != "province" && level != "district" && level != "commune")
            keys.wrong("level", "province, district, commune");
        field.detail = detail == "optional" ? Detail::optional : detail == "none" ? Detail::none : Detail::required;
        if (!detail.empty() && detail != "required" && detail != "optional" && detail != "none")
            keys.wrong("detail", "required, optional, none");
        field.abroad = keys.flag("abroad");
        std::string day = keys.text("day", Presence::optional, 40);
        field.any_day = day == "any";
        if (day.empty() || day == "any" || day == "today") return;
        field.day_field = day;
        const Field* date = scope.find(day);
        if (!date || date->type != Type::date) keys.problem("day", "forms.def_unknown_field", {{"name", day}});
    }

    void read_file(const Keys& keys, Field& field) {
        field.component = keys.text("comp", Presence::optional, 60);
        field.bytes_max = static_cast<std::int64_t>(keys.whole("bytes", 1, 1e9).value_or(20e6));
        const json::array* kinds = find_array(keys.object(), "kinds");
        if (!kinds || kinds->empty() || kinds->size() > 20) return keys.wrong("kinds", "[\"pdf\", \"jpg\"]");
        for (const json::value& kind : *kinds) {
            std::string text = kind.is_string() ? std::string(kind.get_string()) : std::string();
            if (text.empty() || text.size() > 8 ||
                text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
                keys.wrong("kinds", "[\"pdf\", \"jpg\"]");
            field.kinds.push_back(std::move(text));
        }
    }

    void read_computed(const Keys& keys, Field& field) {
        std::string as = keys.text("as", Presence::required, 10);
        auto type = as == "boolean" ? std::optional(Type::consent) : parse_type(as);
        constexpr std::array allowed{Type::text, Type::number, Type::money, Type::date, Type::consent};
        if (!type || std::ranges::find(allowed, *type) == allowed.end() || as == "consent")
            keys.wrong("as", "text, number, money, date, boolean");
        else
            field.computed_as = *type;
        field.expression = read_expression(keys, "expr");
        if (keys.object().contains("unit")) keys.label("unit", Presence::optional, out_.missing_km);
    }

    void read_inner(const Keys& keys, Field& field) {
        if (scopes_.size() > nesting_max)
            return keys.problem("fields", "forms.def_too_deep", {{"limit", std::to_string(nesting_max)}});
        scopes_.push_back(&field.inner);
        read_fields(keys, field.inner);
        read_rules(keys, field.inner, "rules");
        scopes_.pop_back();
    }

    void read_rules(const Keys& keys, Scope& scope, const std::string& key) {
        check_links(scope);
        if (!keys.object().contains(key)) return;
        const json::array* rules = find_array(keys.object(), key);
        if (!rules || rules->size() > 200) return keys.wrong(key, "[…]");
        for (std::size_t i = 0; i < rules->size(); ++i) {
            std::string path = (keys.path().empty() ? "" : keys.path() + "/") + key + "/" + std::to_string(i);
            const json::object* object = (*rules)[i].if_object();
            if (!object) {
                keys.wrong(key + "/" + std::to_string(i), "{}");
                continue;
            }
            Keys rule_keys(*object, path, problems_);
            rule_keys.allow(" id at test l ");
            Rule rule;
            rule.id = rule_keys.text("id", Presence::required, 60);
            if (std::ranges::find(scope.rules, rule.id, &Rule::id) != scope.rules.end())
                rule_keys.problem("id", "forms.def_repeated", {{"name", rule.id}});
            rule.text = rule_keys.label("l", Presence::required, out_.missing_km);
            rule.test = read_expression(rule_keys, "test");
            if (rule.test && !rule.test.is_surely_boolean()) rule_keys.wrong("test", "true, false");
            rule.at = rule_keys.text("at", Presence::optional, 200);
            if (!rule.at.empty() && !is_path(scope, rule.at))
                rule_keys.problem("at", "forms.def_unknown_field", {{"name", rule.at}});
            scope.rules.push_back(std::move(rule));
        }
    }

    /// A path to a field that exists once: through sections, not through group rows.
    static bool is_path(const Scope& scope, std::string_view path) {
        std::size_t slash = path.find('/');
        const Field* field = scope.find(path.substr(0, slash));
        if (slash == std::string_view::npos || !field) return field != nullptr;
        return field->type == Type::section && is_path(field->inner, path.substr(slash + 1));
    }

    /// Siblings that the digits of a citizen id must agree with may come after it, so they are looked up at the end.
    void check_links(const Scope& scope) {
        std::erase_if(links_, [&](const Link& link) {
            if (link.scope != &scope) return false;
            const Field* field = scope.find(link.name);
            auto problem = [&](const char* key, const std::string& name) {
                problems_.push_back({link.path + "/" + key, "forms.def_unknown_field", {{"name", name}}});
            };
            if (!field) return true;
            if (!field->born_field.empty())
                if (const Field* born = scope.find(field->born_field); !born || born->type != Type::date)
                    problem("born", field->born_field);
            if (!field->sex_field.empty()) {
                const Field* sex = scope.find(field->sex_field);
                bool ok = sex && std::ranges::find(sex->options, "male", &Option::value) != sex->options.end() &&
                          std::ranges::find(sex->options, "female", &Option::value) != sex->options.end();
                if (!ok) problem("sex", field->sex_field);
            }
            return true;
        });
    }

    struct Link {
        const Scope* scope;
        std::string path;
        std::string name;
    };

    Definition& out_;
    std::vector<FieldError>& problems_;
    std::vector<Scope*> scopes_;
    std::vector<Link> links_;
    std::size_t count_ = 0;
};

}  // namespace

Result<DefinitionPtr> make_definition(const json::value& value, const Fragments& fragments) {
    std::vector<FieldError> problems;
    auto definition = std::make_shared<Definition>();
    json::value expanded = expand(value, fragments, problems);
    if (json::object* object = expanded.if_object()) {
        if (json::serialize(expanded).size() > definition_bytes_max)
            return fail(Errc::too_large, "forms.definition_too_large",
                        {{"limit", std::to_string(definition_bytes_max)}});
        Reader(*definition, problems).run(*object);
        definition->source = std::move(*object);
    } else {
        problems.push_back({"", "forms.def_wrong_value", {{"expected", "{}"}}});
    }
    if (!problems.empty()) {
        std::vector<Param> params{{"id", definition->id}, {"problems", std::to_string(problems.size())}};
        return fail(Errc::invalid, "forms.definition_invalid", std::move(params), std::move(problems));
    }
    return DefinitionPtr(std::move(definition));
}

Result<DefinitionPtr> read_definition(std::string_view json_text, const Fragments& fragments) {
    if (json_text.size() > definition_bytes_max)
        return fail(Errc::too_large, "forms.definition_too_large", {{"limit", std::to_string(definition_bytes_max)}});
    return make_definition(TRY(parse_json(json_text)), fragments);
}

}  // namespace motcua::forms
