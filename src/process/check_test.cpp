// What the check says about models of our own; the many rules of form are proven by the conformance cases.
#include "process/check_model.hpp"
#include "process/testing.hpp"

namespace motcua::process {
namespace {

using testing::definitions;

std::string check(const std::string& xml, const CheckOptions& options = {}) {
    auto model = read_model(xml);
    return model ? describe(check_model(**model, options)) : model.error().reason;
}

std::string condition(std::string_view text) {
    return "<conditionExpression xsi:type=\"tFormalExpression\">" + std::string(text) + "</conditionExpression>";
}

TEST(Check, AcceptsASoundModel) {
    EXPECT_EQ(check(definitions(R"(<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>[s a e])")), "");
}

TEST(Check, FindsRunsThatGetStuck) {
    // Split by choice, joined as if both ways had been taken.
    auto xml = definitions(
        R"(<startEvent id="s"/><exclusiveGateway id="g" default="g_b"/><task id="a"/><task id="b"/><parallelGateway id="j"/><endEvent id="e"/>
        <sequenceFlow id="g_a" sourceRef="g" targetRef="a">)" +
        condition("x") + R"(</sequenceFlow>[s g b j e][a j])");
    EXPECT_EQ(check(xml), "error j process.gets_stuck\nwarning e process.unreachable\n");
    // Split both ways, joined as a choice: everything behind runs twice, which is allowed.
    EXPECT_EQ(
        check(definitions(
            R"(<startEvent id="s"/><parallelGateway id="f"/><task id="a"/><task id="b"/><exclusiveGateway id="j"/><endEvent id="e"/>[s f a j e][f b j])")),
        "");
}

TEST(Check, FindsLoopsWithoutWaitAndWithoutEnd) {
    EXPECT_EQ(
        check(definitions(
            R"(<startEvent id="s"/><exclusiveGateway id="m"/><task id="a"/><exclusiveGateway id="g" default="g_m"/><endEvent id="e"/>
        <sequenceFlow id="g_e" sourceRef="g" targetRef="e">)" +
            condition("x") + R"(</sequenceFlow>[s m a g m])")),
        "");
    auto never = check(definitions(
        R"(<startEvent id="s"/><exclusiveGateway id="m"/><userTask id="a"/><exclusiveGateway id="g" default="g_m"/><userTask id="b"/><endEvent id="e"/>
        <sequenceFlow id="g_b" sourceRef="g" targetRef="b">)" +
        condition("x") + R"(</sequenceFlow>[s m a g m][b m])"));
    EXPECT_NE(never.find("process.no_incoming"), std::string::npos) << never;
}

TEST(Check, SaysWhenItCannotDecide) {
    std::string body =
        R"(<startEvent id="s"/><parallelGateway id="f"/><parallelGateway id="j"/><endEvent id="e"/>[s f][j e])";
    for (int i = 0; i < 14; ++i) {
        auto n = std::to_string(i);
        body += "<userTask id=\"a" + n + "\"/><userTask id=\"b" + n + "\"/>[f a" + n + " b" + n + " j]";
    }
    auto said = check(definitions(body));
    EXPECT_NE(said.find("warning p process.soundness_undecided"), std::string::npos) << said;
}

TEST(Check, RolesFormsUnitsAndReturns) {
    CheckOptions options;
    options.roles = std::set<std::string>{"processor"};
    options.forms = std::set<std::string>{"f1"};
    options.unit_selectors = std::set<std::string>{"competent"};
    auto with = [&](std::string_view attributes) {
        return check(definitions(R"(<startEvent id="s"/><userTask id="a" )" + std::string(attributes) +
                                 R"(/><endEvent id="e"/>[s a e])"),
                     options);
    };
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:unit="competent" motcua:form="f1")"), "");
    EXPECT_EQ(with(""), "error a process.task_without_role\n");
    EXPECT_EQ(with(R"(motcua:role="king")"), "error a process.role_unknown role=king\n");
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:unit="moon")"), "error a process.unit_unknown unit=moon\n");
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:form="f2")"), "error a process.form_unknown form=f2\n");
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:mayReturnTo="b")"), "error a process.return_target target=b\n");
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:separateFrom="receive")"), "");
    for (const char* wrong : {"b", "a"})
        EXPECT_EQ(with(R"(motcua:role="processor" motcua:separateFrom=")" + std::string(wrong) + "\""),
                  "error a process.separation_target target=" + std::string(wrong) + "\n");
    for (const char* sound : {"true", "false"})
        EXPECT_EQ(with(R"(motcua:role="processor" motcua:confirm=")" + std::string(sound) + "\""), "");
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:confirm="yes")"), "error a process.confirm_malformed value=yes\n");
    EXPECT_EQ(check(definitions(
                  R"(<startEvent id="s"/><manualTask id="a" motcua:confirm="true"/><endEvent id="e"/>[s a e])")),
              "error a process.confirm_malformed value=true\n")
        << "nobody completes it";
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:limit="two days")"),
              "error a process.limit_malformed value=two days\n");
    EXPECT_EQ(with(R"(motcua:role="processor" motcua:limitShare="101")"),
              "error a process.limit_malformed value=101\n");
}

TEST(Check, LimitsAddUpOnTheLongestWay) {
    auto model = [](std::string_view b) {
        return definitions(
            R"(<startEvent id="s"/><userTask id="a" motcua:limitShare="40"/><parallelGateway id="f"/><userTask id="b" motcua:limitShare=")" +
            std::string(b) +
            R"("/><userTask id="c" motcua:limitShare="20"/><parallelGateway id="j"/><endEvent id="e"/>[s a f b j e][f c j])");
    };
    EXPECT_EQ(check(model("60")), "");
    EXPECT_EQ(check(model("50")), "error p process.shares_under sum=90\n");
    EXPECT_EQ(check(model("70")), "error p process.shares_over sum=110\n");
    EXPECT_EQ(
        check(definitions(
            R"(<startEvent id="s"/><userTask id="a" motcua:limitShare="40"/><userTask id="b" motcua:limit="1 working_day"/><endEvent id="e"/>[s a b e])")),
        "error p process.limits_mixed\n");
}

TEST(Check, UnreadableExpressionsAndForeignImplementations) {
    EXPECT_EQ(
        check(definitions(
            R"(<startEvent id="s"/><serviceTask id="a" camunda:class="com.example.Do"/><endEvent id="e"/>[s a e])")),
        "error a process.implementation_not_supported implementation=class=com.example.Do\n");
    EXPECT_EQ(
        check(definitions(
            R"(<startEvent id="s"/><scriptTask id="a" scriptFormat="groovy"><script>println 1</script></scriptTask><endEvent id="e"/>[s a e])")),
        "error a process.script_unreadable\n");
    EXPECT_NE(
        check(
            definitions(
                R"(<startEvent id="s"/><exclusiveGateway id="g" default="g_b"/><task id="a"/><task id="b"/><endEvent id="e"/><sequenceFlow id="g_a" sourceRef="g" targetRef="a">)" +
                condition("x >") + R"(</sequenceFlow>[s g b e][a e])"))
            .find("error g process.expression_unreadable"),
        std::string::npos);
}

TEST(Check, ReadingIsStrict) {
    EXPECT_EQ(check("<a>"), "process.xml_malformed");
    EXPECT_EQ(check("<a/>"), "process.not_bpmn");
    EXPECT_EQ(check(""), "process.xml_malformed");
    EXPECT_EQ(check(R"(<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>)"), "process.xml_doctype");
    EXPECT_EQ(check(R"(<?xml version="1.0" encoding="UTF-16"?><a/>)"), "process.xml_encoding");
    EXPECT_EQ(check("<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><a:b/></definitions>"),
              "process.xml_malformed");
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "<a>";
    for (int i = 0; i < 200; ++i) deep += "</a>";
    EXPECT_EQ(check(deep), "process.xml_too_deep");
    EXPECT_EQ(check(std::string(5u << 20, ' ')), "process.xml_too_large");
}

// The bound of two seconds, with room for the sanitizers, for the largest models that can be read.
TEST(Check, LargeModelsAreCheckedQuickly) {
    auto began = std::chrono::steady_clock::now();
    std::string chain = R"(<startEvent id="s"/><endEvent id="e"/>)", comps = chain, wide = chain, flows = "[s", fan;
    for (int i = 0; i < 2400; ++i) {
        auto n = std::to_string(i);
        chain += "<userTask id=\"t" + n + "\"/>";
        flows += " t" + n;
        comps += "<boundaryEvent id=\"b" + n +
                 "\" attachedToRef=\"a\"><compensateEventDefinition/></boundaryEvent><userTask id=\"c" + n +
                 "\" isForCompensation=\"true\"/><association id=\"x" + n + "\" sourceRef=\"b" + n +
                 "\" targetRef=\"c" + n + "\"/>";
        wide += "<userTask id=\"w" + n + "\"/>";
        fan += "[f w" + n + " j]";
    }
    for (const auto& xml :
         {definitions(chain + flows + " e]"), definitions(comps + R"(<userTask id="a"/>[s a e])"),
          definitions(wide + R"(<inclusiveGateway id="f"/><inclusiveGateway id="j"/>[s f][j e])" + fan)}) {
        auto model = read_model(xml);
        ASSERT_TRUE(model) << model.error().reason;
        (void)check_model(**model, {});
        testing::Play play(xml);
        play.start();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

}  // namespace
}  // namespace motcua::process
