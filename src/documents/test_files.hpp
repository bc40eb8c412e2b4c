// Help for tests only: small whole files of each kind, made byte by byte. Also used by the tests of other features.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace motcua::documents::test_files {

inline std::string be(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
    return text;
}
inline std::string le(std::uint64_t value, int bytes) {
    std::string text = be(value, bytes);
    return {text.rbegin(), text.rend()};
}

/// A PDF of one empty page; `extra` stands before its table.
inline std::string pdf(std::string_view extra = {}) {
    std::string text =
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n";
    text += extra;
    const std::size_t table = text.size();
    text += "xref\n0 1\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n" + std::to_string(table) +
            "\n%%EOF\n";
    return text;
}

/// Structure of a baseline JPEG with an empty scan.
inline std::string jpeg(unsigned width = 8, unsigned height = 8) {
    std::string text = "\xFF\xD8\xFF\xE0";
    text += be(16, 2) + std::string("JFIF\0\1\1\0\0\1\0\1\0\0", 14);
    text += "\xFF\xC0" + be(11, 2) + "\x08" + be(height, 2) + be(width, 2) + std::string("\1\1\x11\0", 4);
    text += "\xFF\xDA" + be(8, 2) + std::string("\1\1\0\0\x3F\0", 6) + "\x55\xAA\x55" + "\xFF\xD9";
    return text;
}

inline std::string png(std::uint64_t width = 8, std::uint64_t height = 8) {
    auto chunk = [](std::string_view type, const std::string& data) {
        return be(data.size(), 4) + std::string(type) + data + "crc!";
    };
    return "\x89PNG\r\n\x1A\n" + chunk("IHDR", be(width, 4) + be(height, 4) + std::string("\x08\0\0\0\0", 5)) +
           chunk("IDAT", "not decoded") + chunk("IEND", "");
}

using Entries = std::vector<std::pair<std::string, std::string>>;

/// Entries stored without compression.
inline std::string zip(const Entries& entries) {
    std::string files, directory;
    for (const auto& [name, content] : entries) {
        const std::string sizes = le(0, 4) + le(content.size(), 4) + le(content.size(), 4);
        directory += "PK\x01\x02" + le(20, 2) + le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) + sizes +
                     le(name.size(), 2) + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(files.size(), 4) +
                     name;
        files += "PK\x03\x04" + le(20, 2) + le(0, 2) + le(0, 2) + le(0, 4) + sizes + le(name.size(), 2) + le(0, 2) +
                 name + content;
    }
    return files + directory + "PK\x05\x06" + le(0, 2) + le(0, 2) + le(entries.size(), 2) + le(entries.size(), 2) +
           le(directory.size(), 4) + le(files.size(), 4) + le(0, 2);
}

inline std::string docx(Entries more = {}) {
    more.insert(more.begin(), {{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<w:document/>"}});
    return zip(more);
}

inline std::string odt(Entries more = {}) {
    more.insert(more.begin(), {{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", "<x/>"}});
    return zip(more);
}

}  // namespace motcua::documents::test_files
