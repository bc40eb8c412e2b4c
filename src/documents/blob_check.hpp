// What is wrong between rows and blobs, for `motcua doctor`: rows whose blob is gone or damaged, blobs without a row.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "documents/blob_store.hpp"

namespace motcua::db {
class Session;
}

namespace motcua::documents {

enum class Depth {
    presence,  // blob there: one look at the file system a document
    content,   // every byte is read and compared with its hash
};

struct BlobReport {
    std::int64_t documents = 0;
    std::int64_t blobs = 0;
    std::vector<DocumentId> missing;
    std::vector<DocumentId> damaged;
    std::vector<BlobKey> orphans;  // written before the grace time and named by no row
    std::int64_t orphan_bytes = 0;
    bool sound() const { return missing.empty() && damaged.empty(); }
};

/// A blob is written before its row is committed: younger ones are left alone.
inline constexpr std::chrono::hours orphan_grace{24};

/// Holds 8 bytes a document in memory.
BlobReport check_blobs(db::Session& session, BlobStore& store, Instant now, Depth depth);

}  // namespace motcua::documents
