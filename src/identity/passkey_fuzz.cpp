// What an authenticator says, any bytes: read or refused, never more. The first byte chooses the reader.
#include <cstdint>
#include <string_view>

#include "identity/cbor.hpp"
#include "identity/webauthn.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace motcua::identity;
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    static const RelyingParty party = relying_party("https://motcua.example");
    static const std::string_view client =
        R"({"type":"webauthn.create","challenge":"abc","origin":"https://motcua.example"})";
    if (data[0] % 2 == 0)
        (void)read_cbor(bytes);
    else
        (void)check_registration(party, "abc", client, bytes);
    return 0;
}
