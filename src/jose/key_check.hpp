// Numbers of RSA keys that must not be trusted although they are well formed.
#pragma once

#include <string_view>

namespace motcua::jose {

/// Whether an RSA modulus (big-endian) has the fingerprint of the Infineon library's primes (ROCA, CVE-2017-15361):
/// modulo every prime up to 167 it is a power of 65537. A sound modulus has it with probability below 2^-27.
bool has_roca_fingerprint(std::string_view modulus);

}  // namespace motcua::jose
