// Word and OpenDocument texts: the directory of their zip container, read without unpacking anything.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "documents/file_kind.hpp"

namespace motcua::documents {

/// nullopt for a zip file that is neither. Reasons as detect_kind.
Result<std::optional<FileKind>> detect_office_kind(std::string_view name, std::string_view bytes);

}  // namespace motcua::documents
