// The HTTP/1.1 server: sockets, limits, timeouts and threads. One io_context a thread, each with its own listening
// socket (SO_REUSEPORT) and its own reading session. Speaks TLS itself when it is given a certificate; leaves out
// HTTP/2: a reverse proxy's work. Asio and Beast stay behind this header.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/dispatcher.hpp"

namespace motcua::http {

/// Generous for people, hard for accidents and attacks. Each refusal has a status of its own.
struct Limits {
    std::size_t target_bytes_max = 8 * 1024;            // 414
    std::size_t header_bytes_max = 32 * 1024;           // 431: request line and all fields
    std::size_t header_fields_max = 100;                // 431
    std::size_t buffered_body_bytes_max = 512u << 20;   // all connections together: 503
    std::size_t connections_max = 8192;                 // 503
    std::size_t connections_per_address_max = 2048;     // a commune's office shares one address
    std::size_t requests_per_connection_max = 100'000;  // then Connection: close
    std::size_t pool_queue_max = 1024;                  // slow handlers waiting: 503
    std::chrono::milliseconds header_time{15'000};      // first byte to end of head: 408
    std::chrono::milliseconds idle_time{75'000};        // between requests
    std::chrono::milliseconds stall_time{30'000};       // no byte read of a body, or none written of an answer
    std::size_t body_bytes_per_second_min = 1024;       // averaged after stall_time; slower is a slow-loris
    std::chrono::milliseconds stop_time{10'000};        // graceful stop: what runs may finish
};

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  // 0 = any free port, see Server::port()
    int io_threads = 0;         // 0 = one per core, at most 8
    int pool_threads = 4;       // for slow handlers
    Limits limits = {};
    std::string tls_certificate = {};               // PEM file with the chain; empty = plain HTTP
    std::string tls_key = {};                       // PEM file
    std::vector<std::string> trusted_proxies = {};  // addresses whose X-Forwarded-For is believed
};

class Server {
  public:
    /// Binds at once (Fault "http.cannot_listen", "http.bad_certificate"); serves from start() on. The references must
    /// outlive the server, the committer must still run while stop() is called.
    Server(const Dispatcher& dispatcher, db::Database& database, ledger::Committer& committer,
           metrics::Registry& metrics, ServerOptions options);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    void start();
    std::uint16_t port() const;
    /// Reads the certificate again; changed files are noticed within seconds also without it. False: the former stays.
    bool reload_certificate();
    /// Stops accepting, closes idle connections, lets running requests finish for at most Limits::stop_time. Blocks.
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace motcua::http
