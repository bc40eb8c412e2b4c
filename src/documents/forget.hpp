// Files of a dossier whose personal data is erased: their rows go, and the bytes when no other row has them.
#pragma once

#include <vector>

#include "base/ids.hpp"
#include "documents/blob_store.hpp"

namespace motcua::db {
class Session;
class WriteSession;
}  // namespace motcua::db

namespace motcua::documents {

/// Deletes the rows; answers which blobs they named.
std::vector<BlobKey> delete_document_rows(db::WriteSession& session, DossierId dossier);
/// After that is durable: removes those of the blobs that no row names any more; answers how many.
int remove_unnamed_blobs(db::Session& session, BlobStore& store, const std::vector<BlobKey>& keys);

}  // namespace motcua::documents
