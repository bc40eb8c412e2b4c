// HTTP routes of dossiers and tasks. Owns their input and output; all rules are elsewhere.
#pragma once

#include "documents/documents.hpp"
#include "dossier/service.hpp"
#include "http/router.hpp"
#include "identity/identity.hpp"

namespace motcua::dossier {

struct ApiParts {
    Service& service;
    identity::Identity& identity;
    documents::BlobStore& blobs;
    documents::Limits limits = {};
    /// So long after its last event a closed dossier is opened for a stated reason only.
    std::chrono::days closed_for = std::chrono::days{30};
};

/// `parts` and what they refer to outlive the router.
void register_routes(http::Router& router, const ApiParts& parts);

/// One command of the API: how it is named in the path, what it takes, how it is read. Pages use the same table.
struct CommandRoute {
    std::string_view name;  // last segment: "receive"
    std::string_view summary;
    http::Permission permission;
    http::Fields input;
    Result<Command> (*read)(const json::object& input, const organisation::Directory& directory);
};
const std::vector<CommandRoute>& command_routes();

/// Messages by key and signals; register_routes calls it.
void register_process_routes(http::Router& router, const ApiParts& parts);

/// The dossier after the change, as the answer; version and code are known before the commit.
http::Prepared answer_with(const ApiParts& parts, const http::Context& context, const http::Request& request,
                           Change change, int status);

/// Loads, checks the asker's scope, decides and makes the write set. For API and pages alike.
Result<Change> prepare_change(const ApiParts& parts, http::Context& context, const http::Request& request,
                              const Dossier& dossier, const std::vector<Command>& commands,
                              std::optional<std::int64_t> expected_version);

/// Files a new dossier: a citizen's draft or submission, or an officer's filing at the counter (received at once).
struct Filing {
    std::string procedure;
    Channel channel = Channel::online;
    Content content;
    bool submit = true;
    std::optional<UnitId> receive_at;
    std::vector<AttachDocument> documents = {};  // files that come along; `content.components` names them too
};
Result<Change> prepare_filing(const ApiParts& parts, http::Context& context, const http::Request& request,
                              const Filing& filing);

/// What an officer leaves behind who opens the record with its personal data: a record of the audit trail, once an hour
/// and dossier, for each file besides; nullopt when there is nothing to record. Whoever the dossier belongs to leaves
/// none. `part` is "whole" or "file". Reason forbidden "dossier.reason_needed": it has been closed for long, and no
/// reason was stated within `reason_holds`.
inline constexpr std::chrono::hours reason_holds{8};
Result<std::optional<ledger::WriteSet>> open_record(const ApiParts& parts, http::Context& context,
                                                    const http::Request& request, const Dossier& dossier,
                                                    std::string_view part);
/// The officer says why he opens a closed dossier. Reasons: not_found "dossier.not_found", invalid
/// "dossier.reason_missing".
Result<ledger::WriteSet> state_reason(const ApiParts& parts, http::Context& context, const http::Request& request,
                                      const Dossier& dossier, std::string_view reason);
/// An answer with the record that belongs to it.
inline http::Prepared recorded(std::optional<ledger::WriteSet> record, http::Response answer) {
    return record ? http::Prepared(std::move(*record), std::move(answer)) : http::Prepared(std::move(answer));
}
/// The answers of the form that the dossier has now; empty when there are none.
json::object stored_answers(db::Session& session, const Dossier& dossier);
/// Dossiers of the person, or of whom he acts for as far as the mandate goes; newest first, before the last one seen.
std::vector<Dossier> list_followed(const ApiParts& parts, const http::Context& context, const http::Request& request,
                                   std::optional<DossierId> before, int limit);
/// Whatever was filed for the signed-in person at a counter before becomes the account's: call after a sign-in. Nothing
/// without a number that is proven (identity::Options::link_level_min). Answers how many.
Result<int> claim_dossiers(const ApiParts& parts, PersonId person, const ledger::Meta& meta);
/// From now on each sign-in of a citizen or business claims, whichever way it came. What fails is logged and found at
/// the next one. `parts` outlive the identity service's last sign-in.
void claim_at_sign_in(const ApiParts& parts);

/// The asker of a request.
struct Asker;
Asker asker_of(const ApiParts& parts, const http::Context& context, const http::Request& request);
/// The dossier named in the path, if the asker may see it; not_found "dossier.not_found" else.
Result<Dossier> get_visible(const ApiParts& parts, http::Context& context, const http::Request& request,
                            std::string_view code_or_id);
/// What the dossier is about, which scopes may be limited to.
struct Matter;
Matter matter_of(const ApiParts& parts, const Dossier& dossier, LocalDay day);

}  // namespace motcua::dossier
