// Routes of the administrator of calendars: calendars in use, notices announced late and what they moved; and the job
// that counts open dossiers again after one. Announcing is a command like any other; the counting goes on behind it.
#pragma once

#include <functional>

#include "app/domain.hpp"
#include "http/router.hpp"

namespace motcua::app {

/// `domain` outlives the router.
void register_calendar_routes(http::Router& router, Domain& domain);

/// Applies every notice that is not applied yet; goes on where a killed program stopped. Blocking; answers how many.
Result<int> apply_open_notices(db::Database& database, ledger::Committer& committer, Domain& domain,
                               const ledger::Meta& meta, const std::function<bool()>& stopping);

}  // namespace motcua::app
