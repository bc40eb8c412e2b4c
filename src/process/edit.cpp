#include "process/edit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.hpp"

namespace motcua::process {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// Start tags in document order, which is the order of Document::elements. The text is known to be well-formed.
struct Tag {
    std::size_t begin = 0, end = 0;  // "<" and behind ">"
};
std::vector<Tag> find_tags(std::string_view text) {
    std::vector<Tag> tags;
    auto behind = [&](std::size_t from, std::string_view what) {
        auto at = text.find(what, from);
        return at == std::string_view::npos ? text.size() : at + what.size();
    };
    for (std::size_t at = text.find('<'); at < text.size(); at = text.find('<', at)) {
        auto rest = text.substr(at);
        if (rest.starts_with("<!--")) {
            at = behind(at, "-->");
        } else if (rest.starts_with("<![CDATA[")) {
            at = behind(at, "]]>");
        } else if (rest.starts_with("<?")) {
            at = behind(at, "?>");
        } else if (rest.starts_with("</")) {
            at = behind(at, ">");
        } else {
            Tag tag{at, at + 1};
            for (char quote = 0; tag.end < text.size(); ++tag.end) {
                char c = text[tag.end];
                if (quote != 0 ? c == quote : c == '"' || c == '\'')
                    quote = quote != 0 ? '\0' : c;
                else if (quote == 0 && c == '>')
                    break;
            }
            tag.end = std::min(tag.end + 1, text.size());
            tags.push_back(tag);
            at = tag.end;
        }
    }
    return tags;
}

/// One attribute as it is written: the blanks before it, its qualified name, the value without quotes.
struct Written {
    std::size_t begin = 0, end = 0;  // blanks included
    std::string_view name, value;
};
std::vector<Written> attributes_of(std::string_view text, const Tag& tag) {
    std::vector<Written> list;
    std::size_t at = text.find_first_of(" \t\r\n/>", tag.begin);
    while (at < tag.end) {
        std::size_t begin = at;
        at = text.find_first_not_of(blanks, at);
        if (at >= tag.end || text[at] == '/' || text[at] == '>') break;
        Written one;
        std::size_t equals = text.find('=', at);
        one.name = text.substr(at, equals - at);
        one.name = one.name.substr(0, one.name.find_first_of(blanks));
        std::size_t open = text.find_first_of("\"'", equals);
        std::size_t close = text.find(text[open], open + 1);
        one.value = text.substr(open + 1, close - open - 1);
        one.begin = begin;
        one.end = at = close + 1;
        list.push_back(one);
    }
    return list;
}

bool is_name(std::string_view text) {
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, inner);
}

/// References for everything that is not plain ASCII, so that the file's encoding does not matter. nullopt: the text
/// is not UTF-8 or has characters that XML cannot hold.
std::optional<std::string> escaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        auto first = static_cast<unsigned char>(text[i]);
        int length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
        if (length == 0 || i + static_cast<std::size_t>(length) > text.size() || first > 0xF4) return std::nullopt;
        char32_t code = length == 1 ? first : first & (0xFFU >> (length + 1));
        for (int k = 1; k < length; ++k) {
            auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
            if ((next & 0xC0) != 0x80) return std::nullopt;
            code = code << 6 | (next & 0x3F);
        }
        i += static_cast<std::size_t>(length);
        bool allowed = code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0xD800) ||
                       (code >= 0xE000 && code != 0xFFFE && code != 0xFFFF);
        if (!allowed) return std::nullopt;
        if (code < 0x20 || code >= 0x7F || code == '<' || code == '>' || code == '&' || code == '"')
            out += fmt::format("&#{};", static_cast<std::uint32_t>(code));
        else
            out += static_cast<char>(code);
    }
    return out;
}

class Editor {
  public:
    Editor(std::string text, const xml::Document& document) : text_(std::move(text)), document_(document) {}

    Result<void> edit(const AttributeEdit& edit) {
        auto invalid = [&] {
            return fail(Errc::invalid, "process.edit_invalid", {{"element", edit.element}, {"name", edit.name}});
        };
        if (!is_name(edit.name) || (!edit.extension && (edit.name == "id" || edit.name == "xmlns"))) return invalid();
        std::optional<std::string> value;
        if (edit.value) {
            value = escaped(*edit.value);
            if (!value) return invalid();
        }
        auto found = std::ranges::find_if(document_.elements,
                                          [&](const xml::Element& e) { return e.attribute("id") == edit.element; });
        if (edit.element.empty() || found == document_.elements.end())
            return fail(Errc::not_found, "process.unknown_element", {{"element", edit.element}});
        auto index = static_cast<std::size_t>(found - document_.elements.begin());

        auto tags = find_tags(text_);
        CHECK(tags.size() == document_.elements.size(), "every element has its start tag");
        std::vector<std::string> prefixes;
        if (edit.extension) prefixes = prefixes_at(tags, index);
        if (edit.extension && prefixes.empty()) {
            if (!value) return {};  // there is nothing to remove
            declare(tags.front());
            tags = find_tags(text_);
            prefixes = prefixes_at(tags, index);
        }
        const Tag& tag = tags[index];
        auto attributes = attributes_of(text_, tag);
        auto at = std::ranges::find_if(attributes, [&](const Written& a) {
            if (!edit.extension) return a.name == edit.name;
            auto colon = a.name.find(':');
            return colon != std::string_view::npos && a.name.substr(colon + 1) == edit.name &&
                   std::ranges::find(prefixes, a.name.substr(0, colon)) != prefixes.end();
        });
        if (at != attributes.end()) {
            if (value)
                text_.replace(at->begin, at->end - at->begin, fmt::format(" {}=\"{}\"", std::string(at->name), *value));
            else
                text_.erase(at->begin, at->end - at->begin);
        } else if (value) {
            std::size_t where =
                attributes.empty() ? text_.find_first_of(" \t\r\n/>", tag.begin) : attributes.back().end;
            std::string name = edit.extension ? prefixes.front() + ":" + edit.name : edit.name;
            text_.insert(where, fmt::format(" {}=\"{}\"", name, *value));
        }
        return {};
    }
    std::string take() { return std::move(text_); }

  private:
    /// Prefixes that mean Motcua's namespace at an element, the innermost declarations first.
    std::vector<std::string> prefixes_at(const std::vector<Tag>& tags, std::size_t index) const {
        std::vector<std::string> ours, hidden;
        for (std::size_t at = index;; at = document_.elements[at].parent) {
            for (const Written& a : attributes_of(text_, tags[at])) {
                if (!a.name.starts_with("xmlns:")) continue;
                std::string prefix(a.name.substr(6));
                if (std::ranges::find(hidden, prefix) != hidden.end()) continue;
                hidden.push_back(prefix);
                if (a.value == motcua_namespace) ours.push_back(std::move(prefix));
            }
            if (at == 0) return ours;
        }
    }
    void declare(const Tag& root) {
        std::string prefix = "motcua";
        // Another meaning of that prefix anywhere in the file: take one that nobody uses.
        for (int n = 1; text_.find("xmlns:" + prefix + "=") != std::string::npos; ++n)
            prefix = fmt::format("motcua{}", n);
        auto attributes = attributes_of(text_, root);
        std::size_t where = attributes.empty() ? text_.find_first_of(" \t\r\n/>", root.begin) : attributes.back().end;
        text_.insert(where, fmt::format(" xmlns:{}=\"{}\"", prefix, motcua_namespace));
    }

    std::string text_;
    const xml::Document& document_;
};

}  // namespace

Result<std::string> write_model(const Model& model, std::span<const AttributeEdit> edits, std::size_t file) {
    Editor editor(write_model(model, file), model.documents[file]);
    for (const AttributeEdit& edit : edits) TRY(editor.edit(edit));
    std::string text = editor.take();
    TRY(read_model(text));
    return text;
}

}  // namespace motcua::process
