#include "process/xml.hpp"

#include <memory>
#include <mutex>

#include <libxml/parser.h>
#include <libxml/tree.h>

namespace motcua::process::xml {
namespace {

struct FreeDocument {
    void operator()(xmlDoc* doc) const { xmlFreeDoc(doc); }
};
struct FreeParser {
    void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};

std::string string_of(const xmlChar* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

/// True when a document type declaration stands before the root element.
bool has_doctype(std::string_view text) {
    while (true) {
        auto at = text.find('<');
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at);
        std::string_view end;
        if (text.starts_with("<?"))
            end = "?>";
        else if (text.starts_with("<!--"))
            end = "-->";
        else
            return text.starts_with("<!");
        auto stop = text.find(end, 2);
        if (stop == std::string_view::npos) return false;
        text.remove_prefix(stop + end.size());
    }
}

/// UTF-8, ASCII or Latin 1 is declared, or nothing is: all of them show a document type as plain bytes.
bool has_accepted_encoding(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;  // UTF-16, UTF-32
    auto declaration = text.substr(0, text.find("?>"));
    auto at = declaration.starts_with("<?xml") ? declaration.find("encoding") : std::string_view::npos;
    if (at == std::string_view::npos) return true;
    auto quote = declaration.find_first_of("\"'", at);
    if (quote == std::string_view::npos) return true;
    std::string name;
    for (char c : declaration.substr(quote + 1)) {
        if (c == '"' || c == '\'') break;
        name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return name == "utf-8" || name == "us-ascii" || name == "iso-8859-1";
}

Result<void> convert(const xmlNode* node, std::uint32_t parent, int depth, Document& out) {
    if (depth > depth_max) return fail(Errc::invalid, "process.xml_too_deep", {{"limit", std::to_string(depth_max)}});
    if (out.elements.size() >= elements_max)
        return fail(Errc::too_large, "process.xml_too_large", {{"limit", std::to_string(elements_max)}});
    auto index = static_cast<std::uint32_t>(out.elements.size());
    Element element;
    element.name = string_of(node->name);
    element.space = node->ns ? string_of(node->ns->href) : "";
    element.parent = parent;
    element.line = static_cast<int>(xmlGetLineNo(node));
    for (const xmlAttr* a = node->properties; a; a = a->next) {
        Attribute attribute{a->ns ? string_of(a->ns->href) : "", string_of(a->name), ""};
        for (const xmlNode* t = a->children; t; t = t->next) {
            if (t->type == XML_ENTITY_REF_NODE) return fail(Errc::malformed, "process.xml_doctype");
            attribute.value += string_of(t->content);
        }
        element.attributes.push_back(std::move(attribute));
    }
    out.elements.push_back(std::move(element));
    if (index) out.elements[parent].children.push_back(index);
    for (const xmlNode* child = node->children; child; child = child->next) {
        switch (child->type) {
            case XML_ELEMENT_NODE:
                TRY(convert(child, index, depth + 1, out));
                break;
            case XML_TEXT_NODE:
            case XML_CDATA_SECTION_NODE:
                out.elements[index].text += string_of(child->content);
                break;
            case XML_ENTITY_REF_NODE:
                return fail(Errc::malformed, "process.xml_doctype");
            default:
                break;
        }
    }
    return {};
}

}  // namespace

std::string_view trim(std::string_view text) {
    auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string_view Element::attribute(std::string_view wanted_space, std::string_view wanted) const {
    for (const auto& a : attributes)
        if (a.name == wanted && a.space == wanted_space) return a.value;
    return {};
}

bool Element::has(std::string_view wanted) const {
    for (const auto& a : attributes)
        if (a.name == wanted && a.space.empty()) return true;
    return false;
}

Result<Document> parse(std::string_view text) {
    if (text.size() > document_bytes_max)
        return fail(Errc::too_large, "process.xml_too_large", {{"limit", std::to_string(document_bytes_max)}});
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!has_accepted_encoding(text)) return fail(Errc::malformed, "process.xml_encoding");
    if (has_doctype(text)) return fail(Errc::malformed, "process.xml_doctype");
    static std::once_flag once;
    std::call_once(once, xmlInitParser);
    std::unique_ptr<xmlParserCtxt, FreeParser> parser(xmlNewParserCtxt());
    constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
    std::unique_ptr<xmlDoc, FreeDocument> doc(
        xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, options));
    if (!doc || !parser->wellFormed || !parser->nsWellFormed) {
        int line = parser->lastError.line > 0 ? parser->lastError.line : 1;
        return fail(Errc::malformed, "process.xml_malformed", {{"line", std::to_string(line)}});
    }
    if (doc->intSubset || doc->extSubset) return fail(Errc::malformed, "process.xml_doctype");
    const xmlNode* root = xmlDocGetRootElement(doc.get());
    if (!root) return fail(Errc::malformed, "process.xml_malformed", {{"line", "1"}});
    Document out;
    TRY(convert(root, 0, 1, out));
    return out;
}

}  // namespace motcua::process::xml
