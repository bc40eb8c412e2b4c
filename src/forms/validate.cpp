#include "forms/validate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "forms/conditions.hpp"
#include "forms/regex.hpp"
#include "forms/values.hpp"

namespace motcua::forms {

namespace {

/// Absent, or what an untouched input sends.
bool is_blank(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return true;
        case json::kind::bool_:
            return !value.get_bool();
        case json::kind::string:
            return clean_line(value.get_string()).empty();
        case json::kind::array:
            return std::ranges::all_of(value.get_array(), is_blank);
        case json::kind::object:
            return std::ranges::all_of(value.get_object(), [](const auto& member) { return is_blank(member.value()); });
        default:
            return false;
    }
}

json::value number_value(double number) {
    return std::floor(number) == number ? json::value(static_cast<std::int64_t>(number)) : json::value(number);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

class Run {
  public:
    Run(const Definition& definition, const Facts& facts, Completeness completeness)
        : definition_(definition), facts_(facts), draft_(completeness == Completeness::draft), scopes_(facts.today) {}

    Validation run(const json::object& values) {
        Validation out;
        const Scope& scope = definition_.scope;
        auto guard = scopes_.enter(scope, out.answers);
        for (const Step& step : definition_.steps) {
            bool shown = !step.shown_if || scopes_.holds(*step.shown_if);
            for (std::size_t i = step.first; shown && i < step.first + step.count; ++i)
                judge(scope.fields[i], i, values, out.answers);
        }
        finish_scope(scope, values, out.answers);
        std::ranges::stable_sort(errors_, {}, &Placed::place);
        for (Placed& error : errors_) out.errors.push_back(std::move(error.error));
        return out;
    }

  private:
    using Place = std::vector<std::size_t>;
    struct Placed {
        Place place;  // of the field in the form, so that errors come in the order of reading
        FieldError error;
    };
    static constexpr std::size_t last_place = SIZE_MAX;

    /// Steps into a field or row while it lives.
    class Inside {
      public:
        Inside(Run& run, std::string_view name, std::size_t place) : run_(run), length_(run.path_.size()) {
            if (length_) run.path_ += '/';
            run.path_ += name;
            run.place_.push_back(place);
        }
        ~Inside() {
            run_.path_.resize(length_);
            run_.place_.pop_back();
        }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;

      private:
        Run& run_;
        std::size_t length_;
    };

    void error(std::string_view reason, std::vector<Param> params = {}) {
        if (errors_.size() < errors_max) errors_.push_back({place_, {path_, std::string(reason), std::move(params)}});
    }
    void error(Flaw flaw) { error(flaw.reason, std::move(flaw.params)); }
    void error(std::string_view reason, std::string_view name, std::string value) {
        error(reason, {{std::string(name), std::move(value)}});
    }

    void judge_scope(const Scope& scope, const json::object& values, json::object& out) {
        auto guard = scopes_.enter(scope, out);
        for (std::size_t i = 0; i < scope.fields.size(); ++i) judge(scope.fields[i], i, values, out);
        finish_scope(scope, values, out);
    }

    void judge(const Field& field, std::size_t place, const json::object& values, json::object& out) {
        if (field.type == Type::info || (field.shown_if && !scopes_.holds(*field.shown_if))) return;
        Inside inside(*this, field.name, place);
        if (field.type == Type::computed) {
            if (json::value value = compute(field); !value.is_null()) out[field.name] = std::move(value);
            return;
        }
        static const json::value absent;
        const json::value* found = values.if_contains(field.name);
        const json::value& given = found ? *found : absent;
        bool required = !draft_ && (field.required || (field.required_if && scopes_.holds(*field.required_if)));
        if (field.type == Type::section) {
            judge_section(field, given, required, out);
            return;
        }
        if (is_blank(given) && !(field.type == Type::group && is_rows(given))) {
            if (required) error(field.type == Type::consent ? "forms.consent_required" : "forms.required");
            if (field.type == Type::consent && given.is_bool()) out[field.name] = false;
            return;
        }
        json::value value = canonical(field, given, required);
        if (!value.is_null()) out[field.name] = std::move(value);
    }

    static bool is_rows(const json::value& value) { return value.is_array() && !value.get_array().empty(); }

    void judge_section(const Field& field, const json::value& given, bool required, json::object& out) {
        if (!given.is_object() && !is_blank(given)) return error("forms.wrong_type", "expected", "object");
        if (is_blank(given) && !required) return;
        json::object inner;
        judge_scope(field.inner, given.is_object() ? given.get_object() : json::object(), inner);
        if (!inner.empty()) out[field.name] = std::move(inner);
    }

    json::value compute(const Field& field) {
        json::value value = field.expression.evaluate(scopes_).value;
        switch (field.computed_as) {
            case Type::text:
                return value.is_string() ? value : json::value();
            case Type::consent:
                return value.is_bool() ? value : json::value();
            case Type::date:
                return value.is_string() && check_date(value.get_string(), Precision::year) ? value : json::value();
            default: {
                if (!value.is_number()) return {};
                double number = value.to_number<double>();
                if (field.computed_as == Type::money) number = std::floor(number + 0.5);
                return std::abs(number) <= 1e15 ? number_value(number) : json::value();
            }
        }
    }

    /// The value in canonical notation; null after an error.
    json::value canonical(const Field& field, const json::value& given, bool required) {
        switch (field.type) {
            case Type::number:
            case Type::money:
                return number(field, given);
            case Type::checkbox:
                return choices(field, given);
            case Type::consent:
                return given.is_bool() ? given : wrong_type("boolean");
            case Type::address:
                return address(field, given);
            case Type::file:
                return files(field, given);
            case Type::group:
                return rows(field, given, required);
            default:
                break;
        }
        if (!given.is_string()) return wrong_type("string");
        std::string_view raw = given.get_string();
        if (field.type == Type::area) return bounded_text(field, clean_area(raw), "\t\n");
        std::string text = clean_line(raw);
        switch (field.type) {
            case Type::text:
                return bounded_text(field, text, "");
            case Type::radio:
            case Type::select:
                if (std::ranges::find(field.options, text, &Option::value) != field.options.end())
                    return json::value(text);
                error("forms.not_an_option");
                return {};
            case Type::date:
                return date(field, text);
            case Type::citizen_id:
                return settled(check_citizen_id(text, facts_.today));
            case Type::old_id:
                return settled(check_old_id(text));
            case Type::tax_code:
                return settled(check_tax_code(text, field.personal, facts_.today));
            case Type::phone:
                return settled(check_phone(text, field.mobile, field.international));
            case Type::email:
                return settled(check_email(text));
            case Type::person_name:
                return settled(check_person_name(text, static_cast<std::size_t>(*field.max)));
            default:
                return {};
        }
    }

    json::value wrong_type(std::string_view expected) {
        error("forms.wrong_type", "expected", std::string(expected));
        return {};
    }

    json::value settled(Checked checked) {
        if (checked) return json::value(*checked);
        error(std::move(checked.error()));
        return {};
    }

    json::value bounded_text(const Field& field, const std::string& text, std::string_view allowed) {
        std::size_t chars = count_chars(text);
        if (has_control(text, allowed)) {
            error("forms.control_character");
        } else if (static_cast<double>(chars) > *field.max) {
            error("forms.too_long", "max", number_text(*field.max));
        } else if (field.min && static_cast<double>(chars) < *field.min) {
            error("forms.too_short", "min", number_text(*field.min));
        } else if (field.pattern && !field.pattern->matches(text)) {
            if (field.pattern_text.vi.empty())
                error("forms.pattern");
            else
                error("forms.pattern_own", {{"text_vi", field.pattern_text.vi}, {"text_en", field.pattern_text.en}});
        } else {
            return json::value(text);
        }
        return {};
    }

    json::value number(const Field& field, const json::value& given) {
        std::optional<double> read;
        if (given.is_number()) {
            read = given.to_number<double>();
        } else if (given.is_string()) {
            std::string text = clean_line(given.get_string());
            if (field.type == Type::money)
                for (std::string_view unit : {"đồng", "đ", "VND", "VNĐ"})
                    if (text.ends_with(unit)) {
                        text = clean_line(std::string_view(text).substr(0, text.size() - unit.size()));
                        break;
                    }
            read = read_number(text);
        } else {
            return wrong_type("number");
        }
        if (!read) {
            error(field.type == Type::money ? "forms.money_malformed" : "forms.number_malformed");
            return {};
        }
        double value = *read;
        double most = field.max.value_or(1e15), least = field.min.value_or(-1e15);
        std::string text = std::abs(value) <= 1e15 ? number_text(value) : std::string();
        std::size_t dot = text.find('.');
        if (value > most) {
            error("forms.too_large", "max", number_text(most));
        } else if (value < least) {
            error("forms.too_small", "min", number_text(least));
        } else if (dot != std::string::npos && text.size() - dot - 1 > static_cast<std::size_t>(field.decimals)) {
            if (field.decimals == 0)
                error("forms.not_whole");
            else
                error("forms.decimals", "max", std::to_string(field.decimals));
        } else {
            return number_value(value);
        }
        return {};
    }

    json::value date(const Field& field, std::string_view text) {
        auto read = check_date(text, field.precision);
        if (!read) {
            error(std::move(read.error()));
            return {};
        }
        if (field.date_min)
            if (LocalDay least = resolve(*field.date_min, facts_.today); compare(*read, least) < 0) {
                error("forms.date_too_early", "min", format_day_vi(least));
                return {};
            }
        if (field.date_max)
            if (LocalDay most = resolve(*field.date_max, facts_.today); compare(*read, most) > 0) {
                error("forms.date_too_late", "max", format_day_vi(most));
                return {};
            }
        return json::value(read->text());
    }

    json::value choices(const Field& field, const json::value& given) {
        const json::array* list = given.if_array();
        if (!list) return wrong_type("array");
        json::array out;
        for (const Option& option : field.options)  // in the order of the form, each once
            if (std::ranges::any_of(
                    *list, [&](const json::value& v) { return v.is_string() && v.get_string() == option.value; }))
                out.emplace_back(option.value);
        if (out.size() != list->size()) {
            error("forms.not_an_option");
        } else if (field.min && static_cast<double>(out.size()) < *field.min && !draft_) {
            error("forms.too_few", "min", number_text(*field.min));
        } else if (field.max && static_cast<double>(out.size()) > *field.max) {
            error("forms.too_many", "max", number_text(*field.max));
        } else {
            return out;
        }
        return {};
    }

    /// One member of an address or a file: its text, cleaned; nullopt after an error.
    std::optional<std::string> member(const json::object& object, std::string_view key, std::size_t chars_max) {
        const json::value* value = object.if_contains(key);
        if (!value || value->is_null()) return std::string();
        Inside inside(*this, key, 0);
        if (!value->is_string()) {
            wrong_type("string");
            return std::nullopt;
        }
        std::string text = clean_line(value->get_string());
        if (has_control(text, "")) return error("forms.control_character"), std::nullopt;
        if (count_chars(text) > chars_max)
            return error("forms.too_long", "max", std::to_string(chars_max)), std::nullopt;
        return text;
    }

    json::value address(const Field& field, const json::value& given) {
        const json::object* object = given.if_object();
        if (!object) return wrong_type("object");
        std::size_t errors_before = errors_.size();
        for (const auto& [key, value] : *object)
            if (key != "unit" && key != "detail" && key != "country") {
                Inside inside(*this, key, 0);
                error("forms.unknown_field");
            }
        auto unit = member(*object, "unit", 10), detail = member(*object, "detail", 300),
             country = member(*object, "country", 2);
        if (!unit || !detail || !country || errors_.size() > errors_before) return {};
        json::object out;
        if (!country->empty() && *country != "VN") {
            Inside inside(*this, "country", 0);
            bool code =
                country->size() == 2 && std::ranges::all_of(*country, [](char c) { return c >= 'A' && c <= 'Z'; });
            if (!field.abroad || !code)
                error(field.abroad ? "forms.country_malformed" : "forms.address_abroad");
            else
                out["country"] = *country;
        } else {
            Inside inside(*this, "unit", 0);
            if (unit->empty() && !draft_)
                error("forms.unit_required");
            else if (!unit->empty() && known_unit(field, *unit))
                out["unit"] = *unit;
        }
        if (field.detail == Detail::none ? !detail->empty()
                                         : field.detail == Detail::required && detail->empty() && !draft_) {
            Inside inside(*this, "detail", 1);
            error(detail->empty() ? "forms.detail_required" : "forms.unknown_field");
        }
        if (!detail->empty()) out["detail"] = *detail;
        if (errors_.size() > errors_before || out.empty()) return {};
        return out;
    }

    bool known_unit(const Field& field, const std::string& unit) {
        std::size_t digits = field.level == UnitLevel::province ? 2 : field.level == UnitLevel::district ? 3 : 5;
        if (unit.size() != digits || !std::ranges::all_of(unit, [](char c) { return c >= '0' && c <= '9'; })) {
            error("forms.unit_malformed", "digits", std::to_string(digits));
            return false;
        }
        if (!facts_.is_unit) return true;
        std::optional<LocalDay> day = facts_.today;
        if (field.any_day) day = std::nullopt;
        if (!field.day_field.empty()) {
            const json::value* date = scopes_.find(field.day_field);
            auto parsed =
                parse_day(date && date->is_string() ? std::string_view(date->get_string()) : std::string_view());
            day = parsed ? std::optional(*parsed) : std::nullopt;
        }
        if (facts_.is_unit(unit, field.level, day)) return true;
        if (day)
            error("forms.unit_unknown_on", {{"unit", unit}, {"day", format_day_vi(*day)}});
        else
            error("forms.unit_unknown", "unit", unit);
        return false;
    }

    json::value files(const Field& field, const json::value& given) {
        const json::array* list = given.if_array();
        if (!list) return wrong_type("array");
        std::size_t errors_before = errors_.size();
        if (static_cast<double>(list->size()) > *field.max) {
            error("forms.too_many_files", "max", number_text(*field.max));
            return {};
        }
        if (field.min && static_cast<double>(list->size()) < *field.min && !draft_)
            error("forms.too_few_files", "min", number_text(*field.min));
        json::array out;
        for (std::size_t i = 0; i < list->size(); ++i) {
            Inside inside(*this, std::to_string(i), i);
            if (json::value one = file(field, (*list)[i]); !one.is_null()) out.push_back(std::move(one));
        }
        if (errors_.size() > errors_before) return {};
        return out;
    }

    /// {"id","name","kind","bytes"}: a reference to an uploaded file. Whoever files puts in what the store knows.
    json::value file(const Field& field, const json::value& given) {
        const json::object* object = given.if_object();
        if (!object) return wrong_type("object");
        for (const auto& [key, value] : *object)
            if (key != "id" && key != "name" && key != "kind" && key != "bytes")
                return wrong_type("id, name, kind, bytes");
        auto id = member(*object, "id", 100), name = member(*object, "name", 255), kind = member(*object, "kind", 8);
        auto bytes = find_number(*object, "bytes");
        if (!id || !name || !kind) return {};
        if (id->empty() || name->empty() || !bytes || !(*bytes >= 0) || !(*bytes <= 1e15) ||
            std::floor(*bytes) != *bytes)
            return wrong_type("id, name, kind, bytes");
        if (std::ranges::find(field.kinds, *kind) == field.kinds.end()) {
            error("forms.file_kind", {{"kind", *kind}, {"kinds", joined(field.kinds)}});
        } else if (*bytes == 0) {
            error("forms.file_empty");
        } else if (*bytes > static_cast<double>(field.bytes_max)) {
            error("forms.file_too_big", "megabytes",
                  number_text(std::floor(static_cast<double>(field.bytes_max) / 1e5) / 10));
        } else {
            return json::object{
                {"id", *id}, {"name", *name}, {"kind", *kind}, {"bytes", static_cast<std::int64_t>(*bytes)}};
        }
        return {};
    }

    json::value rows(const Field& field, const json::value& given, bool required) {
        const json::array* list = given.if_array();
        if (!list) return wrong_type("array");
        if (static_cast<double>(list->size()) > *field.max) {
            error("forms.too_many_rows", "max", number_text(*field.max));
            return {};
        }
        double least = std::max(field.min.value_or(0), required ? 1.0 : 0.0);
        if (static_cast<double>(list->size()) < least && !draft_)
            error("forms.too_few_rows", "min", number_text(least));
        json::array out;
        for (std::size_t i = 0; i < list->size(); ++i) {
            Inside inside(*this, std::to_string(i), i);
            json::object row;
            if (const json::object* object = (*list)[i].if_object())
                judge_scope(field.inner, *object, row);
            else
                wrong_type("object");
            out.push_back(std::move(row));
        }
        return out;
    }

    /// What needs every field of the scope: links between fields, rules, keys that no field has.
    void finish_scope(const Scope& scope, const json::object& values, const json::object& out) {
        for (std::size_t i = 0; i < scope.fields.size(); ++i)
            if (scope.fields[i].type == Type::citizen_id) check_citizen_links(scope.fields[i], i, out);
        for (const Rule& rule : scope.rules) {
            if (draft_) break;
            const json::value result = rule.test.evaluate(scopes_).value;
            if (!result.is_bool() || result.get_bool()) continue;
            report_rule(scope, rule);
        }
        std::vector<std::string> unknown;
        for (const auto& [key, value] : values) {
            const Field* field = scope.find(key);
            if (!field || field->type == Type::info) unknown.emplace_back(key);
        }
        std::ranges::sort(unknown);
        for (const std::string& key : unknown) {
            Inside inside(*this, key, last_place);
            error("forms.unknown_field");
        }
    }

    void report_rule(const Scope& scope, const Rule& rule) {
        std::vector<Param> params{{"rule", rule.id}, {"text_vi", rule.text.vi}, {"text_en", rule.text.en}};
        Place place = place_;
        std::string path = path_;
        const Scope* at = &scope;
        for (std::string_view rest = rule.at; !rest.empty();) {
            std::size_t slash = rest.find('/');
            std::string_view name = rest.substr(0, slash);
            rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
            const Field* field = at->find(name);
            place.push_back(static_cast<std::size_t>(field - at->fields.data()));
            path += (path.empty() ? "" : "/") + std::string(name);
            at = &field->inner;
        }
        if (rule.at.empty()) place.push_back(last_place);
        if (errors_.size() < errors_max)
            errors_.push_back({std::move(place), {std::move(path), "forms.rule", std::move(params)}});
    }

    void check_citizen_links(const Field& field, std::size_t place, const json::object& out) {
        auto number = find_string(out, field.name);
        if (!number) return;
        Inside inside(*this, field.name, place);
        if (auto sex = find_string(out, field.sex_field);
            sex && (*sex == "male" || *sex == "female") && *sex != sex_of(*number))
            error("forms.citizen_id_sex");
        if (auto born = find_string(out, field.born_field);
            born && born->substr(0, 4) != std::to_string(birth_year_of(*number)))
            error("forms.citizen_id_born",
                  {{"year", std::to_string(birth_year_of(*number))}, {"born", std::string(born->substr(0, 4))}});
    }

    const Definition& definition_;
    const Facts& facts_;
    bool draft_;
    Scopes scopes_;
    std::string path_;
    Place place_;
    std::vector<Placed> errors_;
};

}  // namespace

Validation validate(const Definition& definition, const json::object& values, const Facts& facts,
                    Completeness completeness) {
    return Run(definition, facts, completeness).run(values);
}

}  // namespace motcua::forms
