#include "forms/entries.hpp"

#include <gtest/gtest.h>

#include "forms/validate.hpp"

namespace motcua::forms {
namespace {

constexpr const char* form = R"({"id":"demo","version":1,"title":{"vi":"Thử","en":"Trial"},"steps":[
 {"id":"a","l":{"vi":"Phần A","en":"Part A"},"fields":[
  {"n":"full_name","t":"person_name","l":{"vi":"Họ và tên","en":"Full name"},"req":1},
  {"n":"born","t":"date","l":{"vi":"Ngày sinh","en":"Born"}},
  {"n":"ways","t":"checkbox","l":{"vi":"Cách nhận","en":"How"},"o":[["post",{"vi":"Bưu chính","en":"Post"}],["counter",{"vi":"Tại quầy","en":"Counter"}]]},
  {"n":"sure","t":"consent","l":{"vi":"Cam đoan","en":"Sure"}},
  {"n":"home","t":"address","l":{"vi":"Nơi ở","en":"Home"}},
  {"n":"mother","t":"section","l":{"vi":"Mẹ","en":"Mother"},"fields":[{"n":"born","t":"date","l":{"vi":"Ngày sinh","en":"Born"}}]},
  {"n":"papers","t":"file","l":{"vi":"Giấy tờ","en":"Papers"},"kinds":["pdf"],"max":2},
  {"n":"children","t":"group","l":{"vi":"Các con","en":"Children"},"fields":[{"n":"name","t":"text","l":{"vi":"Tên","en":"Name"},"req":1}]}]}]})";

json::object read(std::vector<Entry> entries) {
    auto definition = read_definition(form);
    EXPECT_TRUE(definition);
    return read_entries(**definition, entries);
}

TEST(Entries, BecomeNestedAnswers) {
    EXPECT_EQ(read({{"full_name", " Lê Thị Mơ "},
                    {"born", "27/3/1990"},
                    {"ways", "post"},
                    {"ways", "counter"},
                    {"sure", "true"},
                    {"home/unit", "30760"},
                    {"home/detail", "12 Nguyễn Trung Trực"},
                    {"home/country", ""},
                    {"mother/born", "3/1960"},
                    {"papers", "f1"},
                    {"papers", ""},
                    {"_key", "x"}}),
              json::parse(R"({"full_name":" Lê Thị Mơ ","born":"1990-03-27","ways":["post","counter"],"sure":true,
                              "home":{"unit":"30760","detail":"12 Nguyễn Trung Trực"},"mother":{"born":"1960-03"},"papers":[{"id":"f1"}]})"));
    EXPECT_EQ(read({}), json::object());
}

TEST(Entries, RowsComeInOrderWithoutGapsAndBlanks) {
    EXPECT_EQ(read({{"children/10/name", "Cúc"}, {"children/2/name", "An"}, {"children/3/name", "  "}}),
              json::parse(R"({"children":[{"name":"An"},{"name":"Cúc"}]})"));
    EXPECT_EQ(read({{"children/0/name", ""}}), json::object());
}

TEST(Entries, NamesOfNoFieldReachTheJudgement) {
    auto definition = read_definition(form);
    ASSERT_TRUE(definition);
    std::vector<Entry> entries{
        {"full_name", "Lê Thị Mơ"}, {"role", "admin"}, {"children/00/name", "An"}, {"home/street", "x"}};
    Validation judged = validate(**definition, read_entries(**definition, entries),
                                 {.today = std::chrono::local_days{std::chrono::year{2026} / 3 / 2}});
    std::vector<std::string> paths;
    for (const FieldError& error : judged.errors) {
        EXPECT_EQ(error.reason, "forms.unknown_field");
        paths.push_back(error.path);
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"children/00/name", "home/street", "role"}));
}

TEST(Entries, DatesAsPeopleWriteThem) {
    for (std::string_view text : {"2/3/2026", "02.03.2026", " 2-3-2026 ", "2 3 2026", "02032026", "2026-03-02"})
        EXPECT_EQ(read_date_entry(text), "2026-03-02") << text;
    EXPECT_EQ(read_date_entry("3/2026"), "2026-03");
    EXPECT_EQ(read_date_entry("1990"), "1990");
    EXPECT_EQ(read_date_entry("mùng hai Tết"), "mùng hai Tết");
    EXPECT_EQ(read_date_entry("1//2026"), "1//2026");
    EXPECT_EQ(show_date_entry("2026-03-02"), "02/03/2026");
    EXPECT_EQ(show_date_entry("2026-03"), "03/2026");
    EXPECT_EQ(show_date_entry("1990"), "1990");
}

}  // namespace
}  // namespace motcua::forms
