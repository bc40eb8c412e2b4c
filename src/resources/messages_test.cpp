#include "resources/messages.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "resources/resources.hpp"

namespace motcua::resources {
namespace {

TEST(Messages, FillsParametersInTheAskedLanguage) {
    std::vector<Param> params{{"limit", "8"}};
    EXPECT_EQ(message(Lang::en, "json.too_large", params),
              "The data sent is too large (at most 8 bytes). Split it and send it again.");
    EXPECT_NE(message(Lang::vi, "json.too_large", params).find("tối đa 8 byte"), std::string::npos);
    EXPECT_NE(message(Lang::en, "json.too_large").find("{limit}"), std::string::npos);
}

TEST(Messages, AParameterMayDifferByLanguage) {
    std::vector<Param> params{{"text_vi", "Bên nữ chưa đủ tuổi."}, {"text_en", "The bride is too young."}};
    EXPECT_EQ(message(Lang::vi, "forms.rule", params), "Bên nữ chưa đủ tuổi.");
    EXPECT_EQ(message(Lang::en, "forms.rule", params), "The bride is too young.");
}

TEST(Messages, AnUnknownReasonIsVisible) {
    EXPECT_FALSE(has_message("no.such_reason"));
    std::vector<Param> params{{"a", "1"}};
    EXPECT_EQ(message(Lang::vi, "no.such_reason", params), "⟦no.such_reason a=1⟧");
}

/// The {names} of a sentence.
std::set<std::string> placeholders(std::string_view sentence) {
    std::set<std::string> found;
    for (size_t open = sentence.find('{'); open != std::string_view::npos; open = sentence.find('{', open + 1)) {
        size_t close = std::min(sentence.find('}', open), sentence.size());
        found.emplace(sentence.substr(open + 1, close - open - 1));
    }
    return found;
}

std::string without_comments(std::istream& source) {
    std::string text, line;
    while (std::getline(source, line)) text += line.substr(0, line.find("//")) + '\n';
    return text;
}

bool is_reason(std::string_view text) {
    size_t dot = text.find('.');
    return dot != std::string_view::npos && dot > 0 && dot + 1 < text.size() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") == std::string_view::npos;
}

/// The first string literal after each `marker` on the same statement, if it looks like a reason.
void collect_reasons(std::string_view source, std::string_view marker, std::set<std::string>& into) {
    for (size_t at = source.find(marker); at != std::string_view::npos; at = source.find(marker, at + 1)) {
        std::string_view rest = source.substr(at + marker.size());
        rest = rest.substr(0, rest.find(';'));
        size_t open = rest.find('"');
        if (open == std::string_view::npos) continue;
        rest.remove_prefix(open + 1);
        std::string_view literal = rest.substr(0, rest.find('"'));
        if (is_reason(literal)) into.emplace(literal);
    }
}

TEST(Messages, BothLanguagesUseTheSameParameters) {
    for (std::string_view reason : list_reasons())
        EXPECT_EQ(placeholders(message(Lang::vi, reason)), placeholders(message(Lang::en, reason))) << reason;
}

TEST(Messages, EveryReasonInTheSourceHasASentence) {
    std::set<std::string> seen;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(MOTCUA_SOURCE_DIR "/src")) {
        std::string name = entry.path().filename().string();
        if (name.ends_with("_test.cpp") || !(name.ends_with(".cpp") || name.ends_with(".hpp"))) continue;
        std::ifstream file(entry.path());
        std::set<std::string> reasons;
        std::string source = without_comments(file);
        for (std::string_view marker : {"fail(Errc::", "Fault(", "FieldError{"})
            collect_reasons(source, marker, reasons);
        for (const std::string& reason : reasons) EXPECT_TRUE(has_message(reason)) << entry.path() << ": " << reason;
        seen.merge(reasons);
    }
    EXPECT_TRUE(seen.contains("time.malformed"));
}

}  // namespace
}  // namespace motcua::resources
