// For those who run the server: /healthz (the process answers), /readyz (it can do its work), /metrics (Prometheus).
#pragma once

#include <string>
#include <vector>

namespace motcua::app {

class Application;

/// What is not ready, as stable names with a figure ("disk_free 12345", "commit_queue 4000"); empty when all is well.
std::vector<std::string> find_obstacles(Application& app);

/// What the administrator should look at although requests can be served ("follower_parked statistics 2",
/// "backup_drill failed …").
std::vector<std::string> find_worries(Application& app);

void register_operations(Application& app);

}  // namespace motcua::app
