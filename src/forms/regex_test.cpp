#include "forms/regex.hpp"

#include <gtest/gtest.h>

namespace motcua::forms {
namespace {

std::string reason(std::string_view pattern) {
    auto compiled = Pattern::compile(pattern);
    return compiled ? "" : compiled.error().reason;
}

TEST(Pattern, RefusesWhatJavaScriptReadsOtherwise) {
    for (const char* text : {".",   "a*?",   "a++",   "(?=a)", "(?<n>a)", "\\s",     "\\b", "\\1", "\\p{L}",
                             "a^b", "a$b",   "^a|b$", "[a",    "a{2",     "a{3,2}",  "*a",  "]",   "}",
                             "\\-", "\\x41", "[]",    "[z-a]", "[\\d-z]", "a{1001}", "(a",  "a)",  "\\"})
        EXPECT_NE(reason(text), "") << text;
}

TEST(Pattern, RefusesWhatBacktrackingIsSlowOn) {
    for (const char* text : {"(a*)*", "(a+)+", "a*a*", "(a|a)*", "(a|ab)*", "^(\\d+,?)+$", "a{1,9}a", "(a?b?)*",
                             "(?:a|b)?(?:a|b)?(?:a|b)?(?:a|b)?a"})
        EXPECT_EQ(reason(text), "forms.def_pattern_ambiguous") << text;
}

TEST(Pattern, AcceptsAndMatches) {
    struct Case {
        const char* pattern;
        const char* text;
        bool matches;
    };
    for (const Case& c : {Case{"^\\d{12}$", "079199012345", true},
                          {"^\\d{12}$", "07919901234", false},
                          {"^(?:\\d{9}|\\d{12})$", "123456789", true},
                          {"^[A-ZĐ]{1,3}-\\d{4,5}$", "KG-91234", true},
                          {"^[A-ZĐ]{1,3}-\\d{4,5}$", "Kg-91234", false},
                          {"b", "abc", true},
                          {"^[^a]$", "\n", true},
                          {"^\\d+(?:[.,]\\d+)?$", "12,5", true},
                          {"^đường$", "đường", true}}) {
        auto compiled = Pattern::compile(c.pattern);
        ASSERT_TRUE(compiled) << c.pattern << compiled.error().reason;
        EXPECT_EQ((*compiled)->matches(c.text), c.matches) << c.pattern << " on " << c.text;
    }
}

}  // namespace
}  // namespace motcua::forms
