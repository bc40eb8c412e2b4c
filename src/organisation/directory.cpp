#include "organisation/directory.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace motcua::organisation {

Result<std::shared_ptr<const Directory>> Directory::build(std::vector<Unit> units) {
    auto directory = std::make_shared<Directory>();
    std::sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) { return a.code < b.code; });
    directory->units_ = std::move(units);
    TRY(directory->link());
    return std::shared_ptr<const Directory>(std::move(directory));
}

Result<void> Directory::link() {
    links_.resize(units_.size());
    for (std::size_t i = 0; i < units_.size(); ++i) {
        if (!by_code_.emplace(units_[i].code, i).second)
            return fail(Errc::invalid, "organisation.unit_repeated", {{"code", units_[i].code}});
        if (units_[i].id) by_id_.emplace(units_[i].id, i);
        if (!units_[i].gso.empty()) by_gso_.emplace(units_[i].gso, i);
        if (units_[i].level == Level::district) districts_until_ = std::max(districts_until_, units_[i].validity.to);
    }
    auto require = [&](const std::string& code) -> Result<std::size_t> {
        auto found = by_code_.find(code);
        if (found == by_code_.end()) return fail(Errc::invalid, "organisation.unit_unknown", {{"code", code}});
        return found->second;
    };
    for (std::size_t i = 0; i < units_.size(); ++i) {
        links_[i].parent = none;
        if (!units_[i].parent.empty()) {
            std::size_t parent = TRY(require(units_[i].parent));
            links_[i].parent = parent;
            links_[parent].children.push_back(i);
        }
        for (const std::string& code : units_[i].predecessors) {
            std::size_t predecessor = TRY(require(code));
            links_[i].predecessors.push_back(predecessor);
            links_[predecessor].successors.push_back(i);
        }
    }
    for (std::size_t i = 0; i < units_.size(); ++i) {
        std::size_t steps = 0;
        std::string path = units_[i].name;
        for (std::size_t up = links_[i].parent; up != none; up = links_[up].parent) {
            if (++steps > units_.size())
                return fail(Errc::invalid, "organisation.unit_cycle", {{"code", units_[i].code}});
            path += ' ' + units_[up].name;
        }
        for (std::size_t successor : links_[i].successors)
            if (successor == i ||
                (!units_[i].validity.is_open_end() && units_[successor].validity.to <= units_[i].validity.to))
                return fail(Errc::invalid, "organisation.unit_cycle", {{"code", units_[i].code}});
        links_[i].name_key = search_key(short_name(units_[i]));
        links_[i].path_key = ' ' + search_key(path) + ' ';
    }
    return {};
}

std::optional<std::size_t> Directory::index(UnitId id) const {
    auto found = by_id_.find(id);
    return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<const Unit*> Directory::pointers(std::span<const std::size_t> indexes) const {
    std::vector<const Unit*> units;
    for (std::size_t i : indexes) units.push_back(&units_[i]);
    return units;
}

const Unit* Directory::find(UnitId id) const {
    auto i = index(id);
    return i ? &units_[*i] : nullptr;
}

const Unit* Directory::find_code(std::string_view code) const {
    auto found = by_code_.find(code);
    if (found != by_code_.end()) return &units_[found->second];
    auto normalized = normalize_agency_code(code);
    if (!normalized) return nullptr;
    found = by_code_.find(*normalized);
    return found == by_code_.end() ? nullptr : &units_[found->second];
}

const Unit* Directory::find_gso(std::string_view gso, LocalDay day) const {
    auto [first, last] = by_gso_.equal_range(gso);
    for (auto it = first; it != last; ++it)
        if (units_[it->second].validity.covers(day)) return &units_[it->second];
    return nullptr;
}

std::vector<const Unit*> Directory::children(UnitId id, LocalDay day) const {
    std::vector<const Unit*> found;
    if (auto i = index(id))
        for (std::size_t child : links_[*i].children)
            if (units_[child].validity.covers(day)) found.push_back(&units_[child]);
    return found;
}

std::vector<const Unit*> Directory::ancestors(UnitId id) const {
    std::vector<const Unit*> found;
    if (auto i = index(id))
        for (std::size_t up = links_[*i].parent; up != none; up = links_[up].parent) found.push_back(&units_[up]);
    return found;
}

bool Directory::is_within(UnitId unit, UnitId root) const {
    auto i = index(unit);
    auto top = index(root);
    if (!i || !top) return false;
    for (std::size_t at = *i; at != none; at = links_[at].parent)
        if (at == *top) return true;
    return false;
}

const Unit* Directory::find_ancestor_or_self(UnitId id, Level level) const {
    auto i = index(id);
    for (std::size_t at = i.value_or(none); at != none; at = links_[at].parent)
        if (units_[at].level == level && units_[at].kind == UnitKind::territory) return &units_[at];
    return nullptr;
}

std::optional<Directory::Hours> Directory::hours_of(UnitId id, LocalDay day) const {
    for (std::size_t at = index(id).value_or(none); at != none; at = links_[at].parent)
        for (const CalendarChoice& choice : units_[at].calendars)
            if (choice.validity.covers(day)) return Hours{choice.calendar, &units_[at]};
    return std::nullopt;
}

std::vector<std::size_t> Directory::successor_indexes(std::size_t i) const {
    if (!links_[i].successors.empty() || units_[i].level != Level::district) return links_[i].successors;
    std::vector<std::size_t> all;
    for (std::size_t child : links_[i].children)
        all.insert(all.end(), links_[child].successors.begin(), links_[child].successors.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::vector<const Unit*> Directory::successors(UnitId id) const {
    auto i = index(id);
    return i ? pointers(successor_indexes(*i)) : std::vector<const Unit*>{};
}

std::vector<const Unit*> Directory::predecessors(UnitId id) const {
    auto i = index(id);
    return i ? pointers(links_[*i].predecessors) : std::vector<const Unit*>{};
}

std::vector<const Unit*> Directory::holders(UnitId id, LocalDay day) const {
    std::vector<const Unit*> found;
    auto start = index(id);
    if (!start) return found;
    std::vector<std::size_t> open{*start};
    std::vector<bool> seen(units_.size());
    while (!open.empty()) {
        std::size_t i = open.back();
        open.pop_back();
        if (seen[i]) continue;
        seen[i] = true;
        if (units_[i].validity.covers(day))
            found.push_back(&units_[i]);
        else if (day >= units_[i].validity.to)
            for (std::size_t next : successor_indexes(i)) open.push_back(next);
    }
    std::sort(found.begin(), found.end(), [](const Unit* a, const Unit* b) { return a->code < b->code; });
    return found;
}

std::vector<std::string> Directory::sectors_of(UnitId id) const {
    std::vector<std::string> sectors;
    std::vector<std::size_t> open;
    if (auto i = index(id)) open.push_back(*i);
    std::vector<bool> seen(units_.size());
    while (!open.empty()) {
        std::size_t i = open.back();
        open.pop_back();
        if (seen[i]) continue;
        seen[i] = true;
        sectors.insert(sectors.end(), units_[i].sectors.begin(), units_[i].sectors.end());
        open.insert(open.end(), links_[i].predecessors.begin(), links_[i].predecessors.end());
    }
    std::sort(sectors.begin(), sectors.end());
    return sectors;
}

Result<const Unit*> Directory::sole_holder(const Unit& unit, LocalDay day, std::vector<Ground>& grounds) const {
    if (unit.validity.covers(day)) return &unit;
    if (day < unit.validity.from)
        return fail(Errc::conflict, "organisation.place_not_yet",
                    {{"place", unit.name}, {"day", format_day_vi(unit.validity.from)}});
    auto now = holders(unit.id, day);
    if (now.empty()) return fail(Errc::conflict, "organisation.place_unknown", {{"place", unit.name}});
    if (now.size() > 1) {
        std::string names;
        for (const Unit* holder : now) names += (names.empty() ? "" : ", ") + holder->name;
        return fail(Errc::conflict, "organisation.place_split", {{"place", unit.name}, {"units", names}});
    }
    grounds.push_back({"organisation.ground_successor",
                       {{"old", unit.name}, {"new", now[0]->name}, {"day", format_day_vi(now[0]->validity.from)}}});
    return now[0];
}

const Unit* Directory::find_department(std::size_t province, std::string_view sector, LocalDay day) const {
    const Unit* best = nullptr;
    std::size_t best_chars = 0;
    // A department's successors inherit its sectors, so that those are looked at through the former departments too.
    for (std::size_t i = 0; i < units_.size(); ++i) {
        for (const std::string& prefix : units_[i].sectors) {
            if (!sector.starts_with(prefix) || prefix.size() <= best_chars) continue;
            for (const Unit* holder : holders(units_[i].id, day)) {
                if (!is_within(holder->id, units_[province].id)) continue;
                best = holder;
                best_chars = prefix.size();
            }
        }
    }
    return best;
}

Result<Competence> Directory::competent_unit(const CompetenceQuery& query) const {
    auto lists = [&](Level level) {
        return std::find(query.levels.begin(), query.levels.end(), level) != query.levels.end();
    };
    const Unit* place = find(query.place);
    if (!place) return fail(Errc::invalid, "organisation.place_unknown", {{"place", to_string(query.place)}});
    Competence answer;
    bool commune = lists(Level::commune);
    if (lists(Level::district) && !commune && query.day >= districts_until_) {
        answer.grounds.push_back({"organisation.ground_no_district", {{"day", format_day_vi(districts_until_)}}});
        commune = true;
    }
    bool district = lists(Level::district) && query.day < districts_until_;
    if (commune || district) {
        Level level = commune ? Level::commune : Level::district;
        const Unit* local = find_ancestor_or_self(place->id, level);
        if (!local) return fail(Errc::invalid, "organisation.place_too_wide", {{"place", place->name}});
        answer.grounds.push_back({commune ? "organisation.ground_commune" : "organisation.ground_district"});
        answer.grounds.push_back({"organisation.ground_place", {{"place", local->name}}});
        answer.unit = TRY(sole_holder(*local, query.day, answer.grounds))->id;
        return answer;
    }
    if (!lists(Level::province)) return fail(Errc::conflict, "organisation.not_local");
    const Unit* province = find_ancestor_or_self(place->id, Level::province);
    if (!province) return fail(Errc::invalid, "organisation.place_unknown", {{"place", place->name}});
    answer.grounds.push_back({"organisation.ground_province"});
    province = TRY(sole_holder(*province, query.day, answer.grounds));
    if (const Unit* department = find_department(*index(province->id), query.sector, query.day)) {
        answer.grounds.push_back({"organisation.ground_department", {{"department", department->name}}});
        answer.unit = department->id;
    } else {
        answer.grounds.push_back({"organisation.ground_no_department", {{"province", province->name}}});
        answer.unit = province->id;
    }
    return answer;
}

std::vector<UnitHit> Directory::search(std::string_view words, LocalDay day, std::size_t limit) const {
    std::string key = search_key(words);
    auto tokens = split_words(key);
    // "Đông Yên, An Biên cũ", "xã Đông Yên trước đây": words that say "formerly" and are part of no name.
    auto drop = [&](std::string_view word) {
        if (tokens.size() > 1 && tokens.back() == word) tokens.pop_back();
    };
    drop("day");
    drop("truoc");
    drop("cu");
    if (tokens.empty()) return {};

    struct Scored {
        int score;
        std::size_t index;
    };
    std::vector<Scored> scored;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        const Links& links = links_[i];
        int score = 0;
        bool all = true;
        std::size_t in_name = 0;
        for (std::string_view token : tokens) {
            // A word, or the beginning of one while it is being typed.
            std::size_t at = links.path_key.find(' ' + std::string(token));
            if (at == std::string::npos) {
                all = false;
                break;
            }
            bool whole = links.path_key[at + 1 + token.size()] == ' ';
            bool name = (' ' + links.name_key).find(' ' + std::string(token)) != std::string::npos;
            in_name += name;
            score += (whole ? 4 : 2) + (name ? 4 : 0);
        }
        if (!all || in_name == 0) continue;
        if (key == links.name_key || search_key(units_[i].name) == key) score += 100;
        if ((key + ' ').starts_with(links.name_key + ' ')) score += 50;  // the name first, then where it lies
        if (links.name_key.starts_with(key)) score += 25;
        if (units_[i].validity.covers(day)) score += 1;
        scored.push_back({score, i});
    }
    std::stable_sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
    std::vector<UnitHit> hits;
    for (const Scored& item : scored) {
        for (const Unit* holder : holders(units_[item.index].id, day)) {
            if (hits.size() >= limit) return hits;
            bool known =
                std::any_of(hits.begin(), hits.end(), [&](const UnitHit& hit) { return hit.unit == holder->id; });
            if (!known) hits.push_back({holder->id, units_[item.index].id});
        }
    }
    return hits;
}

}  // namespace motcua::organisation
