// What the API of dossiers does not accept: every field of every route left out, of another type, too long, out of
// bounds, unknown, generated from the routes' own declarations; then what only the business knows to be wrong. Each
// answer names the field and a stable reason, in Vietnamese and English, and changes nothing.
#include <gtest/gtest.h>

#include "dossier/api_world.hpp"
#include "http/page.hpp"

namespace motcua::dossier {
namespace {

/// A value that the schema accepts, with every member there.
json::value whole(const json::object& schema) {
    const std::string type = string_or(schema, "type");
    if (const json::array* allowed = find_array(schema, "enum")) return allowed->at(0);
    if (string_or(schema, "pattern").starts_with("^[0-9A-HJ")) return json::value(nobodys_id);
    if (string_or(schema, "format") == "date-time") return json::value("2026-03-20T10:00:00+07:00");
    if (type == "integer") return find_int(schema, "minimum").value_or(1);
    if (type == "boolean") return true;
    if (type == "array") return json::array{whole(*find_object(schema, "items"))};
    if (type == "object") {
        json::object value;
        if (const json::object* members = find_object(schema, "properties"))
            for (const auto& [name, member] : *members) value.emplace(name, whole(member.as_object()));
        return value;
    }
    return json::value(
        std::string(static_cast<std::size_t>(std::max<std::int64_t>(int_or(schema, "minLength", 1), 1)), 'x'));
}

std::string repeated(std::string_view text, std::int64_t times) {
    std::string all;
    for (; times > 0; --times) all += text;
    return all;
}

/// Sends a body with one thing wrong at a time.
class Prober {
  public:
    Prober(ApiWorld& world, std::string method, std::string path, std::string_view user, const http::Fields& input)
        : world_(world), method_(std::move(method)), path_(std::move(path)), user_(user) {
        schema_ = http::field::object("", input, "").schema();
        body_ = whole(schema_);
    }
    int run() {
        probe_members(schema_, "", body_.as_object());
        return sent_;
    }

  private:
    void expect(const std::string& at, std::string_view reason) {
        ++sent_;
        SCOPED_TRACE(method_ + " " + path_ + " " + at + " " + std::string(reason));
        const std::int64_t before = world_.committer().last_position();
        const std::string body = json::serialize(body_);
        auto vi = world_.client->send(method_, path_, body, world_.as(user_, {{"Accept-Language", "vi"}}));
        auto en = world_.client->send(method_, path_, body, world_.as(user_, {{"Accept-Language", "en"}}));
        EXPECT_EQ(vi.status, 422) << body.substr(0, 500) << '\n' << vi.body;
        EXPECT_EQ(vi.reason(), "input.invalid");
        EXPECT_EQ(ApiWorld::errors_of(vi.object()), std::vector<std::string>{at + " " + std::string(reason)});
        ApiWorld::expect_sentences(vi.object(), en.object());
        EXPECT_EQ(world_.committer().last_position(), before);
    }
    void probe_members(const json::object& schema, const std::string& at, json::object& object) {
        const json::object* members = find_object(schema, "properties");
        if (!members) return;
        const std::string prefix = at.empty() ? "" : at + "/";
        object["khong_co"] = 1;
        expect(prefix + "khong_co", "input.unknown_field");
        object.erase("khong_co");
        if (const json::array* required = find_array(schema, "required"))
            for (const json::value& name : *required) {
                const json::value kept = object.at(name.as_string());
                object.erase(name.as_string());
                expect(prefix + std::string(name.as_string()), "input.required");
                object[name.as_string()] = kept;
            }
        for (const auto& [name, member] : *members)
            probe(member.as_object(), prefix + std::string(name), object.at(name));
    }
    void probe(const json::object& schema, const std::string& at, json::value& place) {
        const json::value kept = place;
        auto wrong = [&](json::value value, std::string_view reason) {
            place = std::move(value);
            expect(at, reason);
            place = kept;
        };
        const std::string type = string_or(schema, "type");
        wrong(nullptr, "input.wrong_type");
        if (type == "string") {
            wrong(7, "input.wrong_type");
            if (auto max = find_int(schema, "maxLength")) wrong(json::value(repeated("đ", *max + 1)), "input.too_long");
            if (schema.contains("enum")) wrong("khong_co", "input.not_allowed");
            if (schema.contains("pattern") || schema.contains("format")) wrong("hôm qua", "input.bad_format");
        } else if (type == "integer") {
            wrong("x", "input.wrong_type");
            wrong(1.5, "input.wrong_type");
            if (auto min = find_int(schema, "minimum")) wrong(*min - 1, "input.out_of_range");
            if (auto max = find_int(schema, "maximum")) wrong(*max + 1, "input.out_of_range");
        } else if (type == "boolean") {
            wrong("true", "input.wrong_type");
        } else if (type == "array") {
            wrong("x", "input.wrong_type");
            wrong(
                json::array(static_cast<std::size_t>(find_int(schema, "maxItems").value()) + 1, kept.as_array().at(0)),
                "input.too_many_items");
            if (schema.contains("minItems")) wrong(json::array(), "input.too_few_items");
            probe(*find_object(schema, "items"), at + "/0", place.as_array().at(0));
        } else if (type == "object") {
            wrong("x", "input.wrong_type");
            wrong(json::array(), "input.wrong_type");
            probe_members(schema, at, place.as_object());
        }
    }

    ApiWorld& world_;
    const std::string method_, path_;
    const std::string_view user_;
    json::object schema_;
    json::value body_;
    int sent_ = 0;
};

TEST(DossierApiInput, EveryFieldOfEveryRoute) {
    ApiWorld world;
    const std::string id = ApiWorld::id_of(world.receive_online());
    int routes = 0, sent = 0;
    for (const auto& route : world.router.routes()) {
        if (route->spec.input.empty()) continue;
        std::string path = route->path;
        if (auto at = path.find("{dossier}"); at != std::string::npos) path.replace(at, 9, id);
        std::string_view user = "lan";
        for (const auto& [officer, role] : ApiWorld::staff)
            if (route->permission == http::permission::as_officer ||
                world.identity().roles().find(role)->has(route->permission))
                user = officer;
        sent += Prober(world, std::string(to_string(route->method)), path, user, route->spec.input).run();
        ++routes;
    }
    EXPECT_GE(routes, 24);
    EXPECT_GT(sent, 800);
}

/// A command whose fields are right one by one, and what it is told.
struct Wrong {
    std::string_view user, command;
    json::object body;
    std::string_view reason;
    std::vector<std::string> errors;  // "path reason"
};

TEST(DossierApiInput, WhatOnlyTheBusinessKnowsToBeWrong) {
    ApiWorld world;
    const std::string filed = ApiWorld::id_of(world.file_online());
    auto d = world.receive_online();
    const std::string id = ApiWorld::id_of(d), step = ApiWorld::task_of(d, "appraise");
    const json::array unknown_file{
        json::object{{"code", "KQ000001"}, {"originals", 1}, {"documents", {std::string(nobodys_id)}}}};
    auto elsewhere = ApiWorld::applicant();
    elsewhere["place"] = "99999";
    auto check = [&](const std::string& dossier, const std::vector<Wrong>& table) {
        for (const Wrong& row : table) {
            SCOPED_TRACE(std::string(row.command) + " " + json::serialize(row.body));
            EXPECT_EQ(world.refused(row.user, dossier, row.command, row.body), row.reason);
            auto answer =
                world.post(row.user, "/api/v1/dossiers/" + dossier + "/" + std::string(row.command), row.body);
            EXPECT_EQ(answer.status, 422) << answer.body;
            EXPECT_EQ(ApiWorld::errors_of(answer.object()), row.errors);
        }
    };
    check(filed, {{"tiepnhan", "receive", {{"unit", "H99.1"}}, "dossier.unit_unknown", {"unit dossier.unit_unknown"}},
                  {"tiepnhan",
                   "receive",
                   {{"unit", "H01.233"}, {"applicant", elsewhere}},
                   "organisation.place_unknown",
                   {"applicant/place organisation.place_unknown"}},
                  {"tiepnhan",
                   "receive",
                   {{"unit", "H01.233"}, {"components", unknown_file}},
                   "dossier.content_invalid",
                   {"components/0/documents/0 dossier.document_unknown"}},
                  {"tiepnhan",
                   "receive",
                   {{"unit", "H01.233"}, {"components", json::array{}}},
                   "dossier.components_missing",
                   {"components/KQ000001 dossier.component_missing"}},
                  {"lan",
                   "amend",
                   {{"filer", {{"kind", "representative"}}}},
                   "dossier.content_invalid",
                   {"filer/name dossier.filer_missing"}},
                  {"lan",
                   "amend",
                   {{"components", unknown_file}},
                   "dossier.content_invalid",
                   {"components/0/documents/0 dossier.document_unknown"}}});
    const json::object no_number{{"outcome", "granted"}}, no_reason{{"outcome", "refused"}, {"number", "1"}},
        strange_file{{"outcome", "granted"}, {"number", "1"}, {"documents", {std::string(nobodys_id)}}};
    auto fee = [](std::int64_t amount) {
        return json::object{{"fees", json::array{json::object{{"name", "Thuế"}, {"amount", amount}}}}};
    };
    check(id, {{"truongphong",
                "assign",
                {{"task", step}, {"officer", std::string(nobodys_id)}},
                "dossier.officer_unknown",
                {"officer dossier.officer_unknown"}},
               {"truongphong",
                "assign",
                {{"task", step}, {"officer", to_string(world.lan)}},
                "dossier.officer_unknown",
                {"officer dossier.officer_unknown"}},
               {"truongphong",
                "assign",
                {{"task", step}, {"officer", to_string(world.officers["vanthu"])}},
                "dossier.officer_unfit",
                {"officer dossier.officer_unfit"}},
               {"truongphong",
                "assign",
                {{"task", step}, {"officer", to_string(world.officers["ykien"])}},
                "dossier.officer_unfit",
                {"officer dossier.officer_unfit"}},
               {"xuly",
                "request-opinion",
                {{"agency", "H99"}, {"content", "x"}, {"working_days", 1}},
                "dossier.unit_unknown",
                {"agency dossier.unit_unknown"}},
               {"xuly", "request-payment", fee(0), "dossier.fee_invalid", {"fees/0 dossier.fee_invalid"}},
               {"vanthu",
                "record-result",
                {{"result", no_number}},
                "dossier.result_invalid",
                {"result/number dossier.result_number_missing"}},
               {"vanthu",
                "record-result",
                {{"result", no_reason}},
                "dossier.result_invalid",
                {"result/summary dossier.result_reason_missing"}},
               {"vanthu",
                "record-result",
                {{"result", strange_file}},
                "dossier.result_invalid",
                {"result/documents/0 dossier.document_unknown"}},
               {"xuly",
                "extend",
                {{"reason", "x"}, {"new_due", "2026-03-04T08:00:00+07:00"}},
                "dossier.new_due_not_later",
                {"new_due dossier.new_due_not_later"}},
               {"xuly",
                "extend",
                {{"reason", "x"}, {"new_due", "2026-03-14T08:00:00+07:00"}},
                "dossier.new_due_not_working",
                {"new_due dossier.new_due_not_working"}}});
}

TEST(DossierApiInput, AFilingThatDoesNotFit) {
    ApiWorld world;
    struct Row {
        std::string_view user;
        json::object change;
        int status;
        std::string_view reason;
        std::vector<std::string> errors;
    };
    auto elsewhere = ApiWorld::applicant(), nowhere = ApiWorld::applicant(), too_wide = ApiWorld::applicant();
    elsewhere["place"] = "99999";
    nowhere.erase("place");
    too_wide["place"] = "H01";
    for (const Row& row : std::vector<Row>{
             {"lan",
              {{"procedure", "9.999999"}},
              422,
              "dossier.procedure_unknown",
              {"procedure dossier.procedure_unknown"}},
             {"lan",
              {{"procedure", "không phải mã"}},
              422,
              "dossier.procedure_unknown",
              {"procedure dossier.procedure_unknown"}},
             {"tiepnhan",
              {{"channel", "counter"}, {"receive_at", "H99"}},
              422,
              "dossier.unit_unknown",
              {"receive_at dossier.unit_unknown"}},
             {"tiepnhan",
              {{"channel", "online"}, {"receive_at", "H01.233"}},
              422,
              "dossier.counter_channel",
              {"channel dossier.counter_channel"}},
             {"tiepnhan",
              {{"procedure", "1.000003"}, {"channel", "post"}, {"receive_at", "H01.233"}},
              409,
              "dossier.channel_not_offered",
              {}},
             {"tiepnhan",
              {{"channel", "counter"}, {"receive_at", "H01.233"}, {"applicant", elsewhere}},
              422,
              "organisation.place_unknown",
              {"applicant/place organisation.place_unknown"}},
             {"tiepnhan",
              {{"channel", "counter"}, {"receive_at", "H01.233"}, {"components", json::array{}}},
              422,
              "dossier.components_missing",
              {"components/KQ000001 dossier.component_missing"}},
             {"lan",
              {{"components", json::array{json::object{
                                  {"code", "KQ000001"}, {"originals", 1}, {"documents", {std::string(nobodys_id)}}}}}},
              422,
              "dossier.content_invalid",
              {"components/0/documents/0 dossier.document_unknown"}},
             {"lan", {{"applicant", nowhere}}, 422, "dossier.place_missing", {"applicant/place dossier.place_missing"}},
             {"lan",
              {{"applicant", too_wide}},
              422,
              "organisation.place_too_wide",
              {"applicant/place organisation.place_too_wide"}},
             {"lan",
              {{"answers", json::object{{"why", "lost"}}}},
              422,
              "dossier.answers_without_form",
              {"answers dossier.answers_without_form"}},
             {"lan", {}, 422, "dossier.components_missing", {"components/KQ000001 dossier.component_missing"}}}) {
        json::object body{
            {"procedure", "1.000001"}, {"applicant", ApiWorld::applicant()}, {"components", ApiWorld::papers()}};
        for (const auto& [name, value] : row.change) body[name] = value;
        SCOPED_TRACE(json::serialize(body));
        const std::int64_t before = world.committer().last_position();
        auto vi = world.post(row.user, "/api/v1/dossiers", body, {{"Accept-Language", "vi"}});
        auto en = world.post(row.user, "/api/v1/dossiers", body, {{"Accept-Language", "en"}});
        EXPECT_EQ(vi.status, row.status) << vi.body;
        EXPECT_EQ(vi.reason(), row.reason);
        EXPECT_EQ(ApiWorld::errors_of(vi.object()), row.errors);
        ApiWorld::expect_sentences(vi.object(), en.object());
        EXPECT_EQ(world.committer().last_position(), before);
    }
}

TEST(DossierApiInput, TheFormsOwnRules) {
    ApiWorld world;
    auto draft = world.post("lan", "/api/v1/dossiers",
                            {{"procedure", "1.000003"}, {"submit", false}, {"applicant", ApiWorld::applicant()}});
    ASSERT_EQ(draft.status, 201) << draft.body;
    const std::string id = ApiWorld::id_of(draft.object());
    ASSERT_EQ(world.upload("lan", id, "KQ000009", "chung-sinh.pdf", documents::test_files::pdf()).status, 201);
    EXPECT_EQ(world.refused("lan", id, "submit"), "dossier.answers_missing");
    auto answers = ApiWorld::answers();
    answers.erase("tax_code");
    answers["requester"].as_object()["born"] = "2077-05-17";
    answers["why"] = "khong_co";
    EXPECT_EQ(world.refused("lan", id, "submit", {{"answers", answers}}), "dossier.answers_invalid");
    auto wrong = world.post("lan", "/api/v1/dossiers/" + id + "/submit", {{"answers", answers}});
    EXPECT_EQ(wrong.status, 422);
    for (const std::string path : {"answers/requester/born", "answers/why", "answers/tax_code"})
        EXPECT_NE(wrong.body.find('"' + path + '"'), std::string::npos) << path << ' ' << wrong.body;
    // A draft may be half filled in; what is filed may not.
    auto saved = world.client->send("PUT", "/api/v1/dossiers/" + id,
                                    json::serialize(json::object{{"answers", {{"why", "lost"}}}}), world.as("lan"));
    EXPECT_EQ(saved.status, 200) << saved.body;
    auto filed = world.run("lan", id, "submit", {{"answers", ApiWorld::answers()}});
    EXPECT_EQ(ApiWorld::status_of(filed), "registered");
    auto shown = world.get("tiepnhan", "/api/v1/dossiers/" + id).object();
    EXPECT_EQ(string_or(*find_object(shown, "answers"), "tax_code"), "0172323275");
}

TEST(DossierApiInput, AFileThatIsNone) {
    ApiWorld world;
    auto draft = world.post("lan", "/api/v1/dossiers", {{"procedure", "1.000001"}, {"submit", false}});
    ASSERT_EQ(draft.status, 201) << draft.body;
    const std::string id = ApiWorld::id_of(draft.object());
    struct Row {
        std::string_view name;
        std::string bytes;
        int status;
        std::string_view reason;
    };
    const std::string pdf = documents::test_files::pdf();
    for (const Row& row :
         std::vector<Row>{{"chay.exe", "MZ" + std::string(200, '\0'), 415, "document.kind_not_allowed"},
                          {"anh.pdf", "<html><script>alert(1)</script></html>", 415, "document.kind_not_allowed"},
                          {"rong.pdf", "", 422, "document.empty"},
                          {"to.pdf", pdf + std::string(10 << 20, ' '), 413, "document.too_large"}}) {
        SCOPED_TRACE(std::string(row.name));
        const std::int64_t before = world.committer().last_position();
        auto answer = world.upload("lan", id, "KQ000001", row.name, row.bytes);
        EXPECT_EQ(answer.status, row.status) << answer.body;
        EXPECT_EQ(answer.reason(), row.reason);
        EXPECT_EQ(world.committer().last_position(), before);
        EXPECT_TRUE(world.get("lan", "/api/v1/dossiers/" + id + "/files").object().at("items").as_array().empty());
    }
    EXPECT_EQ(world.upload("lan", id, "", "a.pdf", pdf).reason(), "dossier.content_invalid");
    EXPECT_EQ(world.upload("lan", id, "KQ000001", "a.pdf", pdf).status, 201);
    auto no_file = world.client->post("/api/v1/dossiers/" + id + "/files", "component=KQ000001",
                                      world.as("lan", {{"Content-Type", "application/x-www-form-urlencoded"}}));
    EXPECT_EQ(no_file.reason(), "dossier.one_file_wanted");
    auto not_a_form = world.post("lan", "/api/v1/dossiers/" + id + "/files", json::object{});
    EXPECT_EQ(not_a_form.status, 415);
    EXPECT_EQ(not_a_form.reason(), "request.bad_media_type");
}

TEST(DossierApiInput, Queries) {
    ApiWorld world;
    auto bad = [&](std::string_view user, const std::string& path, const std::string& error) {
        world.suite->validation(
            {.name = path, .path = path, .headers = world.as(user), .status = 422, .has = {"input.invalid", error}});
    };
    bad("xuly", "/api/v1/tasks?of=ai", "input.not_allowed");
    bad("xuly", "/api/v1/tasks?due=mai", "input.not_allowed");
    bad("xuly", "/api/v1/tasks?limit=0", "input.out_of_range");
    bad("xuly", "/api/v1/tasks?limit=x", "input.wrong_type");
    bad("xuly", "/api/v1/tasks?khong_co=1", "input.unknown_field");
    bad("lan", "/api/v1/dossiers?limit=100000", "input.out_of_range");
    bad("", "/api/v1/track", "input.required");
    bad("", "/api/v1/track?code=x", "input.too_short");
    bad("", "/api/v1/track?code=H33.1-230223-0001&digits=1234", "input.unknown_field");
    world.suite->validation({.name = "too many digits",
                             .method = "POST",
                             .path = "/api/v1/track",
                             .body = R"({"code":"H33.1-230223-0001","digits":"12345"})",
                             .status = 422,
                             .has = {"input.too_long"}});
    for (const json::array& made_up : {json::array{"x"}, json::array{1.5, nullptr}, json::array{"1", "2"}})
        for (const auto& [user, path] : {std::pair("lan", "/api/v1/dossiers"), std::pair("xuly", "/api/v1/tasks")})
            EXPECT_EQ(world.get(user, path + ("?cursor=" + http::make_cursor(made_up))).reason(), "request.bad_cursor");
    for (const char* path : {"/api/v1/dossiers/khong-phai-ma", "/api/v1/dossiers/0000000000001",
                             "/api/v1/dossiers/H01.233-260302-9999", "/api/v1/dossiers/0000000000001/history"})
        EXPECT_EQ(world.get("lan", path).reason(), "dossier.not_found") << path;
}

}  // namespace
}  // namespace motcua::dossier
