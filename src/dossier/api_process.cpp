// Routes by which the world outside reaches running processes without knowing the dossier: messages by their declared
// key, signals to everybody.
#include "dossier/api.hpp"
#include "dossier/process_work.hpp"
#include "identity/permissions.hpp"

namespace motcua::dossier {

namespace {

namespace field = http::field;
namespace permission = identity::permission;
using http::Context;
using http::Prepared;
using http::Request;

constexpr int correlated_max = 20;  // dossiers looked at for one message

json::object variables_of(const json::object& input) {
    const json::object* given = find_object(input, "variables");
    return given ? *given : json::object();
}

Result<Prepared> deliver(const ApiParts& parts, Context& context, const Request& request) {
    std::string message = string_or(request.input, "message"), key = string_or(request.input, "key");
    // Who may not see a dossier learns nothing of it, not even that it waits.
    std::vector<Dossier> found;
    for (DossierId id : list_correlated(context.db, message, key, correlated_max))
        if (auto visible = get_visible(parts, context, request, to_string(id))) found.push_back(std::move(*visible));
    if (found.empty()) return fail(Errc::not_found, "dossier.message_unexpected", {{"message", message}});
    if (found.size() > 1) return fail(Errc::conflict, "dossier.message_ambiguous", {{"message", message}});
    DeliverMessage command{std::move(message), variables_of(request.input)};
    return answer_with(parts, context, request,
                       TRY(prepare_change(parts, context, request, found.front(), {command}, std::nullopt)), 200);
}

Result<Prepared> raise(const ApiParts&, Context& context, const Request& request) {
    Signal signal{context.ids.next(), {}, string_or(request.input, "signal"), variables_of(request.input)};
    ledger::WriteSet write;
    write.kind = ledger::StreamKind::system;
    write.stream = signal.id;
    write.meta = context.meta(request);
    write.events.push_back({"signal_raised", 1, {{"name", signal.name}, {"variables", signal.variables}}});
    write.rows.push_back(signal_row(signal));
    return Prepared(std::move(write), http::Response::json(json::object{{"id", format_id(signal.id)}}, 202));
}

}  // namespace

void register_process_routes(http::Router& router, const ApiParts& parts) {
    router.schema("RaisedSignal", {field::id("id", "Id")});
    router.command("POST", "/api/v1/messages", permission::dossier_process,
                   {.summary = "Hand a message to the dossier that awaits it under this key",
                    .input = {field::text("message", "Name of the message").required().length(1, 200),
                              field::text("key", "Value of the variable that the process declares as correlation")
                                  .required()
                                  .length(1, 200),
                              field::object("variables", {}, "What the message brings")},
                    .answer = "Dossier"},
                   [&parts](Context& context, const Request& request) { return deliver(parts, context, request); });
    router.command("POST", "/api/v1/signals", permission::process_manage,
                   {.summary = "Raise a signal for every dossier that waits for it",
                    .input = {field::text("signal", "Name of the signal").required().length(1, 200),
                              field::object("variables", {}, "What it brings")},
                    .answer = "RaisedSignal",
                    .status = 202},
                   [&parts](Context& context, const Request& request) { return raise(parts, context, request); });
}

}  // namespace motcua::dossier
