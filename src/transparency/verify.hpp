// Checks of a whole ledger that trust nothing but the log's key: of a database (every event recomputed against its
// leaf) and of a published log (tiles and entries, wherever they lie). Both compare with checkpoints that somebody has
// kept, which is how a shortened or rewritten history comes to light even when everything inside was made to fit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "transparency/log.hpp"

namespace motcua::transparency {

struct LedgerVerdict {
    std::uint64_t events = 0;       // looked at
    std::uint64_t unsequenced = 0;  // behind the log's last leaf: not covered by it yet
    std::uint64_t erased = 0;       // events that lost personal data, by rule
    std::uint64_t checkpoints = 0;  // compared, stored and kept ones
    std::optional<merkle::Checkpoint> head;
    std::optional<std::int64_t> first_false;  // position of the first event that is not what was logged
    std::vector<std::string> faults;          // sentences in English, at most 100
    bool sound() const { return faults.empty(); }
};
json::object to_json(const LedgerVerdict& verdict);

/// A checkpoint that was kept, with where it comes from, for the sentences.
struct KeptCheckpoint {
    std::string source;
    std::string note;
};

/// Reads the whole ledger once and hashes it as the sequencer did. `key`: of the log; without it signatures are not
/// looked at.
LedgerVerdict verify_database(db::Database& database, const std::optional<merkle::VerifierKey>& key,
                              const std::vector<KeptCheckpoint>& kept);

/// Answers a file of the log ("checkpoint", "tile/0/000"); a refusal ends the check.
using FetchFile = std::function<Result<std::string>(const std::string& path)>;

/// Reads a published log whole: entries and leaf hashes. Without `key` the log's own ("key") is believed. Refusals are
/// those of `fetch`, and of the checkpoint's form.
Result<LedgerVerdict> verify_published(const FetchFile& fetch, std::optional<merkle::VerifierKey> key,
                                       const std::vector<KeptCheckpoint>& kept);

}  // namespace motcua::transparency
