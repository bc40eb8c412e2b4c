// Versions of a form: what changed, and which answers carry over.
#include <gtest/gtest.h>

#include "forms/validate.hpp"

namespace motcua::forms {
namespace {

DefinitionPtr form(std::string_view fields) {
    auto definition = read_definition(
        std::string(
            R"({"id":"x","version":1,"title":{"vi":"x","en":"x"},"steps":[{"id":"s","l":{"vi":"s","en":"s"},"fields":[)") +
        std::string(fields) + "]}]}");
    EXPECT_TRUE(definition) << (definition ? ""
                                           : definition.error().fields.front().path +
                                                 definition.error().fields.front().reason);
    return definition ? *definition : nullptr;
}

constexpr std::string_view first = R"(
  {"n":"name","t":"person_name","l":{"vi":"Tên","en":"Name"},"req":1},
  {"n":"tel","t":"phone","l":{"vi":"Điện thoại","en":"Telephone"}},
  {"n":"kind","t":"radio","l":{"vi":"Loại","en":"Kind"},"o":[["a",{"vi":"A","en":"A"}],["b",{"vi":"B","en":"B"}]]},
  {"n":"note","t":"text","l":{"vi":"Ghi chú","en":"Note"}},
  {"n":"count","t":"number","l":{"vi":"Số","en":"Count"}},
  {"n":"fax","t":"text","l":{"vi":"Fax","en":"Fax"}},
  {"n":"mother","t":"section","l":{"vi":"Mẹ","en":"Mother"},"req":0,"fields":[
    {"n":"born","t":"date","l":{"vi":"Ngày sinh","en":"Born"},"prec":"year"},
    {"n":"job","t":"text","l":{"vi":"Nghề","en":"Job"}}]},
  {"n":"children","t":"group","l":{"vi":"Con","en":"Children"},"fields":[
    {"n":"full","t":"person_name","l":{"vi":"Tên","en":"Name"}},
    {"n":"age","t":"number","l":{"vi":"Tuổi","en":"Age"}}]})";

constexpr std::string_view second = R"(
  {"n":"name","t":"person_name","l":{"vi":"Họ tên","en":"Full name"},"req":1},
  {"n":"phone","t":"phone","l":{"vi":"Điện thoại","en":"Telephone"},"req":1,"was":"tel"},
  {"n":"kind","t":"select","l":{"vi":"Loại","en":"Kind"},"o":[["a",{"vi":"A","en":"A"}],["c",{"vi":"C","en":"C"}]]},
  {"n":"note","t":"area","l":{"vi":"Ghi chú","en":"Note"},"if":["kind","c"]},
  {"n":"count","t":"checkbox","l":{"vi":"Số","en":"Count"},"o":[["1",{"vi":"1","en":"1"}]]},
  {"n":"mother","t":"section","l":{"vi":"Mẹ","en":"Mother"},"req":0,"fields":[
    {"n":"born","t":"date","l":{"vi":"Ngày sinh","en":"Born"}},
    {"n":"job","t":"text","l":{"vi":"Nghề","en":"Job"}}]},
  {"n":"children","t":"group","l":{"vi":"Con","en":"Children"},"fields":[
    {"n":"full_name","t":"person_name","l":{"vi":"Tên","en":"Name"},"was":"full"},
    {"n":"age","t":"number","l":{"vi":"Tuổi","en":"Age"},"max":17}]},
  {"n":"place","t":"text","l":{"vi":"Nơi","en":"Place"},"req":1})";

const Facts facts{.today = *parse_day("2026-03-02")};

TEST(Versions, DiffNamesWhatChanged) {
    json::object changes = diff(*form(first), *form(second));
    EXPECT_EQ(changes["added"], (json::array{"place"}));
    EXPECT_EQ(changes["removed"], (json::array{"fax"}));
    EXPECT_EQ(changes["renamed"],
              *parse_json(R"([{"from":"tel","to":"phone"},{"from":"children/*/full","to":"children/*/full_name"}])"));
    EXPECT_EQ(
        changes["changed"],
        *parse_json(R"([{"path":"name","keys":["l"]},{"path":"phone","keys":["req"]},{"path":"kind","keys":["o","t"]},
        {"path":"note","keys":["if","t"]},{"path":"count","keys":["o","t"]},{"path":"mother/born","keys":["prec"]},
        {"path":"children/*/age","keys":["max"]}])"));
    json::object none = diff(*form(first), *form(first));
    for (const char* key : {"added", "removed", "renamed", "changed"}) EXPECT_EQ(none[key], json::array()) << key;
}

TEST(Versions, AnswersCarryOver) {
    json::object answers{{"name", "Lê Mơ"},
                         {"tel", "0912345678"},
                         {"kind", "b"},
                         {"note", "xin"},
                         {"count", 3},
                         {"fax", "1"},
                         {"mother", {{"born", "1970"}, {"job", "Nông dân"}}},
                         {"children", json::array{{{"full", "Lê Na"}, {"age", 12}}, {{"full", "Lê An"}, {"age", 20}}}}};
    CarryOver result = carry_over(*form(first), *form(second), answers, facts);
    EXPECT_EQ(result.answers, *parse_json(R"({"name":"Lê Mơ","phone":"0912345678","mother":{"job":"Nông dân"},
        "children":[{"full_name":"Lê Na","age":12},{"full_name":"Lê An"}]})"));
    EXPECT_EQ(result.carried, (std::vector<std::string>{"name", "phone", "mother/job", "children/0/full_name",
                                                        "children/0/age", "children/1/full_name"}));
    json::object lost;
    for (const Lost& one : result.lost) lost[one.path] = one.reason;
    EXPECT_EQ(lost, *parse_json(R"({"kind":"forms.not_an_option","note":"forms.carry_hidden","count":"forms.carry_type",
        "fax":"forms.carry_removed","mother/born":"forms.date_needs_day","children/1/age":"forms.too_large"})"));
    EXPECT_EQ(result.asked, std::vector<std::string>{"place"});
}

TEST(Versions, TheSameVersionCarriesEverything) {
    json::object answers{{"name", "Lê Mơ"},
                         {"kind", "b"},
                         {"mother", {{"born", "1970"}}},
                         {"children", json::array{{{"full", "Lê Na"}}}}};
    CarryOver result = carry_over(*form(first), *form(first), answers, facts);
    EXPECT_EQ(result.answers, answers);
    EXPECT_TRUE(result.lost.empty());
    EXPECT_TRUE(result.asked.empty());
}

}  // namespace
}  // namespace motcua::forms
