#include "forms/reader.hpp"

#include <cmath>

#include "forms/values.hpp"

namespace motcua::forms {

void Keys::problem(std::string_view key, std::string_view reason, std::vector<Param> params) const {
    std::string at = path_;
    if (!key.empty()) at += (at.empty() ? "" : "/") + std::string(key);
    problems_.push_back({std::move(at), std::string(reason), std::move(params)});
}

void Keys::wrong(std::string_view key, std::string_view expected) const {
    problem(key, "forms.def_wrong_value", {{"expected", std::string(expected)}});
}

void Keys::allow(std::string_view spaced) const {
    for (const auto& [key, value] : object_)
        if (spaced.find(" " + std::string(key) + " ") == std::string_view::npos)
            problem({}, "forms.def_unknown_key", {{"name", std::string(key)}});
}

std::string Keys::text(std::string_view key, Presence presence, std::size_t bytes_max) const {
    const json::value* value = object_.if_contains(key);
    if (!value) {
        if (presence == Presence::required) problem(key, "forms.def_missing", {{"name", std::string(key)}});
        return {};
    }
    if (!value->is_string() || value->get_string().size() > bytes_max || value->get_string().empty()) {
        wrong(key, "text");
        return {};
    }
    return std::string(value->get_string());
}

bool Keys::flag(std::string_view key) const {
    const json::value* value = object_.if_contains(key);
    if (!value) return false;
    if (value->is_bool()) return value->get_bool();
    if (*value == json::value(1) || *value == json::value(0)) return *value == json::value(1);
    wrong(key, "0, 1");
    return false;
}

std::optional<double> Keys::number(std::string_view key, double least, double most) const {
    const json::value* value = object_.if_contains(key);
    if (!value) return std::nullopt;
    double number = value->is_number() ? value->to_number<double>() : std::nan("");
    if (!(number >= least && number <= most)) {
        wrong(key, number_text(least) + "…" + number_text(most));
        return std::nullopt;
    }
    return number;
}

std::optional<double> Keys::whole(std::string_view key, double least, double most) const {
    auto found = number(key, least, most);
    if (found && std::floor(*found) != *found) {
        wrong(key, "1, 2, 3 …");
        return std::nullopt;
    }
    return found;
}

Text Keys::label(std::string_view key, Presence presence, std::vector<std::string>& missing_km) const {
    const json::value* value = object_.if_contains(key);
    if (!value) {
        if (presence == Presence::required) problem(key, "forms.def_missing", {{"name", std::string(key)}});
        return {};
    }
    return read_label(*value, path_.empty() ? std::string(key) : path_ + "/" + std::string(key), problems_, missing_km);
}

Text read_label(const json::value& value, const std::string& path, std::vector<FieldError>& problems,
                std::vector<std::string>& missing_km) {
    constexpr std::size_t bytes_max = 4000;
    const json::object* object = value.if_object();
    Text out;
    bool ok = object != nullptr;
    if (object) {
        for (const auto& [lang, text] : *object) {
            ok = ok && text.is_string() && !text.get_string().empty() && text.get_string().size() <= bytes_max &&
                 (lang == "vi" || lang == "en" || lang == "km");
        }
        out = {string_or(*object, "vi"), string_or(*object, "en"), string_or(*object, "km")};
    }
    if (!ok || out.vi.empty() || out.en.empty()) problems.push_back({path, "forms.def_label", {}});
    if (out.km.empty()) missing_km.push_back(path);
    return out;
}

}  // namespace motcua::forms
