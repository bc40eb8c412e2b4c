#include "organisation/unit.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace motcua::organisation {

namespace {

constexpr std::array<std::string_view, 5> level_names{"ministry", "province", "district", "commune", "other"};
constexpr std::array<std::string_view, 4> kind_names{"territory", "department", "centre", "agency"};
// Kinds of territory as they begin a name; the second spelling is how they stand inside a sentence.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> territory_kinds{{
    {"Tỉnh ", "tỉnh "},
    {"Thành phố ", "thành phố "},
    {"Thị xã ", "thị xã "},
    {"Huyện ", "huyện "},
    {"Phường ", "phường "},
    {"Xã ", "xã "},
    {"Thị trấn ", "thị trấn "},
    {"Đặc khu ", "đặc khu "},
}};

template <std::size_t Size>
std::optional<std::size_t> index_of(const std::array<std::string_view, Size>& names, std::string_view text) {
    auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::vector<std::string_view> split_code(std::string_view code) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start <= code.size();) {
        std::size_t end = std::min(code.find('.', start), code.size());
        parts.push_back(code.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

bool is_root(std::string_view part) {
    return part.size() == 3 && is_upper(part[0]) && is_digit(part[1]) && is_digit(part[2]);
}
bool all_digits(std::string_view part) { return !part.empty() && std::all_of(part.begin(), part.end(), is_digit); }

constexpr std::size_t code_chars_max = 35;  // QĐ 20/2020, art. 5

Result<std::vector<std::string>> read_codes(const json::object& object, std::string_view key) {
    std::vector<std::string> codes;
    const json::value* value = object.if_contains(key);
    if (!value) return codes;
    const json::array* array = value->if_array();
    if (!array) return fail(Errc::invalid, "organisation.unit_malformed", {{"field", std::string(key)}});
    for (const json::value& item : *array) {
        if (!item.is_string() || item.get_string().empty())
            return fail(Errc::invalid, "organisation.unit_malformed", {{"field", std::string(key)}});
        codes.emplace_back(item.get_string());
    }
    return codes;
}

/// [{"calendar": "saturday-morning", "from": "2025-07-01"}]: two choices never hold on one day.
Result<std::vector<CalendarChoice>> read_calendars(const json::object& object) {
    auto malformed = [] { return fail(Errc::invalid, "organisation.unit_malformed", {{"field", "calendars"}}); };
    std::vector<CalendarChoice> choices;
    const json::value* value = object.if_contains("calendars");
    if (!value) return choices;
    if (!value->is_array()) return malformed();
    for (const json::value& item : value->get_array()) {
        if (!item.is_object()) return malformed();
        const json::object& choice = item.get_object();
        std::string name = string_or(choice, "calendar");
        if (name.empty() || name.find('@') != std::string::npos) return malformed();
        Validity validity = TRY(parse_validity(find_string(choice, "from"), find_string(choice, "to")));
        auto clashes = [&](const CalendarChoice& other) {
            return validity.from < other.validity.to && other.validity.from < validity.to;
        };
        if (std::ranges::any_of(choices, clashes)) return malformed();
        choices.push_back({std::move(name), validity});
    }
    return choices;
}

json::array calendars_json(const std::vector<CalendarChoice>& choices) {
    json::array list;
    for (const CalendarChoice& choice : choices) {
        json::object object{{"calendar", choice.calendar}};
        if (!choice.validity.is_open_start()) object["from"] = format_day(choice.validity.from);
        if (!choice.validity.is_open_end()) object["to"] = format_day(choice.validity.to);
        list.push_back(std::move(object));
    }
    return list;
}

json::array to_array(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

}  // namespace

std::string_view to_text(Level level) { return level_names[static_cast<std::size_t>(level)]; }
std::optional<Level> find_level(std::string_view text) {
    auto index = index_of(level_names, text);
    return index ? std::optional(static_cast<Level>(*index)) : std::nullopt;
}

std::string_view to_text(UnitKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }
std::optional<UnitKind> find_unit_kind(std::string_view text) {
    auto index = index_of(kind_names, text);
    return index ? std::optional(static_cast<UnitKind>(*index)) : std::nullopt;
}

std::string office_name(const Unit& unit) {
    if (unit.kind != UnitKind::territory) return unit.name;
    for (const auto& [title, inside] : territory_kinds)
        if (unit.name.starts_with(title))
            return "Ủy ban nhân dân " + std::string(inside) + unit.name.substr(title.size());
    return "Ủy ban nhân dân " + unit.name;
}

std::string_view short_name(const Unit& unit) {
    std::string_view name = unit.name;
    if (unit.kind == UnitKind::territory)
        for (const auto& [title, inside] : territory_kinds)
            if (name.starts_with(title)) return name.substr(title.size());
    return name;
}

std::optional<std::string> old_agency_code(std::string_view code) {
    auto parts = split_code(code);
    if (parts.size() > 4 || !is_root(parts[0])) return std::nullopt;
    std::array<std::string, 4> levels{std::string(parts[0]), "00", "00", "000"};
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::size_t width = i == 3 ? 3 : 2;
        if (!all_digits(parts[i]) || parts[i].size() > width) return std::nullopt;
        levels[i] = std::string(width - parts[i].size(), '0') + std::string(parts[i]);
    }
    return levels[3] + "." + levels[2] + "." + levels[1] + "." + levels[0];
}

std::optional<std::string> normalize_agency_code(std::string_view text) {
    if (text.empty() || text.size() > code_chars_max) return std::nullopt;
    auto parts = split_code(text);
    if (is_root(parts[0])) {
        for (std::size_t i = 1; i < parts.size(); ++i)
            if (parts[i].size() < 2 || parts[i].size() > 3 ||
                !std::all_of(parts[i].begin(), parts[i].end(), [](char c) { return is_digit(c) || is_upper(c); }))
                return std::nullopt;
        return std::string(text);
    }
    if (parts.size() != 4 || !is_root(parts[3]) || parts[0].size() != 3 || parts[1].size() != 2 ||
        parts[2].size() != 2 || !all_digits(parts[0]) || !all_digits(parts[1]) || !all_digits(parts[2]))
        return std::nullopt;
    std::string code(parts[3]);
    bool ended = false;
    for (std::size_t i = 3; i-- > 0;) {
        bool absent = parts[i].find_first_not_of('0') == std::string_view::npos;
        if (absent) {
            ended = true;
        } else {
            if (ended) return std::nullopt;  // a level below one that is absent
            code += "." + std::string(i == 0 && parts[0][0] == '0' ? parts[0].substr(1) : parts[i]);
        }
    }
    return code;
}

json::object to_json(const Unit& unit) {
    json::object object{{"code", unit.code}, {"name", unit.name}, {"level", to_text(unit.level)}};
    if (!unit.gso.empty()) object["gso"] = unit.gso;
    if (unit.kind != UnitKind::territory) object["kind"] = to_text(unit.kind);
    if (!unit.parent.empty()) object["parent"] = unit.parent;
    if (!unit.validity.is_open_start()) object["from"] = format_day(unit.validity.from);
    if (!unit.validity.is_open_end()) object["to"] = format_day(unit.validity.to);
    if (!unit.predecessors.empty()) object["predecessors"] = to_array(unit.predecessors);
    if (!unit.sectors.empty()) object["sectors"] = to_array(unit.sectors);
    if (!unit.calendars.empty()) object["calendars"] = calendars_json(unit.calendars);
    if (!unit.note.empty()) object["note"] = unit.note;
    return object;
}

Result<Unit> read_unit(const json::object& object) {
    auto malformed = [](std::string_view field) {
        return fail(Errc::invalid, "organisation.unit_malformed", {{"field", std::string(field)}});
    };
    Unit unit;
    unit.code = string_or(object, "code");
    if (normalize_agency_code(unit.code) != unit.code || unit.code.empty()) return malformed("code");
    unit.name = nfc(string_or(object, "name"));
    if (fold(unit.name).empty()) return malformed("name");
    unit.gso = string_or(object, "gso");
    if (!unit.gso.empty() && (!all_digits(unit.gso) || unit.gso.size() > 5)) return malformed("gso");
    auto level = find_level(string_or(object, "level"));
    if (!level) return malformed("level");
    unit.level = *level;
    auto kind = find_unit_kind(string_or(object, "kind", "territory"));
    if (!kind) return malformed("kind");
    unit.kind = *kind;
    std::size_t last_dot = unit.code.rfind('.');
    unit.parent = string_or(object, "parent", last_dot == std::string::npos ? "" : unit.code.substr(0, last_dot));
    if (unit.parent == unit.code) return malformed("parent");
    unit.validity = TRY(parse_validity(find_string(object, "from"), find_string(object, "to")));
    unit.predecessors = TRY(read_codes(object, "predecessors"));
    unit.sectors = TRY(read_codes(object, "sectors"));
    unit.calendars = TRY(read_calendars(object));
    unit.note = nfc(string_or(object, "note"));
    return unit;
}

}  // namespace motcua::organisation
