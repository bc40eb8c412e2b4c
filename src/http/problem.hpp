// Refusals on the wire: RFC 9457 problem documents {type, title, status, detail, reason, request_id, errors[]}, with
// sentences in the reader's language.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/lang.hpp"
#include "base/result.hpp"
#include "http/response.hpp"

namespace motcua::http {

/// A refusal ready to be shown as JSON or as a page.
struct Problem {
    int status = 500;
    std::string reason;  // stable, "dossier.wrong_state"
    std::string title;   // of the status, in the reader's language
    std::string detail;  // the sentence of the reason
    std::string request_id;
    std::string incident_id;  // of a fault of ours, to find it in the log; else empty
    struct Wrong {
        std::string path;
        std::string reason;
        std::string detail;
    };
    std::vector<Wrong> errors;
};

int status_of(Errc code);
Problem make_problem(const Error& error, Lang lang, std::string_view request_id);
/// With a status that no Errc stands for (405, 408, 414, 431 …).
Problem make_problem(int status, const Error& error, Lang lang, std::string_view request_id);
/// application/problem+json.
Response to_response(const Problem& problem);

}  // namespace motcua::http
