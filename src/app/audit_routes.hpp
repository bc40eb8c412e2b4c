// The audit trail over HTTP, for those who may read all of it: alerts, records, the export.
#pragma once

namespace motcua::identity {
class Identity;
}

namespace motcua::app {

class Application;

void register_audit_routes(Application& app, const identity::Identity& identity);

}  // namespace motcua::app
