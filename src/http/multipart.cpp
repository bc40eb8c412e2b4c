// multipart/form-data, RFC 7578 on RFC 2046 §5.1: delimiter lines cut the body into parts, each with a few header
// fields. Strict where leniency would let two readers see two different forms.
#include <algorithm>

#include "base/text.hpp"
#include "http/parse.hpp"

namespace motcua::http {

namespace {

std::unexpected<Error> bad_form() { return fail(Errc::malformed, "request.bad_form"); }

/// Reads `; name=token` and `; name="quoted"` parameters after a header's value. In quotes browsers escape only the
/// double quote, as %22 (HTML living standard) or with a backslash; a lone backslash stays (file names of old Windows).
std::optional<std::vector<NameValue>> parameters(std::string_view text) {
    std::vector<NameValue> found;
    text = trim(text);
    while (!text.empty()) {
        if (text.front() != ';') return std::nullopt;
        text = trim(text.substr(1));
        if (text.empty()) break;
        size_t equals = text.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        NameValue parameter{std::string(trim(text.substr(0, equals))), {}};
        text = trim(text.substr(equals + 1));
        if (text.starts_with('"')) {
            size_t at = 1;
            for (; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '"') ++at;
                parameter.value += text[at];
            }
            if (at >= text.size()) return std::nullopt;
            text.remove_prefix(at + 1);
        } else {
            size_t end = std::min(text.find_first_of("; \t"), text.size());
            parameter.value = text.substr(0, end);
            text.remove_prefix(end);
        }
        text = trim(text);
        found.push_back(std::move(parameter));
    }
    return found;
}

std::optional<std::string> find_parameter(const std::vector<NameValue>& all, std::string_view name) {
    for (const NameValue& parameter : all)
        if (equal_no_case(parameter.name, name)) return parameter.value;
    return std::nullopt;
}

struct PartHead {
    std::string name;
    std::optional<std::string> file_name;
    std::string content_type = "text/plain";
};

Result<PartHead> parse_part_head(std::string_view head) {
    PartHead part;
    bool named = false;
    while (!head.empty()) {
        size_t end = head.find("\r\n");
        std::string_view line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return bad_form();
        std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
        if (equal_no_case(name, "content-disposition")) {
            size_t semicolon = std::min(value.find(';'), value.size());
            auto all = parameters(value.substr(semicolon));
            if (!all || !equal_no_case(trim(value.substr(0, semicolon)), "form-data") || named) return bad_form();
            auto field = find_parameter(*all, "name");
            if (!field) return bad_form();
            part.name = *field;
            part.file_name = find_parameter(*all, "filename");
            named = true;
        } else if (equal_no_case(name, "content-type")) {
            part.content_type = value;
        }
    }
    if (!named || !is_utf8(part.name) || (part.file_name && !is_utf8(*part.file_name)) || !is_utf8(part.content_type))
        return bad_form();
    return part;
}

/// The last path component: some old browsers send the whole path.
std::string base_name(std::string_view file_name) {
    size_t slash = file_name.find_last_of("/\\");
    return std::string(slash == std::string_view::npos ? file_name : file_name.substr(slash + 1));
}

}  // namespace

Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body) {
    size_t semicolon = std::min(content_type.find(';'), content_type.size());
    auto type_parameters = parameters(content_type.substr(semicolon));
    if (!type_parameters) return bad_form();
    auto boundary = find_parameter(*type_parameters, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70) return bad_form();  // RFC 2046 §5.1.1
    const std::string delimiter = "\r\n--" + *boundary;

    // The first delimiter may stand at the very start, without the line break.
    if (body.starts_with(std::string_view(delimiter).substr(2))) {
        body.remove_prefix(delimiter.size() - 2);
    } else {
        size_t first = body.find(delimiter);
        if (first == std::string_view::npos) return bad_form();
        body.remove_prefix(first + delimiter.size());
    }

    Multipart form;
    while (!body.starts_with("--")) {  // "--" after the delimiter ends the form
        body = body.substr(std::min(body.find_first_not_of(" \t"), body.size()));
        if (!body.starts_with("\r\n")) return bad_form();
        body.remove_prefix(2);
        size_t head_end = body.substr(0, part_header_bytes_max).find("\r\n\r\n");
        size_t end = body.find(delimiter);
        if (head_end == std::string_view::npos || end == std::string_view::npos || head_end + 2 > end)
            return bad_form();
        PartHead part = TRY(parse_part_head(body.substr(0, head_end)));
        size_t content_at = std::min(head_end + 4, end);
        std::string_view content = body.substr(content_at, end - content_at);
        body.remove_prefix(end + delimiter.size());
        if (form.fields.size() >= form_fields_max)
            return fail(Errc::too_large, "request.too_many_fields", {{"limit", std::to_string(form_fields_max)}});
        if (part.file_name) {
            // A file input left empty comes as a part without name and content.
            if (part.file_name->empty() && content.empty()) continue;
            if (form.uploads.size() >= form_uploads_max)
                return fail(Errc::too_large, "request.too_many_fields", {{"limit", std::to_string(form_uploads_max)}});
            form.uploads.push_back({std::move(part.name), base_name(*part.file_name), media_type(part.content_type),
                                    std::string(content)});
        } else {
            if (!is_utf8(content)) return bad_form();
            form.fields.push_back({std::move(part.name), std::string(content)});
        }
    }
    return form;
}

}  // namespace motcua::http
