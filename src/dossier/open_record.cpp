// Opening a record with personal data: for a running dossier or a stated reason, and never unseen.
#include "audit/records.hpp"
#include "base/text.hpp"
#include "dossier/access.hpp"
#include "dossier/api.hpp"
#include "dossier/personal.hpp"

namespace motcua::dossier {

namespace {

constexpr std::chrono::hours look_counts_for{1};

audit::NewRecord record_of(const http::Request& request, const Dossier& dossier, std::string_view type) {
    audit::NewRecord record{.type = type, .dossier = dossier.id};
    if (!request.principal.units.empty()) record.data["unit"] = to_string(request.principal.units.front());
    return record;
}

/// When the last thing happened to it.
Instant last_event_at(db::Session& session, const Dossier& dossier) {
    const auto events = ledger::read_events(session, dossier.head.position - 1, 1);
    return events.empty() ? Instant{} : events.front().meta.at;
}

}  // namespace

Result<std::optional<ledger::WriteSet>> open_record(const ApiParts& parts, http::Context& context,
                                                    const http::Request& request, const Dossier& dossier,
                                                    std::string_view part) {
    const bool acting = request.principal.acting != nullptr;
    if (request.principal.kind != http::PrincipalKind::officer && !acting) return std::nullopt;
    const std::string actor = request.principal.actor();
    std::optional<audit::Record> reason;
    if (!acting && is_closed(dossier.status) && last_event_at(context.db, dossier) + parts.closed_for < context.now) {
        reason = audit::find_recent(context.db, actor, dossier.id, "reason_stated", context.now - reason_holds);
        if (!reason) return fail(Errc::forbidden, "dossier.reason_needed");
    }
    const bool whole = part == "whole";
    if (whole && audit::find_recent(context.db, actor, dossier.id, "record_opened", context.now - look_counts_for))
        return std::nullopt;
    audit::NewRecord record = record_of(request, dossier, "record_opened");
    record.data["part"] = part;
    // Whoever acts for the person is no officer with a purpose: the mandate says what for.
    record.data["purpose"] = acting ? request.principal.acting->kind : reason ? "reason" : "dossier";
    if (reason) record.private_text = string_or(reason->detail, "reason");
    return audit::make_record(context.ids, record, context.meta(request));
}

Result<ledger::WriteSet> state_reason(const ApiParts& parts, http::Context& context, const http::Request& request,
                                      const Dossier& dossier, std::string_view reason) {
    const Asker asker = asker_of(parts, context, request);
    if (!may_see(asker, dossier, matter_of(parts, dossier, asker.day)))
        return fail(Errc::not_found, "dossier.not_found");
    audit::NewRecord record = record_of(request, dossier, "reason_stated");
    record.private_text = nfc(reason);
    if (record.private_text.find_first_not_of(" \t\r\n") == std::string::npos)
        return fail(Errc::invalid, "dossier.reason_missing", {}, {{"reason", "dossier.reason_missing"}});
    return audit::make_record(context.ids, record, context.meta(request));
}

json::object stored_answers(db::Session& session, const Dossier& dossier) {
    if (dossier.answers_version <= 0) return {};
    for (const auto& event : ledger::read_stream(session, ledger::StreamKind::dossier, dossier.id.value, dossier.head,
                                                 dossier.answers_version - 1))
        if (event.version == dossier.answers_version) return open_answers(session, dossier.id, event.data);
    return {};
}

}  // namespace motcua::dossier
