#include "privacy/routes.hpp"

#include "audit/records.hpp"
#include "http/page.hpp"
#include "identity/permissions.hpp"
#include "privacy/answering.hpp"

namespace motcua::privacy {

namespace {

namespace field = http::field;
using http::Context;
using http::Prepared;
using http::Request;
using http::Response;

constexpr int requests_shown = 200;

/// The id that a cursor of one number names; 0 without one.
Result<std::int64_t> position_of(const http::PageRequest& page) {
    if (!page.after) return 0;
    const json::value& last = page.after->at(0);
    if (!last.is_int64()) return fail(Errc::malformed, "request.bad_cursor");
    return last.get_int64();
}

Result<Response> looks(const Parts& parts, Context& context, const Request& request) {
    const auto page = TRY(http::page_request(request, 1));
    auto found = list_looks(parts, context.db, PersonId{request.principal.id}, TRY(position_of(page)),
                            static_cast<int>(page.limit) + 1);
    const bool more = std::ssize(found) > page.limit;
    if (more) found.pop_back();
    json::array items;
    for (const Look& look : found) items.push_back(to_json(look));
    return http::page_response(std::move(items), more ? std::optional(json::array{found.back().id}) : std::nullopt);
}

Result<Prepared> ask(Context& context, const Request& request) {
    TRY(check_own(request));
    auto write = TRY(make_request(context.db, context.ids, PersonId{request.principal.id},
                                  *parse_request_kind(string_or(request.input, "kind")),
                                  string_or(request.input, "text"), context.meta(request)));
    json::object answer{{"id", format_id(write.stream)}};
    return Prepared(std::move(write), Response::json(answer, 201));
}

Result<Response> open_requests(const Parts& parts, Context& context, const Request& request) {
    const auto page = TRY(http::page_request(request, 1));
    auto found = list_answerable(parts, context, request, TRY(position_of(page)), static_cast<int>(page.limit) + 1);
    const bool more = std::ssize(found) > page.limit;
    if (more) found.pop_back();
    json::array items;
    for (const DataRequest& one : found) {
        json::object item = to_json(one);
        item["person"] = to_string(one.person);
        items.push_back(std::move(item));
    }
    return http::page_response(std::move(items), more ? std::optional(json::array{found.back().id}) : std::nullopt);
}

}  // namespace

Prepared export_own_data(const Parts& parts, Context& context, const Request& request) {
    Response response = Response::json(own_data(parts, context, request));
    response.download("du-lieu-cua-toi.json");
    response.header("Cache-Control", "no-store");
    return Prepared(audit::make_record(context.ids, {.type = "own_data_exported"}, context.meta(request)),
                    std::move(response));
}

void register_routes(http::Router& router, const Parts& parts) {
    using http::permission::as_person;
    const http::Permission answers = identity::permission::privacy_answer;
    router.schema("Look",
                  {field::instant("at", "When"), field::text("dossier", "Code, or id before it has one"),
                   field::text("who", "Name of the officer, or of who acted for the person"),
                   field::text("unit", "The officer's unit"),
                   field::text("purpose",
                               "dossier: it was running; reason: as stated; mandate, representative, assistance: "
                               "somebody acted for the person"),
                   field::text("part", "whole or file"), field::text("reason", "As stated")});
    router.schema("OwnData", {field::instant("made_at", ""), field::any("account", "What the account says"),
                              field::array("dossiers", field::ref("", "Dossier", ""), "Own dossiers, with files"),
                              field::array("looks", field::ref("", "Look", ""), "Who looked"),
                              field::array("requests", field::ref("", "DataRequest", ""), "What was asked")});
    router.schema("DataRequest", {field::id("id", "Id"), field::text("kind", "correct, object or erase"),
                                  field::instant("asked_at", ""), field::text("text", "What the person wrote"),
                                  field::id("person", "Account, in the list of those who answer"),
                                  field::instant("answered_at", ""), field::text("answer", "")});
    router.schema("MadeDataRequest", {field::id("id", "Id")});
    router.command("GET", "/api/v1/me/data", as_person,
                   {.summary = "A copy of everything that is kept about the person", .answer = "OwnData", .slow = true},
                   [&parts](Context& context, const Request& request) -> Result<Prepared> {
                       return export_own_data(parts, context, request);
                   });
    router.query("GET", "/api/v1/me/looks", as_person,
                 {.summary = "Who opened the person's dossiers: officers, and who acted for the person; newest first",
                  .query = http::page_fields(),
                  .answer = "Look",
                  .answer_is_list = true},
                 [&parts](Context& context, const Request& request) { return looks(parts, context, request); });
    router.query(
        "GET", "/api/v1/me/data-requests", as_person,
        {.summary = "What the person asked about the own data, with the answers",
         .answer = "DataRequest",
         .answer_is_list = true},
        [](Context& context, const Request& request) -> Result<Response> {
            json::array items;
            for (const DataRequest& one : list_requests(context.db, PersonId{request.principal.id}, requests_shown))
                items.push_back(to_json(one));
            return Response::json(json::object{{"items", std::move(items)}});
        });
    router.command(
        "POST", "/api/v1/me/data-requests", as_person,
        {.summary = "Ask for a correction of the own data, object to its use, or ask for the account to be erased",
         .input =
             {field::one_of("kind", {"correct", "object", "erase"}, "What is asked").required(),
              field::text("text", "In the person's words; only an erasure needs none").length(0, request_chars_max)},
         .answer = "MadeDataRequest",
         .status = 201},
        ask);
    router.query(
        "GET", "/api/v1/data-requests", answers,
        {.summary = "Requests about personal data that wait for an answer, oldest first",
         .description = "With a post in the whole system all of them; else of people all of whose dossiers lie "
                        "within the officer's scope.",
         .query = http::page_fields(),
         .answer = "DataRequest",
         .answer_is_list = true,
         .slow = true},
        [&parts](Context& context, const Request& request) { return open_requests(parts, context, request); });
    router.query(
        "POST", "/api/v1/data-requests/{request}/erase", answers,
        {.summary = "Confirm an erasure: the account goes, for good",
         .description = "Needs a recent sign-in or confirmation. Dossiers stay for the time the law demands, the audit "
                        "trail and the proofs of the log as they are.",
         .input = {field::text("answer", "For the file").required().length(1, request_chars_max)},
         .status = 204,
         .slow = true},
        [&parts](Context& context, const Request& request) -> Result<Response> {
            TRY(run_erasure(parts, context, request, parse_id(request.param("request")).value_or(0),
                            string_or(request.input, "answer")));
            return Response::no_content();
        });
    router.command(
        "POST", "/api/v1/data-requests/{request}/answer", answers,
        {.summary = "Answer such a request",
         .input = {field::text("answer", "What was done, or why not").required().length(1, request_chars_max)},
         .status = 204},
        [&parts](Context& context, const Request& request) -> Result<Prepared> {
            const std::int64_t id = parse_id(request.param("request")).value_or(0);
            return Prepared(TRY(prepare_answer(parts, context, request, id, string_or(request.input, "answer"))),
                            Response::no_content());
        });
}

}  // namespace motcua::privacy
