#include "http/server.hpp"

#include <algorithm>
#include <ctime>
#include <thread>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "http/connection.hpp"

namespace motcua::http {

namespace {

using boost::system::error_code;
using tcp = net::ip::tcp;
constexpr auto token = net::as_tuple(net::use_awaitable_t<Executor>{});

constexpr std::chrono::milliseconds sweep_interval{250};
constexpr std::chrono::seconds certificate_interval{2};
constexpr std::chrono::milliseconds accept_pause{100};  // after "too many open files"
constexpr std::size_t log_block_bytes = 16 * 1024;
constexpr int backlog = 1024;

constexpr std::string_view full_answer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n";

Awaitable<void> serve_connection(std::unique_ptr<Connection> connection) {
    try {
        co_await connection->serve();
    } catch (const std::exception& failure) {
        log::error("connection_failed", {{"what", failure.what()}});
    }
}

Awaitable<void> accept_connections(Worker& worker) {
    Shared& shared = worker.shared;
    while (!shared.stopping) {
        auto [ec, socket] = co_await worker.acceptor.async_accept(token);
        if (shared.stopping || ec == net::error::operation_aborted) co_return;
        if (ec) {
            log::warn("accept_failed", {{"what", ec.message()}});
            Timer pause(worker.io, accept_pause);
            co_await pause.async_wait(token);
            continue;
        }
        error_code gone;
        auto endpoint = socket.remote_endpoint(gone);
        if (gone) continue;
        std::string address = endpoint.address().to_string();
        if (!shared.admit(address)) {
            shared.turned_away.add();
            std::ignore = socket.non_blocking(true, gone);
            if (!shared.certificates) socket.write_some(net::buffer(full_answer), gone);
            continue;
        }
        shared.accepted.add();
        std::ignore = socket.set_option(tcp::no_delay(true), gone);
        auto connection = std::make_unique<Connection>(worker, std::move(socket), std::move(address));
        net::co_spawn(worker.io, serve_connection(std::move(connection)), net::detached);
    }
}

/// Ends what takes too long and writes the log, a few times a second: cheaper than a timer a request.
Awaitable<void> sweep(Worker& worker) {
    while (!worker.ended) {  // a cancelled timer that has just expired does not say so
        worker.sweeper.expires_after(sweep_interval);
        co_await worker.sweeper.async_wait(token);
        worker.write_log();
        auto now = std::chrono::steady_clock::now();
        for (Connection* connection : worker.connections) connection->check_time(now);
        if (worker.watches_certificate && now >= worker.certificate_check) {
            worker.certificate_check = now + certificate_interval;
            worker.shared.certificates->reload_if_changed();
        }
    }
}

void listen(Acceptor& acceptor, const tcp::endpoint& endpoint, bool share) {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(Acceptor::reuse_address(true));
    if (share) acceptor.set_option(net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true));
    acceptor.bind(endpoint);
    acceptor.listen(backlog);
}

}  // namespace

Shared::Shared(const Dispatcher& d, db::Database& db, ledger::Committer& c, metrics::Registry& m, ServerOptions o)
    : dispatcher(d),
      database(db),
      committer(c),
      options(std::move(o)),
      bodies(options.limits.buffered_body_bytes_max),
      pool(static_cast<std::size_t>(std::max(1, options.pool_threads))),
      connections(m.gauge("motcua_http_connections", "Open connections")),
      accepted(m.counter("motcua_http_connections_total", "Connections accepted")),
      turned_away(m.counter("motcua_http_connections_refused_total", "Connections refused because of a limit")),
      timed_out(m.counter("motcua_http_timeouts_total", "Requests that did not arrive in time")),
      handshakes_failed(m.counter("motcua_http_tls_failures_total", "Connections that did not get through with TLS")) {
    if (!options.tls_certificate.empty())
        certificates = std::make_unique<Certificates>(options.tls_certificate, options.tls_key);
}

bool Shared::admit(const std::string& address) {
    std::lock_guard lock(mutex);
    std::size_t& here = by_address[address];
    if (open >= options.limits.connections_max || here >= options.limits.connections_per_address_max) {
        if (here == 0) by_address.erase(address);
        return false;
    }
    ++open;
    ++here;
    return true;
}

void Shared::leave(const std::string& address) {
    std::lock_guard lock(mutex);
    auto here = by_address.find(address);
    if (--here->second == 0) by_address.erase(here);
    if (--open == 0) emptied.notify_all();
}

void Worker::wake(Waiting& waiting, bool flush_now) {
    {
        std::lock_guard lock(woken_mutex_);
        woken_.push_back(&waiting);
    }
    // A submit that is refused at once completes on this very thread, outside of any group.
    if (flush_now || io.get_executor().running_in_this_thread()) flush();
}

void Worker::flush() {
    {
        std::lock_guard lock(woken_mutex_);
        if (woken_.empty()) return;
    }
    net::post(io, [this] { resume_woken(); });
}

void Worker::resume_woken() {
    std::vector<Waiting*> woken;
    {
        std::lock_guard lock(woken_mutex_);
        woken.swap(woken_);
    }
    for (Waiting* waiting : woken) {
        auto handler = std::move(waiting->handler);
        handler->resume();
    }
}

void Worker::log(std::string_view line) {
    log_lines += line;
    if (log_lines.size() >= log_block_bytes) write_log();
}

void Worker::write_log() {
    if (log_lines.empty()) return;
    motcua::log::write_block(log_lines);
    log_lines.clear();
}

std::string_view Worker::date() {
    std::time_t now = std::time(nullptr);
    if (now != date_second) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        char text[40];
        // The names of RFC 9110 §5.6.7 are those of the C locale, which the program never leaves.
        std::size_t length = std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
        date_line.assign(text, length);
        date_second = now;
    }
    return date_line;
}

/// What the committer calls after each group, for longer than the server may live.
struct Wakers {
    std::mutex mutex;
    std::vector<Worker*> workers;

    void flush() {
        std::lock_guard lock(mutex);
        for (Worker* worker : workers) worker->flush();
    }
};

struct Server::Impl {
    Impl(const Dispatcher& dispatcher, db::Database& database, ledger::Committer& committer, metrics::Registry& metrics,
         ServerOptions options)
        : shared(dispatcher, database, committer, metrics, std::move(options)) {}

    Shared shared;
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::thread> threads;
    std::shared_ptr<Wakers> wakers = std::make_shared<Wakers>();
    tcp::endpoint endpoint;
    bool started = false;
    bool stopped = false;

    void bind();
    /// Calls `action` for every connection of every worker, on its thread.
    template <class Action>
    void for_each_connection(Action action) {
        for (auto& worker : workers)
            net::post(worker->io, [&w = *worker, action] {
                for (Connection* connection : w.connections) action(*connection);
            });
    }
    /// True when no connection is left within the time.
    bool wait_until_empty(std::chrono::milliseconds time) {
        std::unique_lock lock(shared.mutex);
        return shared.emptied.wait_for(lock, time, [&] { return shared.open == 0; });
    }
};

void Server::Impl::bind() {
    const ServerOptions& options = shared.options;
    std::string name = fmt::format("{}:{}", options.address, options.port);
    try {
        endpoint = {net::ip::make_address(options.address), options.port};
        // SO_REUSEPORT would let us share a port with another running server; a plain bind first makes sure that it is
        // free.
        net::io_context probe_io;
        Acceptor probe(probe_io);
        listen(probe, endpoint, false);
        endpoint = probe.local_endpoint();
        probe.close();
        for (auto& worker : workers) listen(worker->acceptor, endpoint, true);
    } catch (const boost::system::system_error& failure) {
        throw Fault("http.cannot_listen", fmt::format("cannot listen on {}: {}", name, failure.code().message()));
    }
}

Server::Server(const Dispatcher& dispatcher, db::Database& database, ledger::Committer& committer,
               metrics::Registry& metrics, ServerOptions options)
    : impl_(std::make_unique<Impl>(dispatcher, database, committer, metrics, std::move(options))) {
    int cores = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
    int count = impl_->shared.options.io_threads > 0 ? impl_->shared.options.io_threads : cores;
    for (int i = 0; i < count; ++i) impl_->workers.push_back(std::make_unique<Worker>(impl_->shared));
    impl_->workers.front()->watches_certificate = impl_->shared.certificates != nullptr;
    impl_->bind();
    for (auto& worker : impl_->workers) impl_->wakers->workers.push_back(worker.get());
    committer.on_group([wakers = impl_->wakers] { wakers->flush(); });
}

Server::~Server() {
    stop();
    std::lock_guard lock(impl_->wakers->mutex);
    impl_->wakers->workers.clear();
}

void Server::start() {
    CHECK(!impl_->started, "started twice");
    impl_->started = true;
    for (auto& worker : impl_->workers) {
        net::co_spawn(worker->io, accept_connections(*worker), net::detached);
        net::co_spawn(worker->io, sweep(*worker), net::detached);
        impl_->threads.emplace_back([&w = *worker] { w.io.run(); });
    }
}

bool Server::reload_certificate() { return !impl_->shared.certificates || impl_->shared.certificates->reload(); }

std::uint16_t Server::port() const { return impl_->endpoint.port(); }

void Server::stop() {
    if (std::exchange(impl_->stopped, true)) return;
    Shared& shared = impl_->shared;
    shared.stopping = true;
    for (auto& worker : impl_->workers)
        net::post(worker->io, [&w = *worker] {
            error_code ignored;
            std::ignore = w.acceptor.close(ignored);
        });
    impl_->for_each_connection([](Connection& connection) { connection.close_if_idle(); });
    if (impl_->started && !impl_->wait_until_empty(shared.options.limits.stop_time)) {
        log::warn("stop_forced", {{"connections", shared.connections.value()}});
        impl_->for_each_connection([](Connection& connection) { connection.close_now(); });
        // What is left waits for a commit or a slow handler, and both end by themselves.
        while (!impl_->wait_until_empty(shared.options.limits.stop_time)) log::warn("stop_waits", {});
    }
    for (auto& worker : impl_->workers)
        net::post(worker->io, [&w = *worker] {
            w.ended = true;
            w.sweeper.cancel();
        });
    for (auto& thread : impl_->threads) thread.join();
    shared.pool.join();
}

}  // namespace motcua::http
