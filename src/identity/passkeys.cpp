#include "identity/passkeys.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "identity/account_rows.hpp"
#include "identity/one_time_code.hpp"
#include "identity/second_factor_rows.hpp"
#include "identity/session_rows.hpp"
#include "ledger/committer.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_of_account{"identity.select_passkeys", R"(
    SELECT id, account_id, credential_id, public_key, sign_count, name, created_at, used_at
    FROM passkey WHERE account_id = $1 ORDER BY id LIMIT $2)"};
constexpr Statement select_by_credential{"identity.select_passkey", R"(
    SELECT id, account_id, credential_id, public_key, sign_count, name, created_at, used_at
    FROM passkey WHERE credential_id = $1)"};
constexpr Statement insert_row{"identity.insert_passkey", R"(
    INSERT INTO passkey (id, account_id, credential_id, public_key, sign_count, name, created_at, used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (credential_id) DO NOTHING)"};
// The counter is compared again: of two uses at the same moment with the same count, one is a copy.
constexpr Statement use_row{"identity.use_passkey",
                            "UPDATE passkey SET sign_count = $2, used_at = $3 WHERE id = $1 AND sign_count = $4"};
constexpr Statement delete_all{"identity.delete_passkeys", "DELETE FROM passkey WHERE account_id = $1"};
constexpr Statement delete_row{"identity.delete_passkey", "DELETE FROM passkey WHERE id = $1 AND account_id = $2"};

constexpr std::size_t name_chars_max = 60;

Instant instant(std::int64_t ms) { return Instant{std::chrono::milliseconds{ms}}; }

Passkey to_passkey(const Row& row) {
    Passkey passkey;
    passkey.id = PasskeyId{row.int64(0)};
    passkey.account = AccountId{row.int64(1)};
    passkey.data = {decode_base64url(row.text(2)).value_or(""), std::string(row.text(3)),
                    static_cast<std::uint32_t>(row.int64(4))};
    passkey.name = row.text(5);
    passkey.created_at = instant(row.int64(6));
    passkey.used_at = instant(row.int64(7));
    return passkey;
}

std::string subject_of(Purpose purpose, AccountId account, std::string_view challenge) {
    constexpr std::string_view names[] = {"passkey sign-in ", "passkey add ", "passkey confirm "};
    return std::string(names[static_cast<std::size_t>(purpose)]) + to_string(account) + " " + std::string(challenge);
}

std::unexpected<Error> refused(Errc code, std::string_view check) {
    return fail(code, "passkey.refused", {{"check", std::string(check)}});
}

/// Each challenge counts once. The browser signed it, so what it says of it is looked up, not believed.
Result<std::string> use_challenge(Identity& identity, Purpose purpose, AccountId account, std::string_view client_data,
                                  Instant now, Errc code) {
    std::string challenge = challenge_of_client_data(client_data);
    const bool ours = !challenge.empty() && use_once(identity, subject_of(purpose, account, challenge), now);
    if (!ours) return refused(code, "challenge");
    return challenge;
}

/// The passkey that signed, and the change that counts the use. Reason unauthorized "passkey.refused" {check}.
struct Used {
    Passkey passkey;
    ledger::RowChange row;
};
Result<Used> check_use(Identity& identity, const RelyingParty& party, std::string_view challenge,
                       const SentAssertion& sent, Instant now) {
    auto known = identity.database().reader()->find_one(select_by_credential, {encode_base64url(sent.credential_id)},
                                                        to_passkey);
    if (!known) return refused(Errc::unauthorized, "signature");
    const std::uint32_t count = TRY(
        check_assertion(party, challenge, {sent.client_data, sent.authenticator_data, sent.signature}, known->data));
    const std::int64_t before = known->data.sign_count;
    ledger::RowChange row{
        &use_row, {known->id.value, std::int64_t{count}, now.time_since_epoch().count(), before}, {}, 1};
    return Used{*std::move(known), std::move(row)};
}

SessionId session_of(const http::Principal& principal) { return SessionId{parse_id(principal.session_id).value_or(0)}; }

}  // namespace

std::vector<Passkey> list_passkeys(db::Session& session, AccountId account) {
    return session.list(select_of_account, {account.value, passkeys_max}, to_passkey);
}

Result<std::string> make_challenge(Identity& identity, Purpose purpose, AccountId account, Instant now) {
    std::string challenge = make_token(identity.random());
    TRY(remember_once(identity, subject_of(purpose, account, challenge), now + challenge_age));
    return challenge;
}

Result<AddedPasskey> add_passkey(Identity& identity, const RelyingParty& party, const http::Principal& principal,
                                 const SentRegistration& sent, ledger::Meta meta) {
    const AccountId id{principal.id};
    TRY(identity.check_confirmed(*identity.database().reader(), principal, meta.at));
    const std::string challenge =
        TRY(use_challenge(identity, Purpose::add, id, sent.client_data, meta.at, Errc::invalid));
    AddedPasskey added;
    Passkey& passkey = added.passkey;
    passkey.data = TRY(check_registration(party, challenge, sent.client_data, sent.attestation));
    passkey.id = identity.ids().make<PasskeyId>();
    passkey.account = id;
    passkey.name = nfc(truncate_utf8(sent.name, name_chars_max));
    passkey.created_at = passkey.used_at = meta.at;
    const std::string credential = encode_base64url(passkey.data.credential_id);
    const auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
        const auto account = find_account(session, id);
        if (!account) return fail(Errc::not_found, "account.not_found");
        if (std::ssize(list_passkeys(session, id)) >= passkeys_max)
            return fail(Errc::conflict, "passkey.too_many", {{"limit", std::to_string(passkeys_max)}});
        if (session.find_one(select_by_credential, {credential}, to_passkey))
            return fail(Errc::conflict, "passkey.known");
        Events events{{"passkey_added", 1, {{"passkey", to_string(passkey.id)}}}};
        std::vector<ledger::RowChange> rows;
        added.recovery_codes.clear();
        if (identity.enrol_passkeys(session, id, session_of(principal), meta.at, events, rows)) {
            added.recovery_codes = identity.make_recovery_codes();
            for (const std::string& code : added.recovery_codes)
                rows.push_back(insert_recovery_code(id, hash_recovery_code(code)));
        }
        auto write = make_write_set(*account, std::move(events), meta);
        write.rows.insert(write.rows.end(), rows.begin(), rows.end());
        write.rows.push_back({&insert_row,
                              {passkey.id.value, id.value, credential, passkey.data.public_key,
                               std::int64_t{passkey.data.sign_count}, passkey.name, meta.at.time_since_epoch().count()},
                              {},
                              1});
        return write;
    };
    TRY(ledger::run_command(identity.database(), identity.committer(), prepare));
    return added;
}

ledger::RowChange delete_passkeys(AccountId account) { return {&delete_all, {account.value}}; }

Result<ledger::WriteSet> prepare_passkey_removal(const Identity& identity, db::Session& session,
                                                 const http::Principal& principal, PasskeyId id, ledger::Meta meta) {
    const AccountId owner{principal.id};
    const auto account = find_account(session, owner);
    const auto own = list_passkeys(session, owner);
    if (!account || std::ranges::find(own, id, &Passkey::id) == own.end())
        return fail(Errc::not_found, "passkey.not_found");
    Events events{{"passkey_removed", 1, {{"passkey", to_string(id)}}}};
    const bool factor_ends = own.size() == 1 && find_passkey_factor(session, owner);
    if (factor_ends) {
        TRY(identity.check_confirmed(session, principal, meta.at));
        events.push_back({"second_factor_off", 1, {{"by", "self"}}});
    }
    auto write = make_write_set(*account, std::move(events), std::move(meta));
    write.rows.push_back({&delete_row, {id.value, owner.value}, {}, 1});
    if (factor_ends) {
        write.rows.push_back(delete_passkey_factor(owner));
        write.rows.push_back(delete_recovery_codes(owner));
    }
    return write;
}

Result<void> confirm_with_passkey(Identity& identity, const RelyingParty& party, const http::Principal& principal,
                                  const SentAssertion& sent, ledger::Meta meta) {
    const AccountId id{principal.id};
    const std::string challenge =
        TRY(use_challenge(identity, Purpose::confirm, id, sent.client_data, meta.at, Errc::unauthorized));
    const Used used = TRY(check_use(identity, party, challenge, sent, meta.at));
    if (used.passkey.account != id) return refused(Errc::unauthorized, "signature");
    TRY(ledger::run_command(
        identity.database(), identity.committer(), [&](db::Session& session) -> Result<ledger::WriteSet> {
            const auto account = find_account(session, id);
            if (!account) return fail(Errc::not_found, "account.not_found");
            Events events{{"session_confirmed", 1, {{"session", principal.session_id}, {"passkey", true}}}};
            std::vector<ledger::RowChange> rows{used.row, put_confirmed_at(id, session_of(principal), meta.at)};
            identity.enrol_passkeys(session, id, session_of(principal), meta.at, events, rows);
            auto write = make_write_set(*account, std::move(events), meta);
            write.rows.insert(write.rows.end(), rows.begin(), rows.end());
            return write;
        }));
    return {};
}

Result<SignedIn> sign_in_with_passkey(Identity& identity, const RelyingParty& party, const SentAssertion& sent,
                                      const SignInAttempt& attempt) {
    const std::string challenge =
        TRY(use_challenge(identity, Purpose::sign_in, AccountId{}, sent.client_data, attempt.now, Errc::unauthorized));
    const Used used = TRY(check_use(identity, party, challenge, sent, attempt.now));
    SignInAttempt named = attempt;
    const std::string name = "passkey " + to_string(used.passkey.id);
    named.user_name = name;
    const Entry entry{.by = Entry::By::passkey, .rows = {used.row}};
    return identity.open_session(used.passkey.account, named, entry);
}

}  // namespace motcua::identity
