// Routes of reports.
#pragma once

#include <functional>

#include "http/router.hpp"
#include "identity/identity.hpp"
#include "reporting/quarter.hpp"

namespace motcua::reporting {

struct ApiParts {
    const Statistics& statistics;
    identity::Identity& identity;
    std::function<std::shared_ptr<const organisation::Directory>()> directory;
    std::function<std::int64_t()> last_position;  // of the ledger
};

/// `parts` outlives the router.
void register_routes(http::Router& router, const ApiParts& parts);

}  // namespace motcua::reporting
