#include "definitions/calendar_texts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "definitions/definitions.hpp"

namespace motcua::definitions {

namespace {

constexpr std::string_view announced_member = "announced";

std::string document_number(const json::value& notice) {
    const json::object* object = notice.if_object();
    const json::object* document = object ? find_object(*object, "document") : nullptr;
    return document ? string_or(*document, "number") : std::string();
}

/// Names the version of what the file extends. Reason "calendar.unknown" {id}.
Result<bool> pin_base(json::object& file, const NewestCalendars& newest, std::string_view name) {
    auto extends = find_string(file, "extends");
    if (!extends) return false;
    std::string base(calendar_name(*extends));
    auto found = newest.find(base);
    if (found == newest.end() || base == name) return fail(Errc::invalid, "calendar.unknown", {{"id", base}});
    file["extends"] = found->second.id();
    return true;
}

/// Notices that were announced on the present version and that the new file does not know by their number.
bool keep_announced(json::object& file, const DefinitionText& present) {
    json::value before = json::parse(present.text);
    const json::array* announced = find_array(before.get_object(), announced_member);
    if (!announced || file.contains(announced_member)) return false;
    json::array kept;
    const json::array* known = find_array(file, "notices");
    for (const json::value& notice : *announced) {
        std::string number = document_number(notice);
        auto is_same = [&](const json::value& other) { return document_number(other) == number; };
        if (!known || std::ranges::none_of(*known, is_same)) kept.push_back(notice);
    }
    if (kept.empty()) return false;
    file[announced_member] = std::move(kept);
    return true;
}

/// Adds the version, and those of the calendars that extend `made.back()`.
Result<void> follow(const NewestCalendars& newest, std::vector<DefinitionText>& made, DefinitionText next) {
    std::vector<DefinitionText> texts = made;
    for (const auto& [name, text] : newest) texts.push_back(text);
    texts.push_back(next);
    TRY(build_calendar(next.text, texts));
    const std::string name = next.name, id = next.id();
    made.push_back(std::move(next));
    for (const auto& [other, text] : newest) {
        auto extends = text_extends(text.text);
        if (!extends || calendar_name(*extends) != name) continue;
        json::value file = json::parse(text.text);
        file.get_object()["extends"] = id;
        TRY(follow(newest, made, {other, text.version + 1, json::serialize(file)}));
    }
    return {};
}

}  // namespace

std::string DefinitionText::id() const { return fmt::format("{}@{}", name, version); }

std::optional<std::string> text_extends(std::string_view text) {
    auto file = parse_json(text);
    if (!file || !file->is_object()) return std::nullopt;
    auto extends = find_string(file->get_object(), "extends");
    return extends ? std::optional(std::string(*extends)) : std::nullopt;
}

Result<calendar::WorkCalendarPtr> build_calendar(std::string_view text, const std::vector<DefinitionText>& texts) {
    return calendar::load_calendar(text, [&](std::string_view id) -> std::optional<std::string_view> {
        for (const DefinitionText& each : texts)
            if (each.id() == id || (each.version == 0 && each.name == id)) return each.text;
        return std::nullopt;
    });
}

Result<std::vector<DefinitionText>> import_calendar(const NewestCalendars& newest, const std::string& name,
                                                    std::string_view text) {
    json::value file = TRY(parse_json(text));
    std::vector<DefinitionText> made;
    DefinitionText next{name, 1, std::string(text)};
    auto present = newest.find(name);
    if (file.is_object()) {
        bool changed = TRY(pin_base(file.get_object(), newest, name));
        if (present != newest.end()) changed = keep_announced(file.get_object(), present->second) || changed;
        if (changed) next.text = json::serialize(file);
    }
    if (present != newest.end()) {
        if (present->second.version > 0 && present->second.text == next.text) return made;
        next.version = present->second.version + 1;
    }
    TRY(follow(newest, made, std::move(next)));
    return made;
}

Result<std::vector<DefinitionText>> announce_on(const NewestCalendars& newest, const std::string& name,
                                                const json::object& notice) {
    auto present = newest.find(name);
    if (present == newest.end()) return fail(Errc::not_found, "calendar.unknown", {{"id", name}});
    json::value file = TRY(parse_json(present->second.text));
    json::object& calendar = file.get_object();
    if (!calendar.contains(announced_member)) calendar[announced_member] = json::array();
    json::array& announced = calendar[announced_member].as_array();
    if (std::ranges::find(announced, json::value(notice)) != announced.end()) return std::vector<DefinitionText>{};
    announced.push_back(notice);
    TRY(pin_base(calendar, newest, name));
    std::vector<DefinitionText> made;
    TRY(follow(newest, made, {name, present->second.version + 1, json::serialize(file)}));
    return made;
}

}  // namespace motcua::definitions
