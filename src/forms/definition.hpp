// Form definitions: the tree that one versioned JSON definition describes, and its reader. Reference: docs/forms.md.
// Owns the model, the reader with every check of a definition, fragments ("use"), the JSON Schema export and the
// comparison of versions. Judging answers is validate.hpp. Pure: no files, no clock, no database.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"
#include "expression/expression.hpp"

namespace motcua::forms {

// Hard bounds of one definition, generous beside the longest official declaration (about 120 fields).
inline constexpr std::size_t definition_bytes_max = 1u << 20;  // before and after fragments are expanded
inline constexpr std::size_t fields_max = 500;                 // in all steps, sections and groups together
inline constexpr std::size_t nesting_max = 4;                  // sections and groups inside each other
inline constexpr std::size_t options_max = 400;
inline constexpr std::size_t rows_max = 200;         // of a repeating group
inline constexpr std::size_t text_chars_max = 1000;  // what "max" of a text field may say
inline constexpr std::size_t area_chars_max = 20000;

/// A text for people. Vietnamese and English are always there; Khmer may be missing.
struct Text {
    std::string vi;
    std::string en;
    std::string km;
    const std::string& in(Lang lang) const { return lang == Lang::en ? en : vi; }
    bool operator==(const Text&) const = default;
};

enum class Type : std::uint8_t {
    text,
    area,
    number,
    money,
    date,
    radio,
    select,
    checkbox,
    consent,
    citizen_id,
    old_id,
    tax_code,
    phone,
    email,
    person_name,
    address,
    file,
    section,
    group,
    computed,
    info
};
std::string_view to_string(Type type);
std::optional<Type> parse_type(std::string_view text);

enum class Precision : std::uint8_t { day, month, year };  // the vaguest date that a date field takes
enum class UnitLevel : std::uint8_t { province, district, commune };
enum class Detail : std::uint8_t { required, optional, none };  // house number and street of an address

struct Option {
    std::string value;
    Text label;
};

/// When a field is shown or required: an expression, or the tiny form ["path.to.field", value or list of values].
struct Condition {
    std::vector<std::string> path;      // tiny form; empty when it is an expression
    std::vector<json::value> values;    // tiny form: true when the field has (a checkbox: contains) one of these
    expression::Expression expression;  // true only when it gives exactly true
};

/// A date bound: a fixed day, or today moved by days, months or years.
struct DateBound {
    std::string text;  // as written: "2020-01-01", "today", "today-18y", "today+30d"
    std::optional<LocalDay> fixed = {};
    int years = 0, months = 0, days = 0;
};

/// Cross-field rule of a scope: broken when `test` gives exactly false (null means: cannot be judged yet).
struct Rule {
    std::string id;
    std::string at;  // path of the field that shows the error, relative to the scope; empty: the form as a whole
    expression::Expression test;
    Text text;  // what is wrong and what to do
};

struct Field;

/// Fields that see each other by name: the form's top level, a section, or one row of a group.
struct Scope {
    std::vector<Field> fields;
    std::vector<Rule> rules;
    const Field* find(std::string_view name) const;
};

class Pattern;  // regex.hpp

struct Field {
    std::string name;
    Type type = Type::text;
    Text label;
    Text help;
    std::optional<Condition> shown_if;
    bool required = false;
    std::optional<Condition> required_if;
    std::string source;  // prefill source, "population.full_name"; empty: none
    std::string was;     // name in earlier versions

    std::optional<double> min, max;  // characters, value, choices, files or rows, by type
    int decimals = 0;                // number
    std::shared_ptr<const Pattern> pattern;
    Text pattern_text;  // own sentence for a value that does not match
    Precision precision = Precision::day;
    std::optional<DateBound> date_min, date_max;
    std::vector<Option> options;
    std::string sex_field, born_field;  // citizen_id: siblings that its digits must agree with
    bool personal = false;              // tax_code: a citizen id number is accepted too
    bool mobile = false;                // phone: mobile numbers only
    bool international = false;         // phone: numbers of other countries are accepted
    UnitLevel level = UnitLevel::commune;
    Detail detail = Detail::required;
    bool abroad = false;                // address: {"country","detail"} is accepted
    bool any_day = false;               // address: a unit code of any time is accepted
    std::string day_field;              // address: the sibling date on which the unit must exist; empty: today
    std::vector<std::string> kinds;     // file: accepted kinds ("pdf", "jpg")
    std::int64_t bytes_max = 0;         // file: each
    std::string component;              // file: code of the dossier component it serves
    Type computed_as = Type::text;      // computed: text, number, money, date or consent (a boolean)
    expression::Expression expression;  // computed
    Scope inner;                        // section, group
};

struct Step {
    std::string id;
    Text label;
    Text help;
    std::optional<Condition> shown_if;
    std::size_t first = 0, count = 0;  // its fields in the top scope
};

/// Parts and option lists that definitions share (data/forms/common.json).
class Fragments {
  public:
    Fragments() = default;
    explicit Fragments(json::object content) : content_(std::move(content)) {}
    const json::object& content() const { return content_; }

  private:
    json::object content_;
};

class Definition {
  public:
    std::string id;
    std::int64_t version = 1;
    Text title;
    std::string official;   // the official form it renders and the act that issued it
    std::string component;  // code of the dossier component that the filled form is
    std::vector<Step> steps;
    Scope scope;
    json::object source;                  // self-contained, fragments expanded: what browsers receive
    std::vector<std::string> missing_km;  // paths of texts that fall back to Vietnamese

    /// Field by answer path, group rows by any index: "mother/full_name", "children/0/born". nullptr: no such field.
    const Field* find(std::string_view path) const;
};
using DefinitionPtr = std::shared_ptr<const Definition>;

/// Reads {"parts":{name:{"fields","rules"}|{"step"}},"lists":{name:[[value,label],…]}}. Reasons: those of parse_json,
/// "forms.fragments_invalid".
Result<Fragments> read_fragments(std::string_view json_text);

/// Reads one definition; "use" and named option lists are looked up in `fragments`. Reasons: those of parse_json,
/// "forms.definition_too_large" {limit}, "forms.definition_invalid" with every problem in `fields`, by path within the
/// expanded definition ("steps/0/fields/3/pat") and reason ("forms.def_…").
Result<DefinitionPtr> read_definition(std::string_view json_text, const Fragments& fragments = {});
Result<DefinitionPtr> make_definition(const json::value& value, const Fragments& fragments = {});

/// The definition with every "use" and named list replaced by its content. Problems go to `problems`.
json::value expand(const json::value& definition, const Fragments& fragments, std::vector<FieldError>& problems);

/// JSON Schema 2020-12 of the answers, for API clients. It never refuses what validate() accepts; rules it cannot say
/// (check digits, units of a day, cross-field rules, expressions) are listed in docs/forms.md.
json::object json_schema(const Definition& definition);

/// What changed between two versions: {"added":[path],"removed":[path],"renamed":[{"from","to"}],
/// "changed":[{"path","keys":["req",…]}]}; paths of fields, group rows as "*".
json::object diff(const Definition& from, const Definition& to);

}  // namespace motcua::forms
