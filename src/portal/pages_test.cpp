// Each page by itself: who may open it, what wrong input does, what it shows and what it must not show.
#include "portal/frame.hpp"
#include "portal/officer_forms.hpp"
#include "portal/test_world.hpp"
#include "portal/words.hpp"

namespace motcua::portal {
namespace {

PortalWorld& world() {
    static PortalWorld made;
    return made;
}

class Pages : public ::testing::Test {
  protected:
    Browser browser{world()};
};

TEST(HtmlWriter, WhatComesFromOutsideIsNeverMarkup) {
    Html html(Lang::vi);
    html.add(R"(<a href="{}" title='{}'>{}</a> {} {portal.home})", "\"><script>", "' onclick='x", "Lê & <b>", 7);
    EXPECT_EQ(html.text(),
              "<a href=\"&quot;&gt;&lt;script&gt;\" title='&#39; onclick=&#39;x'>Lê &amp; &lt;b&gt;</a> 7 Trang chủ");
    Html outer(Lang::en);
    outer.add("<p>{} {portal.home}</p>", html);
    EXPECT_TRUE(outer.text().ends_with("Trang chủ Home</p>"));
    EXPECT_THROW(html.add("{}"), CheckFailure);
    EXPECT_THROW(html.add("nothing", 1), CheckFailure);
}

TEST(Words, DueTimesAreSaidInWorkingTime) {
    auto calendar = world().definitions->standard().calendar;
    auto at = [](std::string_view text) { return to_instant(*parse_local(text)); };
    EXPECT_EQ(due_words(Lang::vi, *calendar, at("2026-03-02T08:00"), at("2026-03-04T08:00")), "còn 2 ngày làm việc");
    EXPECT_EQ(due_words(Lang::vi, *calendar, at("2026-03-02T08:00"), at("2026-03-02T10:30")), "còn 2 giờ làm việc");
    EXPECT_EQ(due_words(Lang::vi, *calendar, at("2026-03-06T17:00"), at("2026-03-09T07:00")), "còn 0 phút làm việc");
    EXPECT_EQ(due_words(Lang::en, *calendar, at("2026-03-04T08:00"), at("2026-03-02T08:00")), "2 working days late");
    EXPECT_EQ(time_words(at("2026-03-02T08:05")), "08:05 02/03/2026");
}

TEST(LocalPath, NobodyIsSentElsewhereAfterSigningIn) {
    EXPECT_EQ(local_path("/ho-so-cua-toi?x=1"), "/ho-so-cua-toi?x=1");
    for (std::string_view bad : {"//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "",
                                 "/a b", "/a\r\nSet-Cookie:x"})
        EXPECT_EQ(local_path(bad), "") << bad;
}

TEST(ReadAction, FieldsBecomeTheInputOfACommand) {
    const auto& routes = dossier::command_routes();
    auto fields = [&](std::string_view name) -> const http::Fields& {
        return std::ranges::find(routes, name, &dossier::CommandRoute::name)->input;
    };
    auto step = read_action(fields("complete-step"), {{"task", "0000000000001"},
                                                      {"variables/decision", "return"},
                                                      {"variables/site_check", "true"},
                                                      {"result/outcome", "granted"},
                                                      {"result/number", "12/QĐ"}});
    ASSERT_TRUE(step) << step.error().fields.front().path;
    EXPECT_EQ(json::serialize(step->at("variables")), R"({"decision":"return","site_check":true})");
    EXPECT_EQ(step->at("result").at("number"), "12/QĐ");
    auto items = read_action(fields("request-supplement"),
                             {{"items", "Giấy chứng sinh\r\n\r\n Bản sao căn cước \n"}, {"reason", "x"}});
    ASSERT_TRUE(items);
    EXPECT_EQ(items->at("items").as_array().size(), 2u);
    auto fees = read_action(fields("request-payment"),
                            {{"fees/0/name", "Thuế"}, {"fees/0/amount", "1.250.000"}, {"fees/1/name", ""}});
    ASSERT_TRUE(fees);
    EXPECT_EQ(fees->at("fees").at(0).at("amount"), 1250000);
    auto extend = read_action(fields("extend"), {{"reason", "x"}, {"new_due", "2026-03-09T17:00"}});
    ASSERT_TRUE(extend) << extend.error().fields.front().reason;
    EXPECT_EQ(extend->at("new_due"), "2026-03-09T17:00:00+07:00");
    auto wrong = read_action(fields("request-payment"), {{"fees/0/name", "Thuế"}, {"fees/0/amount", "nhiều"}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().fields.front().path, "fees/0/amount");
}

TEST(StepChoices, AreReadFromTheGatewaysBehindAStep) {
    const auto* process = world().definitions->find_process("one-stop-standard");
    auto choices = step_choices(*process->model, "review");
    ASSERT_EQ(choices.size(), 1u);
    EXPECT_EQ(choices[0].variable, "decision");
    ASSERT_EQ(choices[0].options.size(), 2u);
    EXPECT_EQ(choices[0].options[0], (std::pair<std::string, std::string>("", "Đồng ý")));
    EXPECT_EQ(choices[0].options[1], (std::pair<std::string, std::string>("return", "Trả lại")));
    EXPECT_TRUE(step_choices(*process->model, "forward").empty());
    EXPECT_TRUE(step_choices(*process->model, "no-such-step").empty());
}

// Access.

TEST_F(Pages, VisitorsSeePublicPagesOnlyAndAreAskedToSignIn) {
    for (std::string_view path : {"/", "/thu-tuc", "/thu-tuc/1.001193", "/tra-cuu", "/dang-nhap"}) {
        EXPECT_EQ(browser.get(path), 200) << path;
        EXPECT_EQ(browser.page().headers.get("content-type"), "text/html; charset=utf-8");
        EXPECT_TRUE(browser.shows("<h1>")) << path;
    }
    for (std::string_view path :
         {"/nop-ho-so/1.001193", "/ho-so-cua-toi", "/ho-so/0000000000001", "/ho-so/0000000000001/sua", "/officer",
          "/officer/tiep-nhan", "/officer/tiep-nhan/1.001193", "/officer/thu-tuc", "/officer/ho-so/0000000000001",
          "/officer/ho-so/0000000000001/giay-tiep-nhan", "/ho-so/0000000000001/tep/0000000000001"}) {
        EXPECT_EQ(browser.get(path), 401) << path;
        EXPECT_TRUE(browser.shows("name=\"password\"")) << path;
        EXPECT_TRUE(browser.shows("value=\"" + std::string(path) + "\"")) << "comes back to " << path;
    }
}

TEST_F(Pages, EveryRouteThatIsNotOpenRefusesAVisitor) {
    http::testing::Suite suite(browser.client());
    for (const auto& route : world().router.routes()) {
        if (route->permission == http::permission::open) continue;
        std::string path = route->path;
        for (std::string_view place : {"{dossier}", "{document}"})
            if (auto at = path.find(place); at != std::string::npos) path.replace(at, place.size(), "0000000000001");
        if (auto at = path.find("{code}"); at != std::string::npos) path.replace(at, 6, "1.001193");
        suite.access({.name = "a visitor",
                      .method = to_string(route->method),
                      .path = path,
                      .status = 401,
                      .has = {"1022"},
                      .has_not = {"Nguyễn"}});
    }
    EXPECT_EQ(suite.routes_without_access_case(), std::vector<std::string>{});
}

TEST_F(Pages, CitizensDoNotOpenOfficersPagesNorOfficersEachOthersDesks) {
    browser.sign_in("lan");
    for (std::string_view path :
         {"/officer", "/officer/tiep-nhan", "/officer/thu-tuc", "/officer/ho-so/0000000000001"}) {
        EXPECT_EQ(browser.get(path), 403) << path;
        EXPECT_TRUE(browser.shows("1022"));
    }
    browser.sign_in("processor");
    EXPECT_EQ(browser.get("/officer"), 200);
    EXPECT_FALSE(browser.shows("/officer/tiep-nhan")) << "no counter for somebody who does not receive";
    EXPECT_EQ(browser.get("/officer/tiep-nhan"), 403);
    EXPECT_EQ(browser.get("/officer/thu-tuc"), 403);
    EXPECT_EQ(browser.get("/nop-ho-so/1.001193"), 403);
    browser.sign_in("settler");
    EXPECT_EQ(browser.get("/officer/thu-tuc"), 200);
    EXPECT_EQ(browser.get("/officer/thu-tuc?xem=tat-ca"), 200);
    EXPECT_TRUE(browser.shows("1.001193"));
}

TEST_F(Pages, AFormWithoutTheTokenOfTheSessionIsRefused) {
    browser.sign_in("lan");
    EXPECT_EQ(browser.send("/nop-ho-so/1.001193", {{"_applicant/name", "X"}}), 403);
    EXPECT_EQ(browser.send("/nop-ho-so/1.001193", {{"csrf", "wrong"}, {"_applicant/name", "X"}}), 403);
    EXPECT_EQ(browser.send("/dang-xuat", {}), 403);
}

// Validation.

TEST_F(Pages, UnknownThingsAreSaidPlainly) {
    EXPECT_EQ(browser.get("/thu-tuc/9.999999"), 404);
    EXPECT_TRUE(browser.shows("9.999999"));
    EXPECT_TRUE(browser.shows("1022"));
    EXPECT_EQ(browser.get("/khong-co"), 404);  // no Accept header: data, not a page
    browser.client().set_header("Accept", "text/html");
    EXPECT_EQ(browser.get("/khong-co"), 404);
    EXPECT_TRUE(browser.shows("<h1>Không tìm thấy</h1>"));
    EXPECT_EQ(browser.get("/tra-cuu?ma=H33.1-000000-0001"), 404);
    EXPECT_TRUE(browser.shows("Không tìm thấy hồ sơ"));
    EXPECT_TRUE(browser.shows("value=\"H33.1-000000-0001\"")) << "input is kept";
    browser.sign_in("lan");
    EXPECT_EQ(browser.get("/nop-ho-so/9.999999"), 404);
    EXPECT_EQ(browser.get("/ho-so/0000000000001"), 404);
}

TEST_F(Pages, WrongPasswordsAreAnsweredAlike) {
    browser.get("/dang-nhap?tiep=/ho-so-cua-toi");
    EXPECT_TRUE(browser.shows("name=\"tiep\" value=\"/ho-so-cua-toi\""));
    EXPECT_EQ(browser.submit("/dang-nhap", {{"user_name", "lan"}, {"password", "sai"}}), 401);
    std::string wrong_password = browser.page().body.substr(browser.page().body.find("class=\"errors\""), 400);
    EXPECT_TRUE(browser.shows("value=\"lan\"")) << "the name is kept";
    EXPECT_FALSE(browser.shows("value=\"sai\"")) << "the password is not";
    EXPECT_EQ(browser.submit("/dang-nhap", {{"user_name", "ai-do"}, {"password", "sai"}}), 401);
    EXPECT_EQ(browser.page().body.substr(browser.page().body.find("class=\"errors\""), 400), wrong_password);
    EXPECT_EQ(browser.submit("/dang-nhap", {{"user_name", ""}, {"password", "x"}}), 422);
    browser.get("/dang-nhap?tiep=//evil.example");
    EXPECT_TRUE(browser.shows("name=\"tiep\" value=\"\""));
}

// Behaviour.

TEST_F(Pages, LanguageAndDisplayAreChosenByAddressAndKept) {
    EXPECT_EQ(browser.get("/?lang=en&text=large&contrast=more"), 200);
    EXPECT_TRUE(browser.shows("What do you need to do?"));
    EXPECT_TRUE(browser.shows("lang=\"en\""));
    EXPECT_TRUE(browser.shows("class=\"large contrast\""));
    std::string cookies;
    for (const auto& header : browser.page().headers.all())
        if (http::equal_no_case(header.name, "set-cookie")) cookies += header.value + "\n";
    for (std::string_view part : {"lang=en; Path=/; Max-Age=31536000", "text=large;", "contrast=more;"})
        EXPECT_NE(cookies.find(part), std::string::npos) << part << " in " << cookies;
    EXPECT_EQ(browser.get("/?lang=xx&text=<script>"), 200);
    EXPECT_FALSE(browser.shows("<script>\""));
    EXPECT_FALSE(browser.page().headers.contains("set-cookie"));
    EXPECT_NE(std::string(browser.page().headers.get("content-security-policy")).find("script-src 'self'"),
              std::string::npos);
}

TEST_F(Pages, SearchFindsWithoutDiacriticsAndKeepsTheWords) {
    EXPECT_EQ(browser.get("/thu-tuc?q=dang%20ky%20khai%20sinh"), 200);
    EXPECT_TRUE(browser.shows("<a href=\"/thu-tuc/1.001193\">Đăng ký khai sinh</a>"));
    EXPECT_TRUE(browser.shows("value=\"dang ky khai sinh\""));
    EXPECT_EQ(browser.get("/thu-tuc?q=%3Cscript%3Ealert(1)%3C/script%3E"), 200);
    EXPECT_FALSE(browser.shows("<script>alert"));
    EXPECT_TRUE(browser.shows("&lt;script&gt;alert"));
    EXPECT_EQ(browser.get("/thu-tuc?linh-vuc=G15-TP07&cap=commune&doi-tuong=citizen"), 200);
    EXPECT_TRUE(browser.shows("1.001193"));
    EXPECT_EQ(browser.get("/thu-tuc"), 200);
    EXPECT_TRUE(browser.shows("rel=\"next\"")) << "71 procedures do not fit on one page";
    EXPECT_EQ(browser.get("/thu-tuc?q=zzzzqqqq"), 200);
    EXPECT_TRUE(browser.shows("Không tìm thấy thủ tục nào"));
}

TEST_F(Pages, AProcedureSaysWhatItTakes) {
    EXPECT_EQ(browser.get("/thu-tuc/1.001193"), 200);
    for (std::string_view part : {"Đăng ký khai sinh", "1.001193", "Trong ngày", "Không thu", "Giấy chứng sinh",
                                  "chỉ xuất trình", "Luật Hộ tịch", "href=\"/nop-ho-so/1.001193\"", "Phiên bản 1"})
        EXPECT_TRUE(browser.shows(part)) << part;
    EXPECT_EQ(browser.get("/thu-tuc/1.001193?lang=en"), 200);
    EXPECT_TRUE(browser.shows("The same day"));
    EXPECT_TRUE(browser.shows("File a dossier"));
}

TEST_F(Pages, TheFilingPageHasEveryFieldAndEscapesTheName) {
    browser.sign_in("lan");
    ASSERT_EQ(browser.get("/nop-ho-so/1.001193"), 200);
    EXPECT_FALSE(browser.shows("<b>Lan</b>"));
    EXPECT_TRUE(browser.shows("Trần Thị &lt;b&gt;Lan&lt;/b&gt;"));
    EXPECT_TRUE(browser.shows("\\u003cb>Lan") || !browser.shows("\"Trần Thị <b>"))
        << "data blocks cannot be broken out of";
    for (std::string_view part :
         {"name=\"child/full_name\"", "name=\"mother/citizen_id\"", "name=\"requester/home/unit\"", "name=\"pledge\"",
          "name=\"birth_paper\"", "name=\"_applicant/place\"", "name=\"_return_channel\"", "name=\"_key\"",
          "name=\"csrf\"", "enctype=\"multipart/form-data\"", "value=\"draft\"", "value=\"091187549925\"",
          "Chỉ điền khi"})
        EXPECT_TRUE(browser.shows(part)) << part;
}

TEST_F(Pages, EmptyListsSayWhatToDo) {
    browser.sign_in("other");
    EXPECT_EQ(browser.get("/ho-so-cua-toi"), 200);
    EXPECT_TRUE(browser.shows("Bạn chưa có hồ sơ nào"));
    browser.sign_in("stranger");
    EXPECT_EQ(browser.get("/officer"), 200);
    EXPECT_TRUE(browser.shows("Không có việc nào ở đây"));
    EXPECT_EQ(browser.get("/officer?q=H33.39.09-230223-0001"), 404);
    EXPECT_TRUE(browser.shows("Không có hồ sơ mang mã này"));
}

TEST_F(Pages, SigningOutEndsTheSession) {
    browser.sign_in("lan");
    EXPECT_EQ(browser.get("/ho-so-cua-toi"), 200);
    EXPECT_EQ(browser.submit("/dang-xuat", {}), 200);
    EXPECT_EQ(browser.get("/ho-so-cua-toi"), 401);
}

TEST_F(Pages, AFormsAddressAskedForByItselfLeadsToAPage) {
    for (const auto& route : world().router.routes()) {
        if (route->method != http::Method::post || !route->spec.html) continue;
        browser.get_raw(route->path + "?lang=en");
        EXPECT_NE(browser.page().status, 405) << route->path;
        if (browser.page().status == 303) {
            EXPECT_TRUE(browser.page().headers.get("location").ends_with("?lang=en")) << route->path;
        }
    }
    browser.get_raw("/tra-cuu/ma?lang=en");
    EXPECT_EQ(browser.page().headers.get("location"), "/tra-cuu?lang=en");
    browser.get_raw("/officer/ho-so/01J/tep?lang=en");
    EXPECT_EQ(browser.page().headers.get("location"), "/officer/ho-so/01J?lang=en");
    EXPECT_EQ(browser.get("/dang-nhap/ma?lang=en"), 200);
    EXPECT_TRUE(browser.shows("action=\"/dang-nhap\"")) << "the code's page is the end of a sign-in: begin anew";
}

}  // namespace
}  // namespace motcua::portal
