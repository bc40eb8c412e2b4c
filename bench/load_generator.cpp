#include "load_generator.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace motcua::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Peer {
    int socket = -1;
    std::string out;  // rest of the request
    std::string in;
    Clock::time_point sent;
    bool busy = false;

    Peer() = default;
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() {
        if (socket >= 0) ::close(socket);
    }
};

double thread_cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int connect_loopback(std::uint16_t port) {
    int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket);
        throw std::runtime_error("cannot connect to 127.0.0.1:" + std::to_string(port));
    }
    return socket;
}

/// Sends what is left without waiting; false when the connection is broken.
bool flush(Peer& peer) {
    while (!peer.out.empty()) {
        ssize_t n = ::send(peer.socket, peer.out.data(), peer.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) return errno == EAGAIN;
        peer.out.erase(0, static_cast<std::size_t>(n));
    }
    return true;
}

struct Answer {
    int status = 0;
    std::size_t body_at = 0;
    std::size_t size = 0;
    bool last = false;  // the server closes after it
};

/// The first whole answer in `in`; status 0 when it is not complete.
Answer parse(std::string_view in) {
    std::size_t end = in.find("\r\n\r\n");
    if (end == std::string_view::npos || in.size() < 12) return {};
    Answer answer;
    std::size_t length = 0;
    std::size_t at = in.substr(0, end).find("Content-Length: ");
    if (at != std::string_view::npos) std::from_chars(in.data() + at + 16, in.data() + end, length);
    if (in.size() < end + 4 + length) return {};
    answer.last = in.substr(0, end).find("\r\nConnection: close") != std::string_view::npos;
    std::from_chars(in.data() + 9, in.data() + 12, answer.status);
    answer.body_at = end + 4;
    answer.size = end + 4 + length;
    return answer;
}

}  // namespace

double LoadResult::percentile_ms(double percent) const {
    if (latencies_us.empty()) return 0;
    auto at = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(latencies_us.size())));
    return latencies_us[std::clamp<std::size_t>(at, 1, latencies_us.size()) - 1] / 1000.0;
}

LoadResult run_load(const LoadPlan& plan) {
    LoadResult result;
    std::vector<std::unique_ptr<Peer>> peers;
    int epoll = ::epoll_create1(0);
    struct CloseEpoll {
        int fd;
        ~CloseEpoll() { ::close(fd); }
    } close_epoll{epoll};
    auto open = [&](std::size_t index) {
        peers[index] = std::make_unique<Peer>();
        peers[index]->socket = connect_loopback(plan.port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, peers[index]->socket, &event);
    };
    for (int i = 0; i < plan.connections; ++i) {
        peers.emplace_back();
        open(peers.size() - 1);
    }

    const double cpu_before = thread_cpu_seconds();
    const auto begun = Clock::now();
    const auto deadline = begun + plan.time;
    std::uint64_t sent = 0;
    int under_way = 0;
    auto send_next = [&](std::size_t index) {
        Peer& peer = *peers[index];
        if (sent >= plan.requests_max || Clock::now() >= deadline) return;
        peer.out = plan.request(static_cast<int>(index), sent++);
        peer.sent = Clock::now();
        peer.busy = true;
        ++under_way;
        flush(peer);
    };
    auto lost = [&](std::size_t index) {
        if (peers[index]->busy) {
            ++result.broken;
            --under_way;
        }
        open(index);
        send_next(index);
    };
    for (std::size_t i = 0; i < peers.size(); ++i) send_next(i);

    std::vector<epoll_event> events(static_cast<std::size_t>(std::max(plan.connections, 16)));
    std::vector<char> bytes(256 * 1024);
    // A server that does not answer must not hold the benchmark for ever.
    const auto give_up = deadline + std::chrono::seconds(30);
    while (under_way > 0 && Clock::now() < give_up) {
        int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 1000);
        for (int e = 0; e < ready; ++e) {
            auto index = static_cast<std::size_t>(events[static_cast<std::size_t>(e)].data.u64);
            Peer& peer = *peers[index];
            ssize_t n = ::recv(peer.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (n < 0 && errno == EAGAIN) continue;
            if (n <= 0) {
                lost(index);
                continue;
            }
            peer.in.append(bytes.data(), static_cast<std::size_t>(n));
            Answer answer = parse(peer.in);
            if (answer.status == 0) {
                if (!flush(peer)) lost(index);
                continue;
            }
            auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - peer.sent).count();
            result.latencies_us.push_back(static_cast<std::uint32_t>(took));
            ++result.answers;
            if (answer.status >= 400) ++result.refused;
            if (plan.answered)
                plan.answered(static_cast<int>(index), answer.status,
                              std::string_view(peer.in).substr(answer.body_at, answer.size - answer.body_at));
            peer.in.erase(0, answer.size);
            peer.busy = false;
            --under_way;
            if (answer.last) open(index);
            send_next(index);
        }
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    result.client_cpu_seconds = thread_cpu_seconds() - cpu_before;
    std::ranges::sort(result.latencies_us);
    return result;
}

std::string get_request(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

std::string post_request(std::string_view path, std::string_view body, std::string_view more_headers) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
           std::string(more_headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

}  // namespace motcua::bench
