// CHECK: an assertion that is always on. A failure is a programmer's error: it throws, the transaction rolls back, the
// client sees 500 with an incident id and never the text.
// Fault: something outside the program broke (database gone, disk full). Caught only by the HTTP dispatcher, the job
// loop and main.
#pragma once

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace motcua {

class CheckFailure : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

class Fault : public std::runtime_error {
  public:
    /// `reason` is stable ("db.disk_full", "db.corrupt", "blob.write_failed"); `what` is for the log only.
    Fault(std::string reason, const std::string& what) : std::runtime_error(what), reason_(std::move(reason)) {}
    const std::string& reason() const { return reason_; }

  private:
    std::string reason_;
};

[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string message);

}  // namespace motcua

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) [[unlikely]]                                                             \
            ::motcua::check_failed(__FILE__, __LINE__, #condition, ::fmt::format("" __VA_ARGS__)); \
    } while (false)
