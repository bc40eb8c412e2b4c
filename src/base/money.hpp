// Money: whole đồng. The đồng has no subunit in use.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace motcua {

struct Dong {
    std::int64_t amount = 0;
    auto operator<=>(const Dong&) const = default;
    Dong operator+(Dong other) const { return {amount + other.amount}; }
    Dong operator*(std::int64_t times) const { return {amount * times}; }
};

/// "1.250.000 đ" (Vietnamese grouping).
std::string format_dong(Dong money);

}  // namespace motcua
