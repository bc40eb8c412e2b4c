// Getting a file from a web server, blocking; for verbs of the command line and jobs, never on an io thread. Follows no
// redirect to another scheme than http and https, checks certificates, and bounds size and time.
#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace motcua::http {

struct FetchLimits {
    std::size_t bytes_max = 64u << 20;
    std::chrono::seconds connect_time{10};
    std::chrono::seconds whole_time{60};
};

/// The body of a 200 answer. Reasons: invalid "fetch.bad_url" {url}; unavailable "fetch.failed" {url, cause}; not_found
/// "fetch.status" {url, status} for any other status; too_large "fetch.too_large" {url, limit}.
class Fetcher {
  public:
    Fetcher();
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;
    ~Fetcher();
    /// Keeps the connection for the next call.
    Result<std::string> get(const std::string& url, const FetchLimits& limits = {});

  private:
    void* handle_;
};

}  // namespace motcua::http
