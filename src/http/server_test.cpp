// The server over real sockets: limits, timeouts, keep-alive, pipelining, broken clients, graceful stop.
#include "http/server.hpp"

#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/testing.hpp"
#include "http/test_app.hpp"

namespace motcua::http {
namespace {

using namespace std::chrono_literals;

/// A blocking client that sends exactly what it is told.
class Peer {
  public:
    explicit Peer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() { ::close(socket_); }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            bytes.remove_prefix(static_cast<size_t>(n));
        }
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }

    /// Everything until the server closes (10 s at most).
    std::string read_all() {
        while (receive()) {
        }
        return std::exchange(received_, {});
    }
    /// One answer with its body by Content-Length.
    std::string read_answer(bool head_only = false) {
        while (true) {
            size_t end = received_.find("\r\n\r\n");
            if (end != std::string::npos) {
                size_t at = received_.find("Content-Length: ");
                size_t length = at < end && !head_only ? std::stoul(received_.substr(at + 16)) : 0;
                if (received_.size() >= end + 4 + length) {
                    std::string answer = received_.substr(0, end + 4 + length);
                    received_.erase(0, answer.size());
                    return answer;
                }
            }
            if (!receive()) return "closed: " + received_;
        }
    }
    bool closed() {
        if (!received_.empty()) return false;
        return !receive() && ended_;
    }

  private:
    bool receive() {
        pollfd ready{socket_, POLLIN, 0};
        if (::poll(&ready, 1, 10'000) <= 0) return false;
        char bytes[65536];
        ssize_t n = ::recv(socket_, bytes, sizeof bytes, 0);
        ended_ = n <= 0;
        if (n > 0) received_.append(bytes, static_cast<size_t>(n));
        return n > 0;
    }
    int socket_;
    std::string received_;
    bool ended_ = false;
};

std::string get(std::string_view path, std::string_view more = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: motcua.test\r\n" + std::string(more) + "\r\n";
}
std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: motcua.test\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(body);
}
int status(const std::string& answer) { return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0; }
bool has(const std::string& answer, std::string_view part) { return answer.find(part) != std::string::npos; }

class ServerTest : public ::testing::Test {
  protected:
    ServerTest() {
        options.port = 0;
        options.io_threads = 2;
        options.pool_threads = 2;
        app.authenticator.principal = testing::officer(1, {"thing.add"});
    }
    void start() {
        server.emplace(dispatcher, *app.database, *app.committer, registry, options);
        server->start();
    }
    /// What one connection answers to these bytes until it is closed.
    std::string talk(std::string_view bytes) {
        Peer peer(server->port());
        peer.send(bytes);
        return peer.read_all();
    }

    TestApp app;
    metrics::Registry registry;
    Dispatcher dispatcher{app.router, app.authenticator,    app.clock, app.ids, app.random,
                          registry,   {.access_log = false}};
    ServerOptions options;
    std::optional<Server> server;
};

TEST_F(ServerTest, KeepsAConnectionForManyRequests) {
    start();
    Peer peer(server->port());
    for (int i = 0; i < 3; ++i) {
        peer.send(get("/echo?n=5"));
        std::string answer = peer.read_answer();
        EXPECT_EQ(status(answer), 200);
        EXPECT_TRUE(has(answer, R"("n":5)"));
        EXPECT_TRUE(has(answer, "\r\nDate: "));
        EXPECT_TRUE(has(answer, R"("address":"127.0.0.1")"));
        EXPECT_FALSE(has(answer, "Connection: close"));
    }
    peer.send(get("/echo", "Connection: close\r\n"));
    EXPECT_TRUE(has(peer.read_answer(), "Connection: close"));
    EXPECT_TRUE(peer.closed());
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    Peer peer(server->port());
    peer.send(get("/echo?n=1") + post("/api/v1/things/1/add", R"({"amount":1})") + get("/slow") + get("/echo?n=2"));
    EXPECT_TRUE(has(peer.read_answer(), R"("n":1)"));
    EXPECT_TRUE(has(peer.read_answer(), R"("total":1)"));
    EXPECT_TRUE(has(peer.read_answer(), "done"));
    EXPECT_TRUE(has(peer.read_answer(), R"("n":2)"));
}

TEST_F(ServerTest, TakesARequestByteByByte) {
    start();
    Peer peer(server->port());
    for (char c : post("/api/v1/things/1/add", R"({"amount":1})")) peer.send({&c, 1});
    EXPECT_EQ(status(peer.read_answer()), 201);
    peer.send("\r\n\r\n" + get("/echo"));
    EXPECT_EQ(status(peer.read_answer()), 200) << "empty lines before a request are read over";
}

TEST_F(ServerTest, HeadHasNoBody) {
    start();
    Peer peer(server->port());
    peer.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n" + get("/echo"));
    std::string head = peer.read_answer(true);
    EXPECT_EQ(status(head), 200);
    EXPECT_TRUE(has(head, "Content-Length: "));
    EXPECT_FALSE(has(head, "Content-Length: 0\r\n"));
    EXPECT_EQ(status(peer.read_answer()), 200);
}

TEST_F(ServerTest, OldClientsAreClosed) {
    start();
    EXPECT_TRUE(has(talk("GET /echo HTTP/1.0\r\n\r\n"), "200 OK"));
}

TEST_F(ServerTest, TakesChunkedBodies) {
    start();
    Peer peer(server->port());
    std::string head = "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    peer.send(head + "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n" + get("/echo"));
    EXPECT_TRUE(has(peer.read_answer(), R"({"bytes":11})"));
    EXPECT_EQ(status(peer.read_answer()), 200);
    EXPECT_EQ(status(talk(head + "FFFFFFFF\r\n")), 413);
    EXPECT_EQ(status(talk(head + "z\r\n")), 400);
    EXPECT_EQ(status(talk(head + "1;" + std::string(100'000, 'e'))), 431) << "a chunk line without end";
}

TEST_F(ServerTest, SaysContinueOnlyToThoseWhoMayGoOn) {
    start();
    Peer peer(server->port());
    peer.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(status(peer.read_answer()), 100);
    peer.send("hello");
    EXPECT_TRUE(has(peer.read_answer(), R"({"bytes":5})"));
    EXPECT_EQ(
        status(talk("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")),
        413);
    EXPECT_EQ(status(talk("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: a-miracle\r\n\r\n")), 417);
    app.authenticator.principal = {};
    EXPECT_EQ(
        status(
            talk("POST /api/v1/things/1/add HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")),
        401);
}

TEST_F(ServerTest, EachLimitHasItsStatus) {
    start();
    const Limits& limits = options.limits;
    EXPECT_EQ(status(talk(get("/" + std::string(limits.target_bytes_max, 'a')))), 414);
    EXPECT_EQ(status(talk("GET /" + std::string(2 * limits.header_bytes_max, 'a'))), 414) << "without an end";
    EXPECT_EQ(status(talk(get("/echo", "X: " + std::string(limits.header_bytes_max, 'a') + "\r\n"))), 431);
    std::string many;
    for (size_t i = 0; i <= limits.header_fields_max; ++i) many += "X: 1\r\n";
    EXPECT_EQ(status(talk(get("/echo", many))), 431);
    EXPECT_EQ(status(talk(post("/upload", std::string(100'001, 'x')))), 413);
    EXPECT_EQ(status(talk("BREW / HTTP/1.1\r\nHost: x\r\n\r\n")), 501);
    EXPECT_EQ(status(talk("GET / HTTP/2.0\r\nHost: x\r\n\r\n")), 505);
    EXPECT_EQ(status(talk("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n")), 501);
    EXPECT_EQ(status(talk("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")),
              501);
    for (const char* bad :
         {"\x16\x03\x01 tls hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"})
        EXPECT_EQ(status(talk(bad)), 400) << bad;
}

TEST_F(ServerTest, AnEarlyRefusalReachesAClientThatIsStillSending) {
    start();
    Peer peer(server->port());
    peer.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n");
    peer.send(std::string(200'000, 'x'));
    EXPECT_EQ(status(peer.read_answer()), 413);
}

TEST_F(ServerTest, EndsWhatTakesTooLong) {
    options.limits.header_time = 300ms;
    options.limits.idle_time = 300ms;
    options.limits.stall_time = 300ms;
    start();
    Peer slow(server->port()), half_body(server->port()), silent(server->port()), idle(server->port());
    slow.send("GET /echo HTTP/1.1\r\n");
    half_body.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    idle.send(get("/echo"));
    EXPECT_EQ(status(idle.read_answer()), 200);
    std::string answer = slow.read_all();
    EXPECT_EQ(status(answer), 408);
    EXPECT_TRUE(has(answer, "http.timeout"));
    EXPECT_EQ(status(half_body.read_all()), 408);
    EXPECT_EQ(silent.read_all(), "") << "nothing was asked";
    EXPECT_TRUE(idle.closed());
}

TEST_F(ServerTest, ASlowTrickleDoesNotExtendTheTimeForTheHead) {
    options.limits.header_time = 600ms;
    start();
    Peer peer(server->port());
    auto begun = std::chrono::steady_clock::now();
    std::jthread trickle([&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            peer.send("G");
            std::this_thread::sleep_for(20ms);
        }
    });
    EXPECT_EQ(status(peer.read_all()), 408);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(ServerTest, ASlowBodyIsEndedByItsAverage) {
    options.limits.stall_time = 400ms;
    options.limits.body_bytes_per_second_min = 100'000;
    start();
    Peer peer(server->port());
    peer.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n");
    std::jthread trickle([&](std::stop_token stop) {
        while (!stop.stop_requested()) {
            peer.send("xxxxxxxxxx");
            std::this_thread::sleep_for(20ms);
        }
    });
    EXPECT_EQ(status(peer.read_answer()), 408);
}

TEST_F(ServerTest, AClientThatDoesNotReadIsDropped) {
    options.limits.stall_time = 300ms;
    start();
    {
        Peer deaf(server->port());
        std::string requests;
        for (int i = 0; i < 64; ++i) requests += get("/big");
        deaf.send(requests);
        EXPECT_TRUE(
            test::soon([&] { return registry.gauge("motcua_http_connections", "Open connections").value() == 0; }));
    }
}

TEST_F(ServerTest, LimitsConnectionsAndRequests) {
    options.limits.connections_max = 3;
    options.limits.connections_per_address_max = 2;
    options.limits.requests_per_connection_max = 2;
    start();
    Peer first(server->port()), second(server->port());
    first.send(get("/echo"));
    second.send(get("/echo"));
    EXPECT_EQ(status(first.read_answer()), 200);
    EXPECT_EQ(status(second.read_answer()), 200);
    EXPECT_EQ(status(Peer(server->port()).read_all()), 503);
    first.send(get("/echo"));
    EXPECT_TRUE(has(first.read_answer(), "Connection: close"));
    EXPECT_TRUE(first.closed());
}

TEST_F(ServerTest, TheBodiesOfAllTogetherAreBounded) {
    options.limits.buffered_body_bytes_max = 50'000;
    start();
    EXPECT_EQ(status(talk(post("/upload", std::string(40'000, 'x'), "Connection: close\r\n"))), 200);
    EXPECT_EQ(status(talk(post("/upload", std::string(60'000, 'x')))), 503);
    EXPECT_EQ(status(talk(post("/upload", std::string(40'000, 'x'), "Connection: close\r\n"))), 200)
        << "what was taken is given back";
}

TEST_F(ServerTest, SlowHandlersDoNotStopTheOthers) {
    options.io_threads = 1;
    options.limits.pool_queue_max = 1;
    start();
    app.gate = false;
    Peer waiting(server->port()), other(server->port()), refused(server->port());
    waiting.send(get("/slow"));
    EXPECT_TRUE(test::soon([&] { return app.at_gate == 1; }));
    other.send(get("/echo"));
    EXPECT_EQ(status(other.read_answer()), 200);
    refused.send(get("/slow"));
    std::string answer = refused.read_answer();
    EXPECT_EQ(status(answer), 503);
    EXPECT_TRUE(has(answer, "http.busy"));
    EXPECT_TRUE(has(answer, "Retry-After"));
    app.gate = true;
    app.gate.notify_all();
    EXPECT_EQ(status(waiting.read_answer()), 200);
}

TEST_F(ServerTest, AnErrorOfOursLeavesTheConnectionUsable) {
    start();
    log::Capture quiet;
    Peer peer(server->port());
    for (const std::string& request :
         {post("/unusable-write", ""), get("/failed-check"), post("/unusable-write", "")}) {
        peer.send(request);
        EXPECT_EQ(status(peer.read_answer()), 500);
    }
    peer.send(get("/echo"));
    EXPECT_EQ(status(peer.read_answer()), 200);
}

TEST_F(ServerTest, CommitsFromManyConnectionsAtOnce) {
    start();
    constexpr int peers = 8, requests = 25;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < peers; ++i)
            threads.emplace_back([&, i] {
                Peer peer(server->port());
                for (int n = 0; n < requests; ++n) {
                    // Half of them all change the same thing and conflict.
                    peer.send(
                        post("/api/v1/things/" + std::to_string(n % 2 ? 1 : 100 + i) + (n % 3 ? "/add" : "/slow-add"),
                             R"({"amount":1})"));
                    std::string answer = peer.read_answer();
                    while (status(answer) == 409) {
                        peer.send(post("/api/v1/things/1/add", R"({"amount":1})"));
                        answer = peer.read_answer();
                    }
                    EXPECT_EQ(status(answer), 201) << answer;
                }
            });
    }
    testing::Client client = app.client();
    EXPECT_EQ(client.get("/api/v1/things/1").object().at("total"), peers * (requests / 2));
}

TEST_F(ServerTest, AStopLetsRunningRequestsFinish) {
    start();
    app.gate = false;
    Peer running(server->port()), idle(server->port());
    idle.send(get("/echo"));
    EXPECT_EQ(status(idle.read_answer()), 200);
    running.send(get("/slow"));
    EXPECT_TRUE(test::soon([&] { return app.at_gate == 1; }));
    std::uint16_t port = server->port();
    std::jthread stopper([&] { server->stop(); });
    EXPECT_TRUE(idle.closed());
    app.gate = true;
    app.gate.notify_all();
    std::string answer = running.read_all();
    EXPECT_TRUE(has(answer, "done")) << answer;
    EXPECT_TRUE(has(answer, "Connection: close"));
    stopper.join();
    EXPECT_ANY_THROW(Peer{port});
}

TEST_F(ServerTest, AStopIsBounded) {
    options.limits.stop_time = 200ms;
    start();
    log::Capture quiet;
    Peer half(server->port());
    half.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    ASSERT_TRUE(test::soon([&] { return registry.gauge("motcua_http_connections", "Open connections").value() == 1; }));
    auto begun = std::chrono::steady_clock::now();
    server->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(ServerTest, ATakenPortIsAFault) {
    start();
    options.port = server->port();
    try {
        Server second(dispatcher, *app.database, *app.committer, registry, options);
        FAIL() << "two servers on one port";
    } catch (const Fault& fault) {
        EXPECT_EQ(fault.reason(), "http.cannot_listen");
    }
}

TEST_F(ServerTest, TheClientBehindATrustedProxyIsKnown) {
    options.trusted_proxies = {"127.0.0.1"};
    start();
    Peer peer(server->port());
    peer.send(get("/echo", "X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n"));
    EXPECT_TRUE(has(peer.read_answer(), R"("address":"203.0.113.9")"));
}

TEST_F(ServerTest, ManyShortConnections) {
    start();
    for (int i = 0; i < 200; ++i) {
        Peer peer(server->port());
        if (i % 4 == 0) continue;  // says nothing
        peer.send(i % 4 == 1 ? "GET" : get("/big"));
        if (i % 4 < 3) continue;  // goes away in the middle
        EXPECT_EQ(status(peer.read_answer()), 200);
    }
}

}  // namespace
}  // namespace motcua::http
