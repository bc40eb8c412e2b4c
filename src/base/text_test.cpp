#include "base/text.hpp"

#include <cstdint>
#include <cstdio>
#include <sstream>

#include <gtest/gtest.h>
#include <utf8proc.h>

#include "base/json.hpp"
#include "base/testing.hpp"

namespace motcua {
namespace {

TEST(Fold, TreatsFormsToneStylesAndDAlike) {
    for (const char* text :
         {"Hòa Điền", "Hoà Điền", "hoa dien", "HOÀ  ĐIỀN", " Hòa-Điền. ", "Hòa Ðiền", "\u200BHoà\u00A0Điền"}) {
        EXPECT_EQ(fold(text), "hoa dien") << text;
        EXPECT_EQ(fold(nfd(text)), "hoa dien") << text;
    }
    EXPECT_EQ(fold("Thủ tục “đăng ký khai sinh” (trong ngày)"), "thu tuc dang ky khai sinh trong ngay");
    EXPECT_EQ(fold("1.001193.000.00.00.H33"), "1 001193 000 00 00 h33");
    EXPECT_EQ(fold(""), "");
    EXPECT_EQ(fold(" .,;– "), "");
    EXPECT_EQ(fold("Straße ﬁn ② Ｈ３３"), "strasse fin 2 h33");
    EXPECT_EQ(fold("Привет Ёлка"), "привет елка");
}

TEST(SearchKey, WritesYAsIWhereBothAreUsed) {
    EXPECT_EQ(search_key("Kỹ thuật, kĩ thuật"), "ki thuat ki thuat");
    EXPECT_EQ(search_key("Quý, quí, Thuỷ, y tế, yêu, ngày, Mỹ"), "qui qui thuy y te yeu ngay mi");
}

TEST(Fold, CoversEveryVietnameseLetter) {
    const std::string letters[] = {"aàảãáạăằẳẵắặâầẩẫấậAÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬ",
                                   "dđDĐ",
                                   "eèẻẽéẹêềểễếệEÈẺẼÉẸÊỀỂỄẾỆ",
                                   "iìỉĩíịIÌỈĨÍỊ",
                                   "oòỏõóọôồổỗốộơờởỡớợOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢ",
                                   "uùủũúụưừửữứựUÙỦŨÚỤƯỪỬỮỨỰ",
                                   "yỳỷỹýỵYỲỶỸÝỴ"};
    for (const std::string& group : letters)
        for (const std::string& form : {group, nfd(group)})
            EXPECT_EQ(fold(form).find_first_not_of(group[0]), std::string::npos) << fold(form);
}

TEST(Fold, BytesThatAreNotUtf8AreWhiteSpace) {
    EXPECT_EQ(fold("khai\xff sinh\xc3"), "khai sinh");
    EXPECT_EQ(fold("a\xed\xa0\x80z"), "a z");
    EXPECT_EQ(fold(std::string_view("a\0z", 3)), "a z");
}

TEST(Utf8, RefusesIllFormedBytes) {
    EXPECT_TRUE(is_utf8("đường 𠀀"));
    for (const char* bad : {"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe1\xba", "\x80"})
        EXPECT_FALSE(is_utf8(bad)) << bad;
    EXPECT_EQ(nfc("a\xff"), "a\uFFFD");
}

TEST(Words, AreViewsWithoutEmptyOnes) {
    std::string folded = fold("Đăng ký  khai sinh");
    EXPECT_EQ(split_words(folded), (std::vector<std::string_view>{"dang", "ky", "khai", "sinh"}));
    EXPECT_TRUE(split_words("").empty());
}

TEST(Truncate, CutsBetweenCodePoints) {
    EXPECT_EQ(truncate_utf8("đường", 20), "đường");
    EXPECT_EQ(truncate_utf8("đường", 3), "đ");
    EXPECT_EQ(truncate_utf8("đường", 1), "");
}

TEST(Lower, KeepsDiacritics) { EXPECT_EQ(lower("TIẾNG VIỆT Đ"), "tiếng việt đ"); }

TEST(Tones, LeaveForeignWordsAlone) {
    for (const char* word : {"Canadá", "résumé", "naïve", "1.000", "", "b\u0301c"})
        EXPECT_EQ(normalize_tones(word), nfc(word));
}

// Cases of other programs; each entry is [name, input, expected].
TEST(Conformance, ToneVectors) {
    auto path = test::find_conformance(MOTCUA_SOURCE_DIR, "unicode/viet_tone_vectors.json");
    if (!path) GTEST_SKIP() << "conformance cases are absent";
    auto parsed = parse_json(test::read_text(*path));
    ASSERT_TRUE(parsed);
    int run = 0;
    for (const auto& [file, cases] : parsed->as_object().at("vectors").as_object()) {
        std::string (*function)(std::string_view) = std::string_view(file).starts_with("remove") ? strip_marks
                                                    : std::string_view(file).starts_with("normalize_y")
                                                        ? normalize_y
                                                        : normalize_tones;
        for (const json::value& item : cases.as_array()) {
            std::string input(item.at(1).as_string());
            std::string expected(item.at(2).as_string());
            EXPECT_EQ(function(input), nfc(expected)) << file << ": " << item.at(0);
            EXPECT_EQ(function(nfd(input)), nfc(expected)) << file << " (NFD): " << item.at(0);
            EXPECT_EQ(fold(input), fold(nfd(input)));
            ++run;
        }
    }
    EXPECT_GT(run, 0);
}

std::string read_sequence(const std::string& field) {
    std::string out;
    std::istringstream in(field);
    for (std::uint32_t c = 0; in >> std::hex >> c;) {
        utf8proc_uint8_t bytes[4];
        auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
        out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
    }
    return out;
}

TEST(Conformance, UnicodeNormalizationTest) {
    auto path = test::find_conformance(MOTCUA_SOURCE_DIR, "unicode/NormalizationTest.txt.bz2");
    if (!path) GTEST_SKIP() << "conformance cases are absent";
    std::FILE* pipe = popen(("bzip2 -dc '" + path->string() + "' 2>/dev/null").c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    int run = 0;
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe)) {
        std::string line(buffer);
        if (line.empty() || line[0] == '#' || line[0] == '@') continue;
        std::istringstream in(line);
        std::string columns[5];
        for (std::string& column : columns) {
            std::string field;
            std::getline(in, field, ';');
            column = read_sequence(field);
        }
        const auto& [c1, c2, c3, c4, c5] = columns;
        EXPECT_EQ(nfc(c1), c2) << line;
        EXPECT_EQ(nfc(c2), c2) << line;
        EXPECT_EQ(nfc(c3), c2) << line;
        EXPECT_EQ(nfc(c4), c4) << line;
        EXPECT_EQ(nfc(c5), c4) << line;
        EXPECT_EQ(nfd(c1), c3) << line;
        EXPECT_EQ(nfd(c2), c3) << line;
        EXPECT_EQ(nfd(c5), c5) << line;
        EXPECT_EQ(fold(c1), fold(c2)) << line;
        EXPECT_EQ(fold(c1), fold(c3)) << line;
        ++run;
    }
    if (pclose(pipe) != 0) GTEST_SKIP() << "bzip2 is absent";
    EXPECT_GT(run, 10000);
}

}  // namespace
}  // namespace motcua
