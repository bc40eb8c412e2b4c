#include "identity/access_rows.hpp"

#include <algorithm>
#include <utility>

#include "ledger/committer.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;
using db::Values;

constexpr Statement select_role_permissions{"identity.select_role_permissions",
                                            "SELECT role, permission FROM role_permission ORDER BY role, permission"};
constexpr Statement delete_role_permissions{"identity.delete_role_permissions", "DELETE FROM role_permission"};
constexpr Statement insert_role_permission{"identity.insert_role_permission",
                                           "INSERT INTO role_permission (role, permission) VALUES ($1, $2)"};
constexpr Statement select_reach{"identity.select_reach", R"(
    SELECT root_id, unit_id, from_day, to_day FROM unit_reach ORDER BY root_id, unit_id, from_day)"};
constexpr Statement delete_reach{"identity.delete_reach", "DELETE FROM unit_reach"};
constexpr Statement insert_reach{"identity.insert_reach",
                                 "INSERT INTO unit_reach (root_id, unit_id, from_day, to_day) VALUES ($1, $2, $3, $4)"};

constexpr Statement select_factor_roles{"identity.select_factor_roles",
                                        "SELECT role FROM second_factor_role ORDER BY role"};
constexpr Statement delete_factor_roles{"identity.delete_factor_roles", "DELETE FROM second_factor_role"};
constexpr Statement insert_factor_role{"identity.insert_factor_role",
                                       "INSERT INTO second_factor_role (role) VALUES ($1)"};

using RolePermission = std::pair<std::string, std::string>;

std::int64_t day_number(LocalDay day) { return day.time_since_epoch().count(); }
LocalDay to_day(std::int64_t number) { return LocalDay{std::chrono::days{number}}; }

}  // namespace

std::vector<Reach::Row> read_reach(db::Session& session) {
    return session.list(select_reach, {}, [](const Row& row) {
        return Reach::Row{UnitId{row.int64(0)}, UnitId{row.int64(1)}, {to_day(row.int64(2)), to_day(row.int64(3))}};
    });
}

Result<void> store_scope_tables(db::Session& session, ledger::Committer& committer, const Roles& roles,
                                const Reach& reach) {
    std::vector<RolePermission> wanted;
    for (const Role& role : roles.all())
        for (const std::string& permission : role.permissions) wanted.emplace_back(role.id, permission);
    std::ranges::sort(wanted);
    const auto present = session.list(select_role_permissions, {},
                                      [](const Row& row) { return RolePermission(row.text(0), row.text(1)); });
    const bool same_roles = wanted == present, same_reach = reach.rows() == read_reach(session);
    if (same_roles && same_reach) return {};
    return committer.write("identity.scope_tables", [&](ledger::AdminTransaction& tx) -> Result<void> {
        if (!same_roles) {
            tx.execute(delete_role_permissions, Values{});
            for (const auto& [role, permission] : wanted) tx.execute(insert_role_permission, {role, permission});
        }
        if (!same_reach) {
            tx.execute(delete_reach, Values{});
            for (const Reach::Row& row : reach.rows())
                tx.execute(insert_reach, {row.root.value, row.unit.value, day_number(row.validity.from),
                                          day_number(row.validity.to)});
        }
        return {};
    });
}

Result<void> store_second_factor_roles(db::Session& session, ledger::Committer& committer,
                                       std::vector<std::string> roles) {
    std::ranges::sort(roles);
    const auto repeated = std::ranges::unique(roles);
    roles.erase(repeated.begin(), repeated.end());
    if (roles == session.list(select_factor_roles, {}, [](const Row& row) { return std::string(row.text(0)); }))
        return {};
    return committer.write("identity.second_factor_roles", [&](ledger::AdminTransaction& tx) -> Result<void> {
        tx.execute(delete_factor_roles, Values{});
        for (const std::string& role : roles) tx.execute(insert_factor_role, {role});
        return {};
    });
}

}  // namespace motcua::identity
