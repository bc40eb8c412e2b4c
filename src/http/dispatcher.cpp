#include "http/dispatcher.hpp"

#include <algorithm>
#include <atomic>

#include <sodium.h>

#include "base/check.hpp"
#include "base/field_keys.hpp"
#include "base/log.hpp"
#include "http/idempotency.hpp"
#include "http/parse.hpp"
#include "resources/messages.hpp"

namespace motcua::http {

namespace {

std::string answer_context(std::string_view idempotency_key) { return "answer:" + std::string(idempotency_key); }

constexpr std::size_t ignored_body_bytes_max = 1024;  // a client may send "{}" where nothing is expected
constexpr std::size_t request_id_chars_min = 8, request_id_chars_max = 64;

constexpr std::string_view data_headers =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
constexpr std::string_view page_headers_without_policy =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(self), microphone=(), geolocation=(self)\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n";
constexpr std::string_view hsts = "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";

bool is_unsafe(Method method) { return method != Method::get && method != Method::head && method != Method::options; }

bool sound_request_id(std::string_view id) {
    return id.size() >= request_id_chars_min && id.size() <= request_id_chars_max &&
           std::ranges::all_of(id, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                      c == '_' || c == '.';
           });
}

/// RFC 9110 §13.1.2: weak comparison of a list of tags.
bool names_tag(std::string_view if_none_match, std::string_view tag) {
    auto strong = [](std::string_view t) { return t.starts_with("W/") ? t.substr(2) : t; };
    while (!if_none_match.empty()) {
        size_t comma = std::min(if_none_match.find(','), if_none_match.size());
        std::string_view one = trim(if_none_match.substr(0, comma));
        if (one == "*" || strong(one) == strong(tag)) return true;
        if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
    }
    return false;
}

std::uint64_t mix(std::uint64_t x) {  // splitmix64: neighbours of a counter become unlike
    x += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

/// Metrics of one route: five status classes and the time.
struct RouteMetrics {
    std::array<metrics::Counter*, 5> answers{};
    metrics::Histogram* seconds = nullptr;
};

}  // namespace

struct Dispatcher::State {
    const Router& router;
    Authenticator& authenticator;
    const Clock& clock;
    IdMaker& ids;
    Random& random;
    DispatcherOptions options;
    bool https = false;
    std::string data_lines = {}, page_lines = {}, page_lines_own_policy = {};
    std::uint64_t request_id_start;
    std::atomic<std::uint64_t> request_count{0};
    std::vector<RouteMetrics> route_metrics = {};  // by Route::index, the last for no route
    std::unique_ptr<RateLimiter> limiter = {};
    metrics::Counter* conflicts;
    metrics::Counter* replays;
    metrics::Counter* limited;
    metrics::Counter* records_lost;

    std::string make_request_id() {
        std::uint64_t value = mix(request_id_start + request_count.fetch_add(1, std::memory_order_relaxed));
        return format_id(static_cast<std::int64_t>(value >> 1));
    }

    RouteMetrics make_metrics(metrics::Registry& registry, std::string_view method, std::string_view path) {
        RouteMetrics made;
        constexpr std::array<const char*, 5> classes = {"1xx", "2xx", "3xx", "4xx", "5xx"};
        metrics::Labels labels{{"method", std::string(method)}, {"route", std::string(path)}};
        made.seconds =
            &registry.histogram("motcua_http_request_seconds", "Time from head read to answer ready", labels);
        for (size_t i = 0; i < classes.size(); ++i) {
            metrics::Labels more = labels;
            more.emplace_back("status", classes[i]);
            made.answers[i] = &registry.counter("motcua_http_requests_total", "Requests answered", more);
        }
        return made;
    }

    bool wants_page(const Exchange& exchange) const {
        if (!router.error_page()) return false;
        if (exchange.route) return exchange.route->spec.html;
        const Request& request = exchange.request;
        return prefers_html(request.headers.get("accept")) && !request.path.starts_with("/api/");
    }

    Next answer(Exchange& exchange, const Problem& problem) const {
        exchange.response =
            wants_page(exchange) ? router.error_page()(exchange.request, problem) : to_response(problem);
        if (problem.status == 503) exchange.response.header("Retry-After", std::to_string(options.retry_after.count()));
        if (problem.status == 401 && !wants_page(exchange)) exchange.response.header("WWW-Authenticate", "Bearer");
        return Next::answer;
    }
    Next refuse(Exchange& exchange, const Error& error) const {
        if (options.refused && (error.code == Errc::unauthorized || error.code == Errc::forbidden ||
                                error.code == Errc::not_found || error.code == Errc::rate_limited))
            options.refused(exchange, error);
        const Next next = answer(exchange, make_problem(error, exchange.request.lang, exchange.request.request_id));
        if (error.code == Errc::rate_limited)
            for (const Param& param : error.params)
                if (param.name == "seconds") exchange.response.headers.set("Retry-After", param.value);
        return next;
    }
    Next refuse(Exchange& exchange, int status, std::string_view reason, std::vector<Param> params = {}) const {
        Error error{Errc::invalid, std::string(reason), std::move(params), {}};
        return answer(exchange, make_problem(status, error, exchange.request.lang, exchange.request.request_id));
    }

    /// Runs a step; what it throws becomes an answer and a line in the log.
    template <class Step>
    Next guarded(Exchange& exchange, Step&& step) {
        log::RequestScope scope(exchange.request.request_id);
        try {
            return step();
        } catch (const Fault& fault) {
            log::error("fault", {{"reason", fault.reason()}, {"what", fault.what()}});
            const bool known = resources::has_message(fault.reason());
            return refuse(exchange, Error{Errc::unavailable, known ? fault.reason() : "http.unavailable"});
        } catch (const std::exception& failure) {
            return failed(exchange, failure.what());
        } catch (...) {
            return failed(exchange, "not a std::exception");
        }
    }
    Next failed(Exchange& exchange, std::string_view what) {
        std::string incident = make_request_id();
        log::error("incident", {{"incident_id", incident},
                                {"route", exchange.route ? std::string_view(exchange.route->path) : "none"},
                                {"what", what}});
        Error error{Errc::unavailable, "http.internal_error", {{"incident_id", incident}}, {}};
        Problem problem = make_problem(500, error, exchange.request.lang, exchange.request.request_id);
        problem.incident_id = incident;
        return answer(exchange, problem);
    }

    Next head(Exchange& exchange, db::Session& session);
    Next no_route(Exchange& exchange, const Router::Match& match);
    Next lead_to(Exchange& exchange, int status, std::string_view path);
    bool from_elsewhere(const Request& request) const;
    bool has_token(const Request& request, std::string_view token) const;
    Next body(Exchange& exchange);
    Next run(Exchange& exchange, db::Session& session);
    Next run_command(Exchange& exchange, db::Session& session);
    /// The stored answer of the key; nullopt when it has none.
    std::optional<Next> replay(Exchange& exchange, db::Session& session);
    Next committed(Exchange& exchange, const Result<ledger::Committed>& result, db::Session& session);
    void finish(Exchange& exchange) const;
};

Dispatcher::Dispatcher(const Router& router, Authenticator& authenticator, const Clock& clock, IdMaker& ids,
                       Random& random, metrics::Registry& registry, DispatcherOptions options)
    : state_(new State{
          .router = router,
          .authenticator = authenticator,
          .clock = clock,
          .ids = ids,
          .random = random,
          .options = std::move(options),
          .request_id_start = random.u64(),
          .conflicts = &registry.counter("motcua_http_conflicts_total", "Commands decided again after a conflict"),
          .replays = &registry.counter("motcua_http_replays_total", "Answers given again for a repeated key"),
          .limited = &registry.counter("motcua_http_rate_limited_total", "Requests refused as too many"),
          .records_lost = &registry.counter("motcua_http_records_lost_total", "Reads whose record was not kept")}) {
    state_->limiter = std::make_unique<RateLimiter>(state_->options.rates, random.u64());
    state_->https = state_->options.public_url.starts_with("https://");
    std::string tail(state_->https ? hsts : "");
    state_->data_lines = std::string(data_headers) + tail;
    state_->page_lines =
        "Content-Security-Policy: " + page_security_policy() + "\r\n" + std::string(page_headers_without_policy) + tail;
    state_->page_lines_own_policy = std::string(page_headers_without_policy) + tail;
    router.freeze();
    for (const auto& route : router.routes())
        state_->route_metrics.push_back(state_->make_metrics(registry, to_string(route->method), route->path));
    state_->route_metrics.push_back(state_->make_metrics(registry, "", "none"));
}

Dispatcher::~Dispatcher() = default;

Next Dispatcher::head(Exchange& exchange, db::Session& session) const {
    Request& request = exchange.request;
    exchange.now = state_->clock.now();
    std::string_view id = request.headers.get("x-request-id");
    request.request_id = sound_request_id(id) ? std::string(id) : state_->make_request_id();
    return state_->guarded(exchange, [&] { return state_->head(exchange, session); });
}

Next Dispatcher::State::head(Exchange& exchange, db::Session& session) {
    Request& request = exchange.request;
    request.cookies = parse_cookies(request.headers.get("cookie"));
    auto lang = parse_accept_language(request.headers.get("accept-language"));
    if (auto cookie = request.find_cookie("lang")) lang = parse_lang(*cookie).or_else([&] { return lang; });
    request.lang = lang.value_or(Lang::vi);

    auto target = parse_target(request.target);
    if (!target) return refuse(exchange, target.error());
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    if (auto chosen = request.find_query("lang")) request.lang = parse_lang(*chosen).value_or(request.lang);

    Router::Match match = router.match(request.method, request.path);
    if (!match.route) return no_route(exchange, match);
    exchange.route = match.route;
    request.params = std::move(match.params);

    auto principal = authenticator.authenticate(request, session);
    if (!principal) return refuse(exchange, principal.error());
    request.principal = std::move(*principal);
    RateClass rate = exchange.route->spec.rate;
    if (rate == RateClass::by_method) rate = is_unsafe(request.method) ? RateClass::write : RateClass::read;
    if (const auto wait = limiter->take(request.principal, request.remote_address, rate, exchange.begun);
        wait.count()) {
        limited->add();
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
        return refuse(exchange,
                      Error{Errc::rate_limited, "request.too_many", {{"seconds", std::to_string(seconds)}}, {}});
    }
    if (!allowed(request.principal, exchange.route->permission)) {
        const bool visitor = request.principal.kind == PrincipalKind::visitor;
        return visitor ? refuse(exchange, Error{Errc::unauthorized, "auth.required"})
                       : refuse(exchange, Error{Errc::forbidden, "auth.not_permitted"});
    }
    if (is_unsafe(request.method)) {
        if (from_elsewhere(request)) return refuse(exchange, Error{Errc::forbidden, "auth.cross_site"});
        const bool in_form = exchange.route->spec.body == Body::form;  // the token may be a field, see body()
        if (!request.principal.csrf_token.empty() && !in_form &&
            !has_token(request, request.headers.get("x-csrf-token")))
            return refuse(exchange, Error{Errc::forbidden, "auth.bad_csrf_token"});
        if (exchange.route->spec.if_match == IfMatch::required && !request.headers.contains("if-match"))
            return refuse(exchange, 428, "request.if_match_required");
        if (exchange.route->spec.if_match != IfMatch::unused)
            if (auto version = expected_version(request); !version) return refuse(exchange, version.error());
    }
    return Next::body;
}

/// To another path of this site, with the query that the client sent.
Next Dispatcher::State::lead_to(Exchange& exchange, int status, std::string_view path) {
    std::string location;
    do {
        path.remove_prefix(1);
        const size_t slash = std::min(path.find('/'), path.size());
        location += '/' + percent_encode(path.substr(0, slash));
        path.remove_prefix(slash);
    } while (!path.empty());
    for (const NameValue& pair : exchange.request.query)
        location += (&pair == &exchange.request.query.front() ? '?' : '&') + percent_encode(pair.name) + '=' +
                    percent_encode(pair.value);
    exchange.response = Response{.status = status};
    exchange.response.header("Location", location);
    return Next::answer;
}

Next Dispatcher::State::no_route(Exchange& exchange, const Router::Match& match) {
    const Request& request = exchange.request;
    if (!match.allow.empty() && request.method == Method::options) {
        exchange.response = Response::no_content();
        exchange.response.header("Allow", match.allow);
        return Next::answer;
    }
    // A page that answered a form and is asked for again, by reloading it or by its link to the other language, leads
    // to the page that holds the form.
    if (request.method == Method::get || request.method == Method::head)
        if (const Route* form = router.match(Method::post, request.path).route; form && form->spec.html)
            for (std::string_view path = request.path; path.size() > 1;) {
                path = path.substr(0, std::max<size_t>(1, path.rfind('/')));
                if (router.match(Method::get, path).route) return lead_to(exchange, 303, path);
            }
    if (!match.allow.empty()) {
        refuse(exchange, 405, "http.method_not_allowed",
               {{"method", std::string(to_string(request.method))}, {"allow", match.allow}});
        exchange.response.header("Allow", match.allow);
        return Next::answer;
    }
    // One address a page: a trailing slash leads to the page without it.
    if (!is_unsafe(request.method) && request.path.size() > 1 && request.path.ends_with('/')) {
        const auto shorter = std::string_view(request.path).substr(0, request.path.size() - 1);
        if (router.match(request.method, shorter).route) return lead_to(exchange, 308, shorter);
    }
    return refuse(exchange, Error{Errc::not_found, "http.not_found"});
}

bool Dispatcher::State::from_elsewhere(const Request& request) const {
    if (request.headers.contains("authorization")) return false;  // no browser sends it by itself
    if (auto site = request.headers.find("sec-fetch-site")) return *site != "same-origin" && *site != "none";
    auto origin = request.headers.find("origin");
    if (!origin) return false;
    size_t scheme = origin->find("://");
    return *origin != options.public_url &&
           (scheme == std::string_view::npos || origin->substr(scheme + 3) != request.headers.get("host"));
}

bool Dispatcher::State::has_token(const Request& request, std::string_view token) const {
    const std::string& expected = request.principal.csrf_token;
    return token.size() == expected.size() && sodium_memcmp(token.data(), expected.data(), token.size()) == 0;
}

std::size_t Dispatcher::body_bytes_max(const Exchange& exchange) const {
    if (!exchange.route || exchange.route->spec.body == Body::none) return ignored_body_bytes_max;
    return exchange.route->spec.body_bytes_max;
}

Next Dispatcher::body(Exchange& exchange) const {
    return state_->guarded(exchange, [&] { return state_->body(exchange); });
}

Next Dispatcher::State::body(Exchange& exchange) {
    Request& request = exchange.request;
    const Spec& spec = exchange.route->spec;
    const std::string type = media_type(request.headers.get("content-type"));
    std::vector<FieldError> wrong;
    // Field errors of a page are shown by the page; everything else ends here.
    auto take = [&](Result<json::object> fields) -> std::optional<Next> {
        if (!fields && !(spec.html && fields.error().reason == "input.invalid"))
            return refuse(exchange, fields.error());
        if (!fields) {
            wrong.insert(wrong.end(), fields.error().fields.begin(), fields.error().fields.end());
        } else {
            for (auto& [name, value] : *fields) request.input[name] = std::move(value);
        }
        return std::nullopt;
    };

    if (spec.body == Body::form) {
        if (type == "multipart/form-data") {
            auto form = parse_multipart(request.headers.get("content-type"), request.body);
            if (!form) return refuse(exchange, form.error());
            request.form = std::move(form->fields);
            request.uploads = std::move(form->uploads);
        } else if (type == "application/x-www-form-urlencoded" || request.body.empty()) {
            auto form = parse_urlencoded(request.body);
            if (!form) return refuse(exchange, form.error());
            request.form = std::move(*form);
        } else {
            return refuse(exchange, Error{Errc::unsupported,
                                          "request.bad_media_type",
                                          {{"expected", "application/x-www-form-urlencoded, multipart/form-data"}},
                                          {}});
        }
        if (!request.principal.csrf_token.empty() && !has_token(request, request.headers.get("x-csrf-token")) &&
            !has_token(request, request.find_form("csrf").value_or("")))
            return refuse(exchange, Error{Errc::forbidden, "auth.bad_csrf_token"});
        if (!spec.input.empty())
            if (auto ended = take(check_texts(spec.input, request.form, {"csrf"}))) return *ended;
    } else if (spec.body == Body::json) {
        if (request.body.empty()) {
            if (auto ended = take(check_object(spec.input, json::object{}))) return *ended;
        } else {
            if (type != "application/json" && !type.ends_with("+json"))
                return refuse(
                    exchange,
                    Error{Errc::unsupported, "request.bad_media_type", {{"expected", "application/json"}}, {}});
            auto value = parse_json(request.body);
            if (!value) return refuse(exchange, value.error());
            if (auto ended = take(check_object(spec.input, std::move(*value)))) return *ended;
        }
    }
    if (spec.html)
        std::erase_if(request.query, [&](const NameValue& pair) {  // links carry all sorts of trackers
            return std::ranges::find(spec.query, std::string_view(pair.name), &Field::name) == spec.query.end();
        });
    if (!request.query.empty() || !spec.query.empty())
        if (auto ended = take(check_texts(spec.query, request.query, {"lang"}))) return *ended;
    request.field_errors = std::move(wrong);

    // A form sent without scripts has the key that the server made for it as a field.
    auto given = request.headers.find("idempotency-key");
    if (!given && spec.html && spec.body == Body::form) given = request.find_form(form_key_field);
    if (given && exchange.route->command) {
        auto key = parse_idempotency_key(*given);
        if (!key)
            return refuse(
                exchange,
                Error{Errc::malformed, "request.bad_key", {{"limit", std::to_string(idempotency_key_chars_max)}}, {}});
        exchange.idempotency_key = scoped_key(request, exchange.route->path, *key);
        exchange.fingerprint = fingerprint(request);
    }
    return spec.slow ? Next::pool : Next::run;
}

Next Dispatcher::run(Exchange& exchange, db::Session& session) const {
    return state_->guarded(exchange, [&] { return state_->run(exchange, session); });
}

Next Dispatcher::State::run(Exchange& exchange, db::Session& session) {
    exchange.now = clock.now();  // of the decision: the body may have taken its time
    if (exchange.route->command) return run_command(exchange, session);
    Context context{session, exchange.now, ids, random};
    auto answered = exchange.route->query(context, exchange.request);
    if (!answered) return refuse(exchange, answered.error());
    exchange.response = std::move(*answered);
    return Next::answer;
}

Next Dispatcher::State::run_command(Exchange& exchange, db::Session& session) {
    if (!exchange.idempotency_key.empty() && exchange.attempts == 0)
        if (auto replayed = replay(exchange, session)) return *replayed;
    ++exchange.attempts;
    Context context{session, exchange.now, ids, random};
    auto prepared = exchange.route->command(context, exchange.request);
    if (!prepared) return refuse(exchange, prepared.error());
    exchange.response = std::move(prepared->answer);
    if (!prepared->write) return Next::answer;
    exchange.write = std::move(*prepared->write);
    if (!exchange.idempotency_key.empty())
        exchange.write.answer = {.key = exchange.idempotency_key,
                                 .fingerprint = exchange.fingerprint,
                                 .status = exchange.response.status,
                                 // It may repeat what is personal.
                                 .body = session.field_keys().seal(pack_answer(exchange.response),
                                                                   answer_context(exchange.idempotency_key))};
    return Next::commit;
}

std::optional<Next> Dispatcher::State::replay(Exchange& exchange, db::Session& session) {
    auto stored = ledger::find_answer(session, exchange.idempotency_key);
    if (!stored) return std::nullopt;
    if (stored->fingerprint != exchange.fingerprint)
        return refuse(exchange, Error{Errc::invalid, "request.key_reused"});
    exchange.response =
        unpack_answer(stored->status, session.open_field(stored->body, answer_context(exchange.idempotency_key)));
    exchange.response.header("Idempotency-Replayed", "true");
    replays->add();
    return Next::answer;
}

Next Dispatcher::committed(Exchange& exchange, const Result<ledger::Committed>& result, db::Session& session) const {
    return state_->guarded(exchange, [&] { return state_->committed(exchange, result, session); });
}

Next Dispatcher::State::committed(Exchange& exchange, const Result<ledger::Committed>& result, db::Session& session) {
    if (result) return Next::answer;
    const Error& error = result.error();
    if (error.reason == "ledger.version_conflict" || error.reason == "ledger.constraint") {
        if (exchange.attempts >= ledger::decide_attempts_max) {
            log::warn("command_gave_up", {{"route", exchange.route->path}, {"reason", error.reason}});
            return refuse(exchange, Error{Errc::conflict, "request.too_much_contention"});
        }
        conflicts->add();
        return exchange.route->spec.slow ? Next::pool : Next::run;
    }
    // A read whose record cannot be kept (the disk is full) still answers: offices must be able to look things up. The
    // log has what the ledger could not take.
    if (exchange.request.method == Method::get && error.code == Errc::unavailable) {
        log::error("record_lost", {{"route", exchange.route->path},
                                   {"path", exchange.request.path},
                                   {"actor", exchange.request.principal.actor()},
                                   {"reason", error.reason}});
        records_lost->add();
        return Next::answer;
    }
    if (error.reason == "ledger.repeated_key")
        if (auto replayed = replay(exchange, session)) return *replayed;
    return refuse(exchange, error);
}

Next Dispatcher::threw(Exchange& exchange, std::exception_ptr thrown) const {
    return state_->guarded(exchange, [&]() -> Next { std::rethrow_exception(thrown); });
}

void Dispatcher::refuse(Exchange& exchange, int status, std::string_view reason, std::vector<Param> params) const {
    if (exchange.request.request_id.empty()) exchange.request.request_id = state_->make_request_id();
    state_->guarded(exchange, [&] { return state_->refuse(exchange, status, reason, std::move(params)); });
}

void Dispatcher::finish(Exchange& exchange) const { state_->finish(exchange); }

void Dispatcher::State::finish(Exchange& exchange) const {
    const Request& request = exchange.request;
    Response& response = exchange.response;
    if (auto tag = response.headers.find("etag");
        tag && response.status == 200 && (request.method == Method::get || request.method == Method::head))
        if (auto known = request.headers.find("if-none-match"); known && names_tag(*known, *tag)) {
            response.status = 304;
            response.body.clear();
            response.fixed_body = {};
        }
    const bool page = response.content_type.starts_with("text/html");
    response.fixed_headers = !page                                                  ? data_lines
                             : response.headers.contains("content-security-policy") ? page_lines_own_policy
                                                                                    : page_lines;
    if (!response.headers.contains("cache-control")) {
        response.headers.add("Cache-Control", response.headers.contains("etag") ? "private, no-cache" : "no-store");
        response.headers.add("Vary", "Accept-Language, Cookie");
    }
    response.headers.add("X-Request-Id", request.request_id);
    if (https && response.headers.contains("set-cookie")) {
        Headers secure;
        for (const NameValue& field : response.headers.all())
            secure.add(field.name, equal_no_case(field.name, "set-cookie") ? field.value + "; Secure" : field.value);
        response.headers = std::move(secure);
    }

    auto elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - exchange.begun).count();
    const RouteMetrics& measured = exchange.route ? route_metrics[exchange.route->index] : route_metrics.back();
    measured.answers[static_cast<size_t>(std::clamp(response.status / 100, 1, 5) - 1)]->add();
    measured.seconds->observe(elapsed);
    if (!options.access_log) return;
    log::append_line(exchange.access_line, log::Level::info, "http_request",
                     {{"method", to_string(request.method)},
                      {"route", exchange.route ? std::string_view(exchange.route->path) : "none"},
                      {"status", response.status},
                      {"bytes", response.content().size()},
                      {"elapsed_ms", elapsed * 1000},
                      {"by", to_string(request.principal.kind)},
                      {"attempts", exchange.attempts},
                      {"request_id", request.request_id}});
}

}  // namespace motcua::http
