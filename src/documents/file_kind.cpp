#include "documents/file_kind.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <utf8proc.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "documents/office_file.hpp"

namespace motcua::documents {

namespace {

using Texts = std::span<const std::string_view>;

constexpr std::string_view pdf_names[] = {"pdf"}, pdf_types[] = {"application/x-pdf"};
constexpr std::string_view jpeg_names[] = {"jpg", "jpeg", "jpe", "jfif"}, jpeg_types[] = {"image/jpg", "image/pjpeg"};
constexpr std::string_view png_names[] = {"png"}, png_types[] = {"image/x-png"};
constexpr std::string_view docx_names[] = {"docx"}, odt_names[] = {"odt"}, zip_types[] = {"application/zip"};

constexpr KindInfo table[] = {
    {FileKind::pdf, "application/pdf", "PDF", pdf_names, pdf_types},
    {FileKind::jpeg, "image/jpeg", "JPEG", jpeg_names, jpeg_types},
    {FileKind::png, "image/png", "PNG", png_names, png_types},
    {FileKind::docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word (DOCX)",
     docx_names, zip_types},
    {FileKind::odt, "application/vnd.oasis.opendocument.text", "OpenDocument (ODT)", odt_names, zip_types},
};

constexpr std::string_view png_signature("\x89PNG\r\n\x1A\n", 8);

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::uint32_t be16(std::string_view b, std::size_t at) { return byte_at(b, at) << 8 | byte_at(b, at + 1); }
std::uint32_t be32(std::string_view b, std::size_t at) { return be16(b, at) << 16 | be16(b, at + 2); }

std::unexpected<Error> refuse(Errc code, std::string_view reason, std::string_view name) {
    return fail(code, reason, {{"name", std::string(name)}});
}

Result<void> check_size(std::string_view name, std::int64_t width, std::int64_t height) {
    if (width == 0 || height == 0) return refuse(Errc::invalid, "document.truncated", name);
    if (width > image_side_max || height > image_side_max || width * height > image_pixels_max)
        return fail(Errc::invalid, "document.image_too_large",
                    {{"name", std::string(name)}, {"limit", std::to_string(image_pixels_max / 1'000'000)}});
    return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

/// After "/Encrypt": a reference "12 0 R" or a dictionary, as trailers have it (ISO 32000-1, 7.5.5).
bool is_encryption(std::string_view rest) {
    std::size_t i = 0;
    const auto skip = [&](auto of_kind) {
        const std::size_t from = i;
        while (i < rest.size() && of_kind(rest[i])) ++i;
        return i > from;
    };
    skip(is_space);
    if (rest.substr(i, 2) == "<<") return true;
    return skip(is_digit) && skip(is_space) && skip(is_digit) && skip(is_space) && rest.substr(i, 1) == "R";
}

Result<void> check_pdf(std::string_view name, std::string_view bytes) {
    // Readers look for the end mark in the last 1,024 bytes; the offset before it must lie in the file.
    constexpr std::size_t end_search = 1024, number_search = 64;
    const std::size_t tail = bytes.size() - std::min(bytes.size(), end_search);
    const std::size_t end = bytes.rfind("%%EOF");
    if (end == std::string_view::npos || end < tail) return refuse(Errc::invalid, "document.truncated", name);
    const std::size_t start = bytes.rfind("startxref", end);
    if (start == std::string_view::npos || end - start > number_search)
        return refuse(Errc::invalid, "document.truncated", name);
    std::size_t i = start + 9, offset = 0;
    while (i < end && is_space(bytes[i])) ++i;
    for (; i < end && is_digit(bytes[i]); ++i) offset = std::min(offset * 10 + (byte_at(bytes, i) - '0'), bytes.size());
    if (offset == 0 || offset >= start) return refuse(Errc::invalid, "document.truncated", name);
    for (std::size_t at = bytes.find("/Encrypt"); at != std::string_view::npos; at = bytes.find("/Encrypt", at + 1))
        if (is_encryption(bytes.substr(at + 8, number_search)))
            return refuse(Errc::invalid, "document.encrypted", name);
    return {};
}

Result<void> check_jpeg(std::string_view name, std::string_view bytes) {
    bool sized = false;
    std::size_t at = 2;
    while (at + 4 <= bytes.size() && byte_at(bytes, at) == 0xFF) {
        const unsigned marker = byte_at(bytes, at + 1);
        if (marker == 0xFF) {  // fill byte
            ++at;
            continue;
        }
        const std::size_t length = be16(bytes, at + 2);
        if (length < 2 || length > bytes.size() - at - 2) break;
        const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame) {
            if (length < 8) break;
            TRY(check_size(name, be16(bytes, at + 7), be16(bytes, at + 5)));
            sized = true;
        }
        at += 2 + length;
        // After the first scan starts, FF D9 can only be the end of the image; phones append films after it.
        if (marker == 0xDA) {
            if (sized && bytes.find("\xFF\xD9", at) != std::string_view::npos) return {};
            break;
        }
    }
    return refuse(Errc::invalid, "document.truncated", name);
}

Result<void> check_png(std::string_view name, std::string_view bytes) {
    bool data = false;
    for (std::size_t at = png_signature.size(); at + 12 <= bytes.size();) {
        const std::size_t length = be32(bytes, at);
        const std::string_view type = bytes.substr(at + 4, 4);
        if (length > bytes.size() - at - 12) break;
        if (at == png_signature.size()) {
            if (type != "IHDR" || length != 13) break;
            TRY(check_size(name, be32(bytes, at + 8), be32(bytes, at + 12)));
        }
        data |= type == "IDAT";
        if (type == "IEND") {
            if (data) return {};
            break;
        }
        at += 12 + length;
    }
    return refuse(Errc::invalid, "document.truncated", name);
}

bool is_invisible(std::int32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0xFFFD;
}

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// Position of the dot before the extension, or the size.
std::size_t extension_dot(std::string_view name) {
    constexpr std::size_t extension_chars_max = 10;
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || name.size() - dot - 1 > extension_chars_max) return name.size();
    const bool plain = std::ranges::all_of(
        name.substr(dot + 1), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    return plain && dot + 1 < name.size() ? dot : name.size();
}

bool contains(Texts texts, std::string_view text) { return std::ranges::find(texts, text) != texts.end(); }

}  // namespace

std::span<const KindInfo> kind_table() { return table; }

const KindInfo& info_of(FileKind kind) {
    const auto* found = std::ranges::find(table, kind, &KindInfo::kind);
    CHECK(found != std::end(table), "each kind has a row");
    return *found;
}

Result<FileKind> detect_kind(std::string_view name, std::string_view bytes) {
    if (bytes.empty()) return refuse(Errc::invalid, "document.empty", name);
    if (bytes.starts_with("%PDF-") && bytes.size() > 8 && is_digit(bytes[5])) {
        TRY(check_pdf(name, bytes));
        return FileKind::pdf;
    }
    if (bytes.starts_with("\xFF\xD8\xFF")) {
        TRY(check_jpeg(name, bytes));
        return FileKind::jpeg;
    }
    if (bytes.starts_with(png_signature)) {
        TRY(check_png(name, bytes));
        return FileKind::png;
    }
    if (bytes.starts_with(std::string_view("PK\x03\x04", 4))) {
        if (auto kind = TRY(detect_office_kind(name, bytes))) return *kind;
    }
    return refuse(Errc::unsupported, "document.kind_not_allowed", name);
}

Result<std::string> clean_file_name(std::string_view name) {
    if (!is_utf8(name)) return fail(Errc::invalid, "document.name_invalid");
    std::string text = nfc(name.substr(name.find_last_of("/\\") + 1));
    std::string clean;
    for (std::size_t at = 0; at < text.size();) {
        std::int32_t code = 0;
        const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                           static_cast<utf8proc_ssize_t>(text.size() - at), &code);
        CHECK(size > 0, "valid UTF-8 stays valid in NFC");
        const bool reserved =
            code < 0x80 && std::string_view("<>:\"|?*").find(static_cast<char>(code)) != std::string_view::npos;
        if (reserved)
            clean += '_';
        else if (!is_invisible(code))
            clean.append(text, at, static_cast<std::size_t>(size));
        at += static_cast<std::size_t>(size);
    }
    clean = nfc(clean);  // again: what stood between a letter and its mark may be gone
    const std::size_t first = clean.find_first_not_of(" .");
    if (first == std::string::npos) return fail(Errc::invalid, "document.name_invalid");
    clean = clean.substr(first, clean.find_last_not_of(" .") - first + 1);
    if (clean.size() > file_name_bytes_max) {
        const std::size_t dot = extension_dot(clean);
        std::size_t keep = file_name_bytes_max - (clean.size() - dot);
        while (keep > 0 && (byte_at(clean, keep) & 0xC0) == 0x80) --keep;  // not inside a character
        keep = std::string_view(clean).substr(0, keep).find_last_not_of(" .") + 1;
        clean.erase(keep, dot - keep);
    }
    return clean;
}

Result<std::string> agree_on_kind(std::string name, std::string_view declared_type, FileKind kind) {
    const KindInfo& info = info_of(kind);
    const std::size_t dot = extension_dot(name);
    const bool named = dot < name.size();
    const std::string type = lower_ascii(declared_type.substr(0, declared_type.find_first_of("; ")));
    const bool type_agrees = type.empty() || type == "application/octet-stream" || type == info.media_type ||
                             contains(info.other_types, type);
    if (!type_agrees || (named && !contains(info.extensions, lower_ascii(std::string_view(name).substr(dot + 1)))))
        return fail(Errc::unsupported, "document.kind_mismatch", {{"name", name}, {"kind", std::string(info.label)}});
    if (!named) name.append(".").append(info.extensions.front());
    return name;
}

}  // namespace motcua::documents
