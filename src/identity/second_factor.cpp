// Identity: signing in with a second factor, switching it on and off, and proving again who one is within a session.
#include <algorithm>
#include <charconv>
#include <span>

#include "base/base64url.hpp"
#include "identity/account_rows.hpp"
#include "identity/identity.hpp"
#include "identity/passkeys.hpp"
#include "identity/second_factor_rows.hpp"
#include "identity/session_rows.hpp"
#include "identity/totp.hpp"

namespace motcua::identity {

namespace {

constexpr std::chrono::minutes ticket_time{5};
constexpr std::string_view ticket_context = "sign-in ticket";
constexpr int recovery_codes_given = 10;

std::string secret_context(AccountId id) { return "totp " + to_string(id); }

/// Of the stored password hash: a ticket ends with the password that earned it.
std::string password_mark(std::string_view password_hash) {
    return hash_recovery_code(password_hash).bytes.substr(0, 16);
}

void put_recovery_codes(AccountId id, const std::vector<std::string>& codes, std::vector<ledger::RowChange>& rows) {
    rows.push_back(delete_recovery_codes(id));
    for (const std::string& one : codes) rows.push_back(insert_recovery_code(id, hash_recovery_code(one)));
}

template <class Id>
Id session_id_of(const http::Principal& principal) {
    return Id{parse_id(principal.session_id).value_or(0)};
}

}  // namespace

SignedIn Identity::make_ticket(AccountId id, std::string_view password_hash, Instant now) {
    SignedIn pending;
    pending.expires_at = now + ticket_time;
    const std::string plain = std::to_string(pending.expires_at.time_since_epoch().count()) + ' ' + to_string(id) +
                              password_mark(password_hash);
    pending.ticket = encode_base64url(sealer_.seal(plain, ticket_context, random_));
    return pending;
}

Result<Account> Identity::read_ticket(std::string_view ticket, Instant now) const {
    const auto invalid = fail(Errc::unauthorized, "session.ticket_over");
    const auto sealed = decode_base64url(ticket);
    const auto plain = sealed ? sealer_.open(*sealed, ticket_context) : std::nullopt;
    if (!plain) return invalid;
    std::int64_t until = 0;
    const auto read = std::from_chars(plain->data(), plain->data() + plain->size(), until);
    if (read.ec != std::errc{} || until <= now.time_since_epoch().count()) return invalid;
    const std::string_view rest(read.ptr + 1, plain->data() + plain->size());
    constexpr std::size_t id_chars = 13;
    const auto id = parse_id(rest.substr(0, id_chars));
    auto session = database_.reader();
    auto account = id ? find_account(*session, AccountId{*id}) : std::nullopt;
    if (!account) return invalid;
    const auto row = find_sign_in(*session, account->user_name);
    if (!row || password_mark(row->password_hash) != rest.substr(id_chars)) return invalid;
    return *std::move(account);
}

Result<Identity::UsedCode> Identity::check_code(db::Session& session, AccountId id, std::string_view code,
                                                Instant now) const {
    if (!has_active_factor(session, id)) return fail(Errc::conflict, "second_factor.not_active");
    const auto factor = find_factor(session, id);
    const auto secret =
        factor && factor->active ? sealer_.open(factor->sealed_secret, secret_context(id)) : std::nullopt;
    if (secret)
        if (const auto step = find_totp_step(*secret, code, now, factor->last_step))
            return UsedCode{use_step(id, *step), {}};
    const db::Blob hash = hash_recovery_code(code);
    if (has_recovery_code(session, id, hash)) {
        const std::int64_t left = count_recovery_codes(session, id) - 1;
        return UsedCode{use_recovery_code(id, hash), {{"recovery_code_used", 1, {{"left", left}}}}};
    }
    return fail(Errc::unauthorized, "session.wrong_code");
}

Result<SignedIn> Identity::sign_in_with_code(const SecondAttempt& attempt) {
    const Account account = TRY(read_ticket(attempt.ticket, attempt.first.now));
    SignInAttempt first = attempt.first;
    first.user_name = account.user_name;
    TRY(check_guard(*database_.reader(), account.user_name, first.address, first.now));
    auto opened = open_session(account.id, first, Entry{.code = attempt.code});
    if (!opened && opened.error().reason == "session.wrong_code")
        TRY(record_failure(account.user_name, first.address, account.id,
                           {first.now, "visitor", "", std::string(first.request_id)}));
    return opened;
}

Result<SignedIn> Identity::sign_in_with_code(const http::Request& request, std::string_view ticket,
                                             std::string_view code, Instant now) {
    return sign_in_with_code({attempt_of(request, now), ticket, code});
}

Result<void> Identity::prove(const http::Principal& principal, const Proof& proof, ledger::Meta meta,
                             const std::function<void(ledger::WriteSet&)>& add, Events events) {
    const AccountId id{principal.id};
    const auto account = find_account(*database_.reader(), id);
    if (!account) return fail(Errc::not_found, "account.not_found");
    TRY(verify(account->user_name, proof.password, proof.address, meta));
    auto done = ledger::run_command(database_, committer_, [&](db::Session& reader) -> Result<ledger::WriteSet> {
        auto loaded = find_account(reader, id);
        if (!loaded) return fail(Errc::not_found, "account.not_found");
        Events all = events;
        std::optional<UsedCode> used;
        if (has_active_factor(reader, id)) {
            used = TRY(check_code(reader, id, proof.code, meta.at));
            all.insert(all.begin(), used->events.begin(), used->events.end());
        }
        auto write = make_write_set(*loaded, std::move(all), meta);
        if (used) write.rows.push_back(used->row);
        const GuardKeys guards = guard_keys(loaded->user_name, proof.address);
        write.rows.push_back(delete_guard(guards.pair));
        add(write);
        return write;
    });
    if (!done && done.error().reason == "session.wrong_code")
        TRY(record_failure(account->user_name, proof.address, id, meta));
    if (!done) return std::unexpected(done.error());
    return {};
}

Result<void> Identity::confirm(const http::Principal& principal, const Proof& proof, ledger::Meta meta) {
    const auto session = session_id_of<SessionId>(principal);
    const Instant at = meta.at;
    return prove(
        principal, proof, std::move(meta),
        [&](ledger::WriteSet& write) { write.rows.push_back(put_confirmed_at(AccountId{principal.id}, session, at)); },
        {{"session_confirmed", 1, {{"session", principal.session_id}}}});
}

Result<void> Identity::check_confirmed(db::Session& session, const http::Principal& principal, Instant now) const {
    if (principal.kind == http::PrincipalKind::system) return {};
    const auto at = find_confirmed_at(session, AccountId{principal.id}, session_id_of<SessionId>(principal));
    if (!at || *at + options_.confirmed_for <= now) return fail(Errc::forbidden, "session.confirmation_required");
    return {};
}

SecondFactorState Identity::second_factor_state(db::Session& session, AccountId id) const {
    SecondFactorState state;
    if (const auto factor = find_factor(session, id); factor && factor->active) {
        state.active_since = factor->changed_at;
    } else if (const auto since = find_passkey_factor(session, id)) {
        state.active_since = since;
        state.by_passkeys = true;
    }
    if (state.active_since) state.recovery_codes = count_recovery_codes(session, id);
    for (const Grant& grant : read_grants(session, id))
        state.demanded = state.demanded || needs_second_factor(grant.role);
    return state;
}

bool Identity::needs_second_factor(std::string_view role) const {
    return std::ranges::find(options_.second_factor_roles, role) != options_.second_factor_roles.end();
}

Result<BegunFactor> Identity::begin_second_factor(const http::Principal& principal, ledger::Meta meta) {
    const AccountId id{principal.id};
    std::string secret(totp_secret_bytes, '\0');
    random_.fill(std::as_writable_bytes(std::span(secret)));
    std::string user_name;
    const auto prepare = [&](db::Session& reader) -> Result<ledger::WriteSet> {
        const auto account = find_account(reader, id);
        if (!account) return fail(Errc::not_found, "account.not_found");
        if (const auto factor = find_factor(reader, id); factor && factor->active)
            return fail(Errc::conflict, "second_factor.active_already");
        TRY(check_confirmed(reader, principal, meta.at));
        user_name = account->user_name;
        auto write = make_write_set(*account, {{"second_factor_begun", 1, {}}}, meta);
        write.rows.push_back(put_begun_factor(id, sealer_.seal(secret, secret_context(id), random_), meta.at));
        return write;
    };
    TRY(ledger::run_command(database_, committer_, prepare));
    return BegunFactor{encode_base32(secret), totp_uri(user_name, secret)};
}

bool Identity::enrol_passkeys(db::Session& session, AccountId id, SessionId kept, Instant at, Events& events,
                              std::vector<ledger::RowChange>& rows) const {
    const auto state = second_factor_state(session, id);
    if (!state.demanded || state.active_since) return false;
    events.push_back({"second_factor_on", 1, {{"by", "passkey"}}});
    rows.push_back(put_passkey_factor(id, at));
    rows.push_back(delete_recovery_codes(id));
    rows.push_back(delete_sessions(id, kept));
    return true;
}

std::vector<std::string> Identity::make_recovery_codes() {
    std::vector<std::string> codes;
    for (int i = 0; i < recovery_codes_given; ++i) codes.push_back(make_password(random_));
    return codes;
}

Result<std::vector<std::string>> Identity::activate_second_factor(const http::Principal& principal,
                                                                  std::string_view code, ledger::Meta meta) {
    const AccountId id{principal.id};
    std::vector<std::string> codes = make_recovery_codes();
    const auto prepare = [&](db::Session& reader) -> Result<ledger::WriteSet> {
        const auto account = find_account(reader, id);
        if (!account) return fail(Errc::not_found, "account.not_found");
        const auto factor = find_factor(reader, id);
        if (!factor) return fail(Errc::conflict, "second_factor.not_begun");
        if (factor->active) return fail(Errc::conflict, "second_factor.active_already");
        const auto secret = sealer_.open(factor->sealed_secret, secret_context(id));
        const auto step = secret ? find_totp_step(*secret, code, meta.at, factor->last_step) : std::nullopt;
        if (!step) return fail(Errc::invalid, "second_factor.wrong_first_code");
        auto write = make_write_set(*account, {{"second_factor_on", 1, {}}}, meta);
        write.rows.push_back(activate_factor(id, *step, meta.at));
        write.rows.push_back(delete_passkey_factor(id));
        put_recovery_codes(id, codes, write.rows);
        write.rows.push_back(delete_sessions(id, session_id_of<SessionId>(principal)));
        return write;
    };
    TRY(ledger::run_command(database_, committer_, prepare));
    return codes;
}

Result<void> Identity::end_second_factor(const http::Principal& principal, const Proof& proof, ledger::Meta meta) {
    const AccountId id{principal.id};
    if (!has_active_factor(*database_.reader(), id)) return fail(Errc::conflict, "second_factor.not_active");
    return prove(principal, proof, std::move(meta),
                 [id](ledger::WriteSet& write) {
                     delete_factors(id, write.rows);
                     write.rows.push_back(delete_recovery_codes(id));
                 },
                 {{"second_factor_off", 1, {{"by", "self"}}}});
}

Result<std::vector<std::string>> Identity::renew_recovery_codes(const http::Principal& principal, const Proof& proof,
                                                                ledger::Meta meta) {
    const AccountId id{principal.id};
    const auto state = second_factor_state(*database_.reader(), id);
    if (!state.active_since) return fail(Errc::conflict, "second_factor.not_active");
    std::vector<std::string> codes = make_recovery_codes();
    const Events events{{"recovery_codes_renewed", 1, {}}};
    const auto add = [&](ledger::WriteSet& write) { put_recovery_codes(id, codes, write.rows); };
    if (!state.by_passkeys) {
        TRY(prove(principal, proof, std::move(meta), add, events));
        return codes;
    }
    const auto prepare = [&](db::Session& reader) -> Result<ledger::WriteSet> {
        const auto account = find_account(reader, id);
        if (!account) return fail(Errc::not_found, "account.not_found");
        TRY(check_confirmed(reader, principal, meta.at));
        auto write = make_write_set(*account, events, meta);
        add(write);
        return write;
    };
    TRY(ledger::run_command(database_, committer_, prepare));
    return codes;
}

Result<ledger::WriteSet> Identity::prepare_factor_removal(db::Session& session, const Account& account,
                                                          ledger::Meta meta) const {
    const auto passkeys = list_passkeys(session, account.id);
    if (!find_factor(session, account.id) && passkeys.empty()) return fail(Errc::conflict, "second_factor.not_active");
    Events events{{"second_factor_off", 1, {{"by", "administrator"}}}};
    for (const Passkey& passkey : passkeys)
        events.push_back({"passkey_removed", 1, {{"passkey", to_string(passkey.id)}}});
    auto write = make_write_set(account, std::move(events), std::move(meta));
    delete_factors(account.id, write.rows);
    write.rows.push_back(delete_passkeys(account.id));
    write.rows.push_back(delete_recovery_codes(account.id));
    write.rows.push_back(delete_sessions(account.id, SessionId{}));
    return write;
}

}  // namespace motcua::identity
