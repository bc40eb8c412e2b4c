#include "base/base64url.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

namespace motcua {
namespace {

std::string by_sodium(std::string_view bytes) {
    constexpr int kind = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes.size(), kind), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      kind);
    text.pop_back();
    return text;
}

TEST(Base64Url, TheVectorsOfRfc4648) {
    const std::pair<std::string_view, std::string_view> pairs[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"}};
    for (const auto& [bytes, text] : pairs) {
        EXPECT_EQ(encode_base64url(bytes), text);
        EXPECT_EQ(decode_base64url(text), bytes);
    }
}

TEST(Base64Url, EveryByteAtEveryPlaceComesBackAndIsSpeltAsLibsodiumDoes) {
    for (std::size_t size = 0; size <= 12; ++size)
        for (int value = 0; value < 256; ++value)
            for (std::size_t at = 0; at < size; ++at) {
                std::string bytes(size, '\x5A');
                bytes[at] = static_cast<char>(value);
                const std::string text = encode_base64url(bytes);
                ASSERT_EQ(text, by_sodium(bytes));
                ASSERT_EQ(decode_base64url(text), bytes);
            }
}

TEST(Base64Url, AppendsBehindWhatIsThere) {
    std::string text = "mcf1.";
    append_base64url(text, "fooba");
    EXPECT_EQ(text, "mcf1.Zm9vYmE");
}

TEST(Base64Url, ReadsOneSpellingOnly) {
    for (std::string_view bad : {"Z", "Zg==", "Zh", "Zm9", "Zm9vY", "Zm9v Yg", "Zm9+", "Zm9/", "Z\0g", "Zm9v\n"})
        EXPECT_FALSE(decode_base64url(bad)) << bad;
    for (int c = 0; c < 256; ++c) {
        const bool letter = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
                                .contains(static_cast<char>(c));
        for (std::size_t at = 0; at < 4; ++at) {
            std::string text = "AAAA";
            text[at] = static_cast<char>(c);
            EXPECT_EQ(decode_base64url(text).has_value(), letter) << c << " at " << at;
        }
    }
}

}  // namespace
}  // namespace motcua
