// A process that says which step is a signature, over the API: access as before, and a recent proof besides.
#include <gtest/gtest.h>

#include "dossier/api_world.hpp"

namespace motcua::dossier {
namespace {

using World = ApiWorld;

TEST(Signing, NeedsARecentProofOfWhoAsks) {
    World world;
    std::string xml(test_process);
    xml.insert(xml.find(R"(motcua:mayReturnTo="appraise")"), R"(motcua:confirm="true" )");
    world.use_definition("three-steps", xml);
    auto d = world.receive_at_counter();
    const std::string id = World::id_of(d);
    EXPECT_FALSE(World::task_view_of(d, "appraise").contains("confirm"));
    world.clock.advance(std::chrono::minutes{20});
    d = world.run("xuly", id, "complete-step", {{"task", World::task_of(d, "appraise")}});
    EXPECT_EQ(World::task_view_of(d, "approve").at("confirm"), true) << "said beforehand";
    auto shown = world.get("lanhdao", "/api/v1/dossiers/" + id);
    EXPECT_EQ(World::task_view_of(shown.object(), "approve").at("confirm"), true);
    auto list = world.get("lanhdao", "/api/v1/tasks");
    ASSERT_EQ(list.object().at("items").as_array().size(), 1u) << list.body;
    EXPECT_EQ(list.object().at("items").as_array().at(0).at("confirm"), true);

    const json::object sign{{"task", World::task_of(d, "approve")}};
    EXPECT_EQ(world.refused("xuly", id, "complete-step", sign), "dossier.forbidden") << "access comes first";
    EXPECT_EQ(world.refused("lanhdao", id, "complete-step", {{"task", format_id(77)}}), "dossier.task_not_open");
    auto refused =
        world.post("lanhdao", "/api/v1/dossiers/" + id + "/complete-step", sign, {{"Idempotency-Key", "ky-1"}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.reason(), "session.confirmation_required");
    EXPECT_EQ(world.refused("lanhdao", id, "complete-step", sign), "session.confirmation_required");

    const auto confirm = [&](std::string_view user) {
        http::Request request;
        for (const auto& header : world.as(user)) request.headers.add(header.name, header.value);
        auto principal = world.identity().authenticate(request, *world.database().reader());
        ASSERT_TRUE(principal);
        ASSERT_TRUE(
            world.identity().confirm(*principal, {test_password, "", "10.0.0.1"}, world.meta(principal->actor())));
    };
    confirm("vanthu");
    EXPECT_EQ(world.refused("lanhdao", id, "complete-step", sign), "session.confirmation_required")
        << "the proof is the session's own";
    confirm("lanhdao");
    auto signed_now =
        world.post("lanhdao", "/api/v1/dossiers/" + id + "/complete-step", sign, {{"Idempotency-Key", "ky-1"}});
    EXPECT_EQ(signed_now.status, 200) << "the refusal was not kept under the key: " << signed_now.body;
    d = signed_now.object();

    const json::object issue{{"task", World::task_of(d, "issue")}, {"result", World::granted()}};
    world.clock.advance(std::chrono::minutes{14});
    EXPECT_EQ(World::status_of(world.run("vanthu", id, "complete-step", issue)), "finished") << "one proof for many";
    world.run("xuly", id, "report-wrong-result", {{"reason", "Sai tên"}});
    world.clock.advance(std::chrono::minutes{1});
    EXPECT_EQ(world.refused("lanhdao", id, "correct-result", {{"result", World::granted("13/QĐ")}}),
              "session.confirmation_required");
    confirm("lanhdao");
    world.run("lanhdao", id, "correct-result", {{"result", World::granted("13/QĐ")}});
}

}  // namespace
}  // namespace motcua::dossier
