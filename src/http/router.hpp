// The table of routes: one greppable statement a route = method + path template + permission + spec + handler.
//
//   router.query("GET", "/api/v1/procedures/{code}", permission::open, {.summary = "…", .answer = "Procedure"},
//   get_procedure); router.command("POST", "/api/v1/dossiers/{code}/receive", dossier::permission::receive, {…},
//   receive);
//
// A query reads and answers. A command decides on a write set; the server commits it, decides again when somebody else
// was faster, and keeps the answer under the caller's Idempotency-Key. Handlers are plain blocking functions.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/spec.hpp"
#include "ledger/ledger.hpp"

namespace motcua::http {

/// What a handler may use besides what it was built with. Valid during the call only.
struct Context {
    db::Session& db;  // this thread's reading session
    Instant now;      // one time for the whole request
    IdMaker& ids;
    Random& random;

    /// Actor, time and request id for the write set of this request.
    ledger::Meta meta(const Request& request) const;
};

/// What a command decided: a write set with the answer to give once it is durable, or only an answer (nothing to do).
/// The answer is complete before the commit, so that a repeated key is answered byte for byte alike.
struct Prepared {
    std::optional<ledger::WriteSet> write;
    Response answer;

    Prepared(ledger::WriteSet w, Response a) : write(std::move(w)), answer(std::move(a)) {}
    explicit Prepared(Response a) : answer(std::move(a)) {}
};

using Query = std::function<Result<Response>(Context&, const Request&)>;
/// May run several times for one request (somebody else changed the aggregate): no side effects but through the write
/// set.
using Command = std::function<Result<Prepared>(Context&, const Request&)>;
/// Makes the HTML page of a refusal (portal).
using ErrorPage = std::function<Response(const Request&, const Problem&)>;

struct Route {
    Method method = Method::get;
    std::string path;  // the template, as registered; also the name in log and metrics
    Permission permission = permission::signed_in;
    Spec spec;
    Query query;  // one of the two is set
    Command command;
    std::vector<std::string> param_names;  // in order of the path
    std::size_t index = 0;                 // in routes()
};

class Router {
  public:
    Router();
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;
    ~Router();

    /// Registers a route. `path` has literal segments, `{name}` for one segment and `{name*}` for the rest (last only).
    /// The same method and shape twice is a CHECK. GET also answers HEAD.
    void query(std::string_view method, std::string_view path, Permission permission, Spec spec, Query handler);
    void command(std::string_view method, std::string_view path, Permission permission, Spec spec, Command handler);

    /// A named schema for `Spec::answer` and field::ref.
    void schema(std::string_view name, Fields members);
    void error_page(ErrorPage page) { error_page_ = std::move(page); }

    const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }
    const std::map<std::string, Fields, std::less<>>& schemas() const { return schemas_; }
    const ErrorPage& error_page() const { return error_page_; }

    /// From here on nothing more can be registered (CHECK): a dispatcher counts by route.
    void freeze() const { frozen_ = true; }

    struct Match {
        const Route* route = nullptr;
        std::vector<NameValue> params;
        std::string allow;  // when the path exists for other methods only: "GET, HEAD, POST"
    };
    /// Literal segments win over parameters. `path` is decoded and normalised.
    Match match(Method method, std::string_view path) const;

  private:
    struct Node;
    Route& add(std::string_view method, std::string_view path, Permission permission, Spec spec);

    std::unique_ptr<Node> root_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::map<std::string, Fields, std::less<>> schemas_;
    ErrorPage error_page_;
    mutable std::atomic<bool> frozen_{false};
};

}  // namespace motcua::http
