#include "transparency/entry.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>
#include <sodium.h>

#include "base/check.hpp"
#include "merkle/note.hpp"

namespace motcua::transparency {

namespace {

constexpr std::string_view entry_word = "motcua/event/1";
constexpr std::string_view context_word = "motcua/context/1\n";
constexpr std::string_view member_word = "motcua/member/1\n";
constexpr std::string_view data_word = "motcua/data/1\n";
constexpr std::size_t members_usual = 24;
constexpr std::size_t context_bytes_usual = 1024;  // of six members as JSON values in memory
constexpr char kdf_context[crypto_kdf_CONTEXTBYTES + 1] = "mtc-leaf";
constexpr std::string_view stream_nonce = "motcua/salts";
static_assert(stream_nonce.size() == crypto_stream_chacha20_ietf_NONCEBYTES);

/// All salts of an event; 0 = context, 1… = members.
class Salts {
  public:
    Salts(const Secret& secret, std::size_t members) : bytes_((members + 1) * salt_bytes, '\0') {
        CHECK(secret.bytes.size() == secret_bytes, "a secret of {} bytes", secret.bytes.size());
        const auto* key = reinterpret_cast<const unsigned char*>(secret.bytes.data());
        auto* salts = reinterpret_cast<unsigned char*>(bytes_.data());
        if (secret.rule == SaltRule::blake2b) {
            for (std::size_t i = 0; i <= members; ++i)
                crypto_kdf_derive_from_key(salts + i * salt_bytes, salt_bytes, i, kdf_context, key);
        } else {
            // The key is the event's own and makes nothing else, so the nonce need not differ.
            const auto* nonce = reinterpret_cast<const unsigned char*>(stream_nonce.data());
            crypto_stream_chacha20_ietf(salts, bytes_.size(), nonce, key);
        }
    }
    std::string_view operator[](std::size_t number) const {
        return std::string_view(bytes_).substr(number * salt_bytes, salt_bytes);
    }

  private:
    std::string bytes_;
};

/// Length of the JSON string at the start of `text`, quotes included; 0 = there is none.
std::size_t string_length(std::string_view text) {
    if (!text.starts_with('"')) return 0;
    for (std::size_t at = text.find('"', 1); at != std::string_view::npos; at = text.find('"', at + 1)) {
        // Part of the string after an odd number of backslashes; the first quotation mark ends their run.
        std::size_t backslashes = 0;
        while (text[at - 1 - backslashes] == '\\') ++backslashes;
        if (backslashes % 2 == 0) return at + 1;
    }
    return 0;
}

/// Length of the JSON value at the start of `text`; what it holds is not looked at beyond brackets and strings.
std::size_t value_length(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            const std::size_t length = string_length(text.substr(i));
            if (length == 0) return 0;
            i += length - 1;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return i;
            --depth;
        } else if (c == ',' && depth == 0) {
            return i;
        }
    }
    return 0;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 0;
}

std::optional<merkle::Hash> read_hash(std::string_view base64) {
    const auto bytes = merkle::from_base64(base64);
    return bytes ? merkle::to_hash(*bytes) : std::nullopt;
}

/// "[kind,stream,prev,actor,on behalf of,request]" as JSON.
std::string context_text(std::int64_t kind, std::int64_t stream, std::int64_t prev, std::string_view actor,
                         std::string_view on_behalf_of, std::string_view request_id) {
    unsigned char buffer[context_bytes_usual];
    json::monotonic_resource memory(buffer);
    return json::serialize(json::array({kind, stream, prev, actor, on_behalf_of, request_id}, &memory));
}

merkle::Hash context_commitment(std::string_view salt, std::string_view text) {
    return merkle::sha256({context_word, salt, text});
}

merkle::Hash digest_of(const Opening& opening) {
    const auto digest = merkle::to_hash(opening.digest);
    CHECK(digest, "an opening without salt has a digest");
    return *digest;
}

}  // namespace

Openings derive_openings(const Secret& secret, std::size_t members) {
    const Salts salts(secret, members);
    Openings openings{{std::string(salts[0]), ""}, {}};
    openings.members.reserve(members);
    for (std::size_t i = 1; i <= members; ++i) openings.members.push_back({std::string(salts[i]), ""});
    return openings;
}

Result<std::vector<std::string_view>> split_members(std::string_view object) {
    const auto malformed = [] { return fail(Errc::malformed, "transparency.data_malformed"); };
    if (object.size() < 2 || object.front() != '{' || object.back() != '}') return malformed();
    std::vector<std::string_view> members;
    members.reserve(members_usual);
    if (object == "{}") return members;
    for (std::string_view rest = object.substr(1);;) {
        const std::size_t name = string_length(rest);
        if (name == 0 || name >= rest.size() || rest[name] != ':') return malformed();
        const std::size_t value = value_length(rest.substr(name + 1));
        if (value == 0) return malformed();
        const std::size_t length = name + 1 + value;
        members.push_back(rest.substr(0, length));
        if (length == rest.size() - 1) return members;  // the closing brace
        if (rest[length] != ',') return malformed();
        rest.remove_prefix(length + 1);
    }
}

std::string member_name(std::string_view member) {
    const auto name = parse_json(member.substr(0, string_length(member)));
    return name && name->is_string() ? std::string(name->get_string()) : std::string();
}

merkle::Hash member_digest(std::string_view salt, std::string_view member) {
    return merkle::sha256({member_word, salt, member});
}

merkle::Hash data_commitment(const std::vector<merkle::Hash>& digests) {
    std::string all;
    all.reserve(digests.size() * merkle::hash_bytes);
    for (const merkle::Hash& digest : digests) all += digest.view();
    return merkle::sha256({data_word, all});
}

std::string to_text(const Entry& entry) {
    return fmt::format("{} {} {} {} {} {} {} {}", entry_word, entry.position, entry.version, entry.type, entry.schema,
                       entry.at_ms, merkle::to_base64(entry.context.view()), merkle::to_base64(entry.data.view()));
}

Result<Entry> parse_entry(std::string_view text) {
    std::array<std::string_view, 8> words;
    std::string_view rest = text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t space = i + 1 == words.size() ? rest.size() : std::min(rest.find(' '), rest.size());
        words[i] = rest.substr(0, space);
        rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    Entry entry;
    entry.type = words[3];
    const auto context = read_hash(words[6]);
    const auto data = read_hash(words[7]);
    if (words[0] != entry_word || !read_number(words[1], entry.position) || !read_number(words[2], entry.version) ||
        !read_number(words[4], entry.schema) || !read_number(words[5], entry.at_ms) || !context || !data)
        return fail(Errc::malformed, "transparency.entry_malformed");
    entry.context = *context;
    entry.data = *data;
    if (to_text(entry) != text) return fail(Errc::malformed, "transparency.entry_malformed");
    return entry;
}

Result<Entry> make_entry(const RawEvent& event, const Openings& openings) {
    const auto members = TRY(split_members(event.data));
    std::vector<merkle::Hash> digests;
    digests.reserve(openings.members.size());
    std::size_t used = 0;
    for (const Opening& opening : openings.members) {
        if (opening.salt.empty()) {
            digests.push_back(digest_of(opening));
        } else if (used < members.size()) {
            digests.push_back(member_digest(opening.salt, members[used++]));
        } else {
            return fail(Errc::invalid, "transparency.members_differ");
        }
    }
    if (used != members.size()) return fail(Errc::invalid, "transparency.members_differ");
    Entry entry{event.position, event.version, event.type, event.schema, event.at_ms, {}, data_commitment(digests)};
    entry.context =
        openings.context.salt.empty()
            ? digest_of(openings.context)
            : context_commitment(openings.context.salt, context_text(event.kind, event.stream, event.prev, event.actor,
                                                                     event.on_behalf_of, event.request_id));
    return entry;
}

Result<Entry> make_entry(const ledger::StoredEvent& event, const Secret& secret) {
    const auto members = TRY(split_members(event.row.data));
    const Salts salts(secret, members.size());
    std::vector<merkle::Hash> digests;
    digests.reserve(members.size());
    for (std::string_view member : members) digests.push_back(member_digest(salts[digests.size() + 1], member));
    const ledger::Meta& meta = event.meta;
    const std::string context = context_text(static_cast<std::int64_t>(event.kind), event.stream, event.row.prev,
                                             meta.actor, meta.on_behalf_of, meta.request_id);
    return Entry{event.position,
                 event.version,
                 event.type,
                 event.row.schema,
                 meta.at.time_since_epoch().count(),
                 context_commitment(salts[0], context),
                 data_commitment(digests)};
}

json::object to_json(const Opening& opening) {
    if (opening.salt.empty()) return {{"digest", merkle::to_base64(opening.digest)}};
    return {{"salt", merkle::to_base64(opening.salt)}};
}

Result<Opening> opening_from_json(const json::object& object) {
    Opening opening;
    const auto read = [&](std::string_view name, std::string& into, std::size_t size) {
        const auto text = find_string(object, name);
        const auto bytes = text ? merkle::from_base64(*text) : std::nullopt;
        if (!bytes || bytes->size() != size) return false;
        into = *bytes;
        return true;
    };
    if (read("salt", opening.salt, salt_bytes) == read("digest", opening.digest, merkle::hash_bytes))
        return fail(Errc::malformed, "transparency.opening_malformed");
    return opening;
}

json::object to_json(const Openings& openings) {
    json::array members;
    for (const Opening& opening : openings.members) members.push_back(to_json(opening));
    return {{"context", to_json(openings.context)}, {"members", std::move(members)}};
}

Result<Openings> openings_from_json(const json::object& object) {
    const json::object* context = find_object(object, "context");
    const json::array* members = find_array(object, "members");
    if (!context || !members) return fail(Errc::malformed, "transparency.opening_malformed");
    Openings openings{TRY(opening_from_json(*context)), {}};
    for (const json::value& member : *members) {
        if (!member.is_object()) return fail(Errc::malformed, "transparency.opening_malformed");
        openings.members.push_back(TRY(opening_from_json(member.get_object())));
    }
    return openings;
}

}  // namespace motcua::transparency
