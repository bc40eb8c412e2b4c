#include "portal/html.hpp"

#include "base/check.hpp"
#include "resources/messages.hpp"

namespace motcua::portal {

namespace {

void append_escaped(std::string& out, std::string_view text) {
    for (char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    append_escaped(out, text);
    return out;
}

std::string Html::say(std::string_view reason, const std::vector<Param>& params) const {
    return resources::message(lang_, reason, params);
}

void Html::write(std::string_view pattern, std::span<const Place> places) {
    std::size_t next = 0;
    while (!pattern.empty()) {
        std::size_t open = pattern.find('{');
        text_ += pattern.substr(0, open);
        if (open == std::string_view::npos) break;
        std::size_t close = pattern.find('}', open);
        CHECK(close != std::string_view::npos, "a place of a pattern is not closed");
        std::string_view name = pattern.substr(open + 1, close - open - 1);
        pattern.remove_prefix(close + 1);
        if (!name.empty()) {
            append_escaped(text_, resources::message(lang_, name));
            continue;
        }
        CHECK(next < places.size(), "a pattern has more places than arguments");
        const Place& place = places[next++];
        if (place.markup()) {
            text_ += place.text();
        } else {
            append_escaped(text_, place.text());
        }
    }
    CHECK(next == places.size(), "a pattern has fewer places than arguments");
}

}  // namespace motcua::portal
