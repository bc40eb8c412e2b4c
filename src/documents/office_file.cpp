#include "documents/office_file.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace motcua::documents {

namespace {

constexpr std::size_t end_bytes = 22, entry_bytes = 46, comment_bytes_max = 65'535;
constexpr std::string_view end_mark("PK\x05\x06", 4), entry_mark("PK\x01\x02", 4);
constexpr std::string_view odt_type = "application/vnd.oasis.opendocument.text";

std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

/// The file that must come first, stored as it is, with the type as content (ODF 1.3 part 2, 3.3).
bool begins_with_type(std::string_view bytes, std::string_view type) {
    constexpr std::size_t name_at = 30;
    constexpr std::string_view file = "mimetype";
    const std::size_t content_at = name_at + file.size() + number(bytes, 28, 2);
    return bytes.substr(name_at).starts_with(file) && number(bytes, 8, 2) == 0 && number(bytes, 22, 4) == type.size() &&
           content_at < bytes.size() && bytes.substr(content_at).starts_with(type);
}

}  // namespace

Result<std::optional<FileKind>> detect_office_kind(std::string_view name, std::string_view bytes) {
    const auto truncated = [&] { return fail(Errc::invalid, "document.truncated", {{"name", std::string(name)}}); };
    if (bytes.size() < entry_bytes + end_bytes) return truncated();
    const std::size_t tail = bytes.size() - std::min(bytes.size(), comment_bytes_max + end_bytes);
    const std::size_t end = bytes.rfind(end_mark);
    if (end == std::string_view::npos || end < tail || end + end_bytes > bytes.size()) return truncated();
    const std::uint32_t entries = number(bytes, end + 10, 2);
    std::size_t at = number(bytes, end + 16, 4);
    bool word = false, types = false;
    std::int64_t unpacked = 0;
    if (entries > office_entries_max)
        return fail(Errc::invalid, "document.unpacks_too_large", {{"name", std::string(name)}});
    for (std::uint32_t i = 0; i < entries; ++i) {
        if (at > end || end - at < entry_bytes || bytes.substr(at, 4) != entry_mark) return truncated();
        const std::size_t name_size = number(bytes, at + 28, 2);
        const std::size_t size = entry_bytes + name_size + number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
        if (size > end - at) return truncated();
        const std::string entry = lower_ascii(bytes.substr(at + entry_bytes, name_size));
        if (number(bytes, at + 8, 2) & 1)
            return fail(Errc::invalid, "document.encrypted", {{"name", std::string(name)}});
        if (entry.ends_with("vbaproject.bin") || entry.starts_with("basic/") || entry.starts_with("scripts/"))
            return fail(Errc::unsupported, "document.has_macros", {{"name", std::string(name)}});
        word |= entry == "word/document.xml";
        types |= entry == "[content_types].xml";
        unpacked += number(bytes, at + 24, 4);
        at += size;
    }
    std::optional<FileKind> kind;
    if (word && types) kind = FileKind::docx;
    if (begins_with_type(bytes, odt_type)) kind = FileKind::odt;
    if (kind && unpacked > office_unpacked_bytes_max)
        return fail(Errc::invalid, "document.unpacks_too_large", {{"name", std::string(name)}});
    return kind;
}

}  // namespace motcua::documents
