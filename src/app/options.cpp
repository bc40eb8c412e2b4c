#include "app/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "resources/messages.hpp"

namespace motcua::app {

std::optional<std::string> Options::find(std::string_view name) const {
    auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
}

Result<Options> parse_options(std::span<const std::string_view> args,
                              std::initializer_list<std::string_view> with_value,
                              std::initializer_list<std::string_view> flags) {
    Options options;
    for (size_t i = 0; i < args.size(); ++i) {
        if (!args[i].starts_with("--")) {
            options.arguments.emplace_back(args[i]);
            continue;
        }
        size_t equals = args[i].find('=');
        std::string name(args[i].substr(2, equals == std::string_view::npos ? equals : equals - 2));
        std::string shown = "--" + name, value;
        if (std::ranges::find(with_value, std::string_view(name)) != with_value.end()) {
            if (equals != std::string_view::npos) {
                value = args[i].substr(equals + 1);
            } else if (++i < args.size()) {
                value = args[i];
            } else {
                return fail(Errc::invalid, "options.value_missing", {{"option", shown}});
            }
        } else if (std::ranges::find(flags, std::string_view(name)) == flags.end() ||
                   equals != std::string_view::npos) {
            return fail(Errc::invalid, "options.unknown", {{"option", shown}});
        }
        if (!options.values.emplace(std::move(name), std::move(value)).second)
            return fail(Errc::invalid, "options.repeated", {{"option", shown}});
    }
    return options;
}

Result<std::string> read_input(const std::string& name, std::istream& standard_input) {
    std::ifstream file;
    if (name != "-") file.open(name, std::ios::binary);
    std::istream& source = name == "-" ? standard_input : file;
    std::string text{std::istreambuf_iterator<char>(source), std::istreambuf_iterator<char>()};
    if ((name != "-" && !file.is_open()) || source.bad())
        return fail(Errc::not_found, "app.file_unreadable", {{"file", name}});
    return text;
}

Lang terminal_lang() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
        if (const char* value = std::getenv(name); value && *value)
            return std::string_view(value).starts_with("vi") ? Lang::vi : Lang::en;
    return Lang::en;
}

void print_refusal(std::ostream& err, std::string_view verb, const Error& error) {
    const Lang lang = terminal_lang();
    err << "motcua " << verb << ": " << resources::message(lang, error) << " [" << error.reason << "]\n";
    for (const FieldError& field : error.fields)
        err << "  " << field.path << ": " << resources::message(lang, field) << " [" << field.reason << "]\n";
}

}  // namespace motcua::app
