// Citizens and businesses that an identity provider vouches for: which account they are, or a new one, and their
// session. Owns the table external_identity. What the provider said has been verified before (src/oidc).
#pragma once

#include <optional>
#include <string>

#include "identity/identity.hpp"

namespace motcua::identity {

/// What a provider says of whoever signed in there.
struct ExternalPerson {
    std::string provider;  // its id in our configuration
    std::string subject;   // who it is there, for ever
    int level = 0;         // of identity proof
    std::optional<Instant> signed_in_at = {};
    std::string name = {};           // of the person
    std::string business_name = {};  // of the business he signs in for
    PersonData data = {};            // of both: citizen id is his, tax code the business's
};

/// Finds, links or makes the account, and opens the session. With a citizen id it is the person's account; a tax code
/// beside it makes him representative of that business for as long as the session may last. With a tax code alone it is
/// the business's own. Below Options::link_level_min neither number is believed: nobody takes over what is another's.
/// Reasons: invalid "identity.claims_missing" (no name), "identity.claims_invalid" {what}; conflict
/// "identity.claims_conflict" (what the provider says now does not fit what it said before, or belongs to another
/// account); forbidden "identity.level_too_low" (an account with that number exists, and more proof is needed to be
/// let in); those of Identity::open_session.
Result<SignedIn> sign_in_external(Identity& identity, const ExternalPerson& person, const SignInAttempt& attempt);

/// What is kept of a subject: a provider may name people by their numbers.
std::string subject_key(FieldKeys& keys, std::string_view provider, std::string_view subject);
/// The account behind a subject of a provider.
std::optional<AccountId> find_external(db::Session& session, std::string_view provider, std::string_view subject);

}  // namespace motcua::identity
