// The commands on a dossier: what somebody wants. Imperative, plain values; who may is decided before (access.hpp),
// what the law allows in decide.hpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dossier/dossier.hpp"

namespace motcua::dossier {

/// What the citizen hands in; absent parts stay as they are.
struct Content {
    std::optional<Party> applicant;
    std::optional<Filer> filer;
    std::optional<std::vector<Component>> components;
    std::optional<ReturnChannel> return_channel;
    std::optional<std::string> procedure_case;
    std::optional<json::object> answers;  // already validated and normalised by the form
    std::string sealed_answers = {};      // the same, as the event keeps it (personal.hpp)
};

/// Begins a dossier; only valid as the first command of a stream.
struct OpenDraft {
    Channel channel = Channel::online;
    PersonId owner;
    Content content;
};
struct SaveDraft {
    Content content;
};
/// Files the dossier (nộp hồ sơ). Only the citizen's side of an online dossier or an officer at the counter.
struct Submit {
    Content content;
};
/// The citizen changes a dossier that he filed online, until it has a result; once it is received, neither applicant,
/// competence nor case can change any more: code, limit and process follow from them (118 art. 21). The clock runs on.
struct Amend {
    Content content;
};
/// Receives the dossier (tiếp nhận): code, receipt, due time, process.
struct Receive {
    UnitId unit;  // where it is received; any one-stop unit of the province
    Content content;
    std::vector<FeeItem> fees;  // empty = as the procedure's fee rule says
};
/// Refuses to receive, with the reason (Form 03).
struct Refuse {
    std::string reason;
};
/// Asks once, completely, for what is missing (Form 02); before reception or during appraisal.
struct RequestSupplement {
    std::vector<std::string> items;
    std::string reason;
};
/// The citizen sends what was asked for; reception still has to accept it.
struct SubmitSupplement {
    Content content;
};
/// Reception accepts the completed dossier; during appraisal the clock starts again from zero.
struct AcceptSupplement {
    Content content;
};
/// Closes a dossier that was not completed in time (nd118: 15 days).
struct CloseUnsupplemented {};
struct AssignTask {
    std::int64_t task = 0;
    OfficerId officer;
};
/// Completes a step of the process, with its outcome as process variables and, when the step issues it, the result.
struct CompleteStep {
    std::int64_t task = 0;
    json::object variables;
    std::string note;
    std::optional<ResultDocument> result;
};
/// Sends the dossier back to an earlier step, as far as the process allows it.
struct ReturnStep {
    std::int64_t task = 0;
    std::string to_element;
    std::string reason;
};
struct RequestOpinion {
    UnitId agency;
    std::string content;
    calendar::Limit limit;
};
struct GiveOpinion {
    std::int64_t task = 0;
    std::string answer;
};
/// Asks the citizen to meet a financial duty; the clock stands still until it is paid.
struct RequestPayment {
    std::vector<FeeItem> fees;
};
struct RecordPayment {
    std::string method;  // "cash", "online", "transfer"
    std::string receipt_no;
};
/// Apologises and appoints a new date, once, at least a day before the due date (Form 04).
struct Extend {
    std::string reason;
    Instant new_due;
};
/// The letter of apology that is owed once the date has passed; does not move the legal due time.
struct Apologise {
    std::string reason;
    Instant promised;
};
/// Records the result or refusal document without closing a step.
struct RecordResult {
    ResultDocument result;
};
struct ReturnResult {
    ReturnChannel channel = ReturnChannel::counter;
    std::string to;        // who took it
    std::string tracking;  // postal item number
};
struct Withdraw {
    std::string reason;
};
struct Stop {
    std::string reason;
};
/// Fires the process's timers that are due, earliest first, an event each. The system's alone.
struct RunTimers {};
/// Something from outside that the process waits for (also the answer to a receive task, named by its element).
struct DeliverMessage {
    std::string message;
    json::object variables;
};
/// A signal that was raised for everybody; only a wait that is older than it hears it.
struct DeliverSignal {
    std::int64_t signal = 0;  // id; counts up with the ids of waits
    std::string name;
    json::object variables;
};
/// What a called service answered: its result, a business error that the process may catch, or that it did not work.
/// Nothing happens when nobody waits for it any more.
struct AnswerService {
    std::string key;
    enum class Kind { done, refused, failed } kind = Kind::done;
    json::object variables;                    // done
    std::string code;                          // refused: error code; failed: reason
    bool final = false;                        // failed: trying again is of no use
    std::optional<json::object> notification;  // to be sent to somebody: becomes an event
};
/// A person puts right what the process could not do by itself.
struct ResolveIncident {
    std::string incident;  // key
    enum class How {
        retry,    // do again what failed
        skip,     // go on as if it had been done, along `flow` at a gateway
        resolve,  // set variables, then do it again
    } how = How::retry;
    std::string flow;
    json::object variables;
    std::string reason;
};
/// Moves the running process to another version of its definition; `mapping` names elements whose id changed.
struct MigrateProcess {
    int version = 0;
    std::map<std::string, std::string> mapping;
    std::string reason;
};
/// Somebody found the result to be wrong; a right one is due within 3 working days.
struct ReportWrongResult {
    std::string reason;
};
struct CorrectResult {
    ResultDocument result;
};
/// Adds an accepted upload (documents) to a component; "result" is the component of result documents.
struct AttachDocument {
    DocumentId document;
    std::string component;
    json::object record;  // documents::to_json
};
/// Takes an own upload back, as long as it has not been received with the dossier.
struct DetachDocument {
    DocumentId document;
};
struct AddNote {
    std::string text;
};
/// A calendar notice announced later moves the due times of open dossiers, and of what is owed to them.
struct MoveDeadline {
    std::int64_t notice = 0;
    std::string document;  // number and date of the notice
};

using Command =
    std::variant<OpenDraft, SaveDraft, Submit, Amend, Receive, Refuse, RequestSupplement, SubmitSupplement,
                 AcceptSupplement, CloseUnsupplemented, AssignTask, CompleteStep, ReturnStep, RequestOpinion,
                 GiveOpinion, RequestPayment, RecordPayment, Extend, Apologise, RecordResult, ReturnResult, Withdraw,
                 Stop, ReportWrongResult, CorrectResult, AttachDocument, DetachDocument, AddNote, MoveDeadline,
                 RunTimers, DeliverMessage, DeliverSignal, AnswerService, ResolveIncident, MigrateProcess>;

/// "receive_dossier": the command's name in refusals, permissions and the API.
std::string_view name_of(const Command& command);

}  // namespace motcua::dossier
