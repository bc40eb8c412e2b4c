// The one table of permissions: name, and the sentence a person reads when a role is shown. Routes declare one of
// these; use cases ask Access (access.hpp) whether it reaches the dossier, unit or account at hand. Leaves out which
// role has which permission: that is data (data/roles.json).
#pragma once

#include <span>
#include <string_view>

#include "http/principal.hpp"

namespace motcua::identity {

namespace permission {
using http::Permission;

inline constexpr Permission dossier_file_for_other{"dossier.file_for_other"};
inline constexpr Permission dossier_receive{"dossier.receive"};
inline constexpr Permission dossier_read_unit{"dossier.read_unit"};
inline constexpr Permission dossier_process{"dossier.process"};
inline constexpr Permission dossier_assign{"dossier.assign"};
inline constexpr Permission dossier_approve{"dossier.approve"};
inline constexpr Permission dossier_issue{"dossier.issue"};
inline constexpr Permission dossier_return_result{"dossier.return_result"};
inline constexpr Permission dossier_resolve_incident{"dossier.resolve_incident"};
inline constexpr Permission payment_confirm{"payment.confirm"};
inline constexpr Permission report_read{"report.read"};
inline constexpr Permission catalogue_manage{"catalogue.manage"};
inline constexpr Permission catalogue_settle{"catalogue.settle"};
inline constexpr Permission process_manage{"process.manage"};
inline constexpr Permission calendar_manage{"calendar.manage"};
inline constexpr Permission organisation_manage{"organisation.manage"};
inline constexpr Permission account_manage{"account.manage"};
inline constexpr Permission audit_read{"audit.read"};
inline constexpr Permission privacy_answer{"privacy.answer"};
inline constexpr Permission system_operate{"system.operate"};
}  // namespace permission

struct PermissionInfo {
    http::Permission permission;
    std::string_view vi;
    std::string_view en;
};

/// Every permission, in the order of the table.
std::span<const PermissionInfo> permission_table();
const PermissionInfo* find_permission(std::string_view name);

}  // namespace motcua::identity
