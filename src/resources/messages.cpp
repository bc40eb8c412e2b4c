#include "resources/messages.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.hpp"
#include "base/json.hpp"
#include "resources/resources.hpp"

namespace motcua::resources {

namespace {

using Sentences = std::array<std::string, 2>;  // by Lang
using Catalogue = std::map<std::string, Sentences, std::less<>>;

/// What ships is checked by tests, so a fault here is a programmer's error.
const Catalogue& catalogue() {
    static const Catalogue built = [] {
        Catalogue all;
        for (const Resource& file : list_resources("messages/")) {
            auto parsed = parse_json(file.bytes);
            CHECK(parsed && parsed->is_object(), "{} is not a JSON object", file.name);
            for (const auto& [reason, sentences] : parsed->get_object()) {
                const json::object* pair = sentences.if_object();
                CHECK(pair && find_string(*pair, "vi") && find_string(*pair, "en"), "{}: {} needs vi and en", file.name,
                      std::string_view(reason));
                bool is_new = all.emplace(reason, Sentences{string_or(*pair, "vi"), string_or(*pair, "en")}).second;
                CHECK(is_new, "{}: {} is already in another file", file.name, std::string_view(reason));
            }
        }
        return all;
    }();
    return built;
}

std::string visible_fallback(std::string_view reason, std::span<const Param> params) {
    std::string text = "⟦";
    text += reason;
    for (const Param& param : params) text += " " + param.name + "=" + param.value;
    return text + "⟧";
}

}  // namespace

std::string message(Lang lang, std::string_view reason, std::span<const Param> params) {
    auto found = catalogue().find(reason);
    if (found == catalogue().end()) return visible_fallback(reason, params);
    std::string_view sentence = found->second[static_cast<size_t>(lang)];
    std::string text;
    while (!sentence.empty()) {
        size_t open = sentence.find('{');
        size_t close = open == std::string_view::npos ? open : sentence.find('}', open);
        if (close == std::string_view::npos) break;
        text += sentence.substr(0, open);
        std::string_view name = sentence.substr(open + 1, close - open - 1);
        size_t colon = name.find(':');
        std::string_view plain = name.substr(0, colon);
        auto param = std::ranges::find(params, plain, &Param::name);
        if (param == params.end())
            param = std::ranges::find(params, std::string(plain) + "_" + std::string(to_string(lang)), &Param::name);
        if (param == params.end())
            text += sentence.substr(open, close - open + 1);
        else if (colon == std::string_view::npos)
            text += param->value;
        else
            text += message(lang, std::string(name.substr(colon + 1)) + '.' + param->value);
        sentence.remove_prefix(close + 1);
    }
    text += sentence;
    return text;
}

bool has_message(std::string_view reason) { return catalogue().contains(reason); }

std::vector<std::string_view> list_reasons() {
    std::vector<std::string_view> reasons;
    for (const auto& [reason, sentences] : catalogue()) reasons.push_back(reason);
    return reasons;
}

}  // namespace motcua::resources
