#include "sending/sender.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace motcua::sending {

namespace {

/// Whole and on the disk, readable by the owner's group at most.
bool write_file(const std::filesystem::path& path, std::string_view bytes) {
    const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
    if (file < 0) return false;
    bool whole = true;
    while (whole && !bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        whole = written > 0;
        if (whole) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    whole = whole && ::fsync(file) == 0;
    return ::close(file) == 0 && whole;
}

}  // namespace

std::string_view to_string(Channel channel) { return channel == Channel::sms ? "sms" : "email"; }

json::object to_json(const Message& message) {
    return {{"format", "motcua-message/1"},
            {"id", message.id},
            {"channel", to_string(message.channel)},
            {"to", message.to},
            {"subject", message.subject},
            {"text", message.text},
            {"purpose", message.purpose},
            {"expires_at", format_iso(message.expires_at)}};
}

std::optional<Message> message_from_json(const json::object& object) {
    const auto expires = parse_iso(string_or(object, "expires_at"));
    if (!expires || string_or(object, "to").empty() || string_or(object, "id").empty()) return std::nullopt;
    return Message{string_or(object, "id"),
                   string_or(object, "channel") == "email" ? Channel::email : Channel::sms,
                   string_or(object, "to"),
                   string_or(object, "subject"),
                   string_or(object, "text"),
                   string_or(object, "purpose"),
                   *expires};
}

Result<void> SpoolDirectory::send(const Message& message) {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    const auto draft = directory_ / ("." + message.id + ".tmp"), path = directory_ / (message.id + ".json");
    if (error || !write_file(draft, json::serialize(to_json(message)) + "\n"))
        return fail(Errc::unavailable, "sending.failed");
    std::filesystem::rename(draft, path, error);
    if (error) return fail(Errc::unavailable, "sending.failed");
    return {};
}

Result<void> Recorder::send(const Message& message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(message);
    return {};
}

std::vector<Message> Recorder::taken() const {
    const std::lock_guard lock(mutex_);
    return messages_;
}

}  // namespace motcua::sending
