// Writing HTML so that nothing from outside can become markup: a pattern is a literal of the program, every value that
// is put into it is escaped. Owns escaping and the two kinds of places in a pattern:
//   {}             the next argument, escaped; an Html argument goes in as it is
//   {portal.name}  the sentence of that name in the page's language (data/messages/portal.json), escaped
// Leaves out what pages look like (web/src/ui/README.md) and their frame (frame.hpp).
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace motcua::portal {

/// Text as the content of an element or a quoted attribute.
std::string escape_html(std::string_view text);

/// A pattern can only be a literal, so that no value is ever taken for markup.
struct Pattern {
    // Implicit, so that add("…") reads well.
    consteval Pattern(const char* literal) : text(literal) {}
    std::string_view text;
};

class Html {
  public:
    explicit Html(Lang lang) : lang_(lang) {}

    template <class... Args>
    Html& add(Pattern pattern, const Args&... args) {
        const Place places[] = {Place(args)..., Place(std::string_view())};
        write(pattern.text, std::span(places, sizeof...(Args)));
        return *this;
    }
    Html& add(const Html& other) {
        text_ += other.text_;
        return *this;
    }

    /// The sentence in the page's language, not escaped: for arguments.
    std::string say(std::string_view reason, const std::vector<Param>& params = {}) const;
    Lang lang() const { return lang_; }
    bool empty() const { return text_.empty(); }
    const std::string& text() const { return text_; }

  private:
    /// One argument as text.
    class Place {
      public:
        explicit Place(std::string_view text) : text_(text) {}
        explicit Place(const std::string& text) : text_(text) {}
        explicit Place(const char* text) : text_(text) {}
        explicit Place(const Html& html) : text_(html.text_), markup_(true) {}
        template <std::integral T>
        explicit Place(T number) : number_(std::to_string(number)) {}
        std::string_view text() const { return number_.empty() ? text_ : std::string_view(number_); }
        bool markup() const { return markup_; }

      private:
        std::string_view text_;
        std::string number_;
        bool markup_ = false;
    };
    void write(std::string_view pattern, std::span<const Place> places);

    Lang lang_;
    std::string text_;
};

}  // namespace motcua::portal
