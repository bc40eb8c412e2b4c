// A namespace-aware XML tree, read strictly by libxml2: UTF-8 (or Latin 1, when declared), no document type, no
// entities but the five of XML, no network, bounded in size, depth and number of elements. Text of mixed content is
// joined; comments are dropped (the source text is what gets written back).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace motcua::process::xml {

inline constexpr std::size_t document_bytes_max = 4u << 20;
inline constexpr int depth_max = 100;
inline constexpr std::size_t elements_max = 50'000;

struct Attribute {
    std::string space, name, value;
};

struct Element {
    std::string space, name;
    std::vector<Attribute> attributes;
    std::vector<std::uint32_t> children;  // indices into Document::elements
    std::uint32_t parent = 0;
    std::string text;
    int line = 0;

    /// Attribute without namespace (or of the given one); empty when absent.
    std::string_view attribute(std::string_view plain_name) const { return attribute("", plain_name); }
    std::string_view attribute(std::string_view wanted_space, std::string_view wanted) const;
    bool has(std::string_view wanted) const;
};

struct Document {
    std::vector<Element> elements;  // [0] is the root; a parent precedes its children
    const Element& root() const { return elements.front(); }
};

/// Reasons: "process.xml_too_large" {limit}, "process.xml_malformed" {line}, "process.xml_doctype",
/// "process.xml_encoding", "process.xml_too_deep" {limit}.
Result<Document> parse(std::string_view text);

/// The text without leading and trailing white space.
std::string_view trim(std::string_view text);

}  // namespace motcua::process::xml
