// The port through which short messages leave: codes, notices. An implementation takes a message over for good or
// refuses it. Owns the adapters that need nobody else: a directory, a recorder.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace motcua::sending {

enum class Channel : std::uint8_t { sms, email };
std::string_view to_string(Channel channel);

struct Message {
    std::string id;  // 13 characters; the same message has the same one
    Channel channel = Channel::sms;
    std::string to;       // phone number or mail address
    std::string subject;  // of a mail
    std::string text;
    std::string purpose;  // "tracking_code", "assistance_code": for the gateway's own accounts
    Instant expires_at;   // of no use later
};

json::object to_json(const Message& message);
/// nullopt when it is none.
std::optional<Message> message_from_json(const json::object& object);

class Sender {
  public:
    virtual ~Sender() = default;
    /// Taken over: durable, or handed to somebody who will see to it. The same id twice is one message. Reason
    /// unavailable "sending.failed".
    virtual Result<void> send(const Message& message) = 0;
};

/// A file a message, `<id>.json`, complete from the moment it has that name (docs/sending.md).
class SpoolDirectory final : public Sender {
  public:
    explicit SpoolDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {}
    Result<void> send(const Message& message) override;

  private:
    std::filesystem::path directory_;
};

/// Keeps what it was given.
class Recorder final : public Sender {
  public:
    Result<void> send(const Message& message) override;
    std::vector<Message> taken() const;

  private:
    mutable std::mutex mutex_;
    std::vector<Message> messages_;
};

}  // namespace motcua::sending
