// For the tests of features: requests through router and dispatcher in this process, without sockets, and scenario
// tables. A command is committed through the real committer.
//
//   http::testing::Client client{router, authenticator, clock, ids, random, database, committer};
//   client.as(officer);
//   auto answer = client.post("/api/v1/dossiers/X/receive", R"({"channel":"counter"})");
//
//   http::testing::Suite suite{client};
//   suite.access({.name = "a visitor may not receive", .method = "POST", .path = "…", .status = 401,
//                 .has = {"auth.required"}, .has_not = {"Nguyễn"}});
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/dispatcher.hpp"

namespace motcua::http::testing {

/// Signs everybody in as the principal that was set; a visitor at first.
class FixedAuthenticator final : public Authenticator {
  public:
    Result<Principal> authenticate(const Request&, db::Session&) override { return principal; }
    Principal principal;
};

/// An officer or person with these permissions.
Principal officer(std::int64_t id, std::vector<std::string> permissions, std::vector<UnitId> units = {});
Principal person(std::int64_t id);

struct Answer {
    int status = 0;
    Headers headers;
    std::string body;
    std::string route;         // template that answered, empty for none
    bool would_write = false;  // came as far as a write set, of a client that keeps nothing

    /// The body as a JSON object; a test failure and an empty object when it is not one.
    json::object object() const;
    std::string reason() const { return string_or(object(), "reason"); }
};

class Client {
  public:
    Client(const Router& router, Authenticator& authenticator, const Clock& clock, IdMaker& ids, Random& random,
           db::Database& database, ledger::Committer& committer);

    /// Headers sent with every request from now on ("Cookie", "Authorization", "Accept-Language").
    void set_header(std::string_view name, std::string_view value) { headers_.set(name, value); }
    void clear_headers() { headers_.clear(); }
    /// From now on nothing is committed: a command ends with the answer that it would give.
    void keep_nothing() { commits_ = false; }

    Answer get(std::string_view target, const std::vector<NameValue>& headers = {});
    /// JSON unless `headers` has a Content-Type.
    Answer post(std::string_view target, std::string_view body, const std::vector<NameValue>& headers = {});
    Answer send(std::string_view method, std::string_view target, std::string_view body,
                const std::vector<NameValue>& headers);

    const Router& router() const { return router_; }

  private:
    const Router& router_;
    metrics::Registry metrics_;
    Dispatcher dispatcher_;
    db::Database& database_;
    ledger::Committer& committer_;
    Headers headers_;
    bool commits_ = true;
};

struct Scenario {
    std::string_view name;
    std::string_view method = "GET";
    std::string path;
    std::string body = {};
    std::vector<NameValue> headers = {};
    int status = 200;
    std::vector<std::string> has = {};      // must be in the body
    std::vector<std::string> has_not = {};  // must not be
};

/// Runs scenarios in the three groups of the house and knows which routes have an access case.
class Suite {
  public:
    explicit Suite(Client& client) : client_(client) {}
    Answer access(const Scenario& scenario);
    Answer validation(const Scenario& scenario) { return run("validation", scenario); }
    Answer behaviour(const Scenario& scenario) { return run("behaviour", scenario); }
    /// "METHOD template" of each route with a permission other than `open` whose refusal (401 or 403) was never seen.
    std::vector<std::string> routes_without_access_case() const;

  private:
    Answer run(std::string_view group, const Scenario& scenario);
    Client& client_;
    std::set<std::string> refused_;
};

/// What is wrong with an OpenAPI document of this router: references that lead nowhere, routes that are not in it.
std::vector<std::string> dangling_references(const json::object& document);
std::vector<std::string> undocumented_routes(const Router& router, const json::object& document);

}  // namespace motcua::http::testing
