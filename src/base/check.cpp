#include "base/check.hpp"

namespace motcua {

void check_failed(const char* file, int line, const char* condition, std::string message) {
    throw CheckFailure(
        fmt::format("{}:{}: {} does not hold{}{}", file, line, condition, message.empty() ? "" : ": ", message));
}

}  // namespace motcua
