// Tables role_permission and unit_reach: what the program knows, written where the SQL predicate of scope finds it.
#pragma once

#include "base/result.hpp"
#include "identity/access.hpp"

namespace motcua::ledger {
class Committer;
}
namespace motcua::db {
class Session;
}

namespace motcua::identity {

/// Writes roles and reach when they differ from what the tables hold; idempotent. Reasons: those of Committer::write.
Result<void> store_scope_tables(db::Session& session, ledger::Committer& committer, const Roles& roles,
                                const Reach& reach);

/// The same for the roles that give nothing without a second factor (view live_grant).
Result<void> store_second_factor_roles(db::Session& session, ledger::Committer& committer,
                                       std::vector<std::string> roles);

std::vector<Reach::Row> read_reach(db::Session& session);

}  // namespace motcua::identity
