// What a file is, by its content, and whether it is whole and harmless enough to keep. Pure: bytes in, kind or refusal
// out. Cheap structural checks (headers, trailers, chunk walks), no decoding: at most one pass over the bytes. Leaves
// out virus scanning and active content inside PDF: gates of their own, before the same row is written.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace motcua::documents {

enum class FileKind : std::uint8_t { pdf, jpeg, png, docx, odt };

struct KindInfo {
    FileKind kind;
    std::string_view media_type;
    std::string_view label;                         // "PDF", for people
    std::span<const std::string_view> extensions;   // lower case, the usual one first
    std::span<const std::string_view> other_types;  // further declared types that mean the same
};
std::span<const KindInfo> kind_table();
const KindInfo& info_of(FileKind kind);

inline constexpr std::int64_t image_pixels_max = 100'000'000;  // an A3 page at 600 dpi has 70 million
inline constexpr std::int64_t image_side_max = 32'000;
inline constexpr std::int64_t office_unpacked_bytes_max = 200'000'000;
inline constexpr std::int64_t office_entries_max = 5'000;

/// Reasons, with {name}: "document.empty", "document.kind_not_allowed", "document.truncated", "document.encrypted",
/// "document.image_too_large" {limit}, "document.has_macros", "document.unpacks_too_large".
Result<FileKind> detect_kind(std::string_view name, std::string_view bytes);

/// A name that is safe on every file system and page: NFC, the last part of a path, without control, invisible and
/// direction characters, at most 200 bytes (the extension stays). Reason "document.name_invalid".
Result<std::string> clean_file_name(std::string_view name);
inline constexpr std::size_t file_name_bytes_max = 200;

/// Whether name and declared media type agree with the content; a name without extension gets the usual one, no type
/// and application/octet-stream declare nothing. Reason "document.kind_mismatch" {name, kind}.
Result<std::string> agree_on_kind(std::string name, std::string_view declared_type, FileKind kind);

}  // namespace motcua::documents
