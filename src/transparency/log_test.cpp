// Entries and openings; the log over a ledger: tiles, checkpoints, restarts, witnesses.
#include "transparency/log.hpp"

#include <gtest/gtest.h>

#include "transparency/log_rows.hpp"
#include "transparency/test_world.hpp"

namespace motcua::transparency {
namespace {

RawEvent sample() {
    return {7,           1,
            42,          3,
            5,           "dossier_received",
            1,           1'763'776'800'123,
            "officer:9", "",
            "req",       R"({"code":"H33.12-251122-0001","applicant":{"name":"Ông \"A\", {B}"},"fees":[],"n":1.5})"};
}

Secret secret_of(char byte, SaltRule rule = SaltRule::chacha20) { return {rule, std::string(secret_bytes, byte)}; }

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

TEST(Entry, MembersAreSplitAsTheyStand) {
    const std::string data = sample().data;
    const auto members = split_members(data).value();
    ASSERT_EQ(members.size(), 4u);
    EXPECT_EQ(members[0], R"("code":"H33.12-251122-0001")");
    EXPECT_EQ(members[1], R"("applicant":{"name":"Ông \"A\", {B}"})");
    EXPECT_EQ(member_name(members[1]), "applicant");
    EXPECT_EQ(split_members(R"({"path":"C:\\","mark":"\\\"","end":""})").value().size(), 3u)
        << "a backslash at the end";
    EXPECT_TRUE(split_members("{}").value().empty());
    for (const char* bad : {"", "{", "[]", "{}x", R"({"a":1,})", R"({"a" :1})", R"({,"a":1})", R"({"a":})", R"({"a":1)",
                            R"({"a":1}})", R"({"a":"})", R"({a:1})", R"({"a":1}{"b":2})", R"( {"a":1})"})
        EXPECT_FALSE(split_members(bad)) << bad;
}

TEST(Entry, IsReadAsItIsWritten) {
    const RawEvent event = sample();
    const Openings openings = derive_openings(secret_of('s'), 4);
    const Entry entry = make_entry(event, openings).value();
    const std::string text = to_text(entry);
    EXPECT_TRUE(text.starts_with("motcua/event/1 7 3 dossier_received 1 1763776800123 ")) << text;
    EXPECT_EQ(text.find("H33"), std::string::npos);
    EXPECT_EQ(parse_entry(text).value(), entry);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == ' ' ? 'x' : ' ';
        const auto read = parse_entry(changed);
        EXPECT_FALSE(read && *read == entry) << changed;
    }
    EXPECT_FALSE(parse_entry(text + " x"));
    EXPECT_FALSE(parse_entry(""));
}

/// As followers get it.
ledger::StoredEvent as_delivered(const RawEvent& raw) {
    return {.position = raw.position,
            .kind = static_cast<ledger::StreamKind>(raw.kind),
            .stream = raw.stream,
            .version = raw.version,
            .type = raw.type,
            .schema = 99,  // the newest; the row's counts
            .meta = {Instant{std::chrono::milliseconds{raw.at_ms}}, raw.actor, raw.on_behalf_of, raw.request_id},
            .data = {},
            .row = {raw.prev, static_cast<int>(raw.schema), raw.data}};
}

TEST(Entry, IsTheSameOutOfTheSecretAsOutOfItsOpenings) {
    for (const SaltRule rule : {SaltRule::blake2b, SaltRule::chacha20}) {
        const Secret secret = secret_of('s', rule);
        RawEvent event = sample();
        const auto same = [&](std::size_t members) {
            return make_entry(as_delivered(event), secret).value() ==
                   make_entry(event, derive_openings(secret, members)).value();
        };
        EXPECT_TRUE(same(4));
        event.data = R"({"long":")" + std::string(5000, 'x') + R"(","a":"\"}","b":[1,{"c":2}]})";
        EXPECT_TRUE(same(3));
        event.data = "{}";
        EXPECT_TRUE(same(0));
        event.data = R"({"a":1)";
        EXPECT_FALSE(make_entry(as_delivered(event), secret));
    }
}

// Computed apart: Python's hashlib.blake2b (salt = number, person = "mtc-leaf"), and openssl enc -chacha20 over zeros.
TEST(Entry, SaltsAreThoseOfTheirRuleForEver) {
    const Openings old = derive_openings(secret_of('s', SaltRule::blake2b), 2);
    EXPECT_EQ(hex(old.context.salt), "1813e38a49a01a2f8567c25093a740c8");
    EXPECT_EQ(hex(old.members[0].salt), "3e48f841ee8d1fedd2dc00e79ea9c301");
    EXPECT_EQ(hex(old.members[1].salt), "7ddd7f0f403867de096aa5d79d1bad76");
    const Openings present = derive_openings(secret_of('s'), 4);
    EXPECT_EQ(hex(present.context.salt), "dc8c67e3a0aa8d9c99686a78604b9570");
    EXPECT_EQ(hex(present.members[0].salt), "e29a89b5d3a219e2769d191b3167e9d0");
    EXPECT_EQ(hex(present.members[3].salt), "f681c464cad5e96deecea9844de5929f");
    EXPECT_EQ(derive_openings(secret_of('s'), 40).members[3], present.members[3]) << "whatever their number";
}

TEST(Entry, EveryByteOfTheEventCounts) {
    const RawEvent event = sample();
    const Openings openings = derive_openings(secret_of('s'), 4);
    const std::string entry = to_text(make_entry(event, openings).value());
    const auto differs = [&](auto&& change) {
        RawEvent changed = event;
        change(changed);
        const auto other = make_entry(changed, openings);
        return !other || to_text(*other) != entry;
    };
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.position; }));
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.kind; }));
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.stream; }));
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.version; }));
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.prev; }));
    EXPECT_TRUE(differs([](RawEvent& e) { e.type += 'x'; }));
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.schema; }));
    EXPECT_TRUE(differs([](RawEvent& e) { ++e.at_ms; }));
    EXPECT_TRUE(differs([](RawEvent& e) { e.actor += 'x'; }));
    EXPECT_TRUE(differs([](RawEvent& e) { std::swap(e.actor, e.on_behalf_of); }));
    EXPECT_TRUE(differs([](RawEvent& e) { e.request_id.clear(); }));
    for (std::size_t i = 0; i < event.data.size(); ++i) {
        EXPECT_TRUE(differs([&](RawEvent& e) { e.data[i] = e.data[i] == 'x' ? 'y' : 'x'; })) << i;
        EXPECT_TRUE(differs([&](RawEvent& e) { e.data.insert(i, 1, ' '); })) << i;
    }
    EXPECT_TRUE(differs([](RawEvent& e) {
        e.data = R"({"applicant":{"name":"Ông \"A\", {B}"},"code":"H33.12-251122-0001","fees":[],"n":1.5})";
    }));
}

TEST(Entry, APartCanBeHiddenAndTheEntryStays) {
    RawEvent event = sample();
    Openings openings = derive_openings(secret_of('s'), 4);
    const Entry entry = make_entry(event, openings).value();
    const auto members = split_members(event.data).value();
    openings.members[1] = {"", std::string(member_digest(openings.members[1].salt, members[1]).view())};
    event.data = R"({"code":"H33.12-251122-0001","fees":[],"n":1.5})";
    EXPECT_EQ(make_entry(event, openings).value(), entry);
    EXPECT_EQ(openings_from_json(to_json(openings)).value().members, openings.members);
    event.data = R"({"code":"H33.12-251122-0001","fees":[]})";
    EXPECT_EQ(make_entry(event, openings).error().reason, "transparency.members_differ");
}

TEST(Entry, SaltsHideSmallValues) {
    RawEvent event = sample();
    const Entry a = make_entry(event, derive_openings(secret_of('a'), 4)).value();
    const Entry b = make_entry(event, derive_openings(secret_of('b'), 4)).value();
    EXPECT_NE(a.context, b.context);
    EXPECT_NE(a.data, b.data);
}

class LogTest : public World {};

TEST_F(LogTest, FollowsTheLedgerAcrossTilesAndRestarts) {
    Log log(key);
    std::map<std::uint64_t, merkle::Hash> roots;
    for (const int count : {1, 254, 1, 1, 300, 210}) {
        append(count);
        sequence();
        const auto session = database->reader();
        const auto checkpoint = log.checkpoint(*session);
        EXPECT_EQ(checkpoint.size, static_cast<std::uint64_t>(committer->last_position()));
        roots[checkpoint.size] = checkpoint.root;
        // A program that starts here sees the same tree, and so does one that reads the tiles.
        EXPECT_EQ(Log(key).checkpoint(*session), checkpoint);
        EXPECT_EQ(log.checkpoint_at(*session, checkpoint.size), checkpoint);
    }
    const auto session = database->reader();
    for (const auto& [size, root] : roots) {
        EXPECT_EQ(log.checkpoint_at(*session, size).root, root) << size;
        merkle::TileNodes nodes = stored_nodes(*session, 767);
        std::vector<std::string> proof;
        for (const auto& hash : merkle::prove_consistency(size, 767, nodes.reader())) proof.emplace_back(hash.view());
        EXPECT_TRUE(merkle::check_consistency(size, 767, proof, root.view(), roots[767].view()));
    }
    // Tiles: whole ones, and each partial one at any width up to the tree's edge.
    for (const merkle::TileName& name : merkle::list_tiles(767)) {
        const auto bytes = log.find_tile(*session, name);
        ASSERT_TRUE(bytes) << merkle::tile_path(name);
        if (name.level == merkle::TileName::entries) {
            const auto entries = merkle::decode_bundle(*bytes).value();
            const auto hashes = read_tile(*session, {0, name.index, name.width});
            for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(merkle::leaf_hash(entries[i]), hashes[i]);
        } else {
            EXPECT_EQ(bytes->size(), name.width * merkle::hash_bytes);
        }
    }
    EXPECT_TRUE(log.find_tile(*session, {0, 2, 5}));
    EXPECT_FALSE(log.find_tile(*session, {0, 2, 256}));
    EXPECT_FALSE(log.find_tile(*session, {TileName::entries, 3, 1}));
    EXPECT_FALSE(log.find_tile(*session, {1, 0, 3}));
    EXPECT_FALSE(log.find_tile(*session, {0, UINT64_MAX / 2, 3}));
    EXPECT_EQ(log.list_entries(*session, 766, 10).size(), 2u);
}

TEST_F(LogTest, ACheckpointIsSignedAndNamesTheLog) {
    append(3);
    sequence();
    Log log(key);
    const auto session = database->reader();
    const auto note = merkle::parse_note(log.signed_note(*session, log.checkpoint(*session))).value();
    const auto checkpoint = merkle::open_checkpoint(note, key.verifier).value();
    EXPECT_EQ(checkpoint.size, 3u);
    EXPECT_EQ(checkpoint.origin, "tinh.example/log");
}

TEST_F(LogTest, WitnessesSignWhatWeHaveOnly) {
    append(5);
    sequence();
    Log log(key);
    const auto session = database->reader();
    const auto checkpoint = log.checkpoint(*session);
    const auto witness = merkle::make_signing_key("witness.example/w1", merkle::KeyType::cosignature, random);
    const auto stranger = merkle::make_signing_key("stranger.example", merkle::KeyType::cosignature, random);
    const auto handed_in = [&](const merkle::Checkpoint& over, const merkle::SigningKey& by) {
        merkle::Note note{to_text(over), {}};
        note.signatures = {merkle::sign(by, note.text, 1'763'776'800)};
        return log.accept_cosignatures(*session, to_text(note), {witness.verifier});
    };
    EXPECT_EQ(handed_in(checkpoint, stranger).error().reason, "transparency.witness_unknown");
    merkle::Checkpoint other = checkpoint;
    other.root = merkle::leaf_hash("other");
    EXPECT_EQ(handed_in(other, witness).error().reason, "transparency.not_our_checkpoint");
    other = checkpoint;
    other.size = 6;
    EXPECT_EQ(handed_in(other, witness).error().reason, "transparency.not_our_checkpoint");
    other = checkpoint;
    other.extensions = {"more"};
    EXPECT_EQ(handed_in(other, witness).error().reason, "transparency.not_our_checkpoint");

    commit_rows(handed_in(checkpoint, witness).value());
    commit_rows(handed_in(checkpoint, witness).value());  // twice is once
    EXPECT_EQ(find_witnessed_size(*session), 5u);
    const auto note = merkle::parse_note(log.signed_note(*session, checkpoint)).value();
    EXPECT_EQ(note.signatures.size(), 2u);
    EXPECT_TRUE(merkle::find_signature(note, witness.verifier));
    EXPECT_TRUE(merkle::open_checkpoint(note, key.verifier));
}

TEST_F(LogTest, TheDaysLastCheckpointStays) {
    Log log(key);
    const Instant noon = parse_iso("2026-11-21T12:00:00+07:00").value();
    for (int hours : {0, 1, 13, 14}) {
        append(2);
        sequence();
        ASSERT_TRUE(log.record(*database, *committer, noon + std::chrono::hours{hours}));
        ASSERT_TRUE(log.record(*database, *committer, noon + std::chrono::hours{hours}));
    }
    const auto session = database->reader();
    const auto stored = list_checkpoints(*session, 0, 10);
    ASSERT_EQ(stored.size(), 2u);
    EXPECT_EQ(stored[0].size, 4u);
    EXPECT_EQ(stored[1].size, 8u);
    EXPECT_EQ(stored[1].day, stored[0].day + 1);
    EXPECT_EQ(log.find_fork(*session), "");
    EXPECT_EQ(
        Log(merkle::make_signing_key("another.example/log", merkle::KeyType::ed25519, random)).find_fork(*session), "");
}

TEST_F(LogTest, LeavesAreAppendOnly) {
    append(300);
    sequence();
    const std::string forgeries[] = {"UPDATE log_leaf SET secret = NULL WHERE position = 1",
                                     "DELETE FROM log_leaf",
                                     "UPDATE log_leaf SET hash = " + zeros(),
                                     "UPDATE log_node SET hash = " + zeros(),
                                     "DELETE FROM log_node",
                                     "UPDATE event SET data = '{}' WHERE position = 1"};
    for (const std::string& sql : forgeries) EXPECT_EQ(script(sql).error().reason, "ledger.constraint") << sql;
}

TEST_F(LogTest, AForkIsNoticed) {
    append(300);
    sequence();
    Log log(key);
    ASSERT_TRUE(log.record(*database, *committer, at(0)));
    tamper("DELETE FROM log_leaf WHERE position > 290");
    EXPECT_NE(log.find_fork(*database->reader()).find("only 290"), std::string::npos);
}

}  // namespace
}  // namespace motcua::transparency
