// The identity service: who asks (http::Authenticator), signing in and out, creating accounts, what an officer may do.
// One a program. The composition root makes it, calls start() once the units are loaded, and set_directory() whenever
// they change. API routes: routes.hpp; command line: account_command.hpp; demo accounts: demo_accounts.hpp.
#pragma once

#include <chrono>
#include <functional>
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
#include "identity/account_rows.hpp"
#include "identity/password.hpp"
#include "identity/permissions.hpp"
#include "identity/sealing.hpp"
#include "ledger/committer.hpp"

namespace motcua::identity {

/// Name of the cookie that carries the session's token.
inline constexpr std::string_view session_cookie_name = "motcua_session";

/// A way to sign in elsewhere, as it is offered.
struct OfferedProvider {
    std::string id;
    std::string name_vi, name_en;
};

struct Options {
    PasswordOptions passwords = {};
    std::chrono::minutes session_idle{60};    // without a request
    std::chrono::hours session_absolute{12};  // whatever its use: a working day
    std::int64_t sessions_max = 200;          // of one account; the oldest ends
    bool person_password_sign_in =
        true;  // citizens and businesses by password; off once an identity provider is set up
    /// Level of identity proof from which a citizen id or tax code is taken for the person's own: accounts are linked
    /// by it, and dossiers filed at a counter appear.
    int link_level_min = 2;
    std::vector<OfferedProvider> providers = {};
    bool demo = false;  // shown on the sign-in page: invented people, one known password
    /// Paths that sign in: a session that is presented there is not looked at, so that a stale or foreign one is no
    /// obstacle and never survives (session fixation).
    std::vector<std::string> sign_in_paths = {"/api/v1/session", "/api/v1/session/second-factor", "/dang-nhap",
                                              "/dang-nhap/ma"};
    /// Roles that give nothing until the officer has switched on a second factor.
    std::vector<std::string> second_factor_roles = {};
    /// What secrets in rows are sealed with (sealing.hpp); without one they are lost when the program ends.
    std::optional<Sealer::Key> sealing_key = {};
    /// How long signing in or confirming counts as proof for changes of roles and of the second factor.
    std::chrono::minutes confirmed_for{15};
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

/// By which way somebody comes in once he is known; what a session is opened with.
struct Entry {
    enum class By { password, provider, passkey };
    By by = By::password;
    std::string_view code = {};                // of the second factor, after a password
    std::string provider = {};                 // id of the identity provider
    std::optional<Instant> proven_at = {};     // By::provider: when he proved there who he is; none: not shown
    std::vector<ledger::RowChange> rows = {};  // committed with the session
};

/// The second half of signing in: the ticket that the password earned, and a code of the app or a recovery code.
struct SecondAttempt {
    SignInAttempt first;  // without name and password
    std::string_view ticket;
    std::string_view code;
};

/// What proves within a session who one is; `code` only when a second factor is on.
struct Proof {
    std::string_view password;
    std::string_view code;
    std::string_view address;
};

/// Either a session, or a ticket: then nobody is signed in yet, all but `expires_at` (of the ticket) is empty, and
/// sign_in_with_code is next.
struct SignedIn {
    std::string ticket;
    std::string token;
    std::string csrf_token;
    Instant expires_at;
    http::Principal principal;
};

struct SecondFactorState {
    std::optional<Instant> active_since;
    std::int64_t recovery_codes = 0;  // left
    bool demanded = false;            // a role of the account gives nothing without it
    bool by_passkeys = false;         // it is the account's passkeys, not an app
};

/// Shown once, then only the app knows it.
struct BegunFactor {
    std::string secret;  // base32, to be typed
    std::string uri;     // otpauth://, to be opened or shown as a QR code
};

class Identity final : public http::Authenticator {
  public:
    Identity(db::Database& database, ledger::Committer& committer, const Clock& clock, IdMaker& ids, Random& random,
             std::shared_ptr<const organisation::Directory> directory, Options options = {});
    ~Identity() override;

    /// Stores what SQL needs to know of roles and units. Reasons: those of Committer::write.
    Result<void> start();
    /// Stores which roles demand a second factor, for lists by SQL: the server's word, not that of a verb beside it.
    /// Reasons: those of Committer::write.
    Result<void> store_second_factor_roles();
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
    /// Reasons: unauthorized "session.ticket_over" (also when it is none), "session.wrong_code" (also for a code that
    /// was used before); rate_limited "session.too_many_attempts" {seconds}; conflict "second_factor.not_active"; those
    /// of sign_in once the password was right.
    Result<SignedIn> sign_in_with_code(const SecondAttempt& attempt);
    Result<SignedIn> sign_in_with_code(const http::Request& request, std::string_view ticket, std::string_view code,
                                       Instant now);
    /// Opens a session for somebody who is known already. Reasons: those of sign_in once the password was right;
    /// unauthorized "session.wrong_code".
    Result<SignedIn> open_session(AccountId id, const SignInAttempt& attempt, const Entry& entry);
    /// Called with each citizen or business whose session has just begun, however it did: on that thread, which may
    /// block. Set before anybody can sign in.
    using PersonSignedIn = std::function<void(PersonId, const ledger::Meta&)>;
    void on_person_signed_in(PersonSignedIn call) { person_signed_in_ = std::move(call); }
    static SignInAttempt attempt_of(const http::Request& request, Instant now);
    /// Counts a failure of the name from the address; check_guard refuses once there were too many. Reason rate_limited
    /// "session.too_many_attempts" {seconds}. For other secrets that could be guessed, too: `user_name` is then theirs.
    Result<void> check_guard(db::Session& session, std::string_view user_name, std::string_view address,
                             Instant now) const;
    Result<void> record_failure(std::string_view user_name, std::string_view address, std::optional<AccountId> account,
                                ledger::Meta meta);
    /// The cookie to be set after sign_in, and the one that takes it away.
    static http::Cookie session_cookie(const SignedIn& signed_in);
    static http::Cookie end_cookie();
    /// The write set that ends the request's session; nullopt when there is none. Add `end_cookie` to the answer.
    std::optional<ledger::WriteSet> sign_out(db::Session& session, const http::Request& request,
                                             ledger::Meta meta) const;

    /// The write set that ends one session of the caller, or with none named all but the present one. Reasons not_found
    /// "account.not_found", "session.not_found" (also somebody else's).
    Result<ledger::WriteSet> prepare_revocation(db::Session& session, const http::Principal& principal,
                                                std::optional<SessionId> which, ledger::Meta meta) const;

    /// Proves again who one is; from then on check_confirmed passes for `Options::confirmed_for`. Blocking and slow.
    /// Reasons: those of sign_in for a wrong password, unauthorized "session.wrong_code".
    Result<void> confirm(const http::Principal& principal, const Proof& proof, ledger::Meta meta);
    /// Reason forbidden "session.confirmation_required".
    Result<void> check_confirmed(db::Session& session, const http::Principal& principal, Instant now) const;

    SecondFactorState second_factor_state(db::Session& session, AccountId account) const;
    /// Makes a secret; nothing changes for sign-in until activate_second_factor. Reasons conflict
    /// "second_factor.active_already", forbidden "session.confirmation_required".
    Result<BegunFactor> begin_second_factor(const http::Principal& principal, ledger::Meta meta);
    /// Switches it on with the first code; the other sessions end. Answers the recovery codes, shown once. Reasons:
    /// conflict "second_factor.not_begun", "second_factor.active_already"; invalid "second_factor.wrong_first_code".
    Result<std::vector<std::string>> activate_second_factor(const http::Principal& principal, std::string_view code,
                                                            ledger::Meta meta);
    /// Blocking and slow. Reasons: those of confirm, conflict "second_factor.not_active".
    Result<void> end_second_factor(const http::Principal& principal, const Proof& proof, ledger::Meta meta);
    /// New recovery codes in the place of all former ones. Blocking and slow. Reasons as end_second_factor; where
    /// passkeys are the second factor no password is asked for: forbidden "session.confirmation_required" instead.
    Result<std::vector<std::string>> renew_recovery_codes(const http::Principal& principal, const Proof& proof,
                                                          ledger::Meta meta);
    /// Passkeys become the second factor of an account that needs one and has none, because one of them has just
    /// recognised its owner: from now on a password alone opens no session, all sessions but `kept` end, recovery codes
    /// are void. Adds to events and rows of the write set; false where there is nothing to do.
    bool enrol_passkeys(db::Session& session, AccountId account, SessionId kept, Instant at, Events& events,
                        std::vector<ledger::RowChange>& rows) const;
    std::vector<std::string> make_recovery_codes();
    /// Takes the second factor and all passkeys off an account whose owner lost them; its sessions end. The caller has
    /// checked the right to do so. Reason conflict "second_factor.not_active".
    Result<ledger::WriteSet> prepare_factor_removal(db::Session& session, const Account& account,
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
    ledger::Committer& committer() { return committer_; }
    const Sealer& sealer() const { return sealer_; }
    IdMaker& ids() { return ids_; }
    Random& random() { return random_; }
    const Clock& clock() const { return clock_; }

    /// Deletes sessions that are over and failures that are forgotten: a daily job.
    Result<void> clean_up(Instant now);

  private:
    /// What the session's mandate makes of its principal. Reason forbidden "mandate.over" for a change under a mandate
    /// that has ended: nothing may happen to the wrong person.
    Result<void> act_under(http::Principal& principal, AccountKind kind, std::int64_t mandate,
                           const http::Request& request, db::Session& session, Instant now) const;
    /// Nobody signed in yet: the ticket for sign_in_with_code.
    SignedIn make_ticket(AccountId id, std::string_view password_hash, Instant now);
    Result<Account> read_ticket(std::string_view ticket, Instant now) const;
    struct UsedCode {
        ledger::RowChange row;  // uses it up
        Events events;
    };
    Result<UsedCode> check_code(db::Session& session, AccountId id, std::string_view code, Instant now) const;
    /// Checks password and code, and commits `events` with what `add` adds.
    Result<void> prove(const http::Principal& principal, const Proof& proof, ledger::Meta meta,
                       const std::function<void(ledger::WriteSet&)>& add, Events events);
    bool needs_second_factor(std::string_view role) const;
    /// The account whose password it is. Reasons as sign_in.
    Result<SignInRow> verify(std::string_view user_name, std::string_view password, std::string_view address,
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
    const Sealer sealer_;
    PersonSignedIn person_signed_in_;
};

}  // namespace motcua::identity
