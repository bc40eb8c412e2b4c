// The receipt that proves: one event as the log has it, the members of its data that may be shown, the way from the
// leaf to a signed checkpoint. A JSON file that anybody checks without us (motcua verify receipt). The rest of the data
// stays hidden behind digests, so that the file says no more about a person than the paper receipt.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transparency/log.hpp"

namespace motcua::transparency {

/// Reasons: "transparency.not_logged" when the sequencer has not come to the event yet (a second at most).
Result<json::object> make_receipt(Log& log, db::Session& session, std::int64_t position,
                                  std::span<const std::string_view> shown_members);

struct CheckedReceipt {
    Entry entry;
    json::object shown;  // members of the event's data
    merkle::Checkpoint checkpoint;
    merkle::VerifierKey key;
    std::vector<std::string> witnesses;  // names of given witness keys that signed
};
/// Checks everything in the file: that what it shows is in the entry, the entry in the tree, the tree signed.
/// `trusted`: the log's key as known from elsewhere; without it the key in the file is taken, and whoever made the file
/// could have made the key. Reasons: malformed "transparency.receipt_malformed" {what}; invalid
/// "transparency.receipt_altered" {what}, "transparency.key_differs" {name}; those of merkle.
Result<CheckedReceipt> check_receipt(std::string_view file, const std::optional<merkle::VerifierKey>& trusted,
                                     const std::vector<merkle::VerifierKey>& witnesses);

}  // namespace motcua::transparency
