// What an officer's form sent, as the input of its command: empty fields are absent, numbers and times are read as
// people write them, rows and lines become lists.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "portal/officer_forms.hpp"

namespace motcua::portal {

namespace {

/// Digits with the separators people write: "150.000".
std::string bare_number(std::string_view text) {
    std::string digits;
    for (char c : text)
        if (c != '.' && c != ' ' && c != ',') digits += c;
    return digits;
}

json::value typed(const http::Field& field, std::string_view text) {
    using http::FieldType;
    if (field.type() == FieldType::integer) {
        std::string digits = bare_number(text);
        std::int64_t number = 0;
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error == std::errc{} && end == digits.data() + digits.size()) return number;
        return json::value(text);
    }
    if (field.type() == FieldType::boolean) return text == "true" || text == "on" || text == "1";
    if (field.type() == FieldType::instant)
        if (auto local = parse_local(text)) return json::value(format_iso(to_instant(*local)));
    return json::value(text);
}

class ActionReader {
  public:
    explicit ActionReader(const std::vector<http::NameValue>& form) : form_(form) {}

    json::object members(const http::Fields& fields, const std::string& prefix) const {
        json::object out;
        for (const http::Field& field : fields)
            if (json::value value = read(field, prefix + std::string(field.name())); !value.is_null())
                out[field.name()] = std::move(value);
        return out;
    }

  private:
    const std::string* find(std::string_view name) const {
        auto found = std::ranges::find(form_, name, &http::NameValue::name);
        return found == form_.end() || found->value.empty() ? nullptr : &found->value;
    }

    json::value read(const http::Field& field, const std::string& path) const {
        using http::FieldType;
        switch (field.type()) {
            case FieldType::object: {
                if (field.members().empty()) return variables(path + "/");
                json::object inner = members(field.members(), path + "/");
                return inner.empty() ? json::value() : json::value(std::move(inner));
            }
            case FieldType::array:
                return items(field, path);
            default:
                break;
        }
        const std::string* text = find(path);
        return text ? typed(field, *text) : json::value();
    }

    json::value items(const http::Field& field, const std::string& path) const {
        if (field.members().empty()) return {};
        const http::Field& element = field.members().front();
        json::array list;
        if (element.type() == http::FieldType::object) {
            constexpr int rows = 100;
            for (int i = 0; i < rows; ++i)
                if (json::object row = members(element.members(), fmt::format("{}/{}/", path, i)); !row.empty())
                    list.push_back(std::move(row));
        } else if (const std::string* text = find(path)) {
            std::string_view rest = *text;
            while (!rest.empty()) {
                std::size_t end = std::min(rest.find('\n'), rest.size());
                std::string_view line = rest.substr(0, end);
                while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
                while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
                if (!line.empty()) list.push_back(json::value(line));
                rest.remove_prefix(std::min(end + 1, rest.size()));
            }
        }
        return list.empty() ? json::value() : json::value(std::move(list));
    }

    /// The variables of a step: an untouched choice is not a variable.
    json::value variables(const std::string& prefix) const {
        json::object out;
        for (const http::NameValue& pair : form_)
            if (pair.name.starts_with(prefix) && !pair.value.empty())
                out[pair.name.substr(prefix.size())] =
                    pair.value == "true" ? json::value(true) : json::value(pair.value);
        return out.empty() ? json::value() : json::value(std::move(out));
    }

    const std::vector<http::NameValue>& form_;
};

}  // namespace

Result<json::object> read_action(const http::Fields& fields, const std::vector<http::NameValue>& form) {
    return http::check_object(fields, ActionReader(form).members(fields, ""));
}

}  // namespace motcua::portal
