#include "audit/catalogue.hpp"

#include <algorithm>
#include <iterator>

namespace motcua::audit {

namespace {

using enum Outcome;

constexpr EventInfo table[] = {
    {"account_created", success, "Tạo tài khoản", "An account was created", "kind, user_name, name (staff only)"},
    {"account_disabled", success, "Khóa tài khoản", "An account was disabled", ""},
    {"account_enabled", success, "Mở lại tài khoản", "An account was enabled again", ""},
    {"account_erased", success, "Xóa tài khoản", "An account was erased", "rule: request ID, or the period"},
    {"post_given", success, "Giao vị trí công tác", "A post was given",
     "post, unit, role, title, from, to, fields, procedures, delegated_by"},
    {"post_ended", success, "Kết thúc vị trí công tác", "A post was ended", "post, to"},
    {"signed_in", success, "Đăng nhập", "Somebody signed in", "session, provider or passkey"},
    {"sign_in_refused", refusal, "Từ chối đăng nhập nhiều lần", "Sign-ins were refused",
     "failures: beyond those that cost nothing"},
    {"signed_out", success, "Đăng xuất", "Somebody signed out", "session"},
    {"session_revoked", success, "Kết thúc phiên đăng nhập", "Sessions were ended", "session, or all"},
    {"session_confirmed", success, "Xác nhận lại danh tính", "Somebody proved again who he is", "session, passkey"},
    {"password_changed", success, "Đổi mật khẩu", "A password was changed", "by: self or administrator"},
    {"second_factor_begun", success, "Bắt đầu đăng ký xác thực hai bước", "A second factor was begun", ""},
    {"second_factor_on", success, "Bật xác thực hai bước", "A second factor was switched on",
     "by: passkey, else an app"},
    {"second_factor_off", success, "Tắt xác thực hai bước", "A second factor was switched off", "by"},
    {"recovery_code_used", success, "Dùng mã dự phòng", "A recovery code was used", "left"},
    {"recovery_codes_renewed", success, "Tạo lại mã dự phòng", "Recovery codes were made anew", ""},
    {"identity_linked", success, "Liên kết danh tính điện tử", "An account was linked to an identity provider",
     "provider, proof: level"},
    {"mandate_given", success, "Cho phép làm thay", "Somebody was let act, or asked to assist",
     "mandate, kind, holder, until, source"},
    {"mandate_approved", success, "Đồng ý cho hỗ trợ", "Assistance was approved",
     "mandate, source: code, session or paper"},
    {"mandate_revoked", success, "Kết thúc việc làm thay", "A mandate or assistance was ended", "mandate"},
    {"acting_began", success, "Bắt đầu làm thay", "Somebody began to act for another", "mandate, session"},
    {"acting_ended", success, "Thôi làm thay", "Somebody stopped acting for another", "mandate"},
    {"passkey_added", success, "Thêm khóa truy cập", "A passkey was added", "passkey"},
    {"passkey_removed", success, "Thu hồi khóa truy cập", "A passkey was revoked", "passkey"},
    {"record_opened", success, "Xem hồ sơ có dữ liệu cá nhân", "A record with personal data was opened",
     "dossier, purpose: dossier (it is running), reason (stated), "
     "mandate, representative or assistance (by who acts for its owner), part: whole or file"},
    {"reason_stated", success, "Nêu lý do xem hồ sơ đã kết thúc", "A reason to open a closed record was stated",
     "dossier"},
    {"access_refused", refusal, "Từ chối truy cập", "Access was refused",
     "reason, route, count: since the last record of this account"},
    {"alert_raised", warning, "Cảnh báo bất thường", "A pattern was noticed", "pattern, about, count"},
    {"audit_exported", success, "Xuất nhật ký", "The audit trail was exported", "from, to, events"},
    {"own_data_exported", success, "Tự tải dữ liệu của mình", "A person took a copy of the own data", ""},
    {"data_request_made", success, "Yêu cầu về dữ liệu cá nhân", "A person asked about the own data",
     "kind: correct, object or erase"},
    {"data_request_answered", success, "Trả lời yêu cầu về dữ liệu cá nhân", "Such a request was answered", ""},
};

}  // namespace

std::span<const EventInfo> event_catalogue() { return table; }

const EventInfo* find_event(std::string_view type) {
    const auto* found = std::ranges::find(table, type, &EventInfo::type);
    return found == std::end(table) ? nullptr : found;
}

std::string_view to_text(Outcome outcome) {
    switch (outcome) {
        case success:
            return "success";
        case refusal:
            return "refusal";
        case warning:
            return "warning";
    }
    return "";
}

}  // namespace motcua::audit
