#include "portal/form_page.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "forms/entries.hpp"
#include "portal/words.hpp"
#include "resources/resources.hpp"

namespace motcua::portal {

namespace {

constexpr std::int64_t blank_rows = 1;  // of a group, below those that are filled in
constexpr std::int64_t rows_at_first = 2;

std::string text_of(const json::object& object, std::string_view key, Lang lang) {
    const json::object* text = find_object(object, key);
    if (!text) return {};
    std::string chosen = string_or(*text, to_string(lang));
    return chosen.empty() ? string_or(*text, "vi") : chosen;
}

/// A scalar answer as it goes into an input.
std::string entry_text(const json::value* value) {
    if (!value) return {};
    if (value->is_string()) return std::string(value->get_string());
    if (value->is_number() || value->is_bool()) return json::serialize(*value);
    return {};
}

const json::value* member(const json::object& object, std::string_view name) { return object.if_contains(name); }

const json::object& object_of(const json::value* value) {
    static const json::object none;
    return value && value->is_object() ? value->get_object() : none;
}

std::string default_width(std::string_view type) {
    if (type == "number" || type == "date") return "w8";
    if (type == "money" || type == "citizen_id" || type == "old_id" || type == "tax_code" || type == "phone")
        return "w12";
    return "";
}

std::string input_mode(std::string_view type) {
    if (type == "number") return "decimal";
    if (type == "money" || type == "citizen_id" || type == "old_id" || type == "tax_code") return "numeric";
    if (type == "phone") return "tel";
    if (type == "email") return "email";
    return "text";
}

class Writer {
  public:
    Writer(Lang lang, const FormContent& content) : content_(content), html_(lang) {}

    Html run() {
        const json::object& source = content_.definition.source;
        if (const json::array* steps = find_array(source, "steps"))
            for (const json::value& step : *steps) {
                const json::object& s = step.get_object();
                html_.add("<section><h2>{}</h2>", text_of(s, "l", html_.lang()));
                if (std::string help = text_of(s, "h", html_.lang()); !help.empty())
                    html_.add(R"(<p class="hint">{}</p>)", help);
                add_condition(s, "");
                if (const json::array* fields = find_array(s, "fields"))
                    add_fields(*fields, content_.answers, "", 3, true);
                html_.add("</section>");
            }
        return std::move(html_);
    }

  private:
    struct Around {
        std::string id, label, hint, error, described;
        bool optional = false;
    };

    const std::string* error_at(const std::string& path) const {
        auto found = content_.errors.find(path);
        return found == content_.errors.end() ? nullptr : &found->second;
    }

    /// "Only if “…” is “…”" in front of what scripts would hide.
    std::string condition_words(const json::object& object, const std::string& prefix) const {
        const json::value* condition = member(object, "if");
        if (!condition) return {};
        const json::array* tiny = condition->if_array();
        if (!tiny || tiny->size() != 2 || !(*tiny)[0].is_string()) return html_.say("portal.only_if_fits");
        std::string path((*tiny)[0].get_string());
        std::ranges::replace(path, '.', '/');
        const forms::Field* field = nullptr;
        for (std::string scope = prefix; !field;
             scope.resize(scope.empty() ? 0 : scope.find_last_of('/', scope.size() - 2) + 1)) {
            field = content_.definition.find(scope + path);
            if (scope.empty()) break;
        }
        if (!field) return html_.say("portal.only_if_fits");
        std::string values;
        auto add_value = [&](const json::value& value) {
            std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
            for (const forms::Option& option : field->options)
                if (option.value == text) text = option.label.in(html_.lang());
            if (text == "true") text = html_.say("portal.yes");
            values += (values.empty() ? "“" : ", “") + text + "”";
        };
        if (const json::array* many = (*tiny)[1].if_array()) {
            for (const json::value& value : *many) add_value(value);
        } else {
            add_value((*tiny)[1]);
        }
        return html_.say("portal.only_if", {{"field", field->label.in(html_.lang())}, {"value", values}});
    }
    void add_condition(const json::object& object, const std::string& prefix) {
        if (std::string words = condition_words(object, prefix); !words.empty())
            html_.add(R"(<p class="hint">{}</p>)", words);
    }

    void add_fields(const json::array& fields, const json::object& answers, const std::string& prefix, int level,
                    bool presets) {
        for (const json::value& value : fields)
            if (value.is_object()) add_field(value.get_object(), answers, prefix, level, presets);
    }

    void add_field(const json::object& field, const json::object& answers, const std::string& prefix, int level,
                   bool presets) {
        const std::string name = string_or(field, "n"), type = string_or(field, "t");
        const std::string path = prefix + name;
        const json::value* value = member(answers, name);
        if (!value && presets) value = member(field, "def");
        Around around = around_of(field, path, prefix, type);
        if (type == "info") {
            html_.add(R"(<div class="notice"><p>{}</p>)", around.label);
            if (std::string help = text_of(field, "h", html_.lang()); !help.empty()) html_.add("<p>{}</p>", help);
            html_.add("</div>");
        } else if (type == "computed") {
            html_.add(R"(<p class="hint">{}</p>)", html_.say("portal.computed", {{"field", around.label}}));
        } else if (type == "section") {
            add_section(field, around, object_of(value), path, level, presets);
        } else if (type == "group") {
            add_group(field, around, value, path, level);
        } else if (type == "radio" || type == "checkbox") {
            add_choices(field, around, value, path, type);
        } else if (type == "consent") {
            add_consent(around, value, path);
        } else if (type == "address") {
            add_address(field, around, object_of(value), path);
        } else {
            add_simple(field, around, value, path, type);
        }
    }

    Around around_of(const json::object& field, const std::string& path, const std::string& prefix,
                     std::string_view type) const {
        Around a{.id = path,
                 .label = text_of(field, "l", html_.lang()),
                 .hint = text_of(field, "h", html_.lang()),
                 .error = {},
                 .described = {}};
        if (a.hint.empty() && type == "date") {
            std::string precision = string_or(field, "prec", "day");
            a.hint = html_.say(precision == "year"    ? "portal.date_hint_year"
                               : precision == "month" ? "portal.date_hint_month"
                                                      : "portal.date_hint");
        }
        if (a.hint.empty() && type == "file") {
            std::string kinds;
            if (const json::array* list = find_array(field, "kinds"))
                for (const json::value& kind : *list)
                    if (kind.is_string()) kinds += (kinds.empty() ? "" : ", ") + std::string(kind.get_string());
            a.hint = html_.say(
                "portal.file_hint",
                {{"kinds", kinds}, {"size", file_size_words(html_.lang(), int_or(field, "bytes", 20'000'000))}});
        }
        if (std::string condition = condition_words(field, prefix); !condition.empty())
            a.hint = a.hint.empty() ? condition : condition + " " + a.hint;
        if (const std::string* error = error_at(path)) a.error = *error;
        if (!a.hint.empty()) a.described = path + "-hint";
        if (!a.error.empty()) a.described += (a.described.empty() ? "" : " ") + path + "-error";
        a.optional = !field.contains("req") && type != "consent" && type != "group" && type != "section";
        return a;
    }

    void open_field(const Around& a) {
        html_.add(a.error.empty() ? Pattern(R"(<div class="field">)") : Pattern(R"(<div class="field invalid">)"));
    }
    void open_set(const Around& a) {
        html_.add(a.error.empty() ? Pattern(R"(<fieldset class="field" id="{}" tabindex="-1")")
                                  : Pattern(R"(<fieldset class="field invalid" id="{}" tabindex="-1")"),
                  a.id);
        add_described(a);
        html_.add(">");
    }
    void add_described(const Around& a) {
        if (!a.described.empty()) html_.add(R"( aria-describedby="{}")", a.described);
    }
    void add_heading(const Around& a) {
        html_.add("{}", a.label);
        if (a.optional) html_.add(R"( <span class="opt">{portal.optional}</span>)");
    }
    void add_guide(const Around& a) {
        if (!a.hint.empty()) html_.add(R"(<p class="hint" id="{}-hint">{}</p>)", a.id, a.hint);
        if (!a.error.empty()) add_error(a.id, a.error);
    }
    void add_error(const std::string& id, const std::string& error) {
        html_.add(R"(<p class="error" id="{}-error"><span class="vh">{portal.error_prefix}</span> {}</p>)", id, error);
    }

    void add_title(const std::string& label, int level) {
        html_.add(level <= 3 ? Pattern("<legend><h3>{}</h3></legend>") : Pattern("<legend><h4>{}</h4></legend>"),
                  label);
    }

    void add_section(const json::object& field, const Around& a, const json::object& answers, const std::string& path,
                     int level, bool presets) {
        open_set(a);
        add_title(a.label, level);
        add_guide(a);
        if (const json::array* fields = find_array(field, "fields"))
            add_fields(*fields, answers, path + "/", level + 1, presets);
        html_.add("</fieldset>");
    }

    void add_group(const json::object& field, const Around& a, const json::value* value, const std::string& path,
                   int level) {
        open_set(a);
        add_title(a.label, level);
        add_guide(a);
        html_.add(R"(<p class="hint">{portal.blank_rows}</p>)");
        std::string row = text_of(field, "row", html_.lang());
        if (row.empty()) row = a.label;
        static const json::array none;
        const json::array& rows = value && value->is_array() ? value->get_array() : none;
        const std::int64_t given = std::ssize(rows);
        std::int64_t shown = std::max(rows_at_first, given + blank_rows);
        shown = std::max(shown, int_or(field, "min", 0));
        if (std::int64_t most = int_or(field, "max", 0); most > 0) shown = std::min(shown, std::max(most, given));
        for (std::int64_t i = 0; i < shown; ++i) {
            html_.add(R"(<fieldset class="field inset"><legend>{}</legend>)",
                      html_.say("portal.row", {{"name", row}, {"n", std::to_string(i + 1)}}));
            const json::object& answers = object_of(i < given ? &rows[static_cast<std::size_t>(i)] : nullptr);
            // A preset answer would make a row that nobody filled in look filled in.
            if (const json::array* fields = find_array(field, "fields"))
                add_fields(*fields, answers, fmt::format("{}/{}/", path, i), level + 1, false);
            html_.add("</fieldset>");
        }
        html_.add("</fieldset>");
    }

    void add_choices(const json::object& field, const Around& a, const json::value* value, const std::string& path,
                     std::string_view type) {
        open_set(a);
        html_.add("<legend>");
        add_heading(a);
        html_.add("</legend>");
        add_guide(a);
        if (const json::array* options = find_array(field, "o"))
            for (const json::value& one : *options) {
                auto [option, label] = option_of(one);
                bool on = entry_text(value) == option;
                if (value && value->is_array())
                    on = std::ranges::any_of(value->get_array(),
                                             [&](const json::value& v) { return entry_text(&v) == option; });
                html_.add(
                    type == "radio"
                        ? Pattern(R"(<div class="choice"><input type="radio" id="{}-{}" name="{}" value="{}")")
                        : Pattern(R"(<div class="choice"><input type="checkbox" id="{}-{}" name="{}" value="{}")"),
                    path, option, path, option);
                if (on) html_.add(" checked");
                html_.add(R"(><label for="{}-{}">{}</label></div>)", path, option, label);
            }
        html_.add("</fieldset>");
    }

    std::pair<std::string, std::string> option_of(const json::value& one) const {
        const json::array* pair = one.if_array();
        if (!pair || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_object()) return {};
        const json::object& label = (*pair)[1].get_object();
        std::string text = string_or(label, to_string(html_.lang()));
        return {std::string((*pair)[0].get_string()), text.empty() ? string_or(label, "vi") : text};
    }

    void add_consent(const Around& a, const json::value* value, const std::string& path) {
        open_field(a);
        add_guide(a);
        html_.add(R"(<div class="choice"><input type="checkbox" id="{}" name="{}" value="true")", path, path);
        if (value && value->is_bool() && value->get_bool()) html_.add(" checked");
        add_described(a);
        html_.add(R"(><label for="{}">{}</label></div></div>)", path, a.label);
    }

    void add_address(const json::object& field, const Around& a, const json::object& answers, const std::string& path) {
        open_set(a);
        html_.add("<legend>");
        add_heading(a);
        html_.add("</legend>");
        add_guide(a);
        const std::string level = string_or(field, "level", "commune");
        const bool abroad = field.contains("abroad");
        if (abroad) add_country(path + "/country", string_or(answers, "country"));
        add_unit(path + "/unit", html_.say(fmt::format("portal.choose_{}", level)), level, string_or(answers, "unit"));
        if (std::string detail = string_or(field, "detail"); detail != "none")
            add_part(path + "/detail", html_.say("portal.street"),
                     detail == "optional" ? html_.say("portal.optional") : "", string_or(answers, "detail"), "");
        html_.add("</fieldset>");
    }

    /// An empty choice means Việt Nam: a row of a group that nobody touched stays empty.
    void add_country(const std::string& path, const std::string& chosen) {
        html_.add(R"(<div class="field"><label for="{}">{portal.country}</label>)", path);
        if (const std::string* error = error_at(path)) add_error(path, *error);
        html_.add(R"(<select id="{}" name="{}" class="w20">)", path, path);
        for (const json::value& one : countries()) {
            auto [code, name] = option_of(one);
            add_option(html_, code == "VN" ? "" : code, name, code == chosen);
        }
        html_.add("</select></div>");
    }
    static const json::array& countries() {
        static const json::array list = [] {
            auto text = resources::find_resource("forms/common.json");
            auto read = text ? parse_json(*text) : Result<json::value>(json::object());
            const json::object* lists = read && read->is_object() ? find_object(read->get_object(), "lists") : nullptr;
            const json::array* found = lists ? find_array(*lists, "countries") : nullptr;
            return found ? *found : json::array();
        }();
        return list;
    }

    void add_part(const std::string& path, const std::string& label, const std::string& hint, const std::string& value,
                  std::string_view width) {
        Around a{
            .id = path, .label = label, .hint = hint, .error = {}, .described = hint.empty() ? "" : path + "-hint"};
        if (const std::string* error = error_at(path)) {
            a.error = *error;
            a.described += (a.described.empty() ? "" : " ") + path + "-error";
        }
        open_field(a);
        html_.add(R"(<label for="{}">{}</label>)", path, label);
        add_guide(a);
        html_.add(R"(<input id="{}" name="{}" class="{}" value="{}" autocomplete="off")", path, path, width, value);
        finish_input(a);
        html_.add("></div>");
    }

    void finish_input(const Around& a) {
        if (!a.error.empty()) html_.add(R"( aria-invalid="true")");
        add_described(a);
    }

    void add_unit(const std::string& path, const std::string& label, const std::string& level,
                  const std::string& chosen) {
        Around a{.id = path, .label = label, .hint = {}, .error = {}, .described = {}};
        if (const std::string* error = error_at(path)) {
            a.error = *error;
            a.described = path + "-error";
        }
        open_field(a);
        html_.add(R"(<label for="{}">{}</label>)", path, label);
        add_guide(a);
        html_.add(R"(<select id="{}" name="{}" class="w20")", path, path);
        finish_input(a);
        html_.add(R"(><option value="">{portal.choose}</option>)");
        bool known = chosen.empty();
        if (const json::array* units = find_array(content_.units, level))
            for (const json::value& unit : *units) {
                const json::array& pair = unit.get_array();
                std::string code(pair[0].get_string());
                known = known || code == chosen;
                add_option(html_, code, std::string_view(pair[1].get_string()), code == chosen);
            }
        if (!known) add_option(html_, chosen, chosen, true);
        html_.add("</select></div>");
    }

    void add_simple(const json::object& field, const Around& a, const json::value* value, const std::string& path,
                    std::string_view type) {
        open_field(a);
        html_.add(R"(<label for="{}">)", path);
        add_heading(a);
        html_.add("</label>");
        add_guide(a);
        std::string width = string_or(field, "w", default_width(type));
        if (type == "area") {
            html_.add(R"(<textarea id="{}" name="{}" rows="{}")", path, path, int_or(field, "rows", 4));
            finish_input(a);
            html_.add(">\n{}</textarea>", entry_text(value));
        } else if (type == "select") {
            html_.add(R"(<select id="{}" name="{}" class="{}")", path, path, width);
            finish_input(a);
            html_.add(R"(><option value="">{portal.choose}</option>)");
            if (const json::array* options = find_array(field, "o"))
                for (const json::value& one : *options) {
                    auto [option, label] = option_of(one);
                    add_option(html_, option, label, entry_text(value) == option);
                }
            html_.add("</select>");
        } else if (type == "file") {
            add_file(field, a, value, path);
        } else {
            std::string text = entry_text(value);
            if (type == "date") text = forms::show_date_entry(text);
            html_.add(R"(<input id="{}" name="{}" type="{}" class="{}" inputmode="{}" autocomplete="{}" value="{}")",
                      path, path,
                      type == "email"   ? "email"
                      : type == "phone" ? "tel"
                                        : "text",
                      width, string_or(field, "im", input_mode(type)), string_or(field, "ac", "off"), text);
            finish_input(a);
            html_.add(">");
        }
        if (std::string unit = text_of(field, "unit", html_.lang()); !unit.empty())
            html_.add(R"( <span class="muted">{}</span>)", unit);
        html_.add("</div>");
    }

    void add_file(const json::object& field, const Around& a, const json::value* value, const std::string& path) {
        std::string accept;
        if (const json::array* kinds = find_array(field, "kinds"))
            for (const json::value& kind : *kinds)
                if (kind.is_string()) accept += (accept.empty() ? "." : ",.") + std::string(kind.get_string());
        html_.add(R"(<div class="file"><input type="file" id="{}" name="{}" accept="{}")", path, path, accept);
        if (int_or(field, "max", 1) > 1) html_.add(" multiple");
        finish_input(a);
        html_.add("></div>");
        const json::array* files = value ? value->if_array() : nullptr;
        if (!files || files->empty()) return;
        html_.add(R"(<ul class="files">)");
        std::size_t i = 0;
        for (const json::value& file : *files) {
            const json::object& one = object_of(&file);
            std::string id = string_or(one, "id");
            html_.add(
                R"(<li><div class="choice"><input type="checkbox" id="{}-{}" name="{}" value="{}" checked><label for="{}-{}">{} <span class="muted">{}</span></label></div></li>)",
                path, i, path, id, path, i, html_.say("portal.keep_file", {{"name", string_or(one, "name", id)}}),
                file_size_words(html_.lang(), int_or(one, "bytes", 0)));
            ++i;
        }
        html_.add("</ul>");
    }

    const FormContent& content_;
    Html html_;
};

/// One answer in words; empty when there is nothing to say.
std::string answer_words(Lang lang, const forms::Field& field, const json::value& value,
                         const organisation::Directory& directory) {
    using forms::Type;
    auto option = [&](std::string_view chosen) {
        for (const forms::Option& one : field.options)
            if (one.value == chosen) return one.label.in(lang);
        return std::string(chosen);
    };
    if (field.type == Type::address && value.is_object()) {
        const json::object& o = value.get_object();
        std::string text = string_or(o, "detail");
        auto more = [&](const std::string& part) {
            if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
        };
        if (std::string unit = string_or(o, "unit"); !unit.empty()) {
            std::string name = unit;
            for (const organisation::Unit& one : directory.units())
                if (one.gso == unit) name = one.name;
            more(name);
        }
        more(string_or(o, "country"));
        return text;
    }
    if (const json::array* list = value.if_array()) {
        std::string text;
        for (const json::value& one : *list) {
            std::string part = one.is_object() ? string_or(one.get_object(), "name") : option(entry_text(&one));
            text += (text.empty() ? "" : ", ") + part;
        }
        return text;
    }
    if (value.is_bool()) return Html(lang).say(value.get_bool() ? "portal.yes" : "portal.no");
    std::string text = entry_text(&value);
    if (field.type == Type::date) return forms::show_date_entry(text);
    if (field.type == Type::radio || field.type == Type::select) return option(text);
    return text;
}

void add_answers(Html& html, const forms::Scope& scope, const json::object& answers,
                 const organisation::Directory& directory) {
    auto simple = [](const forms::Field& f) {
        return f.type != forms::Type::section && f.type != forms::Type::group && f.type != forms::Type::info;
    };
    bool open = false;
    auto close = [&] {
        if (open) html.add("</dl>");
        open = false;
    };
    for (const forms::Field& field : scope.fields) {
        const json::value* value = answers.if_contains(field.name);
        if (!value || value->is_null()) continue;
        if (simple(field)) {
            std::string words = answer_words(html.lang(), field, *value, directory);
            if (words.empty()) continue;
            if (!open) html.add(R"(<dl class="summary">)");
            open = true;
            html.add("<div><dt>{}</dt><dd>{}</dd></div>", field.label.in(html.lang()), words);
        } else if (field.type == forms::Type::section && value->is_object()) {
            close();
            html.add("<h3>{}</h3>", field.label.in(html.lang()));
            add_answers(html, field.inner, value->get_object(), directory);
        } else if (field.type == forms::Type::group && value->is_array()) {
            close();
            int n = 0;
            for (const json::value& row : value->get_array()) {
                html.add("<h3>{} {}</h3>", field.label.in(html.lang()), ++n);
                add_answers(html, field.inner, object_of(&row), directory);
            }
        }
    }
    close();
}

}  // namespace

Html form_fields(Lang lang, const FormContent& content) { return Writer(lang, content).run(); }

json::object units_data(const organisation::Directory& directory, LocalDay day) {
    json::object data;
    for (organisation::Level level :
         {organisation::Level::province, organisation::Level::district, organisation::Level::commune}) {
        json::array list;
        for (const organisation::Unit& unit : directory.units())
            if (unit.kind == organisation::UnitKind::territory && unit.level == level && !unit.gso.empty() &&
                unit.validity.covers(day)) {
                std::string name = unit.name;
                if (const organisation::Unit* above = directory.find_code(unit.parent);
                    above && above->level == organisation::Level::district)
                    name += ", " + above->name;
                list.push_back(json::array{json::value(unit.gso), json::value(name)});
            }
        if (!list.empty()) data[organisation::to_text(level)] = std::move(list);
    }
    return data;
}

Html answers_summary(Lang lang, const forms::Definition& definition, const json::object& answers,
                     const organisation::Directory& directory) {
    Html html(lang);
    add_answers(html, definition.scope, answers, directory);
    return html;
}

}  // namespace motcua::portal
