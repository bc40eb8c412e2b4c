#include "identity/mandates.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "base/text.hpp"
#include "identity/one_time_code.hpp"
#include "identity/session_rows.hpp"

namespace motcua::identity {

namespace {

constexpr std::string_view assistance_text =
    "Mã {code}: đồng ý để {helper} làm thủ tục thay ông/bà trong 60 phút. Chỉ đọc mã này nếu chính ông/bà nhờ.";
constexpr std::size_t code_bytes_max = 60;  // of one procedure or field code
constexpr std::size_t reason_chars_min = 5;

std::unexpected<Error> not_found() { return fail(Errc::not_found, "mandate.not_found"); }

bool is_open(const Mandate& mandate, Instant now) { return !mandate.revoked_at && now < mandate.to; }

/// Assistance that still waits for its yes.
bool is_waiting(const Mandate& mandate, Instant now) {
    return mandate.kind == MandateKind::assistance && mandate.source == MandateSource::none && is_open(mandate, now);
}

ledger::NewEvent given_event(const Mandate& mandate) {
    json::object data{{"mandate", to_string(mandate.id)},
                      {"kind", to_string(mandate.kind)},
                      {"until", format_iso(mandate.to)},
                      {"source", to_string(mandate.source)}};
    if (mandate.holder) data["holder"] = to_string(mandate.holder);
    return {"mandate_given", 1, std::move(data)};
}

/// Somebody acts for a person: who did it stays, for whom is added.
ledger::Meta for_giver(ledger::Meta meta, AccountId giver) {
    if (meta.on_behalf_of.empty() && meta.actor != "person:" + to_string(giver))
        meta.on_behalf_of = "person:" + to_string(giver);
    return meta;
}

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
    if (const std::size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), by);
    return text;
}

bool are_codes(const std::vector<std::string>& codes) {
    return std::ranges::all_of(codes, [](const std::string& code) {
        return !code.empty() && code.size() <= code_bytes_max &&
               std::ranges::all_of(code, [](char c) { return c > ' ' && c <= '~'; });
    });
}

}  // namespace

Result<AccountId> giver_of(const http::Principal& principal) {
    if (principal.acting) {
        const http::Acting& acting = *principal.acting;
        if (acting.kind == to_string(MandateKind::representative) && acting.is_whole())
            return AccountId{acting.person.value};
        return fail(Errc::forbidden, "mandate.not_yours");
    }
    if (principal.kind != http::PrincipalKind::person) return fail(Errc::forbidden, "mandate.not_yours");
    return AccountId{principal.id};
}

Result<PreparedMandate> prepare_mandate(Identity& identity, db::Session& session, const http::Principal& principal,
                                        const MandateOrder& order, ledger::Meta meta) {
    const AccountId giver = TRY(giver_of(principal));
    TRY(identity.check_confirmed(session, principal, meta.at));
    const auto account = find_account(session, giver);
    const auto data = find_person(session, giver);
    if (!account || !data) return fail(Errc::not_found, "account.not_found");
    PersonData holder;
    holder.citizen_id = order.holder_number;
    if (!check_person(AccountKind::person, holder) || fold(order.holder_name).empty())
        return fail(Errc::invalid, "mandate.holder_invalid");
    if (data->citizen_id == order.holder_number) return fail(Errc::invalid, "mandate.to_oneself");
    const LocalDay today = local_day(meta.at);
    if (order.from < today || order.to < order.from || order.to - order.from > mandate_days_max)
        return fail(Errc::invalid, "mandate.dates_invalid", {{"days", std::to_string(mandate_days_max.count())}});
    if (order.procedures.size() + order.fields.size() > mandate_limits_max || !are_codes(order.procedures) ||
        !are_codes(order.fields))
        return fail(Errc::invalid, "mandate.limits_too_many", {{"limit", std::to_string(mandate_limits_max)}});
    const auto given = list_given(session, giver, mandates_shown);
    const auto open = std::ranges::count_if(given, [&](const Mandate& one) { return is_open(one, meta.at); });
    if (open >= static_cast<std::int64_t>(mandates_open_max))
        return fail(Errc::conflict, "mandate.too_many", {{"limit", std::to_string(mandates_open_max)}});
    PreparedMandate prepared;
    Mandate& mandate = prepared.mandate;
    mandate.id = identity.ids().make<MandateId>();
    mandate.kind = account->kind == AccountKind::business ? MandateKind::representative : MandateKind::mandate;
    mandate.giver = giver;
    mandate.holder_number = order.holder_number;
    mandate.holder_name = nfc(order.holder_name);
    mandate.procedures = order.procedures;
    mandate.fields = order.fields;
    mandate.dossier = order.dossier;
    mandate.from = order.from == today ? meta.at : to_instant(LocalMinute{order.from});
    mandate.to = to_instant(LocalMinute{order.to + std::chrono::days{1}});
    mandate.source = MandateSource::giver;
    mandate.created_at = meta.at;
    prepared.write = make_write_set(*account, {given_event(mandate)}, for_giver(std::move(meta), giver));
    prepared.write.rows.push_back(insert_mandate(session.field_keys(), mandate));
    return prepared;
}

Result<ledger::WriteSet> prepare_end(const Identity& identity, db::Session& session, const http::Principal& principal,
                                     MandateId id, ledger::Meta meta) {
    const auto mandate = find_mandate(session, id);
    if (!mandate || !is_open(*mandate, meta.at)) return not_found();
    const auto giver = giver_of(principal);
    const AccountId self{principal.id};
    const bool by_holder = is_holder(session, *mandate, self, identity.options().link_level_min);
    if (!(giver && *giver == mandate->giver) && !by_holder) return not_found();
    const auto account = find_account(session, mandate->giver);
    if (!account) return not_found();
    const Instant at = meta.at;
    auto write = make_write_set(*account, {{"mandate_revoked", 1, {{"mandate", to_string(id)}}}},
                                for_giver(std::move(meta), mandate->giver));
    write.rows.push_back(revoke_mandate(id, self, at));
    return write;
}

Result<ledger::WriteSet> prepare_acting(const Identity& identity, db::Session& session,
                                        const http::Principal& principal, MandateId id, ledger::Meta meta) {
    const auto mandate = find_mandate(session, id);
    const AccountId self{principal.id};
    if (!mandate || !is_holder(session, *mandate, self, identity.options().link_level_min)) return not_found();
    if (!is_usable(*mandate, meta.at)) return fail(Errc::conflict, "mandate.not_usable");
    const auto account = find_account(session, mandate->giver);
    if (!account || account->disabled) return fail(Errc::conflict, "mandate.not_usable");
    meta.on_behalf_of.clear();
    auto write =
        make_write_set(*account, {{"acting_began", 1, {{"mandate", to_string(id)}, {"session", principal.session_id}}}},
                       for_giver(std::move(meta), mandate->giver));
    write.rows.push_back(put_mandate(self, SessionId{parse_id(principal.session_id).value_or(0)}, id.value));
    return write;
}

ledger::WriteSet prepare_leaving(db::Session& session, const http::Principal& principal, ledger::Meta meta) {
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::account;
    const auto account =
        principal.acting ? find_account(session, AccountId{principal.acting->person.value}) : std::nullopt;
    if (account)
        write =
            make_write_set(*account, {{"acting_ended", 1, {{"mandate", format_id(principal.acting->mandate)}}}}, meta);
    write.meta = std::move(meta);
    // Also when the mandate has ended by itself.
    write.rows.push_back(
        put_mandate(AccountId{principal.id}, SessionId{parse_id(principal.session_id).value_or(0)}, 0));
    return write;
}

namespace {

/// The person's account; made when there is none.
Result<AccountId> person_of(Identity& identity, const AssistanceOrder& order, const ledger::Meta& meta, bool& fresh) {
    if (const auto found = find_person_by_citizen_id(*identity.database().reader(), order.citizen_id))
        return AccountId{found->value};
    fresh = true;
    NewAccount account{.kind = AccountKind::person,
                       .user_name = "assisted." + lower(to_string(identity.ids().make<AccountId>())),
                       .display_name = nfc(order.name)};
    account.person.citizen_id = order.citizen_id;
    account.person.phone = order.phone;
    return identity.create_account(std::move(account), {}, meta);
}

}  // namespace

Result<Mandate> ask_assistance(Identity& identity, const http::Principal& helper, const AssistanceOrder& order,
                               std::string_view address, ledger::Meta meta) {
    if (helper.kind != http::PrincipalKind::officer || !helper.has(permission::dossier_file_for_other))
        return fail(Errc::forbidden, "assistance.not_permitted");
    PersonData person;
    person.citizen_id = order.citizen_id;
    person.phone = order.phone;
    TRY(check_person(AccountKind::person, person));
    if (fold(order.name).empty()) return fail(Errc::invalid, "account.name_missing");
    // Whoever tries numbers is slowed down, and a person is not rung up again and again.
    // The guard keeps a hash that everybody can make: not of a number.
    const std::string number_key = identity.database().field_keys().look_up_key(order.citizen_id, "assistance");
    const std::string guarded = "assistance " + number_key, from = "assistance|" + std::string(address);
    TRY(identity.check_guard(*identity.database().reader(), guarded, from, meta.at));
    TRY(identity.record_failure(guarded, from, std::nullopt, meta));
    bool fresh = false;
    Mandate mandate;
    mandate.giver = TRY(person_of(identity, order, meta, fresh));
    mandate.id = identity.ids().make<MandateId>();
    mandate.kind = MandateKind::assistance;
    mandate.holder = AccountId{helper.id};
    mandate.holder_name = helper.display_name;
    mandate.from = meta.at;
    mandate.to = meta.at + assistance_waits;
    mandate.source = MandateSource::none;
    mandate.created_at = meta.at;
    const auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
        const auto account = find_account(session, mandate.giver);
        if (!account || account->disabled) return fail(Errc::conflict, "mandate.not_usable");
        auto write = make_write_set(*account, {given_event(mandate)}, for_giver(meta, mandate.giver));
        write.rows.push_back(insert_mandate(session.field_keys(), mandate));
        return write;
    };
    TRY(ledger::run_command(identity.database(), identity.committer(), prepare));
    if (!order.send_code) return mandate;
    const auto known = find_person(*identity.database().reader(), mandate.giver);
    sending::Message message;
    message.purpose = "assistance_code";
    message.text = replaced(std::string(assistance_text), "{helper}", helper.display_name);
    message.subject = "Mã xác nhận hỗ trợ làm thủ tục";
    if (known && !known->phone.empty()) {
        message.to = known->phone;
    } else if (known && !known->email.empty()) {
        message.channel = sending::Channel::email;
        message.to = known->email;
    }
    TRY(send_one_time_code(identity, "assistance " + to_string(mandate.id), std::move(message), meta.at));
    return mandate;
}

Result<void> approve_assistance(Identity& identity, const http::Principal& principal, MandateId id,
                                const Approval& approval, ledger::Meta meta) {
    const auto mandate = find_mandate(*identity.database().reader(), id);
    if (!mandate || !is_waiting(*mandate, meta.at)) return not_found();
    const bool by_person = approval.source == MandateSource::session;
    const auto giver = giver_of(principal);
    if (by_person ? !(giver && *giver == mandate->giver)
                  : principal.kind != http::PrincipalKind::officer || mandate->holder.value != principal.id)
        return not_found();
    if (approval.source == MandateSource::paper) {
        if (!principal.has(permission::dossier_receive)) return fail(Errc::forbidden, "assistance.not_permitted");
        if (fold(approval.reason).size() < reason_chars_min) return fail(Errc::invalid, "assistance.reason_missing");
    }
    if (approval.source == MandateSource::code)
        TRY(use_one_time_code(identity, "assistance " + to_string(id), approval.code, meta.at));
    const auto prepare = [&](db::Session& session) -> Result<ledger::WriteSet> {
        const auto account = find_account(session, mandate->giver);
        if (!account) return not_found();
        auto write = make_write_set(
            *account, {{"mandate_approved", 1, {{"mandate", to_string(id)}, {"source", to_string(approval.source)}}}},
            for_giver(meta, mandate->giver));
        write.rows.push_back(
            approve_mandate(id, approval.source, nfc(approval.reason), meta.at, meta.at + assistance_time));
        return write;
    };
    // Somebody else was faster, or it was declined: found at the next look.
    auto done = ledger::run_command(identity.database(), identity.committer(), prepare);
    if (!done) return std::unexpected(done.error());
    return {};
}

}  // namespace motcua::identity
