// Acting for another: a mandate with scope and dates, a representative of a business, or assistance for an hour. One
// shape for the three, so that one check decides. Owns the table mandate and what makes one usable. Use cases:
// mandates.hpp; who may then see which dossier: src/dossier/access.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.hpp"

namespace motcua::identity {

using MandateId = Id<struct MandateTag>;

enum class MandateKind : std::uint8_t {
    mandate,         // uỷ quyền: given by the person
    representative,  // người đại diện của doanh nghiệp, tổ chức: may also give mandates for it
    assistance,      // hỗ trợ nộp hồ sơ: short, approved by the person
};
std::string_view to_string(MandateKind kind);
std::optional<MandateKind> parse_mandate_kind(std::string_view text);

/// How the person said yes.
enum class MandateSource : std::uint8_t {
    none,      // assistance that waits for it
    giver,     // the person gave it, signed in
    provider,  // an identity provider says that he represents the business
    code,      // a code sent to the person's phone or mail box
    session,   // the person's own signed-in session
    paper,     // on paper at a counter, with the reason
};
std::string_view to_string(MandateSource source);

struct Mandate {
    MandateId id;
    MandateKind kind = MandateKind::mandate;
    AccountId giver;            // for whom is acted
    AccountId holder;           // who may act; none: whoever proves to be `holder_number`
    std::string holder_number;  // citizen id
    bool unreadable = false;    // the stored number was damaged: nobody is its holder by number
    std::string holder_name;
    std::vector<std::string> procedures;  // codes; empty = all
    std::vector<std::string> fields;      // codes; empty = all
    DossierId dossier;                    // that one alone; none = all
    Instant from, to;
    MandateSource source = MandateSource::giver;
    std::string reason;
    Instant created_at;
    std::optional<Instant> revoked_at = {};
    AccountId revoked_by = {};
};

/// Approved, begun, not over and not revoked.
bool is_usable(const Mandate& mandate, Instant now);

std::optional<Mandate> find_mandate(db::Session& session, MandateId id);
/// Whether the account is who may act; by number only when the number is proven to `proof_min`.
bool is_holder(db::Session& session, const Mandate& mandate, AccountId account, int proof_min);

/// Newest first, ended ones included.
std::vector<Mandate> list_given(db::Session& session, AccountId giver, std::int64_t limit);
/// Newest first; those of which the account is holder.
std::vector<Mandate> list_held(db::Session& session, AccountId holder, int proof_min, std::int64_t limit);
/// The unrevoked one of that kind, giver and holder, if there is one.
std::optional<Mandate> find_between(db::Session& session, MandateKind kind, AccountId giver, AccountId holder);

/// The holder's number as its row keeps it: sealed, and the keyed hash that it is found by.
struct SealedNumber {
    std::string sealed;
    std::string key;
};
SealedNumber seal_holder_number(FieldKeys& keys, const Mandate& mandate);
/// The holder's number is sealed, and found by its keyed hash.
ledger::RowChange insert_mandate(FieldKeys& keys, const Mandate& mandate);
/// Conflict when it is revoked already.
ledger::RowChange revoke_mandate(MandateId id, AccountId by, Instant at);
/// Starts the clock of assistance. Conflict when it is approved or revoked already.
ledger::RowChange approve_mandate(MandateId id, MandateSource source, std::string_view reason, Instant from,
                                  Instant to);
ledger::RowChange extend_mandate(MandateId id, Instant to);

/// "09********25": enough to recognise, too little to use.
std::string masked_number(std::string_view number);

}  // namespace motcua::identity
