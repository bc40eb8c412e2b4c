// Files of the front end that ship in the binary (web/assets/…, web/sw.js …): sent as they were compressed at build
// time, with ETag; names that carry a hash of their content may be kept for ever. Page shells are the portal's, not
// served here.
#pragma once

#include <span>

#include "http/router.hpp"
#include "resources/resources.hpp"

namespace motcua::http {

/// One route below `/assets/` and one for each file at the top of web/ (sw.js, favicon.ico, manifest …) but HTML.
void register_static_files(Router& router);
/// The same for given files, named "web/…".
void register_static_files(Router& router, std::span<const resources::Resource> shipped);

/// For files that a handler finds elsewhere: the type by the ending of the name, application/octet-stream if unknown.
std::string_view media_type_of(std::string_view file_name);

/// "app.3f9a1c2b.js", "app-Bx3k9_aQ.js": the content never changes under this name.
bool has_content_hash(std::string_view file_name);

}  // namespace motcua::http
