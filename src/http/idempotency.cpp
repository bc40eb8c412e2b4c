#include "http/idempotency.hpp"

#include <algorithm>

#include <sodium.h>

#include "http/parse.hpp"

namespace motcua::http {

namespace {

/// A hash that is stored must not help to guess a password.
constexpr std::string_view uncounted_fields[] = {"csrf", "_password", "_code"};

class Hash {
  public:
    Hash() { crypto_generichash_init(&state_, nullptr, 0, bytes); }
    /// Each text with its length, so that no two lists run into the same bytes.
    Hash& add(std::string_view text) {
        std::uint64_t length = text.size();
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(&length), sizeof length);
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
        return *this;
    }
    std::string hex() {
        unsigned char digest[bytes];
        crypto_generichash_final(&state_, digest, bytes);
        std::string text(bytes * 2 + 1, '\0');
        sodium_bin2hex(text.data(), text.size(), digest, bytes);
        text.pop_back();
        return text;
    }

  private:
    static constexpr size_t bytes = 16;
    crypto_generichash_state state_;
};

}  // namespace

std::optional<std::string> parse_idempotency_key(std::string_view header) {
    header = trim(header);
    if (header.size() >= 2 && header.front() == '"' && header.back() == '"')
        header = header.substr(1, header.size() - 2);
    const bool visible = std::ranges::all_of(header, [](char c) { return c > 0x20 && c < 0x7F; });
    if (header.empty() || header.size() > idempotency_key_chars_max || !visible) return std::nullopt;
    return std::string(header);
}

std::string scoped_key(const Request& request, std::string_view route_path, std::string_view key) {
    std::string scoped = request.principal.actor();
    for (std::string_view part : {to_string(request.method), route_path, key}) {
        scoped += ' ';
        scoped += part;
    }
    return scoped;
}

std::string fingerprint(const Request& request) {
    Hash hash;
    hash.add(request.target);
    if (request.form.empty() && request.uploads.empty()) return hash.add(request.body).hex();
    for (const NameValue& field : request.form)
        if (std::ranges::find(uncounted_fields, field.name) == std::end(uncounted_fields))
            hash.add(field.name).add(field.value);
    for (const Upload& upload : request.uploads) hash.add(upload.field).add(upload.file_name).add(upload.bytes);
    return hash.hex();
}

std::string pack_answer(const Response& response) {
    std::string packed = response.content_type + '\n';
    for (const NameValue& field : response.headers.all())
        if (!equal_no_case(field.name, "set-cookie")) packed += field.name + ':' + field.value + '\n';
    packed += '\n';
    packed += response.content();
    return packed;
}

Response unpack_answer(int status, std::string_view packed) {
    Response response;
    response.status = status;
    auto line = [&] {
        size_t end = std::min(packed.find('\n'), packed.size());
        std::string_view text = packed.substr(0, end);
        packed.remove_prefix(std::min(end + 1, packed.size()));
        return text;
    };
    response.content_type = line();
    for (std::string_view field = line(); !field.empty(); field = line()) {
        size_t colon = std::min(field.find(':'), field.size() - 1);
        response.headers.add(field.substr(0, colon), field.substr(colon + 1));
    }
    response.body = packed;
    return response;
}

}  // namespace motcua::http
