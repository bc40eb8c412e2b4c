// Help for tests only: a verb of the command line, run as a person runs it.
#pragma once

#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "app/options.hpp"

namespace motcua::app {

struct Ran {
    int status = 0;
    std::string out, err;
};
using VerbFunction = int (*)(std::span<const std::string_view>, std::istream&, std::ostream&, std::ostream&);

/// A word of the command line: a string of any kind, or a path.
struct Word : std::string {
    template <class Text>
    Word(const Text& text) : std::string(text) {}  // NOLINT(google-explicit-constructor): lists of words are the point
};

inline Ran run(VerbFunction verb, const std::vector<Word>& words, const std::string& input = {}) {
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::istringstream in(input);
    std::ostringstream out, err;
    const int status = verb(args, in, out, err);
    return {status, out.str(), err.str()};
}

}  // namespace motcua::app
