#include "identity/second_factor_rows.hpp"

#include <array>

#include <sodium.h>

#include "base/text.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_factor{"identity.select_factor", R"(
    SELECT secret, active, last_step, changed_at FROM second_factor WHERE account_id = $1)"};
constexpr Statement upsert_begun{"identity.put_begun_factor", R"(
    INSERT INTO second_factor (account_id, secret, active, last_step, changed_at) VALUES ($1, $2, 0, 0, $3)
    ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, changed_at = excluded.changed_at
    WHERE second_factor.active = 0)"};
constexpr Statement activate{"identity.activate_factor", R"(
    UPDATE second_factor SET active = 1, last_step = $2, changed_at = $3 WHERE account_id = $1 AND active = 0)"};
constexpr Statement update_step{"identity.use_factor_step", R"(
    UPDATE second_factor SET last_step = $2 WHERE account_id = $1 AND active = 1 AND last_step < $2)"};
constexpr Statement delete_factor_row{"identity.delete_factor", "DELETE FROM second_factor WHERE account_id = $1"};
constexpr Statement select_passkey_factor{"identity.select_passkey_factor",
                                          "SELECT since FROM passkey_factor WHERE account_id = $1"};
constexpr Statement insert_passkey_factor{"identity.put_passkey_factor", R"(
    INSERT INTO passkey_factor (account_id, since) VALUES ($1, $2) ON CONFLICT (account_id) DO NOTHING)"};
constexpr Statement delete_passkey_factor_row{"identity.delete_passkey_factor",
                                              "DELETE FROM passkey_factor WHERE account_id = $1"};

constexpr Statement select_code{"identity.select_recovery_code",
                                "SELECT 1 FROM recovery_code WHERE account_id = $1 AND code_hash = $2"};
constexpr Statement count_codes{"identity.count_recovery_codes",
                                "SELECT count(*) FROM recovery_code WHERE account_id = $1"};
constexpr Statement insert_code{"identity.insert_recovery_code",
                                "INSERT INTO recovery_code (account_id, code_hash) VALUES ($1, $2)"};
constexpr Statement delete_code{"identity.use_recovery_code",
                                "DELETE FROM recovery_code WHERE account_id = $1 AND code_hash = $2"};
constexpr Statement delete_codes{"identity.delete_recovery_codes", "DELETE FROM recovery_code WHERE account_id = $1"};

constexpr Statement select_confirmed{"identity.select_confirmed",
                                     "SELECT confirmed_at FROM session WHERE account_id = $1 AND id = $2"};
constexpr Statement update_confirmed{"identity.put_confirmed",
                                     "UPDATE session SET confirmed_at = $3 WHERE account_id = $1 AND id = $2"};

std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }
Instant instant(std::int64_t ms) { return Instant{std::chrono::milliseconds{ms}}; }

}  // namespace

std::optional<FactorRow> find_factor(db::Session& session, AccountId account) {
    return session.find_one(select_factor, {account.value}, [](const Row& row) {
        return FactorRow{std::string(row.text(0)), row.int64(1) != 0, row.int64(2), instant(row.int64(3))};
    });
}

std::optional<Instant> find_passkey_factor(db::Session& session, AccountId account) {
    return session.find_one(select_passkey_factor, {account.value},
                            [](const Row& row) { return instant(row.int64(0)); });
}

bool has_active_factor(db::Session& session, AccountId account) {
    const auto factor = find_factor(session, account);
    return (factor && factor->active) || find_passkey_factor(session, account);
}

ledger::RowChange put_begun_factor(AccountId account, std::string sealed_secret, Instant at) {
    return {&upsert_begun, {account.value, db::Blob{std::move(sealed_secret)}, milliseconds(at)}, {}, 1};
}

ledger::RowChange activate_factor(AccountId account, std::int64_t step, Instant at) {
    return {&activate, {account.value, step, milliseconds(at)}, {}, 1};
}

ledger::RowChange use_step(AccountId account, std::int64_t step) {
    return {&update_step, {account.value, step}, {}, 1};
}

void delete_factors(AccountId account, std::vector<ledger::RowChange>& rows) {
    rows.push_back({&delete_factor_row, {account.value}});
    rows.push_back(delete_passkey_factor(account));
}

ledger::RowChange put_passkey_factor(AccountId account, Instant since) {
    return {&insert_passkey_factor, {account.value, milliseconds(since)}, {}, 1};
}

ledger::RowChange delete_passkey_factor(AccountId account) { return {&delete_passkey_factor_row, {account.value}}; }

db::Blob hash_recovery_code(std::string_view code) {
    constexpr std::string_view purpose = "motcua recovery code";
    std::string plain = lower(code);
    std::erase_if(plain, [](char c) { return c == ' ' || c == '-'; });
    std::array<unsigned char, 32> out{};
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(plain.data()), plain.size(),
                       reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size());
    return db::Blob{std::string(reinterpret_cast<const char*>(out.data()), out.size())};
}

bool has_recovery_code(db::Session& session, AccountId account, const db::Blob& hash) {
    return session.find_one(select_code, {account.value, hash}, [](const Row&) { return true; }).has_value();
}

std::int64_t count_recovery_codes(db::Session& session, AccountId account) {
    return session.find_one(count_codes, {account.value}, [](const Row& row) { return row.int64(0); }).value_or(0);
}

ledger::RowChange insert_recovery_code(AccountId account, const db::Blob& hash) {
    return {&insert_code, {account.value, hash}, {}, 1};
}

ledger::RowChange use_recovery_code(AccountId account, const db::Blob& hash) {
    return {&delete_code, {account.value, hash}, {}, 1};
}

ledger::RowChange delete_recovery_codes(AccountId account) { return {&delete_codes, {account.value}}; }

std::optional<Instant> find_confirmed_at(db::Session& session, AccountId account, SessionId id) {
    return session.find_one(select_confirmed, {account.value, id.value},
                            [](const Row& row) { return instant(row.int64(0)); });
}

ledger::RowChange put_confirmed_at(AccountId account, SessionId id, Instant at) {
    return {&update_confirmed, {account.value, id.value, milliseconds(at)}, {}, 1};
}

}  // namespace motcua::identity
