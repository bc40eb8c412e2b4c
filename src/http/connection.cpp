// One connection: read a request within its limits, let the dispatcher work, write the answer, again. The only
// coroutines of the program. GCC 12: no aggregate temporaries as coroutine arguments, no co_await inside ?: operands or
// TRY.
#include "http/connection.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "http/parse.hpp"

namespace motcua::http {

namespace {

using boost::system::error_code;
constexpr auto token = net::as_tuple(net::use_awaitable_t<Executor>{});

constexpr std::size_t read_bytes = 8 * 1024;
constexpr std::size_t read_bytes_body = 64 * 1024;
constexpr std::size_t kept_buffer_bytes = 64 * 1024;  // larger buffers are given back between requests
constexpr std::size_t copied_body_bytes = 16 * 1024;  // smaller bodies go out in one piece with the head
constexpr std::size_t linger_bytes_max = 256 * 1024;
constexpr std::chrono::milliseconds linger_time{2000};

template <class Handler>
struct ResumeHandler final : Waiting::Resume {
    explicit ResumeHandler(Handler h) : handler(std::move(h)) {}
    void resume() override { std::move(handler)(); }
    Handler handler;
};

/// Suspends the coroutine until Worker::resume_woken reaches `waiting`. `start` runs once it can be woken.
template <class Start>
Awaitable<void> wait(Waiting& waiting, Start start) {
    return net::async_initiate<const net::use_awaitable_t<Executor>&, void()>(
        [](auto handler, Waiting* place, Start go) {
            place->handler = std::make_unique<ResumeHandler<decltype(handler)>>(std::move(handler));
            go();
        },
        net::use_awaitable_t<Executor>{}, &waiting, std::move(start));
}

}  // namespace

Connection::Connection(Worker& worker, Socket socket, std::string peer)
    : worker_(worker),
      limits_(worker.shared.options.limits),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      parser_(limits_, worker.shared.bodies) {
    if (const auto& certificates = worker_.shared.certificates) {
        tls_context_ = certificates->current();
        tls_ = std::make_unique<net::ssl::stream<Socket&>>(socket_, *tls_context_);
    }
    worker_.connections.insert(this);
    worker_.shared.connections.add(1);
}

Connection::~Connection() {
    worker_.connections.erase(this);
    worker_.shared.connections.add(-1);
    worker_.shared.leave(peer_);
}

void Connection::enter(Phase phase, std::chrono::milliseconds time) {
    phase_ = phase;
    deadline_ = std::chrono::steady_clock::now() + time;
}

void Connection::check_time(SteadyTime now) {
    if (phase_ == Phase::working || now < deadline_) return;
    timed_out_ = true;
    deadline_ = now + limits_.stall_time;
    if (phase_ == Phase::writing) return close_now();
    error_code ignored;
    std::ignore = socket_.cancel(ignored);  // the waiting read ends; the coroutine says 408 where that makes sense
}

void Connection::close_if_idle() {
    if (phase_ == Phase::idle) close_now();
}

void Connection::close_now() {
    error_code ignored;
    std::ignore = socket_.close(ignored);
}

Awaitable<void> Connection::serve() {
    const Dispatcher& dispatcher = worker_.shared.dispatcher;
    bool open = co_await shake_hands();
    while (open) {
        Exchange exchange;
        parser_.begin(exchange.request);
        open = co_await read_request(exchange);
        if (!open) break;
        exchange.begun = std::chrono::steady_clock::now();
        exchange.request.remote_address = client_address(exchange.request);
        phase_ = Phase::working;
        if (parser_.refusal().reason.empty()) {
            co_await answer(exchange);
        } else {
            const RequestParser::Refusal& refusal = parser_.refusal();
            std::vector<Param> params;
            if (refusal.limit > 0) params.push_back({"limit", std::to_string(refusal.limit)});
            dispatcher.refuse(exchange, refusal.status, refusal.reason, std::move(params));
        }
        dispatcher.finish(exchange);
        worker_.log(exchange.access_line);

        ++requests_;
        const bool sound = parser_.refusal().reason.empty() && parser_.complete() && !timed_out_;
        const bool close = !sound || !parser_.keep_alive() || requests_ >= limits_.requests_per_connection_max ||
                           worker_.shared.stopping;
        parser_.drop_body();
        format_head(exchange, close);
        std::string_view content = exchange.request.method == Method::head || exchange.response.status == 304
                                       ? std::string_view{}
                                       : exchange.response.content();
        if (content.size() <= copied_body_bytes) {
            out_.append(content);
            content = {};
        }
        const bool written = co_await write(out_, content);
        open = written && !close;
        if (written && close) co_await linger();
    }
    close_now();
}

/// True at once without TLS; false when the client does not get through with it in time.
Awaitable<bool> Connection::shake_hands() {
    if (!tls_) co_return true;
    enter(Phase::reading, limits_.header_time);
    auto [ec] = co_await tls_->async_handshake(net::ssl::stream_base::server, token);
    if (ec) worker_.shared.handshakes_failed.add();
    co_return !ec;
}

/// False when the connection is over and nobody waits for an answer. True with a refusal set or a complete head.
Awaitable<bool> Connection::read_request(Exchange& exchange) {
    if (out_.capacity() > kept_buffer_bytes) std::string().swap(out_);
    enter(Phase::idle, requests_ == 0 ? limits_.header_time : limits_.idle_time);
    while (true) {
        RequestParser::Fed fed = parser_.feed(unread_);
        if (fed != RequestParser::Fed::more) break;
        if (parser_.started() && phase_ == Phase::idle) enter(Phase::reading, limits_.header_time);
        if (phase_ == Phase::idle && worker_.shared.stopping) co_return false;
        const bool read = co_await read_more();
        if (read) continue;
        if (!timed_out_ || !parser_.started()) co_return false;
        worker_.shared.timed_out.add();
        worker_.shared.dispatcher.refuse(exchange, 408, "http.timeout");
        worker_.shared.dispatcher.finish(exchange);
        worker_.log(exchange.access_line);
        format_head(exchange, true);
        out_.append(exchange.response.content());
        co_await write(out_, {});
        co_return false;
    }
    co_return true;
}

/// Reads what has come; false at the end of the stream, on errors and when the time is up.
Awaitable<bool> Connection::read_more() {
    const bool in_body = phase_ == Phase::reading && parser_.started() && unread_.empty();
    const std::size_t kept = unread_.size();
    if (kept > 0) std::copy(unread_.begin(), unread_.end(), buffer_.begin());
    const std::size_t room = in_body && buffer_.size() >= read_bytes_body ? read_bytes_body : read_bytes;
    if (buffer_.size() < kept + room || buffer_.size() > kept + kept_buffer_bytes) {
        buffer_.resize(kept + room);
        if (buffer_.capacity() > 2 * kept_buffer_bytes) buffer_.shrink_to_fit();
    }
    const auto room_left = net::buffer(buffer_.data() + kept, buffer_.size() - kept);
    error_code ec;
    std::size_t bytes = 0;
    if (tls_) {
        std::tie(ec, bytes) = co_await tls_->async_read_some(room_left, token);
    } else {
        std::tie(ec, bytes) = co_await socket_.async_read_some(room_left, token);
    }
    unread_ = std::string_view(buffer_).substr(0, kept + bytes);
    co_return !ec && bytes > 0;
}

/// From a complete head to a ready answer.
Awaitable<void> Connection::answer(Exchange& exchange) {
    const Dispatcher& dispatcher = worker_.shared.dispatcher;
    Next next = dispatcher.head(exchange, *worker_.session);
    if (next == Next::body) {
        parser_.set_body_max(dispatcher.body_bytes_max(exchange));
        bool told_to_go_on = false;
        const auto begun = std::chrono::steady_clock::now();
        std::size_t bytes_read = 0;
        while (true) {
            RequestParser::Fed fed = parser_.feed(unread_);
            if (fed == RequestParser::Fed::complete) break;
            if (fed == RequestParser::Fed::refused) {
                const RequestParser::Refusal& refusal = parser_.refusal();
                std::vector<Param> params{{"limit", std::to_string(refusal.limit)}};
                dispatcher.refuse(exchange, refusal.status, refusal.reason, std::move(params));
                co_return;
            }
            if (parser_.expects_continue() && !told_to_go_on && bytes_read == 0) {
                told_to_go_on = true;
                const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
                if (!written) co_return;
            }
            // A pause ends the body after stall_time, and so does an average below the least rate.
            const auto rate_time = std::chrono::milliseconds(1000 * bytes_read / limits_.body_bytes_per_second_min);
            enter(Phase::reading, limits_.stall_time);
            deadline_ = std::min(deadline_, begun + limits_.stall_time + rate_time);
            const std::size_t before = unread_.size();
            const bool read = co_await read_more();
            if (!read) {
                if (timed_out_) worker_.shared.timed_out.add();
                dispatcher.refuse(exchange, 408, "http.timeout");
                co_return;
            }
            bytes_read += unread_.size() - before;
        }
        phase_ = Phase::working;
        next = dispatcher.body(exchange);
    }
    phase_ = Phase::working;
    while (next != Next::answer) {
        if (next == Next::commit) {
            next = co_await commit(exchange);
        } else if (next == Next::pool) {
            next = co_await run_in_pool(exchange);
        } else {
            next = dispatcher.run(exchange, *worker_.session);
        }
    }
}

Awaitable<Next> Connection::commit(Exchange& exchange) {
    Waiting waiting;
    waiting.worker = &worker_;
    co_await wait(waiting, [&waiting, &exchange, &shared = worker_.shared] {
        try {
            shared.committer.submit(std::move(exchange.write), [&waiting](Result<ledger::Committed> outcome) {
                waiting.committed = std::move(outcome);
                waiting.worker->wake(waiting, false);
            });
        } catch (...) {  // not taken, so nobody else will wake us
            waiting.thrown = std::current_exception();
            waiting.worker->wake(waiting, true);
        }
    });
    if (waiting.thrown) co_return worker_.shared.dispatcher.threw(exchange, waiting.thrown);
    co_return worker_.shared.dispatcher.committed(exchange, waiting.committed, *worker_.session);
}

Awaitable<Next> Connection::run_in_pool(Exchange& exchange) {
    Shared& shared = worker_.shared;
    if (shared.pool_queued.fetch_add(1) >= limits_.pool_queue_max) {
        shared.pool_queued.fetch_sub(1);
        shared.dispatcher.refuse(exchange, 503, "http.busy");
        co_return Next::answer;
    }
    Waiting waiting;
    waiting.worker = &worker_;
    co_await wait(waiting, [&waiting, &exchange, &shared] {
        net::post(shared.pool, [&waiting, &exchange, &shared] {
            try {
                db::Lease session = shared.database.reader();
                waiting.next = shared.dispatcher.run(exchange, *session);
            } catch (...) {  // no session to be had
                waiting.next = shared.dispatcher.threw(exchange, std::current_exception());
            }
            shared.pool_queued.fetch_sub(1);
            waiting.worker->wake(waiting, true);
        });
    });
    co_return waiting.next;
}

Awaitable<bool> Connection::write(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
        enter(Phase::writing, limits_.stall_time);
        std::array<net::const_buffer, 2> buffers{net::buffer(first.data(), first.size()),
                                                 net::buffer(second.data(), second.size())};
        error_code ec;
        std::size_t bytes = 0;
        if (tls_) {
            std::tie(ec, bytes) = co_await tls_->async_write_some(buffers, token);
        } else {
            std::tie(ec, bytes) = co_await socket_.async_write_some(buffers, token);
        }
        if (ec) co_return false;
        std::size_t of_first = std::min(bytes, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(bytes - of_first);
    }
    co_return true;
}

/// Closing with unread bytes would reset the connection and the client might lose the answer (RFC 9112 §9.6): end our
/// side, then read a little while into nowhere.
Awaitable<void> Connection::linger() {
    error_code ec;
    if (tls_) {  // says that the end is meant, and waits for the client to say the same
        enter(Phase::reading, linger_time);
        std::tie(ec) = co_await tls_->async_shutdown(token);
        co_return;
    }
    std::ignore = socket_.shutdown(net::ip::tcp::socket::shutdown_send, ec);  // the same code again
    if (ec || worker_.shared.stopping) co_return;
    timed_out_ = false;
    enter(Phase::reading, linger_time);
    buffer_.resize(read_bytes);
    unread_ = {};
    for (std::size_t total = 0; total < linger_bytes_max;) {
        auto [read_error, bytes] = co_await socket_.async_read_some(net::buffer(buffer_), token);
        if (read_error || bytes == 0) co_return;
        total += bytes;
    }
}

void Connection::format_head(const Exchange& exchange, bool close) {
    const Response& response = exchange.response;
    out_.clear();
    auto line = [&](std::string_view name, std::string_view value) {
        out_.append(name).append(": ").append(value).append("\r\n");
    };
    fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    out_.append(worker_.date());
    if (!response.content_type.empty()) line("Content-Type", response.content_type);
    if (response.status != 204 && response.status != 304)
        fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n", response.content().size());
    out_.append(response.fixed_headers);
    for (const NameValue& field : response.headers.all()) line(field.name, field.value);
    if (close) line("Connection", "close");
    out_.append("\r\n");
}

std::string Connection::client_address(const Request& request) const {
    const auto& trusted = worker_.shared.options.trusted_proxies;
    if (trusted.empty() || std::ranges::find(trusted, peer_) == trusted.end()) return peer_;
    // The proxy appends the address it saw; what stands before it was sent by anybody.
    std::string_view chain = request.headers.get("x-forwarded-for");
    std::string_view last = trim(chain.substr(chain.find_last_of(',') + 1));
    return last.empty() ? peer_ : std::string(last);
}

}  // namespace motcua::http
