// Tokens and key sets from outside: whatever arrives is refused or read, base64url has one spelling, and nothing
// verifies with a key whose owner signed nothing. The first line is a key set, the rest a token. Run: jws_fuzz
// -max_total_time=60
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/base64url.hpp"
#include "jose/jws.hpp"

using motcua::decode_base64url;
using motcua::encode_base64url;
using namespace motcua::jose;

namespace {

const Algorithms accepted{Algorithm::es256, Algorithm::rs256, Algorithm::ps256, Algorithm::eddsa, Algorithm::hs256};

/// Of RFC 7515 appendix A.3.
const KeySet& foreign_key() {
    static const KeySet keys =
        KeySet::read(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
                     accepted)
            .value();
    return keys;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string_view set = text.substr(0, text.find('\n'));
    const std::string_view token = text.substr(std::min(text.size(), set.size() + 1));
    if (const auto bytes = decode_base64url(text); bytes && encode_base64url(*bytes) != text) std::abort();
    if (decode_base64url(encode_base64url(text)) != text) std::abort();
    if (verify(token, foreign_key())) std::abort();
    if (const auto keys = KeySet::read(set, accepted)) {
        if (keys->keys().empty()) std::abort();
        const auto verified = verify(token, *keys);
        if (verified && motcua::find_string(verified->header, "alg") != to_string(verified->algorithm)) std::abort();
    }
    return 0;
}
