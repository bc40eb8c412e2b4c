// Use cases of acting for another: give and end a mandate, begin and stop acting, ask for assistance and approve it.
// What is written is on the stream of the person acted for, with who did it. Shapes: mandate.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "identity/identity.hpp"
#include "identity/mandate.hpp"

namespace motcua::identity {

inline constexpr std::chrono::minutes assistance_time{60};   // from approval on
inline constexpr std::chrono::minutes assistance_waits{30};  // for approval
inline constexpr std::chrono::days mandate_days_max{2 * 366};
inline constexpr std::size_t mandate_limits_max = 50;  // procedures and fields together
inline constexpr std::size_t mandates_open_max = 100;  // of one giver
inline constexpr std::int64_t mandates_shown = 200;

struct MandateOrder {
    std::string holder_number;  // citizen id of who is to act
    std::string holder_name;
    std::vector<std::string> procedures = {};
    std::vector<std::string> fields = {};
    DossierId dossier = {};
    LocalDay from, to;  // both included
};

struct PreparedMandate {
    ledger::WriteSet write;
    Mandate mandate;
};

/// Whose mandates the principal manages: his own, or the business's whose representative he acts as. Reason forbidden
/// "mandate.not_yours" for anybody else, assistants included.
Result<AccountId> giver_of(const http::Principal& principal);

/// A mandate of the caller; of a business it makes a representative. Reasons: those of giver_of; forbidden
/// "session.confirmation_required"; invalid "mandate.holder_invalid", "mandate.to_oneself", "mandate.dates_invalid"
/// {days}, "mandate.limits_too_many" {limit}; conflict "mandate.too_many" {limit}.
Result<PreparedMandate> prepare_mandate(Identity& identity, db::Session& session, const http::Principal& principal,
                                        const MandateOrder& order, ledger::Meta meta);

/// By the giver, by who may act for it as representative, or by the holder himself. Reason not_found
/// "mandate.not_found", also for one that is over.
Result<ledger::WriteSet> prepare_end(const Identity& identity, db::Session& session, const http::Principal& principal,
                                     MandateId id, ledger::Meta meta);

/// The caller's session acts under the mandate from now on. Reasons: not_found "mandate.not_found" (also somebody
/// else's), conflict "mandate.not_usable" (not begun, over, or not approved yet).
Result<ledger::WriteSet> prepare_acting(const Identity& identity, db::Session& session,
                                        const http::Principal& principal, MandateId id, ledger::Meta meta);
/// … and for itself again. Nothing to do is a write set without rows.
ledger::WriteSet prepare_leaving(db::Session& session, const http::Principal& principal, ledger::Meta meta);

struct AssistanceOrder {
    std::string citizen_id;
    std::string name;   // for a person without an account
    std::string phone;  // the same; who has an account gets the code where the account says
    bool send_code = true;
};

/// Asks for assistance; makes the account of a person who has none, proven by nobody. With `send_code` a code goes to
/// the phone (or mail box) of the account: the answer is the same whether there is one. Blocking. Reasons: forbidden
/// "assistance.not_permitted"; invalid "account.citizen_id_invalid", "account.phone_invalid", "account.name_missing";
/// rate_limited "session.too_many_attempts" {seconds}.
Result<Mandate> ask_assistance(Identity& identity, const http::Principal& helper, const AssistanceOrder& order,
                               std::string_view address, ledger::Meta meta);

/// How the yes comes: the code that the person read out, the paper with its reason, or the person's own session.
struct Approval {
    MandateSource source = MandateSource::session;
    std::string code = {};
    std::string reason = {};
};

/// By code or paper it is the helper who gives it in, by session the person. From then on it lasts assistance_time.
/// Blocking. Reasons: not_found "mandate.not_found" (somebody else's, or it waits no more); unauthorized "code.wrong";
/// forbidden "assistance.not_permitted" (paper, without dossier.receive); invalid "assistance.reason_missing".
Result<void> approve_assistance(Identity& identity, const http::Principal& principal, MandateId id,
                                const Approval& approval, ledger::Meta meta);

}  // namespace motcua::identity
