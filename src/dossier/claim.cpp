// Which dossiers a person follows: those filed by himself or in his name under a mandate, and those filed at a counter
// once he has proven to be that applicant. Nothing becomes anybody's by a number that nobody has proven.
#include "dossier/claim.hpp"

#include "base/field_keys.hpp"
#include "base/log.hpp"
#include "dossier/access.hpp"
#include "dossier/api.hpp"
#include "identity/account_rows.hpp"
#include "ledger/committer.hpp"

namespace motcua::dossier {

namespace {

constexpr int claimed_at_once = 200;

Result<void> claim(const ApiParts& parts, DossierId id, PersonId person, const ledger::Meta& meta) {
    const auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
        const Dossier dossier = TRY(get_dossier(session, id));
        ledger::WriteSet nothing;
        nothing.meta = meta;
        if (dossier.owner) return nothing;
        return make_write_set(dossier, {"dossier_claimed", 1, {{"owner", person.value}}}, meta);
    };
    TRY(ledger::run_command(parts.identity.database(), parts.identity.committer(), prepare));
    return {};
}

}  // namespace

PersonId find_proven(db::Session& session, std::string_view id_number, int proof_min) {
    if (id_number.empty()) return {};
    auto found = identity::find_person_by_citizen_id(session, id_number);
    if (!found) found = identity::find_person_by_tax_code(session, id_number);
    if (!found) return {};
    const auto data = unless_damaged([&] { return identity::find_person(session, identity::AccountId{found->value}); });
    return data && *data && (*data)->proof >= proof_min ? *found : PersonId{};
}

Result<int> claim_dossiers(const ApiParts& parts, PersonId person, const ledger::Meta& meta) {
    std::vector<DossierId> waiting;
    {
        auto session = parts.identity.database().reader();
        const auto data = identity::find_person(*session, identity::AccountId{person.value});
        if (!data || data->proof < parts.identity.options().link_level_min) return 0;
        for (const std::string& number : {data->citizen_id, data->tax_code})
            if (!number.empty())
                for (const DossierId id : list_unclaimed(*session, number, claimed_at_once)) waiting.push_back(id);
    }
    for (const DossierId id : waiting) TRY(claim(parts, id, person, meta));
    return static_cast<int>(waiting.size());
}

void claim_at_sign_in(const ApiParts& parts) {
    parts.identity.on_person_signed_in([&parts](PersonId person, const ledger::Meta& meta) {
        const auto claimed = claim_dossiers(parts, person, meta);
        if (!claimed) log::warn("dossiers_not_claimed", {{"reason", claimed.error().reason}});
    });
}

std::vector<Dossier> list_followed(const ApiParts& parts, const http::Context& context, const http::Request& request,
                                   std::optional<DossierId> before, int limit) {
    const PersonId person = request.principal.person();
    if (!request.principal.acting || request.principal.acting->is_whole())
        return list_own(context.db, person, before, limit);
    std::vector<Dossier> found;
    const LocalDay day = local_day(context.now);
    each_own(context.db, person, before, [&](Dossier& dossier) {
        if (is_within(request.principal, dossier.id, dossier.procedure, matter_of(parts, dossier, day)))
            found.push_back(std::move(dossier));
        return std::ssize(found) < limit;
    });
    return found;
}

}  // namespace motcua::dossier
