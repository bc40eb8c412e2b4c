// Inside of the portal: the registration of each group of pages and what they share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dossier/access.hpp"
#include "portal/frame.hpp"
#include "portal/words.hpp"

namespace motcua::portal {

void register_home(http::Router& router, const PortalParts& parts);
void register_procedures(http::Router& router, const PortalParts& parts);
void register_filing(http::Router& router, const PortalParts& parts);
void register_tracking(http::Router& router, const PortalParts& parts);
void register_own(http::Router& router, const PortalParts& parts);
void register_audit(http::Router& router, const PortalParts& parts);
void register_data_requests(http::Router& router, const PortalParts& parts);
void register_own_data(http::Router& router, const PortalParts& parts);
void register_worklist(http::Router& router, const PortalParts& parts);
void register_counter(http::Router& router, const PortalParts& parts);
void register_officer_dossier(http::Router& router, const PortalParts& parts);
void register_catalogue(http::Router& router, const PortalParts& parts);
void register_sessions(http::Router& router, const PortalParts& parts);
/// More of a dossier with a code that goes to the applicant.
void register_track_code(http::Router& router, const PortalParts& parts);
Html track_code_form(const Request& request, std::string_view code, std::string_view digits);
/// Acting for another: mandates, representatives, assistance.
void register_mandates(http::Router& router, const PortalParts& parts);
/// Signing in at an identity provider and coming back.
void register_external(http::Router& router, const PortalParts& parts);
void register_account(http::Router& router, const PortalParts& parts);

/// Bytes that a form with files may have: what a dossier may hold at once is far more, one sending is not.
inline constexpr std::size_t form_bytes_max = std::size_t{64} << 20;

inline LocalDay today(const Context& context) { return local_day(context.now); }

/// The page of sign-in, with what was refused.
Response sign_in_page(const PortalParts& parts, const Request& request, std::string_view next,
                      std::string_view user_name, const std::vector<Wrong>& wrong, int status);
/// With the session's cookie to where the person wanted to go.
Response welcome(const PortalParts& parts, Context& context, const identity::SignedIn& signed_in, std::string next);
/// Where to end the session at the provider it began at; empty when there is nothing to end.
std::string end_session_url(const PortalParts& parts, std::string_view provider);

/// The search box; `action` is the page that shows the results.
Html search_form(Lang lang, std::string_view action, std::string_view words);
/// A hit of a list: name, code, field, level, limit.
Html procedure_line(Lang lang, const catalogue::Procedure& procedure, const Html& link);

/// The published version in force, with the case named by a longer code. Reason not_found "dossier.procedure_unknown".
Result<std::shared_ptr<const catalogue::Procedure>> get_procedure(const PortalParts& parts, std::string_view code,
                                                                  LocalDay day);

/// Name of the unit in the directory; empty for none.
std::string unit_name(const PortalParts& parts, UnitId unit);
/// Who did something, as the ledger has it ("officer:…", "system"): the name of the account or of what it was.
std::string actor_name(Lang lang, db::Session& session, std::string_view actor);
/// The dossier's due time with the words and, when late or near (deadlines.warn_before_hours), a tag; says so while the
/// clock stands still.
Html due_cell(Lang lang, const dossier::Service& service, const dossier::Dossier& dossier, Instant now);
/// The same for one of its tasks.
Html due_cell(Lang lang, const dossier::Service& service, const dossier::Dossier& dossier, const dossier::Task& task,
              Instant now);
/// The reasoning behind the due time, sentence by sentence, folded; empty before reception.
Html deadline_reasons(const PortalParts& parts, Lang lang, const dossier::Dossier& dossier, bool open);
/// What happened, oldest first; `inside` = for officers: all of it, with who.
Html timeline(const PortalParts& parts, Context& context, const Request& request, const dossier::Dossier& dossier,
              bool inside);
/// The files of the dossier by paper, each to be saved.
Html file_list(const PortalParts& parts, Context& context, Lang lang, const dossier::Dossier& dossier,
               std::string_view base);
/// Form answers for reading: labels and values; empty without a form.
Html answers_view(const PortalParts& parts, Context& context, Lang lang, const dossier::Dossier& dossier);
/// The stored answers of the form; empty when there are none.
json::object stored_answers(Context& context, const dossier::Dossier& dossier);

/// Shows a refusal on the page it came from: sentence of the whole and of each field, with ids of the page's fields.
std::vector<Wrong> wrongs_of(Lang lang, const Error& error);
/// Path of a refusal → id of the field on a page: "answers/born" → "born", "applicant/name" → "_applicant/name".
std::string field_id(std::string_view path);

}  // namespace motcua::portal
