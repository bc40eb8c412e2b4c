#include "identity/external.hpp"

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "base/text.hpp"
#include "identity/account_rows.hpp"
#include "identity/mandate.hpp"
#include "ledger/committer.hpp"

namespace motcua::identity {

namespace {

using db::Row;
using db::Statement;

constexpr Statement select_external{
    "identity.select_external", "SELECT account_id FROM external_identity WHERE provider = $1 AND subject_key = $2"};
constexpr Statement select_external_of{
    "identity.select_external_of",
    "SELECT subject_key FROM external_identity WHERE account_id = $1 AND provider = $2 LIMIT 1"};
constexpr Statement insert_external{"identity.insert_external",
                                    "INSERT INTO external_identity (provider, subject_key, account_id, linked_at)"
                                    " VALUES ($1, $2, $3, $4) ON CONFLICT (provider, subject_key) DO NOTHING"};

std::unexpected<Error> conflict() { return fail(Errc::conflict, "identity.claims_conflict"); }

/// Takes over what is well-formed and not known yet; says whether anything changed.
bool complete(PersonData& known, const PersonData& said) {
    const PersonData before = known;
    if (known.phone.empty()) known.phone = said.phone;
    if (known.email.empty()) known.email = said.email;
    if (known.address.empty()) known.address = said.address;
    return known != before;
}

/// One kind of account: the person's by citizen id, or the business's by tax code.
class Linking {
  public:
    Linking(Identity& identity, const ExternalPerson& person, AccountKind kind, AccountId fresh, ledger::Meta meta)
        : identity_(identity), person_(person), kind_(kind), fresh_(fresh), meta_(std::move(meta)) {
        believed_ = person.level >= identity.options().link_level_min;
    }

    /// Finds or makes the account with one write set. Reasons of sign_in_external.
    Result<AccountId> run(bool by_subject) {
        AccountId found;
        TRY(ledger::run_command(
            identity_.database(), identity_.committer(),
            [&](db::Session& session) -> Result<ledger::WriteSet> { return prepare(session, by_subject, found); }));
        return found;
    }

  private:
    bool is_person() const { return kind_ == AccountKind::person; }
    const std::string& number_of(const PersonData& data) const { return is_person() ? data.citizen_id : data.tax_code; }

    std::optional<AccountId> owner_of_number(db::Session& session) const {
        const auto owner = is_person() ? find_person_by_citizen_id(session, number_of(person_.data))
                                       : find_person_by_tax_code(session, number_of(person_.data));
        return owner ? std::optional(AccountId{owner->value}) : std::nullopt;
    }

    Result<ledger::WriteSet> prepare(db::Session& session, bool by_subject, AccountId& found) {
        const auto linked = by_subject ? find_external(session, person_.provider, person_.subject) : std::nullopt;
        const auto owner = owner_of_number(session);
        if (linked && owner && *linked != *owner) return conflict();
        const auto id = linked ? linked : owner;
        found = id.value_or(fresh_);
        if (!id) return make_new(by_subject);
        auto account = find_account(session, *id);
        auto data = find_person(session, *id);
        if (!account || !data || account->kind != kind_) return conflict();
        if (!linked && !believed_) return fail(Errc::forbidden, "identity.level_too_low");
        if (!linked && by_subject && is_linked_elsewhere(session, *id)) return conflict();
        return update(*account, *data, linked.has_value() || !by_subject);
    }

    /// Whether another subject of this provider is the account already.
    bool is_linked_elsewhere(db::Session& session, AccountId id) const {
        return session.find_one(select_external_of, {id.value, person_.provider}, [](const Row&) { return true; })
            .has_value();
    }

    Result<ledger::WriteSet> update(const Account& account, PersonData data, bool known) {
        const std::string& number = number_of(person_.data);
        if (!number.empty() && !number_of(data).empty() && number != number_of(data)) return conflict();
        bool changed = complete(data, person_.data);
        if (believed_ && !number.empty() && (number_of(data).empty() || data.proof < person_.level)) {
            (is_person() ? data.citizen_id : data.tax_code) = number;
            data.proof = person_.level;
            changed = true;
        }
        ledger::WriteSet write;
        if (known && !changed) {
            write.kind = ledger::StreamKind::account;
            write.meta = meta_;
            return write;
        }
        write = make_write_set(account, {linked_event(data.proof)}, meta_);
        write.rows.push_back(update_person(identity_.database().field_keys(), account.id, data));
        if (!known) write.rows.push_back(link_row(account.id));
        return write;
    }

    Result<ledger::WriteSet> make_new(bool by_subject) {
        Account account;
        account.id = fresh_;
        account.kind = kind_;
        account.user_name = person_.provider + "." + lower(to_string(fresh_));
        account.display_name = is_person() ? person_.name : person_.business_name;
        PersonData data;
        complete(data, person_.data);
        if (believed_) {
            (is_person() ? data.citizen_id : data.tax_code) = number_of(person_.data);
            data.proof = person_.level;
        }
        auto write = make_write_set(
            account, {{"account_created", 1, {{"kind", to_string(kind_)}}}, linked_event(data.proof)}, meta_);
        write.rows.push_back(insert_person(identity_.database().field_keys(), account.id, data));
        if (by_subject) write.rows.push_back(link_row(account.id));
        return write;
    }

    ledger::NewEvent linked_event(int proof) const {
        return {"identity_linked", 1, {{"provider", person_.provider}, {"proof", proof}}};
    }
    /// Somebody else signing in with the same subject at this moment makes it a conflict: looked at again.
    ledger::RowChange link_row(AccountId id) const {
        return {&insert_external,
                {person_.provider, subject_key(identity_.database().field_keys(), person_.provider, person_.subject),
                 id.value, meta_.at.time_since_epoch().count()},
                {},
                1};
    }

    Identity& identity_;
    const ExternalPerson& person_;
    const AccountKind kind_;
    const AccountId fresh_;
    const ledger::Meta meta_;
    bool believed_ = false;
};

Result<void> check_claims(ExternalPerson& person) {
    const auto invalid = [](std::string_view what) {
        return fail(Errc::invalid, "identity.claims_invalid", {{"what", std::string(what)}});
    };
    const bool business = person.data.citizen_id.empty() && !person.data.tax_code.empty();
    const std::string& name = business && !person.business_name.empty() ? person.business_name : person.name;
    if (person.subject.empty() || fold(name).empty()) return fail(Errc::invalid, "identity.claims_missing");
    if (business) person.business_name = name;
    PersonData numbers;
    numbers.citizen_id = person.data.citizen_id;
    if (!numbers.citizen_id.empty() && !check_person(AccountKind::person, numbers)) return invalid("citizen_id");
    numbers = {};
    numbers.tax_code = person.data.tax_code;
    if (!numbers.tax_code.empty() && !check_person(AccountKind::business, numbers)) return invalid("tax_code");
    // How to reach somebody is a help, not an identity: what cannot be used is left out.
    PersonData reach;
    reach.tax_code = "0000000000";
    reach.phone = person.data.phone;
    if (!check_person(AccountKind::business, reach)) person.data.phone.clear();
    reach.phone.clear();
    reach.email = person.data.email;
    if (!check_person(AccountKind::business, reach)) person.data.email.clear();
    return {};
}

/// The provider vouches for it now; the next sign-in says it again or not.
Result<void> represent(Identity& identity, AccountId business, AccountId person, const std::string& name,
                       const ledger::Meta& meta) {
    const MandateId fresh = identity.ids().make<MandateId>();
    TRY(ledger::run_command(
        identity.database(), identity.committer(), [&](db::Session& session) -> Result<ledger::WriteSet> {
            const auto account = find_account(session, business);
            if (!account) return conflict();
            const Instant until = meta.at + identity.options().session_absolute;
            const auto between = find_between(session, MandateKind::representative, business, person);
            if (between && between->source != MandateSource::provider && is_usable(*between, meta.at)) {
                ledger::WriteSet nothing;
                nothing.kind = ledger::StreamKind::account;
                nothing.meta = meta;
                return nothing;
            }
            const bool again = between && between->source == MandateSource::provider;
            Mandate mandate;
            mandate.id = again ? between->id : fresh;
            mandate.kind = MandateKind::representative;
            mandate.giver = business;
            mandate.holder = person;
            mandate.holder_name = name;
            mandate.from = meta.at;
            mandate.to = until;
            mandate.source = MandateSource::provider;
            mandate.created_at = meta.at;
            auto write = make_write_set(*account,
                                        {{"mandate_given",
                                          1,
                                          {{"mandate", to_string(mandate.id)},
                                           {"kind", "representative"},
                                           {"holder", to_string(person)},
                                           {"until", format_iso(until)},
                                           {"source", "provider"}}}},
                                        meta);
            write.rows.push_back(again ? extend_mandate(mandate.id, until)
                                       : insert_mandate(session.field_keys(), mandate));
            return write;
        }));
    return {};
}

}  // namespace

std::string subject_key(FieldKeys& keys, std::string_view provider, std::string_view subject) {
    return keys.look_up_key(subject, "external_identity:" + std::string(provider));
}

std::optional<AccountId> find_external(db::Session& session, std::string_view provider, std::string_view subject) {
    return session.find_one(select_external,
                            {std::string(provider), subject_key(session.field_keys(), provider, subject)},
                            [](const Row& row) { return AccountId{row.int64(0)}; });
}

Result<SignedIn> sign_in_external(Identity& identity, const ExternalPerson& said, const SignInAttempt& attempt) {
    ExternalPerson person = said;
    TRY(check_claims(person));
    const ledger::Meta meta{attempt.now, "visitor", "", std::string(attempt.request_id)};
    const bool business_alone = person.data.citizen_id.empty() && !person.data.tax_code.empty();
    const AccountKind kind = business_alone ? AccountKind::business : AccountKind::person;
    const AccountId id = TRY(Linking(identity, person, kind, identity.ids().make<AccountId>(), meta).run(true));
    const bool believed = person.level >= identity.options().link_level_min;
    if (!business_alone && believed && !person.data.tax_code.empty() && !person.business_name.empty()) {
        const AccountId business =
            TRY(Linking(identity, person, AccountKind::business, identity.ids().make<AccountId>(), meta).run(false));
        TRY(represent(identity, business, id, person.name, meta));
    }
    SignInAttempt named = attempt;
    const std::string name = "external " + person.provider + " " +
                             subject_key(identity.database().field_keys(), person.provider, person.subject);
    named.user_name = name;
    return identity.open_session(
        id, named, Entry{.by = Entry::By::provider, .provider = person.provider, .proven_at = person.signed_in_at});
}

}  // namespace motcua::identity
