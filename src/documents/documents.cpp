#include "documents/documents.hpp"

#include "base/check.hpp"

namespace motcua::documents {

namespace {

using db::Row;
using db::Statement;

constexpr Statement insert_document{"documents.insert", R"(
    INSERT INTO document (id, dossier_id, component, name, media_type, bytes, sha256, uploaded_by, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))"};
constexpr Statement remove_document{"documents.remove", R"(
    UPDATE document SET removed_at = $3 WHERE id = $1 AND dossier_id = $2 AND removed_at IS NULL)"};
constexpr Statement select_document{"documents.select", R"(
    SELECT id, dossier_id, component, name, media_type, bytes, sha256, uploaded_by, at, removed_at
    FROM document WHERE id = $1)"};
constexpr Statement select_of_dossier{"documents.select_of_dossier", R"(
    SELECT id, dossier_id, component, name, media_type, bytes, sha256, uploaded_by, at, removed_at
    FROM document WHERE dossier_id = $1 AND removed_at IS NULL ORDER BY id LIMIT $2)"};
constexpr Statement select_usage{"documents.select_usage", R"(
    SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM document WHERE dossier_id = $1 AND removed_at IS NULL)"};

Instant instant(std::int64_t ms) { return Instant{std::chrono::milliseconds{ms}}; }
std::int64_t milliseconds(Instant at) { return at.time_since_epoch().count(); }

db::Blob to_blob(const BlobKey& key) {
    return {std::string(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size())};
}

Document to_document(const Row& row) {
    Document document;
    document.id = DocumentId{row.int64(0)};
    document.dossier = DossierId{row.int64(1)};
    document.component = row.text(2);
    document.name = row.text(3);
    document.media_type = row.text(4);
    document.bytes = row.int64(5);
    const std::string_view key = row.text(6);
    CHECK(key.size() == document.sha256.bytes.size(), "document {} has a hash of {} bytes", row.int64(0), key.size());
    std::copy(key.begin(), key.end(), document.sha256.bytes.begin());
    document.uploaded_by = row.text(7);
    document.at = instant(row.int64(8));
    if (auto removed = row.find_int64(9)) document.removed_at = instant(*removed);
    return document;
}

Result<Document> accept(BlobStore& store, IdMaker& ids, const Limits& limits, const Usage& usage,
                        std::string_view raw_name, std::string_view declared_type, std::string_view bytes,
                        const Purpose& purpose) {
    std::string name = TRY(clean_file_name(raw_name));
    const auto size = static_cast<std::int64_t>(bytes.size());
    const auto megabytes = [](std::int64_t limit) { return std::to_string(limit >> 20); };
    if (size > limits.file_bytes_max)
        return fail(Errc::too_large, "document.too_large",
                    {{"name", name}, {"limit", megabytes(limits.file_bytes_max)}});
    const FileKind kind = TRY(detect_kind(name, bytes));
    name = TRY(agree_on_kind(std::move(name), declared_type, kind));
    if (usage.bytes + size > limits.dossier_bytes_max)
        return fail(Errc::too_large, "document.dossier_too_large", {{"limit", megabytes(limits.dossier_bytes_max)}});
    if (usage.files >= limits.dossier_files_max)
        return fail(Errc::too_large, "document.dossier_too_many",
                    {{"limit", std::to_string(limits.dossier_files_max)}});
    Document document;
    document.id = ids.make<DocumentId>();
    document.dossier = purpose.dossier;
    document.component = purpose.component;
    document.name = std::move(name);
    document.media_type = info_of(kind).media_type;
    document.bytes = size;
    document.sha256 = hash_blob(bytes);
    document.uploaded_by = purpose.uploaded_by;
    document.at = purpose.at;
    store.put(document.sha256, bytes);
    return document;
}

}  // namespace

Result<Document> accept_upload(BlobStore& store, IdMaker& ids, const Limits& limits, const Usage& usage,
                               const http::Upload& upload, const Purpose& purpose) {
    return accept(store, ids, limits, usage, upload.file_name, upload.content_type, upload.bytes, purpose);
}

Result<Document> accept_bytes(BlobStore& store, IdMaker& ids, const Limits& limits, const Usage& usage,
                              std::string_view name, std::string_view bytes, const Purpose& purpose) {
    return accept(store, ids, limits, usage, name, {}, bytes, purpose);
}

ledger::RowChange insert_document_row(const Document& document) {
    return {&insert_document,
            {document.id.value, document.dossier.value, document.component, document.name, document.media_type,
             document.bytes, to_blob(document.sha256), document.uploaded_by, milliseconds(document.at)},
            {},
            1};
}

ledger::RowChange remove_document_row(DocumentId document, DossierId dossier, Instant at) {
    return {&remove_document, {document.value, dossier.value, milliseconds(at)}, {}, 1};
}

std::optional<Document> find_document(db::Session& session, DocumentId id) {
    return session.find_one(select_document, {id.value}, to_document);
}

std::vector<Document> list_documents(db::Session& session, DossierId dossier, std::int64_t limit) {
    return session.list(select_of_dossier, {dossier.value, limit}, to_document);
}

Usage find_usage(db::Session& session, DossierId dossier) {
    return session
        .find_one(select_usage, {dossier.value},
                  [](const Row& row) {
                      return Usage{row.int64(0), row.int64(1)};
                  })
        .value_or(Usage{});
}

std::string open_document(BlobStore& store, const Document& document) {
    auto content = store.find(document.sha256);
    if (!content) throw Fault("blob.missing", "document " + to_string(document.id) + " has no blob");
    return *std::move(content);
}

http::Response download_response(BlobStore& store, const Document& document) {
    http::Response response = http::Response::bytes(document.media_type, open_document(store, document));
    response.download(document.name);
    response.header("ETag", "\"" + to_hex(document.sha256) + "\"");
    // Beside what the dispatcher sends with all data: default-src 'none', nosniff, same-origin.
    response.header("Content-Security-Policy", "sandbox");
    response.header("Cache-Control", "private, no-cache");
    return response;
}

json::object to_json(const Document& document) {
    return {
        {"id", to_string(document.id)},        {"component", document.component}, {"name", document.name},
        {"media_type", document.media_type},   {"bytes", document.bytes},         {"sha256", to_hex(document.sha256)},
        {"uploaded_by", document.uploaded_by}, {"at", format_iso(document.at)}};
}

std::optional<Document> read_document(const json::object& object, DossierId dossier) {
    const auto id = parse_id(find_string(object, "id").value_or(""));
    const auto key = parse_blob_key(find_string(object, "sha256").value_or(""));
    const auto bytes = find_int(object, "bytes");
    const auto at = parse_iso(find_string(object, "at").value_or(""));
    if (!id || !key || !bytes || !at) return std::nullopt;
    Document document;
    document.id = DocumentId{*id};
    document.dossier = dossier;
    document.component = string_or(object, "component");
    document.name = string_or(object, "name");
    document.media_type = string_or(object, "media_type");
    document.bytes = *bytes;
    document.sha256 = *key;
    document.uploaded_by = string_or(object, "uploaded_by");
    document.at = *at;
    return document;
}

}  // namespace motcua::documents
