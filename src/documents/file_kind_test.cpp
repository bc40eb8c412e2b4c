// Kinds of files by their content, names, and agreement between both.
#include "documents/file_kind.hpp"

#include <filesystem>
#include <random>

#include <gtest/gtest.h>

#include "base/testing.hpp"
#include "base/text.hpp"
#include "documents/test_files.hpp"

namespace motcua::documents {
namespace {

using namespace std::string_literals;

std::string reason(const Result<FileKind>& kind) { return kind ? "" : kind.error().reason; }

TEST(FileKind, KnowsWholeFilesOfEachKind) {
    EXPECT_EQ(detect_kind("a", test_files::pdf()), FileKind::pdf);
    EXPECT_EQ(detect_kind("a", test_files::jpeg()), FileKind::jpeg);
    EXPECT_EQ(detect_kind("a", test_files::png()), FileKind::png);
    EXPECT_EQ(detect_kind("a", test_files::docx()), FileKind::docx);
    EXPECT_EQ(detect_kind("a", test_files::odt()), FileKind::odt);
}

TEST(FileKind, RefusesEverythingElse) {
    EXPECT_EQ(reason(detect_kind("a", "")), "document.empty");
    const std::string others[] = {"MZ\x90\0program"s,
                                  "\x7F"
                                  "ELF\x02\x01\x01"s,
                                  "#!/bin/sh\nrm -rf /",
                                  "<!doctype html><script>alert(1)</script>",
                                  "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
                                  "<?xml version=\"1.0\"?><svg/>",
                                  "GIF89a\1\0\1\0"s,
                                  " %PDF-1.4\n%%EOF",
                                  "\xEF\xBB\xBF%PDF-1.4",
                                  "<html>%PDF-1.7 startxref 9 %%EOF</html>",
                                  "just text",
                                  "%PDF-x.y\n",
                                  "RIFF....WEBP",
                                  test_files::zip({{"program.exe", "MZ"}})};
    for (const std::string& bytes : others)
        EXPECT_EQ(reason(detect_kind("a", bytes)), "document.kind_not_allowed") << bytes;
    EXPECT_EQ(reason(detect_kind("a", std::string("PK\x03\x04"))), "document.truncated");
    EXPECT_EQ(detect_kind("b.exe", "MZ").error().params, (std::vector<Param>{{"name", "b.exe"}}));
}

TEST(FileKind, RefusesCutFiles) {
    for (const std::string& whole : {test_files::pdf(), test_files::jpeg(), test_files::png(), test_files::docx()})
        for (const std::size_t keep : {whole.size() / 2, whole.size() - 7})
            EXPECT_EQ(reason(detect_kind("a", whole.substr(0, keep))), "document.truncated")
                << keep << " of " << whole.size();
}

TEST(FileKind, AFileCutAnywhereIsNeverTakenForAnotherKind) {
    for (const std::string& whole :
         {test_files::pdf(), test_files::jpeg(), test_files::png(), test_files::docx(), test_files::odt()}) {
        const FileKind kind = detect_kind("a", whole).value();
        for (std::size_t keep = 0; keep < whole.size(); ++keep) {
            auto cut = detect_kind("a", std::string_view(whole).substr(0, keep));
            EXPECT_TRUE(!cut || *cut == kind) << keep;
        }
    }
}

TEST(FileKind, DoesNotFallOverNoise) {
    std::mt19937 engine(7);
    for (const std::string& whole :
         {test_files::pdf(), test_files::jpeg(), test_files::png(), test_files::docx(), test_files::odt()})
        for (int round = 0; round < 3000; ++round) {
            std::string noisy = whole;
            for (int n = 0; n < 6; ++n) noisy[engine() % noisy.size()] = static_cast<char>(engine());
            (void)detect_kind("a", noisy);
        }
}

TEST(FileKind, PdfWithPasswordIsRefusedAndTheWordAloneIsNot) {
    EXPECT_EQ(reason(detect_kind("a", test_files::pdf("trailer << /Size 4 /Encrypt 12 0 R >>\n"))),
              "document.encrypted");
    EXPECT_EQ(reason(detect_kind("a", test_files::pdf("/Encrypt<</Filter/Standard>>\n"))), "document.encrypted");
    EXPECT_EQ(detect_kind("a", test_files::pdf("(how to /Encrypt a file) /EncryptMetadata false\n")), FileKind::pdf);
}

TEST(FileKind, PdfMayHaveALittleAfterItsEndButItsTableMustBeInIt) {
    EXPECT_EQ(detect_kind("a", test_files::pdf() + std::string(900, '\0')), FileKind::pdf);
    EXPECT_EQ(reason(detect_kind("a", test_files::pdf() + std::string(2000, ' '))), "document.truncated");
    EXPECT_EQ(reason(detect_kind("a", "%PDF-1.4\nstartxref\n99999999999999999999\n%%EOF")), "document.truncated");
    EXPECT_EQ(reason(detect_kind("a", "%PDF-1.4\n%%EOF")), "document.truncated");
}

TEST(FileKind, ImagesOfAbsurdSizeAreRefusedByTheirHeader) {
    EXPECT_EQ(reason(detect_kind("a", test_files::png(60'000, 60'000))), "document.image_too_large");
    EXPECT_EQ(reason(detect_kind("a", test_files::png(31'000, 31'000))), "document.image_too_large");
    EXPECT_EQ(reason(detect_kind("a", test_files::png(0xFFFFFFFF, 1))), "document.image_too_large");
    EXPECT_EQ(reason(detect_kind("a", test_files::jpeg(65'535, 65'535))), "document.image_too_large");
    EXPECT_EQ(reason(detect_kind("a", test_files::png(0, 5))), "document.truncated");
    EXPECT_EQ(detect_kind("a", test_files::png(7'000, 9'900)), FileKind::png);
}

TEST(FileKind, OfficeFilesWithMacrosPasswordsOrBombsAreRefused) {
    EXPECT_EQ(reason(detect_kind("a", test_files::docx({{"word/vbaProject.bin", "x"}}))), "document.has_macros");
    EXPECT_EQ(reason(detect_kind("a", test_files::odt({{"Basic/Standard/Module1.xml", "x"}}))), "document.has_macros");
    std::string locked = test_files::docx();
    locked[locked.find("PK\x01\x02") + 8] |= 1;
    EXPECT_EQ(reason(detect_kind("a", locked)), "document.encrypted");
    std::string bomb = test_files::docx();
    bomb[bomb.find("PK\x01\x02") + 27] = 0x7F;
    EXPECT_EQ(reason(detect_kind("a", bomb)), "document.unpacks_too_large");
}

TEST(FileKind, RealPdfFilesPass) {
    auto folder = test::find_conformance(MOTCUA_SOURCE_DIR, "pdf");
    if (!folder) GTEST_SKIP() << "no conformance cases";
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
        if (entry.path().extension() != ".pdf") continue;
        ++files;
        const auto kind = detect_kind(entry.path().filename().string(), test::read_text(entry.path()));
        EXPECT_TRUE(kind == FileKind::pdf || reason(kind) == "document.encrypted")
            << entry.path() << " " << reason(kind);
    }
    RecordProperty("files", files);
}

TEST(FileName, IsCleaned) {
    const std::pair<std::string, std::string> cases[] = {
        {"don.pdf", "don.pdf"},
        {"../../etc/passwd", "passwd"},
        {"C:\\Users\\lan\\Giấy khai sinh.PDF", "Giấy khai sinh.PDF"},
        {"Gia\xCC\x82\xCC\x81y.pdf", "Giấy.pdf"},  // NFD
        {".htaccess", "htaccess"},
        {"a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"},
        {"x\xE2\x80\xAE"
         "fdp.exe",
         "xfdp.exe"},  // direction override
        {" ten . pdf . ", "ten . pdf"},
        {"a<b>:\"c|?*.png", "a_b___c___.png"},
    };
    for (const auto& [raw, clean] : cases) EXPECT_EQ(clean_file_name(raw).value_or("refused"), nfc(clean)) << raw;
    for (const std::string& bad : {""s, "..."s, "/"s, "a/"s, "\x01\x02"s, "\xFF.pdf"s, "\xE2\x80\x8B"s})
        EXPECT_EQ(clean_file_name(bad).error().reason, "document.name_invalid") << bad;
    std::string lengthy;
    for (int i = 0; i < 200; ++i) lengthy += "ế";
    const std::string clean = clean_file_name(lengthy + ".pdf").value();
    EXPECT_LE(clean.size(), file_name_bytes_max);
    EXPECT_TRUE(clean.ends_with("ế.pdf"));
    EXPECT_TRUE(is_utf8(clean));
}

TEST(FileName, AgreesWithContentAndDeclaredType) {
    EXPECT_EQ(agree_on_kind("a.pdf", "application/pdf", FileKind::pdf), "a.pdf");
    EXPECT_EQ(agree_on_kind("a.JPG", "image/jpg; x=y", FileKind::jpeg), "a.JPG");
    EXPECT_EQ(agree_on_kind("a.jpeg", "application/octet-stream", FileKind::jpeg), "a.jpeg");
    EXPECT_EQ(agree_on_kind("scan", "", FileKind::png), "scan.png");
    EXPECT_EQ(agree_on_kind("Tờ khai số 12. Xã Đông Yên", "", FileKind::pdf), "Tờ khai số 12. Xã Đông Yên.pdf");
    for (auto [name, type] : {std::pair{"a.exe", ""},
                              {"a.pdf.exe", ""},
                              {"a.png", "application/pdf"},
                              {"a.pdf", "image/png"},
                              {"a.pdf", "text/html"}}) {
        auto result = agree_on_kind(name, type, FileKind::pdf);
        ASSERT_FALSE(result) << name << " " << type;
        EXPECT_EQ(result.error().reason, "document.kind_mismatch");
        EXPECT_EQ(result.error().code, Errc::unsupported);
    }
}

}  // namespace
}  // namespace motcua::documents
