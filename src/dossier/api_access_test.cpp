// Who may call which route of dossiers: visitors, strangers, insiders without the right, those who do the work. A
// stranger is answered as if the dossier did not exist. A command without a row in the table fails the test.
#include <gtest/gtest.h>

#include "dossier/api_world.hpp"
#include "identity/account_rows.hpp"

namespace motcua::dossier {
namespace {

/// One command: a body that its declaration accepts, somebody of the house who may not do it, somebody who may.
struct Case {
    std::string_view command;
    json::object body;
    std::string_view may_not;
    std::string_view may;
    std::string_view refusal = "dossier.forbidden";
};

std::vector<Case> cases(const json::object& dossier) {
    const std::string step = ApiWorld::task_of(dossier, "appraise"), opinion = ApiWorld::task_of(dossier, "opinion");
    const json::object result{{"result", ApiWorld::granted()}}, reason{{"reason", "Vì lý do thử nghiệm"}};
    const json::array fees{json::object{{"name", "Thuế"}, {"amount", 1000}}};
    const std::string_view route = "auth.not_permitted";
    return {
        {"submit", {}, "xuly", "lan"},
        {"amend", {}, "xuly", "lan", route},
        {"receive", {{"unit", "H01.233"}}, "xuly", "tiepnhan", route},
        {"refuse", reason, "xuly", "tiepnhan", route},
        {"request-supplement", {{"items", {"Giấy"}}, {"reason", "Thiếu"}}, "vanthu", "tiepnhan"},
        {"submit-supplement", {}, "xuly", "lan", route},
        {"accept-supplement", {}, "xuly", "tiepnhan", route},
        {"close-unsupplemented", {}, "xuly", "tiepnhan", route},
        {"assign", {{"task", step}, {"officer", nobodys_id}}, "xuly", "truongphong", route},
        {"complete-step", {{"task", step}}, "vanthu", "xuly"},
        {"return-step", {{"task", step}, {"to", "appraise"}, {"reason", "x"}}, "vanthu", "xuly"},
        {"request-opinion", {{"agency", "H01.235"}, {"content", "x"}, {"working_days", 1}}, "vanthu", "xuly", route},
        {"give-opinion", {{"task", opinion}, {"answer", "Đồng ý"}}, "xuly", "ykien"},
        {"request-payment", {{"fees", fees}}, "vanthu", "xuly"},
        {"record-payment", {{"method", "cash"}}, "xuly", "tiepnhan", route},
        {"extend", {{"reason", "Bận"}, {"new_due", "2026-03-20T10:00:00+07:00"}}, "vanthu", "xuly"},
        {"apologise", {{"reason", "Bận"}, {"promised", "2026-03-20T10:00:00+07:00"}}, "vanthu", "lanhdao"},
        {"record-result", result, "tiepnhan", "vanthu"},
        {"return-result", {{"channel", "counter"}}, "xuly", "traketqua", route},
        {"withdraw", {}, "vanthu", "lan"},
        {"stop", reason, "xuly", "lanhdao", route},
        {"report-wrong-result", reason, "vanthu", "lan"},
        {"correct-result", result, "tiepnhan", "lanhdao"},
        {"notes", {{"text", "Ghi chú"}}, "lan", "xuly", route},
        {"deliver-message", {{"message", "da-nop-thue"}}, "vanthu", "xuly", route},
        {"resolve-incident", {{"incident", "1"}, {"how", "retry"}, {"reason", "x"}}, "xuly", "lanhdao", route},
    };
}

/// The problem without what differs by request.
json::object timeless(json::object problem) {
    problem.erase("request_id");
    return problem;
}

TEST(DossierApiAccess, EveryCommand) {
    ApiWorld world;
    auto d = world.receive_online();
    const std::string id = ApiWorld::id_of(d);
    d = world.run("xuly", id, "request-opinion", {{"agency", "H01.235"}, {"content", "Ý kiến?"}, {"working_days", 1}});
    const auto table = cases(d);
    for (const CommandRoute& route : command_routes()) {
        auto row = std::ranges::find(table, route.name, &Case::command);
        ASSERT_NE(row, table.end()) << "no access case for " << route.name;
        SCOPED_TRACE(std::string(route.name));
        const std::string path = "/api/v1/dossiers/" + id + "/" + std::string(route.name);
        const std::string nowhere = "/api/v1/dossiers/" + std::string(nobodys_id) + "/" + std::string(route.name);
        const std::string body = json::serialize(row->body);
        auto access = [&](std::string_view name, std::string_view user, int status, std::string_view reason) {
            return world.suite->access({.name = name,
                                        .method = "POST",
                                        .path = path,
                                        .body = body,
                                        .headers = world.as(user),
                                        .status = status,
                                        .has = {std::string(reason)},
                                        .has_not = {"Trần Thị Lan", "091187549925"}});
        };
        const std::int64_t before = world.committer().last_position();
        access("a visitor", "", 401, "auth.required");
        access("an insider without the right", row->may_not, 403, row->refusal);
        const bool citizens =
            route.permission == http::permission::signed_in || route.permission == http::permission::as_person;
        const bool officers = route.permission != http::permission::as_person;
        if (citizens) {
            auto refused = access("another citizen", "khach", 404, "dossier.not_found");
            auto unknown = world.post("khach", nowhere, row->body);
            EXPECT_EQ(timeless(refused.object()), timeless(unknown.object())) << "a stranger can tell that it exists";
        } else {
            access("a citizen", "khach", 403, "auth.not_permitted");
        }
        if (officers) {
            auto refused = access("another unit's officer", "nguoila", 404, "dossier.not_found");
            auto unknown = world.post("nguoila", nowhere, row->body);
            EXPECT_EQ(timeless(refused.object()), timeless(unknown.object())) << "a stranger can tell that it exists";
        }
        EXPECT_EQ(world.committer().last_position(), before) << "somebody who may not changed something";
    }
    EXPECT_EQ(table.size(), command_routes().size()) << "the table has a row for a command that is no more";
    // Those who may: whatever the state says, it is not about access.
    for (const Case& row : table) {
        auto fresh = world.receive_online();
        const std::string own = ApiWorld::id_of(fresh);
        fresh = world.run("xuly", own, "request-opinion",
                          {{"agency", "H01.235"}, {"content", "Ý kiến?"}, {"working_days", 1}});
        for (const Case& same : cases(fresh))
            if (same.command == row.command) {
                auto answer =
                    world.post(row.may, "/api/v1/dossiers/" + own + "/" + std::string(row.command), same.body);
                EXPECT_TRUE(answer.status == 200 || answer.status == 409 || answer.status == 422)
                    << row.command << ' ' << answer.body;
            }
    }
}

TEST(DossierApiAccess, EveryOtherRoute) {
    ApiWorld world;
    auto d = world.receive_online();
    const std::string id = ApiWorld::id_of(d), base = "/api/v1/dossiers/" + id;
    const std::string file =
        string_or(world.get("lan", base + "/files").object().at("items").as_array().at(0).as_object(), "id");
    struct Row {
        std::string_view method;
        std::string path, nowhere;
        std::string body = {};
    };
    const std::string none = "/api/v1/dossiers/" + std::string(nobodys_id);
    for (const Row& row :
         {Row{"GET", base, none}, Row{"PUT", base, none, "{}"}, Row{"GET", base + "/history", none + "/history"},
          Row{"GET", base + "/deadline", none + "/deadline"}, Row{"GET", base + "/files", none + "/files"},
          Row{"GET", base + "/files/" + file, none + "/files/" + file},
          Row{"DELETE", base + "/files/" + file, none + "/files/" + file}}) {
        SCOPED_TRACE(std::string(row.method) + " " + row.path);
        world.suite->access({.name = "a visitor",
                             .method = row.method,
                             .path = row.path,
                             .body = row.body,
                             .status = 401,
                             .has = {"auth.required"}});
        for (const char* stranger : {"khach", "nguoila"}) {
            auto refused = world.suite->access({.name = stranger,
                                                .method = row.method,
                                                .path = row.path,
                                                .body = row.body,
                                                .headers = world.as(stranger),
                                                .status = 404,
                                                .has = {"dossier.not_found"},
                                                .has_not = {"Trần Thị Lan"}});
            auto unknown = world.client->send(row.method, row.nowhere, row.body, world.as(stranger));
            EXPECT_EQ(timeless(refused.object()), timeless(unknown.object())) << "a stranger can tell that it exists";
        }
        if (row.method != "GET") continue;
        for (const char* insider : {"lan", "tiepnhan", "xuly", "lanhdao", "vanthu", "traketqua", "truongphong"})
            world.suite->access(
                {.name = insider, .method = "GET", .path = row.path, .headers = world.as(insider), .status = 200});
    }
    // By code it is the same dossier to those who may see it, and to nobody else.
    const std::string by_code = "/api/v1/dossiers/" + string_or(d, "code");
    EXPECT_EQ(world.get("lan", by_code).status, 200);
    EXPECT_EQ(world.get("khach", by_code).reason(), "dossier.not_found");

    const json::object filing{{"procedure", "1.000001"}, {"submit", false}, {"applicant", ApiWorld::applicant()}};
    const std::string filed = json::serialize(filing);
    auto file_as = [&](std::string_view user, int status, std::string_view has) {
        world.suite->access({.name = user,
                             .method = "POST",
                             .path = "/api/v1/dossiers",
                             .body = filed,
                             .headers = world.as(user),
                             .status = status,
                             .has = {std::string(has)}});
    };
    file_as("", 401, "auth.required");
    file_as("xuly", 403, "dossier.forbidden");  // neither receives nor helps
    file_as("lan", 201, R"("status":"draft")");
    file_as("tinhnguyen", 201, R"("status":"draft")");
    auto counter = filing;
    counter["submit"] = true;
    counter["channel"] = "counter";
    counter["receive_at"] = "H01.233";
    for (const char* user : {"lan", "xuly", "nguoila"})
        EXPECT_EQ(world.post(user, "/api/v1/dossiers", counter).reason(), "dossier.forbidden") << user;

    world.suite->access({.name = "a visitor", .path = "/api/v1/dossiers", .status = 401});
    world.suite->access({.name = "an officer has none of his own",
                         .path = "/api/v1/dossiers",
                         .headers = world.as("xuly"),
                         .status = 403});
    world.suite->access({.name = "the owner",
                         .path = "/api/v1/dossiers",
                         .headers = world.as("lan"),
                         .has = {id},
                         .has_not = {"091187549925"}});  // numbers are masked in lists
    world.suite->access({.name = "another citizen",
                         .path = "/api/v1/dossiers",
                         .headers = world.as("khach"),
                         .has = {R"("items":[])"}});

    world.suite->access({.name = "a visitor", .path = "/api/v1/tasks", .status = 401});
    world.suite->access({.name = "a citizen", .path = "/api/v1/tasks", .headers = world.as("lan"), .status = 403});
    world.suite->access({.name = "a colleague", .path = "/api/v1/tasks", .headers = world.as("xuly"), .has = {id}});
    world.suite->access({.name = "another unit's officer",
                         .path = "/api/v1/tasks",
                         .headers = world.as("nguoila"),
                         .has = {R"("items":[])"}});
    auto uploaded = world.upload("khach", id, "KQ000001", "a.pdf", documents::test_files::pdf());
    EXPECT_EQ(uploaded.reason(), "dossier.not_found");
    world.suite->access({.name = "a visitor", .method = "POST", .path = base + "/files", .body = "x", .status = 401});

    // What reaches processes from outside.
    for (const auto& [path, body] : {std::pair("/api/v1/messages", R"({"message":"x","key":"y"})"),
                                     std::pair("/api/v1/signals", R"({"signal":"x"})")}) {
        world.suite->access({.name = "a visitor", .method = "POST", .path = path, .body = body, .status = 401});
        for (const char* user : {"lan", "vanthu"})
            world.suite->access({.name = user,
                                 .method = "POST",
                                 .path = path,
                                 .body = body,
                                 .headers = world.as(user),
                                 .status = 403,
                                 .has = {"auth.not_permitted"}});
    }

    // Tracking is open, and tells nobody's name to whom does not know a number.
    const std::string track = "/api/v1/track?code=" + string_or(d, "code");
    world.suite->access({.name = "by the code", .path = track, .has = {"received"}, .has_not = {"Trần", "0912"}});
    const auto with = [&](const char* digits) {
        return json::serialize(json::object{{"code", string_or(d, "code")}, {"digits", digits}});
    };
    world.suite->access({.name = "and a wrong number",
                         .method = "POST",
                         .path = "/api/v1/track",
                         .body = with("0000"),
                         .status = 404,
                         .has = {"dossier.not_found"}});
    world.suite->access({.name = "and the right one",
                         .method = "POST",
                         .path = "/api/v1/track",
                         .body = with("5678"),
                         .has = {"Trần T. L.", "Xã An Biên"},
                         .has_not = {"Trần Thị Lan", "0912345678"}});
    std::vector<std::string> left = world.suite->routes_without_access_case();
    std::erase_if(left, [](const std::string& name) { return name.starts_with("POST /api/v1/dossiers/{dossier}/"); });
    EXPECT_EQ(left, std::vector<std::string>{});
}

TEST(DossierApiAccess, APostLimitedToAProcedureReachesThatProcedureAlone) {
    ApiWorld world;
    auto own = world.receive_at_counter("1.000001"), other = world.receive_at_counter("1.000002");
    auto procedure = [&](std::string_view code) {
        return world.service->snapshots().catalogue()->find_procedure(code, local_day(world.clock.now()))->id;
    };
    identity::NewAccount account{.user_name = "rieng", .display_name = "Cán bộ một thủ tục"};
    account.posts.push_back({.unit = world.home, .role = "processor", .procedures = {procedure("1.000001")}});
    ASSERT_TRUE(world.identity().create_account(
        std::move(account), world.identity().passwords().hash(test_password).value(), world.meta("system")));
    EXPECT_EQ(world.get("rieng", "/api/v1/dossiers/" + ApiWorld::id_of(own)).status, 200);
    EXPECT_EQ(world.get("rieng", "/api/v1/dossiers/" + ApiWorld::id_of(other)).status, 404);
    world.run("rieng", ApiWorld::id_of(own), "complete-step", {{"task", ApiWorld::task_of(own, "appraise")}});
    EXPECT_EQ(world.refused("rieng", ApiWorld::id_of(other), "complete-step",
                            {{"task", ApiWorld::task_of(other, "appraise")}}),
              "dossier.not_found");
}

TEST(DossierApiAccess, WhatWasAssignedToSomebodyWhoHasMovedOnIsNoLongerHis) {
    ApiWorld world;
    auto d = world.receive_online();
    const std::string step = ApiWorld::task_of(d, "appraise");
    world.run("truongphong", ApiWorld::id_of(d), "assign",
              {{"task", step}, {"officer", to_string(world.officers["xuly"])}});
    EXPECT_EQ(world.get("xuly", "/api/v1/tasks?of=mine").object().at("items").as_array().size(), 1u);
    auto account =
        identity::find_account(*world.database().reader(), identity::AccountId{world.officers["xuly"].value});
    auto ended = identity::decide_end_post(*account, account->posts.front().id, local_day(world.clock.now()));
    ASSERT_TRUE(ended &&
                world.committer().commit(identity::make_write_set(*account, std::move(*ended), world.meta("system"))));
    EXPECT_EQ(world.get("xuly", "/api/v1/tasks?of=mine").object().at("items").as_array().size(), 0u);
    EXPECT_EQ(world.get("xuly", "/api/v1/dossiers/" + ApiWorld::id_of(d)).status, 404);
}

TEST(DossierApiAccess, AHelpersDraftIsHisUntilItIsFiled) {
    ApiWorld world;
    auto draft = world.post("tinhnguyen", "/api/v1/dossiers",
                            {{"procedure", "1.000001"},
                             {"submit", false},
                             {"applicant", ApiWorld::applicant()},
                             {"filer", {{"kind", "helper"}, {"name", "Lê Văn Giúp"}}}});
    ASSERT_EQ(draft.status, 201) << draft.body;
    const std::string id = ApiWorld::id_of(draft.object());
    EXPECT_EQ(world.get("lan", "/api/v1/dossiers/" + id).status, 404);
    EXPECT_EQ(world.get("tiepnhan", "/api/v1/dossiers/" + id).status, 404);
    ASSERT_EQ(world.upload("tinhnguyen", id, "KQ000001", "a.pdf", documents::test_files::pdf()).status, 201);
    world.run("tinhnguyen", id, "submit");
    EXPECT_EQ(world.get("tinhnguyen", "/api/v1/dossiers/" + id).status, 200) << "who helped can still look";
    EXPECT_EQ(world.refused("tinhnguyen", id, "withdraw"), "dossier.forbidden");
    EXPECT_EQ(ApiWorld::status_of(world.run("tiepnhan", id, "receive", {{"unit", "H01.233"}})), "received");
}

}  // namespace
}  // namespace motcua::dossier
