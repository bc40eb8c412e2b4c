// The API of identity: session, own account, staff administration. Pages are the portal's; they call Identity itself.
#pragma once

namespace motcua::http {
class Router;
}

namespace motcua::identity {

class Identity;

/// Registers all routes of this module; `identity` outlives the router.
void register_routes(http::Router& router, Identity& identity);

// Parts of it, one file each.
void register_session_routes(http::Router& router, Identity& identity);
void register_second_factor_routes(http::Router& router, Identity& identity);
struct RelyingParty;
/// Besides register_routes: `party` outlives the router, too.
void register_passkey_routes(http::Router& router, Identity& identity, const RelyingParty& party);
void register_delegation_routes(http::Router& router, Identity& identity);
void register_mandate_routes(http::Router& router, Identity& identity);
void register_account_routes(http::Router& router, Identity& identity);

}  // namespace motcua::identity
