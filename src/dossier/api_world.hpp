// Help for the tests of the dossier API only: the small province of test_world.hpp behind its routes, with accounts of
// a commune, of an agency that is asked and of one that has nothing to do with it, signed in with tokens of their own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "db/test_directory.hpp"
#include "documents/test_files.hpp"
#include "dossier/api.hpp"
#include "dossier/test_world.hpp"
#include "http/testing.hpp"

namespace motcua::dossier {

inline constexpr std::string_view nobodys_id = "0000000000001";

class ApiWorld : public TestWorld {
  public:
    using Answer = http::testing::Answer;
    using Headers = std::vector<http::NameValue>;

    /// User names and roles of the commune's officers.
    static constexpr std::pair<const char*, const char*> staff[] = {{"tiepnhan", "receiver"},
                                                                    {"xuly", "processor"},
                                                                    {"truongphong", "head_of_division"},
                                                                    {"lanhdao", "approver"},
                                                                    {"vanthu", "clerk"},
                                                                    {"traketqua", "returner"},
                                                                    {"tinhnguyen", "helper"},
                                                                    {"danhmuc", "catalogue_manager"}};

    explicit ApiWorld(std::string_view now = "2026-03-02T08:30",
                      std::unique_ptr<db::Database> opened = db::open_test_database())
        : TestWorld(now, std::move(opened)) {
        home = unit_named("Xã An Biên");
        asked = unit_named("Xã Đông Thái");
        far = unit_named("Phường Rạch Giá");
        lan = add_person("lan", "Trần Thị Lan", "091187549925");
        add_person("khach", "Người Lạ", "091080689844");
        for (const auto& [name, role] : staff) officers[name] = add_officer(name, role, home);
        officers["ykien"] = add_officer("ykien", "processor", asked);
        officers["nguoila"] =
            add_officer("nguoila", {"receiver", "processor", "head_of_division", "approver", "clerk", "returner"}, far);
        blobs = documents::open_blob_directory(folder.path() / "blobs");
        parts.emplace(ApiParts{*service, identity(), *blobs});
        register_routes(router, *parts);
        claim_at_sign_in(*parts);
        client.emplace(router, identity(), clock, ids, random, database(), committer());
        suite.emplace(*client);
        for (const char* user : {"lan", "khach", "ykien", "nguoila"}) as(user);
        for (const auto& [name, role] : staff) as(name);
    }

    /// Headers of somebody who is signed in; none for "".
    Headers as(std::string_view user, Headers more = {}) {
        if (user.empty()) return more;
        auto& token = tokens_[std::string(user)];
        if (token.empty()) {
            auto signed_in = identity().sign_in({.user_name = user,
                                                 .password = test_password,
                                                 .address = "10.0.0.1",
                                                 .agent = "test",
                                                 .old_token = {},
                                                 .request_id = "test",
                                                 .now = clock.now()});
            CHECK(signed_in, "{} signs in: {}", user, signed_in ? "" : signed_in.error().reason);
            token = signed_in->token;
        }
        more.push_back({"Authorization", "Bearer " + token});
        return more;
    }
    Answer get(std::string_view user, std::string_view path) { return client->get(path, as(user)); }
    Answer post(std::string_view user, std::string_view path, const json::value& body, Headers more = {}) {
        return client->post(path, json::serialize(body), as(user, std::move(more)));
    }
    /// Uploads a file to a component.
    Answer upload(std::string_view user, const std::string& dossier, std::string_view component, std::string_view name,
                  std::string_view bytes) {
        std::string boundary = "----voi-tim", body;
        body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"component\"\r\n\r\n";
        body += std::string(component) + "\r\n--" + boundary;
        body += "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + std::string(name) +
                "\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        body += std::string(bytes) + "\r\n--" + boundary + "--\r\n";
        return client->post("/api/v1/dossiers/" + dossier + "/files", body,
                            as(user, {{"Content-Type", "multipart/form-data; boundary=" + boundary}}));
    }

    /// Runs a command of the dossier; a failing test unless it answers `status`.
    json::object run(std::string_view user, const std::string& dossier, std::string_view command,
                     const json::value& body = json::object{}, int status = 200) {
        Answer answer = post(user, "/api/v1/dossiers/" + dossier + "/" + std::string(command), body);
        EXPECT_EQ(answer.status, status) << command << " by " << user << '\n' << answer.body;
        return answer.object();
    }
    /// The reason of a refused command; checks that it changed nothing and has a sentence in both languages.
    std::string refused(std::string_view user, const std::string& dossier, std::string_view command,
                        const json::value& body = json::object{}) {
        const std::string path = "/api/v1/dossiers/" + dossier + "/" + std::string(command);
        const std::int64_t before = committer().last_position();
        Answer vi = post(user, path, body, {{"Accept-Language", "vi"}});
        Answer en = post(user, path, body, {{"Accept-Language", "en"}});
        EXPECT_GE(vi.status, 400) << command << " by " << user << '\n' << vi.body;
        EXPECT_EQ(committer().last_position(), before) << "a refused command changed something";
        expect_sentences(vi.object(), en.object());
        return vi.reason();
    }
    /// Both are the same problem, each said in its language, with nothing left unsaid.
    static void expect_sentences(const json::object& vi, const json::object& en) {
        EXPECT_EQ(string_or(vi, "reason"), string_or(en, "reason"));
        auto expect_said = [](const json::object& one, const json::object& other) {
            std::string said = string_or(one, "detail"), also = string_or(other, "detail");
            EXPECT_NE(said, also);
            for (const std::string& text : {said, also}) {
                EXPECT_FALSE(text.empty());
                EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << text;
                EXPECT_EQ(text.find("⟦"), std::string::npos) << text;
            }
        };
        expect_said(vi, en);
        const json::array* wrong_vi = find_array(vi, "errors");
        const json::array* wrong_en = find_array(en, "errors");
        if (!wrong_vi || !wrong_en) return;
        for (std::size_t i = 0; i < std::min(wrong_vi->size(), wrong_en->size()); ++i)
            expect_said((*wrong_vi)[i].as_object(), (*wrong_en)[i].as_object());
    }
    /// "path reason" of each field error.
    static std::vector<std::string> errors_of(const json::object& problem) {
        std::vector<std::string> list;
        if (const json::array* wrong = find_array(problem, "errors"))
            for (const json::value& one : *wrong)
                list.push_back(string_or(one.as_object(), "path") + " " + string_or(one.as_object(), "reason"));
        return list;
    }

    static std::string id_of(const json::object& dossier) { return string_or(dossier, "id"); }
    static std::string status_of(const json::object& dossier) { return string_or(dossier, "status"); }
    /// Id of the open task of a kind or element; empty when there is none.
    static std::string task_of(const json::object& dossier, std::string_view which) {
        if (const json::array* tasks = find_array(dossier, "tasks"))
            for (const json::value& task : *tasks)
                if (string_or(task.as_object(), "kind") == which || string_or(task.as_object(), "element") == which)
                    return string_or(task.as_object(), "id");
        return {};
    }
    static json::object task_view_of(const json::object& dossier, std::string_view which) {
        if (const json::array* tasks = find_array(dossier, "tasks"))
            for (const json::value& task : *tasks)
                if (string_or(task.as_object(), "id") == task_of(dossier, which)) return task.as_object();
        return {};
    }

    static json::object applicant() {
        return {{"kind", "person"},      {"name", "Trần Thị Lan"}, {"id_number", "091187549925"},
                {"phone", "0912345678"}, {"place", "30985"},       {"address", "Ấp Đông Quý"}};
    }
    static json::array papers(std::string_view code = "KQ000001") {
        return {json::object{{"code", code}, {"name", "Tờ khai"}, {"originals", 1}}};
    }
    static json::object granted(std::string_view number = "12/QĐ-UBND") {
        return {{"outcome", "granted"}, {"number", number}, {"summary", "Đồng ý"}};
    }
    /// The accepted example of the form that procedure 1.000003 has.
    static json::object answers();

    /// Filed and received at the counter of the commune.
    json::object receive_at_counter(std::string_view procedure = "1.000001", std::string_view channel = "counter") {
        Answer answer = post("tiepnhan", "/api/v1/dossiers",
                             {{"procedure", procedure},
                              {"channel", channel},
                              {"receive_at", "H01.233"},
                              {"applicant", applicant()},
                              {"components", papers()}});
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer.object();
    }
    /// Filed online by its owner, with the scan that is asked for; not yet received.
    json::object file_online(std::string_view user = "lan") {
        Answer draft =
            post(user, "/api/v1/dossiers", {{"procedure", "1.000001"}, {"submit", false}, {"applicant", applicant()}});
        EXPECT_EQ(draft.status, 201) << draft.body;
        std::string id = id_of(draft.object());
        Answer file = upload(user, id, "KQ000001", "to-khai.pdf", documents::test_files::pdf());
        CHECK(file.status == 201, "{}", file.body);
        return run(user, id, "submit");
    }
    json::object receive_online() { return run("tiepnhan", id_of(file_online()), "receive", {{"unit", "H01.233"}}); }
    /// Through the three steps of the process, by those who do them.
    json::object settle(const json::object& dossier, const json::object& result) {
        std::string id = id_of(dossier);
        auto after = run("xuly", id, "complete-step", {{"task", task_of(dossier, "appraise")}});
        after = run("lanhdao", id, "complete-step", {{"task", task_of(after, "approve")}});
        return run("vanthu", id, "complete-step", {{"task", task_of(after, "issue")}, {"result", result}});
    }
    std::vector<std::string> wrong_rows_of(const json::object& dossier) {
        return wrong_rows(DossierId{parse_id(id_of(dossier)).value()});
    }

    UnitId home, asked, far;
    PersonId lan;
    std::map<std::string, OfficerId, std::less<>> officers;
    TestDirectory folder;
    std::unique_ptr<documents::BlobStore> blobs;
    std::optional<ApiParts> parts;
    http::Router router;
    std::optional<http::testing::Client> client;
    std::optional<http::testing::Suite> suite;

  private:
    std::map<std::string, std::string> tokens_;
};

inline json::object ApiWorld::answers() {
    return {{"requester",
             {{"citizen_id", "091177718861"},
              {"full_name", "Thị Sa Rây"},
              {"born", "1977-05-17"},
              {"home", {{"unit", "30985"}, {"detail", "Số 190, ấp Đông Quý"}}},
              {"phone", "0924099793"}}},
            {"tax_code", "0172323275"},
            {"name", "Tên đăng ký"},
            {"office", {{"unit", "30985"}, {"detail", "Số 196, ấp Đông Quý"}}},
            {"why", "lost"},
            {"receive", {{"way", "electronic"}}},
            {"pledge", true}};
}

}  // namespace motcua::dossier
