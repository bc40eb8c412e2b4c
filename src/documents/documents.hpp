// Files that belong to a dossier: accepting an upload, its row, reading it back, the answer that hands it out.
// Who may attach or read is the dossier's rule; call these after it has said yes.
//
//   auto document = TRY(accept_upload(store, ids, limits, find_usage(db, dossier), upload, {dossier, "GT01", actor,
//   now})); write_set.rows.push_back(insert_document_row(document));      // blob first, row after: a row never lacks
//   its blob
//
// Owns table document. Leaves out the bytes (blob_store.hpp) and what is wrong between both (blob_check.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "documents/blob_store.hpp"
#include "documents/file_kind.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "ledger/ledger.hpp"

namespace motcua::documents {

struct Limits {
    std::int64_t file_bytes_max = 10 << 20;
    std::int64_t dossier_bytes_max = 200 << 20;
    std::int64_t dossier_files_max = 200;
};

struct Document {
    DocumentId id;
    DossierId dossier;
    std::string component;  // code of the dossier component it is for
    std::string name;
    std::string media_type;
    std::int64_t bytes = 0;
    BlobKey sha256;
    std::string uploaded_by;  // actor, "person:<id>"
    Instant at;
    std::optional<Instant> removed_at;  // taken back by who filed it; the row stays
};

/// What a dossier holds already, without what was removed.
struct Usage {
    std::int64_t files = 0;
    std::int64_t bytes = 0;
};

struct Purpose {
    DossierId dossier;
    std::string_view component;
    std::string_view uploaded_by;
    Instant at;
};

/// Checks name, size and kind and writes the blob, durable when it returns. Blocking (a sync of the disk): call it in a
/// route with `slow`. Called twice for the same bytes it gives two documents and one blob. Reasons: those of
/// detect_kind, clean_file_name, agree_on_kind; too_large "document.too_large" {name, limit},
/// "document.dossier_too_large" {limit}, "document.dossier_too_many" {limit}. Faults as BlobStore.
Result<Document> accept_upload(BlobStore& store, IdMaker& ids, const Limits& limits, const Usage& usage,
                               const http::Upload& upload, const Purpose& purpose);
/// The same for a file that the program has made or fetched itself.
Result<Document> accept_bytes(BlobStore& store, IdMaker& ids, const Limits& limits, const Usage& usage,
                              std::string_view name, std::string_view bytes, const Purpose& purpose);

ledger::RowChange insert_document_row(const Document& document);
/// One row, or the write set is a conflict: it belongs to another dossier or was removed already.
ledger::RowChange remove_document_row(DocumentId document, DossierId dossier, Instant at);

std::optional<Document> find_document(db::Session& session, DocumentId id);
/// Without removed ones; by time.
std::vector<Document> list_documents(db::Session& session, DossierId dossier, std::int64_t limit = 1000);
Usage find_usage(db::Session& session, DossierId dossier);

/// The content. Fault "blob.missing" when the store has lost it.
std::string open_document(BlobStore& store, const Document& document);

/// Hands the content out as a file to be saved: never shown in the page, never sniffed, never run (CSP sandbox), ETag =
/// content hash, kept by the reader's own browser only.
http::Response download_response(BlobStore& store, const Document& document);

/// For events and API answers: id, component, name, media_type, bytes, sha256, uploaded_by, at.
json::object to_json(const Document& document);
/// What to_json made (a rebuild from events); nullopt when it is something else.
std::optional<Document> read_document(const json::object& object, DossierId dossier);

}  // namespace motcua::documents
