#include "app/form_routes.hpp"

namespace motcua::app {

namespace {

namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

constexpr int versions_max = 100'000;

/// The version that the query names as `key`; the newest when it names none.
Result<const definitions::FormVersion*> form_of(const definitions::Definitions& all, std::string_view form,
                                                const Request& request, std::string_view key) {
    const auto version = static_cast<int>(int_or(request.input, key, 0));
    const auto* found = all.find_form(form, version);
    if (!found) return fail(Errc::not_found, "dossier.form_unknown", {{"form", std::string(form)}});
    return found;
}

Result<Response> forms(Domain& domain, const Request& request) {
    json::array items;
    auto all = domain.definitions();
    for (const auto* form : all->list_forms())
        items.push_back(json::object{
            {"form", form->name}, {"version", form->version}, {"title", form->definition->title.in(request.lang)}});
    return Response::json(json::object{{"items", std::move(items)}});
}

Result<Response> definition(Domain& domain, const Request& request) {
    auto all = domain.definitions();
    const auto* form = TRY(form_of(*all, request.param("form"), request, "version"));
    return Response::json(
        json::object{{"form", form->name}, {"version", form->version}, {"definition", form->definition->source}});
}

Result<Response> schema(Domain& domain, const Request& request) {
    auto all = domain.definitions();
    const auto* form = TRY(form_of(*all, request.param("form"), request, "version"));
    Response response = Response::json(forms::json_schema(*form->definition));
    response.content_type = "application/schema+json";
    return response;
}

Result<Response> changes(Domain& domain, const Request& request) {
    auto all = domain.definitions();
    const auto* from = TRY(form_of(*all, request.param("form"), request, "from"));
    const auto* to = TRY(form_of(*all, request.param("form"), request, "to"));
    json::object answer = forms::diff(*from->definition, *to->definition);
    answer.emplace("from", from->version);
    answer.emplace("to", to->version);
    return Response::json(answer);
}

Result<Prepared> carry(Domain& domain, const dossier::ApiParts& dossiers, Context& context, const Request& request) {
    auto dossier = TRY(dossier::get_visible(dossiers, context, request, request.param("dossier")));
    auto record = TRY(dossier::open_record(dossiers, context, request, dossier, "whole"));
    auto all = domain.definitions();
    const auto* from = all->find_form(dossier.form, dossier.form_version);
    if (!from) return fail(Errc::not_found, "dossier.form_unknown", {{"form", dossier.form}});
    const auto* to = TRY(form_of(*all, dossier.form, request, "to"));
    auto carried = forms::carry_over(*from->definition, *to->definition, dossier::stored_answers(context.db, dossier),
                                     domain.dossiers().form_facts(local_day(context.now)));
    json::array kept, lost, asked;
    for (const std::string& path : carried.carried) kept.push_back(json::value(path));
    for (const forms::Lost& each : carried.lost)
        lost.push_back(json::object{{"path", each.path}, {"reason", each.reason}});
    for (const std::string& path : carried.asked) asked.push_back(json::value(path));
    json::object answer{{"form", dossier.form},       {"from", from->version},
                        {"to", to->version},          {"answers", std::move(carried.answers)},
                        {"carried", std::move(kept)}, {"lost", std::move(lost)},
                        {"asked", std::move(asked)}};
    return dossier::recorded(std::move(record), Response::json(answer));
}

}  // namespace

void register_form_routes(http::Router& router, Domain& domain, const dossier::ApiParts& dossiers) {
    router.schema("Form", {field::text("form", "Id"), field::integer("version", "Newest"), field::text("title", "")});
    router.schema("FormDefinition", {field::text("form", ""), field::integer("version", ""),
                                     field::any("definition", "See docs/forms.md")});
    router.schema("FormChanges", {field::integer("from", "Version"), field::integer("to", "Version"),
                                  field::array("added", field::text("", ""), "Paths; rows of a group as *"),
                                  field::array("removed", field::text("", ""), ""),
                                  field::array("renamed", field::any("", ""), "from, to"),
                                  field::array("changed", field::any("", ""), "path, and the keys that changed")});
    router.schema("FormCarryOver",
                  {field::text("form", ""), field::integer("from", "Version it was filled with"),
                   field::integer("to", "Version asked about"), field::any("answers", "Valid under that version"),
                   field::array("carried", field::text("", ""), "Paths in the new version"),
                   field::array("lost", field::any("", ""), "path in the old version, reason"),
                   field::array("asked", field::text("", ""), "Required, and nothing fills them")});
    auto bind = [&domain](auto handler) {
        return [&domain, handler](Context&, const Request& request) { return handler(domain, request); };
    };
    auto version = [](std::string_view name) {
        return field::integer(name, "Version; the newest unless said").range(1, versions_max);
    };
    using http::permission::open;
    router.query("GET", "/api/v1/forms", open,
                 {.summary = "Declaration forms", .answer = "Form", .answer_is_list = true}, bind(forms));
    router.query("GET", "/api/v1/forms/{form}", open,
                 {.summary = "Definition of a form", .query = {version("version")}, .answer = "FormDefinition"},
                 bind(definition));
    router.query("GET", "/api/v1/forms/{form}/schema", open,
                 {.summary = "JSON Schema (2020-12) of its answers",
                  .query = {version("version")},
                  .media = "application/schema+json",
                  .slow = true},
                 bind(schema));
    router.query("GET", "/api/v1/forms/{form}/changes", open,
                 {.summary = "What changed between two versions",
                  .query = {version("from").required(), version("to")},
                  .answer = "FormChanges"},
                 bind(changes));
    router.command("GET", "/api/v1/dossiers/{dossier}/answers/carry-over", http::permission::signed_in,
                   {.summary = "Which answers a newer version of its form takes over",
                    .description = "The dossier keeps the version it was filled with; nothing is changed.",
                    .query = {version("to")},
                    .answer = "FormCarryOver"},
                   [&domain, &dossiers](Context& context, const Request& request) {
                       return carry(domain, dossiers, context, request);
                   });
}

}  // namespace motcua::app
