// Structured log: one JSON object a line on stderr, {"time","level","event", fields…, "request_id"}.
// Owns the line format, the level and the request id of the present thread. Leaves out where the lines go (journald,
// a file: the operator's matter). Never log personal data: no names, numbers of papers, phone numbers, addresses, file
// names, query strings or request bodies; log ids, codes, counts and reasons.
// Process-wide on purpose: stderr is, and a line from deep inside must not need a parameter through ten functions.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace motcua::log {

enum class Level { debug, info, warn, error, off };

std::string_view to_string(Level level);

/// One member of the line. `key` is snake_case with the unit last ("elapsed_ms").
struct Field {
    std::string_view key;
    std::variant<std::int64_t, double, bool, std::string_view> value;

    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
    Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
    Field(std::string_view k, bool v) : key(k), value(v) {}
    Field(std::string_view k, double v) : key(k), value(v) {}
    template <std::integral T>
    Field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
};

/// Writes a line when `level` is at or above the set level. `event` is a stable snake_case name ("server_started").
/// One write(2) a line, so lines of threads do not mix. Never throws for a full or closed stderr: the line is lost.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, fields);
}

/// Starts at `info`.
void set_level(Level level);
bool enabled(Level level);

/// Appends a finished line (with newline) to `out` without writing it: for logs that are flushed in blocks.
void append_line(std::string& out, Level level, std::string_view event, std::initializer_list<Field> fields);
/// Writes lines made by append_line.
void write_block(std::string_view lines);

/// Appends `text` as a JSON string with quotes. In a text that is not UTF-8 every byte beyond ASCII becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// While it lives, every line of this thread carries the request id.
class RequestScope {
  public:
    explicit RequestScope(std::string_view request_id);
    RequestScope(const RequestScope&) = delete;
    RequestScope& operator=(const RequestScope&) = delete;
    ~RequestScope();

  private:
    std::string_view before_;
};

/// For tests: while it lives, lines of all threads are kept instead of written. One at a time.
class Capture {
  public:
    Capture();
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    ~Capture();
    std::vector<std::string> lines() const;
};

}  // namespace motcua::log
