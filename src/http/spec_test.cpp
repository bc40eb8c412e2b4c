#include "http/spec.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "http/openapi.hpp"
#include "http/router.hpp"
#include "http/testing.hpp"

namespace motcua::http {
namespace {

bool is_phone(std::string_view text) {
    return text.size() == 10 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

const Fields fields = {
    field::text("name", "Name").required().length(2, 5),
    field::integer("count", "Count").range(1, 9),
    field::number("ratio", "Ratio"),
    field::boolean("urgent", "Urgent"),
    field::one_of("channel", {"online", "counter", "post"}, "Channel"),
    field::id("unit", "Unit"),
    field::day("day", "Day"),
    field::instant("at", "Time"),
    field::text("phone", "Phone").pattern("^[0-9]{10}$", is_phone).nullable(),
    field::array("tags", field::text("", "Tag").length(1, 3), "Tags").length(1, 2),
    field::object("place", {field::text("code", "Code").required()}, "Place"),
    field::any("answers", "Answers"),
};

/// "path reason" of each error, sorted.
std::vector<std::string> wrong(std::string_view text) {
    auto checked = check_object(fields, *parse_json(text));
    std::vector<std::string> list;
    if (checked) return list;
    EXPECT_EQ(checked.error().reason, checked.error().fields.empty() ? "input.not_an_object" : "input.invalid");
    for (const FieldError& error : checked.error().fields) list.push_back(error.path + " " + error.reason);
    std::ranges::sort(list);
    return list;
}
using List = std::vector<std::string>;

TEST(Spec, TakesWhatIsRight) {
    EXPECT_EQ(wrong(R"({"name":"Hồ sơ"})"), List{}) << "five code points";
    EXPECT_EQ(
        wrong(
            R"({"name":"An","count":9,"ratio":1.5,"urgent":false,"channel":"post","unit":"01M8KTEC0Q3ZB","day":"2026-02-28",
        "at":"2026-02-28T08:00:00+07:00","phone":null,"tags":["a","b"],"place":{"code":"91"},"answers":[{"x":1}]})"),
        List{});
}

TEST(Spec, NamesEachWrongField) {
    EXPECT_EQ(wrong("{}"), List{"name input.required"});
    EXPECT_FALSE(check_object(fields, json::array{}));
    EXPECT_EQ(wrong(R"({"name":"","extra":1})"), (List{"extra input.unknown_field", "name input.required"}));
    EXPECT_EQ(wrong(R"({"name":"x"})"), List{"name input.too_short"});
    EXPECT_EQ(wrong(R"({"name":"xxxxxx"})"), List{"name input.too_long"});
    EXPECT_EQ(wrong(R"({"name":7})"), List{"name input.wrong_type"});
    EXPECT_EQ(wrong(R"({"name":null})"), List{"name input.wrong_type"});
    EXPECT_EQ(wrong(R"({"name":"An","count":10})"), List{"count input.out_of_range"});
    EXPECT_EQ(wrong(R"({"name":"An","count":1.5})"), List{"count input.wrong_type"});
    EXPECT_EQ(wrong(R"({"name":"An","count":"1"})"), List{"count input.wrong_type"});
    EXPECT_EQ(wrong(R"({"name":"An","urgent":1})"), List{"urgent input.wrong_type"});
    EXPECT_EQ(wrong(R"({"name":"An","channel":"fax"})"), List{"channel input.not_allowed"});
    EXPECT_EQ(wrong(R"({"name":"An","unit":"x"})"), List{"unit input.bad_format"});
    EXPECT_EQ(wrong(R"({"name":"An","day":"2026-02-30"})"), List{"day input.bad_format"});
    EXPECT_EQ(wrong(R"({"name":"An","at":"soon"})"), List{"at input.bad_format"});
    EXPECT_EQ(wrong(R"({"name":"An","phone":"1"})"), List{"phone input.bad_format"});
    EXPECT_EQ(wrong(R"({"name":"An","tags":[]})"), List{"tags input.too_few_items"});
    EXPECT_EQ(wrong(R"({"name":"An","tags":["a","b","c"]})"), List{"tags input.too_many_items"});
    EXPECT_EQ(wrong(R"({"name":"An","tags":["a","long"]})"), List{"tags/1 input.too_long"});
    EXPECT_EQ(wrong(R"({"name":"An","place":{}})"), List{"place/code input.required"});
    EXPECT_EQ(wrong(R"({"name":"An","place":{"code":"1","x":1}})"), List{"place/x input.unknown_field"});
}

TEST(Spec, TurnsFormTextsIntoTypes) {
    auto checked = check_texts(fields,
                               {{"name", "An"},
                                {"count", "3"},
                                {"ratio", "0.5"},
                                {"urgent", "on"},
                                {"tags", "a"},
                                {"tags", "b"},
                                {"phone", ""},
                                {"csrf", "t"}},
                               {"csrf"});
    ASSERT_TRUE(checked);
    EXPECT_EQ(json::serialize(*checked), R"({"name":"An","count":3,"ratio":5E-1,"urgent":true,"tags":["a","b"]})");
    for (auto [name, value, reason] :
         std::vector<std::tuple<std::string, std::string, std::string>>{{"count", "x", "input.wrong_type"},
                                                                        {"count", "3x", "input.wrong_type"},
                                                                        {"urgent", "maybe", "input.wrong_type"},
                                                                        {"name", "An", "input.repeated"},
                                                                        {"nobody", "1", "input.unknown_field"},
                                                                        {"csrf", "1", "input.unknown_field"}}) {
        auto refused = check_texts(fields, {{"name", "An"}, {name, value}}, {});
        ASSERT_FALSE(refused) << name;
        ASSERT_EQ(refused.error().fields.size(), 1u) << name;
        EXPECT_EQ(refused.error().fields[0].reason, reason) << name;
    }
    EXPECT_FALSE(check_texts(fields, {{"name", ""}}, {})) << "empty is absent";
}

Result<Response> hello(Context&, const Request&) { return Response::text("hello"); }
Result<Prepared> nothing(Context&, const Request&) { return Prepared(Response::no_content()); }

class RouterTest : public ::testing::Test {
  protected:
    RouterTest() {
        router.query("GET", "/", permission::open, {.summary = "Home", .html = true}, hello);
        router.query("GET", "/a/{x}", permission::open, {.summary = "One"}, hello);
        router.query("GET", "/a/list", permission::open, {.summary = "List", .query = fields}, hello);
        router.query("GET", "/a/{x}/b/{y}", permission::signed_in, {.summary = "Two", .answer = "Thing"}, hello);
        router.query("GET", "/f/{rest*}", permission::open,
                     {.summary = "Tail", .answer = "Thing", .answer_is_list = true}, hello);
        router.command("POST", "/a/{x}", permission::signed_in,
                       {.summary = "Change", .input = fields, .if_match = IfMatch::required}, nothing);
        router.command("PUT", "/a/{x}/file", permission::signed_in,
                       {.summary = "File", .body = Body::raw, .status = 204}, nothing);
        router.schema("Thing", {field::text("code", "Code").required(), field::ref("other", "Thing", "Another")});
        register_description(router);
    }
    Router router;
};

TEST_F(RouterTest, MatchesLiteralsBeforeParameters) {
    auto path = [&](Method method, std::string_view target) {
        auto match = router.match(method, target);
        return match.route ? match.route->path : "";
    };
    EXPECT_EQ(path(Method::get, "/"), "/");
    EXPECT_EQ(path(Method::get, "/a/list"), "/a/list");
    EXPECT_EQ(path(Method::head, "/a/other"), "/a/{x}");
    EXPECT_EQ(path(Method::post, "/a/list"), "/a/{x}")
        << "falls back to the parameter when the literal lacks the method";
    EXPECT_EQ(path(Method::get, "/a/list/b/2"), "/a/{x}/b/{y}");
    EXPECT_EQ(path(Method::get, "/f/x/y/z"), "/f/{rest*}");
    EXPECT_EQ(path(Method::get, "/a/"), "");
    EXPECT_EQ(path(Method::get, "/a"), "");
    EXPECT_EQ(path(Method::del, "/a/1"), "");
    auto match = router.match(Method::get, "/a/1/b/2");
    EXPECT_EQ(match.params, (std::vector<NameValue>{{"x", "1"}, {"y", "2"}}));
    EXPECT_EQ(router.match(Method::get, "/f/x/y").params[0].value, "x/y");
    EXPECT_EQ(router.match(Method::del, "/a/1").allow, "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(router.match(Method::get, "/none").allow, "");
}

TEST_F(RouterTest, RefusesMistakesAtStart) {
    EXPECT_ANY_THROW(router.query("GET", "/a/{other}", permission::open, {.summary = "Twice"}, hello));
    EXPECT_ANY_THROW(router.query("GET", "x", permission::open, {.summary = "No slash"}, hello));
    EXPECT_ANY_THROW(router.query("GET", "/x{y}", permission::open, {.summary = "Half a parameter"}, hello));
    EXPECT_ANY_THROW(router.query("GET", "/{y*}/x", permission::open, {.summary = "Tail in the middle"}, hello));
    EXPECT_ANY_THROW(router.query("GET", "/undocumented", permission::open, {.summary = ""}, hello));
    EXPECT_ANY_THROW(router.command("GET", "/x", permission::open, {.summary = "A GET that changes"}, nothing));
    EXPECT_ANY_THROW(router.query("TRACE", "/x", permission::open, {.summary = "No such method"}, hello));
}

TEST_F(RouterTest, EveryRouteButPagesIsInTheDocument) {
    json::object document = openapi_document(router);
    const json::object& paths = document.at("paths").as_object();
    size_t operations = 0;
    for (const auto& [path, item] : paths) operations += item.as_object().size();
    size_t expected = 0;
    for (const auto& route : router.routes()) expected += route->spec.html ? 0 : 1;
    EXPECT_EQ(operations, expected);
    EXPECT_FALSE(paths.contains("/"));
    EXPECT_TRUE(paths.contains("/f/{rest}"));

    const json::object& change = paths.at("/a/{x}").as_object().at("post").as_object();
    std::string text = json::serialize(change);
    for (const char* part :
         {"IdempotencyKey", "IfMatchRequired", "\"409\"", "\"412\"", "\"428\"", "\"422\"", "\"401\"", "\"403\"",
          "application/json", "additionalProperties", "\"enum\":[\"online\",\"counter\",\"post\"]"})
        EXPECT_NE(text.find(part), std::string::npos) << part;

    EXPECT_TRUE(testing::dangling_references(document).empty());
    EXPECT_TRUE(testing::undocumented_routes(router, document).empty());
    router.query("GET", "/late", permission::open, {.summary = "Late", .answer = "Nothing"}, hello);
    EXPECT_EQ(testing::undocumented_routes(router, document), std::vector<std::string>{"get /late"});
    EXPECT_EQ(testing::dangling_references(openapi_document(router)),
              std::vector<std::string>{"components/schemas/Nothing"});
}

}  // namespace
}  // namespace motcua::http
