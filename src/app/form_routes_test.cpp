// Forms over the API: definitions, schemas, what changed, and which answers of a real dossier a newer version takes
// over.
#include "app/form_routes.hpp"

#include <gtest/gtest.h>

#include "app/workspace.hpp"
#include "db/test_directory.hpp"
#include "documents/blob_store.hpp"
#include "http/testing.hpp"

namespace motcua::app {
namespace {

constexpr std::string_view procedure = "1.001193";

class FormRoutes : public testing::Test {
  protected:
    FormRoutes() {
        EXPECT_TRUE(domain.import_demo(workspace->meta()));
        EXPECT_TRUE(identity.start());
        dossier::register_routes(router, dossiers);
        register_form_routes(router, domain, dossiers);
        client.emplace(router, authenticator, workspace->clock(), workspace->ids(), random, workspace->database(),
                       workspace->committer());
    }
    /// The form with its first field of that name called otherwise, as the next version.
    void rename(const std::string& form, std::string_view from, std::string_view to) {
        auto definitions = domain.definitions();
        std::string text = json::serialize(definitions->find_form(form)->definition->source);
        std::string name = "\"n\":\"" + std::string(from) + "\"";
        auto at = text.find(name);
        ASSERT_NE(at, std::string::npos);
        text.replace(at, name.size(), "\"n\":\"" + std::string(to) + "\",\"was\":\"" + std::string(from) + "\"");
        auto report = definitions::import_definitions(workspace->committer(), workspace->ids(), definitions::Kind::form,
                                                      {{form, text}}, workspace->meta());
        ASSERT_TRUE(report);
        ASSERT_EQ(report->updated, 1) << (report->rejected.empty() ? "" : report->rejected[0].error.reason);
        domain.reload_definitions();
    }

    TestDirectory directory;
    std::unique_ptr<Workspace> workspace = *Workspace::open(directory.path() / "data", Access::change);
    SystemRandom random;
    Domain domain{workspace->database(), workspace->committer(), workspace->ids()};
    identity::Identity identity{
        workspace->database(),      workspace->committer(), workspace->clock(), workspace->ids(), random,
        domain.units().directory(), {.demo = true}};
    std::unique_ptr<documents::BlobStore> blobs = documents::open_blob_directory(directory.path() / "blobs");
    dossier::ApiParts dossiers{domain.dossiers(), identity, *blobs};
    http::Router router;
    http::testing::FixedAuthenticator authenticator;
    std::optional<http::testing::Client> client;
};

TEST_F(FormRoutes, AnybodyReadsDefinitionsAndSchemas) {
    auto list = client->get("/api/v1/forms").object();
    EXPECT_GE(list.at("items").as_array().size(), 40u);
    auto form = client->get("/api/v1/forms/" + std::string(procedure)).object();
    EXPECT_EQ(form.at("version"), json::value(1));
    EXPECT_TRUE(form.at("definition").as_object().contains("steps"));
    auto schema = client->get("/api/v1/forms/" + std::string(procedure) + "/schema").object();
    EXPECT_EQ(schema.at("$schema"), json::value("https://json-schema.org/draft/2020-12/schema"));
    EXPECT_EQ(client->get("/api/v1/forms/none").status, 404);
    EXPECT_EQ(client->get("/api/v1/forms/" + std::string(procedure) + "?version=7").status, 404);
    EXPECT_EQ(client->get("/api/v1/forms/" + std::string(procedure) + "/changes").status, 422) << "from is required";
}

TEST_F(FormRoutes, ADossierKeepsItsVersionAndANewerOneSaysWhatCarriesOver) {
    authenticator.principal = http::testing::person(5);
    json::object body{{"procedure", procedure},
                      {"submit", false},
                      {"answers", {{"requester", {{"full_name", "Lê Thị Mơ"}, {"phone", "0912345678"}}}}}};
    auto draft = client->post("/api/v1/dossiers", json::serialize(body));
    ASSERT_EQ(draft.status, 201) << draft.body;
    const std::string path = "/api/v1/dossiers/" + string_or(draft.object(), "id");
    const std::string form = string_or(*find_object(draft.object(), "form"), "id");
    rename(form, "full_name", "whole_name");

    auto changes = client->get("/api/v1/forms/" + form + "/changes?from=1").object();
    EXPECT_EQ(changes.at("to"), json::value(2));
    EXPECT_EQ(changes.at("renamed"), *parse_json(R"([{"from":"requester/full_name","to":"requester/whole_name"}])"));

    EXPECT_EQ(find_object(client->get(path).object(), "form")->at("version"), json::value(1));
    auto carried = client->get(path + "/answers/carry-over").object();
    EXPECT_EQ(carried.at("from"), json::value(1));
    EXPECT_EQ(carried.at("to"), json::value(2));
    EXPECT_EQ(carried.at("answers").at("requester").at("whole_name"), json::value("Lê Thị Mơ"));
    EXPECT_TRUE(carried.at("lost").as_array().empty());
    EXPECT_FALSE(carried.at("asked").as_array().empty());
    EXPECT_EQ(find_object(client->get(path).object(), "form")->at("version"), json::value(1))
        << "asking changes nothing";

    authenticator.principal = http::testing::person(6);
    EXPECT_EQ(client->get(path + "/answers/carry-over").status, 404) << "somebody else's";
    authenticator.principal = {};
    EXPECT_EQ(client->get(path + "/answers/carry-over").status, 401);
}

}  // namespace
}  // namespace motcua::app
