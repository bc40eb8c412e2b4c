// Inside of the server, for server.cpp and connection.cpp alone: the worker (one thread, one io_context, one reading
// session) and one connection's coroutine. Includes Asio; never include it from a header that features see.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/request_parser.hpp"
#include "http/server.hpp"
#include "http/tls.hpp"

namespace motcua::http {

namespace net = boost::asio;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<net::ip::tcp, Executor>;
using Acceptor = net::basic_socket_acceptor<net::ip::tcp, Executor>;
using Timer =
    net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Executor>;
template <class T>
using Awaitable = net::awaitable<T, Executor>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Connection;
struct Worker;

/// A coroutine that waits for another thread (committer or pool). Lives in the coroutine's frame; the other thread sets
/// the outcome and hands it to Worker::wake exactly once.
struct Waiting {
    struct Resume {
        virtual ~Resume() = default;
        virtual void resume() = 0;
    };
    Worker* worker = nullptr;
    std::unique_ptr<Resume> handler;
    Result<ledger::Committed> committed;
    Next next = Next::answer;
    std::exception_ptr thrown;
};

/// What all workers share.
struct Shared {
    Shared(const Dispatcher& d, db::Database& db, ledger::Committer& c, metrics::Registry& m, ServerOptions o);

    const Dispatcher& dispatcher;
    db::Database& database;
    ledger::Committer& committer;
    ServerOptions options;
    BodyBudget bodies;
    std::unique_ptr<Certificates> certificates;  // none: plain HTTP
    net::thread_pool pool;
    std::atomic<std::size_t> pool_queued{0};
    std::atomic<bool> stopping{false};
    metrics::Gauge& connections;
    metrics::Counter& accepted;
    metrics::Counter& turned_away;
    metrics::Counter& timed_out;
    metrics::Counter& handshakes_failed;

    std::mutex mutex;
    std::condition_variable emptied;
    std::size_t open = 0;                           // guarded by mutex
    std::map<std::string, std::size_t> by_address;  // guarded by mutex

    /// Room for one more connection from there? Counts it when there is.
    bool admit(const std::string& address);
    void leave(const std::string& address);
};

/// One thread: accepts, serves, sweeps. All members but `wake` are for that thread.
struct Worker {
    explicit Worker(Shared& s) : shared(s), acceptor(io), sweeper(io), session(s.database.reader()) {}

    Shared& shared;
    net::io_context io{1};
    Acceptor acceptor;
    Timer sweeper;
    db::Lease session;
    std::set<Connection*> connections;
    bool watches_certificate = false;  // one of all
    SteadyTime certificate_check;
    bool ended = false;  // no connection is left and none will come: the sweep may stop
    std::string log_lines;
    std::string date_line;  // "Date: …\r\n" of this second
    std::time_t date_second = 0;

    /// From any thread: the coroutine goes on at the next flush (or at once, for `flush_now`).
    void wake(Waiting& waiting, bool flush_now);
    /// From any thread: one post for all that were woken since the last.
    void flush();
    void resume_woken();

    void log(std::string_view line);
    void write_log();
    std::string_view date();

  private:
    std::mutex woken_mutex_;
    std::vector<Waiting*> woken_;
};

class Connection {
  public:
    Connection(Worker& worker, Socket socket, std::string peer);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    Awaitable<void> serve();

    /// Called by the sweep: ends what takes too long.
    void check_time(SteadyTime now);
    /// Called when the server stops: an idle connection ends at once, a busy one after its answer.
    void close_if_idle();
    void close_now();

  private:
    enum class Phase { idle, reading, working, writing };

    Awaitable<bool> shake_hands();
    Awaitable<bool> read_request(Exchange& exchange);
    Awaitable<bool> read_more();
    Awaitable<void> answer(Exchange& exchange);
    Awaitable<Next> commit(Exchange& exchange);
    Awaitable<Next> run_in_pool(Exchange& exchange);
    Awaitable<bool> write(std::string_view first, std::string_view second);
    Awaitable<void> linger();
    void enter(Phase phase, std::chrono::milliseconds time);
    void format_head(const Exchange& exchange, bool close);
    std::string client_address(const Request& request) const;

    Worker& worker_;
    const Limits& limits_;
    Socket socket_;
    std::shared_ptr<net::ssl::context> tls_context_;  // what the stream was made with, however often it changes since
    std::unique_ptr<net::ssl::stream<Socket&>> tls_;  // none: plain HTTP
    const std::string peer_;
    RequestParser parser_;
    std::string buffer_;       // what was read
    std::string_view unread_;  // part of buffer_ not yet parsed
    std::string out_;
    Phase phase_ = Phase::idle;
    SteadyTime deadline_;
    bool timed_out_ = false;
    std::size_t requests_ = 0;
};

}  // namespace motcua::http
