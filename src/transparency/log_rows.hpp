// Statements and row mappings of the log's tables; private to src/transparency.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "merkle/note.hpp"
#include "merkle/tiles.hpp"
#include "transparency/entry.hpp"

namespace motcua::transparency {

struct Leaf {
    std::int64_t position = 0;
    merkle::Hash hash;
    Secret secret;
};

/// Leaves in the log; they are the events 1 to this.
std::uint64_t count_leaves(db::Session& session);
std::vector<Leaf> list_leaves(db::Session& session, std::int64_t after_position, int limit);
ledger::RowChange insert_leaf(const Leaf& leaf);
ledger::RowChange insert_node(int level, std::uint64_t place, const merkle::Hash& hash);
/// Hashes of one tile, as many as are there up to its width.
std::vector<merkle::Hash> read_tile(db::Session& session, const merkle::TileName& name);

struct Erasure {
    std::int64_t at_ms = 0;
    std::string rule;
    std::string openings;  // JSON
};
std::optional<Erasure> find_erasure(db::Session& session, std::int64_t position);
void insert_erasure(db::WriteSession& session, std::int64_t position, const Erasure& erasure);
void update_erasure(db::WriteSession& session, std::int64_t position, const Erasure& erasure);
void forget_secret(db::WriteSession& session, std::int64_t position);

struct StoredCheckpoint {
    std::int64_t day = 0;
    std::uint64_t size = 0;
    std::string note;
};
std::vector<StoredCheckpoint> list_checkpoints(db::Session& session, std::int64_t from_day, int limit);
std::optional<StoredCheckpoint> find_last_checkpoint(db::Session& session);
ledger::RowChange upsert_checkpoint(const StoredCheckpoint& checkpoint);

struct StoredCosignature {
    std::uint64_t size = 0;
    std::string witness;
    std::string text;
    std::string line;
    std::int64_t at = 0;
};
std::vector<StoredCosignature> list_cosignatures(db::Session& session, std::uint64_t size);
/// The largest size that a witness has signed; 0 = none.
std::uint64_t find_witnessed_size(db::Session& session);
ledger::RowChange insert_cosignature(const StoredCosignature& cosignature);

}  // namespace motcua::transparency
