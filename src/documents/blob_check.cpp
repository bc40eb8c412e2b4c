#include "documents/blob_check.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "db/db.hpp"
#include "documents/documents.hpp"

namespace motcua::documents {

namespace {

constexpr db::Statement select_after{"documents.select_after",
                                     "SELECT id, bytes, sha256 FROM document WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr std::int64_t batch = 1000;

/// Enough of a key to know a blob as referred to; a chance match (one in 10^12 for a million) keeps an orphan.
std::uint64_t front(const BlobKey& key) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | key.bytes[i];
    return value;
}

struct Reference {
    DocumentId id;
    std::int64_t bytes;
    BlobKey key;
};

enum class State { sound, missing, damaged };

State look(BlobStore& store, const Reference& reference, Depth depth) {
    if (depth == Depth::presence) return store.contains(reference.key) ? State::sound : State::missing;
    try {
        const auto content = store.find(reference.key);
        if (!content) return State::missing;
        return static_cast<std::int64_t>(content->size()) == reference.bytes ? State::sound : State::damaged;
    } catch (const Fault&) {
        return State::damaged;
    }
}

}  // namespace

BlobReport check_blobs(db::Session& session, BlobStore& store, Instant now, Depth depth) {
    BlobReport report;
    std::vector<std::uint64_t> known;
    for (std::int64_t after = 0;;) {
        const auto references = session.list(select_after, {after, batch}, [](const db::Row& row) {
            Reference reference{DocumentId{row.int64(0)}, row.int64(1), {}};
            const std::string_view key = row.text(2);
            std::copy_n(key.begin(), std::min(key.size(), reference.key.bytes.size()), reference.key.bytes.begin());
            return reference;
        });
        if (references.empty()) break;
        after = references.back().id.value;
        report.documents += static_cast<std::int64_t>(references.size());
        for (const Reference& reference : references) {
            known.push_back(front(reference.key));
            const State state = look(store, reference, depth);
            if (state == State::missing) report.missing.push_back(reference.id);
            if (state == State::damaged) report.damaged.push_back(reference.id);
        }
    }
    std::ranges::sort(known);
    store.each([&](const BlobKey& key, std::int64_t bytes, Instant written) {
        ++report.blobs;
        if (now - written < orphan_grace || std::ranges::binary_search(known, front(key))) return;
        report.orphans.push_back(key);
        report.orphan_bytes += bytes;
    });
    return report;
}

}  // namespace motcua::documents
