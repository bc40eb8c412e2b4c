// Asking a web server, blocking; for verbs of the command line, jobs and pool threads, never on an io thread. Checks
// certificates and bounds size and time. `get` follows a few redirects between http and https; `exchange` follows none.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"

namespace motcua::http {

struct FetchLimits {
    std::size_t bytes_max = 64u << 20;
    std::chrono::milliseconds connect_time{10'000};
    std::chrono::milliseconds whole_time{60'000};
};

/// One request of `exchange`; a POST when `body` is there.
struct Outgoing {
    std::string url;
    std::optional<std::string> body = {};
    std::string content_type = "application/x-www-form-urlencoded";
    std::vector<NameValue> headers = {};  // without line breaks (CHECK)
};

/// Whatever status it has, redirects included.
struct Fetched {
    long status = 0;
    std::string content_type;  // as sent
    std::string body;
};

/// Names and values as application/x-www-form-urlencoded.
std::string form_body(const std::vector<NameValue>& fields);

class Fetcher {
  public:
    Fetcher();
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;
    ~Fetcher();
    /// The body of a 200 answer. Keeps the connection for the next call. Reasons: invalid "fetch.bad_url" {url};
    /// unavailable "fetch.failed" {url, cause}; not_found "fetch.status" {url, status} for any other status; too_large
    /// "fetch.too_large" {url, limit}.
    Result<std::string> get(const std::string& url, const FetchLimits& limits = {});
    /// Whatever the server answers. Reasons as get, without "fetch.status".
    Result<Fetched> exchange(const Outgoing& request, const FetchLimits& limits);

  private:
    Result<Fetched> perform(const Outgoing& request, const FetchLimits& limits, bool follow);

    void* handle_;
};

}  // namespace motcua::http
