// The languages a person can be answered in. Vietnamese is the language of the law and the default.
#pragma once

#include <optional>
#include <string_view>

namespace motcua {

enum class Lang { vi, en };

constexpr std::string_view to_string(Lang lang) { return lang == Lang::en ? "en" : "vi"; }

/// "vi" or "en", exactly; nullopt for anything else.
constexpr std::optional<Lang> parse_lang(std::string_view text) {
    if (text == "vi") return Lang::vi;
    if (text == "en") return Lang::en;
    return std::nullopt;
}

}  // namespace motcua
