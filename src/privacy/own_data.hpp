// What is kept about a person who has an account, for that person alone, and what the person asks about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "dossier/api.hpp"
#include "identity/identity.hpp"
#include "ledger/committer.hpp"

namespace motcua::privacy {

struct Parts {
    const dossier::ApiParts& dossiers;
    identity::Identity& identity;
};

inline constexpr int dossiers_max = 1000;  // in one copy, newest first
inline constexpr std::int64_t request_chars_max = 4000;

/// A look at one of the person's dossiers.
struct Look {
    std::int64_t id = 0;
    Instant at;
    std::string dossier;  // code, or id before it has one
    std::string who;      // name of the officer, or of who acted for the person
    std::string unit;     // name of the officer's unit
    std::string acting;   // "mandate", "representative" or "assistance"; empty for an officer
    std::string part;     // "whole" or "file"; empty for a stated reason
    std::string reason;   // as stated; empty when the dossier was running
};
/// Newest first, before the id (0 = from the newest).
std::vector<Look> list_looks(const Parts& parts, db::Session& session, PersonId person, std::int64_t before, int limit);

/// Whoever acts for another asks nothing about data: it would be about his own. Reason forbidden "mandate.not_yours".
Result<void> check_own(const http::Request& request);

/// Account, dossiers with answers and files (without their bytes), looks and requests.
json::object own_data(const Parts& parts, const http::Context& context, const http::Request& request);

enum class RequestKind : unsigned char { correct, object, erase };
std::string_view to_text(RequestKind kind);
std::optional<RequestKind> parse_request_kind(std::string_view text);

struct DataRequest {
    std::int64_t id = 0;
    ledger::Head head;
    PersonId person;
    RequestKind kind{};
    Instant asked_at;
    std::string text;
    std::optional<Instant> answered_at;
    std::string answer;
};
std::vector<DataRequest> list_requests(db::Session& session, PersonId person, int limit);
std::vector<DataRequest> list_open_requests(db::Session& session, std::int64_t after, int limit);

std::optional<DataRequest> find_request(db::Session& session, std::int64_t id);

/// Only an erasure (account_erasure.hpp) may be asked for without a word. Reasons: invalid "privacy.text_missing"; of
/// an erasure also conflict "privacy.dossiers_running" {count} and "privacy.asked_already".
Result<ledger::WriteSet> make_request(db::Session& session, IdMaker& ids, PersonId person, RequestKind kind,
                                      std::string_view text, ledger::Meta meta);
/// Reasons: not_found "privacy.request_not_found", conflict "privacy.answered_already", invalid "privacy.text_missing".
Result<ledger::WriteSet> answer_request(db::Session& session, std::int64_t id, std::string_view answer,
                                        ledger::Meta meta);

/// What was written in it goes; where it still waits, it is answered so.
void blank_request(ledger::AdminTransaction& transaction, const DataRequest& request, std::string_view answer,
                   const ledger::Meta& meta);

json::object to_json(const DataRequest& request);
json::object to_json(const Look& look);

}  // namespace motcua::privacy
