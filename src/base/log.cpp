#include "base/log.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/text.hpp"

namespace motcua::log {

namespace {

constinit std::atomic<Level> level_min{Level::info};
thread_local std::string_view current_request_id;

constinit std::mutex capture_mutex;
constinit std::atomic<bool> capturing{false};
std::vector<std::string>& captured() {
    static std::vector<std::string> lines;
    return lines;
}

}  // namespace

std::string_view to_string(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
        case Level::off:
            return "off";
    }
    return "off";
}

void append_json_string(std::string& out, std::string_view text) {
    // Nearly everything is plain ASCII to its end.
    const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    out += '"';
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    const bool sound = is_utf8(text);
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else if (byte >= 0x80 && !sound) {
            out += "\\ufffd";
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_line(std::string& out, Level level, std::string_view event, std::initializer_list<Field> fields) {
    auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    out += R"({"time":")";
    out += format_iso(now);
    out += R"(","level":")";
    out += to_string(level);
    out += R"(","event":)";
    append_json_string(out, event);
    for (const Field& field : fields) {
        out += ',';
        append_json_string(out, field.key);
        out += ':';
        if (auto* integer = std::get_if<std::int64_t>(&field.value)) {
            fmt::format_to(std::back_inserter(out), "{}", *integer);
        } else if (auto* real = std::get_if<double>(&field.value)) {
            fmt::format_to(std::back_inserter(out), "{:.6g}", *real);
        } else if (auto* truth = std::get_if<bool>(&field.value)) {
            out += *truth ? "true" : "false";
        } else {
            append_json_string(out, std::get<std::string_view>(field.value));
        }
    }
    if (!current_request_id.empty()) {
        out += R"(,"request_id":)";
        append_json_string(out, current_request_id);
    }
    out += "}\n";
}

void write_block(std::string_view lines) {
    if (capturing.load(std::memory_order_acquire)) {
        std::lock_guard lock(capture_mutex);
        while (!lines.empty()) {
            size_t end = std::min(lines.find('\n'), lines.size() - 1);
            captured().emplace_back(lines.substr(0, end));
            lines.remove_prefix(end + 1);
        }
        return;
    }
    while (!lines.empty()) {
        ssize_t n = ::write(STDERR_FILENO, lines.data(), lines.size());
        if (n <= 0) return;
        lines.remove_prefix(static_cast<size_t>(n));
    }
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    std::string line;
    append_line(line, level, event, fields);
    write_block(line);
}

void set_level(Level level) { level_min = level; }

bool enabled(Level level) { return level >= level_min.load(std::memory_order_relaxed); }

RequestScope::RequestScope(std::string_view request_id) : before_(std::exchange(current_request_id, request_id)) {}

RequestScope::~RequestScope() { current_request_id = before_; }

Capture::Capture() {
    std::lock_guard lock(capture_mutex);
    CHECK(!capturing, "two log captures at once");
    captured().clear();
    capturing.store(true, std::memory_order_release);
}

Capture::~Capture() {
    std::lock_guard lock(capture_mutex);
    capturing.store(false, std::memory_order_release);
}

std::vector<std::string> Capture::lines() const {
    std::lock_guard lock(capture_mutex);
    return captured();
}

}  // namespace motcua::log
