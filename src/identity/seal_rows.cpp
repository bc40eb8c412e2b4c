#include "identity/seal_rows.hpp"

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "identity/account_rows.hpp"
#include "identity/external.hpp"
#include "identity/mandate.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_persons{"identity.select_plain_persons",
                                   "SELECT account_id FROM person WHERE sealed = 0 ORDER BY account_id LIMIT $1"};
constexpr Statement select_mandates{"identity.select_plain_mandates",
                                    "SELECT id FROM mandate WHERE holder_key = '' AND holder_number <> ''"
                                    " ORDER BY id LIMIT $1"};
constexpr Statement update_mandate{"identity.seal_mandate",
                                   "UPDATE mandate SET holder_number = $2, holder_key = $3 WHERE id = $1"};
constexpr Statement select_subjects{"identity.select_plain_subjects",
                                    "SELECT provider, subject_key FROM external_identity"
                                    " WHERE substr(subject_key, 1, 5) <> 'mch1.' ORDER BY provider, subject_key"
                                    " LIMIT $1"};
constexpr Statement update_subject{"identity.seal_subject",
                                   "UPDATE external_identity SET subject_key = $3"
                                   " WHERE provider = $1 AND subject_key = $2"};
constexpr Statement count_plain{"identity.count_plain", R"(
    SELECT (SELECT count(*) FROM person WHERE sealed = 0)
         + (SELECT count(*) FROM mandate WHERE holder_key = '' AND holder_number <> '')
         + (SELECT count(*) FROM external_identity WHERE substr(subject_key, 1, 5) <> 'mch1.'))"};

}  // namespace

std::int64_t seal_plain_rows(db::WriteSession& session, int limit) {
    FieldKeys& keys = session.field_keys();
    const db::Values at_most{std::int64_t{limit}};
    const auto persons = session.list(select_persons, at_most, [](const Row& row) { return AccountId{row.int64(0)}; });
    for (const AccountId id : persons) {
        const auto person = find_person(session, id);
        CHECK(person, "a person of this transaction");
        const ledger::RowChange sealed = update_person(keys, id, *person);
        session.execute(*sealed.statement, sealed.values);
    }
    const auto mandates =
        session.list(select_mandates, at_most, [](const Row& row) { return MandateId{row.int64(0)}; });
    for (const MandateId id : mandates) {
        const auto mandate = find_mandate(session, id);
        CHECK(mandate, "a mandate of this transaction");
        const SealedNumber number = seal_holder_number(keys, *mandate);
        session.execute(update_mandate, {id.value, number.sealed, number.key});
    }
    using Plain = std::pair<std::string, std::string>;
    const auto subjects = session.list(select_subjects, at_most, [](const Row& row) {
        return Plain(std::string(row.text(0)), std::string(row.text(1)));
    });
    for (const auto& [provider, subject] : subjects)
        session.execute(update_subject, {provider, subject, subject_key(keys, provider, subject)});
    return std::ssize(persons) + std::ssize(mandates) + std::ssize(subjects);
}

std::int64_t count_plain_rows(db::Session& session) {
    return session.find_one(count_plain, {}, [](const Row& row) { return row.int64(0); }).value_or(0);
}

}  // namespace motcua::identity
