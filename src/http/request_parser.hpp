// Bytes of one connection turned into requests, message by message, with every limit applied while they arrive.
// No sockets here: the fuzzer and the tests feed it directly. Beast's parser stays in the .cpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>

#include "http/request.hpp"
#include "http/server.hpp"

namespace motcua::http {

/// Bytes of bodies held by all connections together.
class BodyBudget {
  public:
    explicit BodyBudget(std::size_t max) : max_(max) {}
    bool take(std::size_t bytes) {
        if (used_.fetch_add(bytes) + bytes <= max_) return true;
        used_.fetch_sub(bytes);
        return false;
    }
    void give_back(std::size_t bytes) { used_.fetch_sub(bytes); }
    std::size_t used() const { return used_.load(); }

  private:
    const std::size_t max_;
    std::atomic<std::size_t> used_{0};
};

class RequestParser {
  public:
    enum class Fed {
        more,      // all useful bytes taken, the message is not complete
        head,      // the head has just become complete; set_body_max, then feed on
        complete,  // the message is complete; further bytes belong to the next one
        refused,   // see refusal(); nothing more can be read from this connection
    };
    struct Refusal {
        int status = 400;
        std::string_view reason;
        std::size_t limit = 0;  // 0 = none to tell
    };

    RequestParser(const Limits& limits, BodyBudget& budget);
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;
    ~RequestParser();

    /// Starts the next message into `request` (method, target, headers, body), which must outlive it.
    void begin(Request& request);
    /// Takes bytes from the front of `bytes`; call again with the rest and more.
    Fed feed(std::string_view& bytes);
    void set_body_max(std::size_t bytes);
    /// The request has been answered: frees its body before the answer is written.
    void drop_body();

    bool started() const;  // a byte of the present message has been seen
    bool complete() const;
    bool keep_alive() const;        // valid once the head is complete
    bool expects_continue() const;  // the client waits for 100 before it sends the body
    const Refusal& refusal() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace motcua::http
