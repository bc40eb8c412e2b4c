// The table of commands of the API: name in the path, input, and how the input is read.
#include "base/check.hpp"
#include "dossier/access.hpp"
#include "dossier/api.hpp"
#include "dossier/input.hpp"
#include "identity/permissions.hpp"

namespace motcua::dossier {

namespace {

namespace field = http::field;
namespace permission = identity::permission;
using organisation::Directory;
using Input = const json::object&;

std::int64_t id_of(Input input, std::string_view key) { return parse_id(string_or(input, key)).value_or(0); }

std::vector<FeeItem> fees_of(Input input) {
    std::vector<FeeItem> fees;
    if (const json::array* array = find_array(input, "fees"))
        for (const json::value& value : *array)
            fees.push_back(
                {string_or(value.as_object(), "name"), Dong{int_or(value.as_object(), "amount", 0)}, false, "", ""});
    return fees;
}

http::Field fees_field(std::string_view doc) {
    return field::array("fees",
                        field::object("",
                                      {field::text("name", "What it is for").required().length(1, 200),
                                       field::integer("amount", "In đồng").required().range(0, 1'000'000'000'000)},
                                      ""),
                        doc)
        .length(0, fees_max);
}

http::Field result_field() {
    return field::object("result",
                         {field::one_of("outcome", {"granted", "refused"}, "What was decided").required(),
                          field::text("kind", "Code of the result kind (mã kết quả)").length(0, 60),
                          field::text("number", "Number and symbol of the document").length(0, 100),
                          field::text("summary", "What it says; the reason, for a refusal").length(0, 4000),
                          field::array("documents", field::id("", ""), "Uploaded result documents").length(0, 20)},
                         "The result or the refusal document");
}
ResultDocument result_of(Input input) {
    const json::object* o = find_object(input, "result");
    ResultDocument result;
    if (!o) return result;
    result.outcome = string_or(*o, "outcome") == "refused" ? Outcome::refused : Outcome::granted;
    result.kind = string_or(*o, "kind");
    result.number = string_or(*o, "number");
    result.summary = string_or(*o, "summary");
    if (const json::array* documents = find_array(*o, "documents"))
        for (const json::value& id : *documents)
            if (auto parsed = parse_id(std::string_view(id.as_string())))
                result.documents.push_back(DocumentId{*parsed});
    return result;
}

http::Field reason_field(std::string_view doc) {
    return field::text("reason", doc).required().length(1, reason_chars_max);
}
http::Field task_field() { return field::id("task", "Id of the open task").required(); }

Result<UnitId> unit_of(Input input, std::string_view key, const Directory& directory) {
    std::string code = string_or(input, key);
    const organisation::Unit* unit = directory.find_code(code);
    if (!unit)
        return fail(Errc::invalid, "dossier.unit_unknown", {{"unit", code}},
                    {{std::string(key), "dossier.unit_unknown", {{"unit", code}}}});
    return unit->id;
}

std::vector<CommandRoute> make_routes() {
    std::vector<CommandRoute> routes;
    auto add = [&](std::string_view name, std::string_view summary, http::Permission allowed, http::Fields input,
                   Result<Command> (*read)(Input, const Directory&)) {
        routes.push_back({name, summary, allowed, std::move(input), read});
    };
    using http::permission::as_officer;
    using http::permission::as_person;
    using http::permission::signed_in;

    add("submit", "File a draft", signed_in, content_fields(),
        [](Input in, const Directory&) -> Result<Command> { return Submit{content_of(in)}; });
    add("amend", "Change a dossier filed online, until it has a result", as_person, content_fields(),
        [](Input in, const Directory&) -> Result<Command> { return Amend{content_of(in)}; });
    {
        http::Fields input = content_fields();
        input.push_back(field::text("unit", "Code of the unit that receives").required().length(1, 35));
        input.push_back(fees_field("Fees, when other than the procedure's rule says"));
        add("receive", "Receive a filed dossier: code, receipt, due time, process", permission::dossier_receive,
            std::move(input), [](Input in, const Directory& directory) -> Result<Command> {
                return Receive{TRY(unit_of(in, "unit", directory)), content_of(in), fees_of(in)};
            });
    }
    add("refuse", "Refuse to receive (Form 03)", permission::dossier_receive, {reason_field("Why, with the article")},
        [](Input in, const Directory&) -> Result<Command> { return Refuse{string_or(in, "reason")}; });
    add("request-supplement", "Ask once, completely, for what is missing (Form 02)", as_officer,
        {field::array("items", field::text("", "").length(1, 1000), "Everything that is missing")
             .required()
             .length(1, supplement_items_max),
         reason_field("Why")},
        [](Input in, const Directory&) -> Result<Command> {
            RequestSupplement command{{}, string_or(in, "reason")};
            for (const json::value& item : in.at("items").as_array()) command.items.emplace_back(item.as_string());
            return command;
        });
    add("submit-supplement", "Hand in what was asked for", as_person, content_fields(),
        [](Input in, const Directory&) -> Result<Command> { return SubmitSupplement{content_of(in)}; });
    add("accept-supplement", "Accept the completed dossier; during appraisal the limit is counted again from the start",
        permission::dossier_receive, content_fields(),
        [](Input in, const Directory&) -> Result<Command> { return AcceptSupplement{content_of(in)}; });
    add("close-unsupplemented", "Close a dossier that was not completed in time", permission::dossier_receive, {},
        [](Input, const Directory&) -> Result<Command> { return CloseUnsupplemented{}; });
    add("assign", "Assign a task", permission::dossier_assign,
        {task_field(), field::id("officer", "Account of the officer").required()},
        [](Input in, const Directory&) -> Result<Command> {
            return AssignTask{id_of(in, "task"), OfficerId{id_of(in, "officer")}};
        });
    add("complete-step",
        "Complete a step of the process; a signature (`confirm` of the task) needs a recent proof of identity",
        as_officer,
        {task_field(), field::object("variables", {}, "Outcome, as the process's gateways read it"),
         field::text("note", "For the next step").length(0, reason_chars_max), result_field()},
        [](Input in, const Directory&) -> Result<Command> {
            CompleteStep command{id_of(in, "task"), {}, string_or(in, "note"), std::nullopt};
            if (const json::object* variables = find_object(in, "variables")) command.variables = *variables;
            if (find_object(in, "result")) command.result = result_of(in);
            return command;
        });
    add("return-step", "Send the dossier back to an earlier step", as_officer,
        {task_field(), field::text("to", "Element id of the step to go back to").required().length(1, 200),
         reason_field("Why")},
        [](Input in, const Directory&) -> Result<Command> {
            return ReturnStep{id_of(in, "task"), string_or(in, "to"), string_or(in, "reason")};
        });
    add("request-opinion", "Ask another agency's opinion", permission::dossier_process,
        {field::text("agency", "Code of the agency").required().length(1, 35),
         field::text("content", "What is asked").required().length(1, reason_chars_max),
         field::integer("working_days", "Time to answer").required().range(1, 60)},
        [](Input in, const Directory& directory) -> Result<Command> {
            return RequestOpinion{TRY(unit_of(in, "agency", directory)),
                                  string_or(in, "content"),
                                  {int_or(in, "working_days", 1) * 1000, calendar::TimeUnit::working_day}};
        });
    add("give-opinion", "Answer a request for an opinion", as_officer,
        {task_field(), field::text("answer", "The opinion").required().length(1, reason_chars_max)},
        [](Input in, const Directory&) -> Result<Command> {
            return GiveOpinion{id_of(in, "task"), string_or(in, "answer")};
        });
    add("request-payment", "Ask for a financial duty to be met; the clock stands still", as_officer,
        {fees_field("What is to be paid").required()},
        [](Input in, const Directory&) -> Result<Command> { return RequestPayment{fees_of(in)}; });
    add("record-payment", "Record that everything unpaid was paid", permission::payment_confirm,
        {field::one_of("method", {"cash", "transfer", "online"}, "How").required(),
         field::text("receipt_no", "Number of the receipt").length(0, 60)},
        [](Input in, const Directory&) -> Result<Command> {
            return RecordPayment{string_or(in, "method"), string_or(in, "receipt_no")};
        });
    add("extend", "Apologise and appoint a new date, once (Form 04)", as_officer,
        {reason_field("Why it takes longer"), field::instant("new_due", "The new date and time").required()},
        [](Input in, const Directory&) -> Result<Command> {
            return Extend{string_or(in, "reason"), TRY(parse_iso(string_or(in, "new_due")))};
        });
    add("apologise", "Letter of apology for a dossier that is late (Form 04)", as_officer,
        {reason_field("Why it is late"), field::instant("promised", "When the result will be there").required()},
        [](Input in, const Directory&) -> Result<Command> {
            return Apologise{string_or(in, "reason"), TRY(parse_iso(string_or(in, "promised")))};
        });
    add("record-result", "Record the result or refusal document; a signature where the process has one", as_officer,
        {result_field().required()},
        [](Input in, const Directory&) -> Result<Command> { return RecordResult{result_of(in)}; });
    add("return-result", "Return the result", permission::dossier_return_result,
        {field::one_of("channel", {"counter", "post", "online"}, "How").required(),
         field::text("to", "Who took it").length(0, 200),
         field::text("tracking", "Number of the postal item").length(0, 60)},
        [](Input in, const Directory&) -> Result<Command> {
            return ReturnResult{*find_return_channel(string_or(in, "channel")), string_or(in, "to"),
                                string_or(in, "tracking")};
        });
    add("withdraw", "Withdraw the dossier at the citizen's wish", signed_in,
        {field::text("reason", "Why").length(0, reason_chars_max)},
        [](Input in, const Directory&) -> Result<Command> { return Withdraw{string_or(in, "reason")}; });
    add("stop", "Stop settling the dossier (Form 05)", permission::dossier_approve,
        {reason_field("Why, with the article")},
        [](Input in, const Directory&) -> Result<Command> { return Stop{string_or(in, "reason")}; });
    add("report-wrong-result", "Report that the result is wrong", signed_in, {reason_field("What is wrong")},
        [](Input in, const Directory&) -> Result<Command> { return ReportWrongResult{string_or(in, "reason")}; });
    add("correct-result", "Replace a wrong result; a signature where the process has one", as_officer,
        {result_field().required()},
        [](Input in, const Directory&) -> Result<Command> { return CorrectResult{result_of(in)}; });
    add("deliver-message", "Hand the process a message that it awaits", permission::dossier_process,
        {field::text("message", "Name of the message; id of the element for a receive task without one")
             .required()
             .length(1, 200),
         field::object("variables", {}, "What the message brings")},
        [](Input in, const Directory&) -> Result<Command> {
            DeliverMessage command{string_or(in, "message"), {}};
            if (const json::object* variables = find_object(in, "variables")) command.variables = *variables;
            return command;
        });
    add("resolve-incident", "Let the process go on after an incident", permission::dossier_resolve_incident,
        {field::text("incident", "Key of the incident").required().length(1, 20),
         field::one_of("how", {"retry", "skip", "resolve"},
                       "Do it again; go on as if done; set variables, then do it again")
             .required(),
         field::text("flow", "Id of the sequence flow to take, when a gateway is skipped").length(0, 200),
         field::object("variables", {}, "Corrected values"), reason_field("Why")},
        [](Input in, const Directory&) -> Result<Command> {
            std::string how = string_or(in, "how");
            ResolveIncident command{string_or(in, "incident"),
                                    how == "skip"      ? ResolveIncident::How::skip
                                    : how == "resolve" ? ResolveIncident::How::resolve
                                                       : ResolveIncident::How::retry,
                                    string_or(in, "flow"),
                                    {},
                                    string_or(in, "reason")};
            if (const json::object* variables = find_object(in, "variables")) command.variables = *variables;
            return command;
        });
    add("notes", "Add a note for colleagues", as_officer,
        {field::text("text", "The note").required().length(1, reason_chars_max)},
        [](Input in, const Directory&) -> Result<Command> { return AddNote{string_or(in, "text")}; });
    return routes;
}

}  // namespace

const std::vector<CommandRoute>& command_routes() {
    static const std::vector<CommandRoute> routes = make_routes();
    return routes;
}

}  // namespace motcua::dossier
