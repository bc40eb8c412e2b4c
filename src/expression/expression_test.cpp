#include "expression/expression.hpp"

#include <random>

#include <gtest/gtest.h>

namespace motcua::expression {
namespace {

json::value eval(std::string_view text, const json::object& variables = {}) {
    auto expression = compile(text);
    if (!expression) return json::string("refused: " + expression.error().reason);
    return expression->evaluate(ObjectVariables(variables)).value;
}

struct Case {
    std::string_view text, expected;
};

TEST(Expression, ValuesOfTheLanguage) {
    const json::object variables = parse_json(R"({"a":3,"b":4.5,"s":"đơn xin","yes":true,"list":[1,2,3],
        "people":[{"name":"An","age":30},{"name":"Bình","age":17}],"o":{"p":{"q":7}},"day":"2026-02-28","nothing":null})")
                                       ->as_object();
    const Case cases[] = {
        {"1 + 2 * 3", "7"},
        {"(1 + 2) * 3", "9"},
        {"2 ** 3", "8"},
        {"7 mod 4", "3"},
        {"-7 % 4", "1"},
        {"1 / 4", "0.25"},
        {"10 - 4 - 3", "3"},
        {"1 / 0", "null"},
        {"-a", "-3"},
        {"a + b", "7.5"},
        {"\"x\" + 1", "\"x1\""},
        {"a = 3", "true"},
        {"a == 3", "true"},
        {"a != 3", "false"},
        {"a < b", "true"},
        {"a >= 4", "false"},
        {"a gt 2 and b lt 5", "true"},
        {"a > 5 or yes", "true"},
        {"not(yes)", "false"},
        {"not yes", "false"},
        {"!yes", "false"},
        {"nothing = null", "true"},
        {"missing = null", "true"},
        {"missing = 1", "false"},
        {"missing > 1", "null"},
        {"false and missing", "false"},
        {"true and missing", "null"},
        {"missing or true", "true"},
        {"if a > 2 then \"big\" else \"small\"", "\"big\""},
        {"a > 5 ? 1 : 2", "2"},
        {"a in [1, 2, 3]", "true"},
        {"a in [4..9]", "false"},
        {"a in (3..9]", "false"},
        {"a in [3..9)", "true"},
        {"a between 1 and 3", "true"},
        {"a in [1, (2..5)]", "true"},
        {"4 in list", "false"},
        {"list[1]", "1"},
        {"list[-1]", "3"},
        {"list[0]", "null"},
        {"list[item > 1]", "[2,3]"},
        {"${list[0]}", "1"},
        {"count(list)", "3"},
        {"sum(list)", "6"},
        {"max(1, 5, 2)", "5"},
        {"mean(list)", "2"},
        {"min([])", "null"},
        {"some p in people satisfies p.age < 18", "true"},
        {"every p in people satisfies p.age < 18", "false"},
        {"for p in people return p.age + 1", "[31,18]"},
        {"people.name", "[\"An\",\"Bình\"]"},
        {"o.p.q", "7"},
        {"o.missing.q", "null"},
        {"o[\"p\"][\"q\"]", "7"},
        {"{x: 1, \"y z\": [2]}", "{\"x\":1,\"y z\":[2]}"},
        {"string length(s)", "7"},
        {"upper case(s)", "\"ĐƠN XIN\""},
        {"substring(s, 1, 3)", "\"đơn\""},
        {"starts with(s, \"đơn\")", "true"},
        {"contains(s, \"xin\")", "true"},
        {"s.contains('xin')", "true"},
        {"substring after(s, \" \")", "\"xin\""},
        {"split(\"a,b\", \",\")", "[\"a\",\"b\"]"},
        {"number(\"12.5\")", "12.5"},
        {"number(\"12a\")", "null"},
        {"string(12)", "\"12\""},
        {"string(0.1)", "\"0.1\""},
        {"date(day) + duration(\"P1D\")", "\"2026-03-01\""},
        {"date(\"2026-01-31\") + duration(\"P1M\")", "\"2026-02-28\""},
        {"date(\"2026-03-01\") - date(day)", "\"P1D\""},
        {"date(day).year", "2026"},
        {"date(day) < date(\"2026-03-01\")", "true"},
        {"date(day) < \"2026-03-01\"", "true"},
        {"date(\"2026-02-30\")", "null"},
        {"date(2026, 2, 28) = date(day)", "true"},
        {"years between(\"2000-05-02\", \"2018-05-01\")", "17"},
        {"(date(\"2026-03-01\") - date(day)).days", "1"},
        {"duration(\"PT36H\")", "\"P1DT12H\""},
        {"duration(\"P1Y6M\")", "\"P1Y6M\""},
        {"date and time(\"2026-01-01T08:30:00\")", "\"2026-01-01T08:30:00+07:00\""},
        {"round(2.5)", "3"},
        {"round(-2.5)", "-3"},
        {"round(1.255, 1)", "1.3"},
        {"floor(-1.5)", "-2"},
        {"abs(-4)", "4"},
        {"empty s", "false"},
        {"empty missing", "true"},
        {"is empty(list)", "false"},
        {"distinct values([1,1,2])", "[1,2]"},
        {"append(list, 4)", "[1,2,3,4]"},
        {"index of([5,6,5], 5)", "[1,3]"},
        {"= a + 1", "4"},
        {"${a + 1}", "4"},
        {"#{a}", "3"},
        {"  ${yes}  ", "true"},
        {"true", "true"},
        {"null", "null"},
        {"\"a\\\"b\"", "\"a\\\"b\""},
        {"{}", "{}"},
        {"[]", "[]"},
        {"all([true, false])", "false"},
        {"any(false, true)", "true"},
    };
    for (const auto& c : cases) EXPECT_EQ(eval(c.text, variables), *parse_json(c.expected)) << c.text;
}

TEST(Expression, RefusesWhatItCannotRead) {
    for (auto text : {"", "1 +", "a b", "dummy expression text here", "(1", "[1,", "\"open", "a..b", "${a", "${a} x",
                      "1_000", "3days", "a.", "a[", "{x 1}", "if a then b", "and", "x = = 1"})
        EXPECT_EQ(compile(text).error().reason, "expression.malformed") << text;
    EXPECT_EQ(compile("unknown(1)").error().reason, "expression.unknown_function");
    EXPECT_EQ(compile("x.wait(1)").error().reason, "expression.unknown_function");
    EXPECT_EQ(compile(std::string(300, '(') + "1" + std::string(300, ')')).error().reason, "expression.too_deep");
    EXPECT_EQ(compile(std::string(300, '-') + "1").error().reason, "expression.too_deep");
    EXPECT_EQ(compile(std::string(9000, '1')).error().reason, "expression.too_long");
    std::string chain = "1";
    for (int i = 0; i < 3000; ++i) chain += "+1";
    EXPECT_EQ(compile(chain).error().reason, "expression.too_deep");
}

TEST(Expression, NotesTheFirstFault) {
    json::object none;
    auto outcome = compile("missing + 1")->evaluate(ObjectVariables(none));
    EXPECT_TRUE(outcome.value.is_null());
    EXPECT_EQ(outcome.fault, "expression.unknown_variable");
    EXPECT_EQ(outcome.params, (std::vector<Param>{{"name", "missing"}}));
    EXPECT_EQ(compile("true + 1")->evaluate(ObjectVariables(none)).fault, "expression.wrong_type");
}

TEST(Expression, CostIsBounded) {
    json::array many;
    for (int i = 0; i < 3000; ++i) many.emplace_back(i);
    json::object variables{{"x", many}};
    auto outcome =
        compile("for a in x return for b in x return for c in x return 1")->evaluate(ObjectVariables(variables));
    EXPECT_EQ(outcome.fault, "expression.too_costly");
}

TEST(Expression, Templates) {
    json::object variables{{"n", 2}, {"name", "Lan"}};
    auto text = [&](std::string_view t) { return compile_template(t)->evaluate(ObjectVariables(variables)).value; };
    EXPECT_EQ(text("Bước ${n + 1}: ${name}"), "Bước 3: Lan");
    EXPECT_EQ(text("${n}"), 2);
    EXPECT_EQ(text("plain"), "plain");
    EXPECT_EQ(text(""), "");
    EXPECT_EQ(compile_template("a ${n").error().reason, "expression.malformed");
    EXPECT_EQ(compile_template("${ {a:1} }")->evaluate(ObjectVariables(variables)).value, (json::object{{"a", 1}}));
}

TEST(Expression, NamesItsVariables) {
    EXPECT_EQ(compile("a + b.c + (some x in list satisfies x > a)")->variables(),
              (std::vector<std::string>{"a", "b", "list"}));
    EXPECT_TRUE(compile("a > 1")->is_surely_boolean());
    EXPECT_FALSE(compile("a + 1")->is_surely_boolean());
    ASSERT_NE(compile("23")->literal(), nullptr);
    EXPECT_EQ(compile("a")->literal(), nullptr);
}

// Any text either compiles or is refused, and whatever compiles evaluates: random token soup never escapes.
TEST(Expression, RandomTextIsTotal) {
    const std::string_view tokens[] = {
        "a", "list", "1",   "2.5",  "\"x\"",  "(",         ")",      "[",     "]",    "{",  "}", "+",       "-",   "*",
        "/", "**",   "and", "or",   "not",    "if",        "then",   "else",  "in",   "..", ".", ",",       ":",   "?",
        "=", "<",    "for", "some", "return", "satisfies", "count(", "date(", "sum(", "${", "}", "between", "null"};
    std::mt19937 random(20260101);
    json::object variables{{"a", 3}, {"list", json::array{1, "b", nullptr, json::object{{"a", 1}}}}};
    int compiled = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (auto n = random() % 12 + 1; n > 0; --n) text += std::string(tokens[random() % std::size(tokens)]) + " ";
        if (auto expression = compile(text)) {
            ++compiled;
            (void)expression->evaluate(ObjectVariables(variables));
        }
    }
    EXPECT_GT(compiled, 200);
}

}  // namespace
}  // namespace motcua::expression
