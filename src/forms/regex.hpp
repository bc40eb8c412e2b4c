// Patterns of text fields: a regex subset that RE2 and JavaScript (flag u) read alike and that neither can be slow on.
// Grammar and the determinism rule: docs/forms.md. Owns parsing, checking and matching.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace motcua::forms {

inline constexpr std::size_t pattern_bytes_max = 500;
inline constexpr int pattern_repeat_max = 1000;

class Pattern {
  public:
    /// Reasons: "forms.def_pattern_syntax" {position}, "forms.def_pattern_unsupported" {position, what},
    /// "forms.def_pattern_ambiguous" {position}, "forms.def_too_long" {limit}.
    static Result<std::shared_ptr<const Pattern>> compile(std::string_view text);
    ~Pattern();
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;

    /// Found anywhere in `text`, as in JSON Schema; write ^ and $ to bind it to the ends. Linear time.
    bool matches(std::string_view text) const;
    const std::string& text() const { return text_; }

  private:
    Pattern() = default;
    struct Impl;
    std::string text_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace motcua::forms
