#include "http/problem.hpp"

#include "http/parse.hpp"
#include "resources/messages.hpp"

namespace motcua::http {

namespace {

std::string title_of(int status, Lang lang) {
    const bool en = lang == Lang::en;
    switch (status) {
        case 400:
            return en ? "The request cannot be read" : "Không đọc được yêu cầu";
        case 401:
            return en ? "Sign in first" : "Cần đăng nhập";
        case 403:
            return en ? "Not allowed" : "Không có quyền thực hiện";
        case 404:
            return en ? "Not found" : "Không tìm thấy";
        case 405:
            return en ? "Method not allowed" : "Phương thức không được hỗ trợ";
        case 409:
            return en ? "Does not fit the present state" : "Không phù hợp với trạng thái hiện tại";
        case 412:
            return en ? "Changed by somebody else" : "Dữ liệu đã được người khác thay đổi";
        case 413:
            return en ? "Too large" : "Dung lượng quá lớn";
        case 415:
            return en ? "Kind of data not supported" : "Loại dữ liệu không được hỗ trợ";
        case 422:
            return en ? "Something needs correcting" : "Có thông tin cần sửa";
        case 428:
            return en ? "Version required" : "Cần nêu phiên bản dữ liệu";
        case 429:
            return en ? "Too many requests" : "Quá nhiều yêu cầu";
        case 503:
            return en ? "Not available for the moment" : "Tạm thời chưa phục vụ được";
        default:
            break;
    }
    if (status >= 500) return en ? "The system failed" : "Hệ thống gặp sự cố";
    return en ? "The request cannot be served" : "Không thực hiện được yêu cầu";
}

}  // namespace

int status_of(Errc code) {
    switch (code) {
        case Errc::invalid:
            return 422;
        case Errc::malformed:
            return 400;
        case Errc::unauthorized:
            return 401;
        case Errc::forbidden:
            return 403;
        case Errc::not_found:
            return 404;
        case Errc::conflict:
            return 409;
        case Errc::stale:
            return 412;
        case Errc::too_large:
            return 413;
        case Errc::unsupported:
            return 415;
        case Errc::rate_limited:
            return 429;
        case Errc::unavailable:
            return 503;
    }
    return 500;
}

Problem make_problem(const Error& error, Lang lang, std::string_view request_id) {
    Problem problem;
    problem.status = status_of(error.code);
    problem.reason = error.reason;
    problem.title = title_of(problem.status, lang);
    problem.detail = resources::message(lang, error);
    problem.request_id = request_id;
    for (const FieldError& wrong : error.fields)
        problem.errors.push_back({wrong.path, wrong.reason, resources::message(lang, wrong)});
    return problem;
}

Problem make_problem(int status, const Error& error, Lang lang, std::string_view request_id) {
    Problem problem = make_problem(error, lang, request_id);
    problem.status = status;
    problem.title = title_of(status, lang);
    return problem;
}

Response to_response(const Problem& problem) {
    json::object body{{"type", "/api/v1/problems/" + percent_encode(problem.reason)},
                      {"title", problem.title},
                      {"status", problem.status},
                      {"detail", problem.detail},
                      {"reason", problem.reason},
                      {"request_id", problem.request_id}};
    if (!problem.incident_id.empty()) body["incident_id"] = problem.incident_id;
    if (!problem.errors.empty()) {
        json::array& errors = body["errors"].emplace_array();
        for (const Problem::Wrong& wrong : problem.errors)
            errors.push_back(json::object{{"path", wrong.path}, {"reason", wrong.reason}, {"detail", wrong.detail}});
    }
    Response response = Response::json(body, problem.status);
    response.content_type = "application/problem+json";
    return response;
}

}  // namespace motcua::http
