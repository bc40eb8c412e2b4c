// The JSON reader: cases of others (JSONTestSuite), and our own bounds.
#include "base/json.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include "base/testing.hpp"

namespace motcua {
namespace {

std::string from_base64(std::string_view text) {
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    bool ok = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                                nullptr, &length, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
    EXPECT_TRUE(ok);
    bytes.resize(length);
    return bytes;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, AcceptsAndRefusesWhatTheSuiteSays) {
    auto path = test::find_conformance(MOTCUA_SOURCE_DIR, "json-parsing/parsing.json");
    if (!path) GTEST_SKIP() << "no conformance cases";
    auto suite = parse_json(test::read_text(*path));
    ASSERT_TRUE(suite);
    std::size_t accepted = 0, refused = 0;
    for (const json::value& value : suite->at("cases").get_array()) {
        const json::object& test = value.get_object();
        std::string name = string_or(test, "name"), expected = string_or(test, "expect");
        auto parsed = parse_json(from_base64(string_or(test, "b64")));
        if (expected == "accept") {
            EXPECT_TRUE(parsed) << name;
            ++accepted;
        } else if (expected == "reject") {
            EXPECT_FALSE(parsed) << name;
            ++refused;
        }
        // What was read can be written and read again.
        if (parsed) {
            auto again = parse_json(json::serialize(*parsed));
            EXPECT_TRUE(again && *again == *parsed) << name;
        }
    }
    EXPECT_GE(accepted, 95u);
    EXPECT_GE(refused, 188u);
}

TEST(Json, IsBoundedInDepthAndSize) {
    EXPECT_TRUE(parse_json(nested(json_depth_max)));
    EXPECT_EQ(parse_json(nested(json_depth_max + 1)).error().reason, "json.malformed");
    EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
    EXPECT_FALSE(parse_json([] {
        std::string text;
        for (int i = 0; i < 100'000; ++i) text += "{\"a\":";
        return text;
    }()));
    std::string longest = "\"" + std::string(json_bytes_max - 2, 'x') + "\"";
    EXPECT_TRUE(parse_json(longest));
    EXPECT_EQ(parse_json(longest + " ").error().reason, "json.too_large");
}

TEST(Json, RefusesNumbersThatItCouldNotWrite) {
    for (const char* text : {"1e400", "[-1e400]", R"({"a":[1e999]})"})
        EXPECT_EQ(parse_json(text).error().reason, "json.number_too_large");
    EXPECT_TRUE(parse_json("[1e308, 1e-400, 100000000000000000000]"));
}

TEST(Json, TellsWhereItStopped) {
    auto parsed = parse_json(R"({"a":1,})");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::malformed);
    EXPECT_EQ(parsed.error().params.front().name, "position");
}

}  // namespace
}  // namespace motcua
