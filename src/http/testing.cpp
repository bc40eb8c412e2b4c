#include "http/testing.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/check.hpp"

namespace motcua::http::testing {

Principal officer(std::int64_t id, std::vector<std::string> permissions, std::vector<UnitId> units) {
    std::ranges::sort(permissions);
    Principal principal;
    principal.kind = PrincipalKind::officer;
    principal.id = id;
    principal.permissions = std::move(permissions);
    principal.units = std::move(units);
    return principal;
}

Principal person(std::int64_t id) {
    Principal principal;
    principal.kind = PrincipalKind::person;
    principal.id = id;
    return principal;
}

json::object Answer::object() const {
    auto value = parse_json(body);
    if (value && value->is_object()) return std::move(value->get_object());
    ADD_FAILURE() << "not a JSON object (status " << status << "): " << body;
    return {};
}

Client::Client(const Router& router, Authenticator& authenticator, const Clock& clock, IdMaker& ids, Random& random,
               db::Database& database, ledger::Committer& committer)
    : router_(router),
      dispatcher_(router, authenticator, clock, ids, random, metrics_, DispatcherOptions{.access_log = false}),
      database_(database),
      committer_(committer) {}

Answer Client::get(std::string_view target, const std::vector<NameValue>& headers) {
    return send("GET", target, {}, headers);
}

Answer Client::post(std::string_view target, std::string_view body, const std::vector<NameValue>& headers) {
    return send("POST", target, body, headers);
}

Answer Client::send(std::string_view method, std::string_view target, std::string_view body,
                    const std::vector<NameValue>& headers) {
    auto known = parse_method(method);
    CHECK(known, "no method {}", method);
    Exchange exchange;
    Request& request = exchange.request;
    request.method = *known;
    request.target = target;
    request.headers = headers_;
    for (const NameValue& header : headers) request.headers.set(header.name, header.value);
    if (!request.headers.contains("host")) request.headers.add("Host", "motcua.test");
    if (!body.empty() && !request.headers.contains("content-type"))
        request.headers.add("Content-Type", "application/json");
    request.body = body;
    request.remote_address = "127.0.0.1";

    // The same steps as a connection's, on this thread.
    db::Lease session = database_.reader();
    Next next = dispatcher_.head(exchange, *session);
    if (next == Next::body) {
        if (body.size() > dispatcher_.body_bytes_max(exchange)) {
            dispatcher_.refuse(exchange, 413, "http.body_too_large",
                               {{"limit", std::to_string(dispatcher_.body_bytes_max(exchange))}});
            next = Next::answer;
        } else {
            next = dispatcher_.body(exchange);
        }
    }
    bool would_write = false;
    while (next != Next::answer) {
        if (next == Next::commit && !commits_) {
            would_write = true;
            next = Next::answer;
        } else if (next == Next::commit) {
            try {
                next = dispatcher_.committed(exchange, committer_.commit(std::move(exchange.write)), *session);
            } catch (...) {
                next = dispatcher_.threw(exchange, std::current_exception());
            }
        } else {
            next = dispatcher_.run(exchange, *session);
        }
    }
    dispatcher_.finish(exchange);

    Answer answer;
    answer.status = exchange.response.status;
    answer.would_write = would_write;
    answer.headers = exchange.response.headers;
    if (!exchange.response.content_type.empty()) answer.headers.set("Content-Type", exchange.response.content_type);
    std::string_view fixed = exchange.response.fixed_headers;
    while (!fixed.empty()) {
        std::string_view line = fixed.substr(0, fixed.find("\r\n"));
        fixed.remove_prefix(line.size() + 2);
        answer.headers.add(line.substr(0, line.find(": ")), line.substr(line.find(": ") + 2));
    }
    answer.body = exchange.response.content();
    if (exchange.route) answer.route = std::string(to_string(exchange.route->method)) + " " + exchange.route->path;
    return answer;
}

Answer Suite::access(const Scenario& scenario) {
    Answer answer = run("access", scenario);
    if (answer.status == 401 || answer.status == 403) refused_.insert(answer.route);
    return answer;
}

Answer Suite::run(std::string_view group, const Scenario& scenario) {
    SCOPED_TRACE(std::string(group) + ": " + std::string(scenario.name));
    Answer answer = client_.send(scenario.method, scenario.path, scenario.body, scenario.headers);
    EXPECT_EQ(answer.status, scenario.status) << scenario.method << ' ' << scenario.path << '\n' << answer.body;
    for (const std::string& part : scenario.has)
        EXPECT_NE(answer.body.find(part), std::string::npos) << "missing: " << part << '\n' << answer.body;
    for (const std::string& part : scenario.has_not)
        EXPECT_EQ(answer.body.find(part), std::string::npos) << "must not be there: " << part << '\n' << answer.body;
    return answer;
}

std::vector<std::string> Suite::routes_without_access_case() const {
    std::vector<std::string> missing;
    for (const auto& route : client_.router().routes()) {
        std::string name = std::string(to_string(route->method)) + " " + route->path;
        if (route->permission != permission::open && !refused_.contains(name)) missing.push_back(std::move(name));
    }
    return missing;
}

std::vector<std::string> dangling_references(const json::object& document) {
    std::vector<std::string> dangling;
    const std::string text = json::serialize(document);
    constexpr std::string_view mark = R"("$ref":"#/)";
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
        size_t begin = at + mark.size();
        std::string pointer = text.substr(begin, text.find('"', begin) - begin);
        const json::object* object = &document;
        std::string_view rest = pointer;
        while (object && !rest.empty()) {
            std::string_view name = rest.substr(0, rest.find('/'));
            rest.remove_prefix(std::min(name.size() + 1, rest.size()));
            object = find_object(*object, name);
        }
        if (!object) dangling.push_back(pointer);
    }
    return dangling;
}

std::vector<std::string> undocumented_routes(const Router& router, const json::object& document) {
    std::vector<std::string> missing;
    const json::object* paths = find_object(document, "paths");
    for (const auto& route : router.routes()) {
        if (route->spec.html) continue;
        std::string path = route->path, method(to_string(route->method));
        std::erase(path, '*');
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
        const json::object* item = paths ? find_object(*paths, path) : nullptr;
        if (!item || !find_object(*item, method)) missing.push_back(method + ' ' + path);
    }
    return missing;
}

}  // namespace motcua::http::testing
