// A closed-loop HTTP/1.1 load: N keep-alive connections, each with one request under way, one thread, epoll. Bounded in
// time and count; loopback only. Owns sending, reading and measuring; the caller makes the requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace motcua::bench {

struct LoadPlan {
    std::uint16_t port = 0;
    int connections = 1;
    std::chrono::milliseconds time{2000};
    std::uint64_t requests_max = 10'000'000;
    /// The whole request for the n-th request of all (from 0), on this connection.
    std::function<std::string(int connection, std::uint64_t n)> request;
    /// Told of each answer; optional.
    std::function<void(int connection, int status, std::string_view body)> answered = {};
};

struct LoadResult {
    std::uint64_t answers = 0;
    std::uint64_t refused = 0;  // status 400 and above
    std::uint64_t broken = 0;   // connections that ended unexpectedly
    double seconds = 0;
    double client_cpu_seconds = 0;            // of the generating thread
    std::vector<std::uint32_t> latencies_us;  // sorted

    double rate() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
    /// Latency below which `percent` of the answers stayed, in milliseconds.
    double percentile_ms(double percent) const;
};

/// Runs on the calling thread. Throws std::runtime_error when it cannot connect.
LoadResult run_load(const LoadPlan& plan);

/// "GET /x" and "POST /x" with body, ready for LoadPlan::request.
std::string get_request(std::string_view path);
std::string post_request(std::string_view path, std::string_view body, std::string_view more_headers = {});

}  // namespace motcua::bench
