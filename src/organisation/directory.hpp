// The directory: all units of all times as one immutable snapshot, and the questions asked of it: who existed on a day,
// who took over from whom, who lies within whom, which unit is competent, which unit is meant by some words.
// Pure: no database, no clock. Shared as shared_ptr<const Directory>; a change makes a new one (organisation.hpp).
// Cost: look-ups are hash look-ups; search is one pass over all names (0.1 ms for 250 units).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "organisation/unit.hpp"

namespace motcua::organisation {

/// Why an answer is what it is; `reason` has a sentence in data/messages/organisation.json.
struct Ground {
    std::string reason;
    std::vector<Param> params = {};
    bool operator==(const Ground&) const = default;
};

struct CompetenceQuery {
    std::vector<Level> levels;  // of the procedure's version
    std::string sector;         // its field code ("G15-TP07"); chooses the department
    UnitId place;               // where the matter lies, a commune as a rule
    LocalDay day;
};

struct Competence {
    UnitId unit;
    std::vector<Ground> grounds;
};

struct UnitHit {
    UnitId unit;     // exists on the day asked for
    UnitId matched;  // whose name was meant; another unit when an old name was typed
};

class Directory {
  public:
    /// Reasons: "organisation.unit_repeated" {code}, "organisation.unit_unknown" {code} for a parent or predecessor
    /// that is not there, "organisation.unit_cycle" {code}.
    static Result<std::shared_ptr<const Directory>> build(std::vector<Unit> units);

    std::span<const Unit> units() const { return units_; }
    const Unit* find(UnitId id) const;
    /// By agency code, either form.
    const Unit* find_code(std::string_view code) const;
    /// By GSO code among the units that exist on the day.
    const Unit* find_gso(std::string_view gso, LocalDay day) const;

    /// Units directly below that exist on the day, by code.
    std::vector<const Unit*> children(UnitId id, LocalDay day) const;
    /// From the parent up to the province.
    std::vector<const Unit*> ancestors(UnitId id) const;
    /// `unit` is `root` or lies below it.
    bool is_within(UnitId unit, UnitId root) const;
    const Unit* find_ancestor_or_self(UnitId id, Level level) const;

    /// Whose working hours the unit keeps on the day: those that it names itself, else those that the nearest unit
    /// above names. nullopt = nobody names any, the State's standard calendar holds.
    struct Hours {
        std::string_view calendar;  // name; lives as long as the directory
        const Unit* named_by;
    };
    std::optional<Hours> hours_of(UnitId id, LocalDay day) const;

    /// Units that took over directly. A district that ended has the successors of its communes.
    std::vector<const Unit*> successors(UnitId id) const;
    std::vector<const Unit*> predecessors(UnitId id) const;
    /// The units that hold on `day` what `id` holds in its own time: itself, or the successors of successors. Empty for
    /// a day before it existed.
    std::vector<const Unit*> holders(UnitId id, LocalDay day) const;

    /// Prefixes of field codes in the unit's charge, its own and those of the units it took over from.
    std::vector<std::string> sectors_of(UnitId id) const;

    /// Which unit settles a procedure for a place on a day, with the grounds in the order of the reasoning. Of several
    /// levels the lowest that exists on the day is meant. Reasons of refusal: "organisation.place_unknown",
    /// "organisation.place_not_yet" {place, day}, "organisation.place_too_wide" {place},
    /// "organisation.place_split" {place, units}, "organisation.not_local" (settled by a ministry only).
    Result<Competence> competent_unit(const CompetenceQuery& query) const;

    /// Units that exist on `day`, best first, by words of their name or of a unit above ("dong yen an bien"); a former
    /// name finds the successor. Diacritics and case do not matter.
    std::vector<UnitHit> search(std::string_view words, LocalDay day, std::size_t limit) const;

  private:
    struct Links {
        std::size_t parent;  // index, `none` at the top
        std::vector<std::size_t> children, successors, predecessors;
        std::string name_key;  // search_key of the short name
        std::string path_key;  // of the name and the names above
    };
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    Result<void> link();
    std::optional<std::size_t> index(UnitId id) const;
    std::vector<const Unit*> pointers(std::span<const std::size_t> indexes) const;
    std::vector<std::size_t> successor_indexes(std::size_t i) const;
    Result<const Unit*> sole_holder(const Unit& unit, LocalDay day, std::vector<Ground>& grounds) const;
    const Unit* find_department(std::size_t province, std::string_view sector, LocalDay day) const;

    std::vector<Unit> units_;  // by code
    std::vector<Links> links_;
    std::unordered_map<std::string_view, std::size_t> by_code_;
    std::unordered_map<UnitId, std::size_t> by_id_;
    std::unordered_multimap<std::string_view, std::size_t> by_gso_;
    LocalDay districts_until_ = LocalDay::min();
};

}  // namespace motcua::organisation
