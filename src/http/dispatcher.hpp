// From a read request to a finished answer, without sockets and without coroutines: route, sign-in, permission, origin,
// body, handler, commit, errors. The server (server.hpp) and the in-process tests (testing.hpp) drive the same steps.
// Owns access log and request metrics. Exceptions of handlers end here: Fault = 503, anything else = 500 with an
// incident id whose text stands in the log only.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "db/db.hpp"
#include "http/rate_limit.hpp"
#include "http/router.hpp"
#include "ledger/committer.hpp"

namespace motcua::http {

struct Exchange;

struct DispatcherOptions {
    std::string public_url =
        "http://127.0.0.1:8080";          // scheme and host that browsers use; https switches HSTS and Secure on
    std::chrono::seconds retry_after{2};  // told with 503
    bool access_log = true;
    Rates rates = {};  // of one asker; none unless given
    /// Hears of every refusal for want of permission (401 to 404, 429) once it is certain; on the answering thread,
    /// must be quick.
    std::function<void(const Exchange&, const Error&)> refused = {};
};

/// One request on its way.
struct Exchange {
    Request request;
    Response response;
    const Route* route = nullptr;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    Instant now;
    int attempts = 0;             // decisions made so far
    std::string idempotency_key;  // scoped; empty without the header
    std::string fingerprint;
    ledger::WriteSet write;   // to be committed when a step answers Next::commit
    std::string access_line;  // for the log, once finished
};

enum class Next {
    answer,  // exchange.response is ready: call finish()
    body,    // read the body (at most body_bytes_max), then call body()
    run,     // call run() on this thread
    pool,    // call run() on a thread that may block
    commit,  // hand exchange.write to the committer, then call committed()
};

class Dispatcher {
  public:
    /// The router has all its routes and is frozen; everything referred to outlives the dispatcher.
    Dispatcher(const Router& router, Authenticator& authenticator, const Clock& clock, IdMaker& ids, Random& random,
               metrics::Registry& metrics, DispatcherOptions options = {});
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    ~Dispatcher();

    /// Head only: target, method and headers are set. Routes, signs in, checks permission and origin.
    Next head(Exchange& exchange, db::Session& session) const;
    /// Bytes that the body of this exchange may have; valid after head().
    std::size_t body_bytes_max(const Exchange& exchange) const;
    /// The body has been read: parses and validates it.
    Next body(Exchange& exchange) const;
    Next run(Exchange& exchange, db::Session& session) const;
    /// The committer's answer. A version conflict decides again, at most ledger::decide_attempts_max times.
    Next committed(Exchange& exchange, const Result<ledger::Committed>& result, db::Session& session) const;
    /// A step outside of the dispatcher threw (no reading session, a write set that the committer will not take).
    Next threw(Exchange& exchange, std::exception_ptr thrown) const;
    /// Refuses from outside: limits, malformed requests, timeouts.
    void refuse(Exchange& exchange, int status, std::string_view reason, std::vector<Param> params = {}) const;
    /// Headers for everybody, ETag, HEAD, metrics and the access log line. Exactly once an exchange.
    void finish(Exchange& exchange) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace motcua::http
