#include "http/parse.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace motcua::http {

namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Calls `each` for the parts of `text` between `separator`s until it answers false.
template <class Each>
void split(std::string_view text, char separator, Each&& each) {
    while (true) {
        size_t end = text.find(separator);
        if (!each(text.substr(0, end)) || end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

Result<std::string> decode_path(std::string_view raw) {
    auto refuse = [] { return fail(Errc::malformed, "request.bad_path"); };
    if (raw.empty() || raw.front() != '/') return refuse();
    std::string path;
    bool sound = true;
    size_t left = raw.size() - 1;
    split(raw.substr(1), '/', [&](std::string_view segment) {
        left -= segment.size();
        const bool last = left == 0;
        left -= last ? 0 : 1;
        auto decoded = percent_decode(segment, false);
        sound = decoded && (!decoded->empty() || last) && *decoded != "." && *decoded != ".." &&
                decoded->find_first_of("/\\") == std::string::npos && !has_control(*decoded) && is_utf8(*decoded);
        if (sound) path += '/' + *decoded;
        return sound;
    });
    if (!sound) return refuse();
    return path;
}

/// "fr;q=0.5" -> name and q in thousandths; q = 0 for what cannot be read.
std::pair<std::string_view, int> weighted(std::string_view item) {
    size_t semicolon = item.find(';');
    std::string_view name = trim(item.substr(0, semicolon));
    int q = 1000;
    while (semicolon != std::string_view::npos) {
        item.remove_prefix(semicolon + 1);
        semicolon = item.find(';');
        std::string_view parameter = trim(item.substr(0, semicolon));
        if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
        parameter.remove_prefix(2);
        if (parameter.empty() || (parameter[0] != '0' && parameter[0] != '1')) return {name, 0};
        q = parameter[0] == '1' ? 1000 : 0;
        int scale = 100;
        for (size_t i = 2; i < parameter.size() && scale > 0 && parameter[1] == '.'; ++i, scale /= 10) {
            if (parameter[i] < '0' || parameter[i] > '9') return {name, 0};
            q += (parameter[i] - '0') * scale;
        }
    }
    return {name, std::min(q, 1000)};
}

}  // namespace

bool equal_no_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower_ascii, lower_ascii);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            int high = hex(text[i + 1]), low = hex(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high << 4 | low);
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        bool unreserved = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

Result<Target> parse_target(std::string_view target) {
    if (!target.starts_with('/')) {  // absolute form, RFC 9112 §3.2.2
        size_t scheme = target.find("://");
        size_t slash = scheme == std::string_view::npos ? scheme : target.find_first_of("/?", scheme + 3);
        if (scheme == std::string_view::npos) return fail(Errc::malformed, "request.bad_path");
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    target = target.substr(0, target.find('#'));
    size_t question = target.find('?');
    Target parsed;
    parsed.path = TRY(decode_path(target.substr(0, question)));
    if (question == std::string_view::npos) return parsed;
    auto query = parse_urlencoded(target.substr(question + 1));
    if (!query) return fail(Errc::malformed, "request.bad_query");
    parsed.query = std::move(*query);
    return parsed;
}

Result<std::vector<NameValue>> parse_urlencoded(std::string_view text) {
    std::vector<NameValue> pairs;
    bool sound = true;
    split(text, '&', [&](std::string_view pair) {
        if (pair.empty()) return true;
        size_t equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals), true);
        auto value =
            percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
        sound = name && value && is_utf8(*name) && is_utf8(*value) && pairs.size() < form_fields_max;
        if (sound) pairs.push_back({std::move(*name), std::move(*value)});
        return sound;
    });
    if (sound) return pairs;
    if (pairs.size() >= form_fields_max)
        return fail(Errc::too_large, "request.too_many_fields", {{"limit", std::to_string(form_fields_max)}});
    return fail(Errc::malformed, "request.bad_form");
}

std::vector<NameValue> parse_cookies(std::string_view header) {
    std::vector<NameValue> cookies;
    split(header, ';', [&](std::string_view pair) {
        pair = trim(pair);
        size_t equals = pair.find('=');
        if (equals != std::string_view::npos && equals > 0 && !has_control(pair)) {
            std::string_view value = trim(pair.substr(equals + 1));
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            cookies.push_back({std::string(trim(pair.substr(0, equals))), std::string(value)});
        }
        return cookies.size() < cookies_max;
    });
    return cookies;
}

std::string media_type(std::string_view content_type) {
    std::string type(trim(content_type.substr(0, content_type.find(';'))));
    std::ranges::transform(type, type.begin(), lower_ascii);
    return type;
}

std::optional<Lang> parse_accept_language(std::string_view header) {
    std::optional<Lang> best;
    int best_q = 0;
    split(header, ',', [&](std::string_view item) {
        auto [name, q] = weighted(item);
        std::string primary(name.substr(0, name.find('-')));
        std::ranges::transform(primary, primary.begin(), lower_ascii);
        auto lang = parse_lang(primary);
        if (lang && q > best_q) {
            best = lang;
            best_q = q;
        }
        return true;
    });
    return best;
}

bool accepts_encoding(std::string_view header, std::string_view coding) {
    int named = -1, any = -1;
    split(header, ',', [&](std::string_view item) {
        auto [name, q] = weighted(item);
        if (equal_no_case(name, coding)) named = q;
        if (name == "*") any = q;
        return true;
    });
    return named >= 0 ? named > 0 : any > 0;
}

bool prefers_html(std::string_view accept) {
    int html = 0, data = 0;
    split(accept, ',', [&](std::string_view item) {
        auto [name, q] = weighted(item);
        if (name == "text/html" || name == "application/xhtml+xml") html = std::max(html, q);
        if (name == "application/json" || name == "application/problem+json") data = std::max(data, q);
        return true;
    });
    return html > data;
}

}  // namespace motcua::http
