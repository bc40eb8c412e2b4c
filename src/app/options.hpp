// Options of a verb: `--name value`, `--name=value`, `--flag`; everything else is an argument. One small parser, so
// that every verb refuses unknown options in the same words.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace motcua::app {

struct Options {
    std::map<std::string, std::string, std::less<>> values;  // without the dashes; flags have ""
    std::vector<std::string> arguments;

    std::optional<std::string> find(std::string_view name) const;
    bool has(std::string_view name) const { return values.contains(name); }
};

/// `with_value` and `flags` are the names this verb knows. Reasons: options.unknown {option}, options.value_missing
/// {option}, options.repeated {option}.
Result<Options> parse_options(std::span<const std::string_view> args,
                              std::initializer_list<std::string_view> with_value,
                              std::initializer_list<std::string_view> flags);

/// The whole of a file, or of standard input when `name` is "-". Reason not_found "app.file_unreadable" {file}.
Result<std::string> read_input(const std::string& name, std::istream& standard_input);

/// Language for the terminal: vi when LC_ALL, LC_MESSAGES or LANG begins with "vi", else en.
Lang terminal_lang();

/// "motcua VERB: sentence [reason]", with a line for each wrong field.
void print_refusal(std::ostream& err, std::string_view verb, const Error& error);

}  // namespace motcua::app
