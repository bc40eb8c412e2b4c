#include "identity/access.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "organisation/directory.hpp"

namespace motcua::identity {

namespace {

bool field_within(std::string_view field, std::string_view limit) {
    if (limit.empty() || field == limit) return true;
    return field.size() > limit.size() && field.starts_with(limit) && field[limit.size()] == '-';
}

/// Ids of the unit and of all above it.
std::vector<UnitId> chain(const organisation::Directory& directory, UnitId unit) {
    std::vector<UnitId> ids{unit};
    for (const organisation::Unit* above : directory.ancestors(unit)) ids.push_back(above->id);
    std::ranges::sort(ids);
    return ids;
}

/// Roots that lie above every one of `units`.
std::vector<UnitId> common_roots(const organisation::Directory& directory,
                                 const std::vector<const organisation::Unit*>& units) {
    std::vector<UnitId> common;
    for (const organisation::Unit* unit : units) {
        std::vector<UnitId> ids = chain(directory, unit->id), both;
        if (unit == units.front()) {
            common = std::move(ids);
            continue;
        }
        std::ranges::set_intersection(common, ids, std::back_inserter(both));
        common = std::move(both);
    }
    return common;
}

}  // namespace

Reach::Reach(const organisation::Directory& directory) {
    std::set<LocalDay> changes;
    for (const organisation::Unit& unit : directory.units()) {
        changes.insert(unit.validity.from);
        changes.insert(unit.validity.to);
    }
    changes.insert(LocalDay::max());
    for (const organisation::Unit& unit : directory.units()) {
        rows_.push_back({everywhere, unit.id, {}});
        std::vector<UnitId> own = chain(directory, unit.id);
        for (UnitId root : own) rows_.push_back({root, unit.id, {}});
        // Successors hold from one change of any unit to the next; neighbouring stretches are joined.
        std::vector<Row> taken_over;
        for (auto from = changes.lower_bound(unit.validity.to);
             from != changes.end() && std::next(from) != changes.end(); ++from) {
            const Validity stretch{*from, *std::next(from)};
            for (UnitId root : common_roots(directory, directory.holders(unit.id, *from))) {
                if (std::ranges::binary_search(own, root)) continue;
                auto before = std::ranges::find_if(
                    taken_over, [&](const Row& row) { return row.root == root && row.validity.to == stretch.from; });
                if (before == taken_over.end())
                    taken_over.push_back({root, unit.id, stretch});
                else
                    before->validity.to = stretch.to;
            }
        }
        rows_.insert(rows_.end(), taken_over.begin(), taken_over.end());
    }
    std::ranges::sort(rows_);
}

Reach::Reach(std::vector<Row> rows) : rows_(std::move(rows)) { std::ranges::sort(rows_); }

std::span<const Reach::Row> Reach::of(UnitId root) const {
    auto [first, last] = std::ranges::equal_range(rows_, root, {}, &Row::root);
    return {first, last};
}

bool Reach::covers(UnitId root, UnitId unit, LocalDay day) const {
    auto of_unit = std::ranges::equal_range(of(root), unit, {}, &Row::unit);
    return std::ranges::any_of(of_unit, [&](const Row& row) { return row.validity.covers(day); });
}

std::vector<UnitId> Reach::units(UnitId root, LocalDay day) const {
    std::vector<UnitId> found;
    for (const Row& row : of(root))
        if (row.validity.covers(day) && (found.empty() || found.back() != row.unit)) found.push_back(row.unit);
    return found;
}

bool Scope::contains(const Subject& subject) const {
    return std::ranges::any_of(clauses_, [&](const Clause& clause) {
        return field_within(subject.field, clause.field) &&
               (!clause.procedure || clause.procedure == subject.procedure) &&
               std::ranges::binary_search(clause.units, subject.unit);
    });
}

std::vector<UnitId> Scope::units() const {
    std::vector<UnitId> all;
    for (const Clause& clause : clauses_) all.insert(all.end(), clause.units.begin(), clause.units.end());
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

bool Access::gives(const Grant& grant, http::Permission permission, LocalDay day) const {
    if (!grant.validity.covers(day)) return false;
    const Role* role = roles_->find(grant.role);
    return role && role->has(permission);
}

bool Access::reaches(const Grant& grant, const Subject& subject, LocalDay day) const {
    return field_within(subject.field, grant.field) && (!grant.procedure || grant.procedure == subject.procedure) &&
           reach_->covers(grant.root, subject.unit, day);
}

bool Access::may(http::Permission permission, const Subject& subject, LocalDay day) const {
    return std::ranges::any_of(
        grants_, [&](const Grant& grant) { return gives(grant, permission, day) && reaches(grant, subject, day); });
}

Scope Access::scope(http::Permission permission, LocalDay day) const {
    Scope scope;
    for (const Grant& grant : grants_) {
        if (!gives(grant, permission, day)) continue;
        auto clause = std::ranges::find_if(scope.clauses_, [&](const Scope::Clause& c) {
            return c.field == grant.field && c.procedure == grant.procedure;
        });
        if (clause == scope.clauses_.end()) clause = scope.clauses_.insert(clause, {grant.field, grant.procedure, {}});
        std::vector<UnitId> units = reach_->units(grant.root, day), both;
        std::ranges::set_union(clause->units, units, std::back_inserter(both));
        clause->units = std::move(both);
    }
    std::ranges::stable_partition(scope.clauses_,
                                  [](const Scope::Clause& c) { return c.field.empty() && !c.procedure; });
    return scope;
}

std::vector<UnitId> Access::roots(http::Permission permission, LocalDay day) const {
    std::set<UnitId> roots;
    for (const Grant& grant : grants_)
        if (gives(grant, permission, day)) roots.insert(grant.root);
    return {roots.begin(), roots.end()};
}

bool Access::may_everywhere(http::Permission permission, LocalDay day) const {
    return std::ranges::any_of(grants_, [&](const Grant& grant) {
        return grant.root == everywhere && grant.field.empty() && !grant.procedure && gives(grant, permission, day);
    });
}

bool Access::holds(std::string_view role, const Subject& subject, LocalDay day) const {
    return std::ranges::any_of(grants_, [&](const Grant& grant) {
        return grant.role == role && grant.validity.covers(day) && reaches(grant, subject, day);
    });
}

std::vector<std::string> Access::permissions(LocalDay day) const {
    std::set<std::string> names;
    for (const Grant& grant : grants_) {
        const Role* role = grant.validity.covers(day) ? roles_->find(grant.role) : nullptr;
        if (role) names.insert(role->permissions.begin(), role->permissions.end());
    }
    return {names.begin(), names.end()};
}

AccessBook::AccessBook(std::shared_ptr<const Roles> roles, std::shared_ptr<const Reach> reach)
    : roles_(std::move(roles)) {
    set_reach(std::move(reach));
}

std::shared_ptr<const Access> AccessBook::of(const http::Principal& principal) const {
    std::lock_guard lock(mutex_);
    if (principal.kind == http::PrincipalKind::system) return system_;
    if (principal.kind != http::PrincipalKind::officer) return nothing_;
    auto entry = entries_.find(OfficerId{principal.id});
    return entry == entries_.end() ? nothing_ : entry->second.access;
}

std::shared_ptr<const Access> AccessBook::find(OfficerId officer, std::int64_t version) const {
    std::lock_guard lock(mutex_);
    auto entry = entries_.find(officer);
    return entry != entries_.end() && entry->second.version == version ? entry->second.access : nullptr;
}

std::shared_ptr<const Access> AccessBook::put(OfficerId officer, std::int64_t version, std::vector<Grant> grants) {
    std::lock_guard lock(mutex_);
    Entry& entry = entries_[officer];
    // Two requests may load at the same moment; the older of the two must not stay.
    if (!entry.access || entry.version <= version)
        entry = {version, std::make_shared<Access>(roles_, reach_, std::move(grants))};
    return entry.access;
}

void AccessBook::set_reach(std::shared_ptr<const Reach> reach) {
    std::lock_guard lock(mutex_);
    reach_ = std::move(reach);
    static const auto system_roles = std::make_shared<const Roles>(Roles::system());
    system_ =
        std::make_shared<Access>(system_roles, reach_, std::vector<Grant>{{.role = "system", .root = everywhere}});
    for (auto& [officer, entry] : entries_)
        entry.access = std::make_shared<Access>(roles_, reach_, entry.access->grants());
}

std::shared_ptr<const Reach> AccessBook::reach() const {
    std::lock_guard lock(mutex_);
    return reach_;
}

}  // namespace motcua::identity
