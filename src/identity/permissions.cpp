#include "identity/permissions.hpp"

#include <algorithm>

namespace motcua::identity {

namespace {

constexpr PermissionInfo table[] = {
    {permission::dossier_file_for_other, "Lập và nộp hồ sơ thay cho người dân, doanh nghiệp",
     "File a dossier on behalf of a person or business"},
    {permission::dossier_receive, "Tiếp nhận, từ chối hoặc yêu cầu bổ sung hồ sơ khi tiếp nhận",
     "Receive a dossier, refuse it or ask for a supplement at reception"},
    {permission::dossier_read_unit, "Xem hồ sơ của đơn vị", "Read the unit's dossiers"},
    {permission::dossier_process, "Xử lý các bước của hồ sơ được giao", "Work on the steps of a dossier"},
    {permission::dossier_assign, "Phân công, điều chuyển người xử lý hồ sơ", "Assign a dossier and reassign it"},
    {permission::dossier_approve, "Ký duyệt kết quả, quyết định gia hạn, dừng giải quyết hồ sơ",
     "Approve the result, an extension or the end of a dossier"},
    {permission::dossier_issue, "Vào số, đóng dấu và phát hành kết quả", "Number, seal and issue the result"},
    {permission::dossier_return_result, "Trả kết quả cho người dân, doanh nghiệp",
     "Return the result to the applicant"},
    {permission::dossier_resolve_incident, "Xử lý sự cố quy trình của hồ sơ",
     "Resolve incidents of a dossier's process"},
    {permission::payment_confirm, "Xác nhận thu phí, lệ phí", "Confirm that a fee was paid"},
    {permission::report_read, "Xem số liệu thống kê, báo cáo", "Read statistics and reports"},
    {permission::catalogue_manage, "Quản lý danh mục thủ tục hành chính", "Manage the catalogue of procedures"},
    {permission::catalogue_settle, "Xử lý các thủ tục bị đánh dấu nghi vấn trước khi công khai",
     "Settle flagged procedures before they are published"},
    {permission::process_manage, "Quản lý quy trình nội bộ và biểu mẫu điện tử", "Manage internal processes and forms"},
    {permission::calendar_manage, "Quản lý lịch làm việc, ngày nghỉ", "Manage the working calendar"},
    {permission::organisation_manage, "Quản lý đơn vị", "Manage units"},
    {permission::account_manage, "Quản lý tài khoản và vị trí công tác của cán bộ, công chức",
     "Manage staff accounts and their posts"},
    {permission::audit_read, "Xem nhật ký hệ thống", "Read the audit trail"},
    {permission::privacy_answer, "Trả lời yêu cầu của người dân về dữ liệu cá nhân",
     "Answer people's requests about their personal data"},
    {permission::system_operate, "Vận hành hệ thống", "Operate the system"},
};

}  // namespace

std::span<const PermissionInfo> permission_table() { return table; }

const PermissionInfo* find_permission(std::string_view name) {
    const auto* found =
        std::ranges::find(table, name, [](const PermissionInfo& info) { return info.permission.name(); });
    return found == std::end(table) ? nullptr : found;
}

}  // namespace motcua::identity
