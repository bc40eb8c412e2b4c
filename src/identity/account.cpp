#include "identity/account.hpp"

#include <algorithm>
#include <ranges>

#include "base/check.hpp"
#include "base/text.hpp"
#include "organisation/directory.hpp"

namespace motcua::identity {

namespace {

constexpr std::size_t user_name_chars_min = 2, user_name_chars_max = 64;
constexpr std::size_t phone_digits_min = 9, phone_digits_max = 12, email_chars_max = 254;

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_tax_code(std::string_view text) {
    if (text.size() == 14) return is_digits(text.substr(0, 10)) && text[10] == '-' && is_digits(text.substr(11));
    return is_digits(text) && (text.size() == 10 || text.size() == 12);
}

bool is_phone(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    return is_digits(text) && text.size() >= phone_digits_min && text.size() <= phone_digits_max;
}

bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    return text.size() <= email_chars_max && at != std::string_view::npos && at > 0 &&
           text.find('.', at + 2) != std::string_view::npos && !text.ends_with('.') &&
           text.find('@', at + 1) == std::string_view::npos &&
           std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7F && c != ',' && c != ';'; });
}

bool overlap(const Validity& a, const Validity& b) { return a.from < b.to && b.from < a.to; }

json::object to_json(const Post& post) {
    json::array procedures;
    for (ProcedureId procedure : post.procedures) procedures.emplace_back(motcua::to_string(procedure));
    json::object data{{"post", motcua::to_string(post.id)},
                      {"unit", post.unit == everywhere ? "" : motcua::to_string(post.unit)},
                      {"role", post.role},
                      {"title", post.title}};
    if (!post.validity.is_open_start()) data["from"] = format_day(post.validity.from);
    if (!post.validity.is_open_end()) data["to"] = format_day(post.validity.to);
    if (!post.fields.empty()) data["fields"] = json::value_from(post.fields);
    if (!procedures.empty()) data["procedures"] = std::move(procedures);
    if (post.delegated_by) data["delegated_by"] = motcua::to_string(post.delegated_by);
    return data;
}

LocalDay day_or(const json::object& data, std::string_view key, LocalDay fallback) {
    const auto text = find_string(data, key);
    return text ? parse_day(*text).value_or(fallback) : fallback;
}

std::int64_t id_of(const json::object& data, std::string_view key) {
    return parse_id(find_string(data, key).value_or("")).value_or(0);
}

Post read_post(const json::object& data) {
    Post post;
    post.id = PostId{id_of(data, "post")};
    post.unit = UnitId{id_of(data, "unit")};
    post.role = string_or(data, "role");
    post.title = string_or(data, "title");
    post.validity = {day_or(data, "from", LocalDay::min()), day_or(data, "to", LocalDay::max())};
    if (const json::array* fields = find_array(data, "fields"))
        for (const json::value& field : *fields)
            if (field.is_string()) post.fields.emplace_back(field.get_string());
    if (const json::array* procedures = find_array(data, "procedures"))
        for (const json::value& procedure : *procedures)
            if (procedure.is_string()) post.procedures.emplace_back(parse_id(procedure.get_string()).value_or(0));
    post.delegated_by = AccountId{id_of(data, "delegated_by")};
    return post;
}

Result<void> check_post(const Post& post, const Facts& facts) {
    if (!facts.roles.find(post.role)) return fail(Errc::invalid, "account.role_unknown", {{"role", post.role}});
    if (post.fields.size() + post.procedures.size() > post_limits_max)
        return fail(Errc::invalid, "account.post_limits_too_many", {{"limit", std::to_string(post_limits_max)}});
    if (post.validity.to <= post.validity.from) return fail(Errc::invalid, "account.post_end_invalid");
    if (post.unit == everywhere) return {};
    const organisation::Unit* unit = facts.directory.find(post.unit);
    if (!unit) return fail(Errc::invalid, "account.unit_unknown", {{"unit", motcua::to_string(post.unit)}});
    if (!overlap(unit->validity, post.validity))
        return fail(Errc::invalid, "account.post_outside_unit", {{"unit", unit->name}});
    return {};
}

bool same_task(const Post& a, const Post& b) {
    return a.unit == b.unit && a.role == b.role && a.fields == b.fields && a.procedures == b.procedures &&
           overlap(a.validity, b.validity);
}

}  // namespace

std::string_view to_string(AccountKind kind) {
    switch (kind) {
        case AccountKind::officer:
            return "officer";
        case AccountKind::person:
            return "person";
        case AccountKind::business:
            return "business";
    }
    return "officer";
}

std::optional<AccountKind> parse_account_kind(std::string_view text) {
    for (AccountKind kind : {AccountKind::officer, AccountKind::person, AccountKind::business})
        if (text == to_string(kind)) return kind;
    return std::nullopt;
}

const Post* Account::find_post(PostId post) const {
    auto found = std::ranges::find(posts, post, &Post::id);
    return found == posts.end() ? nullptr : &*found;
}

std::vector<Grant> grants_of(const Post& post) {
    std::vector<Grant> grants;
    const Grant whole{post.role, post.unit, post.validity, {}, {}};
    if (post.fields.empty() && post.procedures.empty()) grants.push_back(whole);
    for (const std::string& field : post.fields) {
        grants.push_back(whole);
        grants.back().field = field;
    }
    for (ProcedureId procedure : post.procedures) {
        grants.push_back(whole);
        grants.back().procedure = procedure;
    }
    return grants;
}

std::vector<Grant> grants_of(const Account& account) {
    std::vector<Grant> all;
    if (account.disabled) return all;
    for (const Post& post : account.posts)
        for (Grant& grant : grants_of(post)) all.push_back(std::move(grant));
    return all;
}

Result<std::string> normalize_user_name(std::string_view text) {
    std::string name = lower(text);
    const std::size_t first = name.find_first_not_of(' ');
    name = first == std::string::npos ? "" : name.substr(first, name.find_last_not_of(' ') - first + 1);
    const bool sound = name.size() >= user_name_chars_min && name.size() <= user_name_chars_max &&
                       name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._@-") == std::string::npos;
    if (!sound) return fail(Errc::invalid, "account.user_name_invalid");
    return name;
}

Result<void> check_person(AccountKind kind, const PersonData& person) {
    const bool citizen =
        is_digits(person.citizen_id) && (person.citizen_id.size() == 12 || person.citizen_id.size() == 9);
    if (!citizen && (kind == AccountKind::person || !person.citizen_id.empty()))
        return fail(Errc::invalid, "account.citizen_id_invalid");
    if (!is_tax_code(person.tax_code) && (kind == AccountKind::business || !person.tax_code.empty()))
        return fail(Errc::invalid, "account.tax_code_invalid");
    if (!person.phone.empty() && !is_phone(person.phone)) return fail(Errc::invalid, "account.phone_invalid");
    if (!person.email.empty() && !is_email(person.email)) return fail(Errc::invalid, "account.email_invalid");
    return {};
}

Result<Events> decide_create(const NewAccount& command, const Facts& facts) {
    if (TRY(normalize_user_name(command.user_name)) != command.user_name)
        return fail(Errc::invalid, "account.user_name_invalid");
    if (fold(command.display_name).empty()) return fail(Errc::invalid, "account.name_missing");
    const bool officer = command.kind == AccountKind::officer;
    json::object created{{"kind", to_string(command.kind)}};
    if (officer) {
        if (command.posts.empty()) return fail(Errc::invalid, "account.post_missing");
        created["user_name"] = command.user_name;
        created["name"] = command.display_name;
    } else {
        TRY(check_person(command.kind, command.person));
        if (!command.posts.empty()) return fail(Errc::invalid, "account.not_an_officer");
    }
    Events events{{"account_created", 1, std::move(created)}};
    Account account;
    account.kind = command.kind;
    for (const Post& post : command.posts) {
        Events given = TRY(decide_give_post(account, post, facts));
        for (const ledger::NewEvent& event : given) apply(account, event.type, event.data);
        std::ranges::move(given, std::back_inserter(events));
    }
    return events;
}

Result<Events> decide_give_post(const Account& account, const Post& post, const Facts& facts) {
    if (account.kind != AccountKind::officer) return fail(Errc::conflict, "account.not_an_officer");
    TRY(check_post(post, facts));
    if (account.posts.size() >= posts_max)
        return fail(Errc::conflict, "account.posts_too_many", {{"limit", std::to_string(posts_max)}});
    if (std::ranges::any_of(account.posts, [&](const Post& held) { return same_task(held, post); }))
        return fail(Errc::conflict, "account.post_repeated");
    return Events{{"post_given", 1, to_json(post)}};
}

Result<Events> decide_end_post(const Account& account, PostId post, LocalDay to) {
    const Post* held = account.find_post(post);
    if (!held) return fail(Errc::not_found, "account.post_not_found");
    if (to < held->validity.from || to >= held->validity.to) return fail(Errc::conflict, "account.post_end_invalid");
    return Events{{"post_ended", 1, {{"post", motcua::to_string(post)}, {"to", format_day(to)}}}};
}

Result<Events> decide_disable(const Account& account) {
    if (account.disabled) return fail(Errc::conflict, "account.disabled_already");
    return Events{{"account_disabled", 1, {}}};
}

Result<Events> decide_enable(const Account& account) {
    if (!account.disabled) return fail(Errc::conflict, "account.enabled_already");
    return Events{{"account_enabled", 1, {}}};
}

void apply(Account& account, std::string_view type, const json::object& data) {
    ++account.head.version;
    bool access = true;
    if (type == "account_created") {
        account.kind = parse_account_kind(string_or(data, "kind")).value_or(AccountKind::officer);
        if (account.kind == AccountKind::officer) {
            account.user_name = string_or(data, "user_name");
            account.display_name = string_or(data, "name");
        }
    } else if (type == "post_given") {
        account.posts.push_back(read_post(data));
    } else if (type == "post_ended") {
        for (Post& post : account.posts)
            if (post.id.value == id_of(data, "post")) post.validity.to = day_or(data, "to", post.validity.to);
    } else if (type == "account_disabled" || type == "account_erased") {
        account.disabled = true;
    } else if (type == "account_enabled") {
        account.disabled = false;
    } else {
        // A role may give nothing without a second factor (Options::second_factor_roles).
        access = type == "second_factor_on" || type == "second_factor_off";
    }
    if (access) account.access_version = account.head.version;
}

}  // namespace motcua::identity
