#include "transparency/receipt.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace motcua::transparency {

namespace {

constexpr std::string_view format_word = "motcua/receipt/1";

auto malformed(std::string_view what) {
    return fail(Errc::malformed, "transparency.receipt_malformed", {{"what", std::string(what)}});
}
auto altered(std::string_view what) {
    return fail(Errc::invalid, "transparency.receipt_altered", {{"what", std::string(what)}});
}

Instant instant_of(const Entry& entry) { return Instant{std::chrono::milliseconds{entry.at_ms}}; }

Result<std::string> text_of(const json::object& receipt, std::string_view name) {
    const auto text = find_string(receipt, name);
    if (!text) return malformed(name);
    return std::string(*text);
}

/// The digests of all members, and what the shown ones say.
Result<std::vector<merkle::Hash>> read_members(const json::object& receipt, json::object& shown) {
    const json::array* members = find_array(receipt, "members");
    if (!members) return malformed("members");
    std::vector<merkle::Hash> digests;
    for (const json::value& value : *members) {
        const json::object* member = value.if_object();
        if (!member) return malformed("members");
        const bool has_text = member->contains("text");
        if (member->size() != (has_text ? 2u : 1u)) return malformed("members");
        const Opening opening = TRY(opening_from_json(*member));
        if (opening.salt.empty()) {
            digests.push_back(*merkle::to_hash(opening.digest));
            continue;
        }
        const std::string text = TRY(text_of(*member, "text"));
        const auto alone = parse_json("{" + text + "}");
        if (!alone || !alone->is_object() || alone->get_object().size() != 1) return malformed("members");
        shown.insert(alone->get_object().begin(), alone->get_object().end());
        digests.push_back(member_digest(opening.salt, text));
    }
    return digests;
}

}  // namespace

Result<json::object> make_receipt(Log& log, db::Session& session, std::int64_t position,
                                  std::span<const std::string_view> shown_members) {
    const db::Snapshot snapshot(session);
    const merkle::Checkpoint checkpoint = log.checkpoint(session);
    const auto index = static_cast<std::uint64_t>(position - 1);
    if (index >= checkpoint.size) return fail(Errc::not_found, "transparency.not_logged");
    const LoggedEvent logged = TRY(get_logged_event(session, position));
    const auto texts = TRY(split_members(logged.event.data));
    json::array members;
    std::size_t used = 0;
    for (const Opening& opening : logged.openings.members) {
        if (opening.salt.empty()) {
            members.push_back(to_json(opening));
            continue;
        }
        CHECK(used < texts.size(), "event {} lacks members", position);
        const std::string_view text = texts[used++];
        if (std::ranges::find(shown_members, member_name(text)) == shown_members.end()) {
            members.push_back(to_json(Opening{"", std::string(member_digest(opening.salt, text).view())}));
        } else {
            json::object member = to_json(opening);
            member.emplace("text", text);
            members.push_back(std::move(member));
        }
    }
    merkle::InclusionProof proof{index, {}, "", log.signed_note(session, checkpoint)};
    merkle::TileNodes nodes = stored_nodes(session, checkpoint.size);
    for (const merkle::Hash& hash : merkle::prove_inclusion(index, checkpoint.size, nodes.reader()))
        proof.hashes.emplace_back(hash.view());
    const Entry entry = TRY(make_entry(logged.event, logged.openings));
    return json::object{
        {"format", format_word},    {"event", entry.type},           {"at", format_iso(instant_of(entry))},
        {"leaf", to_text(entry)},   {"members", std::move(members)}, {"proof", to_text(proof)},
        {"key", to_text(log.key())}};
}

Result<CheckedReceipt> check_receipt(std::string_view file, const std::optional<merkle::VerifierKey>& trusted,
                                     const std::vector<merkle::VerifierKey>& witnesses) {
    const json::value value = TRY(parse_json(file));
    const json::object* receipt = value.if_object();
    if (!receipt || string_or(*receipt, "format") != format_word) return malformed("format");
    // A member that is not checked could say anything.
    for (const auto& member : *receipt)
        if (constexpr std::string_view known[] = {"format", "event", "at", "leaf", "members", "proof", "key"};
            std::ranges::find(known, std::string_view(member.key())) == std::end(known))
            return malformed(member.key());
    CheckedReceipt checked;
    const std::string key_text = TRY(text_of(*receipt, "key"));
    checked.key = TRY(merkle::parse_verifier_key(key_text));
    if (to_text(checked.key) != key_text) return malformed("key");
    if (trusted && checked.key != *trusted)
        return fail(Errc::invalid, "transparency.key_differs", {{"name", checked.key.name}});

    const std::string leaf = TRY(text_of(*receipt, "leaf"));
    checked.entry = TRY(parse_entry(leaf));
    if (TRY(text_of(*receipt, "event")) != checked.entry.type) return altered("event");
    if (TRY(text_of(*receipt, "at")) != format_iso(instant_of(checked.entry))) return altered("at");
    const auto digests = TRY(read_members(*receipt, checked.shown));
    if (data_commitment(digests) != checked.entry.data) return altered("members");

    const std::string proof_text = TRY(text_of(*receipt, "proof"));
    const merkle::InclusionProof proof = TRY(merkle::parse_proof(proof_text));
    const merkle::Note note = TRY(merkle::parse_note(proof.checkpoint));
    checked.checkpoint = TRY(merkle::open_checkpoint(note, checked.key));
    if (proof.index + 1 != static_cast<std::uint64_t>(checked.entry.position) || !proof.extra.empty())
        return altered("leaf");
    TRY(merkle::check_inclusion(proof.index, checked.checkpoint.size, merkle::leaf_hash(leaf).view(), proof.hashes,
                                checked.checkpoint.root.view()));
    // A signature of the log that does not hold, or a line of a known witness that does not, was put there by somebody.
    for (const merkle::Signature& signature : note.signatures) {
        const auto is_his = [&](const merkle::VerifierKey& key) {
            return key.name == signature.name && key.id == signature.id;
        };
        const auto witness = std::ranges::find_if(witnesses, is_his);
        if (witness != witnesses.end()) {
            if (!merkle::is_signed_by(*witness, note.text, signature)) return altered(signature.name);
            checked.witnesses.push_back(witness->name);
        } else if (is_his(checked.key) && !merkle::is_signed_by(checked.key, note.text, signature)) {
            return altered(signature.name);
        }
    }
    return checked;
}

}  // namespace motcua::transparency
