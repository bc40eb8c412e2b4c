#include "http/openapi.hpp"

#include <algorithm>
#include <mutex>

#include "http/idempotency.hpp"
#include "resources/messages.hpp"

namespace motcua::http {

namespace {

json::object reference(std::string_view section, std::string_view name) {
    return {{"$ref", "#/components/" + std::string(section) + "/" + std::string(name)}};
}

json::object content(std::string_view media, json::object schema) {
    return {{media, json::object{{"schema", std::move(schema)}}}};
}

json::object object_schema(const Fields& fields) {
    json::object schema = field::object("", fields, "").schema();
    schema["additionalProperties"] = false;
    return schema;
}

/// OpenAPI knows no `{rest*}`; the parameter is called `rest`.
std::string plain_path(std::string_view path) {
    std::string plain(path);
    std::erase(plain, '*');
    return plain;
}

json::array parameters(const Route& route) {
    json::array all;
    for (const std::string& name : route.param_names)
        all.push_back(json::object{
            {"name", name}, {"in", "path"}, {"required", true}, {"schema", json::object{{"type", "string"}}}});
    for (const Field& field : route.spec.query) {
        json::object schema = field.schema();
        schema.erase("description");
        all.push_back(json::object{{"name", field.name()},
                                   {"in", "query"},
                                   {"required", field.is_required()},
                                   {"description", field.doc()},
                                   {"schema", std::move(schema)}});
    }
    all.push_back(reference("parameters", "Lang"));
    if (route.command && route.method != Method::get) all.push_back(reference("parameters", "IdempotencyKey"));
    if (route.spec.if_match == IfMatch::optional) all.push_back(reference("parameters", "IfMatch"));
    if (route.spec.if_match == IfMatch::required) all.push_back(reference("parameters", "IfMatchRequired"));
    return all;
}

json::object request_body(const Spec& spec) {
    json::object media;
    if (spec.body == Body::json) media = content("application/json", object_schema(spec.input));
    if (spec.body == Body::form) {
        media = content("multipart/form-data", object_schema(spec.input));
        media["application/x-www-form-urlencoded"] = media.at("multipart/form-data");
    }
    if (spec.body == Body::raw) media = content("application/octet-stream", {{"type", "string"}, {"format", "binary"}});
    const bool required = std::ranges::any_of(spec.input, &Field::is_required) || spec.body == Body::raw;
    return {{"required", required}, {"content", std::move(media)}};
}

json::object responses(const Route& route) {
    const Spec& spec = route.spec;
    json::object success{{"description", std::string(reason_phrase(spec.status))}};
    json::object schema;
    if (!spec.answer.empty()) schema = reference("schemas", spec.answer);
    if (spec.answer_is_list) {
        schema = {{"type", "object"},
                  {"required", {"items", "next"}},
                  {"properties",
                   {{"items", {{"type", "array"}, {"items", schema}}},
                    {"next", {{"type", {"string", "null"}}, {"description", "Cursor of the next page"}}}}}};
    }
    if (spec.status != 204) success["content"] = content(spec.media, std::move(schema));
    if (spec.if_match != IfMatch::unused || !spec.answer.empty())
        success["headers"] = {
            {"ETag", {{"schema", {{"type", "string"}}}, {"description", "Version, where there is one"}}}};

    json::object all;
    all[std::to_string(spec.status)] = std::move(success);
    auto refusal = [&](const char* status) { all[status] = reference("responses", "Problem"); };
    const bool open = route.permission == permission::open;
    if (!open) refusal("401");
    if (!open || route.command) refusal("403");
    refusal("400");
    if (!route.param_names.empty()) refusal("404");
    if (spec.body != Body::none) {
        refusal("413");
        refusal("415");
    }
    if (spec.body != Body::none || !spec.query.empty() || route.command) refusal("422");
    if (route.command) refusal("409");
    if (spec.if_match != IfMatch::unused) refusal("412");
    if (spec.if_match == IfMatch::required) refusal("428");
    refusal("500");
    refusal("503");
    return all;
}

json::object operation(const Route& route) {
    const Spec& spec = route.spec;
    std::string id(to_string(route.method));
    std::ranges::transform(id, id.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    for (char c : plain_path(route.path))
        if (c != '{' && c != '}') id += c == '/' || c == '.' ? '_' : c;
    json::object made{{"operationId", id},
                      {"summary", spec.summary},
                      {"x-permission", route.permission.name()},
                      {"parameters", parameters(route)},
                      {"responses", responses(route)}};
    if (!spec.description.empty()) made["description"] = spec.description;
    if (spec.body != Body::none) made["requestBody"] = request_body(spec);
    if (route.permission == permission::open) {
        made["security"] = json::array{json::object{}};
    } else {
        made["security"] =
            json::array{json::object{{"session", json::array{}}}, json::object{{"token", json::array{}}}};
    }
    return made;
}

json::object header_parameter(std::string_view name, bool required, std::string_view doc, json::object schema) {
    schema["type"] = "string";
    return {
        {"name", name}, {"in", "header"}, {"required", required}, {"description", doc}, {"schema", std::move(schema)}};
}

}  // namespace

json::object openapi_document(const Router& router) {
    json::object paths;
    for (const auto& route : router.routes()) {
        if (route->spec.html) continue;
        std::string method(to_string(route->method));
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
        json::value& path = paths[plain_path(route->path)];
        if (!path.is_object()) path.emplace_object();
        path.get_object()[method] = operation(*route);
    }
    json::object schemas;
    for (const auto& [name, members] : router.schemas()) schemas[name] = field::object("", members, "").schema();
    schemas["Problem"] =
        field::object("",
                      {field::text("type", "Address that explains the reason").required(),
                       field::text("title", "What kind of refusal").required(),
                       field::integer("status", "HTTP status").required(),
                       field::text("detail", "Sentence for the reader, in the asked language").required(),
                       field::text("reason", "Stable name of the refusal, dossier.wrong_state").required(),
                       field::text("request_id", "To be quoted to support").required(),
                       field::text("incident_id", "Only with status 500"),
                       field::array("errors",
                                    field::object("",
                                                  {field::text("path", "Field, answers/ngaySinh").required(),
                                                   field::text("reason", "Stable name").required(),
                                                   field::text("detail", "Sentence").required()},
                                                  ""),
                                    "Each wrong field")},
                      "RFC 9457 problem document")
            .schema();
    return {
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "Motcua"},
          {"version", "1"},
          {"description",
           "Administrative procedures of a province. Times are ISO 8601 with offset. Lists are read page by page with "
           "`cursor`. A repeated Idempotency-Key is answered as the first time and changes nothing."},
          {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", std::move(schemas)},
          {"responses",
           {{"Problem",
             {{"description", "Refused; `reason` says why"},
              {"content", content("application/problem+json", reference("schemas", "Problem"))}}}}},
          {"parameters",
           {{"Lang",
             {{"name", "lang"},
              {"in", "query"},
              {"description", "Language of sentences; else cookie `lang`, else Accept-Language, else vi"},
              {"schema", {{"type", "string"}, {"enum", {"vi", "en"}}}}}},
            {"IdempotencyKey",
             header_parameter("Idempotency-Key", false,
                              "The same key and request are carried out once; kept for 30 days at least",
                              {{"maxLength", idempotency_key_chars_max}})},
            {"IfMatch", header_parameter("If-Match", false, "ETag of what was looked at, \"v7\"", {})},
            {"IfMatchRequired", header_parameter("If-Match", true, "ETag of what was looked at, \"v7\"", {})}}},
          {"securitySchemes",
           {{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "session"}}},
            {"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

void register_description(Router& router) {
    router.schema("Reason",
                  {field::text("reason", "Stable name").required(), field::text("vi", "Vietnamese sentence").required(),
                   field::text("en", "English sentence").required()});
    struct Document {
        std::once_flag once;
        std::string text;
    };
    router.query("GET", "/api/v1/openapi.json", permission::open, {.summary = "This document"},
                 [&router, document = std::make_shared<Document>()](Context&, const Request&) -> Result<Response> {
                     std::call_once(document->once,
                                    [&] { document->text = json::serialize(openapi_document(router)); });
                     return Response::bytes("application/json", document->text);
                 });
    router.query("GET", "/api/v1/problems/{reason}", permission::open,
                 {.summary = "What a reason of a refusal means", .answer = "Reason"},
                 [](Context&, const Request& request) -> Result<Response> {
                     std::string reason(request.param("reason"));
                     if (!resources::has_message(reason)) return fail(Errc::not_found, "http.not_found");
                     return Response::json({{"reason", reason},
                                            {"vi", resources::message(Lang::vi, reason)},
                                            {"en", resources::message(Lang::en, reason)}});
                 });
}

}  // namespace motcua::http
