#include "http/parse.hpp"

#include <gtest/gtest.h>

#include "http/idempotency.hpp"
#include "http/page.hpp"

namespace motcua::http {
namespace {

TEST(Target, IsDecodedAndSplit) {
    auto target = parse_target("/api/h%E1%BB%93%20s%C6%A1/x?q=%C4%91%E1%BA%A5t+%26&empty=&flag&q=2#frag");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/api/hồ sơ/x");
    EXPECT_EQ(target->query, (std::vector<NameValue>{{"q", "đất &"}, {"empty", ""}, {"flag", ""}, {"q", "2"}}));
    EXPECT_EQ(parse_target("/")->path, "/");
    EXPECT_EQ(parse_target("/a/")->path, "/a/");
    EXPECT_EQ(parse_target("http://host:80/a?b=c")->path, "/a");
    EXPECT_EQ(parse_target("http://host")->path, "/");
}

TEST(Target, RefusesWhatCouldBeReadInTwoWays) {
    for (const char* bad : {"", "a", "*", "/a//b", "//", "//evil.example", "/./a", "/a/..", "/a/%2e%2e/b", "/a/%2E",
                            "/a%2fb", "/a%5Cb", "/a\\b", "/a%00", "/a%0a", "/%zz", "/%4", "/%ff", "/a%c0%ae"})
        EXPECT_EQ(parse_target(bad).error().reason, "request.bad_path") << bad;
    for (const char* bad : {"/a?%ff", "/a?x=%", "/a?%00"})
        EXPECT_EQ(parse_target(bad).error().reason, "request.bad_query") << bad;
}

TEST(Urlencoded, BoundsTheNumberOfFields) {
    std::string many;
    for (size_t i = 0; i <= form_fields_max; ++i) many += "a=1&";
    EXPECT_EQ(parse_urlencoded(many).error().reason, "request.too_many_fields");
    EXPECT_EQ(parse_urlencoded("a=%").error().reason, "request.bad_form");
}

TEST(Cookies, SkipWhatCannotBeRead) {
    EXPECT_EQ(parse_cookies("a=1; b=\"2\";c; =x; d=e=f"),
              (std::vector<NameValue>{{"a", "1"}, {"b", "2"}, {"d", "e=f"}}));
    EXPECT_TRUE(parse_cookies("").empty());
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "a=1;";
    EXPECT_EQ(parse_cookies(many).size(), cookies_max);
}

TEST(Negotiation, FollowsQValues) {
    EXPECT_EQ(parse_accept_language("vi-VN,vi;q=0.9,en;q=0.8"), Lang::vi);
    EXPECT_EQ(parse_accept_language("fr, en-GB;q=0.7, vi;q=0.3"), Lang::en);
    EXPECT_EQ(parse_accept_language("en;q=0"), std::nullopt);
    EXPECT_EQ(parse_accept_language("*;;q=,"), std::nullopt);
    EXPECT_TRUE(accepts_encoding("gzip, deflate, br", "br"));
    EXPECT_FALSE(accepts_encoding("gzip, br;q=0", "br"));
    EXPECT_TRUE(accepts_encoding("*", "br"));
    EXPECT_FALSE(accepts_encoding("", "gzip"));
    EXPECT_TRUE(prefers_html("text/html,application/xhtml+xml,*/*;q=0.8"));
    EXPECT_FALSE(prefers_html("application/json, text/html;q=0.9"));
    EXPECT_FALSE(prefers_html("*/*"));
}

std::string part(std::string_view head, std::string_view content) {
    return "--B\r\n" + std::string(head) + "\r\n\r\n" + std::string(content) + "\r\n";
}

TEST(Multipart, GivesFieldsAndFiles) {
    std::string body =
        part("Content-Disposition: form-data; name=\"ho_ten\"", "Nguyễn Văn A") +
        part(
            "Content-Disposition: form-data; name=\"f\"; filename=\"C:\\tmp\\gi\xE1\xBA\xA5y.pdf\"\r\nContent-Type: "
            "Application/PDF",
            std::string("%PDF\r\n--not\0the end", 20)) +
        part("Content-Disposition: form-data; name=\"empty\"; filename=\"\"\r\nContent-Type: application/octet-stream",
             "") +
        "--B--\r\n";
    auto form = parse_multipart("multipart/form-data; boundary=B", body);
    ASSERT_TRUE(form);
    EXPECT_EQ(form->fields, (std::vector<NameValue>{{"ho_ten", "Nguyễn Văn A"}}));
    ASSERT_EQ(form->uploads.size(), 1u);
    EXPECT_EQ(form->uploads[0].file_name, "giấy.pdf");
    EXPECT_EQ(form->uploads[0].content_type, "application/pdf");
    EXPECT_EQ(form->uploads[0].bytes.size(), 20u);
    EXPECT_TRUE(parse_multipart("multipart/form-data; boundary=\"B\"", "preamble\r\n" + body));
    EXPECT_TRUE(parse_multipart("multipart/form-data; boundary=B", "--B--")->fields.empty());
}

TEST(Multipart, RefusesBrokenForms) {
    std::string good = part("Content-Disposition: form-data; name=\"a\"", "1") + "--B--";
    for (auto [type, body] : std::vector<std::pair<std::string, std::string>>{
             {"multipart/form-data", good},
             {"multipart/form-data; boundary=", good},
             {"multipart/form-data; boundary=C", good},
             {"multipart/form-data; boundary=\"B", good},
             {"multipart/form-data; boundary=" + std::string(71, 'x'), good},
             {"multipart/form-data; boundary=B", ""},
             {"multipart/form-data; boundary=B", "--B"},
             {"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"},
             {"multipart/form-data; boundary=B", part("X: y", "1") + "--B--"},
             {"multipart/form-data; boundary=B", part("Content-Disposition: attachment; name=\"a\"", "1") + "--B--"},
             {"multipart/form-data; boundary=B", part("Content-Disposition: form-data; name=\"a", "1") + "--B--"},
             {"multipart/form-data; boundary=B", part("Content-Disposition: form-data; name=\"a\"", "\xff") + "--B--"},
             {"multipart/form-data; boundary=B",
              part("Content-Disposition: form-data; name=\"a\"; filename=\"\xff\"", "1") + "--B--"}})
        EXPECT_EQ(parse_multipart(type, body).error().reason, "request.bad_form") << type << '\n' << body;
    std::string many;
    for (size_t i = 0; i <= form_uploads_max; ++i)
        many += part("Content-Disposition: form-data; name=\"f\"; filename=\"x\"", "1");
    EXPECT_EQ(parse_multipart("multipart/form-data; boundary=B", many + "--B--").error().reason,
              "request.too_many_fields");
}

TEST(Idempotency, KeysAndStoredAnswersSurvive) {
    EXPECT_EQ(parse_idempotency_key("\"abc-1\""), "abc-1");
    EXPECT_EQ(parse_idempotency_key("abc-1"), "abc-1");
    for (const std::string& bad :
         {std::string(), std::string("\"\""), std::string("a b"), std::string("đ"), std::string(129, 'x')})
        EXPECT_FALSE(parse_idempotency_key(bad)) << bad;

    Response answer = Response::created("/api/v1/x", {{"code", "1"}});
    answer.cookie({.name = "session", .value = "secret"});
    Response again = unpack_answer(answer.status, pack_answer(answer));
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.content_type, "application/json");
    EXPECT_EQ(again.body, answer.body);
    EXPECT_EQ(again.headers.get("location"), "/api/v1/x");
    EXPECT_FALSE(again.headers.contains("set-cookie"));
    EXPECT_EQ(unpack_answer(200, "").body, "");
}

TEST(Idempotency, FingerprintIgnoresBoundaryTokenAndProofOnly) {
    Request a;
    a.target = "/x";
    a.form = {{"n", "1"}, {"csrf", "one"}};
    a.body = "boundary one";
    Request b = a;
    b.form[1].value = "two";
    b.body = "boundary two";
    EXPECT_EQ(fingerprint(a), fingerprint(b));
    b.form.push_back({"_password", "mật khẩu"});
    b.form.push_back({"_code", "123456"});
    EXPECT_EQ(fingerprint(a), fingerprint(b)) << "a stored hash must not help to guess them";
    b.form[0].value = "2";
    EXPECT_NE(fingerprint(a), fingerprint(b));
    Request c, d;
    c.target = d.target = "/x";
    c.body = "1";
    d.body = "2";
    EXPECT_NE(fingerprint(c), fingerprint(d));
}

TEST(Version, IsReadFromIfMatch) {
    Request request;
    EXPECT_EQ(expected_version(request).value(), std::nullopt);
    for (auto [header, version] : std::vector<std::pair<std::string, std::int64_t>>{{"\"v7\"", 7}, {"\"v0\"", 0}}) {
        request.headers.set("If-Match", header);
        EXPECT_EQ(expected_version(request).value(), version);
    }
    request.headers.set("If-Match", "*");
    EXPECT_EQ(expected_version(request).value(), std::nullopt);
    for (const char* bad :
         {"v7", "\"7\"", "\"v\"", "\"v-1\"", "\"v7", "W/\"v7\"", "\"v7\", \"v8\"", "\"v99999999999999999999\""}) {
        request.headers.set("If-Match", bad);
        EXPECT_EQ(expected_version(request).error().reason, "request.bad_if_match") << bad;
    }
}

TEST(Cursor, SurvivesAndIsChecked) {
    Request request;
    EXPECT_EQ(page_request(request, 2)->limit, page_items_default);
    request.input = {{"limit", 10}, {"cursor", make_cursor({"2023-02-23", 17})}};
    auto page = page_request(request, 2);
    ASSERT_TRUE(page && page->after);
    EXPECT_EQ(page->after->at(1), 17);
    EXPECT_EQ(page_request(request, 3).error().reason, "request.bad_cursor");
    for (const char* bad : {"%%%", "e30", "AAAA", "W10="}) {
        request.input["cursor"] = bad;
        EXPECT_EQ(page_request(request, 2).error().reason, "request.bad_cursor") << bad;
    }
}

TEST(Response, RefusesHeadersThatWouldSplit) {
    Response response;
    EXPECT_ANY_THROW(response.header("X", "a\r\nSet-Cookie: b"));
    EXPECT_ANY_THROW(response.cookie({.name = "a", .value = "b;c"}));
    response.download("Giấy \"phép\".pdf");
    EXPECT_EQ(response.headers.get("content-disposition"),
              "attachment; filename=\"Giay _phep_.pdf\"; filename*=UTF-8''Gi%E1%BA%A5y%20%22ph%C3%A9p%22.pdf");
}

}  // namespace
}  // namespace motcua::http
