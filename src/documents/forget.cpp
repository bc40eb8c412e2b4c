#include "documents/forget.hpp"

#include <cstring>

#include "db/db.hpp"

namespace motcua::documents {

namespace {

constexpr db::Statement select_keys{"document.keys",
                                    "SELECT sha256 FROM document WHERE dossier_id = $1 ORDER BY id LIMIT 10000"};
constexpr db::Statement delete_rows{"document.delete_all", "DELETE FROM document WHERE dossier_id = $1"};
constexpr db::Statement select_named{"document.named", "SELECT 1 FROM document WHERE sha256 = $1 LIMIT 1"};

std::string bytes_of(const BlobKey& key) { return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}; }

}  // namespace

std::vector<BlobKey> delete_document_rows(db::WriteSession& session, DossierId dossier) {
    auto keys = session.list(select_keys, {dossier.value}, [](const db::Row& row) {
        BlobKey key;
        const std::string_view bytes = row.text(0);
        std::memcpy(key.bytes.data(), bytes.data(), std::min(bytes.size(), key.bytes.size()));
        return key;
    });
    session.execute(delete_rows, db::Values{dossier.value});
    return keys;
}

int remove_unnamed_blobs(db::Session& session, BlobStore& store, const std::vector<BlobKey>& keys) {
    int removed = 0;
    for (const BlobKey& key : keys) {
        const bool named =
            session.find_one(select_named, {db::Blob{bytes_of(key)}}, [](const db::Row&) { return true; }).has_value();
        if (named) continue;
        store.remove(key);
        ++removed;
    }
    return removed;
}

}  // namespace motcua::documents
