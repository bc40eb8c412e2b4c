#include "http/spec.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"

namespace motcua::http {

/// Reaches the private members while a field is being built.
struct FieldMaker {
    static Field with_members(Field field, Fields members) {
        field.members_ = std::move(members);
        return field;
    }
    static Field with_allowed(Field field, std::vector<std::string_view> allowed) {
        field.allowed_ = std::move(allowed);
        return field;
    }
    static Field with_reference(Field field, std::string_view schema) {
        field.reference_ = schema;
        return field;
    }
};

namespace field {
Field text(std::string_view name, std::string_view doc) { return {FieldType::text, name, doc}; }
Field integer(std::string_view name, std::string_view doc) { return {FieldType::integer, name, doc}; }
Field number(std::string_view name, std::string_view doc) { return {FieldType::number, name, doc}; }
Field boolean(std::string_view name, std::string_view doc) { return {FieldType::boolean, name, doc}; }
Field id(std::string_view name, std::string_view doc) { return {FieldType::id, name, doc}; }
Field day(std::string_view name, std::string_view doc) { return {FieldType::day, name, doc}; }
Field instant(std::string_view name, std::string_view doc) { return {FieldType::instant, name, doc}; }
Field any(std::string_view name, std::string_view doc) { return {FieldType::any, name, doc}; }
Field one_of(std::string_view name, std::vector<std::string_view> allowed, std::string_view doc) {
    return FieldMaker::with_allowed({FieldType::text, name, doc}, std::move(allowed));
}
Field object(std::string_view name, Fields members, std::string_view doc) {
    return FieldMaker::with_members({FieldType::object, name, doc}, std::move(members));
}
Field array(std::string_view name, Field element, std::string_view doc) {
    return FieldMaker::with_members({FieldType::array, name, doc}, {std::move(element)});
}
Field ref(std::string_view name, std::string_view schema, std::string_view doc) {
    return FieldMaker::with_reference({FieldType::any, name, doc}, schema);
}
}  // namespace field

Field Field::required() const {
    Field copy = *this;
    copy.required_ = true;
    return copy;
}
Field Field::nullable() const {
    Field copy = *this;
    copy.nullable_ = true;
    return copy;
}
Field Field::length(std::int64_t min, std::int64_t max) const {
    CHECK(type_ == FieldType::text || type_ == FieldType::array, "{}: length is for texts and arrays", name_);
    Field copy = *this;
    copy.min_ = min;
    copy.max_ = max;
    return copy;
}
Field Field::range(std::int64_t min, std::int64_t max) const {
    CHECK(type_ == FieldType::integer || type_ == FieldType::number, "{}: range is for numbers", name_);
    Field copy = *this;
    copy.min_ = min;
    copy.max_ = max;
    return copy;
}
Field Field::pattern(std::string_view regex, bool (*matches)(std::string_view)) const {
    CHECK(type_ == FieldType::text, "{}: a pattern is for texts", name_);
    Field copy = *this;
    copy.regex_ = regex;
    copy.matches_ = matches;
    return copy;
}

namespace {

std::string_view json_type(FieldType type) {
    switch (type) {
        case FieldType::integer:
            return "integer";
        case FieldType::number:
            return "number";
        case FieldType::boolean:
            return "boolean";
        case FieldType::object:
            return "object";
        case FieldType::array:
            return "array";
        default:
            return "string";
    }
}

std::int64_t code_points(std::string_view text) {
    return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string join(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + '/' + std::string(name);
}

void check_members(const Fields& fields, const json::object& object, const std::string& path,
                   std::vector<FieldError>& errors) {
    for (const auto& [name, value] : object)
        if (std::ranges::find(fields, std::string_view(name), &Field::name) == fields.end())
            errors.push_back({join(path, name), "input.unknown_field"});
    for (const Field& field : fields) {
        const json::value* value = object.if_contains(field.name());
        if (value) {
            field.check(*value, join(path, field.name()), errors);
        } else if (field.is_required()) {
            errors.push_back({join(path, field.name()), "input.required"});
        }
    }
}

}  // namespace

json::object Field::schema() const {
    json::object schema;
    if (!reference_.empty()) {
        schema["$ref"] = "#/components/schemas/" + std::string(reference_);
    } else if (type_ != FieldType::any) {
        if (nullable_) {
            schema["type"] = json::array{json_type(type_), "null"};
        } else {
            schema["type"] = json_type(type_);
        }
    }
    if (!doc_.empty()) schema["description"] = doc_;
    if (!regex_.empty()) schema["pattern"] = regex_;
    if (!allowed_.empty()) {
        json::array& values = schema["enum"].emplace_array();
        for (std::string_view value : allowed_) values.push_back(json::string(value));
        if (nullable_) values.push_back(nullptr);
    }
    switch (type_) {
        case FieldType::text:
            if (min_.value_or(0) > 0) schema["minLength"] = *min_;
            if (allowed_.empty()) schema["maxLength"] = max_.value_or(text_chars_default_max);
            break;
        case FieldType::integer:
        case FieldType::number:
            if (min_) schema["minimum"] = *min_;
            if (max_) schema["maximum"] = *max_;
            break;
        case FieldType::id:
            schema["pattern"] = "^[0-9A-HJKMNP-TV-Z]{13}$";
            break;
        case FieldType::day:
            schema["format"] = "date";
            break;
        case FieldType::instant:
            schema["format"] = "date-time";
            break;
        case FieldType::array:
            if (min_.value_or(0) > 0) schema["minItems"] = *min_;
            schema["maxItems"] = max_.value_or(array_items_default_max);
            schema["items"] = members_.front().schema();
            break;
        case FieldType::object: {
            if (members_.empty()) break;
            json::object& properties = schema["properties"].emplace_object();
            json::array required;
            for (const Field& member : members_) {
                properties[member.name()] = member.schema();
                if (member.is_required()) required.push_back(json::string(member.name()));
            }
            if (!required.empty()) schema["required"] = std::move(required);
            break;
        }
        case FieldType::boolean:
        case FieldType::any:
            break;
    }
    return schema;
}

void Field::check(const json::value& value, const std::string& path, std::vector<FieldError>& errors) const {
    auto wrong = [&](std::string_view reason, std::vector<Param> params = {}) {
        errors.push_back({path, std::string(reason), std::move(params)});
    };
    auto wrong_type = [&] { wrong("input.wrong_type", {{"expected", std::string(json_type(type_))}}); };
    if (value.is_null() && nullable_) return;

    switch (type_) {
        case FieldType::any:
            return;
        case FieldType::boolean:
            if (!value.is_bool()) wrong_type();
            return;
        case FieldType::integer:
        case FieldType::number: {
            if (type_ == FieldType::integer ? !value.is_int64() : !value.is_number()) return wrong_type();
            auto number = value.to_number<double>();
            if ((min_ && number < static_cast<double>(*min_)) || (max_ && number > static_cast<double>(*max_)))
                wrong("input.out_of_range",
                      {{"min", min_ ? std::to_string(*min_) : "−∞"}, {"max", max_ ? std::to_string(*max_) : "∞"}});
            return;
        }
        case FieldType::object:
            if (!value.is_object()) return wrong_type();
            if (!members_.empty()) check_members(members_, value.get_object(), path, errors);
            return;
        case FieldType::array: {
            if (!value.is_array()) return wrong_type();
            const json::array& items = value.get_array();
            auto count = static_cast<std::int64_t>(items.size());
            std::int64_t max = max_.value_or(array_items_default_max);
            if (count > max) return wrong("input.too_many_items", {{"max", std::to_string(max)}});
            if (count < min_.value_or(0)) return wrong("input.too_few_items", {{"min", std::to_string(*min_)}});
            for (size_t i = 0; i < items.size(); ++i)
                members_.front().check(items[i], path + '/' + std::to_string(i), errors);
            return;
        }
        case FieldType::id:
        case FieldType::day:
        case FieldType::instant: {
            if (!value.is_string()) return wrong_type();
            std::string_view text = value.get_string();
            if (type_ == FieldType::id && !parse_id(text)) wrong("input.bad_format", {{"example", "01M8KTEC0Q3ZB"}});
            if (type_ == FieldType::day && !parse_day(text)) wrong("input.bad_format", {{"example", "2026-11-21"}});
            if (type_ == FieldType::instant && !parse_iso(text))
                wrong("input.bad_format", {{"example", "2026-11-21T08:30:00+07:00"}});
            return;
        }
        case FieldType::text:
            break;
    }

    if (!value.is_string()) return wrong_type();
    std::string_view text = value.get_string();
    if (!allowed_.empty()) {
        if (std::ranges::find(allowed_, text) != allowed_.end()) return;
        std::string list;
        for (std::string_view one : allowed_) list += (list.empty() ? "" : ", ") + std::string(one);
        return wrong("input.not_allowed", {{"allowed", list}});
    }
    std::int64_t length = code_points(text), max = max_.value_or(text_chars_default_max);
    if (required_ && length == 0) return wrong("input.required");
    if (length < min_.value_or(0)) return wrong("input.too_short", {{"min", std::to_string(*min_)}});
    if (length > max) return wrong("input.too_long", {{"max", std::to_string(max)}});
    if (matches_ && !matches_(text)) wrong("input.bad_format", {{"example", std::string(regex_)}});
}

Result<json::object> check_object(const Fields& fields, json::value value) {
    if (!value.is_object()) return fail(Errc::invalid, "input.not_an_object");
    std::vector<FieldError> errors;
    check_members(fields, value.get_object(), "", errors);
    if (!errors.empty()) return fail(Errc::invalid, "input.invalid", {}, std::move(errors));
    return std::move(value.get_object());
}

namespace {

/// The value that `text` stands for; stays a string when it does not read as the type, so that check() refuses it.
json::value typed(FieldType type, std::string_view text) {
    if (type == FieldType::integer) {
        std::int64_t number = 0;
        auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) return number;
    }
    if (type == FieldType::number) {
        double number = 0;
        auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec == std::errc{} && read.ptr == text.data() + text.size()) return number;
    }
    if (type == FieldType::boolean) {
        if (text == "true" || text == "1" || text == "on") return true;
        if (text == "false" || text == "0") return false;
    }
    return json::string(text);
}

}  // namespace

Result<json::object> check_texts(const Fields& fields, const std::vector<NameValue>& texts,
                                 std::initializer_list<std::string_view> ignored) {
    json::object object;
    std::vector<FieldError> errors;
    for (const NameValue& pair : texts) {
        auto field = std::ranges::find(fields, std::string_view(pair.name), &Field::name);
        if (field == fields.end()) {
            if (std::ranges::find(ignored, std::string_view(pair.name)) == ignored.end())
                errors.push_back({pair.name, "input.unknown_field"});
        } else if (field->type() == FieldType::array) {
            json::value& items = object[pair.name];
            if (!items.is_array()) items.emplace_array();
            items.get_array().push_back(typed(field->members().front().type(), pair.value));
        } else if (object.contains(pair.name)) {
            errors.push_back({pair.name, "input.repeated"});
        } else if (!pair.value.empty()) {
            object[pair.name] = typed(field->type(), pair.value);
        }
    }
    check_members(fields, object, "", errors);
    if (!errors.empty()) return fail(Errc::invalid, "input.invalid", {}, std::move(errors));
    return object;
}

}  // namespace motcua::http
