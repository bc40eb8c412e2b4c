// Help for tests only: the program itself as a process, and a client on real sockets; its rows are where the test's
// kind of database is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/json.hpp"
#include "db/test_database.hpp"

extern char** environ;

namespace motcua::app {

/// A run of the program, with what it prints.
class Program {
  public:
    explicit Program(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), MOTCUA_PROGRAM);
        std::vector<char*> pointers;
        for (std::string& argument : arguments) pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        std::array<int, 2> ends{};
        CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        CHECK(::posix_spawn(&child_, MOTCUA_PROGRAM, &actions, nullptr, pointers.data(), environ) == 0);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        output_ = ends[0];
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (child_ > 0) end(SIGKILL);
        ::close(output_);
    }

    /// What it has printed once `mark` is there, or all of it when it has ended.
    std::string read_until(std::string_view mark) {
        std::array<char, 4096> buffer{};
        while (mark.empty() || text_.find(mark) == std::string::npos) {
            const ssize_t size = ::read(output_, buffer.data(), buffer.size());
            if (size <= 0) break;
            text_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return text_;
    }
    /// Sends the signal and waits; the status of waitpid.
    int end(int signal) {
        ::kill(child_, signal);
        return wait();
    }
    int wait() {
        int status = 0;
        ::waitpid(child_, &status, 0);
        child_ = 0;
        return status;
    }

  private:
    pid_t child_ = 0;
    int output_ = -1;
    std::string text_;
};

struct Answer {
    int status = 0;
    std::string body;
    json::object object() const {
        auto value = parse_json(body);
        return value && value->is_object() ? value->get_object() : json::object{};
    }
};

/// One connection, kept alive; blocking. Everything answers nullopt once the server is gone.
class Connection {
  public:
    explicit Connection(int port) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // The socket interface of POSIX takes every kind of address by this cast.
        open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(socket_); }

    std::optional<Answer> send(std::string_view method, std::string_view path, std::string_view body,
                               std::string_view headers = {}) {
        const std::string request = fmt::format(
            "{} {} HTTP/1.1\r\nHost: motcua.test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
            method, path, body.size(), headers, body);
        for (std::size_t sent = 0; open_ && sent < request.size();) {
            const ssize_t size = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
            if (size <= 0) open_ = false;
            sent += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
        }
        return open_ ? receive() : std::nullopt;
    }

  private:
    std::optional<Answer> receive() {
        std::string text;
        std::array<char, 16384> buffer{};
        std::size_t head = std::string::npos, whole = std::string::npos;
        while (text.size() < whole) {
            const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
            if (size <= 0) {
                open_ = false;
                return std::nullopt;
            }
            text.append(buffer.data(), static_cast<std::size_t>(size));
            if (head != std::string::npos) continue;
            head = text.find("\r\n\r\n");
            if (head == std::string::npos) continue;
            constexpr std::string_view length = "\r\nContent-Length: ";
            const std::size_t at = text.find(length);
            CHECK(at < head, "an answer without a length: {}", text);
            whole = head + 4 + std::stoul(text.substr(at + length.size()));
        }
        return Answer{std::stoi(text.substr(9, 3)), text.substr(head + 4)};
    }

    int socket_ = -1;
    bool open_ = false;
};

/// The server on a free port.
struct Server {
    explicit Server(const std::string& data)
        : program({"serve", "--data", without_limits(data), "--listen", "127.0.0.1:0"}) {
        constexpr std::string_view mark = "http://127.0.0.1:";
        const std::string line = program.read_until("\n");
        const std::size_t at = line.find(mark);
        CHECK(at != std::string::npos, "the server did not start: {}", line);
        port = std::stoi(line.substr(at + mark.size()));
    }
    /// One account files here as fast as it can, and from far more than one desk.
    static std::string without_limits(std::string data) {
        for (const char* name : {"MOTCUA_LIMITS_ACCOUNT_READS", "MOTCUA_LIMITS_ACCOUNT_WRITES"}) ::setenv(name, "0", 1);
        return data;
    }
    Program program;
    int port = 0;
};

/// Programs find their rows where the test's kind of database is.
class Rows {
  public:
    Rows() {
        if (db::test_database_kind() != "postgres") return;
        schema_.emplace();
        ::setenv("MOTCUA_DATABASE_URL", schema_->url().c_str(), 1);
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { ::unsetenv("MOTCUA_DATABASE_URL"); }

  private:
    std::optional<db::TestSchema> schema_;
};

/// A demo province without dossiers; the password of its accounts.
inline std::string prepare_province(const std::string& data) {
    Program prepare({"demo", "--prepare", "--empty", "--data", data});
    const std::string said = prepare.read_until("");
    EXPECT_EQ(prepare.wait(), 0) << said;
    constexpr std::string_view mark = "password of all: ";
    const std::size_t at = said.find(mark) + mark.size();
    return said.substr(at, said.find('\n', at) - at);
}

inline json::object sign_in(Server& server, const std::string& password) {
    auto session = Connection(server.port)
                       .send("POST", "/api/v1/session",
                             json::serialize(json::object{
                                 {"user_name", "dongyen.tiepnhan"}, {"password", password}, {"bearer", true}}));
    EXPECT_TRUE(session && session->status == 200) << (session ? session->body : "no answer");
    return session ? session->object() : json::object{};
}

}  // namespace motcua::app
