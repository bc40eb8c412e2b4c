// Blob store, uploads, rows, hand-out and the check between rows and blobs.
#include "documents/documents.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/check.hpp"
#include "db/migrate.hpp"
#include "db/test_database.hpp"
#include "db/test_directory.hpp"
#include "documents/blob_check.hpp"
#include "documents/blob_keys.hpp"
#include "documents/full_disk.hpp"
#include "documents/test_files.hpp"
#include "http/testing.hpp"
#include "ledger/committer.hpp"

namespace motcua::documents {
namespace {

namespace fs = std::filesystem;

const Instant noon = parse_iso("2023-02-23T12:00:00+07:00").value();

std::size_t count_files(const fs::path& folder) {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) files += entry.is_regular_file();
    return files;
}

class Documents : public testing::Test {
  protected:
    Documents() {
        CHECK(db::migrate(*database, Instant{}));
        committer = ledger::make_committer(*database);
    }
    ~Documents() override { committer->stop(); }

    Result<Document> upload(std::string name, std::string type, std::string bytes, Limits limits = {}) {
        http::Upload file{"file", std::move(name), std::move(type), std::move(bytes)};
        return accept_upload(*store, ids, limits, find_usage(*database->reader(), dossier), file,
                             {dossier, "GT01", "person:1", noon});
    }
    Result<ledger::Committed> commit(ledger::RowChange row) {
        ledger::WriteSet write;
        write.meta.at = noon;
        write.rows.push_back(std::move(row));
        return committer->commit(std::move(write));
    }
    Document keep(std::string name, std::string bytes) {
        Document document = upload(std::move(name), "", std::move(bytes)).value();
        CHECK(commit(insert_document_row(document)));
        return document;
    }
    fs::path place(const Document& document) const {
        const std::string hex = to_hex(document.sha256);
        return directory.path() / "blobs" / hex.substr(0, 2) / hex.substr(2);
    }

    TestDirectory directory;
    ManualClock clock{noon};
    SeededRandom random{1};
    IdMaker ids{clock, random};
    std::unique_ptr<db::Database> database = db::open_test_database();
    std::unique_ptr<ledger::Committer> committer;
    std::unique_ptr<BlobStore> store = open_blob_directory(directory.path() / "blobs");
    DossierId dossier{42};
};

TEST(Blobs, KeyIsTheSha256OfTheContent) {
    EXPECT_EQ(to_hex(hash_blob("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(parse_blob_key(to_hex(hash_blob("abc"))), hash_blob("abc"));
    EXPECT_FALSE(parse_blob_key("abc"));
    EXPECT_FALSE(parse_blob_key(std::string(64, 'G')));
}

TEST_F(Documents, AnUploadBecomesABlobAndARow) {
    const std::string bytes = test_files::pdf();
    const Document document = keep("..\\Tờ khai.pdf", bytes);
    EXPECT_EQ(document.name, "Tờ khai.pdf");
    EXPECT_EQ(document.media_type, "application/pdf");
    auto found = find_document(*database->reader(), document.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(to_json(*found), to_json(document));
    EXPECT_EQ(found->dossier, dossier);
    EXPECT_EQ(open_document(*store, *found), bytes);
    EXPECT_TRUE(fs::is_regular_file(place(document)));
    EXPECT_EQ(fs::status(place(document)).permissions() & fs::perms::others_all, fs::perms::none);
    EXPECT_EQ(count_files(directory.path() / "blobs" / "tmp"), 0u);
    auto rebuilt = read_document(to_json(document), dossier);
    ASSERT_TRUE(rebuilt);
    EXPECT_EQ(to_json(*rebuilt), to_json(document));
    EXPECT_FALSE(read_document({{"id", "x"}}, dossier));
}

TEST_F(Documents, TheSameBytesAreKeptOnce) {
    keep("a.png", test_files::png());
    keep("b.png", test_files::png());
    EXPECT_EQ(count_files(directory.path() / "blobs"), 1u);
    EXPECT_EQ(list_documents(*database->reader(), dossier).size(), 2u);
    EXPECT_EQ(list_documents(*database->reader(), dossier, 1).size(), 1u);
    EXPECT_TRUE(list_documents(*database->reader(), DossierId{43}).empty());
}

TEST_F(Documents, RemovedOnceAndOnlyFromItsOwnDossier) {
    const Document document = keep("a.png", test_files::png());
    EXPECT_EQ(commit(remove_document_row(document.id, DossierId{43}, noon)).error().reason, "ledger.version_conflict");
    ASSERT_TRUE(commit(remove_document_row(document.id, dossier, noon)));
    EXPECT_EQ(commit(remove_document_row(document.id, dossier, noon)).error().reason, "ledger.version_conflict");
    EXPECT_TRUE(list_documents(*database->reader(), dossier).empty());
    EXPECT_EQ(find_document(*database->reader(), document.id)->removed_at, noon);
    EXPECT_EQ(find_usage(*database->reader(), dossier).files, 0);
}

TEST_F(Documents, RefusalsNameTheirReasonAndKeepNothing) {
    Limits small;
    small.file_bytes_max = 1 << 20;
    auto too_large = upload("a.pdf", "application/pdf", std::string((1 << 20) + 1, 'x'), small);
    EXPECT_EQ(too_large.error().reason, "document.too_large");
    EXPECT_EQ(too_large.error().code, Errc::too_large);
    EXPECT_EQ(too_large.error().params, (std::vector<Param>{{"name", "a.pdf"}, {"limit", "1"}}));
    EXPECT_EQ(upload("a.pdf", "", "").error().reason, "document.empty");
    EXPECT_EQ(upload("a.exe", "", "MZ").error().reason, "document.kind_not_allowed");
    EXPECT_EQ(upload("a.png", "image/png", test_files::pdf()).error().reason, "document.kind_mismatch");
    EXPECT_EQ(upload("", "", test_files::pdf()).error().reason, "document.name_invalid");
    EXPECT_EQ(count_files(directory.path() / "blobs"), 0u);
}

TEST_F(Documents, ADossierHasLimitsOfItsOwn) {
    keep("a.png", test_files::png());
    Limits limits;
    limits.dossier_files_max = 1;
    EXPECT_EQ(upload("b.pdf", "", test_files::pdf(), limits).error().reason, "document.dossier_too_many");
    limits = {};
    limits.dossier_bytes_max = find_usage(*database->reader(), dossier).bytes + 10;
    EXPECT_EQ(upload("b.pdf", "", test_files::pdf(), limits).error().reason, "document.dossier_too_large");
}

TEST_F(Documents, AreHandedOutToBeSavedAndNeverRun) {
    const Document document = keep("Giấy \"khai sinh\".pdf", test_files::pdf());
    http::Router router;
    router.query("GET", "/file", http::permission::open, {.summary = "File", .media = "application/octet-stream"},
                 [&](http::Context&, const http::Request&) -> Result<http::Response> {
                     return download_response(*store, document);
                 });
    http::VisitorsOnly nobody;
    http::testing::Client client(router, nobody, clock, ids, random, *database, *committer);
    const auto answer = client.get("/file");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, test_files::pdf());
    EXPECT_EQ(answer.headers.get("Content-Type"), "application/pdf");
    EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.headers.get("Cache-Control"), "private, no-cache");
    std::string policies;
    for (const http::NameValue& header : answer.headers.all())
        if (header.name == "Content-Security-Policy") policies += header.value + "; ";
    EXPECT_NE(policies.find("sandbox"), std::string::npos) << policies;
    EXPECT_NE(policies.find("default-src 'none'"), std::string::npos) << policies;
    const auto disposition = answer.headers.get("Content-Disposition");
    EXPECT_TRUE(disposition.starts_with("attachment; filename=\"Giay _khai sinh_.pdf\"")) << disposition;
    EXPECT_NE(disposition.find("filename*=UTF-8''Gi%E1%BA%A5y%20_khai%20sinh_.pdf"), std::string_view::npos)
        << disposition;
    const std::string tag(answer.headers.get("ETag"));
    EXPECT_EQ(tag, "\"" + to_hex(document.sha256) + "\"");
    EXPECT_EQ(client.get("/file", {{"If-None-Match", tag}}).status, 304);
}

TEST_F(Documents, AFullDiskLeavesNothingBehind) {
    std::string reason;
    try {
        const FullDisk disk(100'000);
        (void)upload("a.pdf", "", test_files::pdf(std::string(300'000, ' ')));
    } catch (const Fault& fault) {
        reason = fault.reason();
    }
    EXPECT_EQ(reason, "blob.disk_full");
    EXPECT_EQ(count_files(directory.path() / "blobs"), 0u);
    keep("a.pdf", test_files::pdf(std::string(300'000, ' ')));
}

TEST_F(Documents, ManyWritersOfTheSameBytes) {
    const std::string bytes = test_files::pdf(std::string(50'000, 'x'));
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n) store->put(hash_blob(bytes), bytes);
        });
    threads.clear();
    EXPECT_EQ(store->find(hash_blob(bytes)), bytes);
    EXPECT_EQ(count_files(directory.path() / "blobs"), 1u);
}

TEST_F(Documents, ABlobThatWasCutShortIsWrittenAgain) {
    const Document document = keep("a.pdf", test_files::pdf());
    fs::resize_file(place(document), 10);
    EXPECT_THROW(open_document(*store, document), Fault);
    keep("b.pdf", test_files::pdf());
    EXPECT_EQ(open_document(*store, document), test_files::pdf());
}

TEST_F(Documents, LeftoversOfAnInterruptedWriteGoAfterADay) {
    const fs::path young = directory.path() / "blobs/tmp/1-1", old = directory.path() / "blobs/tmp/1-2";
    std::ofstream(young) << "half";
    std::ofstream(old) << "half";
    fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(25));
    store = open_blob_directory(directory.path() / "blobs");
    EXPECT_TRUE(fs::exists(young));
    EXPECT_FALSE(fs::exists(old));
}

TEST_F(Documents, TheCheckFindsWhatIsMissingDamagedOrOrphaned) {
    const Document sound = keep("a.pdf", test_files::pdf()), missing = keep("b.png", test_files::png()),
                   damaged = keep("c.jpg", test_files::jpeg());
    fs::remove(place(missing));
    std::fstream(place(damaged)).put('X');
    const std::string orphan = test_files::odt(), fresh = test_files::docx();
    store->put(hash_blob(orphan), orphan);
    store->put(hash_blob(fresh), fresh);
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(48);
    for (const Document& document : {sound, damaged}) fs::last_write_time(place(document), long_ago);
    const std::string hex = to_hex(hash_blob(orphan));
    fs::last_write_time(directory.path() / "blobs" / hex.substr(0, 2) / hex.substr(2), long_ago);

    const Instant now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    BlobReport report = check_blobs(*database->reader(), *store, now, Depth::content);
    EXPECT_EQ(report.documents, 3);
    EXPECT_EQ(report.blobs, 4);
    EXPECT_EQ(report.missing, std::vector{missing.id});
    EXPECT_EQ(report.damaged, std::vector{damaged.id});
    EXPECT_EQ(report.orphans, std::vector{hash_blob(orphan)});
    EXPECT_EQ(report.orphan_bytes, std::int64_t(BlobKeys::sealed_size(orphan.size())));
    EXPECT_FALSE(report.sound());
    EXPECT_TRUE(check_blobs(*database->reader(), *store, now, Depth::presence).damaged.empty());
    EXPECT_THROW(open_document(*store, missing), Fault);
    store->remove(hash_blob(orphan));
    store->remove(hash_blob(orphan));
    EXPECT_FALSE(store->contains(hash_blob(orphan)));
}

}  // namespace
}  // namespace motcua::documents
