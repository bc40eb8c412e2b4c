// Who asks, and what they may do. Owns the shape that http passes to handlers and the two built-in levels (open,
// signed in). Leaves out accounts, sessions and roles: src/identity implements Authenticator and fills in permissions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace motcua::db {
class Session;
}

namespace motcua::http {

struct Request;

/// What a route demands. Features declare theirs as constants: `inline constexpr http::Permission
/// receive{"dossier.receive"};` There is no default: a route cannot be registered without one.
class Permission {
  public:
    consteval explicit Permission(const char* name) : name_(name) {
        if (name_.empty()) throw "a permission needs a name";
    }
    constexpr std::string_view name() const { return name_; }
    constexpr bool operator==(const Permission& other) const { return name_ == other.name_; }

  private:
    std::string_view name_;
};

namespace permission {
inline constexpr Permission open{"open"};              // everybody, signed in or not
inline constexpr Permission signed_in{"signed_in"};    // any person or officer
inline constexpr Permission as_person{"as_person"};    // a citizen or business account
inline constexpr Permission as_officer{"as_officer"};  // any staff account
}  // namespace permission

enum class PrincipalKind { visitor, person, officer, system };

std::string_view to_string(PrincipalKind kind);

/// For whom a session acts, and how far: under a mandate, as representative of a business, or assisting for an hour.
struct Acting {
    PersonId person;  // whose dossiers
    std::string person_name = {};
    std::int64_t mandate = 0;
    std::string kind = {};                        // "mandate", "representative", "assistance"
    PrincipalKind actor = PrincipalKind::person;  // what the acting account is by itself
    std::vector<std::string> procedures = {};     // codes; empty = all
    std::vector<std::string> fields = {};         // codes; empty = all
    DossierId dossier = {};                       // that one alone; none = all
    Instant until = {};
    bool is_whole() const { return procedures.empty() && fields.empty() && !dossier; }
};

struct Principal {
    PrincipalKind kind = PrincipalKind::visitor;
    std::int64_t id = 0;  // PersonId or OfficerId; 0 for visitor and system
    std::string display_name = {};
    std::vector<std::string> permissions = {};  // names, sorted
    std::vector<UnitId> units = {};             // an officer's units; the first is the main one
    std::string session_id = {};                // empty when the request carried a token of its own
    std::string provider = {};                  // identity provider where the session began; empty = here
    std::string csrf_token = {};                // not empty when a cookie signed the request in
    /// While somebody acts for another: `kind` is person whatever the account is, so that rights of its own are out of
    /// play; `id` stays the account's own.
    std::shared_ptr<const Acting> acting = {};

    /// Whose dossiers are meant: the person acted for, else the signed-in one; none for an officer.
    PersonId person() const;
    /// "person:<id>" of the person acted for, else empty: on_behalf_of of ledger::Meta.
    std::string on_behalf_of() const;

    /// "visitor", "person:<id>", "officer:<id>", "system": the actor of ledger::Meta and the scope of idempotency keys.
    std::string actor() const;
    bool has(Permission permission) const;
    bool in_unit(UnitId unit) const;
};

/// The rule of the router: `open` for all, `signed_in` for person and officer, the rest by name; `system` may all.
/// Whether the person may do it to *this* dossier is the use case's question.
bool allowed(const Principal& principal, Permission permission);

/// Finds out who asks, from cookie or Authorization header. Runs on the io thread: microseconds, one or two point
/// reads.
class Authenticator {
  public:
    virtual ~Authenticator() = default;
    /// A visitor when nothing is presented or the session is over. Refuses (Errc::unauthorized) a token that is
    /// presented and wrong.
    virtual Result<Principal> authenticate(const Request& request, db::Session& session) = 0;
};

/// Nobody can sign in: for a server without accounts.
class VisitorsOnly final : public Authenticator {
  public:
    Result<Principal> authenticate(const Request&, db::Session&) override { return Principal{}; }
};

}  // namespace motcua::http
