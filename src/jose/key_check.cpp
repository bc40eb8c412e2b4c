#include "jose/key_check.hpp"

#include <array>

namespace motcua::jose {

namespace {

constexpr unsigned generator = 65537;
constexpr std::array<unsigned, 38> primes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                          47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                          107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

unsigned remainder_of(std::string_view big_endian, unsigned divisor) {
    unsigned rest = 0;
    for (const char c : big_endian) rest = (rest * 256 + static_cast<unsigned char>(c)) % divisor;
    return rest;
}

bool is_power_of_generator(unsigned rest, unsigned prime) {
    unsigned power = 1;
    do {
        if (power == rest) return true;
        power = power * (generator % prime) % prime;
    } while (power != 1);
    return false;
}

}  // namespace

bool has_roca_fingerprint(std::string_view modulus) {
    for (const unsigned prime : primes)
        if (!is_power_of_generator(remainder_of(modulus, prime), prime)) return false;
    return true;
}

}  // namespace motcua::jose
