#include "identity/account_rows.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "base/text.hpp"
#include "identity/mandate.hpp"
#include "identity/permissions.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_account{"identity.select_account", R"(
    SELECT id, kind, user_name, display_name, status, created_at, access_version, version, position
    FROM account WHERE id = $1)"};
constexpr Statement select_accounts_after{"identity.select_accounts_after", R"(
    SELECT id, kind, user_name, display_name, status, created_at, access_version, version, position
    FROM account WHERE id > $1 ORDER BY id LIMIT $2)"};
constexpr Statement select_account_id{"identity.select_account_id", "SELECT id FROM account WHERE user_name = $1"};
constexpr Statement select_head{"identity.select_head", "SELECT version, position FROM account WHERE id = $1"};
constexpr Statement select_name{"identity.select_name", "SELECT display_name FROM account WHERE id = $1"};
constexpr Statement select_sign_in{"identity.select_sign_in", R"(
    SELECT a.id, c.secret FROM account a LEFT JOIN credential c ON c.account_id = a.id AND c.kind = 'password'
    WHERE a.user_name = $1)"};
constexpr Statement insert_account{"identity.insert_account", R"(
    INSERT INTO account (id, kind, user_name, display_name, name_key, status, created_at, access_version, version, position)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))"};
constexpr Statement update_account{"identity.update_account", R"(
    UPDATE account SET status = $3, access_version = $4, version = $5, position = $6 WHERE id = $1 AND version = $2)"};
constexpr Statement update_head{"identity.update_head", "UPDATE account SET version = $2, position = $3 WHERE id = $1"};

constexpr Statement select_posts{"identity.select_posts", R"(
    SELECT id, unit_id, role, title, from_day, to_day, fields, procedures, delegated_by FROM post WHERE account_id = $1 ORDER BY id)"};
constexpr Statement insert_post{"identity.insert_post", R"(
    INSERT INTO post (id, account_id, unit_id, role, title, from_day, to_day, fields, procedures, delegated_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))"};
constexpr Statement update_post{"identity.update_post", "UPDATE post SET to_day = $2 WHERE id = $1"};
constexpr Statement select_grants{"identity.select_grants", R"(
    SELECT role, root_id, field, procedure_id, from_day, to_day
    FROM access_grant WHERE account_id = $1 ORDER BY post_id, line)"};
constexpr Statement insert_grant{"identity.insert_grant", R"(
    INSERT INTO access_grant (account_id, post_id, line, role, root_id, field, procedure_id, from_day, to_day)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))"};
constexpr Statement delete_grants{"identity.delete_grants", "DELETE FROM access_grant WHERE account_id = $1"};

constexpr Statement insert_person_row{"identity.insert_person", R"(
    INSERT INTO person (account_id, citizen_id, tax_code, phone, email, address, proof, citizen_key, tax_key, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1))"};
constexpr Statement update_person_row{"identity.update_person", R"(
    UPDATE person SET citizen_id = $2, tax_code = $3, phone = $4, email = $5, address = $6, proof = $7,
                      citizen_key = $8, tax_key = $9, sealed = 1
    WHERE account_id = $1)"};
constexpr Statement select_person{"identity.select_person", R"(
    SELECT citizen_id, tax_code, phone, email, address, proof FROM person WHERE account_id = $1)"};
constexpr Statement select_by_citizen_id{"identity.select_by_citizen_id",
                                         "SELECT account_id FROM person WHERE citizen_key = $1 AND citizen_key <> ''"};
constexpr Statement select_by_tax_code{"identity.select_by_tax_code",
                                       "SELECT account_id FROM person WHERE tax_key = $1 AND tax_key <> ''"};
constexpr Statement put_credential{"identity.put_credential", R"(
    INSERT INTO credential (account_id, kind, secret, changed_at) VALUES ($1, 'password', $2, $3)
    ON CONFLICT (account_id, kind) DO UPDATE SET secret = excluded.secret, changed_at = excluded.changed_at)"};

// A post is within the viewer's reach by its unit; posts have no field or procedure of their own.
constexpr Statement select_staff{"identity.select_staff", R"(
    SELECT a.id, a.user_name, a.display_name, a.status FROM account a
    WHERE a.kind = 'officer' AND a.user_name > $5 AND (CAST($4 AS TEXT) = '' OR a.name_key LIKE '%' || $4 || '%')
      AND EXISTS (SELECT 1 FROM post p WHERE p.account_id = a.id
          AND (CAST($3 AS BIGINT) = 0 OR EXISTS (
              SELECT 1 FROM unit_reach below WHERE below.root_id = $3 AND below.unit_id = p.unit_id
              AND below.from_day <= $2 AND $2 < below.to_day))
          AND (CAST($1 AS BIGINT) = 0 OR )" MOTCUA_WITHIN_SCOPE("$1", "'account.manage'", "$2", "p.unit_id", "''",
                                                                "0") R"(
              OR EXISTS (SELECT 1 FROM live_grant whole JOIN role_permission r ON r.role = whole.role
                  AND r.permission = 'account.manage' WHERE whole.account_id = $1 AND whole.root_id = 0
                  AND whole.from_day <= $2 AND $2 < whole.to_day)))
    ORDER BY a.user_name LIMIT $6)"};

constexpr Statement select_role_holders{"identity.select_role_holders", R"(
    SELECT DISTINCT a.id, a.display_name, p.title
    FROM unit_reach u
    JOIN access_grant g ON g.root_id = u.root_id AND g.role = $1
    JOIN account a ON a.id = g.account_id AND a.status = 'active'
    JOIN post p ON p.id = g.post_id
    WHERE u.unit_id = $2 AND u.from_day <= $5 AND $5 < u.to_day AND g.from_day <= $5 AND $5 < g.to_day
      AND (g.field = '' OR g.field = $3 OR substr($3, 1, length(g.field) + 1) = g.field || '-')
      AND (g.procedure_id = 0 OR g.procedure_id = $4)
    ORDER BY a.display_name, a.id LIMIT $6)"};

constexpr Statement select_role_holder{"identity.select_role_holder", R"(
    SELECT 1
    FROM account a
    JOIN access_grant g ON g.account_id = a.id AND g.role = $2
    JOIN unit_reach u ON u.root_id = g.root_id AND u.unit_id = $3
    WHERE a.id = $1 AND a.status = 'active'
      AND u.from_day <= $6 AND $6 < u.to_day AND g.from_day <= $6 AND $6 < g.to_day
      AND (g.field = '' OR g.field = $4 OR substr($4, 1, length(g.field) + 1) = g.field || '-')
      AND (g.procedure_id = 0 OR g.procedure_id = $5)
    LIMIT 1)"};

constexpr std::string_view citizen_context = "citizen_id";
constexpr std::string_view tax_context = "tax_code";

std::int64_t day_number(LocalDay day) { return day.time_since_epoch().count(); }
LocalDay to_day(std::int64_t number) { return LocalDay{std::chrono::days{number}}; }
std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }

json::array parse_array(std::string_view text) {
    auto value = parse_json(text);
    return value && value->is_array() ? std::move(value->get_array()) : json::array{};
}

std::string fields_text(const Post& post) {
    json::array fields;
    for (const std::string& field : post.fields) fields.emplace_back(field);
    return json::serialize(fields);
}

std::string procedures_text(const Post& post) {
    json::array procedures;
    for (ProcedureId procedure : post.procedures) procedures.emplace_back(to_string(procedure));
    return json::serialize(procedures);
}

Post to_post(const Row& row) {
    Post post;
    post.id = PostId{row.int64(0)};
    post.unit = UnitId{row.int64(1)};
    post.role = row.text(2);
    post.title = row.text(3);
    post.validity = {to_day(row.int64(4)), to_day(row.int64(5))};
    for (const json::value& field : parse_array(row.text(6))) post.fields.emplace_back(field.as_string());
    for (const json::value& procedure : parse_array(row.text(7)))
        post.procedures.emplace_back(parse_id(procedure.as_string()).value_or(0));
    post.delegated_by = AccountId{row.int64(8)};
    return post;
}

Account to_account(const Row& row) {
    Account account;
    account.id = AccountId{row.int64(0)};
    account.kind = parse_account_kind(row.text(1)).value_or(AccountKind::officer);
    account.user_name = row.text(2);
    account.display_name = row.text(3);
    account.disabled = row.text(4) == "disabled";
    account.created_at = Instant{std::chrono::milliseconds{row.int64(5)}};
    account.access_version = row.int64(6);
    account.head = {row.int64(7), row.int64(8)};
    return account;
}

std::string_view status_of(const Account& account) { return account.disabled ? "disabled" : "active"; }

void add_post_rows(const Account& before, const Account& after, std::vector<ledger::RowChange>& rows) {
    for (const Post& post : after.posts) {
        const Post* held = before.find_post(post.id);
        if (!held)
            rows.push_back(
                {&insert_post,
                 {post.id.value, after.id.value, post.unit.value, post.role, post.title, day_number(post.validity.from),
                  day_number(post.validity.to), fields_text(post), procedures_text(post), post.delegated_by.value},
                 {},
                 1});
        else if (held->validity != post.validity)
            rows.push_back({&update_post, {post.id.value, day_number(post.validity.to)}, {}, 1});
    }
    rows.push_back({&delete_grants, {after.id.value}});
    if (after.disabled) return;
    for (const Post& post : after.posts) {
        std::int64_t line = 0;
        for (const Grant& grant : grants_of(post))
            rows.push_back({&insert_grant,
                            {after.id.value, post.id.value, line++, grant.role, grant.root.value, grant.field,
                             grant.procedure.value, day_number(grant.validity.from), day_number(grant.validity.to)},
                            {},
                            1});
    }
}

std::optional<PersonId> to_person_id(db::Session& session, const Statement& statement, std::string_view number,
                                     std::string_view context) {
    if (number.empty()) return std::nullopt;
    return session.find_one(statement, {session.field_keys().look_up_key(number, context)},
                            [](const Row& row) { return PersonId{row.int64(0)}; });
}

/// What a value of the row is sealed for: it cannot be moved to another person.
std::string person_field(std::string_view name, AccountId id) { return fmt::format("person.{}:{}", name, id.value); }

db::Values person_values(FieldKeys& keys, AccountId id, const PersonData& person) {
    const auto seal = [&](const std::string& text, std::string_view name) {
        return keys.seal(text, person_field(name, id));
    };
    return {id.value,
            seal(person.citizen_id, "citizen_id"),
            seal(person.tax_code, "tax_code"),
            seal(person.phone, "phone"),
            seal(person.email, "email"),
            seal(person.address, "address"),
            std::int64_t{person.proof},
            keys.look_up_key(person.citizen_id, citizen_context),
            keys.look_up_key(person.tax_code, tax_context)};
}

}  // namespace

std::optional<Account> find_account(db::Session& session, AccountId id) {
    auto account = session.find_one(select_account, {id.value}, to_account);
    if (account) account->posts = session.list(select_posts, {id.value}, to_post);
    return account;
}

std::optional<AccountId> find_account_id(db::Session& session, std::string_view user_name) {
    return session.find_one(select_account_id, {std::string(user_name)},
                            [](const Row& row) { return AccountId{row.int64(0)}; });
}

std::optional<PersonData> find_person(db::Session& session, AccountId id) {
    return session.find_one(select_person, {id.value}, [&](const Row& row) {
        const auto open = [&](int column, std::string_view name) {
            return session.open_field(row.text(column), person_field(name, id));
        };
        return PersonData{open(0, "citizen_id"), open(1, "tax_code"), open(2, "phone"),
                          open(3, "email"),      open(4, "address"),  static_cast<int>(row.int64(5))};
    });
}

std::vector<Grant> read_grants(db::Session& session, AccountId id) {
    return session.list(select_grants, {id.value}, [](const Row& row) {
        return Grant{std::string(row.text(0)),
                     UnitId{row.int64(1)},
                     {to_day(row.int64(4)), to_day(row.int64(5))},
                     std::string(row.text(2)),
                     ProcedureId{row.int64(3)}};
    });
}

ledger::WriteSet make_write_set(const Account& before, Events events, ledger::Meta meta) {
    CHECK(!events.empty(), "a change of an account is an event");
    Account after = before;
    for (const ledger::NewEvent& event : events) apply(after, event.type, event.data);
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::account;
    write.stream = before.id.value;
    write.head = before.head;
    write.meta = std::move(meta);
    write.events = std::move(events);
    const std::string status(status_of(after));
    if (before.head.version == 0)
        write.rows.push_back({&insert_account,
                              {after.id.value, std::string(to_string(after.kind)), after.user_name, after.display_name,
                               fold(after.display_name + " " + after.user_name), status, milliseconds(write.meta.at),
                               after.access_version, after.head.version, std::int64_t{0}},
                              {9},
                              1});
    else
        write.rows.push_back(
            {&update_account,
             {after.id.value, before.head.version, status, after.access_version, after.head.version, std::int64_t{0}},
             {5},
             1});
    if (after.access_version != before.access_version) add_post_rows(before, after, write.rows);
    return write;
}

ledger::RowChange insert_person(FieldKeys& keys, AccountId id, const PersonData& person) {
    return {&insert_person_row, person_values(keys, id, person), {}, 1};
}

ledger::RowChange update_person(FieldKeys& keys, AccountId id, const PersonData& person) {
    return {&update_person_row, person_values(keys, id, person), {}, 1};
}

ledger::RowChange put_password(AccountId id, std::string hash, Instant at) {
    return {&put_credential, {id.value, std::move(hash), milliseconds(at)}, {}, 1};
}

void store_head(db::WriteSession& session, AccountId id, ledger::Head head) {
    session.execute(update_head, {id.value, head.version, head.position});
}

std::optional<ledger::Head> find_head(db::Session& session, AccountId id) {
    return session.find_one(select_head, {id.value}, [](const Row& row) {
        return ledger::Head{row.int64(0), row.int64(1)};
    });
}

std::optional<SignInRow> find_sign_in(db::Session& session, std::string_view user_name) {
    return session.find_one(select_sign_in, {std::string(user_name)}, [](const Row& row) {
        return SignInRow{AccountId{row.int64(0)}, std::string(row.text(1))};
    });
}

std::vector<StaffRow> list_staff(db::Session& session, const StaffQuery& query) {
    return session.list(
        select_staff,
        {query.viewer.value, day_number(query.day), query.unit.value, query.words, query.after, query.limit},
        [](const Row& row) {
            return StaffRow{AccountId{row.int64(0)}, std::string(row.text(1)), std::string(row.text(2)),
                            row.text(3) == "disabled"};
        });
}

std::vector<RoleHolder> list_role_holders(db::Session& session, std::string_view role, const Subject& subject,
                                          LocalDay day, std::int64_t limit) {
    return session.list(
        select_role_holders,
        {std::string(role), subject.unit.value, std::string(subject.field), subject.procedure.value, day_number(day),
         limit},
        [](const Row& row) {
            return RoleHolder{OfficerId{row.int64(0)}, std::string(row.text(1)), std::string(row.text(2))};
        });
}

bool is_role_holder(db::Session& session, OfficerId officer, std::string_view role, const Subject& subject,
                    LocalDay day) {
    auto found = session.find_one(select_role_holder,
                                  {officer.value, std::string(role), subject.unit.value, std::string(subject.field),
                                   subject.procedure.value, day_number(day)},
                                  [](const Row&) { return true; });
    return found.has_value();
}

std::optional<std::string> find_display_name(db::Session& session, AccountId id) {
    return session.find_one(select_name, {id.value}, [](const Row& row) { return std::string(row.text(0)); });
}

std::optional<PersonId> find_person_by_citizen_id(db::Session& session, std::string_view citizen_id) {
    return to_person_id(session, select_by_citizen_id, citizen_id, citizen_context);
}

std::optional<PersonId> find_person_by_tax_code(db::Session& session, std::string_view tax_code) {
    return to_person_id(session, select_by_tax_code, tax_code, tax_context);
}

std::vector<std::string> check_accounts(db::Session& session, std::size_t limit) {
    constexpr std::int64_t batch = 500;
    constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();
    std::vector<std::string> wrong;
    for (std::int64_t after = 0; wrong.size() < limit;) {
        const auto accounts = session.list(select_accounts_after, {after, batch}, to_account);
        if (accounts.empty()) break;
        after = accounts.back().id.value;
        for (const Account& head : accounts) {
            const db::Snapshot snapshot(session);  // other servers may be writing
            const Account row = find_account(session, head.id).value_or(head);
            Account folded;
            for (const auto& event : ledger::read_stream(session, ledger::StreamKind::account, row.id.value, row.head))
                apply(folded, event.type, event.data);
            std::ranges::sort(folded.posts, {}, &Post::id);
            const bool names = row.kind != AccountKind::officer ||
                               (folded.user_name == row.user_name && folded.display_name == row.display_name);
            if (folded.kind != row.kind || folded.disabled != row.disabled || folded.posts != row.posts || !names ||
                folded.access_version != row.access_version || folded.head.version != row.head.version)
                wrong.push_back(fmt::format("account {}: its rows are not what its events say", to_string(row.id)));
            else if (grants_of(row) != read_grants(session, row.id))
                wrong.push_back(fmt::format("account {}: its grants are not what its posts say", to_string(row.id)));
            const bool readable = unless_damaged([&] { return find_person(session, row.id); }).has_value();
            if (!readable || std::ranges::any_of(list_given(session, row.id, all), &Mandate::unreadable))
                wrong.push_back(fmt::format("account {}: a personal value cannot be opened", to_string(row.id)));
            if (wrong.size() >= limit) break;
        }
    }
    return wrong;
}

}  // namespace motcua::identity
