// What an upload claims and is: file name, declared type, content. The first line of the input is the name, the second
// the type, the rest the content. Run: file_fuzz -max_total_time=60
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/text.hpp"
#include "documents/file_kind.hpp"

using namespace motcua;
using namespace motcua::documents;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view content(reinterpret_cast<const char*>(data), size);
    const std::string_view raw_name = take_line(content), type = take_line(content);
    const auto kind = detect_kind("a", content);
    auto name = clean_file_name(raw_name);
    if (!name) return 0;
    require(is_utf8(*name) && !name->empty() && name->size() <= file_name_bytes_max);
    require(name->find_first_of("/\\:\"<>|?*") == std::string::npos && name->front() != '.');
    require(clean_file_name(*name) == *name);
    if (!kind) return 0;
    if (auto agreed = agree_on_kind(*name, type, *kind)) require(agreed->starts_with(*name));
    return 0;
}
