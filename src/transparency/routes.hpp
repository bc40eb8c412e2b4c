// What the log shows to everybody under /log/ (C2SP tlog-tiles), what witnesses hand in, and the receipts of dossiers.
#pragma once

#include "dossier/api.hpp"
#include "http/router.hpp"
#include "transparency/log.hpp"

namespace motcua::transparency {

struct RouteParts {
    Log& log;
    const dossier::ApiParts& dossiers;
    std::vector<merkle::VerifierKey> witnesses;
};

/// `parts` and what they refer to outlive the router.
void register_routes(http::Router& router, const RouteParts& parts);

}  // namespace motcua::transparency
