#include "privacy/answering.hpp"

#include <algorithm>

#include "dossier/access.hpp"
#include "dossier/rows.hpp"
#include "identity/mandates.hpp"
#include "identity/permissions.hpp"
#include "identity/session_rows.hpp"

namespace motcua::privacy {

namespace {

constexpr int requests_at_once = 200;
constexpr std::int64_t counted_max = 1000;

bool is_everybodys(const Parts& parts, const http::Context& context, const http::Request& request) {
    return parts.identity.access(request.principal)
        ->may_everywhere(identity::permission::privacy_answer, local_day(context.now));
}

}  // namespace

bool may_answer(const Parts& parts, const http::Context& context, const http::Request& request, PersonId person) {
    if (is_everybodys(parts, context, request)) return true;
    const auto access = parts.identity.access(request.principal);
    const LocalDay day = local_day(context.now);
    bool any = false, all = true;
    dossier::each_own(context.db, person, std::nullopt, [&](const dossier::Dossier& one) {
        const dossier::Matter matter = dossier::matter_of(parts.dossiers, one, day);
        const auto reaches = [&](UnitId unit) {
            return !unit || access->may(identity::permission::privacy_answer, matter.in(unit), day);
        };
        // A draft has no unit yet, and says nothing of whose the person is.
        any = any || one.receiving_unit || one.competent_unit;
        all = reaches(one.receiving_unit) && reaches(one.competent_unit);
        return all;
    });
    return any && all;
}

std::vector<DataRequest> list_answerable(const Parts& parts, const http::Context& context, const http::Request& request,
                                         std::int64_t after, int limit) {
    const bool all = is_everybodys(parts, context, request);
    std::vector<DataRequest> answerable;
    for (;;) {
        auto found = list_open_requests(context.db, after, requests_at_once);
        for (DataRequest& one : found) {
            after = one.id;
            if (std::ssize(answerable) == limit) return answerable;
            if (all || may_answer(parts, context, request, one.person)) answerable.push_back(std::move(one));
        }
        if (std::ssize(found) < requests_at_once) return answerable;
    }
}

Result<DataRequest> get_answerable(const Parts& parts, const http::Context& context, const http::Request& request,
                                   std::int64_t id) {
    auto found = find_request(context.db, id);
    if (!found || !may_answer(parts, context, request, found->person))
        return fail(Errc::not_found, "privacy.request_not_found");
    return *std::move(found);
}

Result<ledger::WriteSet> prepare_answer(const Parts& parts, const http::Context& context, const http::Request& request,
                                        std::int64_t id, std::string_view answer) {
    TRY(get_answerable(parts, context, request, id));
    return answer_request(context.db, id, answer, context.meta(request));
}

Result<void> run_erasure(const Parts& parts, const http::Context& context, const http::Request& request,
                         std::int64_t id, std::string_view answer) {
    TRY(get_answerable(parts, context, request, id));
    TRY(parts.identity.check_confirmed(context.db, request.principal, context.now));
    return confirm_erasure(parts, id, answer, context.meta(request));
}

ErasurePreview preview_erasure(const Parts& parts, db::Session& session, const DataRequest& request) {
    const identity::AccountId account{request.person.value};
    ErasurePreview preview;
    preview.sessions = std::ssize(identity::list_sessions(session, account, counted_max));
    preview.mandates =
        std::ssize(identity::list_given(session, account, counted_max)) +
        std::ssize(identity::list_held(session, account, parts.identity.options().link_level_min, counted_max));
    for (const DataRequest& one : list_requests(session, request.person, static_cast<int>(counted_max)))
        preview.other_requests += one.id != request.id ? 1 : 0;
    preview.dossiers = count_dossiers(session, request.person);
    return preview;
}

}  // namespace motcua::privacy
