// The transparency log: every event of the ledger a leaf, in order of position, put there by a follower (the sequencer)
// within milliseconds of its commit. Leaves, nodes and the follower's cursor are written in one transaction, and a
// checkpoint is signed only over leaves that are on the disk: a crash never makes the tree shrink or fork.
// Owns tables log_leaf, log_node, log_checkpoint, log_cosignature. Costs the commit path nothing: the secrets that salt
// the commitments are drawn by the sequencer. Leaves out the format (entry.hpp), receipts and routes.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ledger/follower.hpp"
#include "merkle/note.hpp"
#include "merkle/tiles.hpp"
#include "transparency/entry.hpp"

namespace motcua::transparency {

/// The follower that appends leaves: about 79 bytes and 10 µs an event. The database outlives it.
std::unique_ptr<ledger::Follower> make_sequencer(db::Database& database, Random& random);

/// The openings of an event whose leaf is in the log; what was erased has digests. Reason not_found
/// "transparency.not_logged" when the sequencer has not come to it yet. Fault "ledger.corrupt".
Result<Openings> find_openings(db::Session& session, const RawEvent& event);

/// The event itself and its openings. Reasons: "transparency.not_logged" for an event that there is not (yet).
struct LoggedEvent {
    RawEvent event;
    Openings openings;
};
Result<LoggedEvent> get_logged_event(db::Session& session, std::int64_t position);

/// A tree of a given size as the database has it; for proofs. The session outlives it.
merkle::TileNodes stored_nodes(db::Session& session, std::uint64_t size);

class Log {
  public:
    explicit Log(merkle::SigningKey key) : key_(std::move(key)) {}

    const merkle::VerifierKey& key() const { return key_.verifier; }

    /// The newest checkpoint. Thread safe; costs reading the new leaves' hashes and 50 µs once for each new size.
    merkle::Checkpoint checkpoint(db::Session& session);
    /// The checkpoint of an earlier size; size <= leaves.
    merkle::Checkpoint checkpoint_at(db::Session& session, std::uint64_t size) const;
    /// Signed, with the witnesses' lines for that size.
    std::string signed_note(db::Session& session, const merkle::Checkpoint& checkpoint) const;

    /// Bytes of a tile or bundle; nullopt when the tree does not have (all of) it.
    std::optional<std::string> find_tile(db::Session& session, const merkle::TileName& name) const;
    /// The entries of events `first` on (from 1), at most `limit`, fewer when the log ends.
    std::vector<std::string> list_entries(db::Session& session, std::int64_t first, int limit) const;

    /// What a witness hands in: one of our checkpoints with its lines. Answers the rows that store those of known
    /// witnesses. Reasons of merkle::parse_note and parse_checkpoint; invalid "transparency.not_our_checkpoint" when we
    /// never had such a tree, "transparency.witness_unknown" when no line is of a known witness.
    Result<std::vector<ledger::RowChange>> accept_cosignatures(db::Session& session, std::string_view note,
                                                               const std::vector<merkle::VerifierKey>& witnesses);

    /// Stores today's checkpoint, over and over until the day is over.
    Result<void> record(db::Database& database, ledger::Committer& committer, Instant now);
    /// What is wrong between the stored checkpoint and the tree, a sentence; empty when nothing is.
    std::string find_fork(db::Session& session) const;

  private:
    merkle::SigningKey key_;
    std::mutex mutex_;
    merkle::Frontier frontier_;
};

}  // namespace motcua::transparency
