// The API of acting for another. Pages: src/portal/mandate_pages.cpp.
#include "http/page.hpp"
#include "http/router.hpp"
#include "identity/account_rows.hpp"
#include "identity/identity.hpp"
#include "identity/mandates.hpp"
#include "identity/routes.hpp"

namespace motcua::identity {

namespace {

using http::Context;
using http::Prepared;
using http::Request;
using http::Response;
namespace field = http::field;

constexpr std::int64_t name_chars_max = 200, reason_chars_max = 500, number_chars_max = 20, code_chars_max = 20;
constexpr std::int64_t limits_max = static_cast<std::int64_t>(mandate_limits_max);

std::string_view state_of(const Mandate& mandate, Instant now) {
    if (mandate.revoked_at) return "ended";
    if (now >= mandate.to) return "over";
    if (mandate.source == MandateSource::none) return "waiting";
    return now < mandate.from ? "future" : "usable";
}

/// What both sides may know; the other's number only masked.
json::object mandate_json(db::Session& session, const Mandate& mandate, Instant now) {
    // Who waits for a yes has not earned the name yet.
    const bool waits = mandate.source == MandateSource::none;
    json::object object{{"id", to_string(mandate.id)},
                        {"kind", to_string(mandate.kind)},
                        {"state", state_of(mandate, now)},
                        {"giver", waits ? "" : find_display_name(session, mandate.giver).value_or("")},
                        {"holder", mandate.holder_name},
                        {"holder_number", masked_number(mandate.holder_number)},
                        {"procedures", json::value_from(mandate.procedures)},
                        {"fields", json::value_from(mandate.fields)},
                        {"from", format_iso(mandate.from)},
                        {"to", format_iso(mandate.to)},
                        {"approved_by", to_string(mandate.source)}};
    if (mandate.dossier) object["dossier"] = to_string(mandate.dossier);
    return object;
}

MandateId id_of(const Request& request) { return MandateId{parse_id(request.param("mandate")).value_or(0)}; }

std::vector<std::string> texts_of(const json::object& input, std::string_view key) {
    std::vector<std::string> texts;
    if (const json::array* list = find_array(input, key))
        for (const json::value& one : *list)
            if (one.is_string()) texts.emplace_back(one.get_string());
    return texts;
}

Result<Response> list(const Identity& identity, Context& context, const Request& request) {
    const bool held = string_or(request.input, "of", "held") == "held";
    std::vector<Mandate> found;
    if (held)
        found =
            list_held(context.db, AccountId{request.principal.id}, identity.options().link_level_min, mandates_shown);
    else
        found = list_given(context.db, TRY(giver_of(request.principal)), mandates_shown);
    json::array items;
    for (const Mandate& mandate : found) items.push_back(mandate_json(context.db, mandate, context.now));
    return http::page_response(std::move(items), std::nullopt);
}

Result<Prepared> give(Identity& identity, Context& context, const Request& request) {
    MandateOrder order;
    order.holder_number = string_or(request.input, "holder_number");
    order.holder_name = string_or(request.input, "holder_name");
    order.procedures = texts_of(request.input, "procedures");
    order.fields = texts_of(request.input, "fields");
    if (const auto dossier = find_string(request.input, "dossier"))
        order.dossier = DossierId{parse_id(*dossier).value_or(0)};
    order.from = local_day(context.now);
    if (const auto from = find_string(request.input, "from")) order.from = TRY(parse_day(*from));
    order.to = TRY(parse_day(string_or(request.input, "to")));
    auto prepared = TRY(prepare_mandate(identity, context.db, request.principal, order, context.meta(request)));
    return Prepared(std::move(prepared.write),
                    Response::created("/api/v1/mandates/" + to_string(prepared.mandate.id),
                                      mandate_json(context.db, prepared.mandate, context.now)));
}

Result<Prepared> end(const Identity& identity, Context& context, const Request& request) {
    return Prepared(TRY(prepare_end(identity, context.db, request.principal, id_of(request), context.meta(request))),
                    Response::no_content());
}

Result<Prepared> begin_acting(const Identity& identity, Context& context, const Request& request) {
    const MandateId id{parse_id(string_or(request.input, "mandate")).value_or(0)};
    return Prepared(TRY(prepare_acting(identity, context.db, request.principal, id, context.meta(request))),
                    Response::no_content());
}

Result<Prepared> end_acting(Context& context, const Request& request) {
    return Prepared(prepare_leaving(context.db, request.principal, context.meta(request)), Response::no_content());
}

Result<Response> ask(Identity& identity, Context& context, const Request& request) {
    const AssistanceOrder order{.citizen_id = string_or(request.input, "citizen_id"),
                                .name = string_or(request.input, "name"),
                                .phone = string_or(request.input, "phone"),
                                .send_code = find_bool(request.input, "send_code").value_or(true)};
    const Mandate mandate =
        TRY(ask_assistance(identity, request.principal, order, request.remote_address, context.meta(request)));
    // Whether the person had an account before is not for the helper to learn: what he typed comes back.
    json::object body = mandate_json(context.db, mandate, context.now);
    body["giver"] = order.name;
    return Response::created("/api/v1/mandates/" + to_string(mandate.id), body);
}

Result<Response> approve(Identity& identity, Context& context, const Request& request) {
    Approval approval;
    approval.code = string_or(request.input, "code");
    approval.reason = string_or(request.input, "reason");
    if (!approval.code.empty())
        approval.source = MandateSource::code;
    else if (!approval.reason.empty())
        approval.source = MandateSource::paper;
    TRY(approve_assistance(identity, request.principal, id_of(request), approval, context.meta(request)));
    return Response::no_content();
}

void declare_schema(http::Router& router) {
    router.schema(
        "Mandate",
        {field::id("id", "Mandate").required(),
         field::one_of("kind", {"mandate", "representative", "assistance"}, "What it is").required(),
         field::one_of("state", {"waiting", "future", "usable", "over", "ended"}, "Now").required(),
         field::text("giver", "For whom is acted; empty while it waits").required(),
         field::text("holder", "Who may act").required(),
         field::text("holder_number", "Citizen id of who may act, masked").required(),
         field::array("procedures", field::text("", "Code"), "Only these; empty = all").required(),
         field::array("fields", field::text("", "Code"), "Only of these fields; empty = all").required(),
         field::id("dossier", "Only this dossier"), field::instant("from", "Begins").required(),
         field::instant("to", "Ends").required(),
         field::text("approved_by", "giver, provider, code, session or paper; empty while it waits").required()});
}

}  // namespace

void register_mandate_routes(http::Router& router, Identity& identity) {
    declare_schema(router);
    const auto with = [&identity](auto handler) {
        return [&identity, handler](Context& context, const Request& request) {
            return handler(identity, context, request);
        };
    };
    using http::permission::as_officer;
    using http::permission::as_person;
    using http::permission::signed_in;
    const auto code = field::text("", "Code").length(1, 60);
    router.query("GET", "/api/v1/mandates", signed_in,
                 {.summary = "Mandates, newest first",
                  .query = {field::one_of("of", {"held", "given"},
                                          "By whom one may act, or whom one lets act; held unless said")},
                  .answer = "Mandate",
                  .answer_is_list = true},
                 with(list));
    router.command(
        "POST", "/api/v1/mandates", as_person,
        {.summary = "Let somebody act for oneself, or for the business that one represents",
         .description = "Needs a recent sign-in or confirmation. The holder is who proves to have that citizen id.",
         .input = {field::text("holder_number", "Citizen id of who is to act").required().length(9, number_chars_max),
                   field::text("holder_name", "Name").required().length(1, name_chars_max),
                   field::array("procedures", code, "Only these procedures").length(0, limits_max),
                   field::array("fields", code, "Only procedures of these fields").length(0, limits_max),
                   field::id("dossier", "Only this dossier"), field::day("from", "First day; today unless said"),
                   field::day("to", "Last day").required()},
         .answer = "Mandate",
         .status = 201},
        with(give));
    router.command("DELETE", "/api/v1/mandates/{mandate}", signed_in,
                   {.summary = "End a mandate or assistance, as giver or holder", .status = 204}, with(end));
    router.command("PUT", "/api/v1/session/acting", signed_in,
                   {.summary = "Act for another from now on, until one stops or signs out",
                    .input = {field::id("mandate", "Under which mandate").required()},
                    .status = 204},
                   with(begin_acting));
    router.command("DELETE", "/api/v1/session/acting", signed_in, {.summary = "Act for oneself again", .status = 204},
                   [](Context& context, const Request& request) { return end_acting(context, request); });
    router.query(
        "POST", "/api/v1/assistance", as_officer,
        {.summary = "Ask to assist a person",
         .description = "The person approves with a code sent to the phone, in an own session, or on paper at a "
                        "counter. Lasts an hour from then on. The answer is the same whether the person was known.",
         .input = {field::text("citizen_id", "Citizen id").required().length(9, number_chars_max),
                   field::text("name", "Name").required().length(1, name_chars_max),
                   field::text("phone", "Phone, for a person without an account").length(0, number_chars_max),
                   field::boolean("send_code", "false: approval comes another way")},
         .answer = "Mandate",
         .status = 201,
         .slow = true,
         .rate = http::RateClass::look_up},
        with(ask));
    router.query(
        "POST", "/api/v1/assistance/{mandate}/approve", signed_in,
        {.summary = "Approve assistance",
         .description = "As the person: nothing more. As the helper: the code that the person read out, or the "
                        "reason for approval on paper.",
         .input = {field::text("code", "Six digits").length(0, code_chars_max),
                   field::text("reason", "What the paper says").length(0, reason_chars_max)},
         .status = 204,
         .slow = true},
        with(approve));
}

}  // namespace motcua::identity
