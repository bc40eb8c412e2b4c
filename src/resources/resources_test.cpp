#include "resources/resources.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace motcua::resources {
namespace {

TEST(Resources, FindsWhatShipsAndNothingElse) {
    ASSERT_TRUE(find_resource("messages/base.json"));
    EXPECT_FALSE(find_resource("messages/none.json"));
    EXPECT_FALSE(find_resource(""));
}

TEST(Resources, EveryMessageFileIsReadableAndBilingual) {
    auto files = list_resources("messages/");
    ASSERT_FALSE(files.empty());
    for (const auto& file : files) {
        auto parsed = parse_json(file.bytes);
        ASSERT_TRUE(parsed && parsed->is_object()) << file.name;
        for (const auto& [reason, sentences] : parsed->get_object()) {
            ASSERT_TRUE(sentences.is_object()) << file.name << ' ' << std::string_view(reason);
            EXPECT_FALSE(string_or(sentences.get_object(), "vi").empty()) << std::string_view(reason);
            EXPECT_FALSE(string_or(sentences.get_object(), "en").empty()) << std::string_view(reason);
        }
    }
}

}  // namespace
}  // namespace motcua::resources
