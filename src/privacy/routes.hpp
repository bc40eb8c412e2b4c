// HTTP routes of a person's own data.
#pragma once

#include "http/router.hpp"
#include "privacy/own_data.hpp"

namespace motcua::privacy {

/// `parts` outlives the router.
void register_routes(http::Router& router, const Parts& parts);

/// The copy as a file to be saved, with its audit record. For API and page.
http::Prepared export_own_data(const Parts& parts, http::Context& context, const http::Request& request);

}  // namespace motcua::privacy
