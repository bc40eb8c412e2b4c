// The key that signs checkpoints: a file in the data directory, readable by its owner alone, made at the first start.
// Its name is the log's origin and stays what it was when the key was made.
#pragma once

#include <filesystem>
#include <string_view>

#include "merkle/note.hpp"

namespace motcua::transparency {

/// Where a data directory keeps it.
inline std::filesystem::path key_file(const std::filesystem::path& data) { return data / "log.key"; }

/// Origin for a log at a public address: "https://host/" gives "host/log".
std::string origin_of(std::string_view public_url);

/// Reads the key, or makes one named `origin` when there is no file. Reasons: invalid "transparency.key_unusable"
/// {path}, conflict "transparency.key_name_differs" {path, name, origin} when `origin` is not empty and the file's key
/// has another name, unavailable "transparency.key_unwritable" {path, cause}.
Result<merkle::SigningKey> load_or_make_key(const std::filesystem::path& path, std::string_view origin,
                                            std::string_view default_origin, Random& random);
/// Only reads. Reason "transparency.key_unusable".
Result<merkle::SigningKey> load_key(const std::filesystem::path& path);

}  // namespace motcua::transparency
