// A unit: an authority of the province with its codes, level, parent and the days on which it exists.
// The identity of a unit is its agency code (QĐ 20/2020: left to right, "H33.39.09"); a GSO code is not one, because
// the unit that keeps the centre keeps the code across a merger (30742 is a ward before and after 01/07/2025). Owns the
// meaning of codes and levels; leaves out how units relate (directory.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/validity.hpp"

namespace motcua::organisation {

/// Level of an authority. `other` = outside the four levels (courts, party bodies).
enum class Level : std::uint8_t { ministry, province, district, commune, other };
std::string_view to_text(Level level);
std::optional<Level> find_level(std::string_view text);

enum class UnitKind : std::uint8_t {
    territory,   // a province, district or commune and its People's Committee
    department,  // a specialised agency of the province (sở, ban, thanh tra)
    centre,      // a public administrative service centre (receives and returns for others)
    agency,      // any other authority that settles procedures (police, land registry, economic zone)
};
std::string_view to_text(UnitKind kind);
std::optional<UnitKind> find_unit_kind(std::string_view text);

/// Working hours other than those of the unit above: the name of a working calendar, for some days.
struct CalendarChoice {
    std::string calendar;  // "saturday-morning"
    Validity validity;
    bool operator==(const CalendarChoice&) const = default;
};

struct Unit {
    UnitId id;
    std::string code;  // QĐ 20/2020
    std::string gso;   // General Statistics Office; territories only, valid with the dates
    std::string name;  // with its kind: "Xã Đông Yên"
    UnitKind kind = UnitKind::territory;
    Level level = Level::commune;
    std::string parent;  // code; empty for the province
    Validity validity;
    std::vector<std::string> predecessors;  // codes of the units whose tasks it took over
    std::vector<std::string>
        sectors;  // field codes it is in charge of, by prefix ("G15"); names for processes ("police")
    std::vector<CalendarChoice> calendars;  // apart from one another; none = as the unit above
    std::string note;

    /// Receives dossiers and returns results: a centre, or the one-stop desk of a People's Committee.
    bool is_reception_point() const {
        return kind == UnitKind::centre || (kind == UnitKind::territory && level != Level::province);
    }
};

/// The authority's own name: "Ủy ban nhân dân xã Đông Yên" for a territory, else the name.
std::string office_name(const Unit& unit);
/// Name without the kind of territory: "Đông Yên".
std::string_view short_name(const Unit& unit);

/// Code of QCVN 102:2016, right to left: "H33" -> "000.00.00.H33", "H33.39.09" -> "000.09.39.H33". nullopt when a part
/// does not fit in two digits (three at the fourth level) or there are more than four.
std::optional<std::string> old_agency_code(std::string_view code);
/// Either form to the QĐ 20/2020 form; nullopt when the text is neither.
std::optional<std::string> normalize_agency_code(std::string_view text);

/// Member names: code gso name level kind parent from to predecessors sectors calendars note; defaults are left out.
json::object to_json(const Unit& unit);
/// Reads what to_json writes; `parent` defaults to the code without its last part. Reasons:
/// "organisation.unit_malformed" {field}, those of parse_validity.
Result<Unit> read_unit(const json::object& object);

}  // namespace motcua::organisation
