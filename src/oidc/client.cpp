#include "oidc/client.hpp"

#include <array>
#include <mutex>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/base64url.hpp"
#include "base/log.hpp"
#include "http/parse.hpp"
#include "jose/encoding.hpp"

namespace motcua::oidc {

namespace {

constexpr std::size_t secret_bytes = 32, code_chars_max = 4096;
constexpr std::string_view discovery_path = "/.well-known/openid-configuration";

std::string random_text(Random& random) {
    std::array<std::byte, secret_bytes> bytes;
    random.fill(bytes);
    return encode_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// RFC 7636 §4.2.
std::string challenge_of(std::string_view verifier) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), digest.data());
    return encode_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool equal_secrets(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string with_query(const std::string& url, const std::vector<http::NameValue>& fields) {
    return url + (url.find('?') == std::string::npos ? '?' : '&') + http::form_body(fields);
}

std::string base64(std::string_view bytes) {
    std::string text = encode_base64url(bytes);
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    return text;
}

}  // namespace

std::string Pending::to_text() const {
    return json::serialize(json::object{{"provider", provider},
                                        {"state", state},
                                        {"nonce", nonce},
                                        {"verifier", verifier},
                                        {"next", next},
                                        {"started", started.time_since_epoch().count()},
                                        {"again", again}});
}

std::optional<Pending> Pending::from_text(std::string_view text) {
    const auto value = parse_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    const json::object& object = value->get_object();
    Pending pending{.provider = string_or(object, "provider"),
                    .state = string_or(object, "state"),
                    .nonce = string_or(object, "nonce"),
                    .verifier = string_or(object, "verifier"),
                    .next = string_or(object, "next"),
                    .started = Instant{std::chrono::milliseconds{int_or(object, "started", 0)}},
                    .again = find_bool(object, "again").value_or(false)};
    if (pending.state.empty() || pending.nonce.empty() || pending.verifier.empty()) return std::nullopt;
    return pending;
}

/// What is known of the provider for a while; under `mutex`, which is never held during a call.
struct Client::Memory {
    std::mutex mutex;
    std::optional<Known> known;
    std::optional<jose::KeySet> keys;
    Instant known_at, keys_at, rest_until;
    int calls = 0;
};

/// A place among the calls at once; gives it back.
class Client::Call {
  public:
    explicit Call(const Client& client) : client_(client) {
        Memory& memory = *client.memory_;
        std::lock_guard lock(memory.mutex);
        resting_ = client.clock_.now() < memory.rest_until;
        has_place_ = !resting_ && memory.calls < client.options_.calls_max;
        if (has_place_) ++memory.calls;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
        if (!has_place_) return;
        std::lock_guard lock(client_.memory_->mutex);
        --client_.memory_->calls;
    }
    bool resting() const { return resting_; }
    bool has_place() const { return has_place_; }

  private:
    const Client& client_;
    bool resting_ = false, has_place_ = false;
};

Client::Client(Provider provider, std::string redirect_uri, const Clock& clock, Random& random, ClientOptions options)
    : provider_(std::move(provider)),
      redirect_uri_(std::move(redirect_uri)),
      clock_(clock),
      random_(random),
      options_(options),
      memory_(std::make_unique<Memory>()) {}

Client::~Client() = default;

/// The administrator finds in the log why; the person is told what to do.
std::unexpected<Error> Client::refuse(Errc code, std::string_view reason, std::string_view why) const {
    log::warn("oidc_refused", {{"provider", provider_.id}, {"reason", reason}, {"why", why}});
    return fail(code, reason, {{"provider", provider_.name_vi}});
}

Result<http::Fetched> Client::fetch(const http::Outgoing& request) {
    http::Fetcher fetcher;
    auto answer = fetcher.exchange(request, options_.limits);
    if (answer && answer->status < 500 && answer->status != 429) return answer;
    if (!answer && answer.error().reason == "fetch.too_large")
        return refuse(Errc::unavailable, "oidc.misconfigured", "answer too large");
    {
        std::lock_guard lock(memory_->mutex);
        memory_->rest_until = clock_.now() + options_.rest;
    }
    return refuse(Errc::unavailable, "oidc.unavailable",
                  answer ? "status " + std::to_string(answer->status) : "no answer");
}

Result<json::object> Client::fetch_object(const http::Outgoing& request) {
    const http::Fetched answer = TRY(fetch(request));
    if (answer.status != 200)
        return refuse(Errc::unavailable, "oidc.misconfigured", "status " + std::to_string(answer.status));
    auto object = jose::parse_distinct_object(answer.body);
    if (!object) return refuse(Errc::unavailable, "oidc.misconfigured", "not a JSON object");
    return std::move(*object);
}

Result<Client::Known> Client::discover() {
    if (!provider_.discovery) return Known{provider_.endpoints, false};
    const Instant now = clock_.now();
    {
        std::lock_guard lock(memory_->mutex);
        if (memory_->known && now - memory_->known_at < options_.remembered) return *memory_->known;
    }
    std::string issuer = provider_.issuer;
    if (issuer.ends_with('/')) issuer.pop_back();  // Discovery 1.0 §4.1
    const json::object about = TRY(fetch_object({.url = issuer + std::string(discovery_path)}));
    // Whoever answers has to call itself what we call it, or it could speak for somebody else (§4.3).
    if (find_string(about, "issuer") != provider_.issuer)
        return refuse(Errc::unavailable, "oidc.misconfigured", "discovery names another issuer");
    Known known;
    known.endpoints = {string_or(about, "authorization_endpoint"), string_or(about, "token_endpoint"),
                       string_or(about, "jwks_uri"), string_or(about, "userinfo_endpoint"),
                       string_or(about, "end_session_endpoint")};
    const Endpoints& at = known.endpoints;
    for (const std::string* needed : {&at.authorization, &at.token, &at.keys})
        if (!is_sound_address(*needed))
            return refuse(Errc::unavailable, "oidc.misconfigured", "discovery lacks an endpoint");
    for (const std::string* optional : {&at.user_info, &at.end_session})
        if (!optional->empty() && !is_sound_address(*optional))
            return refuse(Errc::unavailable, "oidc.misconfigured", "discovery names an unsafe endpoint");
    known.names_issuer = find_bool(about, "authorization_response_iss_parameter_supported").value_or(false);
    std::lock_guard lock(memory_->mutex);
    memory_->known = known;
    memory_->known_at = now;
    return known;
}

Result<jose::KeySet> Client::keys(const Known& known, bool newer) {
    const Instant now = clock_.now();
    {
        std::lock_guard lock(memory_->mutex);
        const auto age = now - memory_->keys_at;
        if (memory_->keys && age < (newer ? std::chrono::minutes{0} : options_.remembered)) return *memory_->keys;
        if (memory_->keys && newer && age < options_.keys_again) return *memory_->keys;
    }
    const http::Fetched answer = TRY(fetch({.url = known.endpoints.keys}));
    if (answer.status != 200) return refuse(Errc::unavailable, "oidc.misconfigured", "keys not found");
    auto read = jose::KeySet::read(answer.body, provider_.algorithms);
    if (!read) return refuse(Errc::unavailable, "oidc.misconfigured", read.error().reason);
    std::lock_guard lock(memory_->mutex);
    memory_->keys = *read;
    memory_->keys_at = now;
    return std::move(*read);
}

Result<Begun> Client::begin(std::string next, bool again) {
    const Call call(*this);
    if (call.resting()) return refuse(Errc::unavailable, "oidc.unavailable", "resting");
    if (!call.has_place()) return refuse(Errc::unavailable, "oidc.busy", "calls");
    const Known known = TRY(discover());
    Begun begun;
    begun.pending = {.provider = provider_.id,
                     .state = random_text(random_),
                     .nonce = random_text(random_),
                     .verifier = random_text(random_),
                     .next = std::move(next),
                     .started = clock_.now(),
                     .again = again};
    std::vector<http::NameValue> query{{"response_type", "code"},
                                       {"client_id", provider_.client_id},
                                       {"redirect_uri", redirect_uri_},
                                       {"scope", provider_.scope},
                                       {"state", begun.pending.state},
                                       {"nonce", begun.pending.nonce},
                                       {"code_challenge", challenge_of(begun.pending.verifier)},
                                       {"code_challenge_method", "S256"}};
    if (!provider_.acr_values.empty()) query.push_back({"acr_values", joined(provider_.acr_values)});
    if (again) {
        query.push_back({"prompt", "login"});
        query.push_back({"max_age", "0"});
    } else if (provider_.max_age_seconds > 0) {
        query.push_back({"max_age", std::to_string(provider_.max_age_seconds)});
    }
    begun.url = with_query(known.endpoints.authorization, query);
    return begun;
}

Result<json::object> Client::redeem(const Known& known, std::string_view code, const Pending& pending) {
    std::vector<http::NameValue> fields{{"grant_type", "authorization_code"},
                                        {"code", std::string(code)},
                                        {"redirect_uri", redirect_uri_},
                                        {"code_verifier", pending.verifier}};
    http::Outgoing request{.url = known.endpoints.token};
    request.headers.push_back({"Accept", "application/json"});
    if (provider_.authentication == ClientAuthentication::basic) {
        // RFC 6749 §2.3.1: both are form-encoded first.
        const std::string pair =
            http::percent_encode(provider_.client_id) + ":" + http::percent_encode(provider_.client_secret);
        request.headers.push_back({"Authorization", "Basic " + base64(pair)});
    } else {
        fields.push_back({"client_id", provider_.client_id});
        if (provider_.authentication == ClientAuthentication::post)
            fields.push_back({"client_secret", provider_.client_secret});
    }
    request.body = http::form_body(fields);
    const http::Fetched answer = TRY(fetch(request));
    auto object = jose::parse_distinct_object(answer.body);
    if (answer.status == 200 && object) return std::move(*object);
    const std::string error = object ? string_or(*object, "error") : "";
    if (error == "invalid_grant") return refuse(Errc::unauthorized, "oidc.code_refused", error);
    return refuse(Errc::unavailable, "oidc.misconfigured",
                  error == "invalid_client" ? "client refused" : "status " + std::to_string(answer.status));
}

Result<json::object> Client::verify(const Known& known, std::string_view token, const Expected& expected) {
    auto checked = check_id_token(token, TRY(keys(known, false)), expected);
    // A new key since we last looked: providers change theirs without notice (Core 1.0 §10.1.1).
    if (!checked && checked.error().reason == "jose.key_unknown")
        checked = check_id_token(token, TRY(keys(known, true)), expected);
    if (checked) return checked;
    Error error = checked.error();
    if (error.reason == "jose.key_unknown")
        error = Error{Errc::unauthorized, "oidc.token_invalid", {{"check", "signature"}}, {}};
    log::warn("oidc_refused", {{"provider", provider_.id},
                               {"reason", error.reason},
                               {"why", error.params.empty() ? "" : error.params.front().value}});
    error.params.push_back({"provider", provider_.name_vi});
    return std::unexpected(std::move(error));
}

Result<json::object> Client::ask_user_info(const Known& known, const json::object& tokens, std::string_view subject) {
    const auto token = find_string(tokens, "access_token");
    if (known.endpoints.user_info.empty()) return refuse(Errc::unavailable, "oidc.misconfigured", "no user info");
    const bool sound = token && !token->empty() && token->size() <= jose::token_bytes_max &&
                       std::ranges::all_of(*token, [](char c) { return c > ' ' && c <= '~'; });
    if (!sound) return refuse(Errc::unavailable, "oidc.misconfigured", "no access token");
    json::object claims = TRY(fetch_object(
        {.url = known.endpoints.user_info,
         .headers = {{"Authorization", "Bearer " + std::string(*token)}, {"Accept", "application/json"}}}));
    // Core 1.0 §5.3.2: an answer about somebody else must not be used.
    if (find_string(claims, "sub") != subject) {
        auto refusal = refuse(Errc::unauthorized, "oidc.token_invalid", "user info of another subject");
        refusal.error().params.push_back({"check", "subject"});
        return refusal;
    }
    return claims;
}

Result<Claims> Client::finish(const Return& answer, const Pending& pending) {
    const Instant now = clock_.now();
    if (pending.provider != provider_.id || answer.state.empty() || !equal_secrets(answer.state, pending.state) ||
        now - pending.started > pending_age_max || pending.started > now + clock_skew)
        return refuse(Errc::unauthorized, "oidc.sign_in_over", "state");
    const Call call(*this);
    if (call.resting()) return refuse(Errc::unavailable, "oidc.unavailable", "resting");
    if (!call.has_place()) return refuse(Errc::unavailable, "oidc.busy", "calls");
    const Known known = TRY(discover());
    // RFC 9207: before anything else is believed, and before the code is shown to anybody.
    if (answer.issuer.empty() ? known.names_issuer : answer.issuer != provider_.issuer)
        return refuse(Errc::unauthorized, "oidc.answer_foreign", "iss of the answer");
    if (!answer.error.empty()) {
        if (answer.error == "temporarily_unavailable" || answer.error == "server_error")
            return refuse(Errc::unavailable, "oidc.unavailable", "error answer");
        return refuse(Errc::unauthorized, "oidc.declined", "error answer");
    }
    if (answer.code.empty() || answer.code.size() > code_chars_max)
        return refuse(Errc::unauthorized, "oidc.code_refused", "no code");
    const json::object tokens = TRY(redeem(known, answer.code, pending));
    const auto id_token = find_string(tokens, "id_token");
    if (!id_token) return refuse(Errc::unavailable, "oidc.misconfigured", "no ID token");
    const std::string access_token = string_or(tokens, "access_token");
    Expected expected{.issuer = provider_.issuer,
                      .client_id = provider_.client_id,
                      .nonce = pending.nonce,
                      .now = now,
                      .access_token = access_token};
    if (pending.again)
        expected.signed_in_after = pending.started;
    else if (provider_.max_age_seconds > 0)
        expected.signed_in_after = pending.started - std::chrono::seconds{provider_.max_age_seconds};
    const json::object claims = TRY(verify(known, *id_token, expected));
    json::object user_info;
    if (provider_.user_info) user_info = TRY(ask_user_info(known, tokens, string_or(claims, "sub")));
    auto read = read_claims(provider_, claims, user_info);
    if (!read)
        log::warn("oidc_refused", {{"provider", provider_.id}, {"reason", read.error().reason}, {"why", "level"}});
    return read;
}

std::string Client::end_session_url(std::string_view back_to) const {
    std::string url = provider_.discovery ? "" : provider_.endpoints.end_session;
    {
        std::lock_guard lock(memory_->mutex);
        if (memory_->known) url = memory_->known->endpoints.end_session;
    }
    if (url.empty()) return url;
    return with_query(url, {{"client_id", provider_.client_id}, {"post_logout_redirect_uri", std::string(back_to)}});
}

}  // namespace motcua::oidc
