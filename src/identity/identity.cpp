#include "identity/identity.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "http/parse.hpp"
#include "identity/access_rows.hpp"
#include "identity/account_rows.hpp"
#include "identity/mandate.hpp"
#include "identity/second_factor_rows.hpp"
#include "identity/session_rows.hpp"
#include "organisation/directory.hpp"

namespace motcua::identity {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes touch_interval{1};
/// Open also to a session whose mandate has ended.
constexpr std::string_view leaving_paths[] = {"/tai-khoan/thay-mat/thoi", "/api/v1/session/acting", "/dang-xuat",
                                              "/api/v1/session"};
constexpr std::size_t agent_bytes_max = 200, address_bytes_max = 64;

struct Token {
    std::string_view text;
    bool bearer = false;
};

std::optional<Token> find_token(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view authorization = request.headers.get("authorization");
    if (http::equal_no_case(authorization.substr(0, scheme.size()), scheme))
        return Token{http::trim(authorization.substr(scheme.size())), true};
    if (auto cookie = request.find_cookie(session_cookie_name)) return Token{*cookie, false};
    return std::nullopt;
}

bool is_unsafe(http::Method method) {
    return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

http::PrincipalKind principal_kind(AccountKind kind) {
    return kind == AccountKind::officer ? http::PrincipalKind::officer : http::PrincipalKind::person;
}

std::string cut(std::string_view text, std::size_t bytes) {
    std::string kept(text.substr(0, bytes));
    std::ranges::replace_if(
        kept, [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
    return kept;
}

/// An officer's units now, in the order of his posts; a post in the whole system names none.
std::vector<UnitId> units_of(const Access& access, LocalDay day) {
    std::vector<UnitId> units;
    for (const Grant& grant : access.grants())
        if (grant.root != everywhere && grant.validity.covers(day) &&
            std::ranges::find(units, grant.root) == units.end())
            units.push_back(grant.root);
    return units;
}

}  // namespace

Identity::Identity(db::Database& database, ledger::Committer& committer, const Clock& clock, IdMaker& ids,
                   Random& random, std::shared_ptr<const organisation::Directory> directory, Options options)
    : database_(database),
      committer_(committer),
      clock_(clock),
      ids_(ids),
      random_(random),
      options_(std::move(options)),
      roles_(std::make_shared<const Roles>(Roles::shipped())),
      directory_(std::move(directory)),
      book_(roles_, std::make_shared<const Reach>(*directory_)),
      passwords_(options_.passwords),
      sealer_(options_.sealing_key ? *options_.sealing_key : make_sealing_key(random_)) {}

Identity::~Identity() = default;

Result<void> Identity::start() { return store_scope_tables(*database_.reader(), committer_, *roles_, *book_.reach()); }

Result<void> Identity::store_second_factor_roles() {
    return identity::store_second_factor_roles(*database_.reader(), committer_, options_.second_factor_roles);
}

Result<void> Identity::set_directory(std::shared_ptr<const organisation::Directory> directory) {
    auto reach = std::make_shared<const Reach>(*directory);
    TRY(store_scope_tables(*database_.reader(), committer_, *roles_, *reach));
    book_.set_reach(std::move(reach));
    std::lock_guard lock(mutex_);
    directory_ = std::move(directory);
    return {};
}

std::shared_ptr<const organisation::Directory> Identity::directory() const {
    std::lock_guard lock(mutex_);
    return directory_;
}

http::Principal Identity::make_principal(AccountId id, AccountKind kind, std::string name, std::int64_t access_version,
                                         db::Session& session, Instant now) {
    http::Principal principal;
    principal.kind = principal_kind(kind);
    principal.id = id.value;
    principal.display_name = std::move(name);
    if (kind != AccountKind::officer) return principal;
    const OfficerId officer{id.value};
    auto access = book_.find(officer, access_version);
    if (!access) {
        auto grants = read_grants(session, id);
        // Switching a second factor on or off moves access_version, so that the book asks again.
        const auto waits = [&](const Grant& grant) { return needs_second_factor(grant.role); };
        if (std::ranges::any_of(grants, waits) && !has_active_factor(session, id)) std::erase_if(grants, waits);
        access = book_.put(officer, access_version, std::move(grants));
    }
    const LocalDay today = local_day(now);
    principal.permissions = access->permissions(today);
    principal.units = units_of(*access, today);
    return principal;
}

Result<http::Principal> Identity::authenticate(const http::Request& request, db::Session& session) {
    const auto token = find_token(request);
    if (!token) return http::Principal{};
    if (is_unsafe(request.method) &&
        std::ranges::find(options_.sign_in_paths, request.path) != options_.sign_in_paths.end() &&
        request.method == http::Method::post)
        return http::Principal{};
    const Instant now = clock_.now();
    const auto key = hash_token(token->text);
    const auto found = key ? find_session(session, *key) : std::nullopt;
    if (!found || found->disabled || found->session.expires_at <= now ||
        found->session.seen_at + options_.session_idle <= now) {
        if (token->bearer) return fail(Errc::unauthorized, "session.invalid_token");
        return http::Principal{};
    }
    if (now - found->session.seen_at >= touch_interval) {
        ledger::WriteSet write;
        write.kind = ledger::StreamKind::account;
        write.meta.at = now;
        write.rows.push_back(touch_session(*key, now));
        // Lost when the queue is full: the next request tries again.
        committer_.submit(std::move(write), [](const Result<ledger::Committed>&) {});
    }
    http::Principal principal =
        make_principal(found->session.account, found->kind, found->display_name, found->access_version, session, now);
    principal.session_id = to_string(found->session.id);
    principal.provider = found->session.provider;
    if (!token->bearer) principal.csrf_token = csrf_token_of(token->text, found->mandate);
    if (found->mandate != 0) TRY(act_under(principal, found->kind, found->mandate, request, session, now));
    return principal;
}

Result<void> Identity::act_under(http::Principal& principal, AccountKind kind, std::int64_t mandate,
                                 const http::Request& request, db::Session& session, Instant now) const {
    const auto found = find_mandate(session, MandateId{mandate});
    const bool usable =
        found && is_usable(*found, now) && is_holder(session, *found, AccountId{principal.id}, options_.link_level_min);
    const auto giver = usable ? find_account(session, found->giver) : std::nullopt;
    if (!giver || giver->disabled) {
        // Whoever looks sees himself again; who wants to change something has to know first.
        if (is_unsafe(request.method) &&
            std::ranges::find(leaving_paths, std::string_view(request.path)) == std::end(leaving_paths))
            return fail(Errc::forbidden, "mandate.over");
        return {};
    }
    auto acting = std::make_shared<http::Acting>();
    acting->person = PersonId{giver->id.value};
    acting->person_name = giver->display_name;
    acting->mandate = mandate;
    acting->kind = to_string(found->kind);
    acting->actor = principal_kind(kind);
    acting->procedures = found->procedures;
    acting->fields = found->fields;
    acting->dossier = found->dossier;
    acting->until = found->to;
    principal.acting = std::move(acting);
    principal.kind = http::PrincipalKind::person;
    principal.permissions.clear();
    principal.units.clear();
    return {};
}

Result<void> Identity::check_guard(db::Session& session, std::string_view user_name, std::string_view address,
                                   Instant now) const {
    const GuardKeys keys = guard_keys(user_name, address);
    Instant until = now;
    for (std::int64_t key : {keys.pair, keys.name, keys.address})
        until = std::max(until, read_guard(session, key).blocked_until);
    if (until <= now) return {};
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(until - now).count();
    return fail(Errc::rate_limited, "session.too_many_attempts", {{"seconds", std::to_string(seconds)}});
}

Result<void> Identity::record_failure(std::string_view user_name, std::string_view address,
                                      std::optional<AccountId> account, ledger::Meta meta) {
    return committer_.write("identity.sign_in_failure", [&](ledger::AdminTransaction& tx) -> Result<void> {
        const GuardKeys keys = guard_keys(user_name, address);
        const auto count = [&](std::int64_t key, const GuardRule& rule) {
            const GuardState state = after_failure(read_guard(tx, key), meta.at, rule);
            store_guard(tx, key, state);
            return state.failures - rule.free_failures;
        };
        const std::int64_t beyond = std::max(count(keys.pair, pair_rule), count(keys.name, name_rule));
        count(keys.address, address_rule);
        // The first delay and then ever more rarely: an attack must not fill the ledger.
        if (!account || beyond <= 0 || !std::has_single_bit(static_cast<std::uint64_t>(beyond))) return {};
        const auto head = find_head(tx, *account);
        if (!head) return {};
        const ledger::NewEvent event{"sign_in_refused", 1, {{"failures", beyond}}};
        store_head(tx, *account, tx.append(ledger::StreamKind::account, account->value, *head, meta, {&event, 1}));
        return {};
    });
}

Result<SignInRow> Identity::verify(std::string_view user_name, std::string_view password, std::string_view address,
                                   const ledger::Meta& meta) {
    std::optional<SignInRow> row;
    {
        auto session = database_.reader();  // given back before the slow part
        TRY(check_guard(*session, user_name, address, meta.at));
        row = find_sign_in(*session, user_name);
    }
    const Match match = TRY(passwords_.verify(row ? row->password_hash : "", password));
    if (match == Match::no) {
        TRY(record_failure(user_name, address, row ? std::optional(row->id) : std::nullopt, meta));
        return fail(Errc::unauthorized, "session.wrong_credentials");
    }
    if (match == Match::yes_outdated) {
        const std::string hash = TRY(passwords_.hash(password));
        ledger::WriteSet write;
        write.kind = ledger::StreamKind::account;
        write.meta = meta;
        write.rows.push_back(put_password(row->id, hash, meta.at));
        TRY(committer_.commit(std::move(write)));
        row->password_hash = hash;
    }
    return *std::move(row);
}

Result<SignedIn> Identity::sign_in(const SignInAttempt& attempt) {
    const ledger::Meta meta{attempt.now, "visitor", "", std::string(attempt.request_id)};
    // A name that cannot be one is treated like one that nobody has.
    const std::string name = normalize_user_name(attempt.user_name).value_or(cut(attempt.user_name, address_bytes_max));
    const SignInRow row = TRY(verify(name, attempt.password, attempt.address, meta));
    if (has_active_factor(*database_.reader(), row.id)) return make_ticket(row.id, row.password_hash, attempt.now);
    SignInAttempt named = attempt;
    named.user_name = name;
    return open_session(row.id, named, Entry{});
}

Result<SignedIn> Identity::open_session(AccountId id, const SignInAttempt& attempt, const Entry& entry) {
    ledger::Meta meta{attempt.now, "visitor", "", std::string(attempt.request_id)};
    SignedIn signed_in;
    signed_in.token = make_token(random_);
    signed_in.csrf_token = csrf_token_of(signed_in.token);
    signed_in.expires_at = attempt.now + options_.session_absolute;
    const auto key = hash_token(signed_in.token), old_key = hash_token(attempt.old_token);
    Session session{ids_.make<SessionId>(),
                    id,
                    attempt.now,
                    attempt.now,
                    signed_in.expires_at,
                    cut(attempt.address, address_bytes_max),
                    cut(attempt.agent, agent_bytes_max),
                    entry.provider};
    const GuardKeys guards = guard_keys(attempt.user_name, attempt.address);
    Account account;
    const auto prepare = [&](db::Session& reader) -> Result<ledger::WriteSet> {
        auto loaded = find_account(reader, id);
        if (!loaded) return fail(Errc::unauthorized, "session.wrong_credentials");
        account = *std::move(loaded);
        if (account.disabled) return fail(Errc::forbidden, "session.account_disabled");
        const bool by_password = entry.by == Entry::By::password;
        if (by_password && account.kind != AccountKind::officer && !options_.person_password_sign_in)
            return fail(Errc::forbidden, "session.method_not_allowed");
        meta.actor = http::Principal{.kind = principal_kind(account.kind), .id = id.value}.actor();
        json::object how{{"session", to_string(session.id)}};
        if (!entry.provider.empty()) how["provider"] = entry.provider;
        if (entry.by == Entry::By::passkey) how["passkey"] = true;
        Events events{{"signed_in", 1, std::move(how)}};
        std::optional<UsedCode> used;
        // A passkey that has looked at its owner is two factors in one.
        if (by_password && has_active_factor(reader, id)) {
            used = TRY(check_code(reader, id, entry.code, attempt.now));
            events.insert(events.begin(), used->events.begin(), used->events.end());
        }
        std::vector<ledger::RowChange> rows = entry.rows;
        if (entry.by == Entry::By::passkey) enrol_passkeys(reader, id, session.id, attempt.now, events, rows);
        auto write = make_write_set(account, std::move(events), meta);
        write.rows.insert(write.rows.end(), rows.begin(), rows.end());
        if (used) write.rows.push_back(used->row);
        if (old_key) write.rows.push_back(delete_session_of_token(*old_key));
        write.rows.push_back(delete_older_sessions(id, options_.sessions_max - 1));
        write.rows.push_back(insert_session(*key, session));
        if (entry.by == Entry::By::provider)
            write.rows.push_back(put_confirmed_at(id, session.id, entry.proven_at.value_or(Instant{})));
        write.rows.push_back(delete_guard(guards.pair));
        write.rows.push_back(delete_guard(guards.name));
        return write;
    };
    TRY(ledger::run_command(database_, committer_, prepare));
    auto reader = database_.reader();
    const auto loaded = find_account(*reader, id);  // its access may have changed with this sign-in
    signed_in.principal =
        make_principal(id, account.kind, account.display_name, loaded ? loaded->access_version : account.access_version,
                       *reader, attempt.now);
    signed_in.principal.session_id = to_string(session.id);
    signed_in.principal.csrf_token = signed_in.csrf_token;
    signed_in.principal.provider = entry.provider;
    if (person_signed_in_ && account.kind != AccountKind::officer) {
        meta.actor = signed_in.principal.actor();
        person_signed_in_(PersonId{id.value}, meta);
    }
    return signed_in;
}

Result<SignedIn> Identity::sign_in(const http::Request& request, std::string_view user_name, std::string_view password,
                                   Instant now) {
    SignInAttempt attempt = attempt_of(request, now);
    attempt.user_name = user_name;
    attempt.password = password;
    return sign_in(attempt);
}

SignInAttempt Identity::attempt_of(const http::Request& request, Instant now) {
    return {.user_name = {},
            .password = {},
            .address = request.remote_address,
            .agent = request.headers.get("user-agent"),
            .old_token = request.find_cookie(session_cookie_name).value_or(""),
            .request_id = request.request_id,
            .now = now};
}

http::Cookie Identity::session_cookie(const SignedIn& signed_in) {
    return {.name = std::string(session_cookie_name), .value = signed_in.token};
}

http::Cookie Identity::end_cookie() {
    return {.name = std::string(session_cookie_name), .value = "", .max_age = std::chrono::seconds{-1}};
}

std::optional<ledger::WriteSet> Identity::sign_out(db::Session& session, const http::Request& request,
                                                   ledger::Meta meta) const {
    const auto id = parse_id(request.principal.session_id);
    auto account = id ? find_account(session, AccountId{request.principal.id}) : std::nullopt;
    if (!account) return std::nullopt;
    auto write =
        make_write_set(*account, {{"signed_out", 1, {{"session", request.principal.session_id}}}}, std::move(meta));
    write.rows.push_back(delete_session(account->id, SessionId{*id}));
    return write;
}

Result<ledger::WriteSet> Identity::prepare_revocation(db::Session& session, const http::Principal& principal,
                                                      std::optional<SessionId> which, ledger::Meta meta) const {
    const AccountId id{principal.id};
    const auto account = find_account(session, id);
    if (!account) return fail(Errc::not_found, "account.not_found");
    json::object data{{"all", true}};
    if (which) {
        const auto own = list_sessions(session, id, options_.sessions_max);
        if (std::ranges::find(own, *which, &Session::id) == own.end())
            return fail(Errc::not_found, "session.not_found");
        data = {{"session", to_string(*which)}};
    }
    auto write = make_write_set(*account, {{"session_revoked", 1, std::move(data)}}, std::move(meta));
    const SessionId current{parse_id(principal.session_id).value_or(0)};
    write.rows.push_back(which ? delete_session(id, *which) : delete_sessions(id, current));
    return write;
}

Result<void> Identity::change_password(const http::Principal& principal, std::string_view present,
                                       std::string_view wanted, std::string_view address, ledger::Meta meta) {
    const AccountId id{principal.id};
    auto account = find_account(*database_.reader(), id);
    if (!account) return fail(Errc::not_found, "account.not_found");
    TRY(verify(account->user_name, present, address, meta));
    TRY(check_password(wanted, account->user_name, account->display_name));
    if (wanted == present) return fail(Errc::invalid, "account.password_same");
    const std::string hash = TRY(passwords_.hash(wanted));
    TRY(ledger::run_command(database_, committer_, [&](db::Session& reader) -> Result<ledger::WriteSet> {
        auto loaded = find_account(reader, id);
        if (!loaded) return fail(Errc::not_found, "account.not_found");
        auto write = make_write_set(*loaded, {{"password_changed", 1, {{"by", "self"}}}}, meta);
        write.rows.push_back(put_password(id, hash, meta.at));
        write.rows.push_back(delete_sessions(id, SessionId{parse_id(principal.session_id).value_or(0)}));
        return write;
    }));
    return {};
}

Result<void> Identity::set_password(AccountId account, std::string_view password, ledger::Meta meta) {
    const std::string hash = TRY(passwords_.hash(password));
    TRY(ledger::run_command(database_, committer_, [&](db::Session& reader) -> Result<ledger::WriteSet> {
        auto loaded = find_account(reader, account);
        if (!loaded) return fail(Errc::not_found, "account.not_found");
        auto write = make_write_set(*loaded, {{"password_changed", 1, {{"by", "administrator"}}}}, meta);
        write.rows.push_back(put_password(account, hash, meta.at));
        write.rows.push_back(delete_sessions(account, SessionId{}));
        return write;
    }));
    return {};
}

Result<ledger::WriteSet> Identity::prepare_account(db::Session& session, AccountId id, NewAccount command,
                                                   ledger::Meta meta) const {
    const auto units = directory();
    Events events = TRY(decide_create(command, {*roles_, *units}));
    if (find_account_id(session, command.user_name))
        return fail(Errc::conflict, "account.user_name_taken", {{"user_name", command.user_name}});
    if (find_person_by_citizen_id(session, command.person.citizen_id))
        return fail(Errc::conflict, "account.citizen_id_taken");
    if (find_person_by_tax_code(session, command.person.tax_code))
        return fail(Errc::conflict, "account.tax_code_taken");
    Account account;
    account.id = id;
    account.kind = command.kind;
    account.user_name = std::move(command.user_name);
    account.display_name = std::move(command.display_name);
    ledger::WriteSet write = make_write_set(account, std::move(events), std::move(meta));
    if (account.kind != AccountKind::officer)
        write.rows.push_back(insert_person(session.field_keys(), id, command.person));
    return write;
}

Result<AccountId> Identity::create_account(NewAccount account, std::string password_hash, ledger::Meta meta) {
    const AccountId id = ids_.make<AccountId>();
    for (Post& post : account.posts) post.id = ids_.make<PostId>();
    const auto prepare = [&](db::Session& reader) -> Result<ledger::WriteSet> {
        auto write = TRY(prepare_account(reader, id, account, meta));
        if (!password_hash.empty()) write.rows.push_back(put_password(id, password_hash, meta.at));
        return write;
    };
    TRY(ledger::run_command(database_, committer_, prepare));
    return id;
}

Result<void> Identity::clean_up(Instant now) {
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::account;
    write.meta.at = now;
    write.rows.push_back(delete_ended_sessions(now, now - options_.session_idle));
    write.rows.push_back(delete_old_guards(now - pair_rule.forgotten_after));
    TRY(committer_.commit(std::move(write)));
    return {};
}

}  // namespace motcua::identity
