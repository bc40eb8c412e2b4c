// What an officer may do, where and until when: the one predicate that single checks, lists, counts and searches obey.
//   may(permission, subject, day)   one dossier, account, unit
//   scope(permission, day)          the same as a list of units with limits, for loops and statistics in memory
//   MOTCUA_WITHIN_SCOPE(…)          the same as SQL over live_grant, role_permission, unit_reach
// A test compares the three on random data. Pure: the directory and the roles are values, the day is given.
// Deny by default: a visitor, a citizen, an unknown officer have an Access that allows nothing.
#pragma once

#include <compare>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/validity.hpp"
#include "http/principal.hpp"
#include "identity/roles.hpp"

namespace motcua::organisation {
class Directory;
}

namespace motcua::identity {

/// The root of a post that is held in the whole system, whatever units there are.
inline constexpr UnitId everywhere{0};

/// Which units a root reaches on which days: itself and all below, and what they took over from units that have ended
/// (the dossiers of the former xã Đông Yên are at hand in xã An Biên). Of a unit whose tasks went to several, only a
/// root above all of them reaches what is left there: none of them alone is meant. Immutable.
class Reach {
  public:
    struct Row {
        UnitId root;
        UnitId unit;
        Validity validity;
        auto operator<=>(const Row& other) const {
            return std::tie(root, unit, validity.from, validity.to) <=>
                   std::tie(other.root, other.unit, other.validity.from, other.validity.to);
        }
        bool operator==(const Row&) const = default;
    };

    Reach() = default;
    explicit Reach(const organisation::Directory& directory);
    explicit Reach(std::vector<Row> rows);

    bool covers(UnitId root, UnitId unit, LocalDay day) const;
    /// Sorted.
    std::vector<UnitId> units(UnitId root, LocalDay day) const;
    /// Sorted by root, unit, from; what table unit_reach holds.
    const std::vector<Row>& rows() const { return rows_; }

  private:
    std::span<const Row> of(UnitId root) const;
    std::vector<Row> rows_;
};

/// One role in one unit, whole or limited to a field or a procedure.
struct Grant {
    std::string role;
    UnitId root;  // or `everywhere`
    Validity validity = {};
    std::string field = {};      // field code or its front part: "G15" covers "G15-TP07"; empty = all
    ProcedureId procedure = {};  // none = all
    bool operator==(const Grant&) const = default;
};

/// What is to be acted on. Leave `field` and `procedure` out only where the thing has none (an account, a report): a
/// grant that is limited to a field does not reach it then.
struct Subject {
    UnitId unit;
    std::string_view field = {};
    ProcedureId procedure = {};
};

/// Units with limits, merged: the same answer as `may` for every subject.
class Scope {
  public:
    struct Clause {
        std::string field;
        ProcedureId procedure;
        std::vector<UnitId> units;  // sorted
    };
    bool contains(const Subject& subject) const;
    bool empty() const { return clauses_.empty(); }
    /// Units that are reached at all, wholly or within limits; sorted.
    std::vector<UnitId> units() const;
    /// Clauses without limits come first.
    const std::vector<Clause>& clauses() const { return clauses_; }

  private:
    friend class Access;
    std::vector<Clause> clauses_;
};

/// All that one officer may do. Immutable; cheap to share.
class Access {
  public:
    Access() = default;
    Access(std::shared_ptr<const Roles> roles, std::shared_ptr<const Reach> reach, std::vector<Grant> grants)
        : roles_(std::move(roles)), reach_(std::move(reach)), grants_(std::move(grants)) {}
    bool may(http::Permission permission, const Subject& subject, LocalDay day) const;
    Scope scope(http::Permission permission, LocalDay day) const;
    /// Roots of the subtrees in which the permission is held, with or without limits; sorted. `everywhere` comes first.
    std::vector<UnitId> roots(http::Permission permission, LocalDay day) const;
    /// Held in the whole system and without limits.
    bool may_everywhere(http::Permission permission, LocalDay day) const;
    /// Holds the role for the subject: lanes of a process ask this.
    bool holds(std::string_view role, const Subject& subject, LocalDay day) const;
    /// Names of the permissions held anywhere, sorted.
    std::vector<std::string> permissions(LocalDay day) const;
    const std::vector<Grant>& grants() const { return grants_; }

  private:
    bool reaches(const Grant& grant, const Subject& subject, LocalDay day) const;
    bool gives(const Grant& grant, http::Permission permission, LocalDay day) const;

    std::shared_ptr<const Roles> roles_;
    std::shared_ptr<const Reach> reach_;
    std::vector<Grant> grants_;
};

/// The accesses of all officers seen so far, by account and version. Thread safe; a look-up is one lock and one hash.
class AccessBook {
  public:
    AccessBook(std::shared_ptr<const Roles> roles, std::shared_ptr<const Reach> reach);

    /// The officer's access as known from sign-in; `system` has every permission everywhere; anybody else none. Never
    /// null.
    std::shared_ptr<const Access> of(const http::Principal& principal) const;

    /// nullptr unless the book has exactly this version.
    std::shared_ptr<const Access> find(OfficerId officer, std::int64_t version) const;
    std::shared_ptr<const Access> put(OfficerId officer, std::int64_t version, std::vector<Grant> grants);
    /// The units have changed: what is in the book is made anew.
    void set_reach(std::shared_ptr<const Reach> reach);

    std::shared_ptr<const Roles> roles() const { return roles_; }
    std::shared_ptr<const Reach> reach() const;

  private:
    struct Entry {
        std::int64_t version = 0;
        std::shared_ptr<const Access> access;
    };
    std::shared_ptr<const Roles> roles_;
    std::shared_ptr<const Access> nothing_ = std::make_shared<Access>();
    mutable std::mutex mutex_;
    std::shared_ptr<const Reach> reach_;
    std::shared_ptr<const Access> system_;
    std::unordered_map<OfficerId, Entry> entries_;
};

}  // namespace motcua::identity

/// The predicate as SQL, for a row that has a unit, a field code and a procedure. `account`, `permission` and `day` are
/// parameters ("$1"; the day as days since 1970); `unit`, `field` and `procedure` are columns (a row without field or
/// procedure gives '' and 0). String literals only. Costs a few key look-ups a row (3 µs).
#define MOTCUA_WITHIN_SCOPE(account, permission, day, unit, field, procedure)                           \
    " EXISTS (SELECT 1 FROM live_grant scope_g"                                                         \
    " JOIN role_permission scope_p ON scope_p.role = scope_g.role AND scope_p.permission = " permission \
    " JOIN unit_reach scope_u ON scope_u.root_id = scope_g.root_id AND scope_u.unit_id = " unit         \
    " AND scope_u.from_day <= " day " AND " day                                                         \
    " < scope_u.to_day"                                                                                 \
    " WHERE scope_g.account_id = " account " AND scope_g.from_day <= " day " AND " day                  \
    " < scope_g.to_day"                                                                                 \
    " AND (scope_g.field = '' OR scope_g.field = " field " OR substr(" field                            \
    ", 1, length(scope_g.field) + 1) = scope_g.field || '-')"                                           \
    " AND (scope_g.procedure_id = 0 OR scope_g.procedure_id = " procedure ")) "
