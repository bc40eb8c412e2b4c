// The officer's side of what people ask about their data: whose requests he answers, and the answers. For API and page.
#pragma once

#include "privacy/account_erasure.hpp"

namespace motcua::privacy {

/// Whether privacy.answer reaches the person: everybody's with a post in the whole system; else where all of the
/// person's dossiers were received and are settled within the officer's scope. A person without any belongs to no unit.
bool may_answer(const Parts& parts, const http::Context& context, const http::Request& request, PersonId person);

/// Open requests that the officer answers, oldest first, after the id (0 = from the oldest).
std::vector<DataRequest> list_answerable(const Parts& parts, const http::Context& context, const http::Request& request,
                                         std::int64_t after, int limit);
/// Answered ones, too. Reason not_found "privacy.request_not_found": also one that is not his to answer.
Result<DataRequest> get_answerable(const Parts& parts, const http::Context& context, const http::Request& request,
                                   std::int64_t id);
/// Reasons: those of get_answerable and answer_request.
Result<ledger::WriteSet> prepare_answer(const Parts& parts, const http::Context& context, const http::Request& request,
                                        std::int64_t id, std::string_view answer);
/// Blocking. Reasons: those of get_answerable, Identity::check_confirmed and confirm_erasure.
Result<void> run_erasure(const Parts& parts, const http::Context& context, const http::Request& request,
                         std::int64_t id, std::string_view answer);

/// What an erasure would take and leave, to be looked at before.
struct ErasurePreview {
    std::int64_t sessions = 0;        // that end
    std::int64_t mandates = 0;        // given or held, that go
    std::int64_t other_requests = 0;  // whose words go
    DossierCount dossiers;            // that stay for their time
};
ErasurePreview preview_erasure(const Parts& parts, db::Session& session, const DataRequest& request);

}  // namespace motcua::privacy
