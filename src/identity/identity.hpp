// The identity service: who asks (http::Authenticator), signing in and out, creating accounts, what an officer may do.
// One a program. The composition root makes it, calls start() once the units are loaded, and set_directory() whenever
// they change. API routes: routes.hpp; command line: account_command.hpp; demo accounts: demo_accounts.hpp.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "http/principal.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "identity/access.hpp"
#include "identity/account.hpp"
#include "identity/password.hpp"
#include "identity/permissions.hpp"
#include "ledger/committer.hpp"

namespace motcua::identity {

/// Name of the cookie that carries the session's token.
inline constexpr std::string_view session_cookie_name = "motcua_session";

struct Options {
    PasswordOptions passwords = {};
    std::chrono::minutes session_idle{60};    // without a request
    std::chrono::hours session_absolute{12};  // whatever its use: a working day
    std::int64_t sessions_max = 200;          // of one account; the oldest ends
    bool person_password_sign_in =
        true;           // citizens and businesses by password; off once an identity provider is set up
    bool demo = false;  // shown on the sign-in page: invented people, one known password
    /// Paths that sign in: a session that is presented there is not looked at, so that a stale or foreign one is no
    /// obstacle and never survives (session fixation).
    std::vector<std::string> sign_in_paths = {"/api/v1/session", "/dang-nhap"};
};

struct SignInAttempt {
    std::string_view user_name;
    std::string_view password;
    std::string_view address;
    std::string_view agent;
    std::string_view old_token;  // of a session to be ended: the browser's cookie; may be empty or nonsense
    std::string_view request_id;
    Instant now;
};

struct SignedIn {
    std::string token;
    std::string csrf_token;
    Instant expires_at;
    http::Principal principal;
};

class Identity final : public http::Authenticator {
  public:
    Identity(db::Database& database, ledger::Committer& committer, const Clock& clock, IdMaker& ids, Random& random,
             std::shared_ptr<const organisation::Directory> directory, Options options = {});
    ~Identity() override;

    /// Stores what SQL needs to know of roles and units. Reasons: those of Committer::write.
    Result<void> start();
    /// The units have changed.
    Result<void> set_directory(std::shared_ptr<const organisation::Directory> directory);

    /// Cookie or `Authorization: Bearer`. One read by key, and one more after the account's posts have changed.
    /// Reason unauthorized "session.invalid_token" for a bearer token that is none; a cookie that is over is a visitor.
    Result<http::Principal> authenticate(const http::Request& request, db::Session& session) override;

    /// What the officer may do and where; for anybody else nothing. Never null.
    std::shared_ptr<const Access> access(const http::Principal& principal) const { return book_.of(principal); }
    bool may(const http::Principal& principal, http::Permission permission, const Subject& subject,
             LocalDay day) const {
        return book_.of(principal)->may(permission, subject, day);
    }
    Scope scope(const http::Principal& principal, http::Permission permission, LocalDay day) const {
        return book_.of(principal)->scope(permission, day);
    }

    /// Checks name and password and opens a session. Blocking and slow (Argon2id): on a pool thread only.
    /// Reasons: unauthorized "session.wrong_credentials" (also for a name nobody has: same answer, same time),
    /// rate_limited "session.too_many_attempts" {seconds}, unavailable "session.busy", forbidden
    /// "session.account_disabled" and "session.method_not_allowed" (the password was right), those of the committer.
    Result<SignedIn> sign_in(const SignInAttempt& attempt);
    /// For pages: reads cookie, address and agent from the request.
    Result<SignedIn> sign_in(const http::Request& request, std::string_view user_name, std::string_view password,
                             Instant now);
    /// The cookie to be set after sign_in, and the one that takes it away.
    static http::Cookie session_cookie(const SignedIn& signed_in);
    static http::Cookie end_cookie();
    /// The write set that ends the request's session; nullopt when there is none. Add `end_cookie` to the answer.
    std::optional<ledger::WriteSet> sign_out(db::Session& session, const http::Request& request,
                                             ledger::Meta meta) const;

    /// Changes the own password after looking at the present one; all other sessions end. Blocking and slow.
    /// Reasons: those of sign_in and check_password; invalid "account.password_same".
    Result<void> change_password(const http::Principal& principal, std::string_view present, std::string_view wanted,
                                 std::string_view address, ledger::Meta meta);
    /// Gives an account another password; all its sessions end. Blocking and slow. The caller has checked the right to
    /// do so, and the password unless it was made. Reason "account.not_found".
    Result<void> set_password(AccountId account, std::string_view password, ledger::Meta meta);

    /// Checks and stores a new account; post ids are given here. `password_hash` may be empty: nobody can sign in then.
    /// Reasons: those of decide_create, conflict "account.user_name_taken", "account.citizen_id_taken",
    /// "account.tax_code_taken".
    Result<AccountId> create_account(NewAccount account, std::string password_hash, ledger::Meta meta);
    /// The same as a write set, for a command.
    Result<ledger::WriteSet> prepare_account(db::Session& session, AccountId id, NewAccount account,
                                             ledger::Meta meta) const;

    std::shared_ptr<const organisation::Directory> directory() const;
    const Roles& roles() const { return *roles_; }
    PasswordHasher& passwords() { return passwords_; }
    const Options& options() const { return options_; }
    db::Database& database() { return database_; }
    IdMaker& ids() { return ids_; }
    Random& random() { return random_; }
    const Clock& clock() const { return clock_; }

    /// Deletes sessions that are over and failures that are forgotten: a daily job.
    Result<void> clean_up(Instant now);

  private:
    Result<void> check_guard(db::Session& session, std::string_view user_name, std::string_view address,
                             Instant now) const;
    Result<void> record_failure(std::string_view user_name, std::string_view address, std::optional<AccountId> account,
                                ledger::Meta meta);
    /// The account whose password it is. Reasons as sign_in.
    Result<AccountId> verify(std::string_view user_name, std::string_view password, std::string_view address,
                             const ledger::Meta& meta);
    http::Principal make_principal(AccountId id, AccountKind kind, std::string name, std::int64_t access_version,
                                   db::Session& session, Instant now);

    db::Database& database_;
    ledger::Committer& committer_;
    const Clock& clock_;
    IdMaker& ids_;
    Random& random_;
    const Options options_;
    const std::shared_ptr<const Roles> roles_;
    mutable std::mutex mutex_;
    std::shared_ptr<const organisation::Directory> directory_;  // under mutex_
    AccessBook book_;
    PasswordHasher passwords_;
};

}  // namespace motcua::identity
