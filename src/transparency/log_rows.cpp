#include "transparency/log_rows.hpp"

#include "base/check.hpp"

namespace motcua::transparency {

namespace {

using db::Row;
using db::Statement;
using db::Values;

constexpr Statement select_last_leaf{"log.last_leaf", "SELECT position FROM log_leaf ORDER BY position DESC LIMIT 1"};
constexpr Statement select_leaves{
    "log.leaves", "SELECT position, hash, secret, salts FROM log_leaf WHERE position > $1 ORDER BY position LIMIT $2"};
constexpr Statement insert_leaf_row{"log.insert_leaf",
                                    "INSERT INTO log_leaf (position, hash, secret, salts) VALUES ($1, $2, $3, $4)"};
constexpr Statement select_leaf_hashes{
    "log.leaf_hashes", "SELECT hash FROM log_leaf WHERE position > $1 AND position <= $2 ORDER BY position LIMIT 256"};
constexpr Statement insert_node_row{"log.insert_node", "INSERT INTO log_node (level, place, hash) VALUES ($1, $2, $3)"};
constexpr Statement select_nodes{
    "log.nodes", "SELECT hash FROM log_node WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place LIMIT 256"};
constexpr Statement select_erasure{"log.erasure", "SELECT at, rule, openings FROM event_erasure WHERE position = $1"};
constexpr Statement insert_erasure_row{
    "log.insert_erasure", "INSERT INTO event_erasure (position, at, rule, openings) VALUES ($1, $2, $3, $4)"};
constexpr Statement update_erasure_row{
    "log.update_erasure", "UPDATE event_erasure SET at = $2, rule = $3, openings = $4 WHERE position = $1"};
constexpr Statement clear_secret{"log.clear_secret", "UPDATE log_leaf SET secret = NULL WHERE position = $1"};
constexpr Statement select_checkpoints{
    "log.checkpoints", "SELECT day, size, note FROM log_checkpoint WHERE day >= $1 ORDER BY day LIMIT $2"};
constexpr Statement select_last_checkpoint{"log.last_checkpoint",
                                           "SELECT day, size, note FROM log_checkpoint ORDER BY day DESC LIMIT 1"};
constexpr Statement upsert_checkpoint_row{"log.upsert_checkpoint", R"(
    INSERT INTO log_checkpoint (day, size, note) VALUES ($1, $2, $3)
    ON CONFLICT (day) DO UPDATE SET size = excluded.size, note = excluded.note
    WHERE log_checkpoint.size < excluded.size)"};
constexpr Statement select_cosignatures{
    "log.cosignatures",
    "SELECT size, witness, text, line, at FROM log_cosignature WHERE size = $1 ORDER BY witness LIMIT 100"};
constexpr Statement select_witnessed{"log.witnessed",
                                     "SELECT size FROM log_cosignature ORDER BY size DESC, witness LIMIT 1"};
constexpr Statement insert_cosignature_row{"log.insert_cosignature", R"(
    INSERT INTO log_cosignature (size, witness, text, line, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (size, witness) DO NOTHING)"};

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

merkle::Hash map_hash(const Row& row, int column) {
    const auto hash = merkle::to_hash(row.text(column));
    if (!hash) throw Fault("ledger.corrupt", "a hash of the transparency log is not 32 bytes long");
    return *hash;
}

db::Value blob(const merkle::Hash& hash) { return db::Blob{std::string(hash.view())}; }

StoredCheckpoint map_checkpoint(const Row& row) {
    return {row.int64(0), static_cast<std::uint64_t>(row.int64(1)), std::string(row.text(2))};
}

}  // namespace

std::uint64_t count_leaves(db::Session& session) {
    return static_cast<std::uint64_t>(
        session.find_one(select_last_leaf, {}, [](const Row& row) { return row.int64(0); }).value_or(0));
}

std::vector<Leaf> list_leaves(db::Session& session, std::int64_t after_position, int limit) {
    return session.list(select_leaves, {after_position, std::int64_t{limit}}, [](const Row& row) {
        return Leaf{row.int64(0), map_hash(row, 1), {static_cast<SaltRule>(row.int64(3)), std::string(row.text(2))}};
    });
}

ledger::RowChange insert_leaf(const Leaf& leaf) {
    return {&insert_leaf_row,
            {leaf.position, blob(leaf.hash), db::Blob{leaf.secret.bytes}, static_cast<std::int64_t>(leaf.secret.rule)},
            {},
            1};
}

ledger::RowChange insert_node(int level, std::uint64_t place, const merkle::Hash& hash) {
    return {&insert_node_row, {std::int64_t{level}, number(place), blob(hash)}, {}, 1};
}

std::vector<merkle::Hash> read_tile(db::Session& session, const merkle::TileName& name) {
    const auto first = number(name.index * merkle::tile_width);
    const auto end = first + number(name.width);
    const auto map = [](const Row& row) { return map_hash(row, 0); };
    if (name.level == 0) return session.list(select_leaf_hashes, {first, end}, map);
    return session.list(select_nodes, {std::int64_t{name.level}, first, end}, map);
}

std::optional<Erasure> find_erasure(db::Session& session, std::int64_t position) {
    return session.find_one(select_erasure, {position}, [](const Row& row) {
        return Erasure{row.int64(0), std::string(row.text(1)), std::string(row.text(2))};
    });
}

void insert_erasure(db::WriteSession& session, std::int64_t position, const Erasure& erasure) {
    session.execute(insert_erasure_row, Values{position, erasure.at_ms, erasure.rule, erasure.openings});
}

void update_erasure(db::WriteSession& session, std::int64_t position, const Erasure& erasure) {
    session.execute(update_erasure_row, Values{position, erasure.at_ms, erasure.rule, erasure.openings});
}

void forget_secret(db::WriteSession& session, std::int64_t position) {
    session.execute(clear_secret, Values{position});
}

std::vector<StoredCheckpoint> list_checkpoints(db::Session& session, std::int64_t from_day, int limit) {
    return session.list(select_checkpoints, {from_day, std::int64_t{limit}}, map_checkpoint);
}

std::optional<StoredCheckpoint> find_last_checkpoint(db::Session& session) {
    return session.find_one(select_last_checkpoint, {}, map_checkpoint);
}

ledger::RowChange upsert_checkpoint(const StoredCheckpoint& checkpoint) {
    return {&upsert_checkpoint_row, {checkpoint.day, number(checkpoint.size), checkpoint.note}, {}, -1};
}

std::vector<StoredCosignature> list_cosignatures(db::Session& session, std::uint64_t size) {
    return session.list(select_cosignatures, {number(size)}, [](const Row& row) {
        return StoredCosignature{static_cast<std::uint64_t>(row.int64(0)), std::string(row.text(1)),
                                 std::string(row.text(2)), std::string(row.text(3)), row.int64(4)};
    });
}

std::uint64_t find_witnessed_size(db::Session& session) {
    return static_cast<std::uint64_t>(
        session.find_one(select_witnessed, {}, [](const Row& row) { return row.int64(0); }).value_or(0));
}

ledger::RowChange insert_cosignature(const StoredCosignature& cosignature) {
    return {&insert_cosignature_row,
            {number(cosignature.size), cosignature.witness, cosignature.text, cosignature.line, cosignature.at},
            {},
            -1};
}

}  // namespace motcua::transparency
