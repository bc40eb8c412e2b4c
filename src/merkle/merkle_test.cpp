// The tree against its recursive definition and against the vectors of others; tiles, notes and checkpoints.
#include <fstream>
#include <random>

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/testing.hpp"
#include "merkle/note.hpp"
#include "merkle/tiles.hpp"

namespace motcua::merkle {
namespace {

namespace fs = std::filesystem;

// RFC 6962 §2.1, word by word.
Hash defined_root(std::span<const std::string> entries) {
    if (entries.empty()) return empty_root();
    if (entries.size() == 1) return leaf_hash(entries[0]);
    std::size_t k = 1;
    while (2 * k < entries.size()) k *= 2;
    return node_hash(defined_root(entries.first(k)), defined_root(entries.subspan(k)));
}

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < count; ++i) entries.push_back("entry " + std::to_string(i));
    return entries;
}

NodeReader reader_of(const std::vector<std::string>& entries) {
    return [&entries](int level, std::uint64_t index) {
        return defined_root(std::span(entries).subspan(index << level, std::size_t{1} << level));
    };
}

std::vector<std::string> texts(const std::vector<Hash>& hashes) {
    std::vector<std::string> bytes;
    for (const Hash& hash : hashes) bytes.emplace_back(hash.view());
    return bytes;
}

/// Everything that can be wrong with a proof is refused.
template <class Check>
void expect_only(const std::vector<std::string>& proof, Check&& check) {
    EXPECT_TRUE(check(proof));
    for (std::size_t i = 0; i < proof.size(); ++i) {
        auto changed = proof;
        changed[i][i % hash_bytes] ^= 1;
        EXPECT_FALSE(check(changed));
        changed = proof;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(check(changed));
        changed = proof;
        changed[i].pop_back();
        EXPECT_FALSE(check(changed));
    }
    auto longer = proof;
    longer.emplace_back(hash_bytes, 'x');
    EXPECT_FALSE(check(longer));
}

TEST(Sha256, PiecesAreOneText) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += static_cast<char>('a' + i % 26);
    const Hash whole = sha256({text});
    for (std::size_t first : {0U, 1U, 255U, 511U, 512U, 513U, 1024U, 2999U, 3000U})
        for (std::size_t second : {0U, 1U, 300U, 512U, 513U, 3000U}) {
            const std::string_view rest = std::string_view(text).substr(first);
            const std::string_view middle = rest.substr(0, std::min(second, rest.size()));
            const auto pieces = sha256({std::string_view(text).substr(0, first), middle, rest.substr(middle.size())});
            EXPECT_EQ(pieces, whole) << first << " " << second;
        }
}

TEST(Tree, RootsAreThoseOfTheDefinition) {
    const auto entries = numbered(70);
    Frontier frontier;
    for (std::size_t size = 0; size <= entries.size(); ++size) {
        const Hash root = defined_root(std::span(entries).first(size));
        EXPECT_EQ(tree_root(size, reader_of(entries)), root) << size;
        EXPECT_EQ(frontier.root(), root) << size;
        EXPECT_EQ(Frontier::load(size, reader_of(entries)).root(), root) << size;
        if (size < entries.size()) frontier.append(leaf_hash(entries[size]));
    }
}

TEST(Tree, EveryProofOfSmallTreesHoldsAndNoOtherDoes) {
    const auto entries = numbered(20);
    const auto read = reader_of(entries);
    for (std::uint64_t size = 1; size <= entries.size(); ++size) {
        const std::string root(tree_root(size, read).view());
        for (std::uint64_t index = 0; index < size; ++index) {
            const std::string leaf(leaf_hash(entries[index]).view());
            expect_only(texts(prove_inclusion(index, size, read)), [&](const std::vector<std::string>& proof) {
                return check_inclusion(index, size, leaf, proof, root).has_value();
            });
        }
        for (std::uint64_t start = 0; start < size; ++start) {
            for (std::uint64_t end = start + 1; end <= size; ++end) {
                if (!is_subtree(start, end)) continue;
                const std::string part(range_root(start, end, read).view());
                expect_only(texts(prove_subtree_consistency(start, end, size, read)),
                            [&](const std::vector<std::string>& proof) {
                                return check_subtree_consistency(start, end, size, proof, part, root).has_value();
                            });
                const auto proof = texts(prove_subtree_consistency(start, end, size, read));
                const std::string other(leaf_hash("other").view());
                EXPECT_FALSE(check_subtree_consistency(start, end, size, proof, other, root));
                EXPECT_FALSE(check_subtree_consistency(start, end, size, proof, part, other));
                if (start == 0) {
                    EXPECT_TRUE(check_consistency(end, size, proof, part, root));
                }
            }
        }
    }
}

TEST(Tree, SubtreesBeginAtMultiplesOfTheirSize) {
    EXPECT_TRUE(is_subtree(8, 13));
    EXPECT_TRUE(is_subtree(0, UINT64_MAX));
    EXPECT_FALSE(is_subtree(3, 5));
    EXPECT_FALSE(is_subtree(1, 9223372036854775810u));
    EXPECT_FALSE(is_subtree(4, 4));
}

TEST(Tree, RandomProofsFromOutsideNeverThrow) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::string> proof(random() % 70, std::string(hash_bytes, static_cast<char>(random())));
        const std::uint64_t a = random() >> random() % 64, b = random() >> random() % 64, c = random() >> random() % 64;
        const std::string root(hash_bytes, 'r');
        EXPECT_FALSE(check_inclusion(a, b, root, proof, std::string(hash_bytes, 's')));
        EXPECT_FALSE(check_subtree_consistency(a, b, c, proof, root, std::string(hash_bytes, 's')) && a != b);
    }
}

// The vectors of others -----------------------------------------------------------------------------------------------

std::string bytes_of(const json::value& base64) { return from_base64(base64.as_string()).value(); }

class Vectors : public ::testing::TestWithParam<std::string> {};

TEST_P(Vectors, GoodOnesHoldAndBadOnesDoNot) {
    const auto folder = test::find_conformance(MOTCUA_SOURCE_DIR, "merkle/testdata/" + GetParam());
    if (!folder) GTEST_SKIP() << "no conformance cases";
    int good = 0, bad = 0;
    for (const auto& file : fs::recursive_directory_iterator(*folder)) {
        if (file.path().extension() != ".json") continue;
        const json::object test = parse_json(test::read_text(file.path()))->as_object();
        std::vector<std::string> proof;
        if (const auto* hashes = test.at("proof").if_array())
            for (const json::value& hash : *hashes) proof.push_back(bytes_of(hash));
        const auto number = [&](const char* name) { return test.at(name).to_number<std::uint64_t>(); };
        const auto hash = [&](const char* name) { return bytes_of(test.at(name)); };
        const auto checked =
            GetParam() == "inclusion"
                ? check_inclusion(number("leafIdx"), number("treeSize"), hash("leafHash"), proof, hash("root"))
            : GetParam() == "consistency"
                ? check_consistency(number("size1"), number("size2"), proof, hash("root1"), hash("root2"))
            : GetParam() == "subtreeinclusion"
                ? check_subtree_inclusion(number("leafIdx"), number("start"), number("end"), hash("leafHash"), proof,
                                          hash("root"))
                : check_subtree_consistency(number("start"), number("end"), number("size"), proof, hash("root1"),
                                            hash("root2"));
        const bool wanted = !test.at("wantErr").as_bool();
        EXPECT_EQ(checked.has_value(), wanted) << file.path() << (checked ? "" : checked.error().reason);
        ++(wanted ? good : bad);
    }
    EXPECT_GT(good, 0);
    EXPECT_GT(bad, 0);
}

INSTANTIATE_TEST_SUITE_P(Merkle, Vectors,
                         ::testing::Values("inclusion", "consistency", "subtreeinclusion", "subtreeconsistency"),
                         [](const auto& folder) { return folder.param; });

json::object tlog_vectors() {
    const auto file = test::find_conformance(MOTCUA_SOURCE_DIR, "tlog/vectors.json");
    return file ? parse_json(test::read_text(*file))->as_object() : json::object{};
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

/// The vectors write line ends as backslash and n in places.
std::string unescape(std::string text) {
    for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n")) text.replace(at, 2, "\n");
    return text;
}

TEST(TlogVectors, ReferenceTree) {
    const json::object vectors = tlog_vectors();
    if (vectors.empty()) GTEST_SKIP() << "no conformance cases";
    const auto& tree = vectors.at("rfc6962_reference_tree").as_object();
    Frontier frontier;
    const auto& roots = tree.at("root_by_size_hex").as_array();
    const auto& leaves = tree.at("leaf_inputs_hex").as_array();
    for (std::size_t size = 0; size < roots.size(); ++size) {
        EXPECT_EQ(frontier.root().view(), from_hex(roots[size].as_string())) << size;
        if (size < leaves.size()) frontier.append(leaf_hash(from_hex(leaves[size].as_string())));
    }
}

TEST(TlogVectors, SignedNotes) {
    const json::object vectors = tlog_vectors();
    if (vectors.empty()) GTEST_SKIP() << "no conformance cases";
    const auto& notes = vectors.at("signed_note").as_object();
    std::vector<VerifierKey> keys;
    std::optional<SigningKey> peter;
    int refused = 0;
    for (const json::value& text : notes.at("keys").as_array()) {
        if (text.as_string().starts_with("PRIVATE")) {
            peter = parse_signing_key(text.as_string()).value();
            EXPECT_EQ(to_text(*peter), std::string_view(text.as_string()));
        } else if (auto key = parse_verifier_key(text.as_string())) {
            EXPECT_EQ(to_text(*key), std::string_view(text.as_string()));
            keys.push_back(*key);
        } else {
            ++refused;
        }
    }
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(refused, 2);
    ASSERT_TRUE(peter);
    EXPECT_EQ(peter->verifier, keys[1]);

    const std::string text =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    std::string all = text + '\n';
    for (const json::value& line : notes.at("notes").as_array())
        all += unescape(std::string(line.as_array()[1].as_string()));
    const Note note = parse_note(all).value();
    EXPECT_EQ(to_text(note), all);
    for (const VerifierKey& key : keys) EXPECT_TRUE(find_signature(note, key)) << key.name;
    EXPECT_EQ(sign(*peter, text), note.signatures[0]);
    EXPECT_FALSE(find_signature({"another text\n", note.signatures}, keys[0]));
}

TEST(TlogVectors, TreeNotes) {
    const json::object vectors = tlog_vectors();
    if (vectors.empty()) GTEST_SKIP() << "no conformance cases";
    const auto& notes = vectors.at("tree_note").as_object();
    const std::string golden(notes.at("golden").as_string());
    const auto checkpoint = parse_checkpoint(golden);
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->size, 123456789012u);
    EXPECT_EQ(to_text(*checkpoint), golden);
    for (const json::value& bad : notes.at("bad").as_array()) {
        const std::string text(bad.as_string());
        EXPECT_FALSE(parse_checkpoint(text)) << text;
        if (unescape(text) != golden) {
            EXPECT_FALSE(parse_checkpoint(unescape(text))) << text;
        }
    }
}

TEST(TlogVectors, Tiles) {
    const json::object vectors = tlog_vectors();
    if (vectors.empty()) GTEST_SKIP() << "no conformance cases";
    const auto& tiles = vectors.at("tlog_tiles").as_object();
    for (const json::value& pair : tiles.at("path").as_array()) {
        const TileName name{TileName::entries, pair.as_array()[0].to_number<std::uint64_t>(), tile_width};
        EXPECT_EQ(tile_path(name), "tile/entries/" + std::string(pair.as_array()[1].as_string()));
    }
    for (const json::value& test : tiles.at("partial").as_array()) {
        const auto size = int_or(test.as_object(), "size", 0);
        std::map<std::string, std::int64_t> found;
        for (const TileName& name : list_tiles(static_cast<std::uint64_t>(size))) {
            if (name.level == TileName::entries) continue;
            const std::string level = "l" + std::to_string(name.level);
            if (name.width == tile_width) {
                ++found["full_" + level];
            } else {
                found["partial_" + level] = static_cast<std::int64_t>(name.width);
            }
        }
        for (const auto& [member, value] : test.as_object())
            if (member != "size") {
                EXPECT_EQ(found[std::string(member)], value.as_int64()) << size << ' ' << member;
            }
        EXPECT_EQ(found.size(), test.as_object().size() - 1) << size;
    }
}

// Tiles ---------------------------------------------------------------------------------------------------------------

TEST(Tiles, NamesAreReadAsTheyAreWritten) {
    for (const TileName& name : {TileName{0, 0, 256}, TileName{0, 999, 1}, TileName{5, 1000, 255},
                                 TileName{TileName::entries, 1234067, 17}, TileName{2, 123'456'789'012, 256}})
        EXPECT_EQ(parse_tile_path(tile_path(name).substr(5)), name) << tile_path(name);
    for (const char* path : {"",
                             "0",
                             "0/",
                             "0/1",
                             "0/0001",
                             "00/000",
                             "8/000",
                             "0/000/",
                             "0/x000/001",
                             "0/x001",
                             "0/001/000",
                             "0/000.p/0",
                             "0/000.p/256",
                             "0/000.p/007",
                             "0/000.p",
                             "0/000.p/1/",
                             "0/+01",
                             "entries",
                             "entries/-01",
                             "entries/000.p/-1",
                             "0/x1/x2/x3/x4/x5/x6/x7/008"})
        EXPECT_FALSE(parse_tile_path(path)) << path;
}

TEST(Tiles, ATreeIsReadFromItsTiles) {
    std::mt19937_64 random(11);
    std::vector<Hash> leaves;
    Frontier frontier;
    std::map<std::uint64_t, Hash> roots;
    for (std::uint64_t i = 0; i < 66'000; ++i) {
        leaves.push_back(leaf_hash(std::to_string(i)));
        frontier.append(leaves.back());
        roots[frontier.size()] = frontier.root();
    }
    std::vector<std::vector<Hash>> levels{leaves};
    for (std::size_t level = 1; level < 3; ++level) {
        levels.emplace_back();
        for (std::size_t i = 0; i < levels[level - 1].size() / tile_width; ++i)
            levels[level].push_back(range_root(0, tile_width, [&](int height, std::uint64_t index) {
                Frontier part;
                for (std::size_t k = index << height; k < (index + 1) << height; ++k)
                    part.append(levels[level - 1][i * tile_width + k]);
                return part.root();
            }));
    }
    for (std::uint64_t size : {1ul, 255ul, 256ul, 257ul, 65'535ul, 65'536ul, 65'537ul, 66'000ul}) {
        TileNodes nodes(size, [&](const TileName& name) {
            const auto& row = levels[static_cast<std::size_t>(name.level)];
            const auto first = row.begin() + static_cast<std::ptrdiff_t>(name.index * tile_width);
            EXPECT_EQ(name.width, width_at(name.level, name.index, size));
            return std::vector<Hash>(first, first + static_cast<std::ptrdiff_t>(name.width));
        });
        EXPECT_EQ(tree_root(size, nodes.reader()), roots[size]) << size;
        for (int i = 0; i < 20; ++i) {
            const std::uint64_t index = random() % size, older = random() % size + 1;
            EXPECT_TRUE(check_inclusion(index, size, leaves[index].view(),
                                        texts(prove_inclusion(index, size, nodes.reader())), roots[size].view()));
            EXPECT_TRUE(check_consistency(older, size, texts(prove_consistency(older, size, nodes.reader())),
                                          roots[older].view(), roots[size].view()));
        }
    }
}

TEST(Tiles, Bundles) {
    const std::vector<std::string> entries{"", "one", std::string(entry_bytes_max, 'x'), std::string("\0\n", 2)};
    const std::string bytes = encode_bundle(entries);
    EXPECT_EQ(decode_bundle(bytes).value(), entries);
    EXPECT_FALSE(decode_bundle(std::string_view(bytes).substr(0, bytes.size() - 1)));
    EXPECT_FALSE(decode_bundle(std::string(2 * 257, '\0')));
    EXPECT_EQ(decode_bundle("").value().size(), 0u);
}

// Notes ---------------------------------------------------------------------------------------------------------------

TEST(Notes, MalformedOnesAreRefused) {
    const std::string good = "text\n\n\u2014 name AAAAAAE=\n";
    EXPECT_TRUE(parse_note(good));
    for (const char* bad :
         {"", "text\n", "text\n\n", "text\n\nname AAAAAAE=\n",
          "text\n\n\u2014 name AAAAAAE=", "text\n\n\u2014 name AAAAAA==\n", "text\n\n\u2014 na+me AAAAAAE=\n",
          "text\n\n\u2014  AAAAAAE=\n", "te\txt\n\n\u2014 name AAAAAAE=\n", "te\xff\n\n\u2014 name AAAAAAE=\n",
          "text\n\n\u2014 name AAAAAAF=\n", "text\n\n\u2014 name  AAAAAAE=\n"})
        EXPECT_FALSE(parse_note(bad)) << bad;
}

TEST(Notes, Base64IsReadInOneFormOnly) {
    EXPECT_EQ(from_base64("AAE="), std::string("\0\1", 2));
    EXPECT_EQ(from_base64(""), "");
    for (const char* bad : {"AAE", "AAF=", "AAE==", "AA E=", "AA-_", "AAE=\n", "A\xb1\xb4\xbd", "\xae\xa9\xac\xbc"})
        EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Notes, KeysMustMatchTheirId) {
    SeededRandom random(3);
    for (const KeyType type : {KeyType::ed25519, KeyType::cosignature}) {
        const SigningKey key = make_signing_key("example.vn/log", type, random);
        EXPECT_EQ(parse_verifier_key(to_text(key.verifier)).value(), key.verifier);
        EXPECT_EQ(parse_signing_key(to_text(key)).value().verifier, key.verifier);
        std::string text = to_text(key.verifier);
        text[0] = 'E';
        EXPECT_EQ(parse_verifier_key(text).error().reason, "merkle.key_malformed");
        EXPECT_FALSE(parse_signing_key(to_text(key.verifier)));
        EXPECT_FALSE(parse_verifier_key(to_text(key)));
    }
    for (const char* name : {"", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\nb", "\xff"})
        EXPECT_FALSE(check_key_name(name)) << name;
}

TEST(Notes, CheckpointsAreSignedAndCosigned) {
    SeededRandom random(5);
    const SigningKey log = make_signing_key("example.vn/log", KeyType::ed25519, random);
    const SigningKey witness = make_signing_key("witness.vn/w1", KeyType::cosignature, random);
    const Checkpoint checkpoint{"example.vn/log", 7, leaf_hash("x")};
    Note note{to_text(checkpoint), {}};
    note.signatures = {sign(log, note.text), sign(witness, note.text, 1'679'315'147)};
    const Note read = parse_note(to_text(note)).value();
    EXPECT_EQ(open_checkpoint(read, log.verifier).value(), checkpoint);
    const Signature* cosignature = find_signature(read, witness.verifier);
    ASSERT_TRUE(cosignature);
    EXPECT_EQ(signed_at(*cosignature), 1'679'315'147);
    EXPECT_EQ(open_checkpoint(read, witness.verifier).error().reason, "merkle.origin_differs");

    Note forged = read;
    forged.text = to_text(Checkpoint{"example.vn/log", 8, checkpoint.root});
    EXPECT_EQ(open_checkpoint(forged, log.verifier).error().reason, "merkle.signature_missing");
    EXPECT_FALSE(find_signature(forged, witness.verifier));
    Note redated = read;
    redated.signatures[1].bytes[7] = static_cast<char>(redated.signatures[1].bytes[7] ^ 1);
    EXPECT_FALSE(find_signature(redated, witness.verifier));
}

TEST(Notes, CheckpointTextsAreStrict) {
    const std::string root = to_base64(leaf_hash("x").view());
    EXPECT_TRUE(parse_checkpoint("o\n0\n" + root + "\n"));
    EXPECT_EQ(parse_checkpoint("o\n1\n" + root + "\nmore\n")->extensions, std::vector<std::string>{"more"});
    for (const std::string& bad :
         {"o\n01\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n1\n" + root, "\n1\n" + root + "\n",
          std::string("o\n1\n\n"), "o\n1\n" + root + "\n\n", "o\n18446744073709551616\n" + root + "\n",
          "o\n0x1\n" + root + "\n", "o\n1\n" + root.substr(0, 40) + "\n"})
        EXPECT_FALSE(parse_checkpoint(bad)) << bad;
}

TEST(Notes, ProofTexts) {
    const InclusionProof proof{
        73894, {std::string(32, 'a'), std::string(32, 'b')}, "extra \n", "o\n1\nx\n\n\u2014 o x\n"};
    const std::string text = to_text(proof);
    const InclusionProof read = parse_proof(text).value();
    EXPECT_EQ(to_text(read), text);
    EXPECT_EQ(read.hashes, proof.hashes);
    EXPECT_EQ(read.extra, proof.extra);
    for (const char* bad : {"", "c2sp.org/tlog-proof@v2\nindex 0\n\nx", "c2sp.org/tlog-proof@v1\nindex 00\n\nx",
                            "c2sp.org/tlog-proof@v1\nindex 0\nAA==\n\nx", "c2sp.org/tlog-proof@v1\nindex 0\n\n"})
        EXPECT_FALSE(parse_proof(bad)) << bad;
}

}  // namespace
}  // namespace motcua::merkle
