// Notes, checkpoints, keys, proofs, bundles and tile names from outside: nothing crashes, and what is read is written
// as it was.
#include <cstdlib>

#include "merkle/note.hpp"
#include "merkle/tiles.hpp"

using namespace motcua::merkle;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    if (const auto note = parse_note(text); note && to_text(*note) != text) std::abort();
    if (const auto checkpoint = parse_checkpoint(text); checkpoint && to_text(*checkpoint) != text) std::abort();
    if (const auto proof = parse_proof(text)) {
        if (!proof->extra.empty() && to_text(*proof) != text) std::abort();
        static_cast<void>(check_inclusion(proof->index, size, leaf_hash(text).view(), proof->hashes, text));
    }
    if (const auto name = parse_tile_path(text); name && tile_path(*name).substr(5) != text) std::abort();
    if (const auto entries = decode_bundle(text); entries && encode_bundle(*entries) != text) std::abort();
    static_cast<void>(parse_verifier_key(text));
    static_cast<void>(parse_signing_key(text));
    return 0;
}
