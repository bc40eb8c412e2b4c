#include "base/money.hpp"

namespace motcua {

std::string format_dong(Dong money) {
    std::string digits = std::to_string(money.amount);
    size_t first = digits.front() == '-' ? 1 : 0;
    for (size_t pos = digits.size(); pos > first + 3;) digits.insert(pos -= 3, 1, '.');
    return digits + " đ";
}

}  // namespace motcua
